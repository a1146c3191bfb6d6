"""Losses against epochs: the learning curves of one run, or of several learning rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import nan
from typing import TYPE_CHECKING

from viz.plots.axes import (
    BESIDE,
    FARTHEST,
    flat,
    labelled,
    legend,
    line_style,
    losses_along,
    points_alone,
    with_room,
)
from viz.plots.fonts import legible
from viz.plots.grid import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DECADES = 2.0
HOPELESS = 100.0
"""A loss that many times the largest first one is not going to come back."""

BELOW = 10.0
DIGITS = range(6, 18)
"""How many digits a learning rate may have in the legend: 17 tell any two floats apart."""


def plot_history(
    history: Mapping[str, Sequence[float]], ax: Axes | None = None, *, unit: str = "epoch"
) -> Axes:
    """Plot losses against epochs, or another `unit`, one curve for each name: "train", "held-out".

    Each curve is a list with one loss a unit; empty ones are left out. The scale is logarithmic when
    losses are positive and span more than two decades. A loss without a neighbour is a dot; a ring marks the
    lowest point of every curve but the first. What is not finite, or beyond ±1e200, where no axis reaches, is
    a gap, and counts for none of this. Raises ValueError if there is nothing to plot.
    """
    curves = {name: [*map(_drawable, losses)] for name, losses in history.items() if len(losses)}
    if not curves:
        raise ValueError(f"plot_history needs at least one loss, got {dict(history)!r}")
    ax = flat(ax)
    for index, (name, losses) in enumerate(curves.items()):
        units = range(1, len(losses) + 1)
        style = line_style(index)
        finite = [loss for loss in losses if loss == loss]
        if index and finite:
            lowest = losses.index(min(finite))
            ax.plot(lowest + 1, losses[lowest], "o", markersize=9, color=style["color"], fillstyle="none")
            name = f"{name}, lowest {losses[lowest]:.4g} at {unit} {lowest + 1}"
        ax.plot(units, losses, label=labelled(name), **style, **points_alone(losses))
    every = [loss for losses in curves.values() for loss in losses if loss == loss]
    if every and min(every) > 0 and max(every) / min(every) > 10**DECADES:
        ax.set_yscale("log")
    losses_along(ax, unit, max(map(len, curves.values())))
    if len(curves) > 1:
        legend(ax, loc="upper right")
    return with_room(legible(ax))


def plot_learning_rates(curves: Mapping[float | str, Sequence[float]], ax: Axes | None = None) -> Axes:
    """Plot the losses of the same training at several learning rates, on a logarithmic scale.

    `curves` maps a rate, or any label, to a list with one loss a step; empty ones are left out. A loss that
    is nan, infinite, beyond ±1e200 or above a hundred times the largest first loss other than 0 has diverged:
    its curve ends there, with a cross at the upper edge, and the legend names the step. A loss of 0, which a
    logarithmic scale lacks, lies a decade below the smallest other. The scale is linear if a loss is
    negative. Raises ValueError if there is nothing to plot.
    """
    kept = {name: [*map(_drawable, losses)] for name, losses in curves.items() if len(losses)}
    if not kept:
        raise ValueError(f"plot_learning_rates needs at least one loss, got {dict(curves)!r}")
    ax = flat(ax)
    firsts = [next((abs(loss) for loss in losses if loss), 0.0) for losses in kept.values()]
    ceiling = min(HOPELESS * (max(first for first in (0.0, *firsts) if first == first) or 1.0), FARTHEST)

    def diverged(loss: float) -> bool:
        return loss != loss or loss > ceiling

    every = [loss for losses in kept.values() for loss in losses if not diverged(loss)]
    logarithmic = min(every, default=0.0) >= 0
    top = ceiling if logarithmic else max(every)
    foot = min((loss for loss in every if loss > 0), default=1.0) / BELOW
    for index, (name, losses) in enumerate(zip(_titles(kept), kept.values(), strict=True)):
        style = line_style(index)
        end = next((step for step, loss in enumerate(losses) if diverged(loss)), None)
        shown = losses[:end]
        if logarithmic:
            shown = [loss or foot for loss in shown]
        if end is not None:
            shown.append(top)
            name += f"\ndiverges at step {end + 1}"
            cross = {"color": style["color"], "markersize": 10, "markeredgecolor": "white", "clip_on": False}
            ax.plot(end + 1, top, "X", **cross)
        ax.plot(range(1, len(shown) + 1), shown, label=labelled(name), **style, **points_alone(shown))
    if logarithmic:
        ax.set_yscale("log")
    losses_along(ax, "step", max(map(len, kept.values())))
    legend(ax, **BESIDE)
    return legible(ax)


def _drawable(loss: float) -> float:
    """Return a loss, or nan for one that no axis shows."""
    try:
        number = plain(loss)
    except OverflowError:  # a whole number beyond every float
        return nan
    return number if abs(number) <= FARTHEST else nan


def _titles(names: Iterable[float | str]) -> list[str]:
    """Return what curves are called: by their rates, with as many digits as tell these apart."""
    names = list(names)
    rates = [name for name in names if not isinstance(name, str)]
    digits = next((d for d in DIGITS if len({f"{rate:.{d}g}" for rate in rates}) == len(rates)), DIGITS[-1])
    return [name if isinstance(name, str) else f"η = {name:.{digits}g}" for name in names]
