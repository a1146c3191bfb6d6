"""The gallery: every piece can be built, every link leads somewhere, and nothing asks for anything else."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from math import exp
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from docs.gallery import examples
from docs.gallery.build import build
from docs.gallery.examples import Piece
from docs.gallery.pieces import PIECES
from tests.docs.test_pages import words as words_of
from tests.viz.conftest import figures as figures
from viz import passes
from viz.record.passes import Passes
from viz.record.replay import rebuilt

HERE = Path(__file__).parents[2] / "docs" / "gallery"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
SLOW = {"moons", "valley"}

pytestmark = pytest.mark.usefixtures("figures")


class Links(HTMLParser):
    """What a page links to, and the tags that it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [str(value) for name, value in attrs if name in ("href", "src")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("gallery")
    build(folder, [piece for piece in PIECES if piece.name not in SLOW])
    return folder


def test_every_link_leads_to_a_file_of_the_gallery(site: Path) -> None:
    index = Links((site / "index.html").read_text(encoding="utf-8"))
    written = {
        str(path.relative_to(site)) for folder in ("stills", "pages") for path in (site / folder).iterdir()
    }
    assert {*index.links} == written
    readme = (site / "README.md").read_text(encoding="utf-8")
    assert {*re.findall(r"\]\(([^)]+)\)", readme)} == {name for name in written if name.startswith("stills/")}


def test_the_index_has_no_script_and_speaks_both_languages(site: Path) -> None:
    index = (site / "index.html").read_text(encoding="utf-8")
    assert "script" not in Links(index).tags
    assert "default-src 'none'" in index
    assert not re.search(r"https?://", index)
    for piece in PIECES:
        for words in (*piece.title, *piece.text):
            assert piece.name in SLOW or words in index.replace("&#x27;", "'")
        assert all(re.search("[\u4e00-\u9fff]", words[1]) for words in (piece.title, piece.text))
        assert not any(re.search("[\u4e00-\u9fff]", words[0]) for words in (piece.title, piece.text))


def test_pages_have_their_language_and_ask_for_nothing(site: Path) -> None:
    for page in (site / "pages").iterdir():
        text = page.read_text(encoding="utf-8")
        assert f'<html lang="{page.suffixes[0][1:]}">' in text
        assert "default-src 'none'" in text
        assert not Links(text).links


def test_pictures_are_whole_and_harmless(site: Path) -> None:
    for picture in (site / "stills").glob("*.svg"):
        root = ElementTree.parse(picture).getroot()
        assert not any(e.tag == f"{SVG}script" for e in root.iter())
        assert not any(key.startswith("on") for e in root.iter() for key in e.attrib)


def test_words_of_a_piece_are_shown_and_never_markup(tmp_path: Path) -> None:
    piece = Piece("it", (HOSTILE, HOSTILE), (HOSTILE, HOSTILE), lambda: examples.last_frame())
    index = Links(build(tmp_path, [piece]).read_text(encoding="utf-8"))
    assert "script" not in index.tags
    assert {*index.links} == {"stills/it.svg"}


def test_the_committed_gallery_shows_every_piece() -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    for piece in PIECES:
        assert (HERE / "stills" / f"{piece.name}.svg").is_file()
        assert f"## {piece.title[0]} · {piece.title[1]}\n" in readme
        assert piece.text[0] in readme
        assert (HERE / "stills" / f"{piece.name}.gif").is_file() == (piece.frames is not None)
    assert {path.stem for path in (HERE / "stills").iterdir()} == {piece.name for piece in PIECES}
    assert sum(path.stat().st_size for path in (HERE / "stills").iterdir()) < 3_000_000


def test_the_committed_stills_say_what_is_drawn_today(site: Path) -> None:
    for picture in (site / "stills").glob("*.svg"):
        drawn, committed = (
            path.read_text(encoding="utf-8") for path in (picture, HERE / "stills" / picture.name)
        )
        assert words_of(committed) == words_of(drawn), picture.name


def test_a_token_goes_through_the_gpt_as_the_model_says() -> None:
    import nn

    gpt = nn.GPT(vocab=5, width=4, heads=2, layers=1, context=4, seed=3)
    _, way = examples.token_path()
    scores = gpt(examples.SYMBOLS)[-1]
    assert [cell.data for cell in way["scores"]] == pytest.approx([score.data for score in scores], rel=1e-12)


def complaints_of(page: Any) -> list[str]:
    """Return what a page will have written to the console, and what it will have asked for elsewhere."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("request", lambda request: found.extend([request.url] * (not request.url.startswith("file://"))))
    return found


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 400)])
def test_the_index_opens_without_a_request(site: Path, browser: Any, scheme: str, width: int) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    complaints = complaints_of(page)
    page.goto((site / "index.html").as_uri())
    page.evaluate("document.querySelectorAll('img').forEach(image => { image.loading = 'eager'; })")
    page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []
    page.close()


@pytest.mark.parametrize("k", [1, 2, 3])
def test_sampling_keeps_the_k_likeliest_symbols(k: int) -> None:
    recorded = passes(examples.sampling())
    leaf = {step.name: step.node for step in recorded.forward if not step.operation}
    forward = (
        replace(step, result=float(k)) if step.node == leaf["k"] else step for step in recorded.forward
    )
    values = rebuilt(Passes(tuple(forward), recorded.backward))
    kept = [exp(score / 0.8) for score in (2.0, 1.0, 0.5)[:k]]
    assert values[recorded.root.node].data == pytest.approx(kept[1] / sum(kept) if k > 1 else 0.0, rel=1e-12)
