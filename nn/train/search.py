"""Search: trying settings, or amounts of data, and keeping the score (document 002 §7, §9 to §11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import exp, inf, log
from random import Random
from typing import Any

import numpy as np

from autograd.notation.rows import aligned
from nn.data.dataset import Dataset
from nn.seed import Seed, generator
from nn.sizes import is_row, require_at_least
from nn.train.training import TrainingError


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings, and the score a training with them reached."""

    settings: dict[str, Any]
    score: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The trials of a search, in the order they were made. As text it is a table, the best trial first.

    Its columns are the settings of all trials; what a trial did not have is left blank.
    """

    trials: list[Trial]
    interrupted: bool = False
    """Whether Ctrl-C ended the search before its last trial."""

    @property
    def best(self) -> Trial:
        """The trial with the lowest score, the earliest of several; nan counts as the highest."""
        return self._ranked()[0]

    def _ranked(self) -> list[Trial]:
        return sorted(self.trials, key=lambda trial: inf if trial.score != trial.score else trial.score)

    def __str__(self) -> str:
        names = list(dict.fromkeys(name for trial in self.trials for name in trial.settings))
        rows = [[*names, "score"]]
        for trial in self._ranked():
            settings = [_cell(trial.settings[name]) if name in trial.settings else "" for name in names]
            rows.append([*settings, f"{trial.score:.6g}"])
        return "\n".join(aligned(rows, right=range(len(rows[0]))))


def grid_search(
    run: Callable[..., float], space: Mapping[str, Sequence[Any]], *, trials: list[Trial] | None = None
) -> SearchResult:
    """Try every combination of the values in `space`, calling `run(name=value, …)` for its score.

    Lower is better: a held-out loss, or its mean over the folds of `k_fold`. A training that diverges scores
    inf. Ctrl-C ends the search early. Each trial is put into the list `trials` as soon as it is made, where
    an exception leaves it; what has been tried there already, settings of the same types and values, is not
    tried again. Raises ValueError for a name without values, TypeError for values that are no list, and
    whatever `run` raises.
    """
    _check_space(space)
    candidates = [dict(zip(space, values, strict=True)) for values in product(*space.values())]
    return _search(run, candidates, trials)


def random_search(
    run: Callable[..., float],
    space: Mapping[str, Sequence[Any] | Callable[[Random], Any]],
    trials: int,
    *,
    seed: Seed = 0,
    made: list[Trial] | None = None,
) -> SearchResult:
    """Try `trials` settings drawn at random; `run` and the result are those of `grid_search`.

    `made` is the list of finished trials, as `trials` there.

    A setting is one of several values, or what a function makes of a generator, such as `log_uniform`. Where
    few settings matter, this tries more values of each than a grid: Bergstra and Bengio, Random search for
    hyper-parameter optimization (2012). Raises ValueError for no trials and a name without values.
    """
    _check_space(space)
    require_at_least(1, trials=trials)
    rng = generator(seed)
    return _search(
        run,
        [
            {name: values(rng) if callable(values) else rng.choice(values) for name, values in space.items()}
            for _ in range(trials)
        ],
        made,
    )


def log_uniform(low: float, high: float) -> Callable[[Random], float]:
    """Return a function that draws numbers whose logarithm is uniform: each power of ten is as likely.

    That is how learning rates and strengths differ. Raises ValueError unless 0 < low < high < inf.
    """
    if not 0 < low < high < inf:
        raise ValueError(f"expected 0 < low < high < inf, got {low!r} and {high!r}")
    return partial(_log_uniform, log(low), log(high))


def _log_uniform(low: float, high: float, rng: Random) -> float:
    return exp(rng.uniform(low, high))


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """The losses that trainings on ever more examples reached, one entry a size.

    Both high and close together tell of underfitting, far apart of overfitting, which more data would help.
    """

    sizes: list[int]
    train_loss: list[float]
    held_out_loss: list[float]


def learning_curve(
    run: Callable[[Dataset], tuple[float, float]], train: Dataset, sizes: Iterable[int], *, seed: Seed = 0
) -> LearningCurve:
    """Train on ever more rows of `train`: `run(rows)` returns the loss on these rows and on held-out ones.

    The rows are drawn at random, and each size has those of the smaller ones among its own.
    Raises ValueError for a size that is not a whole number from 1 to the number of rows.
    """
    sizes = list(sizes)
    for size in sizes:
        require_at_least(1, sizes=size)
        if size > len(train):
            raise ValueError(f"expected a size from 1 to {len(train)}, got {size}")
    order = generator(seed).sample(range(len(train)), len(train))
    losses = [run(train.rows(sorted(order[:size]))) for size in sizes]
    return LearningCurve(sizes, [ours for ours, _ in losses], [held_out for _, held_out in losses])


def _search(
    run: Callable[..., float], candidates: list[dict[str, Any]], trials: list[Trial] | None
) -> SearchResult:
    trials = [] if trials is None else trials
    known = [trial.settings for trial in trials]
    try:
        for settings in candidates:
            if not any(_same(settings, tried) for tried in known):
                trials.append(Trial(settings, _score(run, settings)))
    except KeyboardInterrupt:
        if not trials:
            raise
        return SearchResult(trials, interrupted=True)
    return SearchResult(trials)


def _same(a: Any, b: Any) -> bool:
    """Return whether two settings are one: of the same type and equal, in every part and every number."""
    a, b = (x.item() if isinstance(x, np.generic) else x for x in (a, b))  # np.float64(0.1) is 0.1
    if a is b or type(a) is not type(b):
        return a is b
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[name], b[name]) for name in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(a == b)


def _score(run: Callable[..., float], settings: dict[str, Any]) -> float:
    try:
        return run(**settings)
    except TrainingError:
        return inf


def _check_space(space: Mapping[str, Any]) -> None:
    if not space:
        raise ValueError("expected at least 1 setting to vary, got 0")
    for name, values in space.items():
        if callable(values):
            continue
        if not is_row(values):  # of a text each letter would be tried
            raise TypeError(
                f"{name!r} needs a list of the values to try, got {values!r:.40}: write [{values!r:.40}]"
            )
        if not len(values):
            raise ValueError(f"expected at least 1 value of {name!r}, got 0")


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
