"""Data: rows of numbers with a target each, whole or in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from math import isfinite
from operator import index
from typing import Any

import numpy as np

from autograd.notation.rows import html_table
from autograd.ordered import refuse_unordered
from autograd.scalar import REAL_KINDS
from nn.data.rows import Rows
from nn.seed import Seed, generator
from nn.sizes import is_row, require_at_least

MOST_ROWS, MOST_FEATURES = 5, 12
"""So much of the data a notebook shows."""


BYTES = (bytes, bytearray, memoryview)
"""What float() would read as text."""

FEATURES = "is text; features are numbers: write float(x), or nn.from_frame(…, text='one-hot') takes texts"
FROM_FRAME = "nn.from_frame reads one, or give frame.to_numpy()"
"""What is said of a data frame that is to be rows or targets."""

TARGETS = "stands among numbers; give numbers or text"
"""What is said of a text among features, and targets, that are numbers."""


REAL = {"features": REAL_KINDS, "targets": ("f",)}
"""The kinds of arrays that become float64, as all numbers; whole numbers as targets may be classes."""


class DataError(ValueError):
    """The data cannot be learned from; one line names the offending value and what is accepted."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Examples in the order they were read.

    `features` holds a row of numbers for each example, `targets` what is to be predicted from it: a number,
    a list of numbers, or, where there are `class_names`, the index of a class; there are no `targets` at all
    where these are not known. Of a table, `notes` say how it was read, and `texts` what stood in the columns
    of text, of each of which "column=text" is a feature.

    Rows are not changed in place: most are made anew whenever one is asked for, and a change would be lost.
    `dataclasses.replace(data, features=[…])` returns a Dataset with others.

    Arrays of numbers become arrays of float64, but for whole numbers as targets.
    Features and targets that are looked up in a way of their own, as a Series of pandas by its labels, become
    lists; a data frame, a dict, a set and what is no list are a TypeError.
    """

    features: Sequence[list[float]]
    targets: list[Any]
    feature_names: list[str]
    target_name: str
    class_names: list[str] | None = None
    notes: tuple[str, ...] = ()
    texts: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("features", "targets"):
            given: Any = getattr(self, name)
            if not isinstance(given, (list, tuple, Rows, np.ndarray)):
                refuse_unordered(given, what=f"{name} in a list", of_frame=FROM_FRAME)
                if not isinstance(given, Iterable):
                    raise TypeError(
                        f"expected {name} in a list, got {given!r:.40}: give [] where there are none"
                    )
                object.__setattr__(self, name, list(given))
            elif isinstance(given, np.ndarray) and given.dtype.kind in REAL[name]:
                object.__setattr__(self, name, given.astype(np.float64, copy=False))

    def __len__(self) -> int:
        return len(self.features)

    def _repr_html_(self) -> str:
        """Return the first rows as a table, the target last; of many features, the first."""
        cut = len(self.feature_names) > MOST_FEATURES
        kept = slice(MOST_FEATURES if cut else None)
        known = len(self.targets) == len(self)
        rows = [
            [*(f"{x:.6g}" for x in self.features[place][kept]), *["…"] * cut, *self._target(place)]
            for place in range(min(len(self), MOST_ROWS))
        ]
        heads = [*self.feature_names[kept], *["…"] * cut, *[self.target_name] * known]
        return html_table(heads, rows, "; ".join([f"{len(self)} rows", *self.notes]))

    def _target(self, place: int) -> list[str]:
        """Return the target of a row, or nothing where it is not known."""
        targets, names = self.targets[place : place + 1], self.class_names
        return [str(names[target]) if names and not is_row(target) else f"{target}" for target in targets]

    def rows(self, indices: Iterable[int]) -> Dataset:
        """Return the examples at `indices`, in that order. Raises TypeError for a mask of yes and no."""
        indices, features = list(indices), self.features
        if {bool, np.bool_} & {*map(type, indices)}:
            raise TypeError(
                f"rows are given by their numbers, got the mask {indices!r:.40}: write "
                "rows([i for i, keep in enumerate(mask) if keep])"
            )
        return replace(
            self,
            features=features.take(indices) if isinstance(features, Rows) else [features[i] for i in indices],
            targets=[self.targets[i] for i in indices] if len(self.targets) else [],
        )


def from_arrays(
    features: Iterable[Iterable[float]],
    targets: Iterable[Any],
    *,
    feature_names: Sequence[str] | None = None,
    target_name: str = "y",
    class_names: Sequence[str] | None = None,
) -> Dataset:
    """Return a Dataset of `features`, a row for each example, and `targets`, one for each.

    Both may be lists, or NumPy arrays of shapes (n, d) and (n,), or (n, k) for targets of k numbers. Targets
    that are text are classes, in alphabetical order or that of `class_names`; with `class_names` numbers are
    the indices of classes, from 0; without, they are quantities. True and False are classes by name where one
    of them, or its name as text, is among `class_names`. Features are called x1, x2, … unless named.
    Names become text, but for numbers that are names of classes.

    Raises DataError for no rows, rows of different widths, more or fewer targets than rows, what is no number
    or not a finite one, bytes, a class that does not exist, and a class or a feature that is named twice;
    TypeError for a data frame, a dict and a set, also as a row or as names.
    """
    refuse_unordered(features, targets, of_frame=FROM_FRAME)
    refuse_unordered(feature_names, class_names, what="names in a list")
    cells = [_row(row, i) for i, row in enumerate(features)]
    goals = [_plain(goal) for goal in targets]
    if not cells:
        raise DataError("expected at least 1 row, got 0")
    if len(goals) != len(cells):
        raise DataError(f"expected a target for each row, got {len(goals)} for {len(cells)}")
    width = len(cells[0])
    names = [f"x{i}" for i in range(1, width + 1)] if feature_names is None else [*map(str, feature_names)]
    _check_names_differ("feature", names)
    for i, row in enumerate(cells):
        if len(row) != len(names):
            raise DataError(f"row {i} has {len(row)} features, expected {len(names)}")
    rows = [
        [finite(x, f"row {i}, column {name!r}", FEATURES) for name, x in zip(names, row, strict=True)]
        for i, row in enumerate(cells)
    ]
    if isinstance(goals[0], str) and class_names is None:
        for i, goal in enumerate(goals):
            if not isinstance(goal, str):
                raise DataError(
                    f"row {i}, column {target_name!r}: {goal!r} stands among text; give numbers or text"
                )
        class_names = sorted({*map(str, goals)})
    if class_names is not None:
        class_names = [*map(_class_name, class_names)]
        _check_names_differ("class", class_names)
        index = {str(name): number for number, name in enumerate(class_names)}
        named = (str, bool, np.bool_) if {"True", "False"} & index.keys() else (str,)
        goals = [_class(goal, i, index, named) for i, goal in enumerate(goals)]
    else:
        goals = [_quantity(goal, i, target_name) for i, goal in enumerate(goals)]
        if len({len(goal) if isinstance(goal, list) else 0 for goal in goals}) > 1:
            raise DataError("expected targets of as many numbers each; got some of more than others")
    return Dataset(Rows(rows), goals, names, target_name, class_names)


def require_alike(train: Dataset, other: Dataset) -> None:
    """Raise DataError unless other rows have the features and the classes of `train`, in the same order.

    Else a column would be taken for another, and a class for the one that has its number.
    """
    for names in ("feature_names", "class_names"):
        pairs = zip_longest(getattr(train, names) or (), getattr(other, names) or ())
        for place, (known, given) in enumerate(pairs):
            if known != given:
                raise DataError(
                    f"{names}[{place}] is {known!r} in the training rows and {given!r} in the others: read "
                    f"these by nn.read_csv_like, or nn.from_arrays(…, {names}=train.{names})"
                )


def class_of(target: Any, row: int, classes: int) -> int:
    """Return the index of the class of a target: itself or, of a row with the share of each, the largest.

    Raises DataError for a target that falls into none of so many classes.
    """
    if is_row(target) and len(target) == classes:
        return max(range(classes), key=target.__getitem__)
    if is_row(target) or target not in range(classes):
        raise DataError(
            f"row {row}: the target {target!r:.40} is none of {classes} classes: give the index of one, or a "
            "row with the share of each, as nn.one_hot does"
        )
    return int(target)


def _row(row: Iterable[float], place: int) -> list[float]:
    """Return the cells of a row. Raises DataError for what is no row, TypeError for one in no order."""
    refuse_unordered(row, what=f"row {place} in a list")
    if not isinstance(row, Iterable) or getattr(row, "ndim", 1) == 0 or isinstance(row, (str, *BYTES)):
        raise DataError(
            f"row {place} is {row!r:.40}; expected a row of numbers: write [[x] for x in …] for one feature"
        )
    return [*row]


def _plain(target: Any) -> Any:
    """Return an array or a tensor as a number, or as lists of numbers, and any other target as it is."""
    is_array = hasattr(target, "ndim") and hasattr(target, "tolist") and not isinstance(target, BYTES)
    return target.tolist() if is_array else target


def _class_name(name: Any) -> Any:
    """Return a name of a class as a file of JSON keeps it: a number as Python's, anything else as text."""
    if isinstance(name, (np.number, np.bool_)):
        name = name.item()
    return name if isinstance(name, (int, float)) else str(name)


def _check_names_differ(what: str, names: Iterable[Any]) -> None:
    """Raise DataError for the first name that stands twice, as text."""
    for name, count in Counter(map(str, names)).items():
        if count > 1:
            raise DataError(f"{what}_names has {name!r} {count} times: give each {what} a name of its own")


def _class(target: Any, row: int, index: Mapping[str, int], named: tuple[type, ...]) -> int:
    """Return the number of a class that is given by its number or, where it is of such a type, its name."""
    if isinstance(target, named):
        if str(target) not in index:
            raise DataError(f"row {row}: {target!r} is none of the classes {', '.join(map(repr, index))}")
        return index[str(target)]
    try:
        if target in range(len(index)):
            return int(target)
    except (TypeError, ValueError, ArithmeticError):
        pass  # NA and a signalling nan refuse to be compared, and 0j, which is 0, to be an int
    several = isinstance(target, (list, tuple))
    remedy = "; give a number for each row: np.argmax(targets, axis=1), if they are one-hot" * several
    raise DataError(f"row {row}: {target!r:.40} is not the index of one of {len(index)} classes{remedy}")


def _quantity(target: Any, row: int, name: str) -> float | list[float]:
    where = f"row {row}, column {name!r}"
    if isinstance(target, (str, *BYTES)) or not isinstance(target, Iterable):
        return finite(target, where, TARGETS)
    refuse_unordered(target, what=f"the target of row {row} in a list")
    numbers = [finite(x, where, TARGETS) for x in target]
    if not numbers:
        raise DataError(f"{where}: a target without numbers; give one at least")
    return numbers


def finite(x: Any, where: str, text: str) -> float:
    """Return a finite number as a float. Raises DataError for what is none; `text` is said of a text."""
    if isinstance(x, str):
        raise DataError(f"{where}: {x!r:.40} {text}")
    if isinstance(x, BYTES):
        raise DataError(
            f"{where}: {x!r:.40} is bytes; give text, as an array of NumPy makes of it with .astype(str)"
        )
    try:
        number = float(x)
    except (TypeError, ValueError, RuntimeError):  # the last from a tensor of several numbers
        raise DataError(f"{where}: {x!r:.40} is not a number; give one, or leave the row out") from None
    except OverflowError:
        raise DataError(f"{where}: the {type(x).__name__} is beyond the largest number, 1.8e308") from None
    if not isfinite(number):
        raise DataError(f"{where}: {number} is not a finite number")
    return number


def batches(dataset: Dataset, batch_size: int, *, seed: Seed = 0) -> Iterator[Dataset]:
    """Yield all rows once, in random order, `batch_size` at a time; the last batch may be smaller.

    A batch of all rows gives batch gradient descent, of one row stochastic, and in between mini-batch
    (document 000 §3). A generator as `seed` gives a new order each time. Raises ValueError for an empty
    batch.
    """
    require_at_least(1, batch_size=batch_size)
    order = generator(seed).sample(range(len(dataset)), len(dataset))
    return (dataset.rows(order[i : i + batch_size]) for i in range(0, len(order), batch_size))


def class_index(label: Any) -> int:
    """Return a label as an int. Raises TypeError for one that is no whole number."""
    try:
        return index(label)
    except TypeError:
        raise TypeError(
            f"a label is the index of a class, a whole number, got {label!r:.40}: give nn.from_arrays "
            "class_names=[…], without which targets are quantities, or write int(label)"
        ) from None


def one_hot(labels: Iterable[int], num_classes: int) -> list[list[float]]:
    """Return a row for each label, with 1 in the place of its class and 0 elsewhere.

    Raises ValueError, with both numbers, for a label outside 0 … num_classes − 1, TypeError for one that is
    not an int, and for labels in no order, as a set.
    """
    refuse_unordered(labels)
    require_at_least(1, num_classes=num_classes)
    rows = []
    for label in labels:
        if not 0 <= class_index(label) < num_classes:
            raise ValueError(f"label {label} is out of range for {num_classes} classes")
        rows.append([float(k == label) for k in range(num_classes)])
    return rows
