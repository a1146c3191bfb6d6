"""What a training is made of can be pickled and copied, and goes on as the original does."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from autograd import Value, softmax
from autograd.ops import TABLE
from autograd.primitive import Primitive
from nn import (
    ACTIVATIONS,
    MLP,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Dropout,
    EarlyStopping,
    Layer,
    Module,
    Neuron,
    Residual,
    RMSprop,
    Sequential,
    fit,
    house,
    init,
    iris,
    log_uniform,
    mse,
    schedule,
    standardise,
    train_validation_test,
)

COPIES: list[Callable[[Any], Any]] = [
    copy.deepcopy,
    *[partial(lambda protocol, thing: pickle.loads(pickle.dumps(thing, protocol)), p) for p in range(2, 6)],
]


def data(module: Module) -> list[tuple[str, float, float, str]]:
    return [(path, p.data, p.grad, p.label) for path, p in module.named_parameters()]


@pytest.mark.parametrize("again", COPIES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_model_comes_back_with_its_activation(activation: str, again: Callable[[Any], Any]) -> None:
    model = MLP(2, [3, 1], activation=activation, seed=0)
    model([0.5, -0.25]).backward()
    model.parameters()[0].label = "w"
    other = again(model)
    assert data(other) == data(model)
    assert repr(other) == repr(model)
    assert other([0.5, 1.0]).data == model([0.5, 1.0]).data
    assert not set(other.parameters()) & set(model.parameters())


@pytest.mark.parametrize("again", COPIES)
def test_containers_ties_and_modes_come_back(again: Callable[[Any], Any]) -> None:
    model = Sequential(Residual(Layer(2, 2, seed=0)), Dropout(0.5, seed=1), Layer(2, 3, seed=2), softmax)
    first, last = model.parts[0].part.neurons[0], model.parts[2].neurons[0]  # type: ignore[attr-defined]
    last.w[0] = first.w[0]
    model.eval()
    other = again(model)
    assert data(other) == data(model)
    assert len(other.parameters()) == 14
    assert [part.training for _, part in other.named_modules()] == [False] * 10
    model.train()
    other.train()
    assert [y.data for y in other([1.0, 2.0])] == [y.data for y in model([1.0, 2.0])]


@pytest.mark.parametrize("again", COPIES)
@pytest.mark.parametrize(
    "make", [partial(SGD, lr=0.1), partial(SGD, lr=0.1, momentum=0.5), Adagrad, RMSprop, Adam, AdamW]
)
def test_a_training_that_is_copied_goes_on_as_the_original(
    make: Callable[..., Any], again: Callable[[Any], Any]
) -> None:
    _, (houses,) = standardise(house())
    model = MLP(1, [2, 1], activation="tanh", seed=0)
    stopping = EarlyStopping(model.parameters(), patience=9)
    training = [model, make(model.parameters()), stopping, Random(0), schedule.cosine(0.1, 6), None]

    def train(training: Any, epochs: int) -> Any:
        model, optimizer, stopping, rng, rates, history = training
        training[-1] = fit(
            model,
            houses,
            mse,
            optimizer,
            epochs=epochs,
            batch_size=2,
            held_out=houses,
            early_stopping=stopping,
            schedule=rates,
            history=history,
            seed=rng,
            progress=False,
        )
        memories = {name: memory.tolist() for name, memory in optimizer.state.items()}
        return data(model), training[-1], memories, optimizer.steps, stopping.best, stopping.set_aside

    train(training, 3)
    other = again(training)
    assert other[1].parameters == other[0].parameters()
    assert train(other, 6) == train(training, 6)


RATES = [
    schedule.constant(0.5),
    schedule.step(0.5, 2),
    schedule.exponential(0.5, 0.9),
    schedule.cosine(0.5, 4, 0.1),
    schedule.linear(0.5, 4),
    schedule.warmup(schedule.step(0.5, 2), 3),
]


@pytest.mark.parametrize("again", COPIES)
def test_schedules_initialisers_and_data_come_back(again: Callable[[Any], Any]) -> None:
    for rates in RATES:
        assert [again(rates)(epoch) for epoch in range(8)] == [rates(epoch) for epoch in range(8)]
    for draw in [*init.INITIALISERS.values(), init.constant(0.5), init.uniform(2, 3), init.normal(1, 2)]:
        assert again(draw)(3, 4, Random(0)) == draw(3, 4, Random(0))
    assert again(log_uniform(1e-3, 1.0))(Random(0)) == log_uniform(1e-3, 1.0)(Random(0))
    scaling, parts = standardise(*train_validation_test(iris()))
    assert again((scaling, parts)) == (scaling, parts)


@pytest.mark.parametrize("again", [*COPIES, copy.copy])
def test_an_operation_comes_back_as_itself(again: Callable[[Any], Any]) -> None:
    for primitive in TABLE.values():
        assert again(primitive) is primitive


def test_an_operation_that_is_not_in_the_table_is_refused_by_name() -> None:
    stranger = Primitive("stranger", lambda xp, x: x, (lambda out, x: 1.0,))
    impostor = Primitive("tanh", lambda xp, x: x, (lambda out, x: 1.0,))
    for primitive in (stranger, impostor):
        with pytest.raises(TypeError, match=f"only an operation in the table .* got '{primitive.name}'"):
            pickle.dumps(Neuron(1, activation=primitive))
    pickled = pickle.dumps(TABLE["tanh"]).replace(b"tanh", b"tenh")
    with pytest.raises(ValueError, match="no operation is called 'tenh' here: define it before"):
        pickle.loads(pickled)


def test_a_result_among_the_attributes_is_refused_with_its_operation() -> None:
    model = Neuron(1)
    model.latest = model([1.0]) * 2  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="only leaves can be copied or pickled, got the result of mul"):
        pickle.dumps(model)
    assert isinstance(copy.deepcopy(Value(1.0)), Value)


def test_another_process_reads_what_was_pickled(tmp_path: Path) -> None:
    model = MLP(2, [2, 1], activation="gelu", seed=0)
    (tmp_path / "model").write_bytes(pickle.dumps((model, SGD(model.parameters(), 0.1))))
    script = (
        f"import pickle; model, sgd = pickle.loads(open({str(tmp_path / 'model')!r}, 'rb').read()); "
        "print(model([1.0, 2.0]).data, sgd.parameters == model.parameters())"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{model([1.0, 2.0]).data} True\n"
