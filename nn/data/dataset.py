"""Data: rows of numbers with a target each, whole or in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from operator import index
from typing import Any

from nn.data.rows import Rows
from nn.seed import Seed, generator


class DataError(ValueError):
    """The data cannot be learned from; one line names the offending value and what is accepted."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Examples in the order they were read.

    `features` holds a row of numbers for each example, `targets` what is to be predicted from it: a number,
    a list of numbers, or, where there are `class_names`, the index of a class. `notes` say how a table was
    read.
    """

    features: Sequence[list[float]]
    targets: list[Any]
    feature_names: list[str]
    target_name: str
    class_names: list[str] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.features)

    def rows(self, indices: Iterable[int]) -> Dataset:
        """Return the examples at `indices`, in that order."""
        indices, features = list(indices), self.features
        return replace(
            self,
            features=features.take(indices) if isinstance(features, Rows) else [features[i] for i in indices],
            targets=[self.targets[i] for i in indices],
        )


def from_arrays(
    features: Iterable[Iterable[float]],
    targets: Iterable[float],
    *,
    feature_names: Sequence[str] | None = None,
    target_name: str = "y",
    class_names: Sequence[str] | None = None,
) -> Dataset:
    """Return a Dataset of `features`, a row for each example, and `targets`, a number for each.

    Both may be lists, or NumPy arrays of shapes (n, d) and (n,). With `class_names` the targets are the
    indices of classes, from 0; without, they are quantities. Features are called x1, x2, … unless named.

    Raises DataError for no rows, rows of different widths, more or fewer targets than rows, a number that is
    not finite, and a class that does not exist.
    """
    rows = [[float(x) for x in row] for row in features]
    numbers = [float(target) for target in targets]
    if not rows:
        raise DataError("expected at least 1 row, got 0")
    if len(numbers) != len(rows):
        raise DataError(f"expected a target for each row, got {len(numbers)} for {len(rows)}")
    names = [f"x{i}" for i in range(1, len(rows[0]) + 1)] if feature_names is None else list(feature_names)
    for i, (row, number) in enumerate(zip(rows, numbers, strict=True)):
        if len(row) != len(names):
            raise DataError(f"row {i} has {len(row)} features, expected {len(names)}")
        for name, x in zip([*names, target_name], [*row, number], strict=True):
            if not isfinite(x):
                raise DataError(f"row {i}, column {name!r}: {x} is not a finite number")
        if class_names is not None and number not in range(len(class_names)):
            raise DataError(f"row {i}: {number:g} is not the index of one of {len(class_names)} classes")
    if class_names is None:
        return Dataset(rows, numbers, names, target_name)
    return Dataset(rows, [int(number) for number in numbers], names, target_name, list(class_names))


def batches(dataset: Dataset, batch_size: int, *, seed: Seed = 0) -> Iterator[Dataset]:
    """Yield all rows once, in random order, `batch_size` at a time; the last batch may be smaller.

    A batch of all rows gives batch gradient descent, of one row stochastic, and in between mini-batch
    (document 000 §3). A generator as `seed` gives a new order each time. Raises ValueError for an empty
    batch.
    """
    if batch_size < 1:
        raise ValueError(f"expected at least 1 row in a batch, got {batch_size}")
    order = generator(seed).sample(range(len(dataset)), len(dataset))
    return (dataset.rows(order[i : i + batch_size]) for i in range(0, len(order), batch_size))


def one_hot(labels: Iterable[int], num_classes: int) -> list[list[float]]:
    """Return a row for each label, with 1 in the place of its class and 0 elsewhere.

    Raises ValueError, with both numbers, for a label outside 0 … num_classes − 1, TypeError for one that is
    not an int.
    """
    rows = []
    for label in labels:
        if not 0 <= index(label) < num_classes:
            raise ValueError(f"label {label} is out of range for {num_classes} classes")
        rows.append([float(k == label) for k in range(num_classes)])
    return rows
