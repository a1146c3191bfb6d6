"""micrograd's demo: 100 points on two moons, a 2-16-16-1 network, hinge loss and L2, gradient descent."""

from __future__ import annotations

import numpy as np

import nn
from benchmarks.references.arrays import Batches

ALPHA = 1e-4
"""The weight of the L2 penalty."""


def network(seed: int = 1337) -> nn.MLP:
    """Return the network of the demo, whose weights are micrograd's after `random.seed`."""
    return nn.MLP(2, [16, 16, 1], seed=seed)


def batches(points: int = 100, seed: int = 1337) -> Batches:
    """Return the one batch there is: points, n × 2, and labels −1 or 1."""
    dataset = nn.moons(points, seed=seed)
    return [(np.array(dataset.features), 2.0 * np.array(dataset.targets) - 1.0)]


def learning_rate(k: int) -> float:
    """Return the rate of step `k`: from 1.0 down to 0.1 in step 100, and then for ever."""
    return 1.0 - 0.9 * min(k, 100) / 100
