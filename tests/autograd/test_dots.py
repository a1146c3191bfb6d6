"""The dots of many rows with the same numbers are those of each row."""

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import TraceError, Value, compile, dot, jvp, no_grad
from autograd.functions import dots

Dots = Callable[[Any, Any, Any], list[Any]]


def one_by_one(rows: Any, xs: Any, biases: Any) -> list[Any]:
    return [dot(row, xs, bias) for row, bias in zip(rows, biases, strict=True)]


W = [Value(0.5), Value(-0.0), Value(math.inf)]
NUMBERS = (0.0, -0.0, 1.0, -2.5, math.inf, math.nan, 3)


def pool(x: Any) -> list[Any]:
    """Return operands of every kind: parameters, what is made from them, recorded scalars, numbers."""
    with no_grad():
        frozen = x[0] * W[0]
    return [*W, W[0] * 2.0, W[1] + W[2], *x, x[0] * W[0], frozen, *NUMBERS]


PLACES = st.integers(0, len(pool([0.0, 0.0])) - 1)


@given(st.data())
def test_what_is_recorded_for_many_rows_is_what_is_recorded_for_each(data: st.DataObject) -> None:
    rows, count = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
    at = data.draw(
        st.lists(PLACES, min_size=rows * count + count + rows, max_size=rows * count + count + rows)
    )
    silent = data.draw(st.booleans())

    def along(function: Dots) -> Callable[[Any], Any]:
        def loss(x: Any) -> Any:
            chosen = [pool(x)[place] for place in at]
            weights = [chosen[n * count : (n + 1) * count] for n in range(rows)]
            given = weights, chosen[rows * count : (rows + 1) * count], chosen[(rows + 1) * count :]
            if silent:
                with no_grad():
                    return sum(function(*given), x[0] * W[0])
            return sum(function(*given), x[0] * W[0])

        return loss

    batch = np.array([[0.25, -1.5], [0.0, 2.0]])
    expected, found = [compile(along(of), W).value_and_grad(batch) for of in (one_by_one, dots)]
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@given(st.lists(st.floats(), min_size=7, max_size=7))
def test_the_numbers_are_the_same_to_the_last_bit(numbers: list[float]) -> None:
    given = [numbers[:2], numbers[2:4]], numbers[3:5], numbers[5:]
    bits = [[struct.pack("d", x) for x in of(*given)] for of in (dots, one_by_one)]
    assert bits[0] == bits[1] or any(map(math.isnan, numbers))


def test_what_outranks_a_recorded_scalar_is_taken_as_by_dot() -> None:
    def rate(function: Dots) -> Callable[[Any], Any]:
        return lambda x: jvp(lambda t: function([[t, W[0]], [x[1], t]], x, [t, 0.0])[1], (x[0],), (1.0,))[1]

    batch = np.array([[0.25, -1.5]])
    assert compile(rate(dots), W)(batch) == compile(rate(one_by_one), W)(batch) == 0.0 - 1.5


def test_a_recorded_scalar_of_another_function_is_refused() -> None:
    kept: list[Any] = []
    compile(lambda x: kept.append(x[0]) or x[1], [])(np.ones((1, 2)))
    with pytest.raises(TraceError, match="outside the function"):
        compile(lambda x: dots([[kept[0], 1.0]], x, [0.0])[0], [])(np.ones((1, 2)))


def test_unequal_lengths_are_refused_with_both() -> None:
    with pytest.raises(ValueError, match="as many weights as inputs, got 1 and 2"):
        dots([[1.0, 2.0], [1.0]], [1.0, 2.0], [0.0, 0.0])
    with pytest.raises(ValueError, match="as many biases as rows, got 1 and 2"):
        dots([[1.0], [1.0]], [1.0], [0.0])
