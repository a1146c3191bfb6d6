"""What the padding of a rectangle holds after an operation on all of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan
from typing import NamedTuple

from autograd import scalar
from autograd.compiler.arrays.program import Map, Sum


class PaddingValue(NamedTuple):
    """What is known of a number that nobody asked for: which it always is, if that is known; is it finite?

    It is finite as long as whatever was asked for is: otherwise the exact program decides.
    """

    number: float | None
    finite: bool


FINITE = PaddingValue(None, True)
ANYTHING = PaddingValue(None, False)

SAMPLES = (-3.25, -0.5, 0.75, 2.0, 40.0)
"""What stands for a finite number where it is tried whether it makes a difference."""


def always(number: float) -> PaddingValue:
    """Return what is known of a number that is always the same."""
    return PaddingValue(number, isfinite(number))


def result_of(statement: Map | Sum, operands: Sequence[PaddingValue]) -> PaddingValue:
    """Return what is known of the result of a statement on such operands.

    Found by trying: minus infinity stays so less a number, and its exponential is zero.
    """
    tried = []
    for k in range(len(SAMPLES)):
        samples = [SAMPLES[(k + 2 * n) % len(SAMPLES)] if x.finite else nan for n, x in enumerate(operands)]
        numbers = [s if x.number is None else x.number for s, x in zip(samples, operands, strict=True)]
        tried.append(_of_one(statement, numbers))
    if all(result == tried[0] for result in tried):
        return always(tried[0])
    return FINITE if isinstance(statement, Sum) and all(x.finite for x in operands) else ANYTHING


def _of_one(statement: Map | Sum, numbers: Sequence[float]) -> float:
    """Return what a statement, done element by element, gives for one number from each of its operands."""
    if isinstance(statement, Map):
        return float(statement.op.impl(scalar, *numbers))
    waiting = iter(numbers)
    return sum(
        product.coefficient * next(waiting) * (1.0 if product.right is None else next(waiting))
        for product in statement.products
    )
