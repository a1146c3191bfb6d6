"""The steps of the player through a network: neuron by neuron, and inside an open neuron scalar by scalar.

All stand on one timeline. The steps of a neuron's scalars come first and are passed over while it is closed;
after them comes one step for the neuron, which tells of it as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from viz.record.network import INPUTS, LOSS, NetworkNodes, NeuronNodes
from viz.steps.epoch import Epoch, lines, short
from viz.steps.neuron_words import Told
from viz.steps.timeline import Step, timeline
from viz.style import number

LIT = {"forward": "computed", "backward": "giving", "update": "updating"}
"""How a part is marked while its scalars are gone through."""


def network_steps(epochs: Sequence[Epoch]) -> Iterator[Step]:
    """Yield the steps of a run through one network. Raises ValueError for different graphs."""
    network = epochs[0].network
    neurons = {neuron.name: neuron for neuron in network.neurons}
    fine = timeline([epoch.recorded for epoch in epochs])
    begun = -1
    for (place, phase, part), steps in groupby(
        fine, lambda step: (step.epoch, step.phase, _part(step, network))
    ):
        epoch = epochs[place]
        if phase == "update" and part not in neurons:  # the next epoch has another example
            yield from steps
            continue
        inside = [replace(step, within=part, marks=step.marks | {part: LIT[phase]}) for step in steps]
        if place > begun:
            inside[0] = _wiped(inside[0], epoch)
            begun = place
        yield from inside
        after = epochs[place + 1] if phase == "update" else None
        yield _whole(epoch, part, neurons.get(part), inside[0], after)


def _wiped(step: Step, epoch: Epoch) -> Step:
    """Return the first step of an epoch, which leaves nothing on the picture but weights and biases."""
    neurons = epoch.network.neurons
    waiting = [neuron.name for neuron in neurons] + ([LOSS, *_ends(epoch)] if epoch.loss else [])
    looks = {name: look for neuron in neurons for name, look in epoch.looks(neuron).items()}
    states = step.states | dict.fromkeys(waiting, "pending") | looks
    return replace(step, texts=step.texts | epoch.blank(), states=states)


def _part(step: Step, network: NetworkNodes) -> str:
    """Return the part that a step belongs to: back from a neuron, that of the node that passes on."""
    giving = [name for name, mark in step.marks.items() if mark == "giving"]
    return network.parts[giving[0] if giving else step.node]


def _ends(epoch: Epoch) -> list[str]:
    return [f"output-{row}" for row in range(epoch.network.sizes[-1])]


def _whole(epoch: Epoch, part: str, neuron: NeuronNodes | None, first: Step, after: Epoch | None) -> Step:
    """Return the step that tells of a part as a whole, after those of its scalars, of which one is given."""
    phase = first.phase
    if part == INPUTS:
        change = _given(epoch)
    elif phase == "forward":
        change = _loss_known(epoch) if neuron is None else _computed(epoch, neuron)
    elif phase == "backward":
        change = _passed_back(epoch, neuron)
    else:
        assert neuron is not None
        assert after is not None
        change = _updated(epoch, neuron, after)
    told = change.told
    return Step(
        epoch=first.epoch,
        phase=phase,
        count=part if neuron is None else epoch.words.title(neuron),
        node="input-0" if part == INPUTS else part,
        caption=told.caption,
        line=told.line,
        question=told.question,
        answer=told.answer,
        texts=change.texts,
        states=change.states,
        marks=change.marks,
    )


@dataclass(frozen=True, slots=True)
class _Change:
    """What a step says, and what it changes on screen."""

    told: Told
    texts: dict[str, str]
    states: dict[str, str]
    marks: dict[str, str]


def _given(epoch: Epoch) -> _Change:
    marks = {f"input-{index}": "computed" for index in range(len(epoch.network.inputs))}
    return _Change(epoch.words.inputs(), epoch.inputs(), {}, marks)


def _computed(epoch: Epoch, neuron: NeuronNodes) -> _Change:
    marks = dict.fromkeys((neuron.name, *lines(neuron)), "computed")
    return _Change(epoch.words.forward(neuron), epoch.signal(neuron), {neuron.name: "known"}, marks)


def _loss_known(epoch: Epoch) -> _Change:
    names = (LOSS, *_ends(epoch))
    return _Change(
        epoch.words.loss_forward(),
        {"loss.data": number(epoch.recorded.root.result)},
        dict.fromkeys(names, "known"),
        dict.fromkeys(names, "computed"),
    )


def _passed_back(epoch: Epoch, neuron: NeuronNodes | None) -> _Change:
    """Tell what a neuron, or the loss, passes back, and how far the gradients that it reaches have come."""
    network, recorded = epoch.network, epoch.recorded
    part = LOSS if neuron is None else neuron.name
    reached = {
        share.target: share.after for share in recorded.backward if network.parts[share.source] == part
    }
    if part == network.parts[recorded.root.node]:
        reached[recorded.root.node] = 1.0
    others = [other for other in network.neurons if other.output in reached]
    texts = {f"{other.name}.answer": f"grad {short(reached[other.output])}" for other in others}
    marks = {other.name: "receiving" for other in others}
    if neuron is None:
        ends = _ends(epoch)
        told = epoch.words.loss_backward(others)
        return _Change(
            told,
            texts | {"loss.grad": "1"},
            dict.fromkeys(ends, "travelled"),
            marks | {LOSS: "giving"} | dict.fromkeys(ends, "travelling"),
        )
    return _Change(
        epoch.words.backward(neuron),
        texts | epoch.passed(neuron),
        {name: f"travelled {look}" for name, look in epoch.looks(neuron).items()},
        marks | {neuron.name: "giving"} | dict.fromkeys(lines(neuron), "travelling"),
    )


def _updated(epoch: Epoch, neuron: NeuronNodes, after: Epoch) -> _Change:
    marks = dict.fromkeys((neuron.name, *lines(neuron)), "updating")
    return _Change(
        epoch.words.update(neuron, after.recorded), after.learned(neuron), after.looks(neuron), marks
    )
