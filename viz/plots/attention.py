"""Who looks at whom: a matrix of weights as shades and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from viz.plots.axes import flat
from viz.plots.fonts import legible
from viz.plots.grid import plain
from viz.plots.matrix import plot_matrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 8
"""So many columns have room for a third decimal."""


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
    decimals = 3 if cells.shape[1] <= FEW else 2
    plot_matrix(ax, cells, rows, columns, lambda weight: _written(weight, decimals))
    ax.set(xlabel="key: what is looked at", ylabel="query: who looks")
    return legible(ax)


def _written(weight: float, decimals: int) -> str:
    if not np.isfinite(weight):
        return ""
    return f"{weight:.{decimals}f}".replace("-", "−") if weight else "0"
