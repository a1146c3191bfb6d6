"""What a model of two inputs predicts over the plane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd import no_grad
from viz.plots.axes import BESIDE, flat, labelled, legend, look, sides
from viz.plots.fonts import legible
from viz.plots.grid import Array, plain
from viz.style import CLASSES, LIGHT, MARKERS
from viz.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS, FINER = 60, 4
SPARSE = 10
"""Of so many points of the finer grid one has a marker, where a region is strewn with them."""

MARGIN = 0.12
UNSURE, SURE = 0.05, 0.5
"""The share of its colour that a region has where all classes are alike, and where one is sure."""

NO_CLASS = -1
LARGEST = 1e300
"""What stands for an infinite score, since ∞ − ∞ is no number."""

WHOLE = int | np.integer | np.bool_
Predict = Callable[[list[float]], Any]
Points = Sequence[Sequence[float]]


def plot_decision_boundary(
    predict: Predict,
    points: Points,
    labels: Sequence[Any],
    ax: Axes | None = None,
    *,
    held_out: tuple[Points, Sequence[Any]] = ((), ()),
    inputs: Sequence[str] = ("x1", "x2"),
    classes: Sequence[str] = (),
    threshold: float = 0.0,
) -> Axes:
    """Plot points in the plane over what a model predicts around them.

    `predict` takes a list of two floats and gives a list of scores, one for each class: the class of the
    highest is shown, the stronger the surer the model is by the softmax of the scores, and none where a score
    is nan. Or it gives an int everywhere, the index of a class; or one score, a float or a Value, shown as
    shades with the line where it passes `threshold`, also as a list of it alone. `labels` are class indices,
    or, for one score, numbers on either side of the threshold. The seventh class begins with the colours
    anew: its region is strewn with small markers of that class, and so are those of the next.
    `held_out` are points that the model has not learned from, with their labels, drawn as rings. `classes`
    are names for the legend. Nothing is recorded while `predict` runs. Raises ValueError for points that do
    not have two finite coordinates, for unequal numbers of points and labels, for a class index that is
    negative or no whole number, and for a label that is nan.
    """
    where, unseen = _coordinates(points, labels), _coordinates(*held_out)
    if not len(where):
        raise ValueError(f"plot_decision_boundary needs at least one point, got {points!r}")
    ax = flat(ax)
    everywhere = np.concatenate([where, unseen])
    xs, ys = _grid(everywhere[:, 0]), _grid(everywhere[:, 1])
    indices = [labels, held_out[1]]

    def ask(x: float, y: float) -> Any:
        answer = predict([float(x), float(y)])
        return answer[()] if isinstance(answer, np.ndarray) else answer  # a number, if it has no axes

    with no_grad():
        coarse = xs[::FINER], ys[::FINER]
        answers = [[ask(x, y) for x in coarse[0]] for y in coarse[1]]
        several = isinstance(answers[0][0], Sequence | np.ndarray)
        if several and len(answers[0][0]) > 1:
            scores = np.array([[[*map(plain, answer)] for answer in row] for row in answers])
            _confidences(ax, *coarse, scores)
        elif all(isinstance(answer, WHOLE) for row in answers for answer in row):
            _regions(ax, xs, ys, _classes(xs, ys, ask, answers))
        else:
            indices = [[_side(label, threshold) for label in some] for some in indices]
            alone = [[answer[0] for answer in row] for row in answers] if several else answers
            scores = np.array([[*map(plain, row)] for row in alone])
            _scores(ax, *coarse, scores, threshold)
    learned, others = ([_index(index, "label") for index in some] for some in indices)
    for index in sorted({*learned, *others}):
        colour, marker = look(index, CLASSES, MARKERS)
        style: dict[str, Any] = {"marker": marker, "zorder": 3, "s": 34}
        name = labelled(classes[index] if index < len(classes) else index)
        seen, fresh = where[np.equal(learned, index)], unseen[np.equal(others, index)]
        ax.scatter(
            seen[:, 0], seen[:, 1], c=colour, edgecolors=LIGHT["paper"], linewidths=0.8, label=name, **style
        )
        ax.scatter(fresh[:, 0], fresh[:, 1], c=LIGHT["paper"], edgecolors=colour, linewidths=1.6, **style)
    if others:
        ax.scatter([], [], c=LIGHT["paper"], edgecolors=LIGHT["faint"], linewidths=1.6, label="held out")
    ax.set_xlabel(printable(inputs[0]), parse_math=False)
    ax.set_ylabel(printable(inputs[1]), parse_math=False)
    legend(ax, **BESIDE)
    return legible(ax)


def _coordinates(points: Points, labels: Sequence[Any]) -> Array:
    if len(points) != len(labels):
        raise ValueError(f"every point needs a label, got {len(points)} points and {len(labels)} labels")
    if any(len(point) != 2 for point in points):
        raise ValueError(f"plot_decision_boundary needs points of two coordinates, got {points[:1]!r}")
    where = np.asarray([list(point) for point in points], dtype=float).reshape(-1, 2)
    if not np.isfinite(where).all():
        odd = where[~np.isfinite(where).all(axis=1)][0].tolist()
        raise ValueError(f"plot_decision_boundary needs finite coordinates, got {odd}: leave such points out")
    return where


def _index(given: Any, what: str) -> int:
    index = float(given)
    if not (index >= 0 and index.is_integer()):
        raise ValueError(
            f"a {what} is the index of a class, a whole number of at least 0, got {given}: number the "
            "classes 0, 1, …, or let predict give a score, a float"
        )
    return int(index)


def _side(label: Any, threshold: float) -> bool:
    number = float(label)
    if number != number:
        raise ValueError(f"a label is a number on a side of the threshold {threshold}, got nan: leave it out")
    return number > threshold


def _grid(coordinates: Array) -> Array:
    low, high = float(coordinates.min()), float(coordinates.max())
    room = MARGIN * ((high - low) or 1.0)
    return np.linspace(low - room, high + room, STEPS * FINER + 1)


def _scores(ax: Axes, xs: Array, ys: Array, scores: Array, threshold: float) -> None:
    finite = scores[np.isfinite(scores)]
    reach = float(np.abs(finite - threshold).max(initial=0.0)) or 1.0
    scores = np.clip(scores, threshold - reach, threshold + reach)
    style = {"cmap": sides(), "vmin": threshold - reach, "vmax": threshold + reach}
    _shade(ax, xs, ys, scores, interpolation="bilinear", **style)
    _border(ax, xs, ys, scores, threshold, 1.6)


def _shade(ax: Axes, xs: Array, ys: Array, picture: Array, **style: Any) -> None:
    ax.imshow(picture, extent=(xs[0], xs[-1], ys[0], ys[-1]), origin="lower", aspect="auto", **style)


def _border(ax: Axes, xs: Array, ys: Array, scores: Array, level: float, thickness: float) -> None:
    """Draw the line where scores pass a level, if they do."""
    if (scores < level).any() and (scores > level).any():
        ax.contour(xs, ys, scores, levels=[level], colors=LIGHT["ink"], linewidths=thickness)


def _confidences(ax: Axes, xs: Array, ys: Array, scores: Array) -> None:
    """Shade the plane by how sure of its class the model is, and draw the lines where the class changes."""
    from matplotlib.colors import to_rgb

    scores = np.clip(scores, -LARGEST, LARGEST)
    across, up = (np.linspace(line[0], line[-1], (len(line) - 1) * FINER + 1) for line in (xs, ys))
    finer = _between(_between(scores, xs, across, 1), ys, up, 0)
    shares = np.exp(finer - finer.max(axis=2, keepdims=True))
    shares /= shares.sum(axis=2, keepdims=True)
    most, count = shares.max(axis=2), scores.shape[2]
    sure = (most * count - 1) / max(count - 1, 1)
    colours = np.array([to_rgb(CLASSES[index % len(CLASSES)]) for index in range(count)])
    found = np.where(np.isnan(finer).any(axis=2), NO_CLASS, finer.argmax(axis=2))
    shaded = np.dstack([colours[found], np.where(found < 0, 0.0, UNSURE + (SURE - UNSURE) * sure)])
    _shade(ax, xs, ys, shaded, interpolation="nearest")
    for index in range(count):
        lead = scores[..., index] - np.delete(scores, index, axis=2).max(axis=2, initial=-np.inf)
        _border(ax, xs, ys, lead, 0.0, 1.0)
    _strew(ax, across, up, found)


def _between(values: Array, known: Array, wanted: Array, axis: int) -> Array:
    """Return values on a line of known places at wanted ones between them."""
    return np.apply_along_axis(lambda line: np.interp(wanted, known, line), axis, values)


def _regions(ax: Axes, xs: Array, ys: Array, found: NDArray[np.int_]) -> None:
    for index in map(int, np.unique(found)):
        inside = (found == index).astype(float)
        ax.contourf(xs, ys, inside, levels=[0.5, 1.5], colors=[CLASSES[index % len(CLASSES)]], alpha=0.2)
        _border(ax, xs, ys, inside, 0.5, 1.0)
    _strew(ax, xs, ys, found)


def _strew(ax: Axes, xs: Array, ys: Array, found: NDArray[np.int_]) -> None:
    """Strew each region whose colour an earlier class has already with small markers of its own class."""
    places = slice(SPARSE // 2, None, SPARSE)
    x, y = np.meshgrid(xs[places], ys[places])
    for index in map(int, np.unique(found[found >= len(CLASSES)])):
        inside = found[places, places] == index
        colour, marker = look(index, CLASSES, MARKERS)
        ax.scatter(x[inside], y[inside], c=colour, marker=marker, s=14, linewidths=0, alpha=0.6)


def _classes(
    xs: Array, ys: Array, ask: Callable[[float, float], Any], answers: Sequence[Sequence[Any]]
) -> NDArray[np.int_]:
    """Return the class at each point of the grid, given those at every fourth; near a boundary ask at all."""
    found = np.full((len(ys), len(xs)), NO_CLASS)
    found[::FINER, ::FINER] = [[_index(answer, "prediction") for answer in row] for row in answers]

    def fill(rows: range, columns: range) -> None:
        for row in rows:
            for column in columns:
                if found[row, column] < 0:
                    found[row, column] = _index(ask(xs[column], ys[row]), "prediction")

    for row in range(0, len(ys) - 1, FINER):
        for column in range(0, len(xs) - 1, FINER):
            block = found[row : row + FINER + 1, column : column + FINER + 1]
            corners = block[::FINER, ::FINER]
            if (corners == corners[0, 0]).all():
                block[block < 0] = corners[0, 0]
            else:
                fill(range(row, row + FINER + 1), range(column, column + FINER + 1))
    return found
