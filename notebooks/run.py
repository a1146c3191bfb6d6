"""Run notebooks in place, from top to bottom, and store their outputs: python notebooks/run.py NAME …"""

from __future__ import annotations

import sys
from pathlib import Path

import nbclient
import nbformat


def run(path: Path) -> None:
    """Run a notebook and write it back, without times and other marks in its metadata.

    Raises CellExecutionError, and leaves the file as it was, if a cell raises.
    """
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, record_timing=False, coalesce_streams=True, resources=where).execute()
    for cell in notebook.cells:
        cell.metadata.clear()
    nbformat.write(notebook, path)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("give the notebooks to run: python notebooks/run.py notebooks/NAME.ipynb")
    for name in sys.argv[1:]:
        run(Path(name))
        print(f"{name}: {Path(name).stat().st_size:,} bytes")
