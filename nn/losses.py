"""Losses: a batch of predictions and the truth go in, their error comes out as one Value.

Predictions may be Values or plain numbers; from plain numbers a loss is a plain number. `reduction` is
"mean", the default, or "sum". Every loss raises ValueError, with both numbers, when the lengths differ, when
the batch is empty, and for any other reduction.

The losses of quantities, and the binary ones, take a number for each example or a row of numbers for each;
their mean is over all numbers, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum
from operator import index
from typing import Any, TypeAlias

from autograd import Value, logsumexp, minimum, relu, softplus, sum, xlogy

Number: TypeAlias = Value | float
Numbers: TypeAlias = Sequence[Number] | Sequence[Sequence[Number]]


def mse(predictions: Numbers, targets: Numbers, *, reduction: str = "mean") -> Any:
    """Return the mean squared error, 1/n Σ (prediction − target)²; 0 or more."""
    return _reduce(_each(_squared_error, predictions, targets), reduction)


def half_mse(predictions: Numbers, targets: Numbers, *, reduction: str = "mean") -> Any:
    """Return half the mean squared error, 1/2n Σ (prediction − target)²; its gradient has no factor 2.

    Document 000 §3; summed, ½ Σ (prediction − target)² is the loss of document 002 §5.
    """
    return 0.5 * mse(predictions, targets, reduction=reduction)


def mae(predictions: Numbers, targets: Numbers, *, reduction: str = "mean") -> Any:
    """Return the mean absolute error, 1/n Σ |prediction − target|; 0 or more, slope 0 at the target."""
    return _reduce(_each(lambda p, t: abs(p - t), predictions, targets), reduction)


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

    return _reduce(_each(error, predictions, targets), reduction)


def hinge(scores: Sequence[Number], labels: Sequence[int], *, reduction: str = "mean") -> Any:
    """Return the mean hinge loss, 1/n Σ max(0, 1 − label · score), for labels −1 and 1; 0 or more.

    It is 0 once every score has the sign of its label and lies at least 1 from zero (the max-margin loss of
    a support vector machine). Raises ValueError for any other label.
    """
    for label in labels:
        if label not in (-1, 1):
            raise ValueError(f"a hinge label is -1 or 1, got {label!r}")
    return _reduce(_each(lambda score, label: relu(1 - label * score), scores, labels), reduction)


def binary_cross_entropy(probabilities: Numbers, targets: Numbers, *, reduction: str = "mean") -> Any:
    """Return −1/n Σ [t ln p + (1 − t) ln(1 − p)] in nats for probabilities p of targets t; 0 or more.

    Document 003, whose formula lacks the minus sign. Being wrong for certain, p = 0 for t = 1, costs inf;
    `binary_cross_entropy_with_logits` stays finite. Raises ValueError for p or t outside [0, 1].
    """

    def surprise(p: Any, t: Any) -> Any:
        for what, number in (("probability", p), ("target", t)):
            if number < 0 or number > 1:  # nan passes: where it began is for the training to tell
                raise ValueError(f"a {what} lies in [0, 1], got {_plain(number)!r}")
        return -(xlogy(t, p) + xlogy(1 - t, 1 - p))

    return _reduce(_each(surprise, probabilities, targets), reduction)


def binary_cross_entropy_with_logits(logits: Numbers, targets: Numbers, *, reduction: str = "mean") -> Any:
    """Return the binary cross-entropy of the probabilities sigmoid(logits), exact for logits of any size.

    With ln σ(z) = −softplus(−z) the loss of an example is t · softplus(−z) + (1 − t) · softplus(z).
    Raises ValueError for targets t outside [0, 1].
    """

    def surprise(z: Any, t: Any) -> Any:
        if not 0 <= t <= 1:
            raise ValueError(f"a target lies in [0, 1], got {_plain(t)!r}")
        return t * softplus(-z) + (1 - t) * softplus(z)

    return _reduce(_each(surprise, logits, targets), reduction)


def cross_entropy(
    logits: Sequence[Sequence[Number]],
    labels: Sequence[int] | Sequence[Sequence[float]],
    *,
    reduction: str = "mean",
) -> Any:
    """Return the mean cross-entropy, −1/n Σ ln softmax(logits)[label], in nats; 0 or more.

    `logits` holds one row of unnormalised scores for each example, a score for each class; `labels` holds
    the index of the true class, from 0, or a row with the probability of each class, such as a one-hot row.
    Logits of any finite size are safe.

    Raises ValueError for a label that is not the index of a class and for a row that is not a distribution
    over the classes, TypeError for a label that is neither an int nor a row.
    """
    _check_batch("rows of logits", logits, "labels", labels)
    return _reduce([_surprise(row, label) for row, label in zip(logits, labels, strict=True)], reduction)


def _surprise(logits: Sequence[Number], label: Any) -> Any:
    if isinstance(label, Sequence) and not isinstance(label, str):
        if len(label) != len(logits):
            raise ValueError(f"a label has {len(label)} probabilities for {len(logits)} logits")
        if not (min(label) >= 0 and abs(fsum(label) - 1) < 1e-6):
            raise ValueError(
                f"the probabilities of a label are 0 or more and add up to 1, got {list(label)!r}"
            )
        return sum([share * _surprise(logits, k) for k, share in enumerate(label) if share > 0])
    if not 0 <= index(label) < len(logits):
        raise ValueError(f"label {label} is out of range for {len(logits)} logits")
    # −ln softmax is ln Σ exp(z − z_label); subtracting inside the sum keeps a small loss beside large logits.
    return logsumexp([logit - logits[label] for logit in logits])


def _squared_error(prediction: Number, target: Number) -> Any:
    error = prediction - target
    return error * error


def _each(error: Callable[[Any, Any], Any], predictions: Sequence[Any], targets: Sequence[Any]) -> list[Any]:
    """Return the error of every number against its target, row by row where there are rows."""
    _check_batch("predictions", predictions, "targets", targets)
    errors: list[Any] = []
    for prediction, target in zip(predictions, targets, strict=True):
        if not isinstance(prediction, Sequence) and not isinstance(target, Sequence):
            errors.append(error(prediction, target))
            continue
        width, wanted = (len(x) if isinstance(x, Sequence) else "no" for x in (prediction, target))
        if width != wanted:
            raise ValueError(
                f"expected rows of one length, got {width} predictions and {wanted} targets in one"
            )
        errors += [error(p, t) for p, t in zip(prediction, target, strict=True)]
    return errors


def _reduce(errors: list[Any], reduction: str) -> Any:
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction is 'mean' or 'sum', got {reduction!r}")
    return sum(errors) / len(errors) if reduction == "mean" else sum(errors)


def _check_batch(left_name: str, left: Sequence[Any], right_name: str, right: Sequence[Any]) -> None:
    if len(left) != len(right):
        raise ValueError(f"expected as many {left_name} as {right_name}, got {len(left)} and {len(right)}")
    if not left:
        raise ValueError(f"expected at least 1 example, got 0 {left_name}")


def _plain(number: Any) -> Any:
    return number.data if isinstance(number, Value) else number
