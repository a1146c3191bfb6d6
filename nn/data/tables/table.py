"""Tables: CSV files and data frames read into a Dataset, and the tables that come with the package."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from importlib.resources import files
from itertools import islice
from math import inf, nan
from numbers import Real
from operator import contains
from pathlib import Path
from typing import Any

import numpy as np

from nn.data.dataset import DataError, Dataset
from nn.data.reading import read_bytes
from nn.data.tables.columns import (
    FRAME,
    NUMBER,
    Column,
    Kind,
    Missing,
    Text,
    dataset,
    dataset_like,
    is_number,
    tell_left_out,
)
from nn.data.tables.csv_file import CsvFile, separator_name

CHUNK = 4096
"""The rows that are looked at together."""

WORDS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "?", "-")
"""What stands for a missing number. In a column of text only an empty cell is missing."""

NUMERIC = (Real, Decimal, np.bool_)


def read_csv(
    path: str | Path,
    target: str | None = None,
    *,
    kind: Kind = "auto",
    separator: str | None = None,
    text: Text = "error",
    missing: Missing = "error",
    ignore: Collection[str] = (),
    encoding: str | None = None,
) -> Dataset:
    """Read a table whose first line names the columns, and whose cells are numbers or text.

    `target` names the column to predict, the last one unless given; the others are features, but for those
    to `ignore`. The target is a quantity or a class, by `kind`: "auto" reads text as classes, in alphabetical
    order, and numbers too that are 0 … k−1 or 1 … k, all of them, k ≤ 20, over at least 2k rows; other
    numbers are quantities.

    Cells are separated by `separator`, unless given by the comma, semicolon, tab or bar that cuts the first
    records into equal rows. Where it is no comma, numbers may have decimal commas. `text="one-hot"` makes of
    a feature that is text a column of 0 and 1 for each text; `missing="drop"` reads the table as if the rows
    that lack a value were not there, "mean" puts in the mean of the column. `encoding` is UTF-8 unless given.
    Blank lines do not count. What was decided is in the Dataset's `notes`.

    Raises DataError, in one line that names the value, its line and its column, and the option that mends it.
    """
    table, notes = _opened(path, separator, encoding)
    if missing == "drop":
        _leave_out_holes(table, ignore, notes)
    return dataset(
        _columns(table, notes, unused=ignore),
        table.source,
        target=target,
        kind=kind,
        text=text,
        missing=missing,
        ignore=ignore,
        notes=notes,
    )


def read_csv_like(
    path: str | Path,
    known: Dataset,
    *,
    with_target: bool = True,
    means: Sequence[float] | None = None,
    separator: str | None = None,
    encoding: str | None = None,
) -> Dataset:
    """Read a table of other rows with the columns of `known`, which may stand among more, in any order.

    Features and classes are numbered as in `known`; without the target there are no `targets`. `means`, one
    for each feature, take the place of missing numbers; where one is nan they stay nan, to be found again.
    Raises DataError as `read_csv` does, and for a column that is not there, a text or a class that is not
    known, fewer or more means or those that are infinite or no numbers, and targets of several numbers;
    TypeError for means in no order, as in a dict.
    """
    table, notes = _opened(path, separator, encoding)
    # What a column is was decided in training: of a few rows all may look like the other kind.
    text = {*known.texts, *([] if known.class_names is None else [known.target_name])}
    made = {f"{name}={value}" for name, values in known.texts.items() for value in values}
    used = {*known.texts, *known.feature_names} - made | ({known.target_name} if with_target else set())
    columns = _columns(table, notes, text=text, unused={*table.names} - used)
    return dataset_like(known, means, columns, table.source, with_target=with_target, notes=notes)


def from_frame(
    frame: Any,
    target: str | None = None,
    *,
    kind: Kind = "auto",
    text: Text = "error",
    missing: Missing = "error",
    ignore: Collection[str] = (),
) -> Dataset:
    """Read a data frame of pandas or polars, by the rules of `read_csv`; None, NA and nan are missing.

    Raises DataError for what is no such frame, and, naming row and column, for a value that is neither a
    number nor text.
    """
    kind_of_frame = type(frame).__name__
    if hasattr(type(frame), "collect"):
        raise DataError(f"a {kind_of_frame} has no rows yet: give frame.collect()")
    if isinstance(frame, Mapping) or not hasattr(frame, "columns"):
        raise DataError(
            f"expected a data frame of pandas or polars, got {kind_of_frame}: make one with DataFrame(…), or "
            "use nn.from_arrays for arrays and lists"
        )
    names = [str(name) for name in frame.columns]
    _check_names(names, FRAME, _MARKS[:1])
    values = {
        name: list(frame[key]) for name, key in zip(names, frame.columns, strict=True) if name not in ignore
    }
    count = max(map(len, values.values()), default=0)
    if not count:
        raise DataError(f"{FRAME} has no rows")
    kept: Sequence[int] = range(count)
    notes: list[str] = []
    if missing == "drop":
        kept = [row for row in kept if not any(_hole(cells[row]) for cells in values.values())]
        tell_left_out(count - len(kept), count, notes)
    columns = [_frame_column(name, values.get(name, []), kept) for name in names]
    return dataset(
        columns, FRAME, target=target, kind=kind, text=text, missing=missing, ignore=ignore, notes=notes
    )


def house() -> Dataset:
    """Return the prices of 7 houses by living area in m² (document 000 §3)."""
    return _packaged("house.csv")


def iris() -> Dataset:
    """Return 150 iris flowers: length and width of sepal and petal in cm, 50 of each of three species.

    R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936).
    """
    return _packaged("iris.csv")


def _packaged(name: str) -> Dataset:
    return read_csv(Path(str(files("nn.data").joinpath("files", name))))


_MARKS = (".", ",")
_MISSING = "|".join(map(re.escape, sorted(WORDS, key=len, reverse=True)))
_NUMBER = {mark: re.compile(NUMBER.replace(chr(92) + ".", re.escape(mark))) for mark in _MARKS}
"""A number with a decimal point or comma."""

_NUMBERS = {mark: re.compile(rf"(?>(?>{_NUMBER[mark].pattern}|{_MISSING})\n)*+") for mark in _MARKS}
"""Cells, each in a line, that are all numbers with a decimal point or comma, or missing."""


def _opened(path: str | Path, separator: str | None, encoding: str | None) -> tuple[CsvFile, list[str]]:
    """Return the text of a table, and the first of the notes on how it is read."""
    table = CsvFile(read_bytes(path), repr(str(path)), separator, encoding)
    told = f"cells are separated by {separator_name(table.separator)}"
    return table, [told] if table.separator != "," else []


def _leave_out_holes(table: CsvFile, unused: Collection[str], notes: list[str]) -> None:
    """Leave out the rows that lack a value in a column that is used.

    Without them a column of text may be one of numbers, in which words too stand for missing ones.
    """
    used = [name not in unused for name in table.names]
    while True:
        marks = _possible_marks(table, used)
        holes = [WORDS if mark else ("",) if asked else () for mark, asked in zip(marks, used, strict=True)]
        lacking = {line for line, cells in table.rows() if any(map(contains, holes, cells))}
        if not lacking:
            break
        table.left_out |= lacking
    tell_left_out(len(table.left_out), len(table.left_out) + sum(1 for _ in table.rows()), notes)


def _columns(
    table: CsvFile, notes: list[str], *, text: Collection[str] = (), unused: Collection[str] = ()
) -> list[Column]:
    """Return the columns of a file, those of `text` as text whatever they hold.

    What stands in the `unused` decides nothing, and they have no cells; all others are of the same length.
    """
    _check_names(table.names, table.source, _marks(table))
    marks = _decimal_marks(table, [name not in {*text, *unused} for name in table.names])
    if "," in marks:
        notes.append("numbers have decimal commas")
    cells: list[Any] = [[] if mark is None else array("d") for mark in marks]
    once: dict[str, str] = {}  # equal texts are one text in memory
    rows_read = 0
    for rows in _chunks(table):
        rows_read += len(rows)
        for name, column, mark, texts in zip(table.names, cells, marks, zip(*rows, strict=True), strict=True):
            if mark is not None:
                column.extend(nan if cell in WORDS else float(cell.replace(",", ".")) for cell in texts)
            elif name not in unused:
                column.extend(once.setdefault(cell, cell) for cell in texts)
    if not rows_read:
        raise DataError(f"{table.source} names its columns and has no rows")
    return [
        _column(
            name,
            column,
            partial(_cell_of_file, table, place),
            partial(_value, mark or _likeliest_mark(table, column)),
        )
        for place, (name, column, mark) in enumerate(zip(table.names, cells, marks, strict=True))
    ]


def _column(
    name: str, cells: Sequence[Any], where: Callable[[int], str], value: Callable[[str], float | None]
) -> Column:
    if not isinstance(cells, array):
        return Column(name, None, cells, where, value)
    numbers = np.frombuffer(cells)
    if np.isinf(numbers).any():
        raise DataError(f"{where(int(np.isinf(numbers).argmax()))} is beyond the largest number, 1.8e308")
    return Column(name, numbers, (), where, value)


def _marks(table: CsvFile) -> tuple[str, ...]:
    """Return what may stand before the decimals."""
    return _MARKS if table.separator != "," else _MARKS[:1]


def _possible_marks(table: CsvFile, asked: Sequence[bool]) -> list[set[str]]:
    """Return for each column that is asked about how its numbers may be written, nothing where it is text."""
    marks = [{*_marks(table)} if ask else set() for ask in asked]
    for rows in _chunks(table):
        for possible, texts in zip(marks, zip(*rows, strict=True), strict=True):
            joined = "\n".join((*texts, ""))
            lines = joined.count("\n") == len(texts)  # or one cell has several
            possible -= {mark for mark in possible if not lines or not _NUMBERS[mark].fullmatch(joined)}
    return marks


def _decimal_marks(table: CsvFile, asked: Sequence[bool]) -> list[str | None]:
    """Return for each column that is asked about how its numbers are written, None where it is text."""
    marks = _possible_marks(table, asked)
    points, commas = ([possible == {mark} for possible in marks] for mark in _MARKS)
    if any(points) and any(commas) and table.separator != ",":
        point, comma = (table.names[kind.index(True)] for kind in (points, commas))
        raise DataError(
            f"{table.source}: numbers have decimal points in column {point!r} and decimal commas in column "
            f"{comma!r}; write all of them one way"
        )
    return [min(possible, key=_MARKS.index, default=None) for possible in marks]


def _likeliest_mark(table: CsvFile, texts: Collection[str]) -> str:
    """Return the decimal mark with which the most of a column of text would be numbers."""
    return max(
        _marks(table), key=lambda mark: sum(_NUMBER[mark].fullmatch(text) is not None for text in texts)
    )


def _value(mark: str, text: str) -> float | None:
    """Return the number that a cell of a file is, nan for a word for a missing one, None for other text."""
    if text in WORDS:
        return nan
    return float(text.replace(",", ".")) if _NUMBER[mark].fullmatch(text) else None


def _chunks(table: CsvFile) -> Iterator[list[list[str]]]:
    rows = (cells for _, cells in table.rows())
    return iter(lambda: list(islice(rows, CHUNK)), [])


def _cell_of_file(table: CsvFile, place: int, row: int) -> str:
    line, cells = next(islice(table.rows(), row, None))
    return f"{table.source}, line {line}, column {table.names[place]!r}: {_shown(cells[place])}"


def _frame_column(name: str, cells: Sequence[Any], kept: Sequence[int]) -> Column:
    """Return some rows of a column of a frame; one that is ignored has no cells."""

    def where(row: int) -> str:
        return f"{FRAME}, row {kept[row]}, column {name!r}: {_shown(values[row])}"

    values = [cells[row] for row in kept] if cells else []
    absent = [_lacks(value) for value in values]
    kinds = [isinstance(value, NUMERIC) for value, lacks in zip(values, absent, strict=True) if not lacks]
    for row, (value, lacks) in enumerate(zip(values, absent, strict=True)):
        if not lacks and not isinstance(value, (*NUMERIC, str)):
            raise DataError(f"{where(row)} is neither a number nor text; convert the column, or leave it out")

    if all(kinds):
        numbers = (nan if lacks else _rounded(x) for x, lacks in zip(values, absent, strict=True))
        return _column(name, array("d", numbers), where, _value_in_frame)
    texts = ["" if lacks else str(x) for x, lacks in zip(values, absent, strict=True)]
    return _column(name, texts, where, _value_in_frame)


def _rounded(x: Any) -> float:
    """Return a number as the nearest float, ±inf for one beyond them."""
    try:
        return float(x)
    except OverflowError:
        return inf if x > 0 else -inf


def _value_in_frame(text: str) -> float | None:
    """Return the number that a text is; None and NA are no texts in a frame."""
    return float(text) if is_number(text) else None


def _lacks(value: Any) -> bool:
    """Whether a cell of a frame is missing. The NA of pandas refuses to be compared, even with itself."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, Decimal):
        return value.is_nan()  # a signalling nan refuses to be compared too
    return isinstance(value, NUMERIC) and bool(value != value)


def _hole(value: Any) -> bool:
    """Whether a cell of a frame is missing, be its column numbers or text."""
    return _lacks(value) or (isinstance(value, str) and not value)


def _check_names(names: Sequence[str], source: str, marks: Sequence[str]) -> None:
    """Raise DataError unless every column has a name of its own, which is no number with one of the marks."""
    met: set[str] = set()
    for number, name in enumerate(names, 1):
        if not name or any(_NUMBER[mark].fullmatch(name) for mark in marks):
            remedy = "give the frame names" if source == FRAME else "the first line must hold names"
            if not name and number == 1 and source != FRAME:
                remedy += "; pandas writes its index so: leave it out by to_csv(…, index=False)"
            raise DataError(f"{source}: column {number} is called {name!r}; {remedy}")
        if name in met:
            raise DataError(f"{source} has two columns called {name!r}; names must differ")
        met.add(name)


def _shown(cell: object) -> str:
    text = str(cell)
    return repr(text if len(text) <= 40 else text[:39] + "…")
