"""Matrices as shades, with what is in each cell written there: who looks at whom, what was taken for what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.notation.rows import cells as columns_wide
from viz.plots.axes import flat, shades
from viz.plots.fonts import legible
from viz.plots.grid import Array, plain
from viz.style import LIGHT, ON_AREAS
from viz.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 8
"""So many columns have room for a third decimal."""

LARGEST, SMALLEST = 11.0, 5.0
EM = 0.66
"""The width of a digit, with its share of the space at both ends, in parts of the font size."""

POINTS = 72.0
BRIGHTNESS = (0.2126, 0.7152, 0.0722)
"""How bright red, green and blue light of the same power look (ITU-R BT.709)."""


def plot_attention(
    weights: Sequence[Sequence[Any]],
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Plot attention weights as a heat map with a number in each cell.

    `weights[i][j]`, a float or a Value, is how much query i looks at key j. `rows` and `columns` are names
    of the queries and the keys, 1, 2, … by default. A cell that is not finite, as a masked score is, stays
    white. Where cells are too small for numbers, a bar of shades stands beside the map instead. Raises
    ValueError for rows of unequal length, no cell, and a wrong number of names.
    """
    lengths = {len(row) for row in weights}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"plot_attention needs rows of one length, got lengths {sorted(lengths)}")
    cells = np.array([[plain(weight) for weight in row] for row in weights])
    ax = flat(ax)
    _matrix(ax, cells, rows, columns, _decimals(cells))
    ax.set(xlabel="key: what is looked at", ylabel="query: who looks")
    return legible(ax)


def plot_confusion(
    counts: Sequence[Sequence[float]], classes: Sequence[str] = (), ax: Axes | None = None
) -> Axes:
    """Plot a confusion matrix, such as `nn.confusion_matrix` counts: a row for what it is, dark for many.

    What was right lies on the diagonal. Where not all counts are whole numbers, as shares are not, they are
    written with decimals; one that is not finite stays white. `classes` are names, 1, 2, … by default. Raises
    ValueError unless there is a column for each row, and for a wrong number of names.
    """
    lengths = [len(row) for row in counts]
    if not lengths or {*lengths} != {len(lengths)}:
        raise ValueError(f"plot_confusion needs a column for each of {len(lengths)} rows, got {lengths}")
    cells = np.array(counts, float)
    ax = flat(ax)
    finite = cells[np.isfinite(cells)]
    decimals = 0 if (finite == np.trunc(finite)).all() else _decimals(cells)
    _matrix(ax, cells, classes, classes, decimals)
    ax.set(xlabel="what it was taken for", ylabel="what it is")
    return legible(ax)


def _matrix(ax: Axes, cells: Array, rows: Sequence[str], columns: Sequence[str], decimals: int) -> None:
    """Draw a matrix on `ax`: dark for much, a cell that is not finite white.

    `rows` and `columns` are names, 1, 2, … if there are none. Where cells are too small for their numbers,
    a bar of shades stands beside the map instead. Raises ValueError for a wrong number of names.
    """
    height, width = cells.shape
    down, across = _names("rows", rows, height), _names("columns", columns, width)
    cell = POINTS / ax.figure.dpi * min(ax.bbox.width / width, ax.bbox.height / height)
    finite = cells[np.isfinite(cells)]
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    shown = np.ma.masked_invalid(cells)
    picture = ax.imshow(shown, cmap=shades(), vmin=low, vmax=high if low < high else low + 1)
    texts = [[_written(number, decimals) for number in row] for row in cells.tolist()]
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


def _decimals(cells: Array) -> int:
    return 3 if cells.shape[1] <= FEW else 2


def _written(number: float, decimals: int) -> str:
    if not np.isfinite(number):
        return ""
    return f"{number:.{decimals}f}".replace("-", "−") if number else "0"
