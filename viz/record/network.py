"""Finding a network in a recorded graph: which nodes are a neuron's, and in which order neurons take part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value
from autograd.ops import TABLE
from viz.record.model import (
    MOST_NEURONS,
    WIDEST_LAYER,
    Layers,
    Place,
    layers_of,
    neuron_name,
    parameter_paths,
    sizes_of,
)
from viz.record.modules import module_of, module_of_node
from viz.record.network_names import NetworkNames
from viz.record.part_words import Outside
from viz.record.passes import Forward, Passes, passes
from viz.record.replay import faithful, rebuilt
from viz.text import printable

INPUTS, LOSS = "inputs", "loss"
"""The parts of a graph before the first neuron and after the last; the others are called as their neuron."""


@dataclass(frozen=True, slots=True)
class NeuronNodes:
    """The nodes of one neuron, by their ids.

    `total` is its weighted sum and `output` its signal, the same node if it has no activation. `members` are
    all its nodes, from its weights to its output.
    """

    place: Place
    weights: tuple[str, ...]
    bias: str | None
    total: str
    output: str
    members: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of its part of the graph."""
        return neuron_name(self.place)


@dataclass(frozen=True, slots=True)
class NetworkNodes:
    """A graph as a network: its neurons, in the order in which they are computed, and what is around them.

    `inputs` are the nodes that hold the network's inputs, none where those are plain numbers. `parts` has
    the name of the part that each node belongs to, by its id; parts stand in the order of the forward pass.
    """

    layers: Layers
    neurons: tuple[NeuronNodes, ...]
    inputs: tuple[str, ...]
    parts: Mapping[str, str]

    @property
    def sizes(self) -> list[int]:
        """The number of inputs, then of neurons in each layer."""
        return sizes_of(self.layers)


def network_nodes(recorded: Passes, model: Any) -> NetworkNodes | None:
    """Return the graph of two passes as the network that a model is.

    None if it is no network with one example: if the model is more than its layers one after the other, if
    it has more than 32 neurons or 10 in a layer, or if a weight is used more than once. Raises ValueError if
    none of the model's parameters is named in the passes.
    """
    paths, ids = parameter_paths(model), _parameter_ids(recorded, model)
    try:
        layers = layers_of(model)
    except (TypeError, ValueError):
        return None
    sizes = sizes_of(layers)
    parameters = [p for layer in layers for neuron in layer for p in _parameters(neuron)]
    if sum(sizes[1:]) > MOST_NEURONS or max(sizes) > WIDEST_LAYER or ids.keys() != {*parameters}:
        return None
    uses = Counter(share.target for share in recorded.backward)
    if any(uses[ids[parameter]] != 1 for parameter in parameters):
        return None
    values = rebuilt(recorded)
    by_node = module_of_node(values.values(), {values[ids[p]]: path for p, path in paths.items() if p in ids})
    home = {node: by_node[value] for node, value in values.items()}
    found = [
        _neuron((layer, row), neuron, ids, [s for s in recorded.forward if home[s.node] == module_of(path)])
        for layer, neurons in enumerate(layers)
        for row, neuron in enumerate(neurons)
        for path in (paths[neuron.w[0]],)
    ]
    before = {node for node, place in home.items() if place is Outside.BEFORE}
    inputs = _inputs(recorded, [neuron for neuron in found if neuron is not None], before)
    computed = any(step.operation for step in recorded.forward if step.node in before)
    if computed or inputs is None or len(inputs) not in (0, sizes[0]) or None in found:
        return None
    order = {step.node: place for place, step in enumerate(recorded.forward)}
    neurons = sorted(filter(None, found), key=lambda neuron: (neuron.place[0], order[neuron.output]))
    owner = {node: neuron.name for neuron in neurons for node in neuron.members}
    parts = {node: INPUTS if node in inputs else owner.get(node, LOSS) for node in order}
    return NetworkNodes(layers, tuple(neurons), inputs, parts)


def told_by_neuron(recorded: Passes, network: NetworkNodes, names: NetworkNames) -> Passes:
    """Return the same passes neuron by neuron, in which what has no label is called as in the picture.

    Each sum is added up in the same order as before. Passes whose numbers were changed after they were
    recorded keep their names.
    """
    values = rebuilt(recorded)
    if faithful(recorded, values):
        called = dict(zip(network.inputs, names.inputs, strict=False))
        for neuron in network.neurons:
            mark = names.mark(*neuron.place)
            called |= {node: names.weight(*neuron.place, i) for i, node in enumerate(neuron.weights)}
            called |= {neuron.total: f"e{mark}"} | {neuron.output: f"y{mark}"}
            if neuron.bias is not None:
                called[neuron.bias] = f"b{mark}"
        for step in recorded.forward:
            values[step.node].label = step.label or called.get(step.node, "")
        recorded = passes(values[recorded.root.node])
    rank = {name: place for place, name in enumerate((INPUTS, *(n.name for n in network.neurons), LOSS))}
    return Passes(
        tuple(sorted(recorded.forward, key=lambda step: rank[network.parts[step.node]])),
        tuple(sorted(recorded.backward, key=lambda share: -rank[network.parts[share.source]])),
    )


def parameter_names(recorded: Passes, model: Any) -> dict[str, str]:
    """Return the paths of a model's parameters by their node ids. Raises as `network_nodes` does."""
    paths = parameter_paths(model)
    return {node: paths[parameter] for parameter, node in _parameter_ids(recorded, model).items()}


def _parameter_ids(recorded: Passes, model: Any) -> dict[Value, str]:
    named = {step.name: step.node for step in recorded.forward if not step.operation}
    paths = parameter_paths(model)
    ids = {p: named[name] for p, path in paths.items() if (name := printable(p.label or path)) in named}
    if not ids:
        raise ValueError(
            "no parameter of the model is named in these passes: record passes(value, model=model)"
        )
    return ids


def _parameters(neuron: Any) -> list[Value]:
    bias = getattr(neuron, "b", None)
    return [*neuron.w, *([] if bias is None else [bias])]


def _neuron(
    place: Place, neuron: Any, ids: Mapping[Value, str], members: Sequence[Forward]
) -> NeuronNodes | None:
    own = {ids[parameter] for parameter in _parameters(neuron)}
    sums: list[str] = []
    for step in members:
        if not step.operation:
            continue
        adds = TABLE[step.operation].adds and not {*sums}.isdisjoint(step.args)
        if adds or not own.isdisjoint(step.args):
            sums.append(step.node)
    names = {step.node for step in members}
    beyond = [arg for step in members if step.node not in sums for arg in step.args if isinstance(arg, str)]
    if not sums or not names.issuperset(beyond):  # something else joins in behind the weighted sum
        return None
    bias = getattr(neuron, "b", None)
    return NeuronNodes(
        place=place,
        weights=tuple(ids[weight] for weight in neuron.w),
        bias=None if bias is None else ids[bias],
        total=sums[-1],
        output=members[-1].node,
        members=tuple(step.node for step in members),
    )


def _inputs(recorded: Passes, neurons: Sequence[NeuronNodes], before: set[str]) -> tuple[str, ...] | None:
    """Return what the first layer looks at; None unless each layer looks at the one before and no other."""
    steps = {step.node: step for step in recorded.forward}
    looked: list[tuple[str, ...]] = []
    for neuron in neurons:
        args = [arg for node in neuron.members for arg in steps[node].args if isinstance(arg, str)]
        taken = tuple(dict.fromkeys(arg for arg in args if arg not in neuron.members))
        layer = neuron.place[0]
        allowed = {other.output for other in neurons if other.place[0] == layer - 1} if layer else before
        if not allowed.issuperset(taken):
            return None
        if not layer:
            looked.append(taken)
    return looked[0] if looked and len(set(looked)) == 1 else None
