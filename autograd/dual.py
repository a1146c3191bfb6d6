"""Dual numbers: forward mode, derived from the same partials as the backward pass.

A Dual is `primal + tangent·ε` with ε² = 0 (Clifford 1873; Griewank & Walther, *Evaluating Derivatives*,
chapter 3). Each forward pass has an ε of its own, told apart by number: without that, a pass inside another
would mistake the outer perturbation for its own (Siskind & Pearlmutter, "Perturbation confusion", 2005).
"""

from __future__ import annotations

from itertools import count
from numbers import Number
from typing import Any, NoReturn, SupportsIndex

from autograd.context import history
from autograd.flow import joined, passed, settled
from autograd.inspection import as_steps, inspectors
from autograd.operators import NO_FLOAT, Operators
from autograd.primitive import Operand, Primitive, as_number, unless, when
from autograd.value import Value, made, no_copy

perturbations = count(1)
"""The numbers of ε: no two passes of a process share one, in whatever threads, and a later one is larger."""


class Dual(Operators):
    """A number and its rate of change; both may be floats, Values, or Duals of an earlier ε.

    The tangent is a flow: None if nothing moves the number, which is not to say that it moves at rate zero.

    Comparison, truth, equality and what is refused are those of the primal, or those of a Value.
    """

    __slots__ = ("_label", "epsilon", "primal", "tangent")
    rank = 10  # above every operand that is not itself a perturbation

    def __init__(self, epsilon: int, primal: Any, tangent: Any) -> None:
        self.epsilon = epsilon
        self.primal = primal
        self.tangent = tangent

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Dual:
        epsilon = 0  # of the latest pass: the parts of its Duals may be Duals of those before
        for arg in args:
            if type(arg) is cls and arg.epsilon > epsilon:
                epsilon = arg.epsilon
        primals, tangents = [], []
        for arg in args:
            moves = type(arg) is cls and arg.epsilon == epsilon
            primals.append(arg.primal if moves else as_number(arg))
            tangents.append(arg.tangent if moves else None)
        out = primitive(*primals)
        looking = inspectors.get()
        if not history.get():
            rate = None
        elif looking:
            rate = as_steps(_rate, primitive, out, primals, tangents)
        else:
            rate = _rate(primitive, out, primals, tangents)
        dual = cls(epsilon, out, rate)
        for inspector in looking:
            inspector.result(primitive, args, dual)
        return dual

    @property
    def data(self) -> float:
        """The number without its rate of change; a scalar that is being recorded refuses to tell it."""
        number: float = getattr(self.primal, "data", self.primal)
        return number

    def backward(self, create_graph: bool = False) -> None:
        """Raise TypeError inside forward mode, where `grad` has the gradient; outside be the primal's."""
        if made.get() is None and isinstance(self.primal, Operators):
            self.primal.backward(create_graph)
            return
        raise TypeError(
            f"backward() was called on {self.data}, a number that jvp or hvp moves, which has no graph: "
            "use grad(f)(x) in its place, which has a derivative in every mode"
        )

    def selecting(self, partial: Any, holds: bool) -> Any:
        """Select as the primal does: a perturbation is too small to change a choice."""
        return when(self.primal, partial) if holds else unless(self.primal, partial)

    def __bool__(self) -> bool:
        return bool(self.primal)

    def __lt__(self, other: Any) -> Any:
        return self.primal < primal_part(other, self.epsilon)

    def __gt__(self, other: Any) -> Any:
        return self.primal > primal_part(other, self.epsilon)

    def __le__(self, other: Any) -> Any:
        return self.primal <= primal_part(other, self.epsilon)

    def __ge__(self, other: Any) -> Any:
        return self.primal >= primal_part(other, self.epsilon)

    def __eq__(self, other: object) -> bool:
        if isinstance(self.primal, Operand) and isinstance(other, (Number, Operand)):
            bool(self.primal == primal_part(other, self.epsilon))  # a scalar that is being recorded refuses
        return True if self is other else NotImplemented

    def __hash__(self) -> int:
        if isinstance(self.primal, Operand):
            hash(self.primal)
        return object.__hash__(self)

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        if isinstance(self.primal, Value) or isinstance(self.tangent, Value):
            raise TypeError(no_copy(self))
        return super().__reduce_ex__(protocol)

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        for name, part in state[1].items():
            setattr(self, name, part)
        while next(perturbations) < self.epsilon:  # of another process: the passes inside that one come later
            pass

    def __float__(self) -> NoReturn:
        if isinstance(self.primal, Operators):
            float(self.primal)
        raise TypeError(NO_FLOAT)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __str__(self) -> str:
        return f"Dual({self.primal!s} + {self.tangent!s}ε{self.epsilon})"

    def __repr__(self) -> str:
        return f"Dual({self.primal!r} + {self.tangent!r}ε{self.epsilon})"


def _rate(primitive: Primitive, out: Any, primals: list[Any], tangents: list[Any]) -> Any:
    """Return the flow forward through an operation: the chain rule."""
    total = None
    partials = primitive.derivatives(out, primals, [tangent is not None for tangent in tangents])
    for tangent, partial in zip(tangents, partials, strict=True):
        if partial is not None:
            total = joined(total, passed(tangent, partial))
    return total


def is_dual(x: Any, epsilon: int) -> bool:
    """Tell whether x carries this perturbation."""
    return isinstance(x, Dual) and x.epsilon == epsilon


def primal_part(x: Any, epsilon: int) -> Any:
    """Return x without this perturbation."""
    return x.primal if is_dual(x, epsilon) else x


def tangent_part(x: Any, epsilon: int) -> Any:
    """Return the rate of change of x along this perturbation; 0.0 where it has none."""
    return settled(x.tangent) if is_dual(x, epsilon) else 0.0


def without_later(x: Any, epsilon: int) -> Any:
    """Return x without the perturbations of later passes, which had ended where the pass of this one did.

    What a function has kept of them stands for the numbers that they moved.
    """
    while isinstance(x, Dual) and x.epsilon > epsilon:
        x = x.primal
    return x
