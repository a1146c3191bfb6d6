"""Training of language models on rows of symbols, compiled; losses are in bits a symbol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, log, pi
from numbers import Integral
from random import Random
from typing import Any, TypeAlias

import numpy as np
from tqdm import tqdm

from autograd import compile, dot
from autograd.commit import APPEND, FILL, commit
from autograd.compiler.compiled import Compiled
from nn.data.sequences import NextSymbols
from nn.sizes import require_at_least, require_positive
from nn.train.arguments import require_kind
from nn.train.descent import moved_first
from nn.train.history import History
from nn.train.losses.classes import cross_entropy
from nn.train.minimise import whole_step
from nn.train.optimizers.optimizer import Optimizer

LanguageModel: TypeAlias = Callable[[Sequence[Any]], list[list[Any]]]
"""A module, or a function, from a row of symbols to a row of scores for each of them."""

DTYPE = "float32"
"""Half as many bytes to move as float64, and more digits than a loss over a batch has."""

ROWS = 256
"""So many rows are measured at once."""


class LanguageTraining:
    """Steps of an optimiser against the mean of −ln p over the next symbols of random rows.

    `model` is compiled for rows of the length of `train`; what `optimizer` does not have of its parameters
    stays as it is. The rate falls from `lr` along half a cosine to 0, and `seed` chooses the rows, of those
    that are not all padding. With the optimiser as it was left, and the history, a training goes on bit for
    bit: `optimizer.steps` counts what has been done.

    Raises ValueError for a batch without rows, data without a symbol to predict, a rate that is not positive
    and finite, and an optimiser with none of the parameters of a Module; TypeError for a seed that is no
    whole number, as a generator is none, and for data and optimisers that are none.
    """

    def __init__(
        self,
        model: LanguageModel,
        train: NextSymbols,
        held_out: NextSymbols,
        optimizer: Optimizer,
        *,
        batch_size: int = 32,
        lr: float,
        seed: int = 0,
    ) -> None:
        require_kind(NextSymbols, train=train, held_out=held_out)
        require_kind(Optimizer, optimizer=optimizer)
        require_at_least(1, batch_size=batch_size)
        for what, data in (("learn from", train), ("measure on", held_out)):
            if data.predictions < 1:
                raise ValueError(
                    f"expected at least 1 symbol to {what}, got 0 in {len(data)} rows: give more texts"
                )
        given: Any = seed
        if not isinstance(given, Integral):
            raise TypeError(
                f"the seed of a LanguageTraining is a whole number, got {given!r:.60}: write seed=0"
            )
        self.lr = require_positive("the learning rate", lr)
        # What is padding alone has no mean to learn from.
        self._learned = np.flatnonzero(train.mask.any(axis=1)).tolist()
        self.train = train
        self.held_out = held_out
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.seed = int(seed)

        def surprise(inputs: Any, targets: Any, mask: Any) -> Any:
            scores = model(inputs)
            each = [cross_entropy([row], [target]) for row, target in zip(scores, targets, strict=True)]
            return dot(mask, each)

        self.surprise: Compiled = compile(surprise, moved_first(model, optimizer), dtype=DTYPE)

    def bits(self, data: NextSymbols) -> float:
        """Return the mean of −log₂ p over the next symbols of some examples, the padding apart."""
        nats = 0.0
        for start in range(0, len(data), ROWS):
            part = data.rows(range(start, min(start + ROWS, len(data))))
            nats += self.surprise(part.inputs, part.targets, part.mask) * len(part)
        return nats / data.predictions / log(2)

    def run(
        self, steps: int, *, every: int, history: History | None = None, progress: bool = True
    ) -> History:
        """Make steps until there are `steps` in all, and return the history, with an entry `every` so many.

        An entry has the mean bits of the rows that were learned from, the bits of the held-out rows and the
        rate. Ctrl-C ends the training early and keeps what has been learned; a step is made whole or not at
        all. Raises TrainingError, naming the step and the first bad operation, when the loss, the gradient, a
        parameter or the optimiser's state is not finite; parameters and optimiser are then as they were
        before that step. Raises ValueError for `every` below 1, and for a model with a Dropout that drops.
        """
        require_at_least(1, every=every)
        history = History() if history is None else history
        require_kind(History, history=history)
        history.interrupted = False
        optimizer = self.optimizer
        progress = progress and optimizer.steps < steps
        try:
            with tqdm(
                desc="training", unit="step", initial=optimizer.steps, total=steps, disable=not progress
            ) as bar:
                while True:
                    done = optimizer.steps
                    if history.unfinished and (done % every == 0 or done >= steps):
                        self._enter(history)
                        bar.set_postfix_str(f"held-out {history.held_out_loss[-1]:.3f} bits", refresh=False)
                    if done >= steps:
                        break
                    self._step(steps, history)
                    bar.update()
        except KeyboardInterrupt:
            history.interrupted = True
        finally:
            self.surprise.write_back()
        return history

    def _step(self, steps: int, history: History) -> None:
        """Make the next of so many steps, and add what it came to to the entry that is not finished."""
        t = self.optimizer.steps
        lr = 0.5 * self.lr * (1 + cos(pi * t / steps))
        # A generator for each step: one that is cut off half-way leaves no trace.
        drawn = Random(f"{self.seed}, {t}").choices(self._learned, k=self.batch_size)
        batch = self.train.rows(drawn)
        bits, seen = history.unfinished or (0.0, 0)
        # Of a mean over symbols, so that the rate does not depend on the length of a row.
        weight = len(batch) / batch.predictions
        arguments = batch.inputs, batch.targets, batch.mask
        nats = whole_step(self.surprise, self.optimizer, arguments, t + 1, lr, weight) * len(batch)
        history.unfinished = [bits + nats / log(2), seen + batch.predictions]

    def _enter(self, history: History) -> None:
        """Finish the entry."""
        bits, seen = history.unfinished
        entry = bits / seen, self.bits(self.held_out), float(self.optimizer.lr)
        lists = history.train_loss, history.held_out_loss, history.learning_rate
        commit((APPEND, lists, entry), (FILL, [history.unfinished], [slice(None)], [[]]))
