"""What the padding of a rectangle holds after an operation on all of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import isfinite, isinf, nan, prod
from typing import NamedTuple

from autograd import scalar
from autograd.compiler.arrays.program import Map, Sum
from autograd.ops import div
from autograd.primitive import Primitive


class PaddingValue(NamedTuple):
    """What is known of a number that nobody asked for: which it always is, if that is known; is it finite?

    A number that is known may have come out as nan instead, which shows in whatever is made from it, and a
    zero has either sign. It is finite as long as whatever was asked for is: otherwise the exact program
    decides.
    """

    number: float | None
    finite: bool


FINITE = PaddingValue(None, True)
ANYTHING = PaddingValue(None, False)

MOST = 4
"""How many operands that are known are tried with all that each may be."""


def always(number: float) -> PaddingValue:
    """Return what is known of a number that is always the same."""
    return PaddingValue(number, isfinite(number))


def result_of(statement: Map | Sum, operands: Sequence[PaddingValue]) -> PaddingValue:
    """Return what is known of the result of a statement on such operands, by rules that always hold."""
    if isinstance(statement, Map):
        return _of_operation(statement.op, operands)
    waiting = iter(operands)
    return _added(
        [
            _multiplied([always(p.coefficient), next(waiting), *([] if p.right is None else [next(waiting)])])
            for p in statement.products
        ]
    )


def _of_operation(op: Primitive, operands: Sequence[PaddingValue]) -> PaddingValue:
    """Return what an operation makes of numbers that are all known; of others, what 0 divided by them is."""
    numbers = [x.number for x in operands if x.number is not None]
    if op is div and operands[0].number == 0.0 and operands[1] == FINITE:
        return always(0.0)  # or 0 / 0, which is nan
    if len(numbers) < len(operands) or len(numbers) > MOST:
        return ANYTHING
    expected, *others = [op.impl(scalar, *each) for each in product(*map(_what_it_may_be, numbers))]
    return _known(expected) if all(x == expected or x != x for x in others) else ANYTHING


def _what_it_may_be(number: float) -> tuple[float, ...]:
    """Return a known number, with the other sign if it is 0, and nan."""
    return (number, -number, nan) if number == 0.0 else (number, nan)


def _multiplied(factors: Sequence[PaddingValue]) -> PaddingValue:
    numbers = [x.number for x in factors if x.number is not None]
    if len(numbers) == len(factors):
        return _known(prod(numbers))
    if not all(x.finite for x in factors):
        return ANYTHING
    return always(0.0) if 0.0 in numbers else FINITE


def _added(terms: Sequence[PaddingValue]) -> PaddingValue:
    """Return what is known of a sum: what is infinite stays so whatever is added that is finite."""
    numbers = [x.number for x in terms if x.number is not None]
    total = sum(numbers)
    if len(numbers) == len(terms) or (isinf(total) and ANYTHING not in terms):
        return _known(total)
    return FINITE if all(x.finite for x in terms) else ANYTHING


def _known(number: float) -> PaddingValue:
    return always(number) if number == number else ANYTHING
