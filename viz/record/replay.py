"""Computing a recorded graph again, through the table's operations, from the same numbers or from others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Value, scalar
from autograd.context import recording
from autograd.ops import TABLE
from viz.record.passes import Passes


def rebuilt(recorded: Passes) -> dict[str, Value]:
    """Return the recorded graph as new Values by node id, labelled with the names they have in formulas."""
    values: dict[str, Value] = {}
    with recording():
        for step in recorded.forward:
            args = [values[arg] if isinstance(arg, str) else arg for arg in step.args]
            values[step.node] = TABLE[step.operation](*args) if step.operation else Value(step.result)
            values[step.node].label = step.name
    return values


class Replay:
    """A recorded graph as a function of the number of any of its nodes.

    Whatever does not depend on that node keeps its recorded number.
    """

    def __init__(self, recorded: Passes) -> None:
        self.numbers: list[Any] = [step.result for step in recorded.forward]
        self.places = {step.node: place for place, step in enumerate(recorded.forward)}
        self.users: list[list[int]] = [[] for _ in recorded.forward]
        self.operations: list[tuple[str, tuple[int, ...]]] = []
        for place, step in enumerate(recorded.forward):
            args = [self._place(arg) for arg in step.args]
            self.operations.append((step.operation, tuple(args)))
            for arg in {*step.args}.intersection(self.places):
                self.users[self.places[str(arg)]].append(place)

    def along(self, node: str) -> tuple[Callable[[Any], Any], int]:
        """Return the result as a function of one node's number, and how many operations a call takes.

        An operation of n arguments counts as the n − 1 operations of two that it stands for.
        The function takes what operations take: a float, or a Value to differentiate by.
        """
        start, root = self.places[node], len(self.places) - 1
        later = self._later(start)
        steps = [(place, TABLE[name], args) for place in later for name, args in (self.operations[place],)]

        def result(x: Any) -> Any:
            numbers = self.numbers.copy()
            numbers[start] = x
            if type(x) is float:  # then all are, and an operation need not ask
                for place, primitive, args in steps:
                    numbers[place] = primitive.impl(scalar, *[numbers[arg] for arg in args])
            else:
                for place, primitive, args in steps:
                    numbers[place] = primitive(*[numbers[arg] for arg in args])
            return numbers[root]

        return result, sum(max(1, len(args) - 1) for _, _, args in steps)

    def _place(self, arg: str | float) -> int:
        if isinstance(arg, str):
            return self.places[arg]
        self.numbers.append(arg)  # constants stand behind the nodes
        return len(self.numbers) - 1

    def _later(self, start: int) -> list[int]:
        """Return the places of all nodes that depend on one, in the order in which they are computed."""
        found = {start}
        waiting = [start]
        while waiting:
            fresh = {*self.users[waiting.pop()]} - found
            found |= fresh
            waiting += fresh
        return sorted(found - {start})
