"""The step-through player: a graph and its two passes as one page that needs no network.

The page is put together from the files in `viz/page`, and from data that Python computes: every word and
every number on it comes from the recorded passes. Its script only chooses what to show at which step.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from autograd import Value
from autograd.graph import topological_order
from viz.folded_story import folded_story
from viz.graph import MOST
from viz.modules import Model, paths_within
from viz.passes import Passes, passes
from viz.story import Story, whole_story
from viz.style import MARGIN, palette, stylesheet
from viz.svg import Svg, moved, shown, write

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

    def __repr__(self) -> str:
        return f"<Player, {len(self.html):,} characters>"  # a notebook keeps this beside the page

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" title="Step-through player" '
            f'width="100%" height="{FRAME_HEIGHT}" frameborder="0"></iframe>'
            f"<details><summary>The same graph as a still picture</summary>{self.picture}</details>"
        )


def player(
    value: Value | Passes | Iterable[Passes],
    path: str | os.PathLike[str] | None = None,
    *,
    model: Model | None = None,
) -> Player:
    """Make a page that steps through the forward and the backward pass, and write it to `path` if given.

    Of a Value, its graph is shown; of recorded passes, those; of several, as recorded once an epoch in a
    training, all on one timeline, with the update of the leaves between two epochs.

    The graph of a Value of more than 1,500 nodes is played folded, as `draw` folds it: group by group, with
    the length of what passes back between them. `model`, any object with `named_parameters()`, names the
    parameters of a Value's graph, and its modules are the groups.

    Raises TypeError if `value` is none of these, or comes with a model and is no Value; ValueError for
    recorded passes of more than 1,500 nodes, for more than 20,000 steps, for passes through different graphs,
    and for a model without a parameter in the graph; OSError if `path` cannot be written.
    """
    made = _made(_story(value, model))
    if path is not None:
        made.save(path)
    return made


def _story(value: Value | Passes | Iterable[Passes], model: Model | None) -> Story:
    run: tuple[Any, ...]
    if isinstance(value, Value):
        nodes = topological_order(value)
        if len(nodes) > MOST:
            return folded_story(value, model)
        run = (passes(value, None if model is None else paths_within(model, nodes)),)
    else:
        if model is not None:
            raise TypeError(f"a model names the nodes of a Value, got {value!r}")
        run = (value,) if isinstance(value, Passes) or not isinstance(value, Iterable) else tuple(value)
        if not run or any(not isinstance(item, Passes) for item in run):
            raise TypeError(f"player needs a Value, its passes, or the passes of each epoch, got {value!r}")
    if len(run[0].forward) > MOST:
        raise ValueError(
            f"player shows passes of at most {MOST} nodes, and this graph has {len(run[0].forward)}: "
            "give it the Value itself, which it folds, or use a smaller model or fewer examples"
        )
    count = sum(len(recorded.forward) + 1 + len(recorded.backward) for recorded in run)
    if count > MOST_STEPS:
        raise ValueError(
            f"player shows at most {MOST_STEPS} steps, and this run has {count}: play fewer epochs"
        )
    return whole_story(run)


def _made(story: Story) -> Player:
    style = "\n".join((stylesheet(), palette(), _file("player.css")))
    script = "\n".join(_file(name) for name in SCRIPTS)
    html = Template(_file("player.html")).substitute(
        policy=(
            f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
            "base-uri 'none'; form-action 'none'"
        ),
        title=shown(f"{story.root}: why each gradient is what it is"),
        style=style,
        root=shown(story.root),
        note=f"<p>{shown(story.note)}</p>" if story.note else "",
        width=f"{story.width + 2 * MARGIN:.6g}",
        height=f"{story.height + 2 * MARGIN:.6g}",
        graph=moved(story.shapes, MARGIN, MARGIN),
        story=_inert(story.json()),
        script=script,
    )
    return Player(html, story.still)


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
