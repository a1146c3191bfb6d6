"""micrograd beside us: the same program on the same weights gives the same numbers, to the last digit."""

from __future__ import annotations

import random
from typing import Any

import pytest

import autograd
import nn
from nn import moons

engine = pytest.importorskip("micrograd.engine")
micrograd = pytest.importorskip("micrograd.nn")


def train(
    model: Any, Value: Any, rows: list[list[float]], labels: list[int], steps: int, penalty: float = 0.0
) -> list[float]:
    """Run micrograd's demo and return the loss before each step."""
    losses = []
    for _ in range(steps):
        inputs = [list(map(Value, row)) for row in rows]
        scores = list(map(model, inputs))
        hinges = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
        total = sum(hinges) * (1.0 / len(hinges))
        if penalty:
            total = total + penalty * sum(p * p for p in model.parameters())
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= 0.2 * p.grad
        losses.append(total.data)
    return losses


def twins(sizes: list[int], **options: Any) -> tuple[Any, Any]:
    """Return micrograd's MLP and ours, made from the same seed."""
    random.seed(11)
    return micrograd.MLP(2, sizes), nn.MLP(2, sizes, seed=11, **options)


def test_the_same_seed_gives_the_same_weights() -> None:
    theirs, ours = twins([16, 16, 1])
    assert [p.data for p in ours.parameters()] == [p.data for p in theirs.parameters()]
    assert repr(ours) == repr(theirs)


def test_random_seed_reaches_a_model_without_a_seed() -> None:
    random.seed(1337)
    theirs = [micrograd.MLP(2, [16, 16, 1]), micrograd.MLP(3, [1])]
    random.seed(1337)
    ours = [nn.MLP(2, [16, 16, 1]), nn.MLP(3, [1])]
    for their, our in zip(theirs, ours, strict=True):
        assert [p.data for p in our.parameters()] == [p.data for p in their.parameters()]


@pytest.mark.parametrize("fused", [True, False])
def test_outputs_are_equal_to_the_last_digit(fused: bool) -> None:
    theirs, ours = twins([16, 16, 3], fused=fused)
    for row in moons(20).features:
        assert [y.data for y in ours(row)] == [y.data for y in theirs(row)]


@pytest.mark.parametrize("fused", [True, False])
def test_the_losses_of_a_training_are_equal_to_the_last_digit(fused: bool) -> None:
    # micrograd adds up gradients in the order of a set, so its last digits change from run to run wherever a
    # sum has more than two terms. Two points and layers of two neurons leave none that has.
    theirs, ours = twins([2, 2, 1], fused=fused)
    rows, labels = [[0.5, -1.0], [1.5, 2.0]], [-1, 1]
    expected = train(theirs, engine.Value, rows, labels, steps=20)
    assert train(ours, autograd.Value, rows, labels, steps=20) == expected
    assert expected[-1] < expected[0]


@pytest.mark.parametrize("fused", [True, False])
def test_the_demo_runs_unchanged_and_learns_along_the_same_losses(fused: bool) -> None:
    theirs, ours = twins([16, 16, 1], fused=fused)
    points = moons(10)
    labels = [2 * target - 1 for target in points.targets]
    expected = train(theirs, engine.Value, points.features, labels, steps=5, penalty=1e-4)
    losses = train(ours, autograd.Value, points.features, labels, steps=5, penalty=1e-4)
    assert losses == pytest.approx(expected, rel=1e-12)
