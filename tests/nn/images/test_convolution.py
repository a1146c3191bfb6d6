"""Convolutions by hand; what they make of an image, how they are drawn and compiled, what is refused."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, dot, tree
from nn import Conv1d, Conv2d, Elementwise, Flatten, Layer, MaxPool2d, Sequential, Unflatten, predict, save
from nn.model.shape import shape

EDGE = [[[0.0, 0.0, 1.0, 1.0]] * 4]
"""An image of one channel: dark on the left, bright on the right."""


def data(outputs: Any) -> Any:
    return tree.map_leaves(lambda value: value.data, outputs)


def test_a_kernel_that_subtracts_finds_an_edge() -> None:
    edges = Conv2d(1, 1, (1, 2))
    edges.weight = [[[[Value(-1.0), Value(1.0)]]]]
    edges.bias = [Value(0.5)]
    assert data(edges(EDGE)) == [[[0.5, 1.5, 0.5]] * 4]


def test_the_kernel_is_not_turned_round() -> None:
    layer = Conv1d(1, 1, 2, bias=False)
    layer.weight = [[[Value(1.0), Value(10.0)]]]
    assert data(layer([[1, 2, 3]])) == [[21.0, 32.0]]
    assert layer.bias is None
    assert len(layer.parameters()) == 2


@pytest.mark.parametrize("padding", [0, 1])
def test_every_output_is_one_node_whose_edges_carry_the_kernel(padding: int) -> None:
    layer = Conv2d(2, 3, 3, padding=padding, seed=0)
    image = tree.map_leaves(Value, np.zeros((2, 4, 4)).tolist())
    out = layer(image)[1][0][0]
    assert out.op is not None
    assert out.op.name == "dot"
    assert len(out.args) == 2 * 2 * 9 + 1
    assert out.args[17] is layer.weight[1][1][2][2]


def test_a_kernel_has_as_few_parameters_as_numbers_wherever_it_goes() -> None:
    layer = Conv2d(1, 1, 3)
    assert len(layer.parameters()) == 10  # D1.3
    assert shape(layer(np.zeros((1, 8, 8)).tolist())) == (1, 6, 6)
    assert [path for path, _ in layer.named_parameters()][:2] == ["weight[0][0][0][0]", "weight[0][0][0][1]"]


def test_weights_start_as_those_of_pytorch() -> None:
    numbers = [value.data for value in Conv2d(4, 25, 5, seed=0).parameters()]
    assert -0.1 <= min(numbers) < -0.099
    assert 0.099 < max(numbers) <= 0.1
    assert numbers == [value.data for value in Conv2d(4, 25, 5, seed=0).parameters()]


def test_a_compiled_convolution_is_one_matrix_product_over_windows() -> None:
    layer = Conv2d(1, 8, 3, seed=0)
    step = compile(layer, params=layer.parameters())
    step(np.zeros((2, 1, 8, 8)))
    assert "@ p.T" in step.source
    assert "padding" not in step.source


def test_padding_is_with_zeros_and_hides_no_infinity() -> None:
    layer = Conv1d(1, 1, 3, padding=1, bias=False)
    layer.weight = [[[Value(w) for w in (1.0, 10.0, 100.0)]]]
    assert data(layer([[1, 2, 3]])) == [[210.0, 321.0, 32.0]]
    layer.weight[0][0][0].data = inf
    assert str(data(layer([[1, 2]]))) == "[[nan, inf]]"


def test_gradients_of_a_shared_weight_add_up_over_all_places() -> None:
    layer = Conv1d(1, 1, 2, seed=0)
    signal = [3.0, 5.0, 7.0, 11.0]
    dot([1, 10, 100], layer([signal])[0]).backward()
    assert [weight.grad for weight in layer.weight[0][0]] == [3 + 50 + 700, 5 + 70 + 1100]


def test_pytorch_takes_a_network_for_pictures(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    ours = Sequential(
        Unflatten((1, 8, 8)),
        Conv2d(1, 4, 3, padding=1, seed=0),
        Elementwise("relu"),
        MaxPool2d(2),
        Flatten(),
        Layer(64, 10, nonlin=False, seed=0),
    )
    save(tmp_path / "m.safetensors", ours)
    theirs = torch.nn.Sequential(
        torch.nn.Unflatten(1, (1, 8, 8)),
        torch.nn.Conv2d(1, 4, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(64, 10),
    ).double()
    theirs.load_state_dict(load_file(tmp_path / "m.safetensors"), strict=True)
    pictures = np.random.default_rng(0).normal(size=(3, 64))
    found = theirs(torch.from_numpy(pictures)).detach().numpy()
    np.testing.assert_allclose(predict(ours, pictures.tolist()), found, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2d(0, 1, 3), "in_channels must be 1 or more, got 0"),
        (lambda: Conv2d(1, 1, (3, 0)), r"kernel_size must be 1 or more, got \(3, 0\)"),
        (lambda: Conv2d(1, 1, (3, 3, 3)), r"kernel_size must be a whole number or two, got \(3, 3, 3\)"),
        (lambda: Conv2d(1, 1, 3, padding=(1,)), r"padding must be a whole number or two, got \(1,\)"),
        (lambda: Conv2d((1, 1), 1, 3), r"in_channels must be a whole number, got \(1, 1\)"),
        (lambda: Conv1d(1, 1, (3,)), r"kernel_size must be a whole number, got \(3,\)"),
        (lambda: Conv1d(1, 1, 1, stride=(2, 2)), r"stride must be a whole number, got \(2, 2\)"),
        (lambda: Conv1d(1, 1, 1, padding=[1]), r"padding must be a whole number, got \[1\]"),
        (lambda: Conv1d(1, 1, 3, stride=0), "stride must be 1 or more, got 0"),
        (lambda: Conv1d(1, 1, 3, padding=-1), "padding must be 0 or more, got -1"),
        (lambda: Conv1d(4, 3, 1, groups=2), "groups must divide both numbers of channels, got 2 for 4 and 3"),
        (lambda: Conv1d(2, 1, 3)([[1.0] * 4]), r"Conv1d\(2, 1, 3\) takes 2 channels, got 1"),
        (lambda: Conv2d(1, 1, 3)([[[1.0] * 4] * 4] * 3), r"Conv2d\(1, 1, \(3, 3\)\) takes 1 channels, got 3"),
        (lambda: Conv1d(1, 1, 3, dilation=2)([[1.0] * 4]), "spans 5 does not fit into 4"),
        (lambda: Conv2d(1, 1, 3)([[[1.0] * 3] * 2]), "spans 3 does not fit into 2"),
        (lambda: Conv2d(1, 1, 1)([[[1.0, 2.0], [3.0]]]), r"of one shape, got \(2,\) at 0 and \(1,\) at 1"),
        (lambda: Conv2d(1, 1, 1)([[1.0, 2.0]]), r"lists \[channel\]\[row\]\[column\], got .*\(1, 2\)"),
        (lambda: Conv1d(1, 1, 1)(np.ones((1, 3))), r"expected nested lists, got ndarray: give x\.tolist\(\)"),
        (lambda: Conv1d(1, 1, 1)([[]]), "spans 1 does not fit into 0"),
    ],
)
def test_what_does_not_fit_is_refused_with_both_numbers(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
