"""The steps through a network: neuron by neuron, and inside an open neuron scalar by scalar.

All stand on one timeline. The steps of a neuron's scalars come first and are passed over while it is closed;
after them comes one step for the neuron, which tells of it as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from viz.record.model import line_name
from viz.record.network import INPUTS, LOSS, NeuronNodes
from viz.steps.neuron_words import NeuronWords, Told
from viz.steps.slots import slot
from viz.steps.step import Step
from viz.steps.timeline import timeline
from viz.style import NO_GRADIENT

HIGHLIGHTED = {"forward": "computed", "backward": "giving", "update": "updating"}
"""How a part is marked while its scalars are gone through."""


def network_steps(words: NeuronWords, moves: Mapping[str, bool]) -> Iterator[Step]:
    """Yield the steps of one epoch through a network. `moves` has the leaves that an update moves."""
    network = words.network
    neurons = {neuron.name: neuron for neuron in network.neurons}
    fine = timeline(words.recorded, words.captions, moves)
    begun = False
    for (phase, part), steps in groupby(fine, lambda step: (step.phase, _part(step, words))):
        if phase == "update" and part not in neurons:  # the next epoch has another example
            yield from steps
            continue
        inside = [replace(step, within=part, marks=step.marks | {part: HIGHLIGHTED[phase]}) for step in steps]
        if not begun:
            inside[0] = _wiped(inside[0], words)
            begun = True
        yield from inside
        yield _whole(words, part, neurons.get(part), phase, moves)


def _part(step: Step, words: NeuronWords) -> str:
    """Return the part that a step belongs to: back from a neuron, that of the node that passes on."""
    giving = [name for name, mark in step.marks.items() if mark == "giving"]
    return words.network.parts[giving[0] if giving else step.node]


def has_loss(words: NeuronWords) -> bool:
    """Whether anything follows the network's output."""
    return LOSS in words.network.parts.values()


def ends(words: NeuronWords) -> list[str]:
    """Return the names of the ways from the last neurons to the loss."""
    return [f"output-{row}" for row in range(words.network.sizes[-1])] if has_loss(words) else []


def lines(neuron: NeuronNodes) -> list[str]:
    """Return the names of the lines that lead into a neuron."""
    return [line_name(neuron.place, index) for index in range(len(neuron.weights))]


def lines_onward(words: NeuronWords, neuron: NeuronNodes) -> list[str]:
    """Return the names of the lines that lead on from a neuron."""
    return [line_name(other.place, neuron.place[1]) for other, _ in words.onward(neuron)]


def _wiped(step: Step, words: NeuronWords) -> Step:
    """Return the first step of an epoch, which leaves nothing on the picture but weights and biases."""
    neurons = words.network.neurons
    texts: dict[str, str] = {}
    waiting = [neuron.name for neuron in neurons]
    for neuron in neurons:
        texts |= _learned(words, neuron, "v")
        texts |= {f"{name}.{place}": "" for name in lines(neuron) for place in "12"}
        texts |= {f"{neuron.name}.{place}": "" for place in ("slope", "passed", "answer")}
        texts |= {
            place: f"{text.split(' ')[0]} {NO_GRADIENT}" for place, text in _signal(words, neuron).items()
        }
    if has_loss(words):
        waiting += [LOSS, *ends(words)]
        texts |= dict.fromkeys(("loss.data", "loss.grad"), NO_GRADIENT)
    states = dict.fromkeys(waiting, "pending") | {line: "" for neuron in neurons for line in lines(neuron)}
    return replace(
        step,
        texts=step.texts | texts | _inputs(words),
        states=step.states | states,
    )


@dataclass(frozen=True, slots=True)
class _Change:
    """What a step changes on screen."""

    texts: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)


def _whole(
    words: NeuronWords, part: str, neuron: NeuronNodes | None, phase: str, moves: Mapping[str, bool]
) -> Step:
    """Return the step that tells of a part as a whole, after those of its scalars."""
    told: Told
    if part == INPUTS:
        told, change = words.inputs(), _given(words)
    elif neuron is None:
        last = [other for other in words.network.neurons if not words.onward(other)]
        forward = phase == "forward"
        told = words.loss_forward() if forward else words.loss_backward(last)
        change = _loss_known(words) if forward else _loss_passed_back(words, last)
    elif phase == "forward":
        told, change = words.forward(neuron), _computed(words, neuron)
    elif phase == "backward":
        told, change = words.backward(neuron), _arrived(words, neuron)
    else:
        told, change = words.update(neuron, moves), _updated(words, neuron)
    counts = {INPUTS: words.words("inputs"), LOSS: words.root}
    return Step(
        phase=phase,
        count=counts[part] if neuron is None else words.title(neuron),
        node="input-0" if part == INPUTS else part,
        caption=told.caption,
        line=told.line,
        question=told.question,
        answer=told.answer,
        texts=change.texts,
        states=change.states,
        marks=change.marks,
    )


def _given(words: NeuronWords) -> _Change:
    marks = {f"input-{index}": "computed" for index in range(len(words.network.inputs))}
    return _Change(_inputs(words), {}, marks)


def _inputs(words: NeuronWords) -> dict[str, str]:
    first = words.network.neurons[0]
    return {f"input-{i}.output": words.over_line(first, i, "short") for i in range(len(first.weights))}


def _learned(words: NeuronWords, neuron: NeuronNodes, kind: str) -> dict[str, str]:
    shown = {
        f"{name}.0": slot(kind, weight, "short")
        for name, weight in zip(lines(neuron), neuron.weights, strict=True)
    }
    if neuron.bias is not None:
        shown[f"{neuron.name}.bias"] = f"{words.names[neuron.bias]} {slot(kind, neuron.bias, 'short')}"
    return shown


def _signal(words: NeuronWords, neuron: NeuronNodes) -> dict[str, str]:
    return {
        f"{neuron.name}.{place}": f"{words.names[node]} {slot('v', node, 'short')}"
        for place, node in (("weighted", neuron.total), ("output", neuron.output))
        if place == "output" or neuron.total != neuron.output
    }


def _computed(words: NeuronWords, neuron: NeuronNodes) -> _Change:
    marks = dict.fromkeys((neuron.name, *lines(neuron)), "computed")
    products = {
        f"{name}.2": f"{slot('v', weight, 'factor')} × {words.over_line(neuron, index, 'factor')}"
        for index, (name, weight) in enumerate(zip(lines(neuron), neuron.weights, strict=True))
    }
    texts = _signal(words, neuron) | products
    if (slope := words.slope(neuron)) is not None:
        texts[f"{neuron.name}.slope"] = f"f′ {slot('l', slope.arrow, 'short')}"
    return _Change(texts, {neuron.name: "known"}, marks)


def _loss_known(words: NeuronWords) -> _Change:
    names = (LOSS, *ends(words))
    texts = {"loss.data": slot("v", words.recorded.root.node)}
    return _Change(texts, dict.fromkeys(names, "known"), dict.fromkeys(names, "computed"))


def _loss_passed_back(words: NeuronWords, last: Sequence[NeuronNodes]) -> _Change:
    texts = {f"{neuron.name}.answer": _answer(words, neuron) for neuron in last}
    marks = {neuron.name: "receiving" for neuron in last} | {LOSS: "giving"}
    marks |= dict.fromkeys(ends(words), "travelling")
    return _Change(texts | {"loss.grad": "1"}, dict.fromkeys(ends(words), "travelled"), marks)


def _answer(words: NeuronWords, neuron: NeuronNodes) -> str:
    return f"∂{words.names[neuron.output]} {slot('g', neuron.output, 'short')}"


def _arrived(words: NeuronWords, neuron: NeuronNodes) -> _Change:
    """Show what arrives at a neuron over the lines that its signal left on, and what its weights get."""
    onward = words.onward(neuron)
    texts = {f"{neuron.name}.answer": _answer(words, neuron)}
    texts |= {
        f"{name}.2": f"{slot('v', weight, 'factor')} × {slot('g', other.total, 'factor')}"
        for name, (other, weight) in zip(lines_onward(words, neuron), onward, strict=True)
    }
    if neuron.total != neuron.output:
        texts[f"{neuron.name}.passed"] = f"∂{words.names[neuron.total]} {slot('g', neuron.total, 'short')}"
    texts |= {
        f"{name}.1": f"∂ {slot('g', weight, 'short')}"
        for name, weight in zip(lines(neuron), neuron.weights, strict=True)
    }
    marks = {neuron.name: "receiving"}
    marks |= dict.fromkeys((other.name for other, _ in onward), "giving")
    marks |= dict.fromkeys(lines_onward(words, neuron), "travelling")
    return _Change(texts, dict.fromkeys(lines(neuron), "travelled"), marks)


def _updated(words: NeuronWords, neuron: NeuronNodes) -> _Change:
    marks = dict.fromkeys((neuron.name, *lines(neuron)), "updating")
    steps = {
        f"{name}.2": f"{slot('v', weight, 'short')} → {slot('n', weight, 'short')}"
        for name, weight in zip(lines(neuron), neuron.weights, strict=True)
    }
    return _Change(_learned(words, neuron, "n") | steps, dict.fromkeys(lines(neuron), ""), marks)
