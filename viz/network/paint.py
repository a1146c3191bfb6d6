"""Painting a network as it looks at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from autograd import Value, no_grad
from viz.canvas.geometry import Point
from viz.canvas.svg import arrow_head, circle, group, line, polyline, rectangle, text
from viz.network.plan import LARGE_LAYER, LEGEND_LINE, NUMBER_SIZE, WAY_OUT, Line, Plan
from viz.record.model import Layers, Place, activation_name, neuron_name
from viz.style import ARROW, LIT_ARROW, number
from viz.text import width

MOST_NUMBERS = 20
"""With more weights than this between two layers their numbers would hide the lines: tooltips show them."""

DIGITS = 3
THINNEST, THICKEST, THICKEST_OF_MANY, FAINTEST = 0.8, 5.0, 3.0, 0.12
REACH, SAMPLES = 3.0, 24
ROW, GAP, SIZE = 15.0, 7.0, 12.0


@dataclass(frozen=True, slots=True)
class Corners:
    """The texts around a neuron, on the side of its sum and on that of its output: over it, and under it."""

    over_sum: str = ""
    over_output: str = ""
    bias: str = ""
    slope: str = ""
    under_sum: str = ""
    under_output: str = ""


@dataclass(frozen=True, slots=True)
class NetworkLook:
    """What a network shows at one moment.

    `weights` and `plates` (what is written on a line) are by name of line, `corners` by name of neuron or
    input, `classes` by name of anything. A line in `backwards` points to where its signal came from. `legend`
    says what the corners are.
    """

    weights: Mapping[str, float]
    plates: Mapping[str, str] = field(default_factory=dict)
    corners: Mapping[str, Corners] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    backwards: frozenset[str] = frozenset()
    legend: str = ""


def paint_network(planned: Plan, layers: Layers, look: NetworkLook) -> list[str]:
    """Return the network as shapes: lines, the strongest and the lit on top, then numbers, then neurons."""
    shapes = _lines(planned, look)
    for between in planned.lines:
        shapes += [_plate(planned, each, look) for each in between if look.plates.get(each.name)]
    shapes += paint_neurons(planned, layers, look)
    return [*shapes, *_ends(planned, look), *paint_legend(planned, look.legend)]


def paint_neurons(planned: Plan, layers: Layers, look: NetworkLook) -> list[str]:
    """Return the circles of a network, inputs and neurons, as shapes."""
    shapes: list[str] = []
    for index, (place, name) in enumerate(zip(planned.places[0], planned.inputs, strict=True)):
        shapes.append(_input(planned, place, name, f"input-{index}", look))
    for layer, (neurons, row) in enumerate(zip(layers, planned.places[1:], strict=True)):
        for position, (neuron, place) in enumerate(zip(neurons, row, strict=True)):
            shapes.append(_neuron(planned, neuron, place, (layer, position), look))
    return shapes


def _lines(planned: Plan, look: NetworkLook) -> list[str]:
    largest = max(map(abs, look.weights.values())) or 1.0
    drawn: list[tuple[bool, float, str]] = []
    for between in planned.lines:
        many = len(between) > MOST_NUMBERS
        thickest = THICKEST_OF_MANY if many else THICKEST
        for each in between:
            weight = look.weights[each.name]
            share = abs(weight) / largest if abs(weight) <= largest < inf else 1.0
            classes = look.classes.get(each.name, "")
            thickness = THINNEST + share * (thickest - THINNEST)
            faint = FAINTEST + share * (1 - FAINTEST) if many and not classes else 1.0
            points, head = [each.start, each.end], ""
            if classes:
                points, head = arrow_head(
                    points[::-1] if each.name in look.backwards else points, LIT_ARROW + share * 4
                )
            kind = "weight negative" if weight < 0 else "weight"
            shape = line(points[0], points[1], kind, thickness, faint) + head
            title = f"{_named(each.place)}, w[{each.index}] = {weight!r}"
            drawn.append((bool(classes), share, group([shape], classes, each.name, title)))
    return [shape for *_, shape in sorted(drawn, key=lambda line: line[:2])]


def _plate(planned: Plan, each: Line, look: NetworkLook) -> str:
    content, box = look.plates[each.name], planned.plates[each.name]
    room = width(content, NUMBER_SIZE) + 6
    parts = [
        rectangle(box.centre - room / 2, box.y, room, box.height, 4, "plate"),
        text(box.centre, box.middle + 4, content, "small middle"),
    ]
    classes = look.classes.get(each.name, "")
    return group(parts, classes) if classes else "".join(parts)


def _input(planned: Plan, place: Point, name: str, identity: str, look: NetworkLook) -> str:
    (x, y), radius = place, planned.radii[0]
    parts = [circle(place, radius, "input")]
    parts.append(
        text(x, y + 4, name, "name middle")
        if planned.inside
        else text(x - radius - 8, y + 4, name, "name number")
    )
    if identity in look.corners:
        parts.append(text(x, y - radius - 8, look.corners[identity].over_output, "signal middle output"))
    return group(parts, look.classes.get(identity, ""), identity)


def _neuron(planned: Plan, neuron: Any, centre: Point, place: Place, look: NetworkLook) -> str:
    (x, y), radius = centre, planned.radii[-1]
    identity = neuron_name(place)
    parts = [circle(centre, radius, "neuron"), line((x, y - radius), (x, y + radius), "half")]
    parts.append(text(x - radius * 0.46, y + 4, "Σ", "name middle"))
    activation = getattr(neuron, "activation", None)
    if activation is None:
        parts.append(text(x + radius * 0.46, y + 4, "f", "name middle"))
    else:
        parts.append(_curve(activation, (x + radius * 0.46, y), radius * 0.62))
    title = _named(place)
    title += f", {activation_name(neuron)}" if activation is not None else ""
    bias = getattr(neuron, "b", None)
    corners = look.corners.get(identity)
    title += f", b = {bias.data!r}" if bias is not None and corners is None else ""
    if corners is not None:
        over, under = y - radius - 9, y + radius + ROW
        parts += _pair((x, over), corners.over_sum, corners.over_output, "signal", ("weighted", "output"))
        parts += _pair((x, under), corners.bias, corners.slope, "formula", ("bias", "slope"))
        parts += _pair(
            (x, under + ROW), corners.under_sum, corners.under_output, "error", ("passed", "answer")
        )
    elif bias is not None and max(planned.sizes) <= LARGE_LAYER:
        parts.append(text(x, y + radius + 14, f"b {number(bias.data, DIGITS)}", "small middle formula"))
    return group(parts, look.classes.get(identity, ""), identity, title)


def _pair(middle: Point, left: str, right: str, classes: str, names: tuple[str, str]) -> list[str]:
    """Write two texts to the left and to the right of a place, on ground that covers the lines below."""
    x, y = middle
    parts: list[str] = []
    room = width(left, SIZE)
    if left:
        parts.append(rectangle(x - GAP - room - 2, y - 11, room + 4, ROW - 1, 4, "ground"))
        parts.append(text(x - GAP, y, left, f"{classes} number {names[0]}"))
    if right:
        parts.append(rectangle(x + GAP - 2, y - 11, width(right, SIZE) + 4, ROW - 1, 4, "ground"))
        parts.append(text(x + GAP, y, right, f"{classes} {names[1]}"))
    return parts


def _named(place: Place) -> str:
    return f"layer {place[0] + 1}, neuron {place[1] + 1}"


def _curve(activation: Callable[[Value], Any], centre: Point, size: float) -> str:
    """Return the curve of an activation between -3 and 3, fitted into a square."""
    xs = [REACH * (2 * step / SAMPLES - 1) for step in range(SAMPLES + 1)]
    with no_grad():
        ys = [activation(Value(x)) for x in xs]
    heights = [y.data if isinstance(y, Value) else float(y) for y in ys]
    low, high = min(heights), max(heights)
    scale = size / ((high - low) or 1.0)
    middle = (low + high) / 2
    points = [
        (centre[0] + size * x / (2 * REACH), centre[1] - scale * (height - middle))
        for x, height in zip(xs, heights, strict=True)
    ]
    return polyline(points, "activation")


def _ends(planned: Plan, look: NetworkLook) -> list[str]:
    """Draw the ways out, with what is written behind the outputs."""
    shapes: list[str] = []
    for index, ((x, y), name) in enumerate(zip(planned.places[-1], planned.outputs, strict=False)):
        identity = f"output-{index}"
        start, end = (x + planned.radii[-1], y), (x + planned.radii[-1] + WAY_OUT, y)
        (tail, tip), head = arrow_head([end, start] if identity in look.backwards else [start, end], ARROW)
        parts = [line(tail, tip, "wire"), head, text(end[0] + 6, y + 4, name, "name")]
        shapes.append(group(parts, look.classes.get(identity, ""), identity))
    return shapes


def paint_legend(planned: Plan, words: str) -> list[str]:
    """Return what lines mean, with words of one more line, if any."""
    y = planned.height - LEGEND_LINE * (2 if words else 1) + 8
    shapes = [
        line((0, y), (34, y), "weight", 3.0),
        text(42, y + 4, "positive weight", "key"),
        line((150, y), (184, y), "weight negative", 3.0),
        text(192, y + 4, "negative weight", "key"),
        text(310, y + 4, "thicker line: larger", "key"),
    ]
    if words:
        shapes.append(text(0, y + 4 + LEGEND_LINE, words, "key"))
    return shapes
