"""Losses for classes: scores or probabilities go in, and how surprising the true classes are comes out.

Arguments, results and errors are as in `nn.train.losses.quantities`. Under `autograd.compile` numbers are not
known yet and pass unchecked, but for the index of a class, which every call checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Any

from numpy.typing import NDArray

from autograd import Value, logsumexp, relu, softplus, sum, take, where, xlogy
from autograd.compiler.record.tracer import Tracer
from autograd.ordered import refuse_unordered
from autograd.primitive import as_number
from nn.data.dataset import class_index
from nn.model.prediction import plain
from nn.sizes import is_row
from nn.train.losses.quantities import Number, Numbers, check_batch, each, reduced


def hinge(scores: Numbers, labels: Numbers, *, reduction: str = "mean") -> Any:
    """Return the mean hinge loss, 1/n Σ max(0, 1 − label · score), for labels −1 and 1; 0 or more.

    It is 0 once every score has the sign of its label and lies at least 1 from zero (the max-margin loss of
    a support vector machine). Raises ValueError for any other label.
    """

    def shortfall(score: Any, label: Any) -> Any:
        if _known(label) and label not in (-1, 1):
            raise ValueError(f"a hinge label is -1 or 1, got {plain(label)!r}")
        return relu(1 - label * score)

    return reduced(each(shortfall, scores, labels), reduction)


def binary_cross_entropy(probabilities: Numbers, targets: Numbers, *, reduction: str = "mean") -> Any:
    """Return −1/n Σ [t ln p + (1 − t) ln(1 − p)] in nats for probabilities p of targets t; 0 or more.

    Document 003, whose formula lacks the minus sign. Being wrong for certain, p = 0 for t = 1, costs inf;
    `binary_cross_entropy_with_logits` stays finite. Raises ValueError for p or t outside [0, 1].
    """

    def surprise(p: Any, t: Any) -> Any:
        for what, number in (("probability", p), ("target", t)):
            # nan passes: where it began is for the training to tell
            if _known(number) and (number < 0 or number > 1):
                raise ValueError(f"a {what} lies in [0, 1], got {plain(number)!r}")
        return -(xlogy(t, p) + xlogy(1 - t, 1 - p))

    return reduced(each(surprise, probabilities, targets), reduction)


def binary_cross_entropy_with_logits(logits: Numbers, targets: Numbers, *, reduction: str = "mean") -> Any:
    """Return the binary cross-entropy of the probabilities sigmoid(logits), exact for logits of any size.

    With ln σ(z) = −softplus(−z) the loss of an example is t · softplus(−z) + (1 − t) · softplus(z).
    Raises ValueError for targets t outside [0, 1].
    """

    def surprise(z: Any, t: Any) -> Any:
        if _known(t) and not 0 <= t <= 1:
            raise ValueError(f"a target lies in [0, 1], got {plain(t)!r}")
        return t * softplus(-z) + (1 - t) * softplus(z)

    return reduced(each(surprise, logits, targets), reduction)


def cross_entropy(
    logits: Sequence[Sequence[Number]],
    labels: Sequence[int] | Sequence[Sequence[float]],
    *,
    reduction: str = "mean",
) -> Any:
    """Return the mean cross-entropy, −1/n Σ ln softmax(logits)[label], in nats; 0 or more.

    `logits` holds one row of unnormalised scores for each example, a score for each class; `labels` holds
    the index of the true class, from 0, or a row with the probability of each class, such as a one-hot row.
    Logits of any finite size are safe. Where that of the true class is −∞, the loss is nan and not infinite:
    to tell the two apart would cost every compiled step.

    A row may miss the sum of 1 by 10⁻⁶ and is divided by its sum.

    Raises ValueError for a label that is not the index of a class and for a row that is not a distribution
    over the classes, TypeError for a label that is neither an int nor a row, and for a row of Values. A call
    of a compiled function raises IndexError for a label that is not the index of a class.
    """
    check_batch("rows of logits", logits, "labels", labels)
    return reduced([_surprise(row, label) for row, label in zip(logits, labels, strict=True)], reduction)


def _surprise(logits: Sequence[Number], label: Any) -> Any:
    refuse_unordered(logits)
    if not is_row(logits):
        raise ValueError(
            "cross_entropy takes a row with a score for each class, got one number: give the network an "
            "output for each class, or use binary_cross_entropy_with_logits"
        )
    logits = [*map(as_number, logits)]
    if is_row(label):
        if len(label) != len(logits):
            raise ValueError(f"a label has {len(label)} probabilities for {len(logits)} logits")
        # where: a class without a share may well have a logit of −inf.
        true = sum(
            [
                where(share > 0, share * logit, 0.0)
                for share, logit in zip(_shares(label), logits, strict=True)
            ]
        )
    elif not _known(label) or isinstance(label, Value):
        true = take(logits, label)
    elif not 0 <= class_index(label) < len(logits):
        raise ValueError(f"label {label} is out of range for {len(logits)} logits")
    else:
        true = logits[label]
    # −ln softmax is ln Σ exp(z − z_true); subtracting inside the sum keeps a small loss beside large logits.
    return logsumexp([logit - true for logit in logits])


def _shares(label: Sequence[Any] | NDArray[Any]) -> list[Any]:
    """Return the probabilities of a label, divided by their sum."""
    shares = [*map(as_number, label)]
    known = all(map(_known, shares))
    if known and not is_distribution(shares):
        raise ValueError(f"the probabilities of a label are 0 or more and add up to 1, got {list(label)!r}")
    # What they lack of 1 would count as often as the logits are large.
    total = fsum(shares) if known else sum(shares)
    return [share / total for share in shares]


def is_distribution(shares: Sequence[float] | NDArray[Any]) -> bool:
    """Return whether numbers are the probabilities of all classes: 0 or more, and 1 together.

    Raises TypeError for Values.
    """
    for share in shares:
        if isinstance(share, Value):
            raise TypeError(f"a label's probabilities are numbers, got {share!r}: give .data of each")
    return bool(abs(fsum(shares) - 1) < 1e-6 and min(shares) >= 0)


def _known(number: Any) -> bool:
    """Return whether a number can be looked at, which a recorded scalar cannot."""
    return not isinstance(number, Tracer)
