"""Embeddings and the likeness of vectors beside PyTorch's."""

from __future__ import annotations

import numpy as np

import nn
from tests.nn.model.pieces import Arguments, Array, Piece


def table(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
    count = int(rng.integers(1, 7))
    arguments = {"num_embeddings": count, "embedding_dim": int(rng.integers(1, 5))}
    return arguments, [rng.integers(0, count, size=int(rng.integers(1, 6)))]


def vectors(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
    size = int(rng.integers(2, 6))
    return {}, [10.0 ** rng.integers(-2, 3) * rng.normal(size=size) for _ in range(2)]


PIECES = [
    Piece(
        "Embedding",
        table,
        lambda torch, arguments: torch.nn.Embedding(**arguments),
        lambda arguments: nn.Embedding(**arguments),
    ),
    Piece(
        "cosine_similarity",
        vectors,
        lambda torch, arguments: lambda x, y: torch.nn.functional.cosine_similarity(x, y, dim=0),
        lambda arguments: nn.cosine_similarity,
        order=2,
    ),
]
