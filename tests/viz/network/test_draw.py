"""The network picture: every weight where it belongs, read from any model of the right shape."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from math import isfinite, nan
from random import Random
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from autograd import Value, log, relu, tanh
from viz import draw_network
from viz.canvas.geometry import Box

SVG = "{http://www.w3.org/2000/svg}"


def model(shape: Sequence[int], seed: int = 0, **neuron: Any) -> Any:
    rng = Random(seed)
    return SimpleNamespace(
        layers=[
            SimpleNamespace(
                neurons=[
                    SimpleNamespace(
                        w=[Value(rng.uniform(-1, 1)) for _ in range(before)],
                        b=Value(rng.gauss(0, 1)),
                        **neuron,
                    )
                    for _ in range(count)
                ]
            )
            for before, count in pairwise(shape)
        ]
    )


def documents_example() -> Any:
    network = model([2, 2, 1], activation=relu)
    numbers = [[0.1, 0.2, 0.1], [0.3, 0.4, 0.2], [0.5, 0.6, 0.3]]
    neurons = [*network.layers[0].neurons, *network.layers[1].neurons]
    for neuron, values in zip(neurons, numbers, strict=True):
        for value, data in zip((*neuron.w, neuron.b), values, strict=True):
            value.data = data
    return network


def lines(drawn: str) -> list[ElementTree.Element]:
    return [
        line
        for group in ElementTree.fromstring(drawn).iter(f"{SVG}g")
        for line in group.findall(f"{SVG}line")
        if group.get("id", "").startswith("weight")
    ]


def texts(drawn: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(drawn).iter(f"{SVG}text")]


def test_the_documents_network() -> None:
    drawn = draw_network(documents_example(), outputs=["y"])
    shown = texts(drawn)
    for name in ("x1", "x2", "y", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "b 0.1", "b 0.2", "b 0.3"):
        assert shown.count(name) == 1
    assert shown.count("Σ") == 3
    titles = [title.text for title in ElementTree.fromstring(drawn).iter(f"{SVG}title")]
    assert "layer 1, neuron 2, w[0] = 0.3" in titles
    assert "layer 2, neuron 1, relu, b = 0.3" in titles


def test_a_line_is_as_thick_as_its_weight_and_dashed_if_negative() -> None:
    network = model([3, 1])
    for weight, data in zip(network.layers[0].neurons[0].w, (-1.0, 0.5, 0.0), strict=True):
        weight.data = data
    drawn = lines(draw_network(network))
    assert [float(line.get("stroke-width", "")) for line in drawn] == [0.8, 2.9, 5.0]  # the strongest on top
    assert ["negative" in line.get("class", "") for line in drawn] == [False, False, True]


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_weight_that_is_not_finite_leaves_the_others_their_thickness(place: int, odd: float) -> None:
    network = model([3, 1])
    numbers = [-1.0, 0.5]
    numbers.insert(place, odd)
    for weight, data in zip(network.layers[0].neurons[0].w, numbers, strict=True):
        weight.data = data
    drawn = lines(draw_network(network))
    assert [float(line.get("stroke-width", "")) for line in drawn] == [2.9, 5.0, 5.0]


@pytest.mark.parametrize("shape", [[2, 2, 1], [3, 4, 3, 2], [4, 3, 3], [1, 1], [10, 2], [2, 10, 1]])
def test_numbers_on_lines_do_not_cover_each_other(shape: list[int]) -> None:
    root = ElementTree.fromstring(draw_network(model(shape)))
    plates = [
        Box(*(float(rect.get(key, "")) for key in ("x", "y", "width", "height")))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("class") == "plate"
    ]
    assert len(plates) == sum(a * b for a, b in pairwise(shape))
    for a, b in combinations(plates, 2):
        assert a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y


@pytest.mark.parametrize("shape", [[2, 16, 16, 1], [4, 8, 8, 3], [2, 31, 1]])
def test_every_weight_has_a_line_and_every_neuron_stays_inside(shape: list[int]) -> None:
    drawn = draw_network(model(shape, activation=tanh))
    assert len(lines(drawn)) == sum(a * b for a, b in pairwise(shape))
    root = ElementTree.fromstring(drawn)
    circles = list(root.iter(f"{SVG}circle"))
    assert len(circles) == sum(shape)
    for circle in circles:
        x, y, radius = (float(circle.get(key, "")) for key in ("cx", "cy", "r"))
        assert radius <= x <= float(root.get("width", "")) - radius
        assert radius <= y <= float(root.get("height", "")) - radius


def test_a_model_without_activation_or_bias_is_drawn() -> None:
    network = model([2, 1])
    del network.layers[0].neurons[0].b
    assert "f" in texts(draw_network(network))


def test_names_and_hostile_names() -> None:
    drawn = draw_network(model([2, 2]), inputs=["面积", "</script>"], outputs=['"a"', "<b>"])
    assert {"面积", "</script>", '"a"', "<b>"} <= set(texts(drawn))
    with pytest.raises(ValueError, match="2 inputs, got 3"):
        draw_network(model([2, 1]), inputs=["a", "b", "c"])
    with pytest.raises(ValueError, match="1 outputs, got 2"):
        draw_network(model([2, 1]), outputs=["a", "b"])


@pytest.mark.parametrize("wrong", [3, SimpleNamespace(layers=[]), SimpleNamespace(layers=[1])])
def test_what_is_not_a_network_is_named(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"layers hold neurons with weights w, got "):
        draw_network(wrong)


def test_too_many_neurons_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 128 neurons, got 129"):
        draw_network(model([1, 128, 1]))


def test_drawing_records_nothing_and_strange_weights_are_drawn() -> None:
    network = model([2, 2, 1], activation=relu)
    network.layers[0].neurons[0].w[0].data = float("nan")
    network.layers[0].neurons[0].w[1].data = float("inf")
    shown = texts(draw_network(network))
    assert "nan" in shown
    assert "∞" in shown
    assert not any(weight.has_grad for weight in network.layers[0].neurons[0].w)


@pytest.mark.parametrize(
    ("activation", "pieces"),
    [
        (tanh, 1),
        (log, 1),
        (lambda x: x**0.5, 1),
        (lambda x: 1 / x, 2),
        (lambda x: (x**2 - 4) ** 0.5, 2),
        (lambda x: x * nan, 0),
    ],
)
def test_a_curve_is_drawn_where_it_is_finite(activation: Any, pieces: int) -> None:
    drawn = draw_network(model([1, 1], activation=activation))
    curves = [
        [tuple(map(float, point.split(","))) for point in element.get("points", "").split()]
        for element in ElementTree.fromstring(drawn).iter(f"{SVG}polyline")
        if element.get("class") == "activation"
    ]
    assert len(curves) == pieces
    assert ("f" in texts(drawn)) == (not pieces)
    heights = [y for curve in curves for _, y in curve]
    assert all(map(isfinite, heights))
    if curves:
        assert max(heights) - min(heights) == pytest.approx(0.62 * 24, rel=0.2)


def test_all_zero_weights_are_drawn() -> None:
    network = model([2, 1])
    for weight in network.layers[0].neurons[0].w:
        weight.data = 0.0
    assert texts(draw_network(network)).count("0") == 2


def test_long_names_that_begin_alike_stay_apart() -> None:
    inputs = [f"mean temperature of the week before in the {place}" for place in ("north", "south")]
    outputs = [f"rain of the week after the next one in the {place}" for place in ("east", "west")]
    shown = texts(draw_network(model([2, 2], activation=relu), inputs=inputs, outputs=outputs))
    for ending in ("north", "south", "east", "west"):
        [name] = [text for text in shown if text.endswith(ending)]
        assert "…" in name
