"""The pictures of the player's page: each laid out once, with everything it will show at any step."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from viz.canvas.arrows import two_ways
from viz.canvas.svg import placed
from viz.graph.cards import WIDEST, Card, cards, group_card
from viz.graph.paint import Look, paint_card
from viz.graph.scene import LABELLED, Arrow, Scene, laid_out, pill_of
from viz.nesting import without
from viz.record.levels import Levels
from viz.record.passes import Contribution, Forward, Passes
from viz.style import NO_GRADIENT

ONWARD, BACK = (f"× {WIDEST}",), (WIDEST, f"× {WIDEST}", f"= {WIDEST}")
MOST_TOLD = 16
"""The most links of a picture that have room for the length of what passes."""

MOST_ENGINE = 12
"""The most pictures of a page that an engine lays out; more are left to the built-in layout."""

Texts = tuple[Sequence[str], Sequence[str]]
"""What stands on an arrow: onward, and back."""


class Stage:
    """The pictures of a graph in parts: of the whole, "", and of what is inside each part.

    Each arrow has two heads and two pills, onward with its local derivative or the number of arrows that it
    stands for, and back with the product or the length of what passes; the page shows one of them, and writes
    the numbers of the step into both. Where arrows are too many they carry no numbers.
    """

    def __init__(self, levels: Levels, of_length: str) -> None:
        self.levels, self.links = levels, levels.links()
        self.length = f"{of_length} {WIDEST}"
        self.steps = {step.node: self._short(step) for step in levels.recorded.forward}
        short = Passes(tuple(self.steps.values()), levels.recorded.backward)
        self.cards = {card.name: card for card in cards(short, arithmetic=True)}
        self.leaving: dict[str, list[Contribution]] = {node: [] for node in levels.nodes}
        for share in levels.recorded.backward:
            self.leaving[share.source].append(share)
        self.summed = [share.target for share in levels.recorded.backward if share.before is not None]

    def picture(self, part: str) -> tuple[Scene, list[str]]:
        """Lay out a picture, and return it with its shapes: each box and each arrow a group with an id.

        What it takes its numbers from stands as given, with an id of its own: it may be on the page twice.
        """
        levels, boxes = self.levels, self.levels.inside[part]
        arrows, texts = self._arrows(boxes)
        beside = {arrow.tail for arrow in arrows} - {*boxes}
        drawn = [self._given(name) for name in (*levels.parts, *levels.nodes) if name in beside]
        drawn += [
            self.cards.get(name) or group_card(levels.parts[name], words=levels.words) for name in boxes
        ]
        scene = laid_out(drawn, arrows, built_in=len(arrows) > LABELLED or len(levels.parts) > MOST_ENGINE)
        blank = Look(data={}, grad={}, sums=dict.fromkeys(self.summed, NO_GRADIENT))
        shapes = [two_ways(name, way, *texts[name]) for name, way in scene.ways.items()]
        for card in drawn:
            box, own = scene.boxes[card.name], card.name in boxes
            identity = "" if own else f"given-{card.name}-in-{part}"
            shape = paint_card(card, replace(box, x=0.0, y=0.0), blank if own else Look({}, {}), identity)
            shapes.append(placed(shape, box.x, box.y))
        return scene, shapes

    def _arrows(self, boxes: Collection[str]) -> tuple[list[Arrow], dict[str, Texts]]:
        """Return the arrows to the boxes of a picture, and what stands on each."""
        links = [link for name in boxes if name in self.links for link in self.links[name]]
        shares = [share for name in boxes if name in self.leaving for share in self.leaving[name]]
        arrows: list[Arrow] = []
        texts: dict[str, Texts] = {}
        for share in shares:
            tail = next((name for name in self.levels.around(share.target) if name in boxes), share.target)
            texts[share.arrow] = ONWARD, BACK
            arrows.append(
                Arrow(share.arrow, tail, share.source, pill_of(BACK) if len(shares) <= LABELLED else None)
            )
        for link in links:
            texts[link.arrow] = (f"{link.count:,}",), (self.length,)
            room = pill_of((self.length,)) if len(links) <= MOST_TOLD else None
            arrows.append(Arrow(link.arrow, link.source, link.target, room))
        return arrows, texts

    def _short(self, step: Forward) -> Forward:
        """Return a step whose names leave out the path of the part that it lies in."""
        home = self.levels.home[step.node]
        path = self.levels.parts[home].title if home else ""
        if not path:
            return step
        return replace(step, name=step.name.removeprefix(f"{path}."), formula=without(step.formula, path))

    def _given(self, name: str) -> Card:
        """Return the card of what stands beside a picture; the output of a part says of which."""
        if name in self.levels.parts:
            return group_card(self.levels.parts[name], kind="leaf", words=self.levels.words)
        step = self.steps[name]
        [card] = cards(Passes((replace(step, operation="", args=(), formula=""),), ()), arithmetic=True)
        return replace(card, kind="leaf")
