"""An activation beside its derivative."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Value
from autograd.context import recording
from autograd.graph import adjoints
from viz.plots.axes import flat, labelled, legend, with_room
from viz.plots.fonts import legible
from viz.plots.grid import plain
from viz.style import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_activation(
    function: Callable[[Value], Any], ax: Axes | None = None, *, low: float = -6.0, high: float = 6.0
) -> Axes:
    """Plot a function of one Value and its derivative, both computed by the engine, from `low` to `high`.

    Raises ValueError unless `low` and `high` are finite, the first the lesser.
    """
    if not -inf < low < high < inf:
        raise ValueError(f"plot_activation needs finite low < high, got {low} and {high}")
    ax = flat(ax)
    xs = np.linspace(low, high, 481)
    values: list[float] = []
    slopes: list[float] = []
    with recording():
        for x in xs:
            leaf = Value(float(x))
            result = function(leaf)
            values.append(plain(result))
            slopes.append(adjoints(result).get(leaf, 0.0) if isinstance(result, Value) else 0.0)
    name = getattr(function, "name", "") or getattr(function, "__name__", "f")
    ax.axhline(0, color=LIGHT["rule"], linewidth=1, zorder=0)
    ax.axvline(0, color=LIGHT["rule"], linewidth=1, zorder=0)
    ax.plot(xs, values, "-", color=LIGHT["forward"], linewidth=2.2, label=labelled(f"{name}(x)"))
    ax.plot(xs, slopes, "--", color=LIGHT["backward"], linewidth=2, label=labelled(f"{name}′(x)"))
    ax.set_xlabel("x")
    legend(ax, loc="upper left")
    return with_room(legible(ax))
