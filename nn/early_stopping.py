"""Early stopping: when the held-out loss no longer falls, stop, and go back to where it was lowest."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from autograd import Value


class EarlyStopping:
    """Watches a loss, keeps the parameters of its best epoch, and tells when patience has run out.

    That is when `patience` epochs in a row were not better: lower than the best by more than `min_delta`.
    `best_loss`, `best` (the parameters) and `waited` (epochs since) are all it remembers; they go into a
    checkpoint. Raises ValueError for a patience below 1 and a negative min_delta.
    """

    def __init__(self, parameters: Iterable[Value], patience: int, *, min_delta: float = 0.0) -> None:
        if patience < 1:
            raise ValueError(f"the patience must be at least 1 epoch, got {patience!r}")
        if not 0 <= min_delta < inf:
            raise ValueError(f"min_delta must be 0 or more and finite, got {min_delta!r}")
        self.parameters = list(parameters)
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = inf
        self.best = [parameter.data for parameter in self.parameters]
        self.waited = 0

    def should_stop(self, loss: float) -> bool:
        """Take note of an epoch's loss; return whether patience has run out. A nan is never better."""
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.waited = loss, 0
            self.best = [parameter.data for parameter in self.parameters]
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self) -> None:
        """Set the parameters back to those of the best epoch, or to the first if there was none."""
        for parameter, number in zip(self.parameters, self.best, strict=True):
            parameter.data = number
