"""A compiled program as a drawing: one box for each array, in place of the scalars that it holds."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from viz.graph.draw import drawn
from viz.graph.drawing import Drawing
from viz.graph.scene import readable
from viz.graph.views import overview
from viz.record.folding import Folded, Group, Link
from viz.style import DIGITS

if TYPE_CHECKING:
    from autograd.compiler.compiled import Compiled
    from autograd.compiler.plan import Planned

FEW = 4
"""An array that is made in more parts shows the formulas of the first."""


def draw_program(step: Compiled, *, direction: str | None = None) -> Drawing:
    """Draw the arrays that the latest call of a compiled function computes.

    A stack of cards is an array: its name and its expression in `step.source`, and its shape, in which n is
    the number of examples; one is marked as the loss. The number on an arrow says how many scalars are read
    along it. `direction` is that of `draw`.

    Raises ValueError if the function has not been called yet.
    """
    plan = step.plan
    names = {planned.name: f"g{place}" for place, planned in enumerate(plan, start=1)}
    ids = count(1)
    groups = tuple(
        Group(
            name=names[planned.name],
            title=f"{planned.name}: the {planned.result}" if planned.result else planned.name,
            members=tuple(f"n{next(ids)}" for _ in range(planned.size)),
            operations={planned.made_by: planned.size},
            facts=_facts(planned),
        )
        for planned in plan
    )
    links = tuple(
        Link(names[source], names[planned.name], read)
        for planned in plan
        for source, read in planned.sources.items()
    )
    folded = Folded(groups, links, gradients=False)
    note = (
        f"{folded.nodes:,} scalars of an example in {len(groups)} arrays. A stack of cards is one array, "
        "computed for the whole batch of n examples at once."
    )
    if readable(folded):
        note += " The number on an arrow counts the scalars read along it."
    return drawn(overview(folded, note, DIGITS), direction)


def _facts(planned: Planned) -> tuple[str, ...]:
    """Return how an array is computed and its shape: few of many parts, and "given" for what comes in."""
    shape = " × ".join("n" if length is None else f"{length:,}" for length in planned.shape)
    shown = planned.formulas if len(planned.formulas) <= FEW else (*planned.formulas[: FEW - 1], "…")
    made = [f"= {formula}" for formula in shown] if planned.made_by else ["given"]
    return *made, f"shape {shape}"
