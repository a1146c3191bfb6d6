"""Metrics: how good predictions are, in terms a person can judge. Plain numbers in, a plain number out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum, inf
from typing import Any, TypeAlias

import numpy as np

from nn.model.prediction import guess

Logits: TypeAlias = Sequence[Sequence[float] | float]


def accuracy(logits: Logits, labels: Sequence[int], *, boundary: float = 0.0) -> float:
    """Return the share of examples whose largest logit is that of the true class, in [0, 1].

    `logits` holds one row for each example. Of equal logits the first counts as the largest; where one is nan
    none is right. A single number for an example stands for class 1 out of 0 and 1 above `boundary`: 0 for
    logits, 0.5 for probabilities.
    Raises ValueError, with both numbers, for unequal lengths, for no examples, and for rows of one number.
    """
    _check_lengths(logits, labels)
    guesses = [guess(row, boundary) for row in logits]
    return sum(found == label for found, label in zip(guesses, labels, strict=True)) / len(labels)


def confusion_matrix(logits: Logits, labels: Sequence[int], *, boundary: float = 0.0) -> list[list[int]]:
    """Return how many examples of each class (row) were taken for each class (column).

    The guesses are those of `accuracy`; the right ones lie on the diagonal. Raises ValueError, with both
    numbers, for unequal lengths, for no examples, for a label that is not the index of a class, and for nan.
    """
    _check_lengths(logits, labels)
    classes = _count(logits[0])
    counts = [[0] * classes for _ in range(classes)]
    for row, label in zip(logits, labels, strict=True):
        found = guess(row, boundary)
        if _count(row) != classes or not 0 <= label < classes:
            raise ValueError(f"expected {classes} classes and a label below, got {_count(row)} and {label}")
        if found is None:
            raise ValueError(f"{row!r:.40} is no guess: nan is neither larger nor smaller than others")
        counts[label][found] += 1
    return counts


def mean_absolute_error(predictions: Sequence[float], targets: Sequence[float]) -> float:
    """Return 1/n Σ |prediction − target|, in the unit of the targets; 0 or more.

    Raises ValueError, with both numbers, for unequal lengths, and for no examples.
    """
    _check_lengths(predictions, targets)
    return sum(abs(p - t) for p, t in zip(predictions, targets, strict=True)) / len(targets)


def r2(predictions: Sequence[float], targets: Sequence[float]) -> float:
    """Return the coefficient of determination, 1 − Σ (target − prediction)² / Σ (target − mean)²; 1 at most.

    R² is the share of the targets' variance that the predictions explain: 0 for always guessing the mean,
    negative for worse. Raises ValueError, with both numbers, for unequal lengths, for no examples, and for
    targets that are all the same.
    """
    _check_lengths(predictions, targets)
    mean = fsum(targets) / len(targets)
    variation = _square_sum(t - mean for t in targets)
    if variation == 0:
        raise ValueError(f"R² needs targets that differ, got {targets[0]!r} in all {len(targets)}")
    return 1 - _square_sum(t - p for p, t in zip(predictions, targets, strict=True)) / variation


def _square_sum(errors: Iterable[float]) -> float:
    try:
        return fsum(error * error for error in errors)
    except OverflowError:
        return inf


def _count(logits: Sequence[float] | float) -> int:
    return 2 if isinstance(logits, (int, float, np.number)) else len(logits)


def _check_lengths(predictions: Sequence[Any], targets: Sequence[Any]) -> None:
    if len(predictions) != len(targets):
        raise ValueError(f"expected a prediction for each target, got {len(predictions)} for {len(targets)}")
    if not len(targets):
        raise ValueError("expected at least 1 example, got 0")
