"""No text uses a word before the notebook that explains it, unless it says which notebook that is."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from tests.notebooks.reader import FOLDER
from tests.test_notebooks import GLOSSARY, reading_order

NOT_READ = (
    r"<details><summary>What the documents? says?</summary>.*?</details>",  # a quotation has its own words
    r"```.*?```",
    r"\$[^$]*\$|`[^`]*`",
)

OF_THE_DOCUMENTS = {
    "bias": "偏置 偏置项 偏移值",
    "clipping": "梯度裁剪",
    "cross-entropy": "交叉熵 二进制交叉熵 分类交叉熵",
    "early stopping": "提前终止 提前停止 早停",
    "epoch": "轮次 周期",
    "feature map": "特征图",
    "forward propagation": "前向传播 前馈传播",
    "gradient descent": "梯度下降 坡度下降",
    "LSTM": "长短时记忆网络",
    "learning rate": "学习率 步长",
    "loss": "损失 成本函数 代价函数 误差函数 目标函数",
    "overfitting": "过拟合 过度拟合",
    "perceptron": "感知机 感知器",
    "ReLU": "修正线性单元",
    "recurrent": "循环神经网络 递归神经网络 递归网络",
    "residual connection": "残差网络",
    "slope": "斜率 坡度",
    "weight": "权重 权值",
}
"""What the five documents call a thing, those names too that only one of them has."""


def explained() -> dict[str, str]:
    """Return each word of the glossary with the number of the notebook that explains it."""
    rows = re.findall(
        r"^\| ([^|]+) \| [^|]+ \| (\d\d) \|$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {word: number for words, number in rows for word in words.split(", ")}


@cache
def sentences(name: str) -> list[str]:
    """Return the sentences of a notebook, without code, formulas and quotations."""
    cells = json.loads((FOLDER / name).read_text(encoding="utf-8"))["cells"]
    markdown = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    for pattern in NOT_READ:
        markdown = re.sub(pattern, "x", markdown, flags=re.DOTALL)
    paragraphs = re.split(r"\n\s*\n|\n(?=[-#|*] |\d+\. )", markdown)
    return [part for text in paragraphs for part in re.split(r"(?<=[.?!])\s+", " ".join(text.split()))]


def uses(sentence: str, word: str) -> bool:
    return (
        re.search(rf"(?<![\w-]){re.escape(word)}(?:s|es|d|ed|ing)?(?![\w-])", sentence, re.IGNORECASE)
        is not None
    )


def early(word: str, number: str) -> list[str]:
    """Return, of each earlier notebook, the first sentence with the word, if it does not name `number`."""
    order = reading_order()
    before = order[: next(place for place, name in enumerate(order) if name.startswith(number))]
    met = {name[:2]: next((s for s in sentences(name) if uses(s, word)), "") for name in before}
    return [f"{name}: {s}" for name, s in met.items() if s and not re.search(rf"(notebook|and) {number}", s)]


@pytest.mark.parametrize(("word", "number"), explained().items())
def test_a_word_is_explained_before_it_is_used(word: str, number: str) -> None:
    assert early(word, number) == []
    [name] = [name for name in reading_order() if name.startswith(number)]
    assert any(uses(sentence, word) for sentence in sentences(name)), f"{name} does not use it"


@pytest.mark.parametrize(("word", "names"), OF_THE_DOCUMENTS.items(), ids=[*OF_THE_DOCUMENTS])
@pytest.mark.parametrize("glossary", [GLOSSARY, FOLDER / "zh" / "glossary.md"], ids=["english", "chinese"])
def test_a_reader_of_the_documents_finds_their_names(glossary: Path, word: str, names: str) -> None:
    rows = glossary.read_text(encoding="utf-8").splitlines()
    [row] = [row for row in rows if word in re.split(r" \| |, ", row.removeprefix("| "))]
    assert {*names.split()} <= {*re.split(r"[ |,，（）]+", row)}


def test_a_word_that_comes_too_early_is_found() -> None:
    assert early("softmax", "39"), "softmax is used long before notebook 39"
    assert not early("federated", "39")
