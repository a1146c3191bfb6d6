"""Computing a recorded graph again, through the table's operations, from the same numbers or from others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Value
from autograd.ops import TABLE
from autograd.value import recording
from viz.passes import Forward, Passes


def rebuilt(recorded: Passes) -> dict[str, Value]:
    """Return the recorded graph as new Values by node id, labelled with the names they have in formulas."""
    values: dict[str, Value] = {}
    with recording():
        for step in recorded.forward:
            values[step.node] = (
                TABLE[step.operation](*_arguments(step, values)) if step.operation else Value(step.result)
            )
            values[step.node].label = step.name
    return values


def along(recorded: Passes, node: str) -> tuple[Callable[[Any], Any], int]:
    """Return the result as a function of one node's number, and how many operations a call takes.

    Whatever does not depend on the node keeps its recorded number. The function takes what operations take:
    a float, or a Value to differentiate by.
    """
    moving = {node}
    later: list[Forward] = []
    for step in recorded.forward:
        if not moving.isdisjoint(step.args):
            moving.add(step.node)
            later.append(step)
    numbers: dict[str, Any] = {step.node: step.result for step in recorded.forward}
    root = recorded.root.node

    def result(x: Any) -> Any:
        changed = {**numbers, node: x}
        for step in later:
            changed[step.node] = TABLE[step.operation](*_arguments(step, changed))
        return changed[root]

    return result, len(later)


def _arguments(step: Forward, values: dict[str, Any]) -> list[Any]:
    return [values[arg] if isinstance(arg, str) else arg for arg in step.args]
