"""Clipping: what is cut, what stays, and which way the gradient points afterwards."""

from __future__ import annotations

from collections.abc import Callable
from math import hypot, inf, isnan, nan
from typing import Any

import pytest

from autograd import Value
from nn import MLP, BatchNorm1d, Buffer, Module, clip_grad_norm, clip_grad_value, gradient_norms


def parameters(*gradients: float) -> list[Value]:
    values = [Value(1.0) for _ in gradients]
    for value, gradient in zip(values, gradients, strict=True):
        value.grad = gradient
    return values


def gradients(values: list[Value]) -> list[float]:
    return [value.grad for value in values]


def test_values_are_cut_one_by_one() -> None:
    values = parameters(3.0, -3.0, 0.5, -2.0, inf, -inf)
    clip_grad_value(values, 2.0)
    assert gradients(values) == [2.0, -2.0, 0.5, -2.0, 2.0, -2.0]


def test_a_norm_is_cut_without_a_turn() -> None:
    values = parameters(3.0, -4.0, 12.0)
    assert clip_grad_norm(values, 6.5) == 13.0
    assert gradients(values) == [1.5, -2.0, 6.0]


def test_a_short_gradient_stays() -> None:
    values = parameters(3.0, -4.0)
    assert clip_grad_norm(iter(values), 5.0) == 5.0
    assert gradients(values) == [3.0, -4.0]
    assert clip_grad_norm(parameters(0.0), 1.0) == 0.0


def test_a_norm_does_not_overflow_on_the_way() -> None:
    values = parameters(3e300, 4e300)
    assert clip_grad_norm(values, 5.0) == 5e300
    assert gradients(values) == pytest.approx([3.0, 4.0])


def test_a_gradient_that_is_not_finite_is_left_to_be_reported() -> None:
    values = parameters(inf, 1.0)
    assert clip_grad_norm(values, 1.0) == inf
    assert gradients(values) == [inf, 1.0]
    values = parameters(nan, 1.0)
    clip_grad_value(values, 0.5)
    assert isnan(values[0].grad)
    assert isnan(clip_grad_norm(values, 0.25))
    assert values[1].grad == 0.5


@pytest.mark.parametrize("clip", [clip_grad_value, clip_grad_norm])
@pytest.mark.parametrize("limit", [0.0, -1.0, nan, inf])
def test_a_limit_that_is_not_positive_and_finite_is_refused(clip: Callable[..., Any], limit: float) -> None:
    with pytest.raises(ValueError, match=f"must be positive and finite, got {limit}"):
        clip(parameters(1.0), limit)


@pytest.mark.parametrize("clip", [clip_grad_value, clip_grad_norm])
def test_gradients_that_are_values_are_told_with_their_remedy(clip: Callable[..., Any]) -> None:
    w = Value(3.0)
    (w**3).backward(create_graph=True)
    with pytest.raises(TypeError, match="expected a gradient of numbers"):
        clip([w], 1.0)


def test_the_length_of_the_gradient_is_told_for_each_tensor() -> None:
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    model([1.0, -2.0]).backward()
    norms = gradient_norms(model)
    assert [*norms] == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    assert norms["layers.1.bias"] == 1
    slopes = [w.grad for neuron in model.layers[0].neurons for w in neuron.w]
    assert norms["layers.0.weight"] == hypot(*slopes) > 0


def test_a_gradient_too_long_for_a_float_is_cut_all_the_same() -> None:
    parameters = [Value(0.0) for _ in range(4)]
    sum((1.7e308 if n % 2 else -1.7e308) * p for n, p in enumerate(parameters)).backward()
    assert clip_grad_norm(parameters, 1.0) == inf
    assert [p.grad for p in parameters] == [-0.5, 0.5, -0.5, 0.5]


def test_what_is_not_learned_has_no_gradient_to_tell_of() -> None:
    class Mixed(Module):
        def __init__(self) -> None:
            self.norm = BatchNorm1d(1)
            self.pair = [Buffer(5.0), Value(2.0)]

    model = Mixed()
    (out,), _ = model.norm([[1.0], [3.0]])
    (out * out * model.pair[0] * model.pair[1]).backward()
    assert list(gradient_norms(model)) == ["norm.weight", "norm.bias", "pair"]
    assert gradient_norms(model)["pair"] == abs(model.pair[1].grad) > 0
