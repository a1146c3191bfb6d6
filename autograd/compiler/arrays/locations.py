"""Where scalars lie: in which array, and at which position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Positions
from autograd.compiler.record.recording import Index
from autograd.compiler.record.segments import Segments

MIXED = -2
"""Stands for the rank of an array where there are several."""


class Locations:
    """The rank of the array that each scalar of a recording lies in, and its position there.

    A row of factors has a rank too, MIXED if they lie in several arrays. A factor of one, which is the last,
    lies nowhere: both are NOTHING.
    """

    def __init__(self, count: int) -> None:
        self.rank = np.full(count + 1, NOTHING)
        self.position = np.full(count + 1, NOTHING)

    def put(
        self, indices: Positions | list[Index], rank: int | list[int], position: Positions | list[int]
    ) -> None:
        """Let scalars lie in one array or several."""
        self.rank[indices] = rank
        self.position[indices] = position

    def put_rows(self, rows: Positions, factors: Segments) -> None:
        """Let rows lie where their factors are."""
        ranks = self.rank[factors.flat]
        rank = factors.reduced(np.maximum, ranks, MIXED)
        self.rank[rows] = np.where(factors.reduced(np.minimum, ranks, MIXED) == rank, rank, MIXED)

    def of(self, indices: Sequence[Index]) -> list[tuple[int, int]]:
        """Return rank and position of each of some scalars."""
        chosen = list(indices)
        return list(zip(self.rank[chosen].tolist(), self.position[chosen].tolist(), strict=True))
