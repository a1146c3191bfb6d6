"""Reading a model: its layers of neurons, whatever library they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Layers = list[list[Any]]

MOST_NEURONS, WIDEST_LAYER = 32, 10
"""The largest network whose signals can be told: in all, and in one layer."""


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
