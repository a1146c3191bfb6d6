"""Searches try what they should, and rank it; a learning curve grows its rows."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log10, nan
from random import Random
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from nn import (
    MLP,
    SGD,
    Dataset,
    SearchResult,
    TrainingError,
    Trial,
    fit,
    grid_search,
    house,
    iris,
    k_fold,
    learning_curve,
    log_uniform,
    mse,
    predict,
    random_search,
    standardise,
)


def test_a_grid_is_tried_in_every_combination() -> None:
    result = grid_search(lambda a, b: (a - 2) ** 2 + len(b), {"a": [1, 2, 3], "b": ["x", "yy"]})
    assert [(t.settings["a"], t.settings["b"], t.score) for t in result.trials] == [
        (1, "x", 2),
        (1, "yy", 3),
        (2, "x", 1),
        (2, "yy", 2),
        (3, "x", 2),
        (3, "yy", 3),
    ]
    assert result.best == Trial({"a": 2, "b": "x"}, 1)


def test_a_random_search_draws_from_values_and_functions_by_its_seed() -> None:
    def settings(seed: int) -> list[dict[str, Any]]:
        space: dict[str, Any] = {"lr": log_uniform(1e-4, 1.0), "width": [4, 8]}
        return [t.settings for t in random_search(lambda lr, width: lr, space, 400, seed=seed).trials]

    drawn = settings(0)
    assert len(drawn) == 400
    assert {s["width"] for s in drawn} == {4, 8}
    powers = [log10(s["lr"]) for s in drawn]
    assert -4 <= min(powers) < max(powers) <= 0
    for low in (-4, -3, -2, -1):
        assert sum(low <= power < low + 1 for power in powers) == pytest.approx(100, abs=35)
    assert drawn == settings(0) != settings(1)


def test_the_table_shows_the_best_trial_first_and_nan_last() -> None:
    trials = [
        ({"lr": 0.1, "kind": "a"}, nan),
        ({"lr": 1 / 3, "kind": "bb"}, 0.25),
        ({"lr": 1.0, "kind": "c"}, inf),
    ]
    result = SearchResult([Trial(settings, score) for settings, score in trials])
    assert result.best.score == 0.25
    assert str(result).splitlines() == [
        "    lr  kind  score",
        "0.3333    bb   0.25",
        "   0.1     a    nan",
        "     1     c    inf",
    ]


def test_every_setting_stands_below_its_name_in_whatever_order_trials_hold_them() -> None:
    trials = [
        Trial({"lr": 0.1, "width": 4}, 1.0),
        Trial({"width": 8, "lr": 0.2}, 2.0),
        Trial({"decay": 0.5, "lr": 0.3}, 3.0),
        Trial({}, 4.0),
    ]
    assert str(SearchResult(trials)).splitlines() == [
        " lr  width  decay  score",
        "0.1      4             1",
        "0.2      8             2",
        "0.3           0.5      3",
        "                       4",
    ]


def test_a_training_that_diverges_scores_infinity() -> None:
    def run(lr: float) -> float:
        if lr > 1:
            raise TrainingError("diverged")
        return lr

    assert [t.score for t in grid_search(run, {"lr": [0.5, 2.0]}).trials] == [0.5, inf]


def test_cross_validation_on_the_house_prices_finds_a_rate_that_works() -> None:
    # D2.4
    _, (data,) = standardise(house())

    def run(lr: float) -> float:
        losses = []
        for train, held_out in k_fold(data, 3):
            model = MLP(1, [1], seed=1)
            fit(model, train, mse, SGD(model.parameters(), lr), epochs=30, batch_size=7, progress=False)
            losses.append(mse(predict(model, held_out.features), held_out.targets))
        return fmean(losses)

    result = grid_search(run, {"lr": [1e-4, 0.1, 1e200]})
    assert result.best.settings == {"lr": 0.1}
    assert result.trials[2].score == inf


def test_a_learning_curve_adds_rows_to_those_it_had() -> None:
    seen: list[Dataset] = []

    def run(rows: Dataset) -> tuple[float, float]:
        seen.append(rows)
        return float(len(rows)), -float(len(rows))

    curve = learning_curve(run, iris(), [10, 50, 150], seed=1)
    assert (curve.sizes, curve.train_loss, curve.held_out_loss) == (
        [10, 50, 150],
        [10, 50, 150],
        [-10, -50, -150],
    )
    assert all(row in seen[1].features for row in seen[0].features)
    assert seen[2] == iris()
    assert len(set(seen[0].targets)) > 1


@pytest.mark.parametrize(
    "search", [grid_search, lambda run, space: random_search(run, space, 2)], ids=["grid", "random"]
)
@pytest.mark.parametrize(
    "values",
    [0.1, "relu", None, {"relu", "tanh"}, np.array(0.1)],
    ids=["float", "text", "None", "set", "array of no axes"],
)
def test_values_to_try_are_a_list(search: Any, values: Any) -> None:
    with pytest.raises(TypeError, match=r"'a' needs a list of the values to try, got .*: write"):
        search(lambda a: 0.0, {"a": values})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: grid_search(lambda: 0.0, {}), "at least 1 setting to vary, got 0"),
        (lambda: grid_search(lambda a: 0.0, {"a": []}), "at least 1 value of 'a', got 0"),
        (lambda: random_search(lambda a: 0.0, {"a": ()}, 3), "at least 1 value of 'a', got 0"),
        (lambda: random_search(lambda a: 0.0, {"a": Random.random}, 0), "trials must be 1 or more, got 0"),
        (lambda: log_uniform(0, 1), "0 < low < high < inf, got 0 and 1"),
        (lambda: learning_curve(lambda rows: (0, 0), house(), [8]), "a size from 1 to 7, got 8"),
        (lambda: learning_curve(lambda rows: (0, 0), house(), [3, 0]), "sizes must be 1 or more, got 0"),
        (lambda: learning_curve(lambda rows: (0, 0), house(), [7 / 2]), r"a whole number, got 3\.5"),
    ],
)
def test_searches_that_have_nothing_to_try_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_what_is_finished_survives_an_exception_and_is_not_tried_again() -> None:
    calls: list[float] = []

    def run(lr: float) -> float:
        calls.append(lr)
        if lr == 3 and calls.count(3) == 1:
            raise OSError("disk full")
        return lr

    trials: list[Trial] = []
    with pytest.raises(OSError, match="disk full"):
        grid_search(run, {"lr": [1, 2, 3, 4]}, trials=trials)
    assert [trial.score for trial in trials] == [1, 2]
    assert [trial.score for trial in grid_search(run, {"lr": [1, 2, 3, 4]}, trials=trials).trials] == [
        1,
        2,
        3,
        4,
    ]
    assert calls == [1, 2, 3, 3, 4]
    made: list[Trial] = []
    random_search(run, {"lr": [1]}, 1, made=made)
    assert made == [Trial({"lr": 1}, 1)]


@pytest.mark.parametrize(
    ("values", "different"),
    [
        ([True, 1, 1.0], 3),
        ([np.zeros(2), np.zeros(2), np.zeros(3), np.array([0.0, 1.0]), np.zeros(2, int), [0.0, 0.0]], 5),
        ([[1, 2], [1, 2], (1, 2), [True, 2], [1, 2, 3]], 4),
        ([{"a": np.ones(2)}, {"a": np.ones(2)}, {"a": np.zeros(2)}, {"b": np.ones(2)}, {}], 4),
        ([np.float64(0.5), 0.5, np.int64(2), 2, np.True_, True], 3),
        ([nan, nan, None, None, "a", "a", len, len], 4),
        ([], 0),
    ],
)
def test_settings_are_the_same_that_are_of_one_type_and_value(values: list[Any], different: int) -> None:
    trials: list[Trial] = []
    for value in values * 2:
        grid_search(lambda a: 0.0, {"a": [value]}, trials=trials)
    assert len(trials) == different


def test_an_interrupt_ends_a_search_with_what_is_finished() -> None:
    def run(lr: float) -> float:
        if lr == 2:
            raise KeyboardInterrupt
        return lr

    result = grid_search(run, {"lr": [1, 2, 3]})
    assert (result.interrupted, len(result.trials)) == (True, 1)
    with pytest.raises(KeyboardInterrupt):
        grid_search(run, {"lr": [2]})
