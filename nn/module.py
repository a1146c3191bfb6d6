"""Module: something with parameters, found by looking at its attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd import Value


class Module:
    """Base of everything that learns.

    Whatever a subclass assigns to its attributes is found again: a leaf Value is a parameter, a Module
    contributes its own, a list or tuple contributes what it holds. Results of operations are not parameters.
    """

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return each parameter with its path, in the order the attributes were defined.

        Paths read like the code that reaches the parameter: `layers.0.neurons.3.w[1]`. A parameter that is
        shared comes once, under its first path.
        """
        return list(_walk(self, "", (), set()))

    def parameters(self) -> list[Value]:
        """Return every parameter once, in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for parameter in self.parameters():
            parameter.zero_grad()


def _walk(item: Any, path: str, indices: tuple[int, ...], seen: set[Any]) -> Iterator[tuple[str, Value]]:
    """Yield the parameters inside `item`, which lies at `indices` in the lists found at `path`."""
    if isinstance(item, list | tuple):
        for index, member in enumerate(item):
            yield from _walk(member, path, (*indices, index), seen)
    elif isinstance(item, Value | Module) and item not in seen:
        seen.add(item)  # tied weights are stepped once, and a module may point back at its parent
        if isinstance(item, Module):
            prefix = "".join([path, *(f".{index}" for index in indices)])
            for name, member in vars(item).items():
                yield from _walk(member, f"{prefix}.{name}".lstrip("."), (), seen)
        elif not item.args:
            yield "".join([path, *(f"[{index}]" for index in indices)]), item
