"""A screen as a picture: how a graph or a network looks with these texts and states on it."""

from __future__ import annotations

from viz.graph.paint import Look
from viz.graph.scene import Scene
from viz.network.paint import CORNERS, MOST_NUMBERS, Legend, NetworkLook, circle_names
from viz.network.plan import Plan
from viz.steps.screen import Screen
from viz.steps.words import Words

HIGHLIGHTED = ("computed", "travelling", "updating")


def graph_look(laid_out: Scene, screen: Screen) -> Look:
    """Return how a graph looks with this on its screen."""
    pills: dict[str, tuple[str, ...]] = {}
    classes: dict[str, str] = {}
    backwards: set[str] = set()
    for arrow in laid_out.arrows:
        name = arrow.name
        numbers = [screen.texts.get(f"{name}.{index}", "") for index in range(4)]
        classes[name] = screen.classes(name, "pending")
        if screen.states.get(name) == "travelled":
            backwards.add(name)
            pills[name] = (numbers[1], f"× {numbers[2]}", f"= {numbers[3]}") if numbers[3] else (numbers[1],)
        elif screen.states.get(name) == "known" and numbers[0]:
            pills[name] = (f"× {numbers[0]}",)
    for card in laid_out.cards:
        classes[card.name] = screen.classes(card.name, "pending")
    parts = {part: _part(screen, part) for part in ("data", "grad", "sum")}
    return Look(parts["data"], parts["grad"], parts["sum"], pills, classes, frozenset(backwards))


def _part(screen: Screen, part: str) -> dict[str, str]:
    return {
        place.removesuffix(f".{part}"): text
        for place, text in screen.texts.items()
        if place.endswith(f".{part}")
    }


def network_legend(words: Words, corners: bool = True) -> Legend:
    """Return what is said of a network in a language, with or without its corners."""
    return Legend(
        words("network.positive"),
        words("network.negative"),
        words("network.thicker"),
        words.table["network.neuron"],
        words("network.legend") if corners else "",
    )


def network_look(planned: Plan, screen: Screen, loss: str, legend: Legend) -> NetworkLook:
    """Return how a network looks with this on its screen; `loss` is what its box is called."""
    texts = screen.texts
    plates: dict[str, str] = {}
    weights: dict[str, float] = {}
    ends = [f"output-{row}" for row in range(len(planned.ways))]
    backwards = {name for name in ends if screen.states.get(name) == "travelled"}
    for between in planned.lines:
        for line in between:
            state, mark = screen.states.get(line.name), screen.marks.get(line.name, "")
            weights[line.name] = screen.number(f"{line.name}.0")
            if mark in HIGHLIGHTED:
                plates[line.name] = texts.get(f"{line.name}.2", "")
            elif len(between) <= MOST_NUMBERS:
                plates[line.name] = texts[f"{line.name}.{1 if state == 'travelled' else 0}"]
            if state == "travelled" or mark == "travelling":
                backwards.add(line.name)
    circles = circle_names(planned)
    return NetworkLook(
        weights=weights,
        plates=plates,
        corners={name: {corner: texts.get(f"{name}.{corner}", "") for corner in CORNERS} for name in circles},
        classes={name: screen.classes(name) for name in (*weights, *circles, *ends, "loss")},
        backwards=frozenset(backwards),
        loss=(loss, texts.get("loss.data", ""), texts.get("loss.grad", "")),
        legend=legend,
    )
