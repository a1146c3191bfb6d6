"""Normalisations beside PyTorch's."""

from __future__ import annotations

from typing import Any

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


def batch_norm(training: bool) -> Piece:
    def configure(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
        features = int(rng.integers(1, 4))
        spread, center = 10.0 ** rng.integers(-1, 2), rng.normal()
        arguments = {
            "num_features": features,
            "eps": 10.0 ** int(rng.integers(-8, -2)),
            "running_mean": rng.normal(size=features).tolist(),
            "running_var": rng.uniform(0.1, 2.0, size=features).tolist(),
        }
        return arguments, [spread * rng.normal(size=(int(rng.integers(3, 7)), features)) + center]

    def made(kind: Any, arguments: Arguments, numbers: Any) -> Any:
        norm = kind(arguments["num_features"], arguments["eps"])
        norm.running_mean, norm.running_var = map(
            numbers, (arguments["running_mean"], arguments["running_var"])
        )
        norm.train(training)
        return norm

    return Piece(
        "BatchNorm1d" if training else "BatchNorm1d_eval",
        configure,
        lambda torch, arguments: made(torch.nn.BatchNorm1d, arguments, torch.tensor),
        lambda arguments: made(nn.BatchNorm1d, arguments, lambda means: list(map(nn.Buffer, means))),
        order=2 if training else 1,
        compiled=not training,
    )


PIECES = [norm("LayerNorm"), norm("RMSNorm"), batch_norm(True), batch_norm(False)]
