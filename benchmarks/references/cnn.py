"""A small network for pictures of 8×8: 8 kernels of 3×3, ReLU, pooling by 2, one dense layer; batch 64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import nn
from benchmarks.references.arrays import Array, Batches

LEARNING_RATE = 0.1


def network(seed: int = 0) -> nn.Sequential:
    """Return the network, from a picture `[channel][row][column]` to ten logits."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, seed=seed),
        nn.Elementwise("relu"),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Layer(72, 10, nonlin=False, init="xavier_uniform", seed=seed),
    )


def batches(rows: int = 64, seed: int = 0) -> Batches:
    """Return the one batch there is: pictures scattered around 10 others, and the one-hot class of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(10, 1, 8, 8))
    classes = rng.integers(10, size=rows)
    return [(centres[classes] + rng.normal(size=(rows, 1, 8, 8)), np.eye(10)[classes])]


class Weights(NamedTuple):
    """The weights as arrays."""

    kernels: Array
    """Kernels × the 9 numbers of each."""
    kernel_biases: Array
    dense: Array
    """Outputs × channels × the 9 places left by pooling."""
    dense_biases: Array


def weights(model: nn.Sequential) -> Weights:
    """Return copies of the weights of the network, in float64."""
    numbers = np.array([parameter.data for parameter in model.parameters()])
    kernels, kernel_biases, rows = np.split(numbers, [72, 80])
    rows = rows.reshape(10, 73)  # of each neuron its 72 weights and its bias
    return Weights(
        kernels.reshape(8, 9), kernel_biases.copy(), rows[:, :-1].reshape(10, 8, 9).copy(), rows[:, -1].copy()
    )
