"""The levels of a program: what can be computed at once, for all that it is made from has been before."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograd.compiler.arrays.program import Positions
from autograd.compiler.record.segments import Segments, by_number
from autograd.compiler.record.sums_of_products import Scalars


class Level(NamedTuple):
    """Which of the scalars that are no sums belong to a level, and which of the sums.

    Of the `rows` of factors, which ones are complete since the level before.
    """

    others: Positions
    sums: Positions
    rows: Positions


def levels(scalars: Scalars) -> list[Level]:
    """Return the levels in their order."""
    terms, depth = scalars.terms, scalars.depth
    lefts, rights = Segments(terms.lefts, terms.start), Segments(terms.rights, terms.start)
    level = np.full(len(depth) + 1, -1)  # the last is that of a factor of one
    for others, sums, rows in _together(depth[scalars.others], depth[scalars.sums], depth[scalars.rows]):
        made = scalars.others[others]
        args = scalars.args.chosen(made)
        level[made] = args.reduced(np.maximum, level[args.flat], -1) + 1
        left, right = lefts.chosen(sums), rights.chosen(sums)
        highest = np.maximum(level[left.flat], level[right.flat])
        level[scalars.sums[sums]] = left.reduced(np.maximum, highest, -1) + 1
        factors = scalars.args.chosen(scalars.rows[rows])
        level[scalars.rows[rows]] = factors.reduced(np.maximum, level[factors.flat], -1)
    return _together(level[scalars.others], level[scalars.sums], level[scalars.rows] + 1)


def _together(*numbers: Positions) -> list[Level]:
    """Return for each number from 0 on where it stands in each column."""
    count = 1 + max(int(column.max(initial=-1)) for column in numbers)
    return [Level(*level) for level in zip(*[by_number(column, count) for column in numbers], strict=True)]
