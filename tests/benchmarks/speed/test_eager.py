"""The step that engines are timed on is the same step for all."""

import json
import subprocess
import sys

import pytest

import nn
from autograd import Value
from benchmarks.references import plain_gpt
from benchmarks.references.plain_value import Plain
from benchmarks.speed.demo_step import contestant, demo_step
from benchmarks.speed.eager import ENGINES, PLAIN, bytes_a_node

POINTS = nn.moons(8, seed=1337)
LABELS = [2 * label - 1 for label in POINTS.targets]


def test_fused_and_unfused_lose_the_same_to_the_last_digit() -> None:
    steps = [demo_step(*contestant(engine), POINTS.features, LABELS) for engine in ("fused", "unfused")]
    losses = [[step(k) for k in range(3)] for step in steps]
    assert losses[0] == losses[1]
    assert losses[0][0] != losses[0][1]


def test_the_plainest_gpt_loses_the_same_on_both_values_to_the_last_digit() -> None:
    losses = [[step(k) for k in range(3)] for step in map(plain_gpt.start, (Plain, Value))]
    assert losses[0] == losses[1]
    assert losses[0][0] != losses[0][1]


@pytest.mark.parametrize("engine", PLAIN)
def test_the_plainest_gpt_answers_from_a_process_of_its_own(engine: str) -> None:
    command = [sys.executable, "-m", "benchmarks.speed.plain_step", engine, "on"]
    done = subprocess.run(command, input="\n0\n", capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)[1] == plain_gpt.start(Value)(0)


def test_a_node_takes_no_more_memory_than_one_of_the_plainest_value() -> None:
    assert bytes_a_node(Value, 20_000) <= bytes_a_node(Plain, 20_000)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_answers_from_a_process_of_its_own(engine: str) -> None:
    pytest.importorskip("micrograd" if engine == "micrograd" else "autograd")
    asked = "\n".join([json.dumps([POINTS.features, LABELS]), "0", "1", ""])
    command = [sys.executable, "-m", "benchmarks.speed.demo_step", engine, "off"]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    (_, first), (_, second) = map(json.loads, done.stdout.splitlines())
    expected = demo_step(*contestant("fused"), POINTS.features, LABELS)
    assert first == expected(0)
    assert second == pytest.approx(expected(1), rel=1e-12)
