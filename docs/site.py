"""The site: the documents, the course and the reference as pages that ask no other host for anything.

The sources are put together in one folder, in the places that they have in the house, so that the links
between them hold; Sphinx makes pages of them as `docs/conf.py` says.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from docs import reference
from docs.browser import ROOT, BuildError
from docs.gallery.build import build as hang

SOURCES = (
    *("*.md", "LICENSE", "docs/*.md", "docs/*.svg", "docs/gallery/*.md", "docs/gallery/stills/*.*"),
    *("notebooks/*.md", "notebooks/zh/*.md"),
)
START = """<!doctype html>
<meta charset="utf-8"><title>glassgrad</title><link rel="icon" href="data:,">
<meta http-equiv="refresh" content="0; url=docs/index.html"><a href="docs/index.html">glassgrad</a>
"""


def build(folder: Path) -> Path:
    """Write the site to a folder; return its first page.

    Raises BuildError with what Sphinx complains of, a link that leads nowhere say.
    """
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.console import nocolor

    nocolor()
    with TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        gather(source)
        complaints = Path(scratch) / "complaints"
        with complaints.open("w+", encoding="utf-8") as said:
            try:
                trees = Path(scratch) / "doctrees"
                made = Sphinx(source, ROOT / "docs", folder, trees, "html", status=None, warning=said)
                made.build()
            except SphinxError as error:
                said.write(str(error))
            said.seek(0)
            if complaint := said.read().strip():
                raise BuildError(complaint.replace(f"{source}/", ""))
    hang(folder / "docs" / "gallery")  # the pages of its pieces, which are made and not kept
    start = folder / "index.html"
    start.write_text(START, encoding="utf-8")
    return start


def gather(source: Path) -> None:
    """Put together what Sphinx reads."""
    copy(ROOT, source, (path for pattern in SOURCES for path in ROOT.glob(pattern)))
    course(source / "notebooks")
    reference.write(source / "docs" / "reference")


def course(target: Path) -> None:
    """Put the notebooks with their outputs into a folder, the Chinese ones into its folder `zh`.

    Raises BuildError where a Chinese text is not up to date.
    """
    copy(ROOT / "notebooks", target, (ROOT / "notebooks").glob("*.ipynb"))
    made = [sys.executable, str(ROOT / "notebooks" / "zh" / "build.py"), "--pictures", str(target / "zh")]
    done = subprocess.run(made, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise BuildError(done.stderr.strip())


def copy(root: Path, target: Path, files: Iterable[Path]) -> None:
    """Copy files to the places under `target` that they have under `root`."""
    for path in files:
        place = target / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
