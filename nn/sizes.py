"""Sizes and counts that are handed in: whole numbers, from some least on."""

from __future__ import annotations

from numbers import Integral


def require_at_least(least: int, **sizes: int | tuple[int, int]) -> None:
    """Raise ValueError, naming the argument, for a size below `least`, and for what is no whole number."""
    for name, size in sizes.items():
        numbers = size if isinstance(size, (list, tuple)) else [size]
        if not numbers or not all(isinstance(number, Integral) for number in numbers):
            raise ValueError(f"{name} must be a whole number, got {size!r}")
        if min(numbers) < least:
            raise ValueError(f"{name} must be {least} or more, got {size!r}")
