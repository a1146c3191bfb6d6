"""Where the parts of a network's picture are: neurons in columns, lines between them, numbers on lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import atan2, cos, inf, sin

from viz.canvas.geometry import Box, Point, Way
from viz.canvas.layered import line_between
from viz.graph.cards import Card
from viz.record.model import Layers, Place, line_name, sizes_of
from viz.style import CODE_SIZE, KEY_ROOM, NARROWEST_CARD
from viz.text import elided_apart, width

RADIUS, SMALL_RADIUS, DOT_RADIUS, TOLD_RADIUS = 24.0, 16.0, 8.0, 32.0
PITCH, SMALL_PITCH, TOLD_PITCH = 92.0, 42.0, 152.0
NARROWEST_GAP, WIDEST_GAP, GAP_FOR_HEIGHT, TOLD_GAP = 210.0, 420.0, 0.8, 340.0
LARGE_LAYER = 10
NAME_ROOM, NAME_SIZE, NUMBER_SIZE = 150.0, 12.0, 11.0
ABOVE, BELOW, TOLD_BELOW = 20.0, 18.0, 38.0
"""Room for the texts over and under a neuron."""

TEXT_ROOM = 85.0
"""How far the texts around a neuron reach to either side of its middle."""

LEGEND, LEGEND_LINE = 460.0, 18.0
WAY_OUT, NAME_GAP = 22.0, 10.0
"""How long the arrow behind an output is, and how far a name stands off the way to the loss."""

WIDEST_SIGNAL = "−0.1234"
WIDEST_PRODUCT = f"({WIDEST_SIGNAL}) × ({WIDEST_SIGNAL})"
FAN = 0.7
"""Lines meet a circle at this part of their angle, so that their arrowheads do not cover each other."""

PLATE = 15.0
PLACES = sorted((part / 40 for part in range(7, 34)), key=lambda part: abs(part - 0.3))
"""Where on a line its number may stand, as parts of the way, the most welcome first."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line from circle to circle, which carries weight `index` of the neuron at `place`."""

    name: str
    place: Place
    index: int
    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class Plan:
    """The places of a network's parts, by column: inputs first, then the layers.

    `plates` are the boxes for the numbers on lines, by the lines' names; `ways` lead on from the outputs, to
    the box `loss` where there is one; `outputs` are the names behind them, with their places. A network that
    is `told` has room for what happens at each neuron.
    """

    layers: Layers
    places: tuple[tuple[Point, ...], ...]
    radii: tuple[float, ...]
    lines: tuple[tuple[Line, ...], ...]
    plates: Mapping[str, Box]
    inputs: tuple[str, ...]
    inside: bool
    width: float
    height: float
    told: bool
    ways: tuple[Way, ...] = ()
    outputs: tuple[tuple[str, Point], ...] = ()
    loss: Box | None = None

    @property
    def sizes(self) -> list[int]:
        """The number of inputs, then of neurons in each layer."""
        return sizes_of(self.layers)


def plan(layers: Layers, inputs: Sequence[str], outputs: Sequence[str], written: Mapping[str, str]) -> Plan:
    """Place a network with the names of its outputs behind them, and what is `written` on lines, by name."""
    planned = _placed(layers, inputs, written)
    short = elided_apart(outputs, NAME_ROOM, NAME_SIZE)
    names = [short[name] for name in outputs]
    ends = [(x + planned.radii[-1], y) for (x, y), _ in zip(planned.places[-1], names, strict=False)]
    room = max((WAY_OUT + 6 + width(name, NAME_SIZE) for name in names), default=0.0)
    return replace(
        planned,
        width=max(planned.places[-1][0][0] + planned.radii[-1] + room, LEGEND),
        ways=tuple(_way((x, y), (x + WAY_OUT, y)) for x, y in ends),
        outputs=tuple((name, (x + WAY_OUT + 6, y + 4)) for name, (x, y) in zip(names, ends, strict=True)),
    )


def plan_told(layers: Layers, inputs: Sequence[str], outputs: Sequence[str], loss: str) -> Plan:
    """Place a network with room for all that its steps tell, and a box for its loss unless `loss` is ""."""
    planned = _placed(layers, inputs)
    ends, radius = planned.places[-1], planned.radii[-1]
    if not loss:
        return replace(planned, width=max(planned.width, ends[0][0] + TEXT_ROOM))
    room = max(NARROWEST_CARD, KEY_ROOM + width(WIDEST_SIGNAL, CODE_SIZE), width(loss, CODE_SIZE))
    across, down = Card("loss", (loss,), room).size
    named = max((width(name, CODE_SIZE) for name in outputs), default=0.0)
    box = Box(
        x=ends[0][0] + max(2 * TEXT_ROOM, radius + named + 3 * NAME_GAP),
        y=(ends[0][1] + ends[-1][1] - down) / 2,
        width=across,
        height=down,
    )
    return replace(
        planned,
        width=max(planned.width, box.right),
        ways=tuple(_way((x + radius, y), (box.x, box.middle)) for x, y in ends),
        outputs=tuple(
            (name, (x + radius + NAME_GAP, y - NAME_GAP)) for name, (x, y) in zip(outputs, ends, strict=False)
        ),
        loss=box,
    )


def _way(start: Point, end: Point) -> Way:
    return Way(None, (line_between(start, end),))


def _placed(layers: Layers, inputs: Sequence[str], written: Mapping[str, str] | None = None) -> Plan:
    """Place a network, with room for what is written on lines, or for all that its steps tell."""
    sizes, told = sizes_of(layers), written is None
    large = max(sizes) > LARGE_LAYER
    radius, pitch = (SMALL_RADIUS, SMALL_PITCH) if large else (RADIUS, PITCH)
    narrowest = NARROWEST_GAP
    if told:
        radius, pitch, narrowest = TOLD_RADIUS, TOLD_PITCH, TOLD_GAP
    short = elided_apart(inputs, NAME_ROOM, NAME_SIZE)
    names = tuple(short[name] for name in inputs)
    inside = all(width(name, NAME_SIZE) <= 2 * radius - 8 for name in names)
    radii = (radius if inside else DOT_RADIUS, *[radius] * (len(sizes) - 1))
    height = (max(sizes) - 1) * pitch
    gap = min(max(narrowest, GAP_FOR_HEIGHT * height), WIDEST_GAP)
    left = radius + (0.0 if inside else 8 + max(width(name, NAME_SIZE) for name in names))
    top = radius + (ABOVE if told else 0.0)
    places = tuple(
        tuple((left + column * gap, top + height / 2 + (row - (size - 1) / 2) * pitch) for row in range(size))
        for column, size in enumerate(sizes)
    )
    lines = tuple(_lines(places, radii, layer) for layer in range(len(sizes) - 1))
    texts = [box for column in places for place in column for box in _texts(place, radius)] if told else []
    plates: dict[str, Box] = {}
    for between in lines:
        shown = [WIDEST_PRODUCT if written is None else written.get(line.name, "") for line in between]
        if room := max(width(content, NUMBER_SIZE) for content in shown):
            plates |= _plates(between, room + 6, texts)
    return Plan(
        layers=layers,
        places=places,
        radii=radii,
        lines=lines,
        plates=plates,
        inputs=names,
        inside=inside,
        width=max(places[-1][0][0] + radius, LEGEND),
        height=top + height + radius + (TOLD_BELOW if told else BELOW) + LEGEND_LINE * (3 if told else 2),
        told=told,
    )


def _lines(places: Sequence[Sequence[Point]], radii: Sequence[float], layer: int) -> tuple[Line, ...]:
    return tuple(
        Line(
            line_name((layer, row), index),
            (layer, row),
            index,
            *_between(start, end, radii[layer], radii[layer + 1]),
        )
        for row, end in enumerate(places[layer + 1])
        for index, start in enumerate(places[layer])
    )


def _between(start: Point, end: Point, before: float, after: float) -> tuple[Point, Point]:
    """Return where a line leaves one circle and reaches the next: a steep one far from the middle."""
    angle = FAN * atan2(end[1] - start[1], end[0] - start[0])
    across, down = cos(angle), sin(angle)
    return (start[0] + before * across, start[1] + before * down), (
        end[0] - after * across,
        end[1] - after * down,
    )


def _texts(place: Point, radius: float) -> tuple[Box, Box]:
    """Return where the texts around a neuron stand."""
    left, room = place[0] - TEXT_ROOM, 2 * TEXT_ROOM
    return (
        Box(left, place[1] - radius - ABOVE, room, ABOVE),
        Box(left, place[1] + radius, room, TOLD_BELOW),
    )


def _plates(lines: Sequence[Line], room: float, texts: Sequence[Box]) -> dict[str, Box]:
    found: dict[str, Box] = {}
    for line in lines:
        found[line.name] = _free_place(line, room, lines, (*texts, *found.values()))
    return found


def _free_place(line: Line, room: float, lines: Sequence[Line], taken: Sequence[Box]) -> Box:
    """Return where on its line a number covers no other number, and as few other lines as can be."""
    (x0, y0), (x1, y1) = line.start, line.end
    best, least = Box(0.0, 0.0, 0.0, 0.0), inf
    for rank, part in enumerate(PLACES):
        x, y = x0 + part * (x1 - x0), y0 + part * (y1 - y0)
        plate = Box(x - room / 2, y - PLATE / 2, room, PLATE)
        hidden = sum(plate.overlaps(other) for other in taken)
        crossed = sum(_crosses(other, plate) for other in lines if other is not line)
        trouble = 100 * hidden + crossed + rank / len(PLACES)
        if trouble < least:
            best, least = plate, trouble
    return best


def _crosses(line: Line, box: Box) -> bool:
    (x0, y0), (x1, y1) = line.start, line.end
    heights = [y0 + (y1 - y0) * (x - x0) / (x1 - x0) for x in (box.x, box.right)]
    return min(heights) < box.bottom and max(heights) > box.y
