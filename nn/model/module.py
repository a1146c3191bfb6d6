"""Module: something with parameters, found by looking at its attributes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Set
from contextvars import ContextVar
from dataclasses import is_dataclass
from random import Random
from types import MethodType
from typing import Any, TypeAlias

import numpy as np

from autograd import Value
from autograd.commit import GRAD, UPDATE, commit
from autograd.context import in_own_context
from autograd.flow import NOTHING
from autograd.value import Computed, made


class Buffer(Value):
    """A number that a module keeps in its checkpoints and does not learn, such as a running mean."""

    __slots__ = ()

    def __reduce__(self) -> Any:
        return Buffer, (self.data, self.label)  # else a copy would be a parameter


class Module:
    """Base of everything that learns.

    Whatever a subclass assigns to its attributes is found again: a leaf Value is a parameter, unless it is a
    Buffer; a Module contributes its own; a list, a tuple, a deque, a NumPy array of objects, a dict (by its
    keys, in the order in which they were put in) and a dataclass contribute what they hold. Results of
    operations are not parameters, under `no_grad` neither, nor is an argument along which a transformation
    such as `grad` differentiates, or of a compiled function: it stands for a number. Objects of other kinds
    are not looked into.

    `named_parameters` raises TypeError, naming the attribute and the remedy, for a parameter that lies only
    in a set, as the key of a dict, or under a key that is neither str nor int, and for two parameters with
    one path.
    """

    _training = True

    @property
    def training(self) -> bool:
        """Whether the module is being trained, and not just evaluated; a Dropout drops only then."""
        return self._training and id(self) not in _evaluated.get()

    @training.setter
    def training(self, mode: bool) -> None:
        self._training = mode

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return each parameter with its path, in the order the attributes were defined.

        Paths read like the code that reaches the parameter: `layers.0.neurons.3.w[1]`. A parameter that is
        shared comes once, under its first path.
        """
        return [
            (path, item)
            for path, item in walk(self)
            if isinstance(item, Value) and not isinstance(item, Buffer)
        ]

    def named_modules(self) -> list[tuple[str, Module]]:
        """Return this module, whose path is "", and every module inside, each before those it holds."""
        return [(path, item) for path, item in walk(self) if isinstance(item, Module)]

    def named_generators(self) -> list[tuple[str, Random]]:
        """Return the random generators that modules draw from while they run: what a resumed run needs."""
        return [(path, item) for path, item in walk(self) if isinstance(item, Random)]

    def parameters(self) -> list[Value]:
        """Return every parameter once, in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def state(self) -> dict[str, Any]:
        """Return what this module holds by the names that a checkpoint has for it: those of the attributes.

        A subclass whose attributes are not those of PyTorch's module of its kind says here what they are.
        """
        return dict(attributes(self))

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        parameters = self.parameters()
        commit((GRAD, parameters, [NOTHING] * len(parameters)))

    def train(self, mode: bool = True) -> None:
        """Put this module and all inside into training mode."""
        modules = [vars(module) for _, module in self.named_modules()]
        commit((UPDATE, modules, [{"_training": mode}] * len(modules)))

    def eval(self) -> None:
        """Put this module and all inside into evaluation mode."""
        self.train(False)


_evaluated: ContextVar[frozenset[int]] = ContextVar("_evaluated", default=frozenset())
"""The identities of the modules that this context evaluates, in whatever mode they are."""


def module_of(model: Any) -> Module | None:
    """Return the Module that a model is, or whose method it is; None for any other function."""
    owner = model.__self__ if isinstance(model, MethodType) else model
    return owner if isinstance(owner, Module) else None


def in_evaluation(model: Any, call: Callable[..., Any], *args: Any) -> Any:
    """Return `call(*args)`, during which the modules of `model` are in evaluation mode.

    Holds for the current thread or task only, and ends with the call wherever Ctrl-C comes. A model that is a
    plain function has no mode.
    """
    owner = module_of(model)
    modules = [] if owner is None else [module for _, module in owner.named_modules()]

    def evaluated() -> Any:
        _evaluated.set(_evaluated.get() | set(map(id, modules)))
        return call(*args)

    return in_own_context(evaluated)


_HOLDS_NOTHING = frozenset({float, int, bool, str, bytes, type(None)})
_UNORDERED = "in a set, which has another order in every run: use a list, or a dict with names"
_AS_A_KEY = "as the key of a dict, which is no path: use a list, or a dict with names"


_Found: TypeAlias = tuple[Any, str, str, str]
"""Something in the lists at a path, that path, its place there, and why, if so, it cannot have that path.

No class of its own: one for every parameter would take longer than all the rest.
"""


def _prefix(path: str, place: str) -> str:
    """Return the path of what holds others: places in lists are steps of it."""
    return path + place.replace("[", ".").replace("]", "")


def walk(module: Module) -> Iterator[tuple[str, Value | Module | Random]]:
    """Yield what is inside a module, itself first, each with its path."""
    met: dict[int, Any] = {}  # by identity: tied weights are stepped once, and a module may hold its parent
    paths: set[str] = set()
    waiting: list[_Found] = [(module, "", "", "")]  # what is still to be looked at, the next one last
    refused: list[_Found] = []  # what comes at the very end, since it may be found elsewhere
    while waiting or refused:
        item, path, place, why = (waiting or refused).pop()
        if id(item) in met:
            continue
        met[id(item)] = item
        if isinstance(item, Random) or is_kept(item):
            name = path + place
            if why or name in paths:
                raise _refusal(item, name, why or "whose path another has: rename one")
            paths.add(name)
            yield name, item
            continue
        if isinstance(item, Module):
            if why:
                raise _refusal(item, _prefix(path, place), why)
            yield _prefix(path, place), item
        inside, outside = _inside(item, path, place, why)
        waiting += reversed(inside)
        refused += outside


def is_kept(item: Any) -> bool:
    """Return whether something is a number that a module keeps: a Value that no operation resulted in.

    An argument along which a function is differentiated is none: it is no Value in forward mode, nor in a
    compiled function, and stands for a number, which would be none either.
    """
    if isinstance(item, Value) and item.op is None and not isinstance(item, Computed):
        return (at_work := made.get()) is None or item not in at_work
    return False


def values(module: Module) -> list[Value]:
    """Return every number that a module keeps, its parameters and its Buffers, each once."""
    return [item for _, item in walk(module) if isinstance(item, Value)]


def _inside(item: Any, path: str, place: str, why: str) -> tuple[list[_Found], list[_Found]]:
    """Return what something holds, in order, and what it holds where nothing may lie."""
    if isinstance(item, np.ndarray) and item.dtype == object:
        return [(item.tolist(), path, place, why)], []
    if isinstance(item, (list, tuple, deque)):
        held = enumerate(item)
        return [(x, path, f"{place}[{n}]", why) for n, x in held if type(x) not in _HOLDS_NOTHING], []
    if isinstance(item, Set):
        return [], [(x, path, place, _UNORDERED) for x in item]
    if isinstance(item, Mapping):
        return _members(item, _prefix(path, place), why)
    if isinstance(item, Module) or (is_dataclass(item) and not isinstance(item, type)):
        return _members(attributes(item), _prefix(path, place), why)
    return [], []


def _members(members: Mapping[Any, Any], prefix: str, why: str) -> tuple[list[_Found], list[_Found]]:
    inside: list[_Found] = []
    outside: list[_Found] = []
    for key, x in members.items():
        if not isinstance(key, (str, int)):
            outside.append((key, prefix, "", _AS_A_KEY))
            outside.append((x, prefix, "", f"under the key {key!r}: use a str or an int"))
        elif type(x) not in _HOLDS_NOTHING:
            inside.append((x, f"{prefix}.{key}".lstrip("."), "", why))
    return inside, outside


def _refusal(item: Any, name: str, why: str) -> TypeError:
    return TypeError(f"{name} holds a {type(item).__name__} {why}")


def attributes(item: Any) -> dict[str, Any]:
    """Return the attributes of an object, those in slots too."""
    state: Any = object.__getstate__(item)
    if isinstance(state, tuple):
        in_dict, in_slots = state
        return {**(in_dict or {}), **in_slots}
    return state or {}
