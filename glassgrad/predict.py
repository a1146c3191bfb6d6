"""`glassgrad predict` and `glassgrad evaluate`: a trained network asked about the rows of a table."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite, isnan, nan
from pathlib import Path
from typing import Any, TextIO

import nn
from autograd import softmax
from autograd.notation.rows import aligned
from glassgrad.output import UsageError, refuse_to_lose, staged, tell_notes
from nn.data.tables.columns import written
from viz.text import printable


def predict(options: argparse.Namespace) -> None:
    """Write the features of each row of a table with what the network predicts, to a file or to stdout.

    Several targets have a column each. A number that is missing is left out, though the network was given the
    mean of training for it.
    """
    if options.out is not None and options.out.is_dir():
        raise UsageError(f"cannot write to {str(options.out)!r}: it is a directory; give --out a file in it")
    refuse_to_lose(options.out, options.weights, options.table)
    trained = _trained(options)
    means = [scale.mean for scale in trained.scaling.features]
    rows = _read(trained, options, [nan] * len(means), with_target=False)
    tell_notes(rows.notes, sys.stderr)
    filled = [[mean if isnan(x) else x for x, mean in zip(row, means, strict=True)] for row in rows.features]
    outputs, classes = trained.outputs(filled), trained.columns.class_names
    _check_finite(outputs, options.table)
    columns = _by_target(trained, outputs, options.table)
    several = len(columns) > 1
    names = [f"predicted {rows.target_name}" + f"[{n}]" * several for n in range(len(columns))]
    if options.probabilities:
        trained.probabilities([])  # refuses a quantity
        names += [f"probability of {name}" for name in classes or []]
        columns += [list(column) for column in zip(*map(softmax, outputs), strict=True)]
    with _table(options.out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*rows.feature_names, *names])
        for features, *answers in zip(rows.features, *columns, strict=True):
            cells = [*features, *answers]
            writer.writerow([written(cell) if isinstance(cell, float) else cell for cell in cells])
    if options.out is not None:
        print(f"{len(rows)} predictions written to {printable(str(options.out))}")


@contextmanager
def _table(out: Path | None) -> Iterator[TextIO]:
    """Yield what to write a table to: stdout, or a file that appears whole; a pipe or a device as it is."""
    if out is None:
        yield sys.stdout
    elif out.exists() and not out.is_file():
        with out.open("w", newline="", encoding="utf-8") as file:
            yield file
    else:
        real = out.resolve()  # what a link leads to is written, and the link stays
        with (
            staged(real.parent) as folder,
            (folder / real.name).open("w", newline="", encoding="utf-8") as file,
        ):
            yield file


def _check_finite(outputs: Sequence[Any], table: str) -> None:
    """Raise UsageError, naming the row, for an output that is a number, or has one, which is not finite."""
    for row, output in enumerate(outputs, 1):
        for x in output if isinstance(output, list) else [output]:
            if isinstance(x, float) and not isfinite(x):
                raise UsageError(
                    f"{table!r}, row {row} below the names: what the network makes of it is {x}; its numbers "
                    "are too far from those of training"
                )


def _by_target(trained: nn.Trained, outputs: Sequence[Any], table: str) -> list[list[Any]]:
    """Return what the outputs for the rows of a table stand for: a column for each target."""
    answers = trained.answers(outputs)
    _check_finite(answers, table)
    rows = [answer if isinstance(answer, list) else [answer] for answer in answers]
    targets = len(trained.scaling.targets) if trained.columns.class_names is None else 1
    return [[row[place] for row in rows] for place in range(targets)]


def evaluate(options: argparse.Namespace) -> None:
    """Print how well a network predicts the target of a table."""
    trained = _trained(options)
    rows = _read(trained, options, [scale.mean for scale in trained.scaling.features], with_target=True)
    outputs = trained.outputs(rows.features)
    _check_finite(outputs, options.table)
    quantities = _by_target(trained, outputs, options.table) if rows.class_names is None else []
    if len(quantities) > 1:
        raise UsageError(
            f"{options.weights!r} predicts {len(quantities)} numbers for each row, and a table has one "
            "target; measure each alone: glassgrad predict writes a column for each"
        )
    print(f"{printable(options.table)}: {len(rows)} rows, {printable(rows.target_name)}")
    tell_notes(rows.notes)
    if rows.class_names is None:
        (predictions,) = quantities
        print(f"mean squared error   {nn.mse(predictions, rows.targets):.8g}")
        print(f"mean absolute error  {nn.mean_absolute_error(predictions, rows.targets):.8g}")
        if len({*rows.targets}) > 1:
            print(f"R²                   {nn.r2(predictions, rows.targets):.6f}")
        return
    right = nn.accuracy(outputs, rows.targets)
    print(f"loss      {nn.cross_entropy(outputs, rows.targets):.4f}")
    print(f"accuracy  {right:.1%} ({round(right * len(rows))} of {len(rows)})")
    print("\nwhat it is (row), and what it was taken for (column):")
    classes = [printable(str(name)) for name in rows.class_names]
    counts = nn.confusion_matrix(outputs, rows.targets)
    table = [["", *classes], *([name, *map(str, line)] for name, line in zip(classes, counts, strict=True))]
    print(*aligned(table, right=range(1, len(table))), sep="\n")


def _trained(options: argparse.Namespace) -> nn.Trained:
    if options.weights.lower().endswith(".csv"):
        raise UsageError(
            f"{options.weights!r} is a table; the weights come first: "
            f"glassgrad {options.command} WEIGHTS TABLE"
        )
    if not os.path.exists(options.weights):
        raise UsageError(
            f"no such file: {options.weights!r}; give the weights.safetensors that `glassgrad train` wrote"
        )
    return nn.load_model(options.weights)


def _read(
    trained: nn.Trained, options: argparse.Namespace, means: Sequence[float], *, with_target: bool
) -> nn.Dataset:
    """Read the table of the options, with `means` for missing numbers if there may be some."""
    return nn.read_csv_like(
        options.table,
        trained.columns,
        with_target=with_target,
        means=means if options.missing == "mean" else None,
        separator=options.separator,
        encoding=options.encoding,
    )
