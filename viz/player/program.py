"""The program of a recorded graph, as the page computes it: nodes, edges, a function for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Any

from autograd.ops import TABLE
from autograd.outside import outside
from viz.player.javascript import slopes_function, value_function
from viz.record.passes import Passes


@dataclass(frozen=True, slots=True)
class PageProgram:
    """What the page computes a graph with.

    `operations` is a script, which defines OPERATIONS. `data` is for JSON: `nodes` as [id, operation,
    arguments], `edges` as [id of the result, position of the argument], and the `constants`.
    """

    operations: str
    data: dict[str, Any]


def page_program(recorded: Passes) -> PageProgram:
    """Return the program of a recorded graph: of its structure alone, whatever its numbers are."""
    places = {step.node: place for place, step in enumerate(recorded.forward)}
    constants: dict[str, int] = {}
    operations: dict[tuple[str, tuple[bool, ...]], int] = {}
    nodes: list[list[Any]] = []
    for step in recorded.forward:
        operation, args = None, None
        if step.operation:
            wanted = tuple(isinstance(arg, str) for arg in step.args)
            operation = operations.setdefault((step.operation, wanted), len(operations))
            args = [
                places[arg] if isinstance(arg, str) else -1 - constants.setdefault(repr(arg), len(constants))
                for arg in step.args
            ]
        nodes.append([int(step.node[1:]), operation, args])
    written = [
        f"  {{ value: {value_function(TABLE[name], len(wanted)).text},\n"
        f"    slopes: {slopes_function(TABLE[name], wanted).text},\n"
        f"    kinked: {str(bool(TABLE[name].kinks)).lower()}, cut: {str(TABLE[name].cut).lower()} }},"
        for name, wanted in operations
    ]
    return PageProgram(
        "\n".join(("const OPERATIONS = [", *written, "];")),
        {
            "nodes": nodes,
            "edges": [[int(share.source[1:]), share.position] for share in recorded.backward],
            "constants": [plain(float(constant)) for constant in constants],
        },
    )


def refuse_changed_operations(recorded: Passes) -> None:
    """Raise ValueError where the program would give other numbers than were recorded.

    An operation of one's own is written down with what it reads from outside now.
    """
    changing = {name for step in recorded.forward if (name := step.operation) and outside(TABLE[name]) != ()}
    numbers = {step.node: step.result for step in recorded.forward if changing}
    local = {(share.source, share.position): share.local for share in recorded.backward if changing}
    value_of, slopes_of = cache(value_function), cache(slopes_function)
    for step in recorded.forward:
        if step.operation not in changing:
            continue
        given = [numbers[arg] if isinstance(arg, str) else arg for arg in step.args]
        wanted = tuple(isinstance(arg, str) for arg in step.args)
        primitive = TABLE[step.operation]
        value, slopes = value_of(primitive, len(given)), slopes_of(primitive, wanted)
        known = [step.result, *[local.get((step.node, place), 0.0) for place in range(len(given))]]
        found = [*value(*given), *slopes(step.result, *given)]
        for place, (then, x) in enumerate(zip(known, found, strict=True)):
            now = 0.0 if x is None else float(x)
            if repr(now) != repr(then):
                what = f"{'slope' if place else 'value'} at ({', '.join(map(repr, given))})"
                raise ValueError(
                    f"player writes down what {step.operation} computes, and what that reads from outside "
                    f"was changed since: its {what} was {then!r}, and is {now!r} now; compute the value "
                    "again, and record its passes"
                )


def leaf_numbers(recorded: Passes) -> list[float | str]:
    """Return the numbers of the leaves, in the order of the program's nodes."""
    return [plain(step.result) for step in recorded.forward if not step.operation]


def plain(x: float) -> float | str:
    """Return a number as JSON holds it at full precision; infinities and nan, which JSON lacks, as text."""
    return x if isfinite(x) else repr(x)
