"""Steps as the page holds them: what many have in common is there once, with holes for numbers and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from json import dumps
from typing import Any

from viz.steps.slots import NAMED
from viz.steps.step import Caption, Step, Term

HOLE = re.compile(rf'({NAMED.pattern}|[0-9](?<=[a-z\s"-].)(?:(?<=0)|(?<!0)\d{{0,8}})(?![\d=]))')
"""What a form leaves out of the text of a step: names, and numbers without leading zeros in ids and words."""


def formed(steps: Iterable[Step]) -> dict[str, Any]:
    """Return steps as the page's script reads them.

    `steps` has for each the places of its two `forms`, what it changes on screen and what it says, then what
    is in their holes: a number, or −1 − the place of a name among the `names`. Forms and names are JSON text.
    """
    forms: dict[str, int] = {}
    names: dict[str, int] = {}
    rows: list[list[int]] = []
    for step in steps:
        held: dict[str, int] = {}
        pieces = HOLE.split(f"{_json(_changed(step))}\n{_json(_said(step))}")
        pieces[1::2] = [f"\ue005{held.setdefault(hole, len(held))}\ue006" for hole in pieces[1::2]]
        changed, said = (forms.setdefault(form, len(forms)) for form in "".join(pieces).split("\n"))
        inside = [
            int(text) if text.isdecimal() else -1 - names.setdefault(text[1:-1], len(names)) for text in held
        ]
        rows.append([changed, said, *inside])
    return {"forms": [*forms], "names": [*names], "steps": rows}


def _changed(step: Step) -> dict[str, Any]:
    parts = ("phase", "node", "within", "texts", "states", "marks")
    return {part: getattr(step, part) for part in parts}


def _said(step: Step) -> dict[str, Any]:
    parts = ("count", "line", "question", "answer", "again", "share")
    return {part: getattr(step, part) for part in parts} | {
        "caption": _caption(step.caption),
        "sum": _terms(step.sum),
    }


def _caption(caption: Caption) -> dict[str, Any]:
    return {
        "headline": caption.headline,
        "detail": caption.detail,
        "sentence": caption.sentence,
        "terms": _terms(caption.terms),
    }


def _terms(terms: Sequence[Term]) -> list[dict[str, str]]:
    parts = ("sign", "symbol", "number", "words")
    return [{part: getattr(term, part) for part in parts} for term in terms]


def _json(data: Any) -> str:
    return dumps(data, ensure_ascii=False, separators=(",", ":"))
