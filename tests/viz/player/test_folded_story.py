"""The player of a graph too large to show node by node: groups, and what passes back between them."""

from __future__ import annotations

from collections.abc import Callable
from math import hypot
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, exp, sin, sqrt
from nn import MLP
from tests.viz.pages import texts, unpacked
from viz import draw, passes, player
from viz.graph.cards import MOST
from viz.player.folded_story import folded_story
from viz.steps.words import Words
from viz.style import NO_GRADIENT, number

Open = Callable[..., Any]


def training(examples: int = 4) -> tuple[MLP, Any]:
    model = MLP(2, [16, 16, 1], fused=False, seed=3)
    outputs = [model([Value(0.1 * place), Value(1 - 0.2 * place)]) for place in range(examples)]
    return model, sum(((y - 1) ** 2 for y in outputs), Value(0.0)) / examples


def chain(length: int) -> Any:
    x = Value(0.5, label="x")
    y: Any = x
    for place in range(length):
        y = sin(y) * 1.5 if place % 7 else y + x
    return y


def test_every_step_shows_exact_lengths(open_page: Open) -> None:
    model, loss = training()
    recorded, played = passes(loss), player(loss, model=model)
    loss.backward()
    folded = draw(loss, model=model).folded
    assert folded is not None
    assert folded.nodes > MOST
    home = {member: group.name for group in folded.groups for member in group.members}
    shares: dict[tuple[str, str], list[float]] = {}
    for share in recorded.backward:
        shares.setdefault((home[share.target], home[share.source]), []).append(share.contribution)
    norms = {group.name: number(group.norm or 0.0) for group in folded.groups}

    page = open_page(played)
    grad = dict.fromkeys(norms, NO_GRADIENT)
    for place, group in enumerate(folded.groups):
        assert page.locator(f"#node-{group.name}").get_attribute("class").split()[-1] == "computed"
        assert page.locator("#equation .figure").last.text_content() == (
            number(group.data) if group.data is not None else f"{group.count:,}"
        )
        assert len(texts(page, "#transcript li:not([hidden])")) == place + 1
        page.keyboard.press("ArrowRight")
    grad[folded.groups[-1].name] = "1"
    lengths = {}
    backwards = sorted(folded.links, key=lambda link: (-int(link.target[1:]), -int(link.source[1:])))
    for link in backwards:
        page.keyboard.press("ArrowRight")
        arrived = shares[link.source, link.target]
        lengths[f"{link.target}-{link.source}"] = number(hypot(*arrived))
        if all(
            f"{other.target}-{link.source}" in lengths
            for other in folded.links
            if other.source == link.source
        ):
            grad[link.source] = norms[link.source]
        arrow = page.locator(f"#arrow-{link.target}-{link.source}")
        assert texts(page, "#equation .figure") == [f"{len(arrived):,}", number(hypot(*arrived))]
        assert arrow.locator(".back .number").text_content() == number(hypot(*arrived))
        assert arrow.locator(".onward .number").text_content() == f"{link.count:,}"
        assert dict(zip(norms, texts(page, "#graph .grad"), strict=True)) == grad
        assert number(hypot(*arrived), 10) in texts(page, "#transcript [aria-current]")[0]
    assert grad == norms
    page.keyboard.press("ArrowRight")
    assert texts(page, "#step") == ["step {0} of {0}".format(len(norms) + 1 + len(folded.links))]


def test_keys_hover_and_live_text_are_those_of_whole_graphs(open_page: Open) -> None:
    page = open_page(chain(2000))
    assert "nodes of this graph are folded into" in texts(page, "header")[0]
    assert page.locator("#predict").is_hidden()
    assert texts(page, "#live")[0].startswith("forward, step 1 of ")
    seen = [page.evaluate("() => document.getElementById('player').outerHTML")]
    for key in ("End", "Shift+ArrowLeft", "Home"):
        page.keyboard.press(key)
        seen.append(page.evaluate("() => document.getElementById('player').outerHTML"))
    assert seen[0] == seen[-1]
    assert len(set(seen)) == 3
    page.keyboard.press("End")
    page.locator("#node-g2").hover()
    hovered = texts(page, "#panel")
    page.mouse.move(0, 0)
    assert texts(page, "#panel") != hovered
    page.locator("#node-g2").focus()
    assert texts(page, "#panel") == hovered
    assert page.locator("#node-g2").get_attribute("aria-label").startswith("stages")
    assert "‖grad‖" in page.locator("#node-g2").get_attribute("aria-label")
    assert page.locator("#evidence").is_hidden()


def test_axe_finds_no_violation(open_page: Open) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(chain(2000))
    page.keyboard.press("End")
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_hostile_title_is_text(open_page: Open) -> None:
    value = chain(2000)
    value.label = '</script><b>"x"&\''
    page = open_page(value)
    page.keyboard.press("End")
    assert page.locator("#player b b, script b").count() == 0
    assert f"∂{value.label}/∂{value.label} = 1" in texts(page, "#transcript li")


@settings(max_examples=30)
@given(st.integers(1, 40), st.floats(-3, 3))
def test_a_gradient_is_complete_once_and_after_all_shares(length: int, x: float) -> None:
    value = exp(chain(length) * x) + 1.0
    story = folded_story(value, None, Words())
    arriving = dict.fromkeys(story.nodes, 0)
    complete: dict[str, int] = {}
    for tail, _ in story.arrows.values():
        arriving[tail] += 1
    for step in story.steps[len(story.nodes) + 1 :]:
        arriving[step.node] -= 1
        assert (f"{step.node}.grad" in step.texts) == (arriving[step.node] == 0)
        head = next(name for name, mark in step.marks.items() if mark == "giving")
        assert arriving[head] == 0, "what passes back is complete"
        complete[step.node] = complete.get(step.node, 0) + (arriving[step.node] == 0)
    assert set(complete.values()) == {1}
    assert not value.has_grad


def test_an_infinite_gradient_stays_infinite() -> None:
    story = folded_story(sqrt(Value(0.0)) * 2, None, Words())
    assert "inf" in story.fixed.values()


def test_a_model_names_the_boxes_of_a_small_graph() -> None:
    model = MLP(2, [1], seed=0)
    html = player(model([0.5, 0.25]) + model([1.0, 2.0]), model=model).html
    assert "layers.0.neurons.0.w[1]" in {node["name"] for node in unpacked(html)["nodes"].values()}


def test_what_cannot_be_folded_is_refused_in_one_line() -> None:
    model, loss = training()
    with pytest.raises(ValueError, match="no parameter of the model is named in these passes"):
        player(passes(Value(1.0)), model=model)
    with pytest.raises(ValueError, match="no parameter of the model is in this graph of 1 nodes"):
        player(Value(1.0), model=model)
    with pytest.raises(ValueError, match="give it the Value itself, which it folds"):
        player(passes(loss))
