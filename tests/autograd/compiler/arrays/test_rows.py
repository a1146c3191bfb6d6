"""Equal rows of positions, found at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.arrays import rows as rows_of_positions
from autograd.compiler.arrays.rows import count_distinct, distinct_rows
from autograd.compiler.record.segments import by_number


@pytest.mark.parametrize("collide", [False, True])
@given(st.integers(0, 3).flatmap(lambda n: st.lists(st.tuples(*[st.integers(-1, 2)] * n), min_size=1)))
def test_equal_rows_are_found_in_the_order_of_their_first(collide: bool, rows: list[tuple[int, ...]]) -> None:
    at = np.array(rows, int).reshape(len(rows), -1)
    with pytest.MonkeyPatch.context() as patch:
        if collide:
            patch.setattr(rows_of_positions, "_mix", lambda count: np.ones(count, int))
        first, ids = distinct_rows(at)
    distinct = list(dict.fromkeys(rows))
    assert [rows[n] for n in first] == distinct
    assert [distinct[n] for n in ids] == rows
    assert first.tolist() == [rows.index(row) for row in distinct]
    assert [same.tolist() for same in by_number(ids)] == [
        [n for n, row in enumerate(rows) if row == one] for one in distinct
    ]


@given(st.lists(st.integers(-1, 5)))
def test_distinct_positions_are_counted(positions: list[int]) -> None:
    assert count_distinct(np.array(positions, int)) == len(set(positions))
