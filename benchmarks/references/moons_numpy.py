"""micrograd's demo by hand in NumPy, forwards and backwards."""

from __future__ import annotations

from itertools import chain

import numpy as np

from benchmarks.references.arrays import Batches, joined
from benchmarks.references.mlp import matrices
from benchmarks.references.moons import ALPHA, learning_rate
from benchmarks.speed.race import Step
from nn import MLP


def start(model: MLP, batches: Batches) -> Step:
    """Return the training step; all matrices are views of one vector, which is penalised and moved."""
    vector, (w1, b1, w2, b2, w3, b3) = joined(chain(*matrices(model)))

    def step(k: int) -> float:
        x, y = batches[k % len(batches)]
        h1 = np.maximum(x @ w1.T + b1, 0.0)
        h2 = np.maximum(h1 @ w2.T + b2, 0.0)
        scores = (h2 @ w3.T + b3)[:, 0]
        margins = np.maximum(1.0 - y * scores, 0.0)
        loss = margins.mean() + ALPHA * (vector @ vector)

        d_scores = np.where(margins > 0.0, -y / len(y), 0.0)[:, None]
        d_h2 = (d_scores @ w3) * (h2 > 0.0)
        d_h1 = (d_h2 @ w2) * (h1 > 0.0)
        gradient = np.concatenate(
            [
                (d_h1.T @ x).ravel(),
                d_h1.sum(axis=0),
                (d_h2.T @ h1).ravel(),
                d_h2.sum(axis=0),
                (d_scores.T @ h2).ravel(),
                d_scores.sum(axis=0),
            ]
        )
        vector[:] -= learning_rate(k) * (gradient + 2.0 * ALPHA * vector)
        return float(loss)

    return step
