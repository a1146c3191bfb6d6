"""The table read as text: the formula of an operation, and of each of its local derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from autograd.operators import Operators
from autograd.primitive import Primitive

ATOM, POWER, SIGN = 10, 6, 5
"""The precedence of a name or a plain number, of a power, of a sign; see `Primitive.precedence`."""


class Text(Operators):
    """A formula under construction: what an expression looks like, instead of what it is worth."""

    __slots__ = ("precedence", "text")
    rank = 1_000_000

    def __init__(self, text: str, precedence: int = ATOM) -> None:
        self.text = text
        self.precedence = precedence

    def __str__(self) -> str:
        return self.text

    def __lt__(self, other: Any) -> Text:
        return _infix("<", 2, self, other)

    def __gt__(self, other: Any) -> Text:
        return _infix(">", 2, self, other)

    def interpret(self, primitive: Primitive, args: tuple[Any, ...]) -> Text:
        if primitive.notation:
            return _fill(primitive.notation, primitive.precedence, args)
        if primitive.expand:
            return primitive.impl(None, *map(_text, args))
        if primitive.symbol and len(args) == 2:
            return _infix(primitive.symbol, primitive.precedence, *args)
        if primitive.symbol:
            return Text(primitive.symbol + _enclosed(args[0], primitive.precedence), primitive.precedence)
        return Text(f"{primitive.name}({', '.join(_text(arg).text for arg in args)})", primitive.precedence)


def value_formula(primitive: Primitive, names: Sequence[str]) -> str:
    """Return how the operation is written, for arguments of the given names: "x ** y"."""
    return str(primitive(*map(Text, names)))


def partial_formula(primitive: Primitive, index: int, names: Sequence[str]) -> str:
    """Return the local derivative along argument `index` as a formula: "cos(x)", "out * sigmoid(-x)".

    The operation's own result is called "out". A derivative that is zero everywhere reads "0".
    """
    texts = list(map(Text, names))
    wanted = [position == index for position in range(len(names))]
    partial = primitive.derivatives(Text("out"), texts, wanted)[index]
    return "0" if partial is None else str(_text(partial))


def number(x: float) -> str:
    """Write a number as briefly as reads back the same: 1.0 as "1", 0.1 as "0.1"."""
    return str(int(x)) if isfinite(x) and x == int(x) and abs(x) < 1e16 else repr(float(x))


def _text(x: Any) -> Text:
    if isinstance(x, Text):
        return x
    return Text(number(x), ATOM if x >= 0 else SIGN)


def _enclosed(x: Any, precedence: int) -> str:
    text = _text(x)
    return text.text if text.precedence >= precedence else f"({text.text})"


def _infix(symbol: str, precedence: int, left: Any, right: Any) -> Text:
    # x - (y - z) and (x ** y) ** z keep their brackets: only one side may be of the same precedence.
    looser_left = 0 if precedence < POWER else 1
    return Text(
        f"{_enclosed(left, precedence + looser_left)} {symbol} {_enclosed(right, precedence + 1 - looser_left)}",
        precedence,
    )


def _fill(notation: str, precedence: int, args: tuple[Any, ...]) -> Text:
    if notation.startswith("{") and len(notation) == 3:  # the operation is not shown, only one argument
        return _text(args[int(notation[1])])
    return Text(notation.format(*(_enclosed(arg, precedence + 1) for arg in args)), precedence)
