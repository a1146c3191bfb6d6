"""Notebook 29, D1.8: the numbers that it tells, and what it says to a reader's answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.notebooks.reader import run

NAME = "29_two_heads"
ANSWERS = {"predict": '"none"', "predict-shape": "[2, 2]", "predict-length": "4", "exercise-1": "[64, 64]"}


def test_its_questions_know_the_answers(told: list[str]) -> None:
    assert told.count("Right.") == len(ANSWERS)
    assert not [line for line in told if line.startswith("Not yet")]


def test_every_matrix_has_the_shape_that_the_document_should_have_said(names: dict[str, Any]) -> None:
    for found in (names["first"], names["second"]):
        assert {name: np.shape(matrix) for name, matrix in found.items()} == dict.fromkeys(found, (2, 2))
        assert np.sum(found["A"], axis=1) == pytest.approx([1, 1])
    assert np.shape(names["joined"]) == (2, 4)
    assert np.shape(names["W_O"]) == (4, 4)


def test_the_matrices_and_the_layer_agree(names: dict[str, Any]) -> None:
    X, W = np.array(names["X"]), {name: np.array(rows) for name, rows in names["W"].items()}
    heads = []
    for k in (1, 2):
        Q, K, V = (X @ W[f"{name}{k}"] for name in "QKV")
        powers = np.exp(Q @ K.T / np.sqrt(2))
        heads.append(powers / powers.sum(axis=1, keepdims=True) @ V)
    expected = np.hstack(heads) @ np.array(names["W_O"])
    assert names["out"] == pytest.approx(expected, rel=1e-12)
    assert [[x.data for x in row] for row in names["rows"]] == pytest.approx(expected, rel=1e-12)
    assert np.round(names["first"]["A"], 3).tolist() == [[0.804, 0.196], [0.003, 0.997]]
    assert np.round(names["second"]["A"], 3).tolist() == [[0.196, 0.804], [0.944, 0.056]]
    assert len(names["layer"].parameters()) == len(names["four"].parameters()) == 64


def test_of_eight_words_one_is_marked_for_each_number(names: dict[str, Any]) -> None:
    words, wanted = np.array(names["words"]), np.array(names["wanted"])
    assert words.shape == (2000, 8, 4)
    for mark, number in ((2, 0), (3, 1)):
        marked = words[..., mark] != 0
        assert (marked.sum(axis=1) == 1).all()
        assert (words[..., number][marked] == wanted[:, number]).all()
    assert not (words[..., 2] * words[..., 3]).any()


def test_two_heads_learn_what_one_does_not(names: dict[str, Any]) -> None:
    assert names["two_losses"][99] < 0.001 < 0.05 < names["one_losses"][99]
    for wanted, got in zip(names["answer"], names["two"](names["unseen"]), strict=True):
        assert got.data == pytest.approx(wanted, abs=0.05)


def test_a_wrong_answer_and_fewer_steps_stop_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run(
        NAME,
        {
            "my_share = None": "my_share = 0.5",
            "my_counts = [None, None]": "my_counts = [64, 32]",
            "    for _ in range(400):": "    for _ in range(1):",
            "for step in (50, 100, 200, 400):": "for step in (1,):",
        },
    )
    told = capsys.readouterr().out.splitlines()
    assert "Not yet: it is not 0.5. Both numbers of a mean must be 1. What do they add up to?" in told
