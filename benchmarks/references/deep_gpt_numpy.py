"""The deeper GPT by hand in NumPy, forwards and backwards, a batch at a time."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.references.arrays import Array, Batches
from benchmarks.references.deep_gpt import HEADS, LEARNING_RATE
from benchmarks.references.transformer_numpy import Blocks, looked_up, surprise, training
from benchmarks.speed.race import Step
from nn import GPT


def start(model: GPT, batches: Batches) -> Step:
    """Return the training step."""
    blocks = partial(Blocks, heads=HEADS, norm_first=True)
    return training(model, batches, blocks, differentiate, LEARNING_RATE)


def differentiate(blocks: Blocks, ids: Array, targets: Array) -> Any:
    """Return the mean cross-entropy over a batch, and add its derivative along each matrix."""
    count = sum(name.endswith("linear1.weight") for name in blocks.weights)
    x, back_symbols = looked_up(blocks, ids)
    x += blocks.weights["positions.weight"][: ids.shape[1]]
    backs = []
    for layer in range(count):
        x, back = blocks.layer(x, f"blocks.layers.{layer}", causal=True)
        backs.append(back)
    x, back_norm = blocks.norm(x, "blocks.norm")
    logits, back_head = blocks.linear(x, "head.weight")
    loss, d = surprise(logits, targets)
    d = back_norm(back_head(d))
    for back in reversed(backs):
        d = back(d)
    blocks.gradients["positions.weight"][: ids.shape[1]] += d.sum(axis=0)
    back_symbols(d)
    return loss
