"""Minimising whatever has been compiled: batches in, steps of an optimiser, and what they came to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextvars import copy_context
from math import isfinite
from typing import Any

import numpy as np
from tqdm import tqdm

from autograd import AnomalyError, detect_anomaly
from autograd.commit import APPEND, FILL, UPDATE, commit
from autograd.compiler.compiled import Compiled
from nn.sizes import require_at_least
from nn.train.arguments import require_kind
from nn.train.history import History
from nn.train.optimizers.optimizer import Optimizer, all_finite
from nn.train.optimizers.schedule import Schedule, require_made
from nn.train.training import TrainingError, rate


def minimise(
    step: Compiled,
    optimizer: Optimizer,
    batches: Iterable[Sequence[Any]],
    steps: int,
    *,
    schedule: Schedule | None = None,
    progress: bool = True,
) -> History:
    """Make `steps` steps against the gradient of a compiled function, and return the history.

    Each of `batches` is a tuple of the arguments of one call: `[(X, y)]` is plain gradient descent. When all
    have been used they come again; a generator must have enough of them. The history has an entry a step: its
    loss, measured before the parameters move, and its rate, which `schedule` gives if there is one. The
    parameters are those of both, in one order; further ones of `step` stay as they are. `progress` shows a
    bar on stderr.

    Ctrl-C ends the steps early, with the parameters of the last whole step; `interrupted` is then True.
    Raises TrainingError, naming the step and the first bad operation, when the loss, the gradient, a
    parameter or the optimiser's state is not finite, and ValueError where there are too few batches, no
    steps, or other parameters; the parameters are then those of the last good step. Raises TypeError where
    `step` is not compiled, and for an optimiser or a schedule that is none. Errors of a call are those of
    `step.value_and_grad`.
    """
    require_at_least(1, steps=steps)
    require_kind(Optimizer, optimizer=optimizer)
    if schedule is not None:
        require_made(schedule)
    optimizer.check_moves(step)
    history = History()
    source = _again_and_again(batches, steps)
    try:
        with tqdm(range(steps), desc=f"minimising, {step.backend}", unit="step", disable=not progress) as bar:
            for number in bar:
                lr = optimizer.lr if schedule is None else rate(schedule, number, "step")
                loss = whole_step(step, optimizer, next(source), number + 1, lr)
                commit((APPEND, (history.train_loss, history.learning_rate), (loss, float(optimizer.lr))))
                bar.set_postfix_str(f"loss {loss:.4g}", refresh=False)
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        step.write_back()
    return history


def whole_step(
    step: Compiled, optimizer: Optimizer, batch: Sequence[Any], number: int, lr: float, weight: float = 1.0
) -> float:
    """Move the vector of a compiled function against `weight` times its gradient; return the loss before.

    The optimiser has the rate `lr` from this step on. Raises TrainingError where something is not finite;
    vector and optimiser are then as they were.
    """
    vector = step.vector[: len(optimizer.parameters)]
    remembered = {"state": optimizer.state, "steps": optimizer.steps, "lr": optimizer.lr}
    before = vector.copy(), remembered
    try:
        loss, gradient = step.value_and_grad(*batch)
    except AnomalyError as error:
        raise TrainingError(f"training stopped in step {number}, inside detect_anomaly(): {error}") from error
    finite = isfinite(loss) and all_finite(gradient)
    cause = "" if finite else _first_anomaly(step, batch)
    if finite:
        optimizer.lr = lr
        # What is too large for a float32 is found out below. The context ends wherever Ctrl-C comes.
        move = np.errstate(over="ignore")(optimizer.move)
        copy_context().run(move, vector, gradient[: len(vector)] * weight)
        finite = all_finite(vector, *optimizer.state.values())
    if not finite:
        commit((FILL, [vector], [...], [before[0]]), (UPDATE, [vars(optimizer)], [before[1]]))
        raise TrainingError(
            f"training diverged in step {number}: the loss is {loss:.6g}; "
            f"a smaller learning rate may help{cause}"
        )
    return loss


def _again_and_again(batches: Iterable[Sequence[Any]], steps: int) -> Iterator[Sequence[Any]]:
    count = 0
    while True:
        before = count
        for batch in batches:
            if not isinstance(batch, (tuple, list)):
                raise TypeError(
                    f"each of the batches is a tuple of the arguments of a call, got {type(batch).__name__}: "
                    "write [(X, y)] for one batch"
                )
            yield batch
            count += 1
        if count == before:
            raise ValueError(f"the batches end after {count} of {steps} steps: give more, or a list of them")


def _first_anomaly(step: Compiled, batch: Sequence[Any]) -> str:
    try:
        with detect_anomaly():
            step.value_and_grad(*batch)
    except AnomalyError as error:
        return f"; where it began: {error}"
    return ""
