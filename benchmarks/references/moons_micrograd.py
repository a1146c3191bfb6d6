"""micrograd's demo in micrograd itself, from PyPI."""

from __future__ import annotations

from micrograd.engine import Value
from micrograd.nn import MLP

import nn
from benchmarks.references.arrays import Batches
from benchmarks.speed.demo_step import demo_step, squares
from benchmarks.speed.race import Step


def start(model: nn.MLP, batches: Batches) -> Step:
    """Return the training step of the demo's notebook."""
    twin = MLP(len(model.layers[0].neurons[0].w), [len(layer.neurons) for layer in model.layers])
    for theirs, ours in zip(twin.parameters(), model.parameters(), strict=True):
        theirs.data = ours.data
    [(x, y)] = batches
    return demo_step(twin, Value, sum, squares, x.tolist(), y.tolist())
