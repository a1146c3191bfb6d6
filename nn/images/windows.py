"""Windows: what a kernel sees of a row or of a plane, one place after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar

from nn.model.shape import Plane

T = TypeVar("T")


def windows(row: Sequence[T], size: int, stride: int, dilation: int = 1) -> Iterator[Sequence[T]]:
    """Yield `size` members of a row, `dilation` apart, beginning at every `stride`-th place where they fit.

    There are (n − d(k − 1) − 1)//s + 1 of them. Raises ValueError, with both numbers, where none fits.
    """
    span = dilation * (size - 1) + 1
    if span > len(row):
        raise ValueError(f"a window that spans {span} does not fit into {len(row)}, padding included")
    return (row[start : start + span : dilation] for start in range(0, len(row) - span + 1, stride))


def plane_windows(
    plane: Plane, size: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int] = (1, 1)
) -> list[list[list[Any]]]:
    """Return for each place `[row][column]` of a window the numbers in it, row after row.

    Sizes, strides and dilations are along rows, then along columns. Raises ValueError as `windows` does.
    """
    (height, width), (down, right), (down_apart, right_apart) = size, stride, dilation
    return [
        [
            list(chain(*parts))
            for parts in zip(*(windows(row, width, right, right_apart) for row in rows), strict=True)
        ]
        for rows in windows(plane, height, down, down_apart)
    ]


def padded(plane: Plane, padding: tuple[int, int]) -> list[list[Any]]:
    """Return a plane with rows of zeros above and below it, and columns of zeros on both sides."""
    rows, columns = padding
    beside, beyond = [0.0] * columns, [0.0] * (len(plane[0]) + 2 * columns)
    return [
        *([*beyond] for _ in range(rows)),
        *([*beside, *row, *beside] for row in plane),
        *([*beyond] for _ in range(rows)),
    ]
