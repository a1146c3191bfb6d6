"""A model's graph in neurons: one card "W·x + b" for each, layers in outlines, and what is around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from math import hypot

from viz.graph.cards import cards
from viz.graph.tooltips import node_tooltips
from viz.graph.views import View, overview
from viz.record.folding import Folded, Group, Link
from viz.record.levels import Levels

MOST_CARDS = 60
"""The most cards that a graph is drawn with in neurons; of more, what lies in a layer stays together."""


def in_neurons(levels: Levels, gradients: Mapping[str, float], digits: int) -> View:
    """Return a graph to be drawn with a card for each neuron; `gradients` are those of its nodes, by id."""
    boxes, recorded = _boxes(levels), levels.recorded
    values = {step.node: step.result for step in recorded.forward}
    groups = {box: _with_numbers(levels.box(box), values, gradients) for box in boxes}
    home = {node: box for box, group in groups.items() for node in group.members}
    counts = Counter((home[share.target], home[share.source]) for share in recorded.backward)
    links = [Link(tail, head, count) for (tail, head), count in counts.items() if tail != head]
    links.sort(key=lambda link: (boxes.index(link.target), boxes.index(link.source)))
    note = (
        f"{len(values):,} nodes. A stack of cards holds those of one part, such as a neuron with its "
        "weights. force=True draws each node, of=node or depth=3 a part; the player opens them in place."
    )
    view = overview(Folded(tuple(groups.values()), tuple(links)), note, digits, counts=False)
    scalars = {card.name: card for card in cards(recorded, arithmetic=False, digits=digits)}
    hints = {box: hint for box, hint in node_tooltips(recorded, gradients).items() if box in groups}
    return replace(
        view,
        cards=[scalars.get(card.name, card) for card in view.cards],
        look=replace(view.look, tooltips={**view.look.tooltips, **hints}),
        title=f"The computation graph of {recorded.root.name}, {len(values):,} nodes in {len(boxes)} boxes",
        module_of_node={
            box: tuple(levels.parts[part].title for part in levels.around(box)[:-1]) for box in boxes
        },
        built_in=True,
    )


def _boxes(levels: Levels) -> list[str]:
    """Return the boxes of the whole, with layers that are not too many opened to their neurons."""
    boxes = [*levels.inside[""]]
    while True:
        opened = [
            inner for box in boxes for inner in (levels.inside[box] if _is_layer(levels, box) else (box,))
        ]
        if len(opened) > MOST_CARDS or opened == boxes:
            return boxes
        boxes = opened


def _is_layer(levels: Levels, box: str) -> bool:
    return box in levels.parts and all(inner in levels.parts for inner in levels.inside[box])


def _with_numbers(group: Group, values: Mapping[str, float], gradients: Mapping[str, float]) -> Group:
    """Return a group with the number and the gradient of its output, and the length of its gradients."""
    known = [gradients[node] for node in group.members if node in gradients]
    group = replace(group, norm=hypot(*known) if known else None)
    if group.output is None:
        return group
    return replace(group, data=values[group.output], grad=gradients.get(group.output))
