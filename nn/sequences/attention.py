"""Attention: every row of a sequence becomes a mean of rows, weighted by how well they fit (document 001 §4).

A sequence is a list of rows. A mask is a number for each pair of a query and a key, added to their score: 0.0
lets the query look at the key, −inf forbids it. True and False are refused with a ValueError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, sqrt
from typing import Any, TypeAlias

import numpy as np

from autograd import Value, dot, softmax
from autograd.ordered import refuse_unordered
from autograd.primitive import Operand, as_number
from nn.model.dropout import Dropout
from nn.model.init import xavier_uniform
from nn.model.linear import Linear, linear
from nn.model.module import Module
from nn.model.shape import require_rows
from nn.seed import Seed, generator
from nn.sizes import is_row, require_at_least

Row: TypeAlias = Sequence[Any]
Rows: TypeAlias = Sequence[Row]
"""A sequence, as a row of numbers for each of its places; or a mask, as a row for each query."""

Cache: TypeAlias = tuple[list[Row], list[Row]]
"""The keys and the values of the places so far, which those that come next look at as well."""


def causal_mask(size: int) -> list[list[float]]:
    """Return the mask with which each of `size` places looks at itself and at what came before.

    Raises ValueError for a size that is no whole number from 0 on.
    """
    require_at_least(0, size=size)
    return [[0.0 if key <= query else -inf for key in range(size)] for query in range(size)]


def scaled_dot_product_attention(
    query: Rows, key: Rows, value: Rows, attn_mask: Rows | None = None
) -> list[list[Any]]:
    """Return a row for each query: the mean of the values, weighted by the softmax of query·key/√d.

    d is the length of a query. A query that may look at nothing gets zeros. What plain numbers in a mask
    forbid is left out, were it infinite; in a compiled function whose argument the mask is, it has the weight
    0 instead, and 0 times infinity is nan. Vaswani et al., Attention is all you need (2017), 1. Raises
    ValueError, with both numbers, for shapes that do not fit.
    """
    refuse_unordered(query, key, value)
    for rows in (query, key, value):
        if not is_row(rows) or not all(map(is_row, rows)):
            raise TypeError(f"attention takes lists of rows, got {rows!r:.40}: write [[…]] for one row")
    masks = _rows(attn_mask, query, key)
    return [attended(row, key, value, mask)[0] for row, mask in zip(query, masks, strict=True)]


def attended(
    query: Row, key: Rows, value: Rows, mask: Row, dropout: Callable[[Row], Row] = list
) -> tuple[list[Any], list[Any]]:
    """Return what one query finds, and how much it looks at each key for that.

    `dropout` may lose some of these weights. A pair that a number in the mask forbids has the weight 0.0 and
    is left out. Errors as in `scaled_dot_product_attention`.
    """
    _check("mask", "keys", len(key), len(mask))
    _check("list of values", "keys", len(key), len(value))
    if not len(query):
        raise ValueError("attention needs queries of 1 number or more, got one of 0")
    seen = [place for place, number in enumerate(mask) if not _forbidden(number)]
    weights: list[Any] = [0.0] * len(key)
    if not seen:
        return [0.0] * (len(value[0]) if len(value) else 0), weights
    scale = 1.0 / sqrt(len(query))
    scores = []
    for place in seen:
        _check("key", "query", len(query), len(key[place]))
        _check("value", "first", len(value[seen[0]]), len(value[place]))
        scores.append(_plus(dot(query, key[place]) * scale, mask[place]))
    shares = dropout(softmax(scores))
    for place, share in zip(seen, shares, strict=True):
        weights[place] = share
    return [dot(shares, column) for column in zip(*(value[place] for place in seen), strict=True)], weights


def _forbidden(mask: Any) -> bool:
    """Return whether a pair is forbidden for good, as by a number: what is recorded may change later."""
    # True means "look" in one place of PyTorch and "do not" in another.
    if isinstance(mask, (bool, np.bool_)):
        raise ValueError(
            f"a mask is added to the scores: give -inf for forbidden and 0.0 for not, got {mask!r}"
        )
    return not isinstance(mask, Operand) and mask == -inf


def _plus(x: Any, mask: Any) -> Any:
    """Return x + mask, without a node for the number 0.0."""
    return as_number(x) + as_number(mask) if isinstance(mask, Operand) or mask != 0.0 else x


def _both(mask: Any, other: Any) -> Any:
    """Return the mask that does what both do."""
    return -inf if _forbidden(mask) or _forbidden(other) else _plus(mask, other)


def _rows(mask: Rows | None, query: Rows, key: Rows) -> Rows:
    """Return a row of the mask for each query."""
    if mask is None:
        return [[0.0] * len(key)] * len(query)
    _check("mask", "queries", len(query), len(mask))
    return mask


def _check(what: str, of: str, expected: int, got: int) -> None:
    if got != expected:
        raise ValueError(f"attention needs a {what} as long as the {of}: expected {expected}, got {got}")


class MultiHeadAttention(Module):
    """Attention by `num_heads` heads side by side, each with queries, keys and values of its own.

    `in_proj_weight[3E][E]` makes them, with E = `embed_dim`: first all queries, then keys, then values, each
    head's E/num_heads rows together. `out_proj` mixes what the heads found. The first weights are those of
    PyTorch: `xavier_uniform`, with biases of 0. In training a weight is lost with probability `dropout`.

    Raises ValueError for sizes below 1 and heads that do not divide the width.
    """

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, *, seed: Seed = None
    ) -> None:
        require_at_least(1, embed_dim=embed_dim, num_heads=num_heads)
        if embed_dim % num_heads:
            raise ValueError(
                f"attention needs a width that its heads divide, got embed_dim={embed_dim!r} and "
                f"num_heads={num_heads!r}"
            )
        rng = generator(seed)
        self.num_heads = num_heads
        self.in_proj_weight = [
            [Value(xavier_uniform(embed_dim, 3 * embed_dim, rng)) for _ in range(embed_dim)]
            for _ in range(3 * embed_dim)
        ]
        self.in_proj_bias = [Value(0.0) for _ in range(3 * embed_dim)] if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, seed=rng)
        for number in self.out_proj.bias or ():
            number.data = 0.0
        self.dropout = Dropout(dropout, seed=rng)

    def __call__(
        self,
        query: Rows,
        key: Rows,
        value: Rows,
        key_padding_mask: Row | None = None,
        attn_mask: Rows | None = None,
        *,
        cache: Cache | None = None,
    ) -> tuple[list[list[Any]], list[list[list[Any]]]]:
        """Return a row for each query, and the weights `[head][query][key]` by which it came about.

        The rows of `key` and `value` are those of one sequence, that of `query` too in self-attention.
        `attn_mask[query][key]` and `key_padding_mask[key]`, which holds for all queries, are added to the
        scores. With a `cache`, the keys and values that it holds come first, and the new ones are put in.

        Raises ValueError, with both numbers, for shapes that do not fit.
        """
        width = len(self.out_proj.weight)
        queries = self._projected(query, 0, width)
        keys: list[Row] = self._projected(key, width, 2 * width)
        values: list[Row] = self._projected(value, 2 * width, 3 * width)
        if cache is not None:
            keys, values = [*cache[0], *keys], [*cache[1], *values]
        masks = _rows(attn_mask, queries, keys)
        if key_padding_mask is not None:
            _check("padding mask", "keys", len(keys), len(key_padding_mask))
            masks = [list(map(_both, row, key_padding_mask)) for row in masks]
        together: list[list[Any]] = [[] for _ in queries]
        weights = []
        size = width // self.num_heads
        for start in range(0, width, size):
            of_queries, of_keys, of_values = (
                [row[start : start + size] for row in rows] for rows in (queries, keys, values)
            )
            found = [
                attended(row, of_keys, of_values, mask, self.dropout)
                for row, mask in zip(of_queries, masks, strict=True)
            ]
            for row, (mean, _) in zip(together, found, strict=True):
                row += mean or [0.0] * size  # without keys no value says how many zeros
            weights.append([shares for _, shares in found])
        if cache is not None:  # at the end, since an error leaves it as it was
            cache[0][:], cache[1][:] = keys, values
        return [self.out_proj(row) for row in together], weights

    def _projected(self, rows: Rows, start: int, stop: int) -> list[Row]:
        """Return the sums of the rows of the weights from `start` to `stop` for each row of a sequence."""
        require_rows(self, len(self.in_proj_weight[0]), rows, "numbers")
        bias = None if self.in_proj_bias is None else self.in_proj_bias[start:stop]
        return [linear(row, self.in_proj_weight[start:stop], bias) for row in rows]

    def __repr__(self) -> str:
        return f"MultiHeadAttention({len(self.out_proj.weight)}, {self.num_heads})"
