"""Painting a laid out graph as it looks at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from viz.canvas.arrows import paint_way
from viz.canvas.geometry import Box, Way
from viz.canvas.svg import group, line, rectangle, text
from viz.graph.cards import Card
from viz.graph.scene import Scene
from viz.nesting import Path
from viz.style import (
    CODE_SIZE,
    HEADER_LINE,
    NO_GRADIENT,
    NOT_FINITE,
    PAD,
    ROW,
    SMALL_SIZE,
    TAB_HEIGHT,
)
from viz.text import printable, prose_width, shorten, width

HIGHLIGHTED = ("computed", "travelling")
"""The classes of an arrow that carries the number of the moment."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a graph shows at one moment.

    Texts by node id, and by arrow name in `pills` and `tooltips`; `classes` by either. An arrow whose name
    is in `backwards` points from the result to the argument.
    """

    data: Mapping[str, str]
    grad: Mapping[str, str]
    sums: Mapping[str, str] = field(default_factory=dict)
    pills: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    backwards: frozenset[str] = frozenset()
    tooltips: Mapping[str, str] = field(default_factory=dict)


def paint(laid_out: Scene, look: Look, painted: dict[object, str]) -> list[str]:
    """Return the graph as shapes, what is highlighted on top.

    `painted` keeps shapes from one moment of the same scene to the next, where nearly all stay the same.
    """
    shapes = [_outline(path, box) for path, box in laid_out.outlines]
    for name in sorted(laid_out.ways, key=lambda name: look.classes.get(name, "") in HIGHLIGHTED):
        shows: object = (name, look.pills.get(name), look.classes.get(name), name in look.backwards)
        if shows not in painted:
            painted[shows] = _arrow(name, laid_out.ways[name], look)
        shapes.append(painted[shows])
    shapes += [_title(path, box) for path, box in laid_out.outlines]
    for card in laid_out.cards:
        name = card.name
        shows = (name, *(texts.get(name) for texts in (look.data, look.grad, look.sums, look.classes)))
        if shows not in painted:
            painted[shows] = paint_card(card, laid_out.boxes[name], look)
        shapes.append(painted[shows])
    return shapes


def paint_card(card: Card, box: Box, look: Look, identity: str = "") -> str:
    """Return a card as a shape; its id is that of the node unless another `identity` is given."""
    name, depth = card.name, card.depth
    left, right, top = box.x + card.tab, box.right - depth, box.y + depth
    parts: list[str] = []
    if card.sign:
        # The tab reaches under the card, so that only its left corners are round.
        parts.append(rectangle(box.x, box.middle - TAB_HEIGHT / 2, card.tab + PAD, TAB_HEIGHT, 6, "tab"))
        parts.append(text(box.x + card.tab / 2, box.middle + 4, card.sign, "sign"))
    parts += [
        rectangle(left + shift, top - shift, right - left, box.bottom - top, 7, "card")
        for shift in ((depth, depth / 2, 0.0) if depth else (0.0,))
    ]
    baseline = top + PAD + 9
    parts += _header(card, left + PAD, baseline)
    for row, fact in enumerate(card.facts, start=len(card.header)):
        parts.append(text(left + PAD, baseline + HEADER_LINE * row, fact, "formula small"))
    rule = baseline + HEADER_LINE * (len(card.header) + len(card.facts) - 1) + 8
    if card.keys:
        parts.append(line((left + 1, rule), (right - 1, rule), "rule"))
    for row, key in enumerate(card.keys):
        baseline = rule + 15 + ROW * row
        kind, texts = ("data", look.data) if key == "data" else ("grad", look.grad)
        shown = texts.get(name, NO_GRADIENT)
        odd = " odd" if shown in NOT_FINITE else ""
        parts.append(text(left + PAD, baseline, key, "key"))
        parts.append(text(right - PAD, baseline, shown, f"number {kind}{odd}"))
    if look.sums.get(name):
        parts.append(text(right - PAD, baseline + ROW - 2, look.sums[name], "number sum"))
    classes = f"node {look.classes.get(name, '')} {card.kind}"
    return group(parts, " ".join(classes.split()), identity or f"node-{name}", look.tooltips.get(name, ""))


def _outline(path: Path, box: Box) -> str:
    shape = rectangle(box.x, box.y, box.width, box.height, 10, "outline")
    return group([shape], "cluster", title=".".join(path))


def _title(path: Path, box: Box) -> str:
    """Return the title of an outline, on ground of its own: arrows pass under it."""
    title = shorten(printable(path[-1]), box.width - PAD, SMALL_SIZE)
    x, baseline = box.x + PAD, box.y + PAD + 5
    room = min(prose_width(title, SMALL_SIZE) + 6, box.width - PAD)
    ground = rectangle(x - 3, baseline - SMALL_SIZE, room, SMALL_SIZE + 4, 3, "band")
    return group([ground, text(x, baseline, title, "key")], "cluster", title=".".join(path))


def _header(card: Card, x: float, baseline: float) -> list[str]:
    rows = [baseline + HEADER_LINE * row for row in range(len(card.header))]
    parts = [text(x, y, content, "name") for y, content in zip(rows, card.title, strict=False)]
    if card.formula:
        start = x + width(f"{card.title[0]} ", CODE_SIZE) if card.inline else x
        parts.append(text(start, rows[-1], card.formula, "formula"))
    return parts


def _arrow(name: str, way: Way, look: Look) -> str:
    classes = look.classes.get(name, "")
    lines, backwards = look.pills.get(name, ()), name in look.backwards
    parts = paint_way(way, lines, backwards, highlighted=classes in HIGHLIGHTED)
    return group(parts, f"arrow {classes}", f"arrow-{name}", look.tooltips.get(name, ""))
