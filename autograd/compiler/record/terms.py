"""Sums of products, made of operations that add and multiply, and of sums that only one other uses.

What has nothing out of the ordinary is done for all sums at once, the rest one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from math import inf
from typing import NamedTuple, TypeAlias

import numpy as np

from autograd import scalar
from autograd.compiler.record.distinct import Distinct, Flags
from autograd.compiler.record.recording import Index, Recording, Source, batch_sum
from autograd.compiler.record.segments import Integers, Segments, runs, starts
from autograd.nary import nary_dot
from autograd.ops import TABLE, mul
from autograd.primitive import Primitive

ONE: Index = -1
"""Stands in a term for a factor of one."""

_PRODUCTS = frozenset({mul, nary_dot})
_SUMS = frozenset({*[op for op in TABLE.values() if op.sum_of_products], batch_sum})

Weight: TypeAlias = tuple[bool, float]
"""What is done with a product: whether it is summed over the batch, and its coefficient."""

PLAIN: Weight = (False, 1.0)


class Terms(NamedTuple):
    """Sums of products. Sum n has the terms from `start[n]` to `start[n + 1]`, each a weight and two factors.

    `weights` are numbers of `kinds`.
    """

    start: Integers
    weights: Integers
    lefts: Integers
    rights: Integers
    kinds: Sequence[Weight]


class _Run(NamedTuple):
    """Some terms of one weight: from which place on their left and their right factors lie, and how many.

    Of many runs these are rows of an array, below one with the sums that they belong to.
    """

    weight: int
    left: int
    right: int
    length: int


def sums_among(recording: Recording) -> Flags:
    """Mark the scalars that are sums of products."""
    return _made_by(recording, _SUMS)


def _made_by(recording: Recording, ops: Iterable[Primitive]) -> Flags:
    return np.isin(np.fromiter(map(id, recording.ops), int, len(recording.ops)), list(map(id, ops)))


class Sums:
    """Sums in the making: those that only one other uses wait until they become part of it.

    Factors are told by their place among all arguments, behind which lies a factor of one.
    """

    def __init__(self, recording: Recording, calls: Distinct, is_sum: Flags, uses: Integers) -> None:
        self.recording = recording
        self.args = calls.args
        self.one = len(calls.args.flat)
        self.is_sum = is_sum
        self.is_product = _made_by(recording, _PRODUCTS)
        self.over_batch = _made_by(recording, [batch_sum])
        self.number = np.full(len(is_sum), np.nan)
        self.number[list(recording.number)] = list(recording.number.values())
        self.is_number = np.zeros(len(is_sum), bool)
        self.is_number[list(recording.number)] = True
        self.sums = calls.scalars[is_sum[calls.scalars]]
        self.user = np.full(len(is_sum), -1)
        self.joining, self.joined_at = self._joining(calls.scalars, uses)
        self.kinds = [PLAIN]
        self.kind_of: dict[Weight, int] = {PLAIN: 0}
        self.waiting: dict[Index, list[_Run]] = {}
        self.finished: dict[Index, list[_Run]] = {}

    def _joining(self, scalars: Integers, uses: Integers) -> tuple[Flags, Flags]:
        """Mark the sums and products that are to become part of the only one that uses them, and where.

        A gradient with one share looks like those with many only if it stays whole.
        """
        recording, flat, start = self.recording, self.args.flat, self.args.start
        place = np.zeros(len(uses), int)
        places, rows = self.args.places(scalars)
        self.user[flat[places]] = np.repeat(scalars, np.diff(rows))
        place[flat[places]] = places
        parts = self.sums[uses[self.sums] == 1]
        users, at = self.user[parts], place[parts]
        count, nth = (start[users + 1] - start[users]) // 2, at - start[users]
        # Terms by themselves, or with a number as their coefficient: of a product, the bias is one.
        partner = flat[np.minimum(np.where(nth < count, at + count, at - count), self.one - 1)]
        is_term = ~self.is_product[users] | (nth == 2 * count) | self.is_number[partner]
        batched = np.frombuffer(recording.batched, bool)
        alike = (parts < recording.written) & (batched[parts] == batched[users])
        chosen = self.is_sum[users] & is_term & (self.over_batch[users] | alike)
        joining, joined_at = np.zeros(len(uses), bool), np.zeros(self.one, bool)
        joining[parts[chosen]], joined_at[at[chosen]] = True, True
        return joining, joined_at

    def made(self) -> tuple[Integers, Terms]:
        """Return the scalars that are sums, in rising order, and their terms."""
        at_once, done = self._made_at_once()
        others = self.sums[~done[self.sums]]
        places = self.args.start[others].tolist()
        for index, place, args in zip(others.tolist(), places, self.args.chosen(others).lists(), strict=True):
            made = self._runs(index, place, args)
            (self.waiting if self.joining[index] else self.finished)[index] = made
        one_by_one = chain.from_iterable((i, *run) for i, found in self.finished.items() for run in found)
        columns = np.hstack([*at_once, np.fromiter(one_by_one, int).reshape(-1, 5).T])
        owner, weight, left, right, count = columns[:, np.argsort(columns[0], kind="stable")]
        self.joining[list(self.finished)] = False
        sums = self.sums[~self.joining[self.sums]]
        factors = np.append(self.args.flat, ONE)
        row = np.repeat(np.searchsorted(sums, owner), count)
        row, weights, lefts, rights = self._collected(
            row, np.repeat(weight, count), factors[runs(left, count)], factors[runs(right, count)]
        )
        start = starts(np.bincount(row, minlength=len(sums)))
        return sums, Terms(start, weights, lefts, rights, self.kinds)

    def _kind(self, weight: Weight) -> int:
        kind = self.kind_of.setdefault(weight, len(self.kinds))
        if kind == len(self.kinds):
            self.kinds.append(weight)
        return kind

    # ---- all at once -----------------------------------------------------------------------------------

    def _made_at_once(self) -> tuple[list[Integers], Flags]:
        """Return the runs of sums that have no others as their parts, and which sums these are.

        But sums over the batch may have plain sums of products as theirs.
        """
        sums, flat = self.sums, self.args.flat
        places, rows = self.args.places(sums)
        edges = Segments(flat[places], rows)
        joining, user, is_product = self.joining[sums], self.user[sums], self.is_product[sums]
        whole = ~edges.reduced(np.logical_or, self.joined_at[places], False)
        into_batch = joining & self.over_batch[user] & ~self.joining[user]
        bias = self.args.start[sums + 1] - 1
        is_biased = is_product & (edges.counts % 2 == 1)
        numbers = edges.reduced(np.add, self.is_number[edges.flat].astype(int), 0)
        has_numbers = numbers > (is_biased & self.is_number[flat[bias]])

        plain = is_product & whole & ~has_numbers & (~joining | into_batch)
        scaled = is_product & whole & has_numbers & ~joining
        added = ~is_product & whole & ~joining
        done = np.zeros(len(self.is_sum), bool)
        done[sums[plain | scaled | added]] = True
        done[user[plain & into_batch]] = True

        owner = np.where(into_batch, user, sums)
        weight = np.where(into_batch, self._kind((True, 1.0)), 0)
        start, count = self.args.start[sums], edges.counts // 2
        biased = (plain | scaled) & is_biased & (self.number[flat[bias]] != 0.0)
        found = [
            np.stack([owner, weight, start, start + count, count])[:, plain],
            np.stack([owner, weight, bias, np.full_like(bias, self.one), np.ones_like(bias)])[:, biased],
            self._scaled(sums[scaled], start[scaled], count[scaled]),
        ]
        return [*found, *self._added_up(sums[added])], done

    def _scaled(self, sums: Integers, start: Integers, count: Integers) -> Integers:
        """Return the runs of products, a term each, where numbers among the factors are coefficients."""
        left = runs(start, count)
        right = left + np.repeat(count, count)
        turned = self.is_number[self.args.flat[left]]
        left, right = np.where(turned, right, left), np.where(turned, left, right)
        by = np.flatnonzero(self.is_number[self.args.flat[right]])
        numbers, which = np.unique(self.number[self.args.flat[right[by]]], return_inverse=True)
        weight = np.zeros_like(left)
        weight[by] = np.array([self._kind((False, number)) for number in numbers.tolist()], int)[which]
        right[by] = self.one
        return np.stack([np.repeat(sums, count), weight, left, right, np.ones_like(left)])

    def _added_up(self, sums: Integers) -> list[Integers]:
        """Return the runs of sums whose arguments are terms, which those that are zero are not."""
        found: list[Integers] = []
        op, counts = self.recording.ops, self.args.start[sums + 1] - self.args.start[sums]
        code = np.fromiter(map(id, map(op.__getitem__, sums.tolist())), int, len(sums))
        for kind, count in np.unique(np.stack([code, counts]), axis=1).T:
            rows = sums[(code == kind) & (counts == count)]
            places = self.args.start[rows, None] + np.arange(count)
            weight = np.array(list(map(self._kind, self._weights(op[rows[0]], count))))
            columns = [rows[:, None], weight, places, self.one, 1]
            nonzero = self.number[self.args.flat[places]] != 0.0
            found.append(np.stack([np.broadcast_to(column, places.shape)[nonzero] for column in columns]))
        return found

    def _weights(self, op: Source | Primitive, count: int) -> list[Weight]:
        """Return how a sum weighs its arguments."""
        assert isinstance(op, Primitive)
        return [(op is batch_sum, float(sign)) for sign in op.derivatives(0.0, (0.0,) * count)]

    # ---- one by one ------------------------------------------------------------------------------------

    def _runs(self, index: Index, place: int, args: Sequence[Index]) -> list[_Run]:
        """Return the terms of a sum, whose arguments are from `place` on."""
        op, found = self.recording.ops[index], list[_Run]()
        if op in _PRODUCTS:
            count = len(args) // 2
            if not self.is_number[args[: 2 * count]].any():
                found = [_Run(0, place, place + count, count)]
            else:
                for n in range(count):
                    found = _added(
                        found, self._product(args[n], args[count + n], place + n, place + count + n)
                    )
            return _added(found, self._part(args[-1], place + 2 * count)) if len(args) % 2 else found
        if op is batch_sum:
            parts = self._part(args[0], place)
            return [run._replace(weight=self._kind((True, self.kinds[run.weight][1]))) for run in parts]
        at = {arg: place + n for n, arg in enumerate(args)}
        for (arg, (_, sign)), times in Counter(zip(args, self._weights(op, len(args)), strict=True)).items():
            found = _added(found, self._part(arg, at[arg], sign * times))
        return found

    def _product(self, left: Index, right: Index, at_left: int, at_right: int) -> list[_Run]:
        number = self.recording.number
        if left in number:
            left, right, at_left, at_right = right, left, at_right, at_left
        if right not in number:
            return [_Run(0, at_left, at_right, 1)]
        coefficient = number[right]
        part = self.waiting.pop(left, None)
        if part is not None:
            inner = self.kinds[part[0].weight][1] if part else 0.0
            if sum(run.length for run in part) == 1 and _multiply_as_one(inner, coefficient):
                return self._times(part, coefficient)
            self.finished[left] = part
        return [_Run(self._kind((False, coefficient)), at_left, self.one, 1)]

    def _part(self, part: Index, place: int, times: float = 1.0) -> list[_Run]:
        if self.recording.number.get(part) == 0.0:
            return []
        waiting = self.waiting.pop(part, None)
        return (
            [_Run(self._kind((False, times)), place, self.one, 1)]
            if waiting is None
            else self._times(waiting, times)
        )

    def _times(self, found: list[_Run], by: float) -> list[_Run]:
        if by == 1.0:
            return found
        weights = [self.kinds[run.weight] for run in found]
        return [
            run._replace(weight=self._kind((over_batch, by * coefficient)))
            for run, (over_batch, coefficient) in zip(found, weights, strict=True)
        ]

    # ---- terms of equal factors ------------------------------------------------------------------------

    def _collected(
        self, row: Integers, weights: Integers, lefts: Integers, rights: Integers
    ) -> Sequence[Integers]:
        """Return the terms with those of a sum that have equal factors made one, as the two shares of x · x.

        Coefficients of opposite signs stay two: x − x is nan at an infinity, and so is x + 0 · x.
        """
        columns = [row, weights, lefts, rights]
        left, right = np.random.default_rng(0).integers(2**62, size=2)
        names = row << 40 | (lefts * left + rights * right) & 2**40 - 1  # alike by chance costs time, no more
        names.sort()
        mixed = np.zeros(int(row.max(initial=0)) + 1, bool)
        mixed[names[1:][names[1:] == names[:-1]] >> 40] = True
        repeated = np.flatnonzero(mixed[row])
        kept = np.ones(len(row), bool)
        kept[repeated] = False
        place_of: dict[tuple[int, bool, Index, Index, float], int] = {}
        of_each = [column[repeated].tolist() for column in columns]
        for place, n, weight, left, right in zip(repeated.tolist(), *of_each, strict=True):
            over_batch, coefficient = self.kinds[weight]
            sign = scalar.sign(coefficient) if abs(coefficient) < 1e290 else coefficient
            first = place_of.setdefault((n, over_batch, left, right, sign), place)
            kept[first] = True
            if first != place:
                weights[first] = self._kind((over_batch, self.kinds[weights[first]][1] + coefficient))
        return [column[kept] for column in columns]


def _added(first: list[_Run], second: list[_Run]) -> list[_Run]:
    """Return both as one. The longer grows, so that a chain of + costs no more than its length."""
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    longer.extend(shorter)
    return longer


def _multiply_as_one(inner: float, outer: float) -> bool:
    """Tell whether outer · (inner · x) is (outer · inner) · x, up to rounding, whatever x is.

    If one made x larger and the other smaller again, an overflow in between would be forgotten.
    """
    together = inner * outer
    in_range = 1e-290 < abs(together) < inf or (together == 0.0 and 0.0 in (inner, outer))
    return (in_range and (abs(inner) >= 1.0) == (abs(outer) >= 1.0)) or abs(outer) == 1.0 or abs(inner) == 1.0
