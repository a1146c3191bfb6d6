"""The weights of a scalar network as matrices."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

import nn
from benchmarks.references.arrays import Array

Matrices: TypeAlias = list[tuple[Array, Array]]
"""For each layer the weights, outputs × inputs, and the biases."""


def matrices(model: nn.MLP) -> Matrices:
    """Return copies of the weights and biases of each layer, in float64."""
    return [
        (
            np.array([[weight.data for weight in neuron.w] for neuron in layer.neurons]),
            np.array([neuron.b.data for neuron in layer.neurons]),
        )
        for layer in model.layers
    ]
