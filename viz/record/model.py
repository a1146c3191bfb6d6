"""Reading a model, whatever library it comes from: its parameters by their paths, its layers of neurons.

`viz` knows nothing of `nn`. A model is any object whose `named_parameters()` gives pairs of a path and a
Value, where a path reads like the code that reaches the parameter: `layers.0.neurons.3.w[1]`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from autograd import Value

Layers = list[list[Any]]

Place = tuple[int, int]
"""A neuron: its layer and its row, both counted from 0."""

MOST_NEURONS, WIDEST_LAYER = 32, 10
"""The largest network whose signals can be told: in all, and in one layer."""


class Model(Protocol):
    """Whatever names its parameters."""

    def named_parameters(self) -> Iterable[tuple[str, Value]]: ...


def parameter_paths(model: Model) -> dict[Value, str]:
    """Return the path of each parameter. Raises TypeError for a model without `named_parameters()`."""
    if isinstance(model, type):
        raise TypeError(f"a model is needed, such as {model.__name__}(…), got its class, {model!r}")
    find = getattr(model, "named_parameters", None)
    if not callable(find):
        raise TypeError(f"a model must have named_parameters(), got {model!r}")
    return {parameter: path for path, parameter in find()}


def paths_within(model: Model, graph: Collection[Value]) -> dict[Value, str]:
    """Return the paths of a model's parameters. Raises ValueError if none of them is in the graph."""
    paths = parameter_paths(model)
    if paths.keys().isdisjoint(graph):
        raise ValueError(f"no parameter of the model is in this graph of {len(graph):,} nodes")
    return paths


def layers_of(model: Any) -> Layers:
    """Return the neurons of a model, layer by layer, in the order in which signals pass them.

    A model holds its layers in `layers` or `parts`, a layer its neurons in `neurons`, and a neuron its
    weights in `w`; models inside models are opened. Raises TypeError for anything else among them.
    """
    found: Layers = []
    waiting = [model]
    while waiting:
        part = waiting.pop(0)
        inside = getattr(part, "layers", None) or getattr(part, "parts", None)
        neurons = getattr(part, "neurons", None) or [part]
        if inside:
            waiting[:0] = inside
        elif all(len(getattr(neuron, "w", ())) for neuron in neurons):
            found.append(list(neurons))
        else:
            raise TypeError(
                f"draw_network needs a model whose layers hold neurons with weights w, got {part!r}"
            )
    before = len(found[0][0].w)
    for layer in found:
        for neuron in layer:
            if len(neuron.w) != before:
                raise ValueError(f"{before} signals reach a neuron with {len(neuron.w)} weights: {neuron!r}")
        before = len(layer)
    return found


def sizes_of(layers: Layers) -> list[int]:
    """Return the number of inputs, then the number of neurons in each layer."""
    return [len(layers[0][0].w), *map(len, layers)]


def activation_name(neuron: Any) -> str:
    """Return what the activation of a neuron is called; "" if it has none."""
    activation = getattr(neuron, "activation", None)
    if activation is None:
        return ""
    return getattr(activation, "name", "") or getattr(activation, "__name__", "activation")


def names_of(what: str, names: Sequence[str], count: int) -> list[str]:
    """Return the names, x1, x2, … for none. Raises ValueError for a wrong number of them."""
    if names and len(names) != count:
        raise ValueError(f"the network has {count} {what}, got {len(names)} names")
    return list(names) or [f"x{index}" for index in range(1, count + 1)]


def neuron_name(place: Place) -> str:
    """Return the id of a neuron in a drawing, which follows the path of the model's own."""
    return f"neuron-{place[0]}-{place[1]}"


def line_name(place: Place, index: int) -> str:
    """Return the id of the line that carries weight `index` of a neuron."""
    return f"weight-{place[0]}-{place[1]}-{index}"
