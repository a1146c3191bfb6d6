"""The network for pictures by hand in NumPy: all windows as rows of one matrix, forwards and backwards."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.references.arrays import Batches
from benchmarks.references.cnn import LEARNING_RATE, weights
from benchmarks.speed.race import Step
from nn import Sequential


def start(model: Sequential, batches: Batches) -> Step:
    """Return the training step; channels lie last, so that windows times kernels is one matrix product."""
    kernels, kernel_biases, dense, dense_biases = weights(model)
    dense = dense.transpose(0, 2, 1).reshape(10, 72).copy()  # in the order that pooling leaves

    def step(k: int) -> float:
        x, y = batches[k % len(batches)]
        count = len(x)
        seen = sliding_window_view(x[:, 0], (3, 3), axis=(1, 2)).reshape(-1, 9)
        h = np.maximum(seen @ kernels.T + kernel_biases, 0.0).reshape(count, 3, 2, 3, 2, 8)
        pooled = h.max(axis=(2, 4))
        flat = pooled.reshape(count, 72)
        logits = flat @ dense.T + dense_biases
        shifted = logits - logits.max(axis=1, keepdims=True)
        powers = np.exp(shifted)
        totals = powers.sum(axis=1, keepdims=True)
        loss = (np.log(totals[:, 0]) - (y * shifted).sum(axis=1)).mean()

        d_logits = (powers / totals - y) / count
        d_pooled = (d_logits @ dense).reshape(count, 3, 1, 3, 1, 8)
        # Windows share a largest number only where ReLU has made it 0, and there it passes nothing on.
        d_h = (d_pooled * ((h == pooled[:, :, None, :, None]) & (h > 0.0))).reshape(-1, 8)
        dense[:] -= LEARNING_RATE * (d_logits.T @ flat)
        dense_biases[:] -= LEARNING_RATE * d_logits.sum(axis=0)
        kernels[:] -= LEARNING_RATE * (d_h.T @ seen)
        kernel_biases[:] -= LEARNING_RATE * d_h.sum(axis=0)
        return float(loss)

    return step
