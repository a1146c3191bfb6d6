"""What was taken for what: counts of examples by their class and by the class they were given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from viz.plots.axes import flat
from viz.plots.fonts import legible
from viz.plots.matrix import plot_matrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_confusion(
    counts: Sequence[Sequence[int]], classes: Sequence[str] = (), ax: Axes | None = None
) -> Axes:
    """Plot a confusion matrix, such as `nn.confusion_matrix` counts: a row for what it is, dark for many.

    What was right lies on the diagonal. `classes` are names, 1, 2, … by default. Raises ValueError unless
    there is a column for each row, and for a wrong number of names.
    """
    lengths = [len(row) for row in counts]
    if not lengths or {*lengths} != {len(lengths)}:
        raise ValueError(f"plot_confusion needs a column for each of {len(lengths)} rows, got {lengths}")
    ax = flat(ax)
    plot_matrix(ax, np.array(counts, float), classes, classes, lambda count: f"{count:.0f}")
    ax.set(xlabel="what it was taken for", ylabel="what it is")
    return legible(ax)
