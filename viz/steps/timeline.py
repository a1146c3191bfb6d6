"""Everything that happens, one thing a step: forward, the seed, each share of a gradient, the update.

A run has one pair of passes an epoch, all through the same graph. Each step says what it changes on screen,
so that the screen at any step follows from the steps up to it, however the reader came there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isclose

from viz.graph.cards import product, total
from viz.record.passes import Contribution, Forward, Passes
from viz.steps.captions import Caption, Captions, Term, sum_of_shares
from viz.steps.quiz import ask_seed, ask_share, ask_update, ask_value
from viz.style import NO_GRADIENT, number

SAME_RATE = 1e-6
"""How closely the steps of an update must agree, relative to each other, to be one learning rate."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it says, and what it changes on screen.

    `phase` is "forward", "backward" or "update"; `node` the id of the node it is about. `line` is its line
    of the transcript. `question` asks for `answer` before it is shown; it is "" where nothing leads to it.
    `share` is set where the gradient of `node` receives one.

    `texts` are by place: "n3.data", "n3.grad", "n3.sum", and "n3-0.0" … "n3-0.3" for the four numbers on an
    arrow: its local derivative, and upstream, local, contribution. They stay until another step sets them,
    and so do `states`, by node id or arrow name: "pending", "known", "travelled". `marks` hold for this step
    alone.

    A step `within` a box is taken only while that box is open.
    """

    epoch: int
    phase: str
    count: str
    node: str
    caption: Caption
    line: str
    question: str
    answer: float
    sum: tuple[Term, ...] = ()
    share: str = ""
    within: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)


def timeline(run: Sequence[Passes]) -> list[Step]:
    """Return the steps of a run of passes through one graph, one pair of passes an epoch.

    Between two epochs stands one step for each leaf that has another value in the next. Raises ValueError if
    there is no epoch, or if one of them passes through another graph.
    """
    if not run:
        raise ValueError("a training run needs the passes of at least 1 epoch, got none")
    for place, recorded in enumerate(run, start=1):
        if _shape(recorded) != _shape(run[0]):
            raise ValueError(
                f"a training run passes through the same graph in every epoch, and that of epoch {place} "
                f"differs from the first: {len(recorded.forward)} and {len(run[0].forward)} nodes, "
                "with the same names, operations and constants"
            )
    steps: list[Step] = []
    for epoch, recorded in enumerate(run):
        captions = Captions(recorded)
        forward_lines, backward_lines = recorded.lines()
        steps += _forward(epoch, recorded, captions, forward_lines, run[epoch - 1] if epoch else None)
        steps += _backward(epoch, recorded, captions, backward_lines)
        if epoch + 1 < len(run):
            steps += _update(epoch, recorded, captions, run[epoch + 1])
    return steps


def _shape(recorded: Passes) -> str:
    return repr([(step.name, step.operation, step.args) for step in recorded.forward])


def _forward(
    epoch: int, recorded: Passes, captions: Captions, lines: Sequence[str], before: Passes | None
) -> Iterator[Step]:
    arriving: dict[str, list[Contribution]] = {step.node: [] for step in recorded.forward}
    for share in recorded.backward:
        arriving[share.source].append(share)
    for place, step in enumerate(recorded.forward):
        texts, states = ({}, {}) if place or before is None else _forgotten(recorded)
        texts[f"{step.node}.data"] = number(step.result)
        states[step.node] = "known"
        marks = {step.node: "computed"}
        for share in arriving[step.node]:
            arrow = f"{share.source}-{share.position}"
            texts[f"{arrow}.0"] = number(share.local)
            states[arrow] = "known"
            marks[arrow] = "computed"
        caption = captions.forward(step)
        yield Step(
            epoch=epoch,
            phase="forward",
            count=f"{place + 1} of {len(recorded.forward)}",
            node=step.node,
            caption=_compared(caption, step, recorded, before) if before else caption,
            line=lines[place],
            question=ask_value(step, caption),
            answer=step.result,
            texts=texts,
            states=states,
            marks=marks,
        )


def _forgotten(recorded: Passes) -> tuple[dict[str, str], dict[str, str]]:
    """Return what a new epoch wipes off: every gradient, and every value but those of leaves."""
    texts: dict[str, str] = {}
    states: dict[str, str] = {}
    for step in recorded.forward:
        texts[f"{step.node}.grad"] = NO_GRADIENT
        texts[f"{step.node}.sum"] = ""
        if step.operation:
            texts[f"{step.node}.data"] = NO_GRADIENT
            states[step.node] = "pending"
    for share in recorded.backward:
        arrow = f"{share.source}-{share.position}"
        states[arrow] = "pending"
        texts |= dict.fromkeys((f"{arrow}.{index}" for index in range(4)), NO_GRADIENT)
    return texts, states


def _compared(caption: Caption, step: Forward, recorded: Passes, before: Passes) -> Caption:
    """Add to a caption what a new epoch begins and ends with."""
    sentence = caption.sentence
    if step is recorded.forward[0]:
        sentence = f"A new epoch: values and gradients of the last one are wiped off. {sentence}"
    if step is recorded.root:
        was = number(before.root.result)
        sentence = f"{step.name} was {was} before the update, and is {number(step.result)} now. {sentence}"
    return Caption(caption.headline, caption.detail, sentence, caption.terms)


def _backward(epoch: int, recorded: Passes, captions: Captions, lines: Sequence[str]) -> Iterator[Step]:
    seed_line, *share_lines = lines
    count, root, names = len(recorded.backward), recorded.root, recorded.names
    yield Step(
        epoch=epoch,
        phase="backward",
        count="the seed",
        node=recorded.root.node,
        caption=captions.seed(),
        line=seed_line,
        question=ask_seed(recorded.root.name),
        answer=1.0,
        texts={f"{recorded.root.node}.grad": "1"},
        marks={recorded.root.node: "receiving"},
    )
    for place, (share, line) in enumerate(zip(recorded.backward, share_lines, strict=True), start=1):
        arrow = f"{share.source}-{share.position}"
        figures = map(number, (share.upstream, share.local, share.contribution))
        yield Step(
            epoch=epoch,
            phase="backward",
            count=f"{place} of {count}",
            node=share.target,
            caption=captions.backward(share),
            line=line,
            question=ask_share(share, root.name, names),
            answer=share.contribution,
            sum=sum_of_shares(share, captions.names[share.target]),
            share=f"from {names[share.source]}: {' '.join(product(share))}",
            texts={
                f"{share.target}.grad": number(share.after),
                f"{share.target}.sum": total(share),
                **{f"{arrow}.{index}": text for index, text in enumerate(figures, start=1)},
            },
            states={arrow: "travelled"},
            marks={share.target: "receiving", share.source: "giving", arrow: "travelling"},
        )


def _update(epoch: int, recorded: Passes, captions: Captions, after: Passes) -> Iterator[Step]:
    gradients = recorded.gradients
    moved = [
        (old, new.result)
        for old, new in zip(recorded.forward, after.forward, strict=True)
        if not old.operation and repr(old.result) != repr(new.result)
    ]
    rate = _rate([(new - old.result, gradients[old.node]) for old, new in moved])
    for place, (leaf, new) in enumerate(moved, start=1):
        gradient = gradients[leaf.node]
        yield Step(
            epoch=epoch,
            phase="update",
            count=f"{place} of {len(moved)}",
            node=leaf.node,
            caption=captions.update(leaf.node, leaf.result, new, gradient, rate),
            line=f"  {leaf.name}: {leaf.result!r} → {new!r}",
            question=ask_update(leaf, gradient, recorded.root.name, rate),
            answer=new,
            texts={f"{leaf.node}.data": number(new)},
            marks={leaf.node: "updated"},
        )


def _rate(moves: Sequence[tuple[float, float]]) -> float | None:
    """Return by which factor every leaf moved against its gradient, or None if there is no one factor."""
    rates = [-change / gradient if gradient else 0.0 for change, gradient in moves]
    same = all(isclose(rate, rates[0], rel_tol=SAME_RATE) for rate in rates)
    return rates[0] if rates and same and rates[0] > 0 else None
