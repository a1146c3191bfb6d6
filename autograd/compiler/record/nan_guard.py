"""Keeping nan in sight: a comparison with nan is false, and hides it from what selects by the comparison.

The fast program owes its right to be fast to the nan that its results show wherever it is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import nan

import numpy as np

from autograd import scalar
from autograd.compiler.record.distinct import Calls
from autograd.compiler.record.recording import Index, Recording
from autograd.compiler.record.segments import alike
from autograd.compiler.record.sums_of_products import TRANSPARENT
from autograd.nary import nary_dot
from autograd.ops import absolute, sub
from autograd.primitive import Primitive


def showing(recording: Recording, results: Sequence[Index]) -> Index:
    """Return the index of the first result, made nan where a nan went into what hides it from any of them."""
    calls = Calls(recording, TRANSPARENT)
    live = np.flatnonzero(calls.needed(results) & ~calls.transparent & (calls.op >= 0))
    start = calls.args.start[live]
    counts = calls.args.start[live + 1] - start
    hidden = np.zeros(len(calls.args.flat), bool)
    for same in alike(calls.op[live], counts):
        op, count = recording.operations[calls.op[live[same[0]]]], int(counts[same[0]])
        for n in _hiding_nan(op, count):
            hidden[start[same] + n] = True
    args = dict.fromkeys(calls.args.flat[hidden].tolist())
    watched = [arg for arg in args if calls.op[arg] >= 0]
    if not watched:
        return results[0]
    zero = recording.constant(0.0)
    nothing = recording.apply(nary_dot, (*watched, *[zero] * len(watched), zero))
    return recording.apply(sub, (results[0], recording.apply(absolute, (nothing,))))  # -0.0 - 0.0 stays -0.0


@cache
def _hiding_nan(op: Primitive, count: int) -> Sequence[int]:
    """Return which of `count` arguments an operation hides nan in; one of any number treats all alike."""
    if op.arity is not None:
        return [n for n in range(count) if _hides_nan(op, n, count)]
    return range(count) if any(_hides_nan(op, n, min(count, 3)) for n in range(min(count, 3))) else ()


def _hides_nan(op: Primitive, n: int, count: int) -> bool:
    """Tell whether an operation of `count` arguments gives a number whenever argument `n` is nan.

    A choice that passes over a nan has not hidden it: there the nan does not count.
    """
    for other in (0.0, 0.5):
        out = op.impl(scalar, *[nan if k == n else other for k in range(count)])
        if out != out:
            return False
    return True
