"""A recurrent network unrolled in time, with what passes back from step to step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import Any

from autograd import Value
from autograd.notation.formula import derivative
from viz.canvas.arrows import paint_way
from viz.canvas.geometry import Box, Way
from viz.canvas.layered import line_between
from viz.canvas.svg import Svg, group, text
from viz.steps.words import Words
from viz.stills.cells import (
    DIGITS,
    HEAD,
    HEIGHT,
    Gradients,
    Line,
    data_of,
    over_lines,
    paint_cell,
    width_of,
)
from viz.style import ARROW, READING_WIDTH, SMALL_SIZE, bracketed, number
from viz.text import subscript, width

ROOM, ROW = 84.0, 12.0
MOST_FACTORS = 10


def draw_unrolled(
    loss: Value, steps: Sequence[Mapping[str, Any]], carry: str, gate: str = "", *, lang: str = "en"
) -> Svg:
    """Draw a recurrent network unrolled in time: at each step its numbers, each with the gradient of `loss`.

    `steps` are the numbers of each step by name, Values or plain numbers, such as x, the gates, the memory c
    and the state h of an LSTM. `carry` names the one that is handed on from step to step. On its arrows
    stands by how much a gradient is multiplied on its way back: the number named `gate`, as the forget gate
    f is for c, or else the derivative of each step by the one before. Below, these factors are multiplied
    from the end to each step. Many steps stand in lines one below the other. No gradient of a Value is
    touched. Raises ValueError for no steps, and for a name that a step lacks.
    """
    words, gradients = Words(lang), Gradients.of(loss)
    if not steps:
        raise ValueError("draw_unrolled needs at least 1 step, got none")
    names = [*dict.fromkeys(name for step in steps for name in step)]
    for place, step in enumerate(steps, start=1):
        for name in filter(None, (carry, gate)):
            if name not in step and not (name == gate and place == 1):
                raise ValueError(f"step {place} has no {name!r}, it has {', '.join(step)}")
    factors = [_factor(before[carry], after, carry, gate) for before, after in pairwise(steps)]
    numbers = [x for step in steps for cell in step.values() for x in (data_of(cell), gradients(cell))]
    wide = width_of(numbers)
    left = max(width(name, SMALL_SIZE) for name in names) + 22
    in_line = min(len(steps), max(int((READING_WIDTH - left) // (wide + ROOM)), 1))
    left += ROOM if in_line < len(steps) else 0.0  # room for the arrow to the line above
    heights = {name: HEAD + row * (HEIGHT + ROW) for row, name in enumerate(names)}
    tall = HEAD + len(names) * (HEIGHT + ROW)
    shapes: list[str] = []
    called: dict[Value, str] = {}
    for place, step in enumerate(steps):
        x, top = left + place % in_line * (wide + ROOM), place // in_line * (tall + ROW)
        shapes.append(text(x + wide / 2, top + 12, f"t = {place + 1}", "middle key"))
        if place:
            shapes.append(_back(x - ROOM, top + heights[carry] + HEIGHT / 2, factors[place - 1]))
        for name, cell in step.items():
            grad = gradients(cell) if isinstance(cell, Value) else None
            if isinstance(cell, Value):
                called.setdefault(cell, f"{name}{subscript(place + 1)}")
            look = "receiving" if name == carry else "computed" if name == gate and place else ""
            shapes.append(paint_cell(x, top + heights[name], wide, data_of(cell), grad, look))
        if place % in_line == 0:
            start = x - 12 - (ROOM if in_line < len(steps) else 0.0)
            shapes += [text(start, top + y + 24, name, "number name") for name, y in heights.items()]
    lines = _products(factors, carry, gate, gradients(steps[-1][carry]), gradients.root_name, words)
    size = left + in_line * (wide + ROOM) - ROOM, -(-len(steps) // in_line) * (tall + ROW) - ROW
    lines += gradients.changes(called, size[0], words)
    return over_lines(shapes, size, lines, words("still.unrolled", count=len(steps)))


def _factor(before: Any, after: Mapping[str, Any], carry: str, gate: str) -> float:
    if gate:
        return data_of(after[gate])
    now = after[carry]
    return Gradients.of(now)(before) if isinstance(now, Value) else 0.0


def _back(x: float, y: float, factor: float) -> str:
    """Return an arrow from a step back to the one before it, with its factor."""
    pill = Box(x + ARROW, y, ROOM - ARROW, 0.0)
    ends = line_between((x, y), (pill.x, y)), line_between((pill.right, y), (x + ROOM, y))
    written = f"× {number(factor, DIGITS)}"
    return group(paint_way(Way(pill, ends), (written,), backwards=True), "travelled")


def _products(
    factors: Sequence[float], carry: str, gate: str, last: float, root: str, words: Words
) -> list[Line]:
    """Return, for each step, the factors from the end to it, and their product with the end's gradient."""
    count = len(factors) + 1
    lines = (
        [Line(words("still.carried", carry=carry, sign=derivative(root, carry)), is_heading=True)]
        if factors
        else []
    )
    for place in range(count - 2, -1, -1):
        product = prod(factors[place:])
        several = place < count - 2
        named = [f"{gate}{subscript(at + 2)}" for at in range(place, count - 1)] if gate else []
        multiplied = _few(" × ", [bracketed(factor, DIGITS) for factor in factors[place:]]) if several else ""
        sides = [_few(" · ", named), multiplied, number(product, DIGITS)]
        equation = " = ".join(filter(None, sides)) + ",   " if gate or several else ""
        total = f"{bracketed(product, DIGITS)} × {bracketed(last, DIGITS)} = {number(product * last, DIGITS)}"
        lines.append(Line(f"{carry}{subscript(place + 1)}:  {equation}{total}"))
    return lines


def _few(sign: str, parts: Sequence[str]) -> str:
    """Return parts joined by a sign, of too many the first and the last."""
    return sign.join(parts if len(parts) <= MOST_FACTORS else (*parts[: MOST_FACTORS - 2], "…", parts[-1]))
