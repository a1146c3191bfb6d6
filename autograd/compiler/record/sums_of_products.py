"""From a recording to the scalars that matter: dead code gone, and trees of + over * made sums of products.

A sum of products is what a neuron's weighted sum is, whether it was written with `dot`, with Python's `sum`
or with `+` and `*`; and what every gradient is. The next step finds matrices among them.

What may be computed otherwise than it was written, in the whole compiler, is this:

| rewrite | where | what it may change |
|---|---|---|
| an operation on numbers alone is done once, at recording | recording.apply | nothing |
| 1 · x is x; `identity` and `detach` are their argument | recording.apply, `_distinct` | nothing |
| what is taken by an index that is known is the value there | recording.apply | nothing |
| what is taken by another is a sum of products with 0 and 1 | tracer, TRANSPARENT | nan at an ∞; 0 for −0 |
| equal operations are one; what nobody needs is left out | recording.apply, `_distinct` | nothing |
| x + 0 is x | `_distinct`, `_part` | −0 for 0 |
| x + x is 2 · x, a · x + b · x is (a + b) · x for a and b of one sign | `_sum`, `_collected` | rounding |
| a · (b · x) is (a · b) · x, unless one grows and the other shrinks | `_product` | rounding |
| (a + b) + c, a + (b + c) and −(a − b) are one sum in any order | `_sum` | rounding; 0 for −0 |
| sums are matrix products, filled up with products with zero | grouping, padding | as above; nan at an ∞ |
| the mean of what is the same in every example is that number | recording.over_batch | rounding |
| what is the same in every example is done once; what flows back is added up before | sweep | nan to ∞ |
| a power's slope and a `nan_fallback` are as usual | elementwise, TRANSPARENT | a number to nan |

None turns nan or an infinity into a number: x − x stays nan at ∞, for terms of opposite signs never meet.
Where a number becomes nan the exact program, which has no zeros filled in, decides; where the sign of a zero
does (signs.py), it makes the sums as they were written. "Rounding" includes what overflows on the way: of
terms near 1.8e308 a sum in one order may be finite and in another infinite. The sign of a zero in a result is
not kept. XLA does more: it drops + 0 even so, multiplies numbers first, rounds a product and a sum
once (2 · x − x may be a number where 2 · x overflows), and takes subnormal numbers for zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain as joined
from math import inf
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np

from autograd import scalar
from autograd.compiler.record.recording import Index, Recording, Source, batch_sum, fast_or_exact
from autograd.compiler.record.signs import nan_at_zero, signs_told
from autograd.nary import nary_dot, nary_sum
from autograd.ops import add, detach, identity, mul, nan_fallback, neg, sub
from autograd.primitive import Primitive

ONE: Index = -1
"""Stands in a term for a factor of one."""

AS_OUTPUT = 2
"""What being asked for counts as uses: more than one, so that an output is never made part of a sum."""

_Transparent: TypeAlias = Mapping[Primitive | Source, int]
_EXACTLY_TRANSPARENT: _Transparent = {identity: 0, detach: 0, fast_or_exact: 1}
TRANSPARENT: _Transparent = {**_EXACTLY_TRANSPARENT, nan_fallback: 0, fast_or_exact: 0}
"""Operations that give one argument as it is, and which; where that is nan they may give a number."""

_SUMS = frozenset({add, sub, nary_sum, neg, nary_dot, batch_sum})

Weight: TypeAlias = tuple[bool, float]
"""What is done with a product: whether it is summed over the batch, and its coefficient."""

PLAIN: Weight = (False, 1.0)

Call: TypeAlias = tuple[Primitive, tuple[Index, ...]]
"""An operation and its arguments."""

Indices = TypeVar("Indices", bound=Sequence[Index])


class Terms(NamedTuple):
    """A sum of products: their weights, and twice as many factors: left, right, left, right, …"""

    weights: list[Weight]
    factors: list[Index]


class Scalars:
    """The scalars of a simplified program, by their places in the recording.

    Each of `order`, where arguments come first, is `op[i]` of `args[i]` or the sum of `terms[i]`; whatever
    else is referred to is a source of the recording. `outputs` are the places asked for.

    A nan_fallback is taken for its usual argument, from which it differs only where that is nan, and what
    the sign of a zero decides is nan there. `exact` keeps both as they are.
    """

    def __init__(
        self,
        recording: Recording,
        outputs: Sequence[Index],
        *,
        exact: bool,
    ) -> None:
        self.recording = recording
        self.order: list[Index] = []
        self.op: dict[Index, Primitive] = {}
        self.args: dict[Index, tuple[Index, ...]] = {}
        self.terms: dict[Index, Terms] = {}
        self._open: dict[Index, Terms] = {}  # sums and products that may yet become part of a larger sum
        transparent = _EXACTLY_TRANSPARENT if exact else TRANSPARENT
        told = signs_told(recording)
        kept = told.kept if exact else frozenset()
        distinct, alias = _distinct(recording, outputs, transparent, kept)
        self.outputs = [alias.get(output, output) for output in outputs]
        self._uses = _uses(len(recording.ops), distinct, self.outputs)
        for index, (op, args) in distinct.items():
            if index in kept:
                self.op[index], self.args[index] = op, self._wholes(args)
                self.order.append(index)
            elif op is mul:
                self._open[index] = self._products(index, args[:1], args[1:])
            elif op in _SUMS:
                self._open[index] = self._sum(index, op, args)
            else:
                if index in told.guarded and not exact:
                    op = nan_at_zero(op, told.guarded[index])
                self.op[index], self.args[index] = op, self._wholes(args)
                self.order.append(index)
        self._wholes(self.outputs)

    def is_only_output(self, index: Index) -> bool:
        """Tell whether nothing else is computed from an output."""
        return self._uses[index] == AS_OUTPUT

    def _wholes(self, indices: Indices) -> Indices:
        """Make scalars of their own of what could have become parts of sums."""
        if not self._open.keys().isdisjoint(indices):
            for index in indices:
                if index in self._open:
                    self.terms[index] = _collected(self._open.pop(index))
                    self.order.append(index)
        return indices

    def _may_join(self, part: Index, user: Index) -> bool:
        """Tell whether nobody else uses a part, and it costs no more to compute it with its user."""
        if part not in self._open or self._uses[part] > 1 or part >= self.recording.written:
            return False  # a gradient with one share looks like those with many only if it stays whole
        return self.recording.varies[part] == self.recording.varies[user]

    def _products(self, user: Index, lefts: Sequence[Index], rights: Sequence[Index]) -> Terms:
        """Return left · right for each pair as terms: numbers go into their coefficients."""
        factors = [ONE] * (2 * len(lefts))
        factors[::2], factors[1::2] = lefts, rights
        if self.recording.number.keys().isdisjoint(factors):
            return Terms([PLAIN] * len(lefts), self._wholes(factors))
        terms = Terms([], [])
        for left, right in zip(lefts, rights, strict=True):
            terms = _added(terms, self._product(user, left, right))
        return terms

    def _product(self, user: Index, left: Index, right: Index) -> Terms:
        number = self.recording.number
        if left in number:
            left, right = right, left
        if right not in number:
            return Terms([PLAIN], self._wholes([left, right]))
        if self._may_join(left, user) and len(self._open[left].weights) == 1:
            ((_, coefficient),) = self._open[left].weights
            if _multiply_as_one(coefficient, number[right]):
                return _scaled(self._open.pop(left), number[right])
        return Terms([(False, number[right])], self._wholes([left, ONE]))

    def _sum(self, index: Index, op: Primitive, args: tuple[Index, ...]) -> Terms:
        """Return a sum as terms; sums and products that only it uses are taken apart."""
        if op is nary_dot:
            count = len(args) // 2
            terms = self._products(index, args[:count], args[count:-1])
            return _added(self._part(args[-1], index, 1.0), terms)
        if op is batch_sum:
            part = args[0]
            alone = part in self._open and self._uses[part] == 1
            terms = self._open.pop(part) if alone else Terms([PLAIN], self._wholes([part, ONE]))
            return Terms([(True, coefficient) for _, coefficient in terms.weights], terms.factors)
        signs = {sub: (1.0, -1.0), neg: (-1.0,)}.get(op) or (1.0,) * len(args)
        terms = Terms([], [])
        for (arg, sign), times in Counter(zip(args, signs, strict=True)).items():
            terms = _added(terms, self._part(arg, index, sign * times))
        return terms

    def _part(self, part: Index, user: Index, times: float) -> Terms:
        number = self.recording.number.get(part)
        if number == 0.0:
            return Terms([], [])
        if self._may_join(part, user):
            return _scaled(self._open.pop(part), times)
        return Terms([(False, times)], self._wholes([part, ONE]))


def _added(first: Terms, second: Terms) -> Terms:
    """Return both sums as one. The longer grows, so that a chain of + costs no more than its length."""
    longer, shorter = (first, second) if len(first.weights) >= len(second.weights) else (second, first)
    longer.weights.extend(shorter.weights)
    longer.factors.extend(shorter.factors)
    return longer


def _scaled(terms: Terms, by: float) -> Terms:
    if by == 1.0:
        return terms
    return Terms([(over_batch, by * coefficient) for over_batch, coefficient in terms.weights], terms.factors)


def _multiply_as_one(inner: float, outer: float) -> bool:
    """Tell whether outer · (inner · x) is (outer · inner) · x, up to rounding, whatever x is.

    If one made x larger and the other smaller again, an overflow in between would be forgotten.
    """
    together = inner * outer
    in_range = 1e-290 < abs(together) < inf or (together == 0.0 and 0.0 in (inner, outer))
    return (in_range and (abs(inner) >= 1.0) == (abs(outer) >= 1.0)) or abs(outer) == 1.0 or abs(inner) == 1.0


def _collected(terms: Terms) -> Terms:
    """Return the terms with those of equal factors made one, as the two shares of x · x.

    Coefficients of opposite signs stay two: x − x is nan at an infinity, and so is x + 0 · x.
    """
    lefts, rights = terms.factors[::2], terms.factors[1::2]
    if len(set(lefts)) == len(lefts):
        return terms
    coefficients: dict[tuple[bool, Index, Index, float], float] = {}
    for (over_batch, coefficient), left, right in zip(terms.weights, lefts, rights, strict=True):
        sign = scalar.sign(coefficient) if abs(coefficient) < 1e290 else coefficient
        key = over_batch, left, right, sign
        coefficients[key] = coefficients.get(key, 0.0) + coefficient
    if len(coefficients) == len(lefts):
        return terms
    weights = [(key[0], coefficient) for key, coefficient in coefficients.items()]
    return Terms(weights, [factor for key in coefficients for factor in key[1:3]])


def needed(recording: Recording, outputs: Sequence[Index], transparent: _Transparent) -> bytearray:
    """Mark what the outputs need; `transparent` operations need one argument alone."""
    live = bytearray(len(recording.ops))
    for output in outputs:
        live[output] = 1
    for index in range(len(live) - 1, -1, -1):
        if live[index]:
            args, alone = recording.args[index], transparent.get(recording.ops[index])
            for arg in args if alone is None else (args[alone],):
                live[arg] = 1
    return live


def _distinct(
    recording: Recording, outputs: Sequence[Index], transparent: _Transparent, kept: frozenset[Index]
) -> tuple[dict[Index, Call], dict[Index, Index]]:
    """Return the operations that the outputs need, and what takes the place of others.

    Each thing is computed once; what only passes its argument on is not computed at all.
    """
    live = needed(recording, outputs, transparent)
    alias: dict[Index, Index] = {}
    distinct: dict[Index, Call] = {}
    made: dict[Call, Index] = {}
    for index, op in enumerate(recording.ops):
        if not live[index] or isinstance(op, Source):
            continue
        args = recording.args[index]
        if not alias.keys().isdisjoint(args):
            args = tuple([alias.get(arg, arg) for arg in args])
        if op is add and index not in kept and 0.0 in map(recording.number.get, args):
            alias[index] = args[0] if recording.number.get(args[1]) == 0.0 else args[1]
            continue
        call = op, args
        first = args[transparent[op]] if op in transparent else made.setdefault(call, index)
        if first == index:
            distinct[index] = call
        else:
            alias[index] = first
    return distinct, alias


def _uses(count: int, distinct: dict[Index, Call], outputs: Sequence[Index]) -> list[int]:
    """Count how often each of `count` scalars is used."""
    used = joined.from_iterable([args for _, args in distinct.values()])
    uses = np.bincount(np.fromiter(used, int), minlength=count)
    uses[list(set(outputs))] += AS_OUTPUT
    return list(uses.tolist())
