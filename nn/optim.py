"""Optimisers: how a gradient moves the parameters."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from autograd import Value


class SGD:
    """Gradient descent: `step` moves every parameter by −lr · grad.

    It is stochastic when the gradient comes from a part of the examples. `lr` may be changed between steps.

    Raises ValueError for a learning rate that is not positive and finite, for no parameters, and for a
    parameter given twice, which would be moved twice.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        if not 0 < lr < inf:
            raise ValueError(f"the learning rate must be positive and finite, got {lr!r}")
        if not self.parameters:
            raise ValueError("expected at least 1 parameter, got 0")
        if (distinct := len(set(self.parameters))) < len(self.parameters):
            raise ValueError(f"expected no parameter twice, got {distinct} in {len(self.parameters)} places")

    def step(self) -> None:
        """Move every parameter against its gradient."""
        for parameter in self.parameters:
            parameter.data -= self.lr * parameter.grad

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter; without it, the next pass adds to this one."""
        for parameter in self.parameters:
            parameter.zero_grad()
