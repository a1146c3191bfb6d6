"""Sentences with slots for numbers: words are known once, and numbers whenever a reader changes one.

A slot names a number of the graph; where a number decides which words are right, all are held, and the
number chooses. `fill` writes the numbers in, here from recorded passes, on the page from those it computes.
The marks are private characters, which `viz.text.printable` takes out of whatever a user wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from viz.style import NO_GRADIENT, bracketed, number, raised

SHORT, LONG = 4, 10
"""Significant digits in the picture of a network, and in the transcript of a page."""

FORMS: dict[str, Callable[[float], str]] = {
    "": number,
    "bracketed": bracketed,
    "raised": raised,
    "size": lambda x: number(abs(x)),
    "short": lambda x: number(x, SHORT),
    "factor": lambda x: bracketed(x, SHORT),
    "long": lambda x: number(x, LONG),
    "long_bracketed": lambda x: bracketed(x, LONG),
    "long_raised": lambda x: raised(x, LONG),
}
"""How a slot may ask for its number to be written."""

LONGER = {"": "long"} | {form: f"long_{form}" for form in FORMS if f"long_{form}" in FORMS}
"""The forms that have one with as many digits as the transcript."""

NUMBER = re.compile("\ue000(\\w)([\\w-]*):(\\w*)\ue001")
NAMED = re.compile("\ue005[^\ue006]*\ue006")
CHOICE = re.compile("\ue002(\\w)([\\w-]*)\ue003([^\ue004]*)\ue004")

Numbers = Callable[[str, str], float | str | None]
"""What a slot's number is, by the letter of its kind and the place it belongs to; None if there is none.

Of kind m it is a word.
"""


def slot(kind: str, place: str, form: str = "") -> str:
    """Return a slot for a number.

    The kinds: of a node v its value, g its gradient, p its value one epoch ago, n that one epoch on, and d
    the step between; of an arrow l the local derivative, u upstream, c the contribution, b and a the gradient
    before and after; of a group N the length of its gradients, of a link L that of its shares; r the rate.
    For a `choice` alone, m is how an update moves a node, several joined by "-", or a group, in a word.
    """
    return f"\ue000{kind}{place.removeprefix('n')}:{form}\ue001"


def long(text: str) -> str:
    """Return a text in which the slots have as many digits as the transcript."""
    return NUMBER.sub(lambda found: slot(found[1], found[2], LONGER.get(found[3], found[3])), text)


def named(text: str) -> str:
    """Return a text marked as one that belongs to a node or an arrow: a name, a formula in names."""
    return f"\ue005{text}\ue006"


def choice(kind: str, place: str, texts: Mapping[str, str]) -> str:
    """Return words that a number chooses: by what it is where there is a text for it, else by its sign.

    The keys are "0", "1", "-1", the words of kind m, and "+" and "-".
    """
    cases = "\ue003".join(f"{key}={text}" for key, text in texts.items())
    return f"\ue002{kind}{place.removeprefix('n')}\ue003{cases}\ue004"


def fill(text: str, numbers: Numbers) -> str:
    """Return a text with its numbers written in, and without marks."""
    if "\ue002" in text:
        text = CHOICE.sub(lambda found: _chosen(found[3], numbers(found[1], found[2])), text)
    return bare(NUMBER.sub(lambda found: _written(numbers(found[1], found[2]), found[3]), text))


def bare(text: str) -> str:
    """Return a text without the marks of what is `named` in it."""
    return text.replace("\ue005", "").replace("\ue006", "")


def _written(x: float | str | None, form: str) -> str:
    return NO_GRADIENT if x is None else FORMS[form](float(x))


def _chosen(cases: str, x: float | str | None) -> str:
    texts = dict(case.split("=", 1) for case in cases.split("\ue003"))
    exact = str(int(x)) if x in (0.0, 1.0, -1.0) else str(x)
    return texts[exact if exact in texts else "-" if isinstance(x, float | int) and x < 0 else "+"]
