"""Notebook 28, D1.7: the numbers that it tells, and what it says to a reader's answers."""

from __future__ import annotations

from typing import Any

import pytest

NAME = "28_why_divide"
ANSWERS = {"predict": "64", "exercise-1": "16", "exercise-2": "0.0039"}


def test_its_questions_know_the_answers(told: list[str]) -> None:
    assert told.count("Right.") == len(ANSWERS)
    assert not [line for line in told if line.startswith("Not yet")]


def test_the_variance_is_the_width(names: dict[str, Any]) -> None:
    assert list(names["variances"]) == [4, 16, 64, 256, 1024]
    for d, variance in names["variances"].items():
        assert variance / d == pytest.approx(1, abs=0.05)


def test_without_scaling_the_softmax_decides_and_its_slope_goes(names: dict[str, Any]) -> None:
    shares, slopes = names["largest"], names["gradients"]
    assert shares[1024][0] > 0.95
    assert slopes[1024][0] < 0.03
    for table in (shares, slopes):
        plain, scaled = zip(*table.values(), strict=True)
        assert list(plain) == sorted(plain, reverse=table is slopes)
        assert max(scaled) - min(scaled) < 0.03


def test_only_the_scaled_query_learns(names: dict[str, Any]) -> None:
    plain, scaled = names["curves"].values()
    assert plain[-1] > 0.8 * plain[0]
    assert scaled[-1] < 0.03


def test_small_keys_do_what_the_factor_does(names: dict[str, Any]) -> None:
    keys = names["keys"]
    try:
        names["keys"] = keys / 16
        moved = names["learn"](1, 0.002 * 256)
    finally:
        names["keys"] = keys
    assert moved == pytest.approx(names["curves"]["divided by √d"], rel=1e-9)
