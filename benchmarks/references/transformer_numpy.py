"""The parts of a Transformer by hand in NumPy; each gives its result and a function that goes back.

Arrays of rows are batch × place × feature; in attention they are batch × head × place × feature. Going back
takes the derivative of the loss along the result, adds what the parameters get, and returns that along the
rows. `d_x` is the derivative of the loss along x. Weights go by the names that PyTorch has for them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any, TypeAlias

import numpy as np

from benchmarks.references.arrays import Array, Batches, joined
from benchmarks.references.moves import adam
from benchmarks.speed.race import Step
from nn import Module
from nn.weights.checkpoint import array
from nn.weights.tensors import tensors

Back: TypeAlias = Callable[[Array], Array]
Weights: TypeAlias = dict[str, Array]


class Blocks:
    """The parts, with the weights they use and the gradients that have come back so far."""

    def __init__(self, weights: Weights, gradients: Weights, heads: int, norm_first: bool) -> None:
        self.weights, self.gradients = weights, gradients
        self.heads, self.norm_first = heads, norm_first

    def linear(self, x: Array, weight: str, bias: str = "", rows: slice = slice(None)) -> tuple[Array, Back]:
        matrix = self.weights[weight][rows]
        out = x @ matrix.T
        if bias:
            out += self.weights[bias][rows]

        def back(d_out: Array) -> Array:
            flat = d_out.reshape(-1, len(matrix))
            self.gradients[weight][rows] += flat.T @ x.reshape(-1, x.shape[-1])
            if bias:
                self.gradients[bias][rows] += flat.sum(axis=0)
            return d_out @ matrix

        return out, back

    def norm(self, x: Array, name: str) -> tuple[Array, Back]:
        weight = self.weights[f"{name}.weight"]
        centered = x - x.mean(axis=-1, keepdims=True)
        scale = ((centered * centered).mean(axis=-1, keepdims=True) + 1e-5) ** -0.5
        normed = centered * scale

        def back(d_out: Array) -> Array:
            self.gradients[f"{name}.weight"] += (d_out * normed).sum(axis=(0, 1))
            self.gradients[f"{name}.bias"] += d_out.sum(axis=(0, 1))
            d = d_out * weight
            d -= d.mean(axis=-1, keepdims=True) + normed * (d * normed).mean(axis=-1, keepdims=True)
            return d * scale

        return normed * weight + self.weights[f"{name}.bias"], back

    def attention(
        self, x: Array, memory: Array, name: str, causal: bool
    ) -> tuple[Array, Callable[[Array], tuple[Array, Array]]]:
        """Let `x` look at `memory`; going back gives the derivatives along both."""
        width, names = x.shape[-1], (f"{name}.in_proj_weight", f"{name}.in_proj_bias")
        q, back_q = self.linear(x, *names, rows=slice(width))
        kv, back_kv = self.linear(memory, *names, rows=slice(width, None))
        q, k, v = (self._split(rows) for rows in (q, kv[..., :width], kv[..., width:]))
        scale = q.shape[-1] ** -0.5
        scores = q @ k.swapaxes(2, 3) * scale
        if causal:
            scores[..., np.triu(np.ones(scores.shape[2:], bool), 1)] = -np.inf
        shares = np.exp(scores - scores.max(axis=3, keepdims=True))
        shares /= shares.sum(axis=3, keepdims=True)
        out, back_out = self.linear(_merge(shares @ v), f"{name}.out_proj.weight", f"{name}.out_proj.bias")

        def back(d_out: Array) -> tuple[Array, Array]:
            d_found = self._split(back_out(d_out))
            d_shares = d_found @ v.swapaxes(2, 3)
            d_scores = shares * (d_shares - (d_shares * shares).sum(axis=3, keepdims=True)) * scale
            d_k, d_v = _merge(d_scores.swapaxes(2, 3) @ q), _merge(shares.swapaxes(2, 3) @ d_found)
            return back_q(_merge(d_scores @ k)), back_kv(np.concatenate([d_k, d_v], axis=-1))

        return out, back

    def self_attention(self, x: Array, name: str, causal: bool) -> tuple[Array, Back]:
        out, back = self.attention(x, x, name, causal)
        return out, lambda d_out: sum(back(d_out))  # type: ignore[arg-type, return-value]

    def feed_forward(self, x: Array, name: str) -> tuple[Array, Back]:
        h, back_1 = self.linear(x, f"{name}.linear1.weight", f"{name}.linear1.bias")
        activated, slope = _gelu(h) if self.norm_first else (np.maximum(h, 0.0), h > 0.0)
        out, back_2 = self.linear(activated, f"{name}.linear2.weight", f"{name}.linear2.bias")
        return out, lambda d_out: back_1(back_2(d_out) * slope)

    def around(self, x: Array, part: Callable[[Array], tuple[Array, Back]], norm: str) -> tuple[Array, Back]:
        """Return x plus what a part makes of it, with the norm before the part or after the sum."""
        if self.norm_first:
            normed, back_norm = self.norm(x, norm)
            out, back = part(normed)
            return x + out, lambda d_out: d_out + back_norm(back(d_out))
        out, back = part(x)
        normed, back_norm = self.norm(x + out, norm)

        def back_to_x(d_out: Array) -> Array:
            d_sum = back_norm(d_out)
            return d_sum + back(d_sum)

        return normed, back_to_x

    def layer(self, x: Array, name: str, causal: bool) -> tuple[Array, Back]:
        x, back_1 = self.around(
            x, lambda x: self.self_attention(x, f"{name}.self_attn", causal), f"{name}.norm1"
        )
        x, back_2 = self.around(x, lambda x: self.feed_forward(x, name), f"{name}.norm2")
        return x, lambda d_out: back_1(back_2(d_out))

    def _split(self, x: Array) -> Array:
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(0, 2, 1, 3)


def _merge(x: Array) -> Array:
    return x.transpose(0, 2, 1, 3).reshape(x.shape[0], x.shape[2], -1)


def _gelu(x: Array) -> tuple[Array, Array]:
    """Return the GELU by its formula with tanh, and its slope."""
    squared = x * x
    inner = np.tanh(sqrt(2 / pi) * x * (1 + 0.044715 * squared))
    slope = 0.5 * (1 + inner) + 0.5 * x * (1 - inner * inner) * sqrt(2 / pi) * (1 + 0.134145 * squared)
    return 0.5 * x * (1 + inner), slope


def surprise(logits: Array, targets: Array) -> tuple[Any, Array]:
    """Return the mean cross-entropy and its derivative along the logits, which are overwritten."""
    logits -= logits.max(axis=-1, keepdims=True)
    powers = np.exp(logits)
    totals = powers.sum(axis=-1, keepdims=True)
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)
    loss = (np.log(totals) - chosen).mean()
    powers /= totals
    np.put_along_axis(
        powers, targets[..., None], np.take_along_axis(powers, targets[..., None], axis=-1) - 1.0, axis=-1
    )
    powers /= targets.size
    return loss, powers


def looked_up(blocks: Blocks, symbols: Array, scale: float = 1.0) -> tuple[Array, Callable[[Array], None]]:
    """Return the rows of the head's matrix for symbols, times a scale."""
    matrix = blocks.weights["head.weight"]

    def back(d_out: Array) -> None:
        one_hot = np.eye(len(matrix), dtype=matrix.dtype)[symbols.ravel()]
        blocks.gradients["head.weight"] += scale * (one_hot.T @ d_out.reshape(-1, d_out.shape[-1]))

    return scale * matrix[symbols], back


def training(
    model: Module,
    batches: Batches,
    blocks: Callable[[Weights, Weights], Blocks],
    differentiate: Callable[[Blocks, Array, Array], Any],
    learning_rate: float,
) -> Step:
    """Return the training step; `differentiate` returns the loss of a batch and fills in the gradients."""
    named = tensors(model)
    vector, views = joined(array(tensor) for tensor in named.values())
    gradient, slopes = joined(np.zeros(tensor.shape) for tensor in named.values())
    made = blocks(dict(zip(named, views, strict=True)), dict(zip(named, slopes, strict=True)))
    move = adam(vector, learning_rate)

    def step(k: int) -> float:
        gradient[:] = 0.0
        loss = differentiate(made, *batches[k % len(batches)])
        move(gradient, k)
        return float(loss)

    return step
