"""A model's graph in neurons: one card "W·x + b" for each, layers in outlines, and what is around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import hypot

from viz.graph.cards import cards, group_card
from viz.graph.paint import Look
from viz.graph.scene import Use
from viz.graph.tooltips import node_tooltips
from viz.graph.views import View
from viz.record.folding import Group, Link
from viz.record.levels import Levels
from viz.style import number

MOST_CARDS = 60
"""The most cards that a graph is drawn with in neurons; of more, what lies in a layer stays together."""


def in_neurons(levels: Levels, gradients: Mapping[str, float], direction: str, digits: int) -> View:
    """Return a graph to be drawn with a card for each neuron; `gradients` are those of its nodes, by id."""
    boxes, recorded = _boxes(levels), levels.recorded
    groups = {box: levels.box(box) for box in boxes}
    home = {node: box for box, group in groups.items() for node in group.members}
    counts = Counter((home[share.target], home[share.source]) for share in recorded.backward)
    links = [Link(tail, head, count) for (tail, head), count in counts.items() if tail != head]
    links.sort(key=lambda link: (boxes.index(link.target), boxes.index(link.source)))
    scalars = {card.name: card for card in cards(recorded, arithmetic=False, digits=digits)}
    values = {step.node: step.result for step in recorded.forward}
    lengths = {box: _gradient(group, gradients) for box, group in groups.items()}
    hints = {box: f"{group.title}: {group.count:,} nodes" for box, group in groups.items() if group.count > 1}
    hints |= {
        link.arrow: f"{link.count:,} from {groups[link.source].title} to {groups[link.target].title}"
        for link in links
    }
    return View(
        cards=[scalars.get(box) or group_card(groups[box], digits) for box in boxes],
        arrows=[Use(link.arrow, link.source, link.target, None) for link in links],
        look=Look(
            data={box: number(values[node], digits) for box in boxes if (node := groups[box].output)},
            grad={box: number(length, digits) for box, length in lengths.items() if length is not None},
            tooltips=node_tooltips(recorded, gradients) | hints,
        ),
        title=f"The computation graph of {recorded.root.name}, {len(values):,} nodes in {len(boxes)} boxes",
        note=f"{len(values):,} nodes. A stack of cards holds those of one part, such as a neuron with its "
        "weights. force=True draws each node, of=node or depth=3 a part; the player opens them in place.",
        direction=direction,
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


def _gradient(group: Group, gradients: Mapping[str, float]) -> float | None:
    if group.output is not None:
        return gradients.get(group.output)
    known = [gradients[node] for node in group.members if node in gradients]
    return hypot(*known) if known else None
