"""Read an expression such as "sin(x**3 + 5)" into a graph, without `eval`.

Python's own parser gives the syntax tree; only numbers, names, infix operators and calls of primitives are
accepted, in bounded size. Nothing else can be reached from the text.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from autograd import ops
from autograd.value import Value

MAX_LENGTH = 2_000
MAX_DEPTH = 250
MAX_EXPONENT = 1_000.0

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    name: primitive
    for name, primitive in ops.TABLE.items()
    if not (primitive.symbol or primitive.notation or primitive.by_index)
}
"""What a call may name: every primitive of the table that is written as a call, but for a choice by index."""

CONSTANTS = {"pi": math.pi, "e": math.e}

_INFIX: dict[type[ast.operator], Callable[..., Any]] = {
    ast.Add: ops.add,
    ast.Sub: ops.sub,
    ast.Mult: ops.mul,
    ast.Div: ops.div,
    ast.Pow: ops.power,
}


class ExpressionError(ValueError):
    """An expression that cannot be read; the message names the part at fault and what is accepted."""


def parse(text: str) -> ast.expr:
    """Return the syntax tree of an expression, checked against the whitelist.

    Raises ExpressionError for anything but numbers, names, + - * / **, and calls of known functions, and for
    text that is too long or too deep.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"expression of {len(text)} characters, accepted are at most {MAX_LENGTH}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # on 9x, beside the error that it is
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(
            f"not an expression: {_short(text)!r}; accepted is for example sin(x**3 + 5)"
        ) from None
    _check(tree, text.strip())
    return tree


def names(tree: ast.expr) -> list[str]:
    """Return the variables of an expression in order of first appearance."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [
        (node.lineno, node.col_offset, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in CONSTANTS
    ]
    return list(dict.fromkeys(name for _, _, name in sorted(found)))


def evaluate(tree: ast.expr, variables: Mapping[str, Value | float]) -> Value:
    """Build the graph of a checked expression from the values of its variables.

    Raises ExpressionError if a variable has no value, or a constant exponent is out of bounds.
    """
    missing = [name for name in names(tree) if name not in variables]
    if missing:
        given = ", ".join(variables) or "none"
        raise ExpressionError(
            f"no value for {', '.join(missing)}; given: {given}; write for example {missing[0]}=1.2"
        )
    result = _build(tree, {**CONSTANTS, **variables})
    return result if isinstance(result, Value) else Value(result)


def _check(tree: ast.expr, text: str) -> None:
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise ExpressionError(f"expression nested deeper than {MAX_DEPTH} levels")
        children: list[ast.expr]
        match node:
            case ast.Constant(value=bool()) | ast.Constant(value=complex()):
                raise ExpressionError(f"not a real number: {_shown(node, text)}")
            case ast.Constant(value=int() | float()) | ast.Name():
                children = []
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _INFIX:
                children = [left, right]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                children = [operand]
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                _check_call(name, len(args))
                children = args
            case _:
                raise ExpressionError(
                    f"not accepted: {_shown(node, text)!r}; accepted are numbers, names, + - * / ** and "
                    f"calls of {', '.join(sorted(FUNCTIONS))}"
                )
        stack += [(child, depth + 1) for child in children]


def _shown(node: ast.AST, text: str) -> str:
    # As it was typed: `ast.unparse` recurses, and what is not accepted may be nested to any depth.
    return _short(ast.get_source_segment(text, node) or "")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _check_call(name: str, count: int) -> None:
    if name not in FUNCTIONS:
        raise ExpressionError(f"unknown function {name!r}; accepted are {', '.join(sorted(FUNCTIONS))}")
    arity = ops.TABLE[name].arity
    if count != arity and (arity is not None or count == 0):
        expected = "at least 1 argument" if arity is None else f"{arity} argument{'s' * (arity != 1)}"
        raise ExpressionError(f"{name} takes {expected}, got {count}")


def _build(node: ast.expr, variables: Mapping[str, Any]) -> Any:
    # The depth was bounded by the check, so this one recursion is too.
    match node:
        case ast.Constant(value=int() | float() as value):
            return ops.identity(value)
        case ast.Name(id=name):
            return variables[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ops.neg(_build(operand, variables))
        case ast.UnaryOp(operand=operand):
            return _build(operand, variables)
        case ast.BinOp(left=left, op=op, right=right):
            x, y = _build(left, variables), _build(right, variables)
            if isinstance(op, ast.Pow) and isinstance(y, float) and not abs(y) <= MAX_EXPONENT:
                raise ExpressionError(f"exponent {y:g}, accepted is at most {MAX_EXPONENT:g} in size")
            return _INFIX[type(op)](x, y)
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name](*(_build(arg, variables) for arg in args))
    raise AssertionError(f"unchecked node {ast.dump(node)}")
