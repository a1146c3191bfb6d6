"""Rows of positions, equal ones kept once, and how many positions there are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.arrays.rows import RepeatedRows, count_distinct

ROWS = st.integers(1, 3).flatmap(
    lambda length: st.lists(st.lists(st.integers(-1, 2), min_size=length, max_size=length), min_size=2)
)


@given(st.lists(st.integers(-1, 5)))
def test_distinct_positions_are_counted(positions: list[int]) -> None:
    assert count_distinct(np.array(positions, int)) == len(set(positions))


@given(ROWS, st.data())
def test_rows_are_kept_once_in_the_order_they_come_in(rows: list[list[int]], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1))
    cut = data.draw(st.integers(1, len(rows) - 1))
    whole = RepeatedRows.of(np.array(rows))
    parts = [RepeatedRows.of(np.array(part)) for part in (rows[:cut], rows[cut:])]
    found = [
        (whole, rows),
        (RepeatedRows.together(parts), rows),
        (whole.chosen(np.array(places)), [rows[place] for place in places]),
        (RepeatedRows.picked(np.array(rows), np.arange(len(rows))), rows),
    ]
    for repeated, expected in found:
        assert repeated.all().tolist() == expected
        assert repeated.distinct.tolist() == list(map(list, dict.fromkeys(map(tuple, expected))))
