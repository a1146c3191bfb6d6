"""The classifier by hand in NumPy, forwards and backwards."""

from __future__ import annotations

import numpy as np

from benchmarks.references.arrays import Batches
from benchmarks.references.classifier import LEARNING_RATE
from benchmarks.references.mlp import matrices
from benchmarks.speed.race import Step
from nn import MLP


def start(model: MLP, batches: Batches) -> Step:
    """Return the training step; the gradient of softmax and cross-entropy together is p − y."""
    (w1, b1), (w2, b2), (w3, b3) = matrices(model)

    def step(k: int) -> float:
        x, y = batches[k % len(batches)]
        h1 = np.maximum(x @ w1.T + b1, 0.0)
        h2 = np.maximum(h1 @ w2.T + b2, 0.0)
        logits = h2 @ w3.T + b3
        shifted = logits - logits.max(axis=1, keepdims=True)
        powers = np.exp(shifted)
        totals = powers.sum(axis=1, keepdims=True)
        loss = (np.log(totals[:, 0]) - (y * shifted).sum(axis=1)).mean()

        d_logits = (powers / totals - y) / len(y)
        d_h2 = (d_logits @ w3) * (h2 > 0.0)
        d_h1 = (d_h2 @ w2) * (h1 > 0.0)
        w3[:] -= LEARNING_RATE * (d_logits.T @ h2)
        b3[:] -= LEARNING_RATE * d_logits.sum(axis=0)
        w2[:] -= LEARNING_RATE * (d_h2.T @ h1)
        b2[:] -= LEARNING_RATE * d_h2.sum(axis=0)
        w1[:] -= LEARNING_RATE * (d_h1.T @ x)
        b1[:] -= LEARNING_RATE * d_h1.sum(axis=0)
        return float(loss)

    return step
