"""The gradient of the fast program is written down in time of its size, without recursion."""

from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, compile, dot, where
from autograd import sum as total
from benchmarks.attack.interrupts import interrupt


def gradient(function: Callable[[Any, list[Value], int], Any], count: int) -> Any:
    """Return the gradient, at 2, of a function of an example, parameters and a count, compiled."""
    weights = [Value(0.5) for _ in range(count)]
    return compile(lambda x: function(x, weights, count), weights).grad([2.0])


def split(x: Any, weights: list[Value], depth: int) -> Any:
    """Return the first weight where a condition holds that stands in both branches of another, and so on."""
    condition = x > 0
    for _ in range(depth):
        condition = where(x > 1, condition, where(x > 0, condition, 0.0))
    return where(condition, weights[0] * x, 0.0)


def chain(x: Any, weights: list[Value], depth: int) -> Any:
    """Return the first weight where a condition holds that stands in a branch of another, and so on."""
    condition = x > 0
    for _ in range(depth):
        condition = where(x > 1, condition, 0.0)
    return where(condition, weights[0] * x, 0.0)


GROWING = {
    "a dot": (lambda x, weights, count: dot(weights, [x] * count), 100),
    "a sum": (lambda x, weights, count: total(weights) * x, 100),
    "conditions in both branches": (split, 3),
}


@pytest.mark.parametrize("name", GROWING)
def test_four_times_as_much_costs_four_times_as_much(name: str) -> None:
    function, few = GROWING[name]
    gradient(function, few)  # what is kept from the first call on
    once, four_times = (interrupt(lambda n=n: gradient(function, n)) for n in (few, 4 * few))  # type: ignore[misc]
    assert four_times < 5 * once


def test_a_long_chain_of_conditions_has_its_gradient() -> None:
    found = gradient(chain, 1100)
    assert found[0] == 2.0
    assert not found[1:].any()
