"""The plane of two inputs, and the last page that sums up the gradients: what they show is the engine's."""

from __future__ import annotations

from typing import Any

import pytest

import nn
from autograd import Value, relu, tanh
from tests.viz.pages import press, text, texts
from viz.player.page import player
from viz.style import number

DRAWN = "() => { clearTimeout(state.shading); drawSurface(); }"


def network(activation: str = "tanh") -> tuple[Any, Value]:
    model = nn.MLP(2, [2, 1], activation=activation, seed=4)
    return model, example_of(model)


def example_of(model: Any) -> Value:
    x = [Value(1.0, label="x1"), Value(-0.5, label="x2")]
    loss = (model(x) - 1.0) ** 2
    loss.label = "L"
    return loss


def valley() -> Value:
    x, y = Value(1.2, label="x"), Value(-0.5, label="y")
    return (1 - x) ** 2 + 20 * (y - x * x) ** 2


def test_the_plane_of_a_network_is_what_it_answers(open_page: Any) -> None:
    model, loss = network()
    page = open_page(player(loss, model=model))
    page.evaluate(DRAWN)
    assert page.locator("#surface").is_visible()
    corners = [model([x, y]).data for x in (-2.0, 2.0) for y in (-2.0, 2.0)]
    assert f"from {number(min(corners), 3)}, blue, to {number(max(corners), 3)}, orange" in text(
        page, "#surface-words"
    )
    for line in str(page.locator("#border").get_attribute("d")).split("M")[1::5]:
        for point in line.split("L"):
            across, down = map(float, point.split())
            assert model([across / 25 - 2, 2 - down / 25]).data == pytest.approx(0.0, abs=0.01)
    before = text(page, "#surface-words")
    page.locator("#train-more").click()
    page.evaluate(DRAWN)
    assert text(page, "#surface-words") != before


def test_a_sigmoid_is_told_apart_at_one_half(open_page: Any) -> None:
    from autograd import sigmoid

    model, _ = network()
    model.layers[-1].neurons[0].activation = sigmoid
    page = open_page(player(example_of(model), model=model))
    page.evaluate(DRAWN)
    assert "on the line it is 0.5" in text(page, "#surface-words")


@pytest.mark.parametrize(("bias", "words"), [(100.0, "orange all over"), (-100.0, "blue all over")])
def test_a_plane_on_one_side_of_the_border_has_one_colour(bias: float, words: str, open_page: Any) -> None:
    model, _ = network()
    model.layers[-1].neurons[0].b.data = bias
    page = open_page(player(example_of(model), model=model))
    page.evaluate(DRAWN)
    assert words in text(page, "#surface-words")


COLOURS = """() => {
    const { data } = document.getElementById("shades").getContext("2d").getImageData(0, 0, CELLS, CELLS);
    const cells = Array.from({ length: CELLS * CELLS }, (_, at) => data.slice(4 * at, 4 * at + 4));
    const seen = cells.filter(([, , , alpha]) => alpha > 0);
    const some = (test) => seen.some(([red, , blue]) => test(red, blue));
    return { blue: some((red, blue) => blue > red), orange: some((red, blue) => red > blue) }; }"""


@pytest.mark.parametrize(
    ("activation", "bias", "words"),
    [
        (relu, 0.0, "from 0, without colour, to"),
        (relu, -100.0, "is 0 all over, and has no colour"),
        (relu, 100.0, "orange all over"),
        (lambda x: -relu(x), 0.0, "blue, to 0, without colour"),
        (tanh, 0.0, "on the line it is 0"),
    ],
)
def test_the_plane_speaks_of_the_colours_and_of_the_line_that_are_there(
    activation: Any, bias: float, words: str, open_page: Any
) -> None:
    model = nn.MLP(2, [1], seed=0)
    [neuron] = model.layers[0].neurons
    neuron.activation, neuron.b.data = activation, bias
    page = open_page(player(example_of(model), model=model))
    page.evaluate(DRAWN)
    told, colours = text(page, "#surface-words"), page.evaluate(COLOURS)
    assert words in told
    assert colours == {name: name in told for name in ("blue", "orange")}
    assert bool(page.locator("#border").get_attribute("d")) == ("line" in told)


def test_a_press_on_the_plane_moves_both_inputs_and_all_that_follows(open_page: Any) -> None:
    model, loss = network()
    page = open_page(player(loss, model=model))
    page.evaluate(DRAWN)
    page.locator("#plane").scroll_into_view_if_needed()
    box = page.locator("#plane").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    x, y = (
        page.evaluate(f"leavesOf(run, 0)[{leaf}]") for leaf in page.evaluate("placesOf(story.surface).leaves")
    )
    assert (x, y) == pytest.approx((-1.0, 1.0), abs=0.05)
    answer = page.evaluate("computedOf(run, 0).value[placesOf(story.surface).height]")
    assert answer == pytest.approx(model([x, y]).data, rel=1e-12)
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate("run.edits.size") == 0, "one press is one change"


@pytest.mark.parametrize("beyond", ["NaN", "Infinity", "-Infinity"])
def test_the_border_ends_where_heights_are_not_finite(open_page: Any, beyond: str) -> None:
    page = open_page(player(valley()))
    heights = f"Array.from({{ length: 41 }}, (_, row) => Array(41).fill(row - 9.5).fill({beyond}, 30))"
    path = str(page.evaluate(f"borderPath({heights}, 0)"))
    points = [tuple(map(float, point.split())) for point in path.replace("M", "L").split("L")[1:]]
    assert {y for _, y in points} == {23.75}
    assert max(x for x, _ in points) == 29 * 2.5


def test_training_leaves_a_trail_on_a_loss_of_two_numbers_even_where_it_diverges(open_page: Any) -> None:
    page = open_page(player(valley()))
    page.evaluate(DRAWN)
    assert "faint" in text(page, "#surface-words")
    page.locator("#train-more").click()
    page.evaluate(DRAWN)
    points = str(page.locator("#trail").get_attribute("points")).split()
    assert points[0] == "75,62.5"
    assert len(points) > 1
    assert not any("NaN" in point or "Infinity" in point for point in points)


def test_there_is_no_plane_of_one_number_or_of_three(open_page: Any) -> None:
    x, y, z = (Value(1.0, label=name) for name in "xyz")
    for value in (x**2, x * y + z):
        page = open_page(player(value))
        assert page.evaluate("story.surface") is None
        assert page.locator("#surface").is_hidden()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_last_page_sums_up_the_gradients(open_page: Any, lang: str) -> None:
    model, loss = network()
    page = open_page(player(loss, model=model, lang=lang))
    assert page.locator("#summary").is_hidden()
    press(page, "End")
    assert page.locator("#summary").is_visible()
    loss.backward()
    leaves = [value for _, value in model.named_parameters()]
    shown = texts(page, "#gradients td:nth-child(2)")
    grads = [abs(float(x.replace("−", "-"))) for x in shown]
    assert grads == sorted(grads, reverse=True)
    assert {number(value.grad) for value in leaves} <= {*shown}
    assert shown[0].removeprefix("−") in text(page, "#summary-words")
    press(page, "ArrowLeft")
    assert page.locator("#summary").is_hidden()


def test_the_last_page_keeps_what_is_to_be_guessed(open_page: Any) -> None:
    page = open_page(player(valley()))
    page.locator("#predict").click()
    press(page, "End")
    assert page.locator("#summary").is_hidden()
