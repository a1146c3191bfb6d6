"""What a reader is asked before a step shows its number. Each answer follows from what is on screen."""

from __future__ import annotations

from collections.abc import Mapping

from viz.record.passes import Contribution, Forward
from viz.steps.captions import Caption, moves
from viz.style import number


def ask_value(step: Forward, caption: Caption) -> str:
    """Ask for the value of a node; a leaf is given, so there is nothing to ask."""
    if not step.operation:
        return ""
    formula = caption.terms[0]
    return f"{step.name} = {formula.symbol}. With its numbers that is {formula.number}: what does it come to?"


def ask_seed(root: str) -> str:
    """Ask for the gradient of the result itself."""
    return f"If {root} grows by a tiny step, how many times as far does {root} itself move?"


def ask_share(share: Contribution, root: str, names: Mapping[str, str]) -> str:
    """Ask what a node receives along one arrow; `names` are by node id."""
    source, target = names[share.source], names[share.target]
    steps = f"For a tiny step of {target}, {source} {moves(share.local)}."
    if source != root:
        steps += f" For a tiny step of {source}, {root} {moves(share.upstream)}."
    return f"{steps} So how many times as far does {root} move as {target}, along this arrow?"


def ask_update(leaf: Forward, gradient: float, root: str, rate: float | None) -> str:
    """Ask where a leaf moves after the backward pass."""
    known = f"{leaf.name} is {number(leaf.result)}, and ∂{root}/∂{leaf.name} is {number(gradient)}."
    if rate is None:
        return f"{known} {root} should fall: which way does {leaf.name} go, and where does it arrive?"
    return (
        f"{known} {root} should fall, and the learning rate is {number(rate)}: where does {leaf.name} arrive?"
    )
