"""What the player says, as data: every step, what backs a gradient, what may be wrong with it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, detach, dot, explain, log, relu, sigmoid, sin, tanh
from autograd.graph import topological_order
from viz import passes, player
from viz.record.checks import MOST_CHECKED, evidence
from viz.record.passes import Passes
from viz.record.replay import Replay, rebuilt
from viz.record.warnings import gradient_flags, value_flags
from viz.steps.timeline import timeline
from viz.style import NO_GRADIENT, number


def example() -> Any:
    x = Value(1.2, label="x")
    return sin(x**3 + 5) * x


def descent(rates: tuple[float, ...], epochs: int = 3) -> list[Passes]:
    """Return the passes of a descent in which each of two parameters has its own learning rate."""
    w, b = Value(0.5, label="w"), Value(0.0, label="b")
    run = []
    for _ in range(epochs):
        w.zero_grad(), b.zero_grad()
        loss = (w * 2 + b - 3) ** 2
        run.append(passes(loss))
        loss.backward()
        for parameter, rate in zip((w, b), rates, strict=True):
            parameter.data -= rate * parameter.grad
    return run


OPERATIONS = (
    lambda x, y: x + y,
    lambda x, y: x * y,
    lambda x, y: x - y,
    lambda x, y: tanh(x),
    lambda x, y: dot([x, y], [y, x], 0.5),
)


@st.composite
def graphs(draw: st.DrawFn) -> Any:
    nodes: list[Any] = [Value(draw(st.integers(-20, 20)) / 10, label=name) for name in ("a", "b", "")]
    for _ in range(draw(st.integers(1, 9))):
        x, y = (nodes[draw(st.integers(0, len(nodes) - 1))] for _ in range(2))
        nodes.append(draw(st.sampled_from(OPERATIONS))(x, y))
    return nodes[-1]


# ---- the timeline -----------------------------------------------------------------------------------


@given(graphs())
@settings(max_examples=50)
def test_the_texts_of_all_steps_add_up_to_both_passes(value: Any) -> None:
    recorded = passes(value)
    shown: dict[str, str] = {}
    for step in timeline([recorded]):
        shown |= step.texts
    for node in recorded.forward:
        assert shown[f"{node.node}.data"] == number(node.result)
        assert shown[f"{node.node}.grad"] == number(recorded.gradients[node.node])
    for share in recorded.backward:
        arrow = f"{share.source}-{share.position}"
        figures = [shown[f"{arrow}.{place}"] for place in range(4)]
        factors = (share.local, share.upstream, share.local, share.contribution)
        assert figures == [number(x) for x in factors]


def test_a_step_is_a_value_or_the_seed_or_a_share() -> None:
    recorded = passes(example())
    steps = timeline([recorded])
    assert [step.phase for step in steps] == ["forward"] * 5 + ["backward"] * 6
    assert [step.count for step in steps[4:7]] == ["5 of 5", "the seed", "1 of 5"]
    assert [step.answer for step in steps[:5]] == [step.result for step in recorded.forward]
    assert [step.answer for step in steps[6:]] == [share.contribution for share in recorded.backward]
    assert [step.line for step in steps] == [line for part in recorded.lines() for line in part]


def test_questions_do_not_hold_their_answers() -> None:
    for step in timeline(descent((0.05, 0.05))):
        held = re.findall(r"[−\d.]+", step.question.replace("grad", ""))
        if step.phase == "backward" and abs(step.answer) not in (0, 1, 4):  # × 1 leaves a number as it is
            assert number(step.answer) not in held, step.question


def test_between_epochs_each_leaf_that_moved_is_updated() -> None:
    run = descent((0.05, 0.05))
    updates = [step for step in timeline(run) if step.phase == "update"]
    assert [(step.epoch, step.node) for step in updates] == [(0, "n1"), (0, "n3"), (1, "n1"), (1, "n3")]
    assert [step.answer for step in updates[:2]] == [run[1].forward[0].result, run[1].forward[2].result]
    assert "a little: 0.05 times as far as its gradient says" in updates[0].caption.sentence
    assert updates[0].caption.terms[1].symbol == "−0.05 × ∂L/∂w"


def test_a_learning_rate_is_named_only_if_all_leaves_share_it() -> None:
    updates = [step for step in timeline(descent((0.05, 0.02))) if step.phase == "update"]
    assert all("times as far" not in step.caption.sentence for step in updates)
    assert updates[0].caption.sentence == "L falls when w grows, so w goes up a little."
    climbing = [step for step in timeline(descent((-0.05, -0.05))) if step.phase == "update"]
    assert climbing[0].caption.sentence == "w gets a new value for the next pass."


def test_a_leaf_that_did_not_move_is_no_step() -> None:
    updates = [step.node for step in timeline(descent((0.05, 0.0))) if step.phase == "update"]
    assert updates == ["n1", "n1"]


def test_a_new_epoch_knows_no_gradient() -> None:
    first_of_second = next(step for step in timeline(descent((0.1, 0.1))) if step.epoch == 1)
    grads = {place: text for place, text in first_of_second.texts.items() if place.endswith(".grad")}
    assert len(grads) == 6
    assert set(grads.values()) == {NO_GRADIENT}


def test_a_run_passes_through_one_graph() -> None:
    with pytest.raises(ValueError, match=r"epoch 2 differs from the first: 2 and 5 nodes"):
        timeline([passes(example()), passes(-Value(1.0))])
    with pytest.raises(ValueError, match="at least 1 epoch, got none"):
        timeline([])


# ---- evidence ---------------------------------------------------------------------------------------


@given(graphs())
@settings(max_examples=50)
def test_a_graph_computed_again_is_the_same_graph(value: Any) -> None:
    recorded = passes(value)
    again = rebuilt(recorded)
    for step, node in zip(recorded.forward, topological_order(again[recorded.root.node]), strict=True):
        assert node.data == step.result
        assert node.label == step.name
    assert passes(again[recorded.root.node]).gradients == recorded.gradients


def test_only_what_depends_on_a_node_is_computed_again() -> None:
    result, operations = Replay(passes(example())).along("n3")
    assert operations == 2
    assert result(6.728) == example().data
    assert result(0.0) == 0.0
    assert Replay(passes(example())).along("n5")[0](7.0) == 7.0


@given(graphs())
@settings(max_examples=25, deadline=None)
def test_finite_differences_agree_with_the_chain_rule(value: Any) -> None:
    for found in evidence(passes(value)).values():
        assert found.agrees is not False


def test_nudges_are_measured_and_not_derived() -> None:
    found = evidence(passes(example()))["n1"]
    for nudge, step in zip(found.nudges, (0.1, 0.01, 0.001), strict=True):
        x = Value(1.2 + step)
        assert nudge.step == pytest.approx(step)
        assert nudge.moved == pytest.approx((sin(x**3 + 5) * x).data - example().data, rel=1e-9)
        assert nudge.ratio == nudge.moved / nudge.step


def test_a_nudge_goes_by_the_size_of_the_number() -> None:
    for data, first in ((5e6, 1e5), (-3e-7, 1e-8), (0.0, 0.1), (inf, 0.1), (1e-300, 1e-10)):
        assert evidence(passes(Value(data) * 2))["n1"].nudges[0].step == pytest.approx(first)


@pytest.mark.parametrize(
    ("make", "words", "agrees"),
    [
        (lambda x: sin(x), "They agree.", True),
        (lambda x: relu(x - x.data), "a kink here: 0 from the left, 1 from the right. grad takes 0.", None),
        (lambda x: log(x - x.data), "The slope is infinite here, and so is grad.", None),
        (lambda x: log(-x), "No finite slope can be measured here.", None),
        (
            lambda x: detach(x) * x,
            "They disagree, as they do where a gradient was stopped on purpose.",
            False,
        ),
    ],
)
def test_the_check_says_what_it_found(make: Any, words: str, agrees: bool | None) -> None:
    found = evidence(passes(make(Value(1.5))))["n1"]
    assert found.check.endswith(words)
    assert found.agrees is agrees


def test_paths_are_those_of_explain() -> None:
    value = example()
    leaf = topological_order(value)[0]
    found = evidence(passes(value))["n1"]
    expected = explain(value, leaf)
    assert [way.product for way in found.ways] == [number(path.product) for path in expected.paths]
    assert found.ways[0].names == "x → v1 → v2 → v3 → L"
    assert found.rest == ""


def test_many_or_long_paths_are_counted_and_cut() -> None:
    x = Value(1.0, label="x")
    y: Any = x
    for _ in range(12):
        y = y + y
    found = evidence(passes(y))["n1"]
    assert found.rest == f"{2**12 - 4} more paths: together {2**12 - 4}"
    assert found.ways[0].names.startswith("x → v1 → v2 → v3 → … → ")


def test_changed_numbers_are_not_checked() -> None:
    x = Value(1.0)
    y = sin(x)
    x.data = 2.0
    found = evidence(passes(y))["n1"]
    assert (found.nudges, found.agrees) == ((), None)
    assert "changed after they were recorded" in found.check


def test_a_large_graph_checks_as_much_as_it_can() -> None:
    y: Any = Value(0.5)
    for _ in range(60):
        y = sin(y)
    assert sum(range(61)) > MOST_CHECKED
    found = evidence(passes(y))
    assert found["n1"].agrees is True, "leaves come first"
    assert found["n61"].agrees is True
    left_over = [backed for backed in found.values() if "too large" in backed.check]
    assert 0 < len(left_over) < 50
    assert all(backed.nudges and backed.agrees is None for backed in left_over)


# ---- flags ------------------------------------------------------------------------------------------


def test_flags_of_values() -> None:
    def flag(value: Any) -> str:
        recorded = passes(value)
        return value_flags(recorded).get(recorded.root.node, "")

    assert flag(relu(Value(-2.0, label="z"))).startswith("Dead relu: z is not above 0")
    assert flag(relu(Value(2.0))) == ""
    assert flag(sigmoid(Value(9.0, label="z"))).startswith("Saturated sigmoid")
    assert flag(sigmoid(Value(1.0))) == ""
    assert "at 0 it would be 1." in flag(tanh(Value(-4.0)))
    assert flag(log(Value(0.0))) == "L is −∞: no finite number."


def test_flags_of_gradients() -> None:
    x, w = Value(0.5, label="x"), Value(2.0, label="w")

    def flag(value: Any) -> str:
        return gradient_flags(passes(value)).get("n1", "")

    assert flag(x * w) == ""
    assert flag(x * 0.0).startswith("No gradient: every way from x to L")
    assert flag(x * 1e-5 + w).startswith("Vanishing gradient: 1e−5 is less than")
    assert flag(x * 1e6).startswith("Exploding gradient")
    assert flag(log(x * 0.0)).startswith("The gradient of x is")


# ---- the page ---------------------------------------------------------------------------------------


def test_the_policy_of_a_page_allows_its_own_style_and_script_by_hash_alone() -> None:
    html = player(example()).html
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[1]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts.pop("default-src") == "'none'"
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert parts.pop(directive) == f"'sha256-{digest}'"
    assert set(parts.values()) == {"'none'"}
    assert not re.search(r"(src|href)\s*=", html), "nothing is loaded"
    assert " style=" not in html


def unpacked(html: str) -> Any:
    packed = re.search(r'id="story">(.*?)</script>', html, re.DOTALL)[1]
    return json.loads(gzip.decompress(base64.b64decode(packed)), parse_constant=pytest.fail)


def test_a_page_holds_the_numbers_at_full_precision() -> None:
    answers = unpacked(player(log(example() * 0.0)).html)["steps"]["answer"]
    assert answers[4] == 0.5163487352094044
    assert answers[6] == "-inf"


def test_the_same_passes_make_the_same_page(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    made = player(example(), path)
    assert path.read_text(encoding="utf-8") == made.html == player(passes(example())).html
    assert made.save(tmp_path / "again.html") == tmp_path / "again.html"


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        player(example(), tmp_path / "missing" / "page.html")
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        player(example(), tmp_path / "taken")
    assert list(tmp_path.iterdir()) == [tmp_path / "taken"]


def test_what_cannot_be_played_is_refused_in_one_line() -> None:
    total: Any = Value(0.0)
    for _ in range(1500):
        total = total + 1.0
    with pytest.raises(ValueError, match="at most 1500 nodes, and this graph has 1501"):
        player(passes(total))
    with pytest.raises(ValueError, match="at most 20000 steps, and this run has 20790: play fewer epochs"):
        player([passes(example())] * 1890)
    for wrong in (3.0, [3.0], [], "text", None):
        with pytest.raises(TypeError, match="player needs a Value"):
            player(wrong)  # type: ignore[arg-type]


def test_no_gradient_is_touched() -> None:
    value = example()
    player(value)
    assert not value.has_grad


def test_room_is_left_for_the_longest_number_of_all_epochs() -> None:
    run = descent((0.0501234567, 0.0501234567), epochs=4)
    widths = re.findall(r'id="node-n1">.*?width="([\d.]+)" height', player(run).html)
    alone = re.findall(r'id="node-n1">.*?width="([\d.]+)" height', player(run[0]).html)
    assert float(widths[0]) > float(alone[0])


def test_a_notebook_gets_the_page_and_a_still_picture() -> None:
    page = player(example())
    assert repr(page) == f"<Player, {len(page.html):,} characters>"
    shown = page._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert 'sandbox="allow-scripts"' in shown
    assert shown.count("<iframe") == 1
    assert "<details><summary>" in shown
