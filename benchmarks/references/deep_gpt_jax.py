"""The deeper GPT in JAX: the loss in array form, `jax.grad` for its derivative."""

from __future__ import annotations

from typing import Any

import jax

from benchmarks.references.arrays import Batches
from benchmarks.references.deep_gpt import HEADS, LEARNING_RATE
from benchmarks.references.transformer_jax import attention, feed_forward, norm, surprise, training
from benchmarks.speed.race import Step
from nn import GPT


def start(model: GPT, batches: Batches) -> Step:
    """Return the training step."""
    return training(model, batches, _loss, LEARNING_RATE)


def _loss(w: Any, ids: Any, targets: Any) -> Any:
    x = w["head.weight"][ids] + w["positions.weight"][: ids.shape[1]]
    for layer in range(sum(name.endswith("linear1.weight") for name in w)):
        name = f"blocks.layers.{layer}"
        normed = norm(w, f"{name}.norm1", x)
        x += attention(w, f"{name}.self_attn", normed, normed, HEADS, causal=True)
        x += feed_forward(w, name, norm(w, f"{name}.norm2", x), jax.nn.gelu)
    return surprise(norm(w, "blocks.norm", x) @ w["head.weight"].T, targets)
