"""A reader of a notebook: runs its cells from top to bottom, with answers of their own if they like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib

FOLDER = Path(__file__).parents[2] / "notebooks"


def run(name: str, answers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the cells of a notebook define, with the lines in `answers` in place of others.

    Raises KeyError for a line that stands in no cell, and whatever a cell raises.
    """
    matplotlib.use("Agg")
    from matplotlib import pyplot

    content = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code"]
    program = "\n".join(code).splitlines()
    for line, answer in (answers or {}).items():
        if line not in program:
            raise KeyError(line)
        program[program.index(line)] = answer
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile("\n".join(program), name, "exec"), names)
    finally:
        pyplot.close("all")
    return names
