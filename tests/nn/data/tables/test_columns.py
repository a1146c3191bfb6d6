"""What a table's columns become: classes or quantities, numbers out of text, rows with a hole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import DataError, Dataset, from_frame, read_csv, split, standardise


def read(folder: Path, content: str | bytes, **options: Any) -> Dataset:
    path = folder / "t.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_csv(path, **options)


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
def test_the_separator_is_found_and_told_unless_it_is_a_comma(separator: str, tmp_path: Path) -> None:
    data = read(tmp_path, 'a;b;y\n1;2;"p;q"\n3;4;"r,s"\n'.replace(";", separator))
    assert data.features == [[1, 2], [3, 4]]
    assert data.class_names == [f"p{separator}q", "r,s"]
    assert [note for note in data.notes if "separated" in note] == {
        ";": ["cells are separated by semicolons"],
        "\t": ["cells are separated by tabs"],
        "|": ["cells are separated by bars"],
        ",": [],
    }[separator]


def test_a_separator_can_be_named(tmp_path: Path) -> None:
    assert read(tmp_path, "a~b,c~y\n1~2~3\n4~5~7.5\n", separator="~").feature_names == ["a", "b,c"]
    with pytest.raises(DataError, match="expected one character to separate by, got '::'"):
        read(tmp_path, "a,y\n1,2\n", separator="::")


def test_decimal_commas_are_read_where_cells_are_separated_otherwise(tmp_path: Path) -> None:
    data = read(tmp_path, "a;b;y\n1,5;2;-,25\n1e3;4;7,\n")
    assert data.features == [[1.5, 2], [1000, 4]]
    assert data.targets == [-0.25, 7]
    assert "numbers have decimal commas" in data.notes
    with pytest.raises(DataError, match="decimal points in column 'b' and decimal commas in column 'a'"):
        read(tmp_path, "a;b;y\n1,5;1.234;1\n2,5;3;1\n")
    with pytest.raises(DataError, match="column 'a': '1,234' is no number"):
        read(tmp_path, 'a,y\n"1,234",1\n"2",3\n')  # thousands, as it is written in English


CLASSES: dict[str, tuple[list[float], list[str]]] = {
    "two": ([0, 1, 1, 0], ["0", "1"]),
    "from one": ([2, 1, 3, 3, 1, 2], ["1", "2", "3"]),
    "with zeros of both signs": ([0.0, -0.0, 1, 1], ["0", "1"]),
}
QUANTITIES: dict[str, list[float]] = {
    "as many as rows": [0, 1, 2, 3],
    "with a gap": [0, 2, 0, 2],
    "fractions": [0, 0.5, 1, 0.5],
    "from two": [2, 3, 2, 3],
    "from minus one": [-1, 0, 1, -1, 0, 1],
    "one value": [1, 1, 1, 1],
    "more than twenty": [*range(21), *range(21)],
}


def column(targets: Iterable[float]) -> str:
    return "x,y\n" + "".join(f"{row},{target}\n" for row, target in enumerate(targets))


@pytest.mark.parametrize("case", CLASSES)
def test_whole_numbers_without_a_gap_are_classes_and_that_is_told(case: str, tmp_path: Path) -> None:
    targets, names = CLASSES[case]
    data = read(tmp_path, column(targets))
    assert data.class_names == names
    assert [float(names[target]) for target in data.targets] == targets
    assert any("are read as classes; kind='number' reads a quantity" in note for note in data.notes)
    quantity = read(tmp_path, column(targets), kind="number")
    assert (quantity.class_names, quantity.targets, quantity.notes) == (None, targets, ())


@pytest.mark.parametrize("case", QUANTITIES)
def test_other_numbers_are_a_quantity_unless_called_a_class(case: str, tmp_path: Path) -> None:
    targets = QUANTITIES[case]
    data = read(tmp_path, column(targets))
    assert (data.class_names, data.targets, data.notes) == (None, targets, ())
    if len({*targets}) > 1:
        classes = read(tmp_path, column(targets), kind="class")
        names = [f"{value:g}" for value in sorted({*targets})]
        assert classes.class_names == names
        assert [float(names[target]) for target in classes.targets] == targets


def test_text_is_never_a_quantity(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 3, column 'y': 'b' is no number, as kind='number' asks for"):
        read(tmp_path, "x,y\n1,7\n2,b\n", kind="number")


def test_numbers_among_text_are_classes_when_asked_for(tmp_path: Path) -> None:
    assert read(tmp_path, "x,y\n1,7\n2,b\n", kind="class").class_names == ["7", "b"]


@pytest.mark.parametrize(
    "cells",
    [
        ["12,500", "13,000"],
        ["0,5", "1,5"],
        ["12 500", "13 000"],
        ["12\u202f500", "13\u202f000"],
        ["-1.234,5", "1.234,75", "NA"],
        ["1'000", "2'000.5"],
        ["1_000", "2_000"],
    ],
)
def test_numbers_in_another_notation_are_classes_only_when_asked_for(
    cells: list[str], tmp_path: Path
) -> None:
    table = "x,y\n" + "".join(f'{row},"{cell}"\n' for row, cell in enumerate(cells))
    with pytest.raises(
        DataError, match=r"line 2, column 'y': .* is a number in another notation; write numbers as"
    ):
        read(tmp_path, table)
    assert read(tmp_path, table, kind="class").class_names == sorted(cells)
    with pytest.raises(DataError, match="is a number in another notation"):
        from_frame(Frame({"x": range(2), "y": cells[:2]}))


@pytest.mark.parametrize("texts", ["12,500 b", "1,5,2 1,5,3", "12,50,000 1.2.3", "1-3 4-6", "a1,5 b1,5"])
def test_texts_with_digits_in_them_are_classes(texts: str, tmp_path: Path) -> None:
    table = "x,y\n" + "".join(f'{row},"{cell}"\n' for row, cell in enumerate(texts.split()))
    data = read(tmp_path, table)
    assert (data.class_names, data.notes) == (sorted(texts.split()), ())


def test_a_target_of_numbers_kept_as_text_is_classes_and_that_is_told() -> None:
    data = from_frame(Frame({"x": [1, 2, 3], "y": ["2", "1.5", "2"]}))
    assert (data.targets, data.class_names) == ([1, 0, 1], ["1.5", "2"])
    assert data.notes == (
        "target 'y': texts that are numbers are read as classes; for a quantity convert the column, as "
        "pandas.to_numeric does",
    )


def test_text_becomes_a_column_for_each_value(tmp_path: Path) -> None:
    data = read(tmp_path, "colour,x,y\nred,1,0.5\nblue,2,1\nred,3,2\n", text="one-hot")
    assert data.feature_names == ["colour=blue", "colour=red", "x"]
    assert data.features == [[0, 1, 1], [1, 0, 2], [0, 1, 3]]
    assert data.notes == ("column 'colour': 2 texts, a column of 0 and 1 for each",)


def test_text_that_may_be_a_slip_or_a_name_becomes_no_columns(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 3, column 'x': '2o' is text among numbers; mend the cell, or"):
        read(tmp_path, "x,y\n1,2\n2o,3\n", text="one-hot")
    many = "".join(f"p{row},{row}\n" for row in range(51))
    with pytest.raises(DataError, match="column 'x' has 51 different texts, and at most 50 become columns"):
        read(tmp_path, "x,y\n" + many, text="one-hot")
    assert read(tmp_path, "x,z,y\n" + many.replace(",", ",1,"), ignore=["x"]).feature_names == ["z"]


def test_a_column_called_as_one_made_of_text_is_named(tmp_path: Path) -> None:
    message = r"has a column 'c=red', and one made of a text is called so; rename it"
    for header in ("c,c=red,y\nred,1,2\nblue,3,4.5\n", "c=red,c,y\n1,red,2\n3,blue,4.5\n"):
        with pytest.raises(DataError, match=message):
            read(tmp_path, header, text="one-hot")


HOLES = "a,colour,y\n1,red,0.5\n,blue,1\n4,,2\nNA,red,\n"


def test_rows_with_a_hole_can_be_left_out(tmp_path: Path) -> None:
    data = read(tmp_path, HOLES, text="one-hot", missing="drop")
    assert data.features == [[1, 1]]
    assert data.feature_names == ["a", "colour=red"]
    assert data.notes[0] == "3 of 4 rows lack a value and are left out"
    with pytest.raises(DataError, match="no row is without a missing value; ignore the columns"):
        read(tmp_path, "a,b,y\n1,,2\n,3,4\n", missing="drop")


def test_holes_can_be_filled_but_not_in_the_target(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 5, column 'y': '' is missing, and no target can be made up"):
        read(tmp_path, HOLES, text="one-hot", missing="mean")
    data = read(tmp_path, HOLES.replace("red,\n", "red,8\n"), text="one-hot", missing="mean")
    assert data.features == [[1, 0, 1], [2.5, 1, 0], [4, 0, 0], [2.5, 0, 1]]
    assert data.notes == (
        "column 'a': 2 missing, the mean put in",
        "column 'colour': 2 texts, a column of 0 and 1 for each; 1 missing, 0 in all of them",
    )
    with pytest.raises(DataError, match="column 'a' has no value at all; ignore it"):
        read(tmp_path, "a,b,y\n,1,2\n,3,4\n", missing="mean")
    # It was infinite, without a word.
    data = read(tmp_path, "a,y\n1.7e308,2\n,3.5\n1.5e308,4\n", missing="mean")
    assert [*zip(*data.features, strict=True)] == [(1.7e308, pytest.approx(1.6e308, rel=1e-15), 1.5e308)]


def test_what_is_ignored_need_not_be_readable(tmp_path: Path) -> None:
    text = "id,a,y\nx7,1,2\n9,,3\n"
    with pytest.raises(DataError, match="besides 'y' to learn from; ignore fewer columns than 'id', 'a'"):
        read(tmp_path, text, ignore=["id", "a"])
    assert read(tmp_path, "id,a,y\nx7,1,2\n9,5,3\n", ignore=["id"]).features == [[1], [5]]
    with pytest.raises(DataError, match="has no column 'name'; it has 'id', 'a', 'y'"):
        read(tmp_path, text, ignore=["name"])
    with pytest.raises(DataError, match="column 'y' is the target and to be ignored; choose one"):
        read(tmp_path, text, ignore=["y"])
    for name in ("id", "a"):
        with pytest.raises(DataError, match=rf"^ignore is '{name}'; write ignore=\['{name}'\]$"):
            read(tmp_path, text, ignore=name)


@pytest.mark.parametrize(
    ("option", "choices"),
    [
        ("kind", "'auto', 'class', 'number'"),
        ("text", "'error', 'one-hot'"),
        ("missing", "'error', 'drop', 'mean'"),
    ],
)
def test_an_unknown_choice_is_refused(option: str, choices: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"{option} is 'x'; accepted are {choices}"):
        read(tmp_path, "a,y\n1,2\n", **{option: "x"})


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8"])
def test_other_encodings_can_be_named(encoding: str, tmp_path: Path) -> None:
    assert read(tmp_path, "größe,y\n1,2\n".encode(encoding), encoding=encoding).feature_names == ["größe"]


def test_an_encoding_that_is_none_or_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no encoding is called 'klingon'"):
        read(tmp_path, "x,y\n1,2\n", encoding="klingon")
    with pytest.raises(DataError, match="is not utf-16 text"):
        read(tmp_path, b"x", encoding="utf-16")


class Frame:
    """Columns by name, as pandas and polars show them."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]


def test_a_frame_is_read_by_the_same_rules() -> None:
    frame = Frame(
        {
            "n": np.array([1, 2, 3]),
            "f": [0.5, None, float("nan")],
            "b": [True, False, True],
            "s": ["p", "q", None],
            "y": ["no", "yes", "no"],
        }
    )
    data = from_frame(frame, missing="mean", text="one-hot")
    assert data.feature_names == ["n", "f", "b", "s=p", "s=q"]
    assert data.features == [[1, 0.5, 1, 1, 0], [2, 0.5, 0, 0, 1], [3, 0.5, 1, 0, 0]]
    assert (data.targets, data.class_names) == ([0, 1, 0], ["no", "yes"])
    with pytest.raises(DataError, match="the frame, row 1, column 'f': 'None' is missing"):
        from_frame(frame)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "the frame has no rows"),
        ({"x": [], "y": []}, "the frame has no rows"),
        ({"x": [[1]], "y": [2]}, r"the frame, row 0, column 'x': '\[1\]' is neither a number nor text"),
        ({"x": [1, "a"], "y": [2, 3]}, "the frame, row 1, column 'x': 'a' is no number"),
        ({"x": [float("inf")], "y": [2]}, "the frame, row 0, column 'x': 'inf' is beyond the largest number"),
        ({"x": [10**400], "y": [2]}, "the frame, row 0, column 'x': '1000.*…' is beyond the largest number"),
        ({"x": [1], "y": [-(10**400)]}, "the frame, row 0, column 'y': '-100.*…' is beyond the largest"),
        ({"": [1], "y": [2]}, "the frame: column 1 is called ''"),
        ({"y": [2]}, "the frame has no column besides 'y' to learn from; give the frame columns of features"),
    ],
)
def test_a_frame_that_cannot_be_learned_from_is_refused(
    columns: dict[str, list[object]], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        from_frame(Frame(columns))


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=20), st.sampled_from(",;\t|"))
def test_numbers_come_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, float]], separator: str
) -> None:
    folder = tmp_path_factory.mktemp("table")
    text = "".join(f"{x!r}{separator}{y!r}\n" for x, y in rows)
    data = read(folder, f"x{separator}y\n{text}", kind="number")
    assert [(x, y) for (x,), y in zip(data.features, data.targets, strict=True)] == rows


def test_what_is_held_out_keeps_its_notes_and_its_rows(tmp_path: Path) -> None:
    data = read(tmp_path, column([0, 1] * 10))
    parts = split(data, 0.2, seed=0)
    assert sorted(row for part in parts for row in part.features) == data.features
    _, scaled = standardise(*parts)
    assert {part.notes for part in (*parts, *scaled)} == {data.notes}
    assert np.asarray(scaled[0].features).shape == (16, 1)


def test_a_cell_of_several_numbers_in_lines_is_no_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column 'a': '1\\n2' is no number"):
        read(tmp_path, 'a,y\n"1\n2",3\n4,5\n')


def test_commas_in_names_and_decimals_separate_nothing_where_others_do(tmp_path: Path) -> None:
    data = read(tmp_path, "height, m;weight, kg\n1,70;65,5\n1,80;75,5\n1,60;60,2\n")
    assert data.feature_names == ["height, m"]
    assert data.features == [[1.7], [1.8], [1.6]]
    with pytest.raises(DataError, match="cells are separated by semicolons, and separator=',' names another"):
        read(tmp_path, "a;b;c\n1;2;3\n4;5\n")


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf_8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(encoding: str, tmp_path: Path) -> None:
    content = "\ufeffgröße,y\n1,2\n2,3\n".encode(encoding.removesuffix("-sig"))
    assert read(tmp_path, content, encoding=encoding).feature_names == ["größe"]


def test_utf_16_without_a_byte_order_mark_asks_for_its_order(tmp_path: Path) -> None:
    content = "a,y\n1,2\n2,3\n".encode("utf-16-le")
    with pytest.raises(DataError, match="is not utf-16 text; it has no byte order mark: name 'utf-16-le' or"):
        read(tmp_path, content, encoding="utf-16")
    assert read(tmp_path, content, encoding="utf-16-le").features == [[1], [2]]


def test_the_index_of_pandas_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column 1 is called ''; .*to_csv\(…, index=False\)"):
        read(tmp_path, ",a,y\n0,1,2\n1,2,4\n")
