"""The encoder–decoder by hand in NumPy, forwards and backwards, a batch at a time."""

from __future__ import annotations

from functools import partial
from math import sqrt
from typing import Any

import numpy as np

from benchmarks.references.arrays import Array, Batches
from benchmarks.references.encoder_decoder import HEADS, LEARNING_RATE
from benchmarks.references.transformer_numpy import Blocks, looked_up, surprise, training
from benchmarks.speed.race import Step
from nn import EncoderDecoder
from nn.sequences.positions import sine_positions


def start(model: EncoderDecoder, batches: Batches) -> Step:
    """Return the training step."""
    blocks = partial(Blocks, heads=HEADS, norm_first=False)
    return training(model, batches, blocks, differentiate, LEARNING_RATE)


def differentiate(blocks: Blocks, texts: Array, targets: Array) -> Any:
    """Return the mean cross-entropy over a batch, and add its derivative along each matrix."""
    width = blocks.weights["head.weight"].shape[1]
    layers = sum(name.startswith("transformer.encoder") and "linear1.w" in name for name in blocks.weights)
    places = np.array(sine_positions(texts.shape[2] + 1, width))[1:]
    memory, back_source = looked_up(blocks, texts[:, 0], sqrt(width))
    memory = memory + places
    encoding = []
    for layer in range(layers):
        memory, back = blocks.layer(memory, f"transformer.encoder.layers.{layer}", causal=False)
        encoding.append(back)
    memory, back = blocks.norm(memory, "transformer.encoder.norm")
    encoding.append(back)

    x, back_target = looked_up(blocks, texts[:, 1], sqrt(width))
    x = x + places
    decoding, d_memories = [], []
    for layer in range(layers):
        x, back = decoder_layer(blocks, x, memory, f"transformer.decoder.layers.{layer}", d_memories)
        decoding.append(back)
    x, back_norm = blocks.norm(x, "transformer.decoder.norm")
    logits, back_head = blocks.linear(x, "head.weight")
    loss, d = surprise(logits, targets)
    d = back_norm(back_head(d))
    for back in reversed(decoding):
        d = back(d)
    back_target(d)
    d = sum(d_memories)
    for back in reversed(encoding):
        d = back(d)
    back_source(d)
    return loss


def decoder_layer(blocks: Blocks, x: Array, memory: Array, name: str, d_memories: list[Array]) -> Any:
    """Return a layer that looks at itself, at the memory, and through its network, and the way back.

    On the way back the derivative along the memory is put into `d_memories`.
    """

    def look(x: Array) -> Any:
        out, back = blocks.attention(x, memory, f"{name}.multihead_attn", causal=False)

        def back_to_x(d_out: Array) -> Array:
            d_x, d_memory = back(d_out)
            d_memories.append(d_memory)
            return d_x

        return out, back_to_x

    parts = (
        lambda x: blocks.self_attention(x, f"{name}.self_attn", causal=True),
        look,
        lambda x: blocks.feed_forward(x, name),
    )
    backs = []
    for number, part in enumerate(parts, 1):
        x, back = blocks.around(x, part, f"{name}.norm{number}")
        backs.append(back)
    return x, lambda d_out: backs[0](backs[1](backs[2](d_out)))
