"""The notebooks as a reader finds them: run, seeded, small, in the map."""

import ast
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

import autograd
import nn
import viz

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MAP = (FOLDER / "README.md").read_text(encoding="utf-8")
GLOSSARY = FOLDER / "glossary.md"

LONGEST_CELL = 12
LONGEST_SENTENCE = 35  # words
MOST_IN_A_ROW = 4
LARGEST_FILE = 1_000_000
DRAWN_AT_RANDOM = {"MLP", "Layer", "Neuron", "Dropout"}
UNSEEDED = re.compile(r"Random\(\)|default_rng\(\)|np\.random\.(?!default_rng)|(?<![.\w])random\.\w+\(")
EXAMPLES = {
    f"D{document}.{example}"
    for document, examples in enumerate((8, 9, 4, 5, 1))
    for example in range(1, examples + 1)
}
"""The documents' worked examples, counted document by document."""


@pytest.fixture(params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def path(request: pytest.FixtureRequest) -> Path:
    return request.param  # type: ignore[no-any-return]


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def program(path: Path) -> ast.Module:
    return ast.parse("\n".join(source(cell) for cell in cells(path, "code")))


def test_it_was_run_once_from_top_to_bottom_without_a_complaint(path: Path) -> None:
    nbformat.validate(nbformat.read(path, as_version=4))
    code = cells(path, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert outputs
    for output in outputs:
        assert output["output_type"] != "error"
        assert output.get("name") != "stderr", "".join(output.get("text", ""))


def test_it_keeps_neither_times_nor_bulk(path: Path) -> None:
    for kind in ("code", "markdown"):
        assert [cell["metadata"] for cell in cells(path, kind) if cell["metadata"]] == []
    assert path.stat().st_size <= LARGEST_FILE


def test_every_cell_is_short_and_announced(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert source(content[0]).startswith("# ")
    kinds = "".join("c" if cell["cell_type"] == "code" else "m" for cell in content)
    assert "c" * (MOST_IN_A_ROW + 1) not in kinds, "so many code cells in a row need a question between them"
    for cell in cells(path, "code"):
        lines = [line for line in source(cell).splitlines() if line.strip()]
        assert len(lines) <= LONGEST_CELL, lines[0]


def test_its_numbers_are_checked(path: Path) -> None:
    tests = Path(__file__).parent / "notebooks"
    assert (tests / "claims" / f"{path.stem}.py").is_file() or (tests / f"test_{path.stem}.py").is_file()


def test_no_cell_asserts_and_one_function_judges_all_answers(path: Path) -> None:
    nodes = list(ast.walk(program(path)))
    assert not [node for node in nodes if isinstance(node, ast.Assert)], "play would stop there"
    assert "check" not in {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    questions = [node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) == "check"]
    origins = [
        node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.names[0].name == "check"
    ]
    assert questions
    assert set(origins) == {"glassgrad.exercises"}


def test_it_ends_in_short(path: Path) -> None:
    assert "**In short.**" in source(cells(path, "markdown")[-1])


def test_no_cell_shows_what_a_method_of_a_drawing_returned(path: Path) -> None:
    for cell in cells(path, "code"):
        shown = ["".join(output.get("data", {}).get("text/plain", "")) for output in cell["outputs"]]
        assert not [text for text in shown if text.startswith(("Text(", "[Text(", "<Axes", "[<"))], "end in ;"


def test_a_plotted_history_names_its_unit_in_axis_and_legend(path: Path) -> None:
    for cell in cells(path, "code"):
        for line in source(cell).splitlines():
            assert "plot_history(" not in line or "xlabel" not in line, "give plot_history the unit"


def sentences(markdown: str) -> list[str]:
    """Return the sentences of a cell; a formula or a piece of code counts as one word."""
    plain = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    plain = re.sub(r"\$[^$]*\$|`[^`]*`", "x", plain)
    paragraphs = re.split(r"\n\s*\n|\n(?=[-#|*] |\d+\. )|</?details>|</?summary>", plain)
    return [
        part for paragraph in paragraphs for part in re.split(r"(?<=[.?!。])\s+", " ".join(paragraph.split()))
    ]


def test_no_sentence_is_long(path: Path) -> None:
    for cell in cells(path, "markdown"):
        for sentence in sentences(source(cell)):
            assert len(sentence.split()) <= LONGEST_SENTENCE, sentence


def test_nothing_in_it_is_left_to_chance(path: Path) -> None:
    for cell in cells(path, "code"):
        assert not UNSEEDED.search(source(cell)), source(cell)
    for node in ast.walk(program(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            given = {keyword.arg for keyword in node.keywords}
            assert node.func.attr not in DRAWN_AT_RANDOM or given & {"seed", "init"}, ast.unparse(node)


def test_it_imports_what_the_packages_have(path: Path) -> None:
    public = {
        name
        for package in (autograd, nn, viz)
        for name, member in vars(package).items()
        if not name.startswith("_") and not isinstance(member, ModuleType)
    }
    for node in ast.walk(program(path)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in public:
            assert f".{node.name}(" in ast.unparse(node), f"{node.name} is pasted, not imported"


def reading_order() -> list[str]:
    """Return the files in the order of the map."""
    return re.findall(r"^\|[^|]+\| \[(?:\d\d|build)\]\((.+?)\)", MAP, re.MULTILINE)


def test_the_map_leads_to_every_notebook() -> None:
    names = [path.name for path in NOTEBOOKS]
    assert sorted(reading_order()) == names
    assert set(re.findall(r"\]\((.+?)\)", MAP)) == {*names, GLOSSARY.name, "zh/README.md"}


def test_the_map_holds_every_worked_example() -> None:
    assert set(re.findall(r"D\d\.\d(?= *[|,])", MAP)) == EXAMPLES


def test_every_drawing_can_be_seen_where_nothing_is_trusted(path: Path) -> None:
    for cell in cells(path, "code"):
        for output in cell["outputs"]:
            data = {kind: "".join(content) for kind, content in output.get("data", {}).items()}
            if "image/svg+xml" in data or "<iframe" in data.get("text/html", ""):
                assert "image/png" in data, source(cell)
            bare = re.sub(r"<style>.*?</style>", "", data.get("image/svg+xml", ""), flags=re.DOTALL)
            assert "<rect" not in bare or 'fill="#' in bare
