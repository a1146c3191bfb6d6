"""Convolutions, poolings and what changes the shape of an image, beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from tests.nn.model.pieces import Arguments, Array, Piece


def convolution(dimensions: int) -> Piece:
    name = f"Conv{dimensions}d"

    def configure(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
        def sizes(low: int, high: int) -> Any:
            return (
                rng.integers(low, high + 1).tolist()
                if dimensions == 1
                else rng.integers(low, high + 1, 2).tolist()
            )

        groups = int(rng.integers(1, 3))
        arguments = {
            "in_channels": groups * int(rng.integers(1, 3)),
            "out_channels": groups * int(rng.integers(1, 3)),
            "kernel_size": sizes(1, 3),
            "stride": sizes(1, 2),
            "padding": sizes(0, 2),
            "dilation": sizes(1, 2),
            "groups": groups,
            "bias": bool(rng.integers(4)),
        }
        lengths = rng.integers(5, 8, dimensions)
        return arguments, [rng.normal(size=(arguments["in_channels"], *lengths))]

    def arranged(arguments: Arguments) -> Arguments:
        return {name: tuple(size) if isinstance(size, list) else size for name, size in arguments.items()}

    return Piece(
        name,
        configure,
        lambda torch, arguments: getattr(torch.nn, name)(**arranged(arguments)),
        lambda arguments: getattr(nn, name)(**arranged(arguments)),
    )


PIECES = [convolution(1), convolution(2)]
