"""A function of two numbers as a landscape, from the side and from above, and the way down it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from viz.plots.axes import BESIDE, depths, flat, labelled, legend, line_style, shades, solid
from viz.plots.fonts import legible
from viz.plots.grid import Array, heights
from viz.style import CLASSES, LIGHT

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
Paths = Path | Mapping[str, Path]
"""The steps of one descent, or those of several by name."""

Drawn = tuple[Array, dict[str, Any]]
"""The points of a path, and what its line looks like."""

STEEP = 20.0
"""Levels lie closer in a landscape whose upper tenth is so many times as high as its lower one."""


def plot_surface(f: Function, xs: Range, ys: Range, path: Paths = (), ax: Axes | None = None) -> Axes:
    """Plot f(x, y) as a surface over the ranges `xs` and `ys`, with the steps of a descent on it.

    `f` takes two floats and gives a float or a Value; nothing is recorded. `path` holds points (x, y), or is
    a dictionary of such paths by name; points outside the ranges are left out, and so is the surface where it
    is not finite. `ax` must have been made with projection="3d". Raises ValueError for a range that is empty
    or infinite, a point without two coordinates, an `ax` that is flat, and a function that is finite nowhere.
    """
    x, y, z = _surface(f, xs, ys)
    paths = _paths(path)
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
    low, high = np.array([x[0], y[0]]), np.array([x[-1], y[-1]])
    for steps, line in paths:
        steps = steps[((steps >= low) & (steps <= high)).all(axis=1)]
        if len(steps):
            over = [heights(f, [a], [b]).item() for a, b in steps]
            ax3d.plot(steps[:, 0], steps[:, 1], over, marker="o", markersize=4, zorder=3, **line)
            _ends(ax3d, np.column_stack([steps, over]), line["color"])
    _legend(ax3d, paths)
    ax3d.set(xlabel="x", ylabel="y", zlabel="f(x, y)")
    return legible(ax3d)


def plot_contour(f: Function, xs: Range, ys: Range, path: Paths = (), ax: Axes | None = None) -> Axes:
    """Plot the level lines of f(x, y) over the ranges `xs` and `ys`, with arrows for the steps of a descent.

    `f` takes two floats and gives a float or a Value; nothing is recorded. `path` holds points (x, y), or is
    a dictionary of such paths by name; what lies outside the ranges is cut off. Levels are even, but of a
    valley between steep walls, where they lie closer at its bottom. Where both ranges are of like length the
    axes share one scale, so that a step against the gradient crosses its level line at a right angle. Raises
    ValueError for a range that is empty or infinite, a point without two coordinates, and a function that is
    finite nowhere.
    """
    x, y, z = _surface(f, xs, ys)
    paths = _paths(path)
    ax = flat(ax)
    level = np.ma.masked_invalid(z)
    levels = _levels(z[np.isfinite(z)])
    shading: dict[str, Any] = {"levels": levels, "colors": depths()(np.linspace(0, 1, len(levels) - 1))}
    ax.contourf(x, y, level, **(shading if len(levels) > 1 else {"cmap": depths()}))
    lines = ax.contour(x, y, level, levels=levels, colors=LIGHT["faint"], linewidths=0.8, linestyles="-")
    ax.clabel(lines, fontsize=8, fmt="%.3g", colors=LIGHT["ink"])
    ax.set(xlim=xs, ylim=ys, xlabel="x", ylabel="y")
    if 1 / ALIKE < (xs[1] - xs[0]) / (ys[1] - ys[0]) < ALIKE:
        ax.set_aspect("equal")
    for steps, line in paths:
        if len(steps):
            ax.plot(steps[:, 0], steps[:, 1], marker="o", markersize=4, **line)
            _arrows(ax, steps, np.array([x[-1] - x[0], y[-1] - y[0]]), line["color"])
            _ends(ax, steps, line["color"])
    _legend(ax, paths)
    return legible(ax)


def _levels(z: Array) -> Array:
    """Return the heights at which lines are drawn, from below the lowest point to above the highest."""
    from matplotlib.ticker import MaxNLocator

    low, high = float(z.min()), float(z.max())
    near, far = np.quantile(z, [0.1, 0.9]) - low
    if far > near * STEEP and near > 0:
        return np.array([low, *(low + np.geomspace(near / 4, high - low, LEVELS))])
    return np.asarray(MaxNLocator(LEVELS + 1, min_n_ticks=1).tick_values(low, high))


def _paths(path: Paths) -> list[Drawn]:
    """Return the points of each path and what its line looks like; one alone is orange, as what goes back."""
    if not isinstance(path, Mapping):
        return [(_points(path), {"color": LIGHT["backward"], "linewidth": 1.6, "linestyle": "-"})]
    colours = (*CLASSES[1:], CLASSES[0])  # the first is that of the landscape
    return [
        (_points(points), line_style(place, colours) | {"label": labelled(name)})
        for place, (name, points) in enumerate(path.items())
    ]


def _ends(ax: Any, steps: Array, colour: str) -> None:
    """Mark where a path begins with a ring, and where it ends with a star."""
    for point, mark in zip((steps[0], steps[-1]), _marks(colour), strict=True):
        ax.plot(*point[:, None], zorder=4, **mark)


def _marks(colour: str) -> tuple[dict[str, Any], dict[str, Any]]:
    ring = {"marker": "o", "color": LIGHT["paper"], "markeredgecolor": colour, "markeredgewidth": 2}
    star = {"marker": "*", "color": colour, "markeredgecolor": LIGHT["paper"]}
    return ring | {"markersize": 9, "linestyle": ""}, star | {"markersize": 15, "linestyle": ""}


def _legend(ax: Any, paths: Sequence[Drawn]) -> None:
    """Say what ring and star are, and what each path is called."""
    if not any(len(steps) for steps, _ in paths):
        return
    several = any("label" in line for _, line in paths)
    empty: Any = ([],) * (3 if ax.name == "3d" else 2)
    marks = _marks(LIGHT["faint"] if several else LIGHT["backward"])
    for name, mark in zip(("start", "end"), marks, strict=True):
        ax.plot(*empty, label=name, **mark)
    legend(ax, **BESIDE)


def _surface(f: Function, xs: Range, ys: Range) -> tuple[Array, Array, Array]:
    for low, high in (xs, ys):
        if not -inf < low < high < inf:
            raise ValueError(f"a range needs finite low < high, got {low} and {high}")
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


def _arrows(ax: Axes, steps: Array, extent: Array, colour: str) -> None:
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 2}
    for (x0, y0), (x1, y1) in pairwise(steps.tolist()):
        if np.hypot((x1 - x0) / extent[0], (y1 - y0) / extent[1]) > SHORTEST_ARROW:
            arrow = ax.annotate("", (x1, y1), (x0, y0), arrowprops=style, annotation_clip=False)
            assert arrow.arrow_patch is not None
            arrow.arrow_patch.set(clip_on=True, clip_box=ax.bbox)
