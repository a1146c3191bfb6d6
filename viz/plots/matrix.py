"""A matrix as shades, with what is in each cell written there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from viz.plots.axes import shades
from viz.plots.grid import Array
from viz.style import LIGHT, ON_AREAS
from viz.text import cells as columns_wide
from viz.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGEST, SMALLEST = 11.0, 5.0
EM = 0.66
"""The width of a digit, with its share of the space at both ends, in parts of the font size."""

POINTS = 72.0
BRIGHTNESS = (0.2126, 0.7152, 0.0722)
"""How bright red, green and blue light of the same power look (ITU-R BT.709)."""


def plot_matrix(
    ax: Axes,
    cells: Array,
    rows: Sequence[str],
    columns: Sequence[str],
    written: Callable[[float], str],
) -> None:
    """Draw a matrix on `ax`: dark for much, a cell that is not finite white.

    `rows` and `columns` are names, 1, 2, … if there are none. Where cells are too small for what is `written`
    of each, a bar of shades stands beside the map instead. Raises ValueError for a wrong number of names.
    """
    height, width = cells.shape
    down, across = _names("rows", rows, height), _names("columns", columns, width)
    cell = POINTS / ax.figure.dpi * min(ax.bbox.width / width, ax.bbox.height / height)
    finite = cells[np.isfinite(cells)]
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    shown = np.ma.masked_invalid(cells)
    picture = ax.imshow(shown, cmap=shades(), vmin=low, vmax=high if low < high else low + 1)
    texts = [[written(float(number)) for number in row] for row in cells]
    longest = max(len(content) for row in texts for content in row)
    size = min(LARGEST, cell / (EM * max(longest, 1)))
    if size >= SMALLEST:
        _write(ax, texts, picture.to_rgba(shown), size)
    else:
        ax.figure.colorbar(picture, ax=ax)
    named = min(LARGEST - 1, 0.9 * cell)
    turned = 90 if EM * named * max(map(columns_wide, across)) > cell else 0
    ax.set_xticks(range(width), across, rotation=turned, fontsize=named, parse_math=False)
    ax.set_yticks(range(height), down, fontsize=named, parse_math=False)
    ax.set_xticks(np.arange(width - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(height - 1) + 0.5, minor=True)
    ax.grid(which="minor", color=LIGHT["paper"], linewidth=1.5)
    ax.tick_params(which="both", length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.xaxis.set_label_position("top")
    ax.spines[:].set_visible(False)


def _names(what: str, names: Sequence[str], count: int) -> list[str]:
    if names and len(names) != count:
        raise ValueError(f"the matrix has {count} {what}, got {len(names)} names")
    return [*map(printable, names)] or [str(index) for index in range(1, count + 1)]


def _write(ax: Axes, texts: Sequence[Sequence[str]], colours: Array, size: float) -> None:
    bright = (colours[..., :3] ** 2.2) @ BRIGHTNESS
    for row, contents in enumerate(texts):
        for column, content in enumerate(contents):
            ink = ON_AREAS[0] if bright[row, column] > 0.2 else ON_AREAS[1]
            ax.text(column, row, content, ha="center", va="center", fontsize=size, color=ink)
