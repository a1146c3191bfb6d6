"""What a recurrence remembers, and how far back a loss reaches: document 001 §6, worked example D1.5."""

from __future__ import annotations

from math import hypot, prod
from random import Random
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn.sequences.recurrent_cells import lstm_gates, lstm_step

STEPS, WIDTH, BATCH = 30, 16, 32


class FirstBit(nn.Module):
    """Scores the first bit of a sequence from what is remembered after the last.

    Gates that keep, of an LSTM and a GRU, begin with a bias of 5: σ(5) = 0.99, and so little is forgotten
    until there is a reason to. Jozefowicz, Zaremba and Sutskever, An empirical exploration of recurrent
    network architectures (2015).
    """

    def __init__(self, kind: str) -> None:
        rng = Random(0)
        self.recurrence = getattr(nn, kind)(1, WIDTH, seed=rng)
        self.score = nn.Linear(WIDTH, 1, seed=rng)
        if kind != "RNN":
            for bias in self.recurrence.bias_hh_l0[WIDTH : 2 * WIDTH]:
                bias.data = 5.0

    def __call__(self, rows: Any) -> list[Any]:
        outputs, _ = self.recurrence(rows)
        return self.score(outputs[-1])


def trained(kind: str, lr: float) -> float:
    """Return the share of held-out sequences that a network gets right after 300 steps of Adam."""
    model = FirstBit(kind)
    loss = autograd.compile(
        lambda rows, bit: nn.binary_cross_entropy_with_logits(model(rows), [bit]), model.parameters()
    )
    optimizer = nn.Adam(model.parameters(), lr=lr)
    sequences, bits = map(np.array, nn.first_bits(300 * BATCH, STEPS, seed=1))
    for start in range(0, len(bits), BATCH):
        _, gradient = loss.value_and_grad(sequences[start : start + BATCH], bits[start : start + BATCH])
        optimizer.move(loss.vector, gradient)
    loss.write_back()
    held_out, bits = nn.first_bits(1000, STEPS, seed=2)
    scores = autograd.compile(model, model.parameters())(held_out)[:, 0]
    return float(np.mean((scores > 0) == np.array(bits)))


def reach(kind: str) -> list[float]:
    """Return the length of the gradient along h after each step, before any training."""
    model = FirstBit(kind)
    [rows], [bit] = nn.first_bits(1, STEPS, seed=3)
    outputs, _ = model.recurrence(rows)
    nn.binary_cross_entropy_with_logits(model.score(outputs[-1]), [bit]).backward()
    return [hypot(*[h.grad for h in row]) for row in outputs]


def test_an_lstm_learns_to_remember_the_first_of_30_bits() -> None:
    assert trained("LSTM", lr=0.02) >= 0.99


def test_a_plain_rnn_does_not_for_its_gradient_does_not_reach_that_far() -> None:
    assert trained("RNN", lr=0.01) < 0.6
    lengths = reach("RNN")
    assert all(before < after for before, after in zip(lengths[::5], lengths[5::5], strict=False))
    assert lengths[0] < 1e-6 * lengths[-1]
    for kind in ("LSTM", "GRU"):
        lengths = reach(kind)
        assert lengths[0] > 1e-2 * lengths[-1], kind


def test_along_the_memory_of_an_lstm_the_gradient_is_the_product_of_forget_gates() -> None:
    weights = FirstBit("LSTM").recurrence.weights()
    [rows], _ = nn.first_bits(1, STEPS, seed=3)
    h, c = [0.0] * WIDTH, [Value(0.5) for _ in range(WIDTH)]
    first, forgets = c, []
    for row in rows:
        forgets.append([f.data for f in lstm_gates(weights, row, h)[1]])
        shown, c = lstm_step(weights, row, (h, c))
        h = [number.data for number in shown]  # held fast, so that c is the only way
    for k, remembered in enumerate(c):
        remembered.backward()
        product = prod(gates[k] for gates in forgets)
        assert first[k].grad == pytest.approx(product, rel=1e-12)
        assert product > 0.05
