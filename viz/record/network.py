"""Finding a network in a recorded graph: which nodes are a neuron's, and in which order neurons take part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autograd import Value
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
from viz.record.modules import module_of_node
from viz.record.network_names import NetworkNames
from viz.record.neuron import activated, sum_of
from viz.record.part_words import Outside
from viz.record.passes import Passes, label_of, passes
from viz.record.replay import rebuilt
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

    None if it is no network with one example: if the model is more than its layers one after the other, if a
    neuron is more than its activation of Σ weight · signal + bias, if a hidden signal or a sum is used beyond
    its neuron and the next layer, if there are more than 32 neurons or 10 in a layer, or if a weight is used
    more than once. Raises ValueError if none of the model's parameters is named in the passes.
    """
    ids = _parameter_ids(recorded, model)
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
    nodes = {value: node for node, value in values.items()}
    called = {values[node]: path for node, path in parameter_names(recorded, model).items()}
    home = module_of_node(nodes, called)
    before = {value for value in nodes if home[value] is Outside.BEFORE}
    found = _neurons(layers, {parameter: values[node] for parameter, node in ids.items()}, nodes)
    if found is None or any(value.op is not None for value in before):
        return None
    given, neurons = found
    taken = [value for value in given if isinstance(value, Value)]
    if len(taken) not in (0, len(given)) or len({*taken}) < len(taken) or not before.issuperset(taken):
        return None
    inputs = tuple(nodes[value] for value in taken)
    order = {node: place for place, node in enumerate(values)}
    neurons = sorted(neurons, key=lambda neuron: (neuron.place[0], order[neuron.output]))
    owner = {node: neuron.name for neuron in neurons for node in neuron.members}
    parts = {node: INPUTS if node in inputs else owner.get(node, LOSS) for node in order}
    return NetworkNodes(layers, tuple(neurons), inputs, parts)


def _neurons(
    layers: Layers, own: Mapping[Value, Value], nodes: Mapping[Value, str]
) -> tuple[list[Any], list[NeuronNodes]] | None:
    """Return the signals that reach the first layer, and all neurons, if each layer takes the one before.

    Nothing else takes the signals between layers, or what is inside a neuron. `own` gives the node of each
    parameter, and `nodes` the ids of all nodes in topological order.
    """
    order = {value: place for place, value in enumerate(nodes)}
    by_operation = {(value.op, value.args): value for value in nodes if value.op is not None}
    users: dict[Value, list[Value]] = {}
    for value in nodes:
        for arg in value.args:
            if isinstance(arg, Value):
                users.setdefault(arg, []).append(value)
    given: list[Any] | None = None
    signals: list[Any] | None = None
    found: list[NeuronNodes] = []

    def used_in(used: Iterable[Any], nodes: set[Value]) -> bool:
        return nodes.issuperset(user for value in used for user in users.get(value, ()))

    for layer, neurons in enumerate(layers):
        outputs: list[Any] = []
        within: set[Value] = set()
        for row, neuron in enumerate(neurons):
            weights, bias = [own[weight] for weight in neuron.w], getattr(neuron, "b", None)
            bias = None if bias is None else own[bias]
            made = sum_of(weights, bias, users)
            if made is None or made.signals != (signals or made.signals):
                return None
            signals = made.signals
            behind = activated(made.total, getattr(neuron, "activation", None), by_operation)
            outputs.append([made.total, *behind][-1])
            members = {*weights, *made.nodes, *behind, *([] if bias is None else [bias])}
            if not used_in(members - {outputs[-1]}, members):
                return None
            within |= members
            found.append(
                NeuronNodes(
                    place=(layer, row),
                    weights=tuple(nodes[weight] for weight in weights),
                    bias=None if bias is None else nodes[bias],
                    total=nodes[made.total],
                    output=nodes[outputs[-1]],
                    members=tuple(nodes[value] for value in sorted(members, key=order.__getitem__)),
                )
            )
        if layer and not used_in(signals or (), within):
            return None
        given, signals = given or signals, outputs
    return given or [], found


def told_by_neuron(recorded: Passes, network: NetworkNodes, names: NetworkNames) -> Passes:
    """Return the same passes neuron by neuron, in which what has no label is called as in the picture.

    Passes whose numbers were changed after they were recorded keep their names.
    """
    if not recorded.outdated_note:
        values = rebuilt(recorded)
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
    return recorded.ordered({node: rank[part] for node, part in network.parts.items()})


def parameter_names(recorded: Passes, model: Any) -> dict[str, str]:
    """Return the paths of a model's parameters by their node ids. Raises as `network_nodes` does."""
    paths = parameter_paths(model)
    return {node: paths[parameter] for parameter, node in _parameter_ids(recorded, model).items()}


def _parameter_ids(recorded: Passes, model: Any) -> dict[Value, str]:
    paths = parameter_paths(model)
    if recorded.model is model:
        named = {path: node for node, path in recorded.parameters.items()}
        ids = {parameter: named[path] for parameter, path in paths.items() if path in named}
    else:  # by what they are called, unless several are called so
        leaves = {step.name: step.node for step in recorded.forward if not step.operation}
        called = {parameter: printable(label_of(parameter) or path) for parameter, path in paths.items()}
        count = Counter(called.values())
        ids = {p: leaves[name] for p, name in called.items() if name in leaves and count[name] == 1}
    if not ids:
        raise ValueError(
            "no parameter of the model is named in these passes: record passes(value, model=model)"
        )
    return ids


def _parameters(neuron: Any) -> list[Value]:
    bias = getattr(neuron, "b", None)
    return [*neuron.w, *([] if bias is None else [bias])]
