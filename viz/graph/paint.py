"""Painting a laid out graph as it looks at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from viz.canvas.geometry import Box, Curve, Point
from viz.canvas.layered import straight
from viz.canvas.svg import arrow_head, curve, group, line, rectangle, text
from viz.graph.cards import Arrow, Card, Scene
from viz.nesting import Path
from viz.style import (
    ARROW,
    CODE_SIZE,
    HEADER_LINE,
    LIT_ARROW,
    NO_GRADIENT,
    PAD,
    PILL_LINE,
    PILL_PAD,
    ROW,
    SMALL_SIZE,
    TAB_HEIGHT,
)
from viz.text import printable, shorten, width

LIT = ("computed", "travelling")
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
    """Return the graph as shapes, what is lit on top.

    `painted` keeps shapes from one moment of the same scene to the next, where nearly all stay the same.
    """
    shapes = [_outline(path, box) for path, box in laid_out.outlines]
    for arrow in sorted(laid_out.arrows, key=lambda arrow: look.classes.get(arrow.name, "") in LIT):
        name = arrow.name
        shows: object = (name, look.pills.get(name), look.classes.get(name), name in look.backwards)
        if shows not in painted:
            painted[shows] = _arrow(arrow, look)
        shapes.append(painted[shows])
    for card in laid_out.cards:
        name = card.name
        shows = (name, *(texts.get(name) for texts in (look.data, look.grad, look.sums, look.classes)))
        if shows not in painted:
            painted[shows] = _card(card, laid_out.boxes[name], look)
        shapes.append(painted[shows])
    return shapes


def _outline(path: Path, box: Box) -> str:
    parts = [
        rectangle(box.x, box.y, box.width, box.height, 10, "outline"),
        text(box.x + PAD, box.y + PAD + 5, shorten(printable(path[-1]), box.width - PAD, SMALL_SIZE), "key"),
    ]
    return group(parts, "cluster", title=".".join(path))


def _card(card: Card, box: Box, look: Look) -> str:
    name = card.name
    left, right = box.x + card.tab, box.right
    parts: list[str] = []
    if card.sign:
        # The tab reaches under the card, so that only its left corners are round.
        parts.append(rectangle(box.x, box.middle - TAB_HEIGHT / 2, card.tab + PAD, TAB_HEIGHT, 6, "tab"))
        parts.append(text(box.x + card.tab / 2, box.middle + 4, card.sign, "sign"))
    parts.append(rectangle(left, box.y, right - left, box.height, 7, "card"))
    baseline = box.y + PAD + 9
    parts += _header(card, left + PAD, baseline)
    rule = baseline + HEADER_LINE * (len(card.header) - 1) + 8
    parts.append(line((left + 1, rule), (right - 1, rule), "rule"))
    for row, (key, texts, classes) in enumerate((("data", look.data, "data"), ("grad", look.grad, "grad"))):
        baseline = rule + 15 + ROW * row
        parts.append(text(left + PAD, baseline, key, "key"))
        parts.append(text(right - PAD, baseline, texts.get(name, NO_GRADIENT), f"number {classes}"))
    if look.sums.get(name):
        parts.append(text(right - PAD, baseline + ROW - 2, look.sums[name], "number sum"))
    return group(parts, f"node {look.classes.get(name, '')}", f"node-{name}", look.tooltips.get(name, ""))


def _header(card: Card, x: float, baseline: float) -> list[str]:
    split = card.formula_from
    if split is not None and len(card.header) == 1:
        name, formula = card.header[0][:split], card.header[0][split:].lstrip()
        parts = [text(x, baseline, name, "name")]
        return (
            [*parts, text(x + width(f"{name} ", CODE_SIZE), baseline, formula, "formula")]
            if formula
            else parts
        )
    last = len(card.header) - 1
    return [
        text(x, baseline + HEADER_LINE * row, content, "formula" if split is None and row == last else "name")
        for row, content in enumerate(card.header)
    ]


def _arrow(arrow: Arrow, look: Look) -> str:
    name = arrow.name
    classes = look.classes.get(name, "")
    lines, backwards = look.pills.get(name, ()), name in look.backwards
    parts = paint_way(arrow.pill, arrow.curves, lines, backwards, lit=classes in LIT)
    return group(parts, f"arrow {classes}", f"arrow-{name}", look.tooltips.get(name, ""))


def paint_way(
    pill: Box | None,
    curves: Sequence[Curve],
    lines: Sequence[str],
    backwards: bool = False,
    lit: bool = False,
) -> list[str]:
    """Return an arrow as shapes, with the lines of its pill on it; a `lit` one has a larger head."""
    pieces = _pieces(pill, curves)
    if backwards:
        pieces = [piece[::-1] for piece in pieces[::-1]]
    pieces[-1], head = arrow_head(pieces[-1], LIT_ARROW if lit else ARROW)
    parts = [*(curve(points, "wire") for points in pieces), head]
    return parts if pill is None else [*parts, *_pill(pill, lines)]


def paint_two_ways(
    pill: Box | None, curves: Sequence[Curve], onward: Sequence[str], back: Sequence[str]
) -> list[str]:
    """Return an arrow as shapes, its wire once, and of head and pill those of either direction."""
    pieces = _pieces(pill, curves)
    _, head = arrow_head(pieces[-1], ARROW, "onward")
    _, tail = arrow_head(pieces[0][::-1], ARROW, "back")
    whole = [pieces[0][0], *(point for piece in pieces for point in piece[1:])]
    parts = [curve(whole, "wire"), head, tail]
    if pill is None:
        return parts
    return [*parts, group(_pill(pill, onward), "onward"), group(_pill(pill, back), "back")]


def _pieces(pill: Box | None, curves: Sequence[Curve]) -> list[list[Point]]:
    """Return the curves of an arrow from end to end, straight behind the pill."""
    pieces = [list(piece.points) for piece in curves]
    if pill is not None:
        start, end = pieces[0][-1], pieces[1][0]
        pieces.insert(1, [start, *straight(start, end)])
    return pieces


def _pill(box: Box, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    room = max(width(content, SMALL_SIZE) for content in lines) + 2 * PILL_PAD
    height = PILL_LINE * len(lines) + PILL_PAD
    left, right, top = box.centre - room / 2, box.centre + room / 2, box.middle - height / 2
    parts = [rectangle(left, top, room, height, 6, "pill")]
    for row, content in enumerate(lines, start=1):
        sign, _, digits = content.rpartition(" ")
        if sign:  # a column of figures: signs to the left, numbers to the right
            parts.append(text(left + PILL_PAD, top + PILL_LINE * row, sign, "local"))
        parts.append(text(right - PILL_PAD, top + PILL_LINE * row, digits, "local number"))
    if len(lines) > 1:
        rule = top + PILL_LINE * (len(lines) - 1) + 3.5
        parts.append(line((left + PILL_PAD, rule), (right - PILL_PAD, rule), "underline"))
    return parts
