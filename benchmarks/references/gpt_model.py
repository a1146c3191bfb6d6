"""The GPT in scalars, as a network: Zhang and Sennrich's norm, causal attention, a layer of ReLU neurons.

A symbol comes in as its one-hot row and picks its embedding by a weighted sum, Σ one-hot · embedding. To
take row number `symbol` of a list would be shorter, but then the symbol is part of the program and not of
its data: which row was taken is fixed when the program is recorded, and other text would be another program.
The targets of the loss are one-hot rows for the same reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, TypeAlias

from autograd import Value, dot, relu, softmax
from nn import Module

Row: TypeAlias = Sequence[Any]


class GPT(Module):
    """Embeddings of symbols and positions, blocks, and a head that scores each symbol as the next.

    Weights are normal with standard deviation 0.08, drawn from `seed`; there are no biases.
    """

    def __init__(
        self, symbols: int, width: int, heads: int, context: int, layers: int = 1, seed: int = 0
    ) -> None:
        rng = Random(seed)
        self.tokens = _matrix(symbols, width, rng)
        self.positions = _matrix(context, width, rng)
        self.blocks = [Block(width, heads, rng) for _ in range(layers)]
        self.head = _matrix(symbols, width, rng)

    def __call__(self, one_hots: Sequence[Row]) -> list[Row]:
        """Return the scores of the symbols to come after each of the symbols given."""
        features = list(zip(*self.tokens, strict=True))
        xs = [
            rms_norm([dot(feature, one_hot) + p for feature, p in zip(features, position, strict=True)])
            for one_hot, position in zip(one_hots, self.positions, strict=True)
        ]
        for block in self.blocks:
            xs = block(xs)
        return [linear(self.head, x) for x in xs]


class Block(Module):
    """Causal self-attention, then a layer of ReLU neurons, each added to what came in."""

    def __init__(self, width: int, heads: int, rng: Random) -> None:
        self.heads = [range(start, start + width // heads) for start in range(0, width, width // heads)]
        self.query = _matrix(width, width, rng)
        self.key = _matrix(width, width, rng)
        self.value = _matrix(width, width, rng)
        self.output = _matrix(width, width, rng)
        self.up = _matrix(4 * width, width, rng)
        self.down = _matrix(width, 4 * width, rng)

    def __call__(self, xs: Sequence[Row]) -> list[Row]:
        """Return a new row for each position; it depends on the rows up to there."""
        normed = [rms_norm(x) for x in xs]
        queries, keys, values = (
            [linear(matrix, x) for x in normed] for matrix in (self.query, self.key, self.value)
        )
        attended = [self._attend(query, keys[: t + 1], values[: t + 1]) for t, query in enumerate(queries)]
        xs = [add(x, linear(self.output, a)) for x, a in zip(xs, attended, strict=True)]
        hidden = [[relu(h) for h in linear(self.up, rms_norm(x))] for x in xs]
        return [add(x, linear(self.down, h)) for x, h in zip(xs, hidden, strict=True)]

    def _attend(self, query: Row, keys: Sequence[Row], values: Sequence[Row]) -> Row:
        """Return, head by head, the mean of the values, weighted by how well their keys fit the query."""
        attended = []
        for head in self.heads:
            scale = len(head) ** -0.5
            scores = [scale * dot([query[i] for i in head], [key[i] for i in head]) for key in keys]
            shares = softmax(scores)
            attended += [dot(shares, [value[i] for value in values]) for i in head]
        return attended


def linear(matrix: Sequence[Row], x: Row) -> Row:
    """Return the weighted sums of `x`, one for each row of the matrix."""
    return [dot(row, x) for row in matrix]


def add(x: Row, y: Row) -> Row:
    """Return x + y, element by element."""
    return [a + b for a, b in zip(x, y, strict=True)]


def rms_norm(x: Row) -> Row:
    """Return x / √(mean of x² + 1e-5). Zhang and Sennrich, Root mean square layer normalization (2019)."""
    scale = (dot(x, x) / float(len(x)) + 1e-5) ** -0.5
    return [a * scale for a in x]


def _matrix(rows: int, columns: int, rng: Random) -> list[list[Value]]:
    return [[Value(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]
