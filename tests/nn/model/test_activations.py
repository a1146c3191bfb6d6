"""Activations by name: JAX's numbers, and their slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Value, gradcheck, softmax
from nn import ACTIVATIONS, Neuron

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
