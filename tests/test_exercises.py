"""What a reader of the notebooks is told: what is wrong, and never more than that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Value
from glassgrad.exercises import check


@pytest.mark.parametrize(
    ("answer", "right", "told"),
    [
        (None, 3, "Your turn: put your answer in the place of None, and run the cell again."),
        ([None, None], [1, 2], "Your turn: put your answer in the place of None, and run the cell again."),
        (3, 3, "Right."),
        (3.0, 3, "Right."),
        (0.334, 1 / 3, "Right."),
        (-0.0, 0.0, "Right."),
        ("w2", "w2", "Right."),
        ((1, 0.5), [1, 0.5], "Right."),
        (1009, 1010, "Not yet: it is not 1009. Count again."),
        (0.34, 1 / 3, "Not yet: it is not 0.34. Count again."),
        (1e-8, 0.0, "Not yet: it is not 1e-08. Count again."),
        (float("nan"), 0.5, "Not yet: it is not nan. Count again."),
        (float("inf"), 0.5, "Not yet: it is not inf. Count again."),
        (True, 1, "Not yet: True is not a number. Count again."),
        ("3", 3, "Not yet: '3' is not a number. Count again."),
        ([1, 2, 3], [1, 2], "Not yet: you gave 3 answers, 2 are asked for. Count again."),
        ([], [1, 2], "Not yet: you gave 0 answers, 2 are asked for. Count again."),
        (7, [1, 2], "Not yet: 7 is one answer, 2 are asked for. Count again."),
        ([1, None], [1, 2], "Not yet: number 2 of 2: None is not a number. Count again."),
        ([1, 5], [1, 2], "Not yet: number 2 of 2: it is not 5. Count again."),
        ("w1", "w2", "Not yet: it is not 'w1'. Count again."),
        (np.array([1, 0.5]), [1, 0.5], "Right."),
        ([np.array([1, 2]), np.array([3, 4])], [[1, 2], [3, 4]], "Right."),
        (np.array(3.0), 3, "Right."),
        (np.array([1, 5]), [1, 2], "Not yet: number 2 of 2: it is not 5. Count again."),
        (np.array([3.0, 4.0]), 3, "Not yet: [3.0, 4.0] is not a number. Count again."),
        (np.array([1, 2]), "w2", "Not yet: it is not [1, 2]. Count again."),
        (
            np.array([None, None]),
            [1, 2],
            "Your turn: put your answer in the place of None, and run the cell again.",
        ),
        pytest.param(10**309, 0.5, f"Not yet: it is not {10**309}. Count again.", id="no float"),
    ],
)
def test_each_answer_is_told_what_is_wrong(
    answer: Any, right: Any, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    check(answer, right, "Count again.")
    assert capsys.readouterr().out == told + "\n"


def test_a_value_is_asked_for_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    check(Value(3.0), 3.0, "Take .data.")
    assert "is not a number. Take .data." in capsys.readouterr().out
