"""The playground: a page that reads a formula, draws its graph and plays it, with no server behind it."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template

from docs.browser import core, wheels

PAGE = Path(__file__).parent / "assets" / "playground.html"


def build(folder: Path) -> Path:
    """Write the page, Pyodide's core and the wheels to a folder; return the page.

    It runs wherever the folder is served: a browser does not load WebAssembly from a file. Raises
    UnreachableError where a registry does not give what it needs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    core(folder)
    page = folder / "index.html"
    page.write_text(
        Template(PAGE.read_text(encoding="utf-8")).substitute(wheels=json.dumps(wheels(folder))),
        encoding="utf-8",
    )
    return page
