"""A character GPT: 1 layer, 16 wide, 4 heads, 16 symbols of context, an alphabet of 27; trained by Adam."""

from __future__ import annotations

import numpy as np

from benchmarks.references.arrays import Array, Batches
from benchmarks.references.gpt_model import GPT

SYMBOLS = ".abcdefghijklmnopqrstuvwxyz"
LEARNING_RATE = 0.01

TEXT = """
number value node edge leaf graph sum product power root sine cosine exponent logarithm slope tangent curve
derivative gradient chain rule upstream local contribution forward backward input output weight bias neuron
layer network loss target error square mean margin penalty step rate momentum epoch batch row column matrix
vector scalar symbol token position query key head score share mask context letter word sequence model train
test fold seed noise moon house iris flower petal
"""


def network(seed: int = 0) -> GPT:
    """Return the model in scalars, of 4192 parameters."""
    return GPT(symbols=len(SYMBOLS), width=16, heads=4, context=16, seed=seed)


def batches(size: int = 16, count: int = 10, seed: int = 0) -> Batches:
    """Return windows of the text as symbol numbers: what is read and, one further on, what comes next.

    Each batch is a pair of arrays, `size` × 16.
    """
    text = np.array([SYMBOLS.index(symbol) for symbol in ".".join(TEXT.split())])
    starts = np.random.default_rng(seed).integers(len(text) - 16, size=(count, size, 1))
    windows = text[starts + np.arange(17)]
    return [(window[:, :-1], window[:, 1:]) for window in windows]


def matrices(model: GPT, dtype: str = "float64") -> dict[str, Array]:
    """Return copies of the matrices of a model of one layer by name, outputs × inputs."""
    [block] = model.blocks
    named = {**vars(model), **vars(block)}
    return {
        name: np.array([[weight.data for weight in row] for row in named[name]], dtype)
        for name in ("tokens", "positions", "query", "key", "value", "output", "up", "down", "head")
    }
