"""Keeping nan in sight: a comparison with nan is false, and hides it from what selects by the comparison.

The fast program owes its right to be fast to the nan that its results show wherever it is wrong, and wherever
something is taken by an index that nothing has, be it used or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import inf, nan
from typing import TypeAlias

import numpy as np

from autograd import scalar
from autograd.compiler.record.distinct import ROW, Calls
from autograd.compiler.record.recording import Index, Recording
from autograd.compiler.record.segments import Flags, alike
from autograd.compiler.record.sums_of_products import TRANSPARENT
from autograd.nary import nary_dot, nary_take
from autograd.ops import absolute, sub
from autograd.primitive import KNOWN, Primitive


def showing(recording: Recording, results: Sequence[Index]) -> Index:
    """Return the index of the first result, made nan where a nan went into what hides it from any of them.

    So it is made where an index, of those that something is taken by, is that of nothing.
    """
    calls = Calls(recording, TRANSPARENT)
    live = calls.needed(results)
    args = dict.fromkeys(calls.args.flat[_edges(recording, calls, live, _hides_nan)].tolist())
    watched = [arg for arg in args if calls.op[arg] >= 0]
    if taken := _nan_without_value(recording):
        shown = _shown(recording, calls, live, [*results, *watched])
        watched += [index for index in taken if calls.op[index] >= 0 and not shown[index]]
    if not watched:
        return results[0]
    zero = recording.constant(0.0)
    nothing = recording.apply(nary_dot, (*watched, *[zero] * len(watched), zero))
    return recording.apply(sub, (results[0], recording.apply(absolute, (nothing,))))  # -0.0 - 0.0 stays -0.0


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


@lru_cache(KNOWN)
def _answers(question: Question, op: Primitive, count: int) -> Sequence[int]:
    """Return for which of `count` arguments the answer is yes: all alike in an operation of any number."""
    if op.arity is not None:
        return [n for n in range(count) if question(op, n, count)]
    few = [question(op, n, min(count, 3)) for n in range(min(count, 3))]
    return range(count) if (all if question is _passes_nan else any)(few) else ()


def _passes_nan(op: Primitive, n: int, count: int) -> bool:
    """Tell whether an operation of `count` arguments is nan whenever argument `n` is."""
    for other in (0.0, 1.0, -1.0, 0.5, inf, -inf):
        out = op.impl(scalar, *[nan if k == n else other for k in range(count)])
        if out == out:
            return False
    return True


def _hides_nan(op: Primitive, n: int, count: int) -> bool:
    """Tell whether an operation of `count` arguments gives a number whenever argument `n` is nan.

    A choice that passes over a nan has not hidden it: there the nan does not count.
    """
    for other in (0.0, 0.5):
        out = op.impl(scalar, *[nan if k == n else other for k in range(count)])
        if out != out:
            return False
    return True
