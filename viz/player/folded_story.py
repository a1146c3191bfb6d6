"""The folded graph as the player's page holds it: boxes, arrows, steps, and what is known of each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import hypot

from autograd import Value
from autograd.graph import adjoints, contributions
from viz.canvas.arrows import two_ways
from viz.canvas.svg import Svg, framed
from viz.graph.cards import WIDEST
from viz.graph.folded import NORM, counted, link_tooltip, paint_folded, paint_stack, place_folded
from viz.player.program import plain
from viz.player.story import Story
from viz.record.folding import Folded, Group
from viz.record.grouping import fold_by_module, fold_by_structure
from viz.record.model import Model, paths_within
from viz.record.modules import homes
from viz.steps.folded import arrow, folded_steps, gradient, holding, key
from viz.steps.words import Words
from viz.style import DIGITS


def folded_story(root_value: Value, model: Model | None, words: Words) -> Story:
    """Tell the two passes through the graph of a Value, group by group; no `grad` is read or written."""
    gradients = adjoints(root_value)
    ids = {node: f"n{place}" for place, node in enumerate(gradients, start=1)}
    if model is None:
        folded = fold_by_structure(ids)
    else:
        folded = fold_by_module(ids, homes(ids, paths_within(model, ids)), model)
    folded, lengths = _passed(folded, root_value, ids, gradients)
    room = f"{words('group.of-length')} {WIDEST}"
    drawn, placed = place_folded(folded, [room] * len(folded.links))
    arrows = [
        two_ways(arrow(link), way, (f"{link.count:,}",), (room,), link_tooltip(link, folded))
        for link, way in zip(folded.links, placed.ways, strict=True)
    ]
    root = folded.groups[-1]
    cards = [
        paint_stack(stack, box, "node root" if stack.group is root else "node")
        for stack, box in zip(drawn, placed.boxes, strict=True)
    ]
    return Story(
        words=words,
        root=root.title,
        expression="",
        note=_note(folded, words),
        steps=[*folded_steps(folded, words)],
        nodes={
            group.name: {
                "name": group.title,
                "formula": "" if group.data is not None else holding(group),
                "key": key(group),
                "meaning": _meaning(group, root, words),
            }
            for group in folded.groups
        },
        arrows={arrow(link): [link.source, link.target] for link in folded.links},
        width=placed.width,
        height=placed.height,
        shapes=[*arrows, *cards],
        still=lambda: _still(folded, words("group.title", root=root.title)),
        fixed=_fixed(folded, lengths),
    )


def _still(folded: Folded, title: str) -> Svg:
    shapes, width, height = paint_folded(folded, "LR", DIGITS)
    return framed(width, height, title, shapes)


def _note(folded: Folded, words: Words) -> str:
    """Say how the picture is to be read."""
    counts = words("group.note.counts") if counted(folded) else ""
    nodes = f"{folded.nodes:,}"
    return words("group.note", nodes=nodes, boxes=len(folded.groups), counts=counts, norm=NORM)


def _meaning(group: Group, root: Group, words: Words) -> str:
    if group.data is not None:
        moves = words.moves("g", group.members[0])
        return words("meaning", name=group.title, root=root.title, moves=moves)
    return words("group.meaning", count=f"{group.count:,}", root=root.title, norm=gradient(group))


def _fixed(folded: Folded, lengths: Mapping[str, float]) -> dict[str, float | str]:
    """Return the numbers of the groups and links, by their slots."""
    known = {f"L{name}": length for name, length in lengths.items()}
    for group in folded.groups:
        assert group.norm is not None, group
        known[f"N{group.name}"] = group.norm
        if group.data is not None and group.grad is not None:
            known |= {f"v{group.members[0][1:]}": group.data, f"g{group.members[0][1:]}": group.grad}
    return {place: plain(x) for place, x in known.items()}


def _passed(
    folded: Folded, value: Value, ids: Mapping[Value, str], gradients: Mapping[Value, float]
) -> tuple[Folded, dict[str, float]]:
    """Return the groups with these gradients, and the length of what passes back along each link."""
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
    lengths = {arrow(link): hypot(*shares[link.source, link.target]) for link in folded.links}
    return Folded(groups, folded.links), lengths
