"""Metrics: how good predictions are, in terms a person can judge. Plain numbers in, a plain number out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import frexp, fsum, inf, ldexp
from typing import Any, TypeAlias

from autograd.ordered import refuse_unordered
from autograd.scalar import as_float
from nn.model.prediction import likeliest, plain, scores
from nn.sizes import is_row
from nn.train.losses.classes import is_distribution

Logits: TypeAlias = Sequence[Sequence[float] | float]
Labels: TypeAlias = Sequence[int] | Sequence[Sequence[float]]


def accuracy(logits: Logits, labels: Labels, *, boundary: float = 0.0) -> float:
    """Return the share of examples whose largest logit is that of the true class, in [0, 1].

    `logits` holds one row for each example. Of equal logits the first counts as the largest; where one is nan
    none is right. A single number for an example stands for class 1 out of 0 and 1 above `boundary`: 0 for
    logits, 0.5 for probabilities. A label is the index of the true class, or as in `nn.cross_entropy` a row
    with the probability of each class, such as a one-hot row: then the true class is the likeliest.
    Raises ValueError, with both numbers, for unequal lengths, for no examples, and for rows of one number;
    also for a label that is neither, as −1 is for two classes.
    """
    _check_lengths(logits, labels)
    rows = [scores(row, boundary) for row in logits]
    right = [likeliest(row) == _true(label, row) for row, label in zip(rows, labels, strict=True)]
    return sum(right) / len(right)


def confusion_matrix(logits: Logits, labels: Labels, *, boundary: float = 0.0) -> list[list[int]]:
    """Return how many examples of each class (row) were taken for each class (column).

    Guesses and labels are those of `accuracy`; the right ones lie on the diagonal. Raises ValueError, with
    both numbers, for unequal lengths, for no examples, for rows of unequal length, for a label that
    `accuracy` refuses, and for nan.
    """
    _check_lengths(logits, labels)
    rows = [scores(row, boundary) for row in logits]
    classes = len(rows[0])
    counts = [[0] * classes for _ in range(classes)]
    for row, label in zip(rows, labels, strict=True):
        if len(row) != classes:
            raise ValueError(f"expected {classes} numbers for {classes} classes, got {len(row)}")
        true, found = _true(label, row), likeliest(row)
        if found is None:
            raise ValueError(f"{row!r:.40} is no guess: nan is neither larger nor smaller than others")
        counts[true][found] += 1
    return counts


def mean_absolute_error(predictions: Sequence[float], targets: Sequence[float]) -> float:
    """Return 1/n Σ |prediction − target|, in the unit of the targets; 0 or more.

    Raises ValueError, with both numbers, for unequal lengths, no examples, and rows of several targets.
    """
    _check_lengths(predictions, targets)
    predictions, targets = _floats(predictions), _floats(targets)
    return sum(abs(p - t) for p, t in zip(predictions, targets, strict=True)) / len(targets)


def r2(predictions: Sequence[float], targets: Sequence[float]) -> float:
    """Return the coefficient of determination, 1 − Σ (target − prediction)² / Σ (target − mean)²; 1 at most.

    R² is the share of the targets' variance that the predictions explain: 0 for always guessing the mean,
    negative for worse. Raises ValueError, with both numbers, for unequal lengths, no examples, rows of
    several targets, and for targets that are all the same.
    """
    _check_lengths(predictions, targets)
    predictions, targets = _floats(predictions), _floats(targets)
    if min(targets) == max(targets):  # the mean of which may be another number by rounding
        raise ValueError(f"R² needs targets that differ, got {targets[0]:g} in all {len(targets)}")
    mean = fsum(targets) / len(targets)
    # The squares of small numbers are 0; a power of 2 as the unit changes no digit.
    unit = ldexp(0.5, frexp(max(abs(t - mean) for t in targets))[1])
    variation = _square_sum((t - mean) / unit for t in targets)
    return 1 - _square_sum((t - p) / unit for p, t in zip(predictions, targets, strict=True)) / variation


def _square_sum(errors: Iterable[float]) -> float:
    try:
        return fsum(error * error for error in errors)
    except OverflowError:
        return inf


def _true(label: Any, row: list[float]) -> int:
    """Return the index of the true class of an example with a score for each class."""
    classes, label = len(row), plain(label)
    if is_row(label):
        if len(label) == classes and is_distribution(label):
            return list(label).index(max(label))
    elif isinstance(label, (int, float)) and label in range(classes):
        return int(label)
    raise ValueError(
        f"expected the index of one of {classes} classes, 0 to {classes - 1}, or a row with the probability "
        f"of each, got the label {label!r:.40}"
    )


def _check_lengths(predictions: Sequence[Any], targets: Sequence[Any]) -> None:
    refuse_unordered(predictions, targets)
    if len(predictions) != len(targets):
        raise ValueError(f"expected a prediction for each target, got {len(predictions)} for {len(targets)}")
    if not len(targets):
        raise ValueError("expected at least 1 example, got 0")


def _floats(numbers: Sequence[Any]) -> list[float]:
    """Return numbers of any kind as floats: the difference of two of NumPy's may wrap round."""
    for number in numbers:
        if is_row(number):
            raise ValueError(
                f"expected a number for each example, got {number!r:.40}: measure each target alone"
            )
    return [as_float(plain(number)) for number in numbers]
