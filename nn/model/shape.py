"""Shapes: how long nested lists are at each level, and what a piece says of those it does not take."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, TypeAlias

from autograd import Value
from autograd.ordered import refuse_unordered
from autograd.primitive import as_number
from autograd.tree import is_several
from nn.sizes import is_row

Row: TypeAlias = Sequence[Value | float]
"""Numbers side by side."""

Plane: TypeAlias = Sequence[Row]
"""Rows below each other, all of one length."""

Image: TypeAlias = Sequence[Plane]
"""Channels, each a plane: `image[channel][row][column]`. The channels of a signal are rows."""


def shape(nested: Any) -> tuple[int, ...]:
    """Return the lengths of nested lists, the outermost first; () for a number.

    Raises ValueError, with both shapes, where lists side by side differ, and for an array, which is not added
    up and cut as lists are.
    """
    if not isinstance(nested, (list, tuple)):
        if getattr(nested, "ndim", 0):
            raise ValueError(f"expected nested lists, got {type(nested).__name__}: give x.tolist()")
        return ()
    inner = [shape(part) for part in nested]
    for place, other in enumerate(inner):
        if other != inner[0]:
            raise ValueError(
                f"lists side by side must be of one shape, got {inner[0]} at 0 and {other} at {place}"
            )
    return len(nested), *(inner[0] if inner else ())


def pair(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return a size along rows and one along columns, which are the same where only one is given."""
    return (size, size) if isinstance(size, Integral) else size  # type: ignore[return-value]


def require_length(who: object, what: str, expected: int, got: int) -> None:
    """Raise ValueError, with both numbers, unless they are equal."""
    if got != expected:
        raise ValueError(f"{who} takes {expected} {what}, got {got}")


def require_row(who: object, expected: int, x: Any, what: str = "inputs") -> None:
    """Raise ValueError, with both numbers, unless a row of `expected` inputs is given; TypeError for none."""
    if type(x) is not list:  # each neuron asks
        refuse_unordered(x)
        if not is_row(x):
            if expected == 1:
                raise TypeError(_no_row(who, x, what))
            raise TypeError(
                f"{who} takes a row of {expected} {what}, got {x!r:.40}: give a list of {expected}, and "
                "where rows are asked for a list of lists, [[…]] for one"
            )
    require_length(who, what, expected, len(x))


def require_rows(who: object, expected: int, rows: Any, what: str = "inputs") -> None:
    """Raise as `require_row` does for any of several rows, and TypeError for what cannot be read twice."""
    refuse_unordered(rows)
    if not is_row(rows):
        raise TypeError(
            f"{who} takes a list of rows of {expected} {what}, got {rows!r:.40}: give lists, [[…]]"
        )
    for row in rows:
        require_row(who, expected, row, what)


def numbers_of(who: object, expected: int, x: Any, what: str = "inputs") -> list[Any]:
    """Return a row of `expected` inputs, the numbers in it as floats: Python's operators keep NumPy's types.

    Where a row only goes into operations, which see to that, `require_row` is enough; errors are its own.
    """
    require_row(who, expected, x, what)
    return [*map(as_number, x)]


def as_row(who: object, x: Any) -> list[Any]:
    """Return a row of any length, or nested lists, as a list; raise TypeError for what is none."""
    if not is_several(x):
        raise TypeError(_no_row(who, x, "inputs"))
    refuse_unordered(x)
    return list(x)


def _no_row(who: object, x: Any, what: str) -> str:
    return f"{who} takes a row of {what}, even of one, got {x!r:.40}: write [{x!r:.40}]"


def require_levels(who: object, nested: Any, levels: str) -> tuple[int, ...]:
    """Return the shape of lists as deep as `levels`, such as "[channel][row][column]".

    Raises ValueError, with the shape, for deeper or flatter ones and as `shape` does.
    """
    sizes = shape(nested)
    if len(sizes) != levels.count("["):
        got = f"lists of the shape {sizes}" if sizes else type(nested).__name__
        raise ValueError(f"{who} takes lists {levels}, got {got}")
    return sizes
