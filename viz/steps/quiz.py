"""What a reader is asked before a step shows its number. Each answer follows from what is on screen."""

from __future__ import annotations

from autograd.ops import TABLE
from viz.record.passes import Contribution, Forward
from viz.steps.captions import Captions, filled_formula
from viz.steps.slots import choice, slot

TOLD = ("neg", "identity", "detach")
"""Operations whose formula, once it is filled in, is the answer."""


def ask_value(step: Forward, captions: Captions) -> str:
    """Ask for the value of a node; there is nothing to ask where it is given, or its formula tells it."""
    numbers = filled_formula(step) if step.operation else ""
    if not numbers or step.operation in TOLD:
        return ""
    name, formula = captions.names[step.node], captions.formulas[step.node]
    return captions.words("ask.value", name=name, formula=formula, numbers=numbers)


def ask_share(share: Contribution, captions: Captions) -> str:
    """Ask what a node receives along one arrow."""
    place, names, say = share.arrow, captions.names, captions.words
    source, target = captions.steps[share.source], names[share.target]
    operation = TABLE[source.operation]
    if operation.kinks or operation.step_like:  # whether it lets anything pass is the question
        return say(
            "ask.gate",
            upstream=slot("u", place),
            source=names[share.source],
            formula=captions.formulas[source.node],
            target=target,
            value=slot("v", share.target),
        )
    asked = say(
        "ask.share.last" if share.source == captions.root_node else "ask.share",
        target=target,
        source=names[share.source],
        root=captions.root,
        moves=say.moves("l", place),
        onward=say.moves("u", place),
    )
    return captions.beside_constants(share.source, asked)


def ask_update(leaf: Forward, captions: Captions) -> str:
    """Ask where a leaf moves after the backward pass, or what a reader has set it to."""
    name, value = captions.names[leaf.node], slot("v", leaf.node)
    by_rule = captions.words(
        "ask.update",
        name=name,
        root=captions.root,
        value=value,
        sign=captions.of_gradient(leaf.node),
        gradient=slot("g", leaf.node),
        rate=slot("r", ""),
    )
    by_hand = captions.words("ask.update.set", name=name, value=value)
    return choice("m", leaf.node, {"set": by_hand, "+": by_rule})
