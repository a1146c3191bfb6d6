"""Tables of texts: aligned in a terminal; of reports, blame, data and histories as a notebook shows them."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, explain, gradcheck, relu
from autograd.notation.rows import aligned, cells, html_table

HOSTILE = '<script>alert("1")</script>&'


def read(shown: Any) -> tuple[str, list[list[str]]]:
    """Return the caption and the rows of a table, the heads first."""
    root = ElementTree.fromstring(shown if isinstance(shown, str) else shown._repr_html_())
    assert {e.tag for e in root.iter()} <= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    return str(root.findtext("caption", "")), [
        [str(cell.text or "") for cell in row] for row in root.iter("tr")
    ]


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("参数a", 5), ("e\u0301", 1), ("\u200d", 0), ("×", 1), ("개", 2)]
)
def test_a_wide_character_takes_two_cells(text: str, width: int) -> None:
    assert cells(text) == width


@given(st.data(), st.integers(1, 4), st.sets(st.integers(0, 3)))
def test_columns_stand_below_each_other_whatever_their_letters(
    data: Any, count: int, right: set[int]
) -> None:
    texts = st.text("ab参개é\u0301", min_size=1, max_size=6)
    rows = data.draw(st.lists(st.lists(texts, min_size=count, max_size=count), max_size=5))
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    for row, line in zip(rows, aligned(rows, right), strict=True):
        at, end = 0, 0  # of a column, in cells, and of what was read, in characters
        for place, (text, width) in enumerate(zip(row, widths, strict=True)):
            end = line.index(text, end) + len(text)
            assert cells(line[:end]) == at + (width if place in right else cells(text))
            at += width + 2
        assert end == len(line)


def test_a_long_text_and_a_short_row_leave_the_others_where_they_are() -> None:
    assert aligned([("a", "b", "c"), ("long", "x"), ("ab",), ()], longest=3) == [
        "a   b  c",
        "long  x",
        "ab",
        "",
    ]
    assert aligned([]) == []


def test_tables_stand_straight_with_chinese_names() -> None:
    class Translator(nn.Module):
        def __init__(self) -> None:
            self.编码器, self.out = nn.Layer(2, 3), nn.Layer(3, 1)

    tried = nn.SearchResult([nn.Trial({"方法": name, "lr": 0.1}, 1.0) for name in ("随机", "grid")])
    for table in (nn.summary(Translator()), str(tried)):
        assert len({cells(line) for line in table.splitlines()}) == 1, table


def test_texts_are_shown_as_they_are() -> None:
    assert read(html_table(["a", HOSTILE], [[HOSTILE, ""]], HOSTILE)) == (
        HOSTILE,
        [["a", HOSTILE], [HOSTILE, ""]],
    )
    assert read(html_table(["a"], [])) == ("", [["a"]])


def test_a_report_shows_what_it_prints() -> None:
    report = gradcheck(lambda x, y: relu(x) * y, 0.0, 2.0)
    _, (heads, *rows) = read(report)
    printed = str(report).split("\n")
    assert heads == printed[0].split()
    assert [row[0] for row in rows] == ["∂f/∂x0", "∂f/∂x1"]
    assert rows[0][-1].startswith("kink")
    for row, line in zip(rows, printed[1:], strict=False):
        assert "".join("".join(row).split()) == "".join(line.split())


def test_blame_shows_each_path_and_the_rest() -> None:
    w = Value(2.0, label=HOSTILE)
    caption, (heads, *rows) = read(explain(5 * w + w * w - 0.5 * w, w, paths=2))
    assert caption == "8.5 in all"
    assert heads == ["path", "product", "share"]
    assert [row[1:] for row in rows] == [["5", "58.8%"], ["2", "23.5%"], ["1.5", "17.6%"]]
    assert rows[0][0].startswith(HOSTILE)
    assert rows[-1][0] == "the other 2 paths"


def test_a_data_set_shows_its_first_rows_with_their_targets() -> None:
    caption, (heads, *rows) = read(nn.iris())
    assert caption == "150 rows"
    assert (heads[-1], len(rows)) == ("species", 5)
    assert rows[0][-1] == "setosa"
    _, (heads, *rows) = read(nn.digits())
    assert len(heads) == len(rows[0]) == 14
    assert heads[-2] == rows[0][-2] == "…"


@pytest.mark.parametrize("count", [0, 1, 2, 6, 100])
def test_a_history_shows_the_first_the_last_and_the_best_epoch(count: int) -> None:
    held_out = [abs(epoch - 37.0) for epoch in range(count)]
    history = nn.History([1.0 / (epoch + 1) for epoch in range(count)], held_out, stopped_early=True)
    caption, (heads, *rows) = read(history)
    assert caption == f"{count} epochs, stopped early"
    assert heads == (["epoch", "train loss", "held-out loss"] if count else ["epoch"])
    epochs = [int(row[0]) for row in rows]
    assert epochs == sorted({*epochs})
    assert {1, count, min(38, count)} - {0} <= {*epochs} or not count
    assert all(float(row[2]) == held_out[int(row[0]) - 1] for row in rows)
