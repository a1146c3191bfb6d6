"""What a legend may not do: stand on a curve."""

from __future__ import annotations

from math import nan
from typing import Any

import pytest
from matplotlib import pyplot
from matplotlib.transforms import Bbox

import autograd
from viz import (
    plot_activation,
    plot_contour,
    plot_decision_boundary,
    plot_history,
    plot_learning_rates,
    plot_surface,
)

pytestmark = pytest.mark.usefixtures("figures")


def covered(ax: Any) -> list[str]:
    """Return the curves that a legend stands on."""
    ax.figure.draw_without_rendering()
    box = ax.get_legend().get_window_extent()
    return [line.get_label() for line in ax.lines if _passes(line, box)]


def _passes(line: Any, box: Bbox) -> bool:
    return bool(line.get_path().transformed(line.get_transform()).intersects_bbox(box, filled=False))


CURVES = {
    "falling": {"train": [3.0 / n for n in range(1, 60)], "held-out": [3.1 / n + 0.1 for n in range(1, 60)]},
    "rising": {"train": [float(n) for n in range(1, 60)], "held-out": [n * 1.1 for n in range(1, 60)]},
    "decades": {"train": [0.1**n for n in range(9)], "held-out": [10.0**n for n in range(9)]},
    "flat": {"a": [1.0, 1.0], "b": [1.0, 1.0]},
    "negative": {"a": [-1.0, -5.0], "b": [-2.0, -1.0]},
}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("size", [(6.4, 4.8), (3.2, 2.4)])
def test_a_history_passes_below_its_legend(name: str, size: tuple[float, float]) -> None:
    _, ax = pyplot.subplots(figsize=size, layout="constrained")
    assert covered(plot_history(CURVES[name], ax)) == []


@pytest.mark.parametrize("name", ["relu", "abs", "exp", "tanh", "cosh", "sinh"])
def test_an_activation_passes_below_its_legend(name: str) -> None:
    function = getattr(autograd, name)
    assert covered(plot_activation(function)) == []
    _, axes = pyplot.subplots(1, 3, figsize=(9, 3), layout="constrained")
    for ax in axes:
        plot_activation(function, ax)
    assert [covered(ax) for ax in axes] == [[], [], []]


def test_other_legends_stand_beside_the_axes() -> None:
    drawn: list[Any] = [
        plot_learning_rates({0.1: [1.0, 2.0]}),
        plot_decision_boundary(sum, [[0, 0], [1, 1]], [0, 1]),
        plot_surface(lambda x, y: x + y, (0, 1), (0, 1), [(0.5, 0.5)]),
    ]
    for ax in drawn:
        ax.figure.draw_without_rendering()
        assert ax.get_legend().get_window_extent().x0 >= ax.bbox.x1


@pytest.mark.parametrize("name", ["_held", "", "_", "__x", "_child3"])
def test_what_has_any_name_is_in_the_legend(name: str) -> None:
    def slope(x: Any) -> Any:
        return 2 * x

    slope.__name__ = name
    curves, path = {name: [3.0, 2.0], "b": [2.0, 1.0]}, [(0.5, 0.5), (0.0, 0.0)]
    drawn: dict[str, Any] = {
        name: plot_history(curves),
        f"{name}, lowest 1 at epoch 2": plot_history({"b": [2.0, 3.0], name: [2.0, 1.0]}),
        f"{name}\ndiverges at step 1": plot_learning_rates({name: [nan], "b": [2.0]}),
        f"{name}(x)": plot_activation(slope),
        f"{name}′(x)": plot_activation(slope),
    }
    for shown, ax in drawn.items():
        assert shown in [text.get_text() for text in ax.get_legend().get_texts()]
    classes: Any = plot_decision_boundary(sum, [[0, 0], [1, 1]], [0, 1], classes=["a", name])
    assert [text.get_text() for text in classes.get_legend().get_texts()] == ["a", name]
    for plot in (plot_contour, plot_surface):
        paths: Any = plot(lambda x, y: x + y, (-1, 1), (-1, 1), {name: path, "b": path})
        assert [text.get_text() for text in paths.get_legend().get_texts()] == [name, "b", "start", "end"]
