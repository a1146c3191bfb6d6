"""Metrics, counted by hand."""

from collections.abc import Callable
from math import inf, ldexp, nan
from random import Random
from typing import Any

import numpy as np
import pytest

from autograd import Value, tree
from nn import accuracy, confusion_matrix, cross_entropy, mean_absolute_error, mse, one_hot, r2


def test_accuracy_counts_the_rows_whose_largest_logit_is_the_true_class() -> None:
    assert accuracy([[2.0, 1.0], [0.0, 5.0], [3.0, 3.0], [-1.0, -2.0]], [0, 1, 1, 1]) == 0.5


def test_mean_absolute_error_of_the_documents_line() -> None:
    # D0.2
    areas, prices = [50, 70, 80, 52, 62, 88, 90], [85, 115, 128, 66, 111, 111, 142]
    predictions = [15.58085106 + 1.31897163 * area for area in areas]
    assert mean_absolute_error(predictions, prices) == pytest.approx(11.09078014, abs=1e-7)


@pytest.mark.parametrize("metric", [accuracy, confusion_matrix, mean_absolute_error, r2])
def test_unequal_lengths_and_no_examples_are_refused(metric: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="got 2 for 1"):
        metric([[1.0], [1.0]], [0])
    with pytest.raises(ValueError, match="at least 1 example, got 0"):
        metric([], [])


def test_a_confusion_matrix_counts_truth_by_row_and_guess_by_column() -> None:
    logits = [[2.0, 1.0, 0.0], [0.0, 5.0, 0.0], [3.0, 3.0, 1.0], [-1.0, -2.0, 0.0]]
    assert confusion_matrix(logits, [0, 1, 1, 0]) == [[1, 0, 1], [1, 1, 0], [0, 0, 0]]
    for faulty in ([0, 1, 1, 3], [0, 1, 1, -1]):
        with pytest.raises(ValueError, match=rf"one of 3 classes, 0 to 2, .* got the label {faulty[-1]}"):
            confusion_matrix(logits, faulty)
    with pytest.raises(ValueError, match="expected 3 numbers for 3 classes, got 2"):
        confusion_matrix([[1.0, 2.0, 3.0], [1.0, 2.0]], [0, 0])


def test_a_single_logit_decides_between_two_classes() -> None:
    logits, labels = [-2.0, 0.5, 3.0, 0.0], [0, 1, 0, 1]
    assert accuracy(logits, labels) == 0.5
    assert confusion_matrix(logits, labels) == [[1, 1], [1, 1]]
    with pytest.raises(ValueError, match=r"one of 2 classes, 0 to 1, .* got the label 2"):
        confusion_matrix([1.0], [2])


def test_r2_is_the_share_of_the_variance_explained() -> None:
    # D0.2
    areas, prices = [50, 70, 80, 52, 62, 88, 90], [85, 115, 128, 66, 111, 111, 142]
    predictions = [15.58085106 + 1.31897163 * area for area in areas]
    variance = sum((price - 758 / 7) ** 2 for price in prices) / 7
    assert r2(predictions, prices) == pytest.approx(1 - 158.86408308 / variance, rel=1e-9)
    assert r2([1.0, 2.0, 4.0], [1, 2, 4]) == 1
    assert r2([2.0, 2.0, 2.0], [1, 2, 3]) == 0
    assert r2([3.0, 2.0, 1.0], [1, 2, 3]) == -3
    with pytest.raises(ValueError, match="targets that differ, got 5 in all 2"):
        r2([1.0, 2.0], [5, 5])
    for count in range(1, 40):  # the mean of equal numbers may be another by rounding
        with pytest.raises(ValueError, match=f"targets that differ, got 0.1 in all {count}"):
            r2([0.101] * count, [0.1] * count)


@pytest.mark.parametrize("power", [-1060, -600, -565, -1, 0, 1, 400])
def test_r2_is_the_same_in_whatever_unit(power: int) -> None:
    predictions, targets = [3.0, 1.0, 7.0, 4.0], [2.0, 1.0, 5.0, 9.0]
    scaled = ([ldexp(x, power) for x in numbers] for numbers in (predictions, targets))
    assert r2(*scaled) == pytest.approx(r2(predictions, targets), rel=1e-12)
    assert r2([0.0, 1e-170], [1e-170, 2e-170]) == pytest.approx(-3)
    assert r2([0.0, 5e-324], [0.0, 5e-324]) == 1


def test_r2_of_predictions_beyond_all_bounds_is_minus_infinity() -> None:
    assert r2([1e200, 2.0], [1.0, 2.0]) == -inf
    assert r2([1.3e154] * 3, [1.0, 2.0, 3.0]) == -inf


def test_one_number_alone_needs_a_boundary_and_a_row_of_one_is_refused() -> None:
    assert accuracy([0.4, 0.6, 0.5], [0, 1, 0], boundary=0.5) == 1.0
    assert confusion_matrix([0.4, 0.6], [0, 1], boundary=0.5) == [[1, 0], [0, 1]]
    for metric in (accuracy, confusion_matrix):
        with pytest.raises(ValueError, match=r"a number for each class, got \[3\.0\]: give the number alone"):
            metric([[3.0], [-2.0]], [1, 0])


def test_nan_is_no_guess() -> None:
    assert accuracy([[nan, 5.0, 1.0], [1.0, nan, 0.0], [1.0, 0.0, 0.0]], [0, 1, 0]) == 1 / 3
    assert accuracy([nan, 1.0], [0, 1]) == 0.5
    with pytest.raises(ValueError, match=r"\[nan, 5\.0\] is no guess"):
        confusion_matrix([[nan, 5.0]], [0])


@pytest.mark.parametrize("rows", [[[nan, 5.0], [1.0, 2.0], [3.0, -1.0]], [nan, 2.0, -1.0]])
def test_values_count_as_their_numbers(rows: Any) -> None:
    values = tree.map_leaves(Value, rows)
    assert accuracy(values, [0, 1, 1]) == accuracy(rows, [0, 1, 1]) == 1 / 3
    assert confusion_matrix(values[1:], [1, 1]) == confusion_matrix(rows[1:], [1, 1]) == [[0, 0], [1, 1]]
    with pytest.raises(ValueError, match="is no guess"):
        confusion_matrix(values, [0, 1, 1])


@pytest.mark.parametrize("metric", [accuracy, confusion_matrix])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_a_row_of_probabilities_is_a_label_as_for_the_cross_entropy(
    metric: Callable[..., Any], classes: int, kind: Callable[..., Any]
) -> None:
    rng = Random(classes)
    rows = [[rng.gauss(0, 1) for _ in range(classes)] for _ in range(20)]
    labels = [rng.randrange(classes) for _ in rows]
    soft = [[0.9 * share + 0.1 / classes for share in row] for row in one_hot(labels, classes)]
    expected = metric(rows, labels)
    for given in (one_hot(labels, classes), soft):
        assert metric(rows, kind([kind(row) for row in given])) == expected
    assert metric(rows, np.array(labels, float)) == metric(rows, kind(labels)) == expected


@pytest.mark.parametrize("metric", [accuracy, confusion_matrix])
@pytest.mark.parametrize(
    "label", [-1, 2, 0.5, nan, "b", None, [1], [0, 1, 0], [1, 1], [2, -1], [], np.array([1]), 1j]
)
@pytest.mark.parametrize("row", [[0.1, 0.9], 3.0])
def test_what_is_no_label_of_the_classes_is_refused(metric: Callable[..., Any], label: Any, row: Any) -> None:
    with pytest.raises(ValueError, match=r"one of 2 classes, 0 to 1, or a row .* got the label"):
        metric([row, row], [0, label])


def test_arrays_of_numpy_are_as_good_as_lists() -> None:
    rows, labels = [[1.0, 2.0], [3.0, 0.0]], [1, 1]
    assert accuracy(np.array(rows), np.array(labels)) == accuracy(rows, labels) == 0.5
    assert accuracy([np.array(row) for row in rows], labels) == 0.5
    assert confusion_matrix(np.array(rows), np.array(labels)) == confusion_matrix(rows, labels)
    assert mean_absolute_error(np.array([1.0, 2.0]), np.array([2.0, 4.0])) == 1.5
    assert mse(np.array(rows), np.array(rows) + 1) == mse(rows, [[2.0, 3.0], [4.0, 1.0]]) == 1.0
    assert cross_entropy(np.array(rows), np.array(labels)) == cross_entropy(rows, labels)
    assert cross_entropy(rows, np.eye(2)) == cross_entropy(rows, [[1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(ValueError, match="at least 1 example, got 0"):
        accuracy(np.zeros((0, 2)), np.zeros(0))
