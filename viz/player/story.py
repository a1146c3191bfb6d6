"""What the player's page holds: a picture, the steps through it, and what it computes its numbers with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from json import dumps
from typing import Any

from autograd.ops import TABLE
from viz.canvas.svg import Svg, moved
from viz.player.program import PageProgram
from viz.player.run import Run
from viz.player.templates import templated
from viz.record.passes import Forward
from viz.steps.captions import Captions
from viz.steps.slots import bare
from viz.steps.step import Step
from viz.steps.timeline import forgotten
from viz.steps.words import Words
from viz.style import MARGIN
from viz.text import typeset

SPOKEN = ("page.", "phase.", "moves.")
"""The sentences that the page's script says itself."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What a box holds, as a picture that shows while it is open."""

    width: float
    height: float
    shapes: Sequence[str]

    def json(self) -> dict[str, Any]:
        """Return what the page's script reads."""
        width, height = (round(side + 2 * MARGIN, 1) for side in (self.width, self.height))
        return {"width": width, "height": height, "shapes": moved(self.shapes, MARGIN, MARGIN)}


@dataclass(frozen=True, slots=True)
class Story:
    """All that the page is made of.

    `note` says how a picture is read, "" where it needs no saying. `nodes` has, by id, what the script reads
    of a box: its name, its formula, what its gradient is called and means, and, for a neuron, the id of its
    `output`. `arrows` has the ids of the boxes that an arrow comes from and leads to; `lines` are those that
    are as thick as their weight. The numbers come from the `program` and the `run`. `still` draws the picture
    after the last step, and `insides` are those of the boxes that can be opened. `home` has the box that each
    node and box lies in, and `members` the stretch of the program's nodes that a box stands for: where it
    begins, and how many they are. `surface` says which two inputs span a plane that is shaded by what comes
    out.
    """

    words: Words
    root: str
    expression: str
    note: str
    steps: Sequence[Step]
    nodes: Mapping[str, dict[str, Any]]
    arrows: Mapping[str, Sequence[str]]
    width: float
    height: float
    shapes: Sequence[str]
    still: Callable[[], Svg]
    program: PageProgram
    run: Run
    insides: Mapping[str, Inside]
    home: Mapping[str, str]
    members: Mapping[str, Sequence[int]] = field(default_factory=dict)
    lines: Sequence[str] = ()
    surface: Mapping[str, Any] | None = None

    def _told(self) -> list[Step]:
        """Return the steps without what the page knows: that an epoch begins with nothing but leaves."""
        shown = {*self.nodes, *self.arrows}
        texts, states = (
            {place: change for place, change in changes.items() if place.split(".")[0] in shown}
            for changes in forgotten(self.run.epochs[0])
        )
        first, *others = self.steps
        return [
            replace(first, texts=_beyond(first.texts, texts), states=_beyond(first.states, states)),
            *others,
        ]

    def _unseen(self) -> dict[str, dict[str, str]]:
        """Return the names of the leaves that are in no picture, if there are any."""
        leaves = [step for step in self.run.epochs[0].forward if not step.operation]
        unseen = {leaf.node: leaf.name for leaf in leaves if leaf.node not in self.nodes}
        return {"unseen": unseen} if unseen else {}

    def json(self) -> str:
        """Return what the page's script reads."""
        return dumps(
            {
                "root": self.root,
                "words": {key: text for key, text in self.words.table.items() if key.startswith(SPOKEN)},
                **templated(self._told()),
                "nodes": self.nodes,
                **self._unseen(),
                "arrows": self.arrows,
                "lines": self.lines,
                "shapes": moved(self.shapes, MARGIN, MARGIN),
                "insides": {name: inside.json() for name, inside in self.insides.items()},
                "home": self.home,
                "members": self.members,
                "program": self.program.data,
                "run": self.run.json(),
                "surface": self.surface,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )


def _beyond(changes: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    return {place: text for place, text in changes.items() if known.get(place) != text}


def described(step: Forward, captions: Captions) -> dict[str, Any]:
    """Return what the script reads of a node."""
    told: dict[str, Any] = {
        "name": step.name,
        "formula": typeset(step.formula),
        "key": "grad",
        "meaning": bare(captions.meaning(step.node)),
    }
    arguments = [arg for arg in step.args if isinstance(arg, str)]
    if step.operation and len(arguments) == 1:
        primitive = TABLE[step.operation]
        told["argument"] = bare(captions.names[arguments[0]])
        if primitive.saturates:
            (told["steepest"],) = primitive.derivatives(primitive(0.0), (0.0,))
        if step.operation == "relu":
            told["gate"] = step.operation
    return told
