"""How a vector of parameters moves: a step is a few operations on it, however many matrices it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from benchmarks.references.arrays import Array

Move: TypeAlias = Callable[[Array, int], None]
"""Moves a vector of parameters in place, given the gradient and the number of the step, from 0."""


def descent(vector: Array, learning_rate: Callable[[int], float]) -> Move:
    """Return gradient descent with a rate for each step."""

    def move(gradient: Array, k: int) -> None:
        nonlocal vector
        vector -= learning_rate(k) * gradient

    return move


def adam(vector: Array, learning_rate: float) -> Move:
    """Return Adam with β₁ = 0.9, β₂ = 0.999 and eps = 1e-8. Kingma and Ba, Adam (2015)."""
    mean, square_mean = np.zeros_like(vector), np.zeros_like(vector)

    def move(gradient: Array, k: int) -> None:
        nonlocal vector, mean, square_mean
        mean *= 0.9
        mean += 0.1 * gradient
        square_mean *= 0.999
        square_mean += 0.001 * (gradient * gradient)
        root = np.sqrt(square_mean / (1 - 0.999 ** (k + 1)))
        vector -= learning_rate / (1 - 0.9 ** (k + 1)) * mean / (root + 1e-8)

    return move
