"""Notebook 24, D1.4: the numbers that it tells, and what it says to a reader's answers."""

from __future__ import annotations

from typing import Any

import pytest

from nn import cosine_similarity
from tests.notebooks.reader import run

NAME = "24_embeddings"
ANSWERS = {
    "predict": "[1, 0, 0]",
    "predict-cosines": "[1, 0, -1]",
    "exercise-1": "24 / 25",
    "exercise-2": "count",
}


def test_its_questions_know_the_answers(told: list[str]) -> None:
    assert told.count("Right.") == len(ANSWERS)
    assert not [line for line in told if line.startswith("Not yet")]


def test_a_look_up_is_a_product_and_cosines_are_known(names: dict[str, Any]) -> None:
    assert names["looked_up"] == names["by_product"]
    assert names["cosines"] == pytest.approx([1, 0, -1], abs=1e-12)
    assert [any(x.grad for x in row) for row in names["table"].weight] == [True, False, True, False, False]
    assert (len(names["words"]), len(names["sentences"]), len(names["pairs"])) == (17, 42, 252)


def test_words_of_a_kind_come_together(names: dict[str, Any]) -> None:
    words, after, kinds = names["words"], names["after"], names["kinds"]
    assert names["history"].train_loss[-1] < names["history"].train_loss[0] - 0.6

    def likeness(a: str, b: str) -> float:
        return cosine_similarity(after[words.index(a)], after[words.index(b)])

    for kind in ("animal", "person", "drink", "food"):
        for a in kinds[kind]:
            for b in kinds[kind]:
                assert likeness(a, b) > 0.97
    assert names["nearest"]("cat", after) in ("dog", "horse")
    assert names["count"] >= 14


def test_a_wrong_answer_and_another_animal_stop_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run(
        NAME,
        {
            "my_count = None": "my_count = 2",
            '    "animal": ["cat", "dog", "horse"],': '    "animal": ["cat", "dog", "horse", "cow"],',
            'living = kinds["animal"] + kinds["person"]': 'living = kinds["animal"][:3] + kinds["person"]',
            '    *product(living, ["drinks"], kinds["drink"]),': (
                '    *product([*living, "cow"], ["drinks"], kinds["drink"]),'
            ),
        },
    )
    told = capsys.readouterr().out.splitlines()
    assert "18 words, 45 sentences, 270 pairs" in told
    assert (
        "Not yet: it is not 2. Go through all words, and compare kind_of[word] with that of the nearest."
        in told
    )
