"""An entry's `impl`, written down once as a list of instructions, which can be printed or run elsewhere.

`impl(xp, x)`, called with a `Listing` for `xp` and its symbols for arguments, leaves behind what it asked
for, in order and each thing once. A softplus is

    t0 = maximum(x0, 0.0)
    t1 = abs(x0)
    t2 = -t1
    t3 = exp(t2)
    t4 = log1p(t3)
    t5 = t0 + t4

A rule for a derivative is written down in the same way. A `Dialect` says how a language writes each function;
a backend over arrays looks each one up in a table of its own.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import scalar
from autograd.primitive import CACHE_SIZE, Operand, Primitive

CONDITIONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "and_"})
"""The functions whose result is a truth value and not a number."""

SELECTED_BY = {"and_": (0, 1), "where": (0,)}
"""Which arguments of a function are truth values; all others are numbers."""

JOINS = ("add", "mul", "maximum", "minimum", "hypot")
"""The functions that can join all of a row at once, from left to right or in any other order."""


def _infix(function: str) -> Callable[[Symbol, Any], Any]:
    return lambda left, right: left.listing.call(function, left, right)


def _reflected(function: str) -> Callable[[Symbol, Any], Any]:
    return lambda right, left: right.listing.call(function, left, right)


class Symbol(Operand):
    """A number that is known only when the instructions run: an argument, or what one of them results in.

    A `row` stands for all arguments of an n-ary operation, or for what was made of each of them.
    """

    __slots__ = ("is_condition", "listing", "row")
    rank = 2_000_000

    def __init__(self, listing: Listing, row: bool = False, is_condition: bool = False) -> None:
        self.listing = listing
        self.row = row
        self.is_condition = is_condition

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        listing = next(arg.listing for arg in args if isinstance(arg, Symbol))
        return primitive.impl(listing, *args)

    def selecting(self, partial: Any, holds: bool) -> Any:
        """Write a derivative that is None, which the chain rule passes over, where nothing is selected."""
        return self.listing.where(self, *((partial, None) if holds else (None, partial)))

    # By the names of `operator`; functions of `xp` go by their own.
    __add__, __radd__ = _infix("add"), _reflected("add")
    __sub__, __rsub__ = _infix("sub"), _reflected("sub")
    __mul__, __rmul__ = _infix("mul"), _reflected("mul")
    __truediv__, __rtruediv__ = _infix("truediv"), _reflected("truediv")
    __lt__, __le__, __gt__, __ge__ = map(_infix, ("lt", "le", "gt", "ge"))
    __eq__, __ne__ = map(_infix, ("eq", "ne"))
    __hash__ = object.__hash__

    def __neg__(self) -> Any:
        return self.listing.call("neg", self)

    def __and__(self, other: Any) -> Any:
        if isinstance(other, bool):
            return self if other else False
        return self.listing.call("and_", self, other)

    __rand__ = __and__


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """`function(*arguments)` is the `result`; or `function` joins all of the one row that it is given.

    Arguments are symbols and floats; None is a derivative that is not there.
    """

    function: str
    arguments: tuple[Any, ...]
    result: Symbol
    joins: bool = False


class Listing:
    """Stands where `autograd.scalar` stands in `impl(xp, …)`, and writes down what it is asked to compute.

    What depends on no symbol is computed at once.
    """

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self._results: dict[tuple[Any, ...], Symbol] = {}
        self._conditions: dict[Symbol, Symbol] = {}
        self._functions: dict[str, Callable[..., Any]] = {}

    def argument(self, row: bool = False) -> Symbol:
        """Return a new symbol for an argument, or for all of them."""
        return Symbol(self, row)

    def call(self, function: str, *arguments: Any, joins: bool = False) -> Symbol:
        """Return the result of an instruction, that of an equal one if there is one already.

        A truth value becomes the number 1 or 0, unless it is what is chosen by, or what `and_` joins.
        """
        places = SELECTED_BY.get(function, ())
        args = tuple([x if n in places else self._number(x) for n, x in enumerate(arguments)])
        # A float by its text, which tells 0.0 from -0.0; a symbol by identity, for == would be written down.
        key = function, joins, *[id(x) if isinstance(x, Symbol) else repr(x) for x in args]
        if key not in self._results:
            row = not joins and any(isinstance(x, Symbol) and x.row for x in args)
            result = self._results[key] = Symbol(self, row, function in CONDITIONS)
            self.instructions.append(Instruction(function, args, result, joins))
        return self._results[key]

    def _number(self, x: Any) -> Any:
        """Return an argument as a number: languages differ in what they make of a sum of truth values."""
        if isinstance(x, Symbol):
            return self.where(x, 1.0, 0.0) if x.is_condition else x
        return x if x is None else float(x)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        """Write a choice by a truth value, into which a number is turned first."""
        if not isinstance(condition, Symbol):
            return x if condition else y
        if not condition.is_condition:
            condition = self._conditions.get(condition, condition != 0.0)
        result = self.call("where", condition, x, y)
        if type(x) is float and type(y) is float and (x, y) == (1.0, 0.0):
            self._conditions[result] = condition
        return result

    def reduce(self, function: Callable[[Any, Any], Any], xs: Sequence[Any]) -> Any:
        """Write how numbers are joined from left to right, or all of a row by one instruction.

        Raises TypeError for a row and a function that is not in `JOINS`, which takes them one by one.
        """
        return functools.reduce(
            function, [self._joined(function, x) if isinstance(x, Symbol) and x.row else x for x in xs]
        )

    def _joined(self, function: Callable[[Any, Any], Any], row: Symbol) -> Symbol:
        name = getattr(function, "__name__", "")
        if name not in JOINS or function not in (getattr(operator, name, None), getattr(self, name, None)):
            raise TypeError(f"a row is joined by one of {', '.join(JOINS)}, got {function!r}")
        return self.call(name, row, joins=True)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        of_floats = getattr(scalar, name)
        if name in self._functions:
            return self._functions[name]

        def function(*args: Any) -> Any:
            if any(isinstance(x, Symbol) for x in args):
                return self.call(name, *args)
            return of_floats(*args)

        function.__name__ = name
        return self._functions.setdefault(name, function)

    def needed(self, *results: Any) -> list[Instruction]:
        """Return the instructions that some results depend on, in order."""
        wanted = {x for x in results if isinstance(x, Symbol)}
        found = []
        for instruction in reversed(self.instructions):
            if instruction.result in wanted:
                wanted.update(x for x in instruction.arguments if isinstance(x, Symbol))
                found.append(instruction)
        return found[::-1]


def listed(
    impl: Callable[..., Any], arguments: Sequence[float | None], row: bool = False
) -> tuple[list[Instruction], list[Any], Any]:
    """Return the instructions of an `impl`, its arguments as symbols, and the symbol of its result.

    A number among `arguments` stands for itself, None for what is not known, a number or a row of them.
    """
    listing = Listing()
    symbols = [listing.argument(row) if x is None else x for x in arguments]
    result = impl(listing, *symbols)
    return listing.needed(result), symbols, result


def computed(written: Sequence[Instruction], held: dict[Symbol, Any], result: Any, xp: Any) -> Any:
    """Return the result of instructions by the functions of a namespace; `held` has the arguments."""
    for call in written:
        given = [held[x] if isinstance(x, Symbol) else x for x in call.arguments]
        infix = call.function in INFIX or call.function == "and_"
        function = getattr(operator if infix else xp, call.function)
        held[call.result] = xp.reduce(function, given) if call.joins else function(*given)
    return held[result] if isinstance(result, Symbol) else result


@functools.lru_cache(CACHE_SIZE)
def listed_on_row(impl: Callable[..., Any], count: int) -> tuple[list[Instruction], list[Any], Any] | None:
    """Return the same for an `impl` of any number of arguments on one row of them, which has `count`.

    Return None unless the instructions, written out for each argument, are those of the `impl` on `count`
    arguments one by one.
    """
    try:
        written, [row], result = listed(impl, [None], row=True)
    except (IndexError, TypeError, ValueError):  # it needs more arguments than one
        return None
    if not isinstance(result, Symbol) or result.row:
        return None
    listing = Listing()
    arguments = [listing.argument() for _ in range(count)]
    one_by_one = impl(listing, *arguments)
    found: dict[Symbol, list[Any]] = {row: arguments}  # one for each argument, or one alone

    def of_argument(x: Any, k: int) -> Any:
        return found[x][k if x.row else 0] if isinstance(x, Symbol) else x

    for call in written:
        if call.joins:
            join = functools.partial(listing.call, call.function)
            found[call.result] = [functools.reduce(join, found[call.arguments[0]])]
        else:
            found[call.result] = [
                listing.call(call.function, *[of_argument(x, k) for x in call.arguments])
                for k in range(count if call.result.row else 1)
            ]
    return (written, [row], result) if found[result][0] is one_by_one else None


@dataclass(frozen=True)
class Dialect:
    """How a language writes instructions.

    `words` has for each function another name, or a form such as "{} + {}"; without an entry it is called by
    the name that it has in `autograd.scalar`. `number` writes a float, or the None that the chain rule passes
    over.
    """

    words: Mapping[str, str]
    number: Callable[[Any], str]

    def write(self, instructions: Sequence[Instruction], names: dict[Symbol, str]) -> list[tuple[str, str]]:
        """Return a name, t0, t1, …, and an expression for each instruction.

        `names` has those of the arguments, and gets those of the results.
        """
        written = []
        for n, instruction in enumerate(instructions):
            word = self.words.get(instruction.function, instruction.function)
            form = word if "{" in word else f"{word}({', '.join(['{}'] * len(instruction.arguments))})"
            expression = form.format(*[self.operand(x, names) for x in instruction.arguments])
            names[instruction.result] = f"t{n}"
            written.append((f"t{n}", expression))
        return written

    def operand(self, x: Any, names: Mapping[Symbol, str]) -> str:
        """Return a symbol's name, or a number as the language writes it."""
        return names[x] if isinstance(x, Symbol) else self.number(x)


INFIX = {
    "add": "{} + {}",
    "sub": "{} - {}",
    "mul": "{} * {}",
    "truediv": "{} / {}",
    "neg": "-{}",
    "lt": "{} < {}",
    "le": "{} <= {}",
    "gt": "{} > {}",
    "ge": "{} >= {}",
    "eq": "{} == {}",
    "ne": "{} != {}",
}
"""What Python, C and JavaScript write alike."""

PYTHON = Dialect({**INFIX, "and_": "{} and {}", "where": "{1} if {0} else {2}"}, repr)
"""Over floats, with the names of `autograd.scalar`, inf and nan in scope."""
