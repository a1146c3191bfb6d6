"""The graph as the player's page holds it: laid out once, with everything it will show at any step."""

from __future__ import annotations

from dataclasses import replace

from viz.canvas.arrows import two_ways
from viz.canvas.geometry import Way
from viz.graph.cards import LABELLED, WIDEST, Scene, scene
from viz.graph.paint import Look, paint
from viz.record.passes import Passes
from viz.style import NO_GRADIENT

BACK = (WIDEST, f"× {WIDEST}", f"= {WIDEST}")


def stage(recorded: Passes) -> tuple[Scene, list[str]]:
    """Lay out a graph, and return it with its shapes: each box and each arrow a group with an id.

    Each arrow has two heads and two pills, onward with its local derivative and back with the product; the
    page shows one of them, and writes the numbers of the step into both. Beyond 300 nodes arrows carry no
    numbers, and the layout is the built-in one: an engine may take minutes over a chain that uses one value
    along its whole length.
    """
    small = len(recorded.forward) <= LABELLED
    laid_out = scene(recorded, arithmetic=True, pills=small, built_in=not small)
    arrows = [
        two_ways(arrow.name, Way(arrow.pill, arrow.curves), (f"× {WIDEST}",), BACK)
        for arrow in laid_out.arrows
    ]
    blank = Look(
        data={},
        grad={},
        sums={share.target: NO_GRADIENT for share in recorded.backward if share.before is not None},
        classes={step.node: "leaf" for step in recorded.forward if not step.operation}
        | {recorded.root.node: "root"},
    )
    return laid_out, [*arrows, *paint(replace(laid_out, arrows=()), blank, {})]
