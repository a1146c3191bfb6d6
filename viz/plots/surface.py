"""A function of two numbers as a landscape, from the side and from above, and the way down it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from viz.plots.axes import BESIDE, flat, legend, shades, solid
from viz.plots.grid import Array, heights
from viz.style import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = 60
LEVELS = 12
ALIKE = 3.0
"""Axes whose ranges differ by less than this factor share one scale, so that right angles look right."""

SHORTEST_ARROW = 0.03
"""A step shorter than this part of the plot gets no arrow: it would hide the step."""

Function = Callable[[float, float], Any]
Range = tuple[float, float]
Path = Sequence[Sequence[float]]


def plot_surface(f: Function, xs: Range, ys: Range, path: Path = (), ax: Axes | None = None) -> Axes:
    """Plot f(x, y) as a surface over the ranges `xs` and `ys`, with the steps of a descent on it.

    `f` takes two floats and gives a float or a Value; nothing is recorded. `path` holds points (x, y); those
    outside the ranges are left out, and so is the surface where it is not finite. `ax` must have been made
    with projection="3d". Raises ValueError for a range that is empty, a point without two coordinates, an
    `ax` that is flat, and a function that is finite nowhere.
    """
    x, y, z = _surface(f, xs, ys)
    steps = _points(path)
    ax3d = solid(ax)
    ax3d.computed_zorder = False  # else half of the path would hide inside the surface
    ax3d.plot_surface(
        *np.meshgrid(x, y),
        np.ma.masked_invalid(z),
        cmap=shades(),
        rcount=STEPS,
        ccount=STEPS,
        linewidth=0.2,
        edgecolor=LIGHT["line"],
        alpha=0.9,
    )
    inside = (steps[:, 0] >= x[0]) & (steps[:, 0] <= x[-1]) & (steps[:, 1] >= y[0]) & (steps[:, 1] <= y[-1])
    steps = steps[inside]
    if len(steps):
        over = [heights(f, [a], [b]).item() for a, b in steps]
        ax3d.plot(steps[:, 0], steps[:, 1], over, "o-", color=LIGHT["backward"], markersize=4, zorder=3)
        ax3d.plot(*steps[0], over[0], "o", **_START, zorder=4)
        ax3d.plot(*steps[-1], over[-1], "*", **_END, zorder=4)
        legend(ax3d, loc="upper right", frameon=False)
    ax3d.set(xlabel="x", ylabel="y", zlabel="f(x, y)")
    return ax3d  # type: ignore[no-any-return]


def plot_contour(f: Function, xs: Range, ys: Range, path: Path = (), ax: Axes | None = None) -> Axes:
    """Plot the level lines of f(x, y) over the ranges `xs` and `ys`, with arrows for the steps of a descent.

    `f` takes two floats and gives a float or a Value; nothing is recorded. `path` holds points (x, y). Where
    both ranges are of like length the axes share one scale, so that a step against the gradient crosses its
    level line at a right angle. Raises ValueError for a range that is empty, a point without two
    coordinates, and a function that is finite nowhere.
    """
    x, y, z = _surface(f, xs, ys)
    steps = _points(path)
    ax = flat(ax)
    level = np.ma.masked_invalid(z)
    ax.contourf(x, y, level, levels=LEVELS, cmap=shades(), alpha=0.75)
    lines = ax.contour(x, y, level, levels=LEVELS, colors=LIGHT["faint"], linewidths=0.8, linestyles="-")
    ax.clabel(lines, fontsize=8, fmt="%.4g")
    if len(steps):
        ax.plot(steps[:, 0], steps[:, 1], "o-", color=LIGHT["backward"], markersize=4, linewidth=1.6)
        _arrows(ax, steps, np.array([x[-1] - x[0], y[-1] - y[0]]))
        ax.plot(*steps[0], "o", **_START)
        ax.plot(*steps[-1], "*", **_END)
        legend(ax, frameon=False, **BESIDE)
    ax.set(xlim=xs, ylim=ys, xlabel="x", ylabel="y")
    if 1 / ALIKE < (xs[1] - xs[0]) / (ys[1] - ys[0]) < ALIKE:
        ax.set_aspect("equal")
    return ax


_START: dict[str, Any] = {
    "color": LIGHT["paper"],
    "markeredgecolor": LIGHT["backward"],
    "markeredgewidth": 2,
    "markersize": 9,
    "label": "start",
}
_END: dict[str, Any] = {
    "color": LIGHT["backward"],
    "markeredgecolor": LIGHT["paper"],
    "markersize": 15,
    "label": "end",
}


def _surface(f: Function, xs: Range, ys: Range) -> tuple[Array, Array, Array]:
    for low, high in (xs, ys):
        if not low < high:
            raise ValueError(f"a range needs low < high, got {low} and {high}")
    x, y = np.linspace(*xs, STEPS + 1), np.linspace(*ys, STEPS + 1)
    z = heights(f, x, y)
    if not np.isfinite(z).any():
        raise ValueError(f"the function is finite nowhere over {tuple(xs)} and {tuple(ys)}: nothing to plot")
    return x, y, z


def _points(path: Path) -> Array:
    for point in path:
        if len(point) != 2:
            raise ValueError(f"a path needs points (x, y), got {point!r}")
    return np.array([(float(x), float(y)) for x, y in path]).reshape(-1, 2)


def _arrows(ax: Axes, steps: Array, extent: Array) -> None:
    for start, end in pairwise(steps):
        if np.hypot(*((end - start) / extent)) > SHORTEST_ARROW:
            ax.annotate(
                "",
                xy=(float(end[0]), float(end[1])),
                xytext=(float(start[0]), float(start[1])),
                arrowprops={
                    "arrowstyle": "-|>",
                    "color": LIGHT["backward"],
                    "linewidth": 1.6,
                    "shrinkA": 0,
                    "shrinkB": 2,
                },
            )
