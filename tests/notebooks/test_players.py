"""The pages of the player that notebooks keep: each is one as pages are made now, but for its numbers."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from tests.notebooks import reader
from tests.viz.pages import unpacked

PAGE = re.compile(r'<iframe class="glassgrad-page" srcdoc="([^"]*)"')
STORY = re.compile(r'(id="story">)[^<]*')
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def pages(name: str) -> dict[str, str]:
    """Return the pages that a notebook keeps, by the id of the cell."""
    cells = json.loads((reader.FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = [
        (cell["id"], PAGE.search("".join(output.get("data", {}).get("text/html", ""))))
        for cell in cells
        for output in cell.get("outputs", ())
    ]
    return {cell: html.unescape(page[1]) for cell, page in shown if page}


def made_now(name: str, cell: str) -> Any:
    """Return the player that a cell ends in, after it and all above it have been run."""
    cells = reader.code_of(name)
    above = list(cells)[: list(cells).index(cell)]
    *lines, last = cells[cell].splitlines()
    kept = {cell: "\n".join([*lines, f"page = {last}"])}
    return reader.execute(name, {key: cells[key] for key in above} | kept)["page"]


def without_numbers(page: str) -> str:
    """Return a page with its story to be read, and no numbers: their last digits are the processor's."""
    return NUMBER.sub("0", STORY.sub(r"\1", page) + json.dumps(unpacked(page)))


PAGES = [(path.stem, cell) for path in sorted(reader.FOLDER.glob("*.ipynb")) for cell in pages(path.stem)]


def test_every_player_keeps_its_page() -> None:
    playing = [
        (path.stem, cell)
        for path in sorted(reader.FOLDER.glob("*.ipynb"))
        for cell, source in reader.code_of(path.stem).items()
        if re.search(r"^player\(", source, re.MULTILINE)
    ]
    assert playing == PAGES != []


@pytest.mark.parametrize(("name", "cell"), PAGES)
def test_a_page_is_kept_as_it_is_made_now(name: str, cell: str) -> None:
    same = without_numbers(pages(name)[cell]) == without_numbers(made_now(name, cell).html)
    assert same, f"made otherwise since: .venv/bin/python notebooks/run.py notebooks/{name}.ipynb"
