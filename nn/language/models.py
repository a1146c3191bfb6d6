"""Language models: for each symbol of a sequence, a score for every symbol that may come next.

A sequence is a list of numbers of symbols, from 0. The scores at a place depend on the symbols up to there,
and their softmax is the probability of each to follow. The boundary stands before the first symbol.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nn.model.layers import MLP
from nn.model.linear import Linear
from nn.model.module import Module
from nn.seed import Seed, generator
from nn.sequences.embedding import Embedding
from nn.sequences.recurrent import GRU, LSTM, RNN
from nn.sizes import require_at_least
from nn.symbols import BOUNDARY

RECURRENT = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


class Bigram(Module):
    """A table with a row of scores for each symbol: what comes next depends on the last symbol alone."""

    def __init__(self, vocab_size: int, *, seed: Seed = None) -> None:
        self.table = Embedding(vocab_size, vocab_size, seed=seed)

    def __call__(self, symbols: Sequence[Any]) -> list[list[Any]]:
        """Return a row of scores for each symbol."""
        return self.table(symbols)


class WindowMLP(Module):
    """A layer of tanh neurons over the vectors of the last `window` symbols, and a layer of scores.

    Bengio, Ducharme, Vincent and Jauvin, A neural probabilistic language model (2003). Raises ValueError
    for a size below 1.
    """

    def __init__(
        self, vocab_size: int, embedding_dim: int, window: int, hidden_size: int, *, seed: Seed = None
    ) -> None:
        require_at_least(1, window=window)
        rng = generator(seed)
        self.embedding = Embedding(vocab_size, embedding_dim, seed=rng)
        self.window = window
        self.mlp = MLP(
            window * embedding_dim,
            [hidden_size, vocab_size],
            activation="tanh",
            init="xavier_uniform",
            seed=rng,
        )

    def __call__(self, symbols: Sequence[Any]) -> list[list[Any]]:
        """Return a row of scores for each symbol."""
        before = [self.embedding.weight[BOUNDARY]] * (self.window - 1)
        vectors = [*before, *self.embedding(symbols)]
        windows = [vectors[end - self.window : end] for end in range(self.window, len(vectors) + 1)]
        rows = [self.mlp([x for vector in window for x in vector]) for window in windows]
        # Of one symbol, an MLP gives the score without its list.
        return rows if len(self.embedding.weight) > 1 else [[score] for score in rows]


class RecurrentModel(Module):
    """A recurrence over the vectors of the symbols, and a layer of scores; `kind` is "rnn", "lstm" or "gru".

    Raises ValueError for another kind.
    """

    def __init__(
        self,
        kind: str,
        vocab_size: int,
        embedding_dim: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        seed: Seed = None,
    ) -> None:
        if kind not in RECURRENT:
            raise ValueError(f"unknown kind {kind!r}: choose {', '.join(RECURRENT)}")
        rng = generator(seed)
        self.embedding = Embedding(vocab_size, embedding_dim, seed=rng)
        self.recurrence = RECURRENT[kind](embedding_dim, hidden_size, num_layers, seed=rng)
        self.scores = Linear(hidden_size, vocab_size, seed=rng)

    def __call__(self, symbols: Sequence[Any]) -> list[list[Any]]:
        """Return a row of scores for each symbol."""
        outputs, _ = self.recurrence(self.embedding(symbols))
        return [self.scores(row) for row in outputs]
