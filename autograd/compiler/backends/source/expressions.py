"""Small pieces of source: numbers and shapes."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from math import isfinite

import numpy as np

from autograd.compiler.arrays.program import Operand, Positions
from autograd.compiler.arrays.strides import only_number
from autograd.notation.formula import number


def repeats(at: Positions) -> bool:
    """Tell whether positions stay the same along an axis."""
    return any(at.shape[n] > 1 and at.take(0, n).flat[0] == at.take(1, n).flat[0] for n in range(at.ndim))


def literal(x: float) -> str:
    """Return a number as it is written in a program."""
    return f"float('{x}')" if not isfinite(x) else number(x) if x else repr(x)


def number_or_text(text: str) -> str | float:
    """Return the number that a text is, or the text; `Infinity` is a name."""
    try:
        return text if text.isidentifier() else float(text) or text
    except ValueError:
        return text


def flat(expression: str, shape: Sequence[int], batched: bool) -> str:
    """Return an expression of a shape behind the batch axis as one of a single axis."""
    if len(shape) == 1:
        return expression
    return reshaped(expression, [*[-1] * batched, int(np.prod(shape))])


def reshaped(expression: str, shape: Sequence[int]) -> str:
    """Return an expression in a shape, instead of that which it is given already."""
    body = ast.parse(expression, mode="eval").body
    if isinstance(body, ast.Call) and isinstance(body.func, ast.Attribute) and body.func.attr == "reshape":
        expression = expression[: expression.rindex(".reshape(")]
    else:
        expression = enclosed(expression)
    return f"{expression}.reshape({', '.join(map(str, shape))})"


def enclosed(expression: str) -> str:
    """Return an expression that a method can be called on."""
    binds = isinstance(
        ast.parse(expression, mode="eval").body, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
    )
    return expression if binds else f"({expression})"


def is_narrow(operands: Sequence[Operand]) -> bool:
    """Tell whether operands, each as short as it can be, together give less than their shape."""
    arrays = [o for o in operands if o.numbers is None or only_number(o.numbers) is None]
    if not arrays:
        return bool(operands)  # plain numbers, which have no shape at all

    def stays(operand: Operand, axis: int) -> bool:
        return operand.numbers is None and bool((operand.at == operand.at.take([0], axis)).all())

    sizes = enumerate(arrays[0].at.shape)
    return any(size > 1 and all(stays(operand, axis) for operand in arrays) for axis, size in sizes)
