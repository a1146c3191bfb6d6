"""Rows of texts as a table, in a terminal or as a notebook shows it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from html import escape
from itertools import zip_longest
from math import inf
from unicodedata import category, combining, east_asian_width


def aligned(rows: Iterable[Sequence[str]], right: Container[int] = (), longest: float = inf) -> list[str]:
    """Return rows of texts as lines, column under column, two spaces between; `right` ones end alike.

    A text of more than `longest` cells does not push the columns after it to the right.
    """
    rows = [*rows]
    widths = [
        max((room for text in column if (room := cells(text)) <= longest), default=0)
        for column in zip_longest(*rows, fillvalue="")
    ]
    return [
        "  ".join(
            " " * (width - cells(text)) + text if place in right else text + " " * (width - cells(text))
            for place, (text, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in rows
    ]


def cells(text: str) -> int:
    """Return the width of a text in a terminal, in cells: 2 for a wide East Asian character."""
    return len(text) if text.isascii() else sum(map(cells_of_character, text))


@lru_cache(maxsize=10_000)
def cells_of_character(character: str) -> int:
    """Return the width of a character in a terminal: 0, 1 or 2 cells."""
    if combining(character) or category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def html_table(heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Return a table in HTML: texts are shown as they are, and nothing in them is markup."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in rows)
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{told}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
