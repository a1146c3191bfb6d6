"""Penalties and their pull, noisy copies, and stopping in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf, nan
from statistics import fmean, pstdev
from typing import Any

import numpy as np
import pytest

from autograd import Value
from nn import SGD, EarlyStopping, add_noise, elastic_net, house, l1, l2

NUMBERS = [1.5, -2.0, 0.0, 0.25]


def value_and_slopes(penalty: Callable[[list[Value]], Any]) -> list[float]:
    """Return the penalty, and its derivative along each number."""
    parameters = [Value(number) for number in NUMBERS]
    result = penalty(parameters)
    result.backward()
    return [result.data, *[parameter.grad for parameter in parameters]]


def test_penalties_are_those_of_the_documents() -> None:
    # D2.3
    assert value_and_slopes(lambda ps: l1(ps, 0.1)) == pytest.approx([0.375, 0.1, -0.1, 0.0, 0.1])
    assert value_and_slopes(lambda ps: l2(iter(ps), 0.1)) == pytest.approx([0.63125, 0.3, -0.4, 0.0, 0.05])
    assert value_and_slopes(lambda ps: elastic_net(iter(ps), 0.1, 0.2)) == pytest.approx(
        [0.375 + 1.2625, 0.7, -0.9, 0.0, 0.2]
    )


def test_an_l2_penalty_and_twice_its_strength_in_weight_decay_do_the_same() -> None:
    first, second = ([Value(number) for number in NUMBERS] for _ in range(2))
    decaying, plain = SGD(first, 0.1, weight_decay=0.5), SGD(second, 0.1)
    for parameter in first:
        parameter.grad = 0.0
    for _ in range(5):
        decaying.step()
        plain.zero_grad()
        l2(second, 0.25).backward()
        plain.step()
    assert [p.data for p in first] == pytest.approx([p.data for p in second], rel=1e-14)


def test_l1_stills_a_useless_weight_and_l2_only_shrinks_it() -> None:
    def useless(penalty: Callable[[list[Value], float], Any]) -> float:
        w = Value(0.5)
        optimizer = SGD([w], 0.01)
        for _ in range(200):
            optimizer.zero_grad()
            penalty([w], 0.5).backward()
            optimizer.step()
        return abs(w.data)

    assert useless(l1) < 0.005
    assert 0.05 < useless(l2) < 0.1


def test_noisy_copies_follow_the_examples_with_their_targets() -> None:
    data = house()
    augmented = add_noise(data, 2.0, copies=300, seed=1)
    assert augmented.features[:7] == data.features
    assert augmented.targets == data.targets * 301
    noise = [augmented.features[i][0] - data.features[i % 7][0] for i in range(7, len(augmented.features))]
    assert fmean(noise) == pytest.approx(0, abs=0.18)
    assert pstdev(noise) == pytest.approx(2, rel=0.07)
    assert augmented == add_noise(data, 2.0, copies=300, seed=1) != add_noise(data, 2.0, copies=300, seed=2)
    assert len(data) == 7
    for make in (np.array, tuple):
        assert add_noise(replace(data, targets=make(data.targets)), 2.0).targets == data.targets * 2


def watch(losses: list[float], patience: int, **options: float) -> tuple[int | None, float]:
    """Return the epoch at which patience ran out, from 1, and the epoch whose weights came back."""
    epoch_number = Value(0.0)
    stopping = EarlyStopping([epoch_number], patience, **options)
    stopped = None
    for epoch, loss in enumerate(losses, 1):
        epoch_number.data = epoch
        if stopping.should_stop(loss):
            stopped = epoch
            break
    stopping.restore()
    return stopped, epoch_number.data


def test_patience_runs_out_after_so_many_epochs_without_a_better_one() -> None:
    assert watch([3, 2, 1, 1.5, 1.2, 1.1, 0.5], patience=3) == (6, 3)
    assert watch([3, 2, 1, 1.5, 1.2, 0.9, 1.0], patience=3) == (None, 6)
    assert watch([1, 1], patience=1) == (2, 1)
    assert watch([2, 1], patience=1) == (None, 2)


def test_better_by_no_more_than_min_delta_is_not_better() -> None:
    assert watch([1.0, 0.9375, 0.875], patience=2, min_delta=0.125) == (3, 1)
    assert watch([1.0, 0.9375, 0.8125], patience=2, min_delta=0.125) == (None, 3)


def test_nan_is_never_better() -> None:
    assert watch([nan, nan], patience=2) == (2, 0)
    assert watch([1.0, nan, inf], patience=2) == (3, 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: l1([], -1), "0 or more and finite, got -1"),
        (lambda: l2([], nan), "0 or more and finite, got nan"),
        (lambda: elastic_net([], 0, inf), "0 or more and finite, got inf"),
        (lambda: add_noise(house(), 0), "noise must be positive and finite, got 0"),
        (lambda: add_noise(house(), 1.0, copies=0), "copies must be 1 or more, got 0"),
        (lambda: EarlyStopping([], 0), "patience must be 1 or more, got 0"),
        (lambda: EarlyStopping([], 1, min_delta=-1), "min_delta must be 0 or more and finite, got -1"),
    ],
)
def test_numbers_outside_their_range_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
