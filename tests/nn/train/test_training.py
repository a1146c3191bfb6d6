"""The loop that trains: what it computes, what it remembers, how it stops, and that real data is learned."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from math import inf, isnan, nan
from random import Random
from typing import Any

import numpy as np
import pytest

from autograd import AnomalyError, Value, detect_anomaly, log, no_grad, sigmoid, sqrt, where
from autograd.context import recording
from nn import (
    MLP,
    SGD,
    Adam,
    Buffer,
    Dataset,
    Dropout,
    EarlyStopping,
    History,
    Layer,
    Module,
    Neuron,
    Sequential,
    TrainingError,
    accuracy,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    clip_grad_norm,
    clip_grad_value,
    cross_entropy,
    fit,
    hinge,
    house,
    iris,
    l2,
    mean_absolute_error,
    moons,
    mse,
    one_hot,
    predict,
    schedule,
    split,
    standardise,
)
from nn.model.activations import linear
from nn.model.module import values


def line() -> Dataset:
    """Return seven points with y = 2x + 1."""
    return Dataset([[float(x)] for x in range(7)], [2.0 * x + 1 for x in range(7)], ["x"], "y")


def test_the_house_prices_reach_the_least_squares_line() -> None:
    # D0.2
    data = house()
    scaling, (standardised,) = standardise(data)
    model = MLP(1, [1], seed=0)
    fit(model, standardised, mse, SGD(model.parameters(), lr=0.1), epochs=200, batch_size=7, progress=False)
    (neuron,) = model.layers[0].neurons
    intercept, (slope,) = scaling.undo_line([w.data for w in neuron.w], neuron.b.data)
    assert intercept == pytest.approx(15.58085106, abs=5e-9)
    assert slope == pytest.approx(1.31897163, abs=5e-9)
    prices = [scaling.target.undo(z) for z in predict(model, standardised.features)]
    assert mse(prices, data.targets) == pytest.approx(158.86408308, abs=5e-9)
    assert mean_absolute_error(prices, data.targets) == pytest.approx(11.09078014, abs=5e-9)


def test_iris_is_learned() -> None:
    _, (train, held_out) = standardise(*split(iris()))
    model = MLP(4, [16, 16, 3], seed=0)
    history = fit(
        model,
        train,
        cross_entropy,
        SGD(model.parameters(), 0.1),
        epochs=20,
        held_out=held_out,
        progress=False,
    )
    assert history.held_out_accuracy[-1] >= 0.9
    assert history.held_out_accuracy[-1] == accuracy(predict(model, held_out.features), held_out.targets)
    assert history.held_out_loss[-1] == cross_entropy(predict(model, held_out.features), held_out.targets)
    assert history.train_loss[-1] < 0.2 * history.train_loss[0]


def test_two_classes_are_told_apart_by_one_logit() -> None:
    _, (data,) = standardise(moons(40))
    model = MLP(2, [8, 1], seed=0, init="he_normal")
    history = fit(
        model,
        data,
        binary_cross_entropy_with_logits,
        Adam(model.parameters(), 0.05),
        epochs=25,
        batch_size=8,
        held_out=data,
        progress=False,
    )
    assert history.held_out_accuracy[-1] >= 0.95


def test_moons_are_separated() -> None:
    _, (data,) = standardise(moons(100))
    model = MLP(2, [16, 16, 2], seed=0)
    optimizer = SGD(model.parameters(), 0.3)
    fit(model, data, cross_entropy, optimizer, epochs=30, batch_size=8, progress=False)
    assert accuracy(predict(model, data.features), data.targets) == 1.0


def test_a_full_batch_is_one_step_of_plain_gradient_descent() -> None:
    model, twin = MLP(1, [1], seed=0), MLP(1, [1], seed=0)
    fit(model, line(), mse, SGD(model.parameters(), 0.01), epochs=1, batch_size=100, progress=False)
    mse([twin(row) for row in line().features], line().targets).backward()
    expected = [parameter.data - 0.01 * parameter.grad for parameter in twin.parameters()]
    assert [parameter.data for parameter in model.parameters()] == pytest.approx(expected, rel=1e-12)


def test_every_epoch_takes_each_row_once_in_a_new_order_in_batches() -> None:
    seen: list[float] = []
    sizes: list[int] = []
    w = Value(1.0)

    def model(row: list[float]) -> Value:
        seen.append(row[0])
        return w * row[0]

    def loss(outputs: list[Any], targets: list[float]) -> Any:
        assert [2 * seen[i - len(targets)] + 1 for i in range(len(targets))] == targets
        sizes.append(len(targets))
        return mse(outputs, targets)

    fit(model, line(), loss, SGD([w], 1e-3), epochs=2, batch_size=3, progress=False)
    assert sizes == [3, 3, 1] * 2
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(7))
    assert seen[:7] != seen[7:]


def test_the_train_loss_weighs_every_row_alike() -> None:
    model = MLP(1, [1], seed=0)
    history = fit(model, line(), mse, SGD(model.parameters(), 1e-300), epochs=1, batch_size=3, progress=False)
    assert history.train_loss == [pytest.approx(mse(predict(model, line().features), line().targets))]


@pytest.mark.parametrize(("batch_size", "times"), [(1, 1), (2, 13 / 7), (7, 7)])
def test_the_train_loss_of_a_sum_is_that_of_a_batch(batch_size: int, times: float) -> None:
    summed, w = partial(mse, reduction="sum"), Value(0.0)
    data = Dataset([[1.0]] * 7, [3.0] * 7, ["x"], "y")
    history = fit(
        lambda row: w * row[0], data, summed, SGD([w], 1e-12), epochs=1, batch_size=batch_size, progress=False
    )
    assert history.train_loss == [pytest.approx(9 * times)]


def test_a_training_depends_on_the_seeds_alone() -> None:
    def losses(seed: int) -> list[float]:
        model = MLP(1, [4, 1], seed=1)
        optimizer = SGD(model.parameters(), 1e-3)
        return fit(
            model, line(), mse, optimizer, epochs=3, batch_size=2, seed=seed, progress=False
        ).train_loss

    assert losses(1) == losses(1) != losses(2)


def test_without_held_out_rows_or_classes_there_is_nothing_to_remember_of_them() -> None:
    model = MLP(1, [1], seed=0)
    optimizer = SGD(model.parameters(), 1e-3)
    history = fit(model, line(), mse, optimizer, epochs=2, progress=False)
    assert (history.held_out_loss, history.held_out_accuracy) == ([], [])
    history = fit(model, line(), mse, optimizer, epochs=2, held_out=line().rows([0, 1]), progress=False)
    assert (len(history.held_out_loss), history.held_out_accuracy) == (2, [])


def test_predictions_are_plain_numbers_and_record_no_graph() -> None:
    model = MLP(1, [2, 2], seed=0)
    first, second = predict(model, [[1.0], [2.0]])
    assert [type(x) for x in first + second] == [float] * 4
    assert [first, second] == [[out.data for out in model([x])] for x in (1.0, 2.0)]
    made: list[Value] = []

    def single(row: list[float]) -> Value:
        made.append(model.layers[0].neurons[0](row))
        return made[-1]

    assert predict(single, [[1.0]]) == [made[0].data]
    assert made[0].args == ()


def test_an_array_of_values_is_predicted_as_plain_numbers_too() -> None:
    layer = Layer(1, 2, seed=0)
    (outputs,) = predict(lambda row: np.array(layer(row), object), [[1.0]])
    assert outputs == predict(layer, [[1.0]])[0]
    assert [type(x) for x in outputs] == [float, float]


def test_divergence_stops_the_training_and_puts_the_parameters_back() -> None:
    model = MLP(1, [1], seed=0)
    start = [parameter.data for parameter in model.parameters()]
    with pytest.raises(
        TrainingError, match=r"diverged in epoch 1, step 2: the loss is inf; a smaller learning"
    ):
        fit(model, line(), mse, SGD(model.parameters(), 1e200), epochs=3, batch_size=2, progress=False)
    assert [parameter.data for parameter in model.parameters()] == start


def test_a_parameter_that_overflows_stops_the_training_before_the_next_loss() -> None:
    w = Value(1.0)
    with pytest.raises(TrainingError, match="epoch 1, step 1: the loss is 1e\\+300"):
        fit(
            lambda row: w * 1e150,
            line(),
            lambda p, t: mse(p, [0.0] * len(t)),
            SGD([w], 1e10),
            epochs=1,
            progress=False,
        )
    assert w.data == 1.0


def test_an_infinite_loss_stops_the_training_even_if_the_step_is_finite() -> None:
    w = Value(1e200)
    with pytest.raises(TrainingError, match=r"epoch 1, step 1: the loss is inf"):
        fit(lambda row: w * 1, line(), mse, SGD([w], 1e-3), epochs=1, progress=False)
    assert w.data == 1e200


def test_nan_in_a_later_epoch_is_named_and_the_last_finished_epoch_kept() -> None:
    w = Value(1.0)
    losses: list[float] = []

    def loss(outputs: list[Value], targets: list[float]) -> Any:
        losses.append(w.data)
        return mse(outputs, targets) * (float("nan") if len(losses) == 6 else 1.0)

    with pytest.raises(TrainingError, match="epoch 2, step 2: the loss is nan"):
        fit(lambda row: w * row[0], line(), loss, SGD([w], 1e-3), epochs=3, batch_size=2, progress=False)
    assert w.data == losses[4]


def test_a_divergence_is_traced_to_the_first_bad_operation() -> None:
    w = Value(-1.0, label="w")

    def model(row: list[float]) -> Any:
        return log(w) * row[0]

    with pytest.raises(
        TrainingError,
        match=r"the loss is nan; .*; where it began: log\(w\) = nan for w = -1\.0; .*test_training\.py",
    ):
        fit(model, line(), mse, SGD([w], 0.1), epochs=1, progress=False)
    assert w.data == -1.0


@pytest.mark.parametrize("compiled", [False, True])
def test_a_divergence_is_not_blamed_on_what_is_not_selected(compiled: bool) -> None:
    w = Value(1.0, label="w")

    def model(row: list[Any]) -> Any:
        return where(row[0] > 9, log(-w * w), w) * row[0]

    with pytest.raises(TrainingError, match=r"where it began: .* \* .* = inf"):
        fit(model, line(), mse, SGD([w], 1e90), epochs=9, progress=False, compiled=compiled)


def test_a_gradient_that_is_not_finite_stops_the_training_before_the_step() -> None:
    w = Value(0.0, label="w")

    def model(row: list[float]) -> Any:
        return sqrt(w) * row[0]

    with pytest.raises(
        TrainingError, match=r"loss is \d.*; where it began: the gradient of w = 0\.0 becomes -inf in sqrt"
    ):
        fit(
            model,
            line(),
            mse,
            SGD([w], 0.1),
            epochs=1,
            progress=False,
            clip=lambda ps: clip_grad_value(ps, 1.0),
        )
    assert w.data == 0.0


def test_the_schedule_sets_the_rate_of_every_epoch() -> None:
    w = Value(0.0)
    optimizer = SGD([w], 0.1)
    rates: list[float] = []

    def loss(outputs: list[Any], targets: list[float]) -> Any:
        rates.append(optimizer.lr)
        return mse(outputs, targets)

    falling = schedule.exponential(0.01, 0.5)
    history = fit(
        lambda row: w * row[0],
        line(),
        loss,
        optimizer,
        epochs=3,
        batch_size=4,
        schedule=falling,
        progress=False,
    )
    assert rates == [0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025]
    assert history.learning_rate == [0.01, 0.005, 0.0025]


def test_a_penalty_is_minimised_and_left_out_of_the_losses() -> None:
    first, second = Value(3.0), Value(3.0)
    options: dict[str, Any] = {"epochs": 2, "batch_size": 7, "held_out": line(), "progress": False}
    history = fit(
        lambda row: first * row[0],
        line(),
        mse,
        SGD([first], 0.01),
        penalty=lambda: l2([first], 0.25),
        **options,
    )
    decayed = fit(lambda row: second * row[0], line(), mse, SGD([second], 0.01, weight_decay=0.5), **options)
    assert first.data == pytest.approx(second.data, rel=1e-14)
    assert history.held_out_loss == pytest.approx(decayed.held_out_loss)
    assert history.train_loss == pytest.approx(decayed.train_loss)


def test_the_gradient_is_clipped_before_each_step() -> None:
    w = Value(0.0)
    norms: list[float] = []

    def clip(parameters: list[Value]) -> None:
        norms.append(clip_grad_norm(parameters, 1.0))

    fit(lambda row: w * row[0], line(), mse, SGD([w], 0.1), epochs=1, batch_size=2, clip=clip, progress=False)
    assert len(norms) == 4
    assert min(norms) > 1
    assert w.data == pytest.approx(0.4)


def rising() -> Any:
    """Return a loss that is mse in training, and on held-out rows falls three times and then rises."""
    measured: list[float] = []

    def loss(outputs: list[Any], targets: list[float]) -> Any:
        if isinstance(outputs[0], Value):
            return mse(outputs, targets)
        measured.append([3.0, 2.0, 1.0, 2.0, 3.0, 4.0][len(measured)])
        return measured[-1]

    return loss


def fit_with_patience(epochs: int) -> tuple[History, Value, list[float]]:
    """Train while the measured loss falls and rises; return the history, the parameter and its path."""
    w = Value(0.0)
    path: list[float] = []
    history = fit(
        lambda row: w * row[0],
        line(),
        rising(),
        SGD([w], 1e-3),
        epochs=epochs,
        held_out=line(),
        early_stopping=EarlyStopping([w], patience=2),
        callbacks=[lambda history: path.append(w.data)],
        progress=False,
    )
    return history, w, path


def test_early_stopping_ends_the_training_and_puts_the_best_parameters_back() -> None:
    history, w, path = fit_with_patience(epochs=6)
    assert history.held_out_loss == [3, 2, 1, 2, 3]
    assert history.stopped_early
    assert w.data == path[2] != path[-1]


@pytest.mark.parametrize("epochs", range(1, 7))
def test_a_training_that_made_every_epoch_was_not_stopped_early(epochs: int) -> None:
    history, w, path = fit_with_patience(epochs)
    assert len(history.train_loss) == min(epochs, 5)
    assert history.stopped_early is (epochs == 6)
    assert w.data == path[min(epochs, 3) - 1]


def test_the_best_parameters_come_back_even_if_patience_lasts() -> None:
    history, w, path = fit_with_patience(epochs=4)
    assert not history.stopped_early
    assert w.data == path[2] != path[3]


def test_callbacks_see_the_history_after_every_epoch() -> None:
    lengths: list[tuple[int, int]] = []
    w = Value(0.0)
    fit(
        lambda row: w * row[0],
        line(),
        mse,
        SGD([w], 1e-3),
        epochs=3,
        held_out=line(),
        callbacks=[lambda history: lengths.append((len(history.train_loss), len(history.held_out_loss)))],
        progress=False,
    )
    assert lengths == [(1, 1), (2, 2), (3, 3)]


@pytest.mark.parametrize("given", [list, tuple, iter])
def test_callbacks_of_any_kind_are_called_after_every_epoch(given: Callable[[Any], Any]) -> None:
    called: list[str] = []
    w = Value(0.0)
    callbacks = given([lambda history: called.append("a"), lambda history: called.append("b")])
    fit(lambda row: w * row[0], line(), mse, SGD([w], 1e-3), epochs=3, callbacks=callbacks, progress=False)
    assert called == ["a", "b"] * 3


def test_a_function_in_place_of_callbacks_is_refused_before_anything_moves() -> None:
    w = Value(0.0)
    call: Any = print
    with pytest.raises(TypeError, match=r"list of functions, got <built-in function print> alone: write \["):
        fit(lambda row: w * row[0], line(), mse, SGD([w], 1e-3), epochs=3, callbacks=call, progress=False)
    assert w.data == 0.0


@pytest.mark.parametrize("first", ["without", "with"])
def test_held_out_losses_stand_at_their_epochs_whenever_there_were_such_rows(first: str) -> None:
    model, data = MLP(4, [3], seed=0), iris().rows(range(0, 150, 10))
    optimizer, rng, history = SGD(model.parameters(), 0.1), Random(0), History()
    turns = [first == "with", first != "with", first == "with"]
    for part, measured in enumerate(turns, 1):
        options: dict[str, Any] = {"held_out": data if measured else None, "seed": rng, "history": history}
        fit(model, data, cross_entropy, optimizer, epochs=2 * part, progress=False, **options)
    for numbers in (history.held_out_loss, history.held_out_accuracy):
        assert [not isnan(x) for x in numbers] == [turns[epoch // 2] for epoch in range(len(numbers))]
        assert len(numbers) == (6 if turns[-1] else 4)
    assert len(history.train_loss) == len(history.learning_rate) == 6
    best = min(range(len(numbers)), key=lambda n: (isnan(history.held_out_loss[n]), history.held_out_loss[n]))
    assert f"<td>{history.held_out_loss[best]:.6g}</td>" in history._repr_html_()


def test_the_table_of_a_history_shows_the_lowest_loss_though_the_first_is_nan() -> None:
    losses = [nan, *(float(n) for n in range(30, 15, -1)), 0.125, *(float(n) for n in range(20, 40))]
    assert "0.125" in History(list(losses), list(losses))._repr_html_()
    assert "nan" in History([1.0], [nan])._repr_html_()


def test_a_history_is_continued_as_if_never_interrupted() -> None:
    def run(*until: int) -> tuple[list[float], list[float], float]:
        w, rng, history = Value(0.0), Random(0), History()
        optimizer = SGD([w], 0.1, momentum=0.9)
        for epochs in until:
            fit(
                lambda row: w * row[0],
                line(),
                mse,
                optimizer,
                epochs=epochs,
                batch_size=3,
                schedule=schedule.linear(1e-2, 10),
                history=history,
                seed=rng,
                progress=False,
            )
        return history.train_loss, history.learning_rate, w.data

    assert run(5) == run(2, 2, 5)


def test_dropout_works_in_training_only() -> None:
    model = Sequential(Dropout(0.5, seed=0), Neuron(1, nonlin=False, seed=0))
    optimizer = SGD(model.parameters(), 1e-300)
    history = fit(model, line(), mse, optimizer, epochs=3, held_out=line(), progress=False)
    assert len(set(history.train_loss)) == 3
    assert len(set(history.held_out_loss)) == 1


def test_ctrl_c_ends_the_training_and_keeps_what_was_learned() -> None:
    w = Value(0.0)
    calls = 0

    def model(row: list[float]) -> Value:
        nonlocal calls
        calls += 1
        if calls == 18:
            raise KeyboardInterrupt
        return w * row[0]

    history = fit(model, line(), mse, SGD([w], 1e-2), epochs=100, progress=False)
    assert history.interrupted
    assert len(history.train_loss) == 2
    assert w.data > 1.0


def test_the_bar_shows_epochs_and_loss_unless_turned_off(capsys: pytest.CaptureFixture[str]) -> None:
    model = MLP(1, [1], seed=0)
    optimizer = SGD(model.parameters(), 1e-3)
    history = fit(model, line(), mse, optimizer, epochs=3)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "training: 100%" in shown.err
    assert "3/3" in shown.err
    assert f"loss {history.train_loss[-1]:.4g}, rate 0.001" in shown.err
    assert not history.interrupted
    fit(model, line(), mse, optimizer, epochs=3, progress=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs must be 1 or more, got 0"),
        ({"epochs": 1, "batch_size": 0}, "batch_size must be 1 or more, got 0"),
        ({"epochs": 1, "early_stopping": EarlyStopping([], 1)}, "held-out rows, got held_out=None"),
        ({"epochs": 1, "train": line().rows([])}, "at least 1 row, got 0"),
    ],
)
def test_nothing_to_train_on_is_refused(options: dict[str, Any], message: str) -> None:
    model = MLP(1, [1])
    arguments: dict[str, Any] = {
        "model": model,
        "train": line(),
        "loss": mse,
        "optimizer": SGD(model.parameters(), 0.1),
    }
    with pytest.raises(ValueError, match=message):
        fit(**arguments | options)


def test_a_divergence_puts_back_the_optimiser_and_the_generators_too() -> None:
    def train(rates: schedule.Schedule) -> list[Any]:
        model = Sequential(Dropout(0.2, seed=1), Neuron(1, nonlin=False, seed=0))
        optimizer, rng, history = Adam(model.parameters(), 0.1), Random(0), History()
        options: dict[str, Any] = {"batch_size": 2, "seed": rng, "history": history, "progress": False}
        with suppress(TrainingError):
            fit(model, line(), mse, optimizer, epochs=5, schedule=rates, **options)
        fit(model, line(), mse, optimizer, epochs=5, schedule=schedule.constant(0.1), **options)
        memories = {name: memory.tolist() for name, memory in optimizer.state.items()}
        return [history, [p.data for p in model.parameters()], memories, optimizer.steps, rng.getstate()]

    assert train(lambda epoch: 0.1 if epoch < 2 else 1e308) == train(schedule.constant(0.1))


class Centred(Module):
    """A slope, and the mean of what it gives, which moves in training."""

    def __init__(self) -> None:
        self.w, self.means = Value(1.0), [Buffer(0.0)]

    def __call__(self, row: list[float]) -> Value:
        out = self.w * row[0]
        if self.training:
            self.means[0].data += 0.1 * (out.data - self.means[0].data)
        return out


class Noisy(Sequential):
    """Parts with a mode, a Buffer and a generator, called by a method of any name."""

    def forward(self, row: list[float]) -> Any:
        return self(row)


@pytest.mark.parametrize("diverges", [False, True])
def test_a_method_of_a_module_is_trained_as_the_module_is(diverges: bool) -> None:
    def trained(method: str) -> list[Any]:
        model = Noisy(Dropout(0.5, seed=1), Centred())
        optimizer, history = SGD(model.parameters(), 0.01), History()
        with pytest.raises(TrainingError) if diverges else nullcontext():
            fit(
                getattr(model, method) if method else model,
                line(),
                mse,
                optimizer,
                epochs=3,
                batch_size=2,
                held_out=line(),
                schedule=lambda epoch: 1e308 if diverges and epoch == 2 else 0.01,
                history=history,
                progress=False,
            )
        generators = [drawn_from.getstate() for _, drawn_from in model.named_generators()]
        return [history, [number.data for number in values(model)], generators]

    assert trained("forward") == trained("__call__") == trained("")


def test_a_method_of_a_module_with_none_of_the_parameters_is_refused_as_the_module_is() -> None:
    model = Noisy(Neuron(1, seed=0))
    with pytest.raises(ValueError, match="moves none of the 2 parameters"):
        fit(model.forward, line(), mse, SGD([Value(1.0)], 0.1), epochs=1, progress=False)


class StoppedWhenFar(SGD):
    """Ctrl-C comes after the step that takes a parameter to infinity, before that is found out."""

    def step(self, *call: Any, **keywords: Any) -> None:
        super().step(*call, **keywords)
        if any(abs(parameter.data) == inf for parameter in self.parameters):
            raise KeyboardInterrupt


@pytest.mark.parametrize("optimiser", [SGD, StoppedWhenFar])
def test_a_divergence_puts_back_the_buffers_too(optimiser: type[SGD]) -> None:
    model, before = Centred(), []
    with pytest.raises(TrainingError) if optimiser is SGD else nullcontext():
        fit(
            model,
            line(),
            mse,
            optimiser(model.parameters(), 0.1),
            epochs=2,
            batch_size=1,
            schedule=lambda epoch: 1e-3 if epoch < 1 else 1e308,
            callbacks=[lambda history: before.append((model.w.data, model.means[0].data))],
            progress=False,
        )
    assert [(model.w.data, model.means[0].data)] == before
    assert abs(before[0][1]) > 0.1


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("stopping", [False, True])
def test_a_divergence_inside_detect_anomaly_leaves_what_it_leaves_outside(
    stopping: bool, compiled: bool
) -> None:
    def diverged(watched: bool) -> list[Any]:
        model, history = MLP(1, [2, 1], activation="tanh", seed=0), History()
        optimizer, rng = SGD(model.parameters(), 0.1, momentum=0.5), Random(0)
        held_out = {"held_out": line(), "early_stopping": EarlyStopping(model, patience=9)}
        with (
            detect_anomaly() if watched else nullcontext(),
            pytest.raises(TrainingError, match=r"^training \w+ in epoch 3, step 2") as raised,
        ):
            fit(
                *(model, line(), mse, optimizer),
                epochs=5,
                batch_size=4,
                schedule=lambda epoch: 0.01 if epoch < 2 else 1e200,
                history=history,
                seed=rng,
                progress=False,
                compiled=compiled,
                **(held_out if stopping else {}),  # type: ignore[arg-type]
            )
        assert isinstance(raised.value.__cause__, AnomalyError) == watched
        assert not any(parameter.has_grad for parameter in model.parameters())
        memories = {name: memory.tolist() for name, memory in optimizer.state.items()}
        numbers = [p.data for p in model.parameters()]
        return [numbers, history.train_loss, memories, optimizer.steps, optimizer.lr, rng.getstate()]

    assert diverged(watched=True) == diverged(watched=False)


def test_an_anomaly_of_held_out_rows_goes_back_too() -> None:
    w = Value(1.0)
    far = Dataset([[1e300]], [1.0], ["x"], "y")
    with detect_anomaly(), pytest.raises(AnomalyError):
        fit(
            lambda row: w * row[0] * 1e10,
            line(),
            mse,
            SGD([w], 1e-25),
            epochs=1,
            held_out=far,
            progress=False,
        )
    assert (w.data, w.has_grad) == (1.0, False)


@pytest.mark.parametrize("epochs", [1, 2])
def test_there_is_no_bar_where_no_epoch_is_left(epochs: int, capsys: pytest.CaptureFixture[str]) -> None:
    w = Value(1.0)
    optimizer, history = SGD([w], 0.01), History()
    fit(lambda row: w * row[0], line(), mse, optimizer, epochs=2, history=history)
    assert "2/2" in capsys.readouterr().err
    fit(lambda row: w * row[0], line(), mse, optimizer, epochs=epochs, history=history)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("compiled", [False, True])
def test_inside_no_grad_there_is_nothing_to_learn_from(compiled: bool) -> None:
    w = Value(1.0)
    options: dict[str, Any] = {"epochs": 1, "progress": False, "compiled": compiled}
    with no_grad(), pytest.raises(RuntimeError, match=r"^inside no_grad\(\) there is no gradient .* outside"):
        fit(lambda row: w * row[0], line(), mse, SGD([w], 0.01), **options)
    assert w.data == 1.0
    with no_grad():
        recording()(fit)(lambda row: w * row[0], line(), mse, SGD([w], 0.01), **options)
    assert w.data > 1.0


@pytest.mark.parametrize("compiled", [False, True])
def test_a_penalty_that_explodes_keeps_the_epochs_before_and_says_so(compiled: bool) -> None:
    model, history = MLP(1, [1], seed=0), History()
    parameters = model.parameters()
    path: list[list[float]] = []
    with pytest.raises(TrainingError, match=r"diverged in epoch \d+, step"):
        fit(
            model,
            line(),
            mse,
            SGD(parameters, 0.1),
            epochs=300,
            batch_size=7,
            penalty=lambda: l2(parameters, 1e10),
            callbacks=[lambda history: path.append([p.data for p in parameters])],
            history=history,
            progress=False,
            compiled=compiled,
        )
    assert 5 < len(history.train_loss) == len(path) < 300
    assert [p.data for p in parameters] == path[-1]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("stopping", [False, True])
def test_ctrl_c_before_the_first_epoch_ends_a_training_like_any_other(compiled: bool, stopping: bool) -> None:
    calls = 0

    def model(row: list[float]) -> Value:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise KeyboardInterrupt
        return w * row[0]

    w = Value(0.5)
    early_stopping = EarlyStopping([w], 3) if stopping else None
    options: dict[str, Any] = {"held_out": line(), "early_stopping": early_stopping, "compiled": compiled}
    history = fit(model, line(), mse, SGD([w], 1e-2), epochs=5, progress=False, **options)
    assert history == History(interrupted=True)
    assert w.data == 0.5
    assert fit(
        model, line(), mse, SGD([w], 1e-2), epochs=2, history=history, progress=False, **options
    ).train_loss
    assert not history.interrupted


def test_whatever_ends_a_training_the_best_parameters_are_put_back() -> None:
    def train(error: type[BaseException] | None) -> tuple[float, History]:
        w, history = Value(0.0), History()

        def stop(history: History) -> None:
            path.append(w.data)
            if error is not None and len(path) == 5:
                raise error

        path: list[float] = []
        with suppress(MemoryError, TrainingError):
            fit(
                lambda row: w * row[0],
                line(),
                rising(),
                SGD([w], 1e-3),
                epochs=5,
                held_out=line(),
                early_stopping=EarlyStopping([w], patience=9),
                callbacks=[stop],
                history=history,
                progress=False,
            )
        assert w.data == path[2] != path[4]
        assert len(history.train_loss) == 5
        return w.data, history

    for error in (None, KeyboardInterrupt, MemoryError, TrainingError):
        train(error)


@pytest.mark.parametrize("rate", [nan, inf, -0.1])
def test_a_schedule_that_gives_no_rate_is_refused_and_changes_nothing(rate: float) -> None:
    w, history = Value(0.0), History()
    optimizer = SGD([w], 0.5)
    with pytest.raises(ValueError, match=f"epoch 1 must be 0 or more and finite, got {rate}$"):
        fit(
            lambda row: w * row[0],
            line(),
            mse,
            optimizer,
            epochs=2,
            schedule=lambda epoch: rate,
            history=history,
            progress=False,
        )
    assert (w.data, optimizer.lr, history) == (0.0, 0.5, History())


def test_a_callback_that_raises_takes_back_nothing_of_an_epoch_that_is_over() -> None:
    w, history, seen = Value(0.0), History(), []

    def refuse(history: History) -> None:
        seen.append(w.data)
        if len(seen) == 2:
            raise TrainingError("good enough")

    with pytest.raises(TrainingError, match="good enough"):
        fit(
            lambda row: w * row[0],
            line(),
            mse,
            SGD([w], 1e-3),
            epochs=5,
            callbacks=[refuse],
            history=history,
            progress=False,
        )
    assert w.data == seen[1] != seen[0]
    assert len(history.train_loss) == 2


def yes_or_no() -> tuple[Dataset, Dataset]:
    """Return rows of one number that are yes from 0.3 on, and others."""
    rng = Random(0)
    rows = [[rng.uniform(-2, 2)] for _ in range(60)]
    data = Dataset(rows, [int(x > 0.3) for (x,) in rows], ["x"], "y", ["no", "yes"])
    return data.rows(range(40)), data.rows(range(40, 60))


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("last", "loss", "boundary"),
    [
        (linear, binary_cross_entropy_with_logits, 0.0),
        (sigmoid, binary_cross_entropy, 0.5),
        (sigmoid, partial(binary_cross_entropy, reduction="mean"), 0.5),
    ],
)
def test_accuracy_of_one_output_has_the_boundary_of_its_loss(
    last: Any, loss: Any, boundary: float, compiled: bool
) -> None:
    train, held_out = yes_or_no()
    model = Sequential(MLP(1, [4, 1], activation="tanh", seed=0), last)
    optimizer = Adam(model.parameters(), lr=0.05)
    history = fit(
        model, train, loss, optimizer, epochs=30, held_out=held_out, progress=False, compiled=compiled
    )
    outputs = predict(model, held_out.features)
    right = sum((out > boundary) == label for out, label in zip(outputs, held_out.targets, strict=True))
    assert history.held_out_accuracy[-1] == right / 20 > 0.7
    assert all(type(number) is float for number in history.held_out_loss)


def test_accuracy_of_one_output_is_left_out_where_nobody_knows_the_boundary() -> None:
    train, held_out = yes_or_no()
    options: dict[str, Any] = {"epochs": 1, "held_out": held_out, "progress": False}
    for model, loss in (
        (Neuron(1, seed=0), lambda outputs, targets: binary_cross_entropy_with_logits(outputs, targets)),
        (Layer(1, 1, seed=0), lambda outputs, targets: mse([out for (out,) in outputs], targets)),
    ):
        history = fit(model, train, loss, SGD(model.parameters(), 0.1), **options)
        assert len(history.held_out_loss) == 1
        assert history.held_out_accuracy == []


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("outputs", [list, tuple])
def test_accuracy_of_several_outputs_is_counted_however_a_label_is_written(
    outputs: Any, compiled: bool
) -> None:
    train, held_out = yes_or_no()
    layer = Layer(1, 2, seed=0)

    def trained(write: Any) -> list[float]:
        rows, other = (replace(data, targets=write(data.targets)) for data in (train, held_out))
        options: dict[str, Any] = {"held_out": other, "progress": False, "compiled": compiled}
        optimizer = SGD(layer.parameters(), lr=1e-9)
        history = fit(lambda row: outputs(layer(row)), rows, cross_entropy, optimizer, epochs=1, **options)
        return history.held_out_accuracy

    right = accuracy(predict(layer, held_out.features), held_out.targets)
    assert trained(list) == trained(lambda labels: one_hot(labels, 2)) == [right]
    assert 0 < right < 1


def test_accuracy_is_left_out_where_a_row_may_have_several_labels() -> None:
    train, held_out = yes_or_no()
    rows, other = (replace(data, targets=[[1, y] for y in data.targets]) for data in (train, held_out))
    model = Layer(1, 2, seed=0)
    optimizer = SGD(model.parameters(), 0.1)
    history = fit(
        model, rows, binary_cross_entropy_with_logits, optimizer, epochs=2, held_out=other, progress=False
    )
    assert len(history.held_out_loss) == 2
    assert history.held_out_accuracy == []


def margin(outputs: list[Any], targets: list[float]) -> Any:
    return sum(((1 - t * o).relu() for o, t in zip(outputs, targets, strict=True)), 0.0) / len(targets)


def surprise(outputs: list[Any], targets: list[float]) -> Any:
    each = [
        -o.sigmoid().log() if t else -(1 - o.sigmoid()).log() for o, t in zip(outputs, targets, strict=True)
    ]
    return sum(each) / len(each)


@pytest.mark.parametrize(
    ("loss", "ours", "compiled"),
    [
        (margin, hinge, False),
        (margin, hinge, True),
        (surprise, binary_cross_entropy_with_logits, False),
    ],
)
def test_a_loss_that_asks_for_the_methods_of_values_is_measured_too(
    loss: Any, ours: Any, compiled: bool
) -> None:
    parts = [replace(data, class_names=None) for data in yes_or_no()]
    if ours is hinge:
        parts = [replace(data, targets=[2 * y - 1 for y in data.targets]) for data in parts]

    def losses(loss: Any) -> list[float]:
        model = Neuron(1, activation="tanh", seed=0)
        optimizer = SGD(model.parameters(), 0.1)
        options: dict[str, Any] = {"held_out": parts[1], "progress": False, "compiled": compiled}
        return fit(model, parts[0], loss, optimizer, epochs=3, **options).held_out_loss

    assert losses(loss) == pytest.approx(losses(ours), rel=1e-12)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    "own",
    [
        lambda outputs, targets: (
            sum((a - b) ** 2 for a, b in zip(outputs, targets, strict=True)) / len(targets)
        ),
        lambda outputs, targets: sum(a**3 / b for a, b in zip(outputs, targets, strict=True)) / len(targets),
    ],
)
def test_a_loss_at_which_floats_overflow_ends_a_training_as_without_held_out_rows(
    own: Any, compiled: bool
) -> None:
    data = Dataset([[1.0], [2.0]], [1.0, 3.0], ["x"], "y")
    told = []
    for held_out in (None, data):
        model = Neuron(1, nonlin=False, seed=0)
        optimizer = SGD(model.parameters(), 1e160)
        options: dict[str, Any] = {"epochs": 5, "held_out": held_out, "progress": False, "compiled": compiled}
        with pytest.raises(TrainingError) as caught:
            fit(model, data, own, optimizer, **options)
        told.append((str(caught.value), [parameter.data for parameter in model.parameters()]))
    assert told[0] == told[1]


@pytest.mark.parametrize("compiled", [False, True])
def test_a_held_out_loss_that_divides_by_an_output_of_0_is_infinite(compiled: bool) -> None:
    def inverse(outputs: list[Any], targets: list[float]) -> Any:
        return sum(t / o for o, t in zip(outputs, targets, strict=True)) / len(targets)

    data = Dataset([[1.0], [2.0]], [1.0, 3.0], ["x"], "y")
    held_out = Dataset([[0.0]], [1.0], ["x"], "y")
    w = Value(1.0)
    options: dict[str, Any] = {"epochs": 2, "held_out": held_out, "progress": False, "compiled": compiled}
    history = fit(lambda row: w * row[0], data, inverse, SGD([w], 1e-9), **options)
    assert history.held_out_loss == [inf, inf]


@pytest.mark.parametrize("compiled", [False, True])
def test_rows_and_targets_of_unequal_number_are_refused_before_anything_moves(compiled: bool) -> None:
    data = line()
    longer = Dataset(data.features, [*data.targets, 1.0], ["x"], "y")
    shorter = Dataset(data.features, data.targets[:-1], ["x"], "y")
    model = Neuron(1, nonlin=False, seed=0)
    before = [p.data for p in model.parameters()]
    for wrong, message in (
        (longer, "a target for each row, got 8 for 7"),
        (shorter, "a target for each row, got 6 for 7"),
        (data.rows([]), "(train|held_out) needs at least 1 row, got 0"),
    ):
        for train, held_out in ((wrong, None), (data, wrong)):
            with pytest.raises(ValueError, match=message):
                fit(
                    *(model, train, mse, SGD(model.parameters(), 0.1)),
                    epochs=1,
                    held_out=held_out,
                    progress=False,
                    compiled=compiled,
                )
    assert [p.data for p in model.parameters()] == before


@pytest.mark.parametrize("compiled", [False, True])
def test_nan_in_a_row_ends_a_training_where_its_epoch_began(compiled: bool) -> None:
    data = line()
    wrong = Dataset(
        [[nan] if n == 4 else row for n, row in enumerate(data.features)], data.targets, ["x"], "y"
    )
    model = Neuron(1, nonlin=False, seed=0)
    before = [p.data for p in model.parameters()]
    optimizer, rng, history = SGD(model.parameters(), 0.01), Random(0), History()
    state = rng.getstate()
    with pytest.raises(
        TrainingError, match=r"^training diverged in epoch 1, step \d: the loss is nan.*where it began: "
    ):
        fit(
            *(model, wrong, mse, optimizer),
            epochs=1,
            batch_size=2,
            seed=rng,
            history=history,
            progress=False,
            compiled=compiled,
        )
    assert [p.data for p in model.parameters()] == before
    assert (optimizer.steps, rng.getstate(), history.train_loss) == (0, state, [])


@pytest.mark.parametrize("compiled", [False, True])
def test_nan_in_a_held_out_row_is_nan_in_the_history(compiled: bool) -> None:
    data, model = line(), Neuron(1, nonlin=False, seed=0)
    wrong = Dataset([[nan], [1.0]], [1.0, 2.0], ["x"], "y")
    optimizer = SGD(model.parameters(), 0.01)
    history = fit(model, data, mse, optimizer, epochs=2, held_out=wrong, progress=False, compiled=compiled)
    assert len(history.train_loss) == 2
    assert all(map(isnan, history.held_out_loss))
    assert len(history.held_out_loss) == 2


@pytest.mark.parametrize("max_norm", [None, 1e-3])
def test_gradients_of_parameters_that_stay_are_the_latest(max_norm: float | None) -> None:
    def slopes(epochs: int, compiled: bool) -> list[float]:
        model = Sequential(Layer(1, 2, seed=0), Neuron(2, nonlin=False, seed=1))
        moved = SGD(model.parts[1].parameters(), 1e-9)
        clip = None if max_norm is None else partial(clip_grad_norm, max_norm=max_norm)
        model.parameters()[0].grad = 99.0
        fit(model, line(), mse, moved, epochs=epochs, clip=clip, compiled=compiled, progress=False)
        return [parameter.grad for parameter in model.parameters()]

    for epochs, compiled in ((4, False), (1, True), (4, True)):
        assert slopes(epochs, compiled) == pytest.approx(slopes(1, False), rel=1e-6)


def test_a_loss_need_not_be_hashable() -> None:
    @dataclass
    class Scaled:
        factor: float

        def __call__(self, outputs: Any, targets: Any) -> Any:
            return self.factor * cross_entropy(outputs, targets)

    train, held_out = yes_or_no()
    model = MLP(1, [2], seed=0)
    optimizer = SGD(model.parameters(), 0.1)
    history = fit(model, train, Scaled(2.0), optimizer, epochs=1, held_out=held_out, progress=False)
    assert len(history.held_out_accuracy) == 1
