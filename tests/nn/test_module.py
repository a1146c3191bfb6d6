"""Parameters are found where they are defined, once, under paths that read like code."""

import pytest

from autograd import Value
from nn import MLP, Module


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
