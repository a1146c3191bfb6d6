"""The table written as JavaScript: the value of an operation, and its local derivatives, for the page.

The page computes a graph with these functions; the names in them are those of `assets/scalar.js`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.primitive import Primitive
from autograd.specialise import Code, Writer


class Script(Writer):
    """Writes down what `impl(xp, …)` computes as JavaScript."""

    def write(self, expression: str) -> Code:
        """Assign an expression to a constant; one that came before has its constant already."""
        return super().write(expression.replace(" and ", " && "))

    def where(self, condition: Any, x: Any, y: Any) -> Code:
        """Write a choice; a nan is a true condition in Python, and `!= 0` makes it one here."""
        return self.write(f"{condition} != 0 ? {_literal(x)} : {_literal(y)}")


def value_function(primitive: Primitive, count: int) -> str:
    """Return a function of `count` numbers that computes the operation."""
    script = Script()
    out = primitive(*_numbers(script, count))
    return _function(count, "", script, _literal(out))


def slopes_function(primitive: Primitive, wanted: Sequence[bool]) -> str:
    """Return a function of the result and the arguments that computes an array of local derivatives.

    It has null for an argument that is not `wanted`, and where an argument was not selected.
    """
    script = Script()
    numbers = _numbers(script, len(wanted))
    partials = primitive.derivatives(Code(script, "y"), numbers, wanted)
    return _function(len(wanted), "y, ", script, f"[{', '.join(map(_literal, partials))}]")


def _numbers(script: Script, count: int) -> list[Code]:
    return [Code(script, f"x{place}") for place in range(count)]


def _function(count: int, first: str, script: Script, result: str) -> str:
    arguments = first + ", ".join(f"x{place}" for place in range(count))
    lines = [f"const {name} = {expression};" for expression, name in script.variables.items()]
    return f"({arguments}) => {{ {' '.join((*lines, f'return {result};'))} }}"


def _literal(x: Any) -> str:
    return "null" if x is None else str(x)
