"""The GPT by hand in NumPy, forwards and backwards, a batch at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.references.arrays import Array, Batches, joined
from benchmarks.references.gpt import LEARNING_RATE, matrices
from benchmarks.references.gpt_model import GPT
from benchmarks.references.moves import adam
from benchmarks.speed.race import Step


def start(model: GPT, batches: Batches, dtype: str = "float64") -> Step:
    """Return the training step; all matrices are views of one vector, which Adam moves."""
    named = matrices(model, dtype)
    vector, views = joined(named.values())
    weights = dict(zip(named, views, strict=True))
    move = adam(vector, LEARNING_RATE)
    heads = len(model.blocks[0].heads)

    def step(k: int) -> float:
        loss, gradients = loss_and_gradients(weights, *batches[k % len(batches)], heads)
        move(np.concatenate([gradients[name].ravel() for name in weights]), k)
        return float(loss)

    return step


def loss_and_gradients(w: dict[str, Array], ids: Array, targets: Array, heads: int) -> tuple[Any, Any]:
    """Return the mean cross-entropy over a batch and its derivative along each matrix.

    `ids` and `targets` are symbol numbers, batch × time. Rows of all arrays are the batch · time positions,
    except in attention, where they lie batch × head × time × feature. `d_x` is the derivative of the loss
    along x.
    """
    batch, time = ids.shape
    width = w["tokens"].shape[1]
    one_hot = np.eye(len(w["tokens"]), dtype=w["tokens"].dtype)[ids.ravel()]
    here = np.arange(batch * time)
    scale = (width // heads) ** -0.5

    def split(x: Array) -> Array:
        return x.reshape(batch, time, heads, -1).transpose(0, 2, 1, 3)

    def merge(x: Array) -> Array:
        return x.transpose(0, 2, 1, 3).reshape(batch * time, width)

    embedded = (w["tokens"][ids] + w["positions"]).reshape(batch * time, width)
    x1, scale1 = _norm(embedded)
    n1, scale2 = _norm(x1)
    q, k, v = (split(n1 @ w[name].T) for name in ("query", "key", "value"))
    scores = q @ k.swapaxes(2, 3) * scale
    scores[..., np.triu(np.ones((time, time), bool), 1)] = -np.inf
    shares = np.exp(scores - scores.max(axis=3, keepdims=True))
    shares /= shares.sum(axis=3, keepdims=True)
    attended = merge(shares @ v)
    x2 = x1 + attended @ w["output"].T
    n2, scale3 = _norm(x2)
    hidden = np.maximum(n2 @ w["up"].T, 0.0)
    x3 = x2 + hidden @ w["down"].T
    logits = x3 @ w["head"].T
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    totals = powers.sum(axis=1, keepdims=True)
    loss = (np.log(totals[:, 0]) - logits[here, targets.ravel()]).mean()

    d_logits = powers / totals
    d_logits[here, targets.ravel()] -= 1.0
    d_logits /= batch * time
    d_x3 = d_logits @ w["head"]
    d_hidden = (d_x3 @ w["down"]) * (hidden > 0.0)
    d_x2 = d_x3 + _norm_backward(d_hidden @ w["up"], n2, scale3)
    d_attended = split(d_x2 @ w["output"])
    d_shares = d_attended @ v.swapaxes(2, 3)
    d_scores = shares * (d_shares - (d_shares * shares).sum(axis=3, keepdims=True)) * scale
    d_q = merge(d_scores @ k)
    d_k = merge(d_scores.swapaxes(2, 3) @ q)
    d_v = merge(shares.swapaxes(2, 3) @ d_attended)
    d_n1 = d_q @ w["query"] + d_k @ w["key"] + d_v @ w["value"]
    d_x1 = d_x2 + _norm_backward(d_n1, n1, scale2)
    d_embedded = _norm_backward(d_x1, x1, scale1)
    return loss, {
        "tokens": one_hot.T @ d_embedded,
        "positions": d_embedded.reshape(batch, time, width).sum(axis=0),
        "query": d_q.T @ n1,
        "key": d_k.T @ n1,
        "value": d_v.T @ n1,
        "output": d_x2.T @ attended,
        "up": d_hidden.T @ n2,
        "down": d_x3.T @ hidden,
        "head": d_logits.T @ x3,
    }


def _norm(x: Array) -> tuple[Array, Array]:
    """Return x · scale with scale = 1/√(mean of x² + 1e-5) for each row, and the scales."""
    scale = ((x * x).mean(axis=1, keepdims=True) + 1e-5) ** -0.5
    return x * scale, scale


def _norm_backward(d_out: Array, out: Array, scale: Array) -> Array:
    """Return the derivative along the rows that `_norm` was given, from the one along its result."""
    return scale * (d_out - out * (d_out * out).mean(axis=1, keepdims=True))
