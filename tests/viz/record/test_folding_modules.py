"""Folding by module: each node in the module that computed it, told from the parameters alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import autograd as ag
import nn
from autograd import Value
from autograd.graph import topological_order
from viz import draw
from viz.record.folding import Folded
from viz.record.grouping import MOST_BOXES, fold_by_module
from viz.record.model import parameter_paths
from viz.record.modules import Home, module_of, module_of_node
from viz.record.part_words import Outside

MODELS: dict[str, Callable[[], Any]] = {
    f"{activation}, {'fused' if fused else 'unfused'}": lambda activation=activation, fused=fused: nn.MLP(
        2, [3, 2, 1], activation=activation, fused=fused, seed=1
    )
    for activation in ("relu", "tanh", "sigmoid", "linear")
    for fused in (True, False)
}


class Recurrent:
    """Two neurons that look at each other's last state."""

    def __init__(self) -> None:
        self.weights = [[Value(0.3), Value(-0.4)], [Value(0.2), Value(0.7)]]

    def named_parameters(self) -> list[tuple[str, Value]]:
        return [
            (f"cells.{row}.w[{column}]", weight)
            for row, weights in enumerate(self.weights)
            for column, weight in enumerate(weights)
        ]

    def __call__(self, steps: int) -> Value:
        states = [Value(1.0), Value(0.5)]
        for _ in range(steps):
            states = [(row[0] * states[0] + row[1] * states[1]).tanh() for row in self.weights]
        return states[0] * states[1]


def loss(model: Any, examples: int) -> Value:
    points = nn.moons(max(examples, 4), seed=1)
    return sum(
        (1 - (2 * target - 1) * model([Value(x) for x in row])).relu()
        for row, target in list(zip(points.features, points.targets, strict=True))[:examples]
    ) * (1 / examples)


def found(root: Value, model: Any) -> dict[Value, Home]:
    return module_of_node(topological_order(root), parameter_paths(model))


def folded(root: Value, model: Any, level: int | None = None) -> Folded:
    ids = {node: f"n{place}" for place, node in enumerate(topological_order(root), start=1)}
    return fold_by_module(ids, found(root, model), model, level)


def test_the_module_of_a_path() -> None:
    assert module_of("layers.0.neurons.3.w[1]") == ("layers.0", "neurons.3")
    assert module_of("blocks.11.attention.query.w[0][2]") == ("blocks.11", "attention", "query")
    assert module_of("parts.0.1.w") == ("parts.0.1",)
    assert module_of("w[1]") == module_of("") == ()


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_each_node_is_in_the_neuron_that_computed_it(make: Callable[[], Any]) -> None:
    model = make()
    signal: list[Any] = [Value(0.5), Value(-1.5)]
    expected: dict[Value, Home] = dict.fromkeys(signal, Outside.BEFORE)
    for row, layer in enumerate(model.layers):
        outputs = []
        for column, neuron in enumerate(layer.neurons):
            outputs.append(neuron(signal))
            for node in topological_order(outputs[-1]):
                expected.setdefault(node, (f"layers.{row}", f"neurons.{column}"))
        signal = outputs
    error = (signal[0] - Value(1.0)) ** 2
    for node in topological_order(error):
        expected.setdefault(node, Outside.AFTER if node.args else Outside.BEFORE)
    assert found(error, model) == expected


def test_what_joins_modules_is_in_the_module_around_them() -> None:
    model = nn.Sequential(
        nn.Layer(2, 2, activation="tanh", seed=1),
        nn.Residual(nn.Layer(2, 2, activation="tanh", seed=2)),
        nn.Layer(2, 1, seed=3),
    )
    (out,) = model([1.0, 2.0])
    home = found(out, model)
    sums = [node for node in home if node.op and node.op.name == "add"]
    assert [home[node] for node in sums] == [()] * 2
    joined = folded(out, model, 1)
    assert [group.title for group in joined.groups] == ["parts.0", "parts.1", "Sequential", "parts.2", "L"]


@pytest.mark.parametrize("fused", [True, False])
def test_sums_of_a_models_outputs_are_not_its_own(fused: bool) -> None:
    model = nn.MLP(2, [2, 1], activation="tanh", fused=fused, seed=1)
    first, second = model([1.0, 2.0]), model([3.0, 4.0])
    home = found(-(first + second) * first, model)
    assert list(home.values())[-3:] == [Outside.AFTER] * 3
    assert home[first] == home[second] == ("layers.1", "neurons.0")


def test_a_penalty_is_counted_where_its_parameters_are() -> None:
    model = nn.MLP(2, [2, 1], fused=False, seed=1)
    total = loss(model, 3) + sum(p * p for p in model.parameters()) * 0.1
    home = found(total, model)
    squares = [node for node in home if node.op and node.op.name == "mul" and node.args[0] is node.args[1]]
    assert len(squares) == len(model.parameters())
    assert {home[node] for node in squares} == {module_of(path) for path, _ in model.named_parameters()}
    assert folded(total, model, 1).nodes == len(home)


@pytest.mark.parametrize("level", [0, 1, 2, 5])
def test_counts_add_up_at_every_level(level: int) -> None:
    model = nn.MLP(2, [4, 3, 1], fused=False, seed=1)
    root = loss(model, 5)
    root.backward()
    graph = folded(root, model, level)
    order = topological_order(root)
    assert graph.nodes == len(order)
    assert sum(group.parameters for group in graph.groups) == len(model.parameters())
    uses = sum(isinstance(arg, Value) for node in order for arg in node.args)
    assert sum(group.inner for group in graph.groups) + sum(link.count for link in graph.links) == uses
    norms = sum(group.norm**2 for group in graph.groups if group.norm is not None)
    assert norms == pytest.approx(sum(node.grad**2 for node in order), rel=1e-12)
    boxes = {0: ["data", "MLP", "after the last weight", "L"], 1: 6, 2: 11, 5: 11}[level]
    titles = [group.title for group in graph.groups]
    assert titles == boxes if isinstance(boxes, list) else len(titles) == boxes


def test_the_finest_level_that_a_glance_can_take_in_is_chosen() -> None:
    narrow, wide = nn.MLP(2, [4, 1], seed=1), nn.MLP(2, [30, 1], seed=1)
    assert len(folded(loss(narrow, 2), narrow).groups) == 4 + 1 + 3
    assert [group.title for group in folded(loss(wide, 2), wide).groups] == [
        *("data", "layers.0", "layers.1", "after the last weight", "L")
    ]


def test_neurons_that_look_at_each_other_are_split_into_their_steps() -> None:
    model = Recurrent()
    graph = folded(model(3), model, 1)
    titles = Counter(group.title.partition(" #")[0] for group in graph.groups)
    assert titles == {"data": 1, "cells.0": 3, "cells.1": 3, "L": 1}
    place = {group.name: index for index, group in enumerate(graph.groups)}
    assert all(place[link.source] < place[link.target] for link in graph.links)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("steps", [2, 3, 4])
def test_the_last_step_of_a_recurrent_network_is_as_whole_as_those_before(kind: Any, steps: int) -> None:
    model = kind(2, 3, seed=0)
    root = ag.sum([v**2 for v in model([[1.0, 0.5]] * steps)[0][-1]])
    home = module_of_node(topological_order(root), {node: path for path, node in model.named_parameters()})
    after = Counter(node.op.name for node, place in home.items() if place is Outside.AFTER)
    assert after == {"power": 3, "sum": 1}
    if steps > 2:  # fewer are drawn node by node
        groups = draw(root, model=model).folded.groups
        *_, before, last = [g.operations for g in groups if re.search(r" #\d(\.between)?$", g.title)]
        assert before == last


def test_what_no_earlier_call_did_is_after_the_last_weight() -> None:
    layer = nn.Linear(2, 2, seed=0)
    once, twice = layer([1.0, 2.0]), layer(layer([1.0, 2.0]))
    for outputs in (once, twice):
        root = ag.sum([ag.tanh(v) * 2 for v in outputs])
        home = module_of_node(topological_order(root), {p: path for path, p in layer.named_parameters()})
        assert {node.op.name for node, place in home.items() if place is Outside.AFTER} == {"mul", "sum"}
    root = ag.sum([ag.tanh(ag.tanh(v)) for v in layer([ag.tanh(v) for v in layer([1.0, 2.0])])])
    home = module_of_node(topological_order(root), {p: path for path, p in layer.named_parameters()})
    assert [node.op.name for node, place in home.items() if place is Outside.AFTER] == ["tanh", "tanh", "sum"]


def test_a_long_recurrence_is_one_box() -> None:
    model = Recurrent()
    graph = folded(model(300), model)
    assert [group.title for group in graph.groups] == ["data", "Recurrent", "L"]
    assert len(folded(model(300), model, 1).groups) > MOST_BOXES  # as asked for


def test_a_model_is_whatever_names_its_parameters() -> None:
    with pytest.raises(TypeError, match=r"named_parameters\(\), got 3"):
        draw(Value(1.0) * 2, model=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no parameter of the model is in this graph of 2 nodes"):
        draw(Value(1.0) * 2, model=nn.Sequential(nn.Dropout(0.5, seed=1)))
    with pytest.raises(ValueError, match="no parameter of the model is in this graph of 2 nodes"):
        draw(Value(1.0) * 2, model=Recurrent())


def test_a_note_explains_the_length_of_gradients_wherever_a_card_has_one() -> None:
    rnn, mlp = nn.RNN(2, 3, seed=0), nn.MLP(3, [4, 4, 2, 1], seed=0)
    for model, lengths in ((rnn, True), (mlp, False)):
        outputs = model([[1.0, 0.5]] * 3)[0][-1] if model is rnn else [model([1.0, 2.0, 3.0])]
        drawing = draw(ag.sum([v**2 for v in outputs]), model=model)
        assert (drawing.svg().count(">‖grad‖<") > 0) == lengths
        assert ("‖grad‖ is the length of all gradients" in drawing.view.note) == lengths


@pytest.mark.parametrize(("level", "numbered"), [(1, True), (2, False)])
def test_the_note_promises_numbers_on_arrows_only_where_they_are(level: int, numbered: bool) -> None:
    model = nn.MLP(2, [8, 8, 1], seed=0)
    drawing = draw(model([1.0, 2.0]), model=model, fold=level)
    assert (drawing.svg().count('class="pill"') == len(drawing.folded.links)) == numbered
    assert ('class="pill"' in drawing.svg()) == numbered
    assert ("the number on an arrow counts" in drawing.view.note) == numbered
    assert ("too many arrows to number them" in drawing.view.note) != numbered
