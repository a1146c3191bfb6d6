"""What can go wrong with a gradient, said in words: a shut relu, a saturated curve, nothing that arrives."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from autograd.ops import TABLE
from viz.record.passes import Contribution, Forward, Passes
from viz.style import number

SATURATED, VANISHED, EXPLODED = 0.05, 1e-4, 1e4
"""A slope below this share of the steepest; a gradient below this share of the largest; or above this."""


def value_flags(recorded: Passes) -> dict[str, str]:
    """Return, by node id, what is known to be wrong as soon as the node is computed."""
    names = recorded.names
    arriving = {step.source: step for step in recorded.backward}  # these operations have one argument
    flags: dict[str, str] = {}
    for step in recorded.forward:
        share = arriving.get(step.node)
        if share is not None and (words := _shut(step, share, names)):
            flags[step.node] = words
        elif not isfinite(step.result):
            flags[step.node] = f"{step.name} is {number(step.result)}: no finite number."
    return flags


def gradient_flags(recorded: Passes) -> dict[str, str]:
    """Return, by node id, what is wrong with a gradient once it is complete."""
    return dict(_gradient_flags(recorded))


def _shut(step: Forward, share: Contribution, names: dict[str, str]) -> str:
    name, arg = step.name, names[share.target]
    if step.operation == "relu" and share.local == 0:
        return (
            f"Dead relu: {arg} is not above 0, so {name} stays 0 when {arg} moves a little, and nothing "
            "passes back. If that is so for every example, what lies before it never learns."
        )
    primitive = TABLE[step.operation]
    if primitive.saturates:
        (steepest,) = primitive.derivatives(primitive(0.0), (0.0,))
        if abs(share.local) < SATURATED * steepest:
            return (
                f"Saturated {step.operation}: so far from 0 it is nearly level. {name} moves only "
                f"{number(abs(share.local))} times as far as {arg}; at 0 it would be {number(steepest)}."
            )
    return ""


def _gradient_flags(recorded: Passes) -> Iterator[tuple[str, str]]:
    root, names, gradients = recorded.root.name, recorded.names, recorded.gradients
    largest = max((abs(grad) for grad in gradients.values() if isfinite(grad)), default=0.0)
    for node, grad in gradients.items():
        name = names[node]
        if not isfinite(grad):
            yield node, f"The gradient of {name} is {number(grad)}: no step along it makes sense."
        elif grad == 0:
            yield node, f"No gradient: every way from {name} to {root} multiplies by 0 somewhere, or cancels."
        elif abs(grad) < VANISHED * largest:
            yield (
                node,
                (
                    f"Vanishing gradient: {number(abs(grad))} is less than a ten-thousandth of "
                    f"the largest here, {number(largest)}. {name} would hardly learn."
                ),
            )
        elif abs(grad) > EXPLODED:
            yield node, f"Exploding gradient: the smallest step of {name} throws {root} far off."
