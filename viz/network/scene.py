"""A network with what passes through it for one example, and the picture of it at any moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from viz.canvas.svg import group
from viz.network.captions import NetworkCaptions, shown
from viz.network.paint import MOST_NUMBERS, Corners, NetworkLook, paint_network
from viz.network.plan import NUMBER_SIZE, Plan, plan
from viz.network.signals import Signals, signals
from viz.record.model import (
    MOST_NEURONS,
    WIDEST_LAYER,
    Layers,
    Place,
    activation_name,
    layers_of,
    line_name,
    names_of,
    neuron_name,
    sizes_of,
)
from viz.style import NO_GRADIENT
from viz.text import width

LEGEND = "e: weighted sum;  y = f(e): signal;  f′: slope of f at e;  b: bias;  δ: error"
WIDEST_NUMBERS = "−0.1234 × −0.1234"


@dataclass(frozen=True, slots=True)
class Scene:
    """A network, what passes through it, and where it is drawn.

    `moved` and `moved_biases` hold what each weight, by its line, and each bias becomes.
    """

    layers: Layers
    rows: list[list[Signals]]
    plan: Plan
    captions: NetworkCaptions
    target: Sequence[float]
    rate: float
    neurons: list[Place]
    moved: Mapping[str, float]
    moved_biases: Mapping[Place, float]

    def at(self, place: Place) -> Signals:
        """Return what passes one neuron."""
        return self.rows[place[0]][place[1]]

    def lines_into(self, place: Place) -> list[str]:
        """Return the names of the lines that end at a neuron."""
        return [line_name(place, index) for index in range(len(self.at(place).weights))]


@dataclass(frozen=True, slots=True)
class Lit:
    """What a moment is about: classes by name, texts on lines, and which of them point backwards."""

    classes: Mapping[str, str] = field(default_factory=dict)
    plates: Mapping[str, str] = field(default_factory=dict)
    backwards: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """Which neurons have their signal, their error and their new weights by now, and what is lit."""

    signals: frozenset[Place] = frozenset()
    errors: frozenset[Place] = frozenset()
    updates: frozenset[Place] = frozenset()
    lit: Lit = Lit()

    def more(
        self,
        lit: Lit,
        signals: Iterable[Place] = (),
        errors: Iterable[Place] = (),
        updates: Iterable[Place] = (),
    ) -> Known:
        """Return what is known once these neurons have more, with something else lit."""
        return Known(self.signals.union(signals), self.errors.union(errors), self.updates.union(updates), lit)


def scene(
    model: Any,
    x: Sequence[float],
    target: Sequence[float],
    rate: float,
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> Scene:
    """Run a network on one example, and lay it out. Raises as `network_frames` does."""
    layers = layers_of(model)
    sizes = sizes_of(layers)
    if sum(sizes[1:]) > MOST_NEURONS or max(sizes) > WIDEST_LAYER:
        raise ValueError(
            f"signals are shown in at most {MOST_NEURONS} neurons, {WIDEST_LAYER} in a layer, "
            f"got a {'-'.join(map(str, sizes))} network"
        )
    names = names_of("inputs", inputs, sizes[0])
    rows = signals(model, layers, x, target)
    ends = [f"target {shown(wanted)}" for wanted in target]
    if outputs:
        ends = [
            f"{name}, {end}" for name, end in zip(names_of("outputs", outputs, len(ends)), ends, strict=True)
        ]
    room = width(WIDEST_NUMBERS, NUMBER_SIZE) + 6
    neurons = [(layer, row) for layer, size in enumerate(sizes[1:]) for row in range(size)]
    here = {place: rows[place[0]][place[1]] for place in neurons}
    return Scene(
        layers=layers,
        rows=rows,
        plan=plan(sizes, names, ends, [room] * len(layers), told=True),
        captions=NetworkCaptions(
            rows, [[activation_name(neuron) for neuron in layer] for layer in layers], names
        ),
        target=target,
        rate=rate,
        neurons=neurons,
        moved={
            line_name(place, index): weight - rate * gradient
            for place in neurons
            for index, (weight, gradient) in enumerate(
                zip(here[place].weights, here[place].gradients, strict=True)
            )
        },
        moved_biases={
            place: bias - rate * here[place].bias_gradient
            for place in neurons
            if (bias := here[place].bias) is not None
        },
    )


def picture(told: Scene, known: Known) -> list[str]:
    """Return the drawing of the moment when this much is known."""
    weights = {
        name: told.moved[name] if place in known.updates else weight
        for place in told.neurons
        for name, weight in zip(told.lines_into(place), told.at(place).weights, strict=True)
    }
    written = {
        each.name: shown(weights[each.name])
        for between in told.plan.lines
        if len(between) <= MOST_NUMBERS
        for each in between
    }
    waiting = {neuron_name(place): "pending" for place in told.neurons if place not in known.signals}
    inputs = {
        f"input-{index}": Corners(over_output=shown(x)) for index, x in enumerate(told.rows[0][0].inputs)
    }
    look = NetworkLook(
        weights=weights,
        plates=written | dict(known.lit.plates),
        corners=inputs | {neuron_name(place): _corners(told, known, place) for place in told.neurons},
        classes=waiting | dict(known.lit.classes),
        backwards=known.lit.backwards,
        legend=LEGEND,
    )
    return [group(paint_network(told.plan, told.layers, look), "told")]


def everything(told: Scene) -> Known:
    """Return what is known once the errors have come back, and before any weight has moved."""
    return Known(frozenset(told.neurons), frozenset(told.neurons))


def _corners(told: Scene, known: Known, place: Place) -> Corners:
    here, mark = told.at(place), told.captions.names.mark(*place)
    bias = told.moved_biases.get(place) if place in known.updates else here.bias
    computed, answered = place in known.signals, place in known.errors
    return Corners(
        over_sum=f"e{mark} {shown(here.total) if computed else NO_GRADIENT}",
        over_output=f"y{mark} {shown(here.output) if computed else NO_GRADIENT}",
        bias="" if bias is None else f"b{mark} {shown(bias)}",
        slope=f"f{mark}′ {shown(here.slope)}" if computed and not here.linear else "",
        under_sum=f"δ{mark}f{mark}′ {shown(here.passed)}" if answered and not here.linear else "",
        under_output=f"δ{mark} {shown(here.delta)}" if answered else "",
    )
