"""Positions in an array as an expression: slice, reshape and transpose where they do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from autograd.compiler.arrays.program import Positions
from autograd.compiler.arrays.strides import strided


def view(name: str, size: int, batched: bool, at: Positions) -> str | None:
    """Return the expression for the scalars at some positions of an array, or None if no slicing gives them.

    The array has `size` scalars, behind the batch axis if `batched`. An axis along which the position does
    not change has size 1 in the result, to be broadcast.
    """
    rule = strided(at)
    if rule is None or min(rule.strides, default=0) < 0:
        return None
    axes = sorted((n for n in range(at.ndim) if rule.strides[n]), key=lambda n: -rule.strides[n])
    batch = [":"] * batched
    if not axes:
        element = [_slice(rule.start, 1, 1, size)] if at.ndim else [str(rule.start)]
        return name + _index([*batch, *element]) + _index([*batch, *["None"] * (at.ndim - 1)])
    text = _rows(name, size, batched, rule.start, [(at.shape[n], rule.strides[n]) for n in axes])
    if text is None:
        return None
    places = sorted(axes)
    if places != axes:
        order = [*range(len(batch)), *[len(batch) + axes.index(n) for n in places]]
        text += f".transpose({', '.join(map(str, order))})"
    index = [":" if n in axes else "None" for n in range(at.ndim)]
    return text + _index([*batch, *index])


def _rows(name: str, size: int, batched: bool, start: int, axes: Sequence[tuple[int, int]]) -> str | None:
    """Return the expression for axes (count, stride) of falling strides, from `start` on."""
    batch = [":"] * batched
    if len(axes) == 1:
        return name + _index([*batch, _slice(start, *axes[0], size)])
    # Cut the array into rows of the longest stride, those into rows of the next, and so on.
    count, row = axes[0]
    first = min(start, size - count * row)
    offset = start - first
    shape, index = [count], [":"]
    for (_, longer), (count, stride) in pairwise(axes):
        if longer % stride:
            return None
        begin = offset % longer // stride
        if first < 0 or begin + count > longer // stride or offset >= row:
            return None
        shape.append(longer // stride)
        index.append(_slice(begin, count, 1, longer // stride))
    last = axes[-1][1]
    if last > 1:
        shape.append(last)
        index.append(str(offset % last))
    cut = name + _index([*batch, _slice(first, axes[0][0] * row, 1, size)])
    lead = ["-1"] * batched
    return f"{cut}.reshape({', '.join([*lead, *map(str, shape)])})" + _index([*batch, *index])


def _slice(start: int, count: int, stride: int, size: int) -> str:
    stop = start + (count - 1) * stride + 1
    if (start, stop, stride) == (0, size, 1):
        return ":"
    return f"{start or ''}:{stop if stop < size else ''}" + (f":{stride}" if stride > 1 else "")


def _index(parts: list[str]) -> str:
    while parts and parts[-1] == ":":
        parts = parts[:-1]
    return f"[{', '.join(parts)}]" if parts else ""
