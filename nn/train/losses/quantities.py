"""Losses for quantities: a batch of predictions and the truth go in, their error comes out as one Value.

Predictions may be Values or plain numbers; from plain numbers a loss is a plain number. `reduction` is
"mean", the default, or "sum". Every loss raises ValueError, with both numbers, when the lengths differ, when
the batch is empty, and for any other reduction.

Each example has a number or a row of numbers; the mean is over all numbers, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from autograd import Value, minimum, sum
from autograd.ordered import refuse_unordered
from autograd.primitive import as_number
from nn.sizes import is_row

Number: TypeAlias = Value | float
Numbers: TypeAlias = Sequence[Number] | Sequence[Sequence[Number]]


def mse(predictions: Numbers, targets: Numbers, *, reduction: str = "mean") -> Any:
    """Return the mean squared error, 1/n Σ (prediction − target)²; 0 or more."""
    return reduced(each(_squared_error, predictions, targets), reduction)


def half_mse(predictions: Numbers, targets: Numbers, *, reduction: str = "mean") -> Any:
    """Return half the mean squared error, 1/2n Σ (prediction − target)²; its gradient has no factor 2.

    Document 000 §3; summed, ½ Σ (prediction − target)² is the loss of document 002 §5.
    """
    return 0.5 * mse(predictions, targets, reduction=reduction)


def mae(predictions: Numbers, targets: Numbers, *, reduction: str = "mean") -> Any:
    """Return the mean absolute error, 1/n Σ |prediction − target|; 0 or more, slope 0 at the target."""
    return reduced(each(lambda p, t: abs(p - t), predictions, targets), reduction)


def huber(predictions: Numbers, targets: Numbers, *, delta: float = 1.0, reduction: str = "mean") -> Any:
    """Return the mean of ½e² for errors e up to `delta`, and of delta · (|e| − ½ delta) beyond; 0 or more.

    Outliers pull no harder than `delta`. P. J. Huber, Robust estimation of a location parameter (1964).
    Raises ValueError unless delta > 0.
    """
    if not delta > 0:
        raise ValueError(f"delta must be positive, got {delta!r}")

    def error(prediction: Number, target: Number) -> Any:
        size = abs(prediction - target)
        bounded = minimum(size, delta)
        return bounded * (size - 0.5 * bounded)

    return reduced(each(error, predictions, targets), reduction)


def _squared_error(prediction: Number, target: Number) -> Any:
    error = prediction - target
    return error * error


def each(error: Callable[[Any, Any], Any], predictions: Sequence[Any], targets: Sequence[Any]) -> list[Any]:
    """Return the error of every number against its target, row by row where there are rows."""
    check_batch("predictions", predictions, "targets", targets)
    errors: list[Any] = []
    for prediction, target in zip(predictions, targets, strict=True):
        if not is_row(prediction) and not is_row(target):
            errors.append(error(as_number(prediction), as_number(target)))
            continue
        width, wanted = (len(x) if is_row(x) else "no" for x in (prediction, target))
        if width != wanted:
            raise ValueError(
                f"expected rows of one length, got {width} predictions and {wanted} targets in one"
            )
        errors += [error(as_number(p), as_number(t)) for p, t in zip(prediction, target, strict=True)]
    return errors


def reduced(errors: list[Any], reduction: str) -> Any:
    """Return the mean or the sum of the errors."""
    if not errors:
        raise ValueError("expected at least 1 number, got 0 in rows that are empty")
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction is 'mean' or 'sum', got {reduction!r}")
    return sum(errors) / len(errors) if reduction == "mean" else sum(errors)


def check_batch(left_name: str, left: Sequence[Any], right_name: str, right: Sequence[Any]) -> None:
    """Raise ValueError, with both numbers, unless both sides have the same length, and one at least.

    Raise TypeError for a data frame, a dict and a set.
    """
    refuse_unordered(left, right)
    if len(left) != len(right):
        raise ValueError(f"expected as many {left_name} as {right_name}, got {len(left)} and {len(right)}")
    if not len(left):
        raise ValueError(f"expected at least 1 example, got 0 {left_name}")
