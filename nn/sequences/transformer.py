"""The Transformer: layers of attention, each followed by a small network at every place of its own.

Arguments and names of parameters are those of PyTorch; masks are those of `nn.sequences.attention`. Vaswani
et al., Attention is all you need (2017).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any, ClassVar

from nn.model import activations
from nn.model.activations import Activation
from nn.model.dropout import Dropout
from nn.model.init import Initialiser, xavier_uniform
from nn.model.linear import Linear
from nn.model.module import Module
from nn.model.normalization import LayerNorm
from nn.seed import Seed, generator
from nn.sequences.attention import Cache, MultiHeadAttention, Row, Rows
from nn.sizes import require_at_least
from nn.weights.tensors import tensors


class _Layer(Module):
    """What layers of an encoder and of a decoder share: attention to themselves, and a network at each place.

    There is a way around each part. It is normed after the sum, or, with `norm_first`, before the part, so
    that the ways around are free from end to end.
    """

    crosses: ClassVar[bool] = False
    """Whether there is attention to another sequence too."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.0,
        activation: str | Activation = "relu",
        layer_norm_eps: float = 1e-5,
        *,
        norm_first: bool = False,
        seed: Seed = None,
    ) -> None:
        rng = generator(seed)
        self.norm_first = norm_first
        self.activation = activations.named(activation)
        self.self_attn = MultiHeadAttention(d_model, nhead, dropout, seed=rng)
        self.linear1 = Linear(d_model, dim_feedforward, seed=rng)
        self.linear2 = Linear(dim_feedforward, d_model, seed=rng)
        self.norm1 = LayerNorm(d_model, layer_norm_eps)
        self.norm2 = LayerNorm(d_model, layer_norm_eps)
        self.dropout = Dropout(dropout, seed=rng)
        if self.crosses:
            self.multihead_attn = MultiHeadAttention(d_model, nhead, dropout, seed=rng)
            self.norm3 = LayerNorm(d_model, layer_norm_eps)

    def _around(self, part: Callable[[Rows], Rows], norm: LayerNorm, x: Rows) -> Rows:
        """Return x plus what the part makes of it, with the norm before the part or after the sum."""
        found = part([norm(row) for row in x] if self.norm_first else x)
        added = [
            [a + b for a, b in zip(row, self.dropout(more), strict=True)]
            for row, more in zip(x, found, strict=True)
        ]
        return added if self.norm_first else [norm(row) for row in added]

    def _feed_forward(self, x: Rows) -> Rows:
        """Return what two linear maps, with the activation between them, make of each row."""
        return [self.linear2(self.dropout([self.activation(h) for h in self.linear1(row)])) for row in x]


class TransformerEncoderLayer(_Layer):
    """Each place looks at all places, and is then changed by a network of its own.

    In training numbers are lost with probability `dropout`, which is 0 unless given: what is compiled cannot
    draw. The first weights are drawn from `seed`. Raises ValueError as its parts do.
    """

    def __call__(
        self,
        src: Rows,
        src_mask: Rows | None = None,
        src_key_padding_mask: Row | None = None,
        *,
        cache: Cache | None = None,
    ) -> Rows:
        """Return a row for each place; masks, cache and errors are those of `MultiHeadAttention`."""

        def attend(x: Rows) -> Rows:
            return self.self_attn(x, x, x, src_key_padding_mask, src_mask, cache=cache)[0]

        return self._around(self._feed_forward, self.norm2, self._around(attend, self.norm1, src))


class TransformerDecoderLayer(_Layer):
    """Each place looks at all places of its sequence, then at those of another one, the `memory`.

    The latter is cross-attention: queries come from here, keys and values from the encoder. All else is as in
    `TransformerEncoderLayer`.
    """

    crosses = True

    def __call__(
        self,
        tgt: Rows,
        memory: Rows,
        tgt_mask: Rows | None = None,
        memory_mask: Rows | None = None,
        tgt_key_padding_mask: Row | None = None,
        memory_key_padding_mask: Row | None = None,
    ) -> Rows:
        """Return a row for each place of `tgt`; masks and errors are those of `MultiHeadAttention`."""

        def attend(x: Rows) -> Rows:
            return self.self_attn(x, x, x, tgt_key_padding_mask, tgt_mask)[0]

        def look_at_memory(x: Rows) -> Rows:
            return self.multihead_attn(x, memory, memory, memory_key_padding_mask, memory_mask)[0]

        x = self._around(look_at_memory, self.norm2, self._around(attend, self.norm1, tgt))
        return self._around(self._feed_forward, self.norm3, x)


class TransformerEncoder(Module):
    """`num_layers` copies of a layer one after the other, and a last norm where one is given.

    The copies begin with the weights of the layer, as in PyTorch; `Transformer` draws them anew. Raises
    ValueError for fewer than one layer.
    """

    def __init__(
        self, encoder_layer: TransformerEncoderLayer, num_layers: int, norm: LayerNorm | None = None
    ) -> None:
        self.layers = _copies(encoder_layer, num_layers)
        self.norm = norm

    def __call__(
        self,
        src: Rows,
        mask: Rows | None = None,
        src_key_padding_mask: Row | None = None,
        *,
        caches: Sequence[Cache | None] | None = None,
    ) -> Rows:
        """Return a row for each place. `caches` has one for each layer, or ValueError is raised."""
        if caches is None:
            caches = [None] * len(self.layers)
        if len(caches) != len(self.layers):
            raise ValueError(f"{len(self.layers)} layers need a cache each, got {len(caches)}")
        for layer, cache in zip(self.layers, caches, strict=True):
            src = layer(src, mask, src_key_padding_mask, cache=cache)
        return _normed(self.norm, src)


class TransformerDecoder(Module):
    """`num_layers` copies of a layer one after the other, and a last norm, as in `TransformerEncoder`."""

    def __init__(
        self, decoder_layer: TransformerDecoderLayer, num_layers: int, norm: LayerNorm | None = None
    ) -> None:
        self.layers = _copies(decoder_layer, num_layers)
        self.norm = norm

    def __call__(
        self,
        tgt: Rows,
        memory: Rows,
        tgt_mask: Rows | None = None,
        memory_mask: Rows | None = None,
        tgt_key_padding_mask: Row | None = None,
        memory_key_padding_mask: Row | None = None,
    ) -> Rows:
        """Return a row for each place of `tgt`; every layer looks at the same `memory`."""
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks)
        return _normed(self.norm, tgt)


class Transformer(Module):
    """An encoder reads one sequence, a decoder writes another while it looks at what the encoder made of it.

    Both end with a norm. All matrices are drawn from `seed` by `xavier_uniform`, as PyTorch does. Embeddings
    and positions are not part of it. Raises ValueError as its parts do.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.0,
        activation: str | Activation = "relu",
        *,
        layer_norm_eps: float = 1e-5,
        norm_first: bool = False,
        seed: Seed = None,
    ) -> None:
        rng = generator(seed)
        settings = d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps
        encoder_layer = TransformerEncoderLayer(*settings, norm_first=norm_first, seed=rng)
        decoder_layer = TransformerDecoderLayer(*settings, norm_first=norm_first, seed=rng)
        norms = [LayerNorm(d_model, layer_norm_eps) for _ in range(2)]
        self.encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norms[0])
        self.decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norms[1])
        draw_matrices(self, xavier_uniform, rng)

    def __call__(
        self,
        src: Rows,
        tgt: Rows,
        src_mask: Rows | None = None,
        tgt_mask: Rows | None = None,
        memory_mask: Rows | None = None,
        src_key_padding_mask: Row | None = None,
        tgt_key_padding_mask: Row | None = None,
        memory_key_padding_mask: Row | None = None,
    ) -> Rows:
        """Return a row for each place of `tgt`, which looks at `src` through the encoder.

        With `causal_mask(len(tgt))` as `tgt_mask`, no place sees what comes after it.
        """
        memory = self.encoder(src, src_mask, src_key_padding_mask)
        padding = tgt_key_padding_mask, memory_key_padding_mask
        return self.decoder(tgt, memory, tgt_mask, memory_mask, *padding)


def draw_matrices(module: Module, init: Initialiser, rng: Random) -> None:
    """Draw all matrices in a module anew."""
    for tensor in tensors(module).values():
        if len(tensor.shape) == 2:
            fan_out, fan_in = tensor.shape
            for number in tensor.values:
                number.data = init(fan_in, fan_out, rng)


def _copies(layer: Any, count: int) -> list[Any]:
    require_at_least(1, num_layers=count)
    # Each copy draws from the same generators: from copies of them all would lose alike.
    shared = {id(generator): generator for _, generator in layer.named_generators()}
    return [deepcopy(layer, dict(shared)) for _ in range(count)]


def _normed(norm: LayerNorm | None, rows: Rows) -> Rows:
    return rows if norm is None else [norm(row) for row in rows]
