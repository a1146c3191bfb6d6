"""A reader of a notebook: runs its cells from top to bottom, with answers and edits of their own."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib
from IPython.core.formatters import DisplayFormatter

FOLDER = Path(__file__).parents[2] / "notebooks"
CLAIMS = Path(__file__).parent / "claims"


def run(name: str, answers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the cells of a notebook define, with the lines in `answers` in place of others.

    Raises KeyError for a line that stands in no cell, and whatever a cell raises.
    """
    cells = code_of(name)
    for line, answer in (answers or {}).items():
        cell = next((cell for cell, source in cells.items() if line in source.splitlines()), None)
        if cell is None:
            raise KeyError(line)
        lines = cells[cell].splitlines()
        lines[lines.index(line)] = answer
        cells[cell] = "\n".join(lines)
    return execute(name, cells)


def run_answered(name: str, answers: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return what the cells define, with answers in the cells that ask, and the lines printed."""
    told = StringIO()
    with redirect_stdout(told):
        names = execute(name, answered(code_of(name), answers))
    return names, told.getvalue().splitlines()


def code_of(name: str) -> dict[str, str]:
    """Return the source of each code cell by its id."""
    content = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    return {cell["id"]: "".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code"}


def text_of(name: str, cell: str) -> str:
    """Return the text of a markdown cell. Raises KeyError for an id that no cell has."""
    content = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    return {found["id"]: "".join(found["source"]) for found in content["cells"]}[cell]


def claims_of(name: str) -> dict[str, str]:
    """Return what is asserted after each cell, by the id of the cell: `# %% id` begins it."""
    parts = re.split(r"^# %% (.+)$", (CLAIMS / f"{name}.py").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def answered(cells: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the cells with an answer in the place of the first None in each cell that asks."""
    given = dict(cells)
    for cell, answer in answers.items():
        given[cell], found = re.subn(
            r"^(my_\w+) = .*None.*$", rf"\1 = {answer}", given[cell], flags=re.MULTILINE
        )
        if found != 1:
            raise KeyError(f"{cell} asks {found} questions")
    return given


def edited(cells: Mapping[str, str], edits: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the cells with each text replaced wherever it stands. Raises KeyError for one that does not."""
    changed = dict(cells)
    for old, new in edits:
        if not any(old in source for source in changed.values()):
            raise KeyError(old)
        changed = {cell: source.replace(old, new) for cell, source in changed.items()}
    return changed


def execute(name: str, cells: Mapping[str, str], claims: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run the cells in one namespace, what is claimed of a cell right after it, and return the namespace."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    names: dict[str, Any] = {"__name__": "__main__"}
    of_claims: dict[str, Any] = {}  # what they define, which no cell may see
    try:
        for cell, source in cells.items():
            _run_cell(source, f"{name}[{cell}]", names)
            if claims and cell in claims:
                scope = of_claims | names
                exec(compile(claims[cell], f"claims of {name}[{cell}]", "exec"), scope)
                of_claims = {key: value for key, value in scope.items() if key not in names}
    finally:
        pyplot.close("all")
    return names


def _run_cell(source: str, where: str, names: dict[str, Any]) -> None:
    """Run a cell; what its last line is worth is shown, as text and as a picture, and thrown away."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), where, "exec"), names)
    if isinstance(last, ast.Expr):
        DisplayFormatter().format(eval(compile(ast.Expression(last.value), where, "eval"), names))
