"""The table of `python -m benchmarks compiled`, the race behind it, and the compiled programs themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from math import nan
from pathlib import Path

import numpy as np
import pytest

from benchmarks.references import classifier, classifier_scalar, gpt, gpt_scalar, moons, moons_scalar
from benchmarks.references.gpt_model import GPT
from benchmarks.speed import contestants, targets
from benchmarks.speed.compiled import bytes_of_arrays, first_gradient, losses
from benchmarks.speed.race import Step, Times, describe, race, ratio

ROOT = Path(__file__).parents[3]


def test_a_race_runs_each_program_from_step_0_on_and_divides_by_its_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds, clock = {"quick": 2.0**-6, "slow": 4.0}, [0.0]
    monkeypatch.setattr("benchmarks.speed.race.time.process_time", lambda: clock[0])
    numbers: dict[str, list[int]] = {"quick": [], "slow": []}

    def program(name: str) -> Step:
        def step(k: int) -> float:
            numbers[name].append(k)
            clock[0] += 9.0 if k == 0 else seconds[name]
            return 0.0

        return step

    times = race({name: program(name) for name in seconds}, rounds=3, seconds=1.0)
    assert times == {name: Times(9.0, 3 * [seconds[name]]) for name in seconds}
    assert numbers == {"quick": list(range(2 + 3 * 64)), "slow": list(range(2 + 3))}


TIMES = {"a": Times(9.0, [3.0, 30.0, 6.0]), "b": Times(0.1, [1.0, 1.0, 3.0])}


def test_a_ratio_is_the_median_of_the_ratios_of_rounds() -> None:
    assert ratio(TIMES, "a", "b") == 3.0


def test_the_first_step_is_stated_apart() -> None:
    line = describe(TIMES).splitlines()[0]
    assert line.split() == ["a", "6,000,000.0", "µs", "a", "step", "the", "first", "9,000.0", "ms"]


def test_a_bound_that_is_just_reached_is_met() -> None:
    assert targets.faster("w", TIMES, "b", 3, "a") == targets.Row("w", "≥ 3× as fast as a", "3.0×", True)
    assert targets.faster("w", TIMES, "b", 4, "a").met is False
    assert targets.within("w", TIMES, "a", 3.0, "b") == targets.Row(
        "w", "≤ 3.0× the time of b", "3.00×", True
    )
    assert targets.within("w", TIMES, "a", 2.9, "b").met is False


def test_the_table_says_met_missed_and_missing() -> None:
    rows = [
        targets.faster("w", TIMES, "b", 1_000, "a"),
        targets.within("w", TIMES, "b", 1.0, "a"),
        targets.faster("w", TIMES, "b", 2, "c"),
        targets.within("w", TIMES, "c", 2.0, "a"),
    ]
    ends = [line.split("  ")[-1].strip() for line in targets.table(rows).splitlines()]
    assert ends == ["measured", "MISSED", "met", "not measured", "not measured"]


def test_a_rival_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "micrograd.engine", None)
    monkeypatch.delitem(sys.modules, "benchmarks.references.moons_micrograd", raising=False)
    batches = moons.batches(points=10)
    steps = contestants.by_hand("moons", ["micrograd", "NumPy"], moons.network(), batches)
    assert list(steps) == ["NumPy"]
    assert capsys.readouterr().out.startswith("micrograd takes no part: ")


def test_memory_is_what_stays_and_what_a_step_needs_on_top() -> None:
    def start() -> Step:
        kept = np.zeros(100_000)
        return lambda k: float((kept + 1.0).sum())

    assert bytes_of_arrays(start) == pytest.approx(2 * 800_000, rel=0.01)


def test_the_benchmark_runs_in_one_thread_on_one_core() -> None:
    script = "import os; from benchmarks.speed.race import on_one_core as f; f()"
    script += "; print(os.environ['OMP_NUM_THREADS'])"
    if hasattr(os, "sched_getaffinity"):
        script += "; print(len(os.sched_getaffinity(0)))"
    free = {name: value for name, value in os.environ.items() if not name.endswith("NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=free, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == {"1"}


PROGRAMS = {
    "moons": (moons_scalar, moons.network(), moons.batches(points=10), contestants.DEMO_DESCENT),
    "classifier": (classifier_scalar, classifier.network(), classifier.batches(rows=6), contestants.DESCENT),
    "gpt": (
        gpt_scalar,
        GPT(symbols=27, width=6, heads=2, context=5, seed=3),
        [(x[:, :5], y[:, :5]) for x, y in gpt.batches(size=4, count=3)],
        contestants.ADAM,
    ),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_compiled_programs_train_to_the_losses_of_the_eager_ones(program: str) -> None:
    file, model, batches, mover = PROGRAMS[program]
    eager = file.start(model, batches)
    rows = gpt_scalar.one_hot(batches) if program == "gpt" else batches
    compiled = contestants.compiled(file.loss, model, rows, mover)
    expected = [eager(k) for k in range(8)]
    assert "compiled numpy" in compiled
    for name, step in compiled.items():
        assert [step(k) for k in range(8)] == pytest.approx(expected, rel=1e-12), name


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_loss_that_is_nan_is_not_equal_to_another(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.speed.compiled.gpt_scalar.start", lambda *_: lambda k: 2.0)
    for loss, met in ((nan, False), (2.0, True), (2.1, False)):
        monkeypatch.setattr(
            "benchmarks.speed.compiled.compiled_step",
            lambda *_, loss=loss: lambda k: loss if k == step else 2.0,
        )
        [row] = losses(Namespace(steps=3))
        assert row.met is met


def test_nodes_are_counted_as_the_compiler_records_them() -> None:
    _, model, batches, _ = PROGRAMS["gpt"]
    nodes, seconds = first_gradient(model, *gpt_scalar.one_hot(batches)[0])
    assert nodes > len(model.parameters()) + 2 * 5 * 27  # at least its parameters and its two arguments
    assert seconds > 0.0
