"""What is handed in: rows, sizes and counts, whole numbers from some least on, and what must be positive."""

from __future__ import annotations

from math import inf
from numbers import Integral
from typing import Any

from autograd.ordered import unordered
from autograd.primitive import Operand


def is_row(x: Any) -> bool:
    """Tell whether x is several numbers in an order; a text is not, and an array of no axes is one number."""
    kind: Any = type(x)
    return (
        hasattr(x, "__len__")
        and not isinstance(x, (str, bytes, bytearray, Operand))
        and getattr(x, "shape", None) != ()
        and not unordered(kind)
    )


def require_at_least(least: int, *, pairs: bool = False, **sizes: int | tuple[int, int]) -> None:
    """Raise ValueError, naming the argument, for a size below `least`, and for what is no whole number.

    With `pairs` a size may be two numbers, along rows and along columns.
    """
    for name, size in sizes.items():
        numbers: Any = size if pairs and isinstance(size, (list, tuple)) and len(size) == 2 else [size]
        if not all(isinstance(number, Integral) for number in numbers):
            raise ValueError(f"{name} must be a whole number{' or two' * pairs}, got {size!r}")
        if min(numbers) < least:
            raise ValueError(f"{name} must be {least} or more, got {size!r}")


def require_positive(what: str, number: Any, *, or_0: bool = False) -> float:
    """Return a number as a float; raise ValueError, saying what it is, unless it is positive and finite."""
    try:
        found = float(number) if number > 0 or (or_0 and number == 0) else inf
    except OverflowError:  # of a whole number that is no float
        found = inf
    if not found < inf:
        raise ValueError(
            f"{what} must be {'0 or more' if or_0 else 'positive'} and finite, got {number!r:.60}"
        )
    return found


def require_share(what: str, number: Any) -> float:
    """Return a number as a float; raise ValueError, saying what it is, unless it lies in [0, 1)."""
    if not 0 <= number < 1:
        raise ValueError(f"{what} must be 0 or more and below 1, got {number!r}")
    return float(number)
