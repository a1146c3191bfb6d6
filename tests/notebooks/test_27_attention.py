"""Notebook 27, D1.6: the numbers that it tells, and what it says to a reader's answers."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest

from tests.notebooks.reader import run, text_of

NAME = "27_attention"
ANSWERS = {"predict": "2", "exercise-1": "0.5", "predict-mask": "[1, 0, 1, 0]"}


def test_its_questions_know_the_answers(told: list[str]) -> None:
    assert told.count("Right.") == len(ANSWERS)
    assert not [line for line in told if line.startswith("Not yet")]


def test_the_documents_row_comes_out(names: dict[str, Any]) -> None:
    assert names["scores"] == [[1, 6], [0, 8]]
    assert np.round(names["A"], 3).tolist() == [[0.076, 0.924], [0.018, 0.982]]
    assert np.round(names["Z"], 3).tolist() == [[0.076, 1.848, 0.076, 1.848], [0.018, 1.964, 0.018, 1.964]]
    assert np.allclose(names["found"], names["Z"], rtol=1e-14)


def test_slopes_masks_order_and_matrices(names: dict[str, Any]) -> None:
    assert [row[1].grad for row in names["values"]] == names["A"][0]
    assert [share.grad for share in names["shares"]] == [0, 2]
    assert names["masked"][0] == names["X"][0]
    assert np.allclose(names["swapped"][::-1], names["found"], rtol=1e-14)
    assert " @ " in names["step"].source


def test_the_solution_of_the_last_exercise_is_right() -> None:
    line = "W_Q = [[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]]"
    changed = run(NAME, {line: line.replace("[[1.0", "[[10.0")})
    assert changed["scores"][0] == [10, 6]
    assert np.round(changed["A"][0], 3).tolist() == [0.881, 0.119]


def test_a_wrong_answer_and_another_mask_stop_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run(NAME, {"my_share = None": "my_share = 0.076"})
    assert "Not yet: it is not 0.076. Equal scores get equal shares." in capsys.readouterr().out.splitlines()
    mask = {"mask = nn.causal_mask(2)": "from math import inf; mask = [[-inf, -inf], [0, 0]]"}
    assert run(NAME, mask)["masked"][0] == [0, 0, 0, 0]


def test_pytorch_gives_a_word_that_may_look_at_nothing_what_is_told() -> None:
    torch = pytest.importorskip("torch")
    x, mask = torch.eye(2), torch.tensor([[-inf, -inf], [0.0, 0.0]])
    assert not torch.nn.functional.scaled_dot_product_attention(x, x, x, mask)[0].any()
    layer = torch.nn.MultiheadAttention(2, 1)
    assert layer(x, x, x, attn_mask=mask)[0][0].isnan().all()
    assert "gives zeros, too" in text_of(NAME, "cell-17")
