"""Recurrent cells and recurrences over a sequence, beside PyTorch's."""

from __future__ import annotations

import numpy as np

import nn
from tests.nn.model.pieces import Arguments, Array, Piece


def drawn(rng: np.random.Generator, name: str) -> Arguments:
    """Return arguments that the cell and the recurrence of a kind both have."""
    arguments: Arguments = {
        "input_size": int(rng.integers(1, 4)),
        "hidden_size": int(rng.integers(1, 4)),
        "bias": bool(rng.integers(4)),
    }
    if name.startswith("RNN"):
        arguments["nonlinearity"] = ["tanh", "relu"][int(rng.integers(2))]
    return arguments


def state(rng: np.random.Generator, name: str, *shape: int) -> Array:
    """Return a state; of an LSTM, h and c stand one after the other."""
    return rng.normal(size=(2, *shape) if name.startswith("LSTM") else shape)


def recurrent(name: str) -> Piece:
    def of_cell(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
        arguments = drawn(rng, name)
        return arguments, [
            rng.normal(size=arguments["input_size"]),
            state(rng, name, arguments["hidden_size"]),
        ]

    def of_sequence(rng: np.random.Generator) -> tuple[Arguments, list[Array]]:
        arguments = drawn(rng, name)
        arguments["num_layers"], arguments["bidirectional"] = int(rng.integers(1, 3)), bool(rng.integers(2))
        cells = arguments["num_layers"] * (1 + arguments["bidirectional"])
        rows = rng.normal(size=(int(rng.integers(1, 5)), arguments["input_size"]))
        return arguments, [rows, state(rng, name, cells, arguments["hidden_size"])]

    return Piece(
        name,
        of_cell if name.endswith("Cell") else of_sequence,
        lambda torch, arguments: getattr(torch.nn, name)(**arguments),
        lambda arguments: getattr(nn, name)(**arguments),
        order=2 if name == "LSTMCell" else 1,
    )


PIECES = [recurrent(name) for name in ("RNNCell", "LSTMCell", "GRUCell", "RNN", "LSTM", "GRU")]
