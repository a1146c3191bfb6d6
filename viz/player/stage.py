"""The graph as the player's page holds it: laid out once, with everything it will show at any step.

Each arrow has two heads and two pills, onward with its local derivative and back with the product; the page
shows one of them, and writes the texts of the step into both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from viz.canvas.arrows import two_ways
from viz.canvas.geometry import Way
from viz.graph.cards import LABELLED, Scene, product, scene, total
from viz.graph.paint import Look, paint
from viz.record.passes import Passes
from viz.style import number


def stage(run: Sequence[Passes]) -> tuple[Scene, list[str]]:
    """Lay out the graph of a run, and return it with its shapes: each box and each arrow a group with an id.

    There is room for the numbers of every epoch. Beyond 300 nodes arrows carry no numbers, and the layout is
    the built-in one: an engine may take minutes over a chain that uses one value along its whole length.
    """
    roomiest = _roomiest(run)
    small = len(roomiest.forward) <= LABELLED
    laid_out = scene(roomiest, arithmetic=True, pills=small, built_in=not small)
    drawn: list[str] = []
    for arrow in laid_out.arrows:
        onward = (f"× {number(arrow.step.local)}",)
        drawn.append(two_ways(arrow.name, Way(arrow.pill, arrow.curves), onward, product(arrow.step)))
    return laid_out, [*drawn, *paint(replace(laid_out, arrows=()), last_look(roomiest), {})]


def last_look(recorded: Passes) -> Look:
    """Return how the graph looks when both passes are over."""
    names = [f"{share.source}-{share.position}" for share in recorded.backward]
    return Look(
        data={step.node: number(step.result) for step in recorded.forward},
        grad={node: number(gradient) for node, gradient in recorded.gradients.items()},
        sums={share.target: total(share) for share in recorded.backward},
        pills={name: product(share) for name, share in zip(names, recorded.backward, strict=True)},
        classes={step.node: "leaf" for step in recorded.forward if not step.operation}
        | {recorded.root.node: "root"}
        | dict.fromkeys(names, "travelled"),
        backwards=frozenset(names),
    )


def _roomiest(run: Sequence[Passes]) -> Passes:
    """Return passes that never happened: of each number, that which takes most room in any epoch."""
    first = run[0]
    if len(run) == 1:
        return first
    forward = [
        replace(steps[0], result=_longest([step.result for step in steps]))
        for steps in zip(*(recorded.forward for recorded in run), strict=True)
    ]
    backward = [
        replace(
            shares[0],
            upstream=_longest([share.upstream for share in shares]),
            local=_longest([share.local for share in shares]),
            contribution=_longest([share.contribution for share in shares]),
            before=None if shares[0].before is None else _longest([share.before or 0.0 for share in shares]),
            after=_longest([share.after for share in shares]),
        )
        for shares in zip(*(recorded.backward for recorded in run), strict=True)
    ]
    return Passes(tuple(forward), tuple(backward))


def _longest(numbers: Sequence[float]) -> float:
    return max(numbers, key=lambda x: len(number(x)))
