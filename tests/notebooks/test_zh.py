"""The Chinese notebooks: each is its English one in other words, true to the digit or known as outdated."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks" / "zh"

NOT_YET: dict[str, str] = {}
"""What is not yet translated, and why."""

MARKS = "，。：；？！、（）“”《》,.:;?!()"
QUOTED = re.compile(r"<details><summary>文档原文</summary>.*?</details>", re.DOTALL)


def loaded() -> Any:
    spec = importlib.util.spec_from_file_location("build_zh", FOLDER / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = loaded()
TRANSLATED = [name for name in build.names() if name not in NOT_YET]


def texts(name: str) -> dict[str, str]:
    return {cell: text for cell, _, text in build.sections(name)}


def test_nothing_is_left_over() -> None:
    assert set(NOT_YET) <= set(build.names())
    assert sorted(path.stem for path in build.TEXTS.glob("*.md")) == TRANSLATED
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == TRANSLATED
    assert all((name in TRANSLATED) and (cell in texts(name)) for name, cell in build.OTHERWISE)


@pytest.mark.parametrize("name", TRANSLATED)
def test_its_texts_are_complete_current_and_true_to_the_digit(name: str) -> None:
    assert build.complaints(name) == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_it_was_built_from_them(name: str) -> None:
    kept = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
    assert kept == build.written(build.chinese(name, pictures=False))


@pytest.mark.parametrize("name", TRANSLATED)
def test_its_code_and_what_it_printed_are_those_of_the_english_one(name: str) -> None:
    source, whole = build.english(name), build.chinese(name)
    light = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell, same, kept in zip(source["cells"], whole["cells"], light["cells"], strict=True):
        assert {**same, "source": ""} == {**cell, "source": ""}
        assert {**kept, "source": "", "outputs": ""} == {**cell, "source": "", "outputs": ""}
        if cell["cell_type"] == "code":
            assert cell["source"] == same["source"] == kept["source"]
            for output, printed in zip(cell["outputs"], kept["outputs"], strict=True):
                assert output == printed or "image/png" in output["data"] or "image/svg+xml" in output["data"]
        else:
            assert same["source"] == kept["source"] != cell["source"]


@pytest.mark.parametrize("name", TRANSLATED)
def test_it_is_written_in_chinese(name: str) -> None:
    for cell, text in texts(name).items():
        words = build.KEPT.sub("", text)
        assert len(re.findall(r"[一-鿿]", words)) > len(re.findall(r"[A-Za-z]+", words)), (cell, text)


@pytest.mark.parametrize("name", TRANSLATED)
def test_markdown_sees_what_is_bold(name: str) -> None:
    """Two asterisks between a punctuation mark and a letter end nothing bold (CommonMark 6.2)."""
    for cell, text in texts(name).items():
        plain = re.sub(r"```.*?```|`[^`]+`|\$[^$]+\$", "x", QUOTED.sub("", text), flags=re.DOTALL)
        for found in re.finditer(r"(\*\*?)([^*]+)\1", plain):
            before, after = plain[: found.start()][-1:], plain[found.end() :][:1]
            free = (" ", "\n", "", *MARKS)
            assert found[2][-1] not in MARKS or after in free, (cell, found[0] + after)
            assert found[2][0] not in MARKS or before in free, (cell, before + found[0])


@pytest.mark.parametrize("name", TRANSLATED)
def test_its_links_lead_somewhere(name: str) -> None:
    for text in texts(name).values():
        for target in re.findall(r"\]\(([^)#]+)", text):
            assert target.startswith("https://") or (FOLDER / target).exists(), target


@pytest.mark.parametrize("name", ["README.md", "glossary.md"])
def test_its_tables_are_the_english_ones_row_by_row(name: str) -> None:
    english, chinese = (
        [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
        for path in (build.ENGLISH / name, FOLDER / name)
    )
    for row, same in zip(english, chinese, strict=True):
        assert sorted(build.KEPT.findall(same)) == sorted(build.KEPT.findall(row)), same
        if name == "glossary.md" and "中文" not in row:
            assert same.split(" | ")[1] == row[2:].split(" | ")[0], "the English word"


@pytest.mark.parametrize("name", ["README.md", "glossary.md", "terms.md"])
def test_the_links_beside_them_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", (FOLDER / name).read_text(encoding="utf-8")):
        assert (FOLDER / target).exists(), target


CELLS = {"title": "# Two and 2\n\nThe number `x` is 0.5.", "run": "Twice 3.", "end": "**In short.** $x^2$"}
CHINESE = {"title": "# 二与 2\n\n数 `x` 是 0.5。", "run": "3 的两倍。", "end": "**小结。** $x^2$"}
QUESTION = 'check(None, 6, "Twice 3.")'
PICTURE = {
    "output_type": "display_data",
    "metadata": {},
    "data": {"image/png": "AAAA", "text/plain": ["<F>"]},
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One English notebook with its Chinese text, in a folder of their own."""
    (tmp_path / "zh" / "texts").mkdir(parents=True)
    for name, place in (("ENGLISH", ""), ("HERE", "zh"), ("TEXTS", "zh/texts")):
        monkeypatch.setattr(build, name, tmp_path / place)
    cells = [
        {"cell_type": "markdown", "id": cell, "metadata": {}, "source": [source]}
        for cell, source in CELLS.items()
        if cell != "run"
    ]
    code = {
        "cell_type": "code",
        "execution_count": 1,
        "id": "run",
        "metadata": {},
        "source": [QUESTION],
        "outputs": [PICTURE],
    }
    notebook = {"cells": [cells[0], code, cells[1]], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "one.ipynb").write_text(build.written(notebook), encoding="utf-8")
    translate(CHINESE)
    return tmp_path


def translate(texts: dict[str, str]) -> None:
    sections = [
        f"<!-- cell: {cell} {build.digest(CELLS.get(cell, ''))} -->\n{text}" for cell, text in texts.items()
    ]
    (build.TEXTS / "one.md").write_text("\n\n".join(sections), encoding="utf-8")


def test_it_is_built_and_then_checked(small: Path) -> None:
    assert build.main(["one", "--check"]) == 2
    assert build.main([]) == 0
    assert build.main(["--check"]) == 0
    cells = json.loads((small / "zh" / "one.ipynb").read_text(encoding="utf-8"))["cells"]
    hint = f"<details><summary>提示</summary>\n\n{CHINESE['run']}\n\n</details>"
    assert ["".join(cell["source"]) for cell in cells] == [
        f"{CHINESE['title']}\n\n{hint}",
        QUESTION,
        CHINESE["end"],
    ]
    assert list(cells[1]["outputs"][0]["data"]) == ["text/markdown", "text/plain"]


def test_lines_are_joined_within_chinese_and_nowhere_else(small: Path) -> None:
    wrapped = {"end": "### 标题\n**小结。** 一行，\n二行 $x^2$\n三行。\n\n- 甲。\n  乙\n  *丙*\n- 丁\nd"}
    translate({**CHINESE, **wrapped})
    assert build.main([]) == 0
    cells = json.loads((small / "zh" / "one.ipynb").read_text(encoding="utf-8"))["cells"]
    assert "".join(cells[-1]["source"]) == (
        "### 标题\n**小结。** 一行，二行 $x^2$\n三行。\n\n- 甲。乙*丙*\n- 丁\nd"
    )


def test_pictures_are_kept_where_they_are_asked_for(small: Path) -> None:
    assert build.main(["--pictures", str(small / "all")]) == 0
    cells = json.loads((small / "all" / "one.ipynb").read_text(encoding="utf-8"))["cells"]
    assert cells[1]["outputs"] == [PICTURE]
    assert not (small / "zh" / "one.ipynb").exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"end": None}, "one, cell end: missing; add its text to texts/one.md below `<!-- cell: end "),
        ({"gone": "没有"}, "one, cell gone: the English notebook has no such cell; remove its section"),
        ({"title": "# 二与 2\n\n数 `x` 是 0.6。"}, "one, cell title: lacks 0.5 and adds 0.6; write them as"),
        ({"title": "# 二与 2\n\n数 x 是 0.5。"}, "one, cell title: lacks `x`; write them as"),
        ({"run": "2 的三倍。"}, "one, cell run: lacks 3 and adds 2; write them as"),
        ({"run": None}, "one, cell run: missing; add its text to texts/one.md below `<!-- cell: run "),
        ({"end": "**小结。** $x^3$"}, "one, cell end: lacks $x^2$ and adds $x^3$; write them as"),
    ],
)
def test_a_text_that_does_not_fit_is_one_line_with_its_remedy(
    changed: dict[str, str | None], told: str, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    translate({cell: text for cell, text in {**CHINESE, **changed}.items() if text is not None})
    assert build.main(["one"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith(told)
    assert not (small / "zh" / "one.ipynb").exists()


def test_a_changed_english_cell_outdates_its_text(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = small / "one.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("Two and 2", "Two and two"), encoding="utf-8")
    assert build.main(["one"]) == 2
    old, new = build.digest(CELLS["title"]), build.digest(CELLS["title"].replace("2", "two"))
    assert capsys.readouterr().err == (
        f"one, cell title: outdated, the English cell changed; translate anew and write {new} for {old}\n"
    )


def test_a_changed_hint_outdates_its_text(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = small / "one.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("Twice 3", "2 times 3"), encoding="utf-8")
    assert build.main(["one"]) == 2
    assert capsys.readouterr().err.startswith("one, cell run: outdated")


def test_a_new_text_begins_in_english_and_overwrites_none(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build.main(["--new", "one"]) == 2
    assert "texts/one.md is there already" in capsys.readouterr().err
    (build.TEXTS / "one.md").unlink()
    assert build.main(["one"]) == 2
    assert "begin it with `python notebooks/zh/build.py --new one`" in capsys.readouterr().err
    assert build.main(["--new", "one"]) == 0
    assert texts("one") == CELLS


@pytest.mark.parametrize("arguments", [["two"], ["--new"]])
def test_a_wrong_name_is_refused(
    arguments: list[str], small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build.main(arguments) == 2
    assert "'one'" in (said := capsys.readouterr().err) or "needs the name" in said
    assert said.count("\n") == 1
