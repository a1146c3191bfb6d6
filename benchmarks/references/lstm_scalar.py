"""The LSTM in scalars: what glassgrad runs node by node, and what it compiles."""

from __future__ import annotations

from copy import deepcopy

from benchmarks.references.arrays import Batches
from benchmarks.references.classifier_scalar import loss as loss
from benchmarks.references.lstm import LEARNING_RATE, Classifier
from benchmarks.references.scalar import eager
from benchmarks.speed.race import Step
from nn import SGD


def start(model: Classifier, batches: Batches) -> Step:
    """Return the training step on Values."""
    twin = deepcopy(model)
    return eager(loss(twin), SGD(twin.parameters(), LEARNING_RATE), batches)
