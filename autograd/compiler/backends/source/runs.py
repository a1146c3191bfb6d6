"""Positions as axes along which all steps are alike: each axis cut into rows, rows of rows, and so on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Positions


class Run(NamedTuple):
    """`length` positions, each `stride` behind the one before, along an axis; a stride may be negative."""

    length: int
    stride: int
    axis: int


def runs_of(at: Positions) -> list[Run] | None:
    """Return the axes of positions, each as one run or several, the innermost last.

    None if steps along an axis are not alike whatever the place along the others, or where nothing moves.
    What is NOTHING may be any position.
    """
    runs: list[Run] = []
    for n in range(at.ndim):
        found = _runs(np.moveaxis(at, n, 0).reshape(at.shape[n], -1))
        if found is None:
            return None
        runs += [Run(count, stride, n) for count, stride in found]
    return runs


def _runs(rows: Positions) -> list[tuple[int, int]] | None:
    """Return counts and strides of the runs of the first axis; None if there are none along all columns."""
    if len(rows) == 1:
        return []
    known = (rows[1:] != NOTHING) & (rows[:-1] != NOTHING)
    moves = rows[1:] - rows[:-1]
    steps = np.take_along_axis(moves, known.argmax(1)[:, None], 1)[:, 0]
    told = known.any(1)
    stride = int(steps[told.argmax()])
    if not told.any() or not stride or (known & (moves != steps[:, None])).any():
        return None
    differs = told & (steps != stride)
    # Between the rows of a padded image no step may be known: there too a run may end.
    for ends in (differs | ~told, differs):
        count = int(ends.argmax()) + 1 if ends.any() else len(rows)
        inner = np.arange(1, len(rows)) % count > 0
        if count > 1 and len(rows) % count == 0 and not (differs & inner).any():
            outer = _runs(rows.reshape(len(rows) // count, -1))
            if outer is not None:
                return [*outer, (count, stride)]
    return None


def cut_at_rows(runs: Sequence[Run]) -> list[Run]:
    """Return the runs, those cut that go on from row to row of a grid, as in an image that is padded."""
    cut: list[Run] = []
    for run in runs:
        count, stride = run.length, abs(run.stride)
        longer = sorted(abs(other.stride) for other in runs if abs(other.stride) > stride)
        inner = next((row // stride for row in longer if row % stride == 0), count)
        if inner >= count or count % inner:
            cut.append(run)
        else:
            cut += [Run(count // inner, inner * run.stride, run.axis), Run(inner, run.stride, run.axis)]
    return cut
