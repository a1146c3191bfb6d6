"""The parts of a Transformer in JAX, by the names that PyTorch has for the weights, and a step of Adam."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.references.arrays import Batches
from benchmarks.speed.race import Step
from nn import Module
from nn.weights.checkpoint import array
from nn.weights.tensors import tensors


def linear(w: Any, name: str, x: Any) -> Any:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def norm(w: Any, name: str, x: Any) -> Any:
    centered = x - x.mean(axis=-1, keepdims=True)
    scale = jax.lax.rsqrt((centered * centered).mean(axis=-1, keepdims=True) + 1e-5)
    return centered * scale * w[f"{name}.weight"] + w[f"{name}.bias"]


def attention(w: Any, name: str, x: Any, memory: Any, heads: int, causal: bool) -> Any:
    batch, width = len(x), x.shape[-1]

    def split(rows: Any, matrix: Any, bias: Any) -> Any:
        return (rows @ matrix.T + bias).reshape(batch, rows.shape[1], heads, -1).transpose(0, 2, 1, 3)

    matrices = jnp.split(w[f"{name}.in_proj_weight"], 3)
    biases = jnp.split(w[f"{name}.in_proj_bias"], 3)
    q, k, v = (split(rows, *of) for rows, *of in zip((x, memory, memory), matrices, biases, strict=True))
    scores = q @ k.swapaxes(2, 3) * q.shape[-1] ** -0.5
    if causal:
        scores = jnp.where(jnp.tril(jnp.ones(scores.shape[2:], bool)), scores, -jnp.inf)
    found = (jax.nn.softmax(scores) @ v).transpose(0, 2, 1, 3).reshape(batch, -1, width)
    return linear(w, f"{name}.out_proj", found)


def feed_forward(w: Any, name: str, x: Any, activation: Callable[[Any], Any]) -> Any:
    return linear(w, f"{name}.linear2", activation(linear(w, f"{name}.linear1", x)))


def surprise(logits: Any, targets: Any) -> Any:
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), targets[..., None], axis=-1).mean()


def training(
    model: Module, batches: Batches, loss: Callable[[Any, Any, Any], Any], learning_rate: float
) -> Step:
    """Return the training step of `loss(weights, x, y)`, in float64; batches lie on the device before."""
    jax.config.update("jax_enable_x64", True)
    weights = {name: jnp.asarray(array(tensor)) for name, tensor in tensors(model).items()}
    moments = jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights)
    on_device = jax.tree.map(jnp.asarray, batches)
    update = jax.jit(partial(_update, loss, learning_rate), donate_argnums=(0, 1))

    def step(k: int) -> float:
        nonlocal weights, moments
        weights, moments, found = update(weights, moments, k + 1, *on_device[k % len(on_device)])
        return float(found)

    return step


def _update(loss: Any, learning_rate: float, weights: Any, moments: Any, k: Any, x: Any, y: Any) -> Any:
    found, gradient = jax.value_and_grad(loss)(weights, x, y)
    means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], gradient)
    square_means = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * (g * g), moments[1], gradient)
    weights = jax.tree.map(
        lambda w, m, v: w - learning_rate * (m / (1 - 0.9**k)) / (jnp.sqrt(v / (1 - 0.999**k)) + 1e-8),
        weights,
        means,
        square_means,
    )
    return weights, (means, square_means), found
