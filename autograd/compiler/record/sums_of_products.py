"""From a recording to the scalars that matter: dead code gone, and trees of + over * made sums of products.

A sum of products is what a neuron's weighted sum is, whether it was written with `dot`, with Python's `sum`
or with `+` and `*`; and what every gradient is. The next step finds matrices among them.

What may be computed otherwise than it was written, in the whole compiler, is this:

| rewrite | where | what it may change |
|---|---|---|
| an operation on numbers alone is done once, at recording | recording.apply | nothing |
| 1 · x and x / 1 are x; `identity` and `detach` are their argument | recording.apply, `_distinct` | nothing |
| what is taken by an index that is known is the value there | recording.apply | nothing |
| what is taken by another is a sum of products with 0 and 1 | tracer, TRANSPARENT | nan at an ∞; 0 for −0 |
| equal operations are one; what nobody needs is left out | recording.apply, `_distinct` | nothing |
| x + 0 is x | `_distinct`, `_part` | −0 for 0 |
| x + x is 2 · x, a · x + b · x is (a + b) · x for a and b of one sign | `_sum`, `_collected` | rounding |
| a · (b · x) is (a · b) · x, unless one grows and the other shrinks | `_product` | rounding |
| (a + b) + c, a + (b + c) and −(a − b) are one sum in any order | `_sum` | rounding; 0 for −0 |
| sums are matrix products, filled up with products with zero | grouping, padding | as above; nan at an ∞ |
| the mean of what is the same in every example is that number | recording.sum_over_batch | rounding |
| what is the same in every example is done once; what flows back is added up before | backward | nan to ∞ |
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
from dataclasses import dataclass, field
from functools import cache
from itertools import chain as joined
from math import inf
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd import scalar
from autograd.compiler.record.recording import Index, Recording, Source, batch_sum, fast_or_exact
from autograd.compiler.record.signs import nan_at_zero, signs_told
from autograd.nary import nary_dot
from autograd.ops import TABLE, add, detach, identity, mul, nan_fallback
from autograd.primitive import Primitive

ONE: Index = -1
"""Stands in a term for a factor of one."""

AS_OUTPUT = 2
"""What being asked for counts as uses: more than one, so that an output is never made part of a sum."""

_Transparent: TypeAlias = Mapping[Primitive | Source, int]
_EXACTLY_TRANSPARENT: _Transparent = {identity: 0, detach: 0, fast_or_exact: 1}
TRANSPARENT: _Transparent = {**_EXACTLY_TRANSPARENT, nan_fallback: 0, fast_or_exact: 0}
"""Operations that give one argument as it is, and which; where that is nan they may give a number."""

_SUMS = frozenset({*[op for op in TABLE.values() if op.sum_of_products], batch_sum})

Weight: TypeAlias = tuple[bool, float]
"""What is done with a product: whether it is summed over the batch, and its coefficient."""

PLAIN: Weight = (False, 1.0)

Call: TypeAlias = tuple[Primitive, tuple[Index, ...]]
"""An operation and its arguments."""


class Terms(NamedTuple):
    """A sum of products: their weights, and the factors of each; those of sums in the making are lists."""

    weights: Sequence[Weight]
    lefts: Sequence[Index]
    rights: Sequence[Index]


@cache
def plain(count: int) -> tuple[Weight, ...]:
    """Return the weights of products that are added as they are: the same tuple for the same count."""
    return (PLAIN,) * count


@dataclass(slots=True)
class Scalars:
    """The scalars of a simplified program, by their indices in the recording.

    Each of `order`, where arguments come first, is `op[i]` of `args[i]` or the sum of `terms[i]`; whatever
    else is referred to is a source of the recording. `outputs` are the indices asked for; `uses` counts how
    often each is used.
    """

    recording: Recording
    outputs: list[Index]
    uses: list[int]
    order: list[Index] = field(default_factory=list)
    op: dict[Index, Primitive] = field(default_factory=dict)
    args: dict[Index, tuple[Index, ...]] = field(default_factory=dict)
    terms: dict[Index, Terms] = field(default_factory=dict)

    def is_only_output(self, index: Index) -> bool:
        """Tell whether nothing else is computed from an output."""
        return self.uses[index] == AS_OUTPUT


def simplified(recording: Recording, outputs: Sequence[Index], *, exact: bool) -> Scalars:
    """Return the scalars that the outputs need, sums as sums of products.

    A nan_fallback is taken for its usual argument, from which it differs only where that is nan, and what
    the sign of a zero decides is nan there. `exact` keeps both as they are.
    """
    told = signs_told(recording)
    kept = told.kept if exact else frozenset()
    distinct, alias = _distinct(recording, outputs, _EXACTLY_TRANSPARENT if exact else TRANSPARENT, kept)
    outputs = [alias.get(output, output) for output in outputs]
    uses, user = _uses(len(recording.ops), distinct, outputs)
    scalars = Scalars(recording, outputs, uses)
    sums = _Sums(scalars, {index: call for index, call in distinct.items() if index not in kept}, user)
    for index, (op, args) in distinct.items():
        if op in _SUMS and index not in kept:
            sums.make(index, op, args)
            continue
        if index in told.guarded and not exact:
            op = nan_at_zero(op, told.guarded[index])
        scalars.op[index], scalars.args[index] = op, args
        scalars.order.append(index)
    return scalars


class _Sums:
    """Sums in the making: those that only one other uses wait until they become part of it."""

    def __init__(self, scalars: Scalars, calls: dict[Index, Call], user: Sequence[Index]) -> None:
        self.scalars = scalars
        self.number = scalars.recording.number
        self.joining = self._joining(calls, user)
        self.waiting: dict[Index, Terms] = {}

    def _joining(self, calls: dict[Index, Call], user: Sequence[Index]) -> set[Index]:
        """Return the sums and products that are to become part of the only one that uses them.

        A gradient with one share looks like those with many only if it stays whole.
        """
        uses, batched = self.scalars.uses, self.scalars.recording.batched
        written = self.scalars.recording.written
        alone = {part for part, (op, _) in calls.items() if uses[part] == 1 and op in _SUMS}
        joining = set()
        for index in {user[part] for part in alone} & calls.keys():
            op, args = calls[index]
            for part in self._parts(op, args) if op in _SUMS else ():
                fits = op is batch_sum or (part < written and batched[part] == batched[index])
                if part in alone and fits:
                    joining.add(part)
        return joining

    def _parts(self, op: Primitive, args: tuple[Index, ...]) -> Sequence[Index]:
        """Return which arguments are terms of a sum by themselves, or with a number as their coefficient."""
        if op is not mul and op is not nary_dot:
            return args
        count, number = len(args) // 2, self.number.keys()
        bias = args[2 * count :]
        if number.isdisjoint(args[: 2 * count]):
            return bias
        pairs = zip(args[:count], args[count : 2 * count], strict=True)
        scaled = [
            left if right in number else right for left, right in pairs if left in number or right in number
        ]
        return (*bias, *scaled)

    def make(self, index: Index, op: Primitive, args: tuple[Index, ...]) -> None:
        """Make a sum, and let it wait if it is to become part of another."""
        terms = self._sum(op, args)
        if index in self.joining:
            self.waiting[index] = terms
        else:
            self._finish(index, terms)

    def _finish(self, index: Index, terms: Terms) -> None:
        self.scalars.terms[index] = _collected(terms)
        self.scalars.order.append(index)

    def _sum(self, op: Primitive, args: tuple[Index, ...]) -> Terms:
        if op is mul or op is nary_dot:
            count = len(args) // 2
            terms = self._products(args[:count], args[count : 2 * count])
            if op is mul or self.number.get(args[-1]) == 0.0:
                return terms
            return _added(terms, self._part(args[-1], 1.0))
        if op is batch_sum:
            weights, lefts, rights = self._part(args[0], 1.0)
            return Terms([(True, coefficient) for _, coefficient in weights], lefts, rights)
        signs = op.derivatives(0.0, (0.0,) * len(args))
        terms = Terms([], [], [])
        for (arg, sign), times in Counter(zip(args, signs, strict=True)).items():
            terms = _added(terms, self._part(arg, sign * times))
        return terms

    def _products(self, lefts: Sequence[Index], rights: Sequence[Index]) -> Terms:
        """Return left · right for each pair as terms: numbers go into their coefficients."""
        number = self.number.keys()
        if number.isdisjoint(lefts) and number.isdisjoint(rights):
            return Terms(plain(len(lefts)), lefts, rights)
        terms = Terms([], [], [])
        for left, right in zip(lefts, rights, strict=True):
            terms = _added(terms, self._product(left, right))
        return terms

    def _product(self, left: Index, right: Index) -> Terms:
        if left in self.number:
            left, right = right, left
        if right not in self.number:
            return Terms([PLAIN], [left], [right])
        coefficient = self.number[right]
        part = self.waiting.pop(left, None)
        if part is not None:
            if len(part.weights) == 1 and _multiply_as_one(part.weights[0][1], coefficient):
                return _scaled(part, coefficient)
            self._finish(left, part)
        return Terms([(False, coefficient)], [left], [ONE])

    def _part(self, part: Index, times: float) -> Terms:
        if self.number.get(part) == 0.0:
            return Terms([], [], [])
        terms = self.waiting.pop(part, None)
        return Terms([(False, times)], [part], [ONE]) if terms is None else _scaled(terms, times)


def _added(first: Terms, second: Terms) -> Terms:
    """Return both sums as one. The longer grows, so that a chain of + costs no more than its length."""
    longer, shorter = (first, second) if len(first.weights) >= len(second.weights) else (second, first)
    if not shorter.weights:
        return longer
    return Terms(*[_extended(column, more) for column, more in zip(longer, shorter, strict=True)])


def _extended(column: Sequence[Any], more: Sequence[Any]) -> list[Any]:
    longer = column if isinstance(column, list) else list(column)
    longer.extend(more)
    return longer


def _scaled(terms: Terms, by: float) -> Terms:
    if by == 1.0:
        return terms
    weights = [(sum_over_batch, by * coefficient) for sum_over_batch, coefficient in terms.weights]
    return Terms(weights, terms.lefts, terms.rights)


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
    if len(set(terms.lefts)) == len(terms.lefts):
        return terms
    coefficients: dict[tuple[bool, Index, Index, float], float] = {}
    for (sum_over_batch, coefficient), left, right in zip(*terms, strict=True):
        sign = scalar.sign(coefficient) if abs(coefficient) < 1e290 else coefficient
        key = sum_over_batch, left, right, sign
        coefficients[key] = coefficients.get(key, 0.0) + coefficient
    weights = [(sum_over_batch, total) for (sum_over_batch, *_), total in coefficients.items()]
    return Terms(weights, [key[1] for key in coefficients], [key[2] for key in coefficients])


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
        call, alone = (op, args), transparent.get(op)
        first = made.setdefault(call, index) if alone is None else args[alone]
        if first == index:
            distinct[index] = call
        else:
            alias[index] = first
    return distinct, alias


def _uses(count: int, distinct: dict[Index, Call], outputs: Sequence[Index]) -> tuple[list[int], list[Index]]:
    """Return how often each of `count` scalars is used, and in which one it is used last."""
    lengths = [len(args) for _, args in distinct.values()]
    used = np.fromiter(joined.from_iterable([args for _, args in distinct.values()]), int)
    uses = np.bincount(used, minlength=count)
    uses[list(set(outputs))] += AS_OUTPUT
    user = np.full(count, -1)
    user[used] = np.repeat(np.fromiter(distinct, int), lengths)
    return list(uses.tolist()), list(user.tolist())
