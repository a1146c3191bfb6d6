"""What a drawing says of a card or an arrow while the pointer rests on it: everything, at full precision."""

from __future__ import annotations

from collections.abc import Mapping

from viz.graph.cards import NORM, kinds_of
from viz.record.folding import Folded, Group, Link
from viz.record.passes import Contribution, Passes, quotient
from viz.style import NO_GRADIENT


def node_tooltips(recorded: Passes, gradients: Mapping[str, float]) -> dict[str, str]:
    """Return what each node says of itself, by its id."""
    hints: dict[str, str] = {}
    for step in recorded.forward:
        parts = [step.name, step.formula, step.numbers, repr(step.result)]
        grad = repr(gradients[step.node]) if step.node in gradients else NO_GRADIENT
        hints[step.node] = f"{' = '.join(part for part in parts if part)}, grad {grad}"
    return hints


def arrow_tooltip(step: Contribution, names: Mapping[str, str]) -> str:
    """Return the local derivative with its formula."""
    return f"{quotient(step, names)} = {step.formula} = {step.local!r}"


def group_tooltip(group: Group) -> str:
    """Return what a group's card says."""
    if group.facts:
        return "; ".join((group.title, *group.facts))
    if group.count == 1:
        grad = NO_GRADIENT if group.grad is None else repr(group.grad)
        return f"{group.title} = {group.data!r}, grad {grad}"
    parts = ", ".join(f"{count:,} {name}" for name, count in kinds_of(group).items())
    norm = NO_GRADIENT if group.norm is None else repr(group.norm)
    return (
        f"{group.title}: {group.count:,} nodes ({parts}), {group.inner:,} arrows between them, {NORM} {norm}"
    )


def link_tooltip(link: Link, folded: Folded) -> str:
    """Return what an arrow between groups stands for."""
    titles = {group.name: group.title for group in folded.groups}
    arrows = "1 arrow" if link.count == 1 else f"{link.count:,} arrows"
    return f"{arrows} from {titles[link.source]} to {titles[link.target]}"
