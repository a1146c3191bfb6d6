"""Histograms of layers: every finite number is counted, and vanishing ones can still be seen."""

from __future__ import annotations

from itertools import pairwise
from math import inf, nan
from random import Random
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex
from matplotlib.patches import StepPatch

from viz import plot_histograms
from viz.style import LIGHT

pytestmark = pytest.mark.usefixtures("figures")


def bars(ax: Any) -> list[Any]:
    return [patch for patch in ax.patches if isinstance(patch, StepPatch) and patch.get_fill()]


def medians(ax: Any) -> list[float]:
    return [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "-"]


def normal(size: float, seed: int = 0) -> list[float]:
    rng = Random(seed)
    return [rng.gauss(0, size) for _ in range(101)]


def test_layers_stand_side_by_side_and_epochs_inside_them() -> None:
    snapshots = [{"first": normal(1.0, epoch), "last": normal(2.0, epoch)} for epoch in range(3)]
    ax: Any = plot_histograms(snapshots)
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["first", "last"]
    assert ax.get_xlabel().endswith("epoch 1, 2, 3")
    assert ax.get_yscale() == "linear"
    assert len(bars(ax)) == 6
    expected = [float(np.median(snapshots[epoch][name])) for name in ("first", "last") for epoch in range(3)]
    assert medians(ax) == expected
    assert len({patch.get_facecolor() for patch in bars(ax)}) == 3


def test_epochs_grow_stronger_in_dark_mode_too() -> None:
    """Each is the one blue of the palette, which dark mode turns, and lets less of the paper through."""
    faces = [patch.get_facecolor() for patch in bars(plot_histograms([{"a": [1.0, 2.0]}] * 4))]
    assert {to_hex(face) for face in faces} == {LIGHT["forward"]}
    opacities = [face[3] for face in faces]
    assert all(later - earlier > 0.1 for earlier, later in pairwise(opacities))


def test_of_many_epochs_six_are_shown_the_first_and_the_last_among_them() -> None:
    ax: Any = plot_histograms([{"a": [float(epoch), 1.0]} for epoch in range(100)])
    assert ax.get_xlabel().endswith("epoch 1, 21, 41, 60, 80, 100")
    assert medians(ax)[-1] == 50.0


def test_a_histogram_has_the_shape_of_its_numbers() -> None:
    ax: Any = plot_histograms([{"a": [0.0] * 3 + [1.0]}])
    (patch,) = bars(ax)
    values, edges, left = patch.get_data()
    reach = values - left
    assert reach[0] == pytest.approx(3 * reach[-1])
    assert not reach[1:-1].any()
    assert (edges[0], edges[-1]) == (0.0, 1.0)


def test_vanishing_gradients_are_shown_by_size() -> None:
    snapshot = {f"layer {place}": normal(10.0 ** (-3 * place)) for place in range(5)}
    ax: Any = plot_histograms([snapshot])
    ax.figure.canvas.draw()
    assert ax.get_yscale() == "log"
    expected = [float(np.median(np.abs(numbers))) for numbers in snapshot.values()]
    assert medians(ax) == pytest.approx(expected, rel=1e-12)
    low, high = ax.get_ylim()
    every = [abs(number) for numbers in snapshot.values() for number in numbers]
    assert low < min(every)
    assert max(every) < high
    assert "0" not in [text.get_text() for text in ax.texts]


def test_zeros_stand_below_every_size() -> None:
    ax: Any = plot_histograms([{"dead": [0.0, -0.0, 5e-324], "alive": [1e-4, -1.0, 1.0]}])
    ax.figure.canvas.draw()
    (zero,) = (text for text in ax.texts if text.get_text() == "0")
    assert zero.get_position()[1] < 1e-4
    assert medians(ax) == [zero.get_position()[1], 1.0]
    dead, alive = bars(ax)
    assert len(dead.get_data()[0]) == 1
    assert np.count_nonzero(alive.get_data()[0] - alive.get_data()[2]) == 2


def test_what_is_not_finite_is_counted_by_name() -> None:
    ax: Any = plot_histograms([{"a": [nan, inf, 1.0], "b": [1.0, 2.0]}, {"a": [-inf], "b": [1.0]}])
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a\n3 not finite", "b"]
    assert len(bars(ax)) == 3


@pytest.mark.parametrize("shape", [(4, 3), (12,), (2, 3, 2), (12, 1)])
def test_a_matrix_is_spread_as_its_numbers_in_a_row(shape: tuple[int, ...]) -> None:
    numbers = np.arange(12.0)
    numbers[:2] = nan, inf
    shown: list[Any] = [plot_histograms([{"a": given}]) for given in (numbers.reshape(shape), [*numbers])]
    assert [[label.get_text() for label in ax.get_xticklabels()] for ax in shown] == [["a\n2 not finite"]] * 2
    assert medians(shown[0]) == medians(shown[1])


@pytest.mark.parametrize("far", [1e308, -1e308, 1.79e308, 2e200])
@pytest.mark.parametrize("other", [[1e-299], [1.0], [1e200, -1e200]])
def test_what_is_too_large_for_an_axis_is_counted_by_name(far: float, other: list[float]) -> None:
    ax: Any = plot_histograms([{"a": [far, -far, nan, 1.0], "b": other}])
    ax.figure.canvas.draw()
    title, _ = (label.get_text() for label in ax.get_xticklabels())
    assert title == "a\n1 not finite\n2 beyond ±1e200"
    low, high = ax.get_ylim()
    every = [abs(number) if ax.get_yscale() == "log" else number for number in (1.0, *other)]
    assert low < min(every)
    assert max(every) < high < inf


@pytest.mark.parametrize("numbers", [[], [0.0], [3.0] * 5, [nan], [1e-310, 1.0]])
def test_poor_layers_are_drawn(numbers: list[float]) -> None:
    plot_histograms([{"$a$": numbers}]).figure.canvas.draw()  # type: ignore[union-attr]
    plot_histograms([{"a": numbers, "b": [1e9]}]).figure.canvas.draw()  # type: ignore[union-attr]


def test_sizes_too_small_for_a_logarithmic_scale_stand_on_a_linear_one() -> None:
    ax: Any = plot_histograms([{"a": [1e-305, 2e-305], "b": [0.0]}])
    ax.figure.canvas.draw()
    assert ax.get_yscale() == "linear"
    assert len(bars(ax)) == 2


def test_one_snapshot_is_dark_and_counts_no_epochs() -> None:
    several: Any = plot_histograms([{"a": [1.0, 2.0]}] * 3)
    alone: Any = plot_histograms([{"a": [1.0, 2.0]}])
    assert several.get_xlabel() == "in each layer, faint to strong: epoch 1, 2, 3"
    assert alone.get_xlabel() == ""
    (bar,) = bars(alone)
    assert bar.get_facecolor() == bars(several)[-1].get_facecolor()
    assert bar.get_facecolor() != bars(several)[0].get_facecolor()


def test_what_cannot_be_plotted_is_named() -> None:
    with pytest.raises(ValueError, match=r"at least one layer, got \[\]"):
        plot_histograms([])
    with pytest.raises(ValueError, match="at least one layer"):
        plot_histograms([{}])
    with pytest.raises(ValueError, match=r"snapshot 2 has the layers \['b'\], the first has \['a'\]"):
        plot_histograms([{"a": [1.0]}, {"b": [1.0]}])


def test_axes_are_used_and_returned() -> None:
    _, ax = pyplot.subplots()
    assert plot_histograms([{"a": [1.0]}], ax=ax) is ax
