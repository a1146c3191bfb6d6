"""Terms of a sum that have equal factors, as the two shares of x · x, made one."""

from __future__ import annotations

import numpy as np

from autograd import scalar
from autograd.compiler.record.recording import Index
from autograd.compiler.record.segments import Flags, Integers, Segments, starts
from autograd.compiler.record.terms import JOINED, Terms


def collected(terms: Terms) -> Terms:
    """Return the terms with those of a sum that have equal factors made one.

    Coefficients of opposite signs stay two: x − x is nan at an infinity, and so is x + 0 · x.
    """
    perhaps = _perhaps_equal(terms)
    spelled = terms.chosen(perhaps).spelled_out()
    mixed = _with_equal_names(spelled)
    if not len(mixed):
        return terms
    others = np.delete(np.arange(len(terms.start) - 1), perhaps[mixed])
    parts = terms.chosen(others), _collected(spelled.chosen(mixed))
    together = terms._replace(
        start=starts(np.concatenate([np.diff(part.start) for part in parts])),
        weights=np.concatenate([part.weights for part in parts]),
        lefts=np.concatenate([part.lefts for part in parts]),
        rights=np.concatenate([part.rights for part in parts]),
    )
    return together.chosen(np.argsort(np.concatenate([others, perhaps[mixed]])))


def _collected(terms: Terms) -> Terms:
    """Return spelled out terms with those of a sum that have equal factors made one."""
    kept = np.zeros(len(terms.lefts), bool)
    place_of: dict[tuple[int, bool, Index, Index, float], int] = {}
    weights, kinds = terms.weights, terms.kinds
    row = np.repeat(np.arange(len(terms.start) - 1), np.diff(terms.start))
    columns = [column.tolist() for column in (row, weights, terms.lefts, terms.rights)]
    for place, (n, weight, left, right) in enumerate(zip(*columns, strict=True)):
        over_batch, coefficient = kinds.all[weight]
        sign = scalar.sign(coefficient) if abs(coefficient) < JOINED[1] else coefficient
        first = place_of.setdefault((n, over_batch, left, right, sign), place)
        kept[first] = True
        if first != place:
            weights[first] = kinds.number((over_batch, kinds.all[weights[first]][1] + coefficient))
    start = starts(kept)[terms.start]
    return terms._replace(
        start=start, weights=weights[kept], lefts=terms.lefts[kept], rights=terms.rights[kept]
    )


def _with_equal_names(terms: Terms) -> Integers:
    """Return those of some sums, spelled out, in which some terms seem to have equal factors."""
    row = np.repeat(np.arange(len(terms.start) - 1), np.diff(terms.start))
    by_left, by_right = np.random.default_rng(0).integers(2**62, size=2)
    # Alike by chance costs time, no more.
    names = row << 40 | (terms.lefts * by_left + terms.rights * by_right) & 2**40 - 1
    names.sort()
    mixed = np.zeros(len(terms.start) - 1, bool)
    mixed[names[1:][names[1:] == names[:-1]] >> 40] = True
    return np.flatnonzero(mixed)


def _perhaps_equal(terms: Terms) -> Integers:
    """Return the sums in which some terms may have equal factors.

    In most sums the left or the right factors rise from term to term, which takes no more than a look.
    """
    flat, start = terms.factors
    first, last = flat[start[:-1]], flat[start[1:] - 1]
    inside = terms.factors.reduced(np.logical_or, _falls(flat, flat, start), False)
    sums = np.arange(len(terms.start) - 1)
    for side in (terms.lefts, terms.rights):
        factors = Segments(side, terms.start).chosen(sums)
        falls = _falls(first[factors.flat], last[factors.flat], factors.start) | inside[factors.flat]
        sums = sums[factors.reduced(np.logical_or, falls, False)]
    return sums


def _falls(first: Integers, last: Integers, start: Integers) -> Flags:
    """Mark what ends no lower than the next one in its row begins."""
    falls = np.zeros(len(first), bool)
    falls[:-1] = first[1:] <= last[:-1]
    falls[start[start > 0] - 1] = False
    return falls
