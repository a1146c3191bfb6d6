"""Nested arguments: lists, tuples and dicts of scalars, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def leaves(tree: Any) -> list[Any]:
    """Return the scalars of a nested structure from left to right; dicts in insertion order."""
    if isinstance(tree, (list, tuple)):
        return [leaf for branch in tree for leaf in leaves(branch)]
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in leaves(branch)]
    return [tree]


def rebuild(tree: Any, new: list[Any]) -> Any:
    """Return a structure of the shape of `tree` that holds the scalars of `new` in the same order.

    Raises ValueError, with both counts, when there are not as many.
    """
    count = len(leaves(tree))
    if len(new) != count:
        raise ValueError(f"expected {count} scalars, one for each place of the structure, got {len(new)}")
    remaining = iter(new)
    return map_leaves(lambda _: next(remaining), tree)


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return the structure with `function` applied to every scalar, from left to right."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_leaves(function, branch) for branch in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(map_leaves(function, branch) for branch in tree)
    if isinstance(tree, dict):
        return {key: map_leaves(function, branch) for key, branch in tree.items()}
    return function(tree)
