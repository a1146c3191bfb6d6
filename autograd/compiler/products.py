"""Finding the matrix product in a group of sums of products.

Sum number n of a group is Σₖ left[n, k] · right[n, k]. If the rows of `left` are a few that come again and
again, and so are those of `right`, and each of these meets each of those, then the group is a matrix product.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograd.compiler.program import Positions


class Factors(NamedTuple):
    """Rows left (g, p, k) and right (g, q, k), and which (g, p, q) each sum of the group is."""

    left: Positions
    right: Positions
    sums: Positions


def factors(left: Positions, right: Positions) -> Factors:
    """Return the matrix products that the rows (m, k) of `left` and `right` are, one for each block.

    Every sum is a product of its own, of one row by one row, if there is no better.
    """
    count = len(left)
    left_rows, left_ids = _distinct_rows(left)
    right_rows, right_ids = _distinct_rows(right)
    p, q = len(left_rows), len(right_rows)
    if p * q == count:
        sums = np.full((1, p, q), -1)
        sums[0, left_ids, right_ids] = np.arange(count)
        if (sums >= 0).all():
            return Factors(left[left_rows][None], right[right_rows][None], sums)
    return _blocks(left, right, left_rows, left_ids, right_rows, right_ids) or Factors(
        left[:, None, :], right[:, None, :], np.arange(count)[:, None, None]
    )


def _blocks(
    left: Positions,
    right: Positions,
    left_rows: Positions,
    left_ids: Positions,
    right_rows: Positions,
    right_ids: Positions,
) -> Factors | None:
    """Return the products of several blocks of equal shape, or None where that is not what the rows are."""
    p, q = len(left_rows), len(right_rows)
    # A row belongs with the first row it meets: rows of one block meet the same ones.
    first_right = np.full(p, q)
    np.minimum.at(first_right, left_ids, right_ids)
    first_left = np.full(q, p)
    np.minimum.at(first_left, right_ids, left_ids)
    block_of_left, block_of_right = first_left[first_right], first_left
    blocks, block_of_left = np.unique(block_of_left, return_inverse=True)
    if not np.isin(block_of_right, blocks).all():
        return None
    block_of_right = np.searchsorted(blocks, block_of_right)
    count = len(blocks)
    if p % count or q % count or p * q // count != len(left):
        return None
    by_left = np.argsort(block_of_left, kind="stable").reshape(count, -1)
    by_right = np.argsort(block_of_right, kind="stable").reshape(count, -1)
    if (block_of_left[by_left] != np.arange(count)[:, None]).any():
        return None
    if (block_of_right[by_right] != np.arange(count)[:, None]).any():
        return None
    place_left, place_right = np.empty(p, int), np.empty(q, int)
    place_left[by_left.ravel()] = np.tile(np.arange(p // count), count)
    place_right[by_right.ravel()] = np.tile(np.arange(q // count), count)
    sums = np.full((count, p // count, q // count), -1)
    same_block = block_of_left[left_ids] == block_of_right[right_ids]
    sums[block_of_left[left_ids], place_left[left_ids], place_right[right_ids]] = np.arange(len(left))
    if not same_block.all() or (sums < 0).any():
        return None
    return Factors(left[left_rows[by_left]], right[right_rows[by_right]], sums)


def _distinct_rows(rows: Positions) -> tuple[Positions, Positions]:
    """Return where each distinct row first stands, in that order, and for each row which one it is."""
    first: dict[bytes, int] = {}
    starts: list[int] = []
    ids = np.empty(len(rows), int)
    width = rows.shape[1] * rows.itemsize
    text = np.ascontiguousarray(rows).tobytes()
    for n in range(len(rows)):
        row = text[n * width : (n + 1) * width]
        known = first.setdefault(row, len(starts))
        if known == len(starts):
            starts.append(n)
        ids[n] = known
    return np.array(starts, int), ids
