"""micrograd's demo in JAX: the loss in array form, `jax.grad` for its derivative, `jax.jit` for the step."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.references.arrays import Batches
from benchmarks.references.mlp import matrices
from benchmarks.references.moons import ALPHA, learning_rate
from benchmarks.speed.race import Step
from nn import MLP


def start(model: MLP, batches: Batches) -> Step:
    """Return the training step, in float64; batches lie on the device before the first."""
    jax.config.update("jax_enable_x64", True)
    weights = jax.tree.map(jnp.asarray, matrices(model))
    on_device = jax.tree.map(jnp.asarray, batches)

    def step(k: int) -> float:
        nonlocal weights
        weights, loss = _update(weights, *on_device[k % len(on_device)], learning_rate(k))
        return float(loss)

    return step


def _loss(weights: Any, x: Any, y: Any) -> Any:
    h = x
    for w, b in weights[:-1]:
        h = jax.nn.relu(h @ w.T + b)
    w, b = weights[-1]
    scores = (h @ w.T + b)[:, 0]
    penalty = sum((array * array).sum() for array in jax.tree.leaves(weights))
    return jax.nn.relu(1.0 - y * scores).mean() + ALPHA * penalty


@partial(jax.jit, donate_argnums=0)
def _update(weights: Any, x: Any, y: Any, rate: Any) -> tuple[Any, Any]:
    loss, gradient = jax.value_and_grad(_loss)(weights, x, y)
    return jax.tree.map(lambda w, g: w - rate * g, weights, gradient), loss
