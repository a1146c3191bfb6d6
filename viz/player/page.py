"""The step-through player: a graph and its two passes as one page that needs no network.

The page is put together from the files in `viz/player/assets`, and from data that Python computes: every word
and every number on it comes from the recorded passes. Its script only chooses what to show at which step.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from gzip import compress
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from autograd import Value
from autograd.graph import topological_order
from viz.canvas.svg import Svg, moved, shown, write
from viz.graph.cards import MOST
from viz.player.folded_story import folded_story
from viz.player.network_story import network_story
from viz.player.story import Inside, Story
from viz.player.whole_story import whole_story
from viz.record.model import Model
from viz.record.network import network_nodes
from viz.record.passes import Passes, passes
from viz.style import MARGIN, palette

SCRIPTS = ("timeline.js", "graph.js", "caption.js", "panel.js", "nodes.js", "player.js")
MOST_STEPS = 20_000
FRAME_HEIGHT = 860


class Player:
    """A page that steps through both passes; a notebook shows it in place."""

    def __init__(self, html: str, still: Callable[[], Svg]) -> None:
        self.html = html
        self._still = still

    @cached_property
    def picture(self) -> Svg:
        """The graph after the last step, which stands below the page in a notebook."""
        return self._still()

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

    `model`, any object with `named_parameters()`, names the parameters of a Value's graph; those of passes
    need `passes(value, model=model)`. Where the graph is one example's way through the model's layers, of at
    most 32 neurons and 10 in each, the page shows the network, neuron by neuron, and each neuron opens its
    scalars. The graph of a Value of more than 1,500 nodes is played folded, as `draw` folds it: group by
    group, by the modules of the model, with the length of what passes back between them.

    Raises TypeError if `value` is none of these; ValueError for recorded passes of more than 1,500 nodes, for
    more than 20,000 steps, for passes through different graphs, and for a model without a parameter in the
    graph; OSError if `path` cannot be written.
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
        run = (passes(value, model=model),)
    else:
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
    network = None if model is None else network_nodes(run[0], model)
    return whole_story(run) if network is None else network_story(run, network)


def _made(story: Story) -> Player:
    style = "\n".join((palette(), asset("player.css")))
    script = "\n".join(asset(name) for name in SCRIPTS)
    html = Template(asset("player.html")).substitute(
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
        insides="\n".join(_template(name, inside) for name, inside in story.insides.items()),
        story=_packed(story.json()),
        script=script,
    )
    return Player(html, story.still)


def _template(name: str, inside: Inside) -> str:
    size = f'width="{inside.width + 2 * MARGIN:.6g}" height="{inside.height + 2 * MARGIN:.6g}"'
    return (
        f'<template id="inside-{name}"><svg class="glassgrad" role="group" {size} viewBox="0 0 '
        f'{inside.width + 2 * MARGIN:.6g} {inside.height + 2 * MARGIN:.6g}" xml:space="preserve">'
        f"{moved(inside.shapes, MARGIN, MARGIN)}</svg></template>"
    )


@cache
def asset(name: str) -> str:
    """Return the text of a file that pages are made of."""
    return files("viz.player").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _packed(data: str) -> str:
    """Return text as the page's script unpacks it, a tenth as long, and nothing a page takes for markup."""
    return b64encode(compress(data.encode(), compresslevel=6, mtime=0)).decode()
