"""Normalisation: numbers brought to mean 0 and variance 1, so that layers see the same scale all the way."""

from __future__ import annotations

from sys import float_info
from typing import Any

from autograd import Value, dot, mean, sqrt
from nn.model.module import Module
from nn.model.shape import Row, numbers_of
from nn.sizes import require_at_least


def centered_and_variance(numbers: Row) -> tuple[list[Any], Any, Any]:
    """Return how far numbers are from their mean, the mean, and the mean of the squared distances."""
    center = mean(numbers)
    centered = [number - center for number in numbers]
    return centered, center, dot(centered, centered) / len(numbers)


class LayerNorm(Module):
    """Bring the `normalized_shape` numbers of an example to mean 0 and variance 1, then scale and shift them.

    `weight`, at first 1, scales, and `bias`, at first 0, shifts each. The variance is the biased one, the
    mean of squares; `eps` is added to it, so that numbers that are all the same become 0. Ba, Kiros and
    Hinton, Layer normalization (2016). Raises ValueError for fewer than one number.
    """

    def __init__(self, normalized_shape: int, eps: float = 1e-5) -> None:
        require_at_least(1, normalized_shape=normalized_shape)
        self.eps = float(eps)
        self.weight = [Value(1.0) for _ in range(normalized_shape)]
        self.bias = [Value(0.0) for _ in range(normalized_shape)]

    def __call__(self, x: Row) -> list[Any]:
        """Return as many numbers; raises ValueError and TypeError as a Neuron does."""
        centered, _, variance = centered_and_variance(numbers_of(self, len(self.weight), x))
        scale = 1 / sqrt(variance + self.eps)
        return [b + w * (scale * c) for c, w, b in zip(centered, self.weight, self.bias, strict=True)]

    def __repr__(self) -> str:
        return f"LayerNorm({len(self.weight)})"


class RMSNorm(Module):
    """Divide the `normalized_shape` numbers of an example by the root of their mean square, then scale them.

    `weight`, at first 1, scales each. `eps`, unless given the distance from 1 to the next float, is added to
    the mean square. Zhang and Sennrich, Root mean square layer normalization (2019). Raises ValueError for
    fewer than one number.
    """

    def __init__(self, normalized_shape: int, eps: float | None = None) -> None:
        require_at_least(1, normalized_shape=normalized_shape)
        self.eps = float_info.epsilon if eps is None else float(eps)
        self.weight = [Value(1.0) for _ in range(normalized_shape)]

    def __call__(self, x: Row) -> list[Any]:
        """Return as many numbers; raises ValueError and TypeError as a Neuron does."""
        x = numbers_of(self, len(self.weight), x)
        scale = 1 / sqrt(dot(x, x) / len(x) + self.eps)
        return [w * (scale * number) for number, w in zip(x, self.weight, strict=True)]

    def __repr__(self) -> str:
        return f"RMSNorm({len(self.weight)})"
