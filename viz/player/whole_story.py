"""A graph as the player's page holds it: every node a card, every use an arrow."""

from __future__ import annotations

from viz.canvas.svg import framed
from viz.graph.paint import paint
from viz.player.program import page_program
from viz.player.run import Run
from viz.player.stage import stage
from viz.player.story import Story, described
from viz.steps.captions import Captions
from viz.steps.expression import expression_of
from viz.steps.looks import graph_look
from viz.steps.screen import last_screen, recorded_numbers
from viz.steps.timeline import timeline
from viz.steps.words import Words


def whole_story(run: Run, words: Words) -> Story:
    """Tell a run of passes through one graph, node by node."""
    first, last = run.epochs[0], run.epochs[-1]
    captions = Captions(first, words)
    steps = timeline(first, captions, run.moves)
    laid_out, shapes = stage(first)
    before = [step for step in steps if step.phase != "update"]
    return Story(
        words=words,
        root=first.root.name,
        expression=expression_of(first),
        note="",
        steps=steps,
        nodes={step.node: described(step, captions) for step in first.forward},
        arrows={arrow.name: [arrow.step.target, arrow.step.source] for arrow in laid_out.arrows},
        width=laid_out.width,
        height=laid_out.height,
        shapes=shapes,
        still=lambda: framed(
            laid_out.width,
            laid_out.height,
            words("graph.title", root=first.root.name),
            paint(laid_out, graph_look(laid_out, last_screen(before, recorded_numbers(last))), {}),
        ),
        program=page_program(first),
        run=run,
    )
