"""How many rows of positions, or positions, there are."""

from __future__ import annotations

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Positions
from autograd.compiler.record.segments import distinct_rows


def count_rows(rows: Positions) -> int:
    """Return how many rows there are, equal ones counted once."""
    return len(distinct_rows(rows)[0])


def count_distinct(positions: Positions) -> int:
    """Return how many positions there are, each counted once; NOTHING counts too."""
    return int(np.count_nonzero(np.bincount(positions - NOTHING)))
