"""Linear: a matrix and a bias."""

from __future__ import annotations

import pytest

from autograd import Value
from nn import Linear
from nn.model.linear import linear
from nn.weights.tensors import tensors


def test_it_adds_a_bias_to_weighted_sums() -> None:
    assert linear([1.0, 2.0], [[3.0, 4.0], [5.0, 6.0]], [0.5, -0.5]) == [11.5, 16.5]
    assert linear([1.0, 2.0], [[3.0, 4.0]]) == [11.0]
    layer = Linear(2, 3, seed=0)
    out = layer([1.0, 2.0])
    w, b = layer.weight[2], layer.bias
    assert b is not None
    assert out[2].data == b[2].data + w[0].data + 2.0 * w[1].data
    out[2].backward()
    assert [*(number.grad for number in w), b[2].grad, b[1].grad] == [1.0, 2.0, 1.0, 0.0]


def test_names_shapes_and_first_weights_are_those_of_pytorch() -> None:
    layer = Linear(4, 3, seed=0)
    assert {name: tensor.shape for name, tensor in tensors(layer).items()} == {"weight": (3, 4), "bias": (3,)}
    many = Linear(4, 500, seed=0)
    for start in ([w for row in many.weight for w in row], many.bias or []):
        numbers = [value.data for value in start]
        assert -0.5 <= min(numbers) < -0.49
        assert 0.49 < max(numbers) <= 0.5
    assert [p.data for p in layer.parameters()] == [p.data for p in Linear(4, 3, seed=0).parameters()]
    assert list(tensors(Linear(4, 3, bias=False))) == ["weight"]


def test_two_may_share_a_matrix() -> None:
    one, other = Linear(2, 2, bias=False), Linear(2, 2, bias=False)
    other.weight = one.weight
    out = other(one([Value(1.0), Value(1.0)]))
    out[0].backward()
    assert one.weight[0][0].grad == (one.weight[0][0].data + one.weight[0][1].data) + one.weight[0][0].data


def test_what_does_not_fit_is_refused_with_both_numbers() -> None:
    for sizes, message in (((0, 1), "in_features must be 1 or more, got 0"), ((1, 0), "out_features must")):
        with pytest.raises(ValueError, match=message):
            Linear(*sizes)
    with pytest.raises(ValueError, match=r"Linear\(2, 1\) takes 2 inputs, got 3"):
        Linear(2, 1)([1.0] * 3)
    with pytest.raises(ValueError, match="a bias for each of 1 rows, got 2"):
        linear([1.0], [[1.0]], [1.0, 2.0])
