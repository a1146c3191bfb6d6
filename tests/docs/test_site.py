"""The site: every link leads somewhere, nothing comes from another host, a phone shows it too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

import autograd
import nn
import viz
from docs import lite
from tests.docs.conftest import Built, Serve

ROOT = Path(__file__).parents[2]
FETCHED = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}

pytest.importorskip("sphinx", reason="the site is made by Sphinx: pip install -e '.[docs]'")


class Page(HTMLParser):
    """The links, the anchors and the things that are fetched of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.tags: dict[str, int] = defaultdict(int)
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif value and (tag, name) in FETCHED:
                self.fetched.append(value)
            elif value and name == "href":
                self.links.append(value)


@pytest.fixture(scope="module")
def site(built: Built) -> Path:
    def build(folder: Path) -> None:
        command = [sys.executable, "-m", "docs", "site", str(folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    return built("site", build)


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}


def test_every_link_leads_to_a_file_and_a_place_in_it(pages: dict[Path, Page]) -> None:
    checked = 0
    for path, page in pages.items():
        for link in [*page.links, *page.fetched]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{path}: {link}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].anchors, f"{path}: {link}"
            checked += 1
    assert checked > 1000


def test_nothing_is_fetched_from_another_host(site: Path, pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert [url for url in page.fetched if urlsplit(url).netloc] == [], path
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert "@import" not in text, path
        assert "url(http" not in text.replace("'", "").replace('"', ""), path


def test_the_course_is_there_with_what_it_printed(site: Path, pages: dict[Path, Page]) -> None:
    notebooks = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "notebooks").glob("zh/*.ipynb")]
    assert len(notebooks) > 30
    drawn = 0
    for notebook in notebooks:
        path = site / notebook.relative_to(ROOT).with_suffix(".html")
        assert 'class="output' in path.read_text(encoding="utf-8"), notebook
        drawn += pages[path].tags["img"]
    assert drawn > 100


def test_formulas_are_drawn_by_the_browser_itself(site: Path, pages: dict[Path, Page]) -> None:
    assert pages[site / "notebooks" / "11_matrix_form.html"].tags["mfrac"] > 2
    assert not any("mathjax" in url.lower() for page in pages.values() for url in page.fetched)


@pytest.mark.parametrize("package", [autograd, nn, viz], ids=lambda package: package.__name__)
def test_the_reference_has_every_public_name(package: Any, site: Path, pages: dict[Path, Page]) -> None:
    names = getattr(package, "__all__", None) or [
        name for name, thing in vars(package).items() if name[0] != "_" and callable(thing)
    ]
    there = pages[site / "docs" / "reference" / f"{package.__name__}.html"].anchors
    assert len(names) > 15
    assert [name for name in names if f"{package.__name__}.{name}" not in there] == []


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    script = """
import pathlib, sys
from docs import site

def gather(source):
    (source / "docs").mkdir(parents=True)
    (source / "docs" / "index.md").write_text("# A page\\n\\n[there](nowhere.md)\\n")

site.gather = gather
try:
    site.build(pathlib.Path(sys.argv[1]))
except site.BuildError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert "nowhere.md" in done.stdout
    assert not (tmp_path / "index.html").exists()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_pages_fit_and_ask_for_nothing_else(
    scheme: str, width: int, site: Path, browser: Any, serve: Serve
) -> None:
    with serve(site) as address:
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
        context.set_default_timeout(120_000)
        page = context.new_page()
        complaints: list[str] = []
        asked: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        for name in (
            *("index", "README", "README.zh", "docs/engine", "docs/compiler", "docs/reference/autograd"),
            *("notebooks/README", "notebooks/03_house_prices", "notebooks/11_matrix_form"),
        ):
            page.goto(f"{address}{name}.html")
            page.wait_for_selector("h1")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
            assert dark == (scheme == "dark"), name
        context.close()
    assert complaints == []
    assert all(url.startswith((address, "data:")) for url in asked)


@pytest.mark.parametrize(("command", "module"), [("site", "sphinx"), ("lite", "jupyterlite_core")])
def test_without_what_makes_it_the_command_says_what_to_install(
    command: str, module: str, tmp_path: Path
) -> None:
    script = (
        "import sys; sys.modules[sys.argv.pop(1)] = None; sys.argv[0] = 'docs'; "
        "from docs.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, module, command, str(tmp_path / "made")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"python -m docs needs what `.venv/bin/pip install -e '.[docs]'` brings: no module {module}\n"
    )


def test_a_notebook_for_jupyterlite_installs_glassgrad_first(tmp_path: Path) -> None:
    path = shutil.copy(ROOT / "notebooks" / "00_what_a_slope_is.ipynb", tmp_path)
    before = nbformat.read(path, as_version=4)
    lite.prepare(Path(path))
    after = nbformat.read(path, as_version=4)
    nbformat.validate(after)
    assert after.cells[0].source == "%pip install -q glassgrad"
    assert after.cells[1:] == before.cells
    assert after.metadata.kernelspec.name == "python"
