"""Where the sign of a zero decides: 1/x is ∞ at 0 and −∞ at −0, and atan2 tells the two apart as well.

Sums in matrix products begin with 0, leave 0 out as a term, and are filled up with zeros. So one that is −0
may come out as 0, which nothing shows but what divides by it. In the fast program such an operation gives nan
at a zero; the exact one, which then decides, makes the sums that lead there as they were written.

Of 0 and −0 a library calls either the larger, and the engine the first: a maximum that leads there is made as
the engine makes it.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import product
from math import copysign, inf, nan
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from autograd import scalar
from autograd.compiler.record.operations import fast_or_exact
from autograd.compiler.record.recording import Index, Recording
from autograd.compiler.record.segments import Integers, by_number, distinct_rows, numbers_among
from autograd.nary import nary_sum, nary_take
from autograd.notation.listing import INFIX, Symbol, listed, listed_on_row
from autograd.ops import TABLE, add, sub
from autograd.outside import is_ours
from autograd.primitive import CACHE_SIZE, Primitive

REGROUPED = frozenset({*[op for op in TABLE.values() if op.sum_of_products], fast_or_exact})
"""The operations that become parts of matrix products, in which a zero may lose its sign."""

SAMPLES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, -3.0, inf, -inf)

FEW = 3
"""Of so many arguments of an operation of ours all samples are tried; of more it would take minutes.

Between them an operation of a user's may do anything: what it does is read from its instructions.
"""

CHOICES = ("maximum", "minimum")
"""What takes either of 0 and −0 where it is not told to take the first."""

DIVIDED = {"truediv": scalar.divide}
"""What does not raise where a sample divides by 0."""

Given = tuple[str | None, ...]
"""The arguments of an operation that are the same numbers in every replay, None for the others.

They are texts, which tell 0.0 from -0.0."""


class Told(NamedTuple):
    """The operations that decide, with the arguments they decide by, and what is to be done as written."""

    guarded: dict[Index, tuple[int, ...]]
    kept: frozenset[Index]
    ties: frozenset[Index]


def signs_told(recording: Recording) -> Told:
    """Return what is told by the sign of a zero."""
    deciding = [same for op in recording.operations if _may_decide(op) for same in _deciding(recording, op)]
    waiting = [arg for _, args in deciding for arg in np.unique(list(args.values())).tolist()]
    seen: set[Index] = set()
    met: set[Index] = set()
    while waiting:
        index = waiting.pop()
        made_by = recording.op(index)
        if index in seen or not isinstance(made_by, Primitive):
            continue
        seen.add(index)
        if _is_never_minus_zero(recording, index):
            continue
        met.add(index)
        given = _given(recording, index)
        args = recording.args[index]
        waiting += [arg for n, arg in enumerate(args) if _effect(made_by, min(n, len(given) - 1), given)]
    kept = frozenset(index for index in met if recording.op(index) in REGROUPED)
    of_users = recording.made_by([op for op in recording.operations if not _is_ours(op)])
    ties = {index for index in np.flatnonzero(of_users).tolist() if _effect_of_its_ties(recording, index) > 1}
    ties |= {index for index in met if _effect_of_its_ties(recording, index)}
    unsure: set[Index] = set()
    for index in sorted(met):
        if index in kept or not unsure.isdisjoint(recording.args[index]):
            unsure.add(index)
    is_unsure = np.zeros(len(recording), bool)
    is_unsure[list(unsure)] = True
    guarded: dict[Index, tuple[int, ...]] = {}
    for indices, columns in deciding:
        for n, column in columns.items():
            for index in indices[is_unsure[column]].tolist():
                guarded[index] = (*guarded.get(index, ()), n)
    return Told(guarded, kept, frozenset(ties))


def _effect_of_its_ties(recording: Recording, index: Index) -> int:
    op = recording.op(index)
    return _effect_of_ties(op, _given(recording, index)) if isinstance(op, Primitive) else 0


def _deciding(recording: Recording, op: Primitive) -> Iterator[tuple[Integers, dict[int, Integers]]]:
    """Yield what an operation made, that of equal numbers together, and those arguments it decides by."""
    indices = np.flatnonzero(recording.made_by([op]))
    counts = recording.args.shared().counts_of(indices)
    for count in numbers_among(counts):
        of_count = indices[counts == count]
        args = recording.args.block(of_count)
        known = np.where(np.frombuffer(recording.is_number, bool)[args], args, -1)
        for same in by_number(distinct_rows(known)[1] if op.arity is not None else np.zeros(len(args), int)):
            given = _given(recording, int(of_count[same[0]]))
            numbers: Iterable[int] = [n for n in range(len(given)) if _effect(op, n, given) > 1]
            if numbers and len(given) < count:
                numbers = range(count)
            if numbers:
                yield of_count[same], {n: args[same, n] for n in numbers}


@lru_cache(CACHE_SIZE)
def nan_at_zero(op: Primitive, numbers: tuple[int, ...]) -> Primitive:
    """Return the operation that gives nan where an argument of one of these numbers is a zero.

    It is the result that is made nan: an argument that is nan may be passed over, as by where(x >= 0, …).
    """

    def impl(xp: Any, *args: Any) -> Any:
        zeros = [xp.where(x == 0.0, 1.0, 0.0) for n, x in enumerate(args) if n in numbers]
        return xp.where(xp.reduce(xp.maximum, zeros), nan, op.impl(xp, *args))

    return Primitive(f"{op.name}_by_nonzero", impl, op.partials, op.all_partials)


class _InOrder:
    """A namespace whose larger and whose smaller of two equal numbers is the first, as in the engine."""

    def __init__(self, xp: Any) -> None:
        self.xp = xp

    def __getattr__(self, name: str) -> Any:
        return getattr(self.xp, name)

    def maximum(self, x: Any, y: Any) -> Any:
        return self.xp.where(x >= y, x, self.xp.where(x == x, y, x))

    def minimum(self, x: Any, y: Any) -> Any:
        return self.xp.where(x <= y, x, self.xp.where(x == x, y, x))


class _Turned:
    """`autograd.scalar`, but that the larger and the smaller of two equal numbers is the second."""

    def __getattr__(self, name: str) -> Any:
        return getattr(scalar, name)

    def maximum(self, x: float, y: float) -> float:
        return scalar.maximum(y, x)

    def minimum(self, x: float, y: float) -> float:
        return scalar.minimum(y, x)


@lru_cache(CACHE_SIZE)
def first_of_equals(op: Primitive) -> Primitive:
    """Return the operation that, of two equal numbers, takes the first, as the engine does."""
    return replace(op, name=f"{op.name}_first", impl=lambda xp, *args: op.impl(_InOrder(xp), *args))


def _given(recording: Recording, index: Index) -> Given:
    """Return what is known of the arguments; of any number that are alike, two or three stand for all."""
    op, args = recording.op(index), recording.args[index]
    if isinstance(op, Primitive) and op.arity is None:
        return (None,) * (min(len(args), 3) if _are_alike(op, len(args)) else len(args))
    return tuple([None if x is None else str(x) for x in map(recording.number.get, args)])


def _are_alike(op: Primitive, count: int) -> bool:
    return op in REGROUPED or op is nary_take or listed_on_row(op.impl, count) is not None


def _is_ours(op: Primitive) -> bool:
    """Tell whether an operation is no user's, nor what is kept of one, which is no plain function."""
    return isinstance(op.impl, FunctionType) and is_ours(op.impl)


def _is_tried(op: Primitive, given: Given) -> bool:
    """Tell whether an operation is known by what it makes of samples."""
    return given.count(None) <= FEW and _is_ours(op)


def _samples(given: Given) -> Iterator[tuple[float, ...]]:
    """Yield arguments of an operation, of which these few are not given."""
    return product(*[SAMPLES if x is None else (float(x),) for x in given])


def _difference(pairs: Iterable[tuple[float, float]]) -> int:
    """Return in what the numbers of some pair differ: 0 in nothing, 1 in a zero's sign, 2 in the number."""
    found = 0
    for one, two in pairs:
        if one != two and not (one != one and two != two):
            return 2
        if one == 0.0 and copysign(1.0, one) != copysign(1.0, two):
            found = 1
    return found


@lru_cache(CACHE_SIZE)
def _effect_of_ties(op: Primitive, given: Given) -> int:
    """Return what a choice of 0 or −0, as equal numbers, may change in a result, as `_effect` does."""
    if not _is_tried(op, given):
        return _effect_through(op, None, given)
    return _difference((op.impl(scalar, *args), op.impl(_Turned(), *args)) for args in _samples(given))


@lru_cache(CACHE_SIZE)
def _may_decide(op: Primitive) -> bool:
    """Tell whether an operation may decide; one on any number of arguments is asked for each number."""
    if op.arity is None:
        return op not in REGROUPED and op is not nary_take
    unknown: Given = (None,) * op.arity
    return any(_effect(op, n, unknown) > 1 for n in range(op.arity))


@lru_cache(CACHE_SIZE)
def _effect(op: Primitive, n: int, given: Given) -> int:
    """Return what the sign of a zero as argument `n` may change: 0 nothing, 1 a zero's sign, 2 the number."""
    zero_given = (*given[:n], "0.0", *given[n + 1 :])
    if not _is_tried(op, zero_given):
        return _effect_through(op, n, (*given[:n], None, *given[n + 1 :]))
    return _difference(
        (op.impl(scalar, *others[:n], 0.0, *rest), op.impl(scalar, *others[:n], -0.0, *rest))
        for others in _samples(zero_given)
        for rest in [others[n + 1 :]]
    )


def _effect_through(op: Primitive, n: int | None, given: Given) -> int:
    """Return what the sign of a zero may change through whatever instructions it goes.

    That of argument `n`, which is not given, or for None that of a choice between equal numbers.
    """
    written, symbols, result = listed(op.impl, [None if x is None else float(x) for x in given])
    effects = {} if n is None else {symbols[n]: 1}
    for call in written:
        known = tuple([None if isinstance(x, Symbol) else str(x) for x in call.arguments])
        effects[call.result] = max(
            int(n is None and call.function in CHOICES),
            *[
                2 if effect > 1 else _effect(_alone(call.function), k, known)
                for k, effect in enumerate(map(effects.get, call.arguments))
                if effect
            ],
            0,
        )
    return effects.get(result, 0)


@lru_cache(CACHE_SIZE)
def _alone(function: str) -> Primitive:
    """Return an instruction as an operation of its own."""
    compute = DIVIDED.get(function) or getattr(operator if function in INFIX else scalar, function)
    return Primitive(function, lambda xp, *args: compute(*args))


def _is_never_minus_zero(recording: Recording, index: Index, deep: bool = True) -> bool:
    """Tell whether a scalar is certainly not −0, in whatever order sums are made; a look or two deep."""
    if index in recording.number:
        return recording.number[index] != 0.0
    op, args = recording.op(index), recording.args[index]
    if not isinstance(op, Primitive):
        return False
    if op in (add, nary_sum, sub):
        terms = args[:1] if op is sub else args
        nonzero = any(recording.number.get(arg, 0.0) != 0.0 for arg in args)
        return nonzero or (deep and any(_is_never_minus_zero(recording, term, False) for term in terms))
    return op not in REGROUPED and _is_unsigned(op, _given(recording, index))


@lru_cache(CACHE_SIZE)
def _is_unsigned(op: Primitive, given: Given) -> bool:
    if not _is_tried(op, given):
        return False
    results = (op.impl(xp, *args) for args in _samples(given) for xp in (scalar, _Turned()))
    return all(result != 0.0 or copysign(1.0, result) > 0 for result in results)
