"""Standardisation: every column to mean 0 and standard deviation 1, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import fsum, hypot, inf, isfinite, sqrt
from typing import Any

from autograd.ordered import refuse_unordered
from autograd.primitive import as_number
from nn.data.dataset import DataError, Dataset, require_alike
from nn.data.rows import Rows
from nn.sizes import is_row

OTHERS = "of a target that does not, nothing can be learned; give rows with other values"


@dataclass(frozen=True, slots=True)
class Scale:
    """The mean and the standard deviation of a column, in its unit."""

    mean: float
    deviation: float

    def standardise(self, x: float) -> float:
        """Return how many standard deviations `x` lies above the mean."""
        number: float = as_number(x)
        return (number - self.mean) / self.deviation

    def undo(self, z: float) -> float:
        """Return the number in the column's unit that lies `z` standard deviations above the mean."""
        number: float = as_number(z)
        return self.mean + self.deviation * number


@dataclass(frozen=True, slots=True)
class Scaling:
    """The scale of every feature and of every number of a target; classes are left as they are."""

    features: list[Scale]
    targets: list[Scale]

    @property
    def target(self) -> Scale:
        """The scale of a target that is one number. Raises ValueError where a target has several."""
        if len(self.targets) != 1:
            raise ValueError(f"a target has {len(self.targets)} numbers, each with a scale in `targets`")
        return self.targets[0]

    def row(self, features: Sequence[float]) -> list[float]:
        """Return one row of features, standardised.

        Raises ValueError, with both numbers, for a row of another length, and for what is no row of numbers;
        TypeError for one in no order, as a dict.
        """
        refuse_unordered(features)
        if not hasattr(features, "__len__") or isinstance(features, str):
            raise ValueError(f"expected rows of numbers, got {features!r:.40}: write [[…]] for a single row")
        if any(isinstance(x, str) for x in features):
            raise ValueError(
                f"expected numbers, got {list(features)!r:.40}: nn.read_csv_like reads a table as in training"
            )
        if len(features) != len(self.features):
            raise ValueError(f"expected {len(self.features)} features, got {len(features)}")
        return [scale.standardise(x) for scale, x in zip(self.features, features, strict=True)]

    def dataset(self, dataset: Dataset) -> Dataset:
        """Return the dataset with all features standardised, and the targets unless they are classes."""
        targets = dataset.targets
        if dataset.class_names is None:
            targets = _mapped(Scale.standardise, self.targets, targets)
        return replace(dataset, features=Rows([self.row(row) for row in dataset.features]), targets=targets)

    def undo(self, predictions: Sequence[Any]) -> list[Any]:
        """Return predictions, a number or a list of numbers for each row, in the unit of the targets.

        Raises ValueError, with both counts, for other numbers of them than a target has, TypeError for a data
        frame, a dict and a set.
        """
        refuse_unordered(predictions)
        return _mapped(Scale.undo, self.targets, predictions)

    def undo_line(self, weights: Sequence[float], bias: float) -> tuple[float, list[float]]:
        """Return intercept and slopes, in the columns' units, of a linear model of the standardised columns.

        From (y − μ)/σ = b + Σ wᵢ (xᵢ − μᵢ)/σᵢ follows slopeᵢ = wᵢ σ/σᵢ, intercept = μ + σ b − Σ slopeᵢ μᵢ.
        Raises ValueError, with both numbers, unless there is a weight for each feature.
        """
        refuse_unordered(weights)
        if len(weights) != len(self.features):
            raise ValueError(f"expected {len(self.features)} weights, got {len(weights)}")
        columns = self.features
        unit = self.target.deviation
        slopes = [as_number(w) * unit / x.deviation for w, x in zip(weights, columns, strict=True)]
        shifts = [m * x.mean for m, x in zip(slopes, columns, strict=True)]
        try:
            shift = fsum(shifts)
        except (OverflowError, ValueError):  # beyond the largest float, or ∞ − ∞
            shift = sum(shifts)
        return self.target.undo(bias) - shift, slopes


def standardise(train: Dataset, *others: Dataset) -> tuple[Scaling, list[Dataset]]:
    """Return the scaling of the training rows, and `train` and `others` standardised by it.

    Only the training rows decide on means and deviations: what is held out must stay unknown.
    Targets that are not known have no scale. Raises DataError for fewer than 2 training rows, for others with
    other feature or class names, and, naming the column, when it has the same value in every training row.
    """
    for other in others:
        require_alike(train, other)
    if len(train) < 2:
        raise DataError(
            f"expected at least 2 training rows to measure a spread of, got {len(train)}; give more"
        )
    columns = zip(*train.features, strict=True)
    tables = {f"{name}={text}": name for name, texts in train.texts.items() for text in texts}
    scaling = Scaling(
        [
            _scale(name, column, f"ignore=[{tables.get(name, name)!r}] leaves it out")
            for name, column in zip(train.feature_names, columns, strict=True)
        ],
        _target_scales(train),
    )
    return scaling, [scaling.dataset(dataset) for dataset in (train, *others)]


def _target_scales(train: Dataset) -> list[Scale]:
    if train.class_names is not None:
        return [Scale(0.0, 1.0)]
    if not len(train.targets):
        return []
    if not is_row(train.targets[0]):
        return [_scale(train.target_name, train.targets, OTHERS)]
    columns = enumerate(zip(*train.targets, strict=True))
    return [_scale(f"{train.target_name}[{place}]", column, OTHERS) for place, column in columns]


def _mapped(
    change: Callable[[Scale, float], float], scales: Sequence[Scale], targets: Sequence[Any]
) -> list[Any]:
    """Return what a change makes of targets that are each one number, or a list of them."""
    changed: list[Any] = []
    for target in targets:
        row = target if is_row(target) else [target]
        if len(row) != len(scales):
            raise ValueError(f"expected {len(scales)} numbers in a target, got {len(row)}")
        numbers = [change(scale, x) for scale, x in zip(scales, row, strict=True)]
        changed.append(numbers if is_row(target) else numbers[0])
    return changed


def mean_of(column: Sequence[float]) -> float:
    """Return the mean of finite numbers, which lies among them, however large they are."""
    half = fsum(x / 2 / len(column) for x in column)  # the sum itself might overflow by a rounding
    return min(max(2 * half, min(column)), max(column))


def _scale(name: str, column: Iterable[float], remedy: str) -> Scale:
    column = [*map(as_number, column)]
    if len(set(column)) < 2:
        raise DataError(
            f"column {name!r} is {column[0]} in all {len(column)} training rows; it must vary: {remedy}"
        )
    mean = mean_of(column)
    deviation = hypot(*[x - mean for x in column]) / sqrt(len(column))  # no square overflows in hypot
    if not (isfinite(mean) and 0 < deviation < inf):
        raise DataError(
            f"column {name!r} reaches from {min(column)!r} to {max(column)!r}, and its standard deviation is "
            f"{deviation!r} in float64; give it in another unit"
        )
    return Scale(mean, deviation)
