"""Positions of windows are printed as windows, and whatever is printed gives them."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import nn
from autograd import compile
from autograd.compiler.arrays.program import NOTHING, Positions
from autograd.compiler.backends.source.windows import joined_axes, windows
from tests.autograd.compiler.closeness import assert_close


def evaluated(text: str, size: int) -> Positions:
    """Return what an expression reads of an array `a` that holds its own positions, of two examples."""
    rows = np.stack([np.arange(size), np.arange(size)])
    found = eval(text, {"a": rows, "pad": np.pad, "sliding_window_view": sliding_window_view})
    assert (found[0] == found[1]).all()
    return found[0]  # type: ignore[no-any-return]


@given(st.data(), st.integers(1, 3), st.integers(2, 3), st.integers(1, 2), st.integers(0, 1), st.booleans())
def test_what_a_kernel_sees_is_printed_without_a_table(
    data: st.DataObject, channels: int, kernel: int, dilation: int, padding: int, channels_last: bool
) -> None:
    span = dilation * (kernel - 1) + 1
    stride = data.draw(st.integers(1, kernel)) if dilation == 1 else 1
    sides = [data.draw(st.integers(kernel * dilation + stride, 10)) for _ in range(2)]
    size = channels * sides[0] * sides[1]
    image = np.arange(size).reshape(channels, *sides)
    if channels_last:
        image = np.arange(size).reshape(*sides, channels).transpose(2, 0, 1)
    image = np.pad(image, ((0, 0), (padding, padding), (padding, padding)), constant_values=NOTHING)
    seen = sliding_window_view(image, (span, span), (1, 2))
    seen = seen[:, ::stride, ::stride, ::dilation, ::dilation].transpose(1, 2, 0, 3, 4)
    at = seen.reshape(seen.shape[0] * seen.shape[1], -1)
    text = windows("a", size, True, at, NOTHING)
    assert text is not None
    assert (evaluated(text, size) == at).all(), text


@given(st.lists(st.lists(st.integers(NOTHING, 11), min_size=3, max_size=3), min_size=2, max_size=4))
def test_whatever_is_printed_is_right(rows: list[list[int]]) -> None:
    at = np.array(rows)
    text = windows("a", 12, True, at, NOTHING)
    assert text is None or (evaluated(text, 12) == at).all(), text


def test_rows_are_joined_where_they_lie() -> None:
    grid = np.arange(48).reshape(2, 2, 3, 2, 2)  # what each of 2 · 3 places pools, for each of 2 channels
    at = grid.transpose(0, 2, 4, 1, 3).reshape(12, 4)
    assert joined_axes("a", 48, True, at, 0.0) == ("a.reshape(-1, 2, 2, 3, 2, 2)", (2, 4), (2, 3, 2))
    turned = grid.transpose(4, 2, 0, 1, 3).reshape(12, 4)
    assert joined_axes("a", 48, True, turned, 0.0) is None


@pytest.mark.parametrize(
    ("layer", "shape", "reads"),
    [
        (nn.Conv1d(2, 3, 3, padding=1, seed=0), (2, 7), ["pad(", "sliding_window_view("]),
        (nn.Conv2d(1, 2, 3, seed=0), (1, 5, 6), ["sliding_window_view(x.reshape(-1, 5, 6), (3, 3), (1, 2))"]),
        (nn.Conv2d(2, 2, (2, 3), stride=2, padding=1, seed=0), (2, 6, 8), ["pad(", "::2, ::2]"]),
        (nn.Conv2d(2, 2, 2, dilation=2, seed=0), (2, 5, 5), ["(3, 3), (2, 3))[:, :, :, :, ::2, ::2]"]),
        (nn.MaxPool2d(2), (2, 4, 6), ["max(x.reshape(-1, 4, 2, 3, 2), axis=(2, 4))"]),
        (nn.MaxPool2d(3, stride=2), (2, 7, 5), ["sliding_window_view(", "[:, :, ::2, ::2], axis=(4, 5))"]),
        (nn.AvgPool2d(2), (2, 4, 6), ["x.reshape(-1, 4, 2, 3, 2).sum((2, 4))"]),
    ],
    ids=repr,
)
def test_a_layer_reads_as_one_would_write_it(
    layer: nn.Module, shape: tuple[int, ...], reads: list[str]
) -> None:
    step = compile(lambda x: layer(x), dict(layer.named_parameters()))
    batch = np.random.default_rng(0).normal(size=(3, *shape))
    expected = step(batch)
    source = step.source
    assert all(part in source for part in reads), source
    assert not re.search(r"\bat\b|np\.array\(\[", source), source
    scope: dict[str, object] = {}
    exec(source, scope)
    assert_close(scope["replay"](batch, step.vector).reshape(expected.shape), expected)  # type: ignore[operator]


def test_a_training_step_of_stacked_convolutions_reads_as_one_would_write_it() -> None:
    layers = [nn.Conv2d(1, 2, 3, padding=1, seed=1), nn.Elementwise("relu"), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(2, 3, 3, padding=1, seed=2), nn.Elementwise("relu"), nn.MaxPool2d(2)]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(12, 1, seed=3))
    step = compile(lambda picture: model(picture)[0] ** 2, model.parameters())
    batch = np.random.default_rng(0).normal(size=(4, 1, 8, 8))
    value, gradient = step.value_and_grad(batch)
    assert not re.search(r"\b(at|order|padding)(_\d+)? = ", step.source), step.source
    scope: dict[str, object] = {}
    exec(step.source, scope)
    assert_close(scope["replay"](batch, step.vector), np.array([value, *gradient]))  # type: ignore[operator]


def test_a_kernel_behind_other_parameters_is_cut_from_them() -> None:
    at = 20 + np.arange(54).reshape(3, 2, 9).transpose(1, 0, 2).reshape(2, 27)
    expected = "a[20:74].reshape(3, 2, 9).transpose(1, 0, 2).reshape(2, 27)"
    assert windows("a", 90, False, at) == expected
