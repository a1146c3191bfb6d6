"""A network with a box for its loss, laid out once, with room for all that the steps show.

On the page each line is there twice, onward and back, and each plate three times: with the weight, with its
gradient, and with the product that passes; the page shows one of them. How thick a line is, and whether it is
dashed, are classes, since training changes weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from viz.canvas.arrows import two_ways
from viz.canvas.geometry import Box, Curve, Point, Way
from viz.canvas.layered import straight
from viz.canvas.svg import arrow_head, group, line, rectangle, text
from viz.network.paint import (
    MOST_NUMBERS,
    Corners,
    NetworkLook,
    paint_legend,
    paint_neurons,
)
from viz.network.plan import NUMBER_SIZE, TEXT_ROOM, Line, Plan, plan
from viz.record.model import Layers, neuron_name
from viz.style import (
    CODE_SIZE,
    HEADER_LINE,
    KEY_ROOM,
    LIT_ARROW,
    NARROWEST_CARD,
    NO_GRADIENT,
    PAD,
    ROW,
)
from viz.text import width

NAME_GAP = 10.0
"""How far the name of an output stands off its neuron, and off the way to the loss."""

WIDEST_SHORT = "−0.1234"
WIDEST = {"onward": WIDEST_SHORT, "back": f"∂ {WIDEST_SHORT}", "lit": f"({WIDEST_SHORT}) × ({WIDEST_SHORT})"}
"""The widest texts of a plate: a weight, its gradient, what passes."""

CORNERS = (
    ("weighted", "e₁₂"),
    ("output", "y₁₂"),
    ("bias", "b₁₂"),
    ("slope", "f′"),
    ("passed", "∂e₁₂"),
    ("answer", "∂y₁₂"),
)
"""The places of the texts around a neuron, each with the widest name before its number."""


@dataclass(frozen=True, slots=True)
class NetworkStage:
    """A network laid out, with the box of its loss, None if the network's output is all there is."""

    layers: Layers
    plan: Plan
    outputs: Sequence[str]
    loss: Box | None
    width: float
    height: float


def lay_out_network(
    layers: Layers, sizes: Sequence[int], inputs: Sequence[str], outputs: Sequence[str], loss: str
) -> NetworkStage:
    """Place a network, names behind its outputs, and a box for its loss unless `loss` is ""."""
    rooms = [width(WIDEST["lit"], NUMBER_SIZE) + 6] * (len(sizes) - 1)
    planned = plan(sizes, inputs, (), rooms, told=True)
    ends = planned.places[-1]
    if not loss:
        return NetworkStage(
            layers, planned, outputs, None, max(planned.width, ends[0][0] + TEXT_ROOM), planned.height
        )
    height = 2 * PAD - 2 + HEADER_LINE + 2 * ROW
    named = max((width(name, CODE_SIZE) for name in outputs), default=0.0)
    box = Box(
        x=ends[0][0] + max(2 * TEXT_ROOM, planned.radii[-1] + named + 3 * NAME_GAP),
        y=(ends[0][1] + ends[-1][1] - height) / 2,
        width=max(NARROWEST_CARD, KEY_ROOM + width(WIDEST_SHORT, CODE_SIZE), width(loss, CODE_SIZE))
        + 2 * PAD,
        height=height,
    )
    return NetworkStage(layers, planned, outputs, box, max(planned.width, box.right), planned.height)


def paint_network_stage(stage: NetworkStage, loss: str, legend: str) -> list[str]:
    """Return the network as shapes that a page fills with the texts of each step."""
    lines = [each for between in stage.plan.lines for each in between]
    shapes = [_line(each) for each in lines]
    shapes += [_plate(each.name, box) for each in lines if (box := stage.plan.plates.get(each.name))]
    widest = {place: f"{name} {WIDEST_SHORT}" for place, name in CORNERS}
    corners = Corners(
        over_sum=widest["weighted"],
        over_output=widest["output"],
        bias=widest["bias"],
        slope=widest["slope"],
        under_sum=widest["passed"],
        under_output=widest["answer"],
    )
    circles = _circles(stage)
    look = NetworkLook(
        weights={}, corners=dict.fromkeys(circles, corners), classes=dict.fromkeys(circles, "node")
    )
    shapes += paint_neurons(stage.plan, stage.layers, look)
    shapes += [two_ways(f"output-{row}", way, (), ()) for row, way in enumerate(ways_to_loss(stage))]
    if stage.loss is not None:
        shapes.append(loss_card(stage.loss, loss, {}))
    many = any(len(between) > MOST_NUMBERS for between in stage.plan.lines)
    return [group([*shapes, *paint_legend(stage.plan, legend)], "told many" if many else "told")]


def ways_to_loss(stage: NetworkStage) -> list[Way]:
    """Return the ways from the last neurons to the box of the loss, none without one."""
    if stage.loss is None:
        return []
    return [Way(None, (_to_loss(stage, start, stage.loss),)) for start in stage.plan.places[-1]]


def _circles(stage: NetworkStage) -> list[str]:
    inputs = [f"input-{index}" for index in range(stage.plan.sizes[0])]
    return inputs + [
        neuron_name((layer, row)) for layer, size in enumerate(stage.plan.sizes[1:]) for row in range(size)
    ]


def _line(each: Line) -> str:
    parts: list[str] = []
    for start, end, direction in ((each.start, each.end, "onward"), (each.end, each.start, "back")):
        kept, head = arrow_head((start, end), LIT_ARROW)  # a thick line must not reach beyond its head
        parts.append(group([line(kept[0], kept[1], "weight"), head], direction))
    return group(parts, "arrow", f"arrow-{each.name}")


def _plate(name: str, box: Box) -> str:
    parts: list[str] = []
    for kind, widest in WIDEST.items():
        room = width(widest, NUMBER_SIZE) + 6
        plate = [
            rectangle(box.centre - room / 2, box.y, room, box.height, 4, "plate"),
            text(box.centre, box.middle + 4, "", "small number middle"),
        ]
        parts.append(group(plate, kind))
    return group(parts, "arrow", f"plate-{name}")


def _to_loss(stage: NetworkStage, neuron: Point, loss: Box) -> Curve:
    start, end = (neuron[0] + stage.plan.radii[-1], neuron[1]), (loss.x, loss.middle)
    return Curve((start, *straight(start, end)))


def loss_card(box: Box, name: str, texts: Mapping[str, str], classes: str = "") -> str:
    """Return the box of the loss as a shape."""
    left, right, top = box.x + PAD, box.right - PAD, box.y + PAD + 9
    parts = [
        rectangle(box.x, box.y, box.width, box.height, 7, "card"),
        text(left, top, name, "name"),
        line((box.x + 1, top + 8), (box.right - 1, top + 8), "rule"),
    ]
    for row, key in enumerate(("data", "grad")):
        baseline = top + 23 + ROW * row
        content = texts.get(f"loss.{key}", NO_GRADIENT)
        parts += [text(left, baseline, key, "key"), text(right, baseline, content, f"number {key}")]
    return group(parts, f"node root {classes}".strip(), "node-loss")
