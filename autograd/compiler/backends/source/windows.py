"""Positions as a convolution or a pooling reads them: windows that slide over a grid, and padding.

From the strides of positions a grid is found, in which each is a coordinate. What runs along an axis of the
grid by itself is a slice of it; where two run along the same one, the second is a window and the first its
places. Every finding is tried on an array of positions before it is printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograd.compiler.arrays.program import NOTHING, Positions
from autograd.compiler.backends.source.expressions import enclosed, literal
from autograd.compiler.backends.source.runs import Run, cut_at_rows, runs_of


class _Slice(NamedTuple):
    """`size` of the `length` elements of an axis, from `begin` on; a step may be negative."""

    begin: int
    size: int
    step: int
    length: int

    @property
    def text(self) -> str:
        if self.size == self.length and self.step == 1:
            return ":"
        stop = self.begin + (self.size - 1) * self.step + (1 if self.step > 0 else -1)
        begin = "" if self.begin == (0 if self.step > 0 else self.length - 1) else self.begin
        end = "" if stop in (-1, self.length) else stop
        return f"{begin}:{end}" + (f":{self.step}" if self.step != 1 else "")

    def of(self, array: Any, axis: int) -> Any:
        """Return those elements of an axis of an array."""
        return array.take(self.begin + self.step * np.arange(self.size), axis)


class _Reading(NamedTuple):
    """What is read of an array: a part of it as a grid, padded, in windows; of these a part, in an order.

    `windows` has the lengths of the windows by the axis of the grid along which they slide. `taken` has a
    slice for each axis of the grid, and behind them one for each window.
    """

    part: range
    grid: Sequence[int]
    padding: Sequence[tuple[int, int]]
    windows: dict[int, int]
    taken: Sequence[_Slice]
    order: Sequence[int]
    shape: tuple[int, ...]

    def of(self, array: Any) -> Any:
        """Return what is read of an array of one axis, which has NOTHING beyond the grid."""
        found = array[self.part.start : self.part.stop].reshape(self.grid)
        found = np.pad(found, self.padding, constant_values=NOTHING)
        if self.windows:
            found = sliding_window_view(found, tuple(self.windows.values()), tuple(self.windows))
        for axis, part in enumerate(self.taken):
            found = part.of(found, axis)
        return found.transpose(self.order).reshape(self.shape)

    def text(self, name: str, size: int, batched: bool, fill: float) -> str:
        """Return the expression for what is read of an array with a name, behind the batch if it has one."""
        text = self.text_in_order_of_grid(name, size, batched, fill)
        if list(self.order) != sorted(self.order):
            text += _call("transpose", [*range(batched), *[axis + batched for axis in self.order]])
        if tuple(self.taken[axis].size for axis in self.order) == self.shape:
            return text
        return enclosed(text) + _call("reshape", [*[-1] * batched, *self.shape])

    def text_in_order_of_grid(self, name: str, size: int, batched: bool, fill: float) -> str:
        """Return the expression for the same, with the axes of the grid and of the windows."""
        lead, examples = [":"] * batched, [-1] * batched
        text = name
        if len(self.part) < size:
            text += _index([*lead, f"{self.part.start}:{self.part.stop}"])
        if len(self.grid) > 1:
            text += _call("reshape", [*examples, *self.grid])
        if any(map(any, self.padding)):
            constant = f", constant_values={literal(fill)}" if fill else ""
            text = f"pad({text}, {_few([*[(0, 0)] * batched, *self.padding])}{constant})"
        if self.windows:
            axes = [axis + batched for axis in self.windows]
            text = f"sliding_window_view({text}, {_few(list(self.windows.values()))}, {_few(axes)})"
        return text + _index([*lead, *[part.text for part in self.taken]])


def windows(name: str, size: int, batched: bool, at: Positions, fill: float = 0.0) -> str | None:
    """Return the expression for the scalars at some positions of an array, or None if they lie in no grid.

    The array has `size` scalars, behind the batch axis if `batched`. `fill` is what a NOTHING stands for.
    """
    found = _found(at, size)
    return None if found is None else found[0].text(name, size, batched, fill)


def joined_axes(
    name: str, size: int, batched: bool, at: Positions, fill: float
) -> tuple[str, tuple[int, ...], tuple[int, ...]] | None:
    """Return an expression for an array of rows, the axes of it that are rows, and the shape of the others.

    So the places within a window are joined where they are. None if the others would not be in their order.
    """
    found = _found(at, size)
    if found is None:
        return None
    reading, axes = found
    in_rows = [place for place, run in zip(reading.order, axes, strict=False) if run.axis == at.ndim - 1]
    others = [place for place in reading.order if place not in in_rows]
    if others != sorted(others) or len(reading.taken) > len(axes):
        return None
    text = reading.text_in_order_of_grid(name, size, batched, fill)
    shape = tuple(reading.taken[place].size for place in others)
    return text, tuple(sorted(place + batched for place in in_rows)), shape


def _found(at: Positions, size: int) -> tuple[_Reading, Sequence[Run]] | None:
    runs = runs_of(at)
    if not runs:
        return None
    for axes in (cut_at_rows(runs), runs):
        for levels in _levels(axes):
            for part in _parts(_units(levels, axes)[0], at[at != NOTHING], size):
                reading = _reading(levels, axes, at, part)
                if np.array_equal(reading.of(np.arange(size)), at):
                    return reading, axes
    return None


def _levels(axes: Sequence[Run]) -> Iterator[list[list[int]]]:
    """Yield the ways to give each axis of a grid one or two of the runs, by number, long strides first."""

    def grouped(order: list[int]) -> Iterator[list[list[int]]]:
        if not order:
            yield []
        for count in range(1, min(2, len(order)) + 1):
            for rest in grouped(order[count:]):
                yield [sorted(order[:count]), *rest]

    for levels in grouped(sorted(range(len(axes)), key=lambda n: -abs(axes[n].stride))):
        units = _units(levels, axes)
        nested = all(outer > inner and outer % inner == 0 for outer, inner in pairwise(units))
        if nested and not any(
            axes[n].stride % unit for level, unit in zip(levels, units, strict=True) for n in level
        ):
            yield levels


def _units(levels: Sequence[Sequence[int]], axes: Sequence[Run]) -> list[int]:
    """Return how far apart in the array neighbours along each axis of the grid are."""
    return [min(abs(axes[n].stride) for n in level) for level in levels]


def _reading(levels: list[list[int]], axes: Sequence[Run], at: Positions, part: range) -> _Reading:
    """Return how positions are read from a part of an array as a grid of these levels."""
    units = _units(levels, axes)
    known = at[at != NOTHING]
    grid = [len(part) // units[0], *[outer // inner for outer, inner in pairwise(units)], units[-1]]
    first = int(np.argmax(at.ravel() != NOTHING))
    place = np.unravel_index(first, [axis.length for axis in axes])
    coordinates = [int(x) for x in np.unravel_index(int(known[0]) - part.start, grid)]
    padding: list[tuple[int, int]] = []
    taken, of_windows, numbers, spans = [], [], [], {}
    for level, (own, unit, length) in enumerate(zip(levels, units, grid, strict=False)):
        steps = [axes[n].stride // unit for n in own]
        ways = [(axes[n].length - 1) * step for n, step in zip(own, steps, strict=True)]
        begin = coordinates[level] - sum(int(place[n]) * step for n, step in zip(own, steps, strict=True))
        least, most = begin + sum(min(0, way) for way in ways), begin + sum(max(0, way) for way in ways)
        padding.append((max(0, -least), max(0, most + 1 - length)))
        length, begin = length + sum(padding[-1]), begin + padding[-1][0]
        if len(own) == 2:
            spans[level] = abs(ways[1]) + 1
            of_windows.append((own[1], _Slice(max(0, -ways[1]), axes[own[1]].length, steps[1], spans[level])))
            length, begin = length - abs(ways[1]), begin + min(0, ways[1])
        taken.append(_Slice(begin, axes[own[0]].length, steps[0], length))
        numbers.append(own[0])
    if units[-1] > 1:
        padding.append((0, 0))
        taken.append(_Slice(coordinates[-1], 1, 1, grid[-1]))
        numbers.append(len(axes))
    else:
        grid.pop()
    numbers += [n for n, _ in of_windows]
    taken += [part for _, part in of_windows]
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    return _Reading(part, grid, padding, spans, taken, order, at.shape)


def _parts(unit: int, known: Positions, size: int) -> Iterator[range]:
    """Yield the parts of an array to take as rows of `unit` scalars: all of it, and what holds positions."""
    if size % unit == 0:
        yield range(size)
    least, most = int(known.min()), int(known.max())
    length = -(-(most + 1 - least) // unit) * unit
    start = min(least, size - length)
    if start >= 0:
        yield range(start, start + length)


def _few(numbers: Sequence[Any]) -> str:
    return str(numbers[0]) if len(numbers) == 1 and isinstance(numbers[0], int) else str(tuple(numbers))


def _call(method: str, numbers: Sequence[int]) -> str:
    return f".{method}({', '.join(map(str, numbers))})"


def _index(parts: list[str]) -> str:
    while parts and parts[-1] == ":":
        parts = parts[:-1]
    return f"[{', '.join(parts)}]" if parts else ""
