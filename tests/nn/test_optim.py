"""Gradient descent, step by step."""

from math import inf, nan

import pytest

from autograd import Value
from nn import SGD, mse


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
    optimizer.step()
    assert w.data == 1.0


@pytest.mark.parametrize("lr", [0, -0.1, nan, inf])
def test_a_learning_rate_that_is_not_positive_and_finite_is_refused(lr: float) -> None:
    with pytest.raises(ValueError, match=f"positive and finite, got {lr}"):
        SGD([Value(1.0)], lr)


def test_no_parameters_and_parameters_given_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 parameter, got 0"):
        SGD([], lr=0.1)
    w = Value(1.0)
    with pytest.raises(ValueError, match="got 1 in 2 places"):
        SGD([w, w], lr=0.1)
