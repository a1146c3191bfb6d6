"""An encoder–decoder that turns strings of 10 letters round: 2 layers each, 32 wide, 4 heads; batch 32."""

from __future__ import annotations

import numpy as np

import nn
from benchmarks.references.arrays import Batches

LEARNING_RATE = 0.003
HEADS = 4
LETTERS = 26


def network(layers: int = 2, context: int = 10) -> nn.EncoderDecoder:
    """Return the model."""
    return nn.EncoderDecoder(LETTERS + 1, 32, HEADS, layers, context, seed=0)


def batches(rows: int = 32, context: int = 10) -> Batches:
    """Return pairs of what is read and what has been written, as 2 × `context` symbols, and what follows."""
    found = []
    for source in np.random.default_rng(0).integers(1, LETTERS + 1, size=(4, rows, context)):
        target = source[:, ::-1]
        written = np.pad(target[:, :-1], ((0, 0), (1, 0)))  # symbol 0 stands before the first
        found.append((np.stack([source, written], axis=1), target.copy()))
    return found
