"""The player in a real browser: every key, every number, nothing executed, nothing requested."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Value, dot, log, relu, sigmoid, sin
from tests.viz.pages import press, text, texts
from viz import passes, player
from viz.record.passes import Passes
from viz.style import DARK, LIGHT, NO_GRADIENT, number

Open = Callable[..., Any]


def example() -> Any:
    x = Value(1.2, label="x")
    return sin(x**3 + 5) * x


def network() -> Any:
    x = [Value(0.5, label="x1"), Value(0.6, label="x2")]
    hidden = [relu(dot([Value(a), Value(b)], x, Value(c))) for a, b, c in ((0.1, 0.2, 0.1), (0.3, 0.4, -9.0))]
    return (dot([Value(0.5), Value(0.6)], hidden, Value(0.3)) - 1) ** 2 * 0.5


def strange() -> Any:
    return log(Value(0.0, label="zero")) * Value(nan) + Value(-inf) * sigmoid(Value(800.0, label="far"))


def training() -> list[Passes]:
    w, b = Value(0.5, label="w"), Value(0.0, label="b")
    run = []
    for _ in range(3):
        loss = (w * 2 + b - 3) ** 2
        loss.label = "L"
        run.append(passes(loss))
        for parameter in (w, b):
            parameter.zero_grad()
        loss.backward()
        for parameter in (w, b):
            parameter.data -= 0.05 * parameter.grad
    return run


def card(page: Any, node: str, part: str) -> str:
    return text(page, f"#node-{node} .{part}")


def step(page: Any) -> int:
    return int(page.locator("#slider").input_value())


EVERYTHING = """() => {
    const shown = document.getElementById("player").cloneNode(true);
    shown.querySelector("#surface").remove();  // follows a moment after the rest
    return shown.outerHTML + document.title; }"""


def everything(page: Any) -> str:
    """Return all that is shown: texts, and what is lit."""
    return str(page.evaluate(EVERYTHING))


OBSERVE = """() => {
    const texts = (selector) => [...document.querySelectorAll(selector)].map((found) => found.textContent);
    const cards = [...document.querySelectorAll("#graph .node")];
    const part = (name) => cards.map((card) => [card.id.slice(5), card.querySelector(name).textContent]);
    return {data: part(".data"), grad: part(".grad"), equation: texts("#equation .figure"),
        sum: texts("#sum .figure"), transcript: texts("#transcript li:not([hidden])"),
        step: texts("#step")[0]}; }"""


@pytest.mark.parametrize("make", [example, network, strange, lambda: Value(2.0, label="alone")])
def test_every_step_shows_the_engines_numbers(make: Any, open_page: Open) -> None:
    recorded = passes(make())
    page = open_page(recorded)
    names, root = recorded.names, recorded.root.name
    lines = [(step.name, number(step.result, 10)) for step in recorded.forward]
    lines += [(f"∂{root}/∂{root}", "1")]
    lines += [(f"∂{root}/∂{names[s.target]}:", number(s.after, 10)) for s in recorded.backward]
    data = dict.fromkeys(recorded.names, NO_GRADIENT)
    grad = dict(data)
    for index in range(len(lines)):
        place = index - len(recorded.forward) - 1
        sums: list[str] = []
        if index < len(recorded.forward):
            computed = recorded.forward[index]
            expected = data[computed.node] = number(computed.result)
        elif place < 0:
            expected = grad[recorded.root.node] = "1"
        else:
            share = recorded.backward[place]
            grad[share.target] = number(share.after)
            expected = number(share.contribution)
            before = NO_GRADIENT if share.before is None else number(share.before)
            sums = [before, expected, number(share.after)]
        seen = page.evaluate(OBSERVE)
        assert dict(seen["data"]) == data
        assert dict(seen["grad"]) == grad
        assert seen["equation"][-1] == expected
        assert [figure.strip("()") for figure in seen["sum"]] == sums
        assert len(seen["transcript"]) == index + 1
        for line, (start, end) in zip(seen["transcript"], lines, strict=False):
            assert line.startswith(start)
            assert end in line
        assert seen["step"] == f"step {index + 1} of {len(lines)}"
        press(page, "ArrowRight")
    assert step(page) == len(lines) - 1, "the last step is the last"


def test_an_arrow_shows_upstream_local_and_contribution(open_page: Open) -> None:
    recorded = passes(example())
    page = open_page(recorded)
    for _ in recorded.forward:
        press(page, "ArrowRight")
    for share in recorded.backward:
        arrow = page.locator(f"#arrow-{share.source}-{share.position}")
        assert arrow.locator(".onward .number").all_text_contents() == [number(share.local)]
        assert arrow.locator("g.back").is_hidden()
        assert arrow.locator(".head.back").is_hidden()
        press(page, "ArrowRight")
        factors = [number(x) for x in (share.upstream, share.local, share.contribution)]
        assert arrow.locator(".back .number").all_text_contents() == factors
        assert arrow.locator("g.back").is_visible()
        assert arrow.locator(".head.back").is_visible()
        assert arrow.locator("g.onward").is_hidden()
        assert arrow.locator(".head.onward").is_hidden()
        assert "travelling" in arrow.get_attribute("class")


def test_keys(open_page: Open) -> None:
    page = open_page(training())
    phases = [0, 6, 12, 14, 20, 26, 28, 34]
    assert step(page) == 0
    for keys, expected in (
        (("ArrowLeft",), 0),
        (("ArrowRight", "ArrowRight"), 2),
        (("ArrowLeft",), 1),
        (("End",), 39),
        (("ArrowRight",), 39),
        (("Shift+ArrowRight",), 39),
        (("Home",), 0),
        (("Shift+ArrowLeft",), 0),
        (("Control+ArrowRight",), 0),
    ):
        press(page, *keys)
        assert step(page) == expected, keys
    for start in phases[1:]:
        press(page, "Shift+ArrowRight")
        assert step(page) == start
    press(page, "ArrowRight", "Shift+ArrowLeft")
    assert step(page) == phases[-1], "first back to where the phase began"
    for start in phases[-2::-1]:
        press(page, "Shift+ArrowLeft")
        assert step(page) == start


def test_buttons_and_slider_do_what_keys_do(open_page: Open) -> None:
    page = open_page(example())
    for name, expected in (
        ("Next step", 1),
        ("Next step", 2),
        ("Previous step", 1),
        ("Next phase", 5),
        ("Previous phase", 0),
    ):
        page.get_by_role("button", name=name, exact=True).click()
        assert step(page) == expected, name
    page.locator("#slider").focus()
    press(page, "ArrowRight", "Shift+ArrowRight", "ArrowLeft")
    assert step(page) == 4
    page.locator("#slider").fill("7")
    assert text(page, "#step") == "step 8 of 11"
    assert "step 8 of 11" in page.locator("#slider").get_attribute("aria-valuetext")
    page.locator("#transcript li").nth(2).click()
    assert step(page) == 2


def test_space_plays_to_the_end_and_pauses(browser: Any, tmp_path: Path) -> None:
    player(example(), tmp_path / "page.html")
    page = browser.new_page()
    page.clock.install()
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_selector("#player:not([hidden])")
    press(page, "Space")
    assert page.locator("#play").get_attribute("aria-label") == "Pause"
    page.clock.run_for(6_000)
    reached = step(page)
    assert 1 <= reached < 10
    press(page, "Space")
    page.clock.run_for(60_000)
    assert step(page) == reached
    press(page, "Space")
    page.clock.run_for(120_000)
    assert step(page) == 10
    assert page.locator("#play").get_attribute("aria-label") == "Play"
    press(page, "Space")
    assert step(page) == 0, "at the end, playing starts again"
    page.close()


PRESSED = """(keys) => keys.map((key) => {
    const [name, shift] = [key.replace("Shift+", ""), key.startsWith("Shift+")];
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key: name, shiftKey: shift, bubbles: true}));
    return [Number(document.getElementById("slider").value), (EVERYTHING)()]; })"""


def test_200_random_steps_end_at_identical_text(open_page: Open) -> None:
    page = open_page(training())
    presses = PRESSED.replace("EVERYTHING", EVERYTHING)
    seen = dict(page.evaluate(presses, ["Home", *["ArrowRight"] * 39]))
    assert len(set(seen.values())) == 40
    here = random.Random(0)
    moves = ["ArrowRight", "ArrowLeft", "Shift+ArrowRight", "Shift+ArrowLeft", "Home", "End"]
    visits = page.evaluate(presses, here.choices(moves, (8, 8, 2, 2, 1, 1), k=200))
    assert len({index for index, _ in visits}) > 20
    for index, shown in visits:
        assert shown == seen[index]


def test_focus_does_what_hover_does(open_page: Open) -> None:
    page = open_page(network())
    press(page, "End")
    plain = everything(page)
    page.locator("#predict").focus()
    for recorded in passes(network()).forward[:4]:
        press(page, "Tab")
        node = page.evaluate("document.activeElement.dataset.node")
        focused = everything(page)
        assert node == recorded.node
        assert text(page, "#node-name") == recorded.name
        page.evaluate("document.activeElement.blur()")
        assert everything(page) == plain
        page.locator(f"#node-{node} .card").hover()
        assert everything(page) == focused
        page.mouse.move(0, 0)
        assert everything(page) == plain
        page.locator(f"#node-{node}").focus()


def test_enter_keeps_the_explanation_while_the_steps_go_on(open_page: Open) -> None:
    page = open_page(example())
    press(page, "End")
    node = page.locator("#node-n3")
    node.focus()
    press(page, "Enter", "ArrowLeft", "ArrowLeft")
    assert text(page, "#node-name") == "v2"
    assert node.get_attribute("aria-pressed") == "true"
    assert "kept" in text(page, "#pinned")
    press(page, "Escape", "ArrowLeft")
    assert node.get_attribute("aria-pressed") == "false"
    assert text(page, "#node-name") != "v2"
    assert page.evaluate("document.activeElement.id") == "next"
    node.click()
    assert node.get_attribute("aria-pressed") == "true"
    node.click()
    assert node.get_attribute("aria-pressed") == "false"


def test_the_way_of_a_node_to_the_result_is_shown(open_page: Open) -> None:
    page = open_page(example())
    page.locator("#node-n2").focus()
    ahead = page.evaluate('[...document.querySelectorAll(".arrow.ahead")].map((arrow) => arrow.id)')
    assert ahead == ["arrow-n3-0", "arrow-n4-0", "arrow-n5-0"]


def test_each_step_is_spoken(open_page: Open) -> None:
    page = open_page(example())
    live = page.locator("#live")
    assert live.get_attribute("aria-live") == "polite"
    assert live.text_content() == "forward, step 1 of 11: x = 1.2. x is given: nothing is computed here."
    press(page, "End")
    said = str(live.text_content()).replace("\u00a0", " ")
    assert said.startswith("backward, step 11 of 11: ∂L/∂x += ∂L/∂v1 × ∂v1/∂x = 1.0832 × 4.32 = 4.6795. ")
    assert "if x grows by a tiny step, v1 moves 4.32 times as far" in said
    page.locator("#node-n1").focus()
    press(page, "Enter")
    assert live.text_content() == "x: grad 5.1098. If x grows by a tiny step, L moves 5.1098 times as far."
    assert page.locator("#node-n1").get_attribute("aria-label") == "x: data 1.2, grad 5.1098"


def test_the_panel_says_why(open_page: Open) -> None:
    page = open_page(example())
    page.locator("#node-n1").focus()
    press(page, "Enter")
    assert page.locator("#why").is_hidden()
    assert "none yet" in text(page, "#node-meaning")
    for _ in range(7):
        press(page, "ArrowRight")
    assert "so far" in text(page, "#node-meaning")
    assert texts(page, "#shares li") == ["from L: 1 × 0.43029 = 0.43029"]
    assert page.locator("#checks").is_hidden(), "half a gradient has nothing to be checked"
    press(page, "End")
    assert texts(page, "#shares li")[-1] == "together 5.1098"
    rows = [row.split() for row in page.locator("#nudges tr").all_inner_texts()]
    assert [row[0] for row in rows] == ["0.1", "0.01", "0.001"]
    assert [float(row[2]) for row in rows] == pytest.approx([5.1098] * 3, rel=0.01)
    assert text(page, "#check").startswith("✓ Finite differences say 5.10983773")
    assert texts(page, "#ways .worth") == ["4.32 × 1 × 0.90269 × 1.2 = 4.6795", "0.43029"]
    assert texts(page, "#ways li")[-1] == "together 5.1098"


def test_a_dead_relu_is_named_when_it_is_computed_and_where_it_is_looked_at(open_page: Open) -> None:
    page = open_page(relu(Value(-2.0, label="z")) * 3)
    assert text(page, "#warnings") == ""
    press(page, "ArrowRight")
    assert text(page, "#warnings").startswith("Dead relu: z is not above 0")
    press(page, "End")
    page.locator("#node-n1").focus()
    assert "every way from z to L passes a node that selects" in text(page, "#node-warnings")


def test_predicting_hides_a_number_until_it_is_revealed(open_page: Open) -> None:
    page = open_page(example())
    press(page, "End")
    page.get_by_role("button", name="Predict first").click()
    assert text(page, "#words").endswith("So how many times as far does L move as x, along this arrow?")
    assert texts(page, "#equation .figure") == ["1.0832", "4.32", "?"]
    assert card(page, "n1", "grad") == "0.43029"
    for hidden in ("4.6795", "5.1098"):
        assert hidden not in page.locator("#player").inner_text()
    page.locator("#answer").fill("4,7")
    press(page, "ArrowLeft", "Home", "ArrowRight")
    assert step(page) == 10, "keys edit the guess"
    press(page, "Enter")
    assert text(page, "#verdict") == "✓ Yes, 4.6795."
    assert card(page, "n1", "grad") == "5.1098"
    assert page.evaluate("document.activeElement.id") == "next"
    press(page, "ArrowLeft", "ArrowRight")
    assert card(page, "n1", "grad") == "5.1098", "what was revealed stays so"


def test_predicting_by_keyboard_alone(open_page: Open) -> None:
    page = open_page(example())
    page.locator("#predict").focus()
    press(page, "Enter")
    assert page.locator("#guess").is_hidden(), "a given number cannot be predicted"
    press(page, "ArrowRight")
    assert step(page) == 1
    assert page.locator("#guess").is_visible()
    assert page.evaluate("document.activeElement.id") == "answer", "what is typed goes there"
    page.evaluate("document.activeElement.blur()")
    press(page, "ArrowRight")
    assert (step(page), text(page, "#verdict")) == (1, ""), "nothing is revealed before something is guessed"
    assert page.evaluate("document.activeElement.id") == "answer"
    press(page, "Enter")
    assert (step(page), text(page, "#verdict")) == (1, "It is 1.728."), "unless it is asked for"
    press(page, "Enter")
    assert step(page) == 2
    page.locator("#answer").fill("7")
    press(page, "Enter")
    assert text(page, "#verdict") == "✗ It is 6.728, not 7."
    press(page, "Enter")
    assert page.evaluate("document.activeElement.id") == "answer"
    press(page, "Escape")
    page.locator("#predict").click()
    assert page.locator("#guess").is_hidden()
    assert card(page, "n4", "data") == "0.43029"


def test_an_infinite_number_can_be_predicted(open_page: Open) -> None:
    page = open_page(log(Value(0.0)))
    page.locator("#predict").click()
    press(page, "ArrowRight")
    page.locator("#answer").fill("-Infinity")
    press(page, "Enter")
    assert text(page, "#verdict") == "✓ Yes, −∞."


def test_a_training_run_goes_on_after_each_update(open_page: Open) -> None:
    run = training()
    page = open_page(run)
    for _ in range(12):
        press(page, "ArrowRight")
    assert text(page, "#phase") == "↻ Update"
    assert texts(page, "#equation .figure") == ["0.5", "0.4", "0.9"]
    assert texts(page, "#equation .symbol")[1] == "−η × ∂L/∂w"
    assert "L falls when w grows, so w goes up: η = 0.05 times as far" in text(page, "#words")
    assert card(page, "n1", "data") == "0.9"
    press(page, "ArrowRight", "ArrowRight")
    assert text(page, "#count") == "1 of 6, epoch 2 of 3"
    assert [card(page, node, "grad") for node in run[0].names] == [NO_GRADIENT] * 6
    assert card(page, "n6", "data") == NO_GRADIENT
    assert page.locator(".arrow.pending").count() == len(run[0].backward)
    for _ in range(5):
        press(page, "ArrowRight")
    assert "L was 4 before the update, and is 1 now." in text(page, "#words")
    press(page, "End")
    for node, gradient in run[-1].gradients.items():
        assert card(page, node, "grad") == number(gradient)


def test_a_question_in_a_later_epoch_gives_nothing_of_the_earlier_away(open_page: Open) -> None:
    page = open_page(training())
    page.locator("#slider").fill("21")
    page.locator("#predict").click()
    figures = page.locator(".arrow.travelling .back .number").all_text_contents()
    assert figures == ["1", "−2", NO_GRADIENT]


HOSTILE = [
    "</script><script>window.pwned = 1</script>{}",
    '<img src=x onerror="window.pwned = 1">{}',
    "</title></style></svg></text><b>bold</b>{}",
    '" onfocus="window.pwned = 1" autofocus="{}',
    "'-alert(1)-'{}",
    "<!--<script>{}",
    "]]>{}",
    "&lt;b&gt;&#0;{}",
    "参数{} 偏置",
    "javascript:alert(1)//{}",
    "{{{{7*7}}}} ${{7*7}} {}",
    "a\nb\tc\u2028d{}",
    "\u202eright-to-left{}",
    "\\u003cb\\u003e{}",
    "{}" + "x" * 300,
]


def test_100_hostile_labels_are_text_and_nothing_else(open_page: Open) -> None:
    labels = [HOSTILE[i % len(HOSTILE)].format(i) for i in range(100)]
    recorded = passes(dot([Value(0.1, label=label) for label in labels], [1.0] * 100))
    page, plain = open_page(recorded), open_page(Value(1.0) + Value(2.0))
    elements = "[...new Set([...document.querySelectorAll('*')].map((e) => e.tagName))].sort().join()"
    assert {*page.evaluate(elements).split(",")} <= {*plain.evaluate(elements).split(",")}
    for _ in range(2):
        page.locator("#open-all").click()
    visited = page.evaluate("""() => [...document.querySelectorAll("#graph [id^=node-n]")].map((node) => {
        node.focus();
        return [node.getAttribute("aria-label"), document.getElementById("node-name").textContent]; })""")
    page.evaluate(PRESSED.replace("EVERYTHING", "() => 0"), ["ArrowRight"] * 20 + ["End", "ArrowLeft"] * 9)
    assert sorted(name for _, name in visited) == sorted(recorded.names.values())
    for label, name in visited:
        assert label.startswith(f"{name}: data ")
    assert "参数8 偏置" in recorded.names.values()
    page.locator("#predict").click()
    assert page.evaluate("window.pwned") is None
    assert page.locator("script").count() == 2


def test_a_page_runs_its_own_script_and_no_other(browser: Any, tmp_path: Path) -> None:
    player(example(), tmp_path / "page.html")
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    inject = """() => { const script = document.createElement("script");
        script.textContent = "window.pwned = 1"; document.body.append(script); }"""
    page.evaluate(inject)
    assert page.evaluate("window.pwned") is None
    fetched = page.evaluate('fetch("https://example.com").then(() => "sent", () => "refused")')
    assert fetched == "refused"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(scheme: str, open_page: Open) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(training(), color_scheme=scheme)

    def check() -> None:
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()

    check()
    press(page, "End", "ArrowLeft")
    page.locator("#node-n6").focus()
    press(page, "Enter")
    page.locator("#keys summary").click()
    page.locator("#predict").click()
    assert page.locator("#guess").is_visible()
    assert page.locator("#checks").is_visible()
    check()


@pytest.mark.parametrize(("scheme", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_the_page_follows_the_readers_colours(scheme: str, colours: dict[str, str], open_page: Open) -> None:
    page = open_page(example(), color_scheme=scheme)
    paper = tuple(int(colours["paper"][at : at + 2], 16) for at in (1, 3, 5))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == f"rgb{paper}"


def test_nothing_moves_for_readers_who_prefer_that(open_page: Open) -> None:
    for motion, moving in (("reduce", False), ("no-preference", True)):
        page = open_page(example(), reduced_motion=motion)
        press(page, "ArrowRight")
        assert page.evaluate("document.getAnimations().length > 0") is moving


def test_a_narrow_screen_needs_no_sideways_scrolling(open_page: Open) -> None:
    page = open_page(network(), viewport={"width": 400, "height": 700})
    press(page, "End")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


LINES = """() => [...document.querySelectorAll("#summary th")].map((cell) => {
    const names = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [];
    while (names.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(names.currentNode);
        const [first, ...more] = new Set([...range.getClientRects()].map(({ top }) => top));
        if (first !== undefined) found.push([names.currentNode.data, first, more.length]);
    }
    return found; })"""


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("wide", [320, 380, 900])
def test_a_path_in_the_sum_is_broken_only_where_there_is_no_room_and_where_a_name_ends(
    wide: int, lang: str, open_page: Open
) -> None:
    model = nn.MLP(6, [24, 24, 1], activation="tanh", seed=0)
    deep = Value(0.5, label="transformer.encoder.layers.11.self_attn.in_proj_weight[0][1]")
    loss = (model([0.1 * place for place in range(6)]) - deep) ** 2
    page = open_page(player(loss, model=model, lang=lang), viewport={"width": wide, "height": 800})
    press(page, "End")
    rows = page.evaluate(LINES)
    paths = ["".join(name for name, _, _ in row) for row in rows]
    assert deep.label in paths
    for path, row in zip(paths, rows, strict=True):
        assert not any(broken for _, _, broken in row), path
        assert wide == 320 or path == deep.label or len({top for _, top, _ in row}) == 1, path
    bars = page.evaluate(
        "[...document.querySelectorAll('#summary td:last-child')].map((cell) => cell.clientWidth)"
    )
    assert len({*bars}) == 1
    assert bars[0] > 30
    assert page.evaluate("document.documentElement.scrollWidth") <= wide


def test_print_shows_the_step_without_the_buttons(open_page: Open) -> None:
    page = open_page(example(), color_scheme="dark")
    press(page, "End")
    page.emulate_media(media="print")
    assert page.locator("#controls").is_hidden()
    assert page.locator("#caption").is_visible()
    assert page.locator("#transcript li:visible").count() == 11
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(23, 32, 43)"


def test_each_step_is_scrolled_into_view_and_can_be_scaled(open_page: Open) -> None:
    total: Any = Value(1.0)
    for _ in range(29):
        total = total * Value(1.01)
    page = open_page(total)
    inside = """() => { const view = document.getElementById("view").getBoundingClientRect();
        const box = document.querySelector(".computed .card").getBoundingClientRect();
        return view.left <= box.left && box.right <= view.right
            && view.top <= box.top && box.bottom <= view.bottom; }"""
    for _ in range(6):
        press(page, *["ArrowRight"] * 9)
        assert page.evaluate(inside)
    width = "document.getElementById('graph').getBoundingClientRect().width"
    before = page.evaluate(width)
    page.locator("#larger").click()
    assert page.evaluate(width) == pytest.approx(before * 1.25, rel=0.01)
    page.locator("#smaller").click()
    page.locator("#whole").click()
    assert page.evaluate(width) <= page.viewport_size["width"]


def test_it_plays_inside_a_notebook(browser: Any) -> None:
    shown, _ = player(example())._repr_mimebundle_()
    page = browser.new_page()
    page.set_content(f"<!doctype html><title>notebook</title>{shown['text/html']}")
    frame = page.frames[1]
    frame.wait_for_selector("#player:not([hidden])")
    frame.locator("#next").click()
    page.keyboard.press("End")
    assert frame.locator("#step").text_content() == "step 11 of 11"
    assert frame.locator("#node-n1 .grad").text_content() == "5.1098"
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts"
    assert page.locator(".glassgrad-still").is_hidden()
    page.locator("iframe").evaluate("frame => frame.remove()")
    assert page.locator(".glassgrad-still").is_visible()
    page.close()


def test_a_page_without_scripts_says_what_it_needs(browser: Any, tmp_path: Path) -> None:
    player(example(), tmp_path / "page.html")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    assert page.locator("noscript").is_visible()
    assert page.locator("#player").is_hidden()
    context.close()


def test_a_browser_that_cannot_unpack_the_page_is_told(browser: Any, tmp_path: Path) -> None:
    player(example(), tmp_path / "page.html")
    page = browser.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto((tmp_path / "page.html").as_uri())
    assert "needs a browser of 2023 or later" in page.locator("#too-old").inner_text()
    assert page.locator("#player").is_hidden()
    page.close()
