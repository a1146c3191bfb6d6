"""Early stopping: when the held-out loss no longer falls, stop, and go back to where it was lowest."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

from autograd import Value
from autograd.commit import DATA, UPDATE, commit
from autograd.ordered import refuse_unordered
from nn.model.module import Module, values
from nn.model.prediction import plain
from nn.sizes import require_at_least, require_positive


class EarlyStopping:
    """Watches a loss, keeps the parameters of its best epoch, and tells when patience has run out.

    That is when `patience` epochs in a row were not better: lower than the best by more than `min_delta`.
    `parameters` may be a whole Module: then what counts are the parameters that it has by then, and its
    Buffers, such as the running statistics of a batch norm. `best_loss`, `best` (the parameters), `waited`
    (epochs since) and `set_aside` (the latest parameters, once the best ones are in their place) are all it
    remembers; they go into a checkpoint. Raises ValueError for a patience below 1 and a negative
    min_delta, TypeError for a set of parameters.
    """

    best_loss: float
    best: list[float]
    waited: int
    set_aside: list[float] | None

    def __init__(
        self, parameters: Iterable[Value] | Module, patience: int, *, min_delta: float = 0.0
    ) -> None:
        require_at_least(1, patience=patience)
        refuse_unordered(parameters)
        self._watched = parameters if isinstance(parameters, Module) else list(parameters)
        self.patience = patience
        self.min_delta = require_positive("min_delta", min_delta, or_0=True)
        self.begin()

    def begin(self) -> None:
        """Forget every epoch: a new training begins, with the parameters as they are now."""
        start = {"best_loss": inf, "best": self._numbers(), "waited": 0, "set_aside": None}
        commit((UPDATE, [vars(self)], [start]))

    @property
    def parameters(self) -> list[Value]:
        """What is kept: the Values that were given, or those that the module has now."""
        return values(self._watched) if isinstance(self._watched, Module) else self._watched

    @property
    def exhausted(self) -> bool:
        """Whether patience has run out."""
        return self.waited >= self.patience

    def should_stop(self, loss: float) -> bool:
        """Take note of an epoch's loss; return whether patience has run out. A nan is never better."""
        commit((UPDATE, [vars(self)], [self.noted(loss)]))
        return self.exhausted

    def noted(self, loss: float) -> dict[str, Any]:
        """Return the attributes as they are once an epoch's loss has been taken note of."""
        loss = float(plain(loss))
        if loss < self.best_loss - self.min_delta:
            better = {"best_loss": loss, "waited": 0, "best": self._numbers()}
        else:
            better = {"waited": self.waited + 1}
        return {**better, "set_aside": None}  # the training went on from elsewhere

    def restore(self) -> None:
        """Set the parameters to those of the best epoch, or to the first if no loss was a number below inf.

        Before any loss has been noted, they stay. Those that they replace are set aside for `go_on`. Raises
        ValueError where the module has fewer or more of them than it had then.
        """
        now = self._as_many()
        if now != self.best and (self.waited or self.best_loss < inf):
            commit((DATA, self.parameters, self.best), (UPDATE, [vars(self)], [{"set_aside": now}]))

    def go_on(self) -> None:
        """Undo `restore`, unless the parameters have been changed since: so a training goes on.

        Raises ValueError where the module has fewer or more of them than it had then.
        """
        aside = self.set_aside
        if self._as_many() == self.best and aside is not None:
            commit((DATA, self.parameters, aside), (UPDATE, [vars(self)], [{"set_aside": None}]))

    def _as_many(self) -> list[float]:
        """Return the parameters as they are now; raise ValueError unless they are as many as the best."""
        now = self._numbers()
        if len(now) != len(self.best):
            raise ValueError(
                f"early stopping keeps {len(self.best)} numbers of the best epoch, and the model has "
                f"{len(now)} now: begin a training anew, without a history"
            )
        return now

    def _numbers(self) -> list[float]:
        return [parameter.data for parameter in self.parameters]
