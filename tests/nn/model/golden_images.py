"""Convolutions, poolings and what changes the shape of an image, beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from tests.nn.model.pieces import Arguments, Array, Piece


def sizes(rng: np.random.Generator, dimensions: int, low: int, high: int) -> Any:
    """Return a size along each dimension: a number of one, a list of two."""
    drawn = rng.integers(low, high + 1, dimensions).tolist()
    return drawn if dimensions > 1 else drawn[0]


def image(rng: np.random.Generator, channels: int, dimensions: int, least: int) -> Array:
    """Return channels of `least` to `least + 2` numbers along each dimension."""
    return rng.normal(size=(channels, *rng.integers(least, least + 3, dimensions)))


def with_tuples(arguments: Arguments) -> Arguments:
    """Return arguments in which the lists of JSON are the tuples they were."""
    return {name: tuple(size) if isinstance(size, list) else size for name, size in arguments.items()}


def piece(name: str, configure: Any) -> Piece:
    """Return the entry of a piece that has one name and the same arguments on both sides."""
    return Piece(
        name,
        configure,
        lambda torch, arguments: getattr(torch.nn, name)(**with_tuples(arguments)),
        lambda arguments: getattr(nn, name)(**with_tuples(arguments)),
    )


def convolution(dimensions: int) -> Piece:
    def configure(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
        groups = int(rng.integers(1, 3))
        channels = groups * int(rng.integers(1, 3))
        arguments = {
            "in_channels": channels,
            "out_channels": groups * int(rng.integers(1, 3)),
            "kernel_size": sizes(rng, dimensions, 1, 3),
            "stride": sizes(rng, dimensions, 1, 2),
            "padding": sizes(rng, dimensions, 0, 2),
            "dilation": sizes(rng, dimensions, 1, 2),
            "groups": groups,
            "bias": bool(rng.integers(4)),
        }
        return arguments, [image(rng, channels, dimensions, least=5)]

    return piece(f"Conv{dimensions}d", configure)


def pooling(kind: str, dimensions: int) -> Piece:
    def configure(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
        arguments = {"kernel_size": sizes(rng, dimensions, 1, 3)}
        if rng.integers(2):
            arguments["stride"] = sizes(rng, dimensions, 1, 3)
        return arguments, [image(rng, int(rng.integers(1, 3)), dimensions, least=3)]

    return piece(f"{kind}Pool{dimensions}d", configure)


def upsampling() -> Piece:
    def configure(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
        dimensions = int(rng.integers(1, 3))
        return {"scale_factor": sizes(rng, dimensions, 1, 3)}, [image(rng, 2, dimensions, least=1)]

    return Piece(
        "Upsample",
        configure,
        # PyTorch wants a batch here, where the others do without.
        lambda torch, arguments: lambda x: torch.nn.Upsample(**with_tuples(arguments))(x[None])[0],
        lambda arguments: nn.Upsample(**with_tuples(arguments)),
    )


def flattening() -> Piece:
    def configure(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
        return {}, [image(rng, 2, int(rng.integers(1, 3)), least=1)]

    return Piece(
        "Flatten", configure, lambda torch, arguments: torch.nn.Flatten(0), lambda arguments: nn.Flatten()
    )


PIECES = [
    *map(convolution, (1, 2)),
    *(pooling(kind, dimensions) for kind in ("Max", "Avg") for dimensions in (1, 2)),
    upsampling(),
    flattening(),
]
