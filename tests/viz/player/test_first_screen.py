"""What is on the first screen: the picture high up and whole, and on a phone what is said of it too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import nn
from autograd import Value, sin
from tests.viz.pages import press, text
from viz import passes, player
from viz.steps.captions import Captions
from viz.steps.slots import bare
from viz.steps.words import Words

Open = Callable[..., Any]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 400, "height": 800}


def expression() -> Any:
    x = Value(1.2, label="x")
    return player(sin(x**3 + 5) * x)


def network(sizes: tuple[int, ...] = (2, 1)) -> Any:
    model = nn.MLP(2, [*sizes], activation="tanh", seed=1)
    loss = (model([Value(0.5, label="x1"), Value(0.6, label="x2")]) - 1.0) ** 2
    return player(loss, model=model)


def box(page: Any, selector: str) -> Any:
    return page.locator(selector).first.bounding_box()


@pytest.mark.parametrize("make", [expression, network, lambda: network((3, 2, 1))])
def test_the_picture_is_high_up_and_whole(make: Any, open_page: Open) -> None:
    page = open_page(make(), viewport=WIDE)
    picture, view = box(page, "#graph"), box(page, "#view")
    assert picture["y"] < 230
    assert picture["width"] <= view["width"] + 1
    assert picture["height"] <= view["height"] + 1
    assert view["y"] + view["height"] <= WIDE["height"]


@pytest.mark.parametrize("make", [expression, network])
def test_a_phone_shows_controls_picture_and_words_at_once(make: Any, open_page: Open) -> None:
    page = open_page(make(), viewport=PHONE)
    press(page, "ArrowRight")
    for part in ("#controls", "#view", "#words"):
        here = box(page, part)
        assert here["y"] >= 0, part
        assert here["y"] + here["height"] <= PHONE["height"], part
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_an_open_neuron_leaves_the_network_in_view(open_page: Open) -> None:
    page = open_page(network((3, 2, 1)), viewport=WIDE)
    page.locator("#neuron-1-0").focus()
    press(page, "Enter")
    view = box(page, "#view")
    others = ("#neuron-0-0 circle", "#neuron-0-2 circle", "#neuron-2-0 circle", "#node-loss .card")
    for selector in ("#neuron-1-0 .frame", *others):
        here = box(page, selector)
        assert view["x"] <= here["x"], selector
        assert view["y"] <= here["y"], selector
        assert here["x"] + here["width"] <= view["x"] + view["width"], selector
        assert here["y"] + here["height"] <= view["y"] + view["height"], selector


def test_the_question_mark_opens_the_keys(open_page: Open) -> None:
    page = open_page(expression())
    press(page, "?")
    assert page.locator("#keys[open]").count() == 1
    press(page, "?")
    assert page.locator("#keys[open]").count() == 0


def test_two_long_names_stay_apart() -> None:
    weights = [Value(0.1 * i, label=f"layers.0.neurons.0.sepal length in centimetres.w[{i}]") for i in (8, 9)]
    captions = Captions(passes(weights[0] * weights[1]), Words())
    names = {node: bare(name) for node, name in captions.names.items()}
    assert names["n1"] != names["n2"]
    assert names["n2"].endswith("w[9]")
    assert names["n2"].startswith("…")


def test_every_hidden_neuron_shows_the_product_that_comes_back(open_page: Open) -> None:
    page = open_page(network((3, 2, 1)), viewport=WIDE)
    press(page, "Shift+ArrowRight", *["ArrowRight"] * 4)
    assert text(page, "#count") == "neuron 3"
    assert text(page, "#words").startswith("∂L/∂y₃ adds up what comes back over the lines of y₃")
    for line in ("weight-1-0-2", "weight-1-1-2"):
        assert page.locator(f"#plate-{line} .passing").is_visible()
        assert " × " in text(page, f"#plate-{line} .passing .number")
    page.locator("#predict").click()
    assert text(page, "#words").startswith("Back over the lines that y₃ left on come ")
