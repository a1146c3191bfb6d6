"""The step-through player: a graph and its two passes as one page that needs no network.

The page is put together from the files in `viz/page`, and from data that Python computes: every word and
every number on it comes from the recorded passes. Its script only chooses what to show at which step.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from autograd import Value
from viz.captions import Captions
from viz.cards import Scene
from viz.evidence import Evidence, evidence
from viz.flags import gradient_flags, value_flags
from viz.graph import MOST
from viz.paint import paint
from viz.passes import Passes, json_text, passes
from viz.stage import last_look, stage
from viz.style import MARGIN, number, palette, stylesheet
from viz.svg import Svg, document, moved, shown, write
from viz.timeline import Step, timeline

SCRIPTS = ("timeline.js", "graph.js", "caption.js", "panel.js", "player.js")
MOST_STEPS = 20_000
FRAME_HEIGHT = 860


@dataclass(frozen=True, slots=True)
class Player:
    """A page that steps through both passes; a notebook shows it in place.

    `picture` is the graph after the last step, which stands below the page in a notebook.
    """

    html: str
    picture: Svg

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, whole or not at all; return its path."""
        return write(Path(path), self.html)

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" title="Step-through player" '
            f'width="100%" height="{FRAME_HEIGHT}" frameborder="0"></iframe>'
            f"<details><summary>The same graph as a still picture</summary>{self.picture}</details>"
        )


def player(value: Value | Passes | Iterable[Passes], path: str | os.PathLike[str] | None = None) -> Player:
    """Make a page that steps through the forward and the backward pass, and write it to `path` if given.

    Of a Value, its graph is shown; of recorded passes, those; of several, as recorded once an epoch in a
    training, all on one timeline, with the update of the leaves between two epochs.

    Raises TypeError if `value` is none of these; ValueError for more than 1,500 nodes, for more than 20,000
    steps, and for passes through different graphs; OSError if `path` cannot be written.
    """
    run = _run(value)
    if len(run[0].forward) > MOST:
        raise ValueError(
            f"player shows at most {MOST} nodes, and this graph has {len(run[0].forward)}: "
            "play a value nearer to the leaves, or use a smaller model or fewer examples"
        )
    count = sum(len(recorded.forward) + 1 + len(recorded.backward) for recorded in run)
    if count > MOST_STEPS:
        raise ValueError(
            f"player shows at most {MOST_STEPS} steps, and this run has {count}: play fewer epochs"
        )
    steps = timeline(run)
    laid_out, shapes = stage(run)
    still = document(
        laid_out.width + 2 * MARGIN,
        laid_out.height + 2 * MARGIN,
        f"The graph of {run[-1].root.name} after both passes",
        [moved(paint(laid_out, last_look(run[-1]), {}), MARGIN, MARGIN)],
    )
    made = Player(_page(run, steps, laid_out, shapes), still)
    if path is not None:
        made.save(path)
    return made


def _run(value: Value | Passes | Iterable[Passes]) -> tuple[Passes, ...]:
    if isinstance(value, Value):
        return (passes(value),)
    run = (value,) if isinstance(value, Passes) or not isinstance(value, Iterable) else tuple(value)
    wrong = [item for item in run if not isinstance(item, Passes)]
    if wrong or not run:
        raise TypeError(f"player needs a Value, its passes, or the passes of each epoch, got {value!r}")
    return run


def _page(run: Sequence[Passes], steps: Sequence[Step], laid_out: Scene, shapes: Sequence[str]) -> str:
    root = run[0].root
    style = "\n".join((stylesheet(), palette(), _file("player.css")))
    script = "\n".join(_file(name) for name in SCRIPTS)
    return Template(_file("player.html")).substitute(
        policy=(
            f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
            "base-uri 'none'; form-action 'none'"
        ),
        title=shown(f"{root.name}: why each gradient is what it is"),
        style=style,
        root=shown(root.name),
        width=f"{laid_out.width + 2 * MARGIN:.6g}",
        height=f"{laid_out.height + 2 * MARGIN:.6g}",
        graph=moved(shapes, MARGIN, MARGIN),
        story=_inert(json_text(_story(run, steps, laid_out))),
        script=script,
    )


def _story(run: Sequence[Passes], steps: Sequence[Step], laid_out: Scene) -> dict[str, Any]:
    """Return what the page's script reads, as data ready for JSON."""
    first = run[0]
    return {
        "root": first.root.name,
        "epochs": len(run),
        "steps": [asdict(step) | {"answerText": number(step.answer)} for step in steps],
        "nodes": {
            step.node: {
                "name": step.name,
                "formula": step.formula,
                "box": [box.x + MARGIN, box.y + MARGIN, box.width, box.height],
            }
            for step in first.forward
            for box in (laid_out.boxes[step.node],)
        },
        "arrows": {arrow.name: [arrow.step.target, arrow.step.source] for arrow in laid_out.arrows},
        "facts": [_facts(recorded, epoch, steps) for epoch, recorded in enumerate(run)],
    }


def _facts(recorded: Passes, epoch: int, steps: Sequence[Step]) -> dict[str, dict[str, Any]]:
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


@cache
def _file(name: str) -> str:
    return files("viz").joinpath("page", name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _inert(data: str) -> str:
    """Return JSON that means the same and holds nothing a page could take for markup."""
    for character in "<>&\u2028\u2029":
        data = data.replace(character, f"\\u{ord(character):04x}")
    return data
