"""What an SVG document is besides text, and where a browser puts its letters."""

import re
from pathlib import Path
from typing import Any

import pytest

from autograd import Value
from viz import draw, frames

PLACES = """[...document.querySelectorAll("text:not(.detail)")].map(text => [
    text.textContent, [...text.textContent].map((_, place) => text.getExtentOfChar(place).x)])"""


def test_a_picture_is_short_where_it_cannot_be_shown() -> None:
    first = frames(Value(1.0) * 2)[0]
    assert repr(first.svg) == f"<Svg, {len(first.svg):,} characters>"
    assert len(repr(first)) < 500
    assert repr(draw(Value(1.0) * 2)) == "<Drawing, 2 boxes>"


@pytest.mark.parametrize(("first", "second"), [("אבג", "דהו"), ("سرعة", "كتلة"), ("٣", "٤"), ("אב.2", "2 ג")])
def test_equations_stay_in_order_around_names_that_read_from_right_to_left(
    browser: Any, tmp_path: Path, first: str, second: str
) -> None:
    a, b = Value(6.0, label=first), Value(2.0, label=second)
    page = browser.new_page()
    seen = ""
    for frame in frames(a / b - b):
        frame.svg.save(tmp_path / "frame.svg")
        page.goto((tmp_path / "frame.svg").as_uri())
        for content, places in page.evaluate(PLACES):
            parts = re.finditer(f"{re.escape(first)}|{re.escape(second)}|[^\u200e]", content)
            left = [min(places[slice(*part.span())]) for part in parts]
            assert left == sorted(left), content
            seen += content
    page.close()
    assert f"{first}\u200e / \u200e{second}" in seen
