"""`glassgrad predict` and `glassgrad evaluate`: a trained network asked about the rows of a table."""

from __future__ import annotations

import argparse
import csv
import sys
from typing import TextIO

import nn
from glassgrad.output import UsageError, staged
from viz.text import printable


def predict(options: argparse.Namespace) -> None:
    """Write the features of each row of a table with what the network predicts, to a file or to stdout."""
    if options.out is not None and options.out.is_dir():
        raise UsageError(f"cannot write to {str(options.out)!r}: it is a directory; give --out a file in it")
    trained = _trained(options)
    rows = _read(trained, options, with_target=False)
    names = [f"predicted {rows.target_name}"]
    columns = [trained.predict(rows.features)]
    if options.probabilities:
        chances = trained.probabilities(rows.features)
        names += [f"probability of {name}" for name in rows.class_names or []]
        columns += [list(column) for column in zip(*chances, strict=True)]

    def write(file: TextIO) -> None:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*rows.feature_names, *names])
        for features, *answers in zip(rows.features, *columns, strict=True):
            cells = [*features, *answers]
            writer.writerow([f"{cell:.10g}" if isinstance(cell, float) else cell for cell in cells])

    if options.out is None:
        write(sys.stdout)
        return
    with (
        staged(options.out.parent) as folder,
        (folder / options.out.name).open("w", newline="", encoding="utf-8") as file,
    ):
        write(file)
    print(f"{len(rows)} predictions written to {printable(str(options.out))}")


def evaluate(options: argparse.Namespace) -> None:
    """Print how well a network predicts the target of a table."""
    trained = _trained(options)
    rows = _read(trained, options, with_target=True)
    outputs = trained.outputs(rows.features)
    print(f"{printable(options.table)}: {len(rows)} rows, {printable(rows.target_name)}")
    if rows.class_names is None:
        predictions = trained.scaling.undo(outputs)
        print(f"mean squared error   {nn.mse(predictions, rows.targets):.8g}")
        print(f"mean absolute error  {nn.mean_absolute_error(predictions, rows.targets):.8g}")
        if len({*rows.targets}) > 1:
            print(f"R²                   {nn.r2(predictions, rows.targets):.6f}")
        return
    right = nn.accuracy(outputs, rows.targets)
    print(f"loss      {nn.cross_entropy(outputs, rows.targets):.4f}")
    print(f"accuracy  {right:.1%} ({round(right * len(rows))} of {len(rows)})")
    print("\nwhat it is (row), and what it was taken for (column):")
    classes = [printable(name) for name in rows.class_names]
    counts = nn.confusion_matrix(outputs, rows.targets)
    table = [["", *classes], *([name, *map(str, line)] for name, line in zip(classes, counts, strict=True))]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *others in table:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        print("  ".join([first.ljust(widths[0]), *cells]))


def _trained(options: argparse.Namespace) -> nn.Trained:
    if options.weights.lower().endswith(".csv"):
        raise UsageError(
            f"{options.weights!r} is a table; the weights come first: "
            f"glassgrad {options.command} WEIGHTS TABLE"
        )
    return nn.load_model(options.weights)


def _read(trained: nn.Trained, options: argparse.Namespace, *, with_target: bool) -> nn.Dataset:
    means = [scale.mean for scale in trained.scaling.features] if options.missing == "mean" else None
    return nn.read_csv_like(
        options.table,
        trained.columns,
        with_target=with_target,
        means=means,
        separator=options.separator,
        encoding=options.encoding,
    )
