"""Operations on whole arrays, a call for each instruction."""

import operator
from typing import Any

import pytest

from autograd.notation.listing import listed_on_row
from autograd.ops import TABLE
from autograd.primitive import Primitive

NARY = [op for op in TABLE.values() if op.arity is None and op.name != "dot" and not op.by_index]
"""The operations on any number of arguments alike; a dot is taken apart, and never runs as one operation."""


@pytest.mark.parametrize("op", NARY, ids=lambda op: op.name)
def test_an_nary_operation_takes_as_few_calls_for_many_arguments_as_for_few(op: Primitive) -> None:
    few, many = [listed_on_row(op.impl, count) for count in (3, 30)]
    assert few is not None
    assert many is not None
    assert [call.function for call in few[0]] == [call.function for call in many[0]]


def test_an_operation_that_tells_its_arguments_apart_is_computed_from_each() -> None:
    def impl(xp: Any, *xs: Any) -> Any:
        return xp.reduce(operator.add, xs) + 2.0 * xs[-1]

    def mean(xp: Any, *xs: Any) -> Any:
        return xp.reduce(operator.add, xs) / len(xs)

    def late(xp: Any, *xs: Any) -> Any:  # beyond the first by more than 50
        return xp.reduce(operator.add, [xp.maximum(x - xs[0] - 50.0, 0.0) for x in xs])

    for rule in (impl, mean, late, TABLE["dot"].impl, lambda xp, *xs: xs[0]):
        op = Primitive("apart", rule, all_partials=lambda out, *xs: [1.0] * len(xs))
        assert listed_on_row(op.impl, 3) is None
