"""Build the Chinese notebooks: the English ones, with the texts of `texts/` in the place of theirs.

A section of `texts/NAME.md` is the text of a markdown cell, below a line `<!-- cell: ID HASH -->`: the id of
the English cell, and the first 8 hexadecimal digits of the SHA-256 of its source. Once the English cell has
changed its text is known to be outdated. Code and outputs are those of the English notebook. `check` prints
its hints in English, too: they have a section of their own, which becomes a fold above the question. The
notebooks beside this file have no pictures, which would store 5 MB twice; `--pictures FOLDER` keeps them.
"""

from __future__ import annotations

import argparse
import ast
import copy
import hashlib
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENGLISH, TEXTS = HERE.parent, HERE / "texts"
MARK = re.compile(r"^<!-- cell: (\S+) ([0-9a-f]{8}) -->\n", re.MULTILINE)
KEPT = re.compile(
    r"(?s:```.*?```)|`[^`]+`|\$\$[^$]+\$\$|\$[^$]+\$|\]\([^)]*\)|</?\w+[^>]*>|−?\d+(?:[.,]\d+)*|[⁰¹²³⁴-⁹₀-₉]+"
)
"""What is no language: code, formulas, targets of links, tags, numbers."""

ENDS = re.compile(r"^(?!#).*[\u3000-\u9fff\uff00-\uffef“”…]$")
GOES_ON = re.compile(r" *(?:\*\*?)?[\u3000-\u9fff\uff00-\uffef“”]")
"""A line that ends and one that begins in Chinese. A browser would show the line break as a space."""

OTHERWISE: dict[tuple[str, str], tuple[str, ...]] = {
    ("10_gradients_and_steps", "cell-07"): ("200",),  # 200 million are 两亿
    ("30_reversed_strings", "cell-0"): ("200",),  # 200 billion are 两千亿
    ("36_smaller", "exercise-1-question"): ("7", "70"),  # 7 billion are 70 亿
}
"""What a text may lack or add against its English cell, by notebook and cell, where Chinese needs it."""

Notebook = dict[str, Any]


def english(name: str) -> Notebook:
    """Return an English notebook. Raises FileNotFoundError for a name that none has."""
    content: Notebook = json.loads((ENGLISH / f"{name}.ipynb").read_text(encoding="utf-8"))
    return content


def names() -> list[str]:
    """Return the names of the English notebooks, in their order."""
    return sorted(path.stem for path in ENGLISH.glob("*.ipynb"))


def digest(source: str) -> str:
    """Return what says that a cell's source is still the same."""
    return hashlib.sha256(source.encode()).hexdigest()[:8]


def sections(name: str) -> list[tuple[str, str, str]]:
    """Return id, digest and Chinese text of each section of `texts/NAME.md`."""
    parts = MARK.split((TEXTS / f"{name}.md").read_text(encoding="utf-8"))
    return [
        (cell, seen, text.strip())
        for cell, seen, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    ]


def complaints(name: str) -> list[str]:
    """Return a line, with the remedy, for each text that is missing, extra, outdated or unlike its cell."""
    if not (TEXTS / f"{name}.md").exists():
        return [f"{name}: has no Chinese text; begin it with `python notebooks/zh/build.py --new {name}`"]
    sources = _sources(english(name))
    found: list[str] = []
    texts: dict[str, str] = {}
    for cell, seen, text in sections(name):
        where = f"{name}, cell {cell}"
        if cell not in sources or cell in texts:
            found.append(
                f"{where}: the English notebook has no such cell; remove its section from texts/{name}.md"
            )
            continue
        texts[cell] = text
        now = digest(sources[cell])
        if seen != now:
            found.append(
                f"{where}: outdated, the English cell changed; translate anew and write {now} for {seen}"
            )
        elif problem := _difference(name, cell, sources[cell], text):
            found.append(f"{where}: {problem}")
    found += [
        f"{name}, cell {cell}: missing; add its text to texts/{name}.md below `{_mark(cell, source)}`"
        for cell, source in sources.items()
        if cell not in texts
    ]
    return found


def chinese(name: str, pictures: bool = True) -> Notebook:
    """Return the Chinese notebook, its texts as they are; without pictures, a line in the place of each."""
    notebook = english(name)
    texts = {cell: _joined(text) for cell, _, text in sections(name)}
    above = notebook["cells"][0]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            above = cell
            above["source"] = texts[cell["id"]].splitlines(keepends=True)
            continue
        if cell["id"] in texts:
            fold = f"\n\n<details><summary>提示</summary>\n\n{texts[cell['id']]}\n\n</details>"
            above["source"] = ("".join(above["source"]) + fold).splitlines(keepends=True)
        if not pictures:
            cell["outputs"] = [_without_picture(output, name) for output in cell["outputs"]]
    return notebook


def written(notebook: Notebook) -> str:
    """Return a notebook as its file has it."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def begun(name: str) -> str:
    """Return a file of texts to be translated, with the English ones in place."""
    return "\n".join(f"{_mark(cell, source)}\n{source}\n" for cell, source in _sources(english(name)).items())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Build the Chinese notebooks from the English ones and texts/."
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="a notebook, such as 01_one_neuron; all if none"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="write nothing, say what is missing or outdated")
    how.add_argument(
        "--new", action="store_true", help="write texts/NAME.md with the English texts, to be translated"
    )
    how.add_argument("--pictures", metavar="FOLDER", type=Path, help="build there, with all stored outputs")
    given = parser.parse_args(arguments)
    known = names()
    if unknown := [name for name in given.names if name not in known]:
        return _refuse([f"there is no notebook {unknown[0]!r}; the first is {known[0]!r}"])
    if given.new:
        return _begin(given.names)
    chosen = given.names or known
    if found := [line for name in chosen for line in complaints(name)]:
        return _refuse(found)
    folder = given.pictures or HERE
    if not given.check:
        folder.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        path, content = folder / f"{name}.ipynb", written(chinese(name, pictures=bool(given.pictures)))
        if not given.check:
            path.write_text(content, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != content:
            found.append(
                f"{name}: not built from its present texts; run `python notebooks/zh/build.py {name}`"
            )
    return _refuse(found) if found else 0


def _begin(chosen: list[str]) -> int:
    if not chosen:
        return _refuse(["--new needs the name of a notebook, such as 01_one_neuron"])
    if there := [name for name in chosen if (TEXTS / f"{name}.md").exists()]:
        return _refuse([f"texts/{there[0]}.md is there already; change it, or remove it first"])
    for name in chosen:
        (TEXTS / f"{name}.md").write_text(begun(name), encoding="utf-8")
    return 0


def _sources(notebook: Notebook) -> dict[str, str]:
    """Return what is translated, by cell: the text of a markdown cell, the hints of a question."""
    said = {}
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        said[cell["id"]] = source if cell["cell_type"] == "markdown" else "\n\n".join(_hints(source))
    return {cell: source for cell, source in said.items() if source}


def _hints(code: str) -> list[str]:
    """Return the hints that a code cell gives to `check`, which prints them after a wrong answer."""
    calls = (
        [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)] if "check(" in code else []
    )
    hints = [call.args[2] for call in calls if ast.unparse(call.func) == "check" and len(call.args) == 3]
    return [hint.value for hint in hints if isinstance(hint, ast.Constant) and isinstance(hint.value, str)]


def _mark(cell: str, source: str) -> str:
    return f"<!-- cell: {cell} {digest(source)} -->"


def _difference(name: str, cell: str, source: str, text: str) -> str:
    """Return what a text lacks or adds of its cell's code, formulas, links, tags and numbers, or ""."""
    before, after = _kept(source), _kept(text)
    allowed = OTHERWISE.get((name, cell), ())
    lacks = [part for part in (before - after).elements() if part not in allowed]
    adds = [part for part in (after - before).elements() if part not in allowed]
    parts = [f"{verb} {', '.join(those)}" for verb, those in (("lacks", lacks), ("adds", adds)) if those]
    return " and ".join(parts) + "; write them as the English cell does" if parts else ""


def _kept(text: str) -> Counter[str]:
    return Counter(" ".join(part.split()) for part in KEPT.findall(text))


def _joined(text: str) -> str:
    lines = [""]
    for line in text.split("\n"):
        if ENDS.match(lines[-1]) and GOES_ON.match(line):
            lines[-1] += line.lstrip()
        else:
            lines.append(line)
    return "\n".join(lines[1:])


def _without_picture(output: dict[str, Any], name: str) -> dict[str, Any]:
    if not any(kind.startswith("image/") for kind in output.get("data", {})):
        return output
    changed = copy.copy(output)
    changed["data"] = {
        "text/markdown": [f"图：运行这个单元格，或看[英文笔记本](../{name}.ipynb)。"],
        "text/plain": ["图：运行这个单元格，或看英文笔记本。"],
    }
    return changed


def _refuse(lines: list[str]) -> int:
    print("\n".join(lines), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
