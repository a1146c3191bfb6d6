"""Notebook 29, D1.8: the numbers that it tells, and what it says to a reader's answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.notebooks.reader import run

NAME = "29_two_heads"


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    return run(NAME)


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


def test_two_heads_learn_what_one_does_not(names: dict[str, Any]) -> None:
    assert names["two_losses"][99] < 0.001 < 0.05 < names["one_losses"][99]
    for wanted, got in zip(names["answer"], names["two"](names["unseen"]), strict=True):
        assert got.data == pytest.approx(wanted, abs=0.05)


def test_answers_are_judged_and_none_stops_the_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    run(
        NAME,
        {
            "my_share = None": "my_share = 0.5",
            "my_count, my_count_of_four = None, None": "my_count, my_count_of_four = 64, 32",
            "    for _ in range(400):": "    for _ in range(1):",
            "for step in (50, 100, 200, 400):": "for step in (1,):",
        },
    )
    told = capsys.readouterr().out.splitlines()
    assert "Right." in told
    assert "Not yet. Each head has three matrices of 4 × 1 then." in told
