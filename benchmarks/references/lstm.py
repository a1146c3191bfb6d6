"""An LSTM that names the class of a sequence: 20 steps of 32 numbers, 32 remembered, ten logits; batch 32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import nn
from benchmarks.references.arrays import Array, Batches

LEARNING_RATE = 0.1
STEPS, WIDTH, CLASSES = 20, 32, 10


class Classifier(nn.Module):
    """Logits of the classes from what is remembered after the last row of a sequence."""

    def __init__(self, width: int = WIDTH, seed: int = 0) -> None:
        self.recurrence = nn.LSTM(width, width, seed=seed)
        self.dense = nn.Layer(width, CLASSES, nonlin=False, init="xavier_uniform", seed=seed)

    def __call__(self, rows: Sequence[Any]) -> list[Any]:
        outputs, _ = self.recurrence(rows)
        return self.dense(outputs[-1])


def batches(rows: int = 32, steps: int = STEPS, width: int = WIDTH, seed: int = 0) -> Batches:
    """Return the one batch there is: sequences scattered around 10 others, and the one-hot class of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(CLASSES, steps, width))
    classes = rng.integers(CLASSES, size=rows)
    return [(centres[classes] + rng.normal(size=(rows, steps, width)), np.eye(CLASSES)[classes])]


class Weights(NamedTuple):
    """The weights as arrays; a matrix has a row for each number that it computes."""

    from_input: Array
    from_memory: Array
    bias_ih: Array
    bias_hh: Array
    dense: Array
    dense_biases: Array


def weights(model: Classifier) -> Weights:
    """Return copies of the weights of the network, in float64."""

    def numbers(nested: Any) -> Any:
        return [numbers(row) if isinstance(row, list) else row.data for row in nested]

    recurrent = [np.array(numbers(matrix)) for matrix in model.recurrence.weights()]
    neurons = np.array([numbers([*neuron.w, neuron.b]) for neuron in model.dense.neurons])
    return Weights(*recurrent, neurons[:, :-1].copy(), neurons[:, -1].copy())
