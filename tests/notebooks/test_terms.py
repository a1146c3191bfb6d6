"""One word, one meaning, in all Chinese of the project: none that `notebooks/zh/terms.md` rejects."""

from __future__ import annotations

import re

import pytest

from docs.gallery.pieces import PIECES
from tests.notebooks.reader import FOLDER
from viz.steps.chinese import CHINESE

ZH = FOLDER / "zh"
QUOTED = re.compile(r"<details><summary>文档原文</summary>.*?</details>|文档里叫“[^”]+”", re.DOTALL)
ROW = re.compile(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \| ([^|]*)\|$", re.MULTILINE)


def rejected() -> dict[str, list[str]]:
    """Return each word that is not used, with the files in which it is nevertheless."""
    table = (ZH / "terms.md").read_text(encoding="utf-8").partition("## Words that are not used")[2]
    rows = ROW.findall(table.partition("\n## ")[0])[1:]
    return {word: places.split(", ") for words, places in rows for word in words.split("，")}


def said() -> dict[str, str]:
    """Return all Chinese, without quotations, by the file in which it stands."""
    pages = [FOLDER.parent / "README.zh.md", ZH / "README.md", ZH / "glossary.md"]
    files = [*pages, *sorted((ZH / "texts").glob("*.md"))]
    return {
        "chinese.py": "\n".join(CHINESE.values()),
        "pieces.py": "\n".join(part for piece in PIECES for part in (piece.title[1], piece.text[1])),
    } | {path.name: QUOTED.sub("", path.read_text(encoding="utf-8")) for path in files}


@pytest.mark.parametrize("word", rejected())
def test_a_rejected_word_is_used_nowhere(word: str) -> None:
    places = [name.strip() for name in rejected()[word]]
    found = {
        name: text[max(text.index(word) - 10, 0) : text.index(word) + 10]
        for name, text in said().items()
        if word in text and name not in places
    }
    assert found == {}, "terms.md has another word for it"


def test_code_stands_apart_from_chinese() -> None:
    for name, text in said().items():
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        for code in re.finditer(r"`[^`\n]+`", prose):
            around = prose[code.start() - 1] + prose[code.end() : code.end() + 1]
            assert not re.search(r"[一-鿿]", around), f"{name}: a space is missing beside {code[0]}"
