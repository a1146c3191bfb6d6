"""Steps as the page holds them: what many have in common is there once, with holes for numbers and names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from json import dumps
from typing import Any

from viz.steps.slots import NAMED
from viz.steps.step import Step

HOLE = re.compile(rf'({NAMED.pattern}|[0-9](?<=[a-z\s"-].)(?:(?<=0)|(?<!0)[0-9]{{0,8}})(?![\d=]))')
"""What a template leaves out of a step: names, and numbers without leading zeros in ids and words."""

CHANGES = ("phase", "node", "within", "texts", "states", "marks")
WORDS = ("count", "line", "question", "answer", "again", "share", "caption", "sum")
"""The parts of a step that are known from the beginning, and those that are read when the step is told."""


def templated(steps: Iterable[Step]) -> dict[str, Any]:
    """Return steps as the page's script reads them.

    `steps` has for each the places of its two `templates`, what it changes on screen and what it says, and
    what is in their holes: a number, or −1 − the place of a name among the `names`. All are JSON text.
    """
    templates: dict[str, int] = {}
    names: dict[str, int] = {}
    rows: list[list[int]] = []
    for step in steps:
        held: dict[str, int] = {}
        pieces = HOLE.split(f"{_json(step, CHANGES)}\n{_json(step, WORDS)}")
        pieces[1::2] = [f"\ue005{held.setdefault(hole, len(held))}\ue006" for hole in pieces[1::2]]
        changed, said = (
            templates.setdefault(template, len(templates)) for template in "".join(pieces).split("\n")
        )
        inside = [
            int(text) if text.isdecimal() else -1 - names.setdefault(text[1:-1], len(names)) for text in held
        ]
        rows.append([changed, said, *inside])
    return {"templates": [*templates], "names": [*names], "steps": rows}


def _json(step: Any, parts: Iterable[str]) -> str:
    """Return these parts of a step as JSON, and captions and terms by all of theirs."""
    known = {part: getattr(step, part) for part in parts}
    return dumps(
        known,
        ensure_ascii=False,
        separators=(",", ":"),
        default=lambda told: {part: getattr(told, part) for part in told.__slots__},
    )
