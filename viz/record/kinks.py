"""Where a recorded graph stands at a kink, and the chain rule takes one number for two slopes."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from autograd.checks.differences import finite_difference
from autograd.ops import TABLE
from autograd.primitive import Primitive
from viz.record.passes import Passes


def kinked_arrows(recorded: Passes) -> dict[str, str]:
    """Return the arrows along which an operation has a kink at its argument, with the name of its result."""
    results = {step.node: step.result for step in recorded.forward}
    found: dict[str, str] = {}
    for step in recorded.forward:
        if not step.operation or not TABLE[step.operation].kinks or not isfinite(step.result):
            continue
        args = [results[arg] if isinstance(arg, str) else arg for arg in step.args]
        for position, arg in enumerate(step.args):
            if isinstance(arg, str) and _bends(TABLE[step.operation], args, position):
                found[f"{step.node}-{position}"] = step.name
    return found


def _bends(operation: Primitive, args: Sequence[float], position: int) -> bool:
    def along(x: float) -> float:
        return float(operation(*args[:position], x, *args[position + 1 :]))

    return finite_difference(along, args[position]).kink
