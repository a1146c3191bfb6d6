"""Initialisers: variances measured, and what good they do a deep network."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from random import Random
from statistics import fmean, pvariance

import pytest

from nn import MLP, Layer, Neuron, init

FAN_IN, FAN_OUT, DRAWS = 24, 8, 20_000

VARIANCES = {
    "uniform": 1 / 3,
    "normal": 1.0,
    "xavier_uniform": 2 / (FAN_IN + FAN_OUT),
    "xavier_normal": 2 / (FAN_IN + FAN_OUT),
    "he_uniform": 2 / FAN_IN,
    "he_normal": 2 / FAN_IN,
    "lecun_normal": 1 / FAN_IN,
}


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_and_variance_are_those_of_the_papers(name: str) -> None:
    rng = Random(0)
    weights = [init.INITIALISERS[name](FAN_IN, FAN_OUT, rng) for _ in range(DRAWS)]
    variance = VARIANCES[name]
    assert abs(fmean(weights)) < 4 * (variance / DRAWS) ** 0.5
    assert pvariance(weights) == pytest.approx(variance, rel=0.05)  # about 4 standard errors
    if "uniform" in name:
        bound = (3 * variance) ** 0.5
        assert 0.999 * bound < max(map(abs, weights)) <= bound


def test_bounds_means_and_deviations_are_those_asked_for() -> None:
    rng = Random(0)
    assert {round(init.uniform(2, 2.5)(1, 1, rng), 1) for _ in range(200)} == {2.0, 2.1, 2.2, 2.3, 2.4, 2.5}
    drawn = [init.normal(5, 0.1)(1, 1, rng) for _ in range(2000)]
    assert fmean(drawn) == pytest.approx(5, abs=0.01)
    assert pvariance(drawn) == pytest.approx(0.01, rel=0.15)


def test_a_layer_tells_its_initialiser_both_its_sizes() -> None:
    layer = Layer(3, 2, init=lambda fan_in, fan_out, rng: 10 * fan_in + fan_out)
    assert {w.data for neuron in layer.neurons for w in neuron.w} == {32.0}
    assert Neuron(3, init=lambda fan_in, fan_out, rng: 10 * fan_in + fan_out).w[0].data == 31.0
    model = MLP(4, [3, 2], init=lambda fan_in, fan_out, rng: 10 * fan_in + fan_out)
    assert [{w.data for neuron in layer.neurons for w in neuron.w} for layer in model.layers] == [{43}, {32}]


def test_every_named_initialiser_builds_a_network_from_a_seed_and_leaves_biases_at_zero() -> None:
    for name in init.INITIALISERS:
        first, second = (MLP(2, [3, 1], init=name, seed=1) for _ in range(2))
        weights = [p.data for p in first.parameters()]
        assert weights == [p.data for p in second.parameters()]
        assert {neuron.b.data for layer in first.layers for neuron in layer.neurons} == {0.0}
        assert (set(weights) == {0.0}) is (name == "zeros")


def test_neurons_that_start_alike_stay_alike() -> None:
    # D2.3: why zeros, or any constant, fail: every neuron of a layer gets the same gradient.
    model = MLP(2, [3, 1], activation="tanh", init=init.constant(0.5))
    for _ in range(5):
        model.zero_grad()
        ((model([1.0, -2.0]) - 3) ** 2).backward()
        for parameter in model.parameters():
            parameter.data -= 0.1 * parameter.grad
    first, *others = [[w.data for w in neuron.w] for neuron in model.layers[0].neurons]
    assert others == [first, first]
    assert first != [0.5, 0.5]


@pytest.mark.parametrize(("name", "activation"), [("he_normal", "relu"), ("lecun_normal", "linear")])
def test_signals_keep_their_size_through_ten_layers(name: str, activation: str) -> None:
    def mean_square(init: str) -> float:
        outputs: list[float] = [rng.gauss(0, 1) for _ in range(40)]
        for seed in range(10):
            layer = Layer(40, 40, activation=activation, init=init, seed=seed)
            outputs = [out.data for out in layer(outputs)]
        return fmean(out * out for out in outputs)

    rng = Random(1)
    assert 0.1 < mean_square(name) < 10
    assert mean_square("uniform") > 1e6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: init.uniform(1, 1), "low < high, got 1 and 1"),
        (lambda: init.uniform(-inf, 1), "finite low < high, got -inf and 1"),
        (lambda: init.normal(0, -1), "0 or more and finite, got -1"),
        (lambda: init.normal(0, nan), "0 or more and finite, got nan"),
    ],
)
def test_impossible_distributions_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
