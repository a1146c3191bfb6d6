"""The map of attention: each weight in its cell, dark for much."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot

from autograd import Value
from viz import plot_attention

pytestmark = pytest.mark.usefixtures("figures")


def written(ax: Any) -> dict[tuple[int, int], str]:
    ax.figure.canvas.draw()
    return {(int(text.get_position()[1]), int(text.get_position()[0])): text.get_text() for text in ax.texts}


def test_the_numbers_stand_in_their_cells() -> None:
    ax: Any = plot_attention([[0.0757, Value(0.9243)], [1, 0]], ["x₁", "x₂"], ["y₁", "y₂"])
    assert written(ax) == {(0, 0): "0.076", (0, 1): "0.924", (1, 0): "1.000", (1, 1): "0"}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["y₁", "y₂"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["x₁", "x₂"]
    (image,) = ax.images
    assert np.array_equal(image.get_array(), [[0.0757, 0.9243], [1, 0]])


def test_more_is_darker_and_its_number_lighter() -> None:
    ax: Any = plot_attention([[step / 8 for step in range(9)]])
    (image,) = ax.images
    brightness = image.to_rgba(image.get_array())[0, :, :3] @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(brightness) < 0).all()
    inks = [text.get_color() for text in ax.texts]
    assert inks[0] != inks[-1]
    assert inks == sorted(inks, key=inks.index)  # it changes once, from dark to light


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 7), (12, 12), (3, 20), (30, 2)])
def test_numbers_fit_their_cells(rows: int, columns: int) -> None:
    ax: Any = plot_attention([[-0.25] * columns] * rows)
    assert len(written(ax)) in (0, rows * columns)
    renderer = ax.figure.canvas.get_renderer()
    cell = ax.transData.transform((1, 0))[0] - ax.transData.transform((0, 0))[0]
    for text in ax.texts:
        assert text.get_window_extent(renderer).width < cell


def test_where_cells_are_small_a_bar_says_what_shades_mean() -> None:
    ax: Any = plot_attention([[1 / 60] * 60] * 60)
    assert not written(ax)
    assert len(ax.figure.axes) == 2


def test_masked_cells_stay_white_and_empty() -> None:
    ax: Any = plot_attention([[0.5, -inf], [nan, -0.5]])
    assert written(ax) == {(0, 0): "0.500", (0, 1): "", (1, 0): "", (1, 1): "−0.500"}
    (image,) = ax.images
    assert image.get_array().mask.tolist() == [[False, True], [True, False]]
    plot_attention([[nan]]).figure.canvas.draw()  # type: ignore[union-attr]
    plot_attention([[0.0]]).figure.canvas.draw()  # type: ignore[union-attr]


def test_hostile_names_are_shown() -> None:
    ax: Any = plot_attention([[1.0, 0.0]], ["$\\frac"], ["$a$", "_b"])
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["$a$", "_b"]


def test_what_cannot_be_plotted_is_named() -> None:
    with pytest.raises(ValueError, match=r"got lengths \[1, 2\]"):
        plot_attention([[1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match=r"got lengths \[\]"):
        plot_attention([])
    with pytest.raises(ValueError, match=r"got lengths \[0\]"):
        plot_attention([[]])
    with pytest.raises(ValueError, match="has 1 rows, got 2 names"):
        plot_attention([[1.0]], ["a", "b"])
    with pytest.raises(ValueError, match="has 1 columns, got 2 names"):
        plot_attention([[1.0]], [], ["a", "b"])


def test_axes_are_used_and_returned() -> None:
    _, ax = pyplot.subplots()
    assert plot_attention([[1.0]], ax=ax) is ax
