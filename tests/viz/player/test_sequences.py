"""Random sequences of steps, edits, openings and resets: the page's numbers are always those of a fresh run.

And hostile names, none of which does anything. GLASSGRAD_SEQUENCES and GLASSGRAD_LABELS ask for more of both.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from math import hypot, isfinite
from random import Random
from typing import Any

import nn
from autograd import Value, dot
from autograd.testing import SMOOTH, chosen_program
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


PLAY = """(moves) => {
    const press = (target, keys) => {
        const key = keys.replace("Shift+", ""), pressed = { key, shiftKey: key !== keys, bubbles: true };
        target.dispatchEvent(new KeyboardEvent("keydown", pressed)); };
    const type = (field, typed) => {
        const input = field.label.querySelector("input");
        input.value = typed;
        input.dispatchEvent(new Event("input"));
        input.dispatchEvent(new Event("change"));
        return story.ids[story.names.indexOf(input.ariaLabel)]; };
    const text = (card, part) => card.querySelector(`.${part}`)?.textContent ?? null;
    const told = (card) => [card.dataset.node, scalarOf(story, card.dataset.node),
        text(card, "data"), text(card, "grad")];
    return moves.map(([kind, draw, typed]) => {
        const chosen = (list) => list[Math.floor(draw * list.length)];
        const [, ...leaves] = state.fields, parts = document.querySelectorAll("#graph [aria-expanded]");
        let node = null;
        if (kind === "edit" && leaves.length) node = type(chosen(leaves), typed);
        else if (kind === "open" && parts.length) press(chosen(parts), "Enter");
        else if (kind === "undo" || kind === "reset") document.getElementById(kind).click();
        else if (kind === "step") press(document.body, typed);
        return { kind, node, cards: [...document.querySelectorAll("#graph .node:has(.key)")].map(told),
            values: computedOf(run, 0).value.map((x, place) => [story.ids[place], String(x)]) }; }); }"""
KINDS = ("step", "step", "edit", "edit", "open", "open", "undo", "reset")


class Played:
    """A page, and what its numbers must be: those of a fresh run from the leaves as they are."""

    def __init__(self, rng: Random, make: Callable[[Random], tuple[Any, Any]], open_page: Open) -> None:
        self.rng = rng
        model, value = make(rng)
        self.recorded = passes(value, model=model)
        self.levels = levels(self.recorded, model)
        self.page = open_page(player(value, model=model))
        self.reached = self.recorded.gradients.keys()
        self.now: dict[str, float] = {}
        self.past: list[dict[str, float]] = []
        self.changing = ""
        self.known: dict[str, Value] = {}

    def play(self) -> None:
        """Do what a reader may do, go to the end, and hold every number at each move to a fresh run."""
        moves = [self._move() for _ in range(MOVES)] + [("step", 0.0, "End")]
        *shown, ended = zip(moves, self.page.evaluate(PLAY, moves), strict=True)
        for move, after in shown:
            self._follow(after["kind"], after["node"], move[2])
            self.check(after, whole=False)
        self.check(ended[1], whole=True)

    def _move(self) -> tuple[str, float, str]:
        kind = self.rng.choice(KINDS)
        typed = repr(round(self.rng.gauss(0, 2), self.rng.randint(0, 5)))
        return kind, self.rng.random(), self.rng.choice(KEYS) if kind == "step" else typed

    def _follow(self, kind: str, node: str | None, typed: str) -> None:
        """Keep what the leaves must be after a move."""
        if node is not None:
            values = self.now | {node: float(typed)}
            was = self.now.get(node, next(s.result for s in self.recorded.forward if s.node == node))
            if repr(was) == repr(float(typed)):
                return
            if self.changing != node:
                self.past.append(self.now)
            self.now, self.changing, self.known = values, node, {}
        elif kind == "undo":
            self.now, self.changing = self.past.pop() if self.past else self.now, ""
            self.known = {}
        elif kind == "reset":
            self.past.append(self.now)
            self.now, self.changing, self.known = {}, "", {}

    def check(self, shown: dict[str, Any], whole: bool) -> None:
        """Hold every number on the page to a fresh run; gradients where the passes are `whole`."""
        self.known = self.known or fresh(self.recorded, self.now)
        values = {node: value.data for node, value in self.known.items()}
        gradients = {node: value.grad for node, value in self.known.items()}
        largest = max((abs(x) for x in (*values.values(), *gradients.values()) if isfinite(x)), default=1.0)
        for node, text in shown["values"]:
            assert near(float(text.replace("Infinity", "inf")), values[node], 1e-12 * largest), node
        for name, node, data, grad in shown["cards"]:
            if data not in (None, NO_GRADIENT):
                assert alike(data, values[node], largest), (name, data)
            if whole and (name in self.levels.parts and node == name):
                members = self.levels.parts[name].members
                assert alike(grad, hypot(*(gradients[member] for member in members)), largest), name
            elif whole:
                assert alike(grad, gradients[node], largest) if node in self.reached else grad == NO_GRADIENT


def fresh(recorded: Passes, leaves: dict[str, float]) -> dict[str, Value]:
    """Return the same graph with other numbers of its leaves, after its backward pass."""
    forward = (replace(step, result=leaves.get(step.node, step.result)) for step in recorded.forward)
    values = rebuilt(Passes(tuple(forward), recorded.backward))
    values[recorded.root.node].backward()
    return values


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
            played.play()
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


VISIT = """() => {
    window.pwned = () => { window.executed = true; };
    for (const _ of "123") document.getElementById("open-all").click(); // level by level
    const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key }));
    press("End");
    press("ArrowLeft");
    const nodes = [...document.querySelectorAll("#graph .node")];
    for (const node of nodes) node.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
    for (const node of nodes.slice(0, 9)) node.focus();
    press("Home");
    const own = [...document.querySelectorAll("#player *")].flatMap(({ attributes }) => [...attributes]);
    return own.filter(({ name }) => /^(on|autofocus|src|href)/.test(name)).length
        + document.querySelectorAll("#player :is(img, a, script, b b)").length; }"""


def test_no_hostile_name_does_anything(open_page: Open) -> None:
    rng, batch = Random(0), 200
    for start in range(0, LABELS, batch):
        labels = ["".join(rng.choices(PIECES, k=rng.randint(1, 4))) + str(start + i) for i in range(batch)]
        page = open_page(dot([Value(0.5, label=label) for label in labels], [1.0] * batch))
        assert page.evaluate(VISIT) == 0
        assert page.locator("#graph .node").count() > batch
        assert page.evaluate("window.executed") is None
        page.context.close()
