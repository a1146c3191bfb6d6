"""Neurons, layers and networks: the documents' numbers, micrograd's numbers, and what is refused."""

from collections.abc import Callable
from math import tanh
from random import Random, getstate, random, seed
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from nn import MLP, Dropout, Layer, Module, Neuron


def set_parameters(model: Module, numbers: list[float]) -> None:
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number


@pytest.mark.parametrize("fused", [True, False])
def test_the_2_2_1_network_of_the_documents(fused: bool) -> None:
    # D2.1 and D2.2: the document prints z₂ = 0.62 and y = 0.735, which its own weights do not give.
    model = MLP(2, [2, 1], fused=fused)
    set_parameters(model, [0.1, 0.2, 0.1, 0.3, 0.4, 0.2, 0.5, 0.6, 0.3])
    x = [Value(0.5), Value(0.6)]
    assert [h.data for h in model.layers[0](x)] == pytest.approx([0.27, 0.59], rel=1e-14)
    y = model(x)
    assert y.data == pytest.approx(0.789, rel=1e-14)
    loss = 0.5 * (y - 1) ** 2
    loss.backward()
    assert [parameter.grad for parameter in model.parameters()] == pytest.approx(
        [-0.05275, -0.0633, -0.1055, -0.0633, -0.07596, -0.1266, -0.05697, -0.12449, -0.211], rel=1e-12
    )


def test_the_3_2_1_network_written_out() -> None:
    # D0.6, with weights of our own.
    model = MLP(3, [2, 1], activation="tanh")
    set_parameters(model, [0.5, -1.0, 2.0, 0.25, 1.5, 1.0, -0.5, -0.75, 3.0, -2.0, 0.125])
    z1 = 0.25 + 0.5 * 1 - 1.0 * 2 + 2.0 * 3
    z2 = -0.75 + 1.5 * 1 + 1.0 * 2 - 0.5 * 3
    assert model([1, 2, 3]).data == 0.125 + 3.0 * tanh(z1) - 2.0 * tanh(z2)


def test_fused_and_unfused_agree_to_the_last_digit() -> None:
    fused, unfused = MLP(3, [8, 8, 2], seed=1), MLP(3, [8, 8, 2], seed=1, fused=False)
    x = [0.3, -1.7, 2.2]
    assert [y.data for y in fused(x)] == [y.data for y in unfused(x)]


def test_fused_makes_the_weighted_sum_one_node() -> None:
    x = [Value(1.0), Value(2.0)]
    fused = Neuron(2, nonlin=False)(x)
    assert fused.op is not None
    assert fused.op.name == "dot"
    assert len(fused.args) == 5
    unfused = Neuron(2, nonlin=False, fused=False)(x)
    assert unfused.op is not None
    assert unfused.op.name == "add"


def weights(seed: int | None = None) -> list[float]:
    return [parameter.data for parameter in MLP(2, [3, 1], seed=seed).parameters()]


def test_an_integer_seed_fixes_the_weights_and_leaves_the_global_generator_alone() -> None:
    seed(0)
    state = getstate()
    assert weights(seed=5) == weights(seed=5) != weights(seed=6)
    assert getstate() == state


def test_without_a_seed_the_global_generator_draws_as_in_micrograd() -> None:
    seed(1337)
    first, second = weights(), weights()
    assert first != second
    assert first == weights(seed=1337)
    seed(1337)
    assert (weights(), weights()) == (first, second)


def test_without_a_seed_a_dropout_has_a_generator_of_its_own_from_the_global_one() -> None:
    def dropped() -> list[Any]:
        seed(5)
        dropout = Dropout(0.5)
        random()  # another's draw makes no difference
        return dropout([1.0] * 64)

    assert dropped() == dropped()
    assert len({tuple(Dropout(0.5)([1.0] * 64)) for _ in range(3)}) == 3
    assert Dropout().rng is not Dropout().rng


def test_neurons_that_share_a_generator_differ() -> None:
    rng = Random(0)
    assert Neuron(1, seed=rng).w[0].data != Neuron(1, seed=rng).w[0].data
    first, second = Layer(1, 2, seed=0).neurons
    assert first.w[0].data != second.w[0].data


def test_weights_start_between_minus_one_and_one_and_biases_at_zero() -> None:
    neuron = Neuron(1000, seed=0)
    weights = [w.data for w in neuron.w]
    assert -1 <= min(weights) < -0.95
    assert 0.95 < max(weights) <= 1
    assert neuron.b.data == 0


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid"])
def test_an_activation_goes_by_name_or_is_a_function(name: str) -> None:
    function = getattr(autograd, name)
    for activation in (name, function, lambda x: function(x)):
        neuron = Neuron(1, activation=activation, seed=3)
        z = neuron.w[0].data * 0.7
        assert neuron([0.7]).data == function(z)


def test_hidden_neurons_are_relu_and_the_last_layer_is_linear() -> None:
    model = MLP(1, [1, 1])
    set_parameters(model, [1.0, 0.0, -1.0, 0.0])
    assert model([-2.0]).data == 0.0
    assert model([2.0]).data == -2.0
    assert Neuron(1, activation="linear", seed=0)([-1.0]).data == Neuron(1, nonlin=False, seed=0)([-1.0]).data


def test_one_output_is_a_value_and_several_are_a_list() -> None:
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    assert len(MLP(2, [3, 2])([1.0, 2.0])) == 2
    assert len(Layer(2, 1)([1.0, 2.0])) == 1
    assert len(MLP(2, [1, 4])([1.0, 2.0])) == 4  # a layer of one neuron still hands on a list


def test_a_model_prints_as_in_micrograd() -> None:
    assert repr(MLP(2, [2, 1])) == (
        "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"
    )
    assert repr(Neuron(3, activation="tanh")) == "TanhNeuron(3)"


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_inputs_is_refused_with_both_numbers(fused: bool, count: int) -> None:
    with pytest.raises(ValueError, match=rf"ReLUNeuron\(2\) takes 2 inputs, got {count}"):
        MLP(2, [4, 1], fused=fused)([1.0] * count)


@pytest.mark.parametrize("given", [tuple, np.array])
def test_the_sizes_of_layers_may_be_a_list_a_tuple_or_an_array(given: Callable[[Any], Any]) -> None:
    found, expected = (MLP(2, sizes, seed=0) for sizes in (given([4, 1]), [4, 1]))
    assert repr(found) == repr(expected)
    assert [p.data for p in found.parameters()] == [p.data for p in expected.parameters()]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Neuron(0), "nin must be 1 or more, got 0"),
        (lambda: Layer(2, 0), "nout must be 1 or more, got 0"),
        (lambda: MLP(2, []), "at least 1 layer, got 0"),
        (lambda: MLP(2, np.array([])), "at least 1 layer, got 0"),
        (lambda: MLP(2, [3, -1]), "nout must be 1 or more, got -1"),
        (lambda: Neuron(1, activation="softmax"), r"put autograd\.softmax after the layer in a Sequential"),
        (lambda: Neuron(1, init="zero"), "'zero': choose uniform, normal, zeros, .*, or a function"),
        (
            lambda: Neuron(1, activation="swoosh"),
            "'swoosh': choose relu, tanh, sigmoid, linear, leaky_relu, elu, .*, or a function",
        ),
    ],
)
def test_what_cannot_be_built_is_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=message):
        make()
