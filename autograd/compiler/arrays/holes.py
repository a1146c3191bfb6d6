"""What the holes of a rectangle hold after an operation on all of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan
from typing import TypeAlias

from autograd import scalar
from autograd.compiler.arrays.program import Map, Sum

ANYTHING = nan
"""What a hole holds if it may be infinite or nan."""

SOME_NUMBER = None
"""What a hole holds if it is certainly not, as long as nothing else is."""

Held: TypeAlias = float | None

SAMPLES = (-3.25, -0.5, 0.75, 2.0, 40.0)
"""What stands for some number where it is tried whether it makes a difference."""


def result_of(statement: Map | Sum, held: Sequence[Held]) -> Held:
    """Return what a statement gives if that is what its operands hold: a number that it always is, if it is.

    Found by trying: minus infinity stays so less a number, and its exponential is zero.
    """
    tried = []
    for k in range(len(SAMPLES)):
        numbers = [SAMPLES[(k + 2 * n) % len(SAMPLES)] if x is None else x for n, x in enumerate(held)]
        tried.append(_of_one(statement, numbers))
    if all(result == tried[0] for result in tried):
        return tried[0]
    finite = isinstance(statement, Sum) and all(x is SOME_NUMBER or isfinite(x) for x in held)
    return SOME_NUMBER if finite else ANYTHING


def _of_one(statement: Map | Sum, numbers: Sequence[float]) -> float:
    """Return what a statement, done element by element, gives for one number from each of its operands."""
    if isinstance(statement, Map):
        return float(statement.op.impl(scalar, *numbers))
    waiting = iter(numbers)
    return sum(
        product.coefficient * next(waiting) * (1.0 if product.right is None else next(waiting))
        for product in statement.products
    )
