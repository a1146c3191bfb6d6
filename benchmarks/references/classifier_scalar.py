"""The classifier in scalars: what glassgrad runs node by node, and what it compiles."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from autograd import dot, logsumexp
from benchmarks.references.arrays import Batches
from benchmarks.references.classifier import LEARNING_RATE
from benchmarks.references.scalar import eager
from benchmarks.speed.race import Step
from nn import MLP, SGD


def loss(model: MLP) -> Callable[[Any, Any], Any]:
    """Return the cross-entropy of one row `x` whose class is given by the one-hot row `y`."""

    def of_example(x: Any, y: Any) -> Any:
        logits = model(x)
        return logsumexp(logits) - dot(y, logits)

    return of_example


def start(model: MLP, batches: Batches) -> Step:
    """Return the training step on Values."""
    twin = deepcopy(model)
    return eager(loss(twin), SGD(twin.parameters(), LEARNING_RATE), batches)
