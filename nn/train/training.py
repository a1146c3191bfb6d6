"""Training: examples in, batch by batch; loss, gradient, step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from math import isfinite, nan
from numbers import Real
from random import Random
from typing import Any

from tqdm import tqdm

from autograd.checks.diagnose import AnomalyError, where_it_began
from autograd.commit import APPEND, DATA, UPDATE, Part, commit
from autograd.context import history as records
from nn.data.dataset import Dataset, batches, require_alike
from nn.model.module import Buffer, module_of, walk
from nn.model.prediction import Model, plain
from nn.seed import Seed, generator, placed, position
from nn.sizes import require_at_least, require_positive
from nn.train.arguments import require_calls, require_examples, require_kind
from nn.train.compiled import CompiledDescent
from nn.train.descent import Clip, Descent, Loss, Penalty
from nn.train.early_stopping import EarlyStopping
from nn.train.history import History
from nn.train.losses.classes import binary_cross_entropy, binary_cross_entropy_with_logits
from nn.train.losses.metrics import accuracy
from nn.train.optimizers.optimizer import Optimizer, all_finite
from nn.train.optimizers.schedule import Schedule, require_made


class TrainingError(ArithmeticError):
    """The loss, a gradient, a parameter or a number in the optimiser's state is no longer finite.

    Inside `detect_anomaly()`, any number that a step computes: the AnomalyError is then the cause.
    """


BOUNDARIES = ((binary_cross_entropy, 0.5), (binary_cross_entropy_with_logits, 0.0))
"""Above which output an example is of class 1 where there is one output, by the loss."""


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

    `model` is a Module or a method of one. Modules that any other function calls are in the mode in which
    they are on held-out rows too, and a divergence puts back neither their Buffers nor their generators.

    In every epoch the rows are shuffled, by a generator from `seed`, and cut into batches of `batch_size`;
    for each, `optimizer` makes a step against the gradient of `loss(outputs, targets)`. A batch size of
    `len(train)` or more is plain gradient descent.

    `schedule` gives the learning rate of each epoch, from 0. `penalty()` is added to what is minimised, not
    to the losses in the history. `clip(parameters)` may cut the gradient before each step. `early_stopping`
    watches the loss on `held_out`, from the start unless there is a `history` to go on with; at the end,
    whatever ended the training, the best parameters are put back.
    Each of `callbacks` is called with the history after every epoch. `progress` shows a bar on stderr, which
    names the backend of a compiled training.

    Given the `history` of an earlier call, and its optimiser, generator and early stopping, the training goes
    on where that ended, bit for bit as if it never had, up to `epochs` in all, of which none is left once
    early stopping has run out of patience. Ctrl-C ends the training early and keeps what has been learned,
    also in an epoch that is not finished, which a continued training begins anew. No step is taken by halves,
    and an epoch is in the history with all its entries or not at all.

    With `compiled` all is the same up to rounding, and much faster: what happens to one example is
    recorded once by `autograd.compile`, and replayed for whole batches: in C where a compiler is found,
    which also takes the steps of SGD and Adam by itself unless there is a clip or a penalty, and by NumPy
    otherwise. So `loss` must be the mean over the examples; model, loss and penalty may not ask for the
    value of a number, nor draw at random as a Dropout does; and what they read from outside stays as it
    was at first, except the parameters. A loss of one's own looks the score of a class up with
    `autograd.take`.

    Raises TrainingError, naming epoch, step and the first bad operation, when the loss, a gradient, a
    parameter or the optimiser's state becomes nan or infinite, and inside `detect_anomaly()` any number of a
    step; one of held-out rows is an AnomalyError there. Parameters, Buffers, optimiser and generators are
    then put back to where the epoch began, gradients are forgotten, and then early stopping puts back the
    best; a `history` handed in has the epochs before.
    Raises ValueError for no rows, no epochs, an empty batch, a schedule whose rate is negative or no finite
    number, held-out rows with other feature or class names, early stopping without held-out rows, or an
    optimiser with none of the parameters of a Module; ValueError or TypeError for what cannot be compiled;
    TypeError for callbacks that are no list of functions, for anything else that is no function, Dataset,
    Optimizer, EarlyStopping or History where one is expected, for a maker of schedules that was not called,
    as `nn.schedule.constant`, and for a loss that is a plain number, as a metric is, and no Value;
    RuntimeError inside `no_grad()`.
    """
    if not records.get():
        raise RuntimeError("inside no_grad() there is no gradient to learn from: call nn.fit outside of it")
    require_at_least(1, epochs=epochs, batch_size=batch_size)
    require_calls(model=model, loss=loss, schedule=schedule, penalty=penalty, clip=clip)
    require_kind(Optimizer, optimizer=optimizer)
    history = History() if history is None else history
    require_kind(History, history=history)
    if early_stopping is not None:
        require_kind(EarlyStopping, early_stopping=early_stopping)
    if schedule is not None:
        require_made(schedule)
    if callable(callbacks):
        raise TypeError(f"callbacks is a list of functions, got {callbacks!r:.40} alone: write [function]")
    callbacks = list(callbacks)
    for callback in callbacks:
        if not callable(callback):
            raise TypeError(
                f"callbacks is a list of functions of the history, got {callback!r:.40} among them: "
                "write lambda history: …"
            )
    run = _Run(
        train,
        held_out,
        epochs,
        batch_size,
        schedule,
        early_stopping,
        Descent(model, loss, optimizer, penalty, clip),
        generator(seed),
        history,
    )
    try:
        done = run.go_on()
        progress = progress and done < epochs
        bar = {"desc": "training", "unit": "epoch", "initial": done, "total": epochs, "disable": not progress}
        try:
            if compiled:
                run.descent = descent = CompiledDescent(model, loss, optimizer, penalty, clip, train)
                bar["desc"] = f"training, {descent.step.backend}"
            with tqdm(range(done, epochs), **bar) as shown:
                for epoch in shown:
                    train_loss = run.epoch(epoch)
                    shown.set_postfix_str(f"loss {train_loss:.4g}, rate {optimizer.lr:.3g}", refresh=False)
                    for callback in callbacks:
                        callback(history)
                    if history.stopped_early:
                        break
        finally:
            run.descent.write_back()  # again: Ctrl-C may have come while the epoch did
    except (TrainingError, AnomalyError):
        commit(*run.before)
        raise
    except KeyboardInterrupt:
        numbers = [parameter.data for parameter in optimizer.parameters]
        if not all_finite(numbers, *optimizer.state.values()):
            commit(*run.before)  # it came before the divergence was found out
        history.interrupted = True
    finally:
        if early_stopping is not None:
            early_stopping.restore()
    return history


@dataclass
class _Run:
    """A training under way. `before` puts an epoch that is not finished back to where it began."""

    train: Dataset
    held_out: Dataset | None
    epochs: int
    batch_size: int
    schedule: Schedule | None
    early_stopping: EarlyStopping | None
    descent: Descent
    rng: Random
    history: History
    before: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        require_examples(train=self.train)
        if self.held_out is not None:
            require_examples(held_out=self.held_out)
            require_alike(self.train, self.held_out)
        elif self.early_stopping is not None:
            raise ValueError("early stopping watches the loss on held-out rows, got held_out=None")

    def go_on(self) -> int:
        """Go on where the history ends; return how many epochs have been, or all if none is left."""
        history, stopping = self.history, self.early_stopping
        history.stopped_early = history.interrupted = False
        if stopping is not None:
            if history.train_loss:
                stopping.go_on()
            else:
                stopping.begin()
        done = len(history.train_loss)
        history.stopped_early = self._stops_early(done)
        return self.epochs if history.stopped_early else done

    def epoch(self, number: int) -> float:
        """Make a step for each batch of all rows, shuffled, and note what came of it; return the loss."""
        history, optimizer, stopping = self.history, self.descent.optimizer, self.early_stopping
        self.before = _standing(self.descent, self.rng)
        if self.schedule is not None:
            optimizer.lr = rate(self.schedule, number)
        shuffled = next(batches(self.train, len(self.train), seed=self.rng))
        train_loss = _train_epoch(self.descent, shuffled, self.batch_size, number + 1)
        entries = [(history.train_loss, train_loss), (history.learning_rate, float(optimizer.lr))]
        measured = [] if self.held_out is None else _measured(self.descent, self.held_out, history)
        noted = [] if stopping is None else [stopping.noted(measured[0][1])]
        entries += measured
        unknown = [(numbers, nan) for numbers, _ in entries for _ in range(number - len(numbers))]
        commit(
            (APPEND, *zip(*unknown, *entries, strict=True)),
            (UPDATE, [vars(stopping) for _ in noted], noted),
        )
        self.before = []
        history.stopped_early = self._stops_early(number + 1)
        return train_loss

    def _stops_early(self, done: int) -> bool:
        """Return whether patience has run out while there are epochs to be made."""
        return self.early_stopping is not None and self.early_stopping.exhausted and done < self.epochs


def _standing(descent: Descent, rng: Random) -> list[Part]:
    """Return what sets parameters, Buffers, optimiser and generators to where they stand now.

    Gradients are then none: those of later steps belong to other parameters.
    """
    model, optimizer = descent.model, descent.optimizer
    kept: list[Any] = [] if (owner := module_of(model)) is None else [item for _, item in walk(owner)]
    numbers = [*optimizer.parameters, *(item for item in kept if isinstance(item, Buffer))]
    generators = [rng, *(item for item in kept if isinstance(item, Random))]
    remembered = {"state": optimizer.state, "steps": optimizer.steps, "lr": optimizer.lr}
    return [
        (DATA, numbers, [number.data for number in numbers]),
        descent.forgotten(),
        (UPDATE, [vars(optimizer)], [remembered]),
        *placed(generators, map(position, generators)),
    ]


def rate(schedule: Schedule, number: int, unit: str = "epoch") -> float:
    """Return the rate of an epoch or of a step, as a float.

    Raises ValueError unless 0 <= rate < inf, TypeError for what is no number.
    """
    found = plain(schedule(number))
    if not isinstance(found, Real):
        raise TypeError(
            f"the schedule gives {found!r:.60} in {unit} {number + 1}: expected a number, 0 or more, finite"
        )
    return require_positive(f"the rate of the schedule in {unit} {number + 1}", found, or_0=True)


def _measured(descent: Descent, held_out: Dataset, history: History) -> list[tuple[list[float], float]]:
    """Return what is to be appended to which list of the history, the held-out loss first."""
    outputs = descent.predict(held_out.features)
    measured = [(history.held_out_loss, descent.measure(outputs, held_out.targets))]
    loss = getattr(descent.loss, "func", descent.loss)
    boundary = next((boundary for known, boundary in BOUNDARIES if known is loss), None)
    several = isinstance(outputs[0], (list, tuple)) and len(outputs[0]) > 1
    if held_out.class_names is not None and (several or boundary is not None):
        with suppress(ValueError):  # no class each, as where a row may have several labels
            right = accuracy(outputs, held_out.targets, boundary=boundary or 0.0)
            measured.append((history.held_out_accuracy, right))
    return measured


def _train_epoch(descent: Descent, rows: Dataset, batch_size: int, epoch: int) -> float:
    """Make one step for each batch of the rows in turn; return the mean loss over all."""
    total, done = 0.0, 0
    try:
        while done < len(rows):
            losses = descent.steps(rows, done, batch_size)
            for batch_loss in losses or [_step(descent, rows, done, batch_size, epoch)]:
                size = min(batch_size, len(rows) - done)
                total, done = total + batch_loss * size, done + size
    finally:
        descent.write_back()
    return float(total / len(rows))


def _step(descent: Descent, rows: Dataset, done: int, batch_size: int, epoch: int) -> float:
    """Make one step with the batch after the rows that are done; return its loss."""
    batch = rows.rows(range(done, min(done + batch_size, len(rows))))
    here = f"epoch {epoch}, step {done // batch_size + 1}"
    try:
        batch_loss, minimised, gradient = descent.differentiate(batch)
        finite = isfinite(minimised) and all_finite(gradient)
        cause = "" if finite else _first_anomaly(descent, batch)
        if finite:
            moved = descent.move()
            finite = all_finite(moved, *descent.optimizer.state.values())
    except AnomalyError as error:
        raise TrainingError(f"training stopped in {here}, inside detect_anomaly(): {error}") from error
    if not finite:
        raise TrainingError(
            f"training diverged in {here}: the loss is {batch_loss:.6g}; "
            f"a smaller learning rate may help{cause}"
        )
    return batch_loss


def _first_anomaly(descent: Descent, batch: Dataset) -> str:
    """Compute the batch again under watch, and say what made the loss or its gradient nan or infinite."""
    descent.write_back()
    descent.forget()  # what is not finite stays nowhere
    began = where_it_began(lambda: descent.objective(batch)[1], descent.optimizer.parameters)
    return f"; where it began: {began}" if began else ""  # a Dropout that has drawn anew need not fail again
