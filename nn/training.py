"""Training: examples in, batch by batch; loss, gradient, step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Protocol

from tqdm import tqdm

from autograd import Value, no_grad
from nn.data import Dataset
from nn.metrics import accuracy
from nn.seed import Seed, generator

Model = Callable[[list[float]], Any]
Loss = Callable[[list[Any], Any], Any]


class TrainingError(ArithmeticError):
    """The loss or a parameter is no longer a finite number."""


class Optimizer(Protocol):
    """What `fit` asks of an optimiser."""

    parameters: list[Value]

    def step(self) -> None: ...
    def zero_grad(self) -> None: ...


@dataclass(slots=True)
class History:
    """What happened, one entry an epoch."""

    train_loss: list[float] = field(default_factory=list)
    """The mean over the epoch's examples, each measured just before the step it took part in."""
    held_out_loss: list[float] = field(default_factory=list)
    """The loss on the held-out rows after the epoch; empty when none were given."""
    held_out_accuracy: list[float] = field(default_factory=list)
    """The share of held-out rows classified right, in [0, 1]; empty without held-out rows or classes."""
    interrupted: bool = False
    """Whether Ctrl-C ended the training before its last epoch."""


def fit(
    model: Model,
    train: Dataset,
    loss: Loss,
    optimizer: Optimizer,
    *,
    epochs: int,
    batch_size: int = 16,
    held_out: Dataset | None = None,
    seed: Seed = 0,
    progress: bool = True,
) -> History:
    """Train by mini-batch gradient descent and return the history.

    In every epoch the rows are shuffled, by a generator from `seed`, and cut into batches of `batch_size`;
    for each, `optimizer` makes a step against the gradient of `loss(outputs, targets)`. A batch size of
    `len(train)` or more is plain gradient descent. `progress` shows a bar on stderr. Ctrl-C ends the
    training early and keeps what has been learned.

    Raises TrainingError, naming epoch and step, when the loss or a parameter becomes nan or infinite; the
    parameters are then put back to where the epoch began. Raises ValueError for no rows, no epochs, or an
    empty batch.
    """
    for what, count in (("row", len(train)), ("epoch", epochs), ("row in a batch", batch_size)):
        if count < 1:
            raise ValueError(f"training needs at least 1 {what}, got {count}")
    rng = generator(seed)
    history = History()
    with tqdm(range(1, epochs + 1), desc="training", unit="epoch", disable=not progress) as bar:
        try:
            for epoch in bar:
                order = rng.sample(range(len(train)), len(train))
                batches = [train.rows(order[i : i + batch_size]) for i in range(0, len(order), batch_size)]
                history.train_loss.append(_train_epoch(model, batches, loss, optimizer, epoch))
                if held_out is not None:
                    outputs = predict(model, held_out.features)
                    history.held_out_loss.append(loss(outputs, held_out.targets))
                    if held_out.class_names is not None:
                        history.held_out_accuracy.append(accuracy(outputs, held_out.targets))
                bar.set_postfix_str(f"loss {history.train_loss[-1]:.4g}", refresh=False)
        except KeyboardInterrupt:
            history.interrupted = True
    return history


def predict(model: Model, features: Iterable[list[float]]) -> list[Any]:
    """Return the outputs of `model` for each row as plain numbers: a float each, or a list of floats."""
    with no_grad():
        outputs = [model(row) for row in features]
    return [output.data if isinstance(output, Value) else [out.data for out in output] for output in outputs]


def _train_epoch(model: Model, batches: list[Dataset], loss: Loss, optimizer: Optimizer, epoch: int) -> float:
    """Make one step for each batch; return the mean loss over all rows."""
    before = [parameter.data for parameter in optimizer.parameters]
    total = 0.0
    for step, batch in enumerate(batches, 1):
        batch_loss = loss([model(row) for row in batch.features], batch.targets)
        optimizer.zero_grad()
        batch_loss.backward()
        optimizer.step()
        total += batch_loss.data * len(batch)
        if not all(isfinite(number.data) for number in (batch_loss, *optimizer.parameters)):
            for parameter, data in zip(optimizer.parameters, before, strict=True):
                parameter.data = data
            raise TrainingError(
                f"training diverged in epoch {epoch}, step {step}: the loss is {batch_loss.data:.6g}; "
                "a smaller learning rate may help"
            )
    return total / sum(map(len, batches))
