"""From a recording to the scalars that matter: dead code gone, and trees of + over * made sums of products.

A sum of products is what a neuron's weighted sum is, whether it was written with `dot`, with Python's `sum`
or with `+` and `*`; and what every gradient is. The next step finds matrices among them.

What may be computed otherwise than it was written, in the whole compiler, is this:

| rewrite | where | what it may change |
|---|---|---|
| an operation on numbers alone is done once, at recording | recording.apply | nothing |
| 1 · x and x / 1 are x; `identity` and `detach` are their argument | recording.apply, distinct | nothing |
| what is taken by an index that is known is the value there | recording.apply | nothing |
| what is taken by another is a sum of products with 0 and 1 | tracer, TRANSPARENT | nan at an ∞; 0 for −0 |
| what nobody needs is left out | distinct | nothing |
| equal operations are one; what flows back is added up before | recording.apply, distinct | nan to ∞ |
| x + 0 is x | distinct, sums | −0 for 0 |
| x + x is 2 · x, a · x + b · x is (a + b) · x for a and b of one sign | equal_terms | rounding |
| a · x + a · y is a · (x + y) for a number a from 10⁻³⁰ to 10⁶, or 0 | terms, grouping | rounding |
| a · (b · x) is (a · b) · x, unless one grows and the other shrinks | sums_one_by_one | rounding |
| (a + b) + c, a + (b + c) and −(a − b) are one sum in any order | sums | rounding; 0 for −0 |
| sums are matrix products, filled up with products with zero | grouping, padding | as above; nan at an ∞ |
| the mean of what is the same in every example is that number | recording.sum_over_batch | rounding |
| what is the same in every example is done once; what flows back is added up before | backward | nan to ∞ |
| of 0 and −0, `max`, `min`, `relu`, `clamp`, `elu` may take either | backends, signs | 0 for −0, −0 for 0 |
| a power's slope and a `nan_fallback` are as usual | elementwise, TRANSPARENT | a number to nan |

None turns nan or an infinity into a number: x − x stays nan at ∞, for terms of opposite signs never meet.
Where a number becomes nan the exact program, which has no zeros filled in, decides; where the sign of a zero
does (signs.py), it makes the sums as they were written. "Rounding" includes what overflows on the way: of
terms near 1.8e308 a sum in one order may be finite and in another infinite. The sign of a zero in a result is
not kept. XLA does more: it drops + 0 even so, multiplies numbers first, rounds a product and a sum
once (2 · x − x may be a number where 2 · x overflows), and takes subnormal numbers for zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograd.compiler.record.distinct import Transparent, distinct
from autograd.compiler.record.operations import fast_or_exact
from autograd.compiler.record.recording import Index, Recording
from autograd.compiler.record.segments import Integers, Segments
from autograd.compiler.record.signs import Told, first_of_equals, nan_at_zero, signs_told
from autograd.compiler.record.sums import Sums, sums_among
from autograd.compiler.record.terms import Terms
from autograd.ops import detach, identity, nan_fallback
from autograd.primitive import Primitive

AS_OUTPUT = 2
"""What being asked for counts as uses: more than one, so that an output is never made part of a sum."""

_EXACTLY_TRANSPARENT: Transparent = {identity: 0, detach: 0, fast_or_exact: 1}
TRANSPARENT: Transparent = {**_EXACTLY_TRANSPARENT, nan_fallback: 0, fast_or_exact: 0}
"""Operations that give one argument as it is, and which; where that is nan they may give a number."""


@dataclass(frozen=True, slots=True, eq=False)
class Scalars:
    """The scalars of a simplified program, by their indices in the recording.

    Scalar `sums[n]` is sum n of `terms`, and each of `others` is `operations[code[i]]` of row i of `args`;
    whatever else is referred to is a leaf of the recording. `rows` are the rows of factors in the terms;
    they stand behind the scalars. `outputs` are the indices asked for, `uses` counts how often each is used,
    and arguments have less `depth` than what is made from them.
    """

    recording: Recording
    outputs: list[Index]
    uses: Integers
    depth: Integers
    others: Integers
    operations: list[Primitive]
    code: Integers
    args: Segments
    rows: Integers
    sums: Integers
    terms: Terms

    def is_only_output(self, index: Index) -> bool:
        """Tell whether nothing else is computed from an output."""
        return bool(self.uses[index] == AS_OUTPUT)


def simplified(recording: Recording, outputs: Sequence[Index], *, exact: bool) -> Scalars:
    """Return the scalars that the outputs need, sums as sums of products.

    A nan_fallback is taken for its usual argument, from which it differs only where that is nan, and what
    the sign of a zero decides is nan there. `exact` keeps both as they are.
    """
    told = signs_told(recording)
    kept = sorted(told.kept) if exact else []
    calls = distinct(recording, outputs, _EXACTLY_TRANSPARENT if exact else TRANSPARENT, kept)
    results: list[Index] = calls.first[list(outputs)].tolist()
    uses = np.bincount(calls.args.flat, minlength=len(calls.first))
    uses[sorted(set(results))] += AS_OUTPUT
    is_sum = sums_among(recording)
    is_sum[kept] = False
    sums, terms = Sums(recording, calls, is_sum, uses).made()
    code, operations = np.array(recording.code), list(recording.operations)
    for index, op in _changed(recording, told, exact).items():
        if op not in operations:
            operations.append(op)
        code[calls.first[index]] = operations.index(op)
    others = calls.scalars[~is_sum[calls.scalars]]
    return Scalars(
        recording, results, uses, calls.depth, others, operations, code, calls.args, calls.rows, sums, terms
    )


def _changed(recording: Recording, told: Told, exact: bool) -> dict[Index, Primitive]:
    """Return what takes the place of operations because of the sign of a zero."""
    made_by = recording.operations
    changed = {index: first_of_equals(made_by[recording.code[index]]) for index in sorted(told.ties)}
    for index, numbers in told.guarded.items() if not exact else ():
        changed[index] = nan_at_zero(changed.get(index, made_by[recording.code[index]]), numbers)
    return changed
