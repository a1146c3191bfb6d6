"""A folded graph as a picture: one card for each group of nodes, one arrow for each link.

A group of many nodes looks like a stack of cards:

      ┌─────────────────────────┐
    ┌─────────────────────────┐ │
    │ layers.0                │ │
    │ 1,648 nodes, 48 given   │ │
    │ mul 640 · add 640 · …   │ │
    │ ‖grad‖           1.4783 │─┘
    └─────────────────────────┘

On each arrow stands how many arrows of the whole graph it is, unless there are too many to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from viz.canvas.arrows import paint_way
from viz.canvas.geometry import Box, Size
from viz.canvas.placing import Placed, place
from viz.canvas.svg import group, line, rectangle, text
from viz.record.folding import Folded, Group, Link
from viz.style import (
    CODE_SIZE,
    DIGITS,
    HEADER_LINE,
    KEY_ROOM,
    NAME_LINES,
    NARROWEST_CARD,
    NO_GRADIENT,
    PAD,
    PILL_LINE,
    PILL_PAD,
    ROW,
    SMALL_SIZE,
    STACK,
    TITLE_ROOM,
    number,
)
from viz.text import printable, width, wrap

FACT_LINES, WIDEST_FACT = 3, 340.0
NO_BREAK = "\u00a0"
MOST_COUNTED = 40
"""The most links that are drawn with their counts."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What a group's card says: its title, facts about its nodes, and numbers with their keys."""

    group: Group
    title: tuple[str, ...]
    facts: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]

    @property
    def depth(self) -> float:
        """How far the cards behind look out: 0 for a single node."""
        return STACK if self.group.count > 1 else 0.0

    @property
    def size(self) -> Size:
        """The width and the height, with the cards behind."""
        inner = max(
            NARROWEST_CARD,
            *(width(content, CODE_SIZE) for content in self.title),
            *(width(content, SMALL_SIZE) for content in self.facts),
            *(KEY_ROOM + PAD + width(content, CODE_SIZE) for _, content in self.rows),
        )
        lines = len(self.title) + len(self.facts)
        height = PAD + HEADER_LINE * lines + ROW * len(self.rows) + PAD - 2
        return inner + 2 * PAD + self.depth, height + self.depth


def counted(folded: Folded) -> bool:
    """Whether each arrow shows its number: they are not too many to be read."""
    return len(folded.links) <= MOST_COUNTED


def stacks(folded: Folded, digits: int) -> list[Stack]:
    """Return the card of each group; numbers have `digits` significant digits."""
    return [_stack(group, digits, folded.gradients) for group in folded.groups]


def paint_folded(folded: Folded, direction: str, digits: int) -> tuple[list[str], float, float]:
    """Return a folded graph as shapes, and the width and height that they take."""
    counts = [f"{link.count:,}" for link in folded.links]
    drawn, placed = place_folded(folded, counts, direction, digits)
    shapes: list[str] = []
    for link, way, count in zip(folded.links, placed.ways, counts, strict=True):
        parts = paint_way(way.pill, way.curves, (count,))
        shapes.append(group(parts, "arrow", f"arrow-{link.target}-{link.source}", link_tooltip(link, folded)))
    for stack, box in zip(drawn, placed.boxes, strict=True):
        shapes.append(paint_stack(stack, box, "node", group_tooltip(stack.group)))
    return shapes, placed.width, placed.height


def place_folded(
    folded: Folded, texts: Sequence[str], direction: str = "LR", digits: int = DIGITS
) -> tuple[list[Stack], Placed]:
    """Return the card of each group and where it stands, with room for a text on each arrow.

    There is no room for texts where there are more than `MOST_COUNTED` arrows.
    """
    drawn = stacks(folded, digits)
    places = {stack.group.name: index for index, stack in enumerate(drawn)}
    told = counted(folded)
    pills = [
        (width(content, SMALL_SIZE) + 2 * PILL_PAD, PILL_LINE + PILL_PAD) if told else None
        for content in texts
    ]
    links = [(places[link.source], places[link.target]) for link in folded.links]
    return drawn, place([stack.size for stack in drawn], links, pills, direction)


def paint_stack(stack: Stack, box: Box, classes: str, tooltip: str = "") -> str:
    """Return the card of a group as a shape."""
    return group(_card(stack, box), classes, f"node-{stack.group.name}", tooltip)


def group_tooltip(group: Group) -> str:
    """Return what a group's card says, in full and at full precision."""
    if group.data is not None:
        grad = NO_GRADIENT if group.grad is None else repr(group.grad)
        return f"{group.title} = {group.data!r}, grad {grad}"
    if group.facts:
        return "; ".join((group.title, *group.facts))
    parts = ", ".join(f"{count:,} {name}" for name, count in kinds_of(group).items())
    norm = NO_GRADIENT if group.norm is None else repr(group.norm)
    return (
        f"{group.title}: {group.count:,} nodes ({parts}), {group.inner:,} arrows between them, {NORM} {norm}"
    )


def link_tooltip(link: Link, folded: Folded) -> str:
    """Return what an arrow stands for."""
    titles = {group.name: group.title for group in folded.groups}
    arrows = "1 arrow" if link.count == 1 else f"{link.count:,} arrows"
    return f"{arrows} from {titles[link.source]} to {titles[link.target]}"


NORM = "‖grad‖"


def _stack(group: Group, digits: int, gradients: bool) -> Stack:
    title = tuple(wrap(printable(group.title), TITLE_ROOM, CODE_SIZE, NAME_LINES))
    if group.data is not None:
        grad = NO_GRADIENT if group.grad is None else number(group.grad, digits)
        return Stack(group, title, (), (("data", number(group.data, digits)), ("grad", grad)))
    norm = NO_GRADIENT if group.norm is None else number(group.norm, digits)
    if group.facts:
        lines = [
            line
            for fact in group.facts
            for line in wrap(printable(fact), WIDEST_FACT, SMALL_SIZE, FACT_LINES)
        ]
        return Stack(group, title, tuple(lines), ())
    kinds = [f"{count:,}{NO_BREAK}{name}" for name, count in kinds_of(group).items()]
    facts = wrap(" · ".join(kinds), TITLE_ROOM, SMALL_SIZE, FACT_LINES)
    if len(kinds) > 1:
        facts = [f"{group.count:,} nodes", *facts]
    return Stack(group, title, tuple(facts), ((NORM, norm),) if gradients else ())


def kinds_of(group: Group) -> dict[str, int]:
    """Return how many members of each kind there are: parameters, given numbers, results of operations."""
    word = "parameter" if group.parameters == 1 else "parameters"
    kinds = {word: group.parameters, "given": group.operations.get("", 0) - group.parameters}
    kinds |= {name: count for name, count in group.operations.items() if name}
    return {name: count for name, count in kinds.items() if count}


def _card(stack: Stack, box: Box) -> list[str]:
    depth = stack.depth
    left, top, right = box.x, box.y + depth, box.right - depth
    parts = [
        rectangle(left + shift, top - shift, right - left, box.bottom - top, 7, "card")
        for shift in ((depth, depth / 2, 0.0) if depth else (0.0,))
    ]
    baseline = top + PAD + 9
    for content in stack.title:
        parts.append(text(left + PAD, baseline, content, "name"))
        baseline += HEADER_LINE
    for content in stack.facts:
        parts.append(text(left + PAD, baseline, content, "formula small"))
        baseline += HEADER_LINE
    rule = baseline - HEADER_LINE + 8
    if stack.rows:
        parts.append(line((left + 1, rule), (right - 1, rule), "rule"))
    for row, (key, content) in enumerate(stack.rows):
        kind = "data" if key == "data" else "grad"
        parts.append(text(left + PAD, rule + 15 + ROW * row, key, "key"))
        parts.append(text(right - PAD, rule + 15 + ROW * row, content, f"number {kind}"))
    return parts
