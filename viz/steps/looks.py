"""A screen as a picture: how a graph or a network looks with these texts and states on it."""

from __future__ import annotations

from viz.canvas.arrows import paint_way
from viz.canvas.svg import group, text
from viz.graph.paint import Look
from viz.graph.scene import Scene
from viz.network.paint import MOST_NUMBERS, Corners, NetworkLook, paint_network
from viz.network.stage import NAME_GAP, NetworkStage, loss_card, ways_to_loss
from viz.record.model import neuron_name
from viz.steps.screen import Screen

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


def network_picture(stage: NetworkStage, screen: Screen, loss: str, legend: str) -> list[str]:
    """Return a network as shapes with this on its screen."""
    texts = screen.texts
    plates: dict[str, str] = {}
    weights: dict[str, float] = {}
    backwards: set[str] = set()
    for between in stage.plan.lines:
        for line in between:
            state, mark = screen.states.get(line.name), screen.marks.get(line.name, "")
            weights[line.name] = screen.number(f"{line.name}.0")
            if mark in HIGHLIGHTED:
                plates[line.name] = texts.get(f"{line.name}.2", "")
            elif len(between) <= MOST_NUMBERS:
                plates[line.name] = texts[f"{line.name}.{1 if state == 'travelled' else 0}"]
            if state == "travelled" or mark == "travelling":
                backwards.add(line.name)
    circles = [f"input-{index}" for index in range(stage.plan.sizes[0])]
    circles += [
        neuron_name((layer, row)) for layer, size in enumerate(stage.plan.sizes[1:]) for row in range(size)
    ]
    look = NetworkLook(
        weights=weights,
        plates=plates,
        corners={name: _corners(screen, name) for name in circles},
        classes={name: screen.classes(name) for name in (*weights, *circles)},
        backwards=frozenset(backwards),
        legend=legend,
    )
    shapes = paint_network(stage.plan, stage.layers, look)
    for row, way in enumerate(ways_to_loss(stage)):
        name = f"output-{row}"
        classes, back = screen.classes(name), screen.states.get(name) == "travelled"
        parts = paint_way(None, way.curves, (), back, classes == "travelling")
        shapes.append(group(parts, f"arrow {classes}", f"arrow-{name}"))
    for (x, y), name in zip(stage.plan.places[-1], stage.outputs, strict=False):
        shapes.append(text(x + stage.plan.radii[-1] + NAME_GAP, y - NAME_GAP, name, "name"))
    if stage.loss is not None:
        known = {key: texts.get(key, "") for key in ("loss.data", "loss.grad")}
        shapes.append(loss_card(stage.loss, loss, known, screen.classes("loss")))
    return [group(shapes, "told")]


def _corners(screen: Screen, name: str) -> Corners:
    def at(place: str) -> str:
        return screen.texts.get(f"{name}.{place}", "")

    return Corners(at("weighted"), at("output"), at("bias"), at("slope"), at("passed"), at("answer"))
