"""One training step of a network in single pictures: signals forward, errors back, weights moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value
from autograd import sum as add
from autograd.context import recording
from autograd.primitive import as_number
from viz.canvas.svg import Svg, framed
from viz.network.paint import DIGITS, MOST_NUMBERS, NetworkLook, paint_network
from viz.network.plan import Plan, plan, plan_told
from viz.record.model import MOST_NEURONS, WIDEST_LAYER, layers_of, line_name, names_of, sizes_of
from viz.record.network import network_nodes, told_by_neuron
from viz.record.network_names import NetworkNames
from viz.record.passes import passes
from viz.steps.looks import network_legend, network_look
from viz.steps.network import network_steps
from viz.steps.neuron_words import NeuronWords
from viz.steps.screen import Screen, last_screen, recorded_numbers, screens, told
from viz.steps.slots import Numbers
from viz.steps.step import Step
from viz.steps.words import Words
from viz.stills.storyboard import Frame, Moment, tell
from viz.style import number

MOST_DRAWN = 128

Row = Sequence[float] | float
"""One for each end of a network; a number alone is a row of one."""


def draw_network(
    model: Any,
    x: Row = (),
    target: Row = (),
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    lang: str = "en",
) -> Svg:
    """Draw a network of fully connected layers with its weights; with an example, what passes through it.

    Each neuron is a circle, Σ for its weighted sum beside the curve of its activation, with its bias below.
    A line is as thick as its weight is large, solid for a positive and dashed for a negative one; where
    lines are few, they show their numbers. `inputs` and `outputs` are names for both ends, x1, x2, … by
    default for the inputs.

    `x` and `target`, one number for each input and each output, or a number where there is one, add what
    `network_frames` tells step by step, before the weights move: over a neuron its weighted sum e and its
    signal y, under it the gradients of both, and on each line that of its weight.

    The model holds its layers in `layers` or `parts`, and they their neurons in `neurons`; a neuron has `w`,
    a list of Values, and may have `b`, a Value, and `activation`, a function of a Value. Raises TypeError
    for anything else, and ValueError for more than 128 neurons, or a wrong number of names or numbers.
    """
    if not len(_row(x)) and not len(_row(target)):
        return _weights(model, inputs, outputs, Words(lang))
    run = _run(model, x, target, 0.0, inputs, outputs, lang)
    before = [step for step in run.steps if step.phase != "update"]
    shapes = run.picture(last_screen(before, run.numbers))
    return framed(run.planned.width, run.planned.height, run.words("network.title", root=run.root), shapes)


def network_frames(
    model: Any,
    x: Row,
    target: Row,
    learning_rate: float = 0.1,
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    lang: str = "en",
) -> tuple[Frame, ...]:
    """Draw one step of training on one example: what each neuron gets, gives, answers for, and learns.

    First the inputs and a frame for each neuron, which lights the signals that reach it and the signal y it
    makes; then the loss L = ½ Σ (target − y)², and its gradient at the outputs; then, from the last neuron to
    the first, a frame for each, which lights the lines over which ∂L/∂y comes back to it; then one for each
    neuron's new weights, w − η·∂L/∂w with the `learning_rate` η. The books' error δ = target − y is −∂L/∂y.
    These are stills of the player's own steps; every number is the engine's, and the model is left as it is.

    `x` has one number for each input, `target` one for each output, or is a number where there is one; the
    other arguments, and what a model must have, are those of `draw_network`. Raises as that does, and
    ValueError for more than 32 neurons or 10 in a layer, and for a model that is more than its layers one
    after the other, each weight used once.
    """
    run = _run(model, x, target, learning_rate, inputs, outputs, lang)
    moments = [
        Moment(step, told(step.caption, run.numbers), run.picture(screen))
        for step, screen in zip(run.steps, screens(run.steps, run.numbers), strict=True)
        if not step.within
    ]
    return tell(moments, run.words, run.planned.width, run.planned.height)


def _weights(model: Any, inputs: Sequence[str], outputs: Sequence[str], words: Words) -> Svg:
    """Return a network with its weights alone."""
    layers = layers_of(model)
    sizes = sizes_of(layers)
    if sum(sizes[1:]) > MOST_DRAWN:
        raise ValueError(f"draw_network shows at most {MOST_DRAWN} neurons, got {sum(sizes[1:])}")
    weights: dict[str, float] = {}
    written: dict[str, str] = {}
    for place, layer in enumerate(layers):
        into = {
            line_name((place, row), index): weight.data
            for row, neuron in enumerate(layer)
            for index, weight in enumerate(neuron.w)
        }
        weights |= into
        if len(into) <= MOST_NUMBERS:
            written |= {name: number(weight, DIGITS) for name, weight in into.items()}
    ends = names_of("outputs", outputs, sizes[-1]) if outputs else []
    planned = plan(layers, names_of("inputs", inputs, sizes[0]), ends, written)
    title = words("network.weights", sizes="-".join(map(str, sizes)), count=len(weights))
    look = NetworkLook(weights, written, legend=network_legend(words, corners=False))
    return framed(planned.width, planned.height, title, paint_network(planned, look))


@dataclass(frozen=True, slots=True)
class _Run:
    """One training step of a network: its steps, numbers and place, and what its loss is called."""

    words: Words
    root: str
    planned: Plan
    steps: Sequence[Step]
    numbers: Numbers

    def picture(self, screen: Screen) -> list[str]:
        """Return the network as shapes with this on its screen."""
        return paint_network(
            self.planned, network_look(self.planned, screen, self.root, network_legend(self.words))
        )


def _run(
    model: Any,
    x: Row,
    target: Row,
    rate: float,
    inputs: Sequence[str],
    outputs: Sequence[str],
    lang: str,
) -> _Run:
    words, layers = Words(lang), layers_of(model)
    sizes = sizes_of(layers)
    x, target = _row(x), _row(target)
    _check(sizes, x, target)
    names = names_of("inputs", inputs, sizes[0])
    with recording():
        answer = model([Value(given, label=name) for given, name in zip(x, names, strict=True)])
        answers = [answer] if isinstance(answer, Value) else answer
        loss = add([(wanted - y) ** 2 for y, wanted in zip(answers, target, strict=True)]) * 0.5
    loss.label = "L"
    recorded = passes(loss, model=model)
    network = network_nodes(recorded, model)
    if network is None:
        raise ValueError(
            "only layers one after the other can be drawn, whose weights are each used once and by "
            f"themselves; {model!r} computes something else"
        )
    called = NetworkNames(sizes[1:], names)
    neurons = NeuronWords(told_by_neuron(recorded, network, called), network, called, words)
    learned = {node for neuron in network.neurons for node in (*neuron.weights, neuron.bias) if node}
    ends = [words("network.target", x=number(wanted)) for wanted in target]
    if outputs:
        known = names_of("outputs", outputs, len(ends))
        ends = [f"{name}, {end}" for name, end in zip(known, ends, strict=True)]
    root = neurons.recorded.root.name
    return _Run(
        words,
        root,
        plan_told(layers, names, ends, root),
        [*network_steps(neurons, dict.fromkeys(learned, True))],
        recorded_numbers(neurons.recorded, rate),
    )


def _row(given: Any) -> Sequence[float]:
    if hasattr(given, "__len__") and getattr(given, "shape", None) != ():
        row: Sequence[float] = given
        return row
    return [as_number(given)]


def _check(sizes: Sequence[int], x: Sequence[float], target: Sequence[float]) -> None:
    if sum(sizes[1:]) > MOST_NEURONS or max(sizes) > WIDEST_LAYER:
        raise ValueError(
            f"signals are shown in at most {MOST_NEURONS} neurons, {WIDEST_LAYER} in a layer, "
            f"got a {'-'.join(map(str, sizes))} network"
        )
    if len(x) != sizes[0]:
        raise ValueError(f"the network has {sizes[0]} inputs, got {len(x)} numbers")
    if len(target) != sizes[-1]:
        raise ValueError(f"the network has {sizes[-1]} outputs, got {len(target)} targets")
