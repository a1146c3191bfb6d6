"""Metrics: how good predictions are, in terms a person can judge. Plain numbers in, a plain number out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def accuracy(logits: Sequence[Sequence[float]], labels: Sequence[int]) -> float:
    """Return the share of examples whose largest logit is that of the true class, in [0, 1].

    `logits` holds one row for each example. Of equal logits the first counts as the largest.
    Raises ValueError, with both numbers, for unequal lengths, and for no examples.
    """
    _check_lengths(logits, labels)
    guesses = [max(range(len(row)), key=row.__getitem__) for row in logits]
    return sum(guess == label for guess, label in zip(guesses, labels, strict=True)) / len(labels)


def mean_absolute_error(predictions: Sequence[float], targets: Sequence[float]) -> float:
    """Return 1/n Σ |prediction − target|, in the unit of the targets; 0 or more.

    Raises ValueError, with both numbers, for unequal lengths, and for no examples.
    """
    _check_lengths(predictions, targets)
    return sum(abs(p - t) for p, t in zip(predictions, targets, strict=True)) / len(targets)


def _check_lengths(predictions: Sequence[Any], targets: Sequence[Any]) -> None:
    if len(predictions) != len(targets):
        raise ValueError(f"expected a prediction for each target, got {len(predictions)} for {len(targets)}")
    if not targets:
        raise ValueError("expected at least 1 example, got 0")
