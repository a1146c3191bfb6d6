"""The Primitive record: one operation stated once, and how a call to it is interpreted.

A call `sin(x)` means whatever `x` makes of it. Floats are computed. Anything else that can flow through
an operation is an `Operand`, and the kind of operand with the highest rank among the arguments interprets it:
a `Value` records a node, a `Text` writes a formula, and so on. There is no other dispatch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from math import inf, nan
from typing import Any

from autograd import scalar

Rule = Callable[..., Any]

CACHE_SIZE = 10_000
"""The size of each cache by operation: bounded, for a recording may have operations of its own."""


class Operand:
    """What flows through primitives besides floats.

    `rank` orders operands that meet in one call; the highest interprets it.
    """

    __slots__ = ()
    rank: int
    __array_ufunc__ = None  # NumPy then leaves `array * value` to us, and we refuse it by name

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        """Return what applying `primitive` to `args` means for this kind of operand."""
        raise NotImplementedError

    def cotangents(self, inputs: Sequence[Any]) -> list[Any]:
        """Return ∂self/∂input for each input, as operands of this kind."""
        raise NotImplementedError

    def dots(self, rows: Sequence[Sequence[Any]], xs: Sequence[Any], biases: Sequence[Any]) -> Any:
        """Return the dot of each row with `xs`, of which self is the first, plus its bias.

        NotImplemented, as here, has them applied one by one.
        """
        return NotImplemented

    def constant(self) -> float:
        """Return what self is if that is the same for every input, nan if it is not known to be."""
        return nan

    def selecting(self, partial: Any, holds: bool) -> Any:
        """Return `partial` where self, as a condition, is as `holds` says, and elsewhere nothing."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        """Raise TypeError, for a rule would go on as if true, unless a kind knows its number or says more."""
        raise TypeError("an entry of the table must choose with xp.where or where, not with if, and, or")


def as_number(x: Any) -> Any:
    """Return an operand as it is, and a real number as a float: Python's operators keep NumPy's types.

    Raises TypeError, naming the type, for anything else.
    """
    return x if isinstance(x, Operand) else scalar.as_float(x)


def when(condition: Any, partial: Any = 1.0) -> Any:
    """Return the local derivative of an argument that is selected where a condition holds.

    Elsewhere it is None: nothing passes, whatever lies behind the argument.
    """
    if isinstance(condition, Operand):
        return condition.selecting(partial, True)
    return partial if condition else None


def unless(condition: Any, partial: Any = 1.0) -> Any:
    """Return the local derivative of an argument that is selected where a condition does not hold."""
    if isinstance(condition, Operand):
        return condition.selecting(partial, False)
    return None if condition else partial


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Primitive:
    """One operation: its value, and the local derivative along each of its arguments.

    A partial is a rule `partial(out, *args)` written with infix operators and other primitives only, so
    that the same line gives a float, a differentiable Value, a formula or an array program. `None` stands
    for a derivative that is zero everywhere; `when` and `unless` for one that is there where the argument was
    selected, and else nothing. An n-ary primitive has one rule for all its arguments,
    `all_partials(out, *args)`, which returns a sequence with one partial per argument.
    """

    name: str
    impl: Callable[..., Any]
    """`impl(xp, *args)`: the value, where `xp` is `autograd.scalar` or stands in its place."""
    partials: tuple[Rule | None, ...] = ()
    all_partials: Rule | None = None
    doc: str = ""
    """What it is; "Domain: …", where it is a number; what it gives at special points; its source."""
    symbol: str = ""
    """The infix or prefix sign; without one the operation is written as a call: sin(x)."""
    notation: str = ""
    """How the operation is written, where neither sign nor call will do: "{1} if {0} else {2}"."""
    expansion: Rule | None = None
    """`expansion(*args)`: the operation in terms of others, where it is read so: a dot as its products."""
    expansion_is_exact: bool = False
    """Whether the expansion is the same, wherever it is finite, but for the rounding of an exponent."""
    precedence: int = 9
    """How tightly it binds: 1 conditional, 2 comparison, 3 sum, 4 product, 5 sign, 6 power, 9 call."""
    domain: tuple[tuple[float, float], ...] = ()
    """The open interval of each argument where the value is real and smooth; tests sample it."""
    kinks: tuple[tuple[float, ...], ...] = ()
    """Points where one-sided derivatives disagree, and the rule makes a choice."""
    step_like: bool = False
    """Whether it chooses, jumps or copies: its derivatives are 0 or 1, or 0 by convention."""
    cut: bool = False
    """Whether it stops the gradient by convention, as `detach` does, though it moves with its argument."""
    in_programs: bool = True
    """Whether random programs may call it, wherever a difference quotient is taken; never if step-like."""
    counted_by: int = 1
    """By how many an n-ary primitive's arguments grow from one: a dot takes 1, 3, 5, … of them."""
    neutral: float | None = None
    """The number among the arguments of an n-ary primitive that makes no difference, as -inf to a maximum:
    compiled programs fill shorter rows up with it, and compute them at once with the longest."""
    by_index: bool = False
    """Whether the first of its arguments is an index: a whole number that chooses one of the others."""
    shares: Rule | None = None
    """`shares(index, count)`: by how much to multiply each of `count` values for their sum to be the result
    wherever all are finite. Compiled programs find matrix products there, in place of choices one by one."""
    adds: bool = False
    """Whether the result is a sum of the arguments, or of products of them: add, sum, dot."""
    sum_of_products: bool = False
    """Whether it adds, subtracts and multiplies: compiled programs make long sums of products of such."""
    saturates: bool = False
    """Whether it is a curve of one number that is steepest at 0 and levels out on both sides."""
    activation: bool = False
    """Whether layers take it as an activation by its name, beside those that `nn` lists."""
    drawn_as: str = ""
    """How a drawing heads its node, where neither its symbol nor its name reads best: "Σ w·x"."""

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def arity(self) -> int | None:
        """The number of arguments, None for an n-ary primitive."""
        return None if self.all_partials else len(self.partials)

    @property
    def heading(self) -> str:
        """What a drawing writes on a node of the operation."""
        return self.drawn_as or self.symbol or self.name

    @property
    def parameters(self) -> tuple[str, ...]:
        """The argument names of a primitive of fixed arity, as its `impl` writes them."""
        return tuple(signature(self.impl).parameters)[1:]

    def interval(self, index: int) -> tuple[float, float]:
        """Return the domain of the argument at `index`: the whole line unless the table says otherwise."""
        return self.domain[min(index, len(self.domain) - 1)] if self.domain else (-inf, inf)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Apply the operation: numbers give a float, operands give what they make of it.

        Raises TypeError for a wrong number of arguments or an argument that is not a real number.
        """
        if named:
            return self(*self.in_order(args, named))
        top: type[Operand] | None = None
        lower: type | None = None
        for arg in args:
            kind = type(arg)
            # Most arguments are like one before, or plain floats: the cheap questions come first.
            if kind is not top and kind is not float and kind is not lower:
                if issubclass(kind, Operand) and (top is None or kind.rank > top.rank):
                    top = kind
                else:
                    lower = kind
        if self.all_partials is None and len(args) != len(self.partials):
            raise TypeError(f"{self.name} takes ({', '.join(self.parameters)}), got {len(args)} arguments")
        if top is not None:
            return top.interpret(self, args)
        if not args:
            raise TypeError(f"{self.name} takes one or more arguments, got none: give it a number or a Value")
        return self.impl(scalar, *map(scalar.as_float, args))

    def in_order(self, args: Sequence[Any], named: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the arguments, of which some were given by name, in the order of the parameters.

        Raises TypeError where they are not one for each parameter.
        """
        names = () if self.all_partials else self.parameters
        rest = names[len(args) :]
        if {*named} != {*rest}:
            some = f"{len(args)} arguments and {', '.join(f'{name}=' for name in named)}"
            raise TypeError(f"{self.name} takes ({', '.join(names) or '*args'}), got {some}")
        return (*args, *(named[name] for name in rest))

    def derivatives(
        self, out: Any, args: Sequence[Any], wanted: Sequence[bool] | None = None
    ) -> tuple[Any, ...]:
        """Return the local derivative ∂out/∂arg for each wanted argument (all, by default), None for others.

        `out` and `args` may be floats or operands. A rule that is None also gives None, and so does one whose
        argument was not selected.
        """
        if self.all_partials is not None:
            every = tuple(self.all_partials(out, *args))
            if wanted is None:
                return every
            return tuple([partial if want else None for partial, want in zip(every, wanted, strict=True)])
        if wanted is None:
            return tuple([rule and rule(out, *args) for rule in self.partials])
        return tuple(
            [
                rule(out, *args) if want and rule is not None else None
                for rule, want in zip(self.partials, wanted, strict=True)
            ]
        )
