"""Arranging: the same numbers in another shape, from rows of a table to images and back, and larger."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import prod
from numbers import Integral
from typing import Any

from autograd import Value, tree
from nn.model import activations
from nn.model.activations import Activation
from nn.model.module import Module
from nn.model.shape import Image, Plane, pair, require_row, shape
from nn.sizes import require_at_least


class Flatten(Module):
    """Put all numbers of nested lists into one list: channel after channel, row after row."""

    def __call__(self, x: Any) -> list[Any]:
        """Return the numbers of `x` from left to right. Raises ValueError for lists of unequal shapes."""
        shape(x)
        return tree.leaves(x)

    def __repr__(self) -> str:
        return "Flatten()"


class Unflatten(Module):
    """Make nested lists of the shape `unflattened_size` from one list, such as an image from a table's row.

    Raises ValueError for an empty shape, for one number alone and for a length below 1.
    """

    def __init__(self, unflattened_size: tuple[int, ...]) -> None:
        if not isinstance(unflattened_size, (list, tuple)) or not unflattened_size:
            raise ValueError(
                f"unflattened_size must hold a length for each level, got {unflattened_size!r}: write (2, 3)"
            )
        for length in unflattened_size:
            require_at_least(1, unflattened_size=length)
        self.unflattened_size = unflattened_size

    def __call__(self, x: Sequence[Value | float]) -> list[Any]:
        """Return the numbers of `x` in nested lists; raises ValueError and TypeError as a Neuron does."""
        require_row(self, prod(self.unflattened_size), x, "numbers")
        nested: list[Any] = list(x)
        for length in self.unflattened_size[:0:-1]:
            remaining = iter(nested)
            nested = [list(islice(remaining, length)) for _ in range(len(nested) // length)]
        return nested

    def __repr__(self) -> str:
        return f"Unflatten({self.unflattened_size})"


class Upsample(Module):
    """Repeat every number of a signal or an image `scale_factor` times along each direction.

    PyTorch calls this the mode "nearest". The factor is one number, or of an image two, along rows and along
    columns. Raises ValueError for a factor below 1.
    """

    def __init__(self, *, scale_factor: int | tuple[int, int]) -> None:
        require_at_least(1, pairs=True, scale_factor=scale_factor)
        self.scale_factor = scale_factor

    def __call__(self, x: Plane | Image) -> list[Any]:
        """Return the larger signal `[channel][place]` or image `[channel][row][column]`.

        Raises ValueError for lists of any other depth and for a signal where the factor is two numbers.
        """
        sizes = shape(x)
        down, right = pair(self.scale_factor)
        if len(sizes) == 3:
            return [[row for row in _repeated(plane, right) for _ in range(down)] for plane in x]
        if len(sizes) == 2 and isinstance(self.scale_factor, Integral):
            return _repeated(x, right)
        raise ValueError(f"{self!r} takes a signal or an image, got lists of the shape {sizes}")

    def __repr__(self) -> str:
        return f"Upsample(scale_factor={self.scale_factor})"


class Elementwise(Module):
    """Apply an activation to every number of nested lists, such as the planes of an image.

    `activation` is a name in `nn.ACTIVATIONS` or a function. Raises ValueError for an unknown name.
    """

    def __init__(self, activation: str | Activation) -> None:
        self.activation = activations.named(activation)

    def __call__(self, x: Any) -> Any:
        """Return lists nested as in `x`."""
        return tree.map_leaves(self.activation, x)

    def __repr__(self) -> str:
        return f"Elementwise({activations.title(self.activation)})"


def _repeated(rows: Any, times: int) -> list[list[Any]]:
    return [[number for number in row for _ in range(times)] for row in rows]
