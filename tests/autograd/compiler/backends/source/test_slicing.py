"""Positions written as slices."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.backends.source.slicing import view

AXES = st.lists(st.tuples(st.integers(1, 4), st.sampled_from((0, 1, 2, 3, 4, 6, 8, 12, 16))), max_size=3)


@given(AXES, st.integers(0, 5), st.integers(0, 3), st.booleans())
def test_a_view_reads_the_positions_it_stands_for(
    axes: list[tuple[int, int]], start: int, spare: int, batched: bool
) -> None:
    at = np.full([count for count, _ in axes], start)
    for n, (count, stride) in enumerate(axes):
        at = at + stride * np.arange(count).reshape((-1,) + (1,) * (len(axes) - n - 1))
    size = int(at.max()) + 1 + spare
    array = np.arange(size) + (np.array([[0], [1000]]) if batched else 0)
    text = view("array", size, batched, at)
    if text is not None:
        found = eval(text, {"array": array})
        assert found.ndim == at.ndim + batched
        assert np.array_equal(np.broadcast_to(found, array.shape[:-1] + at.shape), array[..., at])


def test_simple_views_are_plain_slices() -> None:
    assert view("p", 9, False, np.arange(9)) == "p"
    assert view("p", 9, True, np.arange(2, 5)) == "p[:, 2:5]"
    assert view("p", 9, False, np.arange(9).reshape(3, 3)[:, :2]) == "p.reshape(3, 3)[:, :2]"
    assert view("p", 9, False, np.arange(9).reshape(3, 3).T) == "p.reshape(3, 3).transpose(1, 0)"
    assert view("p", 9, False, np.array([0, 1, 3])) is None
