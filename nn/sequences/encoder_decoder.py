"""Encoder–decoder: one text read, another written: a Transformer with symbols at both ends."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from nn.model.linear import Linear
from nn.model.module import Module
from nn.seed import Seed, generator
from nn.sequences.attention import Rows, causal_mask
from nn.sequences.embedding import looked_up
from nn.sequences.positions import PositionalEncoding, require_within
from nn.sequences.transformer import Transformer
from nn.sizes import require_at_least


class EncoderDecoder(Module):
    """A Transformer from texts to texts of `vocab` symbols, with up to `context` of them at either side.

    Encoder and decoder have `layers` each, `width` wide, with 4 · width hidden neurons. One matrix, that of
    `head`, serves three times (tied): for the symbols that are read, times √width, for those that have been
    written, and to score the next. Positions are sines. Vaswani et al., Attention is all you need (2017).

    Raises ValueError for sizes below 1 and heads that do not divide the width.
    """

    def __init__(
        self,
        vocab: int,
        width: int,
        heads: int,
        layers: int,
        context: int,
        norm_first: bool = False,
        *,
        seed: Seed = None,
    ) -> None:
        require_at_least(1, context=context)
        rng = generator(seed)
        self.context = context
        self.head = Linear(width, vocab, bias=False, seed=rng)
        # Places are counted from 1. At 0 every sine is 0, and to add 0 is left out of a compiled program: it
        # would compute this place unlike all others.
        self.positions = PositionalEncoding(width, context + 1)
        self.transformer = Transformer(
            width, heads, layers, layers, 4 * width, norm_first=norm_first, seed=rng
        )

    def __call__(self, source: Sequence[Any], target: Sequence[Any]) -> list[list[Any]]:
        """Return, for each symbol of `target`, the scores of what is to be written after it.

        No place sees the symbols after it. Raises IndexError for a number that is no symbol, TypeError
        for a text, ValueError for more than `context` symbols.
        """
        return self.decode(self.encode(source), target)

    def encode(self, source: Sequence[Any]) -> Rows:
        """Return what the encoder makes of a text: a row for each of its symbols."""
        return self.transformer.encoder(self._embedded(source))

    def decode(self, memory: Rows, target: Sequence[Any]) -> list[list[Any]]:
        """Return the scores after each symbol of `target`, given what the encoder made of the text read."""
        rows = self.transformer.decoder(self._embedded(target), memory, causal_mask(len(target)))
        return [self.head(row) for row in rows]

    def _embedded(self, symbols: Sequence[Any]) -> list[list[Any]]:
        """Return the vectors of symbols, with their places added."""
        scale = sqrt(len(self.head.weight[0]))  # or the sines, of size 1, would drown them
        rows = [[scale * x for x in row] for row in looked_up(self.head.weight, symbols)]
        require_within(self.context, self, len(rows))
        return self.positions(rows, start=1)

    def __repr__(self) -> str:
        width, vocab = len(self.head.weight[0]), len(self.head.weight)
        return f"EncoderDecoder({vocab} symbols, {width} wide, {len(self.transformer.encoder.layers)} layers)"
