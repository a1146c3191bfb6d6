"""Optimisers: the documents' numbers, and a hundred steps along the published rules written in NumPy."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, grad, hessian, no_grad, sin, vjp
from nn import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, clip_grad_norm, mse
from nn.weights.checkpoint import Array

Rule = Callable[[Array], Iterator[Array]]
"""From the first parameters to an endless path of parameters."""


def landscape(x: Any, y: Any, z: Any) -> Any:
    return sin(x) * y + 0.5 * x * x + (y - z) * (y - z) + 0.1 * z**4


def gradient(w: Array) -> Array:
    x, y, z = w
    return np.array([np.cos(x) * y + x, np.sin(x) + 2 * (y - z), 0.4 * z**3 - 2 * (y - z)])


def sgd(momentum: float = 0.0, nesterov: bool = False, decay: float = 0.0) -> Rule:
    def path(w: Array) -> Iterator[Array]:
        v = np.zeros(3)
        while True:
            g = gradient(w) + decay * w
            v = momentum * v + g
            w = w - 0.05 * (g + momentum * v if nesterov else v)
            yield w

    return path


def adagrad(decay: float = 0.0) -> Rule:
    def path(w: Array) -> Iterator[Array]:
        s = np.zeros(3)
        while True:
            g = gradient(w) + decay * w
            s = s + g**2
            w = w - 0.05 * g / (np.sqrt(s) + 1e-10)
            yield w

    return path


def rmsprop(decay: float = 0.0) -> Rule:
    def path(w: Array) -> Iterator[Array]:
        s = np.zeros(3)
        while True:
            g = gradient(w) + decay * w
            s = 0.9 * s + (1 - 0.9) * g**2
            w = w - 0.05 * g / (np.sqrt(s) + 1e-8)
            yield w

    return path


def adam(mixed: float = 0.0, decoupled: float = 0.0) -> Rule:
    def path(w: Array) -> Iterator[Array]:
        m, v, t = np.zeros(3), np.zeros(3), 0
        while True:
            t += 1
            g = gradient(w) + mixed * w
            w = w * (1 - 0.05 * decoupled)
            m = 0.8 * m + (1 - 0.8) * g
            v = 0.99 * v + (1 - 0.99) * g**2
            w = w - 0.05 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
            yield w

    return path


BETAS = (0.8, 0.99)
RULES: list[tuple[Callable[[list[Value]], Optimizer], Rule]] = [
    (lambda ps: SGD(ps, 0.05), sgd()),
    (lambda ps: SGD(ps, 0.05, momentum=0.9), sgd(momentum=0.9)),
    (lambda ps: SGD(ps, 0.05, momentum=0.9, nesterov=True), sgd(momentum=0.9, nesterov=True)),
    (lambda ps: SGD(ps, 0.05, momentum=0.5, weight_decay=0.1), sgd(momentum=0.5, decay=0.1)),
    (lambda ps: Adagrad(ps, 0.05), adagrad()),
    (lambda ps: Adagrad(ps, 0.05, weight_decay=0.1), adagrad(decay=0.1)),
    (lambda ps: RMSprop(ps, 0.05, alpha=0.9), rmsprop()),
    (lambda ps: RMSprop(ps, 0.05, alpha=0.9, weight_decay=0.1), rmsprop(decay=0.1)),
    (lambda ps: Adam(ps, 0.05, betas=BETAS), adam()),
    (lambda ps: Adam(ps, 0.05, betas=BETAS, weight_decay=0.1), adam(mixed=0.1)),
    (lambda ps: AdamW(ps, 0.05, betas=BETAS, weight_decay=0.1), adam(decoupled=0.1)),
    (lambda ps: AdamW(ps, 0.05, betas=BETAS), adam(decoupled=0.01)),
]


@pytest.mark.parametrize(("make", "rule"), RULES)
def test_a_hundred_steps_follow_the_published_rule(
    make: Callable[[list[Value]], Optimizer], rule: Rule
) -> None:
    start = [1.5, -2.0, 0.75]
    parameters = [Value(number) for number in start]
    optimizer = make(parameters)
    path = rule(np.array(start))
    for _ in range(100):
        optimizer.zero_grad()
        landscape(*parameters).backward()
        optimizer.step()
        assert [p.data for p in parameters] == pytest.approx(next(path), rel=1e-12, abs=1e-12)
    assert optimizer.steps == 100
    assert landscape(*parameters).data < landscape(*start) - 1


@pytest.mark.parametrize(
    ("make", "defaults"),
    [
        (Adagrad, {"lr": 0.01, "eps": 1e-10, "weight_decay": 0}),
        (RMSprop, {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0}),
        (Adam, {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0}),
        (AdamW, {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}),
    ],
)
def test_defaults_are_those_of_pytorch(make: Callable[..., Any], defaults: dict[str, Any]) -> None:
    optimizer = make([Value(1.0)])
    assert {name: getattr(optimizer, name) for name in defaults} == defaults


def test_two_steps_of_the_documents_descent() -> None:
    # D0.1: J = x² + 2y², η = 0.1. The document announces (3, 3) and computes from (−3, −3).
    x, y = Value(-3.0), Value(-3.0)
    optimizer = SGD([x, y], lr=0.1)
    path = []
    for _ in range(2):
        optimizer.zero_grad()
        (x**2 + 2 * y**2).backward()
        optimizer.step()
        path.append((x.data, y.data, (x**2 + 2 * y**2).data))
    assert path == [pytest.approx((-2.4, -1.8, 12.24)), pytest.approx((-1.92, -1.08, 6.0192))]


def test_a_learning_rate_set_between_steps_counts_from_then_on() -> None:
    w = Value(1.0)
    optimizer = SGD([w], lr=0.5)
    mse([w], [0.0]).backward()
    optimizer.lr = 0.25
    optimizer.step()
    assert w.data == 1.0 - 0.25 * 2.0


def test_zero_grad_forgets_the_last_pass() -> None:
    w = Value(1.0)
    optimizer = SGD([w], lr=0.5)
    mse([w], [0.0]).backward()
    optimizer.zero_grad()
    with pytest.warns(UserWarning, match="none of the 1 parameters has one; call zero_grad"):
        optimizer.step()
    assert w.data == 1.0


def test_a_step_before_any_backward_says_so_once_in_one_line_of_the_callers() -> None:
    w = Value(1.0)
    optimizer = SGD([w], lr=0.5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            optimizer.step()
    [warning] = caught
    assert warning.filename == __file__
    assert str(warning.message) == (
        "step() without a gradient: none of the 1 parameters has one; "
        "call zero_grad(), then loss.backward(), then step()"
    )
    other = Value(1.0)
    optimizer = SGD([w, other], lr=0.5)
    mse([w], [0.0]).backward()
    optimizer.step()  # a parameter without a gradient among others is nothing to speak of
    assert (w.data, other.data) == (0.0, 1.0)


def test_a_gradient_that_is_no_plain_number_changes_nothing() -> None:
    w = Value(1.0)
    optimizer = SGD([w], lr=0.5, momentum=0.9)
    (w * w * w).backward(create_graph=True)
    assert isinstance(w.grad, Value)
    for use in (optimizer.step, lambda: clip_grad_norm([w], 1.0)):
        with pytest.raises(TypeError, match=r"create_graph=True.* as in p\.grad = p\.grad\.data"):
            use()
    with pytest.raises(TypeError, match=r"set to a number, got Value.* w\.grad = w\.grad\.data$"):
        w.grad += 1.0
    assert (w.data, optimizer.steps, optimizer.state["velocity"].tolist()) == (1.0, 0, [0.0])


@pytest.mark.parametrize("make", [Adagrad, RMSprop, Adam, AdamW])
def test_a_gradient_of_any_size_moves_a_parameter_without_an_exception(make: Callable[..., Any]) -> None:
    for slope in (0.0, 5e-324, 1e300, inf):
        w = Value(1.0)
        w.grad = slope
        make([w]).step()
        assert w.data <= 1.0 or w.data != w.data


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "SGD": SGD,
    "momentum": partial(SGD, momentum=0.9),
    "Nesterov": partial(SGD, momentum=0.9, nesterov=True, weight_decay=0.01),
    "Adagrad": Adagrad,
    "RMSprop": RMSprop,
    "Adam": Adam,
    "Adam with decay": partial(Adam, weight_decay=0.01),
    "AdamW": AdamW,
    "AdamW without decay": partial(AdamW, weight_decay=0.0),
}


@pytest.mark.parametrize("slope", [0.0, 2.0**-90, 1 / 3, -(2.0**70)])
@pytest.mark.parametrize("leads", [False, True])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_against_a_gradient_of_float32_is_that_of_float64(
    name: str, leads: bool, slope: float
) -> None:
    """Squares that are no float32, and betas that none is, count in full; the vector alone is rounded."""
    slope = float(np.float32(slope))
    w, expected = Value(0.75), Value(0.75)
    step = compile(lambda x: w * x, [w], dtype="float32")
    moving, reference = (OPTIMIZERS[name]([each], lr=0.1) for each in (w, expected))
    for _ in range(3):
        if leads:
            step.vector  # noqa: B018  it leads from now on
        expected.grad = slope
        reference.step()
        moving.step(step, [slope])
        if leads:
            assert step.vector[0] == np.float32(expected.data)
            step.write_back()
            expected.data = float(np.float32(expected.data))
        assert w.data == expected.data
        state = {key: numbers.tolist() for key, numbers in reference.state.items()}
        assert {key: numbers.tolist() for key, numbers in moving.state.items()} == state


@pytest.mark.parametrize("end", [-inf, inf])
def test_a_parameter_that_is_infinite_stays_so_without_weight_decay(end: float) -> None:
    for make in (SGD, partial(SGD, momentum=0.9), Adagrad, RMSprop, Adam, partial(AdamW, weight_decay=0.0)):
        w = Value(end)
        for w.grad in (0.0, 1.0):
            make([w], lr=0.1).step()
            assert w.data == end


@pytest.mark.parametrize("lr", [0, -0.1, nan, inf])
def test_a_learning_rate_that_is_not_positive_and_finite_is_refused(lr: float) -> None:
    for make in (SGD, Adagrad, RMSprop, Adam, AdamW):
        with pytest.raises(ValueError, match=f"positive and finite, got {lr}"):
            make([Value(1.0)], lr)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda w: SGD(w, 0.1, momentum=1.0), r"momentum must be 0 or more and below 1, got 1\.0"),
        (lambda w: SGD(w, 0.1, momentum=-0.5), r"momentum must be 0 or more and below 1, got -0\.5"),
        (lambda w: SGD(w, 0.1, nesterov=True), r"nesterov needs a momentum above 0, got 0\.0"),
        (lambda w: SGD(w, 0.1, weight_decay=-1), "the weight decay must be 0 or more and finite, got -1"),
        (lambda w: RMSprop(w, alpha=1), "alpha must be 0 or more and below 1, got 1"),
        (lambda w: Adam(w, betas=(1, 0.9)), "beta 1 must be 0 or more and below 1, got 1"),
        (lambda w: Adam(w, betas=(0.9, nan)), "beta 2 must be 0 or more and below 1, got nan"),
        (lambda w: Adagrad(w, eps=0), "eps must be positive and finite, got 0"),
        (lambda w: RMSprop(w, eps=inf), "eps must be positive and finite, got inf"),
        (lambda w: AdamW(w, eps=-1), "eps must be positive and finite, got -1"),
    ],
)
def test_numbers_outside_their_range_are_refused(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make([Value(1.0)])


def test_no_parameters_and_parameters_given_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 parameter, got 0"):
        SGD([], lr=0.1)
    w = Value(1.0)
    with pytest.raises(ValueError, match="got 1 in 2 places"):
        SGD([w, w], lr=0.1)


@pytest.mark.parametrize(
    "differentiate", [grad, hessian, lambda f: lambda x: vjp(f, x)], ids=["grad", "hessian", "vjp"]
)
def test_what_a_function_is_differentiated_along_is_no_parameter(differentiate: Any) -> None:
    # It was moved in the middle of its derivative: what came out was that of a function of another number.
    refused = r"got a number .* along which a function is being differentiated: give parameters"

    def of(x: Any) -> Any:
        with pytest.raises(TypeError, match=refused):
            SGD([x], lr=0.1)
        return x * x

    differentiate(of)(3.0)
    with no_grad():
        doubled = Value(1.0) * 2
    with pytest.raises(TypeError, match="got a number computed under no_grad, or "):
        SGD([doubled], lr=0.1)


def test_parameters_made_inside_a_function_that_is_differentiated_are_moved() -> None:
    def learned(x: Any) -> Any:
        w = Value(0.5)
        optimizer = SGD([w], lr=0.1)
        (w * w).backward()
        optimizer.step()
        return x * w.data

    assert grad(learned)(2.0) == pytest.approx(0.4)


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_only_values_that_stand_by_themselves_can_be_moved(kind: Callable[..., Optimizer]) -> None:
    # Moved, a result would no longer be what its operation makes of its arguments.
    with pytest.raises(TypeError, match=r"a Value that stands by itself, got the result of mul: give"):
        kind([Value(1.0) * 2], lr=0.1)
    for wrong in (1.0, ("w", Value(1.0)), {"params": []}):
        with pytest.raises(TypeError, match="a parameter is a Value that stands by itself, got "):
            kind([wrong], lr=0.1)
