"""The digits that come with the package."""

from collections import Counter

import pytest

from nn import digits, split


def test_there_are_1797_digits_of_8_by_8_pixels() -> None:
    data = digits()
    assert len(data) == 1797
    assert {len(row) for row in data.features} == {64}
    assert {x for row in data.features for x in row} == {ink / 16 for ink in range(17)}
    assert data.class_names == [str(digit) for digit in range(10)]
    assert sorted(Counter(data.targets).values()) == [174, 177, 178, 179, 180, 181, 181, 182, 182, 183]
    assert (data.feature_names[0], data.feature_names[8], data.feature_names[-1]) == ("r1c1", "r2c1", "r8c8")
    assert data.target_name == "digit"


def test_the_first_is_a_0() -> None:
    data = digits()
    rows = ["".join("█" if x > 0.5 else " " for x in data.features[0][i : i + 8]) for i in range(0, 64, 8)]
    assert data.targets[0] == 0
    assert rows == [
        "   ██   ",
        "  ████  ",
        "  █  █  ",
        "  █     ",
        "     █  ",
        "  █  █  ",
        "  █ ██  ",
        "   ██   ",
    ]


def test_a_fifth_is_359() -> None:
    learning, held_out = split(digits(), 0.2, seed=0)
    assert (len(learning), len(held_out)) == (1438, 359)


def test_they_equal_those_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.datasets").load_digits()
    assert digits().features == (sklearn.data / 16).tolist()
    assert digits().targets == sklearn.target.tolist()
