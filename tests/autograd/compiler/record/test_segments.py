"""Rows of unequal length in one array."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.record import segments as module
from autograd.compiler.record.segments import Rows, Segments, by_number, distinct_rows

ROWS = st.lists(st.lists(st.integers(-9, 9), max_size=4), max_size=6)


def segments_of(rows: list[list[int]]) -> Segments:
    added = Rows()
    for row in rows:
        added.append(tuple(row))
    return added.segments()


@given(ROWS, st.data())
def test_rows_are_chosen_in_any_order_and_more_than_once(rows: list[list[int]], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1))) if rows else []
    found = segments_of(rows).chosen(np.array(chosen, int))
    assert list(found.lists()) == [rows[n] for n in chosen]


@given(ROWS)
def test_each_row_is_reduced_alone_and_an_empty_one_to_what_is_said(rows: list[list[int]]) -> None:
    segments = segments_of(rows)
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


@pytest.mark.parametrize("collide", [False, True])
@given(st.integers(0, 3).flatmap(lambda n: st.lists(st.tuples(*[st.integers(-1, 2)] * n), min_size=1)))
def test_equal_rows_are_found_in_the_order_of_their_first(collide: bool, rows: list[tuple[int, ...]]) -> None:
    at = np.array(rows, int).reshape(len(rows), -1)
    with pytest.MonkeyPatch.context() as patch:
        if collide:
            patch.setattr(module, "_mix", lambda count: np.ones(count, int))
        first, ids = distinct_rows(at)
    distinct = list(dict.fromkeys(rows))
    assert [rows[n] for n in first] == distinct
    assert [distinct[n] for n in ids] == rows
    assert first.tolist() == [rows.index(row) for row in distinct]
    assert [same.tolist() for same in by_number(ids)] == [
        [n for n, row in enumerate(rows) if row == one] for one in distinct
    ]
