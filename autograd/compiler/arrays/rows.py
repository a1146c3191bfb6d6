"""Rows of positions: which of them are equal."""

from __future__ import annotations

from functools import cache

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Positions


def distinct_rows(rows: Positions) -> tuple[Positions, Positions]:
    """Return where each distinct row first stands, in that order, and for each row which one it is."""
    _, first, ids = np.unique(rows @ _mix(rows.shape[1]), return_index=True, return_inverse=True)
    if not np.array_equal(rows[first[ids]], rows):  # unequal rows with one product, once in 2⁶⁴ times
        _, first, ids = np.unique(rows, return_index=True, return_inverse=True, axis=0)
    order = np.argsort(first)
    return first[order], np.argsort(order)[ids.ravel()]


@cache
def _mix(count: int) -> Positions:
    return np.random.default_rng(0).integers(1, 2**62, count)


def count_distinct(positions: Positions) -> int:
    """Return how many positions there are, each counted once; NOTHING counts too."""
    return int(np.count_nonzero(np.bincount(positions - NOTHING)))
