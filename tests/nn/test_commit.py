"""Whatever interrupts a change, at whichever bytecode, finds it made or not made, never between."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from autograd import Value
from autograd.commit import DATA, commit
from benchmarks.attack.interrupts import interrupt
from nn import (
    MLP,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Dataset,
    Dropout,
    EarlyStopping,
    History,
    Neuron,
    Optimizer,
    RMSprop,
    Sequential,
    clip_grad_norm,
    clip_grad_value,
    fit,
    load,
    load_run,
    mse,
    predict,
    save,
    save_run,
)

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": lambda ps: SGD(ps, 0.1),
    "momentum": lambda ps: SGD(ps, 0.1, momentum=0.9, nesterov=True),
    "Adagrad": lambda ps: Adagrad(ps),
    "RMSprop": lambda ps: RMSprop(ps, weight_decay=0.1),
    "Adam": lambda ps: Adam(ps),
    "AdamW": lambda ps: AdamW(ps),
}


def of(optimizer: Optimizer) -> Any:
    """Return everything that a step changes."""
    memories = {name: memory.tolist() for name, memory in optimizer.state.items()}
    return [parameter.data for parameter in optimizer.parameters], optimizer.steps, memories


def gradients(optimizer: Optimizer) -> list[float | None]:
    return [parameter.grad if parameter.has_grad else None for parameter in optimizer.parameters]


def assert_whole(
    make: Callable[[], Any], change: Callable[[Any], Any], state: Callable[[Any], Any], every: int = 1
) -> None:
    """Interrupt a change at each of its bytecodes in turn; each time all must be old or all new."""
    change(make())  # so that caches are filled, and each time takes as many bytecodes
    thing = make()
    old = state(thing)
    last = interrupt(lambda: change(thing))
    new = state(thing)
    assert old != new
    met = []
    for at in moments(last)[::every]:
        thing = make()
        interrupt(lambda: change(thing), at)  # noqa: B023
        met.append(state(thing))
        assert met[-1] in (old, new), f"torn at bytecode {at} of {last}"
    assert old in met
    assert new in met


def moments(last: int) -> list[int]:
    """Return the bytecodes to interrupt: all, or of thousands some of the first and all of the last 300."""
    return [*range(1, last - 300, max(1, last // 40)), *range(max(1, last - 300), last + 1)]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_is_taken_or_not(name: str) -> None:
    def make() -> Optimizer:
        optimizer = OPTIMIZERS[name]([Value(1.0), Value(-2.0), Value(0.5)])
        for parameter in optimizer.parameters:
            parameter.grad = 0.25 + parameter.data
        optimizer.step()
        return optimizer

    assert_whole(make, lambda optimizer: optimizer.step(), of)

    def move(pair: Any) -> None:
        optimizer, vector = pair
        optimizer.move(vector, np.array([1.0, 2.0, 3.0]))

    assert_whole(
        lambda: (make(), np.array([1.0, -2.0, 0.5])),
        move,
        lambda pair: (of(pair[0])[1:], pair[1].tolist()),
    )


def test_numpy_warns_as_before_wherever_a_step_is_interrupted() -> None:
    def step() -> None:
        w = Value(2.0)
        w.grad = 1.0
        Adam([w]).step()

    def settings(at: int) -> dict[str, Any]:
        interrupt(step, at)
        return dict(np.geterr())

    last, before = interrupt(step), np.geterr()
    assert all(copy_context().run(settings, at) == before for at in range(1, last + 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda optimizer: optimizer.zero_grad(),
        lambda optimizer: clip_grad_norm(optimizer.parameters, 0.5),
        lambda optimizer: clip_grad_value(optimizer.parameters, 0.5),
    ],
)
def test_gradients_are_changed_together(change: Callable[[Optimizer], Any]) -> None:
    def make() -> Optimizer:
        optimizer = SGD([Value(float(n)) for n in range(3)], 0.1)
        for parameter in optimizer.parameters:
            parameter.grad = 1.0 + parameter.data
        return optimizer

    assert_whole(make, change, gradients)


def modes(model: Sequential) -> list[bool]:
    return [part.training for _, part in model.named_modules()]


def test_a_module_changes_mode_or_forgets_its_gradients_as_a_whole() -> None:
    def make() -> Neuron:
        model = Neuron(1, nonlin=False, seed=0)
        model([1.0]).backward()
        return model

    assert_whole(
        make, lambda model: model.zero_grad(), lambda model: [p.has_grad for p in model.parameters()]
    )
    assert_whole(lambda: Sequential(Neuron(1), Neuron(1)), lambda model: model.eval(), modes)


def test_each_part_has_its_mode_again_wherever_a_prediction_is_interrupted() -> None:
    model = Sequential(Dropout(0.5, seed=0), Neuron(1, seed=0))
    model.parts[1].training = False  # type: ignore[attr-defined]
    predict(model, [[1.0]])
    for at in range(1, interrupt(lambda: predict(model, [[1.0]])) + 1, 3):
        interrupt(lambda: predict(model, [[1.0]]), at)
        assert modes(model) == [True, True, False], at
        assert model([1.0]).op is not None, at


def test_early_stopping_takes_note_goes_back_and_goes_on_or_not() -> None:
    def make() -> EarlyStopping:
        stopping = EarlyStopping([Value(1.0), Value(2.0)], 3)
        stopping.should_stop(0.5)
        for parameter in stopping.parameters:
            parameter.data += 10.0
        return stopping

    def restored() -> EarlyStopping:
        stopping = make()
        stopping.restore()
        return stopping

    def everything(stopping: EarlyStopping) -> Any:
        return {**vars(stopping), "_watched": [parameter.data for parameter in stopping.parameters]}

    assert_whole(make, lambda stopping: stopping.should_stop(0.25), everything)
    assert_whole(make, lambda stopping: stopping.restore(), everything)
    assert_whole(restored, lambda stopping: stopping.go_on(), everything)


def test_parameters_are_loaded_or_not(tmp_path: Path) -> None:
    save(tmp_path / "m", MLP(1, [2, 1], seed=0))
    assert_whole(
        lambda: MLP(1, [2, 1], seed=1),
        lambda model: load(tmp_path / "m", model),
        lambda model: [parameter.data for parameter in model.parameters()],
    )


def test_a_file_is_the_earlier_or_the_later_one_wherever_a_save_is_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "m"

    def make() -> Neuron:
        save(path, Neuron(1, seed=0))
        return Neuron(1, seed=1)

    def saved(model: Neuron) -> list[float]:
        there = Neuron(1)
        load(path, there)
        return [parameter.data for parameter in there.parameters()]

    assert_whole(make, lambda model: save(path, model), saved, every=5)


class Run:
    """Everything that takes part in a training."""

    def __init__(self, seed: int = 0) -> None:
        self.model = Sequential(Dropout(0.1, seed=seed), Neuron(1, activation="tanh", seed=seed))
        self.optimizer = Adam(self.model.parameters(), 0.1)
        self.rng = Random(seed)
        self.stopping = EarlyStopping(self.model.parameters(), patience=9)
        self.history = History()

    def parts(self) -> Any:
        return self.model, self.optimizer, self.rng

    def fit(self, epochs: int = 2, compiled: bool = False, **options: Any) -> History:
        return fit(
            self.model.parts[1] if compiled else self.model,
            DATA_SET,
            mse,
            self.optimizer,
            epochs=epochs,
            batch_size=2,
            held_out=DATA_SET.rows([2]),
            history=self.history,
            seed=self.rng,
            progress=False,
            compiled=compiled,
            **options,
        )

    def everything(self) -> Any:
        return (
            of(self.optimizer),
            self.rng.getstate(),
            self.model.parts[0].rng.getstate(),  # type: ignore[attr-defined]
            (self.stopping.best, self.stopping.best_loss, self.stopping.waited, self.stopping.set_aside),
        )


DATA_SET = Dataset([[0.0], [1.0], [2.0]], [0.0, 0.5, 1.0], ["x"], "y")


def test_a_run_is_loaded_or_not(tmp_path: Path) -> None:
    run = Run(1)
    for parameter in run.model.parameters():
        parameter.grad = 1.0
    run.optimizer.step()
    run.rng.gauss(0, 1)
    run.stopping.should_stop(0.5)
    save_run(tmp_path / "run", *run.parts(), History([1.0]), run.stopping)
    made = [Run(2) for _ in range(2)]

    def loaded(other: Run) -> Any:
        return load_run(tmp_path / "run", *other.parts(), other.stopping)

    last = interrupt(lambda: loaded(made[0]))
    old, new = made[1].everything(), run.everything()
    assert made[0].everything() == new != old
    for at in moments(last):
        other = Run(2)
        interrupt(lambda: loaded(other), at)  # noqa: B023
        assert other.everything() in (old, new), at


@pytest.mark.parametrize("compiled", [False, True])
def test_a_training_ends_between_two_steps_and_keeps_whole_epochs(compiled: bool) -> None:
    trail: list[Any] = []
    whole = Run()
    whole.fit(compiled=compiled, clip=lambda parameters: trail.append(of(whole.optimizer)))
    trail.append(of(whole.optimizer))
    assert len(trail) == 5

    def train(run: Run) -> None:
        run.fit(compiled=compiled, clip=lambda parameters: None)

    last = interrupt(lambda: train(Run()))
    for at in range(1, last, last // (50 if compiled else 150)):
        run = Run()
        interrupt(lambda: train(run), at)  # noqa: B023
        lengths = {
            len(run.history.train_loss),
            len(run.history.learning_rate),
            len(run.history.held_out_loss),
        }
        assert len(lengths) == 1, at
        assert whole.history.train_loss[: len(run.history.train_loss)] == run.history.train_loss
        assert of(run.optimizer) in trail, at


@pytest.mark.parametrize("epochs", [1, 3])
def test_early_stopping_agrees_with_the_history_wherever_a_training_is_interrupted(epochs: int) -> None:
    def train(run: Run) -> None:
        run.fit(epochs, early_stopping=run.stopping)

    last = interrupt(lambda: train(Run()))
    for at in range(1, last, last // 150):
        run = Run()
        first = [parameter.data for parameter in run.optimizer.parameters]
        interrupt(lambda: train(run), at)  # noqa: B023
        losses, stopping = run.history.held_out_loss, run.stopping
        assert stopping.best_loss == min(losses, default=float("inf")), at
        assert stopping.waited == (len(losses) - 1 - losses.index(min(losses)) if losses else 0), at
        now = [parameter.data for parameter in run.optimizer.parameters]
        if run.history.interrupted and losses:
            assert now == stopping.best, at
        if not losses:  # what the unfinished first epoch has taught stays
            assert (now != first) == (run.optimizer.steps > 0), at


def test_columns_of_unequal_lengths_are_refused_before_anything_is_assigned() -> None:
    v, w = Value(1.0), Value(2.0)
    with pytest.raises(ValueError, match=r"columns of one length, got \[2, 1\]"):
        commit((DATA, [v], [5.0]), (DATA, [v, w], [3.0]))
    assert (v.data, w.data) == (1.0, 2.0)
