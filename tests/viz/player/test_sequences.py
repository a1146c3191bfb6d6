"""Random sequences of steps, edits, openings and resets: the page's numbers are always those of a fresh run.

And hostile names, none of which does anything. GLASSGRAD_SEQUENCES and GLASSGRAD_LABELS ask for more of both.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

import nn
from autograd import Value
from autograd.testing import SMOOTH, chosen_program
from tests.viz.pages import press, text
from viz import passes, player
from viz.record.levels import Levels, levels
from viz.record.passes import Passes
from viz.record.replay import rebuilt
from viz.style import number

Open = Callable[..., Any]
SEQUENCES, LABELS = (
    int(os.environ.get(name, default)) for name, default in (("GLASSGRAD_SEQUENCES", 6), ("GLASSGRAD_LABELS", 200))
)
GRAPHS, MOVES = 20, 12
KEYS = ("ArrowRight", "ArrowLeft", "Home", "End", "Shift+ArrowRight", "Shift+ArrowLeft")


def network(rng: Random, sizes: tuple[int, ...]) -> tuple[Any, Any]:
    model = nn.MLP(2, [*sizes], activation=rng.choice(("tanh", "relu", "sigmoid")), seed=rng.randrange(99))
    answer = model([Value(rng.gauss(0, 1), label=f"x{place}") for place in (1, 2)])
    outputs = answer if isinstance(answer, list) else [answer]
    return model, sum(((y - 1) ** 2 for y in outputs), Value(0.0))


def program(rng: Random, size: int) -> tuple[None, Any]:
    while True:
        leaves = [Value(rng.gauss(0, 1), label=f"x{place}") for place in range(3)]
        value = chosen_program(rng.choice, 3, size, SMOOTH)(*leaves)
        if isinstance(value, Value) and value.args:
            return None, value


def recurrent(rng: Random) -> tuple[Any, Any]:
    model = nn.GRU(1, 2, seed=rng.randrange(99))
    rows, _ = model([[Value(rng.gauss(0, 1), label=f"x{t}")] for t in range(4)])
    return model, rows[-1][0] * rows[-1][1]


MAKE: list[Callable[[Random], tuple[Any, Any]]] = [
    lambda rng: network(rng, (2, 1)),
    lambda rng: network(rng, (12, 12, 2)),
    lambda rng: program(rng, 8),
    lambda rng: program(rng, 90),
    recurrent,
]


SHOWN = """() => ({
    cards: [...document.querySelectorAll("#graph .node:not(.opened)")].map((card) => [card.dataset.node,
        ...["data", "grad"].map((part) => card.querySelector(`.${part}`)?.textContent ?? null)]),
    values: computedOf(run, 0).value.map(String), ids: story.ids, open: [...story.open].filter(inView),
    step: state.index, last: last(), numbers: computedOf(run, 0).gradient.map((x) => String(x ?? 0))})"""


def fresh(recorded: Passes, leaves: dict[str, float]) -> Passes:
    """Return the passes through the same graph from other numbers of its leaves."""
    values = rebuilt(recorded.changed(leaves))
    return passes(values[recorded.root.node])
