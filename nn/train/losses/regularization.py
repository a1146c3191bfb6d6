"""Regularisation: what keeps a network from learning its examples by heart (document 002 §12).

A penalty is added to the loss of every batch, as in `fit(…, penalty=lambda: l2(model.parameters(), 0.01))`.
The strength is what the documents call λ. Each raises ValueError for a negative strength.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import inf
from typing import Any

from autograd import Value, dot, sum
from autograd.primitive import as_number
from nn.data.dataset import Dataset
from nn.seed import Seed, generator
from nn.sizes import require_at_least, require_positive


def l1(parameters: Iterable[Value], strength: float) -> Any:
    """Return λ Σ |parameter|, which pulls all equally hard.

    At its lowest point the useless ones are 0. Gradient steps hover around that, the closer the smaller the
    learning rate is.
    """
    return _checked(strength) * sum([abs(parameter) for parameter in parameters])


def l2(parameters: Iterable[Value], strength: float) -> Any:
    """Return λ Σ parameter², which pulls large ones harder: 2λ · parameter.

    The `weight_decay` of `nn.SGD` does the same with weight_decay = 2λ.
    """
    parameters = list(parameters)
    return _checked(strength) * dot(parameters, parameters)


def elastic_net(parameters: Iterable[Value], l1_strength: float, l2_strength: float) -> Any:
    """Return λ₁ Σ |parameter| + λ₂ Σ parameter². Zou and Hastie (2005)."""
    parameters = list(parameters)
    return l1(parameters, l1_strength) + l2(parameters, l2_strength)


def add_noise(dataset: Dataset, std: float, *, copies: int = 1, seed: Seed = 0) -> Dataset:
    """Return the examples, and after them `copies` of each whose features are disturbed at random.

    The noise is normal with standard deviation `std`, in the features' units: standardise first. Only
    training rows should be augmented. Raises ValueError unless std > 0, and for fewer than one copy.
    """
    std = require_positive("the standard deviation of the noise", std)
    require_at_least(1, copies=copies)
    rng = generator(seed)
    disturbed = [
        [as_number(x) + rng.gauss(0, std) for x in row] for _ in range(copies) for row in dataset.features
    ]
    targets = [*dataset.targets] * (copies + 1)  # of an array, * would be multiplication
    return replace(dataset, features=[*dataset.features, *disturbed], targets=targets)


def _checked(strength: Any) -> Any:
    if not 0 <= strength < inf:
        raise ValueError(f"the strength must be 0 or more and finite, got {strength!r}")
    number: Any = as_number(strength)
    return number
