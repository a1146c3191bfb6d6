"""What a nest does with each element: every member in turn, its operands in registers or read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.compiler.arrays.program import Array, Map, Positions
from autograd.compiler.arrays.strides import common_shape, only_number
from autograd.compiler.backends.elementwise import instructions
from autograd.compiler.backends.native.emit.dialect import declared, expression, number
from autograd.compiler.backends.native.emit.nests import Nest
from autograd.compiler.backends.native.emit.scope import Lines, Scope, picked
from autograd.notation.listing import Symbol

COUNTERS = "ijklmnop"


def write_elements(nest: Nest, scope: Scope, lines: Lines) -> None:
    """Write a nest that computes element by element, in a shape that most of its operands follow."""
    columns = [c.at for member in nest.members for _, sides in member.columns() for c in sides]
    shape = common_shape([*columns, *[member.out.at for member in nest.members]])
    if len(shape) > len(COUNTERS):
        shape = (len(nest.members[0].out.at),)
    for counter, size in zip(COUNTERS, shape, strict=False):
        lines.loop(counter, 0, size)
    elements = np.arange(int(np.prod(shape))).reshape(shape)
    write_element(nest, scope, lines, elements, COUNTERS[: len(shape)])
    lines.close(len(shape))


def write_element(
    nest: Nest,
    scope: Scope,
    lines: Lines,
    elements: Positions,
    counters: Sequence[str],
    value: str = "",
    suffix: str = "",
) -> None:
    """Write what is done with the element `elements[counters]`, which begins with a `value` if there is one.

    Names of its own end in `suffix`.
    """
    held: dict[Array, str] = {}
    for n, member in enumerate(nest.members):
        statement = member.statement
        out = member.out.reading(picked(member.out.at, elements))
        own = value if n == 0 else ""
        if n == 0 and nest.begun:
            own = f"{scope.read(out, counters)}{f' + {own}' if own else ''}"
        columns = [
            (
                coefficient,
                [
                    held.get(side.array) or scope.guarded(side.reading(picked(side.at, elements)), counters)
                    for side in sides
                ],
            )
            for coefficient, sides in member.columns()
        ]
        if isinstance(statement, Map):
            result = _mapped(statement, columns[0][1], lines, f"{n}{suffix}")
        else:
            result = _sum(own, columns)
        held[statement.out.array] = name = f"e{n}{suffix}"
        lines.add(f"V {name} = {result};")
        if statement.out.array in scope.kept:
            lines.add(scope.written(out, counters, name))


def _mapped(statement: Map, values: Sequence[str], lines: Lines, suffix: str) -> str:
    """Write the instructions of an operation; return the expression for its result."""
    known = [None if x is None else only_number(x) for x in [o.numbers for o in statement.operands]]
    if None not in known:
        known[0] = None  # an operation on numbers alone is one on a vector of them
    written, symbols, result = instructions(statement.op, known, exact=False)
    names: dict[Symbol, str] = {}
    for place, (symbol, text) in enumerate(zip(symbols, values, strict=True)):
        if isinstance(symbol, Symbol):
            names[symbol] = text
            if not text.isidentifier():
                names[symbol] = f"a{place}_{suffix}"
                lines.add(f"V {names[symbol]} = {text};")
    for n, instruction in enumerate(written):
        lines.add(f"{declared(instruction)} t{n}_{suffix} = {expression(instruction, names)};")
        names[instruction.result] = f"t{n}_{suffix}"
    return names[result] if isinstance(result, Symbol) else f"all({number(result)})"


def _sum(value: str, columns: Sequence[tuple[float, Sequence[str]]]) -> str:
    """Return a value with coefficient · factors added to it as an expression."""
    for coefficient, factors in columns:
        part = " * ".join(factors)
        if abs(coefficient) != 1.0:
            part = f"{number(abs(coefficient))} * {part}"
        if value:
            value += f" {'-' if coefficient < 0 else '+'} {part}"
        else:
            value = part if coefficient > 0 else f"-({part})"
    return value or "all(0)"
