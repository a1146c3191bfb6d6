"""Terms of sums of products: what is multiplied, and what is done with the product."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.compiler.record.recording import Index
from autograd.compiler.record.segments import Flags, Integers, Segments

ONE: Index = -1
"""Stands in a term for a factor of one."""

Weight: TypeAlias = tuple[bool, float]
"""What is done with a product: whether it is summed over the batch, and its coefficient."""

PLAIN: Weight = (False, 1.0)

JOINED = (1e-30, 1e30)
"""Within which size coefficients are made one: that float32 has too, with room to add many up."""

LARGEST_COEFFICIENT = 1e6
"""How large a coefficient may be: a × (x + y) hides that a × x and a × y overflow, and by how much."""


def is_coefficient(number: Any) -> Any:
    """Tell of a number, or of each in an array, whether sums take it out; else it is a factor."""
    return (number == 0.0) | ((JOINED[0] < abs(number)) & (abs(number) <= LARGEST_COEFFICIENT))


class Weights:
    """All weights that terms have; a term has the number of its own. That of `PLAIN` is 0."""

    def __init__(self) -> None:
        self.all: list[Weight] = [PLAIN]
        self._numbers: dict[Weight, int] = {PLAIN: 0}

    def number(self, weight: Weight) -> int:
        """Return the number of a weight."""
        number = self._numbers.setdefault(weight, len(self.all))
        if number == len(self.all):
            self.all.append(weight)
        return number

    @property
    def zeros(self) -> list[int]:
        """The numbers of those that multiply by 0."""
        return [self._numbers[weight] for weight in ((False, 0.0), (True, 0.0)) if weight in self._numbers]


class Term(NamedTuple):
    """The number of a weight, and two factors."""

    weight: int
    left: Index
    right: Index


class Terms(NamedTuple):
    """Sums of products. Sum n has the terms from `start[n]` to `start[n + 1]`, each a weight and two factors.

    `weights` are numbers of `kinds`. A factor is a scalar or a row of them: row n of `factors` is what
    factor n stands for. Two rows are as many products as they are long, and these are added up.
    """

    start: Integers
    weights: Integers
    lefts: Integers
    rights: Integers
    kinds: Weights
    factors: Segments

    @property
    def is_zero(self) -> Flags:
        """Which terms are products with the number 0."""
        found: Flags = np.isin(self.weights, self.kinds.zeros)
        return found

    def chosen(self, sums: Integers) -> Terms:
        """Return some of the sums."""
        at, start = Segments(self.lefts, self.start).places(sums)
        return self._replace(
            start=start, weights=self.weights[at], lefts=self.lefts[at], rights=self.rights[at]
        )

    def spelled_out(self) -> Terms:
        """Return the same sums with a term for each product of two scalars."""
        left = self.factors.chosen(self.lefts)
        right = self.factors.chosen(self.rights % (len(self.factors.start) - 1))  # that of ONE is the last
        return self._replace(
            start=left.start[self.start],
            weights=np.repeat(self.weights, left.counts),
            lefts=left.flat,
            rights=right.flat,
        )
