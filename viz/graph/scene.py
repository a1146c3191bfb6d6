"""A graph laid out: where each card stands, and the way of each arrow.

On an arrow sits a pill with the local derivative, or with the whole product, 0.9 × 4.32 = 3.9; between groups
with the number of arrows that it stands for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from viz.canvas.geometry import Box, Size, Way
from viz.canvas.layout import place
from viz.canvas.outlines import Outlines
from viz.graph.cards import WIDEST, Card
from viz.nesting import Path
from viz.record.folding import Folded
from viz.record.passes import Contribution, Passes
from viz.style import DIGITS, PILL_LINE, PILL_PAD, SMALL_SIZE, number
from viz.text import width

MOST = 1500
"""The most nodes that are drawn one by one, unless it is forced."""

LABELLED = 300
"""The most nodes that are drawn with a number on every arrow; others show it as a tooltip."""

MOST_COUNTED = 40
"""The most links that are drawn with their counts."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow: its name, the cards at its ends, and the room for what stands on it."""

    name: str
    tail: str
    head: str
    pill: Size | None


@dataclass(frozen=True, slots=True)
class Scene:
    """A graph laid out: the boxes of cards and the ways of arrows by their names."""

    cards: Sequence[Card]
    arrows: Sequence[Arrow]
    boxes: Mapping[str, Box]
    ways: Mapping[str, Way]
    width: float
    height: float
    outlines: Outlines


def share_arrows(recorded: Passes, arithmetic: bool, pills: bool = True, digits: int = DIGITS) -> list[Arrow]:
    """Return the arrows between nodes, result by result.

    `pills` makes room for the local derivative on each arrow, and `arithmetic` for the whole product.
    """
    place = {step.node: place for place, step in enumerate(recorded.forward)}
    return [
        Arrow(share.arrow, share.target, share.source, _pill(share, arithmetic, digits) if pills else None)
        for share in sorted(recorded.backward, key=lambda share: place[share.source])
    ]


def laid_out(
    drawn: Sequence[Card],
    arrows: Sequence[Arrow],
    direction: str = "LR",
    built_in: bool = False,
    module_of_node: Mapping[str, Path] | None = None,
) -> Scene:
    """Lay out cards, each after those that it uses.

    `built_in` asks for the layout that needs no engine. `module_of_node` are the clusters that cards lie in.
    """
    places = {card.name: place for place, card in enumerate(drawn)}
    placed = place(
        [card.size for card in drawn],
        [(places[arrow.tail], places[arrow.head]) for arrow in arrows],
        [arrow.pill for arrow in arrows],
        direction,
        built_in,
        [module_of_node.get(card.name, ()) for card in drawn] if module_of_node else (),
    )
    return Scene(
        cards=drawn,
        arrows=arrows,
        boxes={card.name: box for card, box in zip(drawn, placed.boxes, strict=True)},
        ways={arrow.name: way for arrow, way in zip(arrows, placed.ways, strict=True)},
        width=placed.width,
        height=placed.height,
        outlines=placed.outlines,
    )


def readable(folded: Folded) -> bool:
    """Whether the arrows are few enough to be read with a number on each."""
    return len(folded.links) <= MOST_COUNTED


def pill_of(lines: Sequence[str]) -> Size:
    """Return the room that lines of text take on an arrow."""
    return max(width(line, SMALL_SIZE) for line in lines) + 2 * PILL_PAD, PILL_LINE * len(lines) + PILL_PAD


def _pill(step: Contribution, arithmetic: bool, digits: int) -> Size:
    lines = [f"× {number(step.local, digits)}"]
    if arithmetic:
        factors = (step.upstream, step.local, step.contribution)
        lines = [f"× {max(number(factor), WIDEST, key=len)}" for factor in factors]
    return pill_of(lines)
