"""Another table, read as in training."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn import DataError, Dataset, from_arrays, from_frame, read_csv_like
from tests.nn.data.tables.test_columns import Frame, read


def like(folder: Path, known: Dataset, content: str, **options: Any) -> Dataset:
    path = folder / "more.csv"
    path.write_text(content, encoding="utf-8")
    return read_csv_like(path, known, **options)


@pytest.mark.parametrize("word", ["None", "-", "NA", "?"])
def test_what_was_text_in_training_stays_text_where_all_may_be_missing(word: str, tmp_path: Path) -> None:
    known = read(tmp_path, f"a,plan,y\n1,{word},0.5\n2,Full,1\n3,Basic,2\n", text="one-hot")
    for among in (f"a,plan,y\n5,{word},9\n", f"a,plan,y\n5,{word},9\n5,Full,9\n"):
        row = like(tmp_path, known, among).features[0]
        assert dict(zip(known.feature_names, row, strict=True)) == {
            "a": 5,
            "plan=Basic": 0,
            "plan=Full": 0,
            f"plan={word}": 1,
        }
    with pytest.raises(DataError, match="column 'plan': 'null' is none of "):
        like(tmp_path, known, "a,plan,y\n5,null,9\n", means=[0.0] * 4)


def test_digits_that_were_text_in_training_stay_text(tmp_path: Path) -> None:
    known = from_frame(Frame({"zip": ["08", "8"], "x": [1, 2], "y": [0.5, 1]}), text="one-hot")
    assert like(tmp_path, known, "zip,x\n08,1\n", with_target=False).features == [[1, 0, 1]]


@pytest.mark.parametrize(
    ("trained", "asked", "target"),
    [
        ("+ - + -", "- -", [1, 1]),
        ("1.0 b 1.0 b", "1.0 1.0", [0, 0]),
        ("1.0 b 1.0 b", "1 1e0", [0, 0]),
        ("007 b 007 b", "007", [0]),
        ("0 1 0 1", "1.0 0.0", [1, 0]),
        ("0 1 0 1", "-0", [0]),
        ("1 1.0 b b", "1.0 1", [1, 0]),
    ],
)
def test_classes_are_met_word_for_word_or_by_their_value(
    trained: str, asked: str, target: list[int], tmp_path: Path
) -> None:
    def table(cells: str) -> str:
        return "x,y\n" + "".join(f"{x},{cell}\n" for x, cell in enumerate(cells.split()))

    known = read(tmp_path, table(trained), kind="class")
    assert like(tmp_path, known, table(asked)).targets == target


def test_a_class_that_two_names_could_mean_or_none_is_refused(tmp_path: Path) -> None:
    known = read(tmp_path, "x,y\n1,1\n2,1.0\n3,b\n", kind="class")
    with pytest.raises(
        DataError, match=r"line 2, column 'y': '1e0' is none of '1', '1.0', 'b', which training"
    ):
        like(tmp_path, known, "x,y\n1,1e0\n")
    with pytest.raises(
        DataError, match="line 2, column 'y': '' is missing, and nothing can be compared with it"
    ):
        like(tmp_path, known, "x,y\n1,\n")


def test_another_table_tells_how_it_was_read_and_no_remedy_that_it_lacks(tmp_path: Path) -> None:
    known = read(tmp_path, "a,b,plan,y\n1,2,x,0.5\n2,3,z,1\n", text="one-hot")
    holes = "plan;a;b;y\n;1,5;NA;1\nx;;2;1,5\n"
    assert like(tmp_path, known, holes, means=[7.0, 8.0, 0.0, 0.0]).features == [[1.5, 8, 0, 0], [7, 2, 1, 0]]
    assert like(tmp_path, known, holes, means=[0.0] * 4).notes == (
        "cells are separated by semicolons",
        "numbers have decimal commas",
        "column 'a': 1 missing; missing='mean' takes the mean of training",
        "column 'b': 1 missing; missing='mean' takes the mean of training",
        "column 'plan': 1 missing; missing='mean' takes 0 in all of its columns",
    )
    with pytest.raises(DataError, match="column 'plan': '' is missing; missing='mean' takes 0 in all of its"):
        like(tmp_path, known, "a,b,plan,y\n1,2,,3\n")
    with pytest.raises(DataError, match="column 'y': 'NA' is missing, and nothing can be compared with it"):
        like(tmp_path, known, "a,b,plan,y\n1,2,x,NA\n", means=[0.0] * 4)
    with pytest.raises(DataError, match="column 'y': 'q' is no number, as it was in training"):
        like(tmp_path, known, "a,b,plan,y\n1,2,x,q\n")


def test_only_columns_that_are_used_must_be_readable(tmp_path: Path) -> None:
    rows = "1e400;1,5;1.5;2\n1;2,5;2.5;3\n"
    known = read(tmp_path, "n;b;a;y\n" + rows, ignore=["n", "b"])
    assert known.features == [[1.5], [2.5]]
    assert known.notes == ("cells are separated by semicolons",)
    assert like(tmp_path, known, "n;b;a;y\n" + rows).features == [[1.5], [2.5]]
    assert like(tmp_path, known, "n;b;a;y\n1;2;3.5;1e400\n", with_target=False).features == [[3.5]]
    dates = Frame({"d": [object(), object()], "x": [1.0, 2.0], "y": [3.0, 4.0]})
    assert from_frame(dates, ignore=["d"]).features == [[1.0], [2.0]]


def test_a_stray_text_is_blamed_and_no_number_or_missing_word_before_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 4, column 'b': 'abc' is no number"):
        read(tmp_path, "a;b;y\n1;4,48;2\n2;5,5;3\n3;abc;4\n")
    with pytest.raises(DataError, match="line 4, column 'b': 'abc' is no number"):
        read(tmp_path, "a,b,y\n1,NA,2\n2,5.5,3\n3,abc,4\n", missing="mean")
    with pytest.raises(DataError, match="line 4, column 'y': 'abc' is text among numbers"):
        read(tmp_path, "a;y\n1;4,48\n2;5,5\n3;abc\n")
    known = read(tmp_path, "a,y\n1,0.5\n2,1.5\n")
    with pytest.raises(DataError, match="line 3, column 'a': 'abc' is no number, as it was in training"):
        like(tmp_path, known, "a;y\n4,48;2\nabc;3\n")


@pytest.mark.parametrize(
    ("means", "message"),
    [
        ([inf, 0.0, 0.0], "means, column 'a': inf is not a finite number"),
        ([1.0, None, 2.0], "means, column 'plan=x': None is not a number"),
        (["1", 0.0, 0.0], "means, column 'a': '1' is text; give a number for each feature"),
        ({"a": 1.0, "plan=x": 0.0, "plan=y": 0.0}, "expected means in a list, got the dict"),
    ],
)
def test_means_are_numbers_in_order(means: Any, message: str, tmp_path: Path) -> None:
    known = read(tmp_path, "a,plan,y\n1,x,2\n2,y,3.5\n", text="one-hot")
    with pytest.raises((DataError, TypeError), match=f"^{message}"):
        like(tmp_path, known, "a,plan,y\n1,x,2\n", means=means)


def test_a_mean_of_nan_leaves_what_is_missing_to_be_found(tmp_path: Path) -> None:
    known = read(tmp_path, "a,plan,y\n1,x,2\n2,y,3.5\n", text="one-hot")
    [row] = like(tmp_path, known, "a,plan,y\n,x,2\n", means=[nan, 0.0, 0.0]).features
    assert isnan(row[0])
    assert row[1:] == [1.0, 0.0]


def test_means_may_be_a_series_with_labels_of_its_own(tmp_path: Path) -> None:
    known = read(tmp_path, "a,plan,y\n1,x,2\n2,y,3.5\n", text="one-hot")
    means = pytest.importorskip("pandas").Series([7.0, 0.0, 0.0], index=known.feature_names)
    assert like(tmp_path, known, "a,plan,y\n,x,2\n", means=means).features == [[7.0, 1.0, 0.0]]


@pytest.mark.parametrize("means", [[], [2.0], [2.0] * 4])
def test_means_are_one_for_each_feature(means: list[float], tmp_path: Path) -> None:
    known = read(tmp_path, "a,plan,y\n1,x,0.5\n2,z,1\n", text="one-hot")
    message = f"means are {len(means)} for 3 features; give one for each feature"
    with pytest.raises(DataError, match=message):
        like(tmp_path, known, "a,plan,y\n1,x,2\n", means=means)


@pytest.mark.parametrize("make", [list, np.array])
def test_targets_of_several_numbers_are_in_no_column(make: Any, tmp_path: Path) -> None:
    made = from_arrays([[1], [2]], [[1, 2], [3, 4]], feature_names=["a"])
    known = replace(made, targets=make(made.targets))
    with pytest.raises(
        DataError, match="a target has 2 numbers, and a column holds one of them; with_target=False reads"
    ):
        like(tmp_path, known, "a,y\n5,6\n")
    assert like(tmp_path, known, "a,y\n5,6\n", with_target=False).features == [[5]]
