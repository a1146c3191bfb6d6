"""Sums of unequal length, as those of causal attention, brought to one length: then they are one product."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import inf
from typing import TypeAlias

from autograd import scalar
from autograd.compiler.arrays.products import LEAST_FILL
from autograd.compiler.arrays.program import NOTHING
from autograd.primitive import Primitive

Row: TypeAlias = tuple[int, ...]
"""Positions of the factors of a sum of products: left, right, left, right, …"""


@cache
def identity_element(op: Primitive) -> float | None:
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

    A zero on one side is enough. So the other side can be that of a longer sum which has all of this one's:
    then fewer rows are distinct, and the sums may become a matrix product.
    """
    if all(len(row) == length for row in rows):
        return rows
    if rows[0][1] == NOTHING:  # scalars alone, with no other side
        return [row + (NOTHING, NOTHING) * ((length - len(row)) // 2) for row in rows]
    ways = [_completed(rows, kept, length // 2) for kept in (0, 1)]
    return min(ways, key=lambda way: len({row[0::2] for row in way}) * len({row[1::2] for row in way}))


def _completed(rows: Sequence[Row], kept: int, count: int) -> list[Row]:
    """Return the rows with side `kept` as in the longest row that has all of it, and `count` terms."""
    longest: dict[int, Row] = {}
    for side in sorted({row[kept::2] for row in rows}, key=len):
        longest.update(dict.fromkeys(side, side))
    found = []
    for row in rows:
        own, other = row[kept::2], row[1 - kept :: 2]
        partner = dict(zip(own, other, strict=True))
        wholes = (longest[own[0]], longest[own[-1]])
        whole = next((whole for whole in wholes if partner.keys() <= set(whole)), own)
        if len(partner) == len(own) and len(set(whole)) == len(whole):
            other = tuple([partner.get(position, NOTHING) for position in whole])
        else:
            whole = own  # with a factor that comes twice
        missing = count - len(whole)
        whole, other = whole + whole[:1] * missing, other + (NOTHING,) * missing
        sides = (other, whole) if kept else (whole, other)
        found.append(tuple([position for pair in zip(*sides, strict=True) for position in pair]))
    return found
