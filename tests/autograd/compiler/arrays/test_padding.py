"""Sums of unequal length filled up to one, by what makes no difference."""

from math import inf

from autograd.compiler.arrays.padding import identity_element, padded
from autograd.compiler.arrays.program import NOTHING
from autograd.ops import TABLE

NARY = [op for op in TABLE.values() if op.arity is None and op.name != "dot" and not op.by_index]
"""The operations on any number of arguments alike; a dot is taken apart, and never runs as one operation."""


def test_sums_that_grow_are_filled_up_to_one_product() -> None:
    # Sum t is Σ left[t, s] · right[s] for s ≤ t: the rows of `right` begin alike.
    rows = [(tuple(p for s in range(t + 1) for p in (10 * t + s, s)),) for t in range(3)]
    assert padded(rows) == [
        ((0, 0, NOTHING, 1, NOTHING, 2),),
        ((10, 0, 11, 1, NOTHING, 2),),
        ((20, 0, 21, 1, 22, 2),),
    ]


def test_sums_that_end_alike_are_filled_at_the_front() -> None:
    rows = [(tuple(p for s in range(t, 3) for p in (s, 10 * t + s)),) for t in range(3)]
    assert padded(rows)[1] == ((0, NOTHING, 1, 11, 2, 12),)


def test_sums_with_a_part_of_the_longest_are_completed_in_the_middle_too() -> None:
    whole = ((0, 10, 1, 11, 2, 12, 3, 13),)
    assert padded([whole, ((0, 20, 3, 23),)])[1] == ((0, 20, 1, NOTHING, 2, NOTHING, 3, 23),)


def test_sums_too_unequal_stay_as_they_are() -> None:
    rows = [((0, 1),)] * 9 + [((0, 1) * 30,)]
    assert padded(rows) == rows


def test_each_operation_is_filled_up_with_what_makes_no_difference_to_it() -> None:
    numbers = {"sum": 0.0, "prod": 1.0, "norm": 0.0, "max": -inf, "min": inf, "logsumexp": -inf}
    assert {op.name: identity_element(op) for op in NARY} == numbers
