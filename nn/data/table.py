"""Tables: CSV files read into a Dataset, and the two that come with the package."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from math import isfinite
from pathlib import Path

from nn.data.dataset import DataError, Dataset
from nn.data.reading import read_bytes


def read_csv(path: str | Path, target: str | None = None) -> Dataset:
    """Read a table of comma-separated values whose first line names the columns.

    `target` names the column to predict, the last one unless given; every other column is a feature and
    holds finite numbers. A target that is all numbers is a quantity; one that is all text is a class, and
    the classes are numbered in alphabetical order. Blank lines do not count.

    Raises DataError, in one line that names the value, its line and its column, for anything else.
    """
    source = repr(str(path))
    return _dataset(_columns(read_bytes(path), source), source, target)


def house() -> Dataset:
    """Return the prices of 7 houses by living area in m² (document 000 §3)."""
    return _packaged("house.csv")


def iris() -> Dataset:
    """Return 150 iris flowers: length and width of sepal and petal in cm, 50 of each of three species.

    R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936).
    """
    return _packaged("iris.csv")


def _packaged(name: str) -> Dataset:
    return _dataset(_columns(files("nn.data").joinpath(name).read_bytes(), name), name, None)


@dataclass(frozen=True, slots=True)
class _Column:
    """The cells of a column, still text, each with its line in the file."""

    source: str
    name: str
    lines: list[int]
    cells: list[str]

    def fault(self, row: int, what: str) -> DataError:
        cell = self.cells[row]
        shown = repr(cell if len(cell) <= 40 else cell[:39] + "…")
        return DataError(f"{self.source}, line {self.lines[row]}, column {self.name!r}: {shown} {what}")

    def numbers(self) -> list[float]:
        for row, cell in enumerate(self.cells):
            if not _is_number(cell) or not isfinite(float(cell)):
                raise self.fault(row, "is not a finite number; only a target may be text")
        return [float(cell) for cell in self.cells]

    def targets(self) -> tuple[list[float] | list[int], list[str] | None]:
        """Return quantities and None, or class indices and the names of the classes."""
        numeric = [_is_number(cell) for cell in self.cells]
        if all(numeric):
            return self.numbers(), None
        if any(numeric):
            odd, others = numeric.index(not numeric[0]), "numbers" if numeric[0] else "text"
            raise self.fault(odd, f"stands among {others}; a target is all numbers or all text")
        names = sorted(set(self.cells))
        if len(names) < 2:
            raise self.fault(0, "is the class of every row; at least 2 classes are needed")
        index = {name: number for number, name in enumerate(names)}
        return [index[cell] for cell in self.cells], names


def _is_number(cell: str) -> bool:
    """Whether the text is a decimal number; float() would take nan, inf and 1_000 for one too."""
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", cell, re.ASCII) is not None


def _dataset(columns: dict[str, _Column], source: str, target: str | None) -> Dataset:
    target = list(columns)[-1] if target is None else target
    if target not in columns:
        raise DataError(f"{source} has no column {target!r}; it has {', '.join(map(repr, columns))}")
    if len(columns) < 2:
        raise DataError(f"{source} has only one column, {target!r}; commas must separate 2 or more")
    targets, class_names = columns.pop(target).targets()
    features = [list(row) for row in zip(*[column.numbers() for column in columns.values()], strict=True)]
    return Dataset(features, targets, list(columns), target, class_names)


def _columns(raw: bytes, source: str) -> dict[str, _Column]:
    """Return the columns by name, all of the same length, without empty cells."""
    (_, names), *rows = _records(raw, source)
    met: set[str] = set()
    for number, name in enumerate(names, 1):
        if not name or _is_number(name):
            raise DataError(f"{source}: column {number} is called {name!r}; the first line must hold names")
        if name in met:
            raise DataError(f"{source} has two columns called {name!r}; names must differ")
        met.add(name)
    if not rows:
        raise DataError(f"{source} names its columns and has no rows")
    for line, cells in rows:
        if len(cells) != len(names):
            raise DataError(f"{source}, line {line}: {len(cells)} values for {len(names)} columns")
        if "" in cells:
            raise DataError(f"{source}, line {line}, column {names[cells.index('')]!r}: the value is missing")
    lines = [line for line, _ in rows]
    return {name: _Column(source, name, lines, [row[i] for _, row in rows]) for i, name in enumerate(names)}


def _records(raw: bytes, source: str) -> list[tuple[int, list[str]]]:
    """Return the cells of each line that is not blank, with the number of the line."""
    try:
        text = raw.decode("utf-8-sig")  # spreadsheets put a byte order mark in front
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(f"{source}, line {line}: byte 0x{raw[error.start]:02x} is not UTF-8 text") from None
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        records = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise DataError(f"{source}, line {reader.line_num}: {error}") from None
    records = [(line, cells) for line, cells in records if cells not in ([], [""])]
    if not records:
        raise DataError(f"{source} is empty; a line of column names and rows of values are needed")
    return records
