"""Parameters are found where they are defined, once, under paths that read like code."""

from random import Random

import pytest

from autograd import Value
from nn import MLP, Dropout, Layer, Module, Neuron, Sequential, predict
from nn.module import in_evaluation


def test_paths_read_like_the_code_that_reaches_a_parameter() -> None:
    model = MLP(2, [2, 1], seed=0)
    paths = [path for path, _ in model.named_parameters()]
    assert paths == [
        "layers.0.neurons.0.w[0]",
        "layers.0.neurons.0.w[1]",
        "layers.0.neurons.0.b",
        "layers.0.neurons.1.w[0]",
        "layers.0.neurons.1.w[1]",
        "layers.0.neurons.1.b",
        "layers.1.neurons.0.w[0]",
        "layers.1.neurons.0.w[1]",
        "layers.1.neurons.0.b",
    ]
    parameters = dict(model.named_parameters())
    assert parameters["layers.0.neurons.1.w[1]"] is model.layers[0].neurons[1].w[1]
    assert parameters["layers.1.neurons.0.b"] is model.layers[1].neurons[0].b
    assert model.parameters() == list(parameters.values())


class Everything(Module):
    """One of each thing that an attribute may hold."""

    def __init__(self) -> None:
        self.scale = Value(1.0)
        self.matrix = [[Value(2.0), Value(3.0)], [Value(4.0)]]
        self.parts = (MLP(1, [1]), [MLP(1, [1])])
        self.tied = self.scale
        self.result = self.scale * 2
        self.name = "no parameter"
        self.parent = self


def test_values_modules_and_lists_of_them_are_found_and_nothing_else() -> None:
    assert [path for path, _ in Everything().named_parameters()] == [
        "scale",
        "matrix[0][0]",
        "matrix[0][1]",
        "matrix[1][0]",
        "parts.0.layers.0.neurons.0.w[0]",
        "parts.0.layers.0.neurons.0.b",
        "parts.1.0.layers.0.neurons.0.w[0]",
        "parts.1.0.layers.0.neurons.0.b",
    ]


def test_a_module_without_parameters_has_none() -> None:
    assert Module().parameters() == []


def test_zero_grad_forgets_every_gradient() -> None:
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    model([1.0, 2.0]).backward()
    assert all(parameter.grad != 0 for parameter in model.parameters())
    model.zero_grad()
    assert all(parameter.grad == 0 for parameter in model.parameters())


@pytest.mark.parametrize("sizes", [[1], [4, 3], [16, 16, 1]])
def test_an_mlp_has_a_weight_for_each_input_and_a_bias_for_each_neuron(sizes: list[int]) -> None:
    count = sum((before + 1) * size for before, size in zip([2, *sizes], sizes, strict=False))
    assert len(MLP(2, sizes).parameters()) == count


def test_modules_and_generators_are_found_under_their_paths() -> None:
    model = Sequential(Layer(1, 2), Dropout(seed=Random(3)))
    assert [(path, type(module).__name__) for path, module in model.named_modules()] == [
        ("", "Sequential"),
        ("parts.0", "Layer"),
        ("parts.0.neurons.0", "Neuron"),
        ("parts.0.neurons.1", "Neuron"),
        ("parts.1", "Dropout"),
    ]
    dropout = model.parts[1]
    assert isinstance(dropout, Dropout)
    assert model.named_generators() == [("parts.1.rng", dropout.rng)]
    assert MLP(1, [1], seed=Random(0)).named_generators() == []


def modes(module: Module) -> list[bool]:
    return [part.training for _, part in module.named_modules()]


def test_training_and_evaluation_reach_every_part() -> None:
    model = Sequential(Sequential(Dropout()), Dropout())
    assert modes(model) == [True] * 4
    model.eval()
    assert modes(model) == [False] * 4
    model.train()
    assert modes(model) == [True] * 4
    assert Module().training


def test_predictions_are_made_in_evaluation_mode_and_each_part_has_its_own_again() -> None:
    model = Sequential(Dropout(0.9, seed=0), Neuron(8, nonlin=False, seed=0))
    first = model.parts[0]
    assert isinstance(first, Dropout)
    first.eval()
    expected = model([1.0] * 8).data
    first.train()
    model.training = False
    assert predict(model, [[1.0] * 8] * 3) == [expected] * 3
    assert modes(model) == [False, True, True]
    with pytest.raises(ValueError, match="takes 8 inputs, got 1"):
        predict(model, [[1.0]])
    assert modes(model) == [False, True, True]
    assert in_evaluation(lambda row: row, lambda: modes(model)) == [False, True, True]
    assert in_evaluation(model.parts[1], lambda: modes(model)) == [False, True, False]
    assert in_evaluation(model, lambda: in_evaluation(model.parts[1], lambda: modes(model))) == [False] * 3
