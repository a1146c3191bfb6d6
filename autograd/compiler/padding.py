"""Sums of unequal length, as those of causal attention, brought to one length: then they are one product."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import inf
from typing import TypeAlias

from autograd import scalar
from autograd.compiler.products import LEAST_FILL
from autograd.compiler.program import NOTHING
from autograd.primitive import Primitive

Row: TypeAlias = tuple[int, ...]
"""Positions of the factors of a sum of products: left, right, left, right, …"""


@cache
def neutral(op: Primitive) -> float | None:
    """Return the number that makes no difference to an n-ary operation, as minus infinity to a maximum."""
    samples = ((-1.5, 2.5), (2.5, -1.5), (0.0, 0.5), (inf, 2.0), (-inf, -inf))
    for number in (-0.0, 1.0, -inf, inf):  # with 0.0, a sum of -0.0 would be 0.0
        if all(op.impl(scalar, *xs, number) == op.impl(scalar, *xs) for xs in samples):
            return number
    return None


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
    if rows[0][1] == NOTHING:  # scalars alone, with no other side
        return [row + (NOTHING, NOTHING) * ((length - len(row)) // 2) for row in rows]
    ways = [_continued(rows, kept, length) for kept in (0, 1)]
    return min(ways, key=lambda way: len({row[0::2] for row in way}) + len({row[1::2] for row in way}))


def _continued(rows: Sequence[Row], kept: int, length: int) -> list[Row]:
    """Return the rows with side `kept` continued as in the longest row that begins or ends as it does."""
    begins: dict[int, Row] = {}
    ends: dict[int, Row] = {}
    for row in sorted((row[kept::2] for row in rows), key=len):
        begins[row[0]] = ends[row[-1]] = row
    found = []
    for row in rows:
        own, other = row[kept::2], row[1 - kept :: 2]
        at_start, at_end = begins[own[0]], ends[own[-1]]
        if at_start[: len(own)] != own or (len(at_end) > len(at_start) and at_end[-len(own) :] == own):
            whole, other = at_end, (NOTHING,) * (len(at_end) - len(own)) + other
            if at_end[-len(own) :] != own:
                whole, other = own, row[1 - kept :: 2]
        else:
            whole, other = at_start, other + (NOTHING,) * (len(at_start) - len(own))
        missing = length // 2 - len(whole)
        whole, other = whole + whole[:1] * missing, other + (NOTHING,) * missing
        sides = (other, whole) if kept else (whole, other)
        found.append(tuple([position for pair in zip(*sides, strict=True) for position in pair]))
    return found
