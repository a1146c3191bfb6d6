"""Module: something with parameters, found by looking at its attributes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from autograd import Value


class Module:
    """Base of everything that learns.

    Whatever a subclass assigns to its attributes is found again: a leaf Value is a parameter, a Module
    contributes its own, a list or tuple contributes what it holds. Results of operations are not parameters.
    """

    training = True
    """Whether the module is being trained; a Dropout drops only then."""

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return each parameter with its path, in the order the attributes were defined.

        Paths read like the code that reaches the parameter: `layers.0.neurons.3.w[1]`. A parameter that is
        shared comes once, under its first path.
        """
        return [(path, item) for path, item in _walk(self) if isinstance(item, Value)]

    def named_modules(self) -> list[tuple[str, Module]]:
        """Return this module, whose path is "", and every module inside, each before those it holds."""
        return [(path, item) for path, item in _walk(self) if isinstance(item, Module)]

    def named_generators(self) -> list[tuple[str, Random]]:
        """Return the random generators that modules draw from while they run: what a resumed run needs."""
        return [(path, item) for path, item in _walk(self) if isinstance(item, Random)]

    def parameters(self) -> list[Value]:
        """Return every parameter once, in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def train(self, mode: bool = True) -> None:
        """Put this module and all inside into training mode."""
        for _, module in self.named_modules():
            module.training = mode

    def eval(self) -> None:
        """Put this module and all inside into evaluation mode."""
        self.train(False)


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Keep the modules of `model` in evaluation mode inside a `with` block; then each has its own mode again.

    A model that is a plain function has no mode.
    """
    modules = [module for _, module in model.named_modules()] if isinstance(model, Module) else []
    modes = [module.training for module in modules]
    for module in modules:
        module.training = False
    try:
        yield
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode


def _walk(module: Module) -> Iterator[tuple[str, Value | Module | Random]]:
    """Yield what is inside a module, itself first, each with its path."""
    seen: set[Any] = set()
    # What is still to be looked at, the next one last: an item of the lists found at a path, and its place.
    waiting: list[tuple[Any, str, str]] = [(module, "", "")]
    while waiting:
        item, path, place = waiting.pop()
        if isinstance(item, (list, tuple)):
            waiting += [(item[i], path, f"{place}[{i}]") for i in reversed(range(len(item)))]
        elif isinstance(item, (Value, Module, Random)) and item not in seen:
            seen.add(item)  # tied weights are stepped once, and a module may point back at its parent
            if isinstance(item, Module):
                prefix = path + place.replace("[", ".").replace("]", "")
                yield prefix, item
                members = vars(item).items()
                waiting += [
                    (member, f"{prefix}.{name}".lstrip("."), "") for name, member in reversed(members)
                ]
            elif isinstance(item, Random) or not item.args:
                yield path + place, item
