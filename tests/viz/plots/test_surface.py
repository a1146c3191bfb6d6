"""Surfaces and level lines: the heights are the function's, the path lies where its points say."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from matplotlib import pyplot

from autograd import Value, exp, grad
from viz import plot_contour, plot_surface

pytestmark = pytest.mark.usefixtures("figures")

PLOTS = [plot_surface, plot_contour]
RANGE = (-4.0, 4.0)


def bowl(x: Any, y: Any) -> Any:
    return x**2 + 2 * y**2


def descent(steps: int) -> list[tuple[float, float]]:
    path = [(-3.0, -3.0)]
    for _ in range(steps):
        x, y = path[-1]
        dx, dy = grad(bowl, argnums=(0, 1))(x, y)
        path.append((x - 0.1 * dx, y - 0.1 * dy))
    return path


def markers(ax: Any) -> list[Any]:
    return [line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata()) > 1]


def test_the_path_lies_on_the_surface() -> None:
    path = descent(2)
    ax: Any = plot_surface(bowl, RANGE, RANGE, path)
    ax.figure.canvas.draw()
    (line,) = (line for line in ax.lines if len(line.get_data_3d()[0]) == 3)
    x, y, z = line.get_data_3d()
    assert list(zip(x, y, strict=True)) == path
    assert z == pytest.approx([27, 12.24, 6.0192])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["start", "end"]


def test_a_point_outside_the_ranges_is_not_drawn_in_the_air() -> None:
    ax: Any = plot_surface(bowl, RANGE, RANGE, [(1, 1), (5, 1), (math.nan, 0), (2, 2)])
    (line,) = (line for line in ax.lines if len(line.get_data_3d()[0]) > 1)
    assert list(line.get_data_3d()[0]) == [1, 2]


def test_the_level_lines_are_levels() -> None:
    ax: Any = plot_contour(bowl, RANGE, RANGE)
    (lines,) = (item for item in ax.collections if not item.get_facecolor().size)
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        for x, y in path.vertices[:1] if level else ():
            assert bowl(x, y) == pytest.approx(level, abs=0.1)
    assert ax.get_aspect() == 1
    assert plot_contour(bowl, (0, 1), (0, 100)).get_aspect() == "auto"


def test_every_step_that_can_be_seen_has_an_arrow() -> None:
    path = descent(40)
    ax: Any = plot_contour(bowl, RANGE, RANGE, path)
    ax.figure.canvas.draw()
    (line,) = markers(ax)
    assert [*zip(*line.get_data(), strict=True)] == path
    arrows = [(item.xyann, item.xy) for item in ax.texts if hasattr(item, "xyann")]
    assert arrows == list(pairwise(path))[: len(arrows)]
    assert 3 < len(arrows) < 20


@pytest.mark.parametrize("plot", PLOTS)
def test_any_function_of_two_numbers_will_do(plot: Callable[..., Any]) -> None:
    weight = Value(2.0)
    for f in (
        bowl,
        lambda x, y: exp(-(x**2) - y**2),
        lambda x, y: math.exp(x) + y,
        lambda x, y: weight * x + y,
        lambda x, y: 3,
        lambda x, y: math.log(x) if x > 0 else -math.inf,
        lambda x, y: x if y > 0 else math.nan,
    ):
        plot(f, RANGE, RANGE, [(1, 1), (2, 2)]).figure.canvas.draw()
    assert not weight.has_grad


@pytest.mark.parametrize("plot", PLOTS)
def test_nothing_is_recorded(plot: Callable[..., Any]) -> None:
    weight, answers = Value(2.0), []

    def f(x: float, y: float) -> Value:
        answers.append(weight * x * y)
        return answers[-1]

    plot(f, RANGE, RANGE, [(1, 1)])
    assert answers
    assert not any(answer.args for answer in answers)


@pytest.mark.parametrize("plot", PLOTS)
def test_what_cannot_be_plotted_is_named(plot: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"low < high, got 1 and 1"):
        plot(bowl, (1, 1), RANGE)
    with pytest.raises(ValueError, match=r"points \(x, y\), got \(1, 2, 3\)"):
        plot(bowl, RANGE, RANGE, [(1, 2, 3)])
    with pytest.raises(ValueError, match=r"points \(x, y\), got \(1, 2, 3\)"):
        plot(bowl, RANGE, RANGE, [(1, 2), (1, 2, 3)])
    with pytest.raises(ValueError, match="finite nowhere"):
        plot(lambda x, y: math.nan, RANGE, RANGE)


def test_axes_are_used_and_returned() -> None:
    ax: Any = pyplot.figure().add_subplot(projection="3d")
    assert plot_surface(bowl, RANGE, RANGE, ax=ax) is ax
    _, flat = pyplot.subplots()
    assert plot_contour(bowl, RANGE, RANGE, ax=flat) is flat
    with pytest.raises(ValueError, match="projection='3d', got 'rectilinear'"):
        plot_surface(bowl, RANGE, RANGE, ax=flat)


def narrow(x: Any, y: Any) -> Any:
    return (1 - x) ** 2 + 20 * (y - x * x) ** 2


def test_levels_show_the_bottom_of_a_narrow_valley() -> None:
    ax: Any = plot_contour(narrow, (-2, 2), (-1, 3))
    (lines,) = (item for item in ax.collections if not item.get_facecolor().size)
    inside = [level for level in lines.levels if 0 < level < 5]
    assert len(inside) >= 3
    assert [*lines.levels] == sorted(lines.levels)
    even: Any = plot_contour(bowl, RANGE, RANGE)
    (lines,) = (item for item in even.collections if not item.get_facecolor().size)
    assert len({round(b - a, 9) for a, b in pairwise(lines.levels)}) == 1


@pytest.mark.parametrize("plot", PLOTS)
def test_several_paths_are_told_apart_by_name(plot: Callable[..., Any]) -> None:
    ax: Any = plot(bowl, RANGE, RANGE, {"slow": descent(3), "fast": descent(5)[::2], "none": []})
    ax.figure.canvas.draw()
    named = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts[-2:] == ["start", "end"]
    assert {"slow", "fast"} <= {*texts}
    assert named["slow"].get_color() != named["fast"].get_color()
    assert named["slow"].get_linestyle() != named["fast"].get_linestyle()


def test_what_leaves_the_ranges_is_cut_off() -> None:
    ax: Any = plot_contour(bowl, (-1, 1), (-1, 1), [(0, 0), (0.9, 0.9), (9, 9), (0.5, -0.5)])
    ax.figure.canvas.draw()
    assert ax.get_xlim() == (-1, 1)
    arrows = [item.arrow_patch for item in ax.texts if hasattr(item, "arrow_patch")]
    assert len(arrows) == 3
    assert all(arrow.get_clip_on() and arrow.get_clip_box() is not None for arrow in arrows)
