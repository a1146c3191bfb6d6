"""A training that is cut off and taken up again is, bit for bit, the one that never stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
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
    load,
    load_model,
    load_run,
    mse,
    save,
    save_run,
    schedule,
    standardise,
)
from nn.weights.checkpoint import array, read, write
from nn.weights.tensors import rows

_, (HOUSES,) = standardise(house())
LEARN, HELD_OUT = HOUSES.rows(range(5)), HOUSES.rows([5, 6])
EPOCHS = 12
RATES = schedule.cosine(0.1, EPOCHS)

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

    def __init__(self, optimizer: str, seed: int, patience: int = 100) -> None:
        self.model = Sequential(
            Layer(1, 6, seed=seed), Dropout(0.3, seed=seed), Neuron(6, nonlin=False, seed=seed)
        )
        self.optimizer = OPTIMIZERS[optimizer](self.model.parameters())
        self.rng = Random(seed)
        self.rng.gauss(0, 1)  # leaves a spare number behind, which is part of the state
        self.stopping = EarlyStopping(self.model.parameters(), patience)

    def fit(
        self,
        epochs: int,
        history: History,
        *callbacks: Callable[[History], Any],
        rates: schedule.Schedule = RATES,
    ) -> History:
        return fit(
            self.model,
            LEARN,
            mse,
            self.optimizer,
            epochs=epochs,
            batch_size=2,
            held_out=HELD_OUT,
            schedule=rates,
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
            self.stopping.set_aside,
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
    refuse("holds no run: save_run did not write it", Run("Adam", seed=2))


def test_a_run_from_before_matrices_were_saved_as_such_still_loads(a_run: Path, tmp_path: Path) -> None:
    path, run, other = tmp_path / "run", Run("Adam", seed=2), Run("Adam", seed=3)
    load_run(a_run, *run.parts(), run.stopping)
    written, facts = facts_of(a_run)
    earlier = {f"model.{name}": array(row) for name, row in rows(run.model).items()}
    assert not earlier.keys() & written.keys()
    others = {name: memory for name, memory in written.items() if not name.startswith("model.")}
    write(path, {**earlier, **others}, {"run": json.dumps(facts)})
    load_run(path, *other.parts(), other.stopping)
    assert other.everything() == run.everything()


def test_parameters_alone_are_no_run(tmp_path: Path) -> None:
    class Disguised(Module):
        def __init__(self) -> None:
            self.model = Neuron(1)

    disguised = Disguised()
    neuron = disguised.model
    for module in (disguised, neuron, Neuron(3)):
        save(tmp_path / "run", module)
        with pytest.raises(CheckpointError, match="holds no run: save_run did not write it"):
            load_run(tmp_path / "run", neuron, SGD(neuron.parameters(), 0.1), Random(0))


@pytest.mark.parametrize("read", [load_model, lambda path: load(path, Neuron(1))])
def test_a_run_is_read_by_load_run_and_no_other(read: Callable[[Path], object], tmp_path: Path) -> None:
    neuron = Neuron(1)
    optimizer = Adam(neuron.parameters(), 0.1)
    save_run(tmp_path / "run", neuron, optimizer, Random(0), History())
    with pytest.raises(
        CheckpointError, match=r"holds a run, which save_run wrote: read it with nn\.load_run"
    ):
        read(tmp_path / "run")


@pytest.mark.parametrize("key", ["run", "sha256", "checksum"])
def test_a_text_under_a_key_that_is_taken_is_refused_and_not_lost(key: str, tmp_path: Path) -> None:
    run = Run("SGD", seed=1)
    with pytest.raises(ValueError, match=f"the metadata key '{key}' is taken by the .*: choose another"):
        save_run(tmp_path / "run", *run.parts(), History(), metadata={key: "mine"})
    assert not [*tmp_path.iterdir()]


class Remembering(Module):
    """A model that keeps the output of its first layer."""

    def __init__(self) -> None:
        self.first, self.last = Layer(1, 2, seed=0), Neuron(2, nonlin=False, seed=0)

    def __call__(self, row: list[float]) -> Any:
        self.between = self.first(row)
        return self.last(self.between)


@pytest.mark.parametrize("held_out", [None, HELD_OUT])
def test_a_run_of_a_model_that_keeps_results_is_resumed_by_a_fresh_one(held_out: Any, tmp_path: Path) -> None:
    def train(model: Module, run: tuple[Optimizer, Random], epochs: int, history: History) -> History:
        options: dict[str, Any] = {"held_out": held_out, "history": history, "progress": False}
        return fit(model, LEARN, mse, run[0], epochs=epochs, batch_size=2, seed=run[1], **options)

    def made() -> tuple[Module, Adam, Random]:
        return (model := Remembering()), Adam(model.parameters()), Random(0)

    model, *run = made()
    save_run(tmp_path / "run", model, *run, train(model, run, 2, History()))
    fresh, *others = made()
    resumed = train(fresh, others, 4, load_run(tmp_path / "run", fresh, *others))
    whole, *anew = made()
    assert resumed == train(whole, anew, 4, History())


@pytest.mark.parametrize("who", ["the optimiser moves 1 others", "early stopping keeps 1 others"])
def test_a_run_that_would_lose_numbers_beside_the_model_is_refused(who: str, tmp_path: Path) -> None:
    model, beside = MLP(1, [1], seed=0), Value(1.5)
    own, more = model.parameters(), [*model.parameters(), beside]
    moves = who.startswith("the optimiser")
    run = model, Adam(more if moves else own), Random(0)
    stopping = EarlyStopping(own if moves else more, 1)
    with pytest.raises(
        ValueError, match=who + r", such as Value\(data=1\.5, grad=0\.0\): make them attributes"
    ):
        save_run(tmp_path / "run", *run, History(), stopping)
    assert not [*tmp_path.iterdir()]
    save_run(tmp_path / "run", model, Adam(own), Random(0), History(), EarlyStopping(own[1:], 1))
    with pytest.raises(ValueError, match=who):
        load_run(tmp_path / "run", *run, stopping)


@pytest.mark.parametrize("compiled", [False, True])
def test_early_stopping_of_a_module_keeps_the_values_that_it_has_when_the_training_begins(
    compiled: bool,
) -> None:
    model = Sequential(Layer(1, 3, seed=0), Neuron(3, nonlin=False, seed=0))
    stopping = EarlyStopping(model, 2)
    model.parts[1] = Neuron(3, nonlin=False, seed=5)
    model.parts[0].neurons[0].w = [Value(0.25)]
    seen: list[list[float]] = []
    history = fit(
        *(model, LEARN, mse, SGD(model.parameters(), 0.2)),
        epochs=40,
        batch_size=2,
        held_out=HELD_OUT,
        early_stopping=stopping,
        callbacks=[lambda history: seen.append([p.data for p in model.parameters()])],
        progress=False,
        compiled=compiled,
    )
    best = min(range(len(seen)), key=history.held_out_loss.__getitem__)
    assert best < len(seen) - 1
    assert [p.data for p in model.parameters()] == seen[best]


def test_early_stopping_of_a_module_of_another_size_does_not_go_on() -> None:
    model = MLP(1, [2, 1], seed=0)
    stopping = EarlyStopping(model, 2)
    model.layers[0].neurons += Layer(1, 1, seed=0).neurons
    model.layers[1].neurons[0].w.append(Value(0.0))
    for move in stopping.go_on, stopping.restore:
        with pytest.raises(ValueError, match="keeps 7 numbers of the best epoch, and the model has 10 now"):
            move()
    stopping.begin()
    assert len(stopping.best) == 10


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


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("patience", [2, 100])
@pytest.mark.parametrize("pauses", [(5,), (1, 2, 9)])
@pytest.mark.parametrize("saved", [True, False])
def test_a_training_with_early_stopping_goes_on_though_the_best_parameters_were_put_back(
    optimizer: str, patience: int, pauses: tuple[int, ...], saved: bool, tmp_path: Path
) -> None:
    whole = Run(optimizer, seed=3, patience=patience)
    expected = whole.fit(EPOCHS, History())
    assert expected.stopped_early is (patience == 2)
    assert [parameter.data for parameter in whole.model.parameters()] == whole.stopping.best

    run = Run(optimizer, seed=3, patience=patience)
    history = History()
    for epochs in (*pauses, EPOCHS):
        history = run.fit(epochs, history)
        assert [parameter.data for parameter in run.model.parameters()] == run.stopping.best
        if saved:
            save_run(tmp_path / "run", *run.parts(), history, run.stopping)
            run = Run(optimizer, seed=4, patience=patience)
            history = load_run(tmp_path / "run", *run.parts(), run.stopping)
    assert history == expected
    assert run.everything() == whole.everything()


def test_a_training_that_ran_out_of_patience_is_not_taken_further() -> None:
    run = Run("Adam", seed=3, patience=2)
    history = run.fit(EPOCHS, History())
    before, epochs = run.everything(), len(history.train_loss)
    assert run.fit(EPOCHS + 5, history) is history
    assert (history.stopped_early, len(history.train_loss)) == (True, epochs)
    assert run.everything() == before
    run.stopping.patience = 4
    run.fit(epochs + 1, history)
    assert len(history.train_loss) == epochs + 1


def test_a_training_that_goes_on_was_stopped_early_only_where_epochs_are_left() -> None:
    run = Run("Adam", seed=3, patience=2)
    made = len(run.fit(EPOCHS, History()).train_loss)
    run = Run("Adam", seed=3, patience=2)
    history = History()
    for epochs in (made, made + 1, made, made - 1, EPOCHS):
        run.fit(epochs, history)
        assert (history.stopped_early, len(history.train_loss)) == (epochs > made, made)


NUMBERS_OF_NUMPY: dict[str, Callable[[list[Value]], Optimizer]] = {
    "SGD": lambda ps: SGD(ps, np.float32(0.1), momentum=np.float32(0.9), weight_decay=np.float16(0.5)),
    "SGD, a whole rate": lambda ps: SGD(ps, np.int64(1)),
    "Adam": lambda ps: Adam(ps, np.float32(0.1), betas=tuple(np.float32([0.5, 0.9])), eps=np.float32(1e-6)),
    "AdamW": lambda ps: AdamW(ps, np.float32(0.1), weight_decay=np.float32(0.1)),
    "RMSprop": lambda ps: RMSprop(ps, np.float32(0.1), alpha=np.float32(0.5)),
    "Adagrad": lambda ps: Adagrad(ps, np.float32(0.1), eps=np.float32(1e-6)),
}


@pytest.mark.parametrize("kind", NUMBERS_OF_NUMPY)
@pytest.mark.parametrize("rate", [None, np.float32(0.01), np.float64(0.01), np.int64(0)])
def test_settings_that_are_numbers_of_numpy_train_and_are_saved_as_floats(
    kind: str, rate: Any, tmp_path: Path
) -> None:
    model = MLP(1, [1], seed=0)
    optimizer = NUMBERS_OF_NUMPY[kind](model.parameters())
    stopping = EarlyStopping(model.parameters(), np.int64(5), min_delta=np.float32(0.1))
    stopping.should_stop(np.float32(0.5))
    save_run(tmp_path / "run", model, optimizer, Random(0), History(), stopping)
    options: dict[str, Any] = {"epochs": np.int64(2), "batch_size": np.int64(2), "progress": False}
    rates = None if rate is None else lambda epoch: rate
    history = fit(model, LEARN, mse, optimizer, schedule=rates, held_out=HELD_OUT, **options)
    optimizer.lr = np.float32(0.125)
    save_run(tmp_path / "run", model, optimizer, Random(0), history, stopping)
    assert load_run(tmp_path / "run", model, optimizer, Random(0), stopping) == history
    assert optimizer.lr == 0.125
    numbers = [*history.train_loss, *history.learning_rate, *history.held_out_loss, stopping.min_delta]
    settings = [getattr(optimizer, name, 0.0) for name in ("lr", "weight_decay", "momentum", "alpha", "eps")]
    assert {type(x) for x in [*numbers, *settings, *getattr(optimizer, "betas", ())]} == {float}


def test_only_the_best_parameters_make_room_for_those_set_aside() -> None:
    w = Value(1.0)
    stopping = EarlyStopping([w], patience=5)
    stopping.should_stop(0.5)
    w.data = 2.0
    stopping.restore()
    assert (w.data, stopping.set_aside) == (1.0, [2.0])
    stopping.restore()
    assert (w.data, stopping.set_aside) == (1.0, [2.0])
    w.data = 3.0  # set by hand: a training goes on from here
    stopping.go_on()
    assert w.data == 3.0
    stopping.restore()
    assert (w.data, stopping.set_aside) == (1.0, [3.0])
    stopping.go_on()
    assert (w.data, stopping.set_aside) == (3.0, None)


@pytest.mark.parametrize("losses", [[0.1], [0.1, 0.5], [inf, 2.0, 0.1]])
def test_a_noted_epoch_leaves_nothing_of_an_earlier_training_set_aside(losses: list[float]) -> None:
    w = Value(1.0)
    stopping = EarlyStopping([w], patience=9)
    stopping.should_stop(1.0)
    w.data = 2.0
    stopping.restore()
    for step, loss in enumerate(losses):
        w.data = 5.0 + step
        stopping.should_stop(loss)
    last = w.data
    stopping.restore()
    stopping.go_on()
    assert w.data == last


@pytest.mark.parametrize("pauses", [(8,), (1, 8), (1, 2, 5, 8)])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.9])
def test_early_stopping_is_as_good_as_new_in_a_second_training(pauses: tuple[int, ...], rate: float) -> None:
    def second(used: bool) -> Any:
        model = MLP(1, [2, 1], activation="tanh", seed=1)
        parameters, start = model.parameters(), MLP(1, [2, 1], activation="tanh", seed=1).parameters()
        stopping = EarlyStopping(parameters, patience=3)

        def train(optimizer: Optimizer, epochs: int, history: History | None) -> History:
            options: dict[str, Any] = {"held_out": HELD_OUT, "early_stopping": stopping, "progress": False}
            return fit(model, LEARN, mse, optimizer, epochs=epochs, history=history, **options)

        if used:
            train(SGD(parameters, 0.9), 40, None)
            for parameter, first in zip(parameters, start, strict=True):
                parameter.data = first.data
        optimizer, history = SGD(parameters, rate), None
        for epochs in pauses:
            history = train(optimizer, epochs, history)
        return history, [parameter.data for parameter in parameters], {**vars(stopping), "_watched": None}

    assert second(used=True) == second(used=False)


def test_without_a_measured_epoch_there_is_nothing_to_go_back_to() -> None:
    w = Value(1.0)
    stopping = EarlyStopping([w], patience=5)
    w.data = 2.0
    stopping.restore()
    assert w.data == 2.0


def test_a_diverged_training_with_early_stopping_has_the_best_parameters_and_can_go_on(
    tmp_path: Path,
) -> None:
    # The fourth epoch diverges once; after that the training is the one in which it never did.
    def train(diverges: bool) -> Run:
        run, history = Run("momentum", seed=1), History()
        if diverges:
            with pytest.raises(TrainingError, match="epoch 4"):
                run.fit(EPOCHS, history, rates=lambda epoch: 0.1 if epoch < 3 else 1e308)
            assert len(history.train_loss) == len(history.held_out_loss) == 3
            assert [parameter.data for parameter in run.model.parameters()] == run.stopping.best
            assert run.optimizer.lr == 0.1
            save_run(tmp_path / "run", *run.parts(), history, run.stopping)
            run = Run("momentum", seed=2)
            history = load_run(tmp_path / "run", *run.parts(), run.stopping)
        run.fit(6, history, rates=lambda epoch: 0.1)
        return run

    assert train(True).everything() == train(False).everything()


def facts_of(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    tensors, metadata = read(path)
    return tensors, json.loads(metadata["run"])


def set_in(tree: Any, *way: Any) -> None:
    *places, last, value = way
    for place in places:
        tree = tree[place]
    tree[last] = value


UNFIT: list[tuple[Any, ...]] = [
    ("history", "unknown", 1),
    ("history", []),
    ("history", None),
    ("history", "train_loss", 1.5),
    ("history", "train_loss", ["1.5"]),
    ("history", "held_out_loss", [None]),
    ("history", "interrupted", "no"),
    ("history", "stopped_early", 0),
    ("steps", -1),
    ("steps", 1.5),
    ("steps", True),
    ("lr", "fast"),
    ("lr", -0.1),
    ("lr", float("nan")),
    ("lr", None),
    ("optimizer", ["Adam"]),
    ("generators", []),
    ("generators", "rng", 5),
    ("generators", "rng", [3, [1, 2, 3], None]),
    ("generators", "rng", [3, [-1] * 625, None]),
    ("generators", "rng", [3, [2**70] * 625, None]),
    ("generators", "rng", [3, [0.5] * 625, None]),
    ("generators", "rng", [3, [0] * 624 + [10**6], None]),
    ("generators", "rng", [9, [0] * 625, None]),
    ("generators", "rng", [3, None, None]),
    ("generators", "rng", 2, "spare"),
    ("generators", "model.parts.1.rng", 1, 0, "x"),
    ("best_loss", "low"),
    ("best_loss", float("nan")),
    ("waited", -1),
    ("waited", 0.5),
]


def unchanged_by(path: Path, run: Run) -> str:
    """Load a run that must not fit, and return what is said; nothing may have been changed."""
    before = run.everything()
    with pytest.raises(CheckpointError) as caught:
        load_run(path, *run.parts(), run.stopping)
    assert run.everything() == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture(scope="module")
def a_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a run after three epochs."""
    path = tmp_path_factory.mktemp("runs") / "run"
    run = Run("Adam", seed=1)
    history = run.fit(3, History())
    save_run(path, *run.parts(), history, run.stopping)
    return path


def test_a_run_that_says_what_cannot_be_changes_nothing(a_run: Path, tmp_path: Path) -> None:
    path, other = tmp_path / "run", Run("Adam", seed=2)
    for way in UNFIT:
        tensors, facts = facts_of(a_run)
        set_in(facts, *way)
        write(path, tensors, {"run": json.dumps(facts)})
        assert "save_run" in (said := unchanged_by(path, other)) or "does not fit" in said, way
    for missing in facts_of(a_run)[1]:
        tensors, facts = facts_of(a_run)
        del facts[missing]
        write(path, tensors, {"run": json.dumps(facts)})
        assert missing in unchanged_by(path, other)
    for text in ("", "{", "[]", "null", '"run"', "[" * 100_000):
        write(path, facts_of(a_run)[0], {"run": text})
        assert "save_run cannot have written" in unchanged_by(path, other)


def test_a_run_with_tensors_of_another_shape_or_kind_changes_nothing(a_run: Path, tmp_path: Path) -> None:
    path, other = tmp_path / "run", Run("Adam", seed=2)
    whole, facts = facts_of(a_run)
    for name, tensor in whole.items():
        flat = np.ravel(tensor)
        for unfit in (tensor[None], tensor[..., None], flat[:-1], np.append(flat, 0.0), np.array([])):
            write(path, {**whole, name: unfit}, {"run": json.dumps(facts)})
            assert f"{name} is (" in unchanged_by(path, other)
        if name != "early_stopping.set_aside":
            write(path, {key: whole[key] for key in whole if key != name}, {"run": json.dumps(facts)})
            assert f"{name} is missing in the file" in unchanged_by(path, other)
    write(path, {**whole, "more": np.array([1.0])}, {"run": json.dumps(facts)})
    assert "more is (1,) in the file, missing" in unchanged_by(path, other)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=150)
@given(data=st.data())
def test_a_run_with_anything_put_anywhere_is_loaded_whole_or_not_at_all(a_run: Path, data: Any) -> None:
    tensors, facts = facts_of(a_run)
    tree: Any = facts
    while True:
        keys = sorted(tree) if isinstance(tree, dict) else list(range(len(tree)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(tree[key], (dict, list)) or not tree[key] or data.draw(st.integers(0, 2)) == 0:
            break
        tree = tree[key]
    tree[key] = data.draw(JSON)
    path = a_run.with_name("changed")
    write(path, tensors, {"run": json.dumps(facts)})
    other = Run("Adam", seed=2)
    before = other.everything()
    try:
        history = load_run(path, *other.parts(), other.stopping)
    except CheckpointError:
        assert other.everything() == before
    else:  # what it says is possible: then a training can go on with it, or sees that it cannot be trained
        assert [p.data for p in other.model.parameters()] == other.stopping.best
        with suppress(TrainingError):
            other.fit(4, history)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_run_whose_file_is_corrupted_at_random_is_refused_or_the_same(
    a_run: Path, changes: list[tuple[int, int]]
) -> None:
    content = bytearray(a_run.read_bytes())
    for place, byte in changes:
        content[place % len(content)] = byte
    path = a_run.with_name("corrupted")
    path.write_bytes(content)
    other, same = Run("Adam", seed=2), Run("Adam", seed=3)
    before = other.everything()
    try:
        load_run(path, *other.parts(), other.stopping)
    except CheckpointError:
        assert other.everything() == before
    else:
        load_run(a_run, *same.parts(), same.stopping)
        assert other.everything() == same.everything()
