"""A run of passes through one graph: what its leaves are worth in each epoch, and by which rule they move."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, nan, ulp
from typing import Any

from viz.player.program import leaf_numbers
from viz.record.passes import Passes

SAME_RATE = 1e-6
"""How closely the steps of an update must agree, beside rounding, to be of one learning rate."""

Move = tuple[float, float, float]
"""A step of a leaf: its number before and after, and the gradient before."""

FIRST_RATE = 0.1
"""The learning rate with which the page trains a graph that was recorded once."""


@dataclass(frozen=True, slots=True)
class Run:
    """The passes of each epoch, and the leaves that move between them, by id.

    `moves` says of each whether it moves against its gradient, `rate` times as far; `rate` is None where no
    leaf does.
    """

    epochs: Sequence[Passes]
    moves: dict[str, bool]
    rate: float | None

    def json(self) -> dict[str, Any]:
        """Return what the page's script reads."""
        leaves = [step.node for step in self.epochs[0].forward if not step.operation]
        learning = [place for place, node in enumerate(leaves) if self.moves.get(node)]
        return {
            "leaves": [leaf_numbers(recorded) for recorded in self.epochs],
            "learning": learning,
            "rate": self.rate,
        }


def run_of(epochs: Sequence[Passes], parameters: Collection[str] = ()) -> Run:
    """Return a run of passes. Of one pair of passes the `parameters` learn, without any all labelled leaves.

    Of several, what moves by the common rate of the `parameters`, or of all leaves, learns, and a parameter
    whose gradients are too small to move it. Raises ValueError if there is no epoch, or if one of them passes
    through another graph.
    """
    if not epochs:
        raise ValueError("a training run needs the passes of at least 1 epoch, got none")
    for place, recorded in enumerate(epochs, start=1):
        if _shape(recorded) != _shape(epochs[0]):
            raise ValueError(
                f"a training run passes through the same graph in every epoch, and that of epoch {place} "
                f"differs from the first: {len(recorded.forward)} and {len(epochs[0].forward)} nodes, "
                "with the same names, operations and constants"
            )
    leaves = [step for step in epochs[0].forward if not step.operation]
    if len(epochs) == 1:
        learning = parameters or [leaf.node for leaf in leaves if leaf.label]
        return Run(epochs, dict.fromkeys(learning, True), FIRST_RATE if learning else None)
    steps = _steps(epochs)
    moved = {node: changes for node, all_ in steps.items() if (changes := [*filter(_changes, all_)])}
    rate = _common_rate([moved[node] for node in moved if not parameters or node in parameters])
    moves = {node: rate is not None and _follows(changes, rate) for node, changes in moved.items()}
    still = [node for node in parameters if node not in moved]
    moves |= {node: True for node in still if rate is not None and _follows(steps[node], rate)}
    if parameters and not all(moves.get(node, True) for node in parameters):
        rate = None  # an optimiser that the page does not have
    return Run(epochs, moves if rate is not None else dict.fromkeys(moves, False), rate)


def _shape(recorded: Passes) -> str:
    return repr([(step.name, step.operation, step.args) for step in recorded.forward])


def _steps(epochs: Sequence[Passes]) -> dict[str, list[Move]]:
    """Return the steps of each leaf between epochs: from which number to which, and the gradient before."""
    steps: dict[str, list[Move]] = {}
    for before, after in pairwise(epochs):
        gradients = before.gradients
        for old, new in zip(before.forward, after.forward, strict=True):
            if not old.operation:
                steps.setdefault(old.node, []).append((old.result, new.result, gradients[old.node]))
    return steps


def _changes(step: Move) -> bool:
    old, new, _ = step
    return repr(old) != repr(new)


def _rate(steps: Sequence[Move]) -> float:
    """Return how many times as far as its gradient a leaf moved, where rounding hides least; nan if not."""
    finite = [step for step in steps if all(map(isfinite, step))]  # a training that fails ends with others
    old, new, gradient = max(
        finite, key=lambda step: abs(step[1] - step[0]) / ulp(step[0]), default=(nan, nan, nan)
    )
    return (old - new) / gradient if gradient else nan


def _common_rate(moved: Sequence[Sequence[Move]]) -> float | None:
    """Return the rate that what moved has in common, None without one.

    A single move of data follows some rate by chance: where not all share one, two moves are to confirm it.
    """
    known = [(rate, steps) for steps in moved if _follows(steps, rate := _rate(steps))]
    if not known:
        return None
    each = sorted(rate for rate, steps in known for _ in steps)
    rate = float(f"{each[len(each) // 2]:.9g}")
    confirming = [steps for _, steps in known if _follows(steps, rate)]
    return rate if len(confirming) == len(known) or sum(map(len, confirming)) > 1 else None


def _follows(steps: Sequence[Move], rate: float) -> bool:
    """Whether a leaf always moved against its gradient, `rate` times as far, but for rounding."""

    def agrees(old: float, new: float, gradient: float) -> bool:
        by_rule, rounding = old - rate * gradient, 2 * ulp(max(abs(old), abs(new)))
        near = abs(new - by_rule) <= SAME_RATE * abs(rate * gradient) + rounding < inf
        return near or repr(new) == repr(by_rule)

    return 0 < rate < inf and all(agrees(*step) for step in steps)
