"""Losses against their formulas written out, at the extremes, and on batches that do not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import exp, fsum, inf, isfinite, isnan, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, compile
from nn import (
    accuracy,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    half_mse,
    hinge,
    huber,
    mae,
    mean_absolute_error,
    mse,
    r2,
)

LOSSES = [
    mse,
    half_mse,
    mae,
    huber,
    hinge,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
]

KINDS = (np.uint8, np.int8, np.int64, np.float16, np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_of_any_kind_count_as_floats(kind: type) -> None:
    columns: list[Callable[..., Any]] = [mse, half_mse, mae, huber, mean_absolute_error, r2]
    predictions, targets = np.array([0, 100, 3], kind), np.array([1, 2, 100], kind)
    for loss in columns:
        assert loss(predictions, targets) == loss(predictions.tolist(), targets.tolist())
    scores = np.array([100, 1, 3], kind)
    assert hinge(-scores.astype(float), np.array([1, 1, 1], kind)) == hinge(
        (-scores.astype(float)).tolist(), [1, 1, 1]
    )
    rows, one_hot = np.array([[0, 100], [100, 3]], kind), np.array([[0, 1], [0, 1]], kind)
    assert cross_entropy(rows, [1, 1]) == cross_entropy(rows, one_hot) == cross_entropy(rows.tolist(), [1, 1])
    of_bits = binary_cross_entropy_with_logits(scores, [*one_hot[0].tolist(), 1])
    assert of_bits == binary_cross_entropy_with_logits(scores.tolist(), [0, 1, 1])


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


@given(pairs)
def test_half_the_mean_squared_error_has_the_error_for_its_gradient(pairs: list[tuple[float, float]]) -> None:
    predictions, targets = zip(*pairs, strict=True)
    value, gradient = value_and_gradient(half_mse, predictions, targets)
    assert value == pytest.approx(fsum((p - t) ** 2 for p, t in pairs) / (2 * len(pairs)), rel=1e-12)
    assert gradient == pytest.approx([(p - t) / len(pairs) for p, t in pairs], rel=1e-12)


@given(pairs)
def test_mae_is_the_mean_of_the_sizes_of_the_errors(pairs: list[tuple[float, float]]) -> None:
    predictions, targets = zip(*pairs, strict=True)
    value, gradient = value_and_gradient(mae, predictions, targets)
    assert value == pytest.approx(fsum(abs(p - t) for p, t in pairs) / len(pairs), rel=1e-12)
    assert gradient == [((p > t) - (p < t)) / len(pairs) for p, t in pairs]


@given(pairs, st.sampled_from([0.5, 1.0, 4.0]))
def test_huber_is_a_parabola_with_straight_arms(pairs: list[tuple[float, float]], delta: float) -> None:
    pairs = [*pairs, (delta, 0.0), (-delta, 0.0), (0.0, 0.0)]
    predictions, targets = zip(*pairs, strict=True)
    errors = [p - t for p, t in pairs]
    expected = [0.5 * e * e if abs(e) <= delta else delta * (abs(e) - 0.5 * delta) for e in errors]
    value, gradient = value_and_gradient(lambda p, t: huber(p, t, delta=delta), predictions, targets)
    assert value == pytest.approx(fsum(expected) / len(pairs), rel=1e-12)
    assert gradient == pytest.approx([max(-delta, min(e, delta)) / len(pairs) for e in errors], rel=1e-12)


def test_binary_cross_entropy_equals_its_formula_and_jax_from_logits() -> None:
    logits = [-20.0, -3.5, -0.25, 0.0, 0.5, 2.0, 19.0] * 3
    targets = [0.0] * 7 + [1.0] * 7 + [0.25] * 7
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        z, t = jax.numpy.array(logits), jax.numpy.array(targets)

        def formula(z: Any) -> Any:
            return -(t * jax.nn.log_sigmoid(z) + (1 - t) * jax.nn.log_sigmoid(-z)).mean()

        cost, slopes = float(formula(z)), np.asarray(jax.grad(formula)(z))
    value, gradient = value_and_gradient(binary_cross_entropy_with_logits, logits, targets)
    assert value == pytest.approx(cost, rel=1e-12)
    assert gradient == pytest.approx(slopes, rel=1e-12, abs=1e-15)
    probabilities = [1 / (1 + exp(-z)) for z in logits]
    value, gradient = value_and_gradient(binary_cross_entropy, probabilities, targets)
    assert value == pytest.approx(cost, rel=1e-6, abs=1e-15)
    for p, target, slope in zip(probabilities, targets, gradient, strict=True):
        assert slope == pytest.approx((-target / p + (1 - target) / (1 - p)) / len(logits), rel=1e-9)


@pytest.mark.parametrize("target", [0, 1])
def test_binary_cross_entropy_at_the_extremes(target: int) -> None:
    for z in (1000.0, -1000.0, 40.0, -40.0):
        away = -z if target else z  # how far on the wrong side
        value, (slope,) = value_and_gradient(binary_cross_entropy_with_logits, [z], [target])
        assert value == pytest.approx(max(away, exp(min(away, 0))), rel=1e-15, abs=0)
        assert slope == pytest.approx((1 if away > 0 else exp(away)) * (1 - 2 * target), rel=1e-12, abs=0)
    value, (slope,) = value_and_gradient(binary_cross_entropy, [float(target)], [target])
    assert (value, slope) == (0.0, 1.0 - 2 * target)
    assert binary_cross_entropy([1.0 - target], [target]) == float("inf")


@given(labelled_logits())
def test_one_hot_labels_and_shares_weigh_the_surprise_of_each_class(
    batch: tuple[list[list[float]], list[int]],
) -> None:
    logits, labels = batch
    classes = len(logits[0])
    one_hot = [[float(k == label) for k in range(classes)] for label in labels]
    value, gradient = value_and_gradient(cross_entropy, logits, labels)
    same, close = value_and_gradient(cross_entropy, logits, one_hot)
    assert same == value
    for row, expected in zip(close, gradient, strict=True):
        assert row == pytest.approx(expected, rel=1e-14, abs=1e-15)


def test_cross_entropy_equals_jax_for_labels_and_for_shares() -> None:
    logits = [[1000.0, 0.0, -1000.0], [0.5, -1.5, 2.0], [3.0, 3.0, 3.0]]
    shares = [[0.9, 0.1, 0.0], [0.2, 0.3, 0.5], [0.0, 0.0, 1.0]]
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        surprise = -jax.nn.log_softmax(jax.numpy.array(logits))
        expected = float((surprise * jax.numpy.array(shares)).sum() / 3)
        rows = np.asarray(surprise)
    assert cross_entropy(logits, shares) == pytest.approx(expected, rel=1e-13)
    for label in range(3):
        assert cross_entropy(logits, [label] * 3) == pytest.approx(rows[:, label].mean(), rel=1e-13)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_sum_is_the_mean_times_the_count(loss: Callable[..., Any]) -> None:
    predictions: list[Any] = [0.25, 0.5, 0.75]
    predictions = [[p, -p] for p in predictions] if loss is cross_entropy else predictions
    total = loss(predictions, [1, 1, 1], reduction="sum")
    assert total == pytest.approx(3 * loss(predictions, [1, 1, 1], reduction="mean"))
    assert loss(predictions, [1, 1, 1]) == loss(predictions, [1, 1, 1], reduction="mean")
    with pytest.raises(ValueError, match="'mean' or 'sum', got 'average'"):
        loss(predictions, [1, 1, 1], reduction="average")


@pytest.mark.parametrize("loss", [mse, half_mse, mae, huber, binary_cross_entropy, hinge])
@pytest.mark.parametrize("kind", [list, np.array])
def test_rows_count_every_number_alike(loss: Callable[..., Any], kind: Callable[..., Any]) -> None:
    rows, each = [[0.5, 0.75], [0.125, 0.25]], [-1, 1, 1, -1] if loss is hinge else [0.0, 1.0, 1.0, 0.5]
    targets = kind([each[:2], each[2:]])
    flat = loss([0.5, 0.75, 0.125, 0.25], each)
    assert loss(kind(rows), targets) == flat
    value, gradient = value_and_gradient(loss, rows, targets)
    assert value == flat
    assert np.shape(gradient) == (2, 2)


@pytest.mark.parametrize(
    ("predictions", "targets", "message"),
    [
        ([[1.0, 2.0]], [[1.0]], "2 predictions and 1 targets in one"),
        ([[1.0]], [1.0], "1 predictions and no targets in one"),
        ([1.0], [[1.0]], "no predictions and 1 targets in one"),
        ([[]], [[]], "at least 1 number, got 0"),
    ],
)
def test_rows_that_do_not_fit_are_refused(predictions: Any, targets: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mse(predictions, targets)


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


@pytest.mark.parametrize("size", [0.0, 1e3, 1e6, -1e9])
@pytest.mark.parametrize(
    "shares", [[0.5, 0.5000009], [0.4999996, 0.5], [0.3, 0.7], np.array([0.1, 0.9], np.float32)]
)
def test_cross_entropy_of_probabilities_does_not_change_when_all_logits_shift(
    size: float, shares: Any
) -> None:
    row = [size, size]
    assert cross_entropy([row], [shares]) == pytest.approx(log(2), rel=1e-6)
    assert compile(lambda row: cross_entropy([row], [shares]))([row]) == pytest.approx(log(2), rel=1e-6)
    step = compile(lambda row, true: cross_entropy([row], [true]))
    assert step([row], [shares]) == pytest.approx(log(2), rel=1e-6)


def test_probabilities_that_are_values_are_refused_as_a_label() -> None:
    for call in (cross_entropy, accuracy):
        with pytest.raises(TypeError, match=r"a label's probabilities are numbers, got Value.*: give \.data"):
            call([[0.0, 1.0]], [[Value(0.5), Value(0.5)]])


def test_cross_entropy_keeps_small_losses_beside_large_logits() -> None:
    assert cross_entropy([[1000.0, 980.0]], [0]) == pytest.approx(log(1 + exp(-20)), rel=1e-7, abs=0)


def test_a_class_without_a_share_may_be_impossible() -> None:
    value, gradient = value_and_gradient(cross_entropy, [[0.0, 0.0, -inf]], [[0.25, 0.75, 0.0]])
    assert value == pytest.approx(log(2), rel=1e-15)
    assert gradient == [[0.25, -0.25, 0.0]]


@pytest.mark.parametrize("label", [1, [0.5, 0.5]])
def test_a_true_class_that_is_impossible_costs_nan_in_compiled_functions_too(label: Any) -> None:
    assert isnan(cross_entropy([[0.0, -inf]], [label]))
    assert isnan(compile(lambda row, true: cross_entropy([row], [true]))([[0.0, -inf]], [label]))


def test_losses_overflow_to_infinity_and_never_raise() -> None:
    assert mse([1e200], [0.0]) == float("inf")
    assert isfinite(hinge([-1e300], [1]))
    assert value_and_gradient(mse, [1e200], [0.0]) == (float("inf"), [2e200])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("counts", [(3, 2), (2, 3), (1, 0), (0, 1)])
def test_unequal_lengths_are_refused_with_both_numbers(
    loss: Callable[..., Any], counts: tuple[int, int]
) -> None:
    predictions = [[0.0, 1.0]] * counts[0] if loss is cross_entropy else [0.0] * counts[0]
    with pytest.raises(ValueError, match=f"got {counts[0]} and {counts[1]}"):
        loss(predictions, [1] * counts[1])


@pytest.mark.parametrize("loss", LOSSES)
def test_an_empty_batch_is_refused(loss: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="at least 1 example, got 0"):
        loss([], [])


@pytest.mark.parametrize("label", [-1, 3, 100])
def test_a_label_out_of_range_is_refused_with_both_numbers(label: int) -> None:
    with pytest.raises(ValueError, match=f"label {label} is out of range for 3 logits"):
        cross_entropy([[0.0, 0.0, 0.0]], [label])


def test_a_label_that_is_no_index_is_refused() -> None:
    for label in (1.0, np.float64(1), None):
        with pytest.raises(TypeError, match=rf"^a label is .* got {re.escape(repr(label))}: give nn"):
            cross_entropy([[0.0, 0.0]], [label])  # type: ignore[list-item]


@pytest.mark.parametrize("label", [0, 2, -2])
def test_a_hinge_label_other_than_one_and_minus_one_is_refused(label: int) -> None:
    with pytest.raises(ValueError, match=f"-1 or 1, got {label}"):
        hinge([0.5, 0.5], [1, label])
    with pytest.raises(ValueError, match=f"-1 or 1, got {label}"):
        hinge([[0.5, 0.5]], np.array([[1, label]]))


@pytest.mark.parametrize(
    ("loss", "predictions", "truth", "message"),
    [
        (binary_cross_entropy, [1.5], [1], r"a probability lies in \[0, 1\], got 1\.5"),
        (binary_cross_entropy, [Value(-0.5)], [1], r"a probability lies in \[0, 1\], got -0\.5"),
        (binary_cross_entropy, [0.5], [2], r"a target lies in \[0, 1\], got 2"),
        (binary_cross_entropy_with_logits, [0.5], [-1], r"a target lies in \[0, 1\], got -1"),
        (cross_entropy, [[0.0, 0.0]], [[1.0]], "1 probabilities for 2 logits"),
        (cross_entropy, [[]], [[]], r"0 or more and add up to 1, got \[\]"),
        (cross_entropy, [[0.0, 0.0]], [[0.5, 0.6]], r"add up to 1, got \[0\.5, 0\.6\]"),
        (cross_entropy, [[0.0, 0.0]], [[1.5, -0.5]], r"0 or more and add up to 1, got \[1\.5, -0\.5\]"),
    ],
)
def test_what_is_no_probability_is_refused(
    loss: Callable[..., Any], predictions: Any, truth: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        loss(predictions, truth)


@pytest.mark.parametrize("delta", [0.0, -1.0, float("nan")])
def test_a_huber_delta_that_is_not_positive_is_refused(delta: float) -> None:
    with pytest.raises(ValueError, match=f"must be positive, got {delta}"):
        huber([1.0], [0.0], delta=delta)
