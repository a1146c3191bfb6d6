"""Random sequences of steps, edits, openings and resets: the page's numbers are always those of a fresh run.

And hostile names, none of which does anything. GLASSGRAD_SEQUENCES and GLASSGRAD_LABELS ask for more of both.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from random import Random
from typing import Any

import nn
from autograd import Value, dot
from autograd.testing import SMOOTH, chosen_program
from tests.viz.pages import press
from viz import passes, player
from viz.record.levels import levels
from viz.record.passes import Passes
from viz.record.replay import rebuilt
from viz.style import NO_GRADIENT, number

Open = Callable[..., Any]
SEQUENCES = int(os.environ.get("GLASSGRAD_SEQUENCES", "5"))
LABELS = int(os.environ.get("GLASSGRAD_LABELS", "200"))
GRAPHS, MOVES = 20, 10
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


SHOWN = """() => {
    const text = (card, part) => card.querySelector(`.${part}`)?.textContent ?? null;
    const told = (card) => [card.dataset.node, scalarOf(story, card.dataset.node),
        text(card, "data"), text(card, "grad")];
    return { cards: [...document.querySelectorAll("#graph .node:has(.key)")].map(told),
        values: computedOf(run, 0).value.map(String), ids: story.ids }; }"""
PARTS = "[...document.querySelectorAll('#graph [aria-expanded]')].map(({ id }) => id)"
PRESS = """([id, keys]) => {
    const key = keys.replace("Shift+", ""), pressed = { key, shiftKey: key !== keys, bubbles: true };
    const target = id ? document.getElementById(id) : document.body;
    target.dispatchEvent(new KeyboardEvent("keydown", pressed)); }"""
FIELDS = "() => state.fields.map(({ label, get }) => [label.querySelector('input').ariaLabel, get()])"
TYPE = """([place, typed]) => {
    const input = state.fields[place].label.querySelector("input");
    input.value = typed;
    input.dispatchEvent(new Event("input"));
    input.dispatchEvent(new Event("change")); }"""


class Played:
    """A page, and what its numbers must be: those of a fresh run from the leaves as they are."""

    def __init__(self, rng: Random, make: Callable[[Random], tuple[Any, Any]], open_page: Open) -> None:
        self.rng = rng
        model, value = make(rng)
        self.recorded = passes(value, model=model)
        self.levels = levels(self.recorded, model)
        self.page = open_page(player(value, model=model))
        self.now: dict[str, float] = {}
        self.past: list[dict[str, float]] = []
        self.changing = ""

    def move(self) -> None:
        """Do something that a reader may do."""
        kind = self.rng.choice(("step", "step", "edit", "edit", "open", "open", "undo", "reset"))
        if kind == "step":
            self.page.evaluate(PRESS, ["", self.rng.choice(KEYS)])
        elif kind == "open" and (parts := self.page.evaluate(PARTS)):
            self.page.evaluate(PRESS, [self.rng.choice(parts), "Enter"])
        elif kind == "edit":
            self._edit(self.page.evaluate(FIELDS))
        elif kind == "undo":
            self.page.evaluate("document.getElementById('undo').click()")
            self.now = self.past.pop() if self.past else self.now
            self.changing = ""
        elif kind == "reset":
            self.page.evaluate("document.getElementById('reset').click()")
            self.past.append(dict(self.now))
            self.now, self.changing = {}, ""

    def _edit(self, fields: list[tuple[str, float]]) -> None:
        place = self.rng.randrange(1, len(fields)) if len(fields) > 1 else 0
        node = self.page.evaluate("(name) => story.ids[story.names.indexOf(name)]", fields[place][0])
        x = round(self.rng.gauss(0, 2), self.rng.randint(0, 5))
        if not place or fields[place][1] == x:
            return
        self.page.evaluate(TYPE, [place, repr(x)])
        if self.changing != node:
            self.past.append(dict(self.now))
        self.now[node], self.changing = x, node

    def check(self, whole: bool) -> None:
        """Hold every number on the page to a fresh run; gradients where the passes are `whole`."""
        told = self.levels.ordered(fresh(self.recorded, self.now))
        values = {step.node: step.result for step in told.forward}
        gradients, lengths = told.gradients, self.levels.lengths(told)["N"]
        shown = self.page.evaluate(SHOWN)
        largest = max((abs(x) for x in (*values.values(), *gradients.values()) if isfinite(x)), default=1.0)
        for node, text in zip(shown["ids"], shown["values"], strict=True):
            assert near(float(text.replace("Infinity", "inf")), values[node], 1e-12 * largest), node
        for name, node, data, grad in shown["cards"]:
            if data not in (None, NO_GRADIENT):
                assert alike(data, values[node], largest), (name, data)
            if whole:
                assert alike(grad, gradients[node] if node in gradients else lengths[name], largest), name


def fresh(recorded: Passes, leaves: dict[str, float]) -> Passes:
    """Return the passes through the same graph from other numbers of its leaves."""
    forward = (replace(step, result=leaves.get(step.node, step.result)) for step in recorded.forward)
    values = rebuilt(Passes(tuple(forward), recorded.backward))
    return passes(values[recorded.root.node])


def near(x: float, y: float, room: float) -> bool:
    return abs(x - y) <= room if isfinite(x) and isfinite(y) else repr(x) == repr(y)


def alike(text: str, x: float, largest: float) -> bool:
    """Whether a text says a number; where rounding is about to turn, the last digit may differ."""
    if text == number(x):
        return True
    said = float(text.replace("−", "-").replace("∞", "inf"))
    return near(said, x, 2e-5 * abs(x) + 1e-12 * largest)


def test_random_sequences_always_show_a_fresh_run(open_page: Open) -> None:
    for graph in range(min(GRAPHS, SEQUENCES)):
        rng = Random(graph)
        played = Played(rng, MAKE[graph % len(MAKE)], open_page)
        for _ in range(graph, SEQUENCES, GRAPHS):
            for _ in range(MOVES):
                played.move()
                played.check(whole=False)
            played.page.evaluate(PRESS, ["", "End"])
            played.check(whole=True)
        played.page.context.close()


PIECES = (
    *(
        "<script>pwned()</script>",
        "</script>",
        "<img src=x onerror=pwned()>",
        '" onfocus="pwned()" autofocus="',
    ),
    *("'-pwned()-'", "<!--", "]]>", "&lt;b&gt;", "javascript:pwned()", "${pwned()}", "{{7*7}}", "\\u003c"),
    *("</title></style></svg></text>", "<svg onload=pwned()>", "</text><a href=javascript:pwned()>", "参数"),
    *("\n", "\u2028", "\u202e", "\u0000", "\ue000v1:\ue001", "\ue002v1\ue003", "--in-", "given-n1-in-"),
)


def test_no_hostile_name_does_anything(open_page: Open) -> None:
    rng, batch = Random(0), 50
    for start in range(0, LABELS, batch):
        labels = ["".join(rng.choices(PIECES, k=rng.randint(1, 4))) + str(start + i) for i in range(batch)]
        page = open_page(dot([Value(0.5, label=label) for label in labels], [1.0] * batch))
        page.evaluate("() => { window.pwned = () => { window.executed = true; }; }")
        press(page, "End", "ArrowLeft")
        page.evaluate(
            "document.querySelectorAll('#graph .node, input').forEach((one) => { one.focus(); one.blur(); })"
        )
        press(page, "Home")
        assert page.evaluate("window.executed") is None
        assert page.evaluate("document.querySelectorAll('#player :is(img, a, script, b b)').length") == 0
        page.context.close()
