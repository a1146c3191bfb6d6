"""The player of a graph in parts: each opens in place, down to its scalars, and every number is computed."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, exp, relu, sin, sqrt
from tests.viz.pages import press, text, texts, unpacked
from viz import passes, player
from viz.player.levels_story import levels_story
from viz.player.run import run_of
from viz.record.levels import Levels, levels
from viz.record.network import parameter_names
from viz.record.passes import Passes
from viz.steps.captions import Captions
from viz.steps.levels import level_steps, part_words
from viz.steps.screen import recorded_numbers, screens, told
from viz.steps.words import Words
from viz.style import NO_GRADIENT, number

Open = Callable[..., Any]


def training(x1: float = 0.5) -> tuple[nn.MLP, Any]:
    model = nn.MLP(2, [12, 12, 1], activation="tanh", seed=3)
    loss = (model([Value(x1, label="x1"), Value(0.6, label="x2")]) - 1.0) ** 2
    loss.label = "L"
    return model, loss


def chain(length: int, start: float = 0.5) -> Any:
    x = Value(start, label="x")
    y: Any = x
    for place in range(length):
        y = sin(y) * 1.5 if place % 7 else y + x
    return y


def in_parts(made: tuple[Any, Any]) -> Levels:
    model, loss = made
    return levels(passes(loss, model=model), model)


def named(found: Levels, title: str) -> str:
    return next(name for name, part in found.parts.items() if part.title == title)


SHOWN = """() => [...document.querySelectorAll("#graph .node:has(.key)")].flatMap((card) =>
    ["data", "grad"].map((part) => [`${card.dataset.node}.${part}`, card.querySelector(`.${part}`)])
        .map(([place, text]) => [place, text?.textContent]).filter(([, text]) => text !== undefined))"""


def expected(found: Levels, recorded: Passes) -> dict[str, str]:
    """Return what each card shows once both passes are over."""
    told = found.ordered(recorded)
    gradients, values = told.gradients, {step.node: step.result for step in told.forward}
    shown = {f"{node}.data": number(value) for node, value in values.items()}
    shown |= {f"{node}.grad": number(gradients[node]) for node in values}
    for name, length in found.lengths(told)["N"].items():
        output = found.parts[name].output
        shown[f"{name}.grad"] = number(length if output is None else gradients[output])
        if output is not None:
            shown[f"{name}.data"] = number(values[output])
    return shown


def check(page: Any, found: Levels, recorded: Passes) -> int:
    """Hold every card on the page to a fresh run; return how many there are."""
    wanted, shown = expected(found, recorded), page.evaluate(SHOWN)
    for place, content in shown:
        assert content == wanted[place], place
    return len({place.split(".")[0] for place, _ in shown})


def test_layers_neurons_and_scalars_show_the_numbers_of_a_fresh_run(open_page: Open) -> None:
    model, loss = training()
    recorded, found = passes(loss, model=model), in_parts((model, loss))
    page = open_page(player(loss, model=model))
    press(page, "End")
    assert check(page, found, recorded) == len(found.inside[""])
    for title in ("layers.1", "layers.1.neurons.4", "layers.0"):
        page.locator(f"#node-{named(found, title)}").focus()
        press(page, "Enter")
        assert text(page, f"#node-{named(found, title)} .frame .name") == f"▾ {title}"
    press(page, "End")
    assert check(page, found, recorded) > len(found.inside[""]) + 24
    x1 = page.get_by_role("spinbutton", name="x1", exact=True)
    x1.fill("-0.75")
    press(page, "Enter")
    changed, again = training(-0.75)
    check(page, found, passes(again, model=changed))
    page.locator("#close-all").click()
    assert check(page, found, passes(again, model=changed)) == len(found.inside[""])
    assert page.locator("#graph .frame").count() == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_boxes_of_a_page_are_named_in_its_language(lang: str) -> None:
    model, loss = recurrence()
    for value, owner in ((loss, model), (chain(80), None)):
        story = unpacked(player(value, model=owner, lang=lang).html)
        told = " ".join(re.findall(r">([^<>]+)<", json.dumps(story, ensure_ascii=False)))
        told += " ".join(box["name"] + box["formula"] for box in story["nodes"].values())
        found = {*re.findall(r"\b(?:nodes|parameters?|given|between|last weight|stages?)\b", told)}
        assert bool(found) == (lang == "en"), found


def convolution() -> tuple[Any, Any]:
    model = nn.Conv2d(1, 2, 3, seed=1)
    image = [[[Value((i * j) % 3 - 0.5, label=f"x[{i}][{j}]") for j in range(6)] for i in range(6)]]
    return model, sum((y**2 for plane in model(image) for row in plane for y in row), Value(0.0))


def recurrence() -> tuple[Any, Any]:
    model = nn.LSTM(1, 2, seed=1)
    rows, _ = model([[Value(0.1 * t, label=f"x{t}")] for t in range(4)])
    return model, rows[-1][0] * rows[-1][1]


@pytest.mark.parametrize("make", [training, convolution, recurrence])
def test_one_box_of_each_level_opens_down_to_its_scalars(make: Any, open_page: Open) -> None:
    model, loss = make()
    recorded, found = passes(loss, model=model), in_parts((model, loss))
    page = open_page(player(recorded))
    chain = max((found.around(node) for node in found.nodes), key=len)
    for depth, part in enumerate(chain[:-1], start=1):
        page.locator(f"#node-{part}").focus()
        press(page, "Enter")
        assert page.locator("#graph .frame").count() == depth
        press(page, "Shift+ArrowRight", "ArrowRight")
        assert page.locator("#graph .travelling").count() == 1
        press(page, "End")
        assert check(page, found, recorded) >= sum(len(found.inside[name]) for name in ("", *chain[:depth]))
    assert page.locator(f"#node-{chain[-1]} .data").text_content() == number(
        next(step.result for step in recorded.forward if step.node == chain[-1])
    )


def test_each_step_shows_what_it_tells(open_page: Open) -> None:
    model, loss = training()
    found, run = in_parts((model, loss)), run_of([passes(loss, model=model)])
    story = levels_story(run, found, Words())
    before = [step for step in story.steps if step.phase != "update"]
    numbers = recorded_numbers(found.recorded, lengths=found.lengths(found.recorded))
    page = open_page(player(loss, model=model))
    for step, screen in zip(before, screens(before, numbers), strict=True):
        if step.within:
            continue
        shown = dict(page.evaluate(SHOWN))
        for place, content in shown.items():
            assert content == screen.texts.get(place, NO_GRADIENT), (step.count, place)
        marked = page.evaluate(
            "(name) => document.querySelector(`#node-${name}`).getAttribute('class').split(' ')",
            found.around(step.node)[0],
        )
        assert {"computed", "receiving"} & {*marked}
        press(page, "ArrowRight")
    assert len(texts(page, "#transcript li")) == sum(not step.within for step in before)


def test_an_open_box_makes_room_and_covers_nothing(open_page: Open) -> None:
    model, loss = training()
    found = in_parts((model, loss))
    page = open_page(player(loss, model=model))
    for title in ("layers.1", "layers.1.neurons.4", "layers.2"):
        page.locator(f"#node-{named(found, title)}").focus()
        press(page, "Enter")
    boxes = page.evaluate("""() => {
        const sides = ({ element }) => element.getBoundingClientRect().toJSON();
        const told = ({ x, y, right, bottom }) => [x, y, right, bottom];
        return [...pictures.values()].map(({ boxes }) => [...boxes.values()].map(sides).map(told)); }""")
    assert len(boxes) == 4
    for picture in boxes:
        for place, (x, y, right, bottom) in enumerate(picture):
            for other in picture[:place]:
                apart = x >= other[2] or other[0] >= right or y >= other[3] or other[1] >= bottom
                assert apart, (picture[place], other)


def batch() -> tuple[Any, Any]:
    model = nn.MLP(2, [3, 3, 1], activation="tanh", seed=0)
    return model, sum(((model([x, 1.0 - x]) - x) ** 2 for x in (0.5, -1.0)), Value(0.0))


def language() -> tuple[Any, Any]:
    model = nn.GPT(vocab=5, width=4, heads=2, layers=1, context=3, seed=0)
    return model, nn.cross_entropy(model([0, 1, 2]), [1, 2, 3])


def two_recurrences() -> tuple[Any, Any]:
    model = nn.LSTM(2, 3, seed=0)
    rows, _ = model([[0.1, 0.2], [0.3, -0.2]])
    return model, sum((y**2 for y in rows[-1]), Value(0.0))


OPENED = """() => {
    const all = [...document.querySelectorAll("#graph [data-node]")];
    const copies = all.filter(({ id }) => id.startsWith("given-"));
    const parts = Object.keys(story.insides).filter(inView);
    const named = (found) => found.map(({ id }) => id);
    const sides = (box) => box.getBoundingClientRect();
    const frameOf = (box) => box.querySelector(":scope > .frame");
    const framed = (part) => all.filter((box) => box.dataset.node === part && frameOf(box));
    const holds = (frame, root) => frame.x <= root.x && root.right <= frame.right
        && frame.y <= root.y && root.bottom <= frame.bottom;
    const shownOnce = (part) => framed(part).length === 1
        && holds(sides(frameOf(framed(part)[0])), sides(pictures.get(part).root));
    const touches = (box, { x, y }, arrives) => {
        const { left, right, top, bottom } = sides(frameOf(box) ?? box);
        return top <= y && y <= bottom && abs(x - (arrives ? left : right)) <= 8 * graph.zoom; };
    const apart = ({ boxes }, { name, parts }) => {
        const { shape } = parts.find(({ points, back, head }) => points && !back && !head);
        const [whole, there] = [shape.getTotalLength(), shape.getScreenCTM()];
        const at = (end) => shape.getPointAtLength(end * whole).matrixTransform(there);
        return story.arrows[name].some((box, end) => !touches(boxes.get(box).element, at(end), end)); };
    return {
        open: parts.length, framed: document.querySelectorAll("#graph .frame").length, copies: copies.length,
        empty: parts.filter((part) => !shownOnce(part)),
        blank: named(copies.filter((copy) => !copy.querySelector(".grad").checkVisibility())),
        misled: named(all.filter(({ dataset: { node }, ariaExpanded }) =>
            opens(node) && ariaExpanded !== String(parts.includes(node)))),
        apart: [...pictures.values()].flatMap((picture) =>
            picture.arrows.filter((arrow) => apart(picture, arrow)).map(({ name }) => name)) }; }"""


@pytest.mark.parametrize("make", [batch, language, two_recurrences])
def test_what_is_inside_shows_once_and_a_copy_beside_it_stays_a_card(make: Any, open_page: Open) -> None:
    model, loss = make()
    page = open_page(player(loss, model=model))
    copies = 0
    for _ in range(3):
        page.locator("#open-all").click()
        shown = page.evaluate(OPENED)
        assert shown["framed"] == shown["open"] > 0
        assert shown["empty"] == shown["blank"] == shown["misled"] == shown["apart"] == []
        copies += shown["copies"]
    assert copies
    page.locator("#close-all").click()
    shown = page.evaluate(OPENED)
    assert (shown["framed"], shown["misled"], shown["apart"]) == (0, [], [])


def test_a_scalar_is_pressed_wherever_it_is_drawn_and_shown_where_it_lies(open_page: Open) -> None:
    model, loss = training()
    found = in_parts((model, loss))
    page = open_page(player(loss, model=model))
    told = "(node) => [graph.groups.get(node).map((drawn) => drawn.ariaPressed), elementOf(node).id]"
    node = found.parts[named(found, "layers.0.neurons.3")].output
    for title in ("layers.1", "layers.1.neurons.4"):
        page.locator(f"#node-{named(found, title)}").focus()
        press(page, "Enter")
    page.evaluate("pin", node)
    assert page.evaluate(told, node) == [["true"], f"given-{node}-in-{named(found, 'layers.1.neurons.4')}"]
    for title in ("layers.0", "layers.0.neurons.3"):
        page.evaluate("toggleOpen", named(found, title))
    assert page.evaluate(told, node) == [["true", "true"], f"node-{node}"]
    page.evaluate("pin", node)
    assert page.evaluate(told, node) == [["false", "false"], f"node-{node}"]


def test_whole_graph_is_always_whole(open_page: Open) -> None:
    model, loss = training()
    page = open_page(player(loss, model=model))
    for _ in range(3):
        page.locator("#open-all").click()
        page.locator("#whole").click()
        fits = """() => { const [view, svg] = ["view", "graph"].map((id) => document.getElementById(id));
            return [svg.clientWidth - view.clientWidth, svg.clientHeight - view.clientHeight]; }"""
        assert max(page.evaluate(fits)) <= 1


def test_the_end_is_the_last_step_in_view_whatever_is_closed(open_page: Open) -> None:
    model, loss = training()
    page = open_page(player(passes(loss, model=model)))
    for opened in (False, True):
        if opened:
            page.locator("#open-all").click()
        press(page, "End")
        words = text(page, "#step").split()
        assert words[1] == words[3], words
        slider = page.locator("#slider")
        assert slider.input_value() == slider.get_attribute("max") == str(int(words[3]) - 1)
        assert page.locator("#summary").is_visible()
        press(page, "ArrowRight")
        assert text(page, "#step").split() == words
        slider.fill("2")
        assert text(page, "#step").split()[1] == "3"


def test_passes_remember_the_model_that_named_their_parameters() -> None:
    model, loss = training()
    recorded = passes(loss, model=model)
    assert player(recorded).html == player(loss, model=model).html == player([recorded], model=model).html
    assert recorded == passes(loss, model=model)
    assert "MLP" not in repr(recorded)
    assert set(json.loads(recorded.to_json())) == {"forward", "backward"}


def test_an_edit_of_thousands_of_nodes_is_shown_folded(open_page: Open) -> None:
    recorded = passes(chain(900))
    found = levels(recorded)
    page = open_page(recorded)
    press(page, "End")
    assert check(page, found, recorded) == len(found.inside[""])
    assert len(found.nodes) > 1500
    for name in found.around("n1")[:-1]:
        page.locator(f"#node-{name}").focus()
        press(page, "Enter")
    page.get_by_role("spinbutton", name="x", exact=True).fill("0.25")
    press(page, "Enter")
    check(page, found, passes(chain(900, 0.25)))


def test_keys_hover_and_live_text_are_those_of_whole_graphs(open_page: Open) -> None:
    page = open_page(chain(400))
    assert "nodes of this graph lie in boxes that open" in texts(page, "header")[0]
    assert texts(page, "#live")[0].startswith("forward, step 1 of ")
    seen = [page.evaluate("() => document.getElementById('player').outerHTML")]
    for key in ("End", "Shift+ArrowLeft", "Home"):
        press(page, key)
        seen.append(page.evaluate("() => document.getElementById('player').outerHTML"))
    assert seen[0] == seen[-1]
    assert len({*seen}) == 3
    press(page, "End")
    page.locator("#node-g2").hover()
    hovered = texts(page, "#panel")
    page.mouse.move(0, 0)
    assert texts(page, "#panel") != hovered
    page.locator("#node-g2").focus()
    assert texts(page, "#panel") == hovered


def test_axe_finds_no_violation(open_page: Open) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    model, loss = training()
    page = open_page(player(loss, model=model))
    press(page, "End")
    page.locator("#open-all").click()
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_hostile_title_is_text(open_page: Open) -> None:
    value = chain(400)
    value.label = '</script><b>"x"&\''
    page = open_page(value)
    press(page, "End")
    page.locator("#open-all").click()
    assert page.locator("#player b b, script b").count() == 0
    assert f"∂({value.label})/∂({value.label}) = 1" in texts(page, "#transcript li")


@settings(max_examples=20)
@given(st.integers(20, 60), st.floats(-3, 3))
def test_the_last_share_from_outside_completes_a_part(length: int, x: float) -> None:
    value = exp(chain(length) * x) + 1.0
    found = levels(passes(value))
    run = run_of([found.recorded])
    complete: dict[str, int] = {}
    for place, step in enumerate(levels_story(run, found, Words()).steps[1:]):
        for name in step.texts:
            if name.startswith("g") and name.endswith(".grad"):
                complete[name[:-5]] = place
    assert complete.keys() == found.parts.keys()
    assert not value.has_grad


def test_at_the_end_every_box_has_its_gradient_and_only_the_last_has_the_seed(open_page: Open) -> None:
    model = nn.Sequential(nn.Linear(3, 4, seed=1), nn.Elementwise("tanh"), nn.Linear(4, 3, seed=2))
    page = open_page(player(nn.cross_entropy([model([0.1, 0.2, 0.3])], [1]), model=model))
    press(page, "End")
    page.locator("#open-all").click()
    named = {name: told["name"] for name, told in page.evaluate("story.nodes").items()}
    for box, name in named.items():
        page.evaluate("(box) => showPanel(box, state.index, state.index, false)", box)
        assert "so far" not in text(page, "#node-meaning"), name
        shares = texts(page, "#shares li")
        assert not any("seed" in share for share in shares) or page.evaluate("holdsRoot", box), name
        assert name != "parts.2" or (shares and all(share.startswith("from ") for share in shares))
    assert "parts.2" in named.values()


def test_an_infinite_gradient_stays_infinite(open_page: Open) -> None:
    value = sqrt(Value(0.0)) * 2
    for _ in range(70):
        value = value + 1.0
    page = open_page(value)
    press(page, "End")
    page.locator("#open-all").click()
    assert "∞" in texts(page, "#graph .grad")


def test_the_words_of_parts_are_those_of_the_language() -> None:
    model, loss = training()
    story = unpacked(player(loss, model=model, lang="zh").html)
    assert any("打开" in text for text in (story["words"]["page.open"],))


def test_what_is_told_of_parts_in_chinese_has_the_marks_of_chinese() -> None:
    model, loss = training()
    words, marked = Words("zh"), 0
    found = levels(passes(loss, model=model), model, part_words(words))
    moves = dict.fromkeys(parameter_names(found.recorded, model), True)
    for step in level_steps(found, Captions(found.recorded, words), moves):
        for said in (step.caption.headline, step.line) if step.node in found.parts else ():
            assert not re.search("[:;]|, ", re.sub("\ue000[^\ue001]*\ue001", "1", said)), said
            marked += bool(re.search("[：，]", said))
    assert marked > 6


def test_a_model_that_is_not_in_the_graph_is_refused_in_one_line() -> None:
    model, _ = training()
    with pytest.raises(ValueError, match="no parameter of the model is named in these passes"):
        player(passes(Value(1.0)), model=model)
    with pytest.raises(ValueError, match="no parameter of the model is in this graph of 1 nodes"):
        player(Value(1.0), model=model)


def test_the_update_of_a_part_is_told_by_the_rate_and_by_what_a_reader_set(open_page: Open) -> None:
    model, loss = training()
    page = open_page(player(loss, model=model))
    page.get_by_role("button", name="Train one step").click()
    page.evaluate("document.activeElement.blur()")
    press(page, "Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft")
    assert text(page, "#phase") == "↻ Update"
    words = text(page, "#words")
    assert "move against their gradients" in words
    for typed, said in (
        ("-1", "η = −1 is negative: "),
        ("0", "η = 0 times their gradients changes none of "),
        ("nan", "Of "),
        ("0.1", words),
    ):
        page.get_by_role("spinbutton", name="η", exact=True).fill(typed)
        press(page, "Enter")
        assert text(page, "#words").startswith(said)
        assert ("some become nan" in text(page, "#words")) == (typed == "nan")
    page.evaluate(
        "() => { for (const leaf of story.program.leaves.keys()) editLeaf(run, 1, leaf, 7); refresh(); }"
    )
    assert "are new: those that you set" in text(page, "#words")


@pytest.mark.parametrize("rhythm", [2, 9, 14])
def test_the_update_of_a_part_counts_what_learns_apart_from_what_is_replaced(rhythm: int) -> None:
    model, loss = training()
    recorded, words = passes(loss, model=model), Words()
    parts = levels(recorded, model, part_words(words))
    leaves = [step.node for step in recorded.forward if not step.operation]
    moves = {leaf: place % rhythm == 0 for place, leaf in enumerate(leaves)}
    numbers = recorded_numbers(recorded, 0.1)
    steps = level_steps(parts, Captions(recorded, words), moves)
    whole = [step for step in steps if step.phase == "update" and step.node in parts.parts]
    for step in whole:
        members = [moves[node] for node in parts.parts[step.node].members if node in moves]
        learners, said = sum(members), told(step.caption, numbers).sentence
        others = len(members) - learners
        assert (f"{learners:,} numbers" in said and "against" in said) == (learners > 1)
        assert (f"{others:,} numbers" in said and "take the values of the next pass" in said) == (others > 1)
        assert ("times as far as its gradient says" in said) == (learners == 1)
    assert any(" Besides, " in step.caption.sentence for step in whole)


def test_a_part_whose_scalars_never_open_is_read_about(open_page: Open) -> None:
    y: Any = Value(0.5, label="x")
    for _ in range(800):
        y = relu(sin(y) * 1.5 + 0.1)
    page = open_page(y)
    press(page, "End")
    assert text(page, "#node-name")
    assert page.locator("#slope").is_hidden()


@pytest.mark.parametrize("make", [training, convolution, recurrence, lambda: (None, chain(300))])
def test_what_is_in_sight_does_not_depend_on_which_steps_are_left_out(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, loss = make()
    found, run = levels(passes(loss, model=model), model), run_of([passes(loss, model=model)])
    every = levels_story(run, found, Words())
    monkeypatch.setattr(sys.modules[levels_story.__module__], "MOST_OPENED", 10)
    some = levels_story(run, found, Words())
    assert len(some.steps) < len(every.steps)
    shown = {*some.nodes, *some.arrows, *(part.output for part in found.parts.values())}
    seen: list[list[dict[str, str]]] = []
    for story in (every, some):
        texts: dict[str, str] = {}
        states: dict[str, str] = {}
        seen.append([])
        for step in [*story.steps] * 2:  # an epoch, and another
            texts |= {place: told for place, told in step.texts.items() if place.split(".")[0] in shown}
            states |= {
                name: state
                for name, state in step.states.items()
                if name in some.arrows or name in some.nodes
            }
            if step.within in {"", *some.insides}:
                seen[-1].append(texts | states)
    assert seen[1] == seen[0]


def test_boxes_that_never_open_are_read_about_and_begin_an_epoch_anew(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[levels_story.__module__], "MOST_OPENED", 10)
    model, loss = training()
    page = open_page(player(loss, model=model))
    boxes = [name for name, told in page.evaluate("story.nodes").items() if told.get("output")]
    assert boxes
    page.get_by_role("button", name="Train one step").click()
    for epoch in range(2):
        place = "numberOf(story, run, box, 'grad', index)"
        ends = f"(box) => [{epoch} * story.steps.length, {epoch} * story.steps.length + story.passes - 1]"
        for box in boxes:
            begun, ended = page.evaluate(f"{ends}.map((index) => {place})", box)
            assert begun == NO_GRADIENT != ended
            page.evaluate(
                f"(box) => {{ const last = {epoch} * story.steps.length + story.passes - 1;"
                " showPanel(box, last, last, false); }",
                box,
            )
            assert text(page, "#node-meaning").startswith(f"grad {ended}. ")
    waiting = (
        "() => [...story.states.values()].filter((track) => holds(story, track, story.steps.length)?.value"
    )
    assert page.evaluate(f"{waiting} === 'pending').length") > len(boxes)


def test_leaves_that_are_in_no_picture_are_named_and_others_once() -> None:
    leaves = [Value(0.5, label=f"x{place}") for place in range(1600)]
    y: Any = leaves[0]
    for leaf in leaves[1:]:
        y = sin(y) * leaf
    story = unpacked(player(y).html)
    named = {told["name"] for told in story["nodes"].values()} | {*story["unseen"].values()}
    assert named.issuperset(leaf.label for leaf in leaves)
    assert story["unseen"].keys().isdisjoint(story["nodes"])
    assert "unseen" not in unpacked(player(chain(100)).html)
