"""The LSTM in JAX: a scan over the steps, `jax.grad` for its derivative."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.references.arrays import Batches
from benchmarks.references.lstm import LEARNING_RATE, Classifier, weights
from benchmarks.speed.race import Step


def start(model: Classifier, batches: Batches) -> Step:
    """Return the training step, in float64; batches lie on the device before the first."""
    jax.config.update("jax_enable_x64", True)
    now = jax.tree.map(jnp.asarray, weights(model))
    on_device = jax.tree.map(jnp.asarray, batches)

    def step(k: int) -> float:
        nonlocal now
        now, loss = _update(now, *on_device[k % len(on_device)])
        return float(loss)

    return step


def _loss(weights: Any, x: Any, y: Any) -> Any:
    from_input, from_memory, bias_ih, bias_hh, dense, dense_biases = weights
    sums = (x @ from_input.T + bias_ih + bias_hh).swapaxes(0, 1)  # of all steps in one product

    def remember(state: Any, sums: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(sums + h @ from_memory.T, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    nothing = jnp.zeros((len(x), from_memory.shape[1]))
    (h, _), _ = jax.lax.scan(remember, (nothing, nothing), sums)
    logits = h @ dense.T + dense_biases
    return -(y * jax.nn.log_softmax(logits)).sum(axis=1).mean()


@partial(jax.jit, donate_argnums=0)
def _update(weights: Any, x: Any, y: Any) -> tuple[Any, Any]:
    loss, gradient = jax.value_and_grad(_loss)(weights, x, y)
    return jax.tree.map(lambda w, g: w - LEARNING_RATE * g, weights, gradient), loss
