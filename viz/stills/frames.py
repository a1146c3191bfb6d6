"""The two passes as numbered pictures: one frame for each value, the seed, and each share of a gradient.

The graph is laid out once, with room for everything it will show, so that from frame to frame only texts,
outlines and arrowheads change.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from autograd import Value
from viz.canvas.svg import write
from viz.graph.cards import cards
from viz.graph.paint import paint
from viz.graph.scene import laid_out, share_arrows
from viz.record.kinks import kinked_arrows
from viz.record.passes import Contribution, Forward, Passes, passes
from viz.steps.captions import Captions
from viz.steps.looks import graph_look
from viz.steps.screen import recorded_numbers, screens, told
from viz.steps.slots import slot
from viz.steps.step import Caption, Step
from viz.steps.timeline import timeline
from viz.steps.words import Words
from viz.stills.storyboard import Frame, Moment, tell

MOST_NODES = 300


def frames(value: Value | Passes, *, lang: str = "en") -> tuple[Frame, ...]:
    """Draw the forward and the backward pass step by step.

    First one frame for each node, in topological order, which lights the node with its formula and its
    numbers; then the seed ∂L/∂L = 1; then one frame for each contribution, which lights the arrow along
    which upstream × local travels back, and the gradient it is added to. A gradient that does not exist yet
    shows "–". The words are English or, for `lang="zh"`, Chinese. Raises TypeError if `value` is neither a
    Value nor its passes, ValueError for more than 300 nodes, for passes with steps left out, and for another
    language.
    """
    words = Words(lang)
    recorded = value if isinstance(value, Passes) else passes(value)
    recorded.refuse_part("frames")
    if len(recorded.forward) > MOST_NODES:
        raise ValueError(
            f"frames draws a graph of at most {MOST_NODES} nodes, got {len(recorded.forward)}: "
            "pass a value nearer to the leaves, or read passes(value)"
        )
    scene = laid_out(cards(recorded, arithmetic=True), share_arrows(recorded, arithmetic=True))
    painted: dict[object, str] = {}
    captions, results = Captions(recorded, words), {step.node: step for step in recorded.forward}
    steps, numbers = timeline(recorded, captions, {}), recorded_numbers(recorded)
    kinked, shares = kinked_arrows(recorded), {share.arrow: share for share in recorded.backward}
    moments = [
        Moment(
            step,
            told(
                _noted(_recorded(step, results, captions), step, kinked, shares, results, captions), numbers
            ),
            paint(scene, graph_look(scene, screen), painted),
        )
        for step, screen in zip(steps, screens(steps, numbers), strict=True)
    ]
    return tell(moments, words, scene.width, scene.height)


def _recorded(step: Step, results: Mapping[str, Forward], captions: Captions) -> Caption:
    """Return a step's caption; of a result whose arguments were changed since, without their numbers."""
    result = results[step.node]
    if step.phase != "forward" or not result.outdated:
        return step.caption
    shown = (captions.names[step.node], captions.formulas[result.node], slot("v", step.node))
    return replace(step.caption, headline=" = ".join(shown))


def _noted(
    caption: Caption,
    step: Step,
    kinked: Mapping[str, str],
    shares: Mapping[str, Contribution],
    results: Mapping[str, Forward],
    captions: Captions,
) -> Caption:
    """Return a caption that says where on the step's arrows nothing passes, a kink is, or a slope is old."""
    arrows = [arrow for arrow in step.marks if arrow in shares]
    notes = [captions.withheld(shares[arrow]) for arrow in arrows] if step.phase == "backward" else []
    names = dict.fromkeys(kinked[arrow] for arrow in arrows if arrow in kinked)
    if names:
        notes.append(captions.words("page.kink", names=", ".join(names)))
    notes += [
        captions.words("outdated", names=captions.names[source])
        for source in dict.fromkeys(shares[arrow].source for arrow in arrows)
        if results[source].outdated
    ]
    return replace(caption, sentence=" ".join(filter(None, (caption.sentence, *notes))))


def drawn_frames(value: Value | Passes | Sequence[Frame]) -> Sequence[Frame]:
    """Return the frames of a value's passes, or those given. Raises as `frames` does."""
    if not isinstance(value, Sequence):
        return frames(value)
    if not all(isinstance(each, Frame) for each in value):
        raise TypeError(f"frames are needed, or a Value or its passes to draw them of, got {value!r}")
    return value


def write_frames(value: Value | Passes | Sequence[Frame], directory: str | os.PathLike[str]) -> list[Path]:
    """Write frames, or those of a value's passes, into a directory, and return their paths in order.

    The directory is made if it is missing; the names sort in the order of the steps. Each file is written
    whole or not at all. Raises as `frames` does, and OSError if the directory cannot be written.
    """
    drawn = drawn_frames(value)
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    return [write(folder / frame.name, frame.svg) for frame in drawn]
