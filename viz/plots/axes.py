"""What every plot is drawn on: the Axes, the shades of its areas, the writing of its names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from viz.style import CLASSES, LIGHT
from viz.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap


BESIDE: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
"""The place of a legend to the right of the axes."""


def flat(ax: Axes | None) -> Axes:
    """Return Axes without a frame on the upper and the right side: `ax`, or new ones."""
    ax = _new() if ax is None else ax
    ax.spines[["top", "right"]].set_visible(False)
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


def sides() -> Colormap:
    """Return the colours from one side to the other through white."""
    return _colours(CLASSES[0], "white", CLASSES[1])


def legend(ax: Axes, **style: Any) -> None:
    """Add a legend in which "$" is a letter like any other, and what no font can show reads �.

    It needs a fixed place: where matplotlib looks for the best one, a busy machine warns that it is slow.
    """
    for content in ax.legend(**style).get_texts():
        content.set_parse_math(False)
        content.set_text("\n".join(map(printable, content.get_text().split("\n"))))


def count_along(ax: Axes) -> None:
    """Put the marks of the lower axis at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _new(**how: Any) -> Axes:
    from matplotlib import pyplot  # takes most of a second, which `glassgrad trace` does not need

    _, ax = pyplot.subplots(layout="constrained", subplot_kw=how)
    return ax


def _colours(*names: str) -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("", names)
