"""The plots: their numbers are the engine's and the model's own."""

from __future__ import annotations

from math import cos, inf, nan, sin
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot

import autograd
import viz
from autograd import Value, relu
from viz import plot_activation, plot_contour, plot_decision_boundary, plot_history, plot_learning_rates

pytestmark = pytest.mark.usefixtures("figures")

POINTS = [[0.0, 0.0], [1.0, 0.5], [0.2, 1.0], [0.9, 0.9]]


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


def test_a_slope_is_the_same_inside_no_grad() -> None:
    around: Any = plot_activation(autograd.tanh)
    with autograd.no_grad():
        inside: Any = plot_activation(autograd.tanh)
    assert np.array_equal(inside.lines[-1].get_ydata(), around.lines[-1].get_ydata())


@pytest.mark.parametrize("ends", [(-inf, inf), (0.0, inf), (nan, 1.0)])
def test_a_range_without_an_end_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="needs finite low < high, got"):
        plot_activation(relu, low=ends[0], high=ends[1])
    for plot in (plot_contour, viz.plot_surface):
        with pytest.raises(ValueError, match="needs finite low < high, got"):
            plot(lambda x, y: 1.0, (0, 1), ends)


def test_axes_are_used_and_returned() -> None:
    _, ax = pyplot.subplots()
    assert plot_activation(relu, ax) is ax
    assert plot_history({"train": [1.0]}, ax=ax) is ax
    assert plot_decision_boundary(lambda p: 1, POINTS, [0, 1, 0, 1], ax=ax) is ax
    assert plot_learning_rates({"a": [1.0]}, ax=ax) is ax


def test_a_dollar_in_a_name_is_a_dollar() -> None:
    ax: Any = plot_decision_boundary(lambda p: 1, POINTS, [0, 1, 0, 1], classes=["$a$", "$\\frac$"])
    ax.figure.canvas.draw()
    ax = plot_learning_rates({"$\\frac$": [1.0, 2.0]})
    ax.figure.canvas.draw()


def test_a_history_is_plotted_curve_by_curve() -> None:
    ax: Any = plot_history({"train": [3.0, 2.0, 1.0], "held-out": [3.0, 2.5, 2.75], "empty": []})
    curves = {line.get_label().partition(",")[0]: line for line in ax.lines if len(line.get_xdata()) > 1}
    assert list(curves) == ["train", "held-out"]
    assert list(curves["train"].get_xdata()) == [1, 2, 3]
    assert list(curves["held-out"].get_ydata()) == [3.0, 2.5, 2.75]
    assert curves["held-out"].get_label() == "held-out, lowest 2.5 at epoch 2"
    assert len({line.get_linestyle() for line in curves.values()}) == 2
    assert ax.get_yscale() == "linear"
    steps: Any = plot_history({"train": [2.0, 1.0], "held-out": [2.0, 3.0]}, unit="step")
    assert steps.get_xlabel() == "step"
    assert steps.get_legend().get_texts()[1].get_text() == "held-out, lowest 2 at step 1"
    with pytest.raises(ValueError, match="at least one loss"):
        plot_history({"train": []})


@pytest.mark.parametrize("count", [5, 13, 24])
def test_no_two_curves_look_alike(count: int) -> None:
    curves: dict[float | str, list[float]] = {f"run {index}": [2.0, 1.0] for index in range(count)}
    paths = {f"run {index}": [(0.5, 0.5), (0.0, 0.0)] for index in range(count)}
    drawn: list[Any] = [
        plot_learning_rates(curves),
        plot_contour(lambda x, y: x * x + y * y, (-1, 1), (-1, 1), paths),
    ]
    for ax in drawn:
        lines = [line for line in ax.lines if line.get_label().startswith("run")]
        assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == len(lines) == count


def test_a_history_over_decades_is_logarithmic_and_nan_is_no_obstacle() -> None:
    assert plot_history({"train": [100.0, 0.5]}).get_yscale() == "log"
    assert plot_history({"train": [100.0, 0.0]}).get_yscale() == "linear"
    assert plot_history({"a": [nan, 1.0], "b": [nan, nan]}).get_yscale() == "linear"


@pytest.mark.parametrize("odd", [nan, inf, -inf, 1e308, -1e308])
def test_what_no_axis_shows_decides_neither_scale_nor_ring(odd: float) -> None:
    for losses, scale in (
        ([3.0, odd, 2.0], "linear"),
        ([300.0, odd, 2.0], "log"),
        ([3.0, odd, 0.0], "linear"),
    ):
        ax: Any = plot_history({"train": losses, "held-out": losses})
        ax.figure.canvas.draw()
        assert ax.get_yscale() == scale
        assert [line.get_ydata()[0] for line in ax.lines if line.get_fillstyle() == "none"] == [losses[2]]
        assert ax.get_ylim()[1] < 1000


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("odd", [inf, -inf, nan])
@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_losses_of_few_bits_are_drawn_as_their_numbers(kind: Any, odd: float) -> None:
    losses = [3.0, odd, 2.0]
    for plot in (plot_history, plot_learning_rates):
        few, many = (plot({"train": given}).lines for given in (kind(losses), losses))
        for drawn, right in zip(few, many, strict=True):
            np.testing.assert_array_equal(drawn.get_xydata(), right.get_xydata())


def test_a_loss_beyond_every_float_is_a_gap() -> None:
    for plot in (plot_history, plot_learning_rates):
        huge, infinite = (plot({"train": [3.0, loss, 2.0]}).lines[0] for loss in (10**400, inf))
        np.testing.assert_array_equal(huge.get_xydata(), infinite.get_xydata())


def test_losses_up_to_the_farthest_are_drawn() -> None:
    for curves in ({"a": [1e200, 1.0], "b": [1.0, 1e-300]}, {"a": [1e200, -1e200], "b": [0.0, 1.0]}):
        ax: Any = plot_history(curves)
        ax.figure.canvas.draw()
        low, high = ax.get_ylim()
        assert low < min(curves["a"])
        assert 1e200 < high < inf


@pytest.mark.parametrize(
    ("losses", "dots"),
    [([1.0], [0]), ([1.0, nan, 2.0, 3.0], [0]), ([2.0, 1.0], []), ([1.0, 2.0, nan, 3.0], [3])],
)
def test_a_loss_without_a_neighbour_is_a_dot(losses: list[float], dots: list[int]) -> None:
    (line,) = plot_history({"a": losses}).lines
    assert (line.get_markevery() if line.get_marker() == "o" else []) == dots
    (line,) = plot_learning_rates({0.1: [1.0]}).lines
    assert (line.get_marker(), line.get_markevery()) == ("o", [0])
    assert line.axes.get_xticks() == [1.0]


def rates(curves: dict[float | str, list[float]]) -> tuple[Any, dict[str, Any], list[tuple[float, float]]]:
    """Return the Axes, its curves by label, and where the crosses stand."""
    ax: Any = plot_learning_rates(curves)
    ax.figure.canvas.draw()
    crosses = [line for line in ax.lines if line.get_marker() == "X"]
    named = {line.get_label(): line for line in ax.lines if line not in crosses}
    return ax, named, [(line.get_xdata()[0], line.get_ydata()[0]) for line in crosses]


def test_learning_rates_are_compared_on_a_logarithmic_scale() -> None:
    ax, named, crosses = rates({0.01: [4.0, 3.0], 0.5: [4.0, 0.001, 1e-9], "none": []})
    assert list(named) == ["η = 0.01", "η = 0.5"]
    assert list(named["η = 0.5"].get_xdata()) == [1, 2, 3]
    assert list(named["η = 0.5"].get_ydata()) == [4.0, 0.001, 1e-9]
    assert ax.get_yscale() == "log"
    assert not crosses
    assert len({line.get_linestyle() for line in named.values()}) == 2
    with pytest.raises(ValueError, match="at least one loss"):
        plot_learning_rates({})


@pytest.mark.parametrize("beyond", [nan, inf, -inf, 1e300, 801.0])
def test_a_diverging_curve_ends_at_a_cross_and_leaves_room_for_the_others(beyond: float) -> None:
    ax, named, crosses = rates({"calm": [8.0, 4.0, 2.0], "wild": [8.0, 90.0, beyond, 5.0]})
    assert list(named["wild\ndiverges at step 3"].get_ydata()) == [8.0, 90.0, 800.0]
    assert crosses == [(3, 800.0)]
    assert ax.get_ylim()[1] < 10_000


@pytest.mark.parametrize("first", [[0.0], [0.0, 0.0], [-0.0]])
def test_a_first_loss_of_zero_is_no_measure_of_divergence(first: list[float]) -> None:
    ax, named, crosses = rates({0.1: [*first, 0.5, 0.2]})
    assert list(named["η = 0.1"].get_ydata())[-2:] == [0.5, 0.2]
    assert not crosses
    assert ax.get_yscale() == "log"
    _, named, crosses = rates({"a": [*first, 0.5, 51.0]})
    assert crosses == [(len(first) + 2, 50.0)]
    _, named, crosses = rates({"a": [*first, nan], "b": first})
    assert crosses == [(len(first) + 1, 100.0)]


@pytest.mark.parametrize("losses", [[1e199, 1.0, nan], [1e200, 1e-250, inf], [1e307, 1.0]])
def test_a_cross_stands_where_it_can_be_seen(losses: list[float]) -> None:
    ax, _, ((_, height),) = rates({"a": losses})
    low, high = ax.get_ylim()
    assert low < height < high < inf
    assert (low, high) != (1, 10)


def test_a_loss_far_below_zero_has_not_diverged() -> None:
    _, named, crosses = rates({"a": [1.0, -50.0, -500.0]})
    assert list(named["a"].get_ydata()) == [1.0, -50.0, -500.0]
    assert not crosses


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([0.1, 1e-7, "mine"], ["η = 0.1", "η = 1e-07", "mine"]),
        ([0.1000001, 0.1000002], ["η = 0.1000001", "η = 0.1000002"]),
        ([0.1, 0.1 + 2**-56], ["η = 0.10000000000000001", "η = 0.10000000000000002"]),
    ],
)
def test_rates_that_differ_have_names_that_differ(names: list[float | str], shown: list[str]) -> None:
    _, named, _ = rates({name: [2.0, 1.0] for name in names})
    assert list(named) == shown


def test_rates_with_losses_of_zero_below_zero_and_never_finite() -> None:
    _, named, _ = rates({"a": [1.0, 0.5, 0.0, 0.0]})
    assert list(named["a"].get_ydata()) == [1.0, 0.5, 0.05, 0.05]
    ax, named, _ = rates({"a": [1.0, -0.5, 0.0], "b": [nan, 2.0]})
    assert ax.get_yscale() == "linear"
    assert list(named["a"].get_ydata()) == [1.0, -0.5, 0.0]
    _, named, crosses = rates({"b": [nan, nan]})
    assert list(named) == ["b\ndiverges at step 1"]
    assert len(crosses) == 1


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


def test_legends_have_a_fixed_place() -> None:
    def bowl(x: float, y: float) -> float:
        return x * x + y * y

    drawn: list[Any] = [
        plot_activation(autograd.tanh),
        plot_history({"a": [2.0, 1.0], "b": [3.0, 1.0]}),
        plot_decision_boundary(sum, POINTS, [0, 1, 1, 0]),
        plot_contour(bowl, (-1, 1), (-1, 1), path=[(1, 1), (0, 0)]),
    ]
    for ax in drawn:
        assert ax.get_legend()._get_loc() != 0, "0 is matplotlib's search for the best place"


ODD = "$$ \ud800\x07"
"""A name that is no formula, with half a character and a bell in it: "$$ ��" is what can be shown."""


@pytest.mark.parametrize(
    "plot",
    [
        lambda: viz.plot_history({ODD: [1.0, 2.0], "b": [2.0, 1.0]}),
        lambda: viz.plot_histograms([{ODD: [1.0, 2.0], "b": [2.0, 1.0]}]),
        lambda: viz.plot_attention([[0.5, 0.5]], rows=[ODD], columns=["x", ODD]),
        lambda: viz.plot_decision_boundary(
            lambda point: int(point[0] > 0), [[-1, 0], [1, 0]], [0, 1], inputs=[ODD, ODD], classes=[ODD, "b"]
        ),
    ],
    ids=["history", "histograms", "attention", "boundary"],
)
def test_any_name_can_be_shown(plot: Any, tmp_path: Path) -> None:
    ax = plot()
    ax.figure.savefig(tmp_path / "plot.svg")
    legend = ax.get_legend()
    texts = [*ax.get_xticklabels(), ax.xaxis.label, *(legend.get_texts() if legend else ())]
    assert any(text.get_text().startswith("$$ ��") for text in texts)
