"""Notebook 31, D1.9: a GPT that beats counting, and what temperature, top-k and the cache do."""

from __future__ import annotations

from math import e
from typing import Any

import pytest

NAME = "31_names"
ANSWERS = {"predict": "[3, 4]", "exercise-1": "7.39", "exercise-2": "kept"}


def test_its_questions_know_the_answers(told: list[str]) -> None:
    assert told.count("Right.") == len(ANSWERS)
    assert not [line for line in told if line.startswith("Not yet")]


def test_it_learns_more_than_a_bigram_table_knows(names: dict[str, Any]) -> None:
    assert names["tables"] == pytest.approx({"bigram": 3.542, "trigram": 3.176}, abs=1e-3)
    assert len(names["train"]) > 28_000
    assert names["history"].held_out_loss[-1] < names["tables"]["bigram"] - 0.2


def test_temperature_decides_how_bold_it_is(names: dict[str, Any]) -> None:
    scores, softmax = names["scores"], names["softmax"]
    largest = [max(softmax([score / t for score in scores])) for t in (0.1, 0.5, 1.0, 3.0)]
    assert largest == sorted(largest, reverse=True)
    write = names["write"]
    assert write("", temperature=0.0, seed=1) == write("", temperature=0.0, seed=2)
    assert write("", temperature=5.0, top_k=1, seed=1) == write("", temperature=0.0, seed=2)
    assert names["exp"](1 / 0.5) == pytest.approx(e**2)


def test_the_cache_changes_no_bit_and_most_names_are_its_own(names: dict[str, Any]) -> None:
    assert names["one_by_one"] == names["whole"]
    assert len(names["written"]) == 200
    assert len(names["own"]) > 60
