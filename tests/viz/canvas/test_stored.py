"""What a notebook stores of a drawing can be read where scripts, styles and frames are taken away."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest

import nn
import viz
from autograd import Value, compile, exp, relu, sin
from autograd import max as largest
from viz.canvas.stored import CELL, FINE, PNG_TYPE, SVG_TYPE, rasterised, stored, with_attributes

HOSTILE = '"><script>alert(1)</script>&<b class="card">'


def example(label: str = "x") -> Any:
    x = Value(1.2, label=label)
    return sin(x**3 + 5) * relu(-x)


def network() -> Any:
    return nn.MLP(2, [2, 1], activation="tanh", seed=0)


def loss(model: Any) -> Any:
    return (model([Value(0.5, label="x1"), Value(-1.0, label="x2")]) - 1) ** 2


def program() -> Any:
    step = compile(lambda x: exp(x) * x + 1.0)
    step([2.0, 3.0])
    return viz.draw_program(step).svg()


def grids() -> Any:
    image = [[Value(0.5), Value(-1.0)], [Value(2.0), Value(0.0)]]
    best = largest(*image[0], *image[1])
    return viz.draw_grids(best * 2.0, {"image": image, "pooled": [[best]]}, best, image[1][0])


def attention() -> Any:
    rows = [[Value(0.2), 0.0], [Value(0.7), Value(0.3)]]
    return viz.draw_attention(rows[1][0] * 2.0, rows, "ab", "ab", rows, row=1)


def with_gradients() -> Any:
    model = network()
    result = loss(model)
    result.backward()
    return viz.draw(result, model=model).svg()


DRAWINGS: dict[str, Callable[[], Any]] = {
    "graph": lambda: viz.draw(example()).svg(),
    "gradients": with_gradients,
    "hostile": lambda: viz.draw(example(HOSTILE)).svg(),
    "folded": lambda: viz.draw(loss(model := network()), model=model, fold=1).svg(),
    "frame forward": lambda: viz.frames(example())[3].svg,
    "frame backward": lambda: viz.frames(example())[-1].svg,
    "network": lambda: viz.draw_network(network(), [0.5, -1.0], [1.0]),
    "weights": lambda: viz.draw_network(network()),
    "network frame": lambda: viz.network_frames(network(), [0.5, -1.0], [1.0])[-2].svg,
    "player": lambda: viz.player(example()).picture,
    "program": program,
    "grids": grids,
    "attention": attention,
}


def bare(markup: str) -> str:
    """Return markup as a viewer shows it that trusts nothing: no script, style, frame or class."""
    for tag in ("script", "style", "iframe"):
        markup = re.sub(rf"<{tag}\b.*?</{tag}>", "", markup, flags=re.DOTALL)
    return re.sub(r' (?:class|style|id)="[^"]*"', "", markup)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_stored_drawing_looks_alike_without_its_style_sheet(name: str) -> None:
    pytest.importorskip("resvg_py")
    drawing = DRAWINGS[name]()
    assert rasterised(bare(with_attributes(drawing))) == rasterised(drawing)
    assert rasterised(bare(drawing)) != rasterised(drawing)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_stored_drawing_says_the_same_and_fills_no_more_than_the_cell(name: str) -> None:
    drawing = DRAWINGS[name]()
    told, kept = ElementTree.fromstring(drawing), ElementTree.fromstring(stored(drawing))
    assert [*told.itertext()][1:] != []
    style = "{http://www.w3.org/2000/svg}style"
    assert [(e.tag, e.text) for e in told.iter() if e.tag != style] == [
        (e.tag, e.text) for e in kept.iter() if e.tag != style
    ]
    assert kept.get("viewBox") == told.get("viewBox")
    if float(told.attrib["width"]) > CELL:
        assert (kept.get("width"), kept.get("height")) == ("100%", None)
    else:
        assert kept.get("width") == told.get("width")


def test_both_pictures_are_stored_of_whatever_is_shown() -> None:
    pytest.importorskip("resvg_py")
    from PIL import Image

    for shown in (viz.draw(example()), viz.draw(example()).svg(), viz.frames(example())[0]):
        forms, known = shown._repr_mimebundle_()
        assert forms.keys() == {SVG_TYPE, PNG_TYPE}
        picture = Image.open(BytesIO(b64decode(forms[PNG_TYPE])))
        assert known == {PNG_TYPE: {"width": pytest.approx(min(picture.width / FINE, CELL), abs=1)}}
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 10


def test_a_picture_of_a_large_graph_is_no_larger_than_can_be_stored() -> None:
    pytest.importorskip("resvg_py")
    total: Any = Value(0.0)
    for _ in range(150):
        total = total + Value(1.0)
    forms, known = viz.draw(total)._repr_mimebundle_()
    assert known[PNG_TYPE]["width"] <= CELL
    assert len(forms[PNG_TYPE]) < 1_000_000


def test_a_player_leaves_its_picture_to_a_viewer_that_takes_the_page_away() -> None:
    pytest.importorskip("resvg_py")
    forms, _ = viz.player(example())._repr_mimebundle_()
    left = bare(forms["text/html"])
    assert f'<img src="data:image/png;base64,{forms[PNG_TYPE]}"' in left
    assert "sandbox" not in left
    assert SVG_TYPE not in forms


def test_without_the_rasteriser_the_svg_is_stored_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("viz.canvas.stored.import_module", missing)
    forms, known = viz.draw(example())._repr_mimebundle_()
    assert (forms.keys(), known) == ({SVG_TYPE}, {})
    forms, _ = viz.player(example())._repr_mimebundle_()
    assert 'fill="#' in bare(forms["text/html"])


def test_dark_readers_still_have_dark_colours() -> None:
    kept = stored(viz.draw(example()).svg())
    assert "prefers-color-scheme: dark" in kept
    assert kept.count("<style>") == 1
