"""Data: rows of numbers with a target each, cut into a part to learn from and a part to be tested on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import cos, pi, sin
from typing import Any

from nn.seed import Seed, generator


class DataError(ValueError):
    """The data cannot be learned from; one line names the offending value and what is accepted."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Examples in the order they were read.

    `features` holds a row of numbers for each example, `targets` what is to be predicted from it: a number,
    or, where there are `class_names`, the index of a class.
    """

    features: list[list[float]]
    targets: list[Any]
    feature_names: list[str]
    target_name: str
    class_names: list[str] | None = None

    def __len__(self) -> int:
        return len(self.features)

    def rows(self, indices: Iterable[int]) -> Dataset:
        """Return the examples at `indices`, in that order."""
        indices = list(indices)
        return replace(
            self,
            features=[self.features[i] for i in indices],
            targets=[self.targets[i] for i in indices],
        )


def split(dataset: Dataset, held_out: float = 0.2, *, seed: Seed = 0) -> tuple[Dataset, Dataset]:
    """Return a training part and a held-out part with about the share `held_out` of the rows, at random.

    Every class is split by itself, so that both parts have the same mixture; each side gets at least one
    row of it. Rows keep their order.

    Raises ValueError unless 0 < held_out < 1; DataError when a class, or the whole, has fewer than 2 rows.
    """
    if not 0 < held_out < 1:
        raise ValueError(f"the held-out share must lie between 0 and 1, got {held_out!r}")
    rng = generator(seed)
    chosen: set[int] = set()
    for what, indices in _strata(dataset):
        if len(indices) < 2:
            raise DataError(f"too few rows to hold some out: {what} has {len(indices)}, not 2 or more")
        count = min(max(1, round(held_out * len(indices))), len(indices) - 1)
        chosen.update(rng.sample(indices, count))
    everything = range(len(dataset))
    return dataset.rows(i for i in everything if i not in chosen), dataset.rows(sorted(chosen))


def _strata(dataset: Dataset) -> list[tuple[str, list[int]]]:
    everything = range(len(dataset))
    if dataset.class_names is None:
        return [("the data", list(everything))]
    return [
        (f"class {name!r}", [i for i in everything if dataset.targets[i] == label])
        for label, name in enumerate(dataset.class_names)
    ]


def moons(n: int = 100, noise: float = 0.1, *, seed: Seed = 0) -> Dataset:
    """Return `n` points on two interleaved half circles of radius 1, class 0 the upper and 1 the lower.

    `noise` is the standard deviation of the normal scatter added to both coordinates. The shape is that of
    scikit-learn's make_moons. Raises ValueError for fewer than 4 points or a negative noise.
    """
    if n < 4:
        raise ValueError(f"two moons need at least 4 points, got {n}")
    if not noise >= 0:
        raise ValueError(f"the noise must be 0 or more, got {noise!r}")
    rng = generator(seed)
    labels = [0] * (n - n // 2) + [1] * (n // 2)
    features = []
    for label in (0, 1):
        count = labels.count(label)
        for i in range(count):
            angle = pi * i / (count - 1)
            x, y = (cos(angle), sin(angle)) if label == 0 else (1 - cos(angle), 0.5 - sin(angle))
            features.append([x + rng.gauss(0, noise), y + rng.gauss(0, noise)])
    return Dataset(features, labels, ["x", "y"], "moon", ["upper", "lower"])
