"""The levels of a program: what can be computed at once, for all that it is made from has been before."""

from __future__ import annotations

import numpy as np

from autograd.compiler.arrays.program import Positions
from autograd.compiler.record.segments import Segments, by_number
from autograd.compiler.record.sums_of_products import Scalars


def levels(scalars: Scalars) -> list[tuple[Positions, Positions]]:
    """Return for each level which of the scalars that are no sums belong to it, and which of the sums."""
    lefts, rights = [
        Segments(side, scalars.terms.start) for side in (scalars.terms.lefts, scalars.terms.rights)
    ]
    level = np.full(len(scalars.depth) + 1, -1)  # the last is that of a factor of one
    for others, sums in _together(scalars.depth[scalars.others], scalars.depth[scalars.sums]):
        made = scalars.others[others]
        args = scalars.args.chosen(made)
        level[made] = args.reduced(np.maximum, level[args.flat], -1) + 1
        left, right = lefts.chosen(sums), rights.chosen(sums)
        highest = np.maximum(level[left.flat], level[right.flat])
        level[scalars.sums[sums]] = left.reduced(np.maximum, highest, -1) + 1
    return _together(level[scalars.others], level[scalars.sums])


def _together(first: Positions, second: Positions) -> list[tuple[Positions, Positions]]:
    """Return for each number from 0 on where it stands in the first and in the second."""
    count = 1 + max(int(first.max(initial=-1)), int(second.max(initial=-1)))
    return list(zip(by_number(first, count), by_number(second, count), strict=True))
