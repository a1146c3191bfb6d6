"""One step of a story: what it says, and what it changes on screen."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Term:
    """A number in an equation: the sign before it, what it is called in formulas, what it is in words."""

    sign: str
    symbol: str
    number: str
    words: str


@dataclass(frozen=True, slots=True)
class Caption:
    """A formula, a line on where its numbers come from, a sentence or two, and the formula in its terms."""

    headline: str
    detail: str
    sentence: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it says, and what it changes on screen.

    `phase` is "forward", "backward" or "update"; `node` the id of the node it is about. `line` is its line
    of the transcript. `question` asks for `answer`, a slot, before it is shown; it is "" where nothing leads
    to it. `again` is its sentence from the second epoch on, if it is another. `share` is set where the
    gradient of `node` receives one.

    `texts` are by place: "n3.data", "n3.grad", "n3.sum", and "n3-0.0" … "n3-0.3" for the four numbers on an
    arrow: its local derivative, and upstream, local, contribution. They stay until another step sets them,
    and so do `states`, by node id or arrow name: "pending", "known", "travelled". `marks` hold for this step
    alone.

    A step `within` a box is taken only while that box is open.
    """

    phase: str
    count: str
    node: str
    caption: Caption
    line: str
    question: str
    answer: str
    again: str = ""
    sum: tuple[Term, ...] = ()
    share: str = ""
    within: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
