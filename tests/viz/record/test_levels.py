"""Levels of detail: every node in one box, parts in parts, in an order that all arrows follow."""

from __future__ import annotations

from collections.abc import Callable
from math import hypot
from random import Random
from typing import Any

import pytest

import nn
from autograd import Value, dot, relu, sin, tanh
from autograd.testing import SMOOTH, chosen_program
from viz import passes
from viz.record.division import MOST_SCALARS
from viz.record.grouping import MOST_BOXES
from viz.record.levels import Levels, levels


def multilayer(sizes: tuple[int, ...] = (16, 16, 2), examples: int = 1) -> tuple[Any, Any]:
    model = nn.MLP(2, [*sizes], activation="tanh", fused=False, seed=1)
    answers = [model([Value(0.5), Value(0.1 * place)]) for place in range(examples)]
    outputs = [y for answer in answers for y in (answer if isinstance(answer, list) else [answer])]
    return model, sum(((y - 1) ** 2 for y in outputs), Value(0.0))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        self.lstm, self.out = nn.LSTM(1, 3, seed=1), nn.Linear(3, 1, seed=2)


def lstm(steps: int = 20) -> tuple[Any, Any]:
    model = Recurrent()
    found, _ = model.lstm([[Value(0.1 * t, label=f"x{t}")] for t in range(steps)])
    return model, (model.out(found[-1])[0] - 0.5) ** 2


class Convolutional(nn.Module):
    def __init__(self) -> None:
        self.conv, self.pool, self.out = nn.Conv2d(1, 2, 3, seed=1), nn.MaxPool2d(2), nn.Linear(32, 1, seed=2)


def convolution() -> tuple[Any, Any]:
    model = Convolutional()
    image = [[[Value((i * j % 7) / 7) for j in range(10)] for i in range(10)]]
    found = model.pool([[[relu(x) for x in row] for row in plane] for plane in model.conv(image)])
    return model, model.out([x for plane in found for row in plane for x in row])[0]


def chain() -> tuple[None, Any]:
    y: Any = Value(0.5, label="x")
    for place in range(2000):
        y = sin(y) * 1.5 if place % 7 else y + 1.0
    return None, y


Made = Callable[[], tuple[Any, Any]]
MADE: list[Made] = [multilayer, lambda: multilayer((8, 1), 5), lstm, convolution, chain]


def told(make: Made) -> Levels:
    model, value = make()
    return levels(passes(value, model=model), model)


def titles(found: Levels, part: str = "") -> list[str]:
    return [found.box(name).title for name in found.inside[part]]


@pytest.mark.parametrize("make", MADE)
def test_every_node_is_in_one_box_and_each_part_is_one_stretch(make: Any) -> None:
    model, value = make()
    recorded = passes(value, model=model)
    found = levels(recorded, model)
    place = {node: index for index, node in enumerate(found.nodes)}
    assert sorted(found.nodes) == sorted(step.node for step in recorded.forward)
    boxes = [name for inside in found.inside.values() for name in inside]
    assert sorted(boxes) == sorted({*found.nodes, *found.parts})
    for step in found.recorded.forward:
        assert all(place[arg] < place[step.node] for arg in step.args if isinstance(arg, str))
    for name, part in found.parts.items():
        start = place[part.members[0]]
        assert [place[member] for member in part.members] == list(range(start, start + part.count))
        inside = [member for box in found.inside[name] for member in found.box(box).members]
        assert tuple(inside) == part.members
        assert len(found.inside[name]) <= MOST_SCALARS
    for inside in found.inside.values():
        assert sum(name in found.parts for name in inside) <= MOST_BOXES + 3
    assert found.recorded.gradients == pytest.approx(recorded.gradients, rel=1e-12)


@pytest.mark.parametrize("make", MADE)
def test_links_count_each_arrow_once_a_level_and_never_run_backwards(make: Any) -> None:
    found = told(make)
    lengths = found.lengths(found.recorded)
    for head, links in found.links().items():
        members = {*found.parts[head].members}
        shares = [
            share
            for share in found.recorded.backward
            if share.source in members and share.target not in members
        ]
        assert sum(link.count for link in links) == len(shares)
        order = list(found.nodes)
        for link in links:
            assert order.index(found.box(link.source).members[-1]) < order.index(found.parts[head].members[0])
        whole = hypot(*(lengths["L"][link.arrow] for link in links))
        assert whole == pytest.approx(hypot(*(share.contribution for share in shares)), rel=1e-9)


def test_a_network_opens_from_layers_to_neurons_to_scalars() -> None:
    found = told(multilayer)
    assert [title for title in titles(found) if title.startswith("layers")] == [
        f"layers.{n}" for n in range(3)
    ]
    [layer] = [name for name, part in found.parts.items() if part.title == "layers.1"]
    assert found.parts[layer].formula == "16 × tanh(W·x + b)"
    assert titles(found, layer) == [f"layers.1.neurons.{n}" for n in range(16)]
    neuron = found.parts[found.inside[layer][3]]
    assert neuron.formula == "tanh(W·x + b)"
    assert neuron.output == neuron.members[-1]
    assert {*found.inside[neuron.name]} == {*neuron.members}


def test_a_neuron_of_plain_numbers_tells_of_its_bias() -> None:
    model = nn.MLP(3, [4, 4, 2, 1], activation="tanh", seed=0)
    for inputs in ([1.0, -2.0, 0.5], [Value(1.0), Value(-2.0), Value(0.5)]):
        found = levels(passes(model(inputs), model=model), model)
        layers = [found.box(name).formula for name in found.inside[""] if name in found.parts]
        assert layers[:2] == ["4 × tanh(W·x + b)"] * 2
    bare = nn.Linear(30, 3, bias=False, seed=0)
    found = levels(passes(sum(bare([1.0] * 30), Value(0.0)), model=bare), bare)
    assert {part.formula for part in found.parts.values()} == {"W·x"}


def test_the_calls_of_a_module_that_is_used_again_are_parts() -> None:
    found = told(lstm)
    [cell] = [name for name, part in found.parts.items() if part.title == "lstm"]
    assert titles(found, cell) == ["lstm.parameters", *(f"lstm #{t}" for t in range(1, 21))]
    [third] = [name for name, part in found.parts.items() if part.title == "lstm #3"]
    rows = [title for title in titles(found, third) if "[" in title]
    assert sorted(rows) == sorted(f"lstm #3[{row}]" for row in range(12))
    assert titles(found, third)[-1] == "lstm #3.between"


def test_the_channels_of_a_convolution_are_parts_and_its_places_inside() -> None:
    found = told(convolution)
    [conv] = [name for name, part in found.parts.items() if part.title == "conv"]
    channels = titles(found, conv)
    assert channels == ["conv[0]", "conv[1]"]
    for name in found.inside[conv]:
        kernel, *places = titles(found, name)
        assert kernel.endswith(".parameters")
        assert places[0].startswith(f"{found.parts[name].title} #1")


def language_model() -> tuple[Any, Any]:
    model = nn.GPT(vocab=5, width=4, heads=2, layers=1, context=4, seed=0)
    return model, nn.cross_entropy(model([0, 1, 2]), [1, 2, 3])


@pytest.mark.parametrize("make", [*MADE, language_model])
def test_no_two_boxes_of_a_picture_have_one_name(make: Any) -> None:
    found = told(make)
    for part in found.inside:
        shown = titles(found, part)
        assert len({*shown}) == len(shown)


def test_parameters_of_several_calls_are_called_so() -> None:
    found = told(language_model)
    parameters = [part for part in found.parts.values() if part.parameters == part.count > 1]
    assert {part.title for part in parameters} >= {"head.parameters", "blocks.parameters"}
    assert not [part.title for part in found.parts.values() if "#0" in part.title]
    named = [part for part in found.parts.values() if part.title.endswith(".parameters")]
    assert all(part.parameters == part.count for part in named)


def test_a_small_graph_has_no_parts() -> None:
    model = nn.MLP(2, [1], seed=0)
    loss = model([0.5, 0.25]) ** 2
    found = levels(passes(loss, model=model), model)
    assert found.parts == {}
    assert list(found.inside[""]) == list(found.nodes)


def test_random_graphs_are_divided_without_circles() -> None:
    rng = Random(0)
    for _ in range(5):
        value = chosen_program(rng.choice, 3, 150, SMOOTH)(*(Value(rng.gauss(0, 1)) for _ in range(3)))
        if not isinstance(value, Value):
            continue
        test_every_node_is_in_one_box_and_each_part_is_one_stretch(lambda value=value: (None, value))


@pytest.mark.parametrize(
    ("make", "formula"),
    [
        (lambda w, b, x: tanh(dot(w, x, b)), "tanh(W·x + b)"),
        (lambda w, b, x: dot(w, x), "W·x"),
        (lambda w, b, x: x[0] + dot(w, x) + b, ""),
        (lambda w, b, x: tanh(dot(w, x) + 3.0 + b), ""),
        (lambda w, b, x: dot(w, x) * 0.5 + b, ""),
        (lambda w, b, x: dot(w, x) + dot(x, x) + b, ""),
    ],
)
def test_a_part_is_told_as_a_neuron_only_if_it_adds_nothing_else(make: Any, formula: str) -> None:
    class Part(nn.Module):
        def __init__(self) -> None:
            self.w, self.b = [Value(0.25 * k) for k in range(12)], Value(0.5)

        def __call__(self, x: Any) -> Any:
            return make(self.w, self.b, x)

    class Two(nn.Module):
        def __init__(self) -> None:
            self.one, self.two = Part(), Part()

        def __call__(self, x: Any) -> Any:
            return self.one(x) * self.two(x)

    model = Two()
    found = levels(passes(model([Value(0.1 * k) for k in range(12)]), model=model), model)
    parts = {part.title: part.formula for part in found.parts.values()}
    assert parts["one"] == parts["two"] == formula
