"""A network as the player's page holds it: neurons that pass numbers on, and open their scalars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from viz.canvas.svg import framed
from viz.player.network_stage import lay_out_network, paint_network_stage, still_network
from viz.player.stage import stage
from viz.player.story import Inside, Story, described, node_facts
from viz.record.model import names_of, neuron_name
from viz.record.network import LOSS, NetworkNodes, inside, told_by_neuron
from viz.record.network_names import NetworkNames
from viz.record.passes import Passes
from viz.steps.epoch import Epoch, lines
from viz.steps.network import network_steps
from viz.steps.neuron_words import NeuronWords

NOTE = (
    "Click a neuron, or press Enter on it, to open it: its scalars show above the network, and the steps go "
    "through them one by one. Esc closes it."
)


def network_story(run: Sequence[Passes], network: NetworkNodes) -> Story:
    """Tell a run of passes through one network, neuron by neuron. Raises ValueError for different graphs."""
    sizes = network.sizes
    labels = {step.node: step.label for step in run[0].forward}
    inputs = [labels[node] or f"x{place}" for place, node in enumerate(network.inputs, start=1)]
    names = NetworkNames(sizes[1:], inputs or names_of("inputs", (), sizes[0]))
    told = [told_by_neuron(recorded, network, names) for recorded in run]
    weights = {node for neuron in network.neurons for node in neuron.weights}
    largest = max(abs(step.result) for recorded in told for step in recorded.forward if step.node in weights)
    epochs = [Epoch(network, recorded, NeuronWords(recorded, network, names), largest) for recorded in told]
    steps = [*network_steps(epochs)]
    longest = _longest([epoch.texts() for epoch in epochs])
    root, first, last = told[0].root.name, epochs[0], epochs[-1]
    laid_out = lay_out_network(network.layers, sizes, names.inputs, longest, root if first.loss else "")
    parts = [neuron.name for neuron in network.neurons] + ([LOSS] if first.loss else [])
    looks = [
        (name, weight) for n in network.neurons for name, weight in zip(lines(n), n.weights, strict=True)
    ]
    drawn = {name: last.words.results[weight] for name, weight in looks}
    return Story(
        root=root,
        note=NOTE,
        epochs=len(run),
        steps=steps,
        nodes=_boxes(first) | {step.node: described(step) for step in told[0].forward},
        arrows=_arrows(first) | {f"{s.source}-{s.position}": [s.target, s.source] for s in told[0].backward},
        facts=[node_facts(recorded, epoch, steps) for epoch, recorded in enumerate(told)],
        width=laid_out.width,
        height=laid_out.height,
        shapes=paint_network_stage(laid_out, longest, root),
        still=lambda: framed(
            laid_out.width,
            laid_out.height,
            f"The network of {root} after both passes",
            still_network(laid_out, last.texts(), root, drawn),
        ),
        insides={part: _inside(told, network, part) for part in parts},
    )


def _longest(texts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {place: max((each[place] for each in texts), key=len) for place in texts[0]}


def _boxes(epoch: Epoch) -> dict[str, dict[str, Any]]:
    """Return what the script reads of the circles: `output` is the scalar that stands for each."""
    network, words = epoch.network, epoch.words
    boxes: dict[str, dict[str, Any]] = {
        f"input-{index}": {"name": words.names[node], "formula": "", "key": "grad", "output": node}
        for index, node in enumerate(network.inputs)
    }
    for neuron in network.neurons:
        output = words.names[neuron.output]
        boxes[neuron.name] = {
            "name": words.title(neuron),
            "formula": f"{output} = {words.formula(neuron)}",
            "key": "grad",
            "output": neuron.output,
        }
    if epoch.loss:
        root = epoch.recorded.root
        boxes[LOSS] = {"name": root.name, "formula": root.formula, "key": "grad", "output": root.node}
    return boxes


def _arrows(epoch: Epoch) -> dict[str, list[str]]:
    """Return where the lines of the picture come from, and where they lead to."""
    network = epoch.network
    arrows: dict[str, list[str]] = {}
    for neuron in network.neurons:
        layer = neuron.place[0]
        for index, name in enumerate(lines(neuron)):
            arrows[name] = [neuron_name((layer - 1, index)) if layer else f"input-{index}", neuron.name]
        if epoch.loss and layer == len(network.layers) - 1:
            arrows[f"output-{neuron.place[1]}"] = [neuron.name, LOSS]
    return arrows


def _inside(run: Sequence[Passes], network: NetworkNodes, part: str) -> Inside:
    scene, shapes = stage([inside(recorded, network, part) for recorded in run])
    return Inside(scene.width, scene.height, shapes)
