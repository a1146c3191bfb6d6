"""Activations by name: JAX's numbers, and their slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Value, define, gradcheck, softmax
from autograd.ops import TABLE
from nn import ACTIVATIONS, Layer, Neuron
from nn.model.activations import name

jax = pytest.importorskip("jax")

POINTS = [-1000.0, -30.0, -3.0, -1.5, -0.5, 0.0, 0.25, 0.75, 2.0, 30.0, 1000.0]

JAX: dict[str, Any] = {
    "relu": jax.nn.relu,
    "tanh": jax.numpy.tanh,
    "sigmoid": jax.nn.sigmoid,
    "linear": lambda x: x,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "silu": jax.nn.silu,
    "swish": jax.nn.swish,
    "softplus": jax.nn.softplus,
    "logsigmoid": jax.nn.log_sigmoid,
    "hardtanh": jax.nn.hard_tanh,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_equals_jax_up_to_a_thousand(name: str) -> None:
    with jax.enable_x64(True):
        expected = np.asarray(JAX[name](jax.numpy.array(POINTS)))
    assert [ACTIVATIONS[name](Value(x)).data for x in POINTS] == pytest.approx(expected, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_slope_of_an_activation_is_that_of_its_curve(name: str) -> None:
    for x in (-2.5, -0.5, 0.5, 2.5):
        gradcheck(ACTIVATIONS[name], x)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_neuron_takes_any_of_them(name: str) -> None:
    neuron = Neuron(1, activation=name, seed=3)
    assert neuron([0.7]).data == ACTIVATIONS[name](Value(neuron.w[0].data * 0.7)).data


def test_softmax_of_logits_equals_jax() -> None:
    for logits in ([1.0, -2.0, 0.5], [1000.0, 0.0, -1000.0]):
        with jax.enable_x64(True):
            expected = np.asarray(jax.nn.softmax(jax.numpy.array(logits)))
        assert softmax(logits) == pytest.approx(expected, rel=1e-13)


def test_an_operation_of_ones_own_is_an_activation_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.ops._entries", entries := dict(TABLE))
    monkeypatch.setattr("nn.model.activations.TABLE", entries)
    cube = define("cube", lambda xp, x: x * x * x, lambda out, x: 3.0 * x * x, activation=True)
    layer = Layer(2, 2, activation="cube", seed=0)
    assert [y.op for y in layer([1.0, 2.0])] == [cube, cube]
    assert name(cube) == "cube"
    define("square", lambda xp, x: x * x, lambda out, x: 2.0 * x)  # which did not say that it is one
    with pytest.raises(ValueError, match="unknown activation 'square': choose cube, relu"):
        Layer(2, 2, activation="square")
    define("linear", lambda xp, x: 2.0 * x, lambda out, x: 2.0, activation=True)
    with pytest.raises(
        ValueError, match="'linear' is an activation of nn's: define your own by another name"
    ):
        Layer(2, 2, activation="linear")
