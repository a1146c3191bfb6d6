"""One training step of a network, frame by frame: signals forward, errors back, weights moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from viz.network.captions import Words, shown
from viz.network.scene import Known, Lit, Scene, picture, scene
from viz.record.model import Place, line_name, neuron_name
from viz.stills.storyboard import Frame, Moment, tell


def network_frames(
    model: Any,
    x: Sequence[float],
    target: Sequence[float],
    learning_rate: float = 0.1,
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
) -> tuple[Frame, ...]:
    """Draw one step of training on one example: what each neuron gets, gives, answers for, and learns.

    First a frame for each neuron, which lights the signals that reach it and the signal y it makes; then
    the errors δ = target − y at the outputs; then a frame for each hidden neuron, which lights the lines
    over which its error comes back; then one for each neuron's new weights, w′ = w + η·δ·f′(e)·x with the
    `learning_rate` η. δ is −∂L/∂y for the loss L = ½ Σ (target − y)², and every number is the engine's, from
    a graph that the model records; the model itself is left as it is.

    `x` has one number for each input, `target` one for each output; the other arguments, and what a model
    must have, are those of `draw_network`. Raises as that does, ValueError for more than 32 neurons or 10 in
    a layer, for weights that several lines share and for a model that is more than its layers one after the
    other, and TypeError for a neuron whose call does not use its `activation`.
    """
    told = scene(model, x, target, learning_rate, inputs, outputs)
    return tell(list(_moments(told)), told.plan.width, told.plan.height)


def _moments(told: Scene) -> Iterator[Moment]:
    known, captions = Known(), told.captions
    counts = {place: f"neuron {n} of {len(told.neurons)}" for n, place in enumerate(told.neurons, start=1)}
    for place in told.neurons:
        known = known.more(_forward(told, place), signals=[place])
        yield _moment("forward", counts[place], captions.forward(*place), picture(told, known))
    last = len(told.rows) - 1
    known = known.more(_seed(told), errors=[place for place in told.neurons if place[0] == last])
    yield _moment("backward", "the error", captions.seed(told.target), picture(told, known))
    for layer in reversed(range(last)):
        for row in range(len(told.rows[layer])):
            known = known.more(_backward(told, layer, row), errors=[(layer, row)])
            yield _moment("backward", counts[layer, row], captions.backward(layer, row), picture(told, known))
    for place in told.neurons:
        known = known.more(_update(told, place), updates=[place])
        moved = [told.moved[name] for name in told.lines_into(place)]
        words = captions.update(*place, told.rate, moved, told.moved_biases.get(place))
        yield _moment("update", counts[place], words, picture(told, known))


def _moment(phase: str, count: str, words: Words, shapes: list[str]) -> Moment:
    return Moment(phase, phase.capitalize(), count, words.headline, words.detail, words.sentence, shapes)


def _forward(told: Scene, place: Place) -> Lit:
    here, names = told.at(place), told.lines_into(place)
    products = [f"{shown(w)} × {shown(x)}" for w, x in zip(here.weights, here.inputs, strict=True)]
    return Lit(
        classes=dict.fromkeys((*names, neuron_name(place)), "computed"),
        plates=dict(zip(names, products, strict=True)),
    )


def _seed(told: Scene) -> Lit:
    last = len(told.rows) - 1
    ways = [f"output-{row}" for row in range(len(told.target))]
    outputs = [neuron_name((last, row)) for row in range(len(told.target))]
    return Lit(
        classes=dict.fromkeys(ways, "travelling") | dict.fromkeys(outputs, "receiving"),
        backwards=frozenset(ways),
    )


def _backward(told: Scene, layer: int, row: int) -> Lit:
    after = [(layer + 1, other) for other in range(len(told.rows[layer + 1]))]
    names = [line_name(other, row) for other in after]
    products = [f"{shown(told.at(other).weights[row])} × {shown(told.at(other).passed)}" for other in after]
    return Lit(
        classes=dict.fromkeys(names, "travelling")
        | dict.fromkeys(map(neuron_name, after), "giving")
        | {neuron_name((layer, row)): "receiving"},
        plates=dict(zip(names, products, strict=True)),
        backwards=frozenset(names),
    )


def _update(told: Scene, place: Place) -> Lit:
    names = told.lines_into(place)
    steps = [
        f"{shown(weight)} → {shown(told.moved[name])}"
        for name, weight in zip(names, told.at(place).weights, strict=True)
    ]
    return Lit(
        classes=dict.fromkeys((*names, neuron_name(place)), "updating"),
        plates=dict(zip(names, steps, strict=True)),
    )
