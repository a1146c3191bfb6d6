"""The confusion matrix: counts in their cells, the diagonal in place."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from viz import plot_confusion

pytestmark = pytest.mark.usefixtures("figures")


def test_counts_stand_in_the_row_of_what_it_is() -> None:
    ax: Any = plot_confusion([[5, 0], [2, 3]], ["nut", "bolt"])
    texts = {(int(t.get_position()[1]), int(t.get_position()[0])): t.get_text() for t in ax.texts}
    assert texts == {(0, 0): "5", (0, 1): "0", (1, 0): "2", (1, 1): "3"}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["nut", "bolt"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("what it was taken for", "what it is")


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        ([[0.4, 0.6], [0.1, 0.9]], ["0.400", "0.600", "0.100", "0.900"]),
        ([[12, 0.5], [0, -1]], ["12.000", "0.500", "0", "−1.000"]),
        ([[3.0, 1.0], [nan, inf]], ["3", "1", "", ""]),
        ([[0.9] + 8 * [0.1]] * 9, ["0.90", *["0.10"] * 8] * 9),
    ],
)
def test_shares_are_written_with_decimals(cells: list[list[float]], written: list[str]) -> None:
    ax: Any = plot_confusion(cells)
    assert [text.get_text() for text in ax.texts] == written


def test_what_is_no_square_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a column for each of 2 rows, got \[2, 1\]"):
        plot_confusion([[1, 2], [3]])
    with pytest.raises(ValueError, match="needs a column for each of 0 rows"):
        plot_confusion([])
    with pytest.raises(ValueError, match="the matrix has 1 rows, got 2 names"):
        plot_confusion([[1]], ["a", "b"])
