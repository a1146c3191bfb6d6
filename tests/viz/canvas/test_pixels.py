"""A drawing as pixels: whether a font shows its letters."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import Value
from viz import draw, export, frames, write_gif
from viz.canvas.stored import NOBODYS, rasterised
from viz.canvas.svg import document, text

resvg_py = pytest.importorskip("resvg_py", reason="pixels need the extra png")
BOXES = "no font found for Chinese, Japanese and Korean letters, which will show as boxes: install one"


def written(content: str, title: str = "") -> str:
    return document(60, 20, title, [text(0, 16, content, "prose")])


@pytest.fixture
def fonts(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what lets there be fonts of these letters alone."""
    rendered = resvg_py.svg_to_bytes

    def having(letters: str) -> None:
        def svg_to_bytes(svg_string: str, **size: Any) -> bytes:
            shown = "".join(c if c.isascii() or c in letters else NOBODYS for c in svg_string)
            return bytes(rendered(svg_string=shown, **size)) + shown.encode()

        monkeypatch.setattr(resvg_py, "svg_to_bytes", svg_to_bytes)

    return having


@pytest.mark.parametrize("letter", ["参", "か", "개", "。", "\U00020000"])
def test_a_letter_that_no_font_has_is_told_of_in_one_line(letter: str, fonts: Callable[[str], None]) -> None:
    fonts("")
    with pytest.warns(UserWarning, match=BOXES) as told:
        rasterised(written(f"x {letter}"))
    assert len(told) == 1
    assert "\n" not in str(told[0].message)
    fonts(letter)
    rasterised(written(f"x {letter}"))


def test_what_is_not_shown_and_what_is_no_such_letter_needs_no_font(fonts: Callable[[str], None]) -> None:
    fonts("")
    rasterised(written("x³ · ∂L/∂é → −½", title="参数"))


def test_every_form_in_pixels_tells_of_boxes(tmp_path: Path, fonts: Callable[[str], None]) -> None:
    value = Value(2.0, label="参数") * 3
    fonts("")
    for shown in (
        lambda: write_gif(frames(value)[:1], tmp_path / "a.gif"),
        lambda: export(value, tmp_path / "b.gif"),
        lambda: export(value, tmp_path / "c.png"),
        lambda: frames(value)[0].svg._repr_mimebundle_(),
        lambda: draw(value).svg()._repr_mimebundle_(),
    ):
        with pytest.warns(UserWarning, match=BOXES):
            shown()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export(value, tmp_path / "d.svg")
