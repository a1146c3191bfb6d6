"""Rows of factors: a dot is the product of two rows, and there are far fewer rows than dots.

All neurons of a layer look at the same row of inputs, and each with one row of weights at every position of a
sequence; in a gradient it is the same. So factors are looked at row by row, once each, and not dot by dot. A
row is numbered behind the scalars, and has its factors for arguments; a row of one factor is that factor.
"""

from __future__ import annotations

import numpy as np

from autograd.compiler.record.segments import (
    Flags,
    Integers,
    Segments,
    distinct_runs,
    numbers_among,
    starts,
    together,
)
from autograd.compiler.record.terms import ONE


def with_rows(args: Segments, dots: Flags) -> Segments:
    """Return the arguments of scalars, two rows and a bias for a dot, and behind them those of the rows."""
    lengths = args.counts
    in_rows = dots & (lengths >= 4)
    others = np.flatnonzero(~in_rows)
    order, total = [others], len(dots)
    found, rows = [args.chosen(others)], []
    for width in numbers_among(lengths[in_rows] // 2):
        same = np.flatnonzero(in_rows & (lengths // 2 == width))
        halves = np.column_stack([args.start[same], args.start[same] + width]).ravel()
        first, ids = distinct_runs(args.flat, halves, width)
        counts = 2 + lengths[same] % 2
        new = np.column_stack([total + ids.reshape(-1, 2), args.flat[args.start[same + 1] - 1]])
        order.append(same)
        found.append(Segments(new[np.arange(3) < counts[:, None]], starts(counts)))
        rows.append(Segments.of(args.flat[halves[first, None] + np.arange(width)]))
        total += len(first)
    place = np.arange(total)
    place[np.concatenate(order)] = np.arange(len(dots))
    return together([*found, *rows]).chosen(place)


def spelled_out(args: Segments, dots: Integers, count: int) -> Segments:
    """Return the arguments, those of some dots not as rows; these stand behind `count` scalars."""
    rows = factors(args, count)
    of_dots = args.chosen(dots)
    spelled = rows.chosen(of_dots.flat)
    start = spelled.start[of_dots.start]
    place = np.arange(len(args.start) - 1)
    place[dots] = np.arange(len(dots)) + len(place)
    return together([args, Segments(spelled.flat, start)]).chosen(place)


def factors(args: Segments, count: int) -> Segments:
    """Return what each factor stands for: a scalar for itself, and so does ONE, which is the last.

    Rows are those behind `count` scalars.
    """
    alone, rows = np.arange(count), args.start[count:]
    return Segments(
        np.concatenate([alone, args.flat[rows[0] :], [ONE]]),
        np.concatenate([alone, rows + (count - rows[0]), [count + len(args.flat) - rows[0] + 1]]),
    )
