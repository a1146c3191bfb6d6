"""The same numbers in another shape: where each goes, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, relu
from nn import Elementwise, Flatten, Unflatten, Upsample
from nn.model.shape import shape


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_unflatten_undoes_flatten(lengths: list[int]) -> None:
    size = 1
    for length in lengths:
        size *= length
    nested = Unflatten(tuple(lengths))(list(range(size)))
    assert shape(nested) == tuple(lengths)
    assert Flatten()(nested) == list(range(size))


def test_rows_of_a_table_become_pictures() -> None:
    assert Unflatten((2, 1, 3))(list(range(6))) == [[[0, 1, 2]], [[3, 4, 5]]]
    assert Flatten()(7.0) == [7.0]
    assert Flatten()([]) == []


def test_upsampling_repeats_and_its_gradient_counts_the_copies() -> None:
    assert Upsample(scale_factor=2)([[1, 2]]) == [[1, 1, 2, 2]]
    assert Upsample(scale_factor=np.int64(2))([[1, 2]]) == [[1, 1, 2, 2]]
    assert Upsample(scale_factor=(2, 1))([[[1, 2]]]) == [[[1, 2], [1, 2]]]
    x = Value(3.0)
    sum(Flatten()(Upsample(scale_factor=3)([[[x]]])), Value(0.0)).backward()
    assert x.grad == 9


def test_an_activation_is_applied_to_every_number() -> None:
    assert Elementwise("relu")([[[-1.0, 2.0]], [[3.0, -4.0]]]) == [[[0.0, 2.0]], [[3.0, 0.0]]]
    assert Elementwise(relu)(-2.0) == 0.0
    assert repr(Elementwise("tanh")) == "Elementwise(Tanh)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Unflatten(()), r"a length for each level, got \(\): write \(2, 3\)"),
        (lambda: Unflatten(6), "a length for each level, got 6"),  # type: ignore[arg-type]
        (lambda: Unflatten((2, 0)), "unflattened_size must be 1 or more, got 0"),
        (lambda: Unflatten((3, 2.0)), r"unflattened_size must be a whole number, got 2\.0"),  # type: ignore[arg-type]
        (lambda: Unflatten((2, 3))([1.0] * 5), r"Unflatten\(\(2, 3\)\) takes 6 numbers, got 5"),
        (lambda: Upsample(scale_factor=0), "scale_factor must be 1 or more, got 0"),
        (
            lambda: Upsample(scale_factor=(2, 2, 2)),
            r"scale_factor must be a whole number or two, got \(2, 2, 2\)",
        ),
        (
            lambda: Upsample(scale_factor=2)([1.0]),
            r"Upsample\(scale_factor=2\) takes a signal or an image, got .* \(1,\)",
        ),
        (lambda: Upsample(scale_factor=(2, 2))([[1.0]]), r"takes a signal or an image, got .* \(1, 1\)"),
        (lambda: Flatten()([[1.0], [2.0, 3.0]]), r"one shape, got \(1,\) at 0 and \(2,\) at 1"),
        (lambda: Elementwise("swoosh"), "unknown activation 'swoosh'"),
    ],
)
def test_what_does_not_fit_is_refused_with_both_numbers(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
