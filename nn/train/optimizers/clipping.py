"""The length of a gradient, and clipping: one that explodes is cut down before a step (document 001 §3)."""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot, inf, isfinite

from autograd import Value
from autograd.commit import GRAD, commit
from nn.model.module import Module
from nn.sizes import require_positive
from nn.train.optimizers.optimizer import plain_gradient
from nn.weights.tensors import learned


def clip_grad_value(parameters: Iterable[Value], clip_value: float) -> None:
    """Bring every gradient into [−clip_value, clip_value]; nan stays nan. This may turn the gradient.

    Raises ValueError unless clip_value is positive and finite, TypeError for gradients that are Values.
    """
    clip_value = require_positive("the largest gradient", clip_value)
    parameters = list(parameters)
    gradient = zip(parameters, plain_gradient(parameters), strict=True)
    long = [(parameter, slope) for parameter, slope in gradient if abs(slope) > clip_value]
    bounds = [clip_value if slope > 0 else -clip_value for _, slope in long]
    commit((GRAD, [parameter for parameter, _ in long], bounds))


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Shorten the gradient to the length `max_norm` if it is longer; return the length it had.

    All parameters together are one vector, and its direction stays. A gradient that is not finite has no
    direction: it is left for the training to report. Pascanu, Mikolov and Bengio, On the difficulty of
    training recurrent neural networks (2013). Raises ValueError unless max_norm is positive and finite.
    """
    max_norm = require_positive("the largest norm", max_norm)
    parameters = list(parameters)
    gradient = plain_gradient(parameters)
    norm = hypot(*gradient)
    if max_norm < norm and all(map(isfinite, gradient)):
        if norm == inf:  # the length alone is too large for a float
            largest = max(map(abs, gradient))
            gradient = [g / largest for g in gradient]
        shorter = max_norm / hypot(*gradient)
        commit((GRAD, parameters, [g * shorter for g in gradient]))
    return norm


def gradient_norms(module: Module) -> dict[str, float]:
    """Return the length of the gradient along each tensor of parameters, by its name in a checkpoint.

    Where it is far smaller at the first layers than at the last, the gradient vanishes on the way.
    """
    return {name: hypot(*plain_gradient(values)) for name, values in learned(module).items()}
