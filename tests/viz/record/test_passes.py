"""The recorded passes: every number the engine's own, nothing of the user's touched."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from math import inf, isnan, nan
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, dot, exp, log, maximum, relu, sin, tanh, where
from autograd.graph import topological_order
from autograd.notation.formula import derivative
from autograd.ops import TABLE
from nn import MLP
from viz import draw, passes, player
from viz.record.passes import Passes
from viz.record.replay import rebuilt


def example() -> Any:
    return sin(Value(1.2, label="x") ** 3 + 5)


def by_id(value: Value) -> dict[str, Value]:
    return {f"n{place}": node for place, node in enumerate(topological_order(value), start=1)}


@st.composite
def graphs(draw: st.DrawFn) -> Value:
    nodes = [Value(draw(st.floats(-3, 3)), label=name) for name in ("a", "b", "")]
    for _ in range(draw(st.integers(1, 12))):
        x, y = (nodes[draw(st.integers(0, len(nodes) - 1))] for _ in range(2))
        operation = draw(
            st.sampled_from(
                [
                    lambda x, y: x + y,
                    lambda x, y: x * y,
                    lambda x, y: x - y,
                    lambda x, y: x / 2,
                    lambda x, y: relu(x),
                    lambda x, y: tanh(x * 0.5),
                    lambda x, y: maximum(x, y),
                    lambda x, y: dot([x, y], [y, x], 0.5),
                    lambda x, y: where(x, y, x),
                ]
            )
        )
        nodes.append(operation(x, y))
    return nodes[-1]


def test_the_documents_example_at_full_precision() -> None:
    recorded = passes(example())
    assert recorded.root.result == 0.4302906126745037
    assert recorded.gradients["n1"] == 3.8996226007235006
    assert [step.formula for step in recorded.forward] == ["", "x ** 3", "v1 + 5", "sin(v2)"]
    assert [step.numbers for step in recorded.forward[1:]] == [
        "1.2 ** 3",
        "1.7279999999999998 + 5",
        "sin(6.728)",
    ]
    assert [step.formula for step in recorded.backward] == ["cos(v2)", "1", "3 * x ** 2"]


@given(graphs())
def test_gradients_are_those_of_backward(value: Value) -> None:
    recorded = passes(value)
    value.backward()
    assert recorded.gradients == {name: node.grad for name, node in by_id(value).items()}


@given(graphs())
def test_every_step_follows_from_the_ones_before(value: Value) -> None:
    recorded = passes(value)
    nodes = by_id(value)
    gradient: dict[str, float] = {recorded.root.node: 1.0}
    for step in recorded.backward:
        assert step.upstream == gradient[step.source]
        partial = nodes[step.source].partials[step.position]
        assert step.local == (partial or 0.0)
        assert step.contribution == step.upstream * step.local
        assert step.before == gradient.get(step.target)
        assert step.after == (step.before or 0.0) + step.contribution
        gradient[step.target] = step.after
    edges = sum(isinstance(arg, Value) for node in nodes.values() for arg in node.args)
    assert len(recorded.backward) == edges


@given(graphs())
def test_no_gradient_is_read_or_written(value: Value) -> None:
    passes(value)
    assert not any(node.has_grad for node in by_id(value).values())
    value.backward()
    before = [node.grad for node in by_id(value).values()]
    passes(value)
    assert [node.grad for node in by_id(value).values()] == before


def test_a_node_used_twice_adds_two_contributions() -> None:
    x = Value(3.0, label="x")
    recorded = passes(x * x + x)
    shares = [(step.which, step.before, step.contribution, step.after) for step in recorded.backward[1:]]
    assert shares == [("", None, 1.0, 1.0), ("1st", 1.0, 3.0, 4.0), ("2nd", 4.0, 3.0, 7.0)]


def test_names() -> None:
    x, anonymous, again = Value(1.0, label="x"), Value(2.0), Value(3.0, label="x")
    names = [step.name for step in passes((x * anonymous + again) * 2).forward]
    assert names == ["x", "u1", "v1", "x#2", "v2", "L"]
    labelled = Value(1.0, label="v1") * Value(2.0, label="L") + 1
    assert [step.name for step in passes(labelled).forward] == ["v1", "L", "v2", "v3"]


@pytest.mark.parametrize("label", ["x - y", "-x", "x*y", "a+b", "f(x) - g(y)", "x·y", "(x) = (y)"])
def test_a_label_that_is_a_formula_gets_brackets_in_formulas(label: str) -> None:
    x, y = Value(3.0, label="x"), Value(2.0, label="y")
    difference = x - y
    difference.label = label
    recorded = passes(difference * difference * 3)
    assert [step.formula for step in recorded.forward[3:]] == [f"({label}) * ({label})", "v1 * 3"]
    assert [step.formula for step in recorded.backward[1:3]] == [label, label]
    lines = str(recorded).splitlines()
    assert any(line.startswith(f"  ∂L/∂({label}):") for line in lines)
    assert any(line.endswith(f"∂({label})/∂x = 1") for line in lines)


@pytest.mark.parametrize(
    "label", ["x", "dot(x, y - 1)", "w[i - 1]", "layers.0.w[1]", "w(x1)₁", "学习率", "a b"]
)
def test_a_label_that_is_no_formula_gets_no_brackets(label: str) -> None:
    recorded = passes(Value(3.0, label=label) ** 2)
    assert recorded.root.formula == f"{label} ** 2"
    assert recorded.lines()[1][1].strip().startswith(f"∂L/∂{label}:")


@pytest.mark.parametrize("blank", [" ", "\t", "\u3000 "])
def test_a_blank_label_is_none(blank: str) -> None:
    result = Value(1.0, label=blank) * 2 + 1
    result.label = blank
    assert [(step.name, step.label) for step in passes(result).forward] == [("u1", ""), ("v1", ""), ("L", "")]


@given(st.lists(st.sampled_from(["", "x", "x#2", "v1", "u1", "L", "v#2"]), min_size=1, max_size=9))
def test_no_two_nodes_share_a_name(labels: list[str]) -> None:
    total = Value(0.0, label=labels[0])
    for label in labels:
        total = total + Value(1.0, label=label)
        total.label = label
    names = [step.name for step in passes(total).forward]
    assert len(set(names)) == len(names)


def test_what_was_not_selected_stops_an_infinite_derivative_and_a_zero_does_not() -> None:
    x = Value(0.0, label="x")
    cut = passes(where(x > 0, log(x), 0.0))
    assert [step.local for step in cut.backward] == [0.0, inf]
    assert cut.gradients == {"n1": 0.0, "n2": 0.0, "n3": 1.0}
    assert isnan(passes(log(x) * 0.0).gradients["n1"])


def test_a_structural_zero_is_a_step() -> None:
    condition = Value(1.0, label="c")
    recorded = passes(where(condition, Value(2.0), Value(3.0)))
    first = recorded.backward[0]
    assert (first.target, first.formula, first.local, first.contribution, first.after) == ("n1", "0", 0, 0, 0)


def test_a_leaf_alone() -> None:
    recorded = passes(Value(2.0))
    assert (recorded.root.name, recorded.backward, recorded.gradients) == ("L", (), {"n1": 1.0})


def test_json_keeps_every_digit() -> None:
    data = json.loads(passes(example()).to_json())
    assert data["forward"][-1]["result"] == 0.4302906126745037
    assert data["backward"][-1]["after"] == 3.8996226007235006
    assert data["backward"][0]["before"] is None
    strange = json.loads(passes(exp(Value(1000.0)) * nan).to_json(), parse_constant=pytest.fail)
    assert [step["result"] for step in strange["forward"]] == [1000.0, "inf", "nan"]


SCHEMA = json.loads(files("viz.record").joinpath("passes.schema.json").read_text(encoding="utf-8"))


@given(graphs())
@settings(max_examples=50)
def test_json_has_the_form_that_is_promised(value: Value) -> None:
    jsonschema.validate(json.loads(passes(value).to_json()), SCHEMA)


@given(graphs(), st.floats(-3, 3) | st.none())
@settings(max_examples=50)
def test_every_equation_holds_or_is_left_out_where_a_number_was_changed(
    value: Value, new: float | None
) -> None:
    leaves = [node for node in topological_order(value) if node.op is None]
    assert not any(step.outdated for step in passes(value).forward)
    leaves[0].data = -leaves[0].data if new is None else new
    recorded = passes(value)
    nodes, again = by_id(value), rebuilt(recorded)
    for step in recorded.forward:
        if step.operation:
            args = [Value(arg.data) if isinstance(arg, Value) else arg for arg in nodes[step.node].args]
            anew, old = TABLE[step.operation](*args), nodes[step.node]
            assert step.outdated == (repr((anew.data, anew.edges[1::2])) != repr((old.data, old.edges[1::2])))
    differ = any(
        repr((again[name].data, again[name].edges[1::2])) != repr((node.data, node.edges[1::2]))
        for name, node in nodes.items()
    )
    assert ("Numbers were changed" in str(recorded)) == differ
    jsonschema.validate(json.loads(recorded.to_json()), SCHEMA)


def test_a_changed_number_is_told_once_and_fills_no_equation() -> None:
    x = Value(2.0, label="x")
    square = x**2
    loss = square + 1
    x.data = 5.0
    assert str(passes(loss)).splitlines()[1:5] == [
        "  x   = 5.0",
        "  v1  = x ** 2  = …      = 4.0",
        "  L   = v1 + 1  = 4 + 1  = 5.0",
        "  Numbers were changed after these were computed: v1; they, and the local derivatives, "
        "are those from before.",
    ]


def test_strange_numbers_have_the_form_that_is_promised() -> None:
    for value in (exp(Value(1000.0)) * nan, log(Value(0.0)), Value(1.0, label='"\u2028</script>')):
        jsonschema.validate(json.loads(passes(value).to_json()), SCHEMA)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda data: data["forward"].clear(),
        lambda data: data["forward"][0].pop("result"),
        lambda data: data["forward"][0].update(node="x1"),
        lambda data: data["forward"][1].update(result="infinite"),
        lambda data: data["backward"][0].update(extra=1),
        lambda data: data["backward"][0].update(position=-1),
        lambda data: data["backward"][0].update(after=None),
        lambda data: data.update(version=1),
    ],
)
def test_the_schema_refuses_what_is_not_promised(break_it: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    data = json.loads(passes(example()).to_json())
    break_it(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SCHEMA)


@given(graphs())
@settings(max_examples=50)
def test_the_transcript_holds_the_engines_numbers(value: Value) -> None:
    recorded = passes(value)
    lines = recorded.transcript().splitlines()
    split = lines.index("")
    results = [line.rpartition("= ")[2] for line in lines[1:split]]
    assert results == [repr(step.result) for step in recorded.forward]
    pattern = re.compile(r"∂.*: +(\S+) × (\S+) += (\S+) +grad (\S+) → (\S+)")
    for line, step in zip(lines[split + 3 :], recorded.backward, strict=True):
        found = pattern.match(line.strip())
        assert found is not None
        before = "–" if step.before is None else repr(step.before)
        assert found.groups() == (
            repr(step.upstream),
            repr(step.local),
            repr(step.contribution),
            before,
            repr(step.after),
        )


def test_the_transcript_reads_well() -> None:
    x = Value(3.0, label="x")
    assert str(passes(x * x + x)).splitlines() == [
        "forward: every value, from what it was computed",
        "  x   = 3.0",
        "  v1  = x * x   = 3 * 3  = 9.0",
        "  L   = v1 + x  = 9 + 3  = 12.0",
        "",
        "backward: upstream × local = contribution, added to grad",
        "  ∂L/∂L:   1.0               grad – → 1.0",
        "  ∂L/∂v1:  1.0 × 1.0  = 1.0  grad – → 1.0    ∂L/∂v1 = 1",
        "  ∂L/∂x:   1.0 × 1.0  = 1.0  grad – → 1.0    ∂L/∂x = 1",
        "  ∂L/∂x:   1.0 × 3.0  = 3.0  grad 1.0 → 4.0  ∂v1/∂(1st x) = x",
        "  ∂L/∂x:   1.0 × 3.0  = 3.0  grad 4.0 → 7.0  ∂v1/∂(2nd x) = x",
    ]


def test_control_characters_do_not_reach_a_terminal() -> None:
    text = passes(Value(1.0, label="a\x1b[31m\nb") * 2).transcript()
    assert "\x1b" not in text
    assert "a�[31m↵b" in text


def test_wide_nodes_are_linear() -> None:
    weights = [Value(float(i)) for i in range(2000)]
    recorded = passes(dot(weights, [1.0] * 2000, 0.0))
    assert len(recorded.backward) == 2000


def test_deep_graphs_do_not_recurse() -> None:
    total = Value(1.0)
    for _ in range(20_000):
        total = total + 1.0
    assert len(passes(total).backward) == 20_000


def test_nan_travels() -> None:
    x = Value(-1.0, label="x")
    assert isnan(passes(log(x)).gradients["n1"])


def test_what_is_not_a_value_is_named() -> None:
    with pytest.raises(TypeError, match=r"3\.0"):
        passes(3.0)  # type: ignore[arg-type]
    assert isinstance(passes(Value(1.0)), Passes)


@pytest.mark.parametrize("named", ["loss", ""])
def test_steps_without_the_result_are_still_derivatives_of_it(named: str) -> None:
    x = Value(2.0, label="x")
    a = x**2
    a.label = "a"
    loss = a * 3 + x
    loss.label = named
    whole, part = passes(loss), passes(loss, only=[a, x])
    assert part.root == whole.root
    assert {*part.forward} < {*whole.forward}
    signs = [line.split(":")[0].strip() for line in part.lines()[1]]
    root = named or "L"
    assert signs == [f"∂{root}/∂{root}", f"∂{root}/∂x"]
    assert part.gradients.items() <= whole.gradients.items()
    assert passes(loss, only=[]).transcript().count(f"∂{root}") == 2


@given(graphs(), st.data())
@settings(max_examples=50)
def test_the_gradients_of_a_part_are_those_of_the_whole_graph(value: Value, data: st.DataObject) -> None:
    order = topological_order(value)
    whole, part = passes(value), passes(value, only=data.draw(st.lists(st.sampled_from(order))))
    found = part.gradients
    assert all(repr(found[node]) == repr(grad) for node, grad in whole.gradients.items())
    assert repr(passes(value, only=order)) == repr(whole)
    told = part.transcript()
    for step in part.forward:
        sign = derivative(part.root.name, step.name)
        (*_, last) = (line for line in told.splitlines() if sign in line)
        assert repr(found[step.node]) in last


@pytest.mark.parametrize("show", [passes, draw, player], ids=lambda show: show.__name__)
def test_a_class_in_place_of_a_model_is_refused_with_the_remedy(show: Any) -> None:
    with pytest.raises(
        TypeError, match=r"^a model is needed, such as MLP\(…\), got its class, <class '.*MLP'>$"
    ):
        show(Value(1.0) * 2, model=MLP)
