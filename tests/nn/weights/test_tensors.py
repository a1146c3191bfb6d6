"""What a penalty takes: the parameters that are no biases, each once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import nn
from autograd import Value
from nn.weights.tensors import tensors, weights


def tied() -> nn.Module:
    layer = nn.Linear(2, 2, seed=0)
    return nn.Sequential(layer, nn.Elementwise("tanh"), layer)


class Named(nn.Module):
    """Parameters whose names say what they are."""

    def __init__(self) -> None:
        self.unbiased, self.w, self.bias_k, self.biases = (Value(1.0) for _ in range(4))


@pytest.mark.parametrize(
    ("make", "biases"),
    [
        (lambda: nn.MLP(2, [3, 1]), {"layers.0.bias", "layers.1.bias"}),
        (lambda: nn.MultiHeadAttention(2, 1), {"in_proj_bias", "out_proj.bias"}),
        (lambda: nn.LSTM(2, 2), {"bias_ih_l0", "bias_hh_l0"}),
        (tied, {"0.bias", "2.bias"}),
        (Named, {"bias_k", "biases"}),
    ],
)
def test_a_penalty_takes_each_parameter_once_but_for_the_biases(
    make: Callable[[], nn.Module], biases: set[str]
) -> None:
    model = make()
    named = tensors(model)
    assert biases <= named.keys()
    left = {value for name in biases for value in named[name].values}
    assert weights(model) == [value for value in model.parameters() if value not in left]
