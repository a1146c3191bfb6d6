"""The player of a network: neurons that pass numbers on, and open their scalars."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

import nn
from autograd import Value
from tests.viz.pages import press, text, texts, unpacked
from viz import passes, player
from viz.player.page import Player
from viz.record.passes import Passes
from viz.style import NO_GRADIENT, number

Open = Callable[..., Any]
RATE = 0.5
NEURONS = ["neuron-0-0", "neuron-0-1", "neuron-1-0"]


def training(epochs: int = 2, labels: tuple[str, str] = ("x1", "x2")) -> tuple[Any, list[Passes]]:
    """Return a 2-2-1 network after some steps of gradient descent on one example, and the passes of each."""
    model = nn.MLP(2, [2, 1], activation="tanh", fused=False, seed=1)
    optimizer = nn.SGD(model.parameters(), lr=RATE)
    run = []
    for epoch in range(epochs):
        loss = (model([Value(0.5, label=labels[0]), Value(0.6, label=labels[1])]) - 1.0) ** 2
        loss.label = "L"
        run.append(passes(loss, model=model))
        optimizer.zero_grad()
        loss.backward()
        if epoch + 1 < epochs:
            optimizer.step()
    return model, run


def played(**options: Any) -> Player:
    model, run = training(**options)
    return player(run, model=model)


def lit(page: Any, kind: str) -> list[str]:
    names = "(kind) => [...document.querySelectorAll('#graph .' + kind)].map((found) => found.id)"
    return sorted(page.evaluate(names, kind))


def short(x: float) -> str:
    return number(x, 4)


EVERYTHING = """() => [...document.querySelectorAll("#stage, #caption, #panel, #record")]
    .map((part) => part.outerHTML).join()"""


def test_signals_pass_from_neuron_to_neuron(open_page: Open) -> None:
    model, run = training(epochs=1)
    page = open_page(player(run, model=model))
    hidden = model.layers[0]([0.5, 0.6])
    outputs = [*hidden, model.layers[1](hidden)[0]]
    assert text(page, "#count") == "inputs"
    assert lit(page, "pending") == sorted([*NEURONS, "arrow-output-0", "node-loss"])
    for place, (name, output) in enumerate(zip(NEURONS, outputs, strict=True)):
        assert text(page, f"#{name} .output").endswith(NO_GRADIENT)
        press(page, "ArrowRight")
        assert text(page, "#count") == f"neuron {place + 1}"
        assert text(page, f"#{name} .output").endswith(f" {short(output.data)}")
        assert page.locator("#equation .figure").last.text_content() == number(output.data)
        into = [f"{kind}-weight-{name[7:]}-{index}" for kind in ("arrow", "plate") for index in range(2)]
        assert lit(page, "computed") == sorted([name, *into])
        assert lit(page, "pending") == sorted([*NEURONS[place + 1 :], "arrow-output-0", "node-loss"])
    press(page, "ArrowRight")
    assert text(page, "#node-loss .data") == number(run[0].root.result)


def test_gradients_come_back_over_the_same_lines(open_page: Open) -> None:
    model, run = training(epochs=1)
    page = open_page(player(run, model=model))
    press(page, "Shift+ArrowRight")
    assert lit(page, "travelling") == ["arrow-output-0"]
    assert lit(page, "receiving") == ["neuron-1-0"]
    for name in reversed(NEURONS):
        layer, row = (int(part) for part in name.split("-")[1:])
        neuron = model.layers[layer].neurons[row]
        press(page, "ArrowRight")
        assert lit(page, "giving") == ([] if layer else ["neuron-1-0"])
        assert lit(page, "receiving") == [name]
        after = f"weight-1-0-{row}"
        assert lit(page, "travelling") == ([] if layer else [f"arrow-{after}", f"plate-{after}"])
        if not layer:  # what comes back stands on the line: the weight times the gradient behind it
            weight = model.layers[1].neurons[0].w[row]
            product = text(page, f"#plate-{after} .passing .number")
            assert product.split(" × ")[0].strip("()") == short(weight.data)
            assert page.locator(f"#plate-{after} .passing").is_visible()
        for index, weight in enumerate(neuron.w):
            plate = page.locator(f"#plate-weight-{layer}-{row}-{index}")
            assert plate.locator(".back .number").text_content() == f"∂ {short(weight.grad)}"
            assert plate.locator(".back").is_visible()
            assert plate.locator(".onward").is_hidden()
            assert f"= {number(weight.grad)}" in text(page, "#detail")
    assert text(page, "#step") == "step 9 of 9"
    for name in NEURONS[:2]:
        assert text(page, f"#{name} .answer").startswith("∂y")


def test_the_update_moves_the_weights_of_the_next_epoch(open_page: Open) -> None:
    model, run = training(epochs=2)
    page = open_page(player(run, model=model))
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    assert text(page, "#phase") == "↻ Update"
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    assert text(page, "#count") == "inputs, epoch 2 of 2"
    for layer, row in ((0, 0), (0, 1), (1, 0)):
        neuron = model.layers[layer].neurons[row]
        assert text(page, f"#neuron-{layer}-{row} .bias").endswith(f" {short(neuron.b.data)}")
        for index, weight in enumerate(neuron.w):
            plate = page.locator(f"#plate-weight-{layer}-{row}-{index}")
            assert plate.locator(".onward .number").text_content() == short(weight.data)
            classes = page.locator(f"#arrow-weight-{layer}-{row}-{index}").get_attribute("class").split()
            assert ("negative" in classes) == (weight.data < 0)
    assert lit(page, "pending") == sorted([*NEURONS, "arrow-output-0", "node-loss"])
    assert texts(page, "#graph .answer") == [""] * 3


def test_each_epoch_may_have_another_example(open_page: Open) -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    run = [
        passes((model([Value(x), Value(-x)]) - Value(target)) ** 2, model=model)
        for x, target in ((0.5, 1.0), (0.25, 2.0))
    ]
    page = open_page(player(run, model=model))
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    assert text(page, "#phase") == "↻ Update"
    assert "gets a new value" in text(page, "#words")
    press(page, "Shift+ArrowRight")
    assert texts(page, "#graph [id^=input] .output") == ["0.25", "−0.25"]
    press(page, "End")
    assert text(page, "#node-loss .data") == number(run[1].root.result)


@pytest.mark.parametrize("how", ["click", "Enter"])
def test_a_neuron_opens_its_scalars_and_closes_again(how: str, open_page: Open) -> None:
    model, run = training(epochs=1)
    page = open_page(player(run, model=model))
    press(page, "End")
    plain = page.evaluate(EVERYTHING)
    neuron = page.locator("#neuron-1-0")
    assert neuron.get_attribute("aria-expanded") == "false"
    assert page.locator("#graph .frame").count() == 0
    if how == "click":
        neuron.locator("circle").click()
        page.mouse.move(0, 0)
    else:
        neuron.focus()
        press(page, "Enter")
    assert neuron.get_attribute("aria-expanded") == "true"
    assert text(page, "#neuron-1-0 .frame .name") == "▾ neuron 3"
    assert text(page, "#live").startswith("neuron 3 is open: step ")
    seen = page.evaluate("""() => [...document.querySelectorAll("#graph .node:has(.data)")].map((card) =>
        [".name", ".data", ".grad"].map((part) => card.querySelector(part).textContent))""")
    here = model.layers[1].neurons[0]
    shown = {name: (data, grad) for name, data, grad in seen}
    for name, parameter in zip(("w₁₃", "w₂₃", "b₃"), (*here.w, here.b), strict=True):
        assert shown[name] == (number(parameter.data), number(parameter.grad))
    assert set(shown) >= {"y₁", "y₂", "y₃"}
    for node in ("w₁₃", "y₂"):
        page.locator("#graph :is([id^=node-n], [id^=given-])", has_text=node).first.focus()
        assert text(page, "#node-name") == node
    press(page, "Escape")
    assert neuron.get_attribute("aria-expanded") == "false"
    assert page.locator("#graph .frame").count() == 0
    assert page.evaluate("document.activeElement.id") == "neuron-1-0"
    page.evaluate("document.activeElement.blur()")
    assert page.evaluate(EVERYTHING) == plain


def test_inside_an_open_neuron_the_steps_are_those_of_the_chain_rule(open_page: Open) -> None:
    model, run = training(epochs=1)
    page = open_page(player(run, model=model))
    page.locator("#neuron-1-0").focus()
    press(page, "Enter", "Home", "ArrowRight", "ArrowRight")
    computed, shares = [], []
    for _ in range(200):
        press(page, "ArrowRight")
        node = page.evaluate(
            "document.querySelector('#graph [id^=node-n]:is(.computed, .receiving)')?.dataset.node"
        )
        if node and text(page, "#phase") == "Forward →":
            computed.append(node)
            step = next(step for step in run[0].forward if step.node == node)
            assert text(page, f"#node-{node} .data") == number(step.result)
        elif node:
            figures = texts(page, "#equation .figure")
            shares.append((node, figures[-1].strip("()")))
            assert text(page, f"#node-{node} .grad") == texts(page, "#sum .figure")[-1].strip("()")
        if text(page, "#step").split()[1] == text(page, "#step").split()[3]:
            break
    weights = {f"layers.1.neurons.0.{name}" for name in ("w[0]", "w[1]", "b")}
    ids = {step.name: step.node for step in run[0].forward}
    assert {ids[name] for name in weights} <= set(computed)
    told = {
        (s.target, number(s.contribution)) for s in run[0].backward if s.target in {ids[w] for w in weights}
    }
    assert told <= set(shares)
    lines = texts(page, "#transcript li:not([hidden])")
    assert any(line.startswith("∂L/∂w₁₃:") for line in lines)
    press(page, "Escape")
    assert not any(line.startswith("∂L/∂w₁₃:") for line in texts(page, "#transcript li:not([hidden])"))


def test_several_are_open_at_a_time_and_any_step_keeps_them_open(open_page: Open) -> None:
    page = open_page(played())
    page.locator("#neuron-0-0").focus()
    press(page, "Enter", "End", "Home", "Shift+ArrowRight")
    page.locator("#node-loss").focus()
    press(page, "Enter")
    assert texts(page, "#graph .frame .name") == ["▾ neuron 1", "▾ L"]
    expanded = page.locator("#graph [aria-expanded=true]")
    assert [found.get_attribute("id") for found in expanded.all()] == ["neuron-0-0", "node-loss"]
    press(page, "ArrowRight", "Escape")
    assert texts(page, "#graph .frame .name") == ["▾ neuron 1"]
    page.locator("#close-all").click()
    assert page.locator("#graph [aria-expanded=true]").count() == 0


STEP = """(keys) => keys.map((key) => {
    const [name, shift] = [key.replace("Shift+", ""), key.startsWith("Shift+")];
    const at = key.startsWith("#") ? document.querySelector(key) : document.body;
    at.dispatchEvent(new KeyboardEvent("keydown", {
        key: key.startsWith("#") ? "Enter" : name, shiftKey: shift, bubbles: true}));
    const open = [...document.querySelectorAll("#graph [aria-expanded=true]")].map(({ id }) => id).join();
    return [`${document.getElementById("slider").value} ${open}`,
        document.getElementById("stage").outerHTML.replace(/style="[^"]*"/, "")
        + ["transcript", "caption"].map((id) => document.getElementById(id).outerHTML).join()]; })"""


def test_random_steps_with_neurons_opened_and_closed_end_at_identical_text(open_page: Open) -> None:
    page = open_page(played())
    here = random.Random(0)
    moves = ["ArrowRight", "ArrowLeft", "Shift+ArrowRight", "Shift+ArrowLeft", "Home", "End"]
    keys = here.choices([*moves, "#neuron-0-1", "#neuron-1-0"], (9, 9, 2, 2, 1, 1, 2, 2), k=300)
    known: dict[str, str] = {}
    again = 0
    for place, shown in page.evaluate(STEP, keys):
        again += place in known
        assert shown == known.setdefault(place, shown), place
    assert again > 50
    assert len({place.split()[-1] for place in known}) >= 4


def test_predicting_gives_nothing_away(open_page: Open) -> None:
    model, run = training(epochs=1)
    page = open_page(player(run, model=model))
    page.get_by_role("button", name="Predict first").click()
    for _ in range(3):
        press(page, "ArrowRight")
    answer = page.evaluate("fill(at(story, state.index).answer, numbersOf(run, 0))")
    page.locator("#neuron-0-1").hover()
    assert "What does its half f, tanh, make of it?" in text(page, "#words")
    assert answer not in page.locator("#player").inner_text()
    assert text(page, "#neuron-0-1 .output").endswith(NO_GRADIENT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(scheme: str, open_page: Open) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(played(), color_scheme=scheme)
    for keys in ((), ("End", "ArrowLeft"), ("Shift+ArrowLeft", "ArrowRight")):
        press(page, *keys)
        if keys:
            page.locator("#neuron-1-0").focus()
            press(page, "Enter")
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()


def test_hostile_names_are_text(open_page: Open) -> None:
    labels = ("</script></template><b>x", '参数"><img src=x onerror=alert(1)>')
    page = open_page(played(labels=labels))
    page.locator("#neuron-0-0").focus()
    press(page, "Enter", "End")
    assert page.locator("#player img, #stage b").count() == 0
    assert page.evaluate("Object.keys(story.insides).length") == 4
    names = "[...document.querySelectorAll('#graph .node')].map((node) => node.getAttribute('aria-label'))"
    assert any(label.startswith(f"{labels[0]}: data 0.5") for label in page.evaluate(names))


def test_a_narrow_screen_needs_no_sideways_scrolling(open_page: Open) -> None:
    page = open_page(played(), viewport={"width": 400, "height": 700})
    page.locator("#neuron-1-0").focus()
    press(page, "Enter", "End")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_a_network_without_a_loss_is_played(activation: str, open_page: Open) -> None:
    model = nn.MLP(2, [2, 1], activation=activation, seed=0)
    value = model([1.0, -2.0])
    page = open_page(player(value, model=model))
    press(page, "End")
    assert page.locator("#node-loss").count() == 0
    value.backward()
    for layer in range(2):
        for index, weight in enumerate(model.layers[layer].neurons[0].w):
            plate = page.locator(f"#plate-weight-{layer}-0-{index} .back .number")
            assert plate.text_content() == f"∂ {short(weight.grad)}"


def test_a_dead_relu_is_named(open_page: Open) -> None:
    model = nn.MLP(1, [1, 1], seed=0)
    model.layers[0].neurons[0].w[0].data = -1.0
    page = open_page(player(model([Value(2.0)]), model=model))
    press(page, "ArrowRight")
    assert text(page, "#warnings").startswith("Dead relu: e₁ is not above 0")


def test_many_weights_are_drawn_without_their_numbers(open_page: Open) -> None:
    model = nn.MLP(8, [6, 2], activation="sigmoid", seed=0)
    outputs = model([0.1] * 8)
    page = open_page(player(outputs[0] - outputs[1], model=model))
    press(page, "End")
    assert page.locator("[id^=arrow-weight]").count() == 60
    shown = page.locator("[id^=plate-] .plate:visible")
    assert {found.evaluate("plate => plate.closest('.arrow').id") for found in shown.all()} == {
        f"plate-weight-1-{row}-0" for row in range(2)
    }, "only what is lit shows its numbers"


def test_a_graph_of_several_examples_is_played_scalar_by_scalar() -> None:
    model = nn.MLP(2, [1], seed=0)
    made = player(model([1.0, 2.0]) + model([3.0, 4.0]), model=model)
    assert "neuron-0-0" not in made.html
    assert unpacked(made.html)["insides"] == {}


def test_a_notebook_gets_the_network_as_a_still_picture() -> None:
    model, run = training()
    still = player(run, model=model).picture
    for weight in model.layers[1].neurons[0].w:
        assert f">∂ {short(weight.grad)}<" in still
    assert ">L<" in still


def test_inputs_that_are_plain_numbers_are_shown(open_page: Open) -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    page = open_page(player((model([0.5, -1.25]) - 1.0) ** 2, model=model))
    press(page, "End")
    for index, number_given in enumerate((0.5, -1.25)):
        [shown] = page.locator(f"#input-{index} text.output").all_text_contents()
        assert shown == number(number_given, 4)


def test_only_what_moves_against_its_gradient_is_said_to(open_page: Open) -> None:
    model = nn.MLP(2, [2, 1], activation="tanh", fused=False, seed=1)
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    run = []
    for _ in range(3):
        loss = (model([Value(0.5), Value(0.6)]) - 1.0) ** 2
        run.append(passes(loss, model=model))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    page = open_page(player(run, model=model))
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    assert text(page, "#phase") == "↻ Update"
    assert text(page, "#words") == "Neuron 1 takes the values of the next pass."
    assert "η" not in text(page, "#live")
    assert "–" not in text(page, "#caption")


def test_the_update_of_a_neuron_is_told_by_the_rate_and_by_what_a_reader_set(open_page: Open) -> None:
    page = open_page(played())
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    words = text(page, "#words")
    assert words.startswith("Neuron 1 learns: each of these numbers moves against its gradient")
    for typed, told in (
        ("-1", "η = −1 is negative"),
        ("0", "η = 0 times their gradients changes no number"),
        ("nan", "Numbers of neuron 1 become nan"),
        ("0.5", words),
    ):
        page.get_by_role("spinbutton", name="η", exact=True).fill(typed)
        press(page, "Enter")
        assert text(page, "#words").startswith(told)
    page.evaluate("document.activeElement.blur()")
    press(page, "Shift+ArrowRight")
    page.get_by_role("spinbutton", name="b₁", exact=True).fill("3")
    press(page, "Enter")
    page.evaluate("document.activeElement.blur()")
    press(page, "Shift+ArrowLeft")
    assert text(page, "#words").startswith("Neuron 1 has new values: those that you set")
    press(page, "ArrowRight")
    assert text(page, "#words").startswith("Neuron 2 learns")


def test_the_update_of_a_neuron_is_told_by_what_becomes_of_its_own_numbers(open_page: Open) -> None:
    model = nn.MLP(1, [2, 1], activation="relu", fused=False, seed=1)
    for parameter, start in zip(model.parameters(), (-2.0, 0.5, 1.0, 0.5, 0.5, 2.0, 0.5), strict=True):
        parameter.data = start
    page = open_page(player((model([Value(0.5)]) - 1.0) ** 2, model=model))
    page.get_by_role("button", name="Train one step").click()
    page.evaluate("document.activeElement.blur()")
    press(page, "Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft")
    assert text(page, "#phase") == "↻ Update"
    told = []
    for _ in range(3):
        told.append(text(page, "#words"))
        press(page, "ArrowRight")
    assert told[0].startswith("The slope of L along each number of neuron 1 is 0 here")
    assert [words[:15] for words in told[1:]] == ["Neuron 2 learns", "Neuron 3 learns"]


@pytest.mark.parametrize(
    ("label", "said"), [("L", "The smaller, the better."), ("score", "Each gradient says")]
)
def test_a_result_is_a_loss_where_its_label_says_so(label: str, said: str, open_page: Open) -> None:
    model = nn.MLP(2, [2, 1], activation="tanh", fused=False, seed=1)
    value = model([0.5, 0.6]) ** 2 * -3.0
    value.label = label
    page = open_page(player(value, model=model))
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    assert text(page, "#count") == label
    assert said in text(page, "#words")
    assert ("better" in text(page, "#words")) == (label == "L")


def test_a_neuron_without_activation_tells_its_gradient_once(open_page: Open) -> None:
    model = nn.MLP(2, [2, 1], activation="tanh", fused=False, seed=1)
    page = open_page(player((model([0.5, 0.6]) - 1.0) ** 2, model=model))
    press(page, "End")
    [line] = [line for line in texts(page, "#transcript li") if line.startswith("∂L/∂y₃ = ")]
    assert line.count("∂L/∂y₃") == 1
