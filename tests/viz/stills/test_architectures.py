"""Pictures of architectures: their numbers are the engine's, and what is masked or not selected is 0."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from math import inf, nan
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import nn
from autograd import Value, dot, softmax, tanh
from autograd import max as largest
from autograd import sum as add
from nn.sequences.recurrent_cells import lstm_gates
from viz import draw_attention, draw_grids, draw_unrolled, grid_frames, write_gif
from viz.style import number
from viz.text import printable

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("1")</script>'


def texts(drawing: str) -> list[str]:
    return [str(e.text).replace("\u00a0", " ") for e in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def lit(drawing: str, kind: str) -> list[list[str]]:
    """Return the texts of the cells that are lit in one way."""
    root = ElementTree.fromstring(drawing)
    groups = [e for e in root.iter(f"{SVG}g") if kind in e.get("class", "").split()]
    return [[str(t.text) for t in e.iter(f"{SVG}text")] for e in groups]


def three(x: float) -> str:
    return number(x, 3)


def values(rows: int, columns: int, seed: int) -> list[list[Value]]:
    rng = random.Random(seed)
    return [[Value(round(rng.uniform(-1, 1), 2)) for _ in range(columns)] for _ in range(rows)]


def convolution() -> tuple[Value, dict[str, list[list[Any]]]]:
    image, kernel, bias = values(4, 4, 1), values(2, 2, 2), Value(0.1)
    numbers = [w for row in kernel for w in row]
    answers = [
        [dot(numbers, [image[r + i][c + j] for i in range(2) for j in range(2)], bias) for c in range(3)]
        for r in range(3)
    ]
    return add([a * a for row in answers for a in row]), {
        "image": image,
        "kernel": kernel,
        "answers": answers,
    }


def test_each_cell_has_its_number_and_its_gradient() -> None:
    loss, grids = convolution()
    drawn = draw_grids(loss, grids)
    assert not loss.has_grad
    loss.backward()
    shown = texts(drawn)
    for name, grid in grids.items():
        start = shown.index(name) + 1
        expected = [three(x) for row in grid for cell in row for x in (cell.data, cell.grad)]
        assert shown[start : start + len(expected)] == expected


def test_the_kernel_lights_the_window_that_it_sees() -> None:
    loss, grids = convolution()
    drawn = draw_grids(loss, grids, grids["answers"][1][2])
    seen = [grids["image"][r][c] for r in (1, 2) for c in (2, 3)]
    kernel = [cell for row in grids["kernel"] for cell in row]
    assert sorted(cell[0] for cell in lit(drawn, "computed")) == sorted(
        three(c.data) for c in (*seen, *kernel)
    )
    assert [cell[0] for cell in lit(drawn, "root")] == [three(grids["answers"][1][2].data)]
    assert any(line.startswith("answers[1][2] = ") for line in texts(drawn))


def test_cells_are_lit_through_results_that_are_in_no_grid() -> None:
    row, kernel = [Value(1.25), Value(2.5), Value(3.75)], [Value(-0.5), Value(0.75)]
    cells = [largest([row[n] * kernel[0], row[n + 1] * kernel[1]]) * 2 for n in range(2)]
    loss = add([cell * 3 for cell in cells])
    grids = {"row": [row], "kernel": [kernel], "answers": [cells]}
    drawn = draw_grids(loss, grids, result=cells[1])
    assert sorted(cell[0] for cell in lit(drawn, "computed")) == sorted(map(three, (3.75, 0.75)))
    assert sorted(cell[0] for cell in lit(drawn, "pending")) == sorted(map(three, (2.5, -0.5)))
    drawn = draw_grids(loss, grids, weight=kernel[1])
    assert [cell[0] for cell in lit(drawn, "giving")] == [three(cell.data) for cell in cells]
    assert sum(line.endswith(("answers[0]", "answers[1]")) for line in texts(drawn)) == 2


def test_a_kernel_slides_through_frames_of_one_size(tmp_path: Path) -> None:
    loss, grids = convolution()
    answers = [answer for row in grids["answers"] for answer in row]
    drawn = grid_frames(loss, grids, answers)
    assert [frame.name for frame in drawn] == [f"{place:02}_forward.svg" for place in range(1, 10)]
    for place, (frame, answer) in enumerate(zip(drawn, answers, strict=True)):
        assert [cell[0] for cell in lit(frame.svg, "root")] == [three(answer.data)]
        assert frame.caption.startswith(f"answers[{place // 3}][{place % 3}] = {three(answer.data)} = ")
    assert len({re.findall('width="[0-9.]+" height="[0-9.]+"', frame.svg)[0] for frame in drawn}) == 1
    assert write_gif(drawn, tmp_path / "kernel.gif").read_bytes()[:6] == b"GIF89a"
    assert grid_frames(loss, grids, []) == ()
    with pytest.raises(ValueError, match="in none of image, kernel, answers"):
        grid_frames(loss, grids, [loss])


def test_a_weight_collects_from_each_place_where_it_was_used() -> None:
    loss, grids = convolution()
    weight = grids["kernel"][0][1]
    drawn = draw_grids(loss, grids, weight=weight)
    assert len(lit(drawn, "giving")) == 9
    assert len(lit(drawn, "receiving")) == 1
    lines = [line for line in texts(drawn) if line.startswith("+= ")]
    assert len(lines) == 9
    loss.backward()
    shares = [float(re.findall(r"= (\S+)", line)[1].replace("−", "-")) for line in lines]
    assert sum(shares) == pytest.approx(weight.grad, abs=0.02)
    assert lines[-1].split("grad → ")[1].split()[0] == three(weight.grad)


def test_a_heading_is_bold_and_a_formula_is_not() -> None:
    loss, grids = convolution()
    answer, weight = grids["answers"][0][0], grids["kernel"][0][1]
    for drawn, headings in (
        (draw_grids(loss, grids, answer), 0),
        (draw_grids(loss, grids, answer, weight), 1),
    ):
        written = [(e.get("class"), str(e.text)) for e in ElementTree.fromstring(drawn).iter(f"{SVG}text")]
        bold = [content for kind, content in written if kind == "name" and content not in grids]
        assert len(bold) == headings
        assert all(content.startswith("∂L/∂") for content in bold)
        assert sum(kind == "formula" for kind, _ in written) >= 2


def test_a_pooling_passes_back_to_its_winner_alone() -> None:
    image = values(2, 2, 3)
    pooled = [[largest(*(cell for row in image for cell in row))]]
    drawn = draw_grids(pooled[0][0] * 3.0, {"image": image, "pooled": pooled}, pooled[0][0])
    best = max(cell.data for row in image for cell in row)
    assert lit(drawn, "computed") == [[three(best), "3"]]
    assert {grad for _, grad in lit(drawn, "pending")} == {"0"}
    zero = [[Value(0.0), Value(2.0)]]
    product = zero[0][0] * zero[0][1]
    assert not lit(draw_grids(product, {"x": zero, "y": [[product]]}, product), "pending")


def lstm(count: int) -> tuple[Value, list[dict[str, Any]]]:
    cell = nn.LSTMCell(1, 1, seed=1)
    h: Any = [Value(0.0)]
    c: Any = Value(0.0)
    steps = []
    for place in range(count):
        i, f, g, o = lstm_gates(cell.weights, [place / 3], h)
        c = f[0] * c + i[0] * g[0]
        h = [o[0] * c.tanh()]
        steps.append({"x": place / 3, "f": f[0], "i": i[0], "g": g[0], "o": o[0], "c": c, "h": h[0]})
    return (h[0] - 1) ** 2, steps


def test_what_passes_along_the_memory_is_the_product_of_forget_gates() -> None:
    loss, steps = lstm(4)
    picture = draw_unrolled(loss, steps, "c", "f")
    drawn = texts(picture)
    loss.backward()
    assert lit(picture, "travelled") == [["×", three(step["f"].data)] for step in steps[1:]]
    for place in range(2, 5):
        line = next(line for line in drawn if line.startswith(f"c{'₀₁₂₃₄'[place - 1]}: "))
        product = 1.0
        for later in steps[place - 1 :]:
            product *= later["f"].data
        assert line.endswith(f"= {three(product * steps[-1]['c'].grad)}")
    assert len(drawn) == 4 + 7 + 4 * (1 + 2 * 6) + 2 * 3 + 1 + 3


@pytest.mark.parametrize("gate", ["f", ""])
def test_both_sides_of_every_equation_below_the_steps_are_equal(gate: str) -> None:
    loss, steps = lstm(4)
    lines = [line for line in texts(draw_unrolled(loss, steps, "c", gate)) if re.match("c.:  ", line)]
    assert len(lines) == 3
    assert ",   " in lines[-1]
    for equation in (equation for line in lines for equation in line[2:].strip(": ").split(",   ")):
        sides = [side for side in equation.split(" = ") if "f" not in side]
        assert len({*sides}) == len(sides), "the same side twice"
        values = [eval(side.replace("×", "*").replace("−", "-")) for side in sides]
        assert values == pytest.approx([values[-1]] * len(values), rel=0.02)


def test_without_a_gate_the_factor_is_the_derivative_by_the_step_before() -> None:
    w, h = Value(0.5), Value(0.3)
    states = [h]
    for _ in range(3):
        states.append((states[-1] * w).tanh())
    drawn = draw_unrolled(states[-1] * 2.0, [{"h": state} for state in states], "h")
    slopes = [0.5 * (1 - state.data**2) for state in states[1:]]
    assert lit(drawn, "travelled") == [["×", three(slope)] for slope in slopes]


def test_many_steps_stand_in_lines_that_can_be_read() -> None:
    states = [Value(0.3, label="h")]
    for _ in range(30):
        states.append((states[-1] * 1.5).tanh())
    drawn = draw_unrolled(states[-1] * 2.0, [{"h": state} for state in states], "h")
    assert float(ElementTree.fromstring(drawn).get("width", "0")) < 1250
    shown = texts(drawn)
    assert [text for text in shown if text.startswith("t = ")] == [f"t = {place}" for place in range(1, 32)]
    assert len(lit(drawn, "travelled")) == 30
    assert next(text for text in shown if " × … × " in text).startswith("h₂₀: ")


def attention(size: int) -> tuple[Value, list[list[Any]], list[list[Any]]]:
    rows = values(size, 2, 5)
    scores: list[list[Any]] = [
        [dot(q, rows[k]) if k <= place else 0.0 for k in range(size)] for place, q in enumerate(rows)
    ]
    weights = [[*softmax(row[: place + 1]), *[0.0] * (size - place - 1)] for place, row in enumerate(scores)]
    found = [
        dot(row[: place + 1], [rows[k][0] for k in range(place + 1)]) for place, row in enumerate(weights)
    ]
    return add([(x - 1) ** 2 for x in found]), scores, weights


def test_masked_cells_are_exactly_0_both_ways() -> None:
    loss, scores, weights = attention(4)
    drawn = draw_attention(loss, weights, "abcd", "abcd", scores)
    hidden = lit(drawn, "pending")
    assert len(hidden) == 3 * 6
    assert {content for cell in hidden for content in cell} == {"0"}
    loss.backward()
    shown = texts(drawn)
    for grid in (weights, scores):
        for row in grid:
            assert all(three(cell.grad) in shown for cell in row if isinstance(cell, Value))
    assert drawn.count('class="weight"') == sum(cell.data > 0 for row in weights for cell in row if cell)


def test_grids_and_states_may_be_arrays() -> None:
    loss, scores, weights = attention(3)
    listed = draw_attention(loss, weights, "abc", "abc", scores, row=1)
    arrays = np.array(weights, object), np.array(scores, object)
    assert draw_attention(loss, arrays[0], "abc", "abc", arrays[1], row=1) == listed
    h = Value(0.5) * 2.0
    unrolled = [draw_unrolled(h * 2.0, [{"h": zero}, {"h": h}], "h") for zero in (0.0, np.array(0.0))]
    assert unrolled[0] == unrolled[1]


def test_a_row_of_the_jacobian_is_that_of_the_softmax() -> None:
    loss, scores, weights = attention(3)
    shown = texts(draw_attention(loss, weights, "abc", "abc", scores, row=2))
    p = [cell.data for cell in weights[2]]
    start = shown.index("c: ∂weight/∂score")
    for i in range(3):
        for j in range(3):
            assert three(p[i] * ((i == j) - p[j])) in shown[start:]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_labels_are_shown_and_never_markup(lang: str) -> None:
    loss, scores, weights = attention(2)
    names = [HOSTILE, "中文"]
    step = {HOSTILE: Value(1.0)}
    for drawn in (
        draw_attention(loss, weights, names, names, scores, lang=lang),
        draw_grids(loss, {HOSTILE: weights[1:]}, lang=lang),
        draw_unrolled(loss, [step, step], HOSTILE, lang=lang),
    ):
        assert "<script" not in drawn
        assert HOSTILE in texts(drawn)


def test_what_cannot_be_drawn_is_named() -> None:
    loss, scores, weights = attention(2)
    with pytest.raises(TypeError, match=r"a loss is a Value, got 1\.0"):
        draw_grids(1.0, {"a": weights})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"a needs rows of one length, got lengths \[1, 2\]"):
        draw_grids(loss, {"a": [[1.0], [1.0, 2.0]]})
    with pytest.raises(ValueError, match="the weight is a cell of a grid"):
        draw_grids(loss, {"a": weights}, weight=loss)
    with pytest.raises(ValueError, match="at least 1 step"):
        draw_unrolled(loss, [], "c")
    with pytest.raises(ValueError, match="step 2 has no 'f', it has c"):
        draw_unrolled(loss, [{"c": loss}, {"c": loss}], "c", "f")
    with pytest.raises(ValueError, match="2 keys, got 1 names"):
        draw_attention(loss, weights, "ab", "a")
    with pytest.raises(ValueError, match="shape of the weights, 2 × 2"):
        draw_attention(loss, weights, "ab", "ab", scores[:1])
    with pytest.raises(ValueError, match="row 2 needs scores"):
        draw_attention(loss, weights, "ab", "ab", scores, row=2)


@pytest.mark.parametrize(
    ("make", "formula"),
    [
        (lambda a, b: a**2, "(−2)²"),
        (lambda a, b: -a, "−(−2)"),
        (lambda a, b: a**b, "(−2) ** (−3)"),
        (lambda a, b: a - b, "−2 − (−3)"),
    ],
)
def test_negative_numbers_in_a_formula_have_brackets(make: Any, formula: str) -> None:
    a, b = Value(-2.0), Value(-3.0)
    check_formula(make, a, b, formula)


@pytest.mark.parametrize(
    ("make", "formula"),
    [
        (lambda a, b: 1.0 / a, "1 / (−0)"),
        (lambda a, b: a * b, "−0 · 1e−5"),
        (lambda a, b: b**2, "(1e−5)²"),
    ],
)
def test_a_formula_tells_0_from_its_negative_and_what_is_raised(make: Any, formula: str) -> None:
    check_formula(make, Value(-0.0), Value(1e-5), formula)


def check_formula(make: Any, a: Value, b: Value, formula: str) -> None:
    y = make(a, b)
    drawn = draw_grids(y, {"x": [[a, b]], "y": [[y]]}, y)
    assert f"y[0] = {three(y.data)} = {formula}" in texts(drawn)


def test_no_grid_fills_a_formula_in_with_a_number_that_was_changed_since() -> None:
    w, x = Value(2.0), [[Value(1.0), Value(3.0)]]
    y = [dot([w], [x[0][0]]), dot([w], [x[0][1]])]
    shown = {"w": [[w]], "x": x, "y": [y]}
    assert "y[0] = 2 = 0 + 2 · 1" in texts(draw_grids(y[0] * y[1], shown, result=y[0]))
    assert "changed" not in " ".join(texts(draw_grids(y[0] * y[1], shown, y[0], w)))
    w.data = 10.0
    assert "y[0] = 2" in texts(draw_grids(y[0] * y[1], shown, result=y[0]))
    note = "Numbers were changed since: {} and the local derivatives there are from before."
    blamed = " ".join(texts(draw_grids(y[0] * y[1], shown, weight=w)))
    assert note.format("y[0], y[1]") in " ".join(blamed.split())
    assert [" ".join(frame.caption.split()) for frame in grid_frames(y[0] * y[1], shown, y)] == [
        f"{told} {note.format('y[0], y[1]')}" for told in ("y[0] = 2", "y[1] = 6")
    ]


@pytest.mark.parametrize("weight", [inf, -inf, 2.0])
def test_a_weight_that_is_no_part_of_1_has_the_thickest_line(weight: float) -> None:
    cells = [[Value(weight), Value(1.0)]]
    drawn = draw_attention(cells[0][0] * cells[0][1], cells, "a", "ab")
    thicknesses = re.findall(r'<line [^>]*class="weight"[^>]*stroke-width="([^"]*)"', drawn)
    assert thicknesses == ["9.00", "9.00"]


def test_a_weight_that_is_nan_has_a_thin_dashed_line() -> None:
    cells = [[Value(nan), Value(1.0)]]
    drawn = draw_attention(cells[0][0] * cells[0][1], cells, "a", "ab")
    assert drawn.count('class="weight"') == drawn.count('<g class="pending"><line class="wire"') == 1


@pytest.mark.parametrize(
    ("weights", "sums_to_1"),
    [
        ([[0.5, 0.5]], True),
        ([[0.1] * 10, [0.0] * 9 + [1.0]], True),
        ([[0.5, 0.5], [0.0, 0.0]], False),
        ([[0.5, 0.25]], False),
        ([[0.5, nan]], False),
        ([[inf, -inf]], False),
        ([[inf, 1.0]], False),
    ],
)
@pytest.mark.parametrize(("lang", "words"), [("en", "a row sums to 1"), ("zh", "每行之和为 1")])
def test_rows_are_said_to_sum_to_1_where_they_do(
    weights: list[list[float]], sums_to_1: bool, lang: str, words: str
) -> None:
    cells = [[Value(weight) for weight in row] for row in weights]
    names = [str(place) for place in range(10)]
    drawn = draw_attention(add(cells[0]), cells, names[: len(cells)], names[: len(cells[0])], lang=lang)
    assert (words in " ".join(texts(drawn))) == sums_to_1


@pytest.mark.parametrize("label", ["", " ", "\t", "loss", "a\nb"])
def test_a_root_with_a_blank_label_is_called_as_one_without(label: str) -> None:
    a, b = Value(2.0), Value(3.0)
    loss = a * b
    loss.label = label
    name = printable(label.strip()) or "L"
    assert f"∂{name}/∂x[0] = 3" in " ".join(texts(draw_grids(loss, {"x": [[a, b]]}, weight=a)))
    assert f"∂{name}/∂weight" in texts(draw_attention(loss, [[a, b]], "a", "ab"))
    assert f"∂{name}/∂h" in " ".join(texts(draw_unrolled(loss, [{"h": a}, {"h": b}], "h")))


def changeable_unrolled() -> tuple[list[Value], Callable[[], str], dict[int, str]]:
    w, states = Value(0.8), [Value(0.5)]
    for _ in range(3):
        states.append(tanh(w * states[-1]))
    loss = states[-1] ** 2
    steps = [{"w": w, "h": state} for state in states]
    return [w, states[0]], lambda: draw_unrolled(loss, steps, "h"), {0: "h₂, h₃, h₄", 1: "h₂"}


def changeable_attention() -> tuple[list[Value], Callable[[], str], dict[int, str]]:
    scores = [[Value(0.5 + 0.1 * row * column) for column in range(3)] for row in (1, 2)]
    weights = [softmax(row) for row in scores]
    loss = dot(weights[0], weights[1], 0.0)
    told = {row: ", ".join(f"weight {'ab'[row]} → {key}" for key in "xyz") for row in (0, 1)}
    return [scores[0][0], scores[1][2]], lambda: draw_attention(loss, weights, "ab", "xyz", scores), told


def changeable_grids() -> tuple[list[Value], Callable[[], str], dict[int, str]]:
    w, x, b = Value(2.0), Value(3.0), Value(1.0)
    y = (w * x) ** 2
    loss = y + 2 * (b * b)
    shown = {"w": [[w]], "x": [[x]], "y": [[y]]}
    return [w, x, b], lambda: draw_grids(loss, shown), {0: "y[0]", 1: "y[0]", 2: "L"}


@pytest.mark.parametrize("make", [changeable_unrolled, changeable_attention, changeable_grids])
@pytest.mark.parametrize("change", [lambda x: x + 3.0, lambda x: -x, lambda x: nan])
def test_every_picture_says_once_what_is_from_before_a_change(make: Any, change: Any) -> None:
    note = "Numbers were changed since: {} and the local derivatives there are from before."
    for place in range(len(make()[0])):
        leaves, drawing, told = make()
        unchanged = drawing()
        assert "changed" not in unchanged
        leaves[place].data = change(leaves[place].data)
        said = " ".join(" ".join(texts(drawing())).split())
        assert said.count("Numbers were changed") == 1
        assert said.endswith(note.format(told[place]))
        leaves[place].data = make()[0][place].data
        assert drawing() == unchanged


def test_what_was_changed_is_told_by_its_label_where_it_is_not_in_the_picture() -> None:
    w, x = Value(2.0), Value(3.0, label="x")
    y = w * x
    y.label = HOSTILE
    loss = (y - 1) ** 2
    loss.label = "loss"
    x.data = 9.0
    said = " ".join(" ".join(texts(draw_grids(loss, {"w": [[w]]}))).split())
    assert f"Numbers were changed since: {HOSTILE} and" in said
