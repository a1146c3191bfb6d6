"""Parameters as tensors: the lists in a module, by the names and in the shapes that PyTorch gives them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, NamedTuple

import numpy as np

from autograd import Value
from nn.model.module import Buffer, Module, attributes, is_kept, walk


class Tensor(NamedTuple):
    """Parameters that lie in one array, row by row."""

    shape: tuple[int, ...]
    values: list[Value]


def tensors(module: Module) -> dict[str, Tensor]:
    """Return the parameters and Buffers of `module`, those of one list, however deeply nested, as one tensor.

    Names are those of PyTorch's `state_dict`: the attributes on the way, and places in lists of modules, such
    as `layers.0.weight`. What is held in two places has two names. A single Value is a vector of one. Lists
    that are no array, since their rows have unequal lengths or hold other things as well, are a vector for
    each row, under its path.
    """
    found: dict[str, Tensor] = {}
    for name, _, tensor in _named(module):
        if tensor is not None:
            _put(found, name, tensor)
    named = {id(value) for tensor in found.values() for value in tensor.values}
    for name, row in rows(module).items():
        left = [value for value in row.values if id(value) not in named]
        if left:
            _put(found, name, Tensor((len(left),), left))
    return found


def own_tensors(module: Module) -> dict[str, Tensor]:
    """Return those `tensors` of a module that it holds itself, not in a module inside it."""
    modules = [name for name, item, _ in _named(module) if isinstance(item, Module)]
    modules += [path for path, _ in module.named_modules()]
    inside = tuple([f"{name}." for name in modules if name])
    return {name: tensor for name, tensor in tensors(module).items() if not name.startswith(inside)}


def learned(module: Module) -> dict[str, list[Value]]:
    """Return the parameters of `module` in each of its `tensors`: the Buffers are left out."""
    found = {
        name: [value for value in tensor.values if not isinstance(value, Buffer)]
        for name, tensor in tensors(module).items()
    }
    return {name: values for name, values in found.items() if values}


def weights(module: Module) -> list[Value]:
    """Return the parameters of `module` that are no biases, each once, as a penalty takes them.

    Biases have names with a word that begins so, as `bias_hh_l0` and `in_proj_bias`.
    """
    found: dict[Value, None] = {}
    for name, values in learned(module).items():
        if not any(word.startswith("bias") for word in name.rpartition(".")[2].split("_")):
            found |= dict.fromkeys(values)
    return list(found)


def rows(module: Module) -> dict[str, Tensor]:
    """Return the parameters and Buffers of `module`, those of each innermost list as a vector under its path.

    This is how checkpoints were written at first: `layers.0.neurons.3.w`.
    """
    grouped: dict[str, list[Value]] = {}
    for path, item in walk(module):
        if isinstance(item, Value):
            name = path.rpartition("[")[0] if path.endswith("]") else path
            grouped.setdefault(name, []).append(item)
    return {name: Tensor((len(values),), values) for name, values in grouped.items()}


def _named(module: Module) -> Iterator[tuple[str, Any, Tensor | None]]:
    """Yield all that is inside a module by the names that a checkpoint has for it, and the tensors it makes.

    What is inside a tensor has no name.
    """
    # What is still to be looked at, the next one last: its name, itself, and what it lies in.
    waiting: list[tuple[str, Any, frozenset[int]]] = [("", module, frozenset())]
    while waiting:
        name, item, around = waiting.pop()
        if id(item) in around:
            continue
        tensor = _tensor(item)
        yield name, item, tensor
        if tensor is None:
            prefix = f"{name}." if name else ""
            inside = [(f"{prefix}{key}", inner, around | {id(item)}) for key, inner in _members(item).items()]
            waiting += reversed(inside)


def _put(found: dict[str, Tensor], name: str, tensor: Tensor) -> None:
    if name in found:
        raise TypeError(f"two tensors would have the name {name}: rename one of the attributes")
    found[name] = tensor


def _tensor(item: Any) -> Tensor | None:
    """Return the parameters in nested lists that make an array, or None for what makes none."""
    shape: list[int] = []
    level, above = [_listed(item)], set[int]()
    while all(isinstance(row, (list, tuple, deque)) for row in level):
        widths, here = {len(row) for row in level}, set(map(id, level))
        if widths == {0} or len(widths) > 1 or here & above:
            return None
        shape += widths
        above |= here
        level = [_listed(inner) for row in level for inner in row]
    if not all(map(is_kept, level)):
        return None
    return Tensor(tuple(shape) or (1,), level)


def _members(item: Any) -> Mapping[Any, Any]:
    """Return what something holds in which tensors may lie, by the names it has there."""
    item = _listed(item)
    if isinstance(item, Module):
        return type(item).state(item)  # an attribute may be called state
    if isinstance(item, Mapping):
        return item
    if is_dataclass(item) and not isinstance(item, type):
        return attributes(item)
    if isinstance(item, (list, tuple, deque)):
        return {place: inner for place, inner in enumerate(item) if not isinstance(inner, Value)}
    return {}


def _listed(item: Any) -> Any:
    return item.tolist() if isinstance(item, np.ndarray) and item.dtype == object else item
