"""The two passes as numbered pictures: one frame for each value, the seed, and each share of a gradient.

The graph is laid out once, with room for everything it will show, so that from frame to frame only texts,
outlines and arrowheads change.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograd import Value
from viz.captions import Caption, Captions
from viz.cards import Scene, product, scene, total
from viz.paint import Look, paint
from viz.passes import Contribution, Forward, Passes, passes
from viz.style import (
    BAND_TOP,
    CODE_SIZE,
    HEADLINE_SIZE,
    LARGEST_SCALE,
    MARGIN,
    NARROWEST_FRAME,
    PROSE_LINE,
    PROSE_SIZE,
    READING_WIDTH,
    TRACK,
    number,
)
from viz.svg import Svg, document, moved, rectangle, scaled, text, write
from viz.text import shorten, wrap_prose

MOST_NODES = 300


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the passes: the name of its file, what it says in words, and the drawing."""

    name: str
    caption: str
    svg: Svg

    def _repr_svg_(self) -> str:
        return str(self.svg)


def frames(value: Value | Passes) -> tuple[Frame, ...]:
    """Draw the forward and the backward pass step by step.

    First one frame for each node, in topological order, which lights the node with its formula and its
    numbers; then the seed ∂L/∂L = 1; then one frame for each contribution, which lights the arrow along
    which upstream × local travels back, and the gradient it is added to. A gradient that does not exist yet
    shows "–". Raises TypeError if `value` is neither a Value nor its passes, ValueError for more than 300
    nodes.
    """
    recorded = value if isinstance(value, Passes) else passes(value)
    if len(recorded.forward) > MOST_NODES:
        raise ValueError(
            f"frames draws a graph of at most {MOST_NODES} nodes, got {len(recorded.forward)}: "
            "pass a value nearer to the leaves, or read passes(value)"
        )
    laid_out = scene(recorded, arithmetic=True)
    room = max(laid_out.width, NARROWEST_FRAME - 2 * MARGIN)
    scale = min(max(1.0, room / READING_WIDTH), LARGEST_SCALE)
    moments = list(_moments(recorded))
    sentences = [wrap_prose(moment.caption.sentence, room / scale, PROSE_SIZE) for moment in moments]
    band = BAND_TOP + PROSE_LINE * max(map(len, sentences))
    digits = max(2, len(str(len(moments))))
    painted: dict[object, str] = {}
    drawn: list[Frame] = []
    for place, (moment, lines) in enumerate(zip(moments, sentences, strict=True), start=1):
        look = _look(laid_out, moment, recorded)
        graph = paint(laid_out, look, painted)
        words = f"{moment.title}: {moment.caption.headline}. {moment.caption.sentence}"
        body = [
            scaled(_band(moment, lines, (room + 2 * MARGIN) / scale, band, place, recorded), scale),
            moved(graph, MARGIN + (room - laid_out.width) / 2, band * scale + MARGIN),
        ]
        picture = document(room + 2 * MARGIN, band * scale + laid_out.height + 2 * MARGIN, words, body)
        drawn.append(Frame(f"{place:0{digits}}_{moment.file}.svg", words, picture))
    return tuple(drawn)


def write_frames(value: Value | Passes, directory: str | os.PathLike[str]) -> list[Path]:
    """Write the frames of both passes into a directory, and return their paths in order.

    The directory is made if it is missing; the names sort in the order of the steps. Each file is written
    whole or not at all. Raises as `frames` does, and OSError if the directory cannot be written.
    """
    drawn = frames(value)
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    return [write(folder / frame.name, frame.svg) for frame in drawn]


@dataclass(frozen=True, slots=True)
class _Moment:
    """How many nodes are computed, how many shares have been added (-1 before the seed), and what is lit."""

    file: str
    count: str
    computed: int
    shares: int
    lit: Forward | Contribution | None
    caption: Caption

    @property
    def forward(self) -> bool:
        return self.shares < 0

    @property
    def title(self) -> str:
        return f"{'Forward' if self.forward else 'Backward'}, {self.count}"


def _moments(recorded: Passes) -> Iterator[_Moment]:
    captions = Captions(recorded)
    nodes, shares = len(recorded.forward), len(recorded.backward)
    for place, node in enumerate(recorded.forward, start=1):
        yield _Moment("forward", f"{place} of {nodes}", place, -1, node, captions.forward(node))
    yield _Moment("backward_seed", "the seed", nodes, 0, None, captions.seed())
    for place, share in enumerate(recorded.backward, start=1):
        yield _Moment("backward", f"{place} of {shares}", nodes, place, share, captions.backward(share))


def _look(laid_out: Scene, moment: _Moment, recorded: Passes) -> Look:
    known = {node.node: number(node.result) for node in recorded.forward[: moment.computed]}
    added = recorded.backward[: max(moment.shares, 0)]
    grad = {} if moment.forward else {recorded.root.node: "1"}
    grad |= {share.target: number(share.after) for share in added}
    pills: dict[str, tuple[str, ...]] = {}
    classes: dict[str, str] = {}
    travelled = {(share.source, share.position) for share in added}
    backwards = frozenset(
        arrow.name for arrow in laid_out.arrows if (arrow.step.source, arrow.step.position) in travelled
    )
    for arrow in laid_out.arrows:
        share = arrow.step
        if share.source not in known:
            classes[arrow.name] = "pending"
        elif arrow.name in backwards:
            pills[arrow.name] = product(share)
            classes[arrow.name] = "travelling" if share is moment.lit else "travelled"
        else:
            pills[arrow.name] = (f"× {number(share.local)}",)
            if isinstance(moment.lit, Forward) and share.source == moment.lit.node:
                classes[arrow.name] = "computed"
    for card in laid_out.cards:
        if card.name not in known:
            classes[card.name] = "pending"
        else:
            classes[card.name] = _kind(card.name, moment, recorded)
            if card.is_root:
                classes[card.name] += " root"
            elif not card.sign:
                classes[card.name] += " leaf"
    return Look(
        data=known,
        grad=grad,
        sums={share.target: total(share) for share in added},
        pills=pills,
        classes=classes,
        backwards=backwards,
    )


def _kind(node: str, moment: _Moment, recorded: Passes) -> str:
    lit = moment.lit
    if isinstance(lit, Forward):
        return "computed" if node == lit.node else ""
    if lit is None:
        return "receiving" if node == recorded.root.node else ""
    return {lit.target: "receiving", lit.source: "giving"}.get(node, "")


def _band(
    moment: _Moment, lines: list[str], width: float, height: float, place: int, recorded: Passes
) -> list[str]:
    """Return the band above the graph: what happens, in formulas and in words, and how far it has come."""
    whole = len(recorded.forward) + 1 + len(recorded.backward)
    turn = width * len(recorded.forward) / whole
    reached = width * place / whole
    room = width - 2 * MARGIN
    track = height - TRACK
    phase = "computed" if moment.forward else "travelling"
    return [
        rectangle(0, 0, width, height, 0, "band"),
        rectangle(0, track, width, TRACK, 0, "track"),
        rectangle(0, track, min(reached, turn), TRACK, 0, "progress computed"),
        rectangle(turn, track, max(reached - turn, 0), TRACK, 0, "progress travelling"),
        text(MARGIN, 24, "FORWARD →" if moment.forward else "← BACKWARD", f"phase {phase}"),
        text(width - MARGIN, 24, moment.count, "step number"),
        text(MARGIN, 50, shorten(moment.caption.headline, room, HEADLINE_SIZE), "headline"),
        text(MARGIN, 71, shorten(moment.caption.detail, room, CODE_SIZE), "detail"),
        *(text(MARGIN, 95 + PROSE_LINE * row, content, "prose") for row, content in enumerate(lines)),
    ]
