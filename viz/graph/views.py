"""What a drawing shows: cards, arrows, and their texts, of a graph node by node, or group by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from viz.canvas.placing import DIRECTIONS
from viz.canvas.svg import Svg, document, moved, text
from viz.graph.cards import Card, cards, group_card, group_texts
from viz.graph.paint import Look, paint
from viz.graph.scene import LABELLED, Scene, Use, laid_out, pill_of, readable, share_uses
from viz.graph.tooltips import arrow_tooltip, group_tooltip, link_tooltip, node_tooltips
from viz.nesting import Path
from viz.record.folding import Folded
from viz.record.passes import Passes
from viz.style import MARGIN, NOTE_ROOM, PROSE_LINE, PROSE_SIZE, READING_WIDTH, number
from viz.text import wrap_prose

WIDEST = 1230.0
"""A notebook shrinks a wider drawing to its cell, until its texts are less than 9 pixels high."""


@dataclass(frozen=True, slots=True)
class View:
    """A graph as cards and arrows with their texts.

    `module_of_node` are the modules that nodes lie in, by id. A `note` says how the drawing is to be read.
    `folded` are the groups that are drawn in place of their nodes, None if every node is drawn.
    """

    cards: Sequence[Card]
    arrows: Sequence[Use]
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
        return replace(self, direction="TB" if widths["TB"] < widths["LR"] > WIDEST else "LR")

    def svg(self) -> Svg:
        """Return the drawing as our own picture."""
        placed = self.placed()
        return noted(paint(placed, self.look, {}), placed.width, placed.height, self.title, self.note)


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
        tooltips=node_tooltips(recorded, gradients)
        | {share.arrow: arrow_tooltip(share, names) for share in recorded.backward},
    )
    return View(
        cards=cards(recorded, arithmetic=False, digits=digits, module_of_node=module_of_node),
        arrows=share_uses(recorded, arithmetic=False, pills=pills, digits=digits),
        look=look,
        title=f"The computation graph of {recorded.root.name}, {len(recorded.forward)} nodes",
        note=note,
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
        tooltips={group.name: group_tooltip(group) for group in folded.groups}
        | {link.arrow: link_tooltip(link, folded) for link in folded.links},
    )
    return View(
        cards=[group_card(group, digits, folded.gradients) for group in folded.groups],
        arrows=[
            Use(link.arrow, link.source, link.target, pill_of([counted[link.arrow]]) if counted else None)
            for link in folded.links
        ],
        look=look,
        title=note,
        note=note,
        folded=folded,
    )


def noted(shapes: Sequence[str], width: float, height: float, title: str, note: str) -> Svg:
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
