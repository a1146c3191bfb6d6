"""An operation on any number of arguments, done to whole rows of an array in loops.

What is done to every argument alike is done in a loop over the row, as far as nothing is asked for that the
whole row must be joined for first; what needs that comes in a loop of its own.
"""

from __future__ import annotations

import numpy as np

from autograd.compiler.arrays.program import NOTHING, Map
from autograd.compiler.backends.native.emit.dialect import JOINED, declared, expression, number
from autograd.compiler.backends.native.emit.indices import Bounds
from autograd.compiler.backends.native.emit.nests import Nest
from autograd.compiler.backends.native.emit.scope import Lines, Scope
from autograd.notation.listing import Instruction, Symbol, listed_on_row


def write_rows(nest: Nest, scope: Scope, lines: Lines) -> bool:
    """Write the loops; return False where the operation does not treat its arguments alike, or has gaps."""
    (member,) = nest.members
    statement = member.statement
    assert isinstance(statement, Map)
    source = statement.operands[0].reading(np.stack([o.at for o in statement.operands], -1))
    bounds = Bounds.of(source.at != NOTHING)
    found = listed_on_row(statement.op.impl, source.at.shape[1])
    if found is None or bounds is None or any(i.joins and i.function not in JOINED for i in found[0]):
        return False
    written, (row,), result = found
    lines.loop("i", 0, len(source.at))
    low, high = bounds.text("i", scope.tables)
    passes = _passes(written, row)
    names: dict[Symbol, str] = {}
    for here in range(1 + max(passes.values())):
        now = [i for i in written if passes[i.result] == here]
        for instruction in [i for i in now if not i.joins and not i.result.row]:
            names[instruction.result] = f"t{len(names)}"
            lines.add(f"{declared(instruction)} t{len(names) - 1} = {expression(instruction, names)};")
        inside = [i for i in now if i.joins or i.result.row]
        if not inside:
            continue
        later = {x for i in written if passes[i.result] > here for x in i.arguments if isinstance(x, Symbol)}
        for instruction in inside:
            name = f"t{len(names)}"
            if instruction.joins:
                lines.add(f"V {name} = all({number(JOINED[instruction.function][0])});")
                names[instruction.result] = name
            elif instruction.result in later:
                lines.add(f"{declared(instruction)} {name}[{source.at.shape[1]}];")
                names[instruction.result] = f"{name}[k]"
        lines.loop("k", low, high)
        lines.add(f"V x = {scope.read(source, 'ik')};")
        _write_pass(inside, {row: "x", **names}, lines)
        lines.close()
    lines.add(scope.written(member.out, "i", names[result]))
    lines.close()
    return True


def _passes(written: list[Instruction], row: Symbol) -> dict[Symbol, int]:
    """Return in which pass over the row each instruction comes; what joins is there for the pass after."""
    ready: dict[Symbol, int] = {row: 0}
    passes: dict[Symbol, int] = {}
    for i in written:
        passes[i.result] = max([0, *[ready[x] for x in i.arguments if isinstance(x, Symbol)]])
        ready[i.result] = passes[i.result] + i.joins
    return passes


def _write_pass(inside: list[Instruction], names: dict[Symbol, str], lines: Lines) -> None:
    """Write what is done with one argument of the row, in a pass."""
    for n, instruction in enumerate(inside):
        if instruction.joins:
            total, (argument,) = names[instruction.result], instruction.arguments
            lines.add(f"{total} = {JOINED[instruction.function][1].format(total, names[argument])};")
        elif instruction.result in names:
            lines.add(f"{names[instruction.result]} = {expression(instruction, names)};")
        else:
            names[instruction.result] = f"u{n}"
            lines.add(f"{declared(instruction)} u{n} = {expression(instruction, names)};")
