"""A network found in a recorded graph: whose nodes are whose, and the same numbers in another order."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, dot, sigmoid, softplus, tanh
from autograd import sum as total
from viz import passes
from viz.record.network import INPUTS, LOSS, network_nodes, parameter_names, told_by_neuron
from viz.record.network_names import NetworkNames
from viz.record.passes import Passes

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3)


def example(sizes: list[int], activation: str, fused: bool, backwards: bool = False) -> tuple[Any, Passes]:
    """Return a network and the passes of its loss, which adds up errors from the first or from the last."""
    model = nn.MLP(2, sizes, activation=activation, fused=fused, seed=len(sizes))
    outputs = model([Value(0.5), Value(-0.3)])
    errors = [(y - 1.0) ** 2 for y in ([outputs] if isinstance(outputs, Value) else outputs)]
    return model, passes(sum(errors[::-1] if backwards else errors, Value(0.0)) * 0.5, model=model)


@settings(max_examples=25)
@given(SHAPES, st.sampled_from(["tanh", "relu", "gelu", "linear"]), st.booleans())
def test_each_neuron_has_the_sum_and_the_signal_that_the_model_gives_it(
    sizes: list[int], activation: str, fused: bool
) -> None:
    model, recorded = example(sizes, activation, fused)
    network = network_nodes(recorded, model)
    assert network is not None
    results = {step.node: step.result for step in recorded.forward}
    signals = [0.5, -0.3]
    for layer, neurons in enumerate(model.layers):
        outputs = neurons(signals)
        outputs = [outputs] if isinstance(outputs, Value) else outputs
        own = sorted((n for n in network.neurons if n.place[0] == layer), key=lambda n: n.place)
        for found, neuron, output in zip(own, neurons.neurons, outputs, strict=True):
            total = dot([w.data for w in neuron.w], signals, neuron.b.data)
            assert results[found.total] == pytest.approx(total, rel=1e-15)
            assert results[found.output] == output.data
            assert [results[node] for node in found.weights] == [w.data for w in neuron.w]
            assert found.bias is not None
            assert results[found.bias] == neuron.b.data
            assert (found.output == found.total) == (output.op.adds)
        signals = [output.data for output in outputs]
    assert [results[node] for node in network.inputs] == [0.5, -0.3]
    assert set(network.parts.values()) == {INPUTS, LOSS, *(neuron.name for neuron in network.neurons)}


@settings(max_examples=25)
@given(SHAPES, st.booleans(), st.booleans())
def test_told_by_neuron_every_sum_is_added_up_as_before(
    sizes: list[int], fused: bool, backwards: bool
) -> None:
    model, recorded = example(sizes, "tanh", fused, backwards)
    network = network_nodes(recorded, model)
    assert network is not None
    told = told_by_neuron(recorded, network, NetworkNames(sizes, ["x1", "x2"]))
    computed: set[str] = set()
    for step in told.forward:
        assert computed.issuperset(arg for arg in step.args if isinstance(arg, str))
        computed.add(step.node)
    grad: dict[str, float | None] = {told.root.node: 1.0}
    for share in told.backward:
        assert share.upstream == grad[share.source]
        assert share.before == grad.get(share.target)
        grad[share.target] = share.after
    assert told.gradients == recorded.gradients
    assert {step.node: step.result for step in told.forward} == {s.node: s.result for s in recorded.forward}
    assert len(set(told.names.values())) == len(told.forward)
    owners = [network.parts[step.node] for step in told.forward]
    assert len([*groupby(owners)]) == len({*owners}), "each part is told at once"


def test_an_input_that_the_loss_uses_too_is_added_up_in_the_order_that_is_told() -> None:
    model = nn.MLP(2, [2], activation="tanh", seed=0)
    x = [Value(0.5), Value(-0.3)]
    first, second = model(x)
    recorded = passes(first * x[0] + second, model=model)
    network = network_nodes(recorded, model)
    assert network is not None
    sums: dict[str, float] = {}
    for share in told_by_neuron(recorded, network, NetworkNames([2], ["x1", "x2"])).backward:
        assert share.before == sums.get(share.target), share
        sums[share.target] = (share.before or 0.0) + share.contribution
        assert share.after == sums[share.target]


def test_numbers_are_called_as_in_the_picture_and_labels_stay() -> None:
    model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    model.layers[0].neurons[0].w[0].label = "mine"
    recorded = passes(model([Value(0.5, label="size"), Value(0.2)]), model=model)
    network = network_nodes(recorded, model)
    assert network is not None
    names = told_by_neuron(recorded, network, NetworkNames([2, 1], ["size", "x2"])).names.values()
    expected = "size x2 mine w(x2)₁ b₁ e₁ y₁ w(size)₂ w(x2)₂ b₂ e₂ y₂ w₁₃ w₂₃ b₃ y₃"
    assert {*names} == {*expected.split()}


def two_examples() -> tuple[Any, Any]:
    model = nn.MLP(2, [2, 1], seed=0)
    return model, model([0.1, 0.2]) + model([0.3, 0.4])


def skipping() -> tuple[Any, Any]:
    model = nn.MLP(2, [2, 1], seed=0)
    x = [Value(0.1), Value(0.2)]
    hidden = model.layers[0](x)
    return model, model.layers[1]([hidden[0] + x[0], hidden[1]])[0]


def recurrent() -> tuple[Any, Any]:
    model = nn.MLP(1, [1, 1], seed=0)
    return model, model.layers[1].neurons[0]([model.layers[0].neurons[0]([tanh(Value(0.3))])])


def large() -> tuple[Any, Any]:
    model = nn.MLP(2, [11, 1], seed=0)
    return model, model([0.1, 0.2])


def with_a_parameter_more() -> tuple[Any, Any]:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            self.layers = nn.MLP(2, [2, 1], seed=0).layers
            self.scale = Value(2.0)

        def __call__(self, x: Any) -> Any:
            return self.layers[1](self.layers[0](x))[0] * self.scale

    model = Scaled()
    return model, model([0.1, 0.2])


def scaled_between_layers() -> tuple[Any, Any]:
    model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    return model, model.layers[1]([2.0 * y for y in model.layers[0]([0.1, 0.2])])[0]


def crossed() -> tuple[Any, Any]:
    model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    return model, model.layers[1](model.layers[0]([0.1, 0.2])[::-1])[0]


def with_a_hidden_signal_in_the_result() -> tuple[Any, Any]:
    model = nn.MLP(2, [2, 2], activation="tanh", seed=0)
    hidden = model.layers[0]([0.1, 0.2])
    return model, total([a * b for a, b in zip(hidden, model.layers[1](hidden), strict=True)])


def with_a_penalty_on_a_signal() -> tuple[Any, Any]:
    model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    hidden = model.layers[0]([0.1, 0.2])
    return model, (model.layers[1](hidden)[0] - 1.0) ** 2 + 0.5 * hidden[0] ** 2


def with_a_penalty_on_a_sum() -> tuple[Any, Any]:
    model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    hidden = model.layers[0]([0.1, 0.2])
    return model, model.layers[1](hidden)[0] + hidden[0].args[0] ** 2


class Own(nn.Module):
    """One neuron that makes what it likes of its weights and its bias."""

    def __init__(self, make: Any, activation: Any = None) -> None:
        self.neurons = [self]
        self.w, self.b, self.make, self.activation = [Value(0.5), Value(-1.0)], Value(0.25), make, activation

    def named_parameters(self) -> Any:
        yield from (("w[0]", self.w[0]), ("w[1]", self.w[1]), ("b", self.b))

    def __call__(self, x: Any) -> Any:
        return self.make(self.w, self.b, x)


@pytest.mark.parametrize(
    "make",
    [
        lambda w, b, x: dot(w, x) - b,
        lambda w, b, x: b - dot(w, x),
        lambda w, b, x: dot(w, x, b) + 3.0,
        lambda w, b, x: dot(w, x) + 3.0 + b,
        lambda w, b, x: w[0] * x[0] + w[1] * x[1] * 2.0 + b,
        lambda w, b, x: w[0] * x[0] - w[1] * x[1] + b,
        lambda w, b, x: (w[0] - x[0]) ** 2 + (w[1] - x[1]) ** 2 + b,
        lambda w, b, x: w[0] * w[1] + b * x[0],
        lambda w, b, x: w[0] * x[0] + w[1] * b,
    ],
)
def test_a_neuron_is_a_weighted_sum_and_no_other(make: Any) -> None:
    model = Own(make)
    network = network_nodes(passes(model([Value(2.0), Value(3.0)]) * 1.0, model=model), model)
    if network is not None:  # a constant behind the sum is not the neuron's
        [neuron] = network.neurons
        recorded = passes(model([Value(2.0), Value(3.0)]) * 1.0, model=model)
        results = {step.node: step.result for step in recorded.forward}
        assert results[neuron.total] == results[neuron.output] == 0.5 * 2 - 1.0 * 3 + 0.25


@pytest.mark.parametrize(
    "make",
    [
        lambda w, b, x: w[0] * x[0] + w[1] * x[1] + b,
        lambda w, b, x: b + (x[1] * w[1] + x[0] * w[0]),
        lambda w, b, x: dot(x, w, b),
        lambda w, b, x: total([b, w[1] * x[1], w[0] * x[0]]),
        lambda w, b, x: 0.0 + w[0] * x[0] + (b + w[1] * x[1]),
    ],
)
def test_a_weighted_sum_may_be_written_in_any_order(make: Any) -> None:
    def twice(x: Any) -> Any:
        return tanh(x) * 2.0

    model = Own(lambda w, b, x: twice(make(w, b, x)), twice)
    recorded = passes(sigmoid(model([Value(2.0), Value(3.0)])), model=model)
    network = network_nodes(recorded, model)
    assert network is not None
    [neuron] = network.neurons
    results = {step.node: step.result for step in recorded.forward}
    assert results[neuron.total] == -1.75
    assert results[neuron.output] == tanh(-1.75) * 2.0


@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_what_follows_the_last_neuron_is_not_its_activation(activation: str) -> None:
    model = nn.MLP(2, [2, 1], activation=activation, seed=0)
    signal = model([Value(1.0), Value(2.0)])
    recorded = passes(softplus(signal), model=model)
    network = network_nodes(recorded, model)
    assert network is not None
    results = {step.node: step.result for step in recorded.forward}
    assert results[network.neurons[-1].output] == signal.data
    assert network.parts[recorded.root.node] == LOSS


@pytest.mark.parametrize(
    "make",
    [
        two_examples,
        skipping,
        recurrent,
        large,
        with_a_parameter_more,
        scaled_between_layers,
        crossed,
        with_a_hidden_signal_in_the_result,
        with_a_penalty_on_a_signal,
        with_a_penalty_on_a_sum,
    ],
)
def test_what_is_no_network_with_one_example_is_none(make: Any) -> None:
    model, value = make()
    assert network_nodes(passes(value, model=model), model) is None


def test_passes_without_the_models_names_are_refused() -> None:
    model = nn.MLP(2, [1], seed=0)
    with pytest.raises(ValueError, match=r"record passes\(value, model=model\)"):
        network_nodes(passes(model([1.0, 2.0])), model)


def test_passes_changed_after_they_were_recorded_keep_their_numbers_and_names() -> None:
    model = nn.MLP(2, [1], seed=0)
    value = model([1.0, 2.0])
    model.layers[0].neurons[0].w[0].data += 1.0
    recorded = passes(value, model=model)
    network = network_nodes(recorded, model)
    assert network is not None
    told = told_by_neuron(recorded, network, NetworkNames([1], ["x1", "x2"]))
    assert {*told.forward} == {*recorded.forward}


def test_parameters_are_told_apart_whatever_they_are_called() -> None:
    class Sum:
        def __init__(self) -> None:
            self.a, self.b = Value(2.0, label="w"), Value(3.0, label="w")

        def named_parameters(self) -> Any:
            yield from (("a", self.a), ("b", self.b))

    model = Sum()
    recorded = passes(model.b * Value(5.0, label="a") + model.a, model=model)
    results = {step.node: step.result for step in recorded.forward}
    found = parameter_names(recorded, model)
    assert {path: results[node] for node, path in found.items()} == {"a": 2.0, "b": 3.0}
