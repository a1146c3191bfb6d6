"""A plot as a file, which follows its reader into dark mode."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib import pyplot

import autograd
import viz
from viz.style import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("figures")

PLOTS = {
    "activation": lambda: viz.plot_activation(autograd.tanh),
    "history": lambda: viz.plot_history({"train": [3.0, 1.0], "held-out": [3.0, 2.0]}),
    "contour": lambda: viz.plot_contour(lambda x, y: x * x + y, (-1, 1), (-1, 1), [(0.5, 0.5), (0, 0)]),
    "surface": lambda: viz.plot_surface(lambda x, y: x * x + y, (-1, 1), (-1, 1), [(0.5, 0.5), (0, 0)]),
    "boundary": lambda: viz.plot_decision_boundary(lambda p: [p[0], p[1]], [[0, 1], [1, 0]], [1, 0]),
    "attention": lambda: viz.plot_attention([[0.1, 0.9]]),
    "histograms": lambda: viz.plot_histograms([{"a": [1.0, 2.0]}, {"a": [1.0, 3.0]}]),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_an_svg_whose_inks_turn_dark_with_its_reader(name: str, tmp_path: Path) -> None:
    path = viz.export(PLOTS[name](), tmp_path / "plot.svg")
    drawing = path.read_text(encoding="utf-8")
    ElementTree.fromstring(drawing)
    style = drawing[drawing.index("<style") : drawing.index("</style>")]
    assert "@media screen and (prefers-color-scheme: dark)" in style
    rules = dict(re.findall(r'\[style\*="fill: (#\w+)"\] { fill: (#\w+) !important }', style))
    inks = {LIGHT[name]: DARK[name] for name in ("ink", "faint", "line", "forward", "backward")}
    assert inks.items() <= rules.items()
    assert rules[LIGHT["paper"]] == DARK["paper"]
    texts = set(re.findall(r'<g style="fill: (#\w+)', drawing)) - {"#16202b", "#fefefe"}
    assert texts <= rules.keys(), "every ink of a text is one that turns"


def test_one_plot_is_one_file_in_either_form(tmp_path: Path) -> None:
    first = viz.export(PLOTS["activation"](), tmp_path / "1.svg").read_bytes()
    assert viz.export(PLOTS["activation"](), tmp_path / "2.svg").read_bytes() == first
    assert viz.export(PLOTS["activation"](), tmp_path / "3.png").read_bytes().startswith(b"\x89PNG")
    for ax in (part := pyplot.figure().subfigures(1, 2))[0].subplots(), part[1].subplots():
        whole = viz.export(viz.plot_activation(autograd.tanh, ax), tmp_path / "part.svg").read_text()
        assert whole.count('id="axes_') == 2, "of a part of a figure, the whole"
    shown: Any = PLOTS["activation"]()
    with pytest.raises(ValueError, match="a page is made of"):
        viz.export(shown, tmp_path / "4.html")
    with pytest.raises(ValueError, match="a GIF is made of"):
        viz.export(shown, tmp_path / "4.gif")
