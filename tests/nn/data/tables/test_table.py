"""Reading tables: what is accepted, and one line for everything that is not."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from nn import DataError, house, iris, read_csv


def test_house_is_the_table_of_the_documents() -> None:
    data = house()
    assert data.features == [[50], [70], [80], [52], [62], [88], [90]]
    assert data.targets == [85, 115, 128, 66, 111, 111, 142]
    assert (data.feature_names, data.target_name, data.class_names) == (["area"], "price", None)


def test_iris_is_fishers_150_flowers() -> None:
    data = iris()
    assert data.feature_names == ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    assert data.class_names == ["setosa", "versicolor", "virginica"]
    assert Counter(data.targets) == {0: 50, 1: 50, 2: 50}
    # Fisher's own values, where a widespread copy of the table has slips.
    assert data.features[34] == [4.9, 3.1, 1.5, 0.2]
    assert data.features[37] == [4.9, 3.6, 1.4, 0.1]
    means = [sum(column) / 150 for column in zip(*data.features, strict=True)]
    assert means == pytest.approx([5.843333, 3.057333, 3.758, 1.199333], abs=1e-6)


def test_iris_equals_the_copy_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.datasets").load_iris()
    assert iris().features == sklearn.data.tolist()
    assert iris().targets == sklearn.target.tolist()


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_target_of_numbers_is_a_quantity(tmp_path: Path) -> None:
    data = read_csv(write(tmp_path, "a,b,y\n1,-2.5,+3\n.5,1e3,4.\n"))
    assert data.features == [[1.0, -2.5], [0.5, 1000.0]]
    assert data.targets == [3.0, 4.0]
    assert data.class_names is None


def test_a_target_of_text_is_a_class_numbered_in_alphabetical_order(tmp_path: Path) -> None:
    data = read_csv(write(tmp_path, "x,kind\n1,nut\n2,bolt\n3,nut\n"))
    assert data.targets == [1, 0, 1]
    assert data.class_names == ["bolt", "nut"]


def test_the_target_is_the_last_column_unless_named(tmp_path: Path) -> None:
    path = write(tmp_path, "kind,x,y\nnut,1,2\nbolt,3,4\n")
    data = read_csv(path, target="kind")
    assert (data.target_name, data.feature_names) == ("kind", ["x", "y"])
    assert data.features == [[1, 2], [3, 4]]


def test_quotes_spaces_blank_lines_byte_order_mark_and_carriage_returns_are_no_trouble(
    tmp_path: Path,
) -> None:
    plain = read_csv(write(tmp_path, 'x,"a, b"\n1,"c ""d"" 中文"\n2,e\n'))
    assert plain.class_names == ['c "d" 中文', "e"]
    messy = '\ufeffx , "a, b"\r\n\r\n 1 ,"c ""d"" 中文"\r\n   \r\n2,e'.replace(', "', ',"')
    assert read_csv(write(tmp_path, messy)) == plain
    assert read_csv(write(tmp_path, messy.replace("\r\n", "\r"))) == plain


LEAVE = "ignore=['x'] leaves the column out"
NO_NUMBER = f" is no number; text='one-hot' makes a column of each text, {LEAVE}"
AMONG_NUMBERS = f" is no number; mend the cell, or {LEAVE}"
LACKING = " is missing; missing='drop' leaves such rows out, 'mean' puts in the mean of the column"
MIXED = "; a target is all numbers or all text, unless kind='class'"
COMMAS = "; cells are separated by commas, and separator=';' names another"
ENCODING = " is not UTF-8 text; name another encoding, such as 'latin-1' or 'utf-16'"

FAULTS: dict[str, tuple[str | bytes, str]] = {
    "empty file": ("", "'t.csv' is empty; a line of column names and rows of values are needed"),
    "only blank lines": (
        "\n\n  \n",
        "'t.csv' is empty; a line of column names and rows of values are needed",
    ),
    "header only": ("x,y\n", "'t.csv' names its columns and has no rows"),
    "two columns of one name": ("x,x,y\n1,2,3\n", "'t.csv' has two columns called 'x'; names must differ"),
    "a column without a name": (
        "x,,y\n1,2,3\n",
        "'t.csv': column 2 is called ''; the first line must hold names",
    ),
    "no header": ("5.1,3.5,setosa\n", "'t.csv': column 1 is called '5.1'; the first line must hold names"),
    "no header, and decimal commas": (
        "1,5;2,5\n3,5;4,5\n5,5;6,7\n",
        "'t.csv': column 1 is called '1,5'; the first line must hold names",
    ),
    "one column": (
        "y\n1\n",
        "'t.csv' has no column besides 'y' to learn from; separate 2 or more by commas"
        ", or name the separator, as separator=';' does",
    ),
    "text in a number column": (
        "x,y\n1,2\n\nabc,3\n",
        "'t.csv', line 4, column 'x': 'abc'" + AMONG_NUMBERS,
    ),
    "text in a column of text": (
        "x,y\nabc,2\nde,3\n",
        "'t.csv', line 2, column 'x': 'abc'" + NO_NUMBER,
    ),
    "nan in a number column": (
        "x,y\n1,2\nnan,3\n",
        "'t.csv', line 3, column 'x': 'nan'" + LACKING,
    ),
    "infinity in a number column": (
        "x,y\n-inf,2\n2,3\n",
        "'t.csv', line 2, column 'x': '-inf'" + AMONG_NUMBERS,
    ),
    "a number beyond float64": (
        "x,y\n1e999,2\n2,3\n",
        "'t.csv', line 2, column 'x': '1e999' is beyond the largest number, 1.8e308",
    ),
    "a number as only Python writes it": (
        "x,y\n1_000,2\n2,3\n",
        "'t.csv', line 2, column 'x': '1_000'" + AMONG_NUMBERS,
    ),
    "digits beyond ASCII": (
        "x,y\n١٢,2\n2,3\n",
        "'t.csv', line 2, column 'x': '١٢'" + AMONG_NUMBERS,
    ),
    "a long text": (
        f"x,y\n{'z' * 1000},2\n",
        f"'t.csv', line 2, column 'x': '{'z' * 39}…'" + NO_NUMBER,
    ),
    "a missing feature": (
        "x,y\n1,2\n ,3\n",
        "'t.csv', line 3, column 'x': ''" + LACKING,
    ),
    "a missing target": (
        "x,y\n1,nut\n2,\n",
        "'t.csv', line 3, column 'y': ''" + LACKING,
    ),
    "text among numbers in the target": (
        "x,y\n1,2\n2,nut\n3,4\n",
        "'t.csv', line 3, column 'y': 'nut' is text among numbers" + MIXED,
    ),
    "a number among text in the target": (
        "x,y\n1,nut\n2,bolt\n3,4\n",
        "'t.csv', line 4, column 'y': '4' is a number among text" + MIXED,
    ),
    "nan in the target": (
        "x,y\n1,2\n2,nan\n",
        "'t.csv', line 3, column 'y': 'nan'" + LACKING,
    ),
    "an infinite target": (
        "x,y\n1,2\n2,1e999\n",
        "'t.csv', line 3, column 'y': '1e999' is beyond the largest number, 1.8e308",
    ),
    "one class": (
        "x,y\n1,nut\n2,nut\n",
        "'t.csv', line 2, column 'y': 'nut' is the class of every row; at least 2 classes are needed",
    ),
    "a short row": (
        "x,y\n1,2\n3\n",
        "'t.csv', line 3: 1 values for 2 columns" + COMMAS,
    ),
    "a long row": ("x,y\n1,2,3\n", "'t.csv', line 2: 3 values for 2 columns" + COMMAS),
    "a quotation without end": ('x,y\n1,"2\n3,4\n', "'t.csv', line 3: unexpected end of data"),
    "not UTF-8": (
        b"x,y\n1,2\n\xff,3\n",
        "'t.csv', line 3: byte 0xff" + ENCODING,
    ),
    "UTF-16": (
        "x,y\n1,2\n".encode("utf-16"),
        "'t.csv', line 1: byte 0xff" + ENCODING,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_file_is_refused_in_one_line(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, message = FAULTS[fault]
    monkeypatch.chdir(write(tmp_path, content).parent)
    with pytest.raises(DataError) as caught:
        read_csv("t.csv")
    assert str(caught.value) == message


def test_a_missing_column_is_refused_with_the_columns_there_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no column 'price'; it has 'area', 'cost'"):
        read_csv(write(tmp_path, "area,cost\n1,2\n"), target="price")


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no such file: '.*nothing\.csv'"):
        read_csv(tmp_path / "nothing.csv")
    with pytest.raises(DataError, match=r"cannot read '.*': Is a directory"):
        read_csv(tmp_path)
    with pytest.raises(DataError, match=r"cannot read '.*': embedded null byte"):
        read_csv("t\0.csv")


def test_a_message_stays_on_one_line_whatever_the_file_holds(tmp_path: Path) -> None:
    for content in (
        'x,y\n"a\nb",1\n',
        '"x\ny","x\ny"\n1,2\n',
        '"x\ny",z\na,1\n',
        '"x\ny",z\n,1\n',
        '"x\ny"\n1\n',
    ):
        with pytest.raises(DataError) as caught:
            read_csv(write(tmp_path, content))
        assert "\n" not in str(caught.value)
    with pytest.raises(DataError) as caught:
        read_csv("no\nfile.csv")
    assert "\n" not in str(caught.value)


def test_what_may_never_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataError, match=r"cannot read '.*pipe\.csv': it is no ordinary file"):
        read_csv(tmp_path / "pipe.csv")
    with (tmp_path / "endless.csv").open("wb") as file:
        file.truncate(2**40)  # takes no room on the disk
    with pytest.raises(DataError, match=r"endless\.csv' is larger than 67108864 bytes"):
        read_csv(tmp_path / "endless.csv")
