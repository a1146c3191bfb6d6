"""Sums of unequal length, as those of causal attention, brought to one length: then they are one product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from autograd import scalar
from autograd.compiler.program import NOTHING
from autograd.primitive import Primitive

Row: TypeAlias = tuple[int, ...]
"""Positions of the factors of a sum of products: left, right, left, right, …"""

LEAST_FILL = 0.4
"""How much of the padded sums must be real for padding to pay."""


def absorbs_repeats(op: Primitive) -> bool:
    """Tell whether an n-ary operation gives the same if an argument comes twice, as a maximum does."""
    return all(op.impl(scalar, x, y, x) == op.impl(scalar, x, y) for x, y in ((-1.5, 2.5), (2.5, -1.5)))


def padded(rows: list[tuple[Row, ...]]) -> list[tuple[Row, ...]]:
    """Return the sums with as many terms of each kind as the longest has, or as they are if that is too many.

    `rows[n][k]` are the terms of kind k in sum n.
    """
    longest = [max(map(len, sides)) for sides in zip(*rows, strict=True)]
    real = sum(len(row) for sides in rows for row in sides)
    if real == len(rows) * sum(longest) or real < LEAST_FILL * len(rows) * sum(longest):
        return rows
    columns = [
        _padded(column, length) for column, length in zip(zip(*rows, strict=True), longest, strict=True)
    ]
    return list(zip(*columns, strict=True))


def _padded(rows: Sequence[Row], length: int) -> Sequence[Row]:
    """Bring one kind of term to one length.

    A zero on one side is enough. So the other side can be that of a longer sum which begins or ends like this
    one: then fewer rows are distinct, and the sums may become a matrix product.
    """
    if all(len(row) == length for row in rows):
        return rows
    for kept in (1, 0):
        if rows[0][1] == NOTHING:
            break
        like = _continued(rows, kept, length)
        if like is not None:
            return like
    return [row + (NOTHING, row[1]) * ((length - len(row)) // 2) for row in rows]


def _continued(rows: Sequence[Row], kept: int, length: int) -> Sequence[Row] | None:
    """Return the rows with side `kept` continued as in a longest row, or None where it is not like one."""
    full = [row[kept::2] for row in rows if len(row) == length]
    begins, ends = {row[0]: row for row in full}, {row[-1]: row for row in full}
    found = []
    for row in rows:
        own, other = row[kept::2], row[1 - kept :: 2]
        missing = (NOTHING,) * (length // 2 - len(own))
        if begins.get(own[0], ())[: len(own)] == own:
            whole, other = begins[own[0]], other + missing
        elif ends.get(own[-1], ())[-len(own) :] == own:
            whole, other = ends[own[-1]], missing + other
        else:
            return None
        sides = (other, whole) if kept else (whole, other)
        found.append(tuple([position for pair in zip(*sides, strict=True) for position in pair]))
    return found
