"""Columns of a table, and the examples that are made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autograd.ordered import refuse_unordered
from nn.data.dataset import DataError, Dataset, finite
from nn.data.rows import Rows
from nn.data.scaling import mean_of
from nn.sizes import is_row

Kind = Literal["auto", "class", "number"]
Text = Literal["error", "one-hot"]
Missing = Literal["error", "drop", "mean"]

MOST_VALUES = 50
"""The most columns that one column of text becomes."""

MOST_CLASSES = 20
"""The most whole numbers that are read as classes unless the reader says so."""

FRAME = "the frame"
"""What messages call a data frame, which has no path."""

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""A decimal number; float() would take nan, 1_000 and ١٢ for one too."""

OTHER_NOTATION = (
    NUMBER.replace(r"\.", ",") + r"|[+-]?[0-9]{1,3}([.,'’_\s])[0-9]{3}(?:\1[0-9]{3})*(?:[.,][0-9]+)?"
)
"""A number with a decimal comma, or with its digits in groups of three."""

MEANS = "is text; give a number for each feature"
"""What is said of a text among the means."""

TO_NUMBERS = "convert the column, as pandas.to_numeric does"
"""The remedy for numbers that a data frame keeps as text."""


def is_number(text: str) -> bool:
    """Whether a text is a decimal number."""
    return re.fullmatch(NUMBER, text) is not None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: `numbers`, nan where one is missing, or else `texts`, empty where one is missing.

    `where(row)` names the place and the value of a cell; `value(text)` is the number that a text is as this
    table writes them, nan for a text that stands for a missing one, and None for any other.
    """

    name: str
    numbers: NDArray[np.float64] | None
    texts: Sequence[str]
    where: Callable[[int], str]
    value: Callable[[str], float | None]

    def first(self, *, number: bool) -> int | None:
        """Return the first row of a column of text whose cell is a number, or can stand for none."""
        values = ((row, self.value(text)) for row, text in enumerate(self.texts) if text)
        if number:
            return next((row for row, value in values if value is not None and not isnan(value)), None)
        return next((row for row, value in values if value is None), None)

    def missing(self) -> NDArray[np.bool_]:
        """Return which rows have no value."""
        if self.numbers is not None:
            return np.isnan(self.numbers)
        return np.fromiter((not text for text in self.texts), bool, len(self.texts))

    def hole(self) -> str:
        """Return the place of the first row without a value, nothing where all have one."""
        absent = self.missing()
        return self.where(int(absent.argmax())) if absent.any() else ""


def dataset(
    columns: Sequence[Column],
    source: str,
    *,
    target: str | None,
    kind: Kind,
    text: Text,
    missing: Missing,
    ignore: Collection[str],
    notes: Sequence[str] = (),
) -> Dataset:
    """Return the examples in some columns, all of the same length; see `nn.read_csv` for the rules.

    Rows that are to be dropped have been left out, as they have no say in what a column is.
    """
    for option, value, choices in (
        ("kind", kind, ("auto", "class", "number")),
        ("text", text, ("error", "one-hot")),
        ("missing", missing, ("error", "drop", "mean")),
    ):
        if value not in choices:
            raise DataError(f"{option} is {value!r}; accepted are {', '.join(map(repr, choices))}")
    if isinstance(ignore, str):
        raise DataError(f"ignore is {ignore!r}; write ignore=[{ignore!r}]")
    by_name = {column.name: column for column in columns}
    target = columns[-1].name if target is None else target
    for name in (target, *ignore):
        _named(by_name, name, source)
    if target in ignore:
        raise DataError(f"column {target!r} is the target and to be ignored; choose one")
    used = [column for column in columns if column.name not in {target, *ignore}]
    if not used:
        remedy = _more_columns(source, ignore)
        raise DataError(f"{source} has no column besides {target!r} to learn from; {remedy}")

    notes = list(notes)
    if missing == "error":
        _refuse_holes([*used, by_name[target]])
    targets, class_names = _targets(by_name[target], kind, notes)
    features: dict[str, NDArray[np.float64]] = {}
    texts: dict[str, list[str]] = {}
    for column in used:
        if column.numbers is not None:
            made = {column.name: _filled(column, notes)}
        else:
            texts[column.name] = _values(column, text, notes)
            made = _one_hot(column, texts[column.name])
        for name in made.keys() & features.keys():
            raise DataError(f"{source} has a column {name!r}, and one made of a text is called so; rename it")
        features |= made
    matrix = Rows(np.column_stack([*features.values()]))
    return Dataset(matrix, targets, [*features], target, class_names, tuple(notes), texts)


def dataset_like(
    known: Dataset,
    means: Sequence[float] | None,
    columns: Sequence[Column],
    source: str,
    *,
    with_target: bool,
    notes: Sequence[str] = (),
) -> Dataset:
    """Return examples with the features and classes of a Dataset, from columns in any order, among others.

    What was text for `known`, and a target of classes, must be columns of text. `means` take the place of
    missing numbers, a mean for each feature; without them nothing may be missing. Raises DataError for a
    column that is not there, for a text or class that the Dataset does not know, for fewer or more means and
    those that are infinite or no numbers, and where a target is several numbers. A mean of nan leaves nan.
    """
    refuse_unordered(means, what="means in a list")
    if means is not None and len(means) != len(known.feature_names):
        raise DataError(
            f"means are {len(means)} for {len(known.feature_names)} features; give one for each feature"
        )
    if means is not None:
        named = zip(known.feature_names, means, strict=True)
        means = [x if x != x else finite(x, f"means, column {name!r}", MEANS) for name, x in named]
    if with_target and known.class_names is None and len(known.targets) and is_row(known.targets[0]):
        raise DataError(
            f"a target has {len(known.targets[0])} numbers, and a column holds one of them; "
            "with_target=False reads the features alone"
        )
    by_name = {column.name: column for column in columns}
    notes = list(notes)
    made = {f"{name}={text}": (name, text) for name, texts in known.texts.items() for text in texts}
    for name in dict.fromkeys(made.get(feature, (feature, ""))[0] for feature in known.feature_names):
        _check_like(_named(by_name, name, source), known.texts.get(name), means is not None, notes)
    features = []
    for place, feature in enumerate(known.feature_names):
        name, text = made.get(feature, (feature, ""))
        column = by_name[name]
        if column.numbers is None:
            features.append(_one_hot(column, [text])[feature])
        else:
            mean = 0.0 if means is None else means[place]
            features.append(np.where(column.missing(), mean, column.numbers))
    targets: list[Any] = []
    if with_target:
        targets = _targets_like(_named(by_name, known.target_name, source), known.class_names)
    matrix = Rows(np.column_stack(features))
    return replace(known, features=matrix, targets=targets, notes=tuple(notes))


def _more_columns(source: str, ignore: Collection[str]) -> str:
    """Return the remedy for a table of a target without features."""
    if ignore:
        return f"ignore fewer columns than {', '.join(map(repr, ignore))}"
    if source == FRAME:
        return "give the frame columns of features too"
    return "separate 2 or more by commas, or name the separator, as separator=';' does"


def _named(columns: Mapping[str, Column], name: str, source: str) -> Column:
    if name not in columns:
        raise DataError(f"{source} has no column {name!r}; it has {', '.join(map(repr, columns))}")
    return columns[name]


def _check_like(column: Column, texts: Sequence[str] | None, filled: bool, notes: list[str]) -> None:
    """Raise DataError for a cell that was not so in training, where the column had some texts, or numbers."""
    if texts is None and column.numbers is None:
        raise _no_number(column, ", as it was in training")
    for row, text in enumerate(column.texts):
        if texts is not None and text and text not in texts:
            raise _unknown(column, row, texts)
    if hole := column.hole():
        taken = "the mean of training" if texts is None else "0 in all of its columns"
        if not filled:
            raise DataError(f"{hole} is missing; missing='mean' takes {taken}")
        notes.append(
            f"column {column.name!r}: {column.missing().sum()} missing; missing='mean' takes {taken}"
        )


def _targets_like(column: Column, classes: Sequence[str] | None) -> list[Any]:
    """Return the quantities in a column, or the numbers of the classes that its texts are."""
    if classes is None and column.numbers is None:
        raise _no_number(column, ", as it was in training")
    if hole := column.hole():
        raise DataError(f"{hole} is missing, and nothing can be compared with it; leave the row out")
    if column.numbers is not None:
        return [*column.numbers.tolist()]
    return [_class(column, row, classes or ()) for row in range(len(column.texts))]


def _class(column: Column, row: int, classes: Sequence[str]) -> int:
    """Return the number of the class that a cell is: its text, or else the only one of the same value."""
    text, names = column.texts[row], [*map(str, classes)]  # those of nn.from_arrays may be numbers
    if text in names:
        return names.index(text)
    value = column.value(text)
    same = [place for place, name in enumerate(names) if is_number(name) and float(name) == value]
    if len(same) != 1:
        raise _unknown(column, row, classes)
    return same[0]


def _unknown(column: Column, row: int, known: Sequence[str]) -> DataError:
    return DataError(f"{column.where(row)} is none of {', '.join(map(repr, known))}, which training knew")


def tell_left_out(lacking: int, rows: int, notes: list[str]) -> None:
    """Note how many rows lack a value and are left out. Raises DataError where none is left."""
    if lacking and lacking == rows:
        raise DataError("no row is without a missing value; ignore the columns that lack the most")
    if lacking:
        notes.append(f"{lacking} of {rows} rows lack a value and are left out")


def _refuse_holes(columns: Sequence[Column]) -> None:
    """Raise DataError for the first hole."""
    for column in columns:
        if hole := column.hole():
            raise DataError(
                f"{hole} is missing; missing='drop' leaves such rows out, 'mean' puts in the mean of the "
                "column"
            )


def _filled(column: Column, notes: list[str]) -> NDArray[np.float64]:
    """Return the numbers of a column, with their mean where one is missing."""
    absent = column.missing()
    assert column.numbers is not None
    if not absent.any():
        return column.numbers
    if absent.all():
        raise DataError(f"column {column.name!r} has no value at all; ignore it")
    notes.append(f"column {column.name!r}: {absent.sum()} missing, the mean put in")
    return np.where(absent, mean_of(column.numbers[~absent].tolist()), column.numbers)


def _values(column: Column, text: Text, notes: list[str]) -> list[str]:
    """Return the different texts of a column. Raises DataError where they are not to become columns."""
    leave = f"ignore=[{column.name!r}] leaves the column out"
    mend = f"mend the cell, or {leave}"
    if text == "error":
        all_text = column.first(number=True) is None
        one_hot = f"text='one-hot' makes a column of each text, {leave}"
        raise _no_number(column, f"; {one_hot if all_text else mend}")
    _check_all_text(column, mend)
    values = sorted({*column.texts} - {""})
    if len(values) > MOST_VALUES:
        raise DataError(
            f"column {column.name!r} has {len(values)} different texts, and at most {MOST_VALUES} become "
            f"columns; ignore=[{column.name!r}] leaves it out"
        )
    holes = sum(not cell for cell in column.texts)
    notes.append(
        f"column {column.name!r}: {len(values)} texts, a column of 0 and 1 for each"
        + (f"; {holes} missing, 0 in all of them" if holes else "")
    )
    return values


def _one_hot(column: Column, values: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Return for each text a column that is 1 where it stands and 0 elsewhere."""
    return {
        f"{column.name}={value}": np.array([float(cell == value) for cell in column.texts])
        for value in values
    }


def _targets(column: Column, kind: Kind, notes: list[str]) -> tuple[list[Any], list[str] | None]:
    """Return quantities and None, or class indices and the names of the classes."""
    if hole := column.hole():
        raise DataError(f"{hole} is missing, and no target can be made up; missing='drop' may help")
    numbers = column.numbers
    if numbers is None:
        if kind == "number":
            raise _no_number(column, ", as kind='number' asks for")
        if kind != "class":
            _check_all_text(column, "a target is all numbers or all text, unless kind='class'")
            _check_no_quantity(column, notes)
        names = sorted({*column.texts})
        index = {name: number for number, name in enumerate(names)}
        targets = [index[text] for text in column.texts]
    else:
        values = np.unique(numbers)
        if kind == "number" or (kind == "auto" and not _like_classes(values, len(numbers))):
            return numbers.tolist(), None
        if kind == "auto":
            notes.append(
                f"target {column.name!r}: the whole numbers {values[0]:g} to {values[-1]:g} are read as "
                "classes; kind='number' reads a quantity"
            )
        names = [*map(written, values)]
        targets = np.searchsorted(values, numbers).tolist()
    if len(names) < 2:
        raise DataError(f"{column.where(0)} is the class of every row; at least 2 classes are needed")
    return targets, names


def written(number: float) -> str:
    """Return a number in digits that are read as the same one; nothing for one that is missing."""
    return "" if isnan(number) else repr(float(number) + 0.0).removesuffix(".0")  # no −0


def _no_number(column: Column, why: str) -> DataError:
    """Return what is said of a column of text that should be one of numbers."""
    text, number = column.first(number=False), column.first(number=True)
    if text is None and number is not None:
        return DataError(f"{column.where(number)} stands in a column of text; {TO_NUMBERS}")
    return DataError(f"{column.where(text or 0)} is no number{why}")


def _check_all_text(column: Column, remedy: str) -> None:
    """Raise DataError for a column of both numbers and text, at the first cell of the other kind."""
    number, text = column.first(number=True), column.first(number=False)
    if number is not None and text is not None:
        what = "a number among text" if number > text else "text among numbers"
        raise DataError(f"{column.where(max(number, text))} is {what}; {remedy}")


def _check_no_quantity(column: Column, notes: list[str]) -> None:
    """Raise DataError for texts that are all numbers in another notation; note that they are in this one."""
    first = column.first(number=False)
    if first is None:
        notes.append(
            f"target {column.name!r}: texts that are numbers are read as classes; for a quantity {TO_NUMBERS}"
        )
    elif all(re.fullmatch(OTHER_NOTATION, text) or column.value(text) is not None for text in column.texts):
        raise DataError(
            f"{column.where(first)} is a number in another notation; write numbers as 1234.5, "
            "or kind='class' for classes"
        )


def _like_classes(values: NDArray[np.float64], rows: int) -> bool:
    """Whether numbers are classes: 0 … k−1 or 1 … k, every one of them, and twice as many rows at least."""
    count = len(values)
    if not 2 <= count <= min(MOST_CLASSES, rows // 2):
        return False
    return values[0] in (0.0, 1.0) and np.array_equal(values, np.arange(count) + values[0])
