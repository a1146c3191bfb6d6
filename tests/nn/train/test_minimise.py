"""Steps of an optimiser on a compiled function: one by one, and many."""

from itertools import repeat
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value, compile
from autograd.compiler.backends import BACKENDS

X = [[0.5, -1.0], [0.0, 2.0], [-0.25, 0.75]]
Y = [1.0, -1.0, 0.5]


def prepared(
    backend: str = "numpy", lr: float = 0.1, optimizer: Any = nn.Adam
) -> tuple[Any, nn.MLP, nn.Optimizer]:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    step = compile(lambda x, y: (model(x) - y) ** 2, model.parameters(), backend)
    return step, model, optimizer(model.parameters(), lr)


def by_hand(optimizer: Any, steps: int) -> list[float]:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    moving = optimizer(model.parameters(), 0.1)
    losses = []
    for _ in range(steps):
        loss = nn.mse([model(x) for x in X], Y)
        moving.zero_grad()
        loss.backward()
        moving.step()
        losses.append(loss.data)
    return [*losses, *[parameter.data for parameter in model.parameters()]]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("optimizer", [nn.SGD, nn.Adam])
def test_steps_are_those_of_the_engine(backend: str, optimizer: Any) -> None:
    if missing := BACKENDS[backend].missing():
        pytest.skip(missing)
    expected = by_hand(optimizer, 5)
    step, model, moving = prepared(backend, optimizer=optimizer)
    losses = [moving.step(step, X, Y) for _ in range(2)]
    step.vector  # noqa: B018  it leads from now on
    losses += [moving.step(step, X, Y) for _ in range(3)]
    step.write_back()
    assert [*losses, *[p.data for p in model.parameters()]] == pytest.approx(expected, rel=1e-12)

    step, model, moving = prepared(backend, optimizer=optimizer)
    history = nn.minimise(step, moving, [(X, Y)], 5, progress=False)
    found = [*history.train_loss, *[p.data for p in model.parameters()]]
    assert found == pytest.approx(expected, rel=1e-12)
    assert history.learning_rate == [0.1] * 5
    assert not history.interrupted


def test_batches_come_again_and_a_schedule_sets_the_rate() -> None:
    step, _, moving = prepared()
    seen = []
    batches = [(X[:1], Y[:1]), (X[1:], Y[1:])]
    record = step.value_and_grad
    step.value_and_grad = lambda x, y: (seen.append(len(x)), record(x, y))[1]
    history = nn.minimise(step, moving, batches, 5, schedule=lambda n: 0.1 / (n + 1), progress=False)
    assert seen == [1, 2, 1, 2, 1]
    assert history.learning_rate == [0.1 / n for n in range(1, 6)]


def test_rates_that_are_numbers_of_numpy_are_floats_in_the_history() -> None:
    step, _, moving = prepared("numpy")
    history = nn.minimise(step, moving, [(X, Y)], 2, schedule=lambda n: np.float32(0.1), progress=False)
    moving.lr = np.float32(0.1)
    history.learning_rate += nn.minimise(step, moving, [(X, Y)], 1, progress=False).learning_rate
    assert [(type(rate), rate) for rate in history.learning_rate] == [(float, np.float32(0.1))] * 3


def test_what_is_shared_and_further_parameters_stay() -> None:
    w, frozen = Value(1.0), Value(2.0)
    step = compile(lambda t: (w - t * frozen) ** 2, [w, frozen], shared=["t"])
    nn.minimise(step, nn.SGD([w], 0.5), [(3.0,)], 1, progress=False)
    assert (w.data, frozen.data) == (6.0, 2.0)
    assert nn.SGD([w], 0.5).step(step, t=0.0) == 36.0
    assert (w.data, frozen.data) == (0.0, 2.0)


def test_an_interrupt_leaves_the_last_whole_step() -> None:
    step, model, moving = prepared()
    plain = prepared()
    nn.minimise(plain[0], plain[2], [(X, Y)], 3, progress=False)

    def interrupted() -> Any:
        yield from repeat((X, Y), 3)
        raise KeyboardInterrupt

    history = nn.minimise(step, moving, interrupted(), 10, progress=False)
    assert history.interrupted
    assert len(history.train_loss) == moving.steps == 3
    assert [p.data for p in model.parameters()] == [p.data for p in plain[1].parameters()]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_diverges_is_put_back_and_told_where_it_began(dtype: str) -> None:
    w = Value(1.0)
    step = compile(lambda x: ag.log(w * x), [w], dtype=dtype)
    optimizer = nn.SGD([w], 0.5)
    with pytest.raises(nn.TrainingError, match=r"in step 3: .* may help; where it began: in example 0, log"):
        nn.minimise(step, optimizer, [([1.0],), ([1.0],), ([0.0],)], 9, progress=False)
    assert optimizer.steps == 2
    assert w.data == pytest.approx(-0.5)


def test_an_anomaly_stops_the_steps_as_a_divergence_does() -> None:
    w = Value(1.0)
    step = compile(lambda x: ag.log(w * x), [w])
    optimizer = nn.SGD([w], 0.5)
    with (
        ag.detect_anomaly(),
        pytest.raises(nn.TrainingError, match=r"^training stopped in step 3, inside .*: in example 0, log"),
    ):
        nn.minimise(step, optimizer, [([1.0],), ([1.0],), ([0.0],)], 9, progress=False)
    assert (w.data, optimizer.steps) == (pytest.approx(-0.5), 2)


def test_a_divergence_is_not_blamed_on_what_no_example_selects() -> None:
    w = Value(2.0)
    step = compile(lambda x, y: (ag.where(x > 0, ag.log(x), 0.0) * w - y) ** 2, [w])
    with pytest.raises(nn.TrainingError, match=r"where it began: in example 1, \(.*\) \*\* 2 = inf"):
        nn.minimise(step, nn.SGD([w], 1e3), [([-1.0, 1.5, 3.0], [1.0] * 3)], 300, progress=False)


@pytest.mark.parametrize("slope", [1e-25, 1e20])
def test_gradients_whose_squares_are_no_float32_are_followed(slope: float) -> None:
    w = Value(0.0)
    step = compile(lambda x: w * x, [w], dtype="float32")
    nn.minimise(step, nn.Adam([w], 0.1, eps=1e-30), [([slope],)], 3, progress=False)
    assert w.data == pytest.approx(-0.3, rel=1e-3)


@pytest.mark.parametrize("optimizer", [nn.Adagrad, nn.RMSprop, nn.Adam, nn.AdamW])
def test_an_optimiser_that_could_never_move_again_is_a_divergence(optimizer: Any) -> None:
    w = Value(0.5)
    step = compile(lambda x: w * x, [w])
    moving = optimizer([w], 0.1)
    with pytest.raises(nn.TrainingError, match=r"in step 2: the loss is [-\d]"):
        nn.minimise(step, moving, [([1.0],), ([1e200],)], 9, progress=False)
    assert moving.steps == 1
    assert all(np.isfinite(numbers).all() for numbers in moving.state.values())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_fails_before_its_first_step_leaves_the_parameters_to_the_digit(dtype: str) -> None:
    w = Value(0.1)
    step = compile(lambda x: ag.log(w * x), [w], dtype=dtype)
    for batch, error in (([0.0], nn.TrainingError), ([None], TypeError)):
        with pytest.raises(error):
            nn.minimise(step, nn.SGD([w], 0.5), [(batch,)], 9, progress=False)
        assert w.data == 0.1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_parameter_without_a_slope_keeps_its_digits(dtype: str) -> None:
    w, still = Value(0.1), Value(0.1)
    step = compile(lambda x: (w * x) ** 2 + 0 * still, [w, still], dtype=dtype)
    nn.SGD([w, still], 0.5).step(step, [1.0])
    assert still.data == 0.1 != w.data


def test_mistakes_are_told_their_remedy() -> None:
    step, model, moving = prepared()
    with pytest.raises(ValueError, match="the batches end after 2 of 3 steps: give more, or a list"):
        nn.minimise(step, moving, iter([(X, Y)] * 2), 3, progress=False)
    with pytest.raises(ValueError, match="the batches end after 0 of 3 steps"):
        nn.minimise(step, moving, [], 3, progress=False)
    with pytest.raises(TypeError, match=r"got ndarray: write \[\(X, y\)\] for one batch"):
        nn.minimise(step, moving, np.array(X), 3, progress=False)
    with pytest.raises(ValueError, match="steps must be 1 or more, got 0"):
        nn.minimise(step, moving, [(X, Y)], 0, progress=False)
    other = nn.SGD(model.parameters()[::-1], 0.1)
    for call in (lambda: nn.minimise(step, other, [(X, Y)], 3), lambda: other.step(step, X, Y)):
        with pytest.raises(
            ValueError, match="the 13 parameters of the optimiser are not the first of the 13"
        ):
            call()
    with pytest.raises(
        ValueError, match="rate of the schedule in step 1 must be 0 or more and finite, got -1"
    ):
        nn.minimise(step, moving, [(X, Y)], 3, schedule=lambda n: -1, progress=False)
