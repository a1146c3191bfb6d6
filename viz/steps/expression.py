"""What is computed, typeset: the whole graph as one expression in MathML, whose parts are its nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from autograd.notation.formula import ATOM, POWER, SIGN, named, number
from autograd.operators import Operators
from autograd.ops import TABLE
from autograd.primitive import Primitive
from viz.record.passes import Passes
from viz.text import printable, typeset

MOST_NODES, LONGEST, MOST_LETTERS = 40, 12_000, 90
"""An expression of more nodes, more markup or more letters is none that one reads on a line."""


class Math(Operators):
    """A part of an expression: its MathML, and how tightly it binds."""

    __slots__ = ("markup", "precedence")
    rank = 1_000_000

    def __init__(self, markup: str, precedence: int = ATOM) -> None:
        self.markup = markup
        self.precedence = precedence

    def __lt__(self, other: Any) -> Math:
        return _row(2, self, "<mo>&lt;</mo>", other)

    def __gt__(self, other: Any) -> Math:
        return _row(2, self, "<mo>&gt;</mo>", other)

    def __le__(self, other: Any) -> Math:
        return _row(2, self, "<mo>≤</mo>", other)

    def __ge__(self, other: Any) -> Math:
        return _row(2, self, "<mo>≥</mo>", other)

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Math:
        if primitive.expansion:
            return _math(primitive.expansion(*args))
        if primitive.name in WRITTEN:
            form, precedence = WRITTEN[primitive.name]
            return Math(form.format(*(_math(arg).markup for arg in args)), precedence)
        if primitive.symbol == "**":
            base = _enclosed(args[0], POWER + 1)
            return Math(f"<msup><mrow>{base}</mrow><mrow>{_math(args[1]).markup}</mrow></msup>", POWER)
        if primitive.symbol:
            sign = f"<mo>{SIGNS.get(primitive.symbol, escape(primitive.symbol))}</mo>"
            if len(args) == 2:
                return _row(primitive.precedence, args[0], sign, args[1])
            return Math(sign + _enclosed(args[0], primitive.precedence + 1), primitive.precedence)
        listed = "<mo>,</mo>".join(_math(arg).markup for arg in args)
        return Math(f"<mi>{primitive.name}</mi><mo>(</mo>{listed}<mo>)</mo>")


SIGNS = {"*": "·", "-": "−"}
WRITTEN = {
    "div": ("<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>", POWER),
    "sqrt": ("<msqrt>{}</msqrt>", ATOM),
    "cbrt": ("<mroot><mrow>{}</mrow><mn>3</mn></mroot>", ATOM),
    "abs": ("<mo>|</mo>{}<mo>|</mo>", ATOM),
    "exp": ("<msup><mi>e</mi><mrow>{}</mrow></msup>", POWER),
}
"""How an operation is typeset, and how tightly that binds: what is raised to a power needs brackets around a
fraction or a power, and no other place does."""


def expression_of(recorded: Passes) -> str:
    """Return the graph as MathML, whose parts name their nodes in `data-part`; "" if it is too long."""
    if len(recorded.forward) > MOST_NODES:
        return ""
    parts: dict[str, Math] = {}
    for step in recorded.forward:
        if step.operation:
            args: Sequence[Any] = [parts[arg] if isinstance(arg, str) else arg for arg in step.args]
            made = Math.interpret(TABLE[step.operation], tuple(args))
        else:
            made = Math(f"<mi>{escape(printable(step.name))}</mi>", named(step.name).precedence)
        markup = f'<mrow data-part="{step.node}">{made.markup}</mrow>'
        parts[step.node] = Math(markup, made.precedence)
        if len(markup) > LONGEST:
            return ""
    root = recorded.root
    if len(re.sub("<[^>]*>", "", parts[root.node].markup)) > MOST_LETTERS:
        return ""
    if not root.operation:
        return f"<math>{parts[root.node].markup}</math>"
    name = f"<mi>{escape(printable(root.name))}</mi>"
    return f"<math><mrow>{name}<mo>=</mo>{parts[root.node].markup}</mrow></math>"


def _math(x: Any) -> Math:
    if isinstance(x, Math):
        return x
    written = number(x)
    size = typeset(written.removeprefix("-"))
    if written.startswith("-"):
        return Math(f"<mo>−</mo><mn>{size}</mn>", SIGN)
    return Math(f"<mn>{size}</mn>", POWER if "e" in size else ATOM)


def _enclosed(x: Any, precedence: int) -> str:
    part = _math(x)
    return part.markup if part.precedence >= precedence else _bracketed(part.markup)


def _bracketed(markup: str) -> str:
    """Return it in brackets, in a row of their own: others make them as tall as what stands beside them."""
    return f"<mrow><mo>(</mo>{markup}<mo>)</mo></mrow>"


def _row(precedence: int, left: Any, sign: str, right: Any) -> Math:
    second = _enclosed(right, precedence + 1)
    if _begins_with_minus(second):  # a − (−b), and a + (−b · c)
        second = _bracketed(second)
    return Math(f"{_enclosed(left, precedence)}{sign}{second}", precedence)


def _begins_with_minus(markup: str) -> bool:
    """Return whether the first character shown is a minus sign, in no fraction and no power."""
    return re.match("(<mrow[^>]*>)*<mo>−</mo>", markup) is not None
