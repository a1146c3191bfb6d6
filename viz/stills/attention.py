"""Attention as lines and as matrices, forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isclose, isfinite, isnan
from typing import Any

from autograd import Value
from autograd.graph import adjoints
from autograd.notation.formula import derivative
from viz.canvas.svg import Svg, group, line, moved, rectangle, text
from viz.steps.words import Words
from viz.stills.cells import (
    DIGITS,
    HEAD,
    HEIGHT,
    PAD,
    Gradients,
    Grid,
    checked,
    data_of,
    over_lines,
    paint_shade,
    paint_title,
    width_of,
)
from viz.style import CODE_SIZE, number
from viz.text import printable, width

LINES, BETWEEN, THICKEST, WIDEST_ROW = 150.0, 52.0, 9.0, 1000.0
ROUNDING = 1e-6
"""How far from 1 a row may be that sums to 1, where its weights were float32 once."""


def draw_attention(
    loss: Value,
    weights: Grid,
    queries: Sequence[str],
    keys: Sequence[str],
    scores: Grid = (),
    row: int | None = None,
    *,
    lang: str = "en",
) -> Svg:
    """Draw attention: who looks at whom, as lines and as a matrix, and the gradient of `loss` along each.

    `weights[i][j]` is how much query i looks at key j: a Value, or a plain 0 where a mask forbids it. With
    the `scores` that their softmax took, the gradients of these are shown too, and with a `row` the
    derivatives of that row's weights by its scores: its part of the softmax's Jacobian. What is masked is
    exactly 0, forward and backward, and dashed; so is the thin line of a weight that is nan. No gradient of a
    Value is touched. Raises ValueError for rows of unequal length, a wrong number of names, scores of another
    shape, and a row that is not there.
    """
    words, gradients = Words(lang), Gradients.of(loss)
    cells = checked("weights", weights)
    for what, count, names in (("queries", len(cells), queries), ("keys", len(cells[0]), keys)):
        if len(names) != count:
            raise ValueError(f"the weights have {count} {what}, got {len(names)} names")
    if len(scores) and [len(line) for line in scores] != [len(line) for line in weights]:
        raise ValueError(f"scores need the shape of the weights, {len(cells)} × {len(cells[0])}")
    if row is not None and not (len(scores) and 0 <= row < len(cells)):
        raise ValueError(f"row {row} needs scores, and is one of 0 to {len(cells) - 1}")
    root = gradients.root_name
    masked = [[not isinstance(cell, Value) for cell in line] for line in cells]
    numbers = _each(cells, data_of)
    whole = all(isclose(sum(line), 1.0, rel_tol=ROUNDING) for line in numbers)
    matrices = {
        words("still.weights" + ".whole" * whole): _matrix(numbers, "forward", queries, keys, masked),
        derivative(root, words("still.weight")): _matrix(
            _each(cells, gradients), "backward", queries, keys, masked
        ),
    }
    if len(scores):
        painted = _matrix(_each(scores, gradients), "backward", queries, keys, masked)
        matrices[derivative(root, words("still.score"))] = painted
    if row is not None:
        hidden = [[a or b for b in masked[row]] for a in masked[row]]
        painted = _matrix(_jacobian(cells[row], scores[row]), "backward", keys, keys, hidden)
        matrices[words("still.jacobian", query=queries[row])] = painted
    label = max(width(name, CODE_SIZE) for name in (*queries, *keys)) + 2 * PAD
    shapes = _lines(cells, queries, keys, label)
    left, top, right = 2 * label + LINES + BETWEEN, 0.0, 0.0
    tallest = 2 * HEAD + max(len(cells), len(cells[0])) * HEIGHT
    for title, (drawn, wide) in matrices.items():
        if left + label + wide > WIDEST_ROW:
            left, top = 0.0, top + tallest + BETWEEN / 2
        shapes.append(moved([paint_title(0.0, 0.0, title), *drawn], left + label, top))
        left += label + max(wide, width(title, CODE_SIZE)) + BETWEEN
        right = max(right, left - BETWEEN)
    called = {
        cell: f"{words(kind)} {query} → {key}"
        for kind, grid in (("still.weight", cells), ("still.score", scores))
        for query, line in zip(queries, grid, strict=False)
        for key, cell in zip(keys, line, strict=True)
        if isinstance(cell, Value)
    }
    lines = gradients.changes(called, right, words)
    return over_lines(shapes, (right, top + tallest), lines, words("still.attention"))


def _each(grid: Grid, of: Callable[[Any], float]) -> list[list[float]]:
    return [[of(cell) for cell in row] for row in grid]


def _jacobian(weights: Sequence[Any], scores: Sequence[Any]) -> list[list[float]]:
    """Return the derivative of each weight of a row, down, by each of its scores, across."""
    rows = [adjoints(weight) if isinstance(weight, Value) else {} for weight in weights]
    return [[row.get(score, 0.0) if isinstance(score, Value) else 0.0 for score in scores] for row in rows]


def _lines(cells: Grid, queries: Sequence[str], keys: Sequence[str], label: float) -> list[str]:
    """Return a line from each query to each key, as thick as its weight, none for 0, thin dashes for nan."""
    shapes: list[str] = []
    right = label + LINES

    def middle(place: int) -> float:
        return 2 * HEAD + HEIGHT * (place + 0.5)

    for query, row in enumerate(cells):
        for key, cell in enumerate(row):
            ends, weight = ((label, middle(query)), (right, middle(key))), abs(data_of(cell))
            if isnan(weight):
                shapes.append(group([line(*ends, "wire")], "pending"))
            elif weight:
                shapes.append(line(*ends, "weight", THICKEST * min(weight, 1.0), 0.75))
    for names, x in ((queries, 0.0), (keys, right)):
        for place, name in enumerate(names):
            shapes.append(rectangle(x, middle(place) - 14, label, 28, 5, "input"))
            shapes.append(text(x + label / 2, middle(place) + 4, printable(name), "middle name"))
    return shapes


def _matrix(
    numbers: Sequence[Sequence[float]],
    kind: str,
    down: Sequence[str],
    across: Sequence[str],
    masked: Sequence[Sequence[bool]],
) -> tuple[list[str], float]:
    """Return a matrix as shaded cells with the names of its rows and columns, and its width."""
    every = [x for row in numbers for x in row]
    wide = max(width_of(every), *(width(name, CODE_SIZE) + PAD for name in across))
    largest = max((abs(x) for x in every if isfinite(x)), default=0.0) or 1.0
    shapes = [
        text(wide * (column + 0.5), HEAD + 16, printable(name), "middle name")
        for column, name in enumerate(across)
    ]
    for row, name in enumerate(down):
        y = 2 * HEAD + row * HEIGHT
        shapes.append(text(-PAD, y + 25, printable(name), "number name"))
        for column, x in enumerate(numbers[row]):
            part = min(abs(x) / largest, 1.0) if x == x else 0.0
            cell = paint_shade(column * wide, y, wide, number(x, DIGITS), part, kind)
            shapes.append(group([cell], "pending" if masked[row][column] else ""))
    return shapes, wide * len(across)
