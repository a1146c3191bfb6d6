"""Sums of products of rows fall into the groups that the products of their factors fall into."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.arrays.locations import Locations
from autograd.compiler.arrays.program import Array
from autograd.compiler.arrays.sums import Group, grouped_by_kind
from autograd.compiler.record.factor_rows import factors
from autograd.compiler.record.segments import Segments, together
from autograd.compiler.record.terms import ONE, Terms, Weights

SCALARS = 6
ROWS = [(0, 1, 2), (2, 1, 0), (3, 3, 4), (0, 3, 1), (4, 5, 3), (0, 1), (4, 4), (2, 5)]
"""Rows of factors: some rise, some fall, some have a factor twice or lie in two arrays."""

TERMS = st.tuples(
    st.sampled_from([(False, 1.0), (True, 1.0), (False, 2.0)]),
    st.one_of(
        st.tuples(st.integers(0, SCALARS - 1), st.integers(ONE, SCALARS - 1)),
        st.tuples(*[st.integers(SCALARS, SCALARS + 4)] * 2),
        st.tuples(*[st.integers(SCALARS + 5, SCALARS + 7)] * 2),
    ),
)


def described(groups: list[Group]) -> list[Any]:
    """Return groups as lists, each sum with the positions of its factors."""
    return [
        (
            group.kinds,
            dict(zip(group.sums.tolist(), group.member.tolist(), strict=True)),
            sorted(
                (number, [[rows.all()[n].tolist() for rows in sides.rows] for sides in block.sides])
                for block in group.blocks
                for n, number in enumerate(block.numbers.tolist())
            ),
        )
        for group in groups
    ]


@given(st.lists(st.lists(TERMS, max_size=3), min_size=1, max_size=8), st.permutations(range(SCALARS // 2)))
def test_rows_are_grouped_as_their_factors_are(sums: list[list[Any]], positions: list[int]) -> None:
    kinds = Weights()
    terms = [term for each in sums for term in each]
    args = together(
        [Segments.of(np.empty((SCALARS, 0), int)), *[Segments.of(np.array([row])) for row in ROWS]]
    )
    in_rows = Terms(
        np.cumsum([0, *map(len, sums)]),
        np.array([kinds.number(weight) for weight, _ in terms], int),
        *[np.array([pair[side] for _, pair in terms], int) for side in (0, 1)],
        kinds,
        factors(args, SCALARS),
    )
    arrays = [Array("weights", 3, False), Array("inputs", 3, True)]
    locations = Locations(SCALARS + len(ROWS))
    for rank in (0, 1):
        locations.put(np.arange(3) + 3 * rank, rank, positions)
    locations.put_rows(SCALARS + np.arange(len(ROWS)), args.chosen(SCALARS + np.arange(len(ROWS))))
    every = np.arange(len(sums))
    found, expected = [
        grouped_by_kind(each, every, locations, arrays, exact=False)
        for each in (in_rows, in_rows.spelled_out())
    ]
    assert described(found) == described(expected)
    for _, _, members in described(found):
        for _, kinds_of_one in members:
            pairs = [list(zip(*sides, strict=True)) for sides in kinds_of_one]
            assert pairs == list(map(sorted, pairs))
