"""Normalisations beside PyTorch's."""

from __future__ import annotations

import numpy as np

import nn
from tests.nn.model.pieces import Arguments, Array, Piece


def norm(name: str) -> Piece:
    def configure(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
        size = int(rng.integers(3, 8))
        spread, center = 10.0 ** rng.integers(-2, 3), rng.normal()
        arguments = {"normalized_shape": size, "eps": 10.0 ** int(rng.integers(-8, -2))}
        return arguments, [spread * rng.normal(size=size) + center]

    return Piece(
        name,
        configure,
        lambda torch, arguments: getattr(torch.nn, name)(**arguments),
        lambda arguments: getattr(nn, name)(**arguments),
        order=2,
    )


PIECES = [norm("LayerNorm"), norm("RMSNorm")]
