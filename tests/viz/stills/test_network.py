"""A training step of a network, frame by frame: what is lit, what is known, and what has moved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import nn
from autograd import Value, no_grad
from viz import draw_network, network_frames, write_frames
from viz.stills.storyboard import Frame
from viz.style import number

SVG = "{http://www.w3.org/2000/svg}"
X, TARGET = [0.5, 0.6], [1.0]


def six_neurons(activation: str = "sigmoid") -> Any:
    return nn.MLP(2, [3, 2, 1], activation=activation, seed=1)


def groups(drawn: str) -> dict[str, ElementTree.Element]:
    found: dict[str, ElementTree.Element] = {}
    for element in ElementTree.fromstring(drawn).iter(f"{SVG}g"):
        if "id" in element.attrib:
            assert element.attrib["id"] not in found
            found[element.attrib["id"]] = element
    return found


def texts(element: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def lit(frame: Frame, kind: str) -> set[str]:
    return {name for name, element in groups(frame.svg).items() if element.get("class") == kind}


def title(element: ElementTree.Element) -> str:
    return element.findtext(f"{SVG}title") or ""


def test_there_is_a_frame_for_each_step() -> None:
    drawn = network_frames(six_neurons(), X, TARGET)
    names = [frame.name for frame in drawn]
    assert names == sorted(names)
    steps = [name.split("_", 1)[1] for name in names]
    # the inputs, six neurons, the loss; the loss and six neurons back; six neurons that learn
    assert steps == ["forward.svg"] * 8 + ["backward.svg"] * 7 + ["update.svg"] * 6


def test_signals_are_lit_where_they_arrive_and_shown_from_then_on() -> None:
    model = six_neurons()
    places = [(layer, row) for layer, size in enumerate([3, 2, 1]) for row in range(size)]
    drawn = network_frames(model, X, TARGET)[1:7]
    for step, (frame, (layer, row)) in enumerate(zip(drawn, places, strict=True)):
        into = {f"weight-{layer}-{row}-{index}" for index in range(len(model.layers[layer].neurons[row].w))}
        assert lit(frame, "computed") == {f"neuron-{layer}-{row}", *into}
        later = {f"neuron-{a}-{b}" for a, b in places[step + 1 :]}
        assert lit(frame, "pending") == later
        for other, (a, b) in enumerate(places):
            assert any("–" in text for text in texts(groups(frame.svg)[f"neuron-{a}-{b}"])) == (other > step)
    assert f"y₆ {number(model(X).data, 4)}" in texts(groups(drawn[-1].svg)["neuron-2-0"])


def test_errors_come_back_over_the_lines_that_the_signal_left_on() -> None:
    seed, _, *drawn = network_frames(six_neurons(), X, TARGET)[8:15]
    assert lit(seed, "receiving") == {"neuron-2-0"}
    places = [(1, 1), (1, 0), (0, 2), (0, 1), (0, 0)]
    for frame, (layer, row) in zip(drawn, places, strict=True):
        after = range(len([2, 1][layer] * [0]))
        lines = {f"weight-{layer + 1}-{other}-{row}" for other in after}
        assert lit(frame, "receiving") == {f"neuron-{layer}-{row}"}
        assert lit(frame, "giving") == {f"neuron-{layer + 1}-{other}" for other in after}
        assert lit(frame, "travelling") == lines
        known = groups(frame.svg)
        middle = float(known[f"neuron-{layer}-{row}"].find(f"{SVG}circle").get("cx", ""))  # type: ignore[union-attr]
        for name in lines:
            line, head = known[name].find(f"{SVG}line"), known[name].find(f"{SVG}path")
            assert line is not None
            assert head is not None
            tip = float(head.get("d", "")[1:].split()[0])
            assert middle < tip < float(line.get("x2", "")) < float(line.get("x1", ""))


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "linear"])
def test_weights_move_as_gradient_descent_moves_them(activation: str) -> None:
    model = six_neurons(activation)
    drawn = network_frames(model, X, TARGET, learning_rate=0.5)
    before, after = groups(drawn[14].svg), groups(drawn[-1].svg)
    ((model(X) - TARGET[0]) ** 2 * 0.5).backward()
    for layer, neurons in enumerate(model.layers):
        for row, neuron in enumerate(neurons.neurons):
            for index, weight in enumerate(neuron.w):
                name = f"weight-{layer}-{row}-{index}"
                assert float(title(before[name]).split(" = ")[1]) == weight.data
                moved = float(title(after[name]).split(" = ")[1])
                assert moved == pytest.approx(weight.data - 0.5 * weight.grad, rel=1e-15)
            bias = [text for text in texts(after[f"neuron-{layer}-{row}"]) if text.startswith("b")]
            assert bias[0].split(" ")[1] == number(neuron.b.data - 0.5 * neuron.b.grad, 4)


def test_the_words_are_formulas_with_their_numbers() -> None:
    captions = [frame.caption for frame in network_frames(six_neurons(), X, TARGET, 0.5)]
    heads = [caption.partition(": ")[2].partition(". ")[0] for caption in captions]
    assert heads[1].startswith("y₁ = sigmoid(e₁) = 0.5128")
    assert heads[6].startswith("y₆ = w₄₆·y₄ + w₅₆·y₅ + b₆ = ")
    assert heads[8] == "∂L/∂y₆ = −1.1754", "which is −δ for δ = target − y"
    assert heads[10].startswith("∂L/∂y₅ = w₅₆·∂L/∂y₆ = ")
    assert heads[14].startswith("∂L/∂y₁ = w₁₄·∂L/∂e₄ + w₁₅·∂L/∂e₅ = ")
    assert heads[15].startswith("w(x1)₁ ← ")
    assert " − η·∂L/∂w(x1)₁ = " in heads[15]
    assert " − 0.5 × " in heads[15]


def test_the_products_on_the_lines_add_up_to_what_arrives() -> None:
    for frame, row in zip(network_frames(six_neurons(), X, TARGET)[12:15], (2, 1, 0), strict=True):
        lines = [
            text for text in texts(ElementTree.fromstring(frame.svg)) if re.fullmatch(r"\S+ × \S+", text)
        ]
        assert len(lines) == 2
        total = sum(eval(line.replace("×", "*").replace("−", "-"), {}) for line in lines)
        arrived = next(t for t in texts(groups(frame.svg)[f"neuron-0-{row}"]) if t.startswith("∂y"))
        assert total == pytest.approx(float(arrived.split(" ")[1].replace("−", "-")), rel=2e-3)


def test_only_what_changes_moves_and_nothing_of_the_model_changes() -> None:
    model = six_neurons()
    before = [parameter.data for parameter in model.parameters()]
    drawn = network_frames(model, X, TARGET)
    assert len({ElementTree.fromstring(frame.svg).get("viewBox") for frame in drawn}) == 1
    for name in groups(drawn[0].svg):
        circles = {
            tuple(circle.get(key) for key in ("cx", "cy", "r"))
            for frame in drawn
            for circle in groups(frame.svg)[name].iter(f"{SVG}circle")
        }
        assert len(circles) == (1 if name.startswith(("input", "neuron")) else 0)
    assert [parameter.data for parameter in model.parameters()] == before
    assert not any(parameter.has_grad for parameter in model.parameters())


def test_with_ten_neurons_no_two_weights_share_a_name() -> None:
    drawn = network_frames(nn.MLP(1, [10, 2], seed=0), [1.0], [1.0, 0.0])
    heads = [frame.caption for frame in drawn if frame.name.endswith("update.svg")]
    assert "w(1)₁₁ ← " in heads[10]
    (loss,) = (frame.caption for frame in drawn if frame.caption.startswith("Backward, L:"))
    assert "∂L/∂y₁₁ = " in loss
    assert "∂L/∂y₁₂ = " in loss


def test_the_band_shows_how_far_the_story_has_come() -> None:
    drawn = network_frames(nn.MLP(1, [2, 1], seed=0), [1.0], [1.0])
    for place, frame in enumerate(drawn, start=1):
        rects = list(ElementTree.fromstring(frame.svg).iter(f"{SVG}rect"))
        (whole,) = (float(rect.get("width", "")) for rect in rects if rect.get("class") == "track")
        bars = [rect for rect in rects if rect.get("class", "").startswith("progress")]
        assert sum(float(bar.get("width", "")) for bar in bars) == pytest.approx(
            whole * place / len(drawn), rel=1e-4
        )
        assert [bar.get("class", "").split()[1] for bar in bars] == ["computed", "travelling", "updating"]
    shares = [whole * part / 12 for part in (5, 4, 3)]
    assert [float(bar.get("width", "")) for bar in bars] == pytest.approx(shares, rel=1e-4)


def test_a_still_picture_shows_signals_and_errors() -> None:
    model = nn.Sequential(nn.Layer(2, 2, activation="tanh", seed=1), nn.Neuron(2, seed=2))
    drawn = draw_network(model, X, TARGET, outputs=["yes"])
    shown = texts(ElementTree.fromstring(drawn))
    assert "yes, target 1" in shown
    for mark in "₁₂":
        assert sum(text.startswith((f"e{mark} ", f"y{mark} ", f"∂y{mark} ")) for text in shown) == 3
    assert sum(text.startswith("y₃ ") for text in shown) == 1, "without an activation e is y"
    kinds = {element.get("class") for element in groups(drawn).values()}
    assert not kinds & {"computed", "travelling", "giving", "receiving", "updating", "pending"}
    with pytest.raises(ValueError, match="1 outputs, got 0 targets"):
        draw_network(model, X)
    with pytest.raises(ValueError, match="2 inputs, got 0 numbers"):
        draw_network(model, target=TARGET)


def test_a_step_is_the_same_inside_no_grad() -> None:
    drawn, told = draw_network(six_neurons(), X, TARGET), network_frames(six_neurons(), X, TARGET)
    with no_grad():
        assert draw_network(six_neurons(), X, TARGET) == drawn
        assert network_frames(six_neurons(), X, TARGET) == told


@pytest.mark.parametrize("kind", [float, int, np.float32, np.array, Value])
def test_for_one_output_and_one_input_a_number_will_do(kind: Any) -> None:
    model = nn.MLP(1, [2, 1], activation="tanh", seed=1)
    drawings: list[Any] = [draw_network, network_frames]
    for drawing in drawings:
        expected = drawing(model, [3.0], [1.0])
        assert drawing(model, 3.0 if kind is Value else kind(3), kind(1)) == expected
        with pytest.raises(ValueError, match="2 outputs, got 1 targets"):
            drawing(nn.MLP(1, [2]), [3.0], kind(1))
        with pytest.raises(TypeError, match="expected a real number, got NoneType: 'None'"):
            drawing(model, [3.0], None)


def test_a_picture_in_chinese_has_no_english_words() -> None:
    model = nn.MLP(2, [2, 1], activation="tanh", seed=1)
    for drawn in (draw_network(model, lang="zh"), draw_network(model, [1.0, 2.0], [0.5], lang="zh")):
        shown = re.sub("<style.*?</style>", "", drawn, flags=re.DOTALL)
        words = {*re.findall(r"[A-Za-z]{3,}", " ".join(ElementTree.fromstring(shown).itertext()))}
        assert words <= {"tanh", "linear", "data", "grad"}  # as they are called in code
        assert "正权重" in drawn


def test_names_hostile_names_and_wrong_numbers_of_them() -> None:
    model = nn.MLP(2, [1], seed=0)
    for frame in network_frames(model, X, TARGET, inputs=["</script>", "面积"], outputs=["<b>"]):
        assert "</script>" in texts(ElementTree.fromstring(frame.svg))
        assert "<script" not in frame.svg
    with pytest.raises(ValueError, match="2 inputs, got 1 names"):
        network_frames(model, X, TARGET, inputs=["a"])
    with pytest.raises(ValueError, match="1 outputs, got 2 names"):
        network_frames(model, X, TARGET, outputs=["a", "b"])


@pytest.mark.parametrize("sizes", [[11, 1], [10, 10, 10, 3]])
def test_a_network_too_large_to_follow_is_refused(sizes: list[int]) -> None:
    shape = "-".join(map(str, [1, *sizes]))
    with pytest.raises(ValueError, match=f"at most 32 neurons, 10 in a layer, got a {shape} network"):
        network_frames(nn.MLP(1, sizes, seed=0), [1.0], [0.0] * sizes[-1])


def test_infinite_signals_are_drawn() -> None:
    model = six_neurons("relu")
    model.layers[0].neurons[1].w[0].data = float("inf")
    assert any("∞" in text for text in texts(ElementTree.fromstring(network_frames(model, X, TARGET)[1].svg)))


@pytest.mark.parametrize("inputs", [("L", "b"), ("L", "L#2"), ("a", "b")])
def test_the_loss_has_one_name_in_words_and_picture_whatever_inputs_are_called(inputs: Any) -> None:
    drawn = network_frames(six_neurons(), X, TARGET, inputs=inputs)
    [headed] = {texts(groups(frame.svg)["node-loss"])[0] for frame in drawn}
    assert headed not in inputs
    assert sum(f"{headed} says in one number" in frame.caption for frame in drawn) == 1
    assert f"<title>The network of {headed} after" in draw_network(six_neurons(), X, TARGET, inputs=inputs)


def test_frames_are_written_in_order(tmp_path: Path) -> None:
    drawn = network_frames(six_neurons(), X, TARGET)
    paths = write_frames(drawn, tmp_path / "frames")
    assert [path.name for path in paths] == [frame.name for frame in drawn]
    assert [path.read_text(encoding="utf-8") for path in paths] == [frame.svg for frame in drawn]


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.1, "so that L falls; η = 0.1 times as far as the gradient says."),
        (-0.1, "η = −0.1 is negative: each number of neuron 1 moves with its gradient, up the slope of L."),
        (0.0, "η = 0 times their gradients changes no number of neuron 1: it stays as it is."),
        (float("nan"), "those whose old value, η = nan and gradient make no number."),
    ],
)
def test_an_update_is_told_by_its_rate(rate: float, words: str) -> None:
    [caption] = [
        frame.caption
        for frame in network_frames(nn.MLP(2, [1], seed=1), X, TARGET, rate)
        if "_update" in frame.name
    ]
    assert caption.endswith(words)
    assert ("− (−0.1) ×" in caption) == (rate < 0)


@pytest.mark.parametrize(
    "inputs",
    [
        ["height", "weight"],
        ["length of petal", "length of sepal"],
        ["feature_100", "feature_101"],
        ["a long name with 1 inside", "a long name with 2 inside"],
        ["面积面积面积一", "面积面积面积二"],
    ],
)
def test_weights_of_named_inputs_are_told_apart_and_sums_have_their_result(inputs: list[str]) -> None:
    model = nn.Sequential(nn.Layer(2, 1, activation="sigmoid", seed=1))
    drawn = network_frames(model, [1.0234, -0.51234], [1.0], inputs=inputs)
    neuron = model.parts[0].neurons[0]
    total = sum(w.data * x for w, x in zip(neuron.w, (1.0234, -0.51234), strict=True)) + neuron.b.data
    (equation,) = (text for text in texts(ElementTree.fromstring(drawn[1].svg)) if text.startswith("e₁ = "))
    assert equation.startswith("e₁ = w(")
    assert equation.endswith(f" = {number(total)}")
    updated = [text for text in texts(ElementTree.fromstring(drawn[-1].svg)) if text.count(" ← ") == 3]
    names = re.findall(r"(w\([^()]*\)₁) ← ", updated[0])
    assert len({*names}) == 2
