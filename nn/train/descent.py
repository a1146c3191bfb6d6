"""Descent: a batch goes in, its loss and the gradient come out, and the parameters move. Node by node.

`nn.train.compiled` does the same in matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from autograd import Value, no_grad, tree
from autograd.commit import GRAD, Part, commit
from autograd.context import in_own_context
from autograd.flow import NOTHING
from nn.data.dataset import Dataset
from nn.model.module import module_of
from nn.model.prediction import Model, plain, predict
from nn.train.optimizers.optimizer import Optimizer
from nn.weights.checkpoint import Array

Loss: TypeAlias = Callable[[list[Any], Any], Any]
Penalty: TypeAlias = Callable[[], Any]
Clip: TypeAlias = Callable[[list[Value]], Any]


def moved_first(model: Callable[..., Any], optimizer: Optimizer) -> list[Value]:
    """Return the parameters of the optimiser, and after them those of a Module that stay as they are.

    Raises ValueError if the optimiser has none of a Module's.
    """
    moved, owner = optimizer.parameters, module_of(model)
    owned = moved if owner is None else owner.parameters()
    if not {*owned} & {*moved}:
        raise ValueError(
            f"the optimiser moves none of the {len(owned)} parameters of {repr(model)[:40]}: give it "
            "model.parameters()"
        )
    return list(dict.fromkeys([*moved, *owned]))


def require_value(loss: Any) -> Any:
    """Return the loss of a batch; raise TypeError unless it is a Value, which alone has a gradient."""
    if not isinstance(loss, Value):
        raise TypeError(
            f"loss gave {loss!r:.40}, which cannot be differentiated: expected a Value made of the outputs; "
            "in place of the metric nn.mean_absolute_error, a plain number, give nn.mae"
        )
    return loss


class Descent:
    """Steps of an optimiser against the gradient of a loss, and of a penalty if there is one."""

    def __init__(
        self, model: Model, loss: Loss, optimizer: Optimizer, penalty: Penalty | None, clip: Clip | None
    ) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.penalty = penalty
        self.clip = clip
        self.differentiated = moved_first(model, optimizer)

    def objective(self, batch: Dataset) -> tuple[Any, Any]:
        """Return the loss of a batch, and with the penalty what is minimised."""
        batch_loss = require_value(self.loss([self.model(row) for row in batch.features], batch.targets))
        return batch_loss, batch_loss if self.penalty is None else batch_loss + self.penalty()

    def differentiate(self, batch: Dataset) -> tuple[float, float, Sequence[float] | Array]:
        """Return the loss of a batch, what is minimised, and its gradient."""
        batch_loss, minimised = self.objective(batch)
        self.forget()
        minimised.backward()
        return batch_loss.data, minimised.data, [parameter.grad for parameter in self.optimizer.parameters]

    def forget(self) -> None:
        """Forget the gradients of the parameters, also of those that stay as they are."""
        commit(self.forgotten())

    def forgotten(self) -> Part:
        """Return what leaves no parameter a gradient."""
        return GRAD, self.differentiated, [NOTHING] * len(self.differentiated)

    def move(self) -> Sequence[float] | Array:
        """Step against the latest gradient; return the parameters."""
        if self.clip is not None:
            self.clip(self.optimizer.parameters)
        self.optimizer.step()
        return [parameter.data for parameter in self.optimizer.parameters]

    def steps(self, rows: Dataset, done: int, batch_size: int) -> list[float]:
        """Take steps over the rows after the first `done`, as many as it can by itself; return their losses.

        None where it can take none, or not the next.
        """
        return []

    def write_back(self) -> None:
        """Put parameters and gradient into the Values, if they are not there."""

    def measure(self, outputs: list[Any], targets: Any) -> float:
        """Return the loss of outputs that are plain numbers."""
        # As of `.relu()`, which only Values have, and `1e200 ** 2`, at which only floats raise.
        with suppress(AttributeError, TypeError, ArithmeticError):
            return float(plain(self.loss(outputs, targets)))
        of_values = no_grad()(lambda: self.loss(tree.map_leaves(Value, outputs), targets))
        return float(plain(in_own_context(of_values)))

    def predict(self, features: Sequence[list[float]]) -> list[Any]:
        """Return the outputs of the model as `nn.predict` does."""
        return predict(self.model, features)
