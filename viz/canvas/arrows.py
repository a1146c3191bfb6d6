"""Arrows as shapes: along their wire a head and a pill, for one direction or for both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from viz.canvas.geometry import Box, Point, Way
from viz.canvas.layered import line_between
from viz.canvas.svg import arrow_head, curve, group, line, placed, rectangle, text
from viz.style import ARROW, LARGE_ARROW, PILL_LINE, PILL_PAD, SMALL_SIZE
from viz.text import width


def paint_way(
    way: Way, lines: Sequence[str], backwards: bool = False, highlighted: bool = False
) -> list[str]:
    """Return an arrow as shapes, with the lines of its pill on it; a `highlighted` one has a larger head."""
    pieces = _pieces(way)
    if backwards:
        pieces = [piece[::-1] for piece in pieces[::-1]]
    pieces[-1], head = arrow_head(pieces[-1], LARGE_ARROW if highlighted else ARROW)
    parts = [*(curve(points, "wire") for points in pieces), head]
    return parts if way.pill is None else [*parts, *_pill(way.pill, lines)]


def two_ways(name: str, way: Way, onward: Sequence[str], back: Sequence[str], tooltip: str = "") -> str:
    """Return an arrow as a shape that points both ways: onward with one text on it, back with the other."""
    pieces = _pieces(way)
    head, tail = _head(pieces[-1], "onward"), _head(pieces[0][::-1], "back")
    whole = [pieces[0][0], *(point for piece in pieces for point in piece[1:])]
    parts = [curve(whole, "wire"), head, tail]
    if way.pill is not None:
        x, y = way.pill.centre, way.pill.middle
        parts += [placed(_side(tuple(onward), "onward"), x, y), placed(_side(tuple(back), "back"), x, y)]
    return group(parts, "arrow", f"arrow-{name}", tooltip)


def _head(points: Sequence[Point], classes: str) -> str:
    """Return the head of an arrow, drawn with its tip at the origin."""
    tip_x, tip_y = points[-1]
    _, head = arrow_head([(round(x - tip_x, 1), round(y - tip_y, 1)) for x, y in points], ARROW, classes)
    return placed(head, tip_x, tip_y)


@cache
def _side(lines: tuple[str, ...], classes: str) -> str:
    """Return what stands on an arrow in one direction, around the origin: of most arrows the same."""
    return group(_pill(Box(0.0, 0.0, 0.0, 0.0), lines), classes)


def _pieces(way: Way) -> list[Sequence[Point]]:
    """Return the curves of an arrow from end to end, straight behind the pill."""
    if way.pill is None:
        return [*way.curves]
    before, after = way.curves
    return [before, line_between(before[-1], after[0]), after]


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
