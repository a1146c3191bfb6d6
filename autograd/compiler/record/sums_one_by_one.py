"""Sums that have others as their parts in ways out of the ordinary, made one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import inf

import numpy as np

from autograd.compiler.record.operations import batch_sum
from autograd.compiler.record.recording import Index, Recording, Source
from autograd.compiler.record.segments import Flags, Integers, Segments
from autograd.compiler.record.terms import Run, Weight, Weights
from autograd.nary import nary_dot
from autograd.ops import mul
from autograd.primitive import Primitive

PRODUCTS = frozenset({mul, nary_dot})
"""The operations that multiply: their arguments are left factors, right factors and perhaps a bias."""


class OneByOne:
    """Sums in the making: those that are to join the only one that uses them wait for it.

    After `make`, `finished` has the runs of all others.
    """

    def __init__(self, recording: Recording, args: Segments, joining: Flags, weights: Weights) -> None:
        self.recording = recording
        self.args = args
        self.one = int(args.start[-1])
        self.joining = joining
        self.weights = weights
        self.waiting: dict[Index, list[Run]] = {}
        self.finished: dict[Index, list[Run]] = {}

    def make(self, sums: Integers) -> None:
        """Make sums, which come in rising order, so that parts come before what they join."""
        places, rows = self.args.start[sums].tolist(), self.args.chosen(sums).lists()
        for index, place, args in zip(sums.tolist(), places, rows, strict=True):
            made = self._runs(index, place, args)
            (self.waiting if self.joining[index] else self.finished)[index] = made

    def rows(self) -> Integers:
        """Return the runs of what is finished as rows of an array, below one with the sums."""
        columns = [(index, *run) for index, runs in self.finished.items() for run in runs]
        return np.array(columns, int).reshape(-1, 5).T

    def _runs(self, index: Index, place: int, args: Sequence[Index]) -> list[Run]:
        """Return the terms of a sum, whose arguments are from `place` on."""
        op, found = self.recording.op(index), list[Run]()
        if op in PRODUCTS:
            count = len(args) // 2
            if self.recording.number.keys().isdisjoint(args[: 2 * count]):
                found = [Run(0, place, place + count, count)]
            else:
                for n in range(count):
                    product = self._product(args[n], args[count + n], place + n, place + count + n)
                    found = _added(found, product)
            return _added(found, self._part(args[-1], place + 2 * count)) if len(args) % 2 else found
        if op is batch_sum:
            return [self._weighted(run, (True, 1.0)) for run in self._part(args[0], place)]
        at = {arg: place + n for n, arg in enumerate(args)}
        for (arg, (_, sign)), times in Counter(zip(args, weights_of(op, len(args)), strict=True)).items():
            found = _added(found, self._part(arg, at[arg], sign * times))
        return found

    def _product(self, left: Index, right: Index, at_left: int, at_right: int) -> list[Run]:
        number = self.recording.number
        if left in number:
            left, right, at_left, at_right = right, left, at_right, at_left
        if right not in number:
            return [Run(0, at_left, at_right, 1)]
        coefficient = number[right]
        part = self.waiting.pop(left, None)
        if part is not None:
            inner = self.weights.all[part[0].weight][1] if part else 0.0
            if sum(run.length for run in part) == 1 and _multiply_as_one(inner, coefficient):
                return [self._weighted(run, (False, coefficient)) for run in part]
            self.finished[left] = part
        return [Run(self.weights.number((False, coefficient)), at_left, self.one, 1)]

    def _part(self, part: Index, place: int, times: float = 1.0) -> list[Run]:
        if self.recording.number.get(part) == 0.0:
            return []
        found = self.waiting.pop(part, None)
        if found is None:
            return [Run(self.weights.number((False, times)), place, self.one, 1)]
        return found if times == 1.0 else [self._weighted(run, (False, times)) for run in found]

    def _weighted(self, run: Run, by: Weight) -> Run:
        return run._replace(weight=times(self.weights, run.weight, by))


def weights_of(op: Source | Primitive, count: int) -> list[Weight]:
    """Return how a sum weighs its arguments."""
    assert isinstance(op, Primitive)
    return [(op is batch_sum, float(sign)) for sign in op.derivatives(0.0, (0.0,) * count)]


def times(weights: Weights, number: int, by: Weight) -> int:
    """Return the number of a weight that does what both do."""
    over_batch, coefficient = weights.all[number]
    return weights.number((over_batch or by[0], by[1] * coefficient))


def _added(first: list[Run], second: list[Run]) -> list[Run]:
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
