"""Positions that follow a rule need no gathering: they are a view, with a stride for every axis."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.arrays.program import NOTHING, Positions


class Strided(NamedTuple):
    """The element at [i, j, …] is at start + i · strides[0] + j · strides[1] + …"""

    start: int
    strides: tuple[int, ...]


def strided(at: Positions) -> Strided | None:
    """Return the rule that positions follow, or None if they follow none; an axis of size 1 has stride 0."""
    if at.min(initial=0) == NOTHING:
        return None
    start = int(at.flat[0])
    if at.size == 1:
        return Strided(start, (0,) * at.ndim)
    strides = tuple(
        [
            int(at[(0,) * n + (1,) + (0,) * (at.ndim - n - 1)]) - start if at.shape[n] > 1 else 0
            for n in range(at.ndim)
        ]
    )
    rule = np.full((1,) * at.ndim, start)
    for n, stride in enumerate(strides):
        rule = rule + stride * np.arange(at.shape[n]).reshape((-1,) + (1,) * (at.ndim - n - 1))
    return Strided(start, strides) if np.array_equal(rule, at) else None


def completed(at: Positions, size: int) -> Positions | None:
    """Return positions below `size` that follow a rule and are `at` where that is not NOTHING, or None."""
    known = at != NOTHING
    if not known.any():
        return None
    somewhere = np.argwhere(known)[0]
    rule = np.full(at.shape, at[tuple(somewhere)])
    for n, count in enumerate(at.shape):
        if count == 1:
            continue
        here, there = [np.delete(known, edge, n) for edge in (count - 1, 0)]
        steps = np.diff(at, axis=n)[here & there]
        if not len(steps):
            return None
        rule += steps[0] * (np.arange(count) - somewhere[n]).reshape((-1,) + (1,) * (at.ndim - n - 1))
    if (rule != at)[known].any() or rule.min() < 0 or rule.max() >= size:
        return None
    return rule


def only_number(numbers: NDArray[np.float64]) -> float | None:
    """Return the number that all of some numbers are, or None; 0.0 and -0.0 are two."""
    first = numbers.flat[0]
    same = numbers.tobytes() == np.full_like(numbers, first).tobytes()
    return float(first) if same else None


def common_shape(columns: Sequence[Positions]) -> tuple[int, ...]:
    """Return the shape in which most of the columns, all of one length, are strided.

    A column such as 0 0 0 1 1 1 is a view of shape (2, 3) with strides (1, 0). Where two columns ask for
    shapes that do not fit together, the first one has its way.
    """
    length = len(columns[0])
    if length == 1:
        return (1,)
    cuts = {length}
    for column in columns:
        own = _cuts(column)
        together = sorted(cuts | own)
        if all(larger % smaller == 0 for smaller, larger in pairwise(together)):
            cuts = set(together)
    ends = sorted(cuts)
    return tuple([ends[0], *[b // a for a, b in pairwise(ends)]][::-1])


def _cuts(column: Positions) -> set[int]:
    """Return the sizes of the runs, of the runs of runs, …, that a column consists of."""
    cuts: set[int] = set()
    inner = 1
    while len(column) > 1:
        steps = np.diff(column)
        breaks = np.flatnonzero(steps != steps[0])
        run = int(breaks[0]) + 1 if len(breaks) else len(column)
        if len(column) % run:
            return set()
        rows = column.reshape(-1, run)
        if run == 1 or (rows != rows[:, :1] + steps[0] * np.arange(run)).any():
            return set()
        inner *= run
        cuts.add(inner)
        column = rows[:, 0]
    return cuts
