"""Steps that a program takes by itself are those of the optimisers, in whatever slices they are taken."""

from math import inf
from random import Random
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, compile, sigmoid
from autograd.compiler.backends.training import Kind, StepRule
from nn.train.compiled import CompiledDescent, step_rule

OPTIMIZERS = {
    "plain": lambda p: nn.SGD(p, 0.05),
    "decay": lambda p: nn.SGD(p, 0.05, weight_decay=0.1),
    "momentum": lambda p: nn.SGD(p, 0.05, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p: nn.SGD(p, 0.05, momentum=0.8, nesterov=True),
    "adam": lambda p: nn.Adam(p, 0.01, weight_decay=0.1),
}
DATA = nn.Dataset(
    np.random.default_rng(1).normal(size=(23, 2)).tolist(),
    np.random.default_rng(2).normal(size=23).tolist(),
    ["a", "b"],
    "y",
)


def fitted(name: str, compiled: bool, **options: Any) -> tuple[nn.History, nn.Optimizer]:
    model = nn.MLP(2, [4, 1], activation="tanh", seed=3)
    optimizer = OPTIMIZERS[name](model.parameters())
    chosen = {"epochs": 6, "batch_size": 5, "progress": False, **options}
    return nn.fit(model, DATA, nn.mse, optimizer, compiled=compiled, **chosen), optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_epoch_in_one_call_has_the_losses_of_the_eager_loop(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone: list[int] = []
    differentiate = CompiledDescent.differentiate
    monkeypatch.setattr(
        CompiledDescent, "differentiate", lambda self, batch: alone.append(1) or differentiate(self, batch)
    )
    (eager, expected), (history, optimizer) = fitted(name, False), fitted(name, True)
    assert not alone  # no step was taken by Python
    np.testing.assert_allclose(history.train_loss, eager.train_loss, rtol=1e-9)
    numbers = [[p.data for p in each.parameters] for each in (optimizer, expected)]
    np.testing.assert_allclose(*numbers, rtol=1e-9, atol=1e-12)
    assert optimizer.steps == expected.steps == 30
    for key, vector in expected.state.items():
        np.testing.assert_allclose(optimizer.state[key], vector, rtol=1e-8, atol=1e-12)


def test_the_size_of_a_slice_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = fitted("adam", True)
    monkeypatch.setattr("nn.train.compiled.SLICE", 0.0)
    single, _ = fitted("adam", True)
    assert whole.train_loss == single.train_loss


def test_a_resumed_training_is_the_uninterrupted_one() -> None:
    whole, _ = fitted("momentum", True)
    model = nn.MLP(2, [4, 1], activation="tanh", seed=3)
    optimizer, rng, history = OPTIMIZERS["momentum"](model.parameters()), Random(0), nn.History()
    for epochs in (2, 6):
        options = {"epochs": epochs, "batch_size": 5, "progress": False, "seed": rng, "history": history}
        nn.fit(model, DATA, nn.mse, optimizer, compiled=True, **options)
    assert history.train_loss == whole.train_loss


def test_a_divergence_is_told_as_it_is_without() -> None:
    """The step whose result is not finite is taken by Python, which finds where it began."""
    told = []
    for compiled in (False, True):
        model = nn.MLP(2, [4, 1], activation="linear", seed=3)
        optimizer = nn.SGD(model.parameters(), 1e30)
        before = [p.data for p in model.parameters()]
        with pytest.raises(nn.TrainingError) as raised:
            nn.fit(model, DATA, nn.mse, optimizer, epochs=9, batch_size=5, progress=False, compiled=compiled)
        told.append(str(raised.value)[:40])
        assert [p.data for p in model.parameters()] == before
    assert told[0] == told[1]


@pytest.mark.parametrize("slope", [1e-25, 0.1, 2e19])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_of_a_float32_program_are_taken_in_float64(name: str, slope: float) -> None:
    w = Value(0.75)
    step = compile(lambda x: w * x, [w], "native", dtype="float32")
    optimizer = OPTIMIZERS[name]([w])
    state = list(optimizer.state.values())
    rule = step_rule(optimizer)
    found = step.descend(rule, [slope] * 3, batch_size=1, taken=0, moved=1, state=state)
    vector = np.array([0.75], np.float32)
    for _ in range(3):
        optimizer.move(vector, np.array([slope], np.float32))
    np.testing.assert_allclose(found.vector, vector, rtol=1e-6)
    assert [own.dtype for own in found.state] == [np.float64] * len(state)
    np.testing.assert_allclose(found.state, list(optimizer.state.values()), rtol=1e-6)


@pytest.mark.parametrize("end", [-inf, inf])
@pytest.mark.parametrize("kind", Kind)
def test_a_parameter_that_is_infinite_stays_so_without_weight_decay(kind: Kind, end: float) -> None:
    w = Value(end)
    step = compile(lambda x: x * sigmoid(w), [w], "native")
    rule = StepRule(kind, 0.1, betas=(0.5, 0.9), eps=1e-8)
    state = [np.zeros(1)] * {Kind.PLAIN: 0, Kind.ADAM: 2}.get(kind, 1)
    found = step.descend(rule, np.ones(3), batch_size=1, taken=0, moved=1, state=state)
    assert found.vector.tolist() == [end]


def test_only_what_is_moved_is_moved_and_nothing_given_is_changed() -> None:
    w, fixed = Value(1.0), Value(3.0)
    step = compile(lambda x, y: (x * w * fixed - y) ** 2, [w, fixed], "native")
    x = np.arange(4.0)
    rule = step_rule(nn.SGD([w], 0.01, momentum=0.5))
    assert isinstance(rule, StepRule)
    state = [np.zeros(1)]
    found = step.descend(rule, x, x, batch_size=3, taken=0, moved=1, state=state)
    assert len(found.losses) == 2
    assert found.vector[1] == 3.0
    assert found.vector[0] < 1.0
    assert (step.vector.tolist(), state[0].tolist()) == ([1.0, 3.0], [0.0])
    assert compile(lambda x: x * w, [w]).descend(rule, x, batch_size=1, taken=0, moved=1, state=state) is None


@pytest.mark.parametrize("first", ["value_and_grad", "descend"])
def test_what_takes_steps_is_compiled_for_those_who_take_them(first: str) -> None:
    w = Value(0.5)
    step = compile(lambda x: (x * w - 1.0) ** 2, [w], backend="native")
    x = np.array([1.0, 2.0, 3.0])

    def descended() -> list[float]:
        found = step.descend(StepRule(Kind.PLAIN, 0.1), x, batch_size=1, taken=0, moved=1, state=[])
        return found.losses.tolist()

    def calculated() -> tuple[float, list[float]]:
        value, gradient = step.value_and_grad(x)
        return value, gradient.tolist()

    if first == "descend":
        losses, answer = descended(), calculated()
    else:
        answer = calculated()
        assert " train(" not in step._backend._made[step._last().program(ragged=True)].text.source
        losses = descended()
    assert answer == calculated()
    assert " train(" in step._backend._made[step._last().program(ragged=True)].text.source
    assert losses == pytest.approx([0.25, 0.04, 0.3136])


def test_an_optimiser_of_ones_own_takes_its_steps_in_python() -> None:
    class Own(nn.SGD):
        pass

    assert step_rule(Own([Value(0.0)], 0.1)) is None
    assert step_rule(nn.AdamW([Value(0.0)])) is None
