"""Grids of numbers, one computed from others: a convolution or a pooling, forward and backward."""

from __future__ import annotations

from collections.abc import Mapping

from autograd import Value
from autograd.graph import contributions_of
from autograd.notation.formula import Text
from viz.canvas.svg import Svg, framed
from viz.steps.words import Words
from viz.stills.cells import (
    DIGITS,
    HEAD,
    HEIGHT,
    Gradients,
    Grid,
    checked,
    data_of,
    height_of_lines,
    lines_below,
    paint_cell,
    paint_title,
    widest,
    width_of,
)
from viz.style import CODE_SIZE, bracketed, number
from viz.text import printable, typeset, wrap
from viz.text import width as text_width

BETWEEN = 44.0
NARROWEST_LINE, MOST_LINES = 420.0, 4
MOST_TERMS = 16


def draw_grids(
    loss: Value,
    grids: Mapping[str, Grid],
    result: Value | None = None,
    weight: Value | None = None,
    *,
    lang: str = "en",
) -> Svg:
    """Draw grids of numbers with the gradient of `loss` along each, and how one cell is computed or blamed.

    `grids` are rows of Values or plain numbers, by name: the image, the kernel and the answers of a
    convolution, say. `result`, one of their cells, lights the cells that it is computed from; those that it
    read and did not select, as a pooling all but its winner, are dashed. `weight`, another, lights the cells
    that pass a gradient back to it, and lists these contributions, upstream × local, as they add up. No
    gradient of a Value is touched. Raises ValueError for rows of unequal length, and for a `result` or a
    `weight` that is in no grid.
    """
    words, gradients = Words(lang), Gradients.of(loss)
    names = {
        cell: f"{name}[{row}][{column}]" if len(grid) > 1 else f"{name}[{column}]"
        for name, grid in grids.items()
        for row, cells in enumerate(checked(name, grid))
        for column, cell in enumerate(cells)
        if isinstance(cell, Value)
    }
    for what, cell in (("result", result), ("weight", weight)):
        if cell is not None and cell not in names:
            raise ValueError(
                f"the {what} is a cell of a grid, got {cell!r}, which is in none of {', '.join(grids)}"
            )
    looks = _read(result) if result is not None else {}
    told: list[str] = []
    if weight is not None:
        giving, told = _backward(weight, names, gradients, words)
        looks |= giving
    shapes: list[str] = []
    lit: list[str] = []
    left = below = 0.0
    for name, grid in grids.items():
        wide = width_of(x for row in grid for cell in row for x in (data_of(cell), gradients(cell)))
        shapes.append(paint_title(left, 0.0, name))
        for row, cells in enumerate(grid):
            for column, cell in enumerate(cells):
                grad = gradients(cell) if isinstance(cell, Value) else None
                look = looks.get(cell, "") if isinstance(cell, Value) else ""
                place = left + column * wide, HEAD + row * HEIGHT
                painted = paint_cell(*place, wide, data_of(cell), grad, look)
                (lit if look else shapes).append(painted)  # their outlines stand above those of others
        left += max(wide * len(grid[0]), text_width(printable(name), CODE_SIZE)) + BETWEEN
        below = max(below, HEAD + HEIGHT * len(grid))
    lines = [*(_forward(result, names, left) if result is not None else []), *told]
    shapes += [*lit, *lines_below(lines, below + 12)]
    title = words("still.grids", names=", ".join(grids))
    return framed(max(left - BETWEEN, widest(lines)), below + height_of_lines(lines), title, shapes)


def _read(result: Value) -> dict[Value, str]:
    """Return how the arguments of a cell are lit: dashed those that were not selected."""
    edges = zip(result.args, result.edges[1::2], strict=True)
    read = {
        cell: "pending" if partial is None else "computed"
        for cell, partial in edges
        if isinstance(cell, Value)
    }
    return read | {result: "root"}


def _forward(result: Value, names: Mapping[Value, str], room: float) -> list[str]:
    """Return how a cell is computed, with numbers."""
    if result.op is None:
        return []
    numbers = [Text(number(data_of(cell), DIGITS).replace("−", "-")) for cell in result.args]
    written = f"{names[result]} = {number(result.data, DIGITS)} = {typeset(str(result.op(*numbers)))}"
    return wrap(written, max(room, NARROWEST_LINE), CODE_SIZE, MOST_LINES)


def _backward(
    weight: Value, names: Mapping[Value, str], gradients: Gradients, words: Words
) -> tuple[dict[Value, str], list[str]]:
    """Return the cells that pass a gradient back to one, and each contribution as it is added."""
    looks: dict[Value, str] = {}
    lines: list[str] = []
    total = 0.0
    for node in reversed(gradients.by_node):
        for part in contributions_of(node, gradients(node)):
            if part.argument is not weight or part.amount is None:
                continue
            if node in names:
                looks[node] = "giving"
            after = total + part.amount
            product = f"{bracketed(part.upstream, DIGITS)} × {bracketed(part.local, DIGITS)}"
            line = f"+= {product} = {number(part.amount, DIGITS)}"
            lines.append(f"{line:<34} grad → {number(after, DIGITS):<9} {names.get(node, '')}".rstrip())
            total = after
    shown = lines if len(lines) <= MOST_TERMS else [*lines[: MOST_TERMS - 1], "…"]
    root = gradients.root.label or "L"
    head = words("still.blamed", name=names[weight], root=root, grad=number(gradients(weight), DIGITS))
    return looks | {weight: "receiving"}, [head, *shown]
