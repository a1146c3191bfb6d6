"""Sums that have others as their parts in ways out of the ordinary, made one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import nan

import numpy as np

from autograd.compiler.record.operations import batch_sum
from autograd.compiler.record.recording import Index, Leaf, Recording
from autograd.compiler.record.segments import Flags, Integers, Segments
from autograd.compiler.record.terms import JOINED, ONE, Term, Weight, Weights, is_coefficient
from autograd.nary import nary_dot
from autograd.ops import mul
from autograd.primitive import Primitive

PRODUCTS = frozenset({mul, nary_dot})
"""The operations that multiply: their arguments are left factors, right factors and perhaps a bias."""


class OneByOne:
    """Sums in the making: those that are to join the only one that uses them wait for it.

    After `make`, `finished` has the terms of all others.
    """

    def __init__(self, recording: Recording, args: Segments, joining: Flags, weights: Weights) -> None:
        self.recording = recording
        self.args = args
        self.joining = joining
        self.weights = weights
        self.waiting: dict[Index, list[Term]] = {}
        self.finished: dict[Index, list[Term]] = {}

    def make(self, sums: Integers) -> None:
        """Make sums, which come in rising order, so that parts come before what they join."""
        for index, args in zip(sums.tolist(), self.args.chosen(sums).lists(), strict=True):
            made = self._terms(index, args)
            (self.waiting if self.joining[index] else self.finished)[index] = made

    def columns(self) -> Integers:
        """Return the terms of what is finished as columns of an array, each below its sum."""
        columns = [(index, *term) for index, terms in self.finished.items() for term in terms]
        return np.array(columns, int).reshape(-1, 4).T

    def _terms(self, index: Index, args: Sequence[Index]) -> list[Term]:
        """Return the terms of a sum, which has these arguments."""
        op, found = self.recording.op(index), list[Term]()
        if op in PRODUCTS:
            count = len(args) // 2
            for left, right in zip(args[:count], args[count:], strict=False):
                found = _added(found, self._product(left, right))
            return _added(found, self._part(args[-1])) if len(args) % 2 else found
        if op is batch_sum:
            return [self._weighted(term, (True, 1.0)) for term in self._part(args[0])]
        for (arg, (_, sign)), times in Counter(zip(args, weights_of(op, len(args)), strict=True)).items():
            found = _added(found, self._part(arg, sign * times))
        return found

    def _product(self, left: Index, right: Index) -> list[Term]:
        number = self.recording.number
        if left in number:
            left, right = right, left
        if not is_coefficient(number.get(right, nan)):
            return [Term(0, left, right)]
        coefficient = number[right]
        part = self.waiting.pop(left, None)
        if part is not None:
            inner = self.weights.all[part[0].weight][1] if part else 0.0
            if len(part) == 1 and not self._is_row(part[0].left) and _multiply_as_one(inner, coefficient):
                return [self._weighted(term, (False, coefficient)) for term in part]
            self.finished[left] = part
        return [Term(self.weights.number((False, coefficient)), left, ONE)]

    def _is_row(self, factor: Index) -> bool:
        return factor >= len(self.recording)

    def _part(self, part: Index, times: float = 1.0) -> list[Term]:
        if self.recording.number.get(part) == 0.0:
            return []
        found = self.waiting.pop(part, None)
        if found is None:
            return [Term(self.weights.number((False, times)), part, ONE)]
        return found if times == 1.0 else [self._weighted(term, (False, times)) for term in found]

    def _weighted(self, term: Term, by: Weight) -> Term:
        return term._replace(weight=times(self.weights, term.weight, by))


def weights_of(op: Leaf | Primitive, count: int) -> list[Weight]:
    """Return how a sum weighs its arguments."""
    assert isinstance(op, Primitive)
    return [(op is batch_sum, float(sign)) for sign in op.derivatives(0.0, (0.0,) * count)]


def times(weights: Weights, number: int, by: Weight) -> int:
    """Return the number of a weight that does what both do."""
    over_batch, coefficient = weights.all[number]
    return weights.number((over_batch or by[0], by[1] * coefficient))


def _added(first: list[Term], second: list[Term]) -> list[Term]:
    """Return both as one. The longer grows, so that a chain of + costs no more than its length."""
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    longer.extend(shorter)
    return longer


def _multiply_as_one(inner: float, outer: float) -> bool:
    """Tell whether outer · (inner · x) is (outer · inner) · x, up to rounding, whatever x is.

    If one made x larger and the other smaller again, an overflow in between would be forgotten.
    """
    together = inner * outer
    in_range = JOINED[0] < abs(together) < JOINED[1] or (together == 0.0 and 0.0 in (inner, outer))
    return (in_range and (abs(inner) >= 1.0) == (abs(outer) >= 1.0)) or abs(outer) == 1.0 or abs(inner) == 1.0
