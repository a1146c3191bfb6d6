"""Terms of sums of products: what is multiplied, and what is done with the product."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from autograd.compiler.record.recording import Index
from autograd.compiler.record.segments import Integers

ONE: Index = -1
"""Stands in a term for a factor of one."""

Weight: TypeAlias = tuple[bool, float]
"""What is done with a product: whether it is summed over the batch, and its coefficient."""

PLAIN: Weight = (False, 1.0)


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


class Terms(NamedTuple):
    """Sums of products. Sum n has the terms from `start[n]` to `start[n + 1]`, each a weight and two factors.

    `weights` are numbers of `kinds`.
    """

    start: Integers
    weights: Integers
    lefts: Integers
    rights: Integers
    kinds: Weights


class Run(NamedTuple):
    """Some terms of one weight: from which place on their left and their right factors lie, and how many.

    A factor is told by its place among all arguments, behind which lies a factor of one. Of many runs these
    are rows of an array, below one with the sums that they belong to.
    """

    weight: int
    left: int
    right: int
    length: int
