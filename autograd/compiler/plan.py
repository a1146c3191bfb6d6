"""The arrays of a compiled program and what each is made from, for a drawing of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from autograd.compiler.arrays.program import GRADIENT, Array, Fill, Map, Program, operands_of
from autograd.compiler.backends.source.program import Source
from autograd.compiler.record.recording import CONSTANTS


@dataclass(frozen=True)
class Planned:
    """An array: its name in the source, what makes it ("" for what is given), and how many scalars it holds.

    `formulas` are the expressions of the source that compute it, one for each of its parts; `shape` has None
    for the number of examples; `result` says what the function returns: "loss", where its gradient is
    computed too, else "result", and "" for all other arrays. `sources` says how many scalars of which arrays,
    by name, go into it.
    """

    name: str
    made_by: str
    size: int
    formulas: tuple[str, ...]
    shape: tuple[int | None, ...]
    result: str
    sources: dict[str, int]


def plan(program: Program, source: Source) -> tuple[Planned, ...]:
    """Return the arrays of a program, each after those that it is made from."""
    made_by: dict[Array, str] = {}
    sources: dict[Array, Counter[str]] = {}
    names = {array: source.names.get(array, array.name) for array in program.arrays}
    for statement in program.statements:
        if isinstance(statement, Fill):
            continue
        made_by.pop(statement.out.array, None)  # the gradient is made in parts, and stands after the last
        made_by[statement.out.array] = statement.op.name if isinstance(statement, Map) else "sum of products"
        into = sources.setdefault(statement.out.array, Counter())
        for operand in operands_of(statement):
            if operand.array.name != CONSTANTS:
                into[names[operand.array]] += operand.at.size
    used = {name for into in sources.values() for name in into}
    given = [array for array in program.arrays if array not in made_by and names[array] in used]
    shapes = dict(zip(program.arguments, program.shapes, strict=True))
    returned = {array for array, _ in program.outputs}
    differentiated = any(array.name == GRADIENT for array in returned)

    def planned(array: Array) -> Planned:
        result = (
            ("loss" if differentiated else "result") if array in returned and array.name != GRADIENT else ""
        )
        return Planned(
            names[array],
            made_by.get(array, ""),
            array.size,
            tuple(source.expressions.get(array, ())),
            (*[None] * array.batched, *shapes.get(array, (array.size,))),
            result,
            dict(sources.get(array, {})),
        )

    return tuple(map(planned, (*given, *made_by)))
