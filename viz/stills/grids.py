"""Grids of numbers, one computed from others: a convolution or a pooling, forward and backward."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from autograd import Value
from autograd.graph import contributions_of
from autograd.notation.formula import ATOM, SIGN, Text, derivative
from viz.canvas.svg import Svg
from viz.record.passes import outdated
from viz.steps.words import Words
from viz.stills.cells import (
    DIGITS,
    HEAD,
    HEIGHT,
    Gradients,
    Grid,
    Line,
    broken,
    checked,
    data_of,
    over_lines,
    paint_cell,
    paint_title,
    width_of,
)
from viz.stills.storyboard import Frame
from viz.style import CODE_SIZE, bracketed, number
from viz.text import printable, typeset
from viz.text import width as text_width

BETWEEN = 44.0
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
    drawn = _Grids(loss, grids, Words(lang))
    return drawn.picture(drawn.moment(result, weight))


def grid_frames(
    loss: Value, grids: Mapping[str, Grid], results: Sequence[Value], *, lang: str = "en"
) -> tuple[Frame, ...]:
    """Draw grids as one cell after the other is computed, such as the answers of a kernel that slides.

    There is one frame for each of `results`, cells of the grids, all of one size, as `write_gif` needs them.
    Raises as `draw_grids` does.
    """
    drawn = _Grids(loss, grids, Words(lang))
    moments = [drawn.moment(result) for result in results]
    told = [" ".join(line.content for line in moment.lines) for moment in moments]
    lines = [line.content for moment in moments for line in moment.lines]
    room = max((text_width(line, CODE_SIZE) for line in lines), default=0.0)
    most = max((len(moment.lines) for moment in moments), default=0)
    for moment in moments:
        moment.lines.extend([Line("")] * (most - len(moment.lines)))
    digits = max(2, len(str(len(moments))))
    return tuple(
        Frame(f"{place:0{digits}}_forward.svg", caption, drawn.picture(moment, room))
        for place, (moment, caption) in enumerate(zip(moments, told, strict=True), start=1)
    )


@dataclass(frozen=True, slots=True)
class _Moment:
    """How cells are highlighted, and what is told below them."""

    looks: dict[Value, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


class _Grids:
    """Grids side by side, with the names of their cells."""

    def __init__(self, loss: Value, grids: Mapping[str, Grid], words: Words) -> None:
        self.grids, self.words, self.gradients = grids, words, Gradients.of(loss)
        self.names = {
            cell: f"{name}[{row}][{column}]" if len(grid) > 1 else f"{name}[{column}]"
            for name, grid in grids.items()
            for row, cells in enumerate(checked(name, grid))
            for column, cell in enumerate(cells)
            if isinstance(cell, Value)
        }
        self.widths = {
            name: width_of(x for row in grid for cell in row for x in (data_of(cell), self.gradients(cell)))
            for name, grid in grids.items()
        }
        self.lefts: dict[str, float] = {}
        left = 0.0
        for name, grid in grids.items():
            self.lefts[name] = left
            left += max(self.widths[name] * len(grid[0]), text_width(printable(name), CODE_SIZE)) + BETWEEN
        tallest = max((len(grid) for grid in grids.values()), default=0)
        self.width, self.height = left - BETWEEN, HEAD + HEIGHT * tallest
        self.changes = self.gradients.changes(self.names, left, words)

    def moment(self, result: Value | None, weight: Value | None = None) -> _Moment:
        """Return what is shown while one cell is computed, and another is blamed."""
        for what, cell in (("result", result), ("weight", weight)):
            if cell is not None and cell not in self.names:
                known = ", ".join(self.grids)
                raise ValueError(f"the {what} is a cell of a grid, got {cell!r}, which is in none of {known}")
        shown = _Moment()
        if result is not None:
            shown.looks.update(self._read(result))
            shown.lines.extend(self._forward(result))
        if weight is not None:
            self._blame(weight, shown)
        shown.lines.extend(self.changes)
        return shown

    def picture(self, moment: _Moment, room: float = 0.0) -> Svg:
        """Return the grids at a moment as a document, at least as wide as this room."""
        painted = sorted(self._painted(moment), key=lambda shape: bool(shape[0]))  # the highlighted on top
        shapes = [shape for _, shape in painted]
        title = self.words("still.grids", names=", ".join(self.grids))
        return over_lines(shapes, (max(self.width, room), self.height), moment.lines, title)

    def _painted(self, moment: _Moment) -> Iterator[tuple[str, str]]:
        """Yield each title and each cell as a shape, after how it is highlighted."""
        for name, grid in self.grids.items():
            wide = self.widths[name]
            yield "", paint_title(self.lefts[name], 0.0, name)
            for row, cells in enumerate(grid):
                for column, cell in enumerate(cells):
                    grad = self.gradients(cell) if isinstance(cell, Value) else None
                    look = moment.looks.get(cell, "") if isinstance(cell, Value) else ""
                    place = self.lefts[name] + column * wide, HEAD + row * HEIGHT
                    yield look, paint_cell(*place, wide, data_of(cell), grad, look)

    def _forward(self, result: Value) -> list[Line]:
        """Return how a cell is computed, with numbers unless they were changed since."""
        if result.op is None:
            return []
        written = f"{self.names[result]} = {number(result.data, DIGITS)}"
        if not outdated(result):
            data = [number(data_of(cell), DIGITS).replace("−", "-") for cell in result.args]
            numbers = [Text(x, SIGN if x.startswith("-") else ATOM) for x in data]
            written = f"{written} = {typeset(str(result.op(*numbers)))}"
        return broken(written, self.width + BETWEEN)

    def _read(self, result: Value) -> dict[Value, str]:
        """Return how the cells that one is computed from are highlighted: dashed where not selected.

        Between cells may lie results that are in no grid.
        """
        read: dict[Value, str] = {}
        seen: set[tuple[Value, str]] = set()
        waiting = [(result, "computed")]
        while waiting:
            node, way = waiting.pop()
            for arg, partial in zip(node.args, node.edges[1::2], strict=True):
                look = "pending" if partial is None else way
                if not isinstance(arg, Value) or (arg, look) in seen:
                    continue
                seen.add((arg, look))
                if arg not in self.names:
                    waiting.append((arg, look))
                elif read.get(arg) != "computed":
                    read[arg] = look
        return read | {result: "root"}

    def _blame(self, weight: Value, shown: _Moment) -> None:
        """Light the cells that pass a gradient back to one, and tell each contribution as it is added."""
        lines: list[str] = []
        total = 0.0
        for node in reversed(self.gradients.by_node):
            for part in contributions_of(node, self.gradients(node)):
                if part.argument is not weight or part.amount is None:
                    continue
                givers = self.gradients.behind([node], self.names)
                shown.looks.update(dict.fromkeys(givers, "giving"))
                total += part.amount
                product = f"{bracketed(part.upstream, DIGITS)} × {bracketed(part.local, DIGITS)}"
                line = f"+= {product} = {number(part.amount, DIGITS)}"
                name = ", ".join(self.names[cell] for cell in givers)
                lines.append(f"{line:<34} grad → {number(total, DIGITS):<9} {name}".rstrip())
        shown.looks[weight] = "receiving"
        sign = derivative(self.gradients.root_name, self.names[weight])
        blamed = self.words("still.blamed", sign=sign, grad=number(self.gradients(weight), DIGITS))
        shown.lines.append(Line(blamed, is_heading=True))
        shown.lines.extend(map(Line, lines if len(lines) <= MOST_TERMS else [*lines[: MOST_TERMS - 1], "…"]))
