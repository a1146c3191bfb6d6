"""Terms of a sum that have equal factors, as the two shares of x · x, made one."""

from __future__ import annotations

import numpy as np

from autograd import scalar
from autograd.compiler.record.recording import Index
from autograd.compiler.record.segments import Integers, Segments, starts
from autograd.compiler.record.terms import Terms


def collected(terms: Terms) -> Terms:
    """Return the terms with those of a sum that have equal factors made one.

    Coefficients of opposite signs stay two: x − x is nan at an infinity, and so is x + 0 · x.
    """
    row, at = _perhaps_equal(terms)
    kept = np.ones(len(terms.lefts), bool)
    kept[at] = False
    place_of: dict[tuple[int, bool, Index, Index, float], int] = {}
    weights, kinds = terms.weights, terms.kinds
    columns = [column.tolist() for column in (at, row, weights[at], terms.lefts[at], terms.rights[at])]
    for place, n, weight, left, right in zip(*columns, strict=True):
        over_batch, coefficient = kinds.all[weight]
        sign = scalar.sign(coefficient) if abs(coefficient) < 1e290 else coefficient
        first = place_of.setdefault((n, over_batch, left, right, sign), place)
        kept[first] = True
        if first != place:
            weights[first] = kinds.number((over_batch, kinds.all[weights[first]][1] + coefficient))
    if kept.all():
        return terms
    counts = np.diff(terms.start) - np.bincount(
        np.searchsorted(terms.start, np.flatnonzero(~kept), "right") - 1, minlength=len(terms.start) - 1
    )
    return Terms(starts(counts), weights[kept], terms.lefts[kept], terms.rights[kept], kinds)


def _perhaps_equal(terms: Terms) -> tuple[Integers, Integers]:
    """Return the terms of those sums in which some may have equal factors: of which sum, and where.

    In most sums the left or the right factors rise from term to term, which takes no more than a look.
    """
    rows = _not_rising(Segments(terms.lefts, terms.start))
    rows = rows[_not_rising(Segments(terms.rights, terms.start).chosen(rows))]
    at, start = Segments(terms.lefts, terms.start).places(rows)
    row = np.repeat(np.arange(len(rows)), np.diff(start))
    by_left, by_right = np.random.default_rng(0).integers(2**62, size=2)
    # Alike by chance costs time, no more.
    names = row << 40 | (terms.lefts[at] * by_left + terms.rights[at] * by_right) & 2**40 - 1
    names.sort()
    mixed = np.zeros(len(rows), bool)
    mixed[names[1:][names[1:] == names[:-1]] >> 40] = True
    return row[mixed[row]], at[mixed[row]]


def _not_rising(factors: Segments) -> Integers:
    """Return the rows in which a factor is not larger than the one before."""
    flat, start = factors
    falls = flat[1:] <= flat[:-1]
    falls[start[(start > 0) & (start < len(flat))] - 1] = False
    return np.flatnonzero(np.bincount(np.searchsorted(start, np.flatnonzero(falls), "right") - 1))
