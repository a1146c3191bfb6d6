"""The picture of a network as the player's page holds it: laid out once, with room for all it will show.

Each line is there twice, onward with its weight and back with the gradient of the weight; the page shows one
of them. How thick a line is, and whether it is dashed, are classes, since training changes weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from viz.canvas.arrows import two_ways
from viz.canvas.geometry import Box, Curve, Point, Way
from viz.canvas.layered import straight
from viz.canvas.svg import arrow_head, group, line, rectangle, text
from viz.network.paint import (
    MOST_NUMBERS,
    Corners,
    NetworkLook,
    paint_legend,
    paint_network,
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

LEGEND = "e: weighted sum;  y = f(e): signal;  b: bias;  grad: gradient of e and of y"


@dataclass(frozen=True, slots=True)
class NetworkStage:
    """A network laid out, with the box of its loss, None if the network's output is all there is."""

    layers: Layers
    plan: Plan
    loss: Box | None
    width: float
    height: float


def lay_out_network(
    layers: Layers, sizes: Sequence[int], inputs: Sequence[str], texts: Mapping[str, str], loss: str
) -> NetworkStage:
    """Place a network and a box for its loss, unless `loss` is ""; `texts` are the longest of each place."""
    room = max(width(text, NUMBER_SIZE) for place, text in texts.items() if place.startswith("weight-")) + 6
    rooms = [room if before * after <= MOST_NUMBERS else 0.0 for before, after in pairwise(sizes)]
    planned = plan(sizes, inputs, [], rooms, told=True)
    ends = planned.places[-1]
    if not loss:
        return NetworkStage(layers, planned, None, max(planned.width, ends[0][0] + TEXT_ROOM), planned.height)
    figures = max(KEY_ROOM + width(texts[f"loss.{key}"], CODE_SIZE) for key in ("data", "grad"))
    height = 2 * PAD - 2 + HEADER_LINE + 2 * ROW
    box = Box(
        x=ends[0][0] + 2 * TEXT_ROOM,
        y=(ends[0][1] + ends[-1][1] - height) / 2,
        width=max(NARROWEST_CARD, figures, width(loss, CODE_SIZE)) + 2 * PAD,
        height=height,
    )
    return NetworkStage(layers, planned, box, max(planned.width, box.right), planned.height)


def paint_network_stage(stage: NetworkStage, texts: Mapping[str, str], loss: str) -> list[str]:
    """Return the network as shapes; `texts` are the longest that each place will hold."""
    lines = [each for between in stage.plan.lines for each in between]
    shapes = [_line(each) for each in lines]
    shapes += [
        _plate(each, stage.plan.plates[each.name], texts) for each in lines if each.name in stage.plan.plates
    ]
    look = NetworkLook(
        weights={},
        corners=_corners(stage, texts),
        classes=dict.fromkeys(_circles(stage), "node"),
    )
    shapes += paint_neurons(stage.plan, stage.layers, look)
    if stage.loss is not None:
        for row, start in enumerate(stage.plan.places[-1]):
            way = _to_loss(stage, start, stage.loss)
            shapes.append(two_ways(f"output-{row}", Way(None, (way,)), (), ()))
        shapes.append(_card(stage.loss, loss, texts))
    return [group([*shapes, *paint_legend(stage.plan, LEGEND)], "told")]


def still_network(
    stage: NetworkStage, texts: Mapping[str, str], loss: str, weights: Mapping[str, float]
) -> list[str]:
    """Return the network as shapes that stay as they are."""
    plates = {name: texts[f"{name}.0"] for name in stage.plan.plates}
    look = NetworkLook(weights=weights, plates=plates, corners=_corners(stage, texts), legend=LEGEND)
    shapes = [group(paint_network(stage.plan, stage.layers, look), "told")]
    if stage.loss is None:
        return shapes
    for start in stage.plan.places[-1]:
        points, head = arrow_head(_to_loss(stage, start, stage.loss).points, LIT_ARROW)
        shapes += [line(points[0], points[-1], "wire"), head]
    return [*shapes, _card(stage.loss, loss, texts)]


def _circles(stage: NetworkStage) -> list[str]:
    inputs = [f"input-{index}" for index in range(stage.plan.sizes[0])]
    return inputs + [
        neuron_name((layer, row)) for layer, size in enumerate(stage.plan.sizes[1:]) for row in range(size)
    ]


def _corners(stage: NetworkStage, texts: Mapping[str, str]) -> dict[str, Corners]:
    return {
        name: Corners(
            over_sum=texts.get(f"{name}.weighted", ""),
            over_output=texts.get(f"{name}.output", ""),
            bias=texts.get(f"{name}.bias", ""),
            under_sum=texts.get(f"{name}.passed", ""),
            under_output=texts.get(f"{name}.answer", ""),
        )
        for name in _circles(stage)
    }


def _line(each: Line) -> str:
    parts: list[str] = []
    for start, end, direction in ((each.start, each.end, "onward"), (each.end, each.start, "back")):
        kept, head = arrow_head((start, end), LIT_ARROW)  # a thick line must not reach beyond its head
        parts.append(group([line(kept[0], kept[1], "weight"), head], direction))
    return group(parts, "arrow", f"arrow-{each.name}")


def _plate(each: Line, box: Box, texts: Mapping[str, str]) -> str:
    parts: list[str] = []
    for place, direction in enumerate(("onward", "back")):
        content = texts[f"{each.name}.{place}"]
        room = width(content, NUMBER_SIZE) + 6
        plate = [
            rectangle(box.centre - room / 2, box.y, room, box.height, 4, "plate"),
            text(box.centre, box.middle + 4, content, "small number middle"),
        ]
        parts.append(group(plate, direction))
    return group(parts, "arrow", f"plate-{each.name}")


def _to_loss(stage: NetworkStage, neuron: Point, loss: Box) -> Curve:
    start, end = (neuron[0] + stage.plan.radii[-1], neuron[1]), (loss.x, loss.middle)
    return Curve((start, *straight(start, end)))


def _card(box: Box, name: str, texts: Mapping[str, str]) -> str:
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
    return group(parts, "node root", "node-loss")
