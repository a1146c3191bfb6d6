"""Notebook 30, D1.9: strings that it has never seen, turned round, and where it looks for that."""

from __future__ import annotations

from itertools import combinations
from typing import Any

NAME = "30_reversed_strings"
ANSWERS = {"exercise-2": "8"}


def test_its_questions_know_the_answers(told: list[str]) -> None:
    assert told.count("Right.") == len(ANSWERS)
    assert not [line for line in told if line.startswith("Not yet")]


def test_at_least_99_of_100_held_out_strings_are_right_in_all_letters(names: dict[str, Any]) -> None:
    assert len(names["held_out"]) == 200
    assert not {*names["held_out"]} & {text for text, _ in names["pairs"][: 64 * 400]}
    assert names["right"] >= 0.99 * 200
    assert names["turned"](["glassgrd"]) == ["drgssalg"]
    nn, model, numbers = names["nn"], names["model"], names["numbers"]
    written = nn.generate(lambda y: model(numbers("glassgrd"), y), [0], temperature=0, count=8)
    assert names["letters"](written) == "drgssalg"


def test_the_rows_of_two_places_are_alike_where_it_says_so_and_no_row_comes_twice(
    names: dict[str, Any],
) -> None:
    places, apart = names["places"], names["apart"]
    assert max(apart[:2]) < 0.25 < 0.45 < min(apart[2:6])
    assert max(apart[16:]) < 0.1
    assert all(max(column) - min(column) < 0.25 for column in list(zip(*places, strict=True))[16:])
    assert all(max(abs(a - b) for a, b in zip(*two, strict=True)) > 0.5 for two in combinations(places, 2))


def test_the_mask_hides_what_comes_and_the_attention_shows_the_rule(names: dict[str, Any]) -> None:
    changed = [a != b for a, b in zip(names["before"], names["after"], strict=True)]
    assert changed == [False, False, False, True]
    assert names["on_the_line"] == 8
    assert all(names["mean"][i][7 - i] > 0.8 for i in range(8))
