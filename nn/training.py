"""Training: examples in, batch by batch; loss, gradient, step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite
from typing import Any

import numpy as np
from tqdm import tqdm

from autograd import AnomalyError, detect_anomaly
from nn.compiled import CompiledDescent
from nn.data import Dataset, batches
from nn.descent import Clip, Descent, Loss, Penalty
from nn.early_stopping import EarlyStopping
from nn.history import History
from nn.metrics import accuracy
from nn.optim import Optimizer
from nn.prediction import Model
from nn.schedule import Schedule
from nn.seed import Seed, generator


class TrainingError(ArithmeticError):
    """The loss, a gradient or a parameter is no longer a finite number."""


def fit(
    model: Model,
    train: Dataset,
    loss: Loss,
    optimizer: Optimizer,
    *,
    epochs: int,
    batch_size: int = 16,
    held_out: Dataset | None = None,
    schedule: Schedule | None = None,
    penalty: Penalty | None = None,
    clip: Clip | None = None,
    early_stopping: EarlyStopping | None = None,
    callbacks: Iterable[Callable[[History], Any]] = (),
    history: History | None = None,
    seed: Seed = 0,
    progress: bool = True,
    compiled: bool = False,
) -> History:
    """Train by mini-batch gradient descent and return the history.

    In every epoch the rows are shuffled, by a generator from `seed`, and cut into batches of `batch_size`;
    for each, `optimizer` makes a step against the gradient of `loss(outputs, targets)`. A batch size of
    `len(train)` or more is plain gradient descent.

    `schedule` gives the learning rate of each epoch, from 0. `penalty()` is added to what is minimised, not
    to the losses in the history. `clip(parameters)` may cut the gradient before each step. `early_stopping`
    watches the loss on `held_out`; at the end, whatever ended the training, the best parameters are put back.
    Every callback is called with the history after each epoch. Given the `history` of an earlier call, the
    training goes on where that ended, up to `epochs` in all. `progress` shows a bar on stderr. Ctrl-C ends
    the training early and keeps what has been learned.

    With `compiled` all is the same up to rounding, and much faster: what happens to one example is recorded
    once by `autograd.compile`, and replayed for whole batches. So `loss` must be the mean over the examples;
    model, loss and penalty may not ask for the value of a number, nor draw at random as a Dropout does; what
    they read from outside stays as it was at first, except the parameters; and where a model has several
    outputs, its loss gets a class as a one-hot row.

    Raises TrainingError, naming epoch, step and the first bad operation, when the loss, a gradient or a
    parameter becomes nan or infinite; the parameters are then put back to where the epoch began. Raises
    ValueError for no rows, no epochs, an empty batch, or early stopping without held-out rows; ValueError or
    TypeError for what cannot be compiled.
    """
    for what, count in (("row", len(train)), ("epoch", epochs), ("row in a batch", batch_size)):
        if count < 1:
            raise ValueError(f"training needs at least 1 {what}, got {count}")
    if early_stopping is not None and held_out is None:
        raise ValueError("early stopping watches the loss on held-out rows, got held_out=None")

    descent = (
        CompiledDescent(model, loss, optimizer, penalty, clip, train)
        if compiled
        else Descent(model, loss, optimizer, penalty, clip)
    )
    rng = generator(seed)
    history = History() if history is None else history
    history.stopped_early = history.interrupted = False
    done = len(history.train_loss)
    shown = {"desc": "training", "unit": "epoch", "initial": done, "total": epochs, "disable": not progress}
    with tqdm(range(done, epochs), **shown) as bar:
        try:
            for epoch in bar:
                if schedule is not None:
                    optimizer.lr = schedule(epoch)
                shuffled = batches(train, batch_size, seed=rng)
                history.train_loss.append(_train_epoch(descent, shuffled, epoch + 1))
                history.learning_rate.append(optimizer.lr)
                if held_out is not None:
                    _measure(descent, held_out, history)
                if early_stopping is not None:
                    history.stopped_early = early_stopping.should_stop(history.held_out_loss[-1])
                bar.set_postfix_str(
                    f"loss {history.train_loss[-1]:.4g}, rate {optimizer.lr:.3g}", refresh=False
                )
                for callback in callbacks:
                    callback(history)
                if history.stopped_early:
                    break
        except KeyboardInterrupt:
            history.interrupted = True
    if early_stopping is not None:
        early_stopping.restore()
    return history


def _measure(descent: Descent, held_out: Dataset, history: History) -> None:
    outputs = descent.predict(held_out.features)
    history.held_out_loss.append(descent.loss(outputs, held_out.targets))
    if held_out.class_names is not None:
        history.held_out_accuracy.append(accuracy(outputs, held_out.targets))


def _train_epoch(descent: Descent, batches: Iterable[Dataset], epoch: int) -> float:
    """Make one step for each batch; return the mean loss over all rows."""
    parameters = descent.optimizer.parameters
    before = [parameter.data for parameter in parameters]
    total, rows = 0.0, 0
    try:
        for step, batch in enumerate(batches, 1):
            batch_loss, minimised, gradient = descent.differentiate(batch)
            total, rows = total + batch_loss * len(batch), rows + len(batch)
            finite = isfinite(minimised) and np.isfinite(gradient).all()
            cause = "" if finite else _first_anomaly(descent, batch)
            if not finite or not np.isfinite(descent.move()).all():
                descent.write_back()
                for parameter, data in zip(parameters, before, strict=True):
                    parameter.data = data
                raise TrainingError(
                    f"training diverged in epoch {epoch}, step {step}: the loss is {batch_loss:.6g}; "
                    f"a smaller learning rate may help{cause}"
                )
    finally:
        descent.write_back()
    return total / rows


def _first_anomaly(descent: Descent, batch: Dataset) -> str:
    """Compute the batch again under watch, and say where the first number that is not finite appears."""
    descent.write_back()
    try:
        with detect_anomaly():
            descent.objective(batch)[1].backward()
    except AnomalyError as error:
        return f"; it began with {error}"
    return ""  # a Dropout that has drawn anew need not fail again
