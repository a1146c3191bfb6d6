"""Attention and the Transformer beside PyTorch's. In the configurations True in a mask forbids a pair."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

import nn
from tests.nn.model.pieces import Arguments, Array, Piece

Masks = dict[str, Any]


def sequence(rng: np.random.Generator, width: int, most: int = 3) -> Array:
    return rng.normal(size=(int(rng.integers(1, most + 1)), width))


def mask(rng: np.random.Generator, *shape: int) -> list[Any] | None:
    """Draw a mask that leaves something to each row, or none: for nothing PyTorch's layers may give nan."""
    forbidden = rng.random(shape) < 0.5
    forbidden[..., int(rng.integers(shape[-1]))] = False
    return forbidden.tolist() if rng.random() < 0.6 else None


def in_torch(torch: Any, masks: Masks) -> Masks:
    return {name: None if mask is None else torch.tensor(mask) for name, mask in masks.items()}


def in_ours(masks: Masks) -> Masks:
    return {
        name: None if mask is None else np.where(mask, -inf, 0.0).tolist() for name, mask in masks.items()
    }


def attention() -> Piece:
    def configure(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
        query, key = sequence(rng, int(rng.integers(1, 5))), int(rng.integers(1, 5))
        inputs = [query, rng.normal(size=(key, query.shape[1])), rng.normal(size=(key, 2))]
        return {"attn_mask": mask(rng, len(query), key)}, inputs

    def theirs(torch: Any, arguments: Arguments) -> Callable[..., Any]:
        def call(*inputs: Any) -> Any:
            forbidden = in_torch(torch, arguments)["attn_mask"]
            seen = None if forbidden is None else ~forbidden
            return torch.nn.functional.scaled_dot_product_attention(*inputs, attn_mask=seen)

        return call

    def ours(arguments: Arguments) -> Callable[..., Any]:
        return lambda *inputs: nn.scaled_dot_product_attention(*inputs, **in_ours(arguments))

    return Piece("scaled_dot_product_attention", configure, theirs, ours, order=2)


def module(
    name: str,
    theirs: str,
    configure: Callable[[np.random.Generator], tuple[Arguments, list[Array]]],
    call: Masks | None = None,
    order: int = 1,
) -> Piece:
    """Return the entry of a module that is called with its inputs and with `arguments["masks"]`."""

    def in_pytorch(torch: Any, arguments: Arguments) -> Any:
        class Called(getattr(torch.nn, theirs)):  # type: ignore[misc]
            def forward(self, *inputs: Any) -> Any:
                return super().forward(*inputs, **in_torch(torch, arguments["masks"]), **(call or {}))

        return Called(**arguments["made"])

    def here(arguments: Arguments) -> Any:
        class Called(getattr(nn, name)):  # type: ignore[misc]
            def __call__(self, *inputs: Any) -> Any:
                return super().__call__(*inputs, **in_ours(arguments["masks"]))

        return Called(**arguments["made"])

    return Piece(name, configure, in_pytorch, here, order)


def heads(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
    number = int(rng.integers(1, 3))
    width = number * int(rng.integers(1, 3))
    query, key = sequence(rng, width), sequence(rng, width)
    masks = {"attn_mask": mask(rng, len(query), len(key)), "key_padding_mask": None}
    if masks["attn_mask"] is None:
        masks["key_padding_mask"] = mask(rng, len(key))
    made = {"embed_dim": width, "num_heads": number, "bias": bool(rng.random() < 0.7)}
    return {"made": made, "masks": masks}, [query, key, rng.normal(size=key.shape)]


def sizes(rng: np.random.Generator) -> Arguments:
    """Return arguments of a layer, neither so narrow that a norm takes all there was to learn.

    After a norm over two numbers these are ±1, and after one hidden neuron the norm undoes its size: slopes
    would be what rounding leaves of them.
    """
    return {
        "d_model": 4,
        "nhead": int(rng.choice([1, 2])),
        "dim_feedforward": int(rng.integers(4, 7)),
        "dropout": 0.0,
        "activation": str(rng.choice(["relu", "gelu"])),
        "norm_first": bool(rng.random() < 0.5),
    }


def encoder_layer(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
    src = sequence(rng, 4, 2)
    return {"made": sizes(rng), "masks": {"src_mask": mask(rng, len(src), len(src))}}, [src]


def decoder_layer(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
    tgt, memory = sequence(rng, 4, 2), sequence(rng, 4, 2)
    causal = np.triu(np.ones((len(tgt), len(tgt)), bool), 1).tolist()
    masks = {"tgt_mask": causal, "memory_mask": mask(rng, len(tgt), len(memory))}
    return {"made": sizes(rng), "masks": masks}, [tgt, memory]


def pair(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
    src, tgt = sequence(rng, 4, 2), sequence(rng, 4, 2)
    padding = mask(rng, len(src))
    causal = np.triu(np.ones((len(tgt), len(tgt)), bool), 1).tolist()
    masks = {"tgt_mask": causal, "src_key_padding_mask": padding, "memory_key_padding_mask": padding}
    layers = {"num_encoder_layers": 1, "num_decoder_layers": int(rng.integers(1, 3))}
    return {"made": {**sizes(rng), **layers}, "masks": masks}, [src, tgt]


def linear(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
    inputs, outputs = (int(size) for size in rng.integers(1, 5, size=2))
    made = {"in_features": inputs, "out_features": outputs, "bias": bool(rng.random() < 0.7)}
    return {"made": made, "masks": {}}, [rng.normal(size=inputs)]


PIECES = [
    attention(),
    module("Linear", "Linear", linear),
    module("MultiHeadAttention", "MultiheadAttention", heads, {"average_attn_weights": False}, order=2),
    module("TransformerEncoderLayer", "TransformerEncoderLayer", encoder_layer),
    module("TransformerDecoderLayer", "TransformerDecoderLayer", decoder_layer),
    module("Transformer", "Transformer", pair),
]
