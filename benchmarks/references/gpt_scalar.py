"""The GPT in scalars: what glassgrad runs node by node, and what it compiles."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np

from autograd import dot, logsumexp, mean
from benchmarks.references.arrays import Batches
from benchmarks.references.gpt import LEARNING_RATE, SYMBOLS
from benchmarks.references.gpt_model import GPT
from benchmarks.references.scalar import eager
from benchmarks.speed.race import Step
from nn import Adam


def loss(model: GPT) -> Callable[[Any, Any], Any]:
    """Return the mean cross-entropy over the positions of one sequence `x` and its targets `y`, one-hot."""

    def of_example(x: Any, y: Any) -> Any:
        return mean(
            [logsumexp(scores) - dot(target, scores) for scores, target in zip(model(x), y, strict=True)]
        )

    return of_example


def one_hot(batches: Batches) -> Batches:
    """Return the batches with each symbol number as a row of 27 numbers, one of them 1."""
    rows = np.eye(len(SYMBOLS))
    return [(rows[x], rows[y]) for x, y in batches]


def start(model: GPT, batches: Batches) -> Step:
    """Return the training step on Values, in float64."""
    twin = deepcopy(model)
    return eager(loss(twin), Adam(twin.parameters(), LEARNING_RATE), one_hot(batches))
