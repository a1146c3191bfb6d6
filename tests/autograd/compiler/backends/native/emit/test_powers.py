"""The powers of a logsumexp and of its slopes are computed once, whatever lies where."""

from math import inf

import numpy as np
import pytest

import autograd as ag
from autograd import Value, compile
from tests.autograd.compiler.closeness import assert_close, eager_mean

W = [Value(x) for x in (0.3, -1.2, 0.7, 2.0, -0.4, 0.9)]


def of_equal_rows(x):
    return ag.logsumexp([W[n] * x[n] for n in range(3)]) - ag.logsumexp([W[3] * x[0], *x[:2]])


def of_rows_of_any_length(x):
    logits = [w * t for w in W for t in x]
    return ag.sum([ag.logsumexp(logits[n : n + 3 + n % 4]) for n in range(0, 14, 2)])


def of_an_argument_that_repeats(x):
    return ag.logsumexp([W[0] * x[0], W[1] * x[1], W[0] * x[0]])


def of_parameters_alone(x):
    return x[0] * ag.logsumexp([2.0 * w for w in W])


def of_columns_and_rows(x):
    table = [[w * t for w in W[:3]] for t in x]
    return ag.sum([ag.logsumexp(row) for row in [*table, *zip(*table, strict=True)]])


def beside_a_softmax_of_others(x):
    shares = ag.softmax([W[n] * x[n] for n in range(3)])
    return ag.logsumexp([W[n] * x[n] for n in range(2)]) + shares[0] * x[1]


LOSSES = [
    of_equal_rows,
    of_rows_of_any_length,
    of_an_argument_that_repeats,
    of_parameters_alone,
    of_columns_and_rows,
    beside_a_softmax_of_others,
]


@pytest.mark.parametrize("loss", LOSSES)
def test_values_and_slopes_are_those_of_the_engine(loss) -> None:
    batch = np.random.default_rng(3).normal(0, 4, (7, 3))
    batch[0] = 0.0  # all are equal
    batch[1] *= 300.0  # all others vanish
    value, gradient = compile(loss, W, "native").value_and_grad(batch)
    expected, expected_gradient = eager_mean(loss, batch, W)
    assert_close(value, expected, 1e-13)
    assert_close(gradient, expected_gradient, 1e-13)


def test_a_cross_entropy_takes_each_exponential_once() -> None:
    step = compile(lambda x: ag.logsumexp([w * x for w in W]) - W[0] * x, W, "native")
    step.value_and_grad([0.5, 2.0])
    nests = step.c_source[step.c_source.index("#define NEST") :]
    assert "log_of_powers" in nests
    assert nests.count("v_exp(") == 1


@pytest.mark.parametrize("x", [inf, -inf])
def test_infinities_are_those_of_the_engine(x: float) -> None:
    def loss(t):
        return ag.logsumexp([W[0] * t, W[1], W[2] * t])

    value, gradient = compile(loss, W, "native").value_and_grad([1.0, x])
    expected, expected_gradient = eager_mean(loss, [1.0, x], W)
    assert_close(value, expected)
    assert_close(gradient, expected_gradient)
