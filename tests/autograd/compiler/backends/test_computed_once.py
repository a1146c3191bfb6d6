"""Computed once is what several statements read and what took operations to make, and no more than that."""

from collections.abc import Callable
from typing import Any

import pytest

import nn
from autograd import compile, cos, exp, sin
from autograd.compiler.backends.computed_once import computed_once


def square_plus(x: Any) -> Any:
    y = x * x + 1.0
    return sin(y) * cos(y)


def sum_of_one(x: Any) -> Any:
    y = x + 1.0
    return sin(y) * cos(y)


def function(x: Any) -> Any:
    y = exp(x)
    return sin(y) * cos(y)


def read_by_one(x: Any) -> Any:
    return sin(x * x + 1.0)


def behind_what_is_computed_again(x: Any) -> Any:
    y = x + 1.0
    return sin(y) * cos(y) * (sin(2.0 / y) + cos(2.0 / y))


def behind_what_is_computed_once(x: Any) -> Any:
    y = exp(x)
    z = y + 1.0
    return sin(y) * sin(z) * cos(z)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (square_plus, 1),
        (sum_of_one, 0),
        (function, 1),
        (read_by_one, 0),
        (behind_what_is_computed_again, 1),
        (behind_what_is_computed_once, 1),
    ],
)
def test_what_takes_more_than_one_operation_and_has_several_readers(
    written: Callable[[Any], Any], expected: int
) -> None:
    step = compile(written)
    step([0.5])
    assert len(computed_once(step._last().program())) == expected, step.source


def test_a_matrix_product_and_a_bias_are_no_more_than_a_sum() -> None:
    layer = nn.Layer(3, 4, nonlin=False)

    def function(xs: Any) -> Any:
        return sum((sin(y) * cos(y) for y in layer(xs)), 0.0)

    step = compile(function, layer.parameters())
    step([[1.0, 2.0, 3.0]])
    assert "@" in step.source
    assert not computed_once(step._last().program())
