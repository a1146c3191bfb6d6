"""Linear: a matrix and a bias, by PyTorch's names; every output is one node."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from autograd import Value
from autograd.functions import dots
from nn.model.module import Module
from nn.model.shape import require_row
from nn.seed import Seed, generator
from nn.sizes import require_at_least


def linear(x: Sequence[Any], weight: Sequence[Sequence[Any]], bias: Sequence[Any] | None = None) -> list[Any]:
    """Return the weighted sum of `x` for each row of `weight`, plus its number in `bias`.

    Raises ValueError, with both numbers, for rows of another length than `x` and another number of biases.
    """
    added = [0.0] * len(weight) if bias is None else bias
    if len(added) != len(weight):
        raise ValueError(f"linear needs a bias for each of {len(weight)} rows, got {len(added)}")
    return dots(weight, x, added)


class Linear(Module):
    """Weighted sums of `in_features` inputs, `weight[out][in]` and `bias[out]`, without an activation.

    Both are uniform within ±1/√in_features, drawn from `seed`, as in PyTorch. Two of them may share a matrix:
    `head.weight = embedding.weight`. Raises ValueError for a size below 1.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, seed: Seed = None) -> None:
        require_at_least(1, in_features=in_features, out_features=out_features)
        rng = generator(seed)
        bound = 1 / sqrt(in_features)
        rows = [[rng.uniform(-bound, bound) for _ in range(in_features)] for _ in range(out_features)]
        self.weight = [[Value(number) for number in row] for row in rows]
        self.bias = [Value(rng.uniform(-bound, bound)) for _ in range(out_features)] if bias else None

    def __call__(self, x: Sequence[Any]) -> list[Any]:
        """Return the `out_features` sums; raises ValueError and TypeError as a Neuron does."""
        require_row(self, len(self.weight[0]), x)
        return linear(x, self.weight, self.bias)

    def __repr__(self) -> str:
        return f"Linear({len(self.weight[0])}, {len(self.weight)})"
