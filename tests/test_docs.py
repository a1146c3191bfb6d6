"""The documents for those who work on the house say what is there: rooms, files, words, recipes, hooks."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name

import pytest

from tests import test_quality

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md")
PROMISES = ("docs/conventions.md", "docs/attack.md")
RECIPES = ("an operation", "a layer", "an optimiser", "a drawing", "a backend", "a notebook")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CODE = [
    path
    for folder in ("autograd", "nn", "viz", "glassgrad", "benchmarks", "tests")
    for path in (ROOT / folder).rglob("*.py")
] + list(ROOT.glob("*.py"))

FILE = re.compile(
    r"(?<![\w./])[\w./]*\w\.(?:py|js|html|md|toml|yaml|ipynb|svg)\b"  # tests/test_docs.py
    r"|(?<![\w./])(?:\w+/)+(?=[\s`])"  # tests/viz/
)
FOLDER = re.compile(r"`((?:\w+/)+)`")
WORD = re.compile(r"`([A-Za-z_]\w*)`")
CODE_SPAN = re.compile(r"`([^`]+)`")
DOTTED = re.compile(r"(?<![\w./])(?:autograd|nn|viz|glassgrad|benchmarks)(?:\.[A-Za-z_]\w*)+")
PROGRAMS = {"chromium"}


def read(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def section(document: str, title: str) -> str:
    (found,) = [part for part in read(document).split("\n## ") if part.startswith(f"{title}\n")]
    return found


def files_named(text: str) -> Iterator[tuple[list[str], str]]:
    """Yield each file that a document names, with the folders in which it may lie.

    That is the folder in the first cell of a row, or of the row above, and elsewhere the one of which the
    section says "These files lie in". Behind a path from the root, in brackets, it is that of the path too.
    """
    for part in text.split("\n## "):
        said = re.search(r"These files lie in `([\w/]+)`", part)
        folders = around = [said[1]] if said else [""]
        beside = {name: [first.rpartition("/")[0]] for first, *others in _bracketed(part) for name in others}
        for line in part.splitlines():
            if line.startswith("|") and (first := line.split("|")[1].strip()):
                folders = FOLDER.findall(first) or around
            for name in FILE.findall(line):
                yield [*(folders if line.startswith("|") else around), *beside.get(name, [])], name


def _bracketed(text: str) -> Iterator[list[str]]:
    """Yield the files that are named together in brackets."""
    for inside in re.findall(r"\((`[^()]*`[^()]*)\)", text):
        if found := FILE.findall(inside):
            yield found


def is_there(folders: list[str], name: str) -> bool:
    """Tell whether a file lies in one of some folders, or is named from the root; NAME stands for any."""
    pattern = name.rstrip("/").replace("NAME", "*")
    return any(any((ROOT / folder).glob(pattern)) for folder in [*folders, ""])


def identifiers(path: Path) -> set[str]:
    """Return what a module defines, uses or takes, by name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for field in ("name", "id", "attr", "arg"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                found.add(name)
    return found


def strings(path: Path) -> Iterator[str]:
    """Yield the docstrings of a module and of what it defines, those below an assignment too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def is_importable(name: str) -> bool:
    """Tell whether a dotted name, such as `nn.train.descent` or `nn.fit`, leads somewhere."""
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def glossary() -> list[tuple[str, str]]:
    """Return each word of the glossary with the file that defines it."""
    rows = [line.split("|")[1:-1] for line in section("ARCHITECTURE.md", "Words").splitlines() if "`" in line]
    return [(word, row[-1].strip(" `")) for row in rows if len(row) == 3 for word in WORD.findall(row[0])]


@pytest.mark.parametrize(
    ("document", "least"), [*((name, 21) for name in DOCUMENTS), *zip(PROMISES, (15, 4), strict=True)]
)
def test_every_file_it_names_is_there(document: str, least: int) -> None:
    named = list(files_named(read(document)))
    assert len(named) >= least
    beside = str(Path(document).parent)  # where the links of a document lead
    assert [name for folders, name in named if not is_there([*folders, beside], name)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_name_it_writes_as_code_is_in_the_code(document: str) -> None:
    known = {name for path in CODE for name in (*identifiers(path), path.stem, path.parent.name)}
    assert set(WORD.findall(read(document))) - PROGRAMS - known == set()


@pytest.mark.parametrize("package", ["autograd", "nn", "viz", "glassgrad", "benchmarks"])
def test_every_dotted_name_in_a_docstring_leads_somewhere(package: str) -> None:
    named = {
        (name, str(path.relative_to(ROOT)))
        for path in (ROOT / package).rglob("*.py")
        for text in strings(path)
        for span in CODE_SPAN.findall(text)
        for name in DOTTED.findall(span)
    }
    assert named
    assert sorted(found for found in named if not is_importable(found[0])) == []


def test_every_room_is_in_the_table_of_rooms() -> None:
    rows = [
        line.split("|")[1] for line in section("ARCHITECTURE.md", "The rooms").splitlines() if "|" in line
    ]
    listed = {name for cell in rows for name in re.findall(r"`([\w./]+)`", cell)}
    rooms = {
        f"{door.parent.relative_to(ROOT)}/"
        for top in ("autograd", "nn", "viz", "glassgrad")
        for door in (ROOT / top).rglob("__init__.py")
    }
    rooms |= {path.name for path in ROOT.glob("*.py")}
    assert listed == rooms | {"tests/", "benchmarks/", "notebooks/", "docs/"}


@pytest.mark.parametrize(("word", "file"), glossary())
def test_a_word_of_the_glossary_is_in_the_file_that_defines_it(word: str, file: str) -> None:
    assert word in identifiers(ROOT / file)


def test_the_glossary_has_each_word_once() -> None:
    words = [word for word, _ in glossary()]
    assert len(words) > 20
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("what", RECIPES)
def test_a_recipe_names_its_files_and_its_test(what: str) -> None:
    recipe = section("CONTRIBUTING.md", f"Add {what}")
    named = [name for _, name in files_named(recipe)]
    assert [name for name in named if name.startswith("tests/")]
    assert [name for name in named if not name.startswith("tests/")]


def test_before_a_commit_runs_what_ci_runs_and_nothing_from_elsewhere() -> None:
    hooks = read(".pre-commit-config.yaml")
    assert re.findall(r"repo: (.*)", hooks) == ["local"]
    entries = [entry.split() for entry in re.findall(r"entry: (.*)", hooks)]
    assert {tuple(entry[:2]) for entry in entries} == {(".venv/bin/python", "-m")}
    *tools, tests = [tuple(entry[2:]) for entry in entries]
    (mark,) = test_quality.test_tools_have_nothing_to_say.pytestmark
    assert tools == mark.args[1]
    assert tests[:3] == ("pytest", "-n", "0")
    assert [path for path in tests[3:] if not (ROOT / path).is_file()] == []


def test_the_changelog_has_the_version_of_the_project() -> None:
    version = PROJECT["project"]["version"]
    assert re.search(rf"^## \[?{re.escape(version)}\b", read("CHANGELOG.md"), re.MULTILINE)
