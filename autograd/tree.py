"""Nested arguments: lists, tuples and dicts of scalars, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def is_several(x: Any) -> bool:
    """Tell whether x is read one by one; an array of no axes is one number."""
    return isinstance(x, Iterable) and getattr(x, "shape", None) != ()


def leaves(tree: Any) -> list[Any]:
    """Return the scalars of a nested structure from left to right; dicts in insertion order."""
    if isinstance(tree, (list, tuple)):
        return [leaf for branch in tree for leaf in leaves(branch)]
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in leaves(branch)]
    return [tree]


def leaves_like(shape: Any, tree: Any) -> list[Any]:
    """Return the scalars of a structure in the order of another of the same shape: dicts by their keys.

    Raises ValueError, naming both, where the two differ in length, keys or depth.
    """
    expected, got = _keys(shape), _keys(tree)
    if expected != got:
        raise ValueError(f"expected {_named(shape)}, got {_named(tree)}")
    if expected is None:
        return [tree]
    return [leaf for key in expected for leaf in leaves_like(shape[key], tree[key])]


def _keys(tree: Any) -> Any:
    if isinstance(tree, dict):
        return tree.keys()
    return range(len(tree)) if isinstance(tree, (list, tuple)) else None


def _named(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"a dict of {list(tree)}"
    if isinstance(tree, (list, tuple)):
        return f"a sequence of {len(tree)}"
    if getattr(tree, "shape", ()) != ():
        return f"an array of shape {tree.shape}, which takes .tolist() to be a list of scalars"
    return "one scalar"


def rebuild(tree: Any, new: list[Any]) -> Any:
    """Return a structure of the shape of `tree` that holds the scalars of `new` in the same order."""
    remaining = iter(new)
    return map_leaves(lambda _: next(remaining), tree)


def copied(tree: Any) -> Any:
    """Return the same scalars in lists, tuples and dicts of their own."""
    return map_leaves(lambda leaf: leaf, tree)


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return the structure with `function` applied to every scalar, from left to right."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_leaves(function, branch) for branch in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(map_leaves(function, branch) for branch in tree)
    if isinstance(tree, dict):
        return {key: map_leaves(function, branch) for key, branch in tree.items()}
    return function(tree)
