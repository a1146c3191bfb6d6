"""Splitting: rows to learn from, to choose by and to be tested on, all with the same mixture of classes."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from nn.data.dataset import DataError, Dataset, class_of
from nn.seed import Seed, generator
from nn.sizes import require_at_least


def split(dataset: Dataset, held_out: float = 0.2, *, seed: Seed = 0) -> tuple[Dataset, Dataset]:
    """Return a training part and a held-out part with about the share `held_out` of the rows, at random.

    Every class that has rows is split by itself, so that both parts have the same mixture; each side gets at
    least one row of it. Where a target is a row, as of `nn.one_hot`, its class is that of the largest number.
    Rows keep their order.

    Raises ValueError unless 0 < held_out < 1; DataError when a class, or the whole, has fewer than 2 rows,
    and for a target that is of no class.
    """
    return _split(dataset, held_out, generator(seed))


def train_validation_test(
    dataset: Dataset, validation: float = 0.2, test: float = 0.2, *, seed: Seed = 0
) -> tuple[Dataset, Dataset, Dataset]:
    """Return three parts: to learn from, to choose settings by, and to be looked at once, at the very end.

    `validation` and `test` are shares of the whole; the rest is for training. Classes and errors are as in
    `split`, but that each needs 3 rows; raises ValueError also when the shares leave nothing for training.
    """
    if not validation + test < 1:
        raise ValueError(f"the shares must leave some rows to learn from, got {validation!r} and {test!r}")
    rng = generator(seed)
    rest, tested = _split(dataset, test, rng, staying=2)
    train, validated = _split(rest, validation / (1 - test), rng)
    return train, validated, tested


def k_fold(dataset: Dataset, k: int = 5, *, seed: Seed = 0) -> Iterator[tuple[Dataset, Dataset]]:
    """Yield `k` pairs of a training part and a held-out part; every row is held out exactly once, at random.

    The parts held out differ in size by at most one row, and so do their counts of each class. Rows keep
    their order. Stone, Cross-validatory choice and assessment of statistical predictions (1974).

    Raises ValueError for fewer than 2 folds, DataError for fewer rows than folds, and for a target that is of
    no class.
    """
    require_at_least(2, k=k)
    if len(dataset) < k:
        raise DataError(f"too few rows for {k} folds: {len(dataset)}")
    rng = generator(seed)
    dealt = [i for _, indices in _strata(dataset) for i in rng.sample(indices, len(indices))]
    folds = [set(dealt[fold::k]) for fold in range(k)]
    return (
        (dataset.rows(i for i in range(len(dataset)) if i not in fold), dataset.rows(sorted(fold)))
        for fold in folds
    )


def _split(dataset: Dataset, held_out: float, rng: Random, *, staying: int = 1) -> tuple[Dataset, Dataset]:
    """Return the parts of `split`; at least `staying` rows of each class are not held out."""
    if not 0 < held_out < 1:
        raise ValueError(f"the held-out share must lie between 0 and 1, got {held_out!r}")
    chosen: set[int] = set()
    for what, indices in _strata(dataset):
        if len(indices) <= staying:
            raise DataError(
                f"too few rows to hold some out: {what} has {len(indices)}, not {staying + 1} or more; "
                "give more rows, or leave these out"
            )
        count = min(max(1, round(held_out * len(indices))), len(indices) - staying)
        chosen.update(rng.sample(indices, count))
    everything = range(len(dataset))
    return dataset.rows(i for i in everything if i not in chosen), dataset.rows(sorted(chosen))


def _strata(dataset: Dataset) -> list[tuple[str, list[int]]]:
    """Return the rows of each class that has some, or all together where there are no classes."""
    names = dataset.class_names
    if names is None or not len(dataset.targets):
        return [("the data", list(range(len(dataset))))]
    members: list[list[int]] = [[] for _ in names]
    for i, target in enumerate(dataset.targets):
        members[class_of(target, i, len(names))].append(i)
    return [(f"class {name!r}", rows) for name, rows in zip(names, members, strict=True) if rows]
