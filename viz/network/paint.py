"""Painting a network: as it looks at one moment, or for a page that fills it with the texts of each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from math import isfinite
from typing import Any

from autograd import Value, no_grad
from viz.canvas.arrows import paint_way, two_ways
from viz.canvas.geometry import Box, Point
from viz.canvas.svg import arrow_head, circle, group, line, polyline, rectangle, text
from viz.graph.cards import Card
from viz.graph.paint import Look, paint_card
from viz.network.plan import LARGE_LAYER, LEGEND_LINE, NUMBER_SIZE, WIDEST_PRODUCT, WIDEST_SIGNAL, Line, Plan
from viz.record.model import Place, activation_name, neuron_name
from viz.style import LARGE_ARROW, NO_GRADIENT, PAD, number
from viz.text import width

MOST_NUMBERS = 20
"""With more weights than this between two layers their numbers would hide the lines: tooltips show them."""

DIGITS = 3
THINNEST, THICKEST, THICKEST_OF_MANY, FAINTEST = 0.8, 5.0, 3.0, 0.12
REACH, SAMPLES = 3.0, 24
CORNER_LINE, GAP, SIZE = 15.0, 7.0, 12.0

PLATES = {"onward": WIDEST_SIGNAL, "back": f"∂ {WIDEST_SIGNAL}", "passing": WIDEST_PRODUCT}
"""The plates of a line on a page: with the weight, its gradient, what passes; and the widest text of each."""

CORNERS = {
    "weighted": ("signal number", "e₁₂"),
    "output": ("signal", "y₁₂"),
    "bias": ("formula number", "b₁₂"),
    "slope": ("formula", "f′"),
    "passed": ("error number", "∂e₁₂"),
    "answer": ("error", "∂y₁₂"),
}
"""The texts around a neuron, two over it and four under it, on the side of its sum and on that of its output.

Each with its classes, and the widest name before its number."""


@dataclass(frozen=True, slots=True)
class Legend:
    """What is said of a network in words: what lines and corners mean, which neuron is which."""

    positive: str = "positive weight"
    negative: str = "negative weight"
    thicker: str = "thicker line: larger"
    neuron: str = "layer {layer}, neuron {row}"
    corners: str = ""

    def named(self, place: Place) -> str:
        """Return what the neuron at a place is called."""
        return self.neuron.format(layer=place[0] + 1, row=place[1] + 1)


@dataclass(frozen=True, slots=True)
class NetworkLook:
    """What a network shows at one moment.

    `weights` and `plates` (what is written on a line) are by name of line, `corners` by name of neuron or
    input and then by the name of the corner, `classes` by name of anything. A line in `backwards` points to
    where its signal came from. `loss` has the name, the number and the gradient of the box behind the
    network. `legend` says what all that is.
    """

    weights: Mapping[str, float]
    plates: Mapping[str, str] = field(default_factory=dict)
    corners: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    backwards: frozenset[str] = frozenset()
    loss: tuple[str, str, str] = ("", NO_GRADIENT, NO_GRADIENT)
    legend: Legend = field(default_factory=Legend)


def paint_network(planned: Plan, look: NetworkLook) -> list[str]:
    """Return the network as shapes: lines, the strongest and highlighted ones on top, numbers, neurons."""
    shapes = _lines(planned, look)
    for name, box in planned.plates.items():
        if content := look.plates.get(name):
            shapes.append(group([_plate(box, content, content)], look.classes.get(name, "")))
    ways: list[str] = []
    for row, way in enumerate(planned.ways):
        name = f"output-{row}"
        classes = look.classes.get(name, "")
        parts = paint_way(way, (), name in look.backwards, classes == "travelling")
        ways.append(group(parts, f"arrow {classes}", f"arrow-{name}"))
    return _with_neurons(planned, look, shapes, ways, "told" if planned.told else "")


def paint_page_network(planned: Plan, loss: str, legend: Legend) -> list[str]:
    """Return the network as shapes that a page fills with the texts of each step.

    Each line is there twice, onward and back, and each plate three times; the page shows one of them. How
    thick a line is, and whether it is dashed, are classes, since training changes weights.
    """
    shapes = [_both_ways(each) for between in planned.lines for each in between]
    for name, box in planned.plates.items():
        plates = [group([_plate(box, widest, "")], kind) for kind, widest in PLATES.items()]
        shapes.append(group(plates, "arrow", f"plate-{name}"))
    corners = {corner: f"{name} {WIDEST_SIGNAL}" for corner, (_, name) in CORNERS.items()}
    circles = circle_names(planned)
    look = NetworkLook(
        weights={},
        corners=dict.fromkeys(circles, corners),
        classes=dict.fromkeys(circles, "node"),
        loss=(loss, NO_GRADIENT, NO_GRADIENT),
        legend=legend,
    )
    ways = [two_ways(f"output-{row}", way, (), ()) for row, way in enumerate(planned.ways)]
    many = any(len(between) > MOST_NUMBERS for between in planned.lines)
    return _with_neurons(planned, look, shapes, ways, "told many" if many else "told")


def circle_names(planned: Plan) -> list[str]:
    """Return the names of the inputs and the neurons of a network."""
    sizes = planned.sizes
    neurons = [neuron_name((layer, row)) for layer, size in enumerate(sizes[1:]) for row in range(size)]
    return [f"input-{index}" for index in range(sizes[0])] + neurons


def _with_neurons(
    planned: Plan, look: NetworkLook, lines: list[str], ways: list[str], classes: str
) -> list[str]:
    shapes = [*lines, *_circles(planned, look), *ways]
    shapes += [text(*place, name, "name") for name, place in planned.outputs]
    if planned.loss is not None:
        name, data, grad = look.loss
        card = Card("loss", (name,), planned.loss.width - 2 * PAD, kind="root")
        known = Look({"loss": data}, {"loss": grad}, classes={"loss": look.classes.get("loss", "")})
        shapes.append(paint_card(card, planned.loss, known))
    shapes += _legend(planned, look.legend)
    return [group(shapes, classes)] if classes else shapes


def _lines(planned: Plan, look: NetworkLook) -> list[str]:
    largest = max(filter(isfinite, map(abs, look.weights.values())), default=0.0) or 1.0
    drawn: list[tuple[bool, float, str]] = []
    for between in planned.lines:
        many = len(between) > MOST_NUMBERS
        thickest = THICKEST_OF_MANY if many else THICKEST
        for each in between:
            weight = look.weights[each.name]
            share = abs(weight) / largest if isfinite(weight) else 1.0
            classes = look.classes.get(each.name, "")
            thickness = THINNEST + share * (thickest - THINNEST)
            faint = FAINTEST + share * (1 - FAINTEST) if many and not classes else 1.0
            points, head = [each.start, each.end], ""
            if classes:
                points, head = arrow_head(
                    points[::-1] if each.name in look.backwards else points, LARGE_ARROW + share * 4
                )
            kind = "weight negative" if weight < 0 else "weight"
            shape = line(points[0], points[1], kind, thickness, faint) + head
            title = f"{look.legend.named(each.place)}, w[{each.index}] = {weight!r}"
            drawn.append((bool(classes), share, group([shape], classes, each.name, title)))
    return [shape for *_, shape in sorted(drawn, key=lambda line: line[:2])]


def _both_ways(each: Line) -> str:
    parts: list[str] = []
    for start, end, direction in ((each.start, each.end, "onward"), (each.end, each.start, "back")):
        kept, head = arrow_head((start, end), LARGE_ARROW)  # a thick line must not reach beyond its head
        parts.append(group([line(kept[0], kept[1], "weight"), head], direction))
    return group(parts, "arrow", f"arrow-{each.name}")


def _plate(box: Box, widest: str, content: str) -> str:
    room = width(widest, NUMBER_SIZE) + 6
    plate = rectangle(box.centre - room / 2, box.y, room, box.height, 4, "plate")
    return plate + text(box.centre, box.middle + 4, content, "small number middle")


def _circles(planned: Plan, look: NetworkLook) -> Iterator[str]:
    for index, (place, name) in enumerate(zip(planned.places[0], planned.inputs, strict=True)):
        yield _input(planned, place, name, f"input-{index}", look)
    for layer, (neurons, row) in enumerate(zip(planned.layers, planned.places[1:], strict=True)):
        for position, (neuron, place) in enumerate(zip(neurons, row, strict=True)):
            yield _neuron(planned, neuron, place, (layer, position), look)


def _input(planned: Plan, place: Point, name: str, identity: str, look: NetworkLook) -> str:
    (x, y), radius = place, planned.radii[0]
    beside = (
        (x, y + 4, name, "name middle") if planned.inside else (x - radius - 8, y + 4, name, "name number")
    )
    parts = [circle(place, radius, "input"), text(*beside)]
    if identity in look.corners:
        parts.append(text(x, y - radius - 8, look.corners[identity]["output"], "signal middle output"))
    return group(parts, look.classes.get(identity, ""), identity)


def _neuron(planned: Plan, neuron: Any, centre: Point, place: Place, look: NetworkLook) -> str:
    (x, y), radius = centre, planned.radii[-1]
    identity = neuron_name(place)
    parts = [circle(centre, radius, "neuron"), line((x, y - radius), (x, y + radius), "half")]
    parts.append(text(x - radius * 0.46, y + 4, "Σ", "name middle"))
    title, activation = look.legend.named(place), getattr(neuron, "activation", None)
    curve = "" if activation is None else _curve(activation, (x + radius * 0.46, y), radius * 0.62)
    parts.append(curve or text(x + radius * 0.46, y + 4, "f", "name middle"))
    if activation is not None:
        title += f", {activation_name(neuron)}"
    bias = getattr(neuron, "b", None)
    if identity in look.corners:
        parts += _corners(x, y, radius, look.corners[identity])
    elif bias is not None:
        title += f", b = {bias.data!r}"
        if max(planned.sizes) <= LARGE_LAYER:
            parts.append(text(x, y + radius + 14, f"b {number(bias.data, DIGITS)}", "small middle formula"))
    return group(parts, look.classes.get(identity, ""), identity, title)


def _corners(x: float, y: float, radius: float, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield the texts around a neuron, each on ground that covers the lines below it."""
    baselines = (y - radius - 9, y + radius + CORNER_LINE, y + radius + 2 * CORNER_LINE)
    for place, (corner, (classes, _)) in enumerate(CORNERS.items()):
        content, baseline, left = texts[corner], baselines[place // 2], place % 2 == 0
        if content:
            room = width(content, SIZE)
            start = x - GAP - room if left else x + GAP
            yield rectangle(start - 2, baseline - 11, room + 4, CORNER_LINE - 1, 4, "ground")
            yield text(x - GAP if left else start, baseline, content, f"{classes} {corner}")


def _curve(activation: Callable[[Value], Any], centre: Point, size: float) -> str:
    """Return the curve of an activation where it is finite between -3 and 3, fitted into a square."""
    xs = [REACH * (2 * step / SAMPLES - 1) for step in range(SAMPLES + 1)]
    with no_grad():
        ys = [activation(Value(x)) for x in xs]
    heights = [y.data if isinstance(y, Value) else float(y) for y in ys]
    finite = [height for height in heights if isfinite(height)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    scale = size / ((high - low) or 1.0)
    middle = (low + high) / 2
    points = [
        (centre[0] + size * x / (2 * REACH), centre[1] - scale * (height - middle))
        for x, height in zip(xs, heights, strict=True)
    ]
    pieces = groupby(points, key=lambda point: isfinite(point[1]))
    return "".join(polyline([*piece], "activation") for drawn, piece in pieces if drawn)


def _legend(planned: Plan, legend: Legend) -> list[str]:
    """Return what lines mean, and in one more line what corners are, if there are any."""
    y = planned.height - LEGEND_LINE * (2 if legend.corners else 1) + 8
    shapes = [
        line((0, y), (34, y), "weight", 3.0),
        text(42, y + 4, legend.positive, "key"),
        line((150, y), (184, y), "weight negative", 3.0),
        text(192, y + 4, legend.negative, "key"),
        text(310, y + 4, legend.thicker, "key"),
    ]
    if legend.corners:
        shapes.append(text(0, y + 4 + LEGEND_LINE, legend.corners, "key"))
    return shapes
