"""Standardisation there and back."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import inf, isnan
from sys import float_info
from typing import Any

import numpy as np
import pytest

from nn import DataError, Dataset, from_arrays, house, iris, split, standardise
from nn.data.scaling import mean_of


def test_training_columns_get_mean_zero_and_deviation_one() -> None:
    _, (data,) = standardise(house())
    for column in (*zip(*data.features, strict=True), data.targets):
        assert sum(column) / 7 == pytest.approx(0, abs=1e-15)
        assert sum(x * x for x in column) / 7 == pytest.approx(1)


def test_only_the_training_rows_decide() -> None:
    train, held_out = house().rows([0, 1]), house().rows([2])
    scaling, (_, scaled) = standardise(train, held_out)
    assert scaling.features[0].mean == 60
    assert scaling.features[0].deviation == 10
    assert scaled.features == [[2.0]]
    assert scaled.targets == [pytest.approx((128 - 100) / 15)]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"feature_names": ["y", "x"]},
            r"feature_names\[0\] is 'x' in the training rows and 'y' in the others",
        ),
        ({"class_names": ["b", "a"]}, r"class_names\[0\] is 'a' .* and 'b' .*class_names=train\.class_names"),
        ({"class_names": ["a", "b", "c"]}, r"class_names\[2\] is None in the training rows and 'c' in"),
    ],
)
def test_rows_numbered_otherwise_than_the_training_rows_are_refused(options: Any, told: str) -> None:
    named = {"feature_names": ["x", "y"], "class_names": ["a", "b"]}
    train = from_arrays([[1, 2], [3, 4]], ["a", "b"], **named)
    with pytest.raises(DataError, match=told):
        standardise(train, train, from_arrays([[1, 2], [3, 4]], ["a", "b"], **named | options))


def test_rows_without_targets_are_standardised() -> None:
    train = replace(house(), targets=[])
    scaling, (scaled, other) = standardise(train, train.rows([0]))
    assert scaling.features == standardise(house())[0].features
    assert (scaling.targets, scaled.targets, other.targets) == ([], [], [])


def test_classes_stay_as_they_are() -> None:
    train, held_out = split(iris())
    scaling, scaled = standardise(train, held_out)
    assert [part.targets for part in scaled] == [train.targets, held_out.targets]
    assert scaling.target.undo(2) == 2


def test_a_number_comes_back() -> None:
    scaling, (data,) = standardise(house())
    assert [scaling.target.undo(z) for z in data.targets] == pytest.approx(house().targets)
    assert scaling.row([50.0]) == data.features[0]


def test_columns_of_any_size_can_be_standardised() -> None:
    for unit in (1e-300, 1e300):
        _, (data,) = standardise(Dataset([[1 * unit], [3 * unit]], [0.0, 1.0], ["x"], "y"))
        assert [*data.features] == [[pytest.approx(-1)], [pytest.approx(1)]]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 49])
@pytest.mark.parametrize("unit", [1.0, 1e-300, float_info.max, -float_info.max])
def test_a_mean_lies_among_its_numbers_however_large_they_are(count: int, unit: float) -> None:
    assert mean_of([unit] * count) == unit
    spread = [unit, *[unit / 2] * count]
    exact = Fraction(sum(map(Fraction, spread)), len(spread))
    assert min(spread) <= mean_of(spread) <= max(spread)
    assert mean_of(spread) == pytest.approx(float(exact), rel=1e-15)


def test_a_line_through_standardised_columns_comes_back() -> None:
    # y = 3 + 2a − 5b, so that the slopes of the standardised columns are 2 σa/σy and −5 σb/σy.
    rows = [[1.0, 10.0], [2.0, -4.0], [4.0, 0.5]]
    data = Dataset(rows, [3 + 2 * a - 5 * b for a, b in rows], ["a", "b"], "y")
    scaling, _ = standardise(data)
    a, b = (scale.deviation / scaling.target.deviation for scale in scaling.features)
    intercept, slopes = scaling.undo_line([2 * a, -5 * b], 0.0)
    assert intercept == pytest.approx(3)
    assert slopes == pytest.approx([2, -5])


@pytest.mark.parametrize(
    ("rows", "targets", "message"),
    [
        (
            [[5.0], [5.0]],
            [1.0, 2.0],
            "column 'x' is 5.0 in all 2 training rows; it must vary: ignore=['x'] leaves it out",
        ),
        ([[1.0], [2.0]], [7.0, 7.0], "column 'y' is 7.0 in all 2 training rows; it must vary: of a target"),
    ],
)
def test_a_constant_column_is_refused_by_name(
    rows: list[list[float]], targets: list[float], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        standardise(Dataset(rows, targets, ["x"], "y"))
    assert str(caught.value).startswith(message)
    assert ("ignore" in str(caught.value)) == (targets == [1.0, 2.0])


@pytest.mark.parametrize(
    ("column", "deviation"),
    [([-1.7e308, 1.7e308, -1.7e308], "inf"), ([0.0, 5e-324, 0.0, 0.0], "0.0")],
)
def test_a_deviation_that_float64_does_not_have_is_refused_by_name(
    column: list[float], deviation: str
) -> None:
    others = [float(place) for place in range(len(column))]
    message = (
        f"reaches from .* to .*, and its standard deviation is {deviation} in float64; give it in another"
    )
    with pytest.raises(DataError, match=f"column 'x' {message}"):
        standardise(Dataset([[x] for x in column], others, ["x"], "y"))
    with pytest.raises(DataError, match=f"column 'y' {message}"):
        standardise(Dataset([[x] for x in others], column, ["x"], "y"))


def test_a_column_made_of_a_text_is_left_out_by_the_name_that_it_has_in_the_table() -> None:
    for texts, name in (({"plan": ["Gold"]}, "plan"), ({}, "plan=Gold")):
        with pytest.raises(DataError, match=rf"ignore=\['{name}'\] leaves it out"):
            standardise(Dataset([[0.0], [0.0]], [1.0, 2.0], ["plan=Gold"], "y", texts=texts))


def test_a_row_or_a_model_of_another_width_is_refused_with_both_numbers() -> None:
    scaling, _ = standardise(house())
    with pytest.raises(ValueError, match="expected 1 features, got 2"):
        scaling.row([1.0, 2.0])
    with pytest.raises(ValueError, match="expected 1 weights, got 0"):
        scaling.undo_line([], 0.0)


def test_a_line_with_weights_beyond_all_bounds_is_infinite_or_nan_and_no_exception() -> None:
    scaling, _ = standardise(iris())
    intercept, slopes = scaling.undo_line([1e308] * 4, 0.0)
    assert intercept == -inf
    assert slopes == [pytest.approx(1e308 / scale.deviation) for scale in scaling.features]
    assert isnan(scaling.undo_line([inf, -inf, 0.0, 0.0], 0.0)[0])


def test_each_number_of_a_target_has_its_own_scale() -> None:
    data = from_arrays([[1], [2]], [[0, 30], [2, 10]])
    scaling, (scaled,) = standardise(data)
    assert scaled.targets == [[-1, 1], [1, -1]]
    assert scaling.undo(scaled.targets) == data.targets
    with pytest.raises(ValueError, match="a target has 2 numbers, each with a scale in `targets`"):
        _ = scaling.target
    with pytest.raises(DataError, match=r"column 'y\[1\]' is 3.0 in all 2 training rows"):
        standardise(from_arrays([[1], [2]], [[0, 3], [2, 3]]))


def test_targets_in_arrays_and_tuples_are_scaled_number_by_number() -> None:
    data = from_arrays([[1], [2]], [[1, 20], [3, 50]])
    scaling, (expected_rows,) = standardise(data)
    for make in (np.array, lambda rows: [*map(tuple, rows)], lambda rows: [*map(np.array, rows)]):
        assert standardise(replace(data, targets=make(data.targets))) == (scaling, [expected_rows])
    expected = [[2.0, 35.0], [3.0, 50.0]]
    for rows in ([[0.0, 0.0], [1.0, 1.0]], np.array([[0.0, 0.0], [1.0, 1.0]]), [(0.0, 0.0), (1.0, 1.0)]):
        assert scaling.undo(rows) == expected
    for wrong, count in ([0.0, 1.0], 1), ([[1.0] * 3], 3), (np.ones((1, 1)), 1):
        with pytest.raises(ValueError, match=f"expected 2 numbers in a target, got {count}"):
            scaling.undo(wrong)


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("data", [house(), iris()])
def test_too_few_rows_are_said_to_be_the_cause(data: Dataset, count: int) -> None:
    with pytest.raises(DataError, match=f"expected at least 2 training rows .* got {count}; give more"):
        standardise(data.rows(range(count)))
