"""How much room a text takes, and how it is made safe to show.

A drawing is laid out before anyone knows which fonts will show it. So numbers, names and formulas are set
in a fixed-width face, whose characters are all about 0.6 em wide, and wide East Asian characters 1 em.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from unicodedata import category

from autograd.notation.rows import cells_of_character

NARROW, WIDE = 0.61, 1.04
"""The width of a character in em: the widest of the common fixed-width faces, and a CJK or emoji face."""

CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
"""A Chinese, Japanese or Korean letter, which most fonts lack."""

_BREAKS = {"\n": "↵", "\r": "↵", "\t": " ", "\u2028": "↵", "\u2029": "↵"}
_BIDI = {*"\u061c\u200f\ufeff", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}

LTR = "\u200e"
"""The mark that reads from left to right: without width, and numbers and signs behind it stay in order."""

_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""What reads from right to left, as Hebrew and Arabic do, and takes numbers and signs beside it along."""


def printable(text: str) -> str:
    """Return the text on one line, with nothing in it that XML forbids or that moves other text.

    A line break shows as ↵, other control characters and direction marks as �; what reads from right to left
    is `isolated`.
    """
    if text.isprintable() and not _LEFTWARD.search(text):
        return text
    clean = (_BREAKS.get(c) or ("�" if _hidden(c) else c) for c in text.replace("\r\n", "\n"))
    return isolated("".join(clean))


def isolated(text: str) -> str:
    """Return a text with a mark on each side of what reads from right to left, up to marks that there are.

    So a name that has its marks can stand in a formula, and a formula be cut. Other marks are left out.
    """
    parts = text.split(LTR)
    needed = [False, *(bool(_LEFTWARD.search(part)) for part in parts), False]
    marks = [LTR * (before or after) for before, after in pairwise(needed)]
    return "".join(mark + part for mark, part in zip(marks, [*parts, ""], strict=True))


def no_font(what: str) -> str:
    """Return what is said of a text with letters of `CJK` where no font has them."""
    return (
        f"no font found for {what}, which will show as boxes: install one, such as Noto Sans CJK "
        "(apt-get install fonts-noto-cjk)"
    )


def width(text: str, size: float) -> float:
    """Return the width of a text in the fixed-width face at font size `size`, in the unit of `size`."""
    if text.isascii():
        return len(text) * NARROW * size
    return size * sum((0.0, NARROW, WIDE)[cells_of_character(c)] for c in text)


def prose_width(text: str, size: float) -> float:
    """Return an upper estimate of the width of a text in the proportional face."""
    return size * sum(_prose_em(c) for c in text)


def shorten(text: str, limit: float, size: float, head: bool = False) -> str:
    """Return the text if it is at most `limit` wide, else its beginning and "…", or "…" and its end."""
    if width(text, size) <= limit:
        return text
    if head:
        return shorten(text[::-1], limit, size)[::-1]
    return isolated(_beginning(text, limit - width("…", size), size) + "…")


def elided(text: str, limit: float, size: float) -> str:
    """Return the text if it is at most `limit` wide, else its beginning, "…" and its end, cut at spaces.

    So an equation keeps its result.
    """
    if width(text, size) <= limit:
        return text
    half = (limit - width("…", size)) / 2
    start, end = _beginning(text, half, size), _beginning(text[::-1], half, size)[::-1]
    start, end = start[: start.rfind(" ") + 1] or start, end[max(end.find(" "), 0) :]
    return isolated(start) + "…" + isolated(end)


def few(names: Sequence[str], most: int) -> str:
    """Return names in a row, of more than `most` the first ones and "…"."""
    return ", ".join(names if len(names) <= most else [*names[:most], "…"])


def elided_apart(texts: Collection[str], limit: float, size: float) -> dict[str, str]:
    """Return each text elided; those that would then be alike stay whole."""
    return _apart({text: elided(text, limit, size) for text in texts})


def shortened_apart(texts: Collection[str], limit: float, size: float) -> dict[str, str]:
    """Return each text shortened at its head; those that would then be alike stay whole."""
    return _apart({text: shorten(text, limit, size, head=True) for text in texts})


def _apart(short: Mapping[str, str]) -> dict[str, str]:
    count = Counter(short.values())
    return {text: cut if count[cut] == 1 else text for text, cut in short.items()}


SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


_RAISED = re.compile(r"((?<![^\s(])\d[\d.]*e[-+]?\d+)? \*\* (\d+)(?![\d.e])")
"""A power with a whole number as its exponent, and what is raised where that is a number with one itself."""


def subscript(count: int) -> str:
    """Return a whole number as an index: "₁₂"."""
    return str(count).translate(SUBSCRIPTS)


def typeset(formula: str) -> str:
    """Return a formula as it is printed: x³ for x ** 3, · for *, and a true minus sign, 1e−5 for 1e-05.

    A number that ends in an exponent gets brackets before it is raised: (1e−5)².
    """
    formula = _RAISED.sub(_raised, formula)
    formula = re.sub(r"(?<![\w.])(\d[\d.]*e)(-|\+)0?(?=\d)", _exponent, formula)
    return re.sub(rf"(^|[\s(,−])-(?=[\w\s(.\ue000{LTR}])", r"\1−", formula.replace(" * ", " · "))


def _raised(power: re.Match[str]) -> str:
    return (f"({power[1]})" if power[1] else "") + power[2].translate(SUPERSCRIPTS)


def _exponent(power: re.Match[str]) -> str:
    return power[1] + ("−" if power[2] == "-" else "")


def wrap(text: str, limit: float, size: float, lines: int) -> list[str]:
    """Break a text into at most `lines` lines, each at most `limit` wide; the last may end in "…"."""
    broken: list[str] = []
    rest = text
    while rest and len(broken) < lines - 1 and width(rest, size) > limit:
        kept = len(_beginning(rest, limit, size))
        space = rest.rfind(" ", kept // 2, kept + 1)  # rather at a space, if one is near
        kept = space + 1 if space > 0 else max(kept, 1)
        broken.append(rest[:kept])
        rest = rest[kept:]
    return [*broken, shorten(rest, limit, size)]


def wrap_prose(text: str, limit: float, size: float) -> list[str]:
    """Break a sentence into lines at most `limit` wide: at spaces, and after a Chinese character.

    A word that is wider stays whole; no line begins with a closing mark.
    """
    lines: list[str] = []
    line = ""
    for word in _WORDS.findall(text):
        fits = prose_width(line + word, size) <= limit or word.isspace() or word in _CLOSING
        if line and not fits:
            lines.append(line.rstrip(" "))
            line = word
        else:
            line += word
    return [*lines, line]


_WORDS = re.compile(" +|[\u2e80-\u9fff\uff00-\uffef]|[^ \u2e80-\u9fff\uff00-\uffef]+")
_CLOSING = "，。：；？！、）"


def _beginning(text: str, limit: float, size: float) -> str:
    kept, used = 0, 0.0
    while kept < len(text) and used + width(text[kept], size) <= limit:
        used += width(text[kept], size)
        kept += 1
    return text[:kept]


def _hidden(character: str) -> bool:
    return character in _BIDI or category(character) in ("Cc", "Cs", "Cn", "Co")


def _prose_em(character: str) -> float:
    if character in " ,.:;'|!()[]fijlt":
        return 0.4
    if character in "mMW%@…":
        return 1.0
    if character.isupper() or character in "w=+×−–→∂#&<>^~≤≥":
        return 0.84
    return 0.64 if cells_of_character(character) == 1 else WIDE * cells_of_character(character) / 2
