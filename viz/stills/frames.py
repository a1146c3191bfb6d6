"""The two passes as numbered pictures: one frame for each value, the seed, and each share of a gradient.

The graph is laid out once, with room for everything it will show, so that from frame to frame only texts,
outlines and arrowheads change.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograd import Value
from viz.canvas.svg import write
from viz.graph.cards import Scene, product, scene, total
from viz.graph.paint import Look, paint
from viz.record.passes import Contribution, Forward, Passes, passes
from viz.steps.captions import Caption, Captions
from viz.stills.storyboard import Frame, Moment, tell
from viz.style import number

MOST_NODES = 300


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
    painted: dict[object, str] = {}
    told = [
        Moment(
            step.file,
            "Forward" if step.forward else "Backward",
            step.count,
            step.caption.headline,
            step.caption.detail,
            step.caption.sentence,
            paint(laid_out, _look(laid_out, step, recorded), painted),
        )
        for step in _steps(recorded)
    ]
    return tell(told, laid_out.width, laid_out.height)


def drawn_frames(value: Value | Passes | Sequence[Frame]) -> Sequence[Frame]:
    """Return the frames of a value's passes, or those given. Raises as `frames` does."""
    return value if isinstance(value, Sequence) else frames(value)


def write_frames(value: Value | Passes | Sequence[Frame], directory: str | os.PathLike[str]) -> list[Path]:
    """Write frames, or those of a value's passes, into a directory, and return their paths in order.

    The directory is made if it is missing; the names sort in the order of the steps. Each file is written
    whole or not at all. Raises as `frames` does, and OSError if the directory cannot be written.
    """
    drawn = drawn_frames(value)
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    return [write(folder / frame.name, frame.svg) for frame in drawn]


@dataclass(frozen=True, slots=True)
class _Step:
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


def _steps(recorded: Passes) -> Iterator[_Step]:
    captions = Captions(recorded)
    nodes, shares = len(recorded.forward), len(recorded.backward)
    for place, node in enumerate(recorded.forward, start=1):
        yield _Step("forward", f"{place} of {nodes}", place, -1, node, captions.forward(node))
    yield _Step("backward_seed", "the seed", nodes, 0, None, captions.seed())
    for place, share in enumerate(recorded.backward, start=1):
        yield _Step("backward", f"{place} of {shares}", nodes, place, share, captions.backward(share))


def _look(laid_out: Scene, step: _Step, recorded: Passes) -> Look:
    known = {node.node: number(node.result) for node in recorded.forward[: step.computed]}
    added = recorded.backward[: max(step.shares, 0)]
    grad = {} if step.forward else {recorded.root.node: "1"}
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
            classes[arrow.name] = "travelling" if share is step.lit else "travelled"
        else:
            pills[arrow.name] = (f"× {number(share.local)}",)
            if isinstance(step.lit, Forward) and share.source == step.lit.node:
                classes[arrow.name] = "computed"
    for card in laid_out.cards:
        if card.name not in known:
            classes[card.name] = "pending"
        else:
            classes[card.name] = _kind(card.name, step, recorded)
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


def _kind(node: str, step: _Step, recorded: Passes) -> str:
    lit = step.lit
    if isinstance(lit, Forward):
        return "computed" if node == lit.node else ""
    if lit is None:
        return "receiving" if node == recorded.root.node else ""
    return {lit.target: "receiving", lit.source: "giving"}.get(node, "")
