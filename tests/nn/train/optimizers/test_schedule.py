"""Schedules, rate by rate."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, inf, nan, pi

import pytest

from nn import schedule


def rates(of: schedule.Schedule, epochs: int) -> list[float]:
    return [of(epoch) for epoch in range(epochs)]


def test_constant_stays() -> None:
    assert rates(schedule.constant(0.5), 3) == [0.5, 0.5, 0.5]


def test_step_falls_every_few_epochs() -> None:
    assert rates(schedule.step(8.0, 2, 0.5), 6) == [8, 8, 4, 4, 2, 2]
    assert schedule.step(1.0, 10)(10) == 0.1


def test_exponential_falls_every_epoch() -> None:
    assert rates(schedule.exponential(8.0, 0.5), 4) == [8, 4, 2, 1]


def test_cosine_follows_its_formula_and_then_rests() -> None:
    falling = schedule.cosine(0.9, 10, end=0.1)
    assert rates(falling, 10) == pytest.approx([0.5 + 0.4 * cos(pi * epoch / 10) for epoch in range(10)])
    assert [falling(epoch) for epoch in (0, 5, 10, 11)] == pytest.approx([0.9, 0.5, 0.1, 0.1], rel=1e-15)
    assert schedule.cosine(1.0, 4)(4) == 0.0


def test_linear_goes_in_equal_steps_and_then_rests() -> None:
    assert rates(schedule.linear(1.0, 4), 6) == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    assert rates(schedule.linear(1.0, 2, end=3.0), 4) == [1.0, 2.0, 3.0, 3.0]


def test_warmup_climbs_to_the_first_rate_and_then_follows() -> None:
    assert rates(schedule.warmup(schedule.step(8.0, 1, 0.5), 3), 6) == [2, 4, 6, 8, 4, 2]


@pytest.mark.parametrize(
    "make",
    [
        lambda x: schedule.constant(x),
        lambda x: schedule.step(x, 1),
        lambda x: schedule.step(1.0, x),
        lambda x: schedule.step(1.0, 1, x),
        lambda x: schedule.exponential(1.0, x),
        lambda x: schedule.cosine(1.0, x),
        lambda x: schedule.linear(x, 1),
        lambda x: schedule.warmup(schedule.constant(1.0), x),
    ],
)
@pytest.mark.parametrize("number", [0, -1, nan, inf])
def test_numbers_that_are_not_positive_are_refused(make: Callable[[float], object], number: float) -> None:
    with pytest.raises(ValueError, match=f"positive and finite, got {number}"):
        make(number)


@pytest.mark.parametrize("make", [schedule.cosine, schedule.linear])
def test_a_last_rate_below_zero_is_refused(make: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"last rate must be 0 or more and finite, got -0\.1"):
        make(1.0, 10, end=-0.1)


def test_a_rate_beyond_the_largest_float_is_infinite() -> None:
    assert schedule.step(0.1, 1, 10.0)(400) == inf
    assert schedule.exponential(0.1, 2.0)(5000) == inf
