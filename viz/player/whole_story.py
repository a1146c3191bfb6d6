"""A graph as the player's page holds it: every node a card, every use an arrow."""

from __future__ import annotations

from collections.abc import Sequence

from viz.canvas.svg import framed
from viz.graph.paint import paint
from viz.player.stage import last_look, stage
from viz.player.story import Story, described, node_facts
from viz.record.passes import Passes
from viz.steps.timeline import timeline


def whole_story(run: Sequence[Passes]) -> Story:
    """Tell a run of passes through one graph, node by node."""
    steps = timeline(run)
    laid_out, shapes = stage(run)
    root = run[0].root.name
    return Story(
        root=root,
        note="",
        epochs=len(run),
        steps=steps,
        nodes={step.node: described(step) for step in run[0].forward},
        arrows={arrow.name: [arrow.step.target, arrow.step.source] for arrow in laid_out.arrows},
        facts=[node_facts(recorded, epoch, steps) for epoch, recorded in enumerate(run)],
        width=laid_out.width,
        height=laid_out.height,
        shapes=shapes,
        still=lambda: framed(
            laid_out.width,
            laid_out.height,
            f"The graph of {root} after both passes",
            paint(laid_out, last_look(run[-1]), {}),
        ),
    )
