"""Writing SVG: shapes, text and arrows as strings, and the document around them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from html import escape
from math import hypot
from pathlib import Path
from typing import Any, TypeAlias

from autograd.whole_file import write_whole
from viz.canvas.geometry import Point
from viz.canvas.stored import SHARP, bundle, rasterised
from viz.style import MARGIN, stylesheet
from viz.text import printable

ROUNDED = 0.15
"""How far rounding to tenths of a pixel may move one place from another."""

Forms: TypeAlias = "Mapping[str, Callable[[], str | bytes]]"
"""What makes a file of something, by the endings that its name may have."""


class Svg(str):
    """An SVG document as text, which a notebook shows as a picture."""

    __slots__ = ()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture as .svg or .png, whole or not at all; return its path. Raises as `viz.export`."""
        return write_as(path, picture_forms(lambda: self))

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return bundle(str(self))

    def __repr__(self) -> str:
        return f"<Svg, {len(self):,} characters>"  # a notebook keeps this beside the picture


def document(width: float, height: float, title: str, body: Sequence[str]) -> Svg:
    """Return a document of the given size in pixels; `title` is what a screen reader says of it."""
    size = f'width="{_digits(width)}" height="{_digits(height)}"'
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="glassgrad" {size} '
        f'viewBox="0 0 {_digits(width)} {_digits(height)}" role="img" xml:space="preserve">'
        f"<title>{shown(title)}</title>"
        f"<style>\n{stylesheet()}\n</style>\n"
        f'<rect class="paper" {size}/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def group(content: Sequence[str], classes: str = "", identity: str = "", title: str = "") -> str:
    """Return shapes as one group; `title` shows while the pointer rests on it."""
    attributes = f' class="{classes.strip()}"' if classes else ""
    attributes += f' id="{identity}"' if identity else ""
    tooltip = f"<title>{shown(title)}</title>" if title else ""
    return f"<g{attributes}>{tooltip}{''.join(content)}</g>"


def framed(width: float, height: float, title: str, shapes: Sequence[str]) -> Svg:
    """Return a document of shapes that take this room, with a margin around them."""
    return document(width + 2 * MARGIN, height + 2 * MARGIN, title, [moved(shapes, MARGIN, MARGIN)])


def moved(content: Sequence[str], x: float, y: float) -> str:
    """Return shapes moved to the right and down."""
    return f'<g transform="translate({_digits(x)} {_digits(y)})">' + "\n".join(content) + "</g>"


def placed(shape: str, x: float, y: float) -> str:
    """Return a shape that is drawn around the origin, moved: its markup is the same wherever it stands."""
    name, _, attributes = shape.partition(" ")
    return f'{name} transform="translate({_digits(x)} {_digits(y)})" {attributes}'


def scaled(content: Sequence[str], scale: float) -> str:
    """Return shapes enlarged from the upper left corner."""
    return f'<g transform="scale({scale:.3f})">' + "\n".join(content) + "</g>"


def text(x: float, y: float, content: str, classes: str) -> str:
    """Return one line of text with its baseline at `y`."""
    return f'<text class="{classes}" x="{_digits(x)}" y="{_digits(y)}">{shown(content)}</text>'


def rectangle(
    x: float, y: float, width: float, height: float, radius: float, classes: str, opacity: float = 1.0
) -> str:
    """Return a rectangle with round corners."""
    extra = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
    return (
        f'<rect class="{classes}" x="{_digits(x)}" y="{_digits(y)}" width="{_digits(width)}" '
        f'height="{_digits(height)}" rx="{_digits(radius)}"{extra}/>'
    )


def line(start: Point, end: Point, classes: str, thickness: float = 0.0, opacity: float = 1.0) -> str:
    """Return a straight line; a `thickness` of 0 leaves it to the class."""
    ends = f'x1="{_digits(start[0])}" y1="{_digits(start[1])}" x2="{_digits(end[0])}" y2="{_digits(end[1])}"'
    extra = f' stroke-width="{thickness:.2f}"' if thickness else ""
    extra += f' stroke-opacity="{opacity:.2f}"' if opacity < 1 else ""
    return f'<line class="{classes}" {ends}{extra}/>'


def polyline(points: Sequence[Point], classes: str) -> str:
    """Return straight lines from point to point."""
    path = " ".join(f"{_digits(x)},{_digits(y)}" for x, y in points)
    return f'<polyline class="{classes}" points="{path}"/>'


def circle(centre: Point, radius: float, classes: str) -> str:
    """Return a circle."""
    place = f'cx="{_digits(centre[0])}" cy="{_digits(centre[1])}" r="{_digits(radius)}"'
    return f'<circle class="{classes}" {place}/>'


def curve(points: Sequence[Point], classes: str) -> str:
    """Return a smooth line through cubic Bézier points: a start, then three points for each piece."""
    here = points[0]
    path = [f"M{_digits(here[0])} {_digits(here[1])}"]
    for first, second, end in zip(points[1::3], points[2::3], points[3::3], strict=True):
        if first == second == end == here:
            continue
        if _even(here[0], first[0], second[0], end[0]) and _even(here[1], first[1], second[1], end[1]):
            path.append(f"L{_digits(end[0])} {_digits(end[1])}")
        else:
            path.append("C" + " ".join(f"{_digits(x)} {_digits(y)}" for x, y in (first, second, end)))
        here = end
    return f'<path class="{classes}" d="{"".join(path)}"/>'


def _even(*places: float) -> bool:
    """Whether four places are evenly spaced, but for what rounding to tenths has moved them."""
    start, first, second, end = places
    third = (end - start) / 3
    return abs(first - start - third) < ROUNDED and abs(end - second - third) < ROUNDED


def arrow_head(points: Sequence[Point], size: float, classes: str = "") -> tuple[list[Point], str]:
    """Return a curve cut short at its end, and the arrowhead that takes the place of what was cut."""
    tip = points[-1]
    before = next((point for point in reversed(points) if point != tip), (tip[0] - 1, tip[1]))
    length = hypot(tip[0] - before[0], tip[1] - before[1])
    across, along = (tip[0] - before[0]) / length, (tip[1] - before[1]) / length
    root = (tip[0] - across * size, tip[1] - along * size)
    wing = size * 0.42
    corners = (
        tip,
        (root[0] - along * wing, root[1] + across * wing),
        (root[0] + along * wing, root[1] - across * wing),
    )
    path = "M" + "L".join(f"{_digits(x)} {_digits(y)}" for x, y in corners) + "Z"
    kept = [*points[:-1], (tip[0] - across * size * 0.8, tip[1] - along * size * 0.8)]
    return kept, f'<path class="{f"head {classes}".rstrip()}" d="{path}"/>'


@lru_cache(maxsize=20_000)  # the frames of one graph repeat their texts
def shown(content: str) -> str:
    """Return text as XML that shows it, and only shows it."""
    return escape(printable(content))


def picture_forms(draw: Callable[[], Svg]) -> Forms:
    """Return what makes a file of a picture: `.svg` and `.png`."""
    return {".svg": draw, ".png": lambda: rasterised(draw(), SHARP)}


def write_as(path: str | os.PathLike[str], forms: Forms) -> Path:
    """Write a file in the form that the ending of its name says; return its path.

    Raises ValueError for another ending, and what making the form or writing the file does.
    """
    target = Path(path)
    make = forms.get(target.suffix.lower())
    if make is None:
        *others, last = forms
        ways = f"{', '.join(others)} or {last}" if others else last
        raise ValueError(f"a file is written as {ways}, got {target.name!r}")
    return write(target, make())


def write(path: Path, content: str | bytes) -> Path:
    """Write a file so that a reader finds its old content or the new one, never a part; return its path."""
    write_whole(path, content.encode() if isinstance(content, str) else content)
    return path


def _digits(x: float) -> str:
    return f"{x:.6g}"  # places are tenths of a pixel: see Geometry.moved_to_origin
