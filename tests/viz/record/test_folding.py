"""Folding: every node in one group, counts and norms exact, no circle, whatever the grouping."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from math import inf, isnan, nan, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.graph import topological_order
from autograd.ops import TABLE
from viz.record.folding import Folded, fold
from viz.record.grouping import BANDS, MOST_BOXES, fold_by_structure

OPERATIONS = (
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: (a - b).tanh(),
    lambda a, b: a * 0.5,
)


@st.composite
def graphs(draw: st.DrawFn) -> Value:
    """A graph of a few dozen nodes, of which some have gradients and some do not."""
    nodes = [Value(draw(st.floats(-2, 2))) for _ in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(1, 25))):
        a, b = (nodes[draw(st.integers(0, len(nodes) - 1))] for _ in range(2))
        nodes.append(draw(st.sampled_from(OPERATIONS))(a, b))
    for node in nodes:
        node.grad = draw(st.none() | st.floats(-1e3, 1e3))  # type: ignore[assignment]
    return nodes[-1]


def named(root: Value) -> dict[Value, str]:
    return {node: f"n{place}" for place, node in enumerate(topological_order(root), start=1)}


def check(folded: Folded, ids: dict[Value, str]) -> None:
    """Compare with what is counted and added up by hand."""
    nodes = {name: node for node, name in ids.items()}
    group_of = {member: group.name for group in folded.groups for member in group.members}
    assert sorted(member for group in folded.groups for member in group.members) == sorted(nodes)
    assert folded.nodes == len(nodes)
    arrows = Counter(
        (group_of[ids[arg]], group_of[name])
        for node, name in ids.items()
        for arg in node.args
        if isinstance(arg, Value)
    )
    for group in folded.groups:
        assert group.inner == arrows.pop((group.name, group.name), 0)
        assert sum(group.operations.values()) == group.count
        known = [nodes[member].grad for member in group.members if nodes[member].has_grad]
        expected = sqrt(sum(grad * grad for grad in known))
        assert group.norm == (pytest.approx(expected, rel=1e-12) if known else None)
        if group.count == 1:
            (node,) = (nodes[member] for member in group.members)
            assert (group.data, group.grad) == (node.data, node.grad if node.has_grad else None)
        else:
            assert group.data is group.grad is None
    assert {(link.source, link.target): link.count for link in folded.links} == arrows
    place = {group.name: index for index, group in enumerate(folded.groups)}
    assert list(place) == [f"g{index + 1}" for index in place.values()]
    assert all(place[link.source] < place[link.target] for link in folded.links)


@given(graphs(), st.data())
@settings(max_examples=50)
def test_any_grouping_is_exact_and_without_circles(root: Value, data: st.DataObject) -> None:
    ids = named(root)
    keys = [data.draw(st.integers(0, 4)) for _ in ids]
    titles = [f"group {key}" for key in keys]
    folded = fold(ids, keys, titles)
    check(folded, ids)
    assert len({group.title for group in folded.groups}) == len(folded.groups)


@given(graphs())
@settings(max_examples=50)
def test_folding_by_structure_is_exact(root: Value) -> None:
    ids = named(root)
    check(fold_by_structure(ids), ids)


@given(graphs(), st.data())
@settings(max_examples=50)
def test_groups_without_circles_are_left_whole(root: Value, data: st.DataObject) -> None:
    ids = named(root)
    keys = sorted(data.draw(st.integers(0, 4)) for _ in ids)  # rising along every arrow
    assert len(fold(ids, keys, ["group"] * len(keys)).groups) == len(set(keys))


def test_norms_of_infinities_and_nans_and_of_the_very_large() -> None:
    def norm(*gradients: float) -> float | None:
        total = Value(0.0)
        for gradient in gradients:
            leaf = Value(1.0)
            leaf.grad = gradient
            total = total + leaf
        ids = named(total)
        keys = ["leaf" if node.has_grad else "other" for node in ids]
        return next(group.norm for group in fold(ids, keys, keys).groups if group.title == "leaf")

    assert norm(inf, 1.0) == norm(-inf, nan) == inf
    assert isnan(norm(nan, 1.0) or 0.0)
    assert norm(3e200, 4e200) == pytest.approx(5e200, rel=1e-15)
    assert norm(0.0, -0.0) == 0.0


def test_gradients_that_are_values_count_as_numbers() -> None:
    x = Value(3.0)
    y = x * x + 4 * x
    y.backward(create_graph=True)
    ids = named(y)
    leaves = fold(ids, [node.op is None for node in ids], ["leaf"] * len(ids)).groups[0]
    assert leaves.norm == 10.0


def test_what_runs_in_a_circle_is_split_into_numbered_stages() -> None:
    x, w = Value(1.0), Value(0.5)
    state = x
    for _ in range(3):
        state = (w * state).tanh()
    ids = named(state)
    kinds = {"mul": "outer", "tanh": "inner", "": "outer"}
    keys = [kinds[node.op.name if node.op else ""] for node in ids]
    folded = fold(ids, keys, keys)
    assert [group.title for group in folded.groups] == [
        f"{kind} #{step}" for step in (1, 2, 3) for kind in ("outer", "inner")
    ]
    assert folded.groups[0].count == 3  # the leaves stand with their first use


def test_runs_of_one_operation_are_one_group_with_their_own_leaves() -> None:
    weights = [Value(float(i)) for i in range(5)]
    total = sum((w * 2.0 for w in weights), Value(1.0)).relu()
    folded = fold_by_structure(named(total * 3))
    assert [(group.title, group.operations) for group in folded.groups] == [
        ("mul", {"": 5, "mul": 5}),
        ("add", {"": 1, "add": 5}),
        ("relu", {"relu": 1}),
        ("L", {"mul": 1}),
    ]


def test_a_leaf_that_only_the_result_uses_is_given() -> None:
    x, y = Value(2.0), Value(3.0)
    folded = fold_by_structure(named(x.tanh() * y))
    assert [group.title for group in folded.groups] == ["tanh", "given", "L"]
    assert [group.title for group in fold_by_structure(named(x)).groups] == ["L"]


def test_a_deep_graph_is_folded_into_bands_of_stages() -> None:
    x = Value(1.0)
    for _ in range(1000):
        x = (x * 0.5).tanh()
    ids = named(x)
    folded = fold_by_structure(ids)
    check(folded, ids)
    assert len(folded.groups) == BANDS + 1 <= MOST_BOXES
    reaches = [
        group.title.removeprefix("stages ").replace(",", "").split("–") for group in folded.groups[:-1]
    ]
    assert [int(first) for first, _ in reaches] == [1, *(int(last) + 1 for _, last in reaches[:-1])]
    assert reaches[-1][1] == "2001"


def test_many_operations_side_by_side_are_folded_by_stage() -> None:
    x = Value(0.5)
    total = Value(0.0)
    for primitive in TABLE.values():
        if primitive.arity == 1:
            total = total + primitive(x)
    assert [group.title for group in fold_by_structure(named(total * 2)).groups][1:] == [
        *("stage 2", "stage 3", "L")
    ]


def test_a_folded_graph_is_plain_data() -> None:
    x = Value(2.0)
    folded = fold_by_structure(named((x * x).tanh()))
    told = json.loads(json.dumps(asdict(folded)))
    assert told["groups"][0] == {
        "name": "g1",
        "title": "mul",
        "members": ["n1", "n2"],
        "operations": {"": 1, "mul": 1},
        "parameters": 0,
        "inner": 2,
        "data": None,
        "grad": None,
        "norm": None,
        "output": None,
        "formula": "",
        "facts": [],
    }
    assert told["links"] == [{"source": "g1", "target": "g2", "count": 1}]


@pytest.mark.parametrize("label", ["", " ", "\t", "loss"])
def test_a_result_with_a_blank_label_is_titled_as_one_without(label: str) -> None:
    result = Value(2.0) * 3
    result.label = label
    assert fold_by_structure(named(result)).groups[-1].title == (label.strip() or "L")
