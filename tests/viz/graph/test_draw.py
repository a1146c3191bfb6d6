"""`draw`: what a drawing shows, the same in every run, and safe whatever a label holds."""

from __future__ import annotations

import html
import random
import re
import subprocess
import sys
from math import inf, nan
from typing import Any
from xml.etree import ElementTree

import graphviz
import pytest
from matplotlib.font_manager import FontProperties, findfont
from PIL import ImageFont

import autograd
import nn
from autograd import Value, sin
from tests.viz.hash_seeds import answers_under_hash_seeds
from viz import draw, passes
from viz.canvas.svg import Svg
from viz.style import CODE_SIZE, PROSE_SIZE, number
from viz.text import printable

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "g", "title", "style", "rect", "path", "text", "line", "circle", "polyline"}
ATTRIBUTES = {
    *("class", "id", "d", "x", "y", "width", "height", "rx", "viewBox", "role", "transform", "points"),
    *("x1", "y1", "x2", "y2", "cx", "cy", "r", "stroke-width", "stroke-opacity"),
    "{http://www.w3.org/XML/1998/namespace}space",
}


def example() -> Any:
    x = Value(1.2, label="x")
    return sin(x**3 + 5)


def texts(drawn: str, identity: str, kind: str = "") -> list[str]:
    """Return the visible texts, of one class or of any, inside the group of that id."""
    root = ElementTree.fromstring(drawn)
    (group,) = (element for element in root.iter(f"{SVG}g") if element.get("id") == identity)
    return [element.text or "" for element in group.iter(f"{SVG}text") if kind in element.get("class", "")]


def check_harmless(drawn: str) -> None:
    for element in ElementTree.fromstring(drawn).iter():
        assert element.tag.removeprefix(SVG) in TAGS
        assert set(element.attrib) <= ATTRIBUTES


def chain(count: int) -> Value:
    value = Value(1.0, label="x")
    for _ in range(count - 1):
        value = value * 0.5
    return value


def test_a_node_shows_name_formula_data_and_no_gradient_before_backward() -> None:
    drawn = draw(example()).svg()
    assert texts(drawn, "node-n1") == ["x", "data", "1.2", "grad", "–"]
    assert texts(drawn, "node-n4") == ["sin", "L", "= sin(v2)", "data", "0.43029", "grad", "–"]


def test_a_node_shows_its_gradient_after_backward_and_zero_is_not_missing() -> None:
    y = example()
    unused = Value(0.0, label="zero")
    y = y + unused * 0.0
    y.backward()
    drawn = draw(y).svg()
    assert texts(drawn, "node-n1")[-1] == "3.8996"
    assert "0" in texts(drawn, "node-n5")
    assert "–" not in texts(drawn, "node-n5")


def test_an_arrow_shows_the_local_derivative_with_its_formula() -> None:
    drawing = draw(example())
    assert texts(drawing.svg(), "arrow-n2-0") == ["×", "4.32"]
    assert "∂v1/∂x = 3 * x ** 2 = 4.319999999999999" in drawing.svg()
    assert 'n1 -> n2 [label="× 4.32"' in drawing.source


def test_both_uses_of_a_node_are_drawn() -> None:
    x = Value(3.0, label="x")
    drawing = draw(x * x)
    assert drawing.source.count("n1 -> n2") == 2
    assert texts(drawing.svg(), "arrow-n2-0") == texts(drawing.svg(), "arrow-n2-1") == ["×", "3"]


def test_minus_and_divide_are_one_node_each() -> None:
    a, b = Value(6.0, label="a"), Value(3.0, label="b")
    assert draw(a - b).source.count("\tn3 [") == draw(a / b).source.count("\tn3 [") == 1


@pytest.mark.parametrize("name", [name for name, p in autograd.ops.TABLE.items() if p.arity == 1])
def test_every_operation_of_the_table_can_be_drawn(name: str) -> None:
    result = autograd.ops.TABLE[name](Value(0.5, label="x"))
    check_harmless(draw(result).svg())


def test_it_is_a_digraph_that_a_notebook_shows() -> None:
    drawing = draw(example())
    assert isinstance(drawing, graphviz.Digraph)
    assert "image/svg+xml" in drawing._repr_mimebundle_()[0]
    assert "image/svg+xml" not in drawing._repr_mimebundle_(exclude=["image/svg+xml"])[0]
    assert set(drawing._repr_mimebundle_(include=["image/png"])[0]) == {"image/png"}
    assert drawing.copy()._repr_mimebundle_() == drawing._repr_mimebundle_()


def test_the_drawing_is_a_snapshot() -> None:
    x = Value(2.0, label="x")
    y = x * 3
    drawing = draw(y)
    y.backward()
    x.data = 7.0
    assert texts(drawing.svg(), "node-n1") == ["x", "data", "2", "grad", "–"]


def test_numbers_no_float_can_break() -> None:
    x = Value(nan, label="x")
    y = x * inf + 1e300 * Value(-1e300)
    y.backward()
    check_harmless(draw(y).svg())
    assert "∞" in draw(y).svg()


def test_gradients_that_are_values_are_drawn_as_numbers() -> None:
    x = Value(2.0, label="x")
    y = x * x
    y.backward(create_graph=True)
    assert texts(draw(y).svg(), "node-n1")[-1] == "4"


SCRIPT = """
import sys
from autograd import Value, dot
from viz import draw, frames
x, w, b = Value(0.5, label="x"), Value(-1.5, label="参数"), Value(0.25)
y = dot([w, x], [x, x], b).tanh() * w - x / w
y.backward()
drawing = draw(y)
sys.stdout.buffer.write("".join((drawing.source, drawing.svg(), *(f.svg for f in frames(y)))).encode())
"""


def test_dot_and_svg_are_the_same_under_any_hash_seed() -> None:
    answers = answers_under_hash_seeds(SCRIPT, 10)
    assert len(answers) == 1
    assert len(answers.pop()) > 10_000


def test_node_names_follow_the_topological_order() -> None:
    source = draw(example()).source
    assert [line.split()[0] for line in source.splitlines() if "[label=<" in line] == ["n1", "n2", "n3", "n4"]


def hostile() -> list[str]:
    parts = [
        *("<b>", "</script>", '"', "'", "&amp;", "&", "{|}", "\\", "\\N", "\\G", "\\l", "\n", "\r\n", "\t"),
        *("]]>", "<!--", "-->", "<script>alert(1)</script>", "<<b>>", "\x00", "\x1b[31m", "\ud800", "\ufffe"),
        *(
            "参数",
            "学习率",
            "é",
            "e\u0301",
            "\u202egnp",
            "\u2028",
            "🙂",
            "%s",
            "{0}",
            "<br/>",
            "onload=x",
            "$x$",
        ),
    ]
    chosen = random.Random(7)
    labels = {printable(label): label for label in parts}  # no two that print the same: names must differ
    while len(labels) < 100:
        label = "".join(chosen.choices(parts, k=3))
        labels.setdefault(printable(label), label)
    return list(labels.values())


@pytest.fixture(scope="module")
def hostile_graph() -> tuple[list[str], Value]:
    labels = hostile()
    total = Value(0.0, label="total")
    for label in labels:
        total = total + Value(1.0, label=label)
        total.label = f"sum {label}"
    return labels, total


def test_a_hundred_hostile_labels_are_shown_as_text(hostile_graph: tuple[list[str], Value]) -> None:
    labels, total = hostile_graph
    drawn = draw(total).svg()
    check_harmless(drawn)
    for place, label in enumerate(labels):
        assert (
            "".join(texts(drawn, f"node-n{2 * place + 2}", "name")) == printable(label) or not label.strip()
        )


def test_a_hundred_hostile_labels_pass_through_graphviz(hostile_graph: tuple[list[str], Value]) -> None:
    labels, total = hostile_graph
    drawn = draw(total).pipe(format="svg", encoding="utf-8")
    root = ElementTree.fromstring(drawn)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {*TAGS, "polygon", "a", "ellipse"}
    shown = {(element.text or "").replace("\xa0", " ") for element in root.iter(f"{SVG}text")}
    assert {printable(label) for label in labels if label.strip() and len(label) <= 28} <= shown


@pytest.mark.parametrize("lines", [5, 400])
def test_cards_and_notes_of_graphviz_have_room_for_a_wider_face_than_helvetica(lines: int) -> None:
    """An engine lays out in Helvetica; where that is missing the picture is shown in DejaVu Sans."""
    xs = [Value(n / 7, label=f"mmm[{n}]") for n in range(lines)]
    model = nn.RNN(2, 3, seed=0)
    loss = autograd.sum([v**2 for v in model([[1.0, 0.5]] * 3)[0][-1]])
    source = (
        draw(autograd.logsumexp(xs) + autograd.where(xs[0], xs[1], 2.0)).source
        + draw(loss, model=model).source
    )
    faces = {
        bold: ImageFont.truetype(findfont(FontProperties(family="DejaVu Sans", weight=weight)), 120)
        for bold, weight in ((False, "normal"), (True, "bold"))
    }
    found = re.findall(r'<TD [^>]*WIDTH="(\d+)">(.*?)</TD>', source)
    assert len(found) > 12
    for room, cell in found:
        for line in re.split("<BR[^>]*>", cell):
            content = html.unescape(re.sub("<[^>]*>", "", line))
            size = PROSE_SIZE if "stack of cards" in cell else CODE_SIZE
            assert faces["<B>" in line].getlength(content) * size / 120 <= float(room) - 8, content


def test_a_label_longer_than_its_card_is_broken_and_kept_whole_in_the_tooltip() -> None:
    label = "学习率与参数的乘积在第三层网络中的第二个神经元的偏置项之和的对数值再减去一的平方根加一"[:40]
    drawing = draw(Value(1.0, label=label) * 2)
    assert "".join(texts(drawing.svg(), "node-n1")[:3]) == label
    assert f"<title>{label} = 1.0, grad –</title>" in drawing.svg()


def test_three_hundred_nodes_show_numbers_on_arrows_and_more_show_them_as_tooltips() -> None:
    small, large = draw(chain(300)), draw(chain(301))
    assert small.source.count("× 0.5") == 299
    assert small.svg().count('class="pill"') == 299
    assert "label=" not in "".join(line for line in large.source.splitlines() if "->" in line).replace(
        "labeltooltip=", ""
    )
    assert large.svg().count('class="pill"') == 0
    assert large.svg().count("= 0.5 = 0.5</title>") == 300


def test_forced_drawings_show_every_node_and_run_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    drawing = draw(chain(1501), force=True)
    assert drawing.folded is None
    assert drawing.svg().count('id="node-') == 1501


def test_too_many_nodes_to_force_are_refused_with_advice() -> None:
    with pytest.raises(ValueError, match=r"15,000 nodes.*has 15,001.*depth=3"):
        draw(chain(15_001), force=True)
    assert draw(chain(15_001), force=True, depth=3).source.count("->") == 3


def test_what_is_not_a_value_is_named() -> None:
    with pytest.raises(TypeError, match="'a string'"):
        draw("a string")  # type: ignore[arg-type]


def test_importing_viz_does_not_load_matplotlib() -> None:
    script = "import sys, viz; sys.exit('matplotlib' in sys.modules or 'nn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_numbers() -> None:
    assert [
        number(x) for x in (0.0, -0.0, 1.0, -2.5, 1 / 3, 123456.7, 1e9, -1.2345678e-7, inf, -inf, nan)
    ] == [
        *("0", "−0", "1", "−2.5", "0.33333", "123457", "1e9", "−1.2346e−7", "∞", "−∞", "nan"),
    ]


def test_an_svg_is_shown_by_a_notebook() -> None:
    drawn = draw(example()).svg()
    assert isinstance(drawn, Svg)
    assert drawn._repr_mimebundle_() == draw(example())._repr_mimebundle_()


@pytest.mark.parametrize("forced", [True, False])
def test_a_drawing_says_of_which_results_the_numbers_were_changed_since(forced: bool) -> None:
    x = Value(2.0, label="<b>&")
    model = nn.MLP(2, [3, 1], seed=0)
    loss = model([x, x * 3])
    assert "were changed" not in draw(loss, model=model, force=forced).svg()
    x.data = 5.0
    drawing = draw(loss, model=model, force=forced)
    (changed,) = (step.name for step in passes(loss, model=model).forward if step.formula == "(<b>&) * 3")
    note = f"Numbers were changed after these were computed: {changed}, "
    shown = " ".join(ElementTree.fromstring(drawing.svg()).itertext())
    assert note in shown
    assert "Numbers were changed" in drawing.source
    check_harmless(drawing.svg())


def test_a_folded_drawing_says_in_which_boxes_numbers_were_changed_since() -> None:
    x = Value(2.0, label="x")
    model = nn.MLP(2, [3, 1], seed=0)
    loss = (model([x, x]) - 1) ** 2
    assert "were changed" not in draw(loss, model=model, fold=1).svg()
    x.data = 5.0
    shown = " ".join(ElementTree.fromstring(draw(loss, model=model, fold=1).svg()).itertext())
    assert "Numbers were changed after these were computed: layers.0; they, and the local" in shown
