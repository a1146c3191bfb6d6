"""Rows of numbers of unequal length in one array, for NumPy to take many of them at once."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Segments(NamedTuple):
    """Row n is flat[start[n] : start[n + 1]]."""

    flat: Integers
    start: Integers

    @classmethod
    def of(cls, rows: Integers) -> Segments:
        """Return the rows of an array."""
        return cls(rows.ravel(), np.arange(len(rows) + 1) * rows.shape[1])

    @property
    def counts(self) -> Integers:
        """The length of each row."""
        return self.start[1:] - self.start[:-1]

    def counts_of(self, rows: Integers) -> Integers:
        """Return the length of each of some rows."""
        return self.start[rows + 1] - self.start[rows]

    def chosen(self, rows: Integers) -> Segments:
        """Return some of the rows, in this order."""
        at, start = self.places(rows)
        return Segments(self.flat[at], start)

    def block(self, rows: Integers) -> Integers:
        """Return some of the rows, all of one length, as an array."""
        counts = self.counts_of(rows)
        return self.flat[self.start[rows, None] + np.arange(counts.max(initial=1))]

    def places(self, rows: Integers) -> tuple[Integers, Integers]:
        """Return where in `flat` the elements of some rows are, and where each row then starts."""
        first = self.start[rows]
        start = starts(self.start[rows + 1] - first)
        return _runs(first, start), start

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


class Rows:
    """Rows to which others are added: one as a tuple, or many of one length as an array.

    Those added one by one wait as they are, for to take numbers out of tuples all at once is sooner done.
    """

    def __init__(self) -> None:
        self._flat = array("q")
        self._start = array("q", [0])
        self._waiting: list[tuple[int, ...]] = []
        self.append = self._waiting.append

    def __copy__(self) -> Rows:
        other = Rows()
        other._flat, other._start = self._flat[:], self._start[:]
        other._waiting += self._waiting
        return other

    def __len__(self) -> int:
        return len(self._start) - 1 + len(self._waiting)

    def __getitem__(self, n: int) -> tuple[int, ...]:
        settled = len(self._start) - 1
        if n >= settled:
            return self._waiting[n - settled]
        return tuple(self._flat[self._start[n] : self._start[n + 1]])

    def extend(self, rows: Integers) -> None:
        """Add the rows of an array."""
        self._settle()
        self._add(rows.ravel(), np.full(len(rows), rows.shape[1]))

    def block(self, rows: Integers) -> Integers:
        """Return some rows, all of one length, as an array."""
        return self.shared().block(rows)

    def shared(self) -> Segments:
        """Return all rows as they lie here; as long as somebody has them, none can be added."""
        self._settle()
        return Segments(np.frombuffer(self._flat, np.int64), np.frombuffer(self._start, np.int64))

    def segments(self) -> Segments:
        """Return all rows, in arrays of their own."""
        return Segments(*map(np.array, self.shared()))

    def _settle(self) -> None:
        counts = np.fromiter(map(len, self._waiting), int, len(self._waiting))
        self._add(np.fromiter(chain.from_iterable(self._waiting), int, int(counts.sum())), counts)
        self._waiting.clear()

    def _add(self, flat: Integers, counts: Integers) -> None:
        self._start.frombytes((len(self._flat) + np.cumsum(counts)).view(np.uint8).data)
        self._flat.frombytes(flat.view(np.uint8).data)


def together(parts: Sequence[Segments]) -> Segments:
    """Return the rows of several, those of one behind those of the other."""
    return Segments(
        np.concatenate([part.flat for part in parts]), starts(np.concatenate([part.counts for part in parts]))
    )


def starts(counts: Integers) -> Integers:
    """Return where rows of these lengths start, and where the last one ends."""
    found = np.zeros(len(counts) + 1, int)
    counts.cumsum(out=found[1:])
    return found


def runs(first: Integers, counts: Integers) -> Integers:
    """Return first[0], first[0] + 1, … up to counts[0] numbers, then those from first[1] on, and so on."""
    return _runs(first, starts(counts))


def _runs(first: Integers, start: Integers) -> Integers:
    """Return the same, where it is known where each run starts in what is returned, and the last one ends."""
    if len(first) < 2:
        return np.arange(start[-1]) + (first[0] if len(first) else 0)
    found = (first - start[:-1]).repeat(start[1:] - start[:-1])
    found += np.arange(start[-1])
    return found


def distinct_numbers(numbers: NDArray[Any]) -> tuple[Integers, Integers]:
    """Return where each distinct number first stands, in their rising order, and for each which one it is.

    Where it first stands is what np.unique knows too, but in more than twice the time.
    """
    order = np.argsort(numbers)
    ordered = numbers[order]
    begins = np.append(np.ones(min(1, len(numbers)), bool), ordered[1:] != ordered[:-1])
    ids = np.empty(len(numbers), int)
    ids[order] = np.cumsum(begins) - 1
    return np.minimum.reduceat(order, np.flatnonzero(begins)) if len(numbers) else order, ids


def first_uses(numbers: Integers) -> tuple[Integers, Integers]:
    """Return where each of some numbers, none negative, first stands, in that order, and which one each is.

    It takes no sorting, and room for as many numbers as the largest says.
    """
    if len(numbers) == 1:  # as is most often asked for in small programs
        return np.zeros(1, int), np.zeros(1, int)
    places = np.arange(len(numbers))
    first = np.empty(int(numbers.max(initial=-1)) + 1, int)
    first[numbers[::-1]] = places[::-1]
    is_first = first[numbers] == places
    return np.flatnonzero(is_first), (np.cumsum(is_first) - 1)[first[numbers]]


def distinct_rows(rows: Integers) -> tuple[Integers, Integers]:
    """Return where each distinct row first stands, in that order, and for each row which one it is."""
    count, length = rows.shape
    return distinct_runs(rows.ravel(), np.arange(count) * length, length)


def distinct_runs(flat: Integers, start: Integers, length: int) -> tuple[Integers, Integers]:
    """Return the same for rows of one length that start there in `flat`; few are looked at at once."""
    every = np.arange(len(start))
    if len(every) < 2:
        return every, every
    runs_from = np.ndarray((max(len(flat) - length + 1, 0), length), np.int64, flat, 0, (8, 8))
    mix = _mix(length)
    mixed = [runs_from[start[some]] @ mix for some in _few(every, length)]
    first, ids = distinct_numbers(np.concatenate([*mixed, np.empty(0, int)]))
    # Unequal rows have one product once in 2⁶⁴ times.
    others = np.flatnonzero(first[ids] != every)
    if not all(
        np.array_equal(runs_from[start[first[ids[some]]]], runs_from[start[some]])
        for some in _few(others, length)
    ):
        _, ids = np.unique(runs_from[start], return_inverse=True, axis=0)
    return first_uses(ids.ravel())


def _few(rows: Integers, length: int) -> Iterator[Integers]:
    """Yield as many of some rows at once as a processor's cache has room for: larger arrays take longer."""
    count = 2**16 // (length + 1) + 1
    return (rows[n : n + count] for n in range(0, len(rows), count))


@cache
def _mix(count: int) -> Integers:
    return np.random.default_rng(0).integers(1, 2**62, count)


def numbers_among(numbers: Integers) -> list[int]:
    """Return which numbers there are, small ones and none negative, in rising order."""
    return np.flatnonzero(np.bincount(numbers)).tolist()


def alike(first: Integers, second: Integers) -> list[Integers]:
    """Return the places where the same two numbers, none negative, stand in both columns, pair by pair.

    They come in the order of the first place of each pair.
    """
    pairs = first * (int(second.max(initial=0)) + 1) + second
    return by_number(distinct_rows(pairs[:, None])[1]) if len(pairs) else []


def by_number(numbers: Integers, count: int = 0) -> list[Integers]:
    """Return for each number from 0 on, up to the largest and below `count`, where it stands."""
    order = numbers.argsort(kind="stable")
    ends = np.bincount(numbers, minlength=count).cumsum().tolist()
    return [order[a:b] for a, b in pairwise([0, *ends])]
