"""GPT: the decoder of a Transformer alone, which says what may come next after each of its symbols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import gelu_tanh
from nn.model.init import normal
from nn.model.linear import Linear
from nn.model.module import Module
from nn.model.normalization import LayerNorm
from nn.seed import Seed, generator
from nn.sequences.attention import Cache, causal_mask
from nn.sequences.embedding import looked_up
from nn.sequences.positions import PositionalEncoding, require_within
from nn.sequences.transformer import TransformerEncoder, TransformerEncoderLayer, draw_matrices


class GPT(Module):
    """Vectors of `vocab` symbols and of `context` positions, `layers` of causal attention, scores of symbols.

    The layers are `width` wide, normed first, with `heads` each and 4 · width hidden neurons of `gelu_tanh`.
    The matrix of `head` is used twice (tied): its row for a symbol is the vector that stands for it when it
    comes in, and what scores it as the next. Matrices are normal with standard deviation 0.08, drawn from
    `seed`; biases are 0 but in `linear1` and `linear2` of a layer, which have those of a `Linear`, the same
    in every layer. Radford et al., Language models are unsupervised multitask learners (2019).

    Raises ValueError for sizes below 1 and heads that do not divide the width.
    """

    def __init__(
        self, vocab: int, width: int, heads: int, layers: int, context: int, *, seed: Seed = None
    ) -> None:
        rng = generator(seed)
        self.context = context
        layer = TransformerEncoderLayer(
            width, heads, 4 * width, activation=gelu_tanh, norm_first=True, seed=rng
        )
        self.positions = PositionalEncoding(width, context, learned=True, seed=rng)
        self.blocks = TransformerEncoder(layer, layers, LayerNorm(width))
        self.head = Linear(width, vocab, bias=False, seed=rng)
        draw_matrices(self, normal(std=0.08), rng)

    def __call__(self, symbols: Sequence[Any], caches: Sequence[Cache] | None = None) -> list[list[Any]]:
        """Return a row of scores for each symbol: how likely each of all symbols is to follow it.

        With `caches`, from `empty_caches`, the symbols go on where those of earlier calls ended, with the
        same scores to the last bit as if all were given at once. Raises IndexError for a number that is no
        symbol, TypeError for a text, ValueError for more than `context` symbols.
        """
        before = len(caches[0][0]) if caches else 0
        rows = looked_up(self.head.weight, symbols)
        require_within(self.context, self, len(rows), before)
        x = self.positions(rows, before)
        mask = causal_mask(before + len(symbols))[before:]
        return [self.head(row) for row in self.blocks(x, mask, caches=caches)]

    def empty_caches(self) -> list[Cache]:
        """Return what a call fills with the keys and values of its symbols, layer by layer."""
        return [([], []) for _ in self.blocks.layers]

    def __repr__(self) -> str:
        width, vocab = len(self.head.weight[0]), len(self.head.weight)
        return f"GPT({vocab} symbols, {width} wide, {len(self.blocks.layers)} layers, {self.context} long)"
