"""Rows of numbers of unequal length in one array, for NumPy to take many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Segments(NamedTuple):
    """Row n is flat[start[n] : start[n + 1]]."""

    flat: Integers
    start: Integers

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Segments:
        """Return the rows, one behind the other."""
        start = starts(np.fromiter(map(len, rows), int, len(rows)))
        return cls(np.fromiter(chain.from_iterable(rows), int, int(start[-1])), start)

    @property
    def counts(self) -> Integers:
        """The length of each row."""
        return np.diff(self.start)

    def chosen(self, rows: Integers) -> Segments:
        """Return some of the rows, in this order."""
        at, start = self.places(rows)
        return Segments(self.flat[at], start)

    def places(self, rows: Integers) -> tuple[Integers, Integers]:
        """Return where in `flat` the elements of some rows are, and where each row then starts."""
        counts = self.start[rows + 1] - self.start[rows]
        return runs(self.start[rows], counts), starts(counts)

    def reduced(self, ufunc: np.ufunc, values: NDArray[Any], empty: Any) -> NDArray[Any]:
        """Return what np.maximum, say, makes of the values of each row; there is one for each of `flat`."""
        found = np.full(len(self.start) - 1, empty, values.dtype)
        filled = np.flatnonzero(self.counts)
        if len(filled):
            found[filled] = ufunc.reduceat(values, self.start[filled])
        return found

    def lists(self) -> Iterable[list[int]]:
        """Return the rows as lists."""
        flat = self.flat.tolist()
        return (flat[a:b] for a, b in pairwise(self.start.tolist()))


def starts(counts: Integers) -> Integers:
    """Return where rows of these lengths start, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts)])


def runs(first: Integers, counts: Integers) -> Integers:
    """Return first[0], first[0] + 1, … up to counts[0] numbers, then those from first[1] on, and so on."""
    start = starts(counts)
    return np.repeat(first - start[:-1], counts) + np.arange(start[-1])


def by_number(numbers: Integers, count: int = 0) -> list[Integers]:
    """Return for each number from 0 on, up to the largest and below `count`, where it stands."""
    ends = np.cumsum(np.bincount(numbers, minlength=count))
    return np.split(np.argsort(numbers, kind="stable"), ends[:-1])
