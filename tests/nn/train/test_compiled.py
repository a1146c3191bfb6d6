"""Training in matrices is training node by node: the same numbers, stops and errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from autograd import TraceError, Value, compile, dot, log, sqrt, take
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
    Linear,
    Module,
    Neuron,
    Optimizer,
    RMSprop,
    Sequential,
    TrainingError,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    clip_grad_norm,
    clip_grad_value,
    cross_entropy,
    elastic_net,
    fit,
    hinge,
    house,
    huber,
    iris,
    l2,
    load_run,
    moons,
    mse,
    save_run,
    schedule,
    split,
    standardise,
)

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": partial(SGD, lr=0.05),
    "Nesterov": partial(SGD, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    "Adagrad": partial(Adagrad, lr=0.05),
    "RMSprop": partial(RMSprop, lr=0.05),
    "Adam": partial(Adam, lr=0.05),
    "AdamW": partial(AdamW, lr=0.05),
}
_, (HOUSES,) = standardise(house())
_, (FLOWERS, OTHER_FLOWERS) = standardise(*split(iris().rows(range(0, 150, 5))))


def line() -> Dataset:
    """Return seven points with y = 2x + 1."""
    return Dataset([[float(x)] for x in range(7)], [2.0 * x + 1 for x in range(7)], ["x"], "y")


def numbers(parameters: list[Value]) -> list[float]:
    return [parameter.data for parameter in parameters]


def both(train: Callable[[bool], tuple[History, list[Value]]]) -> tuple[History, list[Value]]:
    """Train node by node and in matrices, hold the one to the other, and return what the latter gave."""
    eager, expected = train(False)
    history, parameters = train(True)
    for name in ("train_loss", "held_out_loss", "held_out_accuracy", "learning_rate"):
        assert getattr(history, name) == pytest.approx(getattr(eager, name), rel=1e-9, abs=1e-15), name
    assert (history.stopped_early, history.interrupted) == (eager.stopped_early, eager.interrupted)
    assert numbers(parameters) == pytest.approx(numbers(expected), rel=1e-9, abs=1e-12)
    gradients = [parameter.grad for parameter in expected]
    assert [parameter.grad for parameter in parameters] == pytest.approx(gradients, rel=1e-8, abs=1e-12)
    return history, parameters


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_regression_with_a_penalty_learns_the_same(optimizer: str) -> None:
    def train(compiled: bool) -> tuple[History, list[Value]]:
        parameters = (model := MLP(1, [4, 1], activation="tanh", seed=0)).parameters()
        history = fit(
            model,
            HOUSES,
            mse,
            OPTIMIZERS[optimizer](parameters),
            epochs=5,
            batch_size=3,
            held_out=HOUSES.rows([1, 2]),
            penalty=lambda: elastic_net(parameters, 0.01, 0.1),
            progress=False,
            compiled=compiled,
        )
        return history, parameters

    history, _ = both(train)
    assert len(set(history.train_loss)) == 5
    assert history.held_out_accuracy == []


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_classification_with_clipping_and_a_schedule_learns_the_same(optimizer: str) -> None:
    def train(compiled: bool) -> tuple[History, list[Value]]:
        parameters = (model := MLP(4, [4, 3], seed=1)).parameters()
        norms: list[float] = []
        history = fit(
            model,
            FLOWERS,
            cross_entropy,
            OPTIMIZERS[optimizer](parameters),
            epochs=4,
            batch_size=7,
            held_out=OTHER_FLOWERS,
            schedule=schedule.exponential(0.1, 0.5),
            clip=lambda parameters: norms.append(clip_grad_norm(parameters, 0.5)),
            progress=False,
            compiled=compiled,
        )
        assert max(norms) > 0.5
        return history, parameters

    history, _ = both(train)
    assert history.learning_rate == [0.1, 0.05, 0.025, 0.0125]
    assert len(history.held_out_accuracy) == 4


@pytest.mark.parametrize("loss", [binary_cross_entropy_with_logits, binary_cross_entropy, hinge, huber])
def test_one_output_learns_the_same_of_two_classes(loss: Callable[..., Any]) -> None:
    _, (data,) = standardise(moons(20))
    if loss is hinge:
        signs = [2.0 * target - 1 for target in data.targets]
        data = Dataset(data.features, signs, data.feature_names, data.target_name)

    def train(compiled: bool) -> tuple[History, list[Value]]:
        model = Neuron(2, activation="sigmoid" if loss is binary_cross_entropy else "linear", seed=0)
        optimizer = SGD(model.parameters(), 0.3)
        options: dict[str, Any] = {"batch_size": 8, "held_out": data, "progress": False, "compiled": compiled}
        return fit(model, data, loss, optimizer, epochs=4, **options), model.parameters()

    history, _ = both(train)
    assert history.train_loss[-1] < history.train_loss[0]


@pytest.mark.parametrize(
    ("shaped", "summed"),
    [
        (lambda a, b: {"a": a, "b": [b]}, lambda out: out["a"] + out["b"][0]),
        (lambda a, b: (a, b), sum),
        (lambda a, b: [[a], [b, b]], lambda out: out[0][0] + out[1][1]),
        (lambda a, b: np.array([a, b], object), sum),
        (lambda a, b: [np.array([a], object), b], lambda out: out[0][0] + out[1]),
        (lambda a, b: a - b, lambda out: out * 2),
    ],
)
def test_outputs_of_any_shape_learn_the_same(shaped: Callable[..., Any], summed: Callable[..., Any]) -> None:
    def loss(outputs: list[Any], targets: Any) -> Any:
        return mse([summed(output) for output in outputs], targets)

    def train(compiled: bool) -> tuple[History, list[Value]]:
        layer = Linear(1, 2, seed=0)
        options: dict[str, Any] = {"held_out": HOUSES, "progress": False, "compiled": compiled}
        optimizer = SGD(layer.parameters(), 0.05)
        history = fit(lambda row: shaped(*layer(row)), HOUSES, loss, optimizer, epochs=3, **options)
        return history, layer.parameters()

    both(train)


def test_early_stopping_comes_at_the_same_epoch_and_puts_the_best_back() -> None:
    def train(compiled: bool) -> tuple[History, list[Value]]:
        parameters = (model := MLP(1, [3, 1], activation="tanh", seed=0)).parameters()
        history = fit(
            model,
            HOUSES.rows(range(5)),
            mse,
            SGD(parameters, 0.2),
            epochs=40,
            batch_size=2,
            held_out=HOUSES.rows([5, 6]),
            early_stopping=EarlyStopping(parameters, patience=2),
            progress=False,
            compiled=compiled,
        )
        return history, parameters

    history, _ = both(train)
    assert history.stopped_early
    assert len(history.train_loss) < 40


def test_ctrl_c_within_an_epoch_keeps_what_was_learned() -> None:
    def train(compiled: bool) -> tuple[History, list[Value]]:
        w, calls = Value(0.0), []

        def clip(parameters: list[Value]) -> None:
            calls.append(numbers(parameters))
            if len(calls) == 6:
                raise KeyboardInterrupt

        history = fit(
            lambda row: w * row[0],
            line(),
            mse,
            SGD([w], 1e-3),
            epochs=9,
            batch_size=2,
            clip=clip,
            progress=False,
            compiled=compiled,
        )
        assert w.data == calls[-1][0] != calls[-2][0]
        return history, [w]

    history, _ = both(train)
    assert history.interrupted
    assert len(history.train_loss) == 1


def test_callbacks_see_parameters_and_gradients_of_their_epoch() -> None:
    def train(compiled: bool) -> list[tuple[float, float]]:
        w, seen = Value(0.0), []
        options: dict[str, Any] = {"batch_size": 2, "progress": False, "compiled": compiled}
        callbacks = [lambda history: seen.append((w.data, w.grad))]
        fit(lambda row: w * row[0], line(), mse, SGD([w], 1e-3), epochs=3, callbacks=callbacks, **options)
        return seen

    assert train(True) == [pytest.approx(pair, rel=1e-12) for pair in train(False)]


def test_parameters_that_the_optimiser_does_not_have_stay_as_they_are() -> None:
    def train(compiled: bool) -> tuple[History, list[Value]]:
        model = MLP(1, [3, 1], activation="tanh", seed=0)
        still, moved = model.layers[0].parameters(), model.layers[1].parameters()
        before = numbers(still)
        history = fit(model, HOUSES, mse, Adam(moved, 0.1), epochs=3, progress=False, compiled=compiled)
        assert numbers(still) == before
        return history, moved

    both(train)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_goes_on_in_matrices_and_back(optimizer: str, tmp_path: Path) -> None:
    def train(*modes: bool) -> tuple[History, list[Value]]:
        for part, compiled in enumerate(modes, 1):
            model = MLP(1, [4, 1], activation="tanh", seed=part)
            run = model, OPTIMIZERS[optimizer](model.parameters()), Random(part)
            history = load_run(tmp_path / "run", *run) if part > 1 else History()
            fit(
                model,
                HOUSES,
                mse,
                run[1],
                epochs=2 * part,
                batch_size=2,
                history=history,
                seed=run[2],
                progress=False,
                compiled=compiled,
            )
            save_run(tmp_path / "run", *run, history)
        return history, model.parameters()

    eager, expected = train(False, False, False)
    mixed, parameters = train(False, True, False)
    assert mixed.train_loss == pytest.approx(eager.train_loss, rel=1e-9)
    assert numbers(parameters) == pytest.approx(numbers(expected), rel=1e-9)

    whole = MLP(1, [4, 1], activation="tanh", seed=1)
    options: dict[str, Any] = {"batch_size": 2, "seed": 1, "progress": False, "compiled": True}
    history = fit(whole, HOUSES, mse, OPTIMIZERS[optimizer](whole.parameters()), epochs=4, **options)
    resumed, parameters = train(True, True)
    assert resumed == history
    assert numbers(parameters) == numbers(whole.parameters())


@pytest.mark.parametrize(
    ("model", "start", "lr", "clip", "message"),
    [
        (lambda w, x: w * (1 + x), 1.0, 1e200, None, "epoch 1, step 2: the loss is inf; "),
        (
            lambda w, x: log(w) * x,
            -1.0,
            0.1,
            None,
            r"the loss is nan; .*; where it began: log\(w\) = nan for w = -1",
        ),
        (
            lambda w, x: sqrt(w) * (x + 1),
            0.0,
            0.1,
            lambda parameters: clip_grad_value(parameters, 1.0),
            r"the loss is \d.*; where it began: the gradient of w = 0\.0 becomes -inf in sqrt",
        ),
        (lambda w, x: w * 0.0 + 1e150 * w, 1e-20, 1e300, None, "epoch 1, step 1: the loss is"),
    ],
)
def test_a_divergence_names_epoch_step_and_cause_in_the_same_words(
    model: Callable[..., Any], start: float, lr: float, clip: Any, message: str
) -> None:
    errors = []
    for compiled in (False, True):
        w = Value(start, label="w")
        with pytest.raises(TrainingError, match=message) as caught:
            fit(
                lambda row: model(w, row[0]),  # noqa: B023
                line(),
                mse,
                SGD([w], lr),
                epochs=2,
                batch_size=2,
                clip=clip,
                progress=False,
                compiled=compiled,
            )
        errors.append(str(caught.value))
        assert (w.data, w.has_grad) == (start, False)
    assert errors[0] == errors[1]


class Line(Module):
    """A slope, and a factor to be left as it is."""

    def __init__(self, slope: float) -> None:
        self.slope, self.still = Value(slope), Value(1.0)

    def __call__(self, row: Any) -> Any:
        return self.slope * row[0] * self.still


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("slope", "lr"), [(1e155, 0.1), (1e130, 1e200), (1.0, 3.0)])
def test_a_step_after_a_divergence_follows_its_own_gradient_alone(
    slope: float, lr: float, compiled: bool
) -> None:
    model = Line(slope)
    optimizer = SGD([model.slope], lr)
    with pytest.raises(TrainingError):
        fit(model, line(), mse, optimizer, epochs=99, batch_size=2, progress=False, compiled=compiled)
    assert not any(parameter.has_grad for parameter in model.parameters())
    before, optimizer.lr = model.slope.data, 0.5
    (2 * model.slope).backward()
    optimizer.step()
    assert model.slope.data == before - 1.0


@pytest.mark.parametrize("compiled", [False, True])
def test_a_training_without_a_step_leaves_no_gradient(compiled: bool) -> None:
    w = Value(1.0)
    options: dict[str, Any] = {"epochs": 1, "progress": False, "compiled": compiled}
    with pytest.raises(ValueError, match="schedule in epoch 1 must be 0 or more and finite, got -1"):
        fit(lambda row: w * row[0], line(), mse, SGD([w], 0.1), schedule=lambda epoch: -1, **options)
    assert not w.has_grad


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("optimizer", [Adagrad, RMSprop, Adam, AdamW])
def test_an_optimiser_that_could_never_move_again_is_a_divergence(
    optimizer: Callable[..., Optimizer], compiled: bool
) -> None:
    def train() -> None:
        options: dict[str, Any] = {"epochs": 2, "batch_size": 7, "progress": False, "compiled": compiled}
        fit(lambda row: w * row[0], steep, mse, moving, **options)

    steep = Dataset([[1e100]] * 7, [0.0] * 7, ["x"], "y")
    w = Value(0.5)
    moving = optimizer([w], 0.1)
    with pytest.raises(TrainingError, match=r"epoch 1, step 1: the loss is \d"):
        train()
    assert (w.data, moving.steps) == (0.5, 0)
    assert not any(numbers.any() for numbers in moving.state.values())


def test_a_penalty_that_overflows_stops_the_training_though_its_gradient_does_not() -> None:
    for compiled in (False, True):
        w = Value(1e200)
        with pytest.raises(TrainingError, match=r"epoch 1, step 1: the loss is \d"):
            fit(
                lambda row: w * 1e-200,  # noqa: B023
                line(),
                mse,
                SGD([w], 0.1),
                epochs=1,
                penalty=lambda: l2([w], 0.1),  # noqa: B023
                progress=False,
                compiled=compiled,
            )
        assert w.data == 1e200


class Noise(Module):
    """A neuron that draws at random."""

    def __init__(self) -> None:
        self.rng = Random(0)
        self.neuron = Neuron(1, nonlin=False, seed=0)

    def __call__(self, row: Any) -> Any:
        return self.neuron(row) + self.rng.random()


def test_what_a_recording_would_freeze_is_refused() -> None:
    model = Sequential(Dropout(0.5, seed=0), Neuron(1, nonlin=False, seed=0))
    options: dict[str, Any] = {"epochs": 1, "progress": False, "compiled": True}
    state = model.parts[0].rng.getstate()
    with pytest.raises(ValueError, match=r"^Dropout\(0\.5\) in training cannot be compiled.*compiled=False$"):
        fit(model, line(), mse, SGD(model.parameters(), 0.1), **options)
    assert model.parts[0].rng.getstate() == state
    for part in model.parts[0], Dropout(0.0):  # what drops nothing is no hindrance
        part.eval()
        model.parts[0] = part
        fit(model, line(), mse, SGD(model.parameters(), 0.1), **options)
    noise, other = Noise(), Noise()
    other.lost = Dropout(0.0, seed=other.rng)
    for drawing in noise, other:
        for called in drawing, drawing.__call__:
            with pytest.raises(ValueError, match=r"^compiled=True would freeze what rng draws: train with"):
                fit(called, line(), mse, SGD(drawing.parameters(), 0.1), **options)
    w = Value(1.0, label="w")
    with pytest.raises(TraceError, match=r"test_compiled\.py:\d+ branches on a recorded scalar"):
        fit(lambda row: w * row[0] if row[0] > 0 else w, line(), mse, SGD([w], 0.1), **options)
    hidden = Value(2.0, label="hidden")
    with pytest.raises(ValueError, match="uses hidden, which is not among the 1 parameters"):
        fit(lambda row: w * row[0] + hidden, line(), mse, SGD([w], 0.1), **options)
    assert w.data == 1.0


@pytest.mark.parametrize("loss", [hinge, binary_cross_entropy_with_logits])
def test_targets_are_checked_though_a_recorded_loss_cannot(loss: Callable[..., Any]) -> None:
    data = Dataset([[0.0], [1.0], [2.0]], [1, 1, 2], ["x"], "y")
    w = Value(1.0)
    messages = []
    for compiled in (False, True):
        with pytest.raises(ValueError, match="got 2") as caught:
            fit(
                lambda row: w * row[0], data, loss, SGD([w], 0.1), epochs=1, compiled=compiled, progress=False
            )
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("size", [1.0, 10.0, 1e3, 1e5])
def test_probabilities_that_add_up_to_1_nearly_learn_the_same_whatever_the_size_of_the_logits(
    size: float,
) -> None:
    labels = [[1 / 3, 1 / 3, 1 / 3 - 9e-7], [0.2, 0.3, 0.5000009], [0.0, 1.0, 0.0], [0.9999991, 0.0, 0.0]]
    rows = [[size * x for x in row] for row in ([1.0, -0.5], [0.25, 2.0], [-1.0, 1.0], [0.5, 0.5])]
    data = Dataset(rows, labels, ["a", "b"], "y")

    def train(compiled: bool) -> tuple[History, list[Value]]:
        model = Linear(2, 3, seed=0)
        options: dict[str, Any] = {"batch_size": 2, "progress": False, "compiled": compiled}
        optimizer = SGD(model.parameters(), 0.1 / size**2)
        return fit(model, data, cross_entropy, optimizer, epochs=3, **options), model.parameters()

    both(train)


def test_a_loss_that_is_not_a_mean_is_refused() -> None:
    w = Value(1.0)
    with pytest.raises(
        ValueError, match=r"a loss that is the mean over the examples, got 5 for 2 whose mean is 2\.5"
    ):
        fit(
            lambda row: w * row[0],
            line(),
            partial(mse, reduction="sum"),
            SGD([w], 0.1),
            epochs=1,
            progress=False,
            compiled=True,
        )


def weighted(logits: Any, labels: Any) -> Any:
    """The cross-entropy of PyTorch with weights: divided by their sum."""
    weights = [take([1.0, 1.0, 20.0], label) for label in labels]
    each = [cross_entropy([row], [label]) for row, label in zip(logits, labels, strict=True)]
    return dot(weights, each) / sum(weights)


@pytest.mark.parametrize(
    ("loss", "model", "data"),
    [
        (weighted, lambda: Linear(4, 3, seed=0), iris()),
        (
            partial(mse, reduction="sum"),
            lambda: MLP(1, [1], init="zeros"),
            Dataset([[0.0], [1.0], [2.0], [3.0]], [0.0, 0.0, 1.0, 2.0], ["x"], "y"),
        ),
    ],
)
def test_a_loss_that_is_a_mean_of_the_first_two_rows_alone_is_refused(
    loss: Any, model: Callable[[], Module], data: Dataset
) -> None:
    made = model()
    before = [parameter.data for parameter in made.parameters()]
    with pytest.raises(ValueError, match="a loss that is the mean over the examples"):
        fit(made, data, loss, SGD(made.parameters(), 0.1), epochs=1, progress=False, compiled=True)
    assert [parameter.data for parameter in made.parameters()] == before


def doubly(loss: Callable[..., Any], outputs: Any, labels: Any) -> Any:
    """Return the mean over the examples in which one of class 1 counts as two."""
    weights = [take([1.0, 2.0], label) for label in labels]
    each = [loss([output], [label]) for output, label in zip(outputs, labels, strict=True)]
    return dot(weights, each) / sum(weights)


@pytest.mark.parametrize("at_first", [0.0, -0.0, 5e-324, 1e-12, -1e-7, 0.01, -0.05, 1.0, -30.0])
@pytest.mark.parametrize("loss", [binary_cross_entropy_with_logits, binary_cross_entropy, mse])
def test_a_loss_that_weighs_classes_is_refused_whatever_the_first_output(loss: Any, at_first: float) -> None:
    w = Value(abs(at_first) if loss is binary_cross_entropy else at_first)
    w.data = min(w.data, 1.0)
    data = Dataset([[1.0], [1.0], [0.5]], [0, 0, 1], ["x"], "y")
    options: dict[str, Any] = {"epochs": 1, "progress": False, "compiled": True}
    with pytest.raises(ValueError, match="a loss that is the mean over the examples"):
        fit(lambda row: w * row[0], data, partial(doubly, loss), SGD([w], 0.1), **options)


@pytest.mark.parametrize("loss", [binary_cross_entropy_with_logits, binary_cross_entropy, hinge, mse])
def test_a_loss_that_is_a_mean_is_taken_where_the_first_output_is_0(loss: Any) -> None:
    data = Dataset([[0.0], [1.0], [0.5]], [0, 1, 1] if loss is not hinge else [-1, 1, 1], ["x"], "y")
    for zero in (0.0, -0.0):
        w = Value(0.5)
        options: dict[str, Any] = {"epochs": 1, "progress": False, "compiled": True}
        fit(lambda row: w * row[0] + zero, data, loss, SGD([w], 1e-9), **options)  # noqa: B023


def test_a_compiled_cross_entropy_takes_classes_and_rows() -> None:
    step = compile(lambda z, y: cross_entropy([z], [y]))
    logits = [[1.0, 2.0, -inf], [-inf, 1000.0, 980.0]]
    assert step(logits, [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]) == cross_entropy(logits, [1, 1])
    shares = [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]
    assert step(logits, shares) == pytest.approx(cross_entropy(logits, shares), rel=1e-15)
    assert step(logits, [1, 1]) == cross_entropy(logits, [1, 1])
    assert step(logits, [0, 2]) == pytest.approx(cross_entropy(logits, [0, 2]), rel=1e-15)
    with pytest.raises(IndexError, match=r"in example 1, an index into 3 values is .* from 0 to 2, got 3\.0"):
        step(logits, [0, 3])
