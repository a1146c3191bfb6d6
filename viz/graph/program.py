"""A compiled program as a drawing: one box for each array, in place of the scalars that it holds."""

from __future__ import annotations

from itertools import count
from typing import Protocol

from viz.graph.draw import drawn
from viz.graph.drawing import Drawing
from viz.graph.scene import counted
from viz.graph.views import overview
from viz.record.folding import Folded, Group, Link
from viz.style import DIGITS


class Planned(Protocol):
    """An array of a program: its name, what makes it, its size, and what goes into it."""

    @property
    def name(self) -> str: ...
    @property
    def made_by(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sources(self) -> dict[str, int]: ...


class Compiled(Protocol):
    """What `autograd.compile` returns, once it has been called."""

    @property
    def plan(self) -> tuple[Planned, ...]: ...


def draw_program(step: Compiled, *, direction: str = "LR") -> Drawing:
    """Draw the arrays that the latest call of a compiled function computes.

    A stack of cards is an array: its name in `step.source`, and how many scalars of an example it holds. The
    number on an arrow says how many scalars are read along it. `direction` is "LR" or "TB".

    Raises ValueError if the function has not been called yet.
    """
    plan = step.plan
    names = {planned.name: f"g{place}" for place, planned in enumerate(plan, start=1)}
    ids = count(1)
    groups = tuple(
        Group(
            name=names[planned.name],
            title=planned.name,
            members=tuple(f"n{next(ids)}" for _ in range(planned.size)),
            operations={planned.made_by: planned.size},
            parameters=0,
            inner=0,
            data=None,
            grad=None,
            norm=None,
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
        "computed for the whole batch at once."
    )
    if counted(folded):
        note += " The number on an arrow counts the scalars read along it."
    return drawn(overview(folded, note, direction, DIGITS))
