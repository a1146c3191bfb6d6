"""Embeddings: a vector to be learned for each symbol (document 001 §5), and how alike two vectors are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Value, dot, norm, take, where
from autograd.primitive import as_number
from nn.model.module import Module
from nn.model.shape import Row, as_row
from nn.seed import Seed, generator
from nn.sizes import require_at_least
from nn.symbols import as_symbols


class Embedding(Module):
    """A table with a vector of `embedding_dim` numbers for each of `num_embeddings` symbols, 0, 1, …

    `weight[symbol]` is the vector, a row as in PyTorch; document 001 draws a word's vector as a column. The
    numbers are drawn from the normal distribution at first. A vector is what the table as a matrix makes of
    the one-hot vector of its symbol, without the products by 0. Raises ValueError for a size below 1.
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, *, seed: Seed = None) -> None:
        require_at_least(1, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        rng = generator(seed)
        self.weight = [[Value(rng.gauss(0, 1)) for _ in range(embedding_dim)] for _ in range(num_embeddings)]

    def __call__(self, symbols: Any) -> list[Any]:
        """Return the vector of a symbol, or a list of vectors for a list or an array of symbols.

        A symbol may be an argument of a compiled function. Raises IndexError, with both numbers, for one that
        the table does not have, TypeError for a text.
        """
        return looked_up(self.weight, symbols)

    def __repr__(self) -> str:
        return f"Embedding({len(self.weight)}, {len(self.weight[0])})"


def looked_up(table: Sequence[Row], symbols: Any) -> list[Any]:
    """Return the row of a symbol in a table, or a list of rows for symbols; errors as in `Embedding`."""
    symbols = as_symbols(symbols)
    if isinstance(symbols, Sequence):
        return [looked_up(table, symbol) for symbol in symbols]
    row: list[Any] = take(table, symbols)
    return row


def cosine_similarity(x1: Row, x2: Row) -> Any:
    """Return the cosine of the angle between two vectors, from −1 to 1: the dot product of their directions.

    The lengths do not matter, from the smallest normal number up. A vector of length 0 has no direction; it
    is like no other: the cosine is 0, with slopes 0. Raises ValueError, with both numbers, for vectors of
    unlike lengths.
    """
    x1, x2 = (as_row("cosine_similarity", x) for x in (x1, x2))
    if len(x1) != len(x2):
        raise ValueError(f"cosine_similarity needs vectors of one length, got {len(x1)} and {len(x2)}")
    return dot(_direction(x1), _direction(x2))


def _direction(vector: Row) -> list[Any]:
    length = norm(vector)
    nowhere = length <= 0
    divisor = where(nowhere, 1.0, length)
    return [where(nowhere, 0.0, as_number(number) / divisor) for number in vector]
