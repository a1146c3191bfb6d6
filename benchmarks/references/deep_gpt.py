"""A deeper character GPT: 4 layers, 32 wide, 4 heads, 32 symbols of context; batch 16, trained by Adam."""

from __future__ import annotations

import numpy as np

import nn
from benchmarks.references import gpt
from benchmarks.references.arrays import Batches

LEARNING_RATE = 0.003
HEADS = 4


def network(layers: int = 4, context: int = 32) -> nn.GPT:
    """Return the model."""
    return nn.GPT(len(gpt.SYMBOLS), 32, HEADS, layers, context, seed=0)


def batches(rows: int = 16, context: int = 32) -> Batches:
    """Return windows of the text of `gpt` as symbol numbers: what is read and, one further on, what comes."""
    text = np.array([gpt.SYMBOLS.index(symbol) for symbol in ".".join(gpt.TEXT.split())])
    starts = np.random.default_rng(0).integers(len(text) - context, size=(4, rows, 1))
    windows = text[starts + np.arange(context + 1)]
    return [(window[:, :-1], window[:, 1:]) for window in windows]
