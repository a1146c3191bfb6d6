"""The plane of two inputs: how sure a model is, and which points it has not seen."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np
import pytest

from autograd import Value
from viz import plot_decision_boundary

pytestmark = pytest.mark.usefixtures("figures")

POINTS, LABELS = [[0.0, 0.0], [1.0, 1.0]], [0, 1]


def test_a_region_is_stronger_where_the_model_is_surer() -> None:
    ax: Any = plot_decision_boundary(lambda p: [Value(0.0), Value(6.0) * (p[0] - 0.5)], POINTS, LABELS)
    (image,) = ax.images
    alpha = np.asarray(image.get_array())[..., 3]
    assert (alpha == alpha[0]).all()
    place = int(alpha[0].argmin())
    assert image.get_extent()[0] + (place + 0.5) / alpha.shape[1] * 1.24 == pytest.approx(0.5, abs=0.01)
    assert (np.diff(alpha[0, : place + 1]) < 0).all()
    assert (np.diff(alpha[0, place:]) > 0).all()
    x = np.linspace(-0.12, 1.12, alpha.shape[1])
    sure = np.abs(2 / (1 + np.exp(-6 * (x - 0.5))) - 1)
    assert np.allclose(alpha[0], 0.05 + 0.45 * sure, atol=0.002)


def test_scores_of_three_classes_have_a_line_between_each_two() -> None:
    ax: Any = plot_decision_boundary(lambda p: [p[0], p[1], 0.4], POINTS, LABELS)
    colours = np.unique(np.asarray(ax.images[0].get_array())[..., :3].reshape(-1, 3), axis=0)
    assert len(colours) == 3
    lines = [path for item in ax.collections if not item.get_facecolor().size for path in item.get_paths()]
    found = np.concatenate([path.vertices for path in lines])
    second = np.sort(np.column_stack([found, np.full(len(found), 0.4)]))
    assert np.allclose(second[:, 2], second[:, 1], atol=0.03)


@pytest.mark.parametrize("beyond", [np.inf, -np.inf, np.nan])
def test_scores_that_are_not_finite_leave_the_others_their_shades(beyond: float) -> None:
    ax: Any = plot_decision_boundary(lambda p: beyond if p[0] > 0.8 else p[0] - 0.3, POINTS, LABELS)
    (image,) = ax.images
    shades = np.asarray(image.cmap(image.norm(image.get_array())))
    row, last = shades[0], np.asarray(image.get_array())[0, -1]
    assert image.get_clim() == pytest.approx((-0.5, 0.5), abs=0.02)
    assert len(np.unique(row, axis=0)) > 20
    assert np.isnan(last) if np.isnan(beyond) else last == np.copysign(image.get_clim()[1], beyond)
    assert plot_decision_boundary(lambda p: beyond, POINTS, LABELS).images


@pytest.mark.parametrize(("count", "spoilt"), [(2, 0), (2, 1), (8, 0), (8, 6), (8, 7)])
def test_where_a_score_is_nan_no_class_is_shown(count: int, spoilt: int) -> None:
    def scores(p: list[float]) -> list[float]:
        found = [-abs(count * p[0] - index) for index in range(count)]
        return [np.nan if index == spoilt and p[0] < 0.5 else x for index, x in enumerate(found)]

    ax: Any = plot_decision_boundary(scores, POINTS, LABELS)
    alpha = np.asarray(ax.images[0].get_array())[0, :, 3]
    x = np.linspace(-0.12, 1.12, len(alpha))
    assert (alpha[x < 0.499] == 0).all()
    assert (alpha[x > 0.521] > 0).all()  # one more step of the grid, from nan to a number
    strewn = [item for item in ax.collections if item.get_alpha() == 0.6]
    assert len(strewn) == (count > 6) + (count > 7)
    assert all((item.get_offsets()[:, 0] > 0.5).all() for item in strewn)


@pytest.mark.parametrize("beyond", [np.inf, -np.inf])
def test_an_infinite_score_decides(beyond: float) -> None:
    ax: Any = plot_decision_boundary(lambda p: [0, beyond if p[0] > 0.5 else -beyond], POINTS, LABELS)
    shades = np.asarray(ax.images[0].get_array())[0]
    assert len(np.unique(shades[[0, -1], :3], axis=0)) == 2
    assert (shades[[0, -1], 3] == 0.5).all()


def test_held_out_points_are_rings_in_the_colour_of_their_class() -> None:
    held_out = ([[0.2, 0.8], [2.0, -1.0]], [1, 0])
    ax: Any = plot_decision_boundary(lambda p: [p[0], p[1]], POINTS, LABELS, held_out=held_out)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0", "1", "held out"]
    rings = [item for item in ax.collections if item.get_linewidth()[0] == 1.6 and len(item.get_offsets())]
    assert [item.get_offsets().tolist() for item in rings] == [[[2.0, -1.0]], [[0.2, 0.8]]]
    assert all((item.get_facecolor() == 1).all() for item in rings)
    assert ax.images[0].get_extent()[1] > 2
    assert "held out" not in str(plot_decision_boundary(sum, POINTS, LABELS).get_legend_handles_labels())


def test_what_cannot_be_drawn_is_named() -> None:
    with pytest.raises(ValueError, match="got 1 points and 2 labels"):
        plot_decision_boundary(sum, POINTS, LABELS, held_out=([[0, 1]], [0, 1]))
    with pytest.raises(ValueError, match="at least one point"):
        plot_decision_boundary(sum, [], [])
    for odd in (nan, inf, -inf):
        for points, others in (([[0, 1], [odd, 1]], [[0, 1]]), ([[0, 1]] * 2, [[1, odd]])):
            with pytest.raises(ValueError, match=r"needs finite coordinates, got \[.*(nan|inf)"):
                plot_decision_boundary(lambda p: int(p[0] > 0), points, [0, 1], held_out=(others, [0]))


@pytest.mark.parametrize("threshold", [0.0, 0.4])
@pytest.mark.parametrize("listed", [lambda y: [y], lambda y: (y,), lambda y: np.array([y])])
def test_a_list_of_one_score_is_that_score(listed: Any, threshold: float) -> None:
    def score(p: list[float]) -> float:
        return p[0] - 0.3 * p[1]

    one: Any = plot_decision_boundary(score, POINTS, [-1, 1], threshold=threshold)
    shades, lines = np.asarray(one.images[0].get_array()), len(one.collections)
    other: Any = plot_decision_boundary(lambda p: listed(score(p)), POINTS, [-1, 1], threshold=threshold)
    assert np.array_equal(np.asarray(other.images[0].get_array()), shades)
    assert len(other.collections) == lines
    assert len(np.unique(shades)) > 20


@pytest.mark.parametrize("answer", [lambda p: p[0] - 0.3, lambda p: int(p[0] > 0.5), lambda p: p[0] > 0.5])
def test_an_array_without_axes_is_the_number_in_it(answer: Any) -> None:
    plain, arrays = [
        plot_decision_boundary(predict, POINTS, LABELS) for predict in (answer, lambda p: np.array(answer(p)))
    ]
    shades = [[np.asarray(image.get_array()).tolist() for image in ax.images] for ax in (plain, arrays)]
    lines = [[p.vertices.tolist() for c in ax.collections for p in c.get_paths()] for ax in (plain, arrays)]
    assert shades[0] == shades[1]
    assert lines[0] == lines[1]


@pytest.mark.parametrize(
    ("predict", "labels", "held_out", "named"),
    [
        (lambda p: 1, [-1, 1], ((), ()), "label"),
        (lambda p: 1, [0, 1], ([[0.5, 0.5]], [-1]), "label"),
        (lambda p: [p[0], p[1]], [0, -1], ((), ()), "label"),
        (lambda p: 1 if p[0] > 0.5 else -1, [0, 1], ((), ()), "prediction"),
    ],
)
def test_a_negative_index_of_a_class_is_refused(predict: Any, labels: Any, held_out: Any, named: str) -> None:
    with pytest.raises(ValueError, match=f"a {named} is the index of a class, a .* at least 0, got -1"):
        plot_decision_boundary(predict, POINTS, labels, held_out=held_out, classes=["no", "yes"])


@pytest.mark.parametrize("label", [0.9, 1.7, np.float32(0.5), np.nan, np.inf])
def test_a_label_between_two_classes_is_refused(label: float) -> None:
    for labels, held_out in (([0, label], ((), ())), ([0, 1], ([[0.5, 0.5]], [label]))):
        with pytest.raises(ValueError, match=f"a label is the index of a class, a whole .*, got {label}:"):
            plot_decision_boundary(lambda p: 1, POINTS, labels, held_out=held_out)
    plot_decision_boundary(lambda p: 1, POINTS, [0.0, np.float32(1)])


def test_a_label_that_is_nan_is_on_no_side_of_a_score() -> None:
    with pytest.raises(ValueError, match=r"on a side of the threshold 0\.5, got nan"):
        plot_decision_boundary(sum, POINTS, [0, np.nan], threshold=0.5)


@pytest.mark.parametrize("corner", range(4))
def test_a_score_that_is_an_int_in_places_is_shaded(corner: int) -> None:
    right, upper = corner % 2, corner // 2

    def score(p: list[float]) -> float:
        return max(0, (p[0] if right else 1 - p[0]) - (p[1] if upper else 1 - p[1]))

    ax: Any = plot_decision_boundary(score, POINTS, LABELS)
    (image,) = ax.images
    shades = np.asarray(image.get_array())
    assert shades.min() == 0
    assert len(np.unique(shades)) > 20


def test_yes_and_no_of_numpy_are_two_classes() -> None:
    ax: Any = plot_decision_boundary(lambda p: np.float64(p[0]) > 0.5, POINTS, LABELS)
    assert not ax.images
    lines = [path for item in ax.collections if not item.get_facecolor().size for path in item.get_paths()]
    assert np.allclose(np.concatenate([path.vertices for path in lines])[:, 0], 0.5, atol=0.01)


def looks(scattered: list[Any]) -> list[tuple[Any, ...]]:
    """Return the colour and the shape of each group of points."""
    return [(*item.get_facecolor()[0, :3], *item.get_paths()[0].vertices.round(6).flat) for item in scattered]


@pytest.mark.parametrize("count", [6, 7, 13, 72])
def test_no_two_classes_look_alike(count: int) -> None:
    points = [[float(index), 0.0] for index in range(count)]
    ax: Any = plot_decision_boundary(lambda p: 0, points, range(count))
    classes = looks([item for item in ax.collections if item.get_label().isdigit()])
    assert len(set(classes)) == len(classes) == count


@pytest.mark.parametrize("scored", [True, False])
@pytest.mark.parametrize("count", [6, 10])
def test_a_region_in_the_colour_of_another_has_small_markers_of_its_class(count: int, scored: bool) -> None:
    def predict(p: list[float]) -> Any:
        distances = [abs(p[0] - index) for index in range(count)]
        return [-far for far in distances] if scored else int(np.argmin(distances))

    ax: Any = plot_decision_boundary(predict, [[float(i), float(i)] for i in range(count)], range(count))
    points = [item for item in ax.collections if item.get_label().isdigit()]
    strewn = [item for item in ax.collections if item.get_alpha() == 0.6]
    assert looks(strewn) == looks(points)[6:]
    for index, item in enumerate(strewn, start=6):
        across = item.get_offsets()[:, 0]
        assert len(across) >= 10
        assert (abs(across - index)[across < count - 0.5] < 0.51).all()
