"""Rows of positions, many of them equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Positions
from autograd.compiler.record.segments import distinct_rows, first_uses


class RepeatedRows(NamedTuple):
    """Rows of positions: row n is distinct[ids[n]]. Those come in the order of their first use."""

    distinct: Positions
    ids: Positions

    @classmethod
    def of(cls, rows: Positions) -> RepeatedRows:
        """Return the rows of an array."""
        first, ids = first_uses(rows[:, 0] - NOTHING) if rows.shape[1] == 1 else distinct_rows(rows)
        return cls(rows[first], ids)

    @classmethod
    def picked(cls, rows: Positions, ids: Positions) -> RepeatedRows:
        """Return rows of an array by their numbers, in which it is the first use that rises."""
        distinct, again = cls.of(rows)
        return cls(distinct, again[ids])

    @classmethod
    def together(cls, parts: Sequence[RepeatedRows]) -> RepeatedRows:
        """Return the rows of several, all of one length, one behind the other."""
        if len(parts) == 1:
            return parts[0]
        ends = np.cumsum([len(part.distinct) for part in parts])
        ids = [part.ids + end - len(part.distinct) for part, end in zip(parts, ends, strict=True)]
        return cls.picked(np.vstack([part.distinct for part in parts]), np.concatenate(ids))

    @property
    def length(self) -> int:
        """How many positions a row has."""
        return int(self.distinct.shape[1])

    def all(self) -> Positions:
        """Return all rows, equal ones as often as they come."""
        return self.distinct[self.ids]

    def chosen(self, places: Positions) -> RepeatedRows:
        """Return some of the rows, in this order."""
        first, ids = first_uses(self.ids[places])
        return RepeatedRows(self.distinct[self.ids[places[first]]], ids)


def count_rows(rows: Positions) -> int:
    """Return how many rows there are, equal ones counted once."""
    return len(distinct_rows(rows)[0])


def count_distinct(positions: Positions) -> int:
    """Return how many positions there are, each counted once; NOTHING counts too."""
    return int(np.count_nonzero(np.bincount(positions - NOTHING)))
