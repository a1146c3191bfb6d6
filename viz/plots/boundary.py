"""What a model of two inputs predicts over the plane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd import no_grad
from viz.plots.axes import BESIDE, flat, legend, sides
from viz.plots.fonts import legible
from viz.plots.grid import Array, heights
from viz.style import CLASSES, LIGHT, MARKERS
from viz.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS, FINER = 60, 4
MARGIN = 0.12

Predict = Callable[[list[float]], Any]


def plot_decision_boundary(
    predict: Predict,
    points: Sequence[Sequence[float]],
    labels: Sequence[Any],
    ax: Axes | None = None,
    *,
    inputs: Sequence[str] = ("x1", "x2"),
    classes: Sequence[str] = (),
    threshold: float = 0.0,
) -> Axes:
    """Plot points in the plane over what a model predicts around them.

    `predict` takes a list of two floats and gives an int, the index of a class, or else a score: a float or
    a Value, shown as shades with the line where it passes `threshold`. `labels` are class indices, or, for
    a score, numbers on either side of the threshold. `classes` are names for the legend. Nothing is
    recorded while `predict` runs. Raises ValueError for points that do not have two coordinates, and for
    unequal numbers of points and labels.
    """
    if len(points) != len(labels):
        raise ValueError(f"every point needs a label, got {len(points)} points and {len(labels)} labels")
    where = np.asarray([list(point) for point in points], dtype=float)
    if where.ndim != 2 or where.shape[1] != 2:
        raise ValueError(f"plot_decision_boundary needs points of two coordinates, got {points[:1]!r}")
    ax = flat(ax)
    xs, ys = _grid(where[:, 0]), _grid(where[:, 1])
    with no_grad():
        if isinstance(predict([float(xs[0]), float(ys[0])]), int | np.integer):
            of_points = [int(label) for label in labels]
            _regions(ax, xs, ys, predict)
        else:
            of_points = [int(float(label) > threshold) for label in labels]
            _scores(ax, xs[::FINER], ys[::FINER], predict, threshold)
    for index in sorted(set(of_points)):
        chosen = where[[position for position, of in enumerate(of_points) if of == index]]
        ax.scatter(
            chosen[:, 0],
            chosen[:, 1],
            s=34,
            c=CLASSES[index % len(CLASSES)],
            marker=MARKERS[index % len(MARKERS)],
            edgecolors="white",
            linewidths=0.8,
            label=classes[index] if index < len(classes) else str(index),
            zorder=3,
        )
    ax.set_xlabel(printable(inputs[0]), parse_math=False)
    ax.set_ylabel(printable(inputs[1]), parse_math=False)
    legend(ax, frameon=False, **BESIDE)
    return legible(ax)


def _grid(coordinates: Array) -> Array:
    low, high = float(coordinates.min()), float(coordinates.max())
    room = MARGIN * ((high - low) or 1.0)
    return np.linspace(low - room, high + room, STEPS * FINER + 1)


def _scores(ax: Axes, xs: Array, ys: Array, predict: Predict, threshold: float) -> None:
    scores = heights(lambda x, y: predict([x, y]), xs, ys)
    reach = float(np.nanmax(np.abs(scores - threshold))) or 1.0
    ax.imshow(
        scores,
        extent=(xs[0], xs[-1], ys[0], ys[-1]),
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
        cmap=sides(),
        vmin=threshold - reach,
        vmax=threshold + reach,
        alpha=0.5,
    )
    if np.nanmin(scores) < threshold < np.nanmax(scores):
        ax.contour(xs, ys, scores, levels=[threshold], colors=LIGHT["ink"], linewidths=1.6)


def _regions(ax: Axes, xs: Array, ys: Array, predict: Predict) -> None:
    found = _classes(xs, ys, predict)
    for index in map(int, np.unique(found)):
        inside = (found == index).astype(float)
        ax.contourf(xs, ys, inside, levels=[0.5, 1.5], colors=[CLASSES[index % len(CLASSES)]], alpha=0.2)
        if inside.min() < inside.max():
            ax.contour(xs, ys, inside, levels=[0.5], colors=LIGHT["ink"], linewidths=1.0)


def _classes(xs: Array, ys: Array, predict: Predict) -> NDArray[np.int_]:
    """Return the class at each point of the grid, asking at every fourth, and at all near a boundary."""
    found = np.full((len(ys), len(xs)), -1)

    def fill(rows: range, columns: range) -> None:
        for row in rows:
            for column in columns:
                if found[row, column] < 0:
                    found[row, column] = int(predict([float(xs[column]), float(ys[row])]))

    fill(range(0, len(ys), FINER), range(0, len(xs), FINER))
    for row in range(0, len(ys) - 1, FINER):
        for column in range(0, len(xs) - 1, FINER):
            block = found[row : row + FINER + 1, column : column + FINER + 1]
            corners = block[::FINER, ::FINER]
            if (corners == corners[0, 0]).all():
                block[block < 0] = corners[0, 0]
            else:
                fill(range(row, row + FINER + 1), range(column, column + FINER + 1))
    return found
