"""How the numbers of each layer are spread, and how that changes while a network learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from viz.plots.axes import FARTHEST, depths, flat
from viz.plots.fonts import legible
from viz.plots.grid import Array
from viz.style import LIGHT, number
from viz.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 45
MOST_SNAPSHOTS = 6
DECADES = 2.0
TINIEST = 1e-300
"""A logarithmic scale cannot show smaller sizes than this: they count as zero."""

FAINTEST = 0.2
GAP, SPACE = 0.2, 0.08
MOST_LETTERS = 60
"""More letters than this below the axis would touch: they are turned."""


def plot_histograms(snapshots: Sequence[Mapping[str, Sequence[float]]], ax: Axes | None = None) -> Axes:
    """Plot the histograms of weights or gradients, layer beside layer, and in each layer epoch after epoch.

    `snapshots` has one dictionary an epoch, from a layer's name to its numbers, in a row or as a matrix; the
    layers are those of the first. At most six snapshots are shown, evenly chosen, faint to strong, the first
    and the last among them; a bar across each marks its median. Where the layers' typical sizes differ by
    more than two decades, as those of vanishing gradients do, the scale is logarithmic and shows the sizes
    without their signs; zeros stand in a row of their own at its foot. Numbers that are not finite or beyond
    ±1e200, where no axis reaches, are left out, and counted below the layer's name. Raises ValueError for no
    snapshot, no layer, or a snapshot with other layers.
    """
    if not snapshots or not snapshots[0]:
        raise ValueError(f"plot_histograms needs at least one layer, got {list(snapshots)!r}")
    layers = list(snapshots[0])
    for place, snapshot in enumerate(snapshots, start=1):
        if set(snapshot) != set(layers):
            raise ValueError(f"snapshot {place} has the layers {list(snapshot)}, the first has {layers}")
    chosen = np.unique(np.linspace(0, len(snapshots) - 1, MOST_SNAPSHOTS).round().astype(int))
    given = [[np.array(snapshots[place][layer], float).ravel() for place in chosen] for layer in layers]
    shown = [[numbers[np.abs(numbers) <= FARTHEST] for numbers in row] for row in given]
    ax = flat(ax)
    if _spans_decades(shown):
        shown, edges = _on_logarithmic_scale(ax, shown)
    else:
        edges = _edges(np.concatenate([numbers for row in shown for numbers in row]))
    room = (1 - GAP) / len(chosen)
    colours = depths()(np.linspace(1.0, FAINTEST, len(chosen))[::-1])
    for column, row in enumerate(shown):
        for place, numbers in enumerate(row):
            if numbers.size:
                left = column + place * room
                _histogram(ax, numbers, edges, left, left + (1 - SPACE) * room, colours[place])
    titles = [_title(name, np.concatenate(row)) for name, row in zip(layers, given, strict=True)]
    turned = 30 if sum(map(len, layers)) > MOST_LETTERS else 0
    middles = [column + (1 - GAP) / 2 for column in range(len(layers))]
    ax.set_xticks(middles, titles, rotation=turned, parse_math=False)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-GAP, len(layers))
    if len(chosen) > 1:
        ax.set_xlabel(
            f"in each layer, faint to strong: epoch {', '.join(str(place + 1) for place in chosen)}"
        )
    return legible(ax)


def _spans_decades(rows: Sequence[Sequence[Array]]) -> bool:
    """Return whether the median sizes of the layers are `DECADES` apart or more, and any can be shown so."""
    layers = [np.abs(layer) for row in rows if (layer := np.concatenate(row)).size]
    sizes = [float(np.median(layer)) for layer in layers]
    shown = any(layer.max() >= TINIEST for layer in layers)
    return shown and min(sizes) < max(sizes) * 10**-DECADES


def _on_logarithmic_scale(ax: Axes, rows: Sequence[Sequence[Array]]) -> tuple[list[list[Array]], Array]:
    """Prepare `ax`; return the sizes to draw, zeros moved to their row at the foot, and the bins' edges."""
    sizes = [[np.abs(numbers) for numbers in row] for row in rows]
    positive = np.concatenate([some[some >= TINIEST] for row in sizes for some in row])
    edges = 10 ** _edges(np.log10(positive))
    edges[0], edges[-1] = min(edges[0], positive.min()), max(edges[-1], positive.max())
    ratio = edges[1] / edges[0]
    foot = edges[0] / ratio**2
    ax.set_yscale("log")
    ax.set_ylabel("size, without the sign")
    if positive.size < sum(some.size for row in sizes for some in row):
        ax.text(-0.01, foot, "0", transform=ax.get_yaxis_transform(), ha="right", va="center")
        ax.axhline(float(edges[0] / ratio**0.5), color=LIGHT["line"], linewidth=1, linestyle=":")
        sizes = [[np.where(some < TINIEST, foot, some) for some in row] for row in sizes]
        edges = np.array([foot / ratio, foot * ratio, *edges])
    return sizes, edges


def _edges(numbers: Array) -> Array:
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 1.0)
    return np.linspace(low, high, BINS + 1) if low < high else np.linspace(low - 0.5, low + 0.5, BINS + 1)


def _histogram(ax: Axes, numbers: Array, edges: Array, left: float, right: float, colour: Array) -> None:
    counts, _ = np.histogram(numbers, edges)
    taken = np.flatnonzero(counts)
    reach = left + (right - left) * counts[taken[0] : taken[-1] + 1] / counts.max()
    steps = edges[taken[0] : taken[-1] + 2]
    ax.stairs(reach, steps, baseline=left, orientation="horizontal", fill=True, color=colour)
    ax.stairs(reach, steps, baseline=left, orientation="horizontal", color=LIGHT["faint"], linewidth=0.6)
    ax.plot([left, right], [np.median(numbers)] * 2, color=LIGHT["backward"], linewidth=1.6)


def _title(name: str, numbers: Array) -> str:
    finite = numbers[np.isfinite(numbers)]
    lost = {
        "not finite": len(numbers) - len(finite),
        f"beyond ±{number(FARTHEST)}": np.count_nonzero(np.abs(finite) > FARTHEST),
    }
    return "\n".join([printable(name), *(f"{count} {what}" for what, count in lost.items() if count)])
