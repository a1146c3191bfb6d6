"""Numbers in cells, each with its gradient below it: what pictures of architectures are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd import Value
from autograd.graph import adjoints
from viz.canvas.geometry import Size
from viz.canvas.svg import Svg, framed, group, rectangle, text
from viz.record.passes import MOST_OUTDATED, label_of, outdated
from viz.steps.words import Words
from viz.style import CODE_SIZE, number
from viz.text import few, printable, width, wrap

DIGITS = 3
NO_BREAK = "\u00a0"
"""A space that browsers do not merge with the next."""

HEIGHT, PAD, HEAD = 40.0, 7.0, 24.0
LINE_HEIGHT, ABOVE_LINES = 18.0, 12.0
NARROWEST_LINE, MOST_LINES = 420.0, 4
NARROWEST = 44.0
DARKEST = 0.5
"""The strongest shade of a cell, on which its number still reads."""

Grid = Sequence[Sequence[Any]]
"""Rows of numbers, each a Value or a plain float."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text below a picture; a heading, which says what those below it are, is bold."""

    content: str
    is_heading: bool = False


@dataclass(frozen=True)
class Gradients:
    """The gradient of a root along whatever it depends on; no `grad` of a Value is touched."""

    root: Value
    by_node: dict[Value, float]

    @classmethod
    def of(cls, root: Value) -> Gradients:
        """Compute them."""
        if not isinstance(root, Value):
            raise TypeError(f"a loss is a Value, got {root!r}")
        return cls(root, adjoints(root))

    @property
    def root_name(self) -> str:
        """What the root is called."""
        return printable(label_of(self.root) or "L")

    @cached_property
    def users(self) -> dict[Value, list[Value]]:
        """The nodes that use each node."""
        users: dict[Value, list[Value]] = {}
        for node in self.by_node:
            for arg in node.args:
                if isinstance(arg, Value):
                    users.setdefault(arg, []).append(node)
        return users

    def behind(self, nodes: Iterable[Value], known: Collection[Value]) -> list[Value]:
        """Return the nodes that are among known ones, and for each other the next of these that it goes into.

        They stand in the order of the known ones.
        """
        found: set[Value] = set()
        waiting = [*nodes]
        seen = {*waiting}
        while waiting:
            reached = waiting.pop()
            if reached in known:
                found.add(reached)
                continue
            fresh = {*self.users.get(reached, ())} - seen
            seen |= fresh
            waiting += fresh
        return [node for node in known if node in found]

    def changes(self, names: Mapping[Value, str], across: float, words: Words) -> list[Line]:
        """Return the lines below a picture on what is from before numbers were changed, none if nothing is.

        It is told by its name in the picture, its label, or the next that has one and that it goes into.
        """
        old = [*filter(outdated, {**self.by_node, **names})]
        if not old:
            return []
        known = {**names}
        for node in self.by_node:
            if label := label_of(node):
                known.setdefault(node, printable(label))
        known.setdefault(self.root, self.root_name)
        told = [*dict.fromkeys(known[node] for node in self.behind(old, known))]
        return broken(words("outdated", names=few(told, MOST_OUTDATED)), across)

    def __call__(self, cell: Any) -> float:
        """Return the gradient of a cell: 0 for what the root does not depend on, as for a plain number."""
        return self.by_node.get(cell, 0.0) if isinstance(cell, Value) else 0.0


def data_of(cell: Any) -> float:
    """Return the number in a cell."""
    return cell.data if isinstance(cell, Value) else float(cell)


def checked(name: str, grid: Grid) -> Grid:
    """Return a grid. Raises ValueError for one without cells, or with rows of unequal length."""
    lengths = {len(row) for row in grid}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"{name} needs rows of one length, got lengths {[len(row) for row in grid]}")
    return grid


def width_of(numbers: Iterable[float]) -> float:
    """Return how wide a cell is that can hold any of these numbers."""
    return max([NARROWEST, *(width(number(x, DIGITS), CODE_SIZE) + 2 * PAD for x in numbers)])


def broken(line: str, across: float) -> list[Line]:
    """Return a line as several that are as wide as what stands above them, or as can be read."""
    return [Line(part) for part in wrap(line, max(across, NARROWEST_LINE), CODE_SIZE, MOST_LINES)]


def paint_cell(x: float, y: float, wide: float, data: float, grad: float | None, classes: str = "") -> str:
    """Return a cell with a number and, unless None, its gradient below; `classes` may highlight it."""
    middle = x + wide / 2
    lines = [text(middle, y + (17 if grad is not None else 25), number(data, DIGITS), "middle data")]
    if grad is not None:
        lines.append(text(middle, y + 33, number(grad, DIGITS), "middle error small"))
    return group([rectangle(x, y, wide, HEIGHT, 4, "card"), *lines], classes)


def paint_shade(x: float, y: float, wide: float, written: str, part: float, kind: str) -> str:
    """Return a cell that is as dark as a `part` of 1 says, blue for "forward" and orange for "backward"."""
    shade = rectangle(x, y, wide, HEIGHT, 0, f"shade {kind}", opacity=DARKEST * part)
    return group(
        [rectangle(x, y, wide, HEIGHT, 0, "card"), shade, text(x + wide / 2, y + 25, written, "middle")]
    )


def paint_title(x: float, y: float, title: str) -> str:
    """Return the title of a grid."""
    return text(x, y + CODE_SIZE, title, "name")


def over_lines(shapes: Sequence[str], size: Size, lines: Sequence[Line], title: str) -> Svg:
    """Return shapes of this size as a document, with lines of text below them."""
    across, down = size
    below: list[str] = []
    for row, line in enumerate(lines):
        baseline = down + ABOVE_LINES + 14 + LINE_HEIGHT * row
        kind = "name" if line.is_heading else "formula"
        below.append(text(0.0, baseline, line.content.replace("  ", 2 * NO_BREAK), kind))
    if lines:
        across = max(across, *(width(line.content, CODE_SIZE) for line in lines))
        down += ABOVE_LINES + LINE_HEIGHT * len(lines)
    return framed(across, down, title, [*shapes, *below])
