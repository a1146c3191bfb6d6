"""A network as the player's page holds it: neurons that pass numbers on, and open their scalars."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from viz.canvas.svg import framed
from viz.network.paint import paint_network, paint_page_network
from viz.network.plan import plan_told
from viz.player.program import page_program
from viz.player.run import Run
from viz.player.stage import Stage
from viz.player.story import Inside, Story, described
from viz.player.surface import surface_of_network
from viz.record.levels import in_parts
from viz.record.model import names_of, neuron_name
from viz.record.network import LOSS, NetworkNodes, told_by_neuron
from viz.record.network_names import NetworkNames
from viz.steps.expression import expression_of
from viz.steps.looks import network_legend, network_look
from viz.steps.network import has_loss, lines, network_steps
from viz.steps.neuron_words import NeuronWords
from viz.steps.screen import last_screen, recorded_numbers
from viz.steps.words import Words


def network_story(run: Run, network: NetworkNodes, words: Words) -> Story:
    """Tell a run of passes through one network, neuron by neuron."""
    sizes = network.sizes
    labels = {step.node: step.label for step in run.epochs[0].forward}
    inputs = [labels[node] or f"x{place}" for place, node in enumerate(network.inputs, start=1)]
    names = NetworkNames(sizes[1:], inputs or names_of("inputs", (), sizes[0]))
    told = replace(run, epochs=[told_by_neuron(recorded, network, names) for recorded in run.epochs])
    first, last = told.epochs[0], told.epochs[-1]
    neurons = NeuronWords(first, network, names, words)
    steps = [*network_steps(neurons, run.moves)]
    root, legend = first.root.name, network_legend(words)
    loss = root if has_loss(neurons) else ""
    laid_out = plan_told(network.layers, names.inputs, (), loss)
    before = [step for step in steps if step.phase != "update"]
    parts = [neuron.name for neuron in network.neurons] + ([LOSS] if loss else [])
    levels = in_parts(first, network.parts)
    stage = Stage(levels, words("group.of-length"))
    scalars = {step.node: described(step, neurons.captions) for step in first.forward}
    return Story(
        words=words,
        root=root,
        expression=expression_of(first),
        note=words("network.note"),
        steps=steps,
        nodes=_boxes(neurons, scalars) | scalars,
        arrows=_arrows(neurons) | {f"{s.source}-{s.position}": [s.target, s.source] for s in first.backward},
        width=laid_out.width,
        height=laid_out.height,
        shapes=paint_page_network(laid_out, root, legend),
        still=lambda: framed(
            laid_out.width,
            laid_out.height,
            words("network.title", root=root),
            paint_network(
                laid_out, network_look(laid_out, last_screen(before, recorded_numbers(last)), root, legend)
            ),
        ),
        program=page_program(first),
        run=told,
        lines=[line for neuron in network.neurons for line in lines(neuron)],
        insides={part: _inside(stage, part) for part in parts},
        home=levels.home,
        surface=surface_of_network(first, network),
    )


def _boxes(words: NeuronWords, scalars: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what the script reads of the circles: `output` is the scalar that stands for each."""
    network = words.network
    named = {f"input-{index}": (node, words.names[node], "") for index, node in enumerate(network.inputs)}
    for neuron in network.neurons:
        formula = f"{words.names[neuron.output]} = {words.formula(neuron)}"
        named[neuron.name] = (neuron.output, words.title(neuron), formula)
    if has_loss(words):
        root = words.recorded.root
        named[LOSS] = (root.node, root.name, scalars[root.node]["formula"])
    return {
        box: scalars[output] | {"name": name, "formula": formula, "output": output}
        for box, (output, name, formula) in named.items()
    }


def _arrows(words: NeuronWords) -> dict[str, list[str]]:
    """Return where the lines of the picture come from, and where they lead to."""
    network = words.network
    arrows: dict[str, list[str]] = {}
    for neuron in network.neurons:
        layer = neuron.place[0]
        for index, name in enumerate(lines(neuron)):
            arrows[name] = [neuron_name((layer - 1, index)) if layer else f"input-{index}", neuron.name]
        if has_loss(words) and layer == len(network.layers) - 1:
            arrows[f"output-{neuron.place[1]}"] = [neuron.name, LOSS]
    return arrows


def _inside(stage: Stage, part: str) -> Inside:
    scene, shapes = stage.picture(part)
    return Inside(scene.width, scene.height, shapes)
