"""What passes through a network: the same numbers that the engine's own backward pass leaves behind."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value
from nn.model.activations import ACTIVATIONS
from viz.network.signals import Signals, signals
from viz.record.model import layers_of

numbers = st.floats(-2, 2)


def rows(model: Any, x: list[float], target: list[float]) -> list[list[Signals]]:
    return signals(model, layers_of(model), x, target)


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.sampled_from(sorted(ACTIVATIONS)),
    st.booleans(),
    st.integers(0, 99),
    st.lists(numbers, min_size=6, max_size=6),
)
def test_every_number_is_that_of_a_backward_pass(
    sizes: list[int], activation: str, fused: bool, seed: int, given_numbers: list[float]
) -> None:
    x, target = given_numbers[:2], given_numbers[2 : 2 + sizes[-1]]
    model = nn.MLP(2, sizes, activation=activation, fused=fused, seed=seed)
    found = rows(model, x, target)
    assert not any(parameter.has_grad for parameter in model.parameters())

    answer = model(x)
    outputs = [answer] if isinstance(answer, Value) else answer
    sum(((y - t) ** 2 for y, t in zip(outputs, target, strict=True)), Value(0.0)).backward()
    for layer, row in zip(model.layers, found, strict=True):
        for neuron, here in zip(layer.neurons, row, strict=True):
            for weight, gradient in zip(neuron.w, here.gradients, strict=True):
                assert gradient == pytest.approx(weight.grad / 2, rel=1e-12, abs=1e-300)
            assert here.bias_gradient == pytest.approx(neuron.b.grad / 2, rel=1e-12, abs=1e-300)
    assert [here.output for here in found[-1]] == [output.data for output in outputs]


@given(st.lists(numbers, min_size=3, max_size=3), st.sampled_from(["tanh", "sigmoid", "relu", "hardtanh"]))
def test_errors_travel_over_the_weights_and_make_the_gradients(x: list[float], activation: str) -> None:
    found = rows(nn.MLP(3, [3, 2, 1], activation=activation, seed=4), x, [0.5])
    assert found[-1][0].delta == 0.5 - found[-1][0].output
    for here, after in pairwise(found):
        for index, neuron in enumerate(here):
            back = sum(there.weights[index] * there.slope * there.delta for there in after)
            assert neuron.delta == pytest.approx(back, rel=1e-12, abs=1e-15)
    for neuron in (neuron for row in found for neuron in row):
        assert neuron.passed == pytest.approx(neuron.slope * neuron.delta, rel=1e-12, abs=1e-15)
        for gradient, signal in zip(neuron.gradients, neuron.inputs, strict=True):
            assert gradient == pytest.approx(-neuron.delta * neuron.slope * signal, rel=1e-12, abs=1e-15)


def test_a_neuron_without_activation_is_linear() -> None:
    hidden, last = rows(nn.MLP(1, [1, 1], activation="tanh", seed=1), [0.5], [0.0])
    assert not hidden[0].linear
    assert last[0].linear
    assert last[0].slope == 1.0
    assert last[0].total == last[0].output


def test_a_sequential_of_layers_and_neurons_will_do() -> None:
    model = nn.Sequential(
        nn.Layer(2, 3, seed=1),
        nn.Sequential(nn.Layer(3, 2, seed=2)),
        nn.MLP(2, [2], seed=3),
        nn.Neuron(2, seed=4),
    )
    found = rows(model, [0.5, 0.6], [1.0])
    assert [len(row) for row in found] == [3, 2, 2, 1]
    assert found[-1][0].output == model([0.5, 0.6]).data


def test_what_is_not_layers_one_after_the_other_is_named() -> None:
    from autograd import softmax

    with pytest.raises(TypeError, match=r"layers hold neurons with weights w, got .*softmax"):
        layers_of(nn.Sequential(nn.Layer(2, 2), softmax))
    with pytest.raises(TypeError, match=r"got .*Residual"):
        layers_of(nn.Sequential(nn.Residual(nn.Layer(2, 2))))
    with pytest.raises(ValueError, match="3 signals reach a neuron with 2 weights"):
        layers_of(nn.Sequential(nn.Layer(2, 3), nn.Layer(2, 1)))

    class Doubled(nn.MLP):
        def __call__(self, x: Any) -> Any:
            return super().__call__(x) * 2

    with pytest.raises(ValueError, match="computes something else"):
        rows(Doubled(2, [2, 1], seed=1), [1.0, 1.0], [1.0])

    class Deaf(nn.Neuron):
        def __call__(self, x: Any) -> Value:
            return self.w[0] * x[0]

    with pytest.raises(TypeError, match="call their activation"):
        rows(nn.Sequential(Deaf(1)), [1.0], [1.0])


def test_wrong_numbers_and_shared_weights_are_named() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    with pytest.raises(ValueError, match="2 inputs, got 1 numbers"):
        rows(model, [1.0], [1.0])
    with pytest.raises(ValueError, match="1 outputs, got 0 targets"):
        rows(model, [1.0, 1.0], [])
    model.layers[0].neurons[0].w = model.layers[0].neurons[1].w
    with pytest.raises(ValueError, match="a Value of its own, got 7 for 9"):
        rows(model, [1.0, 1.0], [1.0])
