"""Everything that happens in one pair of passes, one thing a step: forward, the seed, each share, the update.

The steps follow from the structure of the graph alone; numbers are slots. Each step says what it changes on
screen, so that the screen at any step follows from the steps up to it, however the reader came there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from viz.record.passes import Contribution, Forward, Passes, quotient
from viz.steps.captions import Captions, filled_formula
from viz.steps.quiz import ask_share, ask_update, ask_value
from viz.steps.slots import long, named, slot
from viz.steps.step import Step
from viz.style import NO_GRADIENT
from viz.text import typeset


def timeline(recorded: Passes, captions: Captions, moves: Mapping[str, bool]) -> list[Step]:
    """Return the steps of one epoch: both passes, then an update.

    `moves` has the leaves that an update moves, by id: whether against their gradients, or anew.
    """
    return [
        *_forward(recorded, captions),
        *_backward(recorded, captions),
        *_update([step for step in recorded.forward if step.node in moves], captions, moves),
    ]


def _forward(recorded: Passes, captions: Captions) -> Iterator[Step]:
    say = captions.words
    for place, step in enumerate(recorded.forward):
        texts, states = forgotten(recorded) if not place else ({}, {})
        texts[f"{step.node}.data"] = value = slot("v", step.node)
        states[step.node] = "known"
        marks = {step.node: "computed"}
        for share in captions.leaving.get(step.node, []):
            texts[f"{share.arrow}.0"] = slot("l", share.arrow)
            states[share.arrow] = "known"
            marks[share.arrow] = "computed"
        caption = captions.forward(step)
        again = ""
        if not place:
            again = say("epoch", sentence=caption.sentence)
        elif step is recorded.root:
            was = slot("p", step.node)
            again = say("result", name=captions.root, was=was, now=value, sentence=caption.sentence)
        yield Step(
            phase="forward",
            count=say("count", place=place + 1, count=len(recorded.forward)),
            node=step.node,
            caption=caption,
            line=" = ".join(filter(None, _line(step))),
            question=ask_value(step, captions),
            answer=value,
            again=again,
            texts=texts,
            states=states,
            marks=marks,
        )


def _line(step: Forward) -> tuple[str, ...]:
    formula, numbers = (named(typeset(step.formula)), filled_formula(step)) if step.operation else ("", "")
    return named(step.name), formula, long(numbers), slot("v", step.node, "long")


def forgotten(recorded: Passes) -> tuple[dict[str, str], dict[str, str]]:
    """Return what an epoch begins with: values of leaves from the last update, and nothing else."""
    texts: dict[str, str] = {}
    states: dict[str, str] = {}
    for step in recorded.forward:
        texts[f"{step.node}.grad"] = NO_GRADIENT
        texts[f"{step.node}.sum"] = ""
        if step.operation:
            texts[f"{step.node}.data"] = NO_GRADIENT
            states[step.node] = "pending"
    for share in recorded.backward:
        states[share.arrow] = "pending"
        texts |= dict.fromkeys((f"{share.arrow}.{index}" for index in range(4)), NO_GRADIENT)
    return texts, states


def _backward(recorded: Passes, captions: Captions) -> Iterator[Step]:
    count, root, say = len(recorded.backward), recorded.root.node, captions.words
    seed = captions.seed()
    yield Step(
        phase="backward",
        count=say("count.seed"),
        node=root,
        caption=seed,
        line=seed.headline,
        question=say("ask.seed", root=captions.root),
        answer=slot("g", root),
        texts={f"{root}.grad": slot("g", root)},
        marks={root: "receiving"},
    )
    for place, share in enumerate(recorded.backward, start=1):
        arrow = share.arrow
        yield Step(
            phase="backward",
            count=say("count", place=place, count=count),
            node=share.target,
            caption=captions.backward(share),
            line=_share_line(share, captions),
            question=ask_share(share, captions),
            answer=slot("c", arrow),
            sum=captions.sum(share),
            share=say("share.line", source=captions.names[share.source], product=" ".join(product(share))),
            texts={
                f"{share.target}.grad": slot("a", arrow),
                f"{share.target}.sum": total(share),
                **{f"{arrow}.{index}": slot(kind, arrow) for index, kind in enumerate("ulc", start=1)},
            },
            states={arrow: "travelled"},
            marks={share.target: "receiving", share.source: "giving", arrow: "travelling"},
        )


def _share_line(share: Contribution, captions: Captions) -> str:
    numbers = [slot(kind, share.arrow, "long") for kind in "ulcba"]
    gradient = captions.of_gradient(share.target)
    product = f"{numbers[0]} × {numbers[1]} = {numbers[2]}"
    return f"{gradient}: {product}  grad {numbers[3]} → {numbers[4]}  {quotient(share, captions.names)}"


def _update(leaves: Sequence[Forward], captions: Captions, moves: Mapping[str, bool]) -> Iterator[Step]:
    for place, leaf in enumerate(leaves, start=1):
        learns = moves[leaf.node]
        old, new = slot("v", leaf.node, "long"), slot("n", leaf.node, "long")
        yield Step(
            phase="update",
            count=captions.words("count", place=place, count=len(leaves)),
            node=leaf.node,
            caption=captions.update(leaf.node, learns),
            line=f"{named(leaf.name)}: {old} → {new}",
            question=ask_update(leaf, captions) if learns else "",
            answer=slot("n", leaf.node),
            texts={f"{leaf.node}.data": slot("n", leaf.node)},
            marks={leaf.node: "updated"},
        )


def product(share: Contribution) -> tuple[str, str, str]:
    """Return the three lines of a contribution: "0.9", "× 4.32", "= 3.888"."""
    upstream, local, contribution = (slot(kind, share.arrow) for kind in "ulc")
    return upstream, f"× {local}", f"= {contribution}"


def total(share: Contribution) -> str:
    """Return the sum by which a share is added to a gradient: "= 1 + 4"; "" for the first share."""
    place = share.arrow
    return "" if share.before is None else f"= {slot('b', place)} + {slot('c', place)}"
