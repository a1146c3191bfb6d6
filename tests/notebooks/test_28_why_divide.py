"""Notebook 28, D1.7: the numbers that it tells, and what it says to a reader's answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.notebooks.reader import run

NAME = "28_why_divide"


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    return run(NAME)


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


def test_answers_are_judged_and_none_stops_the_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    answers = {
        "my_variance = None": "my_variance = 64",
        "my_size = None": "my_size = 16",
        "my_variance_by_d = None": "my_variance_by_d = 1",
    }
    run(NAME, answers)
    told = capsys.readouterr().out.splitlines()
    assert "Right." in told
    assert "Not yet. Dividing by c divides a variance by c²." in told
