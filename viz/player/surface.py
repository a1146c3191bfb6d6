"""Which two numbers of a graph span the plane that the page shades."""

from __future__ import annotations

from typing import Any

from viz.record.network import NetworkNodes
from viz.record.passes import Passes


def surface_of_network(recorded: Passes, network: NetworkNodes) -> dict[str, Any] | None:
    """Return the two inputs and the output of a network, and where its answer changes; None for others."""
    if len(network.inputs) != 2 or network.sizes[-1] != 1:
        return None
    output = network.neurons[-1].output
    [operation] = [step.operation for step in recorded.forward if step.node == output]
    return {"inputs": network.inputs, "height": output, "border": 0.5 if operation == "sigmoid" else 0.0}


def surface_of_graph(recorded: Passes) -> dict[str, Any] | None:
    """Return the leaves and the result of a graph of two leaves; None for any other."""
    leaves = [step.node for step in recorded.forward if not step.operation]
    if len(leaves) != 2:
        return None
    return {"inputs": leaves, "height": recorded.root.node, "border": None}
