"""The step-through player: a graph and its two passes as one page that needs no network.

The page is put together from the files in `viz/player/assets`, from the steps of the story as sentences with
slots, and from the program of the graph: its script computes both passes with it, and fills the slots.
"""

from __future__ import annotations

import hashlib
import os
import re
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
from viz.canvas.stored import PNG_TYPE, SVG_TYPE, bundle
from viz.canvas.svg import Svg, picture_forms, shown, write_as
from viz.player.levels_story import levels_story
from viz.player.network_story import network_story
from viz.player.program import refuse_changed_operations
from viz.player.run import run_of
from viz.player.story import Story
from viz.record.levels import levels
from viz.record.model import Model
from viz.record.network import network_nodes, parameter_names
from viz.record.passes import Passes, passes
from viz.steps.levels import part_words
from viz.steps.words import Words
from viz.style import MARGIN, palette

SCRIPTS = (
    *("scalar.js", "numbers.js", "program.js", "slots.js", "run.js", "timeline.js", "checks.js"),
    *("graph.js", "caption.js", "panel.js", "open.js", "nodes.js", "edit.js"),
)
SPECIAL = re.compile(r"\b(round|mod|floor_divide|hypot|erfc?)\b")
"""The functions that only some graphs take, which are in a file of their own."""

ASIDE = re.compile(r"""^\ */\*[\s\S]*?\*/\n|^\ *//.*\n|\ +//\ [^"'`\n]*$|^\ +|^\n""", re.MULTILINE)
"""What a script or a style is read with and not run: comments, indentation, empty lines.

No string spans lines, so that what begins a line is in none; and a comment behind code that holds a quote is
left, for it may be the end of a string.
"""

MOST_STEPS = 20_000
FRAME_HEIGHT = 860
HTML_TYPE = "text/html"


class Player:
    """A page that steps through both passes; a notebook shows it in place.

    `recorded` are the passes of its last epoch; `lang` is its language.
    """

    def __init__(self, html: str, still: Callable[[], Svg], recorded: Passes, lang: str) -> None:
        self.html = html
        self.recorded = recorded
        self.lang = lang
        self._still = still

    @cached_property
    def picture(self) -> Svg:
        """The graph after the last step, which takes the place of the page where no scripts run."""
        return self._still()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page as .html, its `picture` as .svg or .png, whole or not at all; return the path."""
        return write_as(path, {".html": lambda: self.html, **picture_forms(lambda: self.picture)})

    def __repr__(self) -> str:
        return f"<Player, {len(self.html):,} characters>"  # a notebook keeps this beside the page

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the page, and the picture for a viewer that strips frames and styles: there it shows."""
        forms, known = bundle(self.picture)
        still = forms.pop(SVG_TYPE)
        if PNG_TYPE in forms:
            still = (
                f'<img src="data:{PNG_TYPE};base64,{forms[PNG_TYPE]}" '
                f'width="{known[PNG_TYPE]["width"]}" alt="{escape(repr(self))}">'
            )
        html = (
            "<style>iframe.glassgrad-page + .glassgrad-still { display: none }</style>"
            f'<iframe class="glassgrad-page" srcdoc="{escape(self.html)}" sandbox="allow-scripts" '
            f'title="Step-through player" width="100%" height="{FRAME_HEIGHT}" frameborder="0"></iframe>'
            f'<div class="glassgrad-still">{still}</div>'
        )
        return forms | {HTML_TYPE: html}, known


def player(
    value: Value | Passes | Iterable[Passes],
    path: str | os.PathLike[str] | None = None,
    *,
    model: Model | None = None,
    lang: str = "en",
) -> Player:
    """Make a page that steps through the forward and the backward pass, and write it to `path` if given.

    Of a Value, its graph is shown; of recorded passes, those; of several, as recorded once an epoch in a
    training, all on one timeline, with the update of the leaves between two epochs. The page computes: change
    a leaf or the learning rate, or train on, and both passes, captions, checks and warnings follow.

    `model`, any object with `named_parameters()`, names the parameters of a Value's graph; passes remember
    the one of `passes(value, model=model)`. Where the graph is one example's way through the model's layers,
    of at most 32 neurons and 10 in each, the page shows the network, neuron by neuron. Any other graph of
    more than 60 nodes, or of more than 20 where a model is known, lies in boxes: modules in modules, rows of
    weights, calls of a module that is used again, or stretches of the computation. A box, and a neuron,
    opens in place, down to its scalars, and the steps go through what is open. The words are English or, for
    `lang="zh"`, Chinese.

    Raises TypeError if `value` is none of these; ValueError for epochs of more than 20,000 steps in all, for
    passes through different graphs or with steps left out, for a graph whose numbers were changed after it
    was computed, as an optimiser's step does, or in which an operation of one's own reads something else from
    outside now, for a model without a parameter in the graph, for another language, and for a path that is no
    page or picture; OSError if `path` cannot be written.
    """
    made = _made(_story(value, model, Words(lang)))
    if path is not None:
        made.save(path)
    return made


def _story(value: Value | Passes | Iterable[Passes], model: Model | None, words: Words) -> Story:
    epochs: tuple[Any, ...]
    if isinstance(value, Value):
        epochs = (passes(value, model=model),)
    else:
        alone = isinstance(value, Passes) or not isinstance(value, Iterable)
        epochs = (value,) if alone else tuple(value)  # type: ignore[arg-type]
        if any(not isinstance(item, Passes) for item in epochs):
            raise TypeError(f"player needs a Value, its passes, or the passes of each epoch, got {value!r}")
    for recorded in epochs:
        recorded.refuse_part("player")
        recorded.refuse_changed("player")
        refuse_changed_operations(recorded)
    count = sum(len(recorded.forward) + 1 + len(recorded.backward) for recorded in epochs)
    if len(epochs) > 1 and count > MOST_STEPS:
        raise ValueError(
            f"player shows at most {MOST_STEPS} steps, and this run has {count}: play fewer epochs"
        )
    model = epochs[0].model if model is None and epochs else model
    run = run_of(epochs, () if model is None else parameter_names(epochs[0], model))
    network = None if model is None else network_nodes(epochs[0], model)
    return (
        levels_story(run, levels(epochs[0], model, part_words(words)), words)
        if network is None
        else network_story(run, network, words)
    )


def _made(story: Story) -> Player:
    words = story.words
    style = "\n".join((palette(), asset("player.css")))
    operations = story.program.operations
    needed = [
        *SCRIPTS,
        *["special.js"] * bool(SPECIAL.search(operations)),
        *["surface.js"] * bool(story.surface),
    ]
    script = "\n".join((*map(asset, needed), operations, asset("player.js")))
    texts = {
        key.removeprefix("html."): shown(words(key, root=story.root, note=story.note))
        for key in words.table
        if key.startswith("html.")
    }
    html = Template(asset("player.html")).substitute(
        texts,
        lang=words.lang,
        policy=(
            f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
            "base-uri 'none'; form-action 'none'"
        ),
        style=style,
        expression=story.expression or shown(story.root),
        width=f"{story.width + 2 * MARGIN:.6g}",
        height=f"{story.height + 2 * MARGIN:.6g}",
        story=_packed(story.json()),
        script=script,
    )
    return Player(html, story.still, story.run.epochs[-1], words.lang)


@cache
def asset(name: str) -> str:
    """Return the text of a file that pages are made of, as they have it."""
    return ASIDE.sub("", files("viz.player").joinpath("assets", name).read_text(encoding="utf-8"))


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _packed(data: str) -> str:
    """Return text as the page's script unpacks it, a tenth as long, and nothing a page takes for markup."""
    return b64encode(compress(data.encode(), compresslevel=9, mtime=0)).decode()
