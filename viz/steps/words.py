"""The words of a story in one language: whole sentences, filled in by name."""

from __future__ import annotations

from viz.steps.chinese import CHINESE
from viz.steps.english import ENGLISH
from viz.steps.slots import choice, slot

LANGUAGES = {"en": ENGLISH, "zh": CHINESE}


class Words:
    """The sentences of one language, "en" or "zh". Raises ValueError for another."""

    def __init__(self, lang: str = "en") -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"lang must be one of {', '.join(map(repr, LANGUAGES))}, got {lang!r}")
        self.lang = lang
        self.table = LANGUAGES[lang]

    def __call__(self, key: str, **texts: object) -> str:
        """Return a sentence with texts, which may hold slots, in place of its names."""
        return self.table[key].format(**texts)

    def updates(self, key: str, place: str, **texts: object) -> str:
        """Say how an update moves several numbers, in the sentence of that key or what takes its place."""
        told = {case: self(f"{key}.{case}", **texts) for case in ("set", "nan", "flat", "still", "climb")}
        return choice("m", place, {**told, "+": self(key, **texts)})

    def moves(self, kind: str, place: str) -> str:
        """Say how far one number moves for a tiny step of another, where the slot is the factor."""
        size = slot(kind, place, "size")
        return choice(kind, place, {key: self(f"moves.{key}", x=size) for key in ("0", "1", "-1", "+", "-")})
