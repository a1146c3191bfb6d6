"""How many positions there are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.arrays.rows import count_distinct


@given(st.lists(st.integers(-1, 5)))
def test_distinct_positions_are_counted(positions: list[int]) -> None:
    assert count_distinct(np.array(positions, int)) == len(set(positions))
