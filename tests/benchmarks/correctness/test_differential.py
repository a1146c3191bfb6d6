"""A few hundred of the programs of `python -m benchmarks differential`."""

from argparse import Namespace
from math import inf, isnan, nan
from typing import Any

import numpy as np
import pytest

from autograd import Value, detach, dot, exp, no_grad, relu, tanh
from autograd.compiler.arrays.program import Operand
from autograd.graph import topological_order
from autograd.ops import TABLE
from autograd.testing import Line, RandomProgram, grows
from benchmarks.correctness.differential import (
    EXPLAINED,
    ModesTask,
    beside_compiled,
    beside_jax,
    by_mode,
    conditioned,
    in_jax,
    random_task,
    run,
    settled,
    verdict,
    without_repetition,
)
from benchmarks.correctness.kinds import KINDS, Task
from benchmarks.correctness.kinds import random_task as rare_task


@pytest.mark.parametrize("seed", range(10))
def test_reverse_forward_and_create_graph_agree(seed: int) -> None:
    for number in range(25):
        program, point = random_task(seed, number)
        compared = conditioned((program, point), by_mode((program, point)))
        assert len(compared) == 5
        assert all(comparison.agrees for comparison in compared), f"{compared} at {point}\n{program}"


def of_lines(*lines: tuple[Any, ...]) -> RandomProgram:
    """Return the program of two inputs whose lines have these operations and arguments."""
    entries = [(TABLE[name], tuple(args)) for name, *args in lines]
    return RandomProgram(2, tuple(Line(entry, args, grows(entry, len(args))) for entry, args in entries))


@pytest.mark.parametrize(
    "task",
    [
        (of_lines(("log1p", 0), ("norm", 2, 2)), (0.11117248500649035, 0.0)),
        (
            of_lines(("gelu_tanh", 0), ("leaky_relu", 2, 1), ("log2", 3), ("hypot", 3, 3), ("div", 4, 3)),
            (5.589864826971436e-05, -1.1281057975704702),
        ),
    ],
    ids=["seen five roundings away", "seen inside the program"],
)
def test_conditioning_sees_what_one_rounding_of_the_input_does_not_reach(task: ModesTask) -> None:
    # Norms of two equal numbers, whose second derivatives are 0 but for rounding.
    compared = by_mode(task)
    assert not compared[-1].agrees
    assert all(comparison.agrees for comparison in conditioned(task, compared))
    wrong = compared[-1]._replace(found=compared[-1].found + 1e-4)
    assert not conditioned(task, [*compared[:-1], wrong])[-1].agrees


def test_jax_agrees_unless_the_definitions_side_with_the_engine() -> None:
    pytest.importorskip("jax")
    tasks = [random_task(101, number) for number in range(100)]
    for task, slopes in zip(tasks, in_jax(tasks), strict=True):
        compared = beside_jax(conditioned(task, by_mode(task)), slopes)
        assert [comparison.label for comparison in compared[5:]] == [f"order {k}, JAX" for k in (1, 2, 3)]
        assert all(c.agrees or settled(task, c) for c in compared), f"{compared} at {task[1]}\n{task[0]}"


def test_the_definitions_side_with_the_one_that_is_right() -> None:
    task = random_task(0, 0)
    right = by_mode(task)[0]._replace(label="order 1, JAX")
    assert settled(task, right._replace(found=float("nan")))
    assert not settled(task, right._replace(expected=right.expected + 1e-6))
    assert not settled(task, right._replace(label="order 1, forward", found=float("nan")))


def test_a_hole_read_as_a_constant_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_the_last_constant(operand: Operand) -> Any:
        return None if operand.array.numbers is None else operand.array.numbers[operand.at]

    monkeypatch.setattr(Operand, "numbers", property(as_the_last_constant))
    wrong = 0
    for number in range(10 * len(KINDS)):
        task = rare_task(0, number)
        verdicts = [verdict(task, c, "numpy") for c in beside_compiled(task, "numpy") if not c.agrees]
        wrong += any(found.startswith("the truth is") for found in verdicts)
    assert wrong >= 3


def test_the_judge_tells_who_is_right_and_what_is_rounding() -> None:
    def function(p: list[Any], x: Any) -> Any:
        return exp(p[0] * x) - 2 * p[0] * x

    right = beside_compiled(task := Task("likelihood", function, {"w": 0.5}, ([1.0, 2.0],), ((),)), "numpy")
    assert all(answer.agrees for answer in right)
    for answer in right:
        assert verdict(task, answer, "numpy") == EXPLAINED
        assert verdict(task, answer._replace(found=answer.found + 1.0), "numpy").startswith("the truth is")


def test_the_judge_knows_that_a_compiled_program_computes_once_what_is_written_twice() -> None:
    def function(p: list[Any], x: Any) -> Any:
        return 2.0 * (p[0] * x) ** 2 - (p[0] * x) ** 2  # to one p · x flows +inf back, to the other -inf

    task = Task("constants", function, {"w": 1.0}, ([-inf],), ((),))
    _, slope = beside_compiled(task, "numpy")
    assert isnan(slope.expected)
    assert slope.found == inf
    assert verdict(task, slope, "numpy") == EXPLAINED


def test_the_judge_does_not_take_single_precision_for_rounding() -> None:
    off = told = 0
    for number in range(4 * len(KINDS)):
        task = rare_task(1, number)
        for answer in beside_compiled(task, "numpy"):
            rounded = answer._replace(found=float(np.float32(answer.found)))
            if abs(rounded.found - answer.expected) > 1e-9 * max(1.0, abs(answer.expected)):
                off += 1
                told += not rounded.agrees and verdict(task, rounded, "numpy") != EXPLAINED
    assert off > 50
    assert told > 0.9 * off  # the others are small beside what was added up


@pytest.mark.parametrize(("tiny", "right", "wrong"), [(1e-40, 2.0, (1.0, 2.5)), (0.0, 3.0, (2.0, 2.5))])
def test_the_judge_knows_where_rounding_alone_crosses_a_kink(
    tiny: float, right: float, wrong: tuple[float, ...]
) -> None:
    def function(p: list[Any], x: Any) -> Any:
        return relu((1.0 + tiny * p[1]) - p[0]) + p[0] * x

    task = Task("slack", function, {"slack": 1.0, "w": 2.0}, ([3.0],), ((),))
    _, slope, _ = beside_compiled(task, "numpy")
    assert slope.expected == 3.0  # 1 + 10⁻⁴⁰ is 1
    assert verdict(task, slope._replace(found=right), "numpy") == EXPLAINED
    for found in wrong:  # at a tie of its own there is one answer
        assert verdict(task, slope._replace(found=found), "numpy") != EXPLAINED


def _cancelling(p: list[Any], x: Any) -> Any:
    z = tanh(p[0]) * x
    return dot([2e7, -2e7], [z, z]) + p[0]  # a processor may round one of the products alone


def _set_apart(p: list[Any], x: Any) -> Any:
    return detach((2e14 * p[0] * x + p[0]) - 2e14 * p[0] * x) * (1e7 * p[0])


def _unrecorded(p: list[Any], x: Any) -> Any:
    with no_grad():
        still = (2e14 * p[0] * x + p[0]) - 2e14 * p[0] * x
    return still * (1e7 * p[0])


@pytest.mark.parametrize(("function", "off"), [(_cancelling, 5e-9), (_set_apart, 1e5), (_unrecorded, 1e5)])
def test_the_judge_knows_how_far_rounding_inside_a_program_carries(function: Any, off: float) -> None:
    task = Task("detach", function, {"w": 0.625}, ([1.03125, -0.421875],), ((),))
    for answer in beside_compiled(task, "numpy"):
        assert answer.agrees
        beside = answer._replace(found=answer.found + off)
        assert not beside.agrees
        assert verdict(task, beside, "numpy") == EXPLAINED
        assert verdict(task, answer._replace(found=answer.found + 1e3 * off), "numpy") != EXPLAINED


def test_the_judge_takes_no_overflow_for_rounding() -> None:
    task = Task("constants", lambda p, x: p[0] * 1e200 * x * 1e-200, {"w": 1.0}, ([1e200],), ((),))
    value, _ = beside_compiled(task, "numpy")
    assert value.expected == inf
    assert verdict(task, value._replace(found=1e200), "numpy") != EXPLAINED


@pytest.mark.parametrize("found", [-inf, nan, 1.0])
def test_the_judge_tells_a_wrong_infinity(found: float) -> None:
    task = Task("constants", lambda p, x: p[0] * x + 1.0 * x, {"w": 1.0}, ([inf, 2.0],), ((),))
    for answer in beside_compiled(task, "numpy"):
        assert answer.expected == answer.found == inf
        assert verdict(task, answer._replace(found=found), "numpy") != EXPLAINED


def test_what_is_written_twice_becomes_one_node() -> None:
    x = Value(3.0)
    root = without_repetition(exp(x * 2.0) * 2.0 + exp(x * 2.0) * x)
    assert len(topological_order(root)) == 6  # x, 2x, exp, two products, their sum
    assert root.data == pytest.approx(5 * exp(6.0))
    root.backward()
    assert x.grad == pytest.approx(11 * exp(6.0))


def test_what_is_without_gradient_is_so_for_the_judge_too() -> None:
    def function(p: list[Any], x: Any) -> Any:
        with no_grad():
            still = p[0] * x
        return still * p[0] + detach(p[0] * p[0]) * x

    task = Task("no_grad", function, {"w": 2.0}, ([1.0, 3.0],), ((),))
    value, slope = beside_compiled(task, "numpy")
    assert (value.expected, slope.expected) == (16.0, 4.0)
    assert verdict(task, slope, "numpy") == EXPLAINED
    assert verdict(task, slope._replace(found=8.0), "numpy") == "the truth is 4.0"


def test_every_kind_has_its_turn(capsys: pytest.CaptureFixture[str]) -> None:
    assert {rare_task(0, number).kind for number in range(len(KINDS))} == set(KINDS)
    run(Namespace(programs=0, compiled=len(KINDS), compiled_jax=0, compiled_native=0, no_jax=True, seed=0))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" numpy")[0].strip() for line in lines[:-1]] == list(KINDS)
    assert lines[-1].startswith(f"0 mismatches in {len(KINDS)} compiled programs")
