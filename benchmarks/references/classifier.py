"""A 64-64-32-10 classifier, batch 256, cross-entropy, gradient descent: a network of ordinary proportions."""

from __future__ import annotations

import numpy as np

import nn
from benchmarks.references.arrays import Batches

LEARNING_RATE = 0.1


def network(seed: int = 0) -> nn.MLP:
    """Return the network, with ReLU between its layers and weights drawn for that."""
    return nn.MLP(64, [64, 32, 10], init="he_uniform", seed=seed)


def batches(rows: int = 256, seed: int = 0) -> Batches:
    """Return the one batch there is: rows of 64 numbers around 10 centres, and the one-hot class of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(10, 64))
    classes = rng.integers(10, size=rows)
    return [(centres[classes] + rng.normal(size=(rows, 64)), np.eye(10)[classes])]
