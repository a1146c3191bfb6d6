"""Adaptive optimisers: every parameter has its own rate, set by the size of its past gradients.

Arguments, rules and weight decay are as in `nn.train.optimizers.optimizer`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autograd import Value
from nn.sizes import require_positive, require_share
from nn.train.optimizers.optimizer import Optimizer
from nn.weights.checkpoint import Array


class Adagrad(Optimizer):
    """A rate for each parameter, that shrinks with all its gradients: s ← s + g², step lr · g/(√s + eps).

    Duchi, Hazan and Singer, Adaptive subgradient methods (2011). Raises ValueError unless eps > 0.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.01,
        *,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay, "square_sum")
        self.eps = require_positive("eps", eps)

    def _rule(self, vector: Array, g: Array, t: int) -> tuple[Array, dict[str, Array]]:
        square_sum = self.state["square_sum"] + g * g
        return vector - self.lr * g / (np.sqrt(square_sum) + self.eps), {"square_sum": square_sum}


class RMSprop(Optimizer):
    """Adagrad with a fading memory: s ← alpha · s + (1 − alpha) · g², step lr · g/(√s + eps).

    Hinton, Neural networks for machine learning, lecture 6 (2012). Raises ValueError unless 0 <= alpha < 1
    and eps > 0.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.01,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay, "square_mean")
        self.alpha = require_share("alpha", alpha)
        self.eps = require_positive("eps", eps)

    def _rule(self, vector: Array, g: Array, t: int) -> tuple[Array, dict[str, Array]]:
        square_mean = self.alpha * self.state["square_mean"] + (1 - self.alpha) * (g * g)
        return vector - self.lr * g / (np.sqrt(square_mean) + self.eps), {"square_mean": square_mean}


class Adam(Optimizer):
    """Momentum and RMSprop together, m ← β₁m + (1 − β₁)g and v ← β₂v + (1 − β₂)g²: step lr · m̂/(√v̂ + eps).

    Both means start at zero and are too small at first; m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) in step t make
    up for it. Kingma and Ba, Adam (2015). Raises ValueError unless betas lie in [0, 1) and eps > 0.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay, "mean", "square_mean")
        self.betas = (require_share("beta 1", betas[0]), require_share("beta 2", betas[1]))
        self.eps = require_positive("eps", eps)

    def _rule(self, vector: Array, g: Array, t: int) -> tuple[Array, dict[str, Array]]:
        beta1, beta2 = self.betas
        mean = beta1 * self.state["mean"] + (1 - beta1) * g
        square_mean = beta2 * self.state["square_mean"] + (1 - beta2) * (g * g)
        unbiased_mean = mean / (1 - beta1**t)
        unbiased_square = square_mean / (1 - beta2**t)
        moved = vector - self.lr * unbiased_mean / (np.sqrt(unbiased_square) + self.eps)
        return moved, {"mean": mean, "square_mean": square_mean}


class AdamW(Adam):
    """Adam with its weight decay outside the gradient: parameter ← (1 − lr · weight_decay) · parameter first.

    Loshchilov and Hutter, Decoupled weight decay regularization (2019). Errors are those of `Adam`.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def _decayed(self, vector: Array, gradient: Array) -> tuple[Array, Array]:
        return vector * (1 - self.lr * self.weight_decay), gradient
