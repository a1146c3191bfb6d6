"""Data frames where rows are expected: who iterates one gets its columns, or their names."""

from __future__ import annotations

from typing import Any


def refuse_frames(*given: Any, remedy: str = "give frame.to_numpy()") -> None:
    """Raise TypeError, with the remedy, for a data frame of pandas or polars among what is to be rows."""
    for rows in given:
        if hasattr(rows, "columns"):
            raise TypeError(f"expected rows of numbers, got a {type(rows).__name__}: {remedy}")
