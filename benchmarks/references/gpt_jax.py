"""The GPT in JAX: the loss in array form, `jax.grad` for its derivative, `jax.jit` for the step with Adam."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.references.arrays import Batches
from benchmarks.references.gpt import LEARNING_RATE, matrices
from benchmarks.references.gpt_model import GPT
from benchmarks.speed.race import Step


def start(model: GPT, batches: Batches, dtype: str = "float64") -> Step:
    """Return the training step; batches lie on the device before the first."""
    jax.config.update("jax_enable_x64", True)
    weights = jax.tree.map(jnp.asarray, matrices(model, dtype))
    moments = jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights)
    on_device = jax.tree.map(jnp.asarray, batches)
    heads = len(model.blocks[0].heads)

    def step(k: int) -> float:
        nonlocal weights, moments
        weights, moments, loss = _update(weights, moments, k + 1, *on_device[k % len(on_device)], heads)
        return float(loss)

    return step


def _norm(x: Any) -> Any:
    return x * jax.lax.rsqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)


def _loss(w: Any, ids: Any, targets: Any, heads: int) -> Any:
    batch, time = ids.shape

    def split(x: Any) -> Any:
        return x.reshape(batch, time, heads, -1).transpose(0, 2, 1, 3)

    x = _norm(w["tokens"][ids] + w["positions"])
    normed = _norm(x)
    q, k, v = (split(normed @ w[name].T) for name in ("query", "key", "value"))
    scores = q @ k.swapaxes(2, 3) * q.shape[-1] ** -0.5
    shares = jax.nn.softmax(jnp.where(jnp.tril(jnp.ones((time, time), bool)), scores, -jnp.inf))
    attended = (shares @ v).transpose(0, 2, 1, 3).reshape(x.shape)
    x = x + attended @ w["output"].T
    x = x + jax.nn.relu(_norm(x) @ w["up"].T) @ w["down"].T
    scores = jax.nn.log_softmax(x @ w["head"].T)
    return -jnp.take_along_axis(scores, targets[..., None], axis=-1).mean()


@partial(jax.jit, static_argnames="heads", donate_argnums=(0, 1))
def _update(weights: Any, moments: Any, k: Any, ids: Any, targets: Any, heads: int) -> Any:
    loss, gradient = jax.value_and_grad(_loss)(weights, ids, targets, heads)
    means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], gradient)
    square_means = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * (g * g), moments[1], gradient)
    weights = jax.tree.map(
        lambda w, m, v: w - LEARNING_RATE * (m / (1 - 0.9**k)) / (jnp.sqrt(v / (1 - 0.999**k)) + 1e-8),
        weights,
        means,
        square_means,
    )
    return weights, (means, square_means), loss
