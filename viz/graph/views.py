"""What a drawing shows, node by node, group by group or in neurons: cards, arrows, texts, tooltips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import hypot

from viz.canvas.layout import DIRECTIONS
from viz.canvas.svg import Svg, document, moved, text
from viz.graph.cards import LENGTH, NORM, Card, cards, group_card, group_texts, kinds_of
from viz.graph.paint import Look, paint
from viz.graph.scene import LABELLED, Arrow, Scene, laid_out, pill_of, readable, share_arrows
from viz.nesting import Path
from viz.record.folding import Folded, Group, Link
from viz.record.levels import Levels
from viz.record.passes import Contribution, Passes, quotient
from viz.style import MARGIN, NO_GRADIENT, NOTE_ROOM, PROSE_LINE, PROSE_SIZE, READING_WIDTH, number
from viz.text import wrap_prose

MOST_CARDS = 60
"""The most cards that a graph is drawn with in neurons; of more, what lies in a layer stays together."""

MOST_READABLE = 1230.0
"""A notebook shrinks a wider drawing to its cell, until its texts are less than 9 pixels high."""


@dataclass(frozen=True, slots=True)
class View:
    """A graph as cards and arrows with their texts.

    `module_of_node` are the modules that nodes lie in, by id. A `note` says how the drawing is to be read.
    `folded` are the groups that are drawn in place of their nodes, None if every node is drawn.
    """

    cards: Sequence[Card]
    arrows: Sequence[Arrow]
    look: Look
    title: str
    note: str
    direction: str = "LR"
    module_of_node: Mapping[str, Path] = field(default_factory=dict)
    built_in: bool = False
    folded: Folded | None = None

    def __len__(self) -> int:
        """Return how many boxes are drawn."""
        return len(self.cards)

    def placed(self) -> Scene:
        """Lay the drawing out."""
        return laid_out(self.cards, self.arrows, self.direction, self.built_in, self.module_of_node)

    def directed(self) -> View:
        """Return the drawing, running down if it is folded, too wide to be read, and narrower so."""
        if self.folded is None:
            return self
        views = {direction: replace(self, direction=direction, built_in=True) for direction in DIRECTIONS}
        widths = {direction: view.placed().width for direction, view in views.items()}
        return replace(self, direction="TB" if widths["TB"] < widths["LR"] > MOST_READABLE else "LR")

    def svg(self) -> Svg:
        """Return the drawing as our own picture."""
        placed = self.placed()
        return _noted(paint(placed, self.look, {}), placed.width, placed.height, self.title, self.note)


def whole(
    recorded: Passes,
    gradients: Mapping[str, float],
    module_of_node: Mapping[str, Path],
    note: str,
    digits: int,
    built_in: bool,
) -> View:
    """Return a graph to be drawn node by node; `gradients` are by node id, for those that have one.

    Beyond `LABELLED` nodes arrows show their local derivative as a tooltip only.
    """
    names = recorded.names
    pills = len(recorded.forward) <= LABELLED
    local = {share.arrow: (f"× {number(share.local, digits)}",) for share in recorded.backward}
    look = Look(
        data={step.node: number(step.result, digits) for step in recorded.forward},
        grad={node: number(grad, digits) for node, grad in gradients.items()},
        pills=local if pills else {},
        tooltips=_node_tooltips(recorded, gradients)
        | {share.arrow: _arrow_tooltip(share, names) for share in recorded.backward},
    )
    return View(
        cards=cards(recorded, arithmetic=False, digits=digits, module_of_node=module_of_node),
        arrows=share_arrows(recorded, arithmetic=False, pills=pills, digits=digits),
        look=look,
        title=f"The computation graph of {recorded.root.name}, {len(recorded.forward)} nodes",
        note=" ".join(filter(None, (note, recorded.outdated_note))),
        module_of_node=module_of_node,
        built_in=built_in,
    )


def overview(folded: Folded, note: str, digits: int, counts: bool = True) -> View:
    """Return a graph to be drawn group by group, with a note that says what was folded.

    Arrows show what they count if `counts` and they are not too many.
    """
    numbers = {group.name: group_texts(group, digits) for group in folded.groups}
    counted = {link.arrow: f"{link.count:,}" for link in folded.links if counts and readable(folded)}
    look = Look(
        data={name: data for name, (data, _) in numbers.items()},
        grad={name: grad for name, (_, grad) in numbers.items()},
        pills={arrow: (count,) for arrow, count in counted.items()},
        tooltips={group.name: _group_tooltip(group) for group in folded.groups}
        | {link.arrow: _link_tooltip(link, folded) for link in folded.links},
    )
    return View(
        cards=[group_card(group, digits, folded.gradients) for group in folded.groups],
        arrows=[
            Arrow(link.arrow, link.source, link.target, pill_of([counted[link.arrow]]) if counted else None)
            for link in folded.links
        ],
        look=look,
        title=note,
        note=note,
        folded=folded,
    )


def in_neurons(levels: Levels, gradients: Mapping[str, float], digits: int) -> View:
    """Return a graph to be drawn with a card for each neuron; `gradients` are those of its nodes, by id."""
    boxes, recorded = _boxes(levels), levels.recorded
    values = {step.node: step.result for step in recorded.forward}
    groups = {box: _with_numbers(levels.box(box), values, gradients) for box in boxes}
    home = {node: box for box, group in groups.items() for node in group.members}
    counts = Counter((home[share.target], home[share.source]) for share in recorded.backward)
    links = [Link(tail, head, count) for (tail, head), count in counts.items() if tail != head]
    links.sort(key=lambda link: (boxes.index(link.target), boxes.index(link.source)))
    length = any(group.output is None for group in groups.values())
    note = (
        f"{len(values):,} nodes. A stack of cards holds those of one part, such as a neuron with its "
        f"weights. {LENGTH + ' ' if length else ''}"
        "force=True draws each node, of=node or depth=3 a part; the player opens them in place."
    )
    note = " ".join(filter(None, (note, recorded.outdated_note)))
    view = overview(Folded(tuple(groups.values()), tuple(links)), note, digits, counts=False)
    scalars = {card.name: card for card in cards(recorded, arithmetic=False, digits=digits)}
    hints = {box: hint for box, hint in _node_tooltips(recorded, gradients).items() if box in groups}
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


def _noted(shapes: Sequence[str], width: float, height: float, title: str, note: str) -> Svg:
    """Return shapes as a document, with a note below them."""
    room = max(width, NOTE_ROOM) if note else width
    lines = wrap_prose(note, min(room, READING_WIDTH), PROSE_SIZE) if note else []
    below = height + 2 * MARGIN
    return document(
        room + 2 * MARGIN,
        below + (PROSE_LINE * len(lines) + MARGIN if lines else 0),
        title,
        [
            moved(shapes, MARGIN + (room - width) / 2, MARGIN),
            *(
                text(MARGIN, below + PROSE_SIZE + PROSE_LINE * row, content, "prose")
                for row, content in enumerate(lines)
            ),
        ],
    )


def _node_tooltips(recorded: Passes, gradients: Mapping[str, float]) -> dict[str, str]:
    """Return what each node says of itself, by its id."""
    hints: dict[str, str] = {}
    for step in recorded.forward:
        parts = [step.name, step.formula, step.numbers, repr(step.result)]
        grad = repr(gradients[step.node]) if step.node in gradients else NO_GRADIENT
        hints[step.node] = f"{' = '.join(part for part in parts if part)}, grad {grad}"
    return hints


def _arrow_tooltip(step: Contribution, names: Mapping[str, str]) -> str:
    """Return the local derivative with its formula."""
    return f"{quotient(step, names)} = {step.formula} = {step.local!r}"


def _group_tooltip(group: Group) -> str:
    """Return what a group's card says."""
    if group.facts:
        return "; ".join((group.title, *group.facts))
    if group.count == 1:
        grad = NO_GRADIENT if group.grad is None else repr(group.grad)
        return f"{group.title} = {group.data!r}, grad {grad}"
    parts = ", ".join(f"{count:,} {name}" for name, count in kinds_of(group).items())
    norm = NO_GRADIENT if group.norm is None else repr(group.norm)
    return (
        f"{group.title}: {group.count:,} nodes ({parts}), {group.inner:,} arrows between them, {NORM} {norm}"
    )


def _link_tooltip(link: Link, folded: Folded) -> str:
    """Return what an arrow between groups stands for."""
    titles = {group.name: group.title for group in folded.groups}
    arrows = "1 arrow" if link.count == 1 else f"{link.count:,} arrows"
    return f"{arrows} from {titles[link.source]} to {titles[link.target]}"
