"""The table read as text: the formula of an operation, and of each of its local derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan
from typing import Any
from unicodedata import decomposition

from autograd.operators import Operators
from autograd.ops import detach, where
from autograd.primitive import Primitive

ATOM, POWER, SIGN, COMPARISON, LOOSEST = 10, 6, 5, 2, 0
"""How tightly a name or a plain number binds, and on down to what gets brackets everywhere.

See `Primitive.precedence`.
"""

OPERATORS = frozenset("+-*/%<>=−·×÷")
"""What makes a sum or a product of a name, outside of brackets."""

SUPERSCRIPT = "<super>"
"""How the decomposition of a superscript character begins, as that of ² and of ⁿ."""

LONGEST, CUT = 1_000, " … "
"""Characters of a formula, and what stands for its middle where it has more.

The partials of n arguments that each name all n would else grow with n³.
"""


class Text(Operators):
    """A formula under construction: what an expression looks like, instead of what it is worth.

    Of a formula of more than 1,000 characters the middle is left out: "a + b + … + z".
    """

    __slots__ = ("number", "precedence", "text")
    rank = 1_000_000

    def __init__(self, text: str, precedence: int = ATOM, number: float | None = None) -> None:
        self.text = text if len(text) <= LONGEST else _without_middle(text)
        self.precedence = precedence
        self.number = number

    def __str__(self) -> str:
        return self.text

    def unfolded(self) -> Text:
        """Return the same text, no longer a number to compute with."""
        return Text(self.text, self.precedence)

    def constant(self) -> float:
        return nan if self.number is None else self.number

    def __lt__(self, other: Any) -> Text:
        return _infix("<", COMPARISON, self, other)

    def __gt__(self, other: Any) -> Text:
        return _infix(">", COMPARISON, self, other)

    def __le__(self, other: Any) -> Text:
        return _infix("<=", COMPARISON, self, other)

    def __ge__(self, other: Any) -> Text:
        return _infix(">=", COMPARISON, self, other)

    def selecting(self, partial: Any, holds: bool) -> Text:
        """Return a choice between the derivative and the 0 that nothing looks like."""
        shown = 0.0 if partial is None else partial
        return where(self, shown, 0.0) if holds else where(self, 0.0, shown)

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Text:
        if primitive is detach:  # a rule is read for what it is worth
            return _text(args[0])
        numbers = [arg.number if isinstance(arg, Text) else arg for arg in args]
        if None not in numbers:
            return _text(primitive(*numbers))  # the rule's y - 1 reads 2 where y is 3
        return _written(primitive, args)


def value_formula(primitive: Primitive, names: Sequence[str | float | Text]) -> str:
    """Return how the operation is written, for arguments of the given names: "x ** y", "x ** 3".

    An argument may be given as a number, which stays as it is, or as a formula, which gets brackets, as does
    a name that reads as one. A dot whose bias is the number 0 is written without it.
    """
    plain: list[Any] = [named(name) if isinstance(name, str) else filled(name) for name in names]
    if names[-1] == 0.0:  # which an expansion may leave out
        plain[-1] = names[-1]
    return str(_written(primitive, tuple(plain)))


def partial_formulas(primitive: Primitive, names: Sequence[str | float], out: str = "out") -> list[str]:
    """Return the local derivative along each argument as a formula: ["cos(x)"], ["3 * x ** 2", …].

    The operation's own result is called `out`. An argument may be given as a number, with which the rule
    then computes. A derivative that is zero everywhere reads "0".
    """
    texts = [named(name) if isinstance(name, str) else _text(name) for name in names]
    partials = primitive.derivatives(named(out), texts)
    return ["0" if partial is None else str(_text(partial)) for partial in partials]


def number(x: float) -> str:
    """Write a number as briefly as reads back the same: 1.0 as "1", 0.1 as "0.1", -0.0 as "-0"."""
    return f"{x:.0f}" if isfinite(x) and x == int(x) and abs(x) < 1e16 else repr(float(x))


def filled(x: float | Text) -> Text:
    """Return a number as it fills a formula in: in brackets where one needs them, and not computed with."""
    return _text(x).unfolded()


def enclosed(name: str) -> str:
    """Return a name, in brackets if it reads as a formula: "(x - y)"."""
    return _enclosed(named(name), ATOM)


def derivative(of: str, by: str) -> str:
    """Return the sign of a derivative: "∂L/∂x", with brackets around a name that reads as a formula."""
    return f"∂{enclosed(of)}/∂{enclosed(by)}"


def named(name: str) -> Text:
    """Return a name as a formula: one that reads as a sum or a power gets brackets where those do."""
    depth, outside = 0, set()
    for character in name:
        depth += (character in "([") - (character in ")]")
        if depth == 0:
            outside.add(character)
    if outside & OPERATORS:
        return Text(name, LOOSEST)
    raised = any(
        character == "^" or decomposition(character).startswith(SUPERSCRIPT) for character in outside
    )
    return Text(name, POWER if raised else ATOM)


def _without_middle(text: str) -> str:
    """Return the beginning and the end of a text, cut at spaces; what was cut before has one gap, not two."""
    half = LONGEST // 2
    start, end = text.partition(CUT)[0], text.rpartition(CUT)[2]
    if len(start) > half:
        start = start[:half].rpartition(" ")[0] or start[:half]
    if len(end) > half:
        end = end[-half:].partition(" ")[2] or end[-half:]
    return f"{start}{CUT}{end}"


def _written(primitive: Primitive, args: tuple[Any, ...]) -> Text:
    if primitive.expansion:
        return _text(primitive.expansion(*args))
    if primitive.notation:
        written = [_enclosed(arg, primitive.precedence + 1) for arg in args]
        return Text(primitive.notation.format(*written), primitive.precedence)
    if primitive.symbol and len(args) == 2:
        return _infix(primitive.symbol, primitive.precedence, *args)
    if primitive.symbol:
        return Text(primitive.symbol + _enclosed(args[0], primitive.precedence + 1), primitive.precedence)
    return Text(f"{primitive.name}({', '.join(_text(arg).text for arg in args)})", primitive.precedence)


def _text(x: Any) -> Text:
    if isinstance(x, Text):
        return x
    text = number(x)
    return Text(text, SIGN if text.startswith("-") else ATOM, x)


def _enclosed(x: Any, precedence: int) -> str:
    text = _text(x)
    return text.text if text.precedence >= precedence else f"({text.text})"


def _infix(symbol: str, precedence: int, left: Any, right: Any) -> Text:
    # x - (y - z) and (x ** y) ** z keep their brackets: only one side may be of the same precedence, and
    # neither of a comparison, for x < y < z is another one.
    first = _enclosed(left, precedence + (precedence in (POWER, COMPARISON)))
    second = _enclosed(right, precedence + (precedence != POWER))
    if second.startswith("-"):  # a - (-b), not a - -b
        second = f"({second})"
    return Text(f"{first} {symbol} {second}", precedence)
