"""Containers: modules made of other modules."""

from __future__ import annotations

from collections.abc import Callable
from operator import add
from typing import Any

from autograd import tree
from autograd.primitive import as_number
from nn.model.module import Module
from nn.model.shape import as_row, shape


class Sequential(Module):
    """Parts one after the other: each gets what the one before it gives.

    A part is a module or any function, such as `autograd.softmax`. The outputs are those of the last part: a
    list from a Layer, one Value from a Neuron. Raises ValueError for no parts, TypeError for a part that
    cannot be called.
    """

    def __init__(self, *parts: Callable[[Any], Any]) -> None:
        if not parts:
            raise ValueError("a Sequential needs at least 1 part, got 0")
        for part in parts:
            if not callable(part):
                raise TypeError(f"a part must be a module or a function, got {part!r}")
        self.parts = list(parts)

    def __call__(self, x: Any) -> Any:
        """Return the outputs of the last part for the inputs `x` of the first."""
        for part in self.parts:
            x = part(x)
        return x

    def state(self) -> dict[str, Any]:
        """Return the parts by their numbers, as a torch.nn.Sequential does."""
        attributes = super().state()
        parts = attributes.pop("parts")
        return {**{str(place): part for place, part in enumerate(parts)}, **attributes}

    def __repr__(self) -> str:
        return f"Sequential of [{', '.join(map(_called, self.parts))}]"


class Residual(Module):
    """A part and a way around it: x + part(x), so that the part learns only what is to be changed.

    The way around carries the gradient past any number of parts undiminished (document 001 §3); He et al.,
    Deep residual learning for image recognition (2016).
    """

    def __init__(self, part: Callable[[Any], Any]) -> None:
        self.part = part

    def __call__(self, x: Any) -> Any:
        """Return the inputs plus what the part makes of them: a row, or nested lists such as an image.

        Raises ValueError, with both shapes, when the part does not give one output for each input, and
        TypeError for a number alone.
        """
        x, out = as_row(self, x), self.part(x)
        out = as_row(self, out) if tree.is_several(out) else out
        if shape(out) != shape(x):
            raise ValueError(
                f"a Residual needs outputs of the shape {shape(x)} of its inputs, got {shape(out)}"
            )
        both = (map(as_number, tree.leaves(numbers)) for numbers in (x, out))
        return tree.rebuild(x, list(map(add, *both)))

    def __repr__(self) -> str:
        return f"Residual of {_called(self.part)}"


def _called(part: Any) -> str:
    return repr(part) if isinstance(part, Module) else getattr(part, "__name__", repr(part))
