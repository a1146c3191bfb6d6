"""Tables as they come, learned from beside scikit-learn's MLP of the same widths; how fast they are read.

Each table is written to a file and read back, so that what is measured is what `glassgrad train` meets.
"""

from __future__ import annotations

import argparse
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path
from random import Random
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from tqdm import tqdm

import nn

WIDTHS, EPOCHS = [16], 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="default: %(default)s")


def run(options: argparse.Namespace) -> None:
    """Print what each learned, and how fast and in how much memory a table is read."""
    with TemporaryDirectory() as folder:
        print(
            f"held out, mean over {options.seeds} seeds: accuracy of classes, R² of quantities, in per cent; "
            "how far apart, with the standard error"
        )
        for name, write in TABLES.items():
            path = Path(folder, f"{name.replace(' ', '_')}.csv")
            read = write(path)
            data = nn.read_csv(path, **read)
            ours, theirs = [], []
            for seed in tqdm(range(options.seeds), desc=name, leave=False):
                split = nn.split(data, 0.2, seed=seed)
                _, (train, held_out) = nn.standardise(*split)
                ours.append(_ours(train, held_out, seed))
                theirs.append(_theirs(train, held_out, seed))
            # On 89 held-out rows one split differs from the next by more than the two libraries do.
            apart = [100 * (a - b) for a, b in zip(ours, theirs, strict=True)]
            error = stdev(apart) / len(apart) ** 0.5 if len(apart) > 1 else inf
            print(
                f"  {name:<28} glassgrad {100 * mean(ours):6.2f}  scikit-learn {100 * mean(theirs):6.2f}  "
                f"apart {mean(apart):+.2f} ± {error:.2f}"
            )
        _reading(Path(folder, "large.csv"))


def _ours(train: nn.Dataset, held_out: nn.Dataset, seed: int) -> float:
    classes = train.class_names
    widths = [*WIDTHS, len(classes) if classes else 1]
    model = nn.MLP(len(train.feature_names), widths, init="xavier_uniform", seed=seed)  # as in scikit-learn
    optimizer = nn.Adam(model.parameters(), lr=0.01)
    loss = nn.cross_entropy if classes else nn.mse
    options: dict[str, Any] = {"epochs": EPOCHS, "batch_size": 32, "seed": seed, "progress": False}
    nn.fit(model, train, loss, optimizer, compiled=True, **options)
    outputs = nn.predict(model, held_out.features)
    return (nn.accuracy if classes else nn.r2)(outputs, held_out.targets)


def _theirs(train: nn.Dataset, held_out: nn.Dataset, seed: int) -> float:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    kind = MLPClassifier if train.class_names else MLPRegressor
    network = kind(
        hidden_layer_sizes=WIDTHS,
        learning_rate_init=0.01,
        batch_size=32,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it could train longer
        network.fit([*train.features], train.targets)
    score: float = network.score([*held_out.features], held_out.targets)
    return score


def _of_sklearn(name: str) -> Callable[[Path], dict[str, Any]]:
    def write(path: Path) -> dict[str, Any]:
        from sklearn import datasets

        found = getattr(datasets, f"load_{name}")()
        names = [*found.feature_names, "target"]
        rows = (
            [*row, target] for row, target in zip(found.data.tolist(), found.target.tolist(), strict=True)
        )
        _write(path, names, rows)
        return {}

    return write


def _with_text_and_holes(path: Path) -> dict[str, Any]:
    rng = Random(0)

    def rows() -> Iterator[list[Any]]:
        for _ in range(400):
            size, colour = rng.gauss(5, 2), rng.choice(("red", "green", "blue"))
            ripe = size + 3 * (colour == "red") + rng.gauss(0, 0.5) > 6
            yield ["" if rng.random() < 0.05 else f"{size:.3f}", colour, "ripe" if ripe else "green"]

    _write(path, ["size", "colour", "state"], rows())
    return {"text": "one-hot", "missing": "mean"}


def _with_decimal_commas(path: Path) -> dict[str, Any]:
    rng = Random(1)

    def rows() -> Iterator[list[Any]]:
        for _ in range(400):
            x, y = rng.uniform(-2, 2), rng.uniform(-2, 2)
            yield [f"{number:.4f}".replace(".", ",") for number in (x, y, x * y + rng.gauss(0, 0.1))]

    _write(path, ["x", "y", "z"], rows(), ";")
    return {}


def _large(path: Path) -> dict[str, Any]:
    rng = Random(2)

    def rows() -> Iterator[list[Any]]:
        for _ in range(100_000):
            xs = [rng.gauss(0, 1) for _ in range(8)]
            yield [*[f"{x:.5f}" for x in xs], "yes" if xs[0] * xs[1] + xs[2] > 0 else "no"]

    _write(path, [*[f"x{n}" for n in range(8)], "y"], rows())
    return {}


def _write(path: Path, names: list[str], rows: Iterator[list[Any]], separator: str = ",") -> None:
    lines = (separator.join(map(str, row)) for row in rows)
    path.write_text("\n".join([separator.join(names), *lines, ""]), encoding="utf-8")


TABLES = {
    "wine": _of_sklearn("wine"),
    "diabetes": _of_sklearn("diabetes"),
    "breast cancer": _of_sklearn("breast_cancer"),
    "text and missing cells": _with_text_and_holes,
    "semicolons, decimal commas": _with_decimal_commas,
}


def _reading(path: Path) -> None:
    _large(path)
    start = perf_counter()
    data = nn.read_csv(path)
    seconds = perf_counter() - start
    tracemalloc.start()
    nn.read_csv(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    cells = len(data) * (len(data.feature_names) + 1)
    size = path.stat().st_size
    print(f"{len(data):,} rows: {cells / seconds:,.0f} cells a second, at most {most / size:.1f}× the file")
