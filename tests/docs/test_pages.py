"""What the pages on how it works print is what is printed, and their pictures are drawn so today."""

import doctest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import nn
import viz
from autograd import Value, compile, sin

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["engine.md", "compiler.md"])
def test_a_page_prints_what_it_says(name: str) -> None:
    result = doctest.testfile(str(DOCS / name), module_relative=False, encoding="utf-8")
    assert result.attempted > 9
    assert result.failed == 0


def words(svg: str) -> list[str]:
    return sorted(
        "".join(element.itertext())
        for element in ElementTree.fromstring(svg).iter()
        if "text" in element.tag or "title" in element.tag
    )


def test_the_picture_of_two_arrows_is_drawn_so_today() -> None:
    x = Value(2.0, label="x")
    y = x * sin(x)
    y.label = "y"
    y.backward()
    assert words((DOCS / "two_arrows.svg").read_text(encoding="utf-8")) == words(str(viz.draw(y).svg()))


def test_the_picture_of_the_compiled_step_is_drawn_so_today() -> None:
    network = nn.MLP(3, [4, 1], activation="tanh", seed=0)
    step = compile(lambda x, y: (network(x) - y) ** 2, params=dict(network.named_parameters()))
    step.value_and_grad([[1, 2, 3], [4, 5, 6]], [0, 1])
    picture = str(viz.draw_program(step).svg())
    assert words((DOCS / "compiled_step.svg").read_text(encoding="utf-8")) == words(picture)
