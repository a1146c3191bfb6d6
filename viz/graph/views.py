"""The two ways to draw a graph: whole, node by node, or folded, group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import graphviz

from viz.canvas.svg import Svg, document, moved, text
from viz.graph.cards import LABELLED, scene
from viz.graph.dot import arrow_tooltip, node_tooltips, write_dot, write_folded_dot, write_note
from viz.graph.folded import paint_folded
from viz.graph.paint import Look, paint
from viz.nesting import Path
from viz.record.folding import Folded
from viz.record.passes import Passes
from viz.style import MARGIN, NOTE_ROOM, PROSE_LINE, PROSE_SIZE, READING_WIDTH, number
from viz.text import wrap_prose


@dataclass(frozen=True, slots=True)
class Whole:
    """A graph to be drawn node by node.

    `gradients` are by node id, for those that have one, and `homes` for those that lie in a module. A `note`
    says what was left out.
    """

    recorded: Passes
    gradients: dict[str, float]
    homes: dict[str, Path]
    note: str
    direction: str
    digits: int
    built_in: bool

    def write(self, graph: graphviz.Digraph) -> None:
        """Write the drawing as DOT."""
        write_dot(graph, self.recorded, self.gradients, self.homes, self.labelled, self.digits)
        write_note(graph, self.note)

    def __len__(self) -> int:
        """Return how many boxes are drawn."""
        return len(self.recorded.forward)

    @property
    def labelled(self) -> bool:
        """Whether every arrow shows its local derivative."""
        return len(self.recorded.forward) <= LABELLED

    def svg(self) -> Svg:
        """Return the drawing as our own picture."""
        recorded, gradients, digits = self.recorded, self.gradients, self.digits
        laid_out = scene(
            recorded,
            arithmetic=False,
            pills=self.labelled,
            built_in=self.built_in,
            direction=self.direction,
            digits=digits,
            homes=self.homes,
        )
        names = recorded.names
        look = Look(
            data={step.node: number(step.result, digits) for step in recorded.forward},
            grad={node: number(grad, digits) for node, grad in gradients.items()},
            pills={arrow.name: (f"× {number(arrow.step.local, digits)}",) for arrow in laid_out.arrows},
            classes={step.node: "leaf" for step in recorded.forward if not step.operation}
            | {recorded.root.node: "root"},
            tooltips=node_tooltips(recorded, gradients)
            | {arrow.name: arrow_tooltip(arrow.step, names) for arrow in laid_out.arrows},
        )
        title = f"The computation graph of {recorded.root.name}, {len(recorded.forward)} nodes"
        return noted(paint(laid_out, look, {}), laid_out.width, laid_out.height, title, self.note)


@dataclass(frozen=True, slots=True)
class Overview:
    """A graph to be drawn group by group, with a note that says what was folded."""

    folded: Folded
    note: str
    direction: str
    digits: int

    def write(self, graph: graphviz.Digraph) -> None:
        """Write the drawing as DOT."""
        write_folded_dot(graph, self.folded, self.digits)
        write_note(graph, self.note)

    def __len__(self) -> int:
        """Return how many boxes are drawn."""
        return len(self.folded.groups)

    def svg(self) -> Svg:
        """Return the drawing as our own picture."""
        shapes, width, height = paint_folded(self.folded, self.direction, self.digits)
        return noted(shapes, width, height, self.note, self.note)


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
