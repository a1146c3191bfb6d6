"""The encoder–decoder in JAX: the loss in array form, `jax.grad` for its derivative."""

from __future__ import annotations

from math import sqrt
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.references.arrays import Batches
from benchmarks.references.encoder_decoder import HEADS, LEARNING_RATE
from benchmarks.references.transformer_jax import attention, feed_forward, norm, surprise, training
from benchmarks.speed.race import Step
from nn import EncoderDecoder
from nn.sequences.positions import sine_positions


def start(model: EncoderDecoder, batches: Batches) -> Step:
    """Return the training step."""
    return training(model, batches, _loss, LEARNING_RATE)


def _loss(w: Any, texts: Any, targets: Any) -> Any:
    width = w["head.weight"].shape[1]
    places = jnp.array(sine_positions(texts.shape[2] + 1, width))[1:]
    memory, x = (sqrt(width) * w["head.weight"][texts[:, side]] + places for side in (0, 1))
    layers = range(sum(name.startswith("transformer.encoder") and "linear1.w" in name for name in w))
    for layer in layers:
        name = f"transformer.encoder.layers.{layer}"
        found = attention(w, f"{name}.self_attn", memory, memory, HEADS, causal=False)
        memory = norm(w, f"{name}.norm1", memory + found)
        memory = norm(w, f"{name}.norm2", memory + feed_forward(w, name, memory, jax.nn.relu))
    memory = norm(w, "transformer.encoder.norm", memory)
    for layer in layers:
        name = f"transformer.decoder.layers.{layer}"
        x = norm(w, f"{name}.norm1", x + attention(w, f"{name}.self_attn", x, x, HEADS, causal=True))
        found = attention(w, f"{name}.multihead_attn", x, memory, HEADS, causal=False)
        x = norm(w, f"{name}.norm2", x + found)
        x = norm(w, f"{name}.norm3", x + feed_forward(w, name, x, jax.nn.relu))
    return surprise(norm(w, "transformer.decoder.norm", x) @ w["head.weight"].T, targets)
