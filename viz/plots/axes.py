"""What every plot is drawn on: the Axes, the shades of its areas, the writing of its names."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from viz.style import CLASSES, DASHES, LIGHT
from viz.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap


BESIDE: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
"""The place of a legend to the right of the axes."""

AIR, SPARE = 0.05, 0.15
"""How much is left free below a legend, in the axes' height, and at its sides, in its own width."""

UNSEEN = "\u200b"
"""A space without a width, before a label that matplotlib would take for none."""

FARTHEST, HIGHEST = 1e200, 1e250
"""No number is drawn beyond the first, and no axis ends beyond the second: matplotlib's margins and the marks
that it tries beyond the axis have to be finite on a logarithmic scale too."""


def flat(ax: Axes | None) -> Axes:
    """Return Axes without a frame on the upper and the right side, in our ink: `ax`, or new ones."""
    ax = _new() if ax is None else ax
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[:].set_color(LIGHT["faint"])
    ax.tick_params(which="both", color=LIGHT["faint"], labelcolor=LIGHT["ink"])
    for words in (ax.xaxis.label, ax.yaxis.label, ax.title):
        words.set_color(LIGHT["ink"])
    return ax


def solid(ax: Axes | None) -> Any:
    """Return Axes in three dimensions: `ax`, or new ones. Raises ValueError for an `ax` that is flat."""
    ax = _new(projection="3d") if ax is None else ax
    if ax.name != "3d":
        raise ValueError(f"a surface needs Axes made with projection='3d', got {ax.name!r} ones")
    return ax


def shades() -> Colormap:
    """Return the colours from little to much: pale to dark, so that grey print keeps the order."""
    return _colours(LIGHT["forward-wash"], CLASSES[5], LIGHT["forward"])


def depths() -> Colormap:
    """Return the colours from little to much that let the paper through, be it white or dark."""
    return _colours((LIGHT["forward"], 0.04), (LIGHT["forward"], 0.6))


def sides() -> Colormap:
    """Return the colours from one side to the other through none at all."""
    return _colours((CLASSES[0], 0.5), (CLASSES[0], 0.0), (CLASSES[1], 0.0), (CLASSES[1], 0.5))


def labelled(name: object) -> str:
    """Return the label of what is called so: matplotlib leaves out those that are empty or begin with "_"."""
    label = str(name)
    return UNSEEN + label if label[:1] in ("", "_") else label


def legend(ax: Axes, **style: Any) -> None:
    """Add a legend in which "$" is a letter like any other, and what no font can show reads �.

    It needs a fixed place: where matplotlib looks for the best one, a busy machine warns that it is slow.
    """
    for content in ax.legend(frameon=False, labelcolor=LIGHT["ink"], **style).get_texts():
        content.set_parse_math(False)
        content.set_text("\n".join(map(printable, content.get_text().removeprefix(UNSEEN).split("\n"))))


def with_room(ax: Axes) -> Axes:
    """Let the vertical axis go on until all curves pass below the legend, if there is one; return `ax`."""
    added = ax.get_legend()
    if added is None:
        return ax
    figure: Any = ax.figure.figure  # of a part of a figure, the whole
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters without a font, which are told of once, when they show
        figure.draw_without_rendering()  # now the legend has its size
    box = added.get_window_extent().transformed(ax.transAxes.inverted())
    paths = [line.get_path().transformed(line.get_transform() - ax.transAxes) for line in ax.lines]
    around = box.expanded(1 + 2 * SPARE, 1)  # what stands beside the axes may yet take some of their width
    if any(path.intersects_bbox(around, filled=False) for path in paths):
        heights = np.concatenate([np.asarray(path.vertices)[:, 1] for path in paths])
        highest = heights[np.isfinite(heights)].max(initial=0.0)
        to_data = ax.transAxes + ax.transData.inverted()
        _, top = to_data.transform((0.0, highest / max(box.y0 - AIR, 0.1)))
        ax.set_ylim(top=min(top, HIGHEST))
    return ax


def losses_along(ax: Axes, what: str, count: int) -> None:
    """Name the axes of losses, with marks at whole numbers of `what`, such as epochs, to `count`."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    whole = MaxNLocator(integer=True, steps=[1, 2, 5, 10])
    ax.xaxis.set_major_locator(FixedLocator([1]) if count == 1 else whole)
    ax.set(xlabel=what, ylabel="loss")


def look(index: int, colours: Sequence[str], signs: Sequence[str]) -> tuple[str, str]:
    """Return the colour and the sign of one of several things: no two are alike before all pairs are used."""
    shift = index // lcm(len(colours), len(signs))
    return colours[index % len(colours)], signs[(index + shift) % len(signs)]


def line_style(index: int, colours: Sequence[str] = CLASSES) -> dict[str, Any]:
    """Return what one of several lines looks like: a colour of its own, and a dash."""
    colour, dash = look(index, colours, DASHES)
    return {"color": colour, "linestyle": dash, "linewidth": 2}


def points_alone(ys: Sequence[float]) -> dict[str, Any]:
    """Return what makes a line show its points that have no finite neighbour, for which no line is drawn."""
    finite = np.concatenate([[False], np.isfinite(ys), [False]])
    alone = np.flatnonzero(finite[1:-1] & ~finite[:-2] & ~finite[2:])
    return {"marker": "o", "markersize": 5, "markevery": alone.tolist()} if alone.size else {}


def _new(**how: Any) -> Axes:
    from matplotlib import pyplot  # takes most of a second, which `glassgrad trace` does not need

    _, ax = pyplot.subplots(layout="constrained", subplot_kw=how)
    return ax


def _colours(*names: str | tuple[str, float]) -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("", names)
