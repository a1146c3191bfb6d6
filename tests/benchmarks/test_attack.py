"""A short run of every campaign of `python -m benchmarks attack`, other trials with every commit."""

from __future__ import annotations

import operator
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nn
from autograd import Value, graph
from autograd.commit import commit
from benchmarks.attack import (
    CAMPAIGNS,
    architectures,
    broken_in,
    code,
    identities,
    interruptions,
    kills,
    nested,
    readers,
    rows,
)
from benchmarks.attack.campaign import Campaign, one_by_one
from benchmarks.attack.pieces import Configuration, Draw, free
from nn.train.optimizers import optimizer

ROOT = Path(__file__).parents[2]


def seed_of_commit() -> int:
    """Return a number of the commit that is checked out; 0 without one."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return int(done.stdout[:6] or "0", 16)


def first_trial(seed: int, campaign: Campaign) -> int:
    """Return the trial with which a sample begins: from 0 it would always try the first kinds alone."""
    return seed % (campaign.goal - campaign.sample + 1)


@pytest.mark.parametrize("name", [name for name, campaign in CAMPAIGNS.items() if campaign.sample])
def test_what_is_promised_holds(name: str) -> None:
    if name == "page" and not shutil.which("chromium"):
        pytest.skip("no browser on this machine")
    campaign, seed = CAMPAIGNS[name], seed_of_commit()
    first = first_trial(seed, campaign)
    broken = campaign.attack(seed, range(first, first + campaign.sample))
    again = f"--seed {seed} --first {first} --count {campaign.sample}"
    assert not broken, f"python -m benchmarks attack {name} {again}"


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_every_commit_begins_elsewhere_and_all_trials_of_a_sample_are_there(name: str) -> None:
    campaign = CAMPAIGNS[name]
    firsts = {first_trial(seed, campaign) for seed in range(0x1000, 0x1040)}
    assert max(firsts) + campaign.sample <= campaign.goal
    assert len(firsts) == min(64, campaign.goal - campaign.sample + 1)
    assert min(firsts) >= 0


def test_what_a_compiled_layer_computes_otherwise_is_told_at_the_smallest_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wrong(xs: list[Any]) -> list[Any]:
        factor = 1.0 if isinstance(xs[0], Value) or len(xs) < 2 else 1.0 + 1e-10
        return [x * factor for x in xs]

    def piece(draw: Draw) -> Configuration:
        size = draw.most
        return free(wrong, lambda: [draw.numbers(size)], f"{size} numbers")

    monkeypatch.setattr(architectures, "PIECES", {"wrong": piece})
    monkeypatch.setattr(architectures, "BACKENDS", {"numpy": architectures.BACKENDS["numpy"]})
    told = architectures.trial(3, 4)
    assert told is not None
    assert told.startswith("wrong: numpy, outputs: ")
    assert "gradient: " in told
    assert "gradient along the inputs: " in told
    assert told.endswith("2 numbers, sizes up to 2")


def test_gradients_that_hang_on_the_order_of_a_graph_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def from_the_root(root: Value) -> list[Value]:  # a node may stand before one that it is an argument of
        order: dict[Value, None] = {}
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node not in order:
                order[node] = None
                waiting += [argument for argument in node.args if isinstance(argument, Value)]
        return [*order][::-1]

    monkeypatch.setattr(graph, "topological_order", from_the_root)
    assert any(identities.order_does_not_matter(0, number) for number in range(10))


def test_what_under_no_grad_is_no_constant_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(nested.OURS, "unrecorded", lambda f: f())
    told = [nested.trial(0, number) for number in range(3, 6)]
    assert any(each and "backward: " in each and "compiled gradient: " in each for each in told)


def test_a_writer_that_ends_by_itself_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kills, "WRITERS", {"save": operator.sub})  # which knows no paths
    monkeypatch.setattr(kills.time, "sleep", lambda seconds, wait=kills.time.sleep: wait(1.0))
    told = kills.killed(0, 0)
    assert told is not None
    assert told.startswith("save: ended before it was killed, status 1: TypeError(")


def test_tests_that_are_not_there_notice_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pytest_cov")
    name, *_ = code.changes()[0]
    monkeypatch.setitem(code.TARGETS, name, ["tests/no_such_test.py"])
    with pytest.raises(RuntimeError, match="end with status 4 without a change"):
        code.trial(0, 0)


@pytest.mark.parametrize(
    ("by_coverage", "by_times"),
    [
        ("tests/a/test_b.py::test_c", "tests.a.test_b::test_c"),
        ("tests/a/test_b.py::TestC::runTest", "tests.a.test_b.TestC::runTest"),
        ("tests/a/test_b.py::test_c[a::b.py/d]", "tests.a.test_b::test_c[a::b.py/d]"),
    ],
)
def test_a_test_has_one_name_in_both_reports(by_coverage: str, by_times: str) -> None:
    assert code._dotted(by_coverage) == code._dotted(by_times)


def test_a_fault_is_tried_by_the_tests_that_run_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pytest_cov")
    name, test = "autograd/graph.py", "tests/autograd/test_transforms.py::test_the_documents_example"
    monkeypatch.setitem(code.TARGETS, name, [test])
    [(found, ran)] = code.tests_of_lines((test,)).items()
    assert found == test
    assert len(ran) > 1, "it runs lines of several files"
    faults = [
        n for n, (file, lines, _) in enumerate(code.changes()) if file == name and ran[name].isdisjoint(lines)
    ]
    told = code.trial(0, faults[0])
    assert told is not None
    assert told.endswith(", which no test runs")


def test_a_target_that_is_not_finite_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(path: Path, **options: Any) -> nn.Dataset:
        data = read(path, **options)
        return replace(data, targets=[inf] * len(data))

    read = nn.read_csv
    monkeypatch.setattr(nn, "read_csv", spoiled)
    told = [readers.table(0, number) for number in range(30)]
    assert 8 < sum(line is not None for line in told) < 22, "about half of the tables are read"


def test_command_lines_mostly_name_a_command_and_what_it_needs() -> None:
    lines = [readers.arguments(Random(number)) for number in range(200)]
    assert sum(line[0] in readers.USUAL for line in lines) > 160
    assert sum("--no-such-option" in line for line in lines) < 40


@pytest.mark.parametrize("name", [*code.OF_THE_ENGINE, *code.OF_THE_COMPILER])
def test_the_tests_that_must_notice_a_fault_are_there(name: str) -> None:
    assert list((ROOT / "tests/autograd").glob(f"{name}*"))


def test_a_step_that_is_torn_between_parameters_and_state_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_after_the_other(*parts: Any) -> None:
        for part in parts:
            commit(part)

    monkeypatch.setattr(optimizer, "commit", one_after_the_other)
    assert any(interruptions.step(0, number) for number in range(200))


def test_a_part_of_a_campaign_has_its_row() -> None:
    told = rows(["a", "b", "c"], 1, range(5), ["0: 1.0 apart", "3: raised", "4: 2.0 apart"])
    assert [line.split() for line in told] == [
        ["a", "1", "1", "0"],
        ["b", "2", "0", "2"],
        ["c", "2", "1", "1"],
    ]


def test_what_breaks_is_told_by_its_number_and_so_is_what_is_raised() -> None:
    def trial(seed: int, number: int) -> str | None:
        return None if number % 3 else f"{6 // number} of {seed}"

    assert one_by_one(trial)(7, range(5)) == [
        "0: raised ZeroDivisionError('integer division or modulo by zero')",
        "3: 2 of 7",
    ]


class _Ended(Executor):
    """A pool whose first process does its part, and whose second is ended."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        part, done = args[-1], Future[Any]()
        if part.start < 500:
            done.set_result([])
        else:
            done.set_exception(BrokenProcessPool())
        return done


def test_a_process_that_is_ended_is_told_with_the_trial_to_try() -> None:
    told = "edges: a trial ended its process; try .* attack edges --seed 3 --first 500 --count 1$"
    with pytest.raises(SystemExit, match=told):
        list(broken_in(_Ended(), "edges", 3, range(2000)))
