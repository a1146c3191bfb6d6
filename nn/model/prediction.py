"""Prediction: outputs as plain numbers, without a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import copy_context
from typing import Any, TypeAlias

from autograd import Value, no_grad
from nn.model.module import in_evaluation

Model: TypeAlias = Callable[[list[float]], Any]
"""A Module or any function from a row of features to one Value, or to several."""


def predict(model: Model, features: Iterable[list[float]]) -> list[Any]:
    """Return the outputs of `model`, in evaluation mode, for each row: a float each, or a list of floats."""

    @no_grad()
    def computed() -> list[Any]:
        return [model(row) for row in features]

    # In a context of its own, with which no_grad ends wherever Ctrl-C comes.
    outputs = copy_context().run(in_evaluation, model, computed)
    return [_plain(out) if isinstance(out, Value) else list(map(_plain, out)) for out in outputs]


def _plain(number: Value | float) -> float:
    return number.data if isinstance(number, Value) else number
