"""The page computes: whatever a reader changes, its numbers are those of a fresh run in Python."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from random import Random
from typing import Any

import pytest

import nn
from autograd import (
    Value,
    atan2,
    cbrt,
    detach,
    explain,
    floor,
    leaky_relu,
    log,
    maximum,
    relu,
    sigmoid,
    sin,
    sqrt,
    tanh,
    where,
)
from autograd import round as rounded
from autograd import sum as total
from autograd.testing import SMOOTH, chosen_program
from tests.viz.pages import press, text, texts
from viz import passes, player
from viz.record.passes import Passes
from viz.record.replay import rebuilt
from viz.style import number

Open = Callable[..., Any]


def example(x: float = 1.2) -> Any:
    leaf = Value(x, label="x")
    return sin(leaf**3 + 5) * leaf


def field(page: Any, name: str) -> Any:
    return page.get_by_role("spinbutton", name=name, exact=True)


def cards(page: Any) -> dict[str, tuple[str, str]]:
    """Return the numbers on each card, by node id."""
    nodes = page.evaluate("() => [...document.querySelectorAll('#graph .node')].map(({ id }) => id.slice(5))")
    numbers = [texts(page, f"#graph .{part}") for part in ("data", "grad")]
    return dict(zip(nodes, zip(*numbers, strict=True), strict=True))


def fresh(recorded: Passes) -> dict[str, tuple[str, str]]:
    gradients = recorded.gradients
    return {step.node: (number(step.result), number(gradients[step.node])) for step in recorded.forward}


# ---- editing ----------------------------------------------------------------------------------------


def test_a_number_is_typed_and_both_passes_follow(open_page: Open) -> None:
    page = open_page(example())
    press(page, "End")
    field(page, "x").fill("-0,7")
    press(page, "Enter")
    recorded = passes(example(-0.7))
    assert cards(page) == fresh(recorded)
    last = recorded.backward[-1]
    assert texts(page, "#equation .figure") == [
        number(last.upstream),
        number(last.local),
        number(last.contribution),
    ]
    assert f"L moves {number(abs(last.upstream))} times as far" in text(page, "#words").replace("\u00a0", " ")
    assert text(page, "#transcript li:first-child") == "x = −0.7"
    assert text(page, "#check").startswith("✓ Finite differences say")
    assert field(page, "x").get_attribute("aria-valuenow") == "-0.7"
    page.get_by_role("button", name="Reset").click()
    assert cards(page) == fresh(passes(example()))


def test_arrow_keys_and_dragging_nudge_a_number(open_page: Open) -> None:
    page = open_page(example())
    press(page, "End")
    field(page, "x").focus()
    press(page, "ArrowUp", "ArrowUp", "ArrowDown", "PageUp")
    assert cards(page) == fresh(passes(example(2.3)))
    page.evaluate("scrollTo(0, 0)")
    box = page.locator("#node-n1 .card").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 20 - 48, box["y"] + 20, steps=3)
    page.mouse.up()
    assert cards(page) == fresh(passes(example(1.1)))
    assert page.locator("#node-n1").get_attribute("aria-pressed") == "false", "a drag is no click"


def test_a_nudge_keeps_the_digits_of_its_number(open_page: Open) -> None:
    numbers = [1e-13, -3e-300, 1.2345678901234567, 2.5, -0.7, 12345.678, 1e22, 0.0]
    nudged = "(xs) => xs.map((x) => [nudge(x, 0), nudge(nudge(x, 1), -1)])"
    found = open_page(example()).evaluate(nudged, numbers)
    assert [still for still, _ in found] == numbers
    assert all(back == x for x, (_, back) in zip(numbers, found, strict=True) if abs(x) > 1e-99 or not x)


def test_the_parts_of_the_expression_are_lit_with_the_graph(open_page: Open) -> None:
    page = open_page(example())
    press(page, "ArrowRight")
    lit = "[...document.querySelectorAll('#expression .computed')].map((part) => part.textContent)"
    assert page.evaluate(lit) == ["x3"]
    press(page, "ArrowRight", "ArrowRight")
    assert page.evaluate(lit) == ["sin(x3+5)"]


def test_what_is_no_number_changes_nothing(open_page: Open) -> None:
    page = open_page(example())
    press(page, "End")
    for typed in ("", "two", "1e", "<b>"):
        field(page, "x").fill(typed)
        press(page, "Enter")
        assert cards(page) == fresh(passes(example()))
        assert text(page, "#unread") == (f"“{typed}” is no number: x stays 1.2." if typed else "")
    for typed in ("-∞", "-inf", "−Infinity"):
        field(page, "x").fill(typed)
        press(page, "Enter")
        assert text(page, "#unread") == ""
        assert cards(page) == fresh(passes(example(-inf)))


def test_a_number_is_taken_as_the_page_writes_it(open_page: Open) -> None:
    page = open_page(Value(-1e-5, label="x") * 1.2)
    assert field(page, "x").input_value() == "-1e-5"
    field(page, "x").focus()
    press(page, "End", "0", "Enter")
    assert field(page, "x").input_value() == "-1e-50"
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Predict first").click()
    page.evaluate("document.activeElement.blur()")
    press(page, "ArrowRight")
    page.locator("#answer").fill("−1.2e−5")
    press(page, "Enter")
    assert text(page, "#verdict") == "✓ Yes, −1.2e−5."


def test_a_warning_comes_and_goes_with_its_number(open_page: Open) -> None:
    page = open_page(relu(Value(2.0, label="z")) * 3)
    press(page, "ArrowRight")
    assert text(page, "#warnings") == ""
    field(page, "z").fill("-2")
    press(page, "Enter")
    assert text(page, "#warnings").startswith("Dead relu: z is not above 0")


def test_a_question_is_asked_of_the_numbers_as_they_are(open_page: Open) -> None:
    page = open_page(example())
    page.locator("#predict").click()
    press(page, "ArrowRight")
    field(page, "x").fill("2")
    press(page, "Enter")
    assert text(page, "#words") == "v1 = x³. With its numbers that is 2³: what does it come to?"
    page.locator("#answer").fill("8")
    press(page, "Enter")
    assert text(page, "#verdict") == "✓ Yes, 8."


@pytest.mark.parametrize(
    ("truth", "guess", "words"),
    [
        (1 / 3, "1/3", "✓ Yes, 0.33333."),
        (-0.75, "−3 / 4", "✓ Yes, −0.75."),
        (1 / 3, "1/4", "✗ It is 0.33333, not 1/4."),
        (2.0, "two", "“two” is no number. It is 2."),
        (2.0, "4/2/1", "“4/2/1” is no number. It is 2."),
        (2.0, "4/", "“4/” is no number. It is 2."),
        (2.0, " ", "It is 2."),
        (inf, "5", "✗ It is ∞, not 5."),
        (inf, "-inf", "✗ It is ∞, not -inf."),
        (inf, "1/0", "✓ Yes, ∞."),
        (nan, "nan", "✓ Yes, nan."),
        (nan, "1", "✗ It is nan, not 1."),
    ],
)
def test_a_guess_is_judged_by_its_number(truth: float, guess: str, words: str, open_page: Open) -> None:
    page = open_page(example())
    written = f"({truth})".replace("inf", "Infinity").replace("nan", "NaN")
    assert page.evaluate(f"(guess) => judged(guess, {written})", guess) == words


def test_random_steps_edits_and_resets_always_show_a_fresh_run(open_page: Open) -> None:
    rng = Random(0)
    for place in range(4):
        program = chosen_program(rng.choice, 2, 6, SMOOTH)
        here = [rng.gauss(0, 1), rng.gauss(0, 1)]
        first = list(here)

        def value(numbers: list[float], program: Any = program) -> Any:
            return program(*(Value(x, label=f"x{i}") for i, x in enumerate(numbers)))

        names = {step.name for step in passes(value(here)).forward if not step.operation}
        page = open_page(value(here))
        for _ in range(25):
            kind = rng.choice(("step", "step", "edit", "edit", "reset"))
            if kind == "step":
                press(page, rng.choice(("ArrowRight", "ArrowLeft", "Home", "End", "Shift+ArrowRight")))
            elif kind == "edit" and names:
                leaf = rng.choice(sorted(names))
                here[int(leaf[1:])] = x = round(rng.gauss(0, 2), rng.randint(0, 5))
                field(page, leaf).fill(repr(x))
                press(page, "Enter")
                page.evaluate("document.activeElement.blur()")
            elif kind == "reset":
                page.get_by_role("button", name="Reset").click()
                page.evaluate("document.activeElement.blur()")
                here = list(first)
        press(page, "End")
        assert cards(page) == fresh(passes(value(here))), place


# ---- training ---------------------------------------------------------------------------------------


def test_training_goes_on_in_the_page(open_page: Open) -> None:
    page = open_page(example())
    field(page, "η").fill("0.01")
    press(page, "Enter")
    for _ in range(3):
        page.get_by_role("button", name="Train one step").click()
    x = 1.2
    for _ in range(3):
        x -= 0.01 * passes(example(x)).gradients["n1"]
    assert cards(page) == fresh(passes(example(x)))
    assert text(page, "#count").endswith("epoch 4 of 4")
    assert text(page, "#curve-words").startswith("L over 4 epochs: from 0.51635 to ")
    assert len(page.locator("#curve polyline").get_attribute("points").split()) == 4
    press(page, "Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft")
    assert text(page, "#phase") == "↻ Update"
    assert texts(page, "#equation .meaning") == ["old value", "−η × gradient", "new value"]
    page.get_by_role("button", name="Reset").click()
    assert page.locator("#curve").is_hidden()


def change(page: Any, name: str, typed: str) -> None:
    field(page, name).fill(typed)
    press(page, "Enter")
    page.evaluate("document.activeElement.blur()")


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("η", "0.01", "L grows when x grows, so x goes down: η = 0.01 times as far as its gradient says."),
        ("η", "-1", "η = −1 is negative: x goes with its gradient, up the slope of L, and not against it."),
        ("η", "0", "η = 0 times its gradient does not change x: it stays."),
        ("η", "nan", "x becomes nan: its old value, η = nan and its gradient 3.8996 make no number."),
        ("x", "nan", "x becomes nan: its old value, η = 0.1 and its gradient nan make no number."),
        ("x", "0", "The slope of L along x is 0 here, so x stays."),
    ],
)
def test_an_update_is_told_as_it_moves_the_number(name: str, typed: str, words: str, open_page: Open) -> None:
    leaf = Value(1.2, label="x")
    page = open_page(sin(leaf**3 + 5))
    change(page, name, typed)
    page.get_by_role("button", name="Train one step").click()
    page.evaluate("document.activeElement.blur()")
    press(page, "Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft")
    assert text(page, "#phase") == "↻ Update"
    assert text(page, "#words") == words


def test_a_number_that_a_reader_set_is_not_said_to_follow_from_its_gradient(open_page: Open) -> None:
    page = open_page(example())
    page.get_by_role("button", name="Train one step").click()
    change(page, "x", "5")
    press(page, "Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft")
    assert text(page, "#words") == (
        "You have set x for the next pass: this step is yours, and not that of its gradient."
    )
    assert texts(page, "#equation .figure") == ["1.2", "3.8", "5"]
    assert texts(page, "#equation .meaning") == ["old value", "set by you", "new value"]
    assert texts(page, "#equation .symbol") == ["x", "\u00a0", "x"]


def test_a_recorded_run_follows_from_an_edit_by_its_own_rate(open_page: Open) -> None:
    def run(start: float, rate: float) -> list[Passes]:
        w = Value(start, label="w")
        found = []
        for _ in range(3):
            loss = (w * Value(2.0, label="x") - 3) ** 2
            found.append(passes(loss))
            w.zero_grad()
            loss.backward()
            w.data -= rate * w.grad
        return found

    page = open_page(run(0.5, 0.05))
    press(page, "End")
    assert cards(page) == fresh(run(0.5, 0.05)[-1])
    field(page, "η").fill("0.1")
    press(page, "Enter")
    assert cards(page) == fresh(run(0.5, 0.1)[-1])
    page.evaluate("document.activeElement.blur()")
    press(page, "Home")
    field(page, "w").fill("2.5")
    press(page, "Enter")
    page.evaluate("document.activeElement.blur()")
    press(page, "End")
    assert cards(page) == fresh(run(2.5, 0.1)[-1])


def test_an_edit_goes_on_only_while_what_was_recorded_stays(open_page: Open) -> None:
    found, w = [], Value(1.0, label="w")
    for x in (2.0, 2.0, 3.0, 4.0):
        loss = (w * Value(x, label="x") - 3) ** 2
        found.append(passes(loss))
        w.zero_grad()
        loss.backward()
        w.data -= 0.01 * w.grad
    page = open_page(found)
    press(page, "Home")
    change(page, "x", "10")
    page.get_by_role("button", name="Train one step").click()
    place = "story.names.indexOf('x')"
    shown = page.evaluate(f"() => [0, 1, 2, 3, 4].map((epoch) => computedOf(run, epoch).value[{place}])")
    assert shown == [10, 10, 3, 4, 4]


def test_the_weights_of_a_network_are_edited_and_its_lines_follow(open_page: Open) -> None:
    model = nn.MLP(2, [2, 1], activation="tanh", fused=False, seed=1)
    loss = (model([Value(0.5, label="x1"), Value(0.6, label="x2")]) - 1.0) ** 2
    page = open_page(player(loss, model=model))
    press(page, "End")
    field(page, "w(x1)₁").fill("3")
    press(page, "Enter")
    model.layers[0].neurons[0].w[0].data = 3.0
    again = (model([0.5, 0.6]) - 1.0) ** 2
    again.backward()
    assert text(page, "#node-loss .data") == number(again.data)
    line = page.locator("#arrow-weight-0-0-0").get_attribute("class").split()
    assert "thick-5" in line
    assert "negative" not in line
    plate = page.locator("#plate-weight-0-0-0 .back .number")
    assert plate.text_content() == f"∂ {number(model.layers[0].neurons[0].w[0].grad, 4)}"


# ---- the address ------------------------------------------------------------------------------------


def test_the_address_holds_what_was_changed(open_page: Open) -> None:
    page = open_page(example())
    field(page, "x").fill("0.1234567890123")
    press(page, "Enter")
    page.get_by_role("button", name="Train one step").click()
    page.evaluate("document.activeElement.blur()")
    press(page, "ArrowLeft")
    address = "#step=22&epochs=2&0:0=0.1234567890123"
    page.wait_for_function("(address) => location.hash === address", arg=address)
    again = open_page(example(), fragment=address)
    assert cards(again) == cards(page)
    assert text(again, "#step") == text(page, "#step") == "step 22 of 23"


def test_the_address_keeps_the_sign_of_a_zero(open_page: Open) -> None:
    page = open_page(1 / Value(5.0, label="x"))
    field(page, "x").fill("-0")
    press(page, "Enter")
    assert field(page, "x").input_value() == "-0"
    page.wait_for_function("() => location.hash === '#0:0=-0'")
    again = open_page(1 / Value(5.0, label="x"), fragment="#step=4&0:0=-0")
    assert cards(again)["n2"][0] == "−∞"


@pytest.mark.parametrize("data", [1e21, -2.5e300, 1e-7, inf, 0.1 + 0.2])
def test_the_address_keeps_a_number_of_any_size(data: float, open_page: Open) -> None:
    page = open_page(Value(5.0, label="x") * 1.0)
    page.evaluate("(x) => { editLeaf(run, 0, 0, x); writeAddress(); }", data)
    again = open_page(Value(5.0, label="x") * 1.0, fragment=page.evaluate("location.hash"))
    assert again.evaluate("leavesOf(run, 0)[0]") == data


READS = """(epochs) => {
    let reads = 0;
    const [stopsTold, recordedTold] = [stopsOf, recordedIn];
    const get = (told, key) => { reads += 1; return told[key]; };
    stopsOf = (...given) => new Proxy(stopsTold(...given), { get });
    recordedIn = (...given) => { reads += 1; return recordedTold(...given); };
    run = Object.assign(recordedRun(story.run), { epochs });
    editLeaf(run, 0, 0, 0.7);
    rerun();
    for (const key of ["Shift ArrowRight", "Shift ArrowLeft", "ArrowRight", "ArrowLeft"]) KEYS[key]();
    return reads;
}"""
"""How often the page asks which steps are taken, and what was recorded, as a run of many epochs is shown."""


def test_the_work_of_a_page_grows_as_its_epochs(open_page: Open) -> None:
    value = (Value(0.5, label="w") * Value(2.0) - 1) ** 2
    few, many = (open_page(value).evaluate(READS, epochs) for epochs in (40, 400))
    assert few < many < 15 * few
    page = open_page(value, "#epochs=10000")
    assert text(page, "#step") == f"step 1 of {10_000 * 11 - 1}"
    assert page.locator("#phases span").count() == 0, "no room for so many"
    assert open_page(value, "#epochs=9").locator("#phases span").count() == 26


def test_a_number_that_is_not_finite_is_not_nudged(open_page: Open) -> None:
    for x in (inf, -inf, nan):
        page = open_page(Value(x, label="x") * 2)
        before = field(page, "x").input_value()
        for key in ("ArrowUp", "ArrowDown", "PageDown"):
            field(page, "x").press(key)
            assert field(page, "x").input_value() == before


def test_the_expression_is_not_cut(open_page: Open) -> None:
    page = open_page(Value(1.0, label="x") / (1 + Value(2.0, label="y") ** 2))
    heights = "(({ scrollHeight, clientHeight }) => [scrollHeight, clientHeight])(expression)"
    whole, shown = page.evaluate(heights)
    assert whole == shown


def test_of_many_lines_the_last_are_on_the_page_and_others_once_it_is_scrolled(open_page: Open) -> None:
    page = open_page((Value(0.3, label="w") * 0.7 - 0.5) ** 2, "#epochs=10000&step=1000000")
    lines = page.locator("#transcript li")
    assert text(page, "#step") == "step 89999 of 89999"
    assert (lines.count(), lines.last.get_attribute("aria-current")) == (1000, "step")
    assert lines.last.text_content().startswith("∂L/∂w: ")
    page.locator("#transcript").evaluate("(list) => { list.scrollTop = 1; }")
    page.wait_for_function("document.querySelectorAll('#transcript li').length === 2000")
    steps = lines.evaluate_all("(lines) => lines.map((line) => Number(line.dataset.step))")
    assert steps == [*range(steps[-1] - 1999, steps[-1] + 1)]
    top = page.locator("#transcript").evaluate("(list) => list.scrollTop")
    assert top > 10_000, "what was in view stays there"
    press(page, "Home")
    assert texts(page, "#transcript li") == ["w = 0.3"]
    press(page, "End", "ArrowLeft")
    assert (lines.count(), lines.last.get_attribute("data-step")) == (999, str(steps[-1] - 1))


def test_a_strange_address_is_passed_over(open_page: Open) -> None:
    for fragment in ("#step=-3", "#step=<b>", "#epochs=1e99", "#9:9=1&0:7=2&rate=x", "#%E0%A4%A"):
        page = open_page(example(), fragment=fragment)
        press(page, "End")
        assert cards(page) == fresh(passes(example())), fragment


# ---- evidence ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words", "sign"),
    [
        (lambda x: sin(x), "They agree.", "✓"),
        (
            lambda x: relu(x - x.data),
            "0 from the left, 1 from the right. grad takes 0.",
            "There",
        ),
        (lambda x: log(x - x.data), "The slope is infinite here, and so is grad.", "The"),
        (lambda x: log(-x), "No finite slope can be measured here.", "No"),
        (lambda x: detach(x) * x, "as they do where a gradient was stopped on purpose.", "✗"),
    ],
)
def test_the_check_says_what_it_found(make: Any, words: str, sign: str, open_page: Open) -> None:
    page = open_page(make(Value(1.5)))
    press(page, "End")
    page.locator("#node-n1").focus()
    assert text(page, "#check").endswith(words)
    assert text(page, "#check").split()[0] == sign


def test_finite_differences_agree_with_the_chain_rule_at_random_graphs(open_page: Open) -> None:
    rng = Random(1)
    for _ in range(10):
        value = chosen_program(rng.choice, 2, 8, SMOOTH)(Value(rng.gauss(0, 1)), Value(rng.gauss(0, 1)))
        page = open_page(value)
        found = page.evaluate("() => story.program.nodes.map((_, place) => checked(run, 0, place)[1])")
        assert False not in found
        assert found.count(True) > len(found) / 2


def test_nudges_go_by_the_size_of_the_number(open_page: Open) -> None:
    for data, first in ((5e6, 1e5), (-3e-7, 1e-8), (0.0, 0.1), (inf, 0.1), (1e-300, 1e-10)):
        page = open_page(Value(data) * 2)
        assert page.evaluate("() => nudged(run, 0, 0)[0][0]") == pytest.approx(first)


def test_paths_are_those_of_explain(open_page: Open) -> None:
    value = example()
    recorded = passes(value)
    leaf = next(iter(rebuilt(recorded).values()))
    again = rebuilt(recorded)
    expected = explain(again[recorded.root.node], again["n1"])
    assert leaf.label == "x"
    page = open_page(recorded)
    press(page, "End")
    page.locator("#node-n1").focus()
    worth = [found.split(" = ")[-1] for found in texts(page, "#ways .worth")]
    assert worth == [number(path.product) for path in expected.paths]
    assert texts(page, "#ways .way")[0] == "x → v1 → v2 → v3 → L"


def test_many_or_long_paths_are_counted_and_cut(open_page: Open) -> None:
    y: Any = Value(1.0, label="x")
    for _ in range(12):
        y = y + y
    page = open_page(y)
    press(page, "End")
    page.locator("#node-n1").focus()
    assert f"{2**12 - 4} more paths: together {2**12 - 4}" in texts(page, "#ways li")
    assert texts(page, "#ways .way")[0].startswith("x → v1 → v2 → v3 → … → ")


@pytest.mark.parametrize(
    ("factors", "rest"),
    [
        ([1e20, -1e20, 5.0, 4.0, 3.0, 2.0], "2 more paths: together −10"),
        ([inf, 5.0, 4.0, 3.0, 2.0], "1 more path: −4"),
        ([6.0, 5.0, 4.0, 3.0], ""),
    ],
)
def test_the_paths_that_are_not_listed_add_up_by_themselves(
    factors: list[float], rest: str, open_page: Open
) -> None:
    leaf = Value(0.0, label="x")
    ways = total([sqrt(leaf) if factor == inf else leaf * factor for factor in factors])
    assert open_page(ways * -2.0).evaluate("ways(run, 0, 0).rest") == rest


def test_paths_beyond_2_to_the_53rd_are_counted_in_few_digits(open_page: Open) -> None:
    y: Any = Value(1.0, label="x")
    for _ in range(60):
        y = y + y
    page = open_page(y)
    assert page.evaluate("ways(run, 0, 0).rest") == "1.1529e18 more paths: together 1.1529e18"


def test_warnings_of_values_and_gradients(open_page: Open) -> None:
    z, x, w = Value(9.0, label="z"), Value(0.5, label="x"), Value(2.0, label="w")
    for value, kind, node, words in (
        (sigmoid(z), "value", "n2", "Saturated: so far from 0"),
        (sigmoid(x), "value", "n2", ""),
        (tanh(Value(-4.0)), "value", "n2", "Saturated: so far from 0 it is nearly level."),
        (log(Value(0.0)), "value", "n2", "L is −∞: no finite number."),
        (1 / Value(-0.0, label="x"), "value", "n2", "L is −∞: no finite number. x is −0, zero with a minus"),
        (x * w, "gradient", "n1", ""),
        (x * 0.0, "gradient", "n1", "No gradient: every way from x to L"),
        (x * 1e-5 + w, "gradient", "n1", "Vanishing gradient: 1e−5 is less than"),
        (x * 1e6, "gradient", "n1", "Exploding gradient"),
        (log(x * 0.0), "gradient", "n1", "The gradient of x is"),
    ):
        page = open_page(value)
        said = page.evaluate(f"() => {kind}Warning(run, 0, '{node}')")
        assert said.startswith(words), said
        assert bool(said) is bool(words)


def test_the_page_speaks_chinese(open_page: Open) -> None:
    page = open_page(player(example(), lang="zh"))
    press(page, "End")
    assert page.locator("html").get_attribute("lang") == "zh"
    assert text(page, "#phase") == "← 反向"
    assert text(page, "#live").startswith("反向，第 11 步，共 11 步：∂L/∂x += ")
    page.get_by_role("button", name="训练一步").click()
    assert text(page, "#count").endswith(" 步，第 2 轮，共 2 轮")
    assert "增大一小步" in text(page, "#words")
    page.locator("#node-n1").focus()
    assert text(page, "#check").endswith("两者一致。")
    leftover = page.evaluate("document.getElementById('player').innerText.match(/\\b[a-z]{4,}/g)")
    assert {*leftover} <= {"grad", "Tab", "Enter", "data"}


def read_of(page: Any, node: str, part: str) -> str:
    """Return a part of what the panel says of a node, after both passes."""
    press(page, "End")
    page.locator(f"#node-{node}").focus()
    return " ".join(texts(page, part))


@pytest.mark.parametrize(
    ("make", "at", "words"),
    [
        (lambda x: floor(x) + x, 2.0, "There is a jump here, and so no slope. grad takes 1."),
        (lambda x: rounded(x) * x, 2.5, "There is a jump here, and so no slope. grad takes 2."),
        (lambda x: atan2(0.0, x), 0.0, "There is a jump here, and so no slope. grad takes 0."),
        (lambda x: x * 1e-20 + 1e10, 3.0, "They do not settle here, so they prove nothing."),
        (lambda x: 1 / (1 + 1 / x), 0.0, "Finite differences say 1 ± 0, where grad is nan."),
        (relu, 1e-9, "They agree."),
        (lambda x: relu(x - 1), 1 + 1e-9, "They agree."),
        (sqrt, 1e-12, "They agree."),
        (lambda x: sin(x), 1e6, "They agree."),
        (lambda x: x - x, 1.0, "Finite differences say 0 ± 0. They agree."),
        (lambda x: relu(x) + 1e3, 1e-9, "They do not settle here, so they prove nothing."),
        (lambda x: relu(x * 3 - 4.5), 1.5, "0 from the left, 3 from the right. grad takes 0."),
        (lambda x: relu(x) - relu(-x), 0.0, "where the chain rule takes one number for two slopes."),
        (lambda x: cbrt(x), 0.0, "The slope is infinite here, and so is grad."),
    ],
)
def test_differences_tell_jumps_kinks_and_slopes_at_any_size(
    make: Any, at: float, words: str, open_page: Open
) -> None:
    assert read_of(open_page(make(Value(at, label="x"))), "n1", "#check").endswith(words)


def test_what_was_not_selected_is_on_no_path(open_page: Open) -> None:
    x = Value(-2.0, label="x")
    page = open_page(where(x.data > 0, sqrt(x), x * 2) + leaky_relu(x))
    assert read_of(page, "n1", "#ways .worth") == "2 × 1 × 1 = 2 0.01 × 1 = 0.01"
    assert texts(page, "#ways li")[-1] == "together 2.01"
    assert "from v1: 0 × nan = 0Nothing arrives at v1, so nothing passes on." in texts(page, "#shares li")
    assert text(page, "#words").endswith("Nothing arrives at v1, so nothing passes on.")
    page = open_page(sqrt(relu(Value(-1.0, label="x"))))
    assert read_of(page, "n1", "#ways li").startswith("No way to L passes anything on")
    (share,) = texts(page, "#shares li")
    assert share.startswith("from v1: ∞ × 0 = 0v1 passes nothing to x: it selects another number")


def test_a_path_whose_product_is_nan_comes_first(open_page: Open) -> None:
    x = Value(0.0, label="x")
    page = open_page(x * 1 + x * 2 + x * 3 + x * 4 + x * 5 + log(x) * 0 + x * 100)
    worth = read_of(page, "n1", "#ways .worth")
    assert worth.split(" = ")[1].startswith("nan ")
    assert "= 100" in worth.split("nan", 1)[1]


def test_a_kink_is_named_where_one_number_stands_for_two_slopes(open_page: Open) -> None:
    page = open_page(relu(Value(0.0, label="x")) * 4)
    press(page, "ArrowRight")
    assert (
        text(page, "#warnings")
        == "Kink: if x falls, v1 has slope 0, and if it grows, 1. The chain rule takes 0."
    )
    meaning = read_of(page, "n1", "#node-meaning")
    assert meaning.startswith("grad 0. If x grows by a tiny step, L does not move. There is a kink at v1")
    assert "L may move all the same" in text(page, "#node-warnings")
    assert "There is a kink at v1" in text(page, "#words")
    page = open_page(relu(Value(nan, label="x")))
    press(page, "ArrowRight")
    assert text(page, "#warnings") == "L is nan: no finite number."


def test_at_a_tie_the_kink_is_noted_on_both_arrows(open_page: Open) -> None:
    page = open_page(maximum(Value(2.0, label="a"), Value(2.0, label="b")) * 3.0)
    notes = page.evaluate("() => story.program.edges.map((_, edge) => kinkNote(run, 0, edge) !== '')")
    heads = page.evaluate("() => story.program.edges.map(({ head }) => story.ids[head])")
    assert [head for head, noted in zip(heads, notes, strict=True) if noted] == ["n3", "n3"]
    assert page.evaluate("valueWarning(run, 0, 'n3')").startswith("Kink: if a falls, v1 has slope 0")


def test_what_counts_as_a_constant_is_not_said_to_stand_still(open_page: Open) -> None:
    page = open_page(detach(Value(3.0, label="x")) * 5 + 2)
    press(page, "ArrowRight")
    assert "counts as a constant: x moves it, but no gradient will pass back." in text(page, "#words")
    meaning = read_of(page, "n1", "#node-meaning")
    assert meaning.endswith("v1 counts as a constant: how L moves through it is left out.")
    page.locator("#node-n2").focus()
    assert page.locator("#slope").is_hidden(), "its tangent is not what passes back"
    press(page, "End")
    assert "v1 counts as a constant" in text(page, "#summary-words")
    page = open_page(detach(Value(3.0, label="x")))
    press(page, "End")
    assert text(page, "#words") == "L counts as a constant: x moves it, but no gradient passes to x."


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda x: x * 1e-200 * 1e-200, "is too small for a float."),
        (lambda x: x - x, "No gradient: the ways from x to L cancel."),
        (lambda x: sqrt(relu(x - 2)), "another number, is flat, or counts as a constant."),
        (lambda x: floor(x) + detach(x), "another number, is flat, or counts as a constant."),
        (lambda x: x * 0.0, "No gradient: every way from x to L multiplies by 0 somewhere."),
    ],
)
def test_a_gradient_of_0_is_said_to_be_so_for_its_reason(make: Any, words: str, open_page: Open) -> None:
    page = open_page(make(Value(1.0, label="x")))
    assert page.evaluate("() => gradientWarning(run, 0, 'n1')").endswith(words)


def test_only_what_learns_is_said_to_hardly_learn(open_page: Open) -> None:
    page = open_page(Value(2.0, label="w") * 1e-5 + Value(3.0) * 1e-5 + Value(1.0) * 1e6)
    said = page.evaluate("() => story.ids.map((node) => gradientWarning(run, 0, node))")
    vanishing = [words.startswith("Vanishing gradient") for words in said]
    assert dict(zip(page.evaluate("story.names"), vanishing, strict=True))["w"]
    assert sum(vanishing) == 1


# ---- in sum -----------------------------------------------------------------------------------------


def x(data: float) -> Value:
    return Value(data, label="x")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            x(3.0) * Value(2.0, label="y"),
            "Of 2 given numbers, y moves L most: for a tiny step of it, L moves 3",
        ),
        (
            x(3.0) * -2,
            "x is the one given number: for a tiny step of it, L moves 2 times as far, the other way.",
        ),
        (x(3.0) * 0, "x is the one given number, and has gradient 0"),
        (x(3.0) * Value(0.0, label="y") * 0, "All 2 given numbers have gradient 0"),
        (x(3.0) - Value(2.0, label="y"), "All 2 given numbers move L equally far"),
        (
            x(3.0) - Value(2.0, label="y") + Value(1.0) * 0.5,
            "Of 3 given numbers, x moves L most, together with y",
        ),
        (total([Value(float(i), label=f"x{i}") for i in range(20)]), "8 more are not listed."),
        (-x(3.0) - Value(2.0, label="y"), "any one of them, L moves just as far, the other way."),
        (x(3.0) * -2 - Value(2.0, label="y") * 2, "any one of them, L moves 2 times as far, the other way."),
        (x(3.0) * 2 - Value(2.0, label="y") * 2, "any one of them, L moves 2 times as far."),
        (
            log(x(0.0)) + Value(2.0, label="y") * -3,
            "y is the one given number with a finite gradient: for a tiny step of it, L moves 3 times",
        ),
        (
            log(x(0.0)) + Value(2.0, label="y") * 3 + Value(2.0),
            "Of 2 given numbers with finite gradients, y moves L most: for a tiny step of it, L moves 3",
        ),
        (
            log(x(0.0)) + Value(2.0, label="y") + Value(2.0),
            "All 2 given numbers with finite gradients move L equally far",
        ),
        (
            log(x(0.0)) + Value(2.0, label="y") + Value(2.0, label="z") + Value(1.0) * 0.5,
            "Of 3 given numbers with finite gradients, y moves L most, together with z",
        ),
        (log(x(0.0)) + Value(2.0, label="y") * 3, "for their gradients are nan or infinite: x."),
        (log(x(0.0)) + Value(2.0, label="y") * 0, "Every finite gradient here is 0. No place in this order"),
        (total([log(Value(0.0)) for _ in range(5)]), "for their gradients are nan or infinite: 5 of them."),
    ],
)
def test_in_sum_says_which_numbers_move_the_result_most(value: Value, words: str, open_page: Open) -> None:
    page = open_page(value)
    press(page, "End")
    assert words in text(page, "#summary-words")


def test_in_sum_orders_what_is_finite_and_draws_no_bar_for_what_is_not(open_page: Open) -> None:
    leaves = [Value(data, label=name) for name, data in (("z", -0.0), ("x", nan), ("y", 0.0), ("w", 1.0))]
    z, bad, y, w = leaves
    page = open_page(bad * y + log(y) + z * 2 + w * -5, viewport={"width": 400, "height": 700})
    press(page, "End")
    rows = [row.locator("th, td").all_text_contents()[:2] for row in page.locator("#gradients tr").all()]
    assert rows == [["y", "nan"], ["w", "−5"], ["z", "2"], ["x", "0"]]
    bars = "[...document.querySelectorAll('#gradients .bar')].map((bar) => bar.style.width)"
    assert page.evaluate(bars) == ["0px", "100%", "40%", "0px"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_in_sum_breaks_a_long_name_on_a_narrow_screen(open_page: Open) -> None:
    page = open_page(
        Value(2.0, label="x" * 120) * Value(3.0, label="y"), viewport={"width": 400, "height": 700}
    )
    press(page, "End")
    assert page.locator("#summary").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_result_that_is_given_needs_no_sum(open_page: Open) -> None:
    assert open_page(x(2.0)).locator("#summary").is_hidden()
