"""A network as the textbooks draw it: neurons as circles in layers, weights on the lines between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from autograd import Value, no_grad
from viz.geometry import Box, Point
from viz.style import MARGIN, number
from viz.svg import Svg, circle, document, group, line, polyline, rectangle, text
from viz.text import shorten, width

MOST_NEURONS = 128
MOST_NUMBERS = 20
"""With more weights than this between two layers their numbers would hide the lines: tooltips show them."""

LARGE_LAYER = 10
RADIUS, SMALL_RADIUS, DOT_RADIUS = 24.0, 16.0, 8.0
PITCH, SMALL_PITCH = 92.0, 42.0
NARROWEST_GAP, WIDEST_GAP, GAP_FOR_HEIGHT = 210.0, 420.0, 0.8
NAME_ROOM, NAME_SIZE, NUMBER_SIZE = 150.0, 12.0, 11.0
DIGITS = 3
THINNEST, THICKEST, THICKEST_OF_MANY, FAINTEST = 0.8, 5.0, 3.0, 0.12
REACH, SAMPLES = 3.0, 24
PLATE = 15.0
PLACES = sorted((part / 40 for part in range(7, 34)), key=lambda part: abs(part - 0.3))
"""Where on a line its number may stand, as parts of the way, the most welcome first."""

LEGEND = 450.0


@dataclass(frozen=True, slots=True)
class _Weight:
    """A line from circle to circle."""

    start: Point
    end: Point
    data: float
    title: str


def draw_network(model: Any, inputs: Sequence[str] = (), outputs: Sequence[str] = ()) -> Svg:
    """Draw a network of fully connected layers with its weights.

    Each neuron is a circle, Σ for its weighted sum beside the curve of its activation, with its bias below.
    A line is as thick as its weight is large, solid for a positive and dashed for a negative one; where
    lines are few, they show their numbers. `model.layers[i].neurons[j]` must have `w`, a list of Values, and
    may have `b`, a Value, and `activation`, a function of a Value. `inputs` and `outputs` are names for
    both ends, x1, x2, … by default for the inputs.

    Raises TypeError for a model without such layers, and ValueError for more than 128 neurons or a wrong
    number of names.
    """
    layers = _layers(model)
    sizes = [len(layers[0][0].w), *map(len, layers)]
    if sum(sizes[1:]) > MOST_NEURONS:
        raise ValueError(f"draw_network shows at most {MOST_NEURONS} neurons, got {sum(sizes[1:])}")
    names = _names("inputs", inputs or [f"x{index}" for index in range(1, sizes[0] + 1)], sizes[0])
    results = _names("outputs", outputs, sizes[-1]) if outputs else []
    large = max(sizes) > LARGE_LAYER
    radius, pitch = (SMALL_RADIUS, SMALL_PITCH) if large else (RADIUS, PITCH)
    inside = all(width(name, NAME_SIZE) <= 2 * radius - 8 for name in names)
    radii = [radius if inside else DOT_RADIUS, *[radius] * len(layers)]
    height = (max(sizes) - 1) * pitch
    gap = min(max(NARROWEST_GAP, GAP_FOR_HEIGHT * height), WIDEST_GAP)
    x = MARGIN + radius + (0.0 if inside else 8 + max(width(name, NAME_SIZE) for name in names))
    places = [
        [
            (x + column * gap, MARGIN + radius + height / 2 + (row - (size - 1) / 2) * pitch)
            for row in range(size)
        ]
        for column, size in enumerate(sizes)
    ]
    between = [_weights(layers, places, radii, column) for column in range(1, len(sizes))]
    body = _lines(between)
    for weights in between:
        if len(weights) <= MOST_NUMBERS:
            body += _numbers(weights)
    body += [_input(place, radii[0], name, inside) for place, name in zip(places[0], names, strict=True)]
    for column, (layer, row) in enumerate(zip(layers, places[1:], strict=True), start=1):
        for position, (neuron, place) in enumerate(zip(layer, row, strict=True), start=1):
            body.append(_neuron(neuron, place, radius, f"layer {column}, neuron {position}", not large))
    for (x, y), name in zip(places[-1], results, strict=False):
        body.append(line((x + radius, y), (x + radius + 22, y), "wire"))
        body.append(text(x + radius + 28, y + 4, name, "name"))
    right = places[-1][0][0] + radius + max((28 + width(name, NAME_SIZE) for name in results), default=0.0)
    bottom = MARGIN + 2 * radius + height + 40
    body += _legend(MARGIN, bottom)
    shape = "-".join(map(str, sizes))
    return document(
        max(right, MARGIN + LEGEND) + MARGIN,
        bottom + MARGIN,
        f"A {shape} network with {sum(map(len, between))} weights",
        body,
    )


def _layers(model: Any) -> list[list[Any]]:
    try:
        layers = [list(layer.neurons) for layer in model.layers]
        complete = bool(layers) and all(layer and all(len(neuron.w) for neuron in layer) for layer in layers)
    except (AttributeError, TypeError):
        complete = False
    if not complete:
        raise TypeError(f"draw_network needs a model whose layers hold neurons with weights w, got {model!r}")
    return layers


def _names(what: str, names: Sequence[str], count: int) -> list[str]:
    if len(names) != count:
        raise ValueError(f"the network has {count} {what}, got {len(names)} names")
    return [shorten(name, NAME_ROOM, NAME_SIZE) for name in names]


def _weights(
    layers: Sequence[Sequence[Any]],
    places: Sequence[Sequence[Point]],
    radii: Sequence[float],
    column: int,
) -> list[_Weight]:
    """Return the lines that end in the layer at `column`, counted from 1."""
    ends = zip(layers[column - 1], places[column], strict=True)
    return [
        _Weight(
            start=(start[0] + radii[column - 1], start[1]),
            end=(end[0] - radii[column], end[1]),
            data=weight.data,
            title=f"layer {column}, neuron {position}, w[{index}] = {weight.data!r}",
        )
        for position, (neuron, end) in enumerate(ends, start=1)
        for index, (weight, start) in enumerate(zip(neuron.w, places[column - 1], strict=True))
    ]


def _lines(between: Sequence[Sequence[_Weight]]) -> list[str]:
    """Draw the lines, the strongest last and so on top."""
    largest = max(abs(weight.data) for weights in between for weight in weights) or 1.0
    lines: list[tuple[float, str]] = []
    for weights in between:
        many = len(weights) > MOST_NUMBERS
        thickest = THICKEST_OF_MANY if many else THICKEST
        for weight in weights:
            share = abs(weight.data) / largest if abs(weight.data) <= largest < inf else 1.0
            lines.append(
                (
                    share,
                    group(
                        [
                            line(
                                weight.start,
                                weight.end,
                                "weight negative" if weight.data < 0 else "weight",
                                THINNEST + share * (thickest - THINNEST),
                                FAINTEST + share * (1 - FAINTEST) if many else 1.0,
                            )
                        ],
                        title=weight.title,
                    ),
                )
            )
    return [shape for _, shape in sorted(lines, key=lambda line: line[0])]


def _numbers(weights: Sequence[_Weight]) -> list[str]:
    taken: list[Box] = []
    drawn: list[str] = []
    for weight in weights:
        content = number(weight.data, DIGITS)
        plate = _free_place(weight, width(content, NUMBER_SIZE) + 6, weights, taken)
        taken.append(plate)
        drawn.append(rectangle(plate.x, plate.y, plate.width, plate.height, 4, "plate"))
        drawn.append(text(plate.centre, plate.middle + 4, content, "small middle"))
    return drawn


def _free_place(weight: _Weight, room: float, weights: Sequence[_Weight], taken: Sequence[Box]) -> Box:
    """Return where on its line a number covers no other number, and as few other lines as can be."""
    (x0, y0), (x1, y1) = weight.start, weight.end
    best, least = Box(0.0, 0.0, 0.0, 0.0), inf
    for rank, part in enumerate(PLACES):
        x, y = x0 + part * (x1 - x0), y0 + part * (y1 - y0)
        plate = Box(x - room / 2, y - PLATE / 2, room, PLATE)
        hidden = sum(_overlap(plate, other) for other in taken)
        crossed = sum(_crosses(other, plate) for other in weights if other is not weight)
        trouble = 100 * hidden + crossed + rank / len(PLACES)
        if trouble < least:
            best, least = plate, trouble
    return best


def _overlap(a: Box, b: Box) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


def _crosses(weight: _Weight, box: Box) -> bool:
    (x0, y0), (x1, y1) = weight.start, weight.end
    heights = [y0 + (y1 - y0) * (x - x0) / (x1 - x0) for x in (box.x, box.right)]
    return min(heights) < box.bottom and max(heights) > box.y


def _input(place: Point, radius: float, name: str, inside: bool) -> str:
    x, y = place
    if inside:
        return circle(place, radius, "input") + text(x, y + 4, name, "name middle")
    return circle(place, radius, "input") + text(x - radius - 8, y + 4, name, "name number")


def _neuron(neuron: Any, place: Point, radius: float, title: str, with_bias: bool) -> str:
    x, y = place
    parts = [circle(place, radius, "neuron"), line((x, y - radius), (x, y + radius), "half")]
    parts.append(text(x - radius * 0.46, y + 4, "Σ", "name middle"))
    activation = getattr(neuron, "activation", None)
    if activation is None:
        parts.append(text(x + radius * 0.46, y + 4, "f", "name middle"))
    else:
        parts.append(_activation_curve(activation, (x + radius * 0.46, y), radius * 0.62))
        title += f", {getattr(activation, 'name', '') or getattr(activation, '__name__', 'activation')}"
    bias = getattr(neuron, "b", None)
    if bias is not None:
        title += f", b = {bias.data!r}"
        if with_bias:
            parts.append(text(x, y + radius + 14, f"b {number(bias.data, DIGITS)}", "small middle formula"))
    return group(parts, title=title)


def _activation_curve(activation: Callable[[Value], Any], centre: Point, size: float) -> str:
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


def _legend(x: float, y: float) -> list[str]:
    return [
        line((x, y), (x + 34, y), "weight", 3.0),
        text(x + 42, y + 4, "positive weight", "key"),
        line((x + 150, y), (x + 184, y), "weight negative", 3.0),
        text(x + 192, y + 4, "negative weight", "key"),
        text(x + 310, y + 4, "thicker line: larger", "key"),
    ]
