"""From a recording to the scalars that matter: dead code gone, and trees of + over * made sums of products.

A sum of products is what a neuron's weighted sum is, whether it was written with `dot`, with Python's `sum`
or with `+` and `*`; and what every gradient is. The next step finds matrices among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from autograd.compiler.recording import Index, Recording, Source, batch_sum
from autograd.ops import add, chain, detach, identity, mul, nary_dot, nary_sum, neg, sub
from autograd.primitive import Primitive

ONE: Index = -1
"""Stands in a term for a factor of one."""

AS_OUTPUT = 2
"""What being asked for counts as uses: more than one, so that an output is never made part of a sum."""

_TRANSPARENT = frozenset({identity, detach})
_SUMS = frozenset({add, sub, neg, nary_sum, nary_dot, batch_sum})


Term: TypeAlias = tuple[bool, float, Index, Index]
"""coefficient · left · right, as (whether it is summed over the batch, coefficient, left, right)."""


class Scalars:
    """The scalars of a simplified program, by their places in the recording.

    Each of `order`, where arguments come first, is `op[i]` of `args[i]` or the sum of `terms[i]`; whatever
    else is referred to is a source of the recording. `outputs` are the places asked for.

    The chain rule's product gives zero for a factor of zero on the output's side, even against an infinity.
    Taken as a plain product it can go into matrix products, and differs only by giving nan; `exact` keeps it
    as it is.
    """

    def __init__(self, recording: Recording, outputs: Sequence[Index], *, exact: bool) -> None:
        self.recording = recording
        self.order: list[Index] = []
        self.op: dict[Index, Primitive] = {}
        self.args: dict[Index, tuple[Index, ...]] = {}
        self.terms: dict[Index, list[Term]] = {}
        self._open: dict[Index, list[Term]] = {}  # sums and products that may yet become part of a larger sum
        distinct, alias = _distinct(recording, outputs)
        self.outputs = [alias[output] for output in outputs]
        self._uses = _uses(recording, distinct, self.outputs)
        products = frozenset({mul}) if exact else frozenset({mul, chain})
        for index, args in distinct.items():
            op = recording.ops[index]
            if index not in self._uses or isinstance(op, Source):
                continue
            if op in products:
                self._open[index] = [self._product(index, *args)]
            elif op in _SUMS:
                self._open[index] = self._sum(index, op, args)
            else:
                self.op[index], self.args[index] = op, tuple([self._whole(arg) for arg in args])
                self.order.append(index)
        for output in self.outputs:
            self._whole(output)

    def is_only_output(self, index: Index) -> bool:
        """Tell whether nothing else is computed from an output."""
        return self._uses[index] == AS_OUTPUT

    def _whole(self, index: Index) -> Index:
        """Make a scalar of its own of what could have become part of a sum."""
        if index in self._open:
            self.terms[index] = _collected(self._open.pop(index))
            self.order.append(index)
        return index

    def _may_join(self, part: Index, user: Index) -> bool:
        """Tell whether nobody else uses a part, and it costs no more to compute it with its user."""
        if part not in self._open or self._uses[part] > 1 or part >= self.recording.written:
            return False  # a gradient with one share looks like those with many only if it stays whole
        return self.recording.varies[part] == self.recording.varies[user]

    def _product(self, index: Index, left: Index, right: Index) -> Term:
        """Return a product as one term: numbers go into its coefficient."""
        number = self.recording.number
        if left in number:
            left, right = right, left
        if right not in number:
            return False, 1.0, self._whole(left), self._whole(right)
        if self._may_join(left, index) and len(self._open[left]) == 1:
            (term,) = _scaled(self._open.pop(left), number[right])
            return term
        return False, number[right], self._whole(left), ONE

    def _sum(self, index: Index, op: Primitive, args: tuple[Index, ...]) -> list[Term]:
        """Return a sum as terms; sums and products that only it uses are taken apart."""
        if op is nary_dot:
            count = len(args) // 2
            terms = [
                self._product(index, left, right)
                for left, right in zip(args[:count], args[count:-1], strict=True)
            ]
            return self._joined(self._part(args[-1], index, 1.0), terms)
        if op is batch_sum:
            part = args[0]
            alone = part in self._open and self._uses[part] == 1
            terms = self._open.pop(part) if alone else [(False, 1.0, self._whole(part), ONE)]
            return [(True, *term[1:]) for term in terms]
        signs = {sub: (1.0, -1.0), neg: (-1.0,)}.get(op) or (1.0,) * len(args)
        parts: dict[Index, float] = {}
        for arg, sign in zip(args, signs, strict=True):
            parts[arg] = parts.get(arg, 0.0) + sign
        terms = []
        for arg, sign in parts.items():
            terms = self._joined(terms, self._part(arg, index, sign))
        return terms

    def _part(self, part: Index, user: Index, sign: float) -> list[Term]:
        number = self.recording.number.get(part)
        if number == 0.0:
            return []
        if self._may_join(part, user):
            return _scaled(self._open.pop(part), sign)
        return [(False, sign, self._whole(part), ONE)]

    @staticmethod
    def _joined(first: list[Term], second: list[Term]) -> list[Term]:
        """Return both lists as one. The longer grows, so that a chain of + costs no more than its length."""
        longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
        longer += shorter
        return longer


def _collected(terms: list[Term]) -> list[Term]:
    """Return the terms with those of equal factors made one, as the two shares of x · x."""
    coefficients: dict[tuple[bool, Index, Index], float] = {}
    for over_batch, coefficient, left, right in terms:
        key = over_batch, left, right
        coefficients[key] = coefficients.get(key, 0.0) + coefficient
    if len(coefficients) == len(terms):
        return terms
    return [(key[0], coefficient, *key[1:]) for key, coefficient in coefficients.items()]


def _scaled(terms: list[Term], by: float) -> list[Term]:
    if by == 1.0:
        return terms
    return [(over_batch, by * coefficient, left, right) for over_batch, coefficient, left, right in terms]


def _distinct(
    recording: Recording, outputs: Sequence[Index]
) -> tuple[dict[Index, tuple[Index, ...]], dict[Index, Index]]:
    """Return what the outputs need, once for each thing computed, and where every other place finds it."""
    live = bytearray(len(recording.ops))
    for output in outputs:
        live[output] = 1
    for index in range(len(live) - 1, -1, -1):
        if live[index]:
            for arg in recording.args[index]:
                live[arg] = 1
    alias: dict[Index, Index] = {}
    distinct: dict[Index, tuple[Index, ...]] = {}
    made: dict[tuple[Primitive, tuple[Index, ...]], Index] = {}
    for index, op in enumerate(recording.ops):
        if not live[index]:
            continue
        args = tuple([alias[arg] for arg in recording.args[index]])
        if isinstance(op, Source):
            first = index
        elif op in _TRANSPARENT:
            first = args[0]
        else:
            first = made.setdefault((op, args), index)
        alias[index] = first
        if first == index:
            distinct[index] = args
    return distinct, alias


def _uses(
    recording: Recording, distinct: dict[Index, tuple[Index, ...]], outputs: Sequence[Index]
) -> dict[Index, int]:
    """Count the uses of everything that the outputs still need; a sum x + x uses x once, as 2 · x."""
    uses = dict.fromkeys(outputs, AS_OUTPUT)
    for index in reversed(distinct):
        if index in uses:
            args = distinct[index]
            for arg in set(args) if recording.ops[index] in (add, sub, nary_sum) else args:
                uses[arg] = uses.get(arg, 0) + 1
    return uses
