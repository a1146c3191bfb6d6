"""Rows that lack a value and are left out decide nothing: the others are read as if these had never been."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import DataError, from_frame, read_csv
from tests.nn.data.tables.test_columns import Frame

HOUSES = "rooms,size,price\n" + "".join(f"{n % 5},{40 + n},{150 + 1.5 * n}\n" for n in range(20))

NUMBERS = ["1", "2", "2.5", "-3"]
CELLS = st.sampled_from([*NUMBERS, "red", "?", "1,5", "1e999"])
ROWS = st.lists(st.lists(st.sampled_from(NUMBERS) | CELLS, min_size=3, max_size=3), min_size=1, max_size=6)
LACKING = st.lists(
    st.tuples(st.integers(0, 6), st.permutations([0, 1, 2]), st.lists(CELLS, min_size=2, max_size=2)),
    max_size=3,
)
"""Rows with an empty cell: where they are put in, the order of their cells, the others of these."""


def told(read: Callable[[], Any]) -> Any:
    """Return what was read, or the error; without the place in the table and the number of rows left out."""
    try:
        data = read()
    except DataError as error:
        return re.sub(r"line \d+|row \d+", "", str(error))
    notes = [note for note in data.notes if "left out" not in note]
    return list(data.features), data.targets, data.feature_names, data.class_names, data.texts, notes


def number_or_text(cell: str) -> float | str | None:
    return float(cell) if re.fullmatch(r"[-.0-9]+", cell) else None if cell in ("", "?") else cell


@pytest.mark.parametrize("missing", ["number", "text"])
def test_the_only_text_of_a_column_may_stand_in_a_row_that_is_left_out(missing: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(HOUSES + {"number": "3,,on request\n", "text": "3,on request,\n"}[missing])
    data = read_csv(path, missing="drop")
    assert (data.class_names, data.targets[:2], len(data)) == (None, [150, 151.5], 20)
    assert data.feature_names == ["rooms", "size"]


@given(ROWS, LACKING, st.sampled_from(["error", "one-hot"]), st.sampled_from(",;"))
def test_rows_that_are_left_out_decide_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    whole: list[list[str]],
    lacking: list[tuple[int, list[int], list[str]]],
    text: Any,
    separator: str,
) -> None:
    rows = list(whole)
    for place, order, cells in lacking:
        rows.insert(place, [("", *cells)[i] for i in order])
    path = tmp_path_factory.mktemp("table") / "t.csv"

    def from_file(rows: list[list[str]]) -> Any:
        lines = (separator.join(f'"{cell}"' for cell in row) for row in (["a", "b", "y"], *rows))
        path.write_text("\n".join(lines))
        return told(lambda: read_csv(path, missing="drop", text=text, separator=separator))

    def of_frame(rows: list[list[str]]) -> Any:
        cells = zip(*[[number_or_text(cell) for cell in row] for row in rows], strict=True)
        frame = Frame(dict(zip(("a", "b", "y"), map(list, cells), strict=True)))
        return told(lambda: from_frame(frame, missing="drop", text=text))

    assert from_file(rows) == from_file(whole)
    assert of_frame(rows) == of_frame(whole)


def test_a_fault_below_a_row_that_is_left_out_keeps_its_place(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,y\n1,2\n,3\n4,5.5\nred,6\n")
    with pytest.raises(DataError, match="line 5, column 'a': 'red' is no number"):
        read_csv(path, missing="drop")
    with pytest.raises(DataError, match="the frame, row 3, column 'a': 'red' is no number"):
        from_frame(Frame({"a": [1, None, 4, "red"], "y": [2, 3, 5.5, 6]}), missing="drop")
