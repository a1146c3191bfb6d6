"""Sums of unequal length, as those of causal attention, brought to one length: then they are one product."""

from __future__ import annotations

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Positions
from autograd.compiler.arrays.rows import count_rows
from autograd.compiler.record.segments import Flags, distinct_rows


def padded(terms: Positions, lengths: Positions) -> Positions:
    """Return sums with terms of one kind, (sum, term, side), filled up to as many as the longest has.

    `lengths` are those of the sums; what lies behind them in `terms` does not count. A zero on one side is
    enough. So the other side can be that of a longer sum which has all of this one's: then fewer rows are
    distinct, and the sums may become a matrix product.
    """
    missing = np.arange(terms.shape[1]) >= lengths[:, None]
    terms[missing] = NOTHING
    if not missing.any() or (terms[..., 1] == NOTHING).all():  # scalars alone have no other side
        return terms
    left, right = terms[..., 0], terms[..., 1]
    by_left = np.stack(_completed(left, right, missing), -1)
    by_right = np.stack(_completed(right, left, missing)[::-1], -1)
    return min(by_left, by_right, key=lambda way: count_rows(way[..., 0]) * count_rows(way[..., 1]))


def _completed(kept: Positions, other: Positions, missing: Flags) -> tuple[Positions, Positions]:
    """Return both sides with `kept` as in the longest row that has all of it, if there is one.

    Where it has more, `other` has nothing.
    """
    first, ids = distinct_rows(np.where(missing, NOTHING - 1, kept))
    rows, inside = kept[first] - NOTHING, ~missing[first]
    lengths, base = inside.sum(1), int(kept.max()) - NOTHING + 1
    order = np.argsort(lengths, kind="stable")
    longest = np.empty(base, int)  # the longest row with each position
    longest[rows[order][inside[order]]] = np.repeat(order, lengths[order])
    names = np.arange(len(rows))[:, None] * base + rows  # of each position in each row
    known, places = names[inside], np.nonzero(inside)[1]
    sorter = np.argsort(known, kind="stable")
    known, places = known[sorter], places[sorter]
    repeating = np.zeros(len(rows), bool)
    repeating[known[1:][known[1:] == known[:-1]] // base] = True

    whole, column = np.arange(len(rows)), np.tile(np.arange(rows.shape[1]), (len(rows), 1))
    for end in (lengths - 1, np.zeros_like(lengths)):
        longer = longest[rows[np.arange(len(rows)), end]]
        wanted = names + ((longer - np.arange(len(rows))) * base)[:, None]
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        has_all = ((known[at] == wanted) | ~inside).all(1) & ~repeating & ~repeating[longer]
        whole[has_all], column[has_all] = longer[has_all], places[at[has_all]]
    filled = np.where(inside, rows, rows[:, :1])[whole[ids]] + NOTHING
    moved = np.full_like(other, NOTHING)
    sums = np.broadcast_to(np.arange(len(other))[:, None], other.shape)
    moved[sums[~missing], column[ids][~missing]] = other[~missing]
    return filled, moved
