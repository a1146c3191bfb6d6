"""The LSTM by hand in NumPy: a loop over the steps, forwards, and then backwards through time."""

from __future__ import annotations

import numpy as np

from benchmarks.references.arrays import Array, Batches
from benchmarks.references.lstm import LEARNING_RATE, Classifier, weights
from benchmarks.speed.race import Step


def start(model: Classifier, batches: Batches) -> Step:
    """Return the training step; what a product can do for all steps at once is done in one."""
    now = weights(model)
    from_input, from_memory, bias_ih, bias_hh, dense, dense_biases = now
    width = from_memory.shape[1]

    def step(k: int) -> float:
        x, y = batches[k % len(batches)]
        count, steps, _ = x.shape
        inputs = np.ascontiguousarray(x.swapaxes(0, 1))
        gates = inputs @ from_input.T + (bias_ih + bias_hh)
        h = np.zeros((steps + 1, count, width))
        c = np.zeros((steps + 1, count, width))
        shown = np.empty((steps, count, width))
        for t in range(steps):
            z = gates[t]
            z += h[t] @ from_memory.T
            z[:, : 2 * width] = _sigmoid(z[:, : 2 * width])
            z[:, 2 * width : 3 * width] = np.tanh(z[:, 2 * width : 3 * width])
            z[:, 3 * width :] = _sigmoid(z[:, 3 * width :])
            i, f, g, o = np.split(z, 4, axis=1)
            c[t + 1] = f * c[t] + i * g
            shown[t] = np.tanh(c[t + 1])
            h[t + 1] = o * shown[t]
        logits = h[-1] @ dense.T + dense_biases
        shifted = logits - logits.max(axis=1, keepdims=True)
        powers = np.exp(shifted)
        totals = powers.sum(axis=1, keepdims=True)
        loss = (np.log(totals[:, 0]) - (y * shifted).sum(axis=1)).mean()

        d_logits = (powers / totals - y) / count
        d_h, d_c = d_logits @ dense, np.zeros((count, width))
        d_gates = np.empty_like(gates)
        for t in reversed(range(steps)):
            i, f, g, o = np.split(gates[t], 4, axis=1)
            d_c += d_h * o * (1.0 - shown[t] * shown[t])
            d_i, d_f, d_g, d_o = np.split(d_gates[t], 4, axis=1)
            d_i[:] = d_c * g * i * (1.0 - i)
            d_f[:] = d_c * c[t] * f * (1.0 - f)
            d_g[:] = d_c * i * (1.0 - g * g)
            d_o[:] = d_h * shown[t] * o * (1.0 - o)
            d_c *= f
            d_h = d_gates[t] @ from_memory
        flat = d_gates.reshape(steps * count, 4 * width)
        d_bias = flat.sum(axis=0)
        for array, gradient in (
            (from_input, flat.T @ inputs.reshape(steps * count, -1)),
            (from_memory, flat.T @ h[:-1].reshape(steps * count, width)),
            (bias_ih, d_bias),
            (bias_hh, d_bias),
            (dense, d_logits.T @ h[-1]),
            (dense_biases, d_logits.sum(axis=0)),
        ):
            array -= LEARNING_RATE * gradient
        return float(loss)

    return step


def _sigmoid(z: Array) -> Array:
    half = np.tanh(0.5 * z)
    return 0.5 + 0.5 * half
