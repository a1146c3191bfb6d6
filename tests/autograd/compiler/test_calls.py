"""One call after the other: whatever came before, each gives what it gives alone."""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from autograd import AnomalyError, Value, compile, detect_anomaly, log
from autograd.compiler.backends import BACKENDS
from autograd.compiler.compiled import Compiled

ROWS, LABELS = [[0.5, -1.0], [2.0, 0.0]], [0.25, -0.5]
W = Value(0.75, "w")


def loss(x: Any, y: Any, power: int = 2) -> Any:
    return (W * x[0] + x[1] - y) ** power


CALLS: dict[str, Callable[[Compiled], Any]] = {
    "arrays": lambda step: step.value_and_grad(np.array(ROWS), np.array(LABELS)),
    "other numbers": lambda step: step.value_and_grad(2 * np.array(ROWS), np.array(LABELS)),
    "in another order": lambda step: step.value_and_grad(np.asfortranarray(ROWS), np.array(LABELS)),
    "of one row again": lambda step: step.value_and_grad(np.broadcast_to(ROWS[0], (2, 2)), np.array(LABELS)),
    "single precision": lambda step: step.value_and_grad(np.array(ROWS, np.float32), np.array(LABELS)),
    "other bytes": lambda step: step.value_and_grad(np.array(ROWS, ">f8"), np.array(LABELS)),
    "a list": lambda step: step.value_and_grad(ROWS, np.array(LABELS)),
    "lists": lambda step: step.value_and_grad(ROWS, LABELS),
    "one example": lambda step: step.value_and_grad(np.array(ROWS[:1]), np.array(LABELS[:1])),
    "other shapes": lambda step: step.value_and_grad(np.ones((2, 3)), np.array(LABELS)),
    "a keyword": lambda step: step.value_and_grad(np.array(ROWS), np.array(LABELS), power=3),
    "a result": lambda step: step(np.array(ROWS), np.array(LABELS)),
    "second derivatives": lambda step: step.hessian(np.array(ROWS), np.array(LABELS)),
    "along arguments": lambda step: tuple(step.argument_grads(np.array(ROWS), np.array(LABELS)).values()),
    "infinity": lambda step: step.value_and_grad(np.full((2, 2), math.inf), np.array(LABELS)),
    "nan": lambda step: step.value_and_grad(np.full((2, 2), math.nan), np.array(LABELS)),
    "none": lambda step: step.value_and_grad(np.array(ROWS)[:0], np.array(LABELS)[:0]),
    "unequal batches": lambda step: step.value_and_grad(np.array(ROWS), np.array(LABELS[:1])),
    "no label": lambda step: step.value_and_grad(np.array(ROWS)),
}


def outcome(step: Compiled, call: Callable[[Compiled], Any]) -> Any:
    """Return the bits of what a call gives and the program that gave them, or what it is refused with."""
    try:
        found = call(step)
    except (ValueError, TypeError) as error:
        return str(error)
    results = found if isinstance(found, tuple) else [found]
    return [*[np.asarray(result).tobytes() for result in results], step.source]


@pytest.mark.parametrize("backend", ["numpy", "auto"])
def test_no_call_changes_what_the_next_gives(backend: str) -> None:
    alone = {name: outcome(compile(loss, [W], backend), call) for name, call in CALLS.items()}
    step = compile(loss, [W], backend)
    for (before, first), (name, call) in product(CALLS.items(), repeat=2):
        outcome(step, first)
        assert outcome(step, call) == alone[name], f"{name} after {before}"


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_call_like_the_one_before_reads_everything_anew(backend: str) -> None:
    if missing := BACKENDS[backend].missing():
        pytest.skip(missing)
    w = Value(2.0, "w")
    step = compile(lambda x: w * log(x), [w], backend)
    x = np.array([1.0, math.e])
    found = [step.value_and_grad(x)[0]]
    w.data = 4.0
    found.append(step.value_and_grad(x)[0])
    x[0] = math.e
    found.append(step.value_and_grad(x)[0])
    step.vector[:] = 1.0
    found.append(step.value_and_grad(x)[0])
    assert np.allclose(found, [1.0, 2.0, 4.0, 1.0], rtol=1e-15)
    x[1] = 0.0
    assert step.value_and_grad(x)[0] == -math.inf
    with detect_anomaly(), pytest.raises(AnomalyError):
        step.value_and_grad(x)
    x[1] = math.nan
    with pytest.raises(ValueError, match=r"x\[1\] is nan"):
        step.value_and_grad(x)
    x[1] = 1.0
    assert step.value_and_grad(x) == (0.5, [0.5])


@pytest.mark.parametrize("function", [lambda x: [x[0], 1.0], lambda x: [[0.5], [W]], lambda x: {"a": x[0]}])
def test_results_of_two_calls_share_no_memory(function: Callable[[Any], Any]) -> None:
    step = compile(function, [W])
    x = np.ones((3, 2))
    first = step(x)
    kept = first.copy()
    first[:] = 7.0  # which may be written to
    assert (step(x) == kept).all()
    step(2 * x)
    assert (first == 7.0).all()
