"""Accuracy and mean absolute error, counted by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from nn import accuracy, mean_absolute_error


def test_accuracy_counts_the_rows_whose_largest_logit_is_the_true_class() -> None:
    assert accuracy([[2.0, 1.0], [0.0, 5.0], [3.0, 3.0], [-1.0, -2.0]], [0, 1, 1, 1]) == 0.5


def test_mean_absolute_error_of_the_documents_line() -> None:
    # D0.2
    areas, prices = [50, 70, 80, 52, 62, 88, 90], [85, 115, 128, 66, 111, 111, 142]
    predictions = [15.58085106 + 1.31897163 * area for area in areas]
    assert mean_absolute_error(predictions, prices) == pytest.approx(11.09078014, abs=1e-7)


@pytest.mark.parametrize("metric", [accuracy, mean_absolute_error])
def test_unequal_lengths_and_no_examples_are_refused(metric: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="got 2 for 1"):
        metric([[1.0], [1.0]], [0])
    with pytest.raises(ValueError, match="at least 1 example, got 0"):
        metric([], [])
