"""What flows along an edge of a graph by the chain rule, and where nothing does.

Nothing is not zero. Zero times an infinite local derivative is nan, for the zero may be the limit of
anything. But an argument that was not selected, such as the other branch of `where`, passes nothing on, and
what lies behind it cannot poison a gradient.

A flow, be it an adjoint on its way back or a tangent on its way forward, is a number or an operand; None
where nothing flows; or `Gated` where only a replay will tell. Local derivatives are the same three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd.ops import where

NOTHING = float("0")
"""What a sum of flows begins with: a zero that is told from all others by its identity."""


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """A flow of `amount` where `condition`, known only at replay, is not zero; elsewhere nothing."""

    condition: Any
    amount: Any


def gated(condition: Any, flow: Any) -> Any:
    """Return a flow that passes where a condition holds too."""
    if flow is None:
        return None
    if isinstance(flow, Gated):
        return Gated(where(condition, flow.condition, 0.0), flow.amount)
    return Gated(condition, flow)


def passed(flow: Any, partial: Any) -> Any:
    """Return what passes along an edge: the chain rule's product."""
    if flow is None or partial is None:
        return None
    if isinstance(flow, Gated):
        return gated(flow.condition, passed(flow.amount, partial))
    if isinstance(partial, Gated):
        return Gated(partial.condition, flow * partial.amount)
    return flow * partial


def joined(first: Any, second: Any) -> Any:
    """Return what arrives along two edges: the chain rule's sum."""
    if first is None or second is None:
        return second if first is None else first
    total = settled(first) + settled(second)
    if isinstance(first, Gated) and isinstance(second, Gated):
        return Gated(where(first.condition, 1.0, second.condition), total)
    return total


def settled(flow: Any) -> Any:
    """Return a flow as a number or operand, which is 0 where nothing flows."""
    if flow is None:
        return 0.0
    return where(flow.condition, flow.amount, 0.0) if isinstance(flow, Gated) else flow
