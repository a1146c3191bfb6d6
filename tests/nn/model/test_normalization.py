"""Normalisation by hand, at its edges, compiled; what is refused."""

from __future__ import annotations

from math import isnan, nan, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, compile
from nn import LayerNorm, RMSNorm

numbers = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=8)


def data(values: Any) -> list[float]:
    return [value.data for value in values]


@given(numbers)
def test_a_layer_norm_leaves_mean_0_and_variance_1(x: list[float]) -> None:
    out = data(LayerNorm(len(x))(x))
    variance = np.var(x)
    assert np.mean(out) == pytest.approx(0, abs=1e-9)
    assert np.var(out) == pytest.approx(variance / (variance + 1e-5), rel=1e-6, abs=1e-9)


@given(numbers)
def test_an_rms_norm_leaves_mean_square_1(x: list[float]) -> None:
    out = data(RMSNorm(len(x), eps=1e-5)(x))
    square = np.mean(np.square(x))
    assert np.mean(np.square(out)) == pytest.approx(square / (square + 1e-5), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("x", [[0.0] * 3, [5.0] * 3])
def test_numbers_that_are_all_the_same_become_0_with_finite_slopes(x: list[float]) -> None:
    values = list(map(Value, x))
    out = LayerNorm(3)(values)
    assert data(out) == [0.0] * 3
    out[0].backward()
    assert [value.grad for value in values] == pytest.approx(
        [2 / 3 / sqrt(1e-5), -1 / 3 / sqrt(1e-5), -1 / 3 / sqrt(1e-5)]
    )


def test_zeros_stay_zeros_under_an_rms_norm() -> None:
    assert data(RMSNorm(2)([0.0, 0.0])) == [0.0, 0.0]


def test_nan_is_not_hidden() -> None:
    assert all(map(isnan, data(LayerNorm(2)([nan, 1.0]))))
    assert all(map(isnan, data(RMSNorm(2)([nan, 1.0]))))


def test_a_layer_norm_is_shared_work_when_compiled() -> None:
    norm = LayerNorm(16)
    step = compile(norm, params=norm.parameters())
    step(np.random.default_rng(0).normal(size=(3, 16)))
    assert "[:, at" not in step.source  # nothing is gathered


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LayerNorm(0), "normalized_shape must be 1 or more, got 0"),
        (lambda: RMSNorm(-1), "normalized_shape must be 1 or more, got -1"),
        (lambda: LayerNorm(3)([1.0, 2.0]), r"LayerNorm\(3\) takes 3 inputs, got 2"),
        (lambda: RMSNorm(1)([]), r"RMSNorm\(1\) takes 1 inputs, got 0"),
    ],
)
def test_what_does_not_fit_is_refused_with_both_numbers(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
