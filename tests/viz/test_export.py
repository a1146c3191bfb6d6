"""One word for writing a file: what is shown, and the ending of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from autograd import Value, relu, sin
from viz import draw, export, frames, passes, player, write_gif


def example() -> Any:
    x = Value(1.2, label="x")
    return sin(x**3 + 5)


SHOWN = {
    "value": example,
    "passes": lambda: passes(example()),
    "player": lambda: player(example()),
    "drawing": lambda: draw(example()),
    "svg": lambda: draw(example()).svg(),
    "frames": lambda: frames(example()),
}
FORMS = {".html": b"<!doctype html>", ".gif": b"GIF8", ".svg": b"<svg", ".png": b"\x89PNG"}
MISSING = {*((form, "drawing") for form in (".html", ".gif")), *((form, "svg") for form in (".html", ".gif"))}
MISSING |= {(".html", "frames")}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SHOWN)
def test_each_thing_is_written_in_each_form_that_it_has(form: str, name: str, tmp_path: Path) -> None:
    if form in (".gif", ".png"):
        pytest.importorskip("resvg_py")
    path = tmp_path / f"it{form}"
    if (form, name) in MISSING:
        with pytest.raises(ValueError, match="is made of"):
            export(SHOWN[name](), path)
        assert not [*tmp_path.iterdir()]
        return
    assert export(SHOWN[name](), path) == path
    assert path.read_bytes().startswith(FORMS[form])
    if form == ".svg":
        assert "0.43029" in "".join(ElementTree.parse(path).getroot().itertext())


PICTURES, TEXTS = (".svg", ".png", ".SVG"), ("", ".gv", ".dot")
SAVERS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "player": (lambda path: player(example()).save(path), (".html", *PICTURES)),
    "player at once": (lambda path: player(example(), path), (".html", *PICTURES)),
    "drawing": (lambda path: draw(example()).save(path), PICTURES + TEXTS),
    "svg": (lambda path: draw(example()).svg().save(path), PICTURES),
    "gif": (lambda path: write_gif(frames(example()), path), (".gif",)),
}
SAVED = FORMS | dict.fromkeys(TEXTS, b"digraph {")


@pytest.mark.parametrize("form", [*SAVED, ".pdf", ".htm", ".SVG"])
@pytest.mark.parametrize("name", SAVERS)
def test_what_is_saved_is_what_the_ending_says_or_nothing(form: str, name: str, tmp_path: Path) -> None:
    if form in (".gif", ".png"):
        pytest.importorskip("resvg_py")
    save, endings = SAVERS[name]
    path = tmp_path / f"it{form}"
    if form in endings:
        save(path)
        assert path.read_bytes().startswith(SAVED[form.lower()])
        assert [*tmp_path.iterdir()] == [path]
    else:
        with pytest.raises(ValueError, match=rf"^a file is written as \..*, got 'it{form}'$"):
            save(path)
        assert not [*tmp_path.iterdir()]


def test_a_drawing_is_saved_in_a_folder_as_graphviz_does(tmp_path: Path) -> None:
    drawn = draw(example())
    for name in ("it.svg", "it.gv"):
        assert drawn.save(name, tmp_path / "new") == str(tmp_path / "new" / name)
        assert (tmp_path / "new" / name).exists()


def test_a_page_and_frames_speak_a_language(tmp_path: Path) -> None:
    page = export(example(), tmp_path / "page.html", lang="zh").read_text(encoding="utf-8")
    assert '<html lang="zh">' in page
    picture = export(passes(example()), tmp_path / "graph.svg", lang="zh").read_text(encoding="utf-8")
    assert "<title>两遍之后 L 的图</title>" in picture
    with pytest.raises(ValueError, match="lang must be one of 'en', 'zh', got 'xx'"):
        export(example(), tmp_path / "page.html", lang="xx")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    for name in ("page", "page.pdf", "page.htm"):
        with pytest.raises(ValueError, match=f"as .html, .gif, .svg or .png, got '{name}'"):
            export(example(), tmp_path / name)
    total: Any = Value(0.0)
    for _ in range(1600):
        total = total + 1.0
    with pytest.raises(ValueError, match="frames draws a graph of at most 300 nodes, got 1601"):
        export(player(total), tmp_path / "long.gif")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("nothing", [(), [], 5, "text", None, [1, 2]], ids=repr)
def test_what_cannot_be_shown_is_told_in_every_form(form: str, nothing: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"is made of|at least one"):
        export(nothing, tmp_path / f"it{form}")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kept", [lambda x, y: [], lambda x, y: [x], lambda x, y: [x, y], lambda x, y: [y]])
def test_a_part_of_the_passes_is_no_page_and_no_frames(form: str, kept: Any, tmp_path: Path) -> None:
    x = Value(2.0, label="x")
    y = relu(x) * x
    with pytest.raises(ValueError, match=f"these passes have {len(kept(x, y))} of its 3 nodes"):
        export(passes(y, only=kept(x, y)), tmp_path / f"it{form}")
    for show in (frames, player):
        with pytest.raises(ValueError, match=f"{show.__name__} shows every step"):
            show(passes(y, only=kept(x, y)))
    assert not [*tmp_path.iterdir()]
