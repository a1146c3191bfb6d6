"""Initialisers: where the weights of a layer begin. Each draws one weight for a given fan-in and fan-out.

The aim of all but the first four is that signals keep their size from layer to layer. A weighted sum of n
inputs of variance v has the variance n · Var(w) · v, so Var(w) must be about 1/n.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import inf, sqrt
from random import Random
from types import MappingProxyType
from typing import TypeAlias

from nn.sizes import require_positive

Initialiser: TypeAlias = Callable[[int, int, Random], float]
"""A function of fan-in (inputs of a neuron), fan-out (neurons of its layer) and a generator: one weight."""


def constant(value: float) -> Initialiser:
    """Start every weight at `value`: neurons of a layer then stay alike for ever (document 002 §2)."""
    return partial(_constant, value)


def _constant(value: float, fan_in: int, fan_out: int, rng: Random) -> float:
    return value


def uniform(low: float = -1.0, high: float = 1.0) -> Initialiser:
    """Draw uniformly between two bounds, whatever the layer's size; variance (high − low)²/12.

    Raises ValueError unless low < high, both finite.
    """
    if not -inf < low < high < inf:
        raise ValueError(f"a uniform initialiser needs finite low < high, got {low!r} and {high!r}")
    return partial(_between, float(low), float(high))


def _between(low: float, high: float, fan_in: int, fan_out: int, rng: Random) -> float:
    return rng.uniform(low, high)


def normal(mean: float = 0.0, std: float = 1.0) -> Initialiser:
    """Draw from the normal distribution, whatever the layer's size; variance std².

    Raises ValueError for a negative or infinite standard deviation.
    """
    std = require_positive("the standard deviation", std, or_0=True)
    return partial(_around, float(mean), std)


def _around(mean: float, std: float, fan_in: int, fan_out: int, rng: Random) -> float:
    return rng.gauss(mean, std)


def zeros(fan_in: int, fan_out: int, rng: Random) -> float:
    """Start every weight at 0; see `constant` for what comes of it."""
    return 0.0


def xavier_uniform(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw uniformly, with variance 2/(fan_in + fan_out): for tanh and sigmoid, forwards and backwards.

    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010), 16.
    """
    return _uniform(2 / (fan_in + fan_out), rng)


def xavier_normal(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw from the normal distribution, with variance 2/(fan_in + fan_out); see `xavier_uniform`."""
    return rng.gauss(0, sqrt(2 / (fan_in + fan_out)))


def he_uniform(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw uniformly, with variance 2/fan_in: for ReLU, which silences half of its inputs.

    He, Zhang, Ren and Sun, Delving deep into rectifiers (2015), 10.
    """
    return _uniform(2 / fan_in, rng)


def he_normal(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw from the normal distribution, with variance 2/fan_in; see `he_uniform`."""
    return rng.gauss(0, sqrt(2 / fan_in))


def lecun_normal(fan_in: int, fan_out: int, rng: Random) -> float:
    """Draw from the normal distribution, with variance 1/fan_in: for SELU and linear neurons.

    LeCun, Bottou, Orr and Müller, Efficient backprop (1998), §4.6.
    """
    return rng.gauss(0, sqrt(1 / fan_in))


def _uniform(variance: float, rng: Random) -> float:
    bound = sqrt(3 * variance)  # a uniform distribution over [−b, b] has the variance b²/3
    return rng.uniform(-bound, bound)


INITIALISERS: Mapping[str, Initialiser] = MappingProxyType(
    {
        "uniform": uniform(),
        "normal": normal(),
        "zeros": zeros,
        "xavier_uniform": xavier_uniform,
        "xavier_normal": xavier_normal,
        "he_uniform": he_uniform,
        "he_normal": he_normal,
        "lecun_normal": lecun_normal,
    }
)
"""The initialisers that go by a name; any function of the same form is as good."""


def named(init: str | Initialiser) -> Initialiser:
    """Return the initialiser that `init` names, or `init` itself. Raises ValueError for an unknown name."""
    if callable(init):
        return init
    if init not in INITIALISERS:
        raise ValueError(f"unknown initialiser {init!r}: choose {', '.join(INITIALISERS)}, or a function")
    return INITIALISERS[init]
