"""Compiled descent: as in `nn.train.descent`, one example recorded once and a batch replayed in matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import fsum, isclose, isfinite, nan
from random import Random
from time import perf_counter
from typing import Any

import numpy as np

from autograd import Value, compile, tree
from autograd.commit import FILL, GRAD, UPDATE, commit
from autograd.compiler.backends.training import Kind, StepRule
from autograd.compiler.call import NanArgumentError
from nn.data.dataset import Dataset
from nn.model.dropout import Dropout
from nn.model.module import Module, attributes, in_evaluation, module_of
from nn.model.prediction import Model
from nn.train.descent import Clip, Descent, Loss, Penalty, require_value
from nn.train.optimizers.adaptive import Adam
from nn.train.optimizers.optimizer import SGD, Optimizer, all_finite
from nn.weights.checkpoint import Array

SLICE = 0.05
"""For how many seconds steps are taken without Python in between, in which Ctrl-C is not heard."""

MOST_TARGETS = 256
"""For how many targets a loss is asked at once whether it is a mean."""

NEAR_0 = 0.1
"""Up to where the loss of an output hardly tells it from half of it."""

NO_GRADIENT = np.zeros(0)

NO_EXAMPLE = np.zeros(1)
"""What a penalty is compiled for: it is the same whatever the example."""


class CompiledDescent(Descent):
    """Steps on one vector, which goes into the Values only where somebody may look at them.

    Raises ValueError for a model that draws at random while it runs, for a loss that is not the mean over the
    examples, and for targets that the loss refuses; TypeError where a program asks for a number's value.
    """

    def __init__(
        self,
        model: Model,
        loss: Loss,
        optimizer: Optimizer,
        penalty: Penalty | None,
        clip: Clip | None,
        train: Dataset,
    ) -> None:
        super().__init__(model, loss, optimizer, penalty, clip)
        if (owner := module_of(model)) is not None:
            for path in _drawn_from(owner):
                raise ValueError(f"compiled=True would freeze what {path} draws: train with compiled=False")
        self.gradient: Array = NO_GRADIENT
        self._rows: Dataset | None = None
        self._arrays: list[Array] = []
        self._at_once = 1
        [self.output] = super().predict(train.features[:1])
        few = train.rows(range(min(2, len(train))))
        require_value(loss([tree.map_leaves(Value, self.output) for _ in few.features], few.targets))
        parameters = self.differentiated
        self.step = compile(lambda x, y: loss([model(x)], [y]), parameters, "auto")
        self.forward = compile(self._outputs, parameters, "auto")
        self.penalising = None if penalty is None else compile(lambda _: penalty(), parameters)
        # For the checks of the loss, which it cannot make while it is recorded.
        self.measure([self.output] * len(train), train.targets)
        self._check_recorded(few)
        self._check_mean(self.output, train)

    def differentiate(self, batch: Dataset) -> tuple[float, float, Array]:
        """Return the loss of a batch, what is minimised, and its gradient."""
        batch_loss, gradient = self._loss_and_gradient(batch)
        minimised = batch_loss
        if self.penalising is not None:
            self.penalising.vector = self.step.vector
            penalty, slope = self.penalising.value_and_grad(NO_EXAMPLE)
            minimised, gradient = batch_loss + penalty, gradient + slope
        self.gradient = gradient
        return batch_loss, minimised, gradient[: len(self.optimizer.parameters)]

    def move(self) -> Array:
        """Step against the latest gradient; return the parameters."""
        parameters = self.optimizer.parameters
        if self.clip is not None:
            self.write_back()
            self.clip(parameters)
            self.gradient = np.array([parameter.grad for parameter in self.differentiated])
        moved: Array = self.step.vector[: len(parameters)]
        self.optimizer.move(moved, self.gradient[: len(parameters)])
        return moved

    def steps(self, rows: Dataset, done: int, batch_size: int) -> list[float]:
        """Take steps by itself, where the backend and the optimiser let it; for about 50 ms at a time."""
        optimizer, rule = self.optimizer, step_rule(self.optimizer)
        if rule is None or self.clip is not None or self.penalising is not None:
            return []
        if self._rows is not rows:
            self._rows = rows
            self._arrays = [np.asarray(rows.features, float), np.asarray(rows.targets, float)]
        end = done + batch_size * self._at_once
        started = perf_counter()
        found = self.step.descend(
            rule,
            *[array[done:end] for array in self._arrays],
            batch_size=batch_size,
            taken=optimizer.steps,
            moved=len(optimizer.parameters),
            state=list(optimizer.state.values()),
        )
        if found is None or not len(found.losses) or not all_finite(found.vector, *found.state):
            return []
        remembered = {
            "steps": optimizer.steps + len(found.losses),
            "state": dict(zip(optimizer.state, found.state, strict=True)),
        }
        commit(
            (FILL, [self.step.vector], [...], [found.vector]),
            (UPDATE, [vars(self), vars(optimizer)], [{"gradient": found.gradient}, remembered]),
        )
        self._at_once = max(1, int(SLICE * len(found.losses) / (perf_counter() - started)))
        losses: list[float] = found.losses.tolist()
        return losses

    def forget(self) -> None:
        """Forget the latest gradient too, which would come back into the Values."""
        self.gradient = NO_GRADIENT
        super().forget()

    def write_back(self) -> None:
        """Put parameters and gradient into the Values."""
        self.step.write_back()
        if self.gradient is not NO_GRADIENT:
            commit((GRAD, self.differentiated, self.gradient.tolist()))

    def predict(self, features: Sequence[list[float]]) -> list[Any]:
        """Return the outputs of the model as `nn.predict` does."""
        try:
            rows: list[list[float]] = self.forward(features).tolist()
        except NanArgumentError:
            self.write_back()
            return super().predict(features)
        return [tree.rebuild(self.output, row) for row in rows]

    def _outputs(self, x: Any) -> list[Any]:
        outputs = in_evaluation(self.model, self.model, x)
        return tree.leaves(
            tree.map_leaves(lambda out: out.tolist() if hasattr(out, "tolist") else out, outputs)
        )

    def _loss_and_gradient(self, batch: Dataset) -> tuple[float, Array]:
        try:
            return self.step.value_and_grad(batch.features, batch.targets)
        except NanArgumentError:  # which a training tells in its own words
            return nan, np.full(len(self.step.parameters), nan)

    def _check_recorded(self, few: Dataset) -> None:
        """Raise ValueError unless what is recorded gives the loss of a few examples."""
        mean = self._loss_and_gradient(few)[0]  # recorded before anything is drawn
        _require_mean(self.objective(few)[0].data, mean, len(few))

    def _check_mean(self, output: Any, train: Dataset) -> None:
        """Raise ValueError unless the loss of examples with unlike targets is the mean of their losses.

        Their outputs are those of one example, varied at random, so that none are alike.
        """
        places = {repr(target): place for place, target in enumerate(train.targets)}
        targets = [train.targets[place] for place in [*places.values(), 0, -1][:MOST_TARGETS]]
        rng = Random(0)
        outputs = [tree.map_leaves(partial(_varied, rng), output) for _ in targets]
        each = [self.measure([output], [target]) for output, target in zip(outputs, targets, strict=True)]
        _require_mean(self.measure(outputs, targets), fsum(each) / len(each), len(each))


def _varied(rng: Random, output: float) -> float:
    """Draw a number between an output and half of it: a probability stays one.

    Near 0, where such numbers would be too much alike, it is one between 1 and its half, or −1 and its half.
    """
    far = output if abs(output) > NEAR_0 else -1.0 if output < 0 else 1.0
    return far * rng.uniform(0.5, 1.0)


def _drawn_from(model: Module) -> Iterator[str]:
    """Yield the paths of the generators from which a model draws; a Dropout knows when it may be recorded."""
    dropouts = []
    for path, module in model.named_modules():
        if isinstance(module, Dropout):
            dropouts.append(module.rng)
            continue
        held = attributes(module).items()  # among it may be what a Dropout draws from too
        yield from (f"{path}.{name}".lstrip(".") for name, item in held if isinstance(item, Random))
    yield from (path for path, drawn_from in model.named_generators() if drawn_from not in dropouts)


def _require_mean(together: float, mean: float, count: int) -> None:
    if isfinite(together) and not isclose(together, mean, rel_tol=1e-6, abs_tol=1e-9):
        raise ValueError(
            f"compiled=True needs a loss that is the mean over the examples, got {together:.6g} for "
            f"{count} whose mean is {mean:.6g}"
        )


def step_rule(optimizer: Optimizer) -> StepRule | None:
    """Return the rule of an optimiser that a program can follow by itself; None for any other."""
    if type(optimizer) is SGD:
        kind = Kind.NESTEROV if optimizer.nesterov else Kind.MOMENTUM if optimizer.momentum else Kind.PLAIN
        return StepRule(kind, optimizer.lr, optimizer.weight_decay, (optimizer.momentum, 0.0))
    if type(optimizer) is Adam:
        return StepRule(Kind.ADAM, optimizer.lr, optimizer.weight_decay, optimizer.betas, optimizer.eps)
    return None
