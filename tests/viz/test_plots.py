"""The plots: their numbers are the engine's and the model's own."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, nan, sin
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import autograd
from autograd import Value, relu
from viz import plot_activation, plot_decision_boundary, plot_history

mpl.use("Agg")

from matplotlib import pyplot

POINTS = [[0.0, 0.0], [1.0, 0.5], [0.2, 1.0], [0.9, 0.9]]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    pyplot.close("all")


def test_an_activation_and_its_derivative_are_the_engines() -> None:
    ax: Any = plot_activation(autograd.sin, low=-2, high=2)
    value, slope = ax.lines[-2:]
    assert np.allclose(value.get_ydata(), [sin(x) for x in value.get_xdata()], atol=1e-15)
    assert np.allclose(slope.get_ydata(), [cos(x) for x in slope.get_xdata()], atol=1e-15)
    assert [value.get_label(), slope.get_label()] == ["sin(x)", "sin′(x)"]
    assert value.get_linestyle() != slope.get_linestyle()


def test_an_activation_may_be_any_function_and_its_parameters_stay_untouched() -> None:
    scale = Value(2.0)

    def scaled(x: Value) -> Any:
        return relu(x) * scale

    slope: Any = plot_activation(scaled).lines[-1].get_ydata()
    assert set(slope) == {0.0, 2.0}
    assert not scale.has_grad
    flat: Any = plot_activation(lambda x: 3.0).lines[-1].get_ydata()
    assert set(flat) == {0.0}
    with pytest.raises(ValueError, match="got 1 and 1"):
        plot_activation(relu, low=1, high=1)


def test_axes_are_used_and_returned() -> None:
    _, ax = pyplot.subplots()
    assert plot_activation(relu, ax) is ax
    assert plot_history({"train": [1.0]}, ax=ax) is ax
    assert plot_decision_boundary(lambda p: 1, POINTS, [0, 1, 0, 1], ax=ax) is ax


def test_a_history_is_plotted_curve_by_curve() -> None:
    ax: Any = plot_history({"train": [3.0, 2.0, 1.0], "held-out": [3.0, 2.5, 2.75], "empty": []})
    curves = {line.get_label().partition(",")[0]: line for line in ax.lines if len(line.get_xdata()) > 1}
    assert list(curves) == ["train", "held-out"]
    assert list(curves["train"].get_xdata()) == [1, 2, 3]
    assert list(curves["held-out"].get_ydata()) == [3.0, 2.5, 2.75]
    assert curves["held-out"].get_label() == "held-out, lowest 2.5 at epoch 2"
    assert len({line.get_linestyle() for line in curves.values()}) == 2
    assert ax.get_yscale() == "linear"
    with pytest.raises(ValueError, match="at least one loss"):
        plot_history({"train": []})


def test_a_history_over_decades_is_logarithmic_and_nan_is_no_obstacle() -> None:
    assert plot_history({"train": [100.0, 0.5]}).get_yscale() == "log"
    assert plot_history({"train": [100.0, 0.0]}).get_yscale() == "linear"
    assert plot_history({"a": [nan, 1.0], "b": [nan, nan]}).get_yscale() == "linear"


def test_a_boundary_by_class() -> None:
    asked: list[list[float]] = []

    def predict(point: list[float]) -> int:
        asked.append(point)
        return int(point[0] > 0.5) + int(point[1] > 0.75)

    ax: Any = plot_decision_boundary(predict, POINTS, [0, 1, 1, 2], classes=["low", "mid", "high"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["low", "mid", "high"]
    assert len(asked) < 20_000
    assert all(type(x) is float for point in asked[:10] for x in point)


def test_a_boundary_lies_where_the_class_changes() -> None:
    ax: Any = plot_decision_boundary(lambda p: int(p[0] > 0.4321), POINTS, [0, 1, 0, 1])
    paths = [path for line in ax.collections for path in line.get_paths() if not line.get_facecolor().size]
    found = np.concatenate([path.vertices for path in paths])
    assert abs(found[:, 0] - 0.4321).max() < 0.01


def test_a_boundary_by_score_is_the_line_at_the_threshold() -> None:
    weight = Value(2.0)
    ax: Any = plot_decision_boundary(lambda p: weight * p[0] - 1, POINTS, [-1, 1, -1, 1], inputs=("a", "b"))
    (line,) = [item for item in ax.collections if not item.get_facecolor().size]
    found = np.concatenate([path.vertices for path in line.get_paths()])
    assert np.allclose(found[:, 0], 0.5)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("a", "b")
    sides = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sides == ["0", "1"]


def test_nothing_is_recorded_while_a_model_is_asked() -> None:
    answers: list[Value] = []

    def predict(point: list[float]) -> Value:
        answers.append(Value(1.0) * point[0])
        return answers[-1]

    plot_decision_boundary(predict, POINTS, [0, 1, 0, 1])
    assert not any(answer.args for answer in answers)


def test_wrong_points_are_named() -> None:
    with pytest.raises(ValueError, match="4 points and 3 labels"):
        plot_decision_boundary(lambda p: 1, POINTS, [0, 1, 0])
    with pytest.raises(ValueError, match=r"two coordinates, got \[\[1\.0, 2\.0, 3\.0\]\]"):
        plot_decision_boundary(lambda p: 1, [[1.0, 2.0, 3.0]], [0])
