"""Prediction: outputs as plain numbers, without a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from autograd import Value, no_grad, tree
from autograd.dual import Dual
from autograd.ordered import refuse_unordered
from nn.model.module import in_evaluation
from nn.sizes import is_row

Model: TypeAlias = Callable[[list[float]], Any]
"""A Module or any function from a row of features to one Value, or to several."""


def predict(model: Model, features: Iterable[list[float]]) -> list[Any]:
    """Return the outputs of `model`, in evaluation mode, for each row: a float each, or lists of floats.

    A method of a Module is that Module; modules that any other function calls are in the mode in which they
    are. Raises TypeError for rows, and for a row, in no order: a data frame, a dict, a set.
    """
    refuse_unordered(features)

    @no_grad()
    def computed() -> list[Any]:
        outputs = []
        for row in features:
            refuse_unordered(row)
            outputs.append(model(row))
        return outputs

    return [tree.map_leaves(plain, out) for out in in_evaluation(model, computed)]


def plain(number: Any) -> Any:
    """Return a Value as the number it holds, an array as lists of such, and anything else as it is.

    What `jvp` and `hvp` move is a Value too, without its rate of change.

    Raises TraceError for a scalar of a compiled function that is being recorded, or was: it has no number.
    """
    if isinstance(number, (Value, Dual)):
        return number.data
    if hasattr(number, "refuse_number"):
        number.refuse_number()
    if not isinstance(number, (np.ndarray, np.generic)):
        return number
    return tree.map_leaves(plain, number.tolist()) if number.dtype == object else number.tolist()


def scores(logits: Any, boundary: float = 0.0) -> list[float]:
    """Return a number for each class; a single logit is that of class 1, and class 0 has the boundary.

    Raises ValueError for a row of one number.
    """
    logits = plain(logits)
    refuse_unordered(logits)
    row = [plain(x) for x in logits] if is_row(logits) else [boundary, logits]
    if len(row) < 2:
        raise ValueError(
            f"expected a number for each class, got {row!r:.40}: give the number alone, and the boundary "
            "above which it stands for class 1"
        )
    return row


def guess(logits: Any, boundary: float = 0.0) -> int | None:
    """Return the class that logits stand for, as in `nn.accuracy`; None for nan."""
    return likeliest(scores(logits, boundary))


def likeliest(row: list[float]) -> int | None:
    """Return the class with the largest of its scores, the first of equal ones; None for nan."""
    return None if any(x != x for x in row) else max(range(len(row)), key=row.__getitem__)
