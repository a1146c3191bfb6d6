"""Dual numbers: forward mode, derived from the same partials as the backward pass.

A Dual is `primal + tangent·ε` with ε² = 0 (Clifford 1873; Griewank & Walther, *Evaluating Derivatives*,
chapter 3). Each forward pass has an ε of its own, told apart by rank: without that, a pass inside another
would mistake the outer perturbation for its own (Siskind & Pearlmutter, "Perturbation confusion", 2005).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from autograd.flow import joined, passed, settled
from autograd.operators import Operators
from autograd.primitive import Primitive, unless, when


class Dual(Operators):
    """A number and its rate of change; both may be floats, Values, or Duals of a lower rank.

    The tangent is a flow: None if nothing moves the number, which is not to say that it moves at rate zero.

    Every rank is a class of its own, made by `dual`.
    """

    __slots__ = ("primal", "tangent")

    def __init__(self, primal: Any, tangent: Any) -> None:
        self.primal = primal
        self.tangent = tangent

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Dual:
        primals = [arg.primal if type(arg) is cls else arg for arg in args]
        tangents = [arg.tangent if type(arg) is cls else None for arg in args]
        out = primitive(*primals)
        total = None
        partials = primitive.derivatives(out, primals, [tangent is not None for tangent in tangents])
        for tangent, partial in zip(tangents, partials, strict=True):
            total = joined(total, passed(tangent, partial))
        return cls(out, total)

    def selecting(self, partial: Any, holds: bool) -> Any:
        """Select as the primal does: a perturbation is too small to change a choice."""
        return when(self.primal, partial) if holds else unless(self.primal, partial)

    def __lt__(self, other: Any) -> Any:
        return self.primal < primal_part(other, self.rank)

    def __gt__(self, other: Any) -> Any:
        return self.primal > primal_part(other, self.rank)

    def __le__(self, other: Any) -> Any:
        return self.primal <= primal_part(other, self.rank)

    def __ge__(self, other: Any) -> Any:
        return self.primal >= primal_part(other, self.rank)

    def __repr__(self) -> str:
        return f"Dual({self.primal!r} + {self.tangent!r}ε{self.rank})"


@cache
def dual(rank: int) -> type[Dual]:
    """Return the class of the dual numbers of a rank."""
    return type("Dual", (Dual,), {"__slots__": (), "rank": rank})


def is_dual(x: Any, rank: int) -> bool:
    """Tell whether x carries the perturbation of this rank."""
    return isinstance(x, Dual) and x.rank == rank


def primal_part(x: Any, rank: int) -> Any:
    """Return x without the perturbation of this rank."""
    return x.primal if is_dual(x, rank) else x


def tangent_part(x: Any, rank: int) -> Any:
    """Return the rate of change of x along the perturbation of this rank; 0.0 where it has none."""
    return settled(x.tangent) if is_dual(x, rank) else 0.0
