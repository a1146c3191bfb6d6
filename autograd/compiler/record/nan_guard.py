"""Keeping nan in sight: a comparison with nan is false, and hides it from what selects by the comparison.

The fast program owes its right to be fast to the nan that its results show wherever it is wrong, and wherever
something is taken by an index that nothing has, be it used or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from autograd.compiler.record.distinct import ROW, Calls
from autograd.compiler.record.recording import Index, Recording
from autograd.compiler.record.segments import Flags, Segments, alike
from autograd.compiler.record.sums_of_products import TRANSPARENT, Scalars
from autograd.compiler.record.terms import ONE, Terms
from autograd.curves import direction, inversion
from autograd.nary import nary_dot, nary_take
from autograd.notation.listing import CONDITIONS, Symbol, listed, listed_on_row
from autograd.ops import absolute, power_slope, sub
from autograd.primitive import CACHE_SIZE, Primitive


def showing(recording: Recording, results: Sequence[Index], also: Sequence[Index] = ()) -> Index:
    """Return the index of the first result, made nan where a nan went into what hides it and none shows it.

    So it is made where an index, of those that something is taken by, is that of nothing, and where one of
    `also` is no finite number.
    """
    calls = Calls(recording, TRANSPARENT)
    live = calls.needed(results)
    args = dict.fromkeys(calls.args.flat[_edges(recording, calls, live, _hides_nan)].tolist())
    watched = [arg for arg in args if calls.op[arg] >= 0]
    if watched:
        shown = _shown(recording, calls, live, results)
        watched = [arg for arg in watched if not shown[arg]]
    if taken := _nan_without_value(recording):
        shown = _shown(recording, calls, live, [*results, *watched])
        watched += [index for index in taken if calls.op[index] >= 0 and not shown[index]]
    watched = [*dict.fromkeys([*watched, *also])]
    if not watched:
        return results[0]
    zero = recording.constant(0.0)
    nothing = recording.apply(nary_dot, (*watched, *[zero] * len(watched), zero))
    return recording.apply(sub, (results[0], recording.apply(absolute, (nothing,))))  # -0.0 - 0.0 stays -0.0


def lost_beside_zero(scalars: Scalars) -> list[Index]:
    """Return what is multiplied by the number 0, and may be infinite or nan though no result is.

    A product with that 0 is nan then, and may be left out beside other products, which it fills up, where
    some product has what is multiplied. What sums alone lie between and a result makes the result infinite
    or nan: so does infinity · x for any x.
    """
    if not _beside_products(scalars.terms).any():
        return []
    terms = scalars.terms.spelled_out()
    is_zero = terms.is_zero
    beside = np.zeros(len(scalars.uses) + 1, bool)  # ONE is the last
    beside[terms.lefts[_beside_products(terms)]] = True
    multiplied = np.zeros_like(beside)
    for side in (terms.lefts, terms.rights):
        multiplied[side[terms.rights != ONE]] = True
    sums = np.repeat(scalars.sums, np.diff(terms.start))
    shown = np.zeros_like(beside)
    shown[scalars.outputs] = True
    while True:
        before = np.count_nonzero(shown)
        for side in (terms.lefts, terms.rights):
            shown[side[~is_zero & shown[sums]]] = True
        if np.count_nonzero(shown) == before:
            break
    found: list[Index] = np.flatnonzero(beside & multiplied & ~shown).tolist()
    return found


def _beside_products(terms: Terms) -> Flags:
    """Mark the terms that are one scalar times the number 0, in a sum with a product of two."""
    rows = Segments(terms.lefts, terms.start)
    has_product = rows.reduced(np.logical_or, terms.rights != ONE, False)
    found: Flags = terms.is_zero & (terms.rights == ONE) & np.repeat(has_product, rows.counts)
    return found


def _nan_without_value(recording: Recording) -> list[Index]:
    """Return scalars that are nan where an index, of those that something is taken by, is that of nothing."""
    found = []
    for take in np.flatnonzero(recording.made_by([nary_take])).tolist():
        args = recording.args[take]
        shares = recording.shares.get((nary_take, args[0], len(args) - 1))
        found.append(take if shares is None else shares[0])
    return list(dict.fromkeys(found))


def _shown(recording: Recording, calls: Calls, live: Flags, roots: Sequence[Index]) -> Flags:
    """Mark what makes one of the `roots` nan whenever it is nan itself, whatever else they are made from."""
    passing = _edges(recording, calls, live, _passes_nan)
    shown = np.zeros(len(calls.op), bool)
    shown[list(roots)] = True
    for scalars in reversed(calls.by_depth[1:]):
        at, _ = calls.args.places(scalars[shown[scalars]])
        shown[calls.args.flat[at[passing[at]]]] = True
    return shown


Question: TypeAlias = Callable[[Primitive, int, int], bool]
"""Asks what becomes of nan in argument `n` of an operation of `count` arguments."""


def _edges(recording: Recording, calls: Calls, live: Flags, question: Question) -> Flags:
    """Mark the arguments of live operations for which the answer is yes; what is transparent passes nan."""
    marked = np.zeros(len(calls.args.flat), bool)
    if question is _passes_nan:
        at, _ = calls.args.places(np.flatnonzero(calls.transparent | (calls.op == ROW)))
        marked[at] = True
    scalars = np.flatnonzero(live & ~calls.transparent & (calls.op >= 0))
    start = calls.args.start[scalars]
    counts = calls.args.start[scalars + 1] - start
    for same in alike(calls.op[scalars], counts):
        op, count = recording.operations[calls.op[scalars[same[0]]]], int(counts[same[0]])
        for n in _answers(question, op, count):
            marked[start[same] + n] = True
    return marked


@lru_cache(CACHE_SIZE)
def _answers(question: Question, op: Primitive, count: int) -> Sequence[int]:
    """Return for which of `count` arguments the answer is yes; where all are alike, three tell of all."""
    if op is nary_take or (op.arity is None and listed_on_row(op.impl, count) is not None):
        few = [question(op, n, min(count, 3)) for n in range(min(count, 3))]
        return range(count) if (all if question is _passes_nan else any)(few) else ()
    return [n for n in range(count) if question(op, n, count)]


def _passes_nan(op: Primitive, n: int, count: int) -> bool:
    """Tell whether an operation of `count` arguments is nan whenever argument `n` is."""
    return _made_by_nan(op, n, count) is Made.NAN


def _hides_nan(op: Primitive, n: int, count: int) -> bool:
    """Tell whether an operation of `count` arguments may make another number of nan as argument `n`.

    A choice that passes over a nan has not hidden it: there the nan does not count.
    """
    return _made_by_nan(op, n, count) is Made.OTHER


class Made(Enum):
    """What nan as one of the arguments makes of a number or a truth value on the way to the result."""

    SAME = "what any argument makes there"
    NAN = "nan"
    SKIPPED = "nan, or what any argument makes there"
    OTHER = "perhaps another number"
    TRUE = "true, as nan is not equal to anything"
    FALSE = "false, as nan is not above, below or equal to anything"


DECLARED = {
    (power_slope, 0): Made.SKIPPED,
    (direction, 1): Made.NAN,
    (inversion, 1): Made.NAN,
}
"""What instructions do not tell: y · xʸ / x is 1 for y = 1, as y · xʸ⁻¹ is; ∞ / ∞ is nan."""


def _made_by_nan(op: Primitive, n: int, count: int) -> Made:
    """Return what nan as argument `n` makes of the result, by the instructions unless it is declared."""
    if (op, n) in DECLARED:
        return DECLARED[op, n]
    written, symbols, result = listed(op.impl, [None] * count)
    made = {symbol: Made.NAN if k == n else Made.SAME for k, symbol in enumerate(symbols)}
    for call in written:
        arguments = [made[x] if isinstance(x, Symbol) else _made_of_number(x) for x in call.arguments]
        made[call.result] = _made_of(call.function, arguments)
    return made[result] if isinstance(result, Symbol) else Made.SAME


def _made_of_number(x: float) -> Made:
    return Made.SAME if x == x else Made.NAN


def _made_of(function: str, arguments: Sequence[Made]) -> Made:
    """Return what nan makes of the result of an instruction, from what it makes of the arguments."""
    if set(arguments) == {Made.SAME}:
        return Made.SAME
    if function == "where":
        return _made_of_choice(*arguments)
    if function == "and_":
        return Made.FALSE if Made.FALSE in arguments else Made.OTHER
    if function in CONDITIONS and Made.NAN in arguments:
        return Made.TRUE if function == "ne" else Made.FALSE
    if function in ("power", "hypot") and Made.OTHER not in arguments:
        return Made.SKIPPED  # to the power 0 all are 1, and so are all powers of 1; beside inf none counts
    if function in CONDITIONS or Made.NAN not in arguments:
        return Made.OTHER if function in CONDITIONS or Made.OTHER in arguments else Made.SKIPPED
    return Made.NAN


def _made_of_choice(condition: Made, x: Made, y: Made) -> Made:
    chosen = {Made.TRUE: {x}, Made.FALSE: {y}}.get(condition, {x, y})
    if chosen == {Made.NAN}:
        return Made.NAN
    return Made.SKIPPED if condition is Made.SAME and Made.OTHER not in chosen else Made.OTHER
