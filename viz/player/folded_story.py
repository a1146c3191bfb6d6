"""The folded graph as the player's page holds it: boxes, arrows, steps, and what is known of each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import hypot
from typing import Any

from autograd import Value
from autograd.graph import adjoints, contributions
from viz.canvas.arrows import two_ways
from viz.canvas.svg import Svg, framed
from viz.graph.folded import NORM, counted, link_tooltip, paint_folded, paint_stack, place_folded
from viz.player.story import Story
from viz.record.folding import Folded
from viz.record.grouping import fold_by_module, fold_by_structure
from viz.record.model import Model, paths_within
from viz.record.modules import homes
from viz.steps.captions import moves
from viz.steps.folded import Crossing, folded_steps, gradient, holding, key
from viz.steps.timeline import Step
from viz.style import DIGITS, number


def folded_story(value: Value, model: Model | None) -> Story:
    """Tell the two passes through the graph of a Value, group by group; no `grad` is read or written."""
    gradients = adjoints(value)
    ids = {node: f"n{place}" for place, node in enumerate(gradients, start=1)}
    if model is None:
        folded = fold_by_structure(ids)
    else:
        folded = fold_by_module(ids, homes(ids, paths_within(model, ids)), model)
    folded, crossings = _passed(folded, value, ids, gradients)
    steps = list(folded_steps(folded, crossings))
    lengths = [f"length {number(crossing.length)}" for crossing in crossings]
    drawn, placed = place_folded(folded, lengths)
    arrows = [
        two_ways(
            crossing.name, way, (f"{crossing.link.count:,}",), (length,), link_tooltip(crossing.link, folded)
        )
        for crossing, way, length in zip(crossings, placed.ways, lengths, strict=True)
    ]
    root = folded.groups[-1]
    cards = [
        paint_stack(stack, box, "node root" if stack.group is root else "node")
        for stack, box in zip(drawn, placed.boxes, strict=True)
    ]
    return Story(
        root=root.title,
        note=_note(folded),
        epochs=1,
        steps=steps,
        nodes={
            group.name: {
                "name": group.title,
                "formula": "" if group.data is not None else holding(group),
                "key": key(group),
            }
            for group in folded.groups
        },
        arrows={crossing.name: [crossing.link.source, crossing.link.target] for crossing in crossings},
        facts=[_facts(folded, steps)],
        width=placed.width,
        height=placed.height,
        shapes=[*arrows, *cards],
        still=lambda: _still(folded, f"The folded graph of {root.title} after both passes"),
    )


def _still(folded: Folded, title: str) -> Svg:
    shapes, width, height = paint_folded(folded, "LR", DIGITS)
    return framed(width, height, title, shapes)


def _note(folded: Folded) -> str:
    """Say how the picture is to be read."""
    counts = "A number on an arrow counts the arrows it stands for. "
    return (
        f"The {folded.nodes:,} nodes of this graph are folded into {len(folded.groups)} boxes. "
        f"{counts if counted(folded) else ''}{NORM} is the length of all gradients in a "
        "box, the root of the sum of their squares; what passes back from box to box is told by its length."
    )


def _passed(
    folded: Folded, value: Value, ids: Mapping[Value, str], gradients: Mapping[Value, float]
) -> tuple[Folded, list[Crossing]]:
    """Return the groups with these gradients, and what passes back along each link."""
    home = {member: group.name for group in folded.groups for member in group.members}
    by_id = {ids[node]: gradient for node, gradient in gradients.items()}
    shares: dict[tuple[str, str], list[float]] = {(link.source, link.target): [] for link in folded.links}
    for passing in contributions(value):
        tail, head = home[ids[passing.argument]], home[ids[passing.node]]
        if tail != head:
            shares[tail, head].append(passing.amount or 0.0)
    groups = tuple(
        replace(
            group,
            grad=by_id[group.members[0]] if group.data is not None else None,
            norm=hypot(*(by_id[member] for member in group.members)),
        )
        for group in folded.groups
    )
    crossings = [Crossing(link, hypot(*shares[link.source, link.target])) for link in folded.links]
    return Folded(groups, folded.links), crossings


def _facts(folded: Folded, steps: Sequence[Step]) -> dict[str, dict[str, Any]]:
    root = folded.groups[-1].title
    known = {step.node: index for index, step in enumerate(steps) if step.phase == "forward"}
    complete = {step.node: index for index, step in enumerate(steps) if step.phase == "backward"}
    return {
        group.name: {
            "known": known[group.name],
            "complete": complete[group.name],
            "meaning": (
                f"If {group.title} grows by a tiny step, {root} {moves(gradient(group))}."
                if group.data is not None
                else f"It is the length of {group.count:,} gradients: where each of these numbers is nudged "
                f"in proportion to its own gradient, {root} grows {number(gradient(group))} times as far as "
                "the length of all nudges."
            ),
            "flags": [],
            "nudges": [],
            "check": "",
            "agrees": None,
            "ways": [],
            "rest": "",
        }
        for group in folded.groups
    }
