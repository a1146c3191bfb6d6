"""Strides and shapes found among positions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.arrays.strides import common_shape, strided

AXES = st.lists(st.tuples(st.integers(1, 4), st.sampled_from((0, 1, 2, 3, 4, 6, 8, 12, 16))), max_size=3)


@given(AXES, st.integers(0, 5))
def test_strides_are_found_where_there_are_strides(axes: list[tuple[int, int]], start: int) -> None:
    at = np.full([count for count, _ in axes], start)
    for n, (count, stride) in enumerate(axes):
        at = at + stride * np.arange(count).reshape((-1,) + (1,) * (len(axes) - n - 1))
    rule = strided(at)
    assert rule is not None
    assert rule.start == start
    assert rule.strides == tuple(stride if count > 1 else 0 for count, stride in axes)
    if at.size > 1 and len(np.unique(at)) > 1:
        spoiled = at.copy()
        spoiled.flat[-1] += 1
        assert at.size == 2 or strided(spoiled) is None or at.ndim != 1


def test_columns_that_repeat_share_a_shape() -> None:
    rows, columns = np.repeat([0, 1, 2], 4), np.tile([0, 1, 2, 3], 3)
    assert common_shape([rows, columns]) == (3, 4)
    assert common_shape([np.arange(12), rows]) == (3, 4)
    assert common_shape([np.arange(12)]) == (12,)
    assert common_shape([np.arange(12), np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])]) == (12,)
