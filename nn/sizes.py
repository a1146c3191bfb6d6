"""Sizes and counts that are handed in: whole numbers, from some least on."""

from __future__ import annotations

from numbers import Integral
from typing import Any


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
