"""A training that is cut off and taken up again is, bit for bit, the one that never stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import pytest

from nn import (
    MLP,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    CheckpointError,
    Dropout,
    EarlyStopping,
    History,
    Layer,
    Module,
    Neuron,
    Optimizer,
    RMSprop,
    Sequential,
    TrainingError,
    fit,
    house,
    load_run,
    mse,
    save,
    save_run,
    schedule,
    standardise,
)

_, (HOUSES,) = standardise(house())
LEARN, HELD_OUT = HOUSES.rows(range(5)), HOUSES.rows([5, 6])
EPOCHS = 12

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": lambda ps: SGD(ps, 0.1),
    "momentum": lambda ps: SGD(ps, 0.1, momentum=0.9, nesterov=True),
    "Adagrad": lambda ps: Adagrad(ps),
    "RMSprop": lambda ps: RMSprop(ps),
    "Adam": lambda ps: Adam(ps),
    "AdamW": lambda ps: AdamW(ps),
}


class Run:
    """Everything that takes part in a training; made anew, it knows nothing of an earlier one."""

    def __init__(self, optimizer: str, seed: int) -> None:
        self.model = Sequential(
            Layer(1, 6, seed=seed), Dropout(0.3, seed=seed), Neuron(6, nonlin=False, seed=seed)
        )
        self.optimizer = OPTIMIZERS[optimizer](self.model.parameters())
        self.rng = Random(seed)
        self.rng.gauss(0, 1)  # leaves a spare number behind, which is part of the state
        self.stopping = EarlyStopping(self.model.parameters(), patience=100)

    def fit(self, epochs: int, history: History, *callbacks: Callable[[History], Any]) -> History:
        return fit(
            self.model,
            LEARN,
            mse,
            self.optimizer,
            epochs=epochs,
            batch_size=2,
            held_out=HELD_OUT,
            schedule=schedule.cosine(0.1, EPOCHS),
            early_stopping=self.stopping,
            callbacks=callbacks,
            history=history,
            seed=self.rng,
            progress=False,
        )

    def parts(self) -> tuple[Sequential, Optimizer, Random]:
        return self.model, self.optimizer, self.rng

    def everything(self) -> list[Any]:
        return [
            [parameter.data for parameter in self.model.parameters()],
            {name: memory.tolist() for name, memory in self.optimizer.state.items()},
            self.optimizer.steps,
            self.optimizer.lr,
            self.rng.getstate(),
            [generator.getstate() for _, generator in self.model.named_generators()],
            self.stopping.best,
            self.stopping.best_loss,
            self.stopping.waited,
        ]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_resumed_training_is_the_uninterrupted_one_to_the_last_bit(optimizer: str, tmp_path: Path) -> None:
    whole = Run(optimizer, seed=1)
    expected = whole.fit(EPOCHS, History())

    first = Run(optimizer, seed=1)

    def crash(history: History) -> None:
        save_run(tmp_path / "run", *first.parts(), history, first.stopping)
        if len(history.train_loss) == 5:
            raise MemoryError

    with pytest.raises(MemoryError):
        first.fit(EPOCHS, History(), crash)
    resumed = Run(optimizer, seed=2)
    history = load_run(tmp_path / "run", *resumed.parts(), resumed.stopping)
    assert len(history.train_loss) == 5
    assert resumed.fit(EPOCHS, history) == expected
    assert resumed.everything() == whole.everything()


def test_a_training_that_diverges_leaves_the_last_good_epoch_in_the_file(tmp_path: Path) -> None:
    model = MLP(1, [1], seed=0)
    optimizer, rng = SGD(model.parameters(), 0.1), Random(0)
    good: list[list[float]] = []

    def keep(history: History) -> None:
        save_run(tmp_path / "run", model, optimizer, rng, history)
        good.append([parameter.data for parameter in model.parameters()])

    with pytest.raises(TrainingError, match="epoch 3"):
        fit(
            model,
            LEARN,
            mse,
            optimizer,
            epochs=5,
            batch_size=2,
            schedule=lambda epoch: 0.1 if epoch < 2 else 1e308,
            callbacks=[keep],
            seed=rng,
            progress=False,
        )
    history = load_run(tmp_path / "run", model, optimizer, rng)
    assert len(history.train_loss) == len(good) == 2
    assert [parameter.data for parameter in model.parameters()] == good[-1]
    assert optimizer.lr == 0.1


def test_a_file_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run = Run("Adam", seed=1)
    run.fit(2, History(), lambda history: save_run(path, *run.parts(), history))

    def refuse(message: str, other: Run, *more: Any) -> None:
        before = other.everything()
        with pytest.raises(CheckpointError, match=message):
            load_run(path, *other.parts(), *more)
        assert other.everything() == before

    other = Run("Adam", seed=2)
    refuse(r"early_stopping\.best is missing in the file, \(19\,\) in the module", other, other.stopping)
    refuse(r"optimizer\.mean is \(19\,\) in the file, missing in the module", Run("RMSprop", seed=2))
    refuse("the optimiser is Adam in the file, AdamW here", Run("AdamW", seed=2))
    other.model.parts[1] = Dropout(0.3)
    other.model.parts.append(Dropout(0.3))
    refuse("the generators is", other)
    path.write_bytes(path.read_bytes()[:-1])
    refuse("not a complete safetensors file", Run("Adam", seed=2))
    save(path, run.model)
    refuse(r"model\.parts\.0\.neurons\.0\.w is missing in the file", Run("Adam", seed=2))


def test_parameters_alone_are_no_run(tmp_path: Path) -> None:
    class Disguised(Module):
        def __init__(self) -> None:
            self.model = Neuron(1)

    disguised = Disguised()
    save(tmp_path / "run", disguised)
    neuron = disguised.model
    with pytest.raises(CheckpointError, match="holds no run"):
        load_run(tmp_path / "run", neuron, SGD(neuron.parameters(), 0.1), Random(0))


def test_a_model_without_generators_and_a_history_without_losses_come_back(tmp_path: Path) -> None:
    model = MLP(1, [1], seed=0)
    optimizer = SGD(model.parameters(), 0.25)
    save_run(
        tmp_path / "run", model, optimizer, Random(0), History(train_loss=[float("inf")], interrupted=True)
    )
    optimizer.lr = 0.5
    assert asdict(load_run(tmp_path / "run", model, optimizer, Random(1))) == asdict(
        History(train_loss=[float("inf")], interrupted=True)
    )
    assert optimizer.lr == 0.25
