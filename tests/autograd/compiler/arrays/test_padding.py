"""Sums of unequal length filled up to one, by what makes no difference."""

from itertools import product
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import scalar
from autograd.compiler.arrays.padding import padded
from autograd.compiler.arrays.program import NOTHING
from autograd.compiler.arrays.rows import RepeatedRows
from autograd.compiler.arrays.sums import Block, Sides, padded_blocks
from autograd.ops import TABLE
from autograd.primitive import Primitive

NARY = [op for op in TABLE.values() if op.arity is None and op.name != "dot" and not op.by_index]
"""The operations on any number of arguments alike; a dot is taken apart, and never runs as one operation."""


def filled_up(sums: list[list[tuple[int, int]]]) -> list[list[tuple[int, int]]]:
    lengths = np.array(list(map(len, sums)))
    terms = np.full((len(sums), lengths.max(), 2), 99)
    for terms_of_one, pairs in zip(terms, sums, strict=True):
        terms_of_one[: len(pairs)] = pairs
    return [[(left, right) for left, right in pairs] for pairs in padded(terms, lengths).tolist()]


def test_sums_that_grow_are_filled_up_to_one_product() -> None:
    # Sum t is Σ left[t, s] · right[s] for s ≤ t: the rows of `right` begin alike.
    assert filled_up([[(10 * t + s, s) for s in range(t + 1)] for t in range(3)]) == [
        [(0, 0), (NOTHING, 1), (NOTHING, 2)],
        [(10, 0), (11, 1), (NOTHING, 2)],
        [(20, 0), (21, 1), (22, 2)],
    ]


def test_sums_that_end_alike_are_filled_at_the_front() -> None:
    sums = [[(s, 10 * t + s) for s in range(t, 3)] for t in range(3)]
    assert filled_up(sums)[1] == [(0, NOTHING), (1, 11), (2, 12)]


def test_sums_with_a_part_of_the_longest_are_completed_in_the_middle_too() -> None:
    whole = [(0, 10), (1, 11), (2, 12), (3, 13)]
    assert filled_up([whole, [(0, 20), (3, 23)]])[1] == [(0, 20), (1, NOTHING), (2, NOTHING), (3, 23)]


def test_a_factor_that_comes_twice_is_filled_up_at_the_end() -> None:
    assert filled_up([[(0, 10), (0, 10)], [(0, 10), (1, 11), (2, 12)]])[0] == [(0, 10), (0, 10), (0, NOTHING)]


def test_scalars_alone_are_filled_up_with_nothing() -> None:
    sums = [[(3, NOTHING)], [(1, NOTHING), (2, NOTHING)]]
    assert filled_up(sums) == [[(3, NOTHING), (NOTHING, NOTHING)], [(1, NOTHING), (2, NOTHING)]]


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=5), min_size=1)
)
def test_whatever_is_filled_up_has_its_own_products_and_others_with_nothing(
    sums: list[list[tuple[int, int]]],
) -> None:
    for before, after in zip(sums, filled_up(sums), strict=True):
        assert len(after) == max(map(len, sums))
        assert sorted(pair for pair in after if NOTHING not in pair) == sorted(before)


def test_sums_too_unequal_stay_as_they_are() -> None:
    short, long = [RepeatedRows.of(np.zeros(shape, int)) for shape in ((9, 1), (1, 30))]
    blocks = [Block(np.arange(9), (Sides(short, short),)), Block(np.array([9]), (Sides(long, long),))]
    assert padded_blocks(blocks) is blocks


@pytest.mark.parametrize("op", NARY, ids=lambda op: op.name)
def test_what_an_operation_is_filled_up_with_makes_no_difference(op: Primitive) -> None:
    assert op.neutral is not None
    for xs in product((0.0, -0.0, 1.0, -1.5, 60.0, 1e300, inf, -inf, nan), repeat=2):
        assert repr(op.impl(scalar, *xs, op.neutral)) == repr(op.impl(scalar, *xs))


def test_a_neutral_number_that_makes_a_difference_is_refused() -> None:
    def impl(xp: Any, *xs: Any) -> Any:
        return xp.reduce(xp.maximum, xs)

    rule = TABLE["max"].all_partials
    with pytest.raises(ValueError, match=r"but 1\.0 with 1\.0 as one argument more"):
        ag.define("mine_max", impl, all_partials=rule, neutral=1.0)
    with pytest.raises(ValueError, match="neutral is for any number of arguments, but mine takes 1"):
        ag.define("mine", lambda xp, x: x, lambda out, x: 1.0, neutral=1.0)
    assert "mine_max" not in TABLE
