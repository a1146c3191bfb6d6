"""Pooling by hand: which number is kept, who gets its gradient, what is refused."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, sum, tree
from nn import AvgPool1d, AvgPool2d, Conv2d, Elementwise, Flatten, Layer, MaxPool1d, MaxPool2d, Sequential
from nn.model.shape import shape

PLANE = [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [-1.0, -2.0, 0.0, -3.0]]


def test_the_largest_of_each_window_and_the_mean() -> None:
    assert MaxPool2d(2)([PLANE]) == [[[6.0, 8.0]]]
    assert AvgPool2d(2)([PLANE]) == [[[3.5, 5.5]]]
    assert MaxPool2d((1, 2), stride=(2, 1))([PLANE]) == [[[2.0, 3.0, 4.0], [-1.0, 0.0, 0.0]]]
    assert MaxPool1d(3, stride=2)([[1.0, 5.0, 2.0, 7.0, 0.0, 9.0]]) == [[5.0, 7.0]]
    assert AvgPool1d(2)([[1.0, 5.0, 2.0]]) == [[3.0]]


def test_the_gradient_goes_to_the_largest_and_to_ties_in_equal_parts() -> None:
    signal = list(map(Value, [1.0, 4.0, 4.0, 2.0]))
    sum(MaxPool1d(2)([signal])[0]).backward()
    assert [value.grad for value in signal] == [0, 1, 1, 0]
    signal = list(map(Value, [1.0, 4.0, 4.0, 2.0]))
    sum(MaxPool1d(4)([signal])[0]).backward()
    assert [value.grad for value in signal] == [0, 0.5, 0.5, 0]


def test_infinities_and_nan_in_a_window() -> None:
    assert MaxPool1d(2)([[-inf, -inf, inf, 1.0]]) == [[-inf, inf]]
    assert str(MaxPool1d(2)([[nan, 1.0]])) == "[[nan]]"


def test_a_network_for_pictures_compiles_to_one_product_a_layer() -> None:
    model = Sequential(
        Conv2d(1, 8, 3, seed=0),
        Elementwise("relu"),
        MaxPool2d(2),
        Flatten(),
        Layer(72, 10, nonlin=False, init="xavier_uniform", seed=0),
    )
    pictures = np.random.default_rng(0).normal(size=(3, 1, 8, 8))
    step = compile(model, params=model.parameters())
    eager = [[out.data for out in model(picture.tolist())] for picture in pictures]
    np.testing.assert_allclose(step(pictures), eager, rtol=1e-12)
    assert step.source.count("@") == 2


def test_the_shape_of_what_is_left() -> None:
    assert shape(MaxPool2d(2)(tree.map_leaves(Value, np.zeros((3, 6, 7)).tolist()))) == (3, 3, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MaxPool1d(0), "kernel_size must be 1 or more, got 0"),
        (lambda: AvgPool2d(2, stride=(1, -1)), r"stride must be 1 or more, got \(1, -1\)"),
        (lambda: MaxPool2d((2,)), r"kernel_size must be a whole number or two, got \(2,\)"),
        (lambda: AvgPool2d(2, stride=(1, 1.5)), r"stride must be a whole number or two, got \(1, 1\.5\)"),
        (lambda: MaxPool1d((2, 2)), r"kernel_size must be a whole number, got \(2, 2\)"),
        (lambda: MaxPool2d(3)([PLANE[:2]]), "spans 3 does not fit into 2"),
        (lambda: MaxPool2d(2)(PLANE), r"takes lists \[channel\]\[row\]\[column\], got .* \(3, 4\)"),
        (lambda: AvgPool1d(2)([[1.0, 2.0], [1.0]]), r"one shape, got \(2,\) at 0 and \(1,\) at 1"),
    ],
)
def test_what_does_not_fit_is_refused_with_both_numbers(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
