"""What a notebook shows of reports, blame, data and histories: tables of texts that are only shown."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

import nn
from autograd import Value, explain, gradcheck, relu
from autograd.notation.rows import html_table

HOSTILE = '<script>alert("1")</script>&'


def read(shown: Any) -> tuple[str, list[list[str]]]:
    """Return the caption and the rows of a table, the heads first."""
    root = ElementTree.fromstring(shown if isinstance(shown, str) else shown._repr_html_())
    assert {e.tag for e in root.iter()} <= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    return str(root.findtext("caption", "")), [
        [str(cell.text or "") for cell in row] for row in root.iter("tr")
    ]


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
