"""Finding the matrix product in a group of sums of products.

Sum number n of a group is Σₖ left[n, k] · right[n, k]. If the rows of `left` are a few that come again and
again, and so are those of `right`, and each of these meets each of those, then the group is a matrix product.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Positions
from autograd.compiler.arrays.rows import RepeatedRows

LEAST_FILL = 0.4
"""How much of a rectangle must be asked for, for all of it to be computed: half is for causal attention."""


class Factors(NamedTuple):
    """Rows left (g, p, k) and right (g, q, k), and the sum that each (g, p, q) is, or NOTHING."""

    left: Positions
    right: Positions
    sums: Positions


def factors(left: RepeatedRows, right: RepeatedRows) -> Factors:
    """Return the matrix products that the rows of `left` and `right` are, one for each block.

    Every sum is a product of its own, of one row by one row, if there is no better.
    """
    count, p, q = len(left.ids), len(left.distinct), len(right.distinct)
    if p * q == count:
        sums = np.full((1, p, q), -1)
        sums[0, left.ids, right.ids] = np.arange(count)
        if (sums >= 0).all():
            return Factors(left.distinct[None], right.distinct[None], sums)
    return _blocks(left, right) or Factors(
        left.all()[:, None, :], right.all()[:, None, :], np.arange(count)[:, None, None]
    )


def _blocks(left: RepeatedRows, right: RepeatedRows) -> Factors | None:
    """Return the products of several blocks of equal shape, or None where that is not what the rows are."""
    of_left, of_right = _components(left.ids, right.ids, len(left.distinct), len(right.distinct))
    blocks, of_left = np.unique(of_left, return_inverse=True)
    of_right = np.searchsorted(blocks, of_right)
    count = len(blocks)
    rows, columns = np.bincount(of_left, minlength=count), np.bincount(of_right, minlength=count)
    p, q = int(rows[0]), int(columns[0])
    if (rows != p).any() or (columns != q).any() or len(left.ids) < LEAST_FILL * count * p * q:
        return None
    by_left, by_right = np.argsort(of_left, kind="stable"), np.argsort(of_right, kind="stable")
    place_left, place_right = np.empty(count * p, int), np.empty(count * q, int)
    place_left[by_left] = np.tile(np.arange(p), count)
    place_right[by_right] = np.tile(np.arange(q), count)
    sums = np.full((count, p, q), NOTHING)
    sums[of_left[left.ids], place_left[left.ids], place_right[right.ids]] = np.arange(len(left.ids))
    if np.count_nonzero(sums != NOTHING) < len(left.ids):  # the same two rows meet twice
        return None
    by_left, by_right = by_left.reshape(count, p), by_right.reshape(count, q)
    return Factors(left.distinct[by_left], right.distinct[by_right], sums)


def _components(
    left_ids: Positions, right_ids: Positions, lefts: int, rights: int
) -> tuple[Positions, Positions]:
    """Return a number for each left and right row, equal for rows that meet, if through others."""
    of_left, of_right = np.arange(lefts), np.full(rights, lefts)
    while True:
        np.minimum.at(of_right, right_ids, of_left[left_ids])
        before = of_left.copy()
        np.minimum.at(of_left, left_ids, of_right[right_ids])
        if np.array_equal(before, of_left):
            return of_left, of_right
