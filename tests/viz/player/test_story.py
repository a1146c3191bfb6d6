"""What the player says, as data: every step, in each language, and what its numbers come from."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from math import inf, isfinite, nan
from operator import ge, gt, le, lt
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given, settings
from hypothesis import example as try_first
from hypothesis import strategies as st

import nn
from autograd import Value, detach, dot, exp, log, relu, sin, tanh
from autograd.graph import topological_order
from autograd.notation.formula import named
from autograd.ops import TABLE
from autograd.primitive import Primitive
from tests.viz.pages import unpacked
from viz import passes, player
from viz.player import page
from viz.player.network_story import network_story
from viz.player.page import ASIDE
from viz.player.run import run_of
from viz.record.levels import levels
from viz.record.network import network_nodes
from viz.record.passes import Passes
from viz.record.replay import Replay, rebuilt
from viz.steps.captions import Captions
from viz.steps.chinese import CHINESE
from viz.steps.english import ENGLISH
from viz.steps.expression import Math, expression_of
from viz.steps.levels import level_steps, part_words
from viz.steps.screen import last_screen, recorded_numbers, told
from viz.steps.slots import LONGER, NUMBER, bare, fill
from viz.steps.step import Step
from viz.steps.timeline import timeline
from viz.steps.words import Words
from viz.style import number


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


def steps_of(value: Any, lang: str = "en") -> tuple[Passes, list[Step]]:
    recorded = value if isinstance(value, Passes) else passes(value)
    return recorded, timeline(recorded, Captions(recorded, Words(lang)), {})


@given(graphs())
@settings(max_examples=50)
def test_the_texts_of_all_steps_add_up_to_both_passes(value: Any) -> None:
    recorded, steps = steps_of(value)
    shown = last_screen(steps, recorded_numbers(recorded)).texts
    for node in recorded.forward:
        assert shown[f"{node.node}.data"] == number(node.result)
        assert shown[f"{node.node}.grad"] == number(recorded.gradients[node.node])
    for share in recorded.backward:
        arrow = f"{share.source}-{share.position}"
        figures = [shown[f"{arrow}.{place}"] for place in range(4)]
        factors = (share.local, share.upstream, share.local, share.contribution)
        assert figures == [number(x) for x in factors]


def test_a_step_is_a_value_or_the_seed_or_a_share() -> None:
    recorded, steps = steps_of(example())
    numbers = recorded_numbers(recorded)
    assert [step.phase for step in steps] == ["forward"] * 5 + ["backward"] * 6
    assert [step.count for step in steps[4:7]] == ["5 of 5", "the seed", "1 of 5"]
    answers = [step.result for step in recorded.forward]
    assert [fill(step.answer, numbers) for step in steps[:5]] == [number(x) for x in answers]
    shares = [number(share.contribution) for share in recorded.backward]
    assert [fill(step.answer, numbers) for step in steps[6:]] == shares
    assert fill(steps[1].line, numbers) == "v1 = x³ = 1.2³ = 1.728"


def test_the_words_hold_for_any_numbers() -> None:
    def structure(x: float) -> Any:
        value = relu(Value(x, label="x") * -2.0) ** 3
        return [(step.caption, step.question, step.line, step.texts) for step in steps_of(value)[1]]

    assert structure(1.2) == structure(-5e300)


def test_numbers_in_formulas_have_brackets_where_they_are_negative() -> None:
    x, y = Value(-2.0, label="x"), Value(-3.0, label="y")
    for value, expected in (
        (x**3, "(−2)³"),
        (x - y, "−2 − (−3)"),
        (x * y + 0.0, "6 + 0"),
        (-x, "−(−2)"),
        (sin(x), "sin(−2)"),
        (dot([x, y], [2.0, 3.0], 1.0), "1 + (−2) · 2 + (−3) · 3"),
    ):
        recorded, steps = steps_of(value)
        caption = told(steps[len(recorded.forward) - 1].caption, recorded_numbers(recorded))
        assert caption.headline.split(" = ")[2] == expected


def texts_of(step: Step) -> list[str]:
    """Return all that a step says."""
    caption = step.caption
    symbols = [term.symbol for term in caption.terms]
    return [caption.headline, caption.detail, caption.sentence, *symbols, step.line, step.question]


def test_what_counts_as_a_constant_is_named_where_it_is_left_out() -> None:
    x = Value(1.2, label="x")
    v = x * 2
    held = detach(v)
    v.label, held.label = "v", "held"
    recorded, steps = steps_of(held * x + sin(v))
    note = "held counts as a constant: how L moves through it is left out."
    back = steps[-len(recorded.backward) :]
    behind = [recorded.names[share.source] == "v" for share in recorded.backward]
    assert behind == [note in bare(step.caption.sentence) for step in back]
    assert behind == [note in bare(step.question) for step in back]


def test_of_many_constants_the_first_few_are_named() -> None:
    v = sin(Value(0.5, label="x"))
    total: Any = v
    for _ in range(10):
        total = total + detach(v)
    _, steps = steps_of(total)
    assert re.search(r"\. (\w+, ){3}… counts as a constant", bare(steps[-1].caption.sentence))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_names_that_are_formulas_stand_in_brackets_in_derivatives(lang: str) -> None:
    value = Value(2.0, label="a + b") * Value(3.0, label="c")
    value.label = "y - t"
    recorded = passes(value)
    steps = timeline(recorded, Captions(recorded, Words(lang)), {recorded.forward[0].node: True})
    said = "\n".join(fill(part, recorded_numbers(recorded)) for step in steps for part in texts_of(step))
    assert "∂(y - t)/∂(a + b)" in said
    assert "∂(y - t)/∂c" in said
    assert not re.findall("∂(?:y|a)", said)


def test_how_far_a_number_moves_is_chosen_by_it() -> None:
    for factor, words in (
        (0.0, "does not move"),
        (1.0, "moves just as far"),
        (-1.0, "moves just as far, the other way"),
        (2.5, "moves 2.5 times as far"),
        (-2.5, "moves 2.5 times as far, the other way"),
        (nan, "moves nan times as far"),
        (-inf, "moves ∞ times as far, the other way"),
    ):
        assert fill(Words().moves("l", "n1-0"), lambda kind, place, x=factor: x) == words


def test_questions_do_not_hold_their_answers() -> None:
    for value in (*descent((0.05, 0.05)), passes(-Value(2.0)), passes(relu(Value(-2.0, label="z")) * 3.0)):
        recorded, steps = steps_of(value)
        numbers = recorded_numbers(recorded)
        for step in steps:
            held = re.findall(r"(?<!\w)[−\d.]+", fill(step.question, numbers).replace("grad", ""))
            answer = fill(step.answer, numbers)
            if answer.strip("−") not in ("0", "1", "3", "4"):  # × 1 leaves a number as it is
                assert answer not in held, step.question


def test_a_gate_is_asked_whether_it_lets_anything_pass() -> None:
    recorded, steps = steps_of(relu(Value(-2.0, label="z")) * 3.0)
    assert fill(steps[-1].question, recorded_numbers(recorded)) == (
        "3 has arrived at v1 = relu(z), and z is −2. How much of it passes on to z?"
    )


# ---- languages --------------------------------------------------------------------------------------


def test_each_language_says_the_same_with_the_same_slots() -> None:
    assert ENGLISH.keys() == CHINESE.keys()
    for key, sentence in ENGLISH.items():
        slots = {*re.findall(r"\{(\w+)\}", sentence)}
        other = {*re.findall(r"\{(\w+)\}", CHINESE[key])}
        assert slots == other or key == "use", key
        assert re.search(r"[\u4e00-\u9fff]", CHINESE[key]) or not re.sub(r"\{\w+\}|\W", "", sentence), key


def test_a_story_in_chinese_is_chinese_throughout() -> None:
    for step in steps_of(example(), "zh")[1]:
        assert re.search(r"[\u4e00-\u9fff]", step.caption.sentence)
        words = re.sub("\ue000[^\ue001]*\ue001", "", step.caption.sentence)
        assert not re.search(r"\b(?!grad\b)[a-z]{3,}", words)
    assert 'lang="zh"' in player(example(), lang="zh").html
    with pytest.raises(ValueError, match="lang must be one of 'en', 'zh', got 'de'"):
        player(example(), lang="de")


# ---- the expression ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda x, y: sin(x**3 + 5) * y, "L=sin(x^{3}+5)·y"),
        (lambda x, y: x - (y - x), "L=x−(y−x)"),
        (lambda x, y: x - -y, "L=x−(−y)"),
        (lambda x, y: (x * -2.0) ** y, "L=(x·(−2))^{y}"),
        (lambda x, y: (x + y) / log(y), "L={x+y}/{log(y)}"),
        (lambda x, y: dot([x, y], [y, x], 0.5), "L=0.5+x·y+y·x"),
        (lambda x, y: dot([x, y], [y, x]), "L=x·y+y·x"),
        (lambda x, y: dot([-x], [-y], -x), "L=−x+(−x·(−y))"),
        (lambda x, y: exp(x) ** 2, "L=(e^{x})^{2}"),
        (lambda x, y: exp(x**2), "L=e^{x^{2}}"),
        (lambda x, y: (x / y) ** 2, "L=({x}/{y})^{2}"),
        (lambda x, y: x / y * 2, "L={x}/{y}·2"),
        (lambda x, y: x * 1e-30, "L=x·1e−30"),
        (lambda x, y: detach(x) * x, "L=detach(x)·x"),
        (lambda x, y: relu(x), "L=relu(x)"),
        (lambda x, y: x / -0.0, "L={x}/{−0}"),
        (lambda x, y: x - -0.0, "L=x−(−0)"),
        (lambda x, y: x * 0.0, "L=x·0"),
        (lambda x, y: 1e-5**x, "L=(1e−5)^{x}"),
        (lambda x, y: x, "x"),
    ],
)
def test_the_whole_graph_is_typeset(make: Any, shown: str) -> None:
    markup = expression_of(passes(make(Value(2.0, label="x"), Value(3.0, label="y"))))
    assert flat(ElementTree.fromstring(markup)) == shown


@pytest.mark.parametrize(
    ("label", "times", "squared"),
    [
        ("d", "d·3", "d^{2}"),
        ("x - y", "(x - y)·3", "(x - y)^{2}"),
        ("(x - y)", "(x - y)·3", "(x - y)^{2}"),
        ("σ²", "σ²·3", "(σ²)^{2}"),
        ("x^2", "x^2·3", "(x^2)^{2}"),
    ],
)
def test_a_label_that_reads_as_a_formula_has_brackets_where_they_are_needed(
    label: str, times: str, squared: str
) -> None:
    d = Value(5.0, label=label)
    for value, shown in ((d * 3, times), (d**2, squared)):
        assert flat(ElementTree.fromstring(expression_of(passes(value)))) == f"L={shown}"


@pytest.mark.parametrize(("holds", "sign"), [(lt, "<"), (le, "≤"), (gt, ">"), (ge, "≥")])
def test_a_comparison_inside_an_expansion_is_typeset(holds: Any, sign: str) -> None:
    markup = holds(Math("<mi>x</mi>"), 0.5).markup
    assert flat(ElementTree.fromstring(f"<mrow>{markup}</mrow>")) == f"x{sign}0.5"


@pytest.mark.parametrize("precedence", range(1, 10))
def test_an_operation_with_a_sign_of_its_own_is_typeset_as_it_is_written(precedence: int) -> None:
    half = Primitive("half", lambda xp, x: 0.5 * x, (lambda out, x: 0.5,), symbol="½", precedence=precedence)
    x = named("x"), Math("<mi>x</mi>")
    for form in (
        half,
        lambda x: half(x + 1),
        lambda x: half(x * 3),
        lambda x: half(x) + 1,
        lambda x: half(x) * 3,
    ):
        written, typeset = map(form, x)
        shown = flat(ElementTree.fromstring(f"<mrow>{typeset.markup}</mrow>"))
        assert shown == str(written).replace(" ", "").replace("*", "·")


def flat(element: ElementTree.Element) -> str:
    """Return the text of MathML, with braces for what its places say."""
    inner = [flat(child) for child in element]
    if element.tag == "msup":
        return f"{inner[0]}^{{{inner[1]}}}"
    if element.tag == "mfrac":
        return f"{{{inner[0]}}}/{{{inner[1]}}}"
    if element.tag in ("msqrt", "mroot"):
        return f"√{{{''.join(inner)}}}"
    return (element.text or "") + "".join(inner)


OF_ONE = ("neg", "neg", "exp", "abs", "sqrt", "cbrt", "log", "relu", "detach", "heaviside")
OF_TWO = ("add", "sub", "mul", "mul", "div", "div", "mod", "floor_divide", "power", "max")
EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "y", "z", 2.0, -3.0, 1e-5]),
    lambda parts: st.one_of(
        st.tuples(st.sampled_from(OF_ONE), parts),
        st.tuples(st.sampled_from(OF_TWO), parts, parts),
        st.tuples(st.just("dot"), parts, parts, st.sampled_from(["x", 0.0])),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS)
@try_first(("power", ("exp", "x"), 2.0))
@try_first(("power", ("div", "x", "y"), 2.0))
@try_first(("power", ("power", "x", "y"), 2.0))
@try_first(("dot", ("neg", "x"), ("neg", "y"), "x"))
@try_first(("power", ("mul", 2.0, ("exp", "x")), "y"))
@try_first(("dot", "x", ("cbrt", ("neg", "x")), "x"))
@settings(max_examples=300)
def test_a_typeset_expression_reads_as_what_is_computed(tree: Any) -> None:
    numbers = {name: Value(n, label=name) for name, n in {"x": 0.7, "y": 1.3, "z": -0.4}.items()}

    def computed(part: Any) -> Any:
        if isinstance(part, tuple):
            result = TABLE[part[0]](*map(computed, part[1:]))
            assume(isinstance(result, Value) or math.isfinite(result))
            return result
        return numbers.get(part, part)

    value = computed(tree)
    assume(isinstance(value, Value) and value.args)
    assume(all(abs(node.data) < 1e9 for node in topological_order(value)))
    shown = expression_of(passes(value))
    assume(shown)
    whole = ElementTree.fromstring(shown)[0]
    scope = {name: op for name, op in TABLE.items() if not op.symbol} | {"div": TABLE["div"]}
    found = eval(as_python(whole[2]), scope | {name: n.data for name, n in numbers.items()})
    assert found == pytest.approx(value.data, rel=1e-9, abs=1e-12), flat(whole)
    assert not re.search("[+·−%/]−", flat(whole)), "two signs in a row"


def as_python(element: ElementTree.Element) -> str:
    """Return MathML as it is read, by its brackets and places alone."""
    inner = [as_python(child) for child in element]
    if element.tag == "msup":
        last = element[0]
        while last.tag == "mrow":
            last = last[-1]
        assert last.tag not in ("msup", "mfrac"), "a power of what?"
        if inner[0] == "e":  # rounded as exp is, which a root of a difference of both would show
            return f"exp({inner[1]})"
        return f"{inner[0]}**({inner[1]})"
    if element.tag in ("mfrac", "msqrt", "mroot"):
        name = {"mfrac": "div", "msqrt": "sqrt", "mroot": "cbrt"}[element.tag]
        return f"{name}({', '.join(inner[:1] if name == 'cbrt' else inner)})"
    bars = [n for n, child in enumerate(element) if child.text == "|"]
    for n, bracket in zip(bars, ("abs(", ")"), strict=False):
        inner[n] = bracket
    signs = str.maketrans({"·": "*", "−": "-"})
    return (element.text or "").translate(signs) + "".join(inner)


def test_an_expression_names_its_nodes_and_shows_hostile_names_as_text() -> None:
    recorded = passes(sin(Value(1.0, label="<b>&\ue000v1:\ue001")))
    root = ElementTree.fromstring(expression_of(recorded))
    assert {part.get("data-part") for part in root.iter("mrow")} >= {"n1", "n2"}
    assert "<b>&" in "".join(root.itertext())
    total: Any = Value(1.0)
    for _ in range(30):
        total = total + total
    assert expression_of(passes(total)) == "", "too long to be read"


# ---- runs -------------------------------------------------------------------------------------------


def test_what_moves_against_its_gradient_learns_and_the_rate_is_found() -> None:
    run = run_of(descent((0.05, 0.05)))
    assert (run.moves, run.rate) == ({"n1": True, "n3": True}, pytest.approx(0.05, rel=1e-9))
    assert run_of(descent((0.05, 0.0))).moves == {"n1": True}


def test_the_rate_is_found_though_steps_become_too_small_for_their_digits() -> None:
    run = run_of(descent((0.05, 0.05), epochs=300))
    assert (run.moves, run.rate) == ({"n1": True, "n3": True}, pytest.approx(0.05, rel=1e-9))


def squared(rate: float, epochs: int, x: float = 2.0) -> list[Passes]:
    """Return the passes of a descent on (x² − 1)², which fails at a large rate."""
    leaf, run = Value(x, label="x"), []
    for _ in range(epochs):
        leaf.zero_grad()
        loss = (leaf**2 - 1) ** 2
        run.append(passes(loss))
        loss.backward()
        leaf.data -= rate * leaf.grad
    return run


@pytest.mark.parametrize(("rate", "epochs"), [(30.0, 6), (30.0, 12), (1e200, 4)])
def test_a_training_that_fails_keeps_its_rate(rate: float, epochs: int) -> None:
    recorded = squared(rate, epochs)
    assert not isfinite(recorded[-1].forward[0].result)
    run = run_of(recorded)
    assert (run.moves, run.rate) == ({"n1": True}, pytest.approx(rate, rel=1e-9))


def test_a_number_that_moves_beside_next_to_no_gradient_follows_no_rate() -> None:
    x, w, run = Value(3.0, label="x"), Value(1.0, label="w"), []
    for data in (3.0, 2.0, 1.0):
        x.data = data
        w.zero_grad()
        loss = w * w + x * 5e-324
        run.append(passes(loss))
        loss.backward()
        w.data -= 0.1 * w.grad
    ids = {step.name: step.node for step in run[0].forward}
    told = run_of(run)
    assert (told.moves, told.rate) == ({ids["w"]: True, ids["x"]: False}, pytest.approx(0.1))
    assert unpacked(player(run).html)["run"]["rate"] == told.rate, "and not Infinity, which no page can read"


def test_a_parameter_without_a_gradient_learns_and_a_frozen_one_does_not() -> None:
    w, dead, frozen = Value(0.5, label="w"), Value(-1.0, label="dead"), Value(2.0, label="frozen")
    run = []
    for _ in range(3):
        w.zero_grad()
        loss = (w * frozen - 3) ** 2 + relu(dead)
        run.append(passes(loss))
        loss.backward()
        w.data -= 0.05 * w.grad
    ids = {step.name: step.node for step in run[0].forward}
    told = run_of(run, [ids["w"], ids["dead"], ids["frozen"]])
    assert (told.moves, told.rate) == ({ids["w"]: True, ids["dead"]: True}, pytest.approx(0.05))
    assert run_of(run).moves == {ids["w"]: True}, "what is no parameter is data, for all that is known"


def test_steps_of_several_rates_follow_no_one_rate() -> None:
    w, run = Value(0.5, label="w"), []
    for rate in (0.05, 0.02, 0.05, 0.05):
        w.zero_grad()
        loss = (w * 2 - 3) ** 2
        run.append(passes(loss))
        loss.backward()
        w.data -= rate * w.grad
    assert run_of(run).rate is None
    assert run_of(run[2:]).rate == pytest.approx(0.05, rel=1e-9)


@pytest.mark.parametrize(("targets", "rate"), [((1.0, 2.0), None), ((1.0, 1.0), 0.1), ((1.0, 2.0, 2.0), 0.1)])
def test_a_target_that_happens_to_rise_gives_no_rate(targets: tuple[float, ...], rate: float | None) -> None:
    w, run = Value(2.0, label="w"), []
    for target in targets:
        w.zero_grad()
        loss = (w * Value(1.0, label="x") - Value(target, label="y")) ** 2
        run.append(passes(loss))
        loss.backward()
        w.data -= 0.1 * w.grad
    ids = {step.name: step.node for step in run[0].forward}
    told = run_of(run)
    assert told.rate == (None if rate is None else pytest.approx(rate))
    assert not told.moves.get(ids["y"])
    assert run_of(run, [ids["w"]]).rate == pytest.approx(0.1), "a model says what learns"


def test_without_one_rate_leaves_get_new_values() -> None:
    for rates in ((0.05, 0.02), (-0.05, -0.05)):
        run = run_of(descent(rates), ["n1", "n3"])
        assert run.rate is None
        assert run.moves == {"n1": False, "n3": False}
        recorded = run.epochs[0]
        update = timeline(recorded, Captions(recorded, Words()), run.moves)[-2]
        for moved, words in (
            (0.05, "w gets a new value for the next pass."),
            (0.0, "w keeps its value for the next pass."),
        ):
            assert told(update.caption, recorded_numbers(recorded, moved)).sentence == words
        assert update.question == ""


def test_a_line_of_the_transcript_has_all_its_numbers_to_as_many_digits() -> None:
    a, b = Value(3.0, label="a"), Value(2.000012345, label="b")
    recorded, steps = steps_of(a * b - b)
    lines = [fill(step.line, recorded_numbers(recorded)) for step in steps]
    assert "v1 = a · b = 3 · 2.000012345 = 6.000037035" in lines
    assert "L = v1 − b = 6.000037035 − 2.000012345 = 4.00002469" in lines
    recorded, steps = steps_of(a * -b)
    assert "(−2.000012345)" in fill(steps[len(recorded.forward) - 1].line, recorded_numbers(recorded))


def network_told(activation: Any) -> tuple[list[Step], Any]:
    model = nn.MLP(2, [3, 2], activation=activation, seed=1)
    y, z = model([Value(0.5), Value(-1.0 / 3)])
    recorded = passes((y - 1.0) ** 2 + z**2, model=model)
    network = network_nodes(recorded, model)
    assert network is not None
    story = network_story(run_of([recorded], recorded.parameters), network, Words())
    return [*story.steps], recorded_numbers(story.run.epochs[0], 0.1)


def test_the_update_of_a_neuron_tells_what_moves_alone() -> None:
    model = nn.MLP(1, [2, 1], seed=1)
    recorded = passes(model([0.5]) ** 2, model=model)
    network = network_nodes(recorded, model)
    assert network is not None
    frozen = network.neurons[0].weights
    moves = dict.fromkeys(recorded.parameters.keys() - {*frozen}, True)
    steps = network_story(run_of([recorded], moves), network, Words()).steps
    update = next(
        step for step in steps if step.phase == "update" and step.count == "neuron 1" and not step.within
    )
    shown = told(update.caption, recorded_numbers(recorded, 0.1))
    assert [term.symbol for term in shown.terms] == ["b₁"]
    assert shown.headline.startswith("b₁ ← ")


def parts_told() -> list[Step]:
    model = nn.MLP(1, [12, 1], activation="tanh", seed=1)
    recorded = passes(model([Value(1.0 / 3)]) ** 2, model=model)
    words = Words()
    in_parts = levels(recorded, model, part_words(words))
    return [*level_steps(in_parts, Captions(recorded, words), dict.fromkeys(in_parts.nodes, True))]


@pytest.mark.parametrize("make", [lambda: network_told("tanh")[0], parts_told])
def test_all_numbers_of_all_lines_are_long(make: Any) -> None:
    steps = make()
    assert any(step.within for step in steps)
    for step in steps:
        assert {form for *_, form in NUMBER.findall(step.line)} <= {*LONGER.values()}, step.line


@pytest.mark.parametrize("activation", ["linear", "tanh", "relu", "selu", "gelu", lambda x: tanh(x) * 2.0])
def test_what_a_caption_of_a_neuron_sets_equal_is_equal(activation: Any) -> None:
    steps, numbers = network_told(activation)
    claims = 0
    for step in steps:
        terms = told(step.caption, numbers).terms
        if "neuron" in step.count and step.phase != "update":
            so_far = 0.0
            for term in terms:
                worth = math.prod(read(factor) for factor in term.number.split(" × "))
                if term.sign == "=":
                    claims += 1
                    assert so_far == pytest.approx(worth, rel=1e-3, abs=1e-4), terms
                so_far = {"+": so_far + worth, "×": so_far * worth}.get(term.sign, worth)
    assert claims >= 8


def read(written: str) -> float:
    return float(written.strip("()").replace("−", "-"))


def test_an_update_says_which_way_and_how_far() -> None:
    run = run_of(descent((0.05, 0.05)))
    recorded = run.epochs[0]
    update = timeline(recorded, Captions(recorded, Words()), run.moves)[-2]
    caption = told(update.caption, recorded_numbers(recorded, 0.05))
    assert caption.sentence == (
        "L falls when w grows, so w goes up: η = 0.05 times as far as its gradient says."
    )
    assert [term.number for term in caption.terms] == ["0.5", "0.4", "0.9"]


@pytest.mark.parametrize(
    ("x", "rate", "words"),
    [
        (2.0, 0.1, "L grows when x grows, so x goes down: η = 0.1 times as far as its gradient says."),
        (2.0, -1.0, "η = −1 is negative: x goes with its gradient, up the slope of L, and not against it."),
        (2.0, 0.0, "η = 0 times its gradient does not change x: it stays."),
        (2.0, 1e-30, "η = 1e−30 times its gradient does not change x: it stays."),
        (0.0, 0.1, "The slope of L along x is 0 here, so x stays."),
        (2.0, nan, "x becomes nan: its old value, η = nan and its gradient 4 make no number."),
        (nan, 0.1, "x becomes nan: its old value, η = 0.1 and its gradient nan make no number."),
    ],
)
def test_an_update_is_told_by_how_it_moves(x: float, rate: float, words: str) -> None:
    recorded = passes(Value(x, label="x") ** 2)
    update = timeline(recorded, Captions(recorded, Words()), {"n1": True})[-1]
    assert told(update.caption, recorded_numbers(recorded, rate)).sentence == words


def test_a_run_passes_through_one_graph() -> None:
    with pytest.raises(ValueError, match=r"epoch 2 differs from the first: 2 and 5 nodes"):
        run_of([passes(example()), passes(-Value(1.0))])
    with pytest.raises(ValueError, match="at least 1 epoch, got none"):
        run_of([])


@pytest.mark.parametrize("depth", [1, 2])
def test_what_was_changed_since_it_was_computed_is_refused_and_not_played_as_another_run(depth: int) -> None:
    model = nn.MLP(2, [2] * (depth - 1) + [1], activation="tanh", seed=0)
    loss = (model([Value(1.0), Value(-1.0)]) - 1) ** 2
    before = passes(loss, model=model)
    loss.backward()
    nn.SGD(model.parameters(), lr=0.1).step()
    for changed in (loss, passes(loss, model=model), [before, passes(loss, model=model)]):
        with pytest.raises(ValueError, match=r"player .* computed: v1.*; record passes\(value\) before"):
            player(changed, model=model)
    assert unpacked(player(before).html)["run"]["leaves"]


def test_a_change_that_the_result_does_not_show_is_refused_too() -> None:
    x = Value(2.0, label="x")
    square = x * x
    x.data = -2.0
    with pytest.raises(ValueError, match="changed after these were computed: L; record"):
        player(square)


# ---- computing again --------------------------------------------------------------------------------


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


def test_a_page_holds_the_numbers_of_leaves_at_full_precision() -> None:
    x = Value(0.1 + 0.2, label="x")
    story = unpacked(player(log(x * Value(-inf) * 0.7)).html)
    assert story["run"]["leaves"] == [[0.30000000000000004, "-inf"]]
    assert story["program"]["constants"] == [0.7]


def test_the_same_passes_make_the_same_page(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    made = player(example(), path)
    assert path.read_text(encoding="utf-8") == made.html == player(passes(example())).html
    assert made.save(tmp_path / "again.html") == tmp_path / "again.html"


def test_a_page_of_51_nodes_has_at_most_150_kilobytes() -> None:
    model = nn.MLP(2, [4, 1], activation="tanh", fused=False, seed=1)
    output = model([Value(0.5, label="x1 0"), Value(0.6, label="x2 0")])
    made = player(passes(Value(0.0) + (output - 1) ** 2, model=model), model=model)
    assert len(made.recorded.forward) == 51
    assert len(made.html.encode()) <= 150_000


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('  const a = "x // y"; // why\n', 'const a = "x // y";\n'),
        ('const a = "x // y";\n', 'const a = "x // y";\n'),
        ("say(`a // b ${c} // `); // not a quote's\n", "say(`a // b ${c} // `); // not a quote's\n"),
        ("const a = 'https://x'; /* b */\n", "const a = 'https://x'; /* b */\n"),
        ("/** What\n * it does. */\n\nf(x) // why\n  // and\n  .g();\n", "f(x)\n.g();\n"),
        ("a /\n  b / c; // d\n", "a /\nb / c;\n"),
    ],
    ids=["string", "only a string", "template", "address", "comments", "quotient"],
)
def test_a_page_is_without_comments_and_indentation(written: str, kept: str) -> None:
    assert ASIDE.sub("", written) == kept


def test_no_string_of_a_script_spans_lines() -> None:
    for path in (Path(page.__file__).parent / "assets").glob("*.js"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line.count("`") % 2 == 0, (path.name, line)
            assert not line.endswith("\\"), (path.name, line)


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        player(example(), tmp_path / "missing" / "page.html")
    (tmp_path / "taken.html").mkdir()
    with pytest.raises(OSError, match="taken"):
        player(example(), tmp_path / "taken.html")
    assert list(tmp_path.iterdir()) == [tmp_path / "taken.html"]


def test_what_cannot_be_played_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match="at most 20000 steps, and this run has 20790: play fewer epochs"):
        player([passes(example())] * 1890)
    for wrong in (3.0, [3.0], "text", None):
        with pytest.raises(TypeError, match="player needs a Value"):
            player(wrong)  # type: ignore[arg-type]


def test_no_gradient_is_touched() -> None:
    value = example()
    player(value)
    assert not value.has_grad


def test_a_notebook_gets_the_page_and_a_still_picture() -> None:
    page = player(example())
    assert repr(page) == f"<Player, {len(page.html):,} characters>"
    shown = page._repr_mimebundle_()[0]["text/html"]
    assert 'sandbox="allow-scripts"' in shown
    assert shown.count("<iframe") == 1
