"""Rows of unequal length in one array."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.record.segments import Segments, by_number

ROWS = st.lists(st.lists(st.integers(-9, 9), max_size=4), max_size=6)


@given(ROWS, st.data())
def test_rows_are_chosen_in_any_order_and_more_than_once(rows: list[list[int]], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1))) if rows else []
    found = Segments.of(rows).chosen(np.array(chosen, int))
    assert list(found.lists()) == [rows[n] for n in chosen]


@given(ROWS)
def test_each_row_is_reduced_alone_and_an_empty_one_to_what_is_said(rows: list[list[int]]) -> None:
    segments = Segments.of(rows)
    assert segments.reduced(np.maximum, segments.flat, -10).tolist() == [
        max(row, default=-10) for row in rows
    ]
    assert segments.reduced(np.add, segments.flat, 0).tolist() == list(map(sum, rows))


@given(st.lists(st.integers(0, 4), min_size=1), st.integers(0, 7))
def test_numbers_that_nobody_has_are_listed_up_to_the_count(numbers: list[int], count: int) -> None:
    assert [found.tolist() for found in by_number(np.array(numbers), count)] == [
        [n for n, other in enumerate(numbers) if other == number]
        for number in range(max(count, max(numbers) + 1))
    ]
