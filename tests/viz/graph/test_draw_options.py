"""The options of `draw`: a part of the graph, the model, the direction, the digits, and folding."""

from __future__ import annotations

from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest

import nn
from autograd import Value
from tests.viz.hash_seeds import answers_under_hash_seeds
from viz import draw
from viz.graph.scene import MOST
from viz.style import SMALL_SIZE, number
from viz.text import printable, width

SVG = "{http://www.w3.org/2000/svg}"


def nodes(drawn: str) -> list[str]:
    """Return the ids of the nodes that an SVG shows."""
    groups = ElementTree.fromstring(drawn).iter(f"{SVG}g")
    return [identity for group in groups if (identity := group.get("id", "")).startswith("node-")]


def texts(drawn: str, identity: str = "") -> list[str]:
    """Return the visible texts of an SVG, or of the group of that id."""
    root = ElementTree.fromstring(drawn)
    part = next(group for group in root.iter() if group.get("id", "") == identity)
    return [element.text or "" for element in part.iter(f"{SVG}text")]


def places(drawn: str, kind: str) -> list[tuple[float, float, float, float]]:
    """Return x, y, width and height of the rectangles of a class."""
    return [
        tuple(float(element.get(side, "0")) for side in ("x", "y", "width", "height"))  # type: ignore[misc]
        for element in ElementTree.fromstring(drawn).iter(f"{SVG}rect")
        if element.get("class") == kind
    ]


def expression() -> dict[str, Value]:
    x, w, b = Value(2.0, label="x"), Value(-0.5, label="w"), Value(1 / 3, label="b")
    product = x * w
    total = product + b
    out = total.tanh() * x
    return {"x": x, "w": w, "b": b, "product": product, "total": total, "out": out}


def training(examples: int, fused: bool = False) -> tuple[Any, Value]:
    model = nn.MLP(2, [4, 1], fused=fused, seed=1)
    points = nn.moons(max(examples, 4), seed=1)
    rows = list(zip(points.features, points.targets, strict=True))[:examples]
    loss = sum((1 - (2 * target - 1) * model([*map(Value, row)])).relu() for row, target in rows)
    return model, loss


# ---- parts ------------------------------------------------------------------------------------------


def test_of_draws_what_a_node_was_computed_from_under_the_same_names() -> None:
    made = expression()
    drawing = draw(made["out"], of=made["total"])
    assert nodes(drawing.svg()) == ["node-n1", "node-n2", "node-n3", "node-n4", "node-n5"]
    assert texts(drawing.svg(), "node-n5")[:3] == ["+", "v2", "= v1 + b"]
    assert drawing.source.count("->") == 4
    assert "5 of 7 nodes." in drawing.svg()
    assert nodes(draw(made["out"], of=made["out"]).svg()) == nodes(draw(made["out"]).svg())


def test_a_node_of_another_graph_is_named() -> None:
    with pytest.raises(ValueError, match=r"of must be a node of the graph.*label='stranger'"):
        draw(expression()["out"], of=Value(3.0, label="stranger"))


@pytest.mark.parametrize(
    ("depth", "drawn"),
    [
        (0, ["L"]),
        (1, ["x", "v3", "L"]),
        (2, ["x", "v2", "v3", "L"]),
        (9, ["x", "w", "v1", "b", "v2", "v3", "L"]),
    ],
)
def test_depth_counts_arrows_from_the_result(depth: int, drawn: list[str]) -> None:
    drawing = draw(expression()["out"], depth=depth)
    assert [card.header[0].split(" = ")[0] for card in drawing.view.cards] == drawn


def test_a_node_whose_arguments_are_left_out_says_so() -> None:
    drawing = draw(expression()["out"], depth=1)
    assert texts(drawing.svg(), "node-n6")[0] == "… tanh"
    assert texts(drawing.svg(), "node-n7")[0] == "×"
    assert "3 of 7 nodes; … before an operation" in drawing.svg()
    assert "… tanh" in drawing.source
    assert "…" not in draw(expression()["out"]).source


def test_the_numbers_of_a_part_are_those_of_the_whole() -> None:
    made = expression()
    made["out"].backward()
    whole, part = draw(made["out"]), draw(made["out"], of=made["total"])
    for node in nodes(part.svg()):
        assert texts(part.svg(), node) == texts(whole.svg(), node)


# ---- the model --------------------------------------------------------------------------------------


def test_parameters_are_named_by_their_paths_and_keep_their_own_labels() -> None:
    model, loss = training(1)
    model.layers[0].neurons[2].b.label = "my bias"
    drawn = draw(loss, model=model, force=True).svg()
    shown = texts(drawn)
    for path, parameter in model.named_parameters():
        assert (path in shown) == (not parameter.label)
    assert "my bias" in shown
    assert model.layers[0].neurons[0].b.label == ""


def test_a_small_network_is_drawn_in_cards_of_its_neurons_in_their_order() -> None:
    model = nn.MLP(3, [4, 4, 1], activation="tanh", seed=0)
    drawing = draw((model([1.0, -2.0, 0.5]) - 0.5) ** 2, model=model)
    names = [card.title[0] for card in drawing.view.cards]
    layers = [f"layers.{layer}.neurons.{row}" for layer in (0, 1) for row in range(4)]
    assert names == [*layers, "layers.2", *names[-2:]]
    size = ElementTree.fromstring(drawing.svg()).attrib
    assert max(float(size["width"]), float(size["height"])) < 1200


def test_modules_are_outlined_and_hold_their_nodes_and_no_others() -> None:
    model, loss = training(2)
    for direction in ("LR", "TB"):
        drawn = draw(loss, model=model, direction=direction, force=True).svg()
        outlines, cards = places(drawn, "outline"), places(drawn, "card")
        assert len(outlines) == 2 + 5
        inside = [
            sum(x <= cx and y <= cy and cx + cw <= x + w and cy + ch <= y + h for cx, cy, cw, ch in cards)
            for x, y, w, h in outlines
        ]
        home = draw(loss, model=model, force=True).view.module_of_node.values()  # type: ignore[union-attr]
        paths = list(dict.fromkeys(path[:level] for path in home for level in (1, 2)))
        assert inside == [sum(path[: len(outline)] == outline for path in home) for outline in paths]


def recurrence() -> tuple[Any, Value]:
    model = nn.LSTM(2, 3, seed=0)
    rows, _ = model([[0.1, 0.2], [0.3, -0.2]])
    return model, sum((y**2 for y in rows[-1]), Value(0.0))


@pytest.mark.parametrize("options", [{}, {"force": True}, {"force": True, "direction": "TB"}])
def test_arrows_pass_under_the_title_of_an_outline(options: dict[str, Any]) -> None:
    model, loss = training(2) if options else recurrence()
    drawn = draw(loss, model=model, **options).svg()
    groups = [*ElementTree.fromstring(drawn).iter(f"{SVG}g")]
    last = max(place for place, group in enumerate(groups) if "arrow" in group.get("class", "").split())
    clusters = [(place, group) for place, group in enumerate(groups) if group.get("class") == "cluster"]
    titles = [(place, title) for place, group in clusters if (title := group.find(f"{SVG}text")) is not None]
    assert all(place > last for place, _ in titles)
    outlines, grounds = places(drawn, "outline"), places(drawn, "band")
    covering = places(drawn, "card") + places(drawn, "pill")
    assert titles
    for (_, title), (x, y, w, h), (left, top, room, _) in zip(titles, grounds, outlines, strict=True):
        start, baseline = (float(title.get(side, "0")) for side in ("x", "y"))
        assert left < x < start < start + SMALL_SIZE / 2 * len(title.text or "") < x + w < left + room
        assert top < y <= baseline - SMALL_SIZE < baseline + 3 < y + h
        assert all(cx > x + w or cx + cw < x or cy > y + h or cy + ch < y for cx, cy, cw, ch in covering)


def test_neurons_are_cards_in_tidy_columns() -> None:
    model = nn.MLP(3, [4, 4, 1], activation="tanh", seed=1)
    loss = (model([Value(x, label=f"x{i}") for i, x in enumerate((0.5, -0.2, 0.8))]) - 1.0) ** 2
    loss.backward()
    drawing = draw(loss, model=model)
    drawn = drawing.svg()
    width, height = (float(ElementTree.fromstring(drawn).get(side, "0")) for side in ("width", "height"))
    assert width < 1200
    assert height < 700
    shown = [texts(drawn, identity) for identity in nodes(drawn)]
    titles = [f"layers.{layer}.neurons.{row}" for layer in range(2) for row in range(4)]
    assert [card[0] for card in shown] == ["x0", "x1", "x2", *titles, "layers.2", "−", "xʸ"]
    for card in shown[3:11]:
        assert card[1] == "tanh(W·x + b)"
    assert shown[11][1] == "W·x + b"
    hidden = model.layers[1](model.layers[0]([0.5, -0.2, 0.8]))
    assert [card[3] for card in shown[7:11]] == [number(y.data) for y in hidden]
    assert drawing.source.count("->") == 3 * 4 + 4 * 4 + 4 + 2
    assert len(places(drawn, "outline")) == 2
    assert "layers.0.neurons.0.w[0]" in texts(draw(loss, model=model, force=True).svg())
    assert "layers.0.neurons.0.w[0]" in draw(loss, model=model, of=loss.args[0]).svg()


def test_the_built_in_layout_draws_no_outline_around_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSGRAD_DOT", "built-in")
    model, loss = training(2)
    drawn = draw(loss, model=model, force=True).svg()
    assert "layers.0.neurons.0.w[0]" in texts(drawn)
    cards = places(drawn, "card")
    for x, y, w, h in places(drawn, "outline"):
        for cx, cy, cw, ch in cards:
            apart = cx > x + w or cx + cw < x or cy > y + h or cy + ch < y
            assert apart or (x <= cx and y <= cy and cx + cw <= x + w and cy + ch <= y + h)


def test_dot_puts_modules_in_clusters_and_leaves_their_paths_out_of_formulas() -> None:
    model, loss = training(1)
    source = draw(loss, model=model, force=True).source
    assert source.count("subgraph cluster_") == 2 + 5
    assert 'label="layers.1"' in source
    assert "= w[0] · " in source
    assert "subgraph" not in draw(loss).source


# ---- direction and digits ---------------------------------------------------------------------------


def test_arrows_run_down_where_asked() -> None:
    made = expression()
    drawn = draw(made["out"], direction="TB").svg()
    across, down = places(draw(made["out"]).svg(), "card"), places(drawn, "card")
    assert [a[0] for a in across] != [b[0] for b in down]
    root = ElementTree.fromstring(drawn)
    tops = {group.get("id"): places(ElementTree.tostring(group, "unicode"), "card")[0][1] for group in
            root.iter(f"{SVG}g") if group.get("id", "").startswith("node-")}  # fmt: skip
    assert tops["node-n1"] < tops["node-n3"] < tops["node-n5"] < tops["node-n6"] < tops["node-n7"]
    source = draw(made["out"], direction="TB").source
    assert "rankdir=TB" in source
    assert "tailport=s" in source
    assert 'label=" × ' in source  # off the line


def test_numbers_have_the_digits_asked_for() -> None:
    made = expression()
    assert "0.33" in texts(draw(made["out"], digits=2).svg(), "node-n4")
    assert "0.3333333333333333" in texts(draw(made["out"], digits=16).svg(), "node-n4")
    assert "0.33<" in draw(made["out"], digits=2).source.replace("&#160;", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"direction": "up"}, "direction must be one of 'LR', 'TB', got 'up'"),
        ({"digits": 0}, "digits must be an integer from 1 to 17, got 0"),
        ({"digits": 2.5}, "digits must be an integer from 1 to 17, got 2.5"),
        ({"digits": 5.0}, r"digits must be an integer from 1 to 17, got 5\.0"),
        ({"digits": True}, "digits must be an integer from 1 to 17, got True"),
        ({"depth": -1}, "depth must be an integer of at least 0, got -1"),
        ({"fold": 1.5}, r"fold must be an integer of at least 0, got 1\.5"),
        ({"fold": 1}, "fold=1 is a level of a model: give the model too"),
    ],
)
def test_an_option_out_of_range_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        draw(expression()["out"], **options)


# ---- folding ----------------------------------------------------------------------------------------


def large() -> tuple[Any, Value]:
    model, loss = training(20)
    loss.backward()
    return model, loss


def test_more_than_fifteen_hundred_nodes_are_folded_and_fewer_are_not() -> None:
    x = Value(1.0, label="x")
    for _ in range(MOST - 1):
        x = x * 0.99
    assert draw(x).folded is None
    folded = draw(x * 0.99).folded
    assert folded is not None
    assert folded.nodes == MOST + 1


def test_a_folded_drawing_says_what_was_folded_and_what_it_stands_for() -> None:
    model, loss = large()
    drawing = draw(loss, model=model, fold=1, direction="LR")
    assert drawing.folded is not None
    drawn = drawing.svg()
    assert f"{drawing.folded.nodes:,} nodes in 5 boxes." in " ".join(texts(drawn))
    for group in drawing.folded.groups:
        shown = texts(drawn, f"node-{group.name}")
        assert shown[0] == group.title
        assert f"{group.count:,} nodes" in shown or len(group.operations) == 1
    for link in drawing.folded.links:
        assert texts(drawn, f"arrow-{link.target}-{link.source}") == [f"{link.count:,}"]
        assert f"{link.source} -> {link.target} [label={link.count}" in drawing.source.replace('"', "")
    assert "12\u00a0parameters" in "".join(texts(drawn, "node-g2"))


def test_gradients_that_do_not_exist_yet_are_not_zero() -> None:
    model, loss = training(3)
    assert texts(draw(loss, model=model, fold=0).svg(), "node-g2")[-1] == "–"
    loss.backward()
    assert texts(draw(loss, model=model, fold=0).svg(), "node-g2")[-1] != "–"


def test_a_single_node_keeps_the_sign_of_its_gradient() -> None:
    x = Value(2.0)
    y = (x.tanh() - 3 * x.sin()) * -2
    y.backward()
    big = y
    for _ in range(MOST):
        big = big + 1
    folded = draw(big).folded
    assert folded is not None
    single = next(group for group in folded.groups if group.title == "sub")
    assert texts(draw(big).svg(), f"node-{single.name}")[-1] == "−2"


def test_stacks_do_not_overlap_and_hold_their_texts() -> None:
    model, loss = large()
    for direction in ("LR", "TB"):
        drawn = draw(loss, model=model, fold=2, direction=direction).svg()
        root = ElementTree.fromstring(drawn)
        fronts = []
        for group in root.iter(f"{SVG}g"):
            if group.get("id", "").startswith("node-"):
                x, y, w, h = places(ElementTree.tostring(group, "unicode"), "card")[-1]
                fronts.append((x, y, w, h))
                for element in group.iter(f"{SVG}text"):
                    kind = element.get("class", "")
                    room = width(element.text or "", 11 if "small" in kind else 12)
                    start = float(element.get("x", "0")) - (room if "number" in kind else 0)
                    assert x < start
                    assert start + room < x + w
                    assert y < float(element.get("y", "0")) < y + h
        assert len(fronts) == 8
        for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(fronts, 2):
            assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


def test_a_folded_drawing_runs_down_where_it_would_be_too_wide_to_read() -> None:
    x = Value(1.0)
    for _ in range(MOST):
        x = (x * 0.5).tanh()
    model, loss = large()
    for options in ({}, {"model": model, "fold": 2}, {"model": model}):
        value = loss if options else x
        across, free = draw(value, direction="LR", **options), draw(value, **options)  # type: ignore[arg-type]
        assert max(x + w for x, _, w, _ in places(across.svg(), "card")) > 1250
        assert max(x + w for x, _, w, _ in places(free.svg(), "card")) < 1250
        assert "rankdir=TB" in free.source
        assert "rankdir=LR" in across.source
    assert "rankdir=LR" in draw(loss, model=model, fold=0).source
    assert "rankdir=LR" in draw(x, force=True).source


def test_depth_and_of_apply_before_folding() -> None:
    model, loss = large()
    whole = draw(loss, model=model, fold=0).folded
    part = draw(loss, model=model, fold=0, of=loss.args[0]).folded  # type: ignore[arg-type]
    assert whole is not None
    assert part is not None
    assert part.nodes < whole.nodes
    members = {member for group in part.groups for member in group.members}
    assert members <= {member for group in whole.groups for member in group.members}
    assert draw(loss, depth=2).folded is None


def test_hostile_and_chinese_labels_fit_a_folded_drawing() -> None:
    for label in (
        '</script><b>"x"',
        "\\N{|}\n",
        "学习率与参数的乘积在第三层网络中的第二个神经元的偏置项之和",
    ):
        x = Value(0.5)
        for _ in range(MOST):
            x = x * 0.5
        x.label = label
        drawing = draw(x)
        assert drawing.folded is not None
        shown = texts(drawing.svg(), f"node-{drawing.folded.groups[-1].name}")
        assert "".join(shown[: shown.index("data")]) == printable(label)
        assert len(ElementTree.fromstring(drawing.pipe(format="svg"))) > 0


SCRIPT = """
import sys
import nn
from autograd import Value
from viz import draw
model = nn.MLP(2, [3, 2, 1], fused=False, seed=1)
loss = sum((model([Value(0.1 * i), Value(0.2)]) - 1) ** 2 for i in range(3))
loss.backward()
drawings = [draw(loss, model=model, **options) for options in ({}, {"fold": 1}, {"fold": 2}, {"depth": 6})]
big = loss
for i in range(500):
    big = (big * 0.5).tanh() + loss
drawings += [draw(big), draw(big, model=model)]
sys.stdout.buffer.write("".join(text for each in drawings for text in (each.source, each.svg())).encode())
"""


def test_every_kind_of_drawing_is_the_same_under_any_hash_seed() -> None:
    answers = answers_under_hash_seeds(SCRIPT, 3)
    assert len(answers) == 1
    assert len(answers.pop()) > 50_000


def test_a_very_large_graph_is_folded_without_a_layout_of_it() -> None:
    x = Value(1.0)
    for _ in range(10_000):
        x = x * 0.999 + 1
    drawing = draw(x)
    assert "20,001 nodes in 13 boxes." in " ".join(texts(drawing.svg()))
    assert len(drawing.source) < 20_000
    with pytest.raises(ValueError, match=r"15,000 nodes.*has 20,001"):
        draw(x, force=True)


class Numbered:
    """A model whose paths are those that a path may be: numbers first, and keys of a dictionary."""

    def __init__(self) -> None:
        self.w, self.v = Value(0.5), Value(-1.5)

    def named_parameters(self) -> Any:
        yield from (("0.weight", self.w), ("t[a]", self.v))


def test_a_formula_keeps_its_digits_in_a_module_called_by_a_number() -> None:
    model = Numbered()
    drawn = draw((model.w * Value(3.0)) * 0.5 + model.w * 10.5, model=model, force=True).svg()
    assert any(text.endswith("· 0.5") for text in texts(drawn))
    assert any(text.endswith("weight · 10.5") for text in texts(drawn))


def test_a_key_in_a_path_is_no_row() -> None:
    model = Numbered()
    value = model.w * model.v
    for _ in range(30):
        value = value + model.v * 0.5
    assert "t[a]" in draw(value, model=model).svg()
