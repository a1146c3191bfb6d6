"""Losses against their formulas written out, at the extremes, and on batches that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, fsum, isfinite, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from nn import cross_entropy, hinge, mse

moderate = st.floats(-20, 20)
pairs = st.lists(st.tuples(moderate, moderate), min_size=1, max_size=8)
labelled_scores = st.lists(st.tuples(moderate, st.sampled_from([-1, 1])), min_size=1, max_size=8)


@st.composite
def labelled_logits(draw: st.DrawFn) -> tuple[list[list[float]], list[int]]:
    classes = draw(st.integers(1, 5))
    count = draw(st.integers(1, 4))
    logits = draw(
        st.lists(st.lists(moderate, min_size=classes, max_size=classes), min_size=count, max_size=count)
    )
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=count, max_size=count))
    return logits, labels


def value_and_gradient(
    loss: Callable[..., Any], rows: Sequence[Any], truth: Sequence[Any]
) -> tuple[float, list[Any]]:
    """Return the loss and its derivative along each prediction, in the shape of `rows`."""
    values = [[Value(x) for x in row] if isinstance(row, list) else Value(row) for row in rows]
    result = loss(values, truth)
    result.backward()
    return result.data, [[v.grad for v in row] if isinstance(row, list) else row.grad for row in values]


@given(pairs)
def test_mse_is_the_mean_of_the_squared_errors(pairs: list[tuple[float, float]]) -> None:
    predictions, targets = zip(*pairs, strict=True)
    value, gradient = value_and_gradient(mse, predictions, targets)
    assert value == pytest.approx(fsum((p - t) ** 2 for p, t in pairs) / len(pairs), rel=1e-12)
    assert gradient == pytest.approx([2 * (p - t) / len(pairs) for p, t in pairs], rel=1e-12)
    assert mse(predictions, targets) == value


@given(labelled_scores)
def test_hinge_is_the_mean_distance_to_the_right_side_of_the_margin(pairs: list[tuple[float, int]]) -> None:
    scores, labels = zip(*pairs, strict=True)
    value, gradient = value_and_gradient(hinge, scores, labels)
    assert value == pytest.approx(fsum(max(0.0, 1 - y * s) for s, y in pairs) / len(pairs), rel=1e-12)
    assert gradient == [-y / len(pairs) if 1 - y * s > 0 else 0 for s, y in pairs]
    assert hinge(scores, labels) == value


@given(labelled_logits())
def test_cross_entropy_is_minus_the_log_of_the_softmax_and_its_gradient_softmax_minus_truth(
    batch: tuple[list[list[float]], list[int]],
) -> None:
    logits, labels = batch
    softmax = [[exp(z) / fsum(map(exp, row)) for z in row] for row in logits]
    expected = fsum(-log(row[label]) for row, label in zip(softmax, labels, strict=True)) / len(labels)
    value, gradient = value_and_gradient(cross_entropy, logits, labels)
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-12)
    for row, label, slopes in zip(softmax, labels, gradient, strict=True):
        truth = [float(k == label) for k in range(len(row))]
        assert slopes == pytest.approx(
            [(p - t) / len(labels) for p, t in zip(row, truth, strict=True)], abs=1e-13
        )
    assert cross_entropy(logits, labels) == value


def test_the_house_prices_of_the_documents() -> None:
    # D0.2: the least-squares line leaves a mean squared error of 158.86408308.
    areas, prices = [50, 70, 80, 52, 62, 88, 90], [85, 115, 128, 66, 111, 111, 142]
    assert mse([15.58085106 + 1.31897163 * area for area in areas], prices) == pytest.approx(
        158.86408308, abs=1e-8
    )


@pytest.mark.parametrize("label", [0, 1, 2])
def test_cross_entropy_at_a_thousand_is_finite_and_right(label: int) -> None:
    value, gradient = value_and_gradient(cross_entropy, [[1000.0, 0.0, -1000.0]], [label])
    assert value == [0.0, 1000.0, 2000.0][label]
    assert gradient[0] == [1.0 - (label == 0), 0.0 - (label == 1), 0.0 - (label == 2)]


def test_cross_entropy_keeps_small_losses_beside_large_logits() -> None:
    assert cross_entropy([[1000.0, 980.0]], [0]) == pytest.approx(log(1 + exp(-20)), rel=1e-7, abs=0)


def test_losses_overflow_to_infinity_and_never_raise() -> None:
    assert mse([1e200], [0.0]) == float("inf")
    assert isfinite(hinge([-1e300], [1]))
    assert value_and_gradient(mse, [1e200], [0.0]) == (float("inf"), [2e200])


@pytest.mark.parametrize("loss", [mse, hinge, cross_entropy])
@pytest.mark.parametrize("counts", [(3, 2), (2, 3), (1, 0), (0, 1)])
def test_unequal_lengths_are_refused_with_both_numbers(
    loss: Callable[..., Any], counts: tuple[int, int]
) -> None:
    predictions = [[0.0, 1.0]] * counts[0] if loss is cross_entropy else [0.0] * counts[0]
    with pytest.raises(ValueError, match=f"got {counts[0]} and {counts[1]}"):
        loss(predictions, [1] * counts[1])


@pytest.mark.parametrize("loss", [mse, hinge, cross_entropy])
def test_an_empty_batch_is_refused(loss: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="at least 1 example, got 0"):
        loss([], [])


@pytest.mark.parametrize("label", [-1, 3, 100])
def test_a_label_out_of_range_is_refused_with_both_numbers(label: int) -> None:
    with pytest.raises(ValueError, match=f"label {label} is out of range for 3 logits"):
        cross_entropy([[0.0, 0.0, 0.0]], [label])


def test_a_label_that_is_no_index_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        cross_entropy([[0.0, 0.0]], [1.0])  # type: ignore[list-item]


@pytest.mark.parametrize("label", [0, 2, -2])
def test_a_hinge_label_other_than_one_and_minus_one_is_refused(label: int) -> None:
    with pytest.raises(ValueError, match=f"-1 or 1, got {label}"):
        hinge([0.5, 0.5], [1, label])
