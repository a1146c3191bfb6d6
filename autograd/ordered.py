"""What comes in order: not a dict or a data frame, which are iterated by their keys, and not a set."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_FRAME = "is iterated by its columns"


def refuse_unordered(*given: Any, what: str = "a list", of_frame: str = "give frame.to_numpy()") -> None:
    """Raise TypeError, with the remedy, for a dict, a set or a data frame among what is to come in order.

    `what` was expected, and `of_frame` says what to do with a data frame of pandas or polars.
    """
    for x in given:
        kind: Any = type(x)
        if why := unordered(kind):
            name = kind.__name__
            if why == _FRAME:  # the text of which has many lines
                raise TypeError(f"expected {what}, got a {name}, which {why}: {of_frame}")
            raise TypeError(
                f"expected {what}, got the {name} {x!r:.40}, which {why}: give what it holds in a "
                "list, in the order that is meant"
            )


@lru_cache(maxsize=1000)  # asked at every row: a type is looked at once
def unordered(kind: type) -> str:
    """Return why what is of a type comes in no order of its own; nothing where it does."""
    if issubclass(kind, (list, tuple)):
        return ""
    if hasattr(kind, "columns"):
        return _FRAME
    if issubclass(kind, Mapping):
        return "is iterated by its keys"
    return "has no order" if issubclass(kind, (set, frozenset)) else ""
