"""What the player's page holds: a picture, the steps through it, and what is known of each of its boxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from json import dumps
from math import isfinite
from typing import Any

from viz.canvas.svg import Svg
from viz.record.checks import Evidence, evidence
from viz.record.passes import Forward, Passes
from viz.record.warnings import gradient_flags, value_flags
from viz.steps.captions import Caption, Captions, Term
from viz.steps.timeline import Step
from viz.style import number


@dataclass(frozen=True, slots=True)
class Inside:
    """What a box holds, as a picture that shows while it is open."""

    width: float
    height: float
    shapes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Story:
    """All that the page is made of.

    `note` says how a folded picture is read, "" for a whole one. `nodes` has, by id, what the script reads of
    a box: its name, its formula, what its gradient is called, and, for a neuron, the id of its `output`.
    `arrows` has the ids of the boxes that an arrow comes from and leads to; `facts` is one dictionary by id
    for each epoch. `still` draws the picture after the last step, and `insides` are those of the boxes that
    can be opened.
    """

    root: str
    note: str
    epochs: int
    steps: Sequence[Step]
    nodes: Mapping[str, dict[str, Any]]
    arrows: Mapping[str, Sequence[str]]
    facts: Sequence[Mapping[str, dict[str, Any]]]
    width: float
    height: float
    shapes: Sequence[str]
    still: Callable[[], Svg]
    insides: Mapping[str, Inside] = field(default_factory=dict)

    def json(self) -> str:
        """Return what the page's script reads: the steps as one list for each of their parts."""
        steps = {part.name: [getattr(step, part.name) for step in self.steps] for part in fields(Step)}
        answers = steps["answer"]
        return dumps(
            {
                "root": self.root,
                "epochs": self.epochs,
                "steps": steps
                | {
                    "answer": [answer if isfinite(answer) else repr(answer) for answer in answers],
                    "answerText": [number(answer) for answer in answers],
                    "caption": [_caption(caption) for caption in steps["caption"]],
                    "sum": [[*map(_term, terms)] for terms in steps["sum"]],
                },
                "nodes": self.nodes,
                "arrows": self.arrows,
                "facts": self.facts,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )


def _caption(caption: Caption) -> list[Any]:
    return [caption.headline, caption.detail, caption.sentence, [*map(_term, caption.terms)]]


def _term(term: Term) -> list[str]:
    return [term.sign, term.symbol, term.number, term.words]


def described(step: Forward) -> dict[str, Any]:
    """Return what the script reads of a node."""
    return {"name": step.name, "formula": step.formula, "key": "grad"}


def node_facts(recorded: Passes, epoch: int, steps: Sequence[Step]) -> dict[str, dict[str, Any]]:
    """Return what is said of each node in one epoch, and from which step on."""
    captions, backed = Captions(recorded), evidence(recorded)
    of_value, of_gradient = value_flags(recorded), gradient_flags(recorded)
    known: dict[str, int] = {}
    complete: dict[str, int] = {}
    for index, step in enumerate(steps):
        if step.epoch == epoch and step.phase != "update":
            (known if step.phase == "forward" else complete)[step.node] = index
    return {
        node: {
            "known": known[node],
            "complete": complete[node],
            "meaning": captions.meaning(node, gradient),
            "flags": [
                [since, flags[node]]
                for since, flags in ((known[node], of_value), (complete[node], of_gradient))
                if node in flags
            ],
            **_backing(backed[node]),
        }
        for node, gradient in recorded.gradients.items()
    }


def _backing(found: Evidence) -> dict[str, Any]:
    return {
        "nudges": [[number(x) for x in (nudge.step, nudge.moved, nudge.ratio)] for nudge in found.nudges],
        "check": found.check,
        "agrees": found.agrees,
        "ways": [[way.names, way.factors, way.product] for way in found.ways],
        "rest": found.rest,
    }
