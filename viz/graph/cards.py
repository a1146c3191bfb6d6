"""The cards of a drawing: what each says, and how large it is. One stands for a node, or for many.

A card has room for the longest text it will hold in any step, so that one layout serves all steps; a group of
many nodes looks like a stack of cards:

        ┌──────────────────┐              ┌─────────────────────────┐
        │ v2 = v1 + 5      │            ┌─────────────────────────┐ │
    [+] │ data       6.728 │            │ layers.0                │ │
        │ grad     0.90269 │            │ 16 × tanh(W·x + b)      │ │
        └──────────────────┘            │ ‖grad‖           1.4783 │─┘
                                        └─────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from autograd.ops import TABLE
from viz.canvas.geometry import Size
from viz.nesting import Path, without
from viz.record.folding import Group
from viz.record.part_words import IN_ENGLISH, PartWords
from viz.record.passes import Contribution, Forward, Passes
from viz.style import (
    CODE_SIZE,
    DIGITS,
    HEADER_LINE,
    KEY_ROOM,
    NAME_LINES,
    NARROWEST_CARD,
    NO_GRADIENT,
    PAD,
    ROW,
    SMALL_SIZE,
    STACK,
    TAB_PAD,
    TITLE_ROOM,
    number,
)
from viz.text import printable, shorten, typeset, width, wrap

WIDEST = "−0.12346"
"""Room for a number that a reader may change; on the page, one that takes more is written smaller."""

NORM = "‖grad‖"
LENGTH = f"{NORM} is the length of all gradients in a stack: the root of the sum of their squares."
FACT_LINES, WIDEST_FACT = 3, 340.0
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Card:
    """A box: its title in lines, its formula, facts below, the sign on its tab, and the keys of its numbers.

    `room` is the width of its widest text. The formula stands behind the title if it is `inline`, else below
    it. `summed` leaves room for the sum that a gradient is. `kind` is "leaf", "root" or "".
    """

    name: str
    title: tuple[str, ...]
    room: float
    formula: str = ""
    inline: bool = False
    facts: tuple[str, ...] = ()
    sign: str = ""
    keys: tuple[str, ...] = ("data", "grad")
    kind: str = ""
    summed: bool = False
    depth: float = 0.0

    @property
    def header(self) -> tuple[str, ...]:
        """The lines of title and formula."""
        if self.inline:
            return (f"{self.title[0]} {self.formula}",)
        return (*self.title, self.formula) if self.formula else self.title

    @property
    def tab(self) -> float:
        """The width of the tab, 0 where there is none."""
        return width(self.sign, CODE_SIZE) + 2 * TAB_PAD if self.sign else 0.0

    @property
    def size(self) -> Size:
        """The width and the height of the box, with its tab and what is seen of the cards behind it."""
        height = (
            HEADER_LINE * len(self.header + self.facts) + ROW * (len(self.keys) + self.summed) + 2 * PAD - 2
        )
        return self.tab + self.room + 2 * PAD + self.depth, height + self.depth


def cards(
    recorded: Passes, arithmetic: bool, digits: int = DIGITS, module_of_node: Mapping[str, Path] | None = None
) -> list[Card]:
    """Return the card of each node in order; `arithmetic` makes room for sums of gradients.

    "…" on the tab of a node says that not all its arguments are drawn. In a formula the path of the node's
    own module is left out.
    """
    drawn = recorded.names
    shares: dict[str, list[Contribution]] = {}
    for step in recorded.backward:
        shares.setdefault(step.target, []).append(step)
    return [
        _card(
            _shortened(step, (module_of_node or {}).get(step.node, ())),
            shares.get(step.node, []),
            arithmetic,
            "root" if step is recorded.root else "" if step.operation else "leaf",
            digits,
            drawn,
        )
        for step in recorded.forward
    ]


def group_card(
    group: Group,
    digits: int = DIGITS,
    gradients: bool = True,
    kind: str = "",
    words: PartWords = IN_ENGLISH,
) -> Card:
    """Return the card of a group: its numbers if it has one output, else the length of its gradients."""
    title = tuple(wrap(printable(group.title), TITLE_ROOM, CODE_SIZE, NAME_LINES))
    single = group.data is not None or group.output is not None
    facts = _facts(group, words) if not single else (group.formula,) if group.formula else ()
    keys = ("data", "grad") if single else (NORM,) if gradients and not group.facts else ()
    room = max(
        NARROWEST_CARD,
        *(width(content, CODE_SIZE) for content in title),
        *(width(content, SMALL_SIZE) for content in facts),
        *(KEY_ROOM + PAD + width(content, CODE_SIZE) for content in (*group_texts(group, digits), WIDEST)),
    )
    depth = STACK if group.count > 1 else 0.0
    return Card(group.name, title, room, facts=facts, keys=keys, kind=kind, depth=depth)


def group_texts(group: Group, digits: int = DIGITS) -> tuple[str, str]:
    """Return the number of a group and its gradient, or the length of its gradients."""
    data = "" if group.data is None else number(group.data, digits)
    grad = group.norm if group.data is None else group.grad
    return data, NO_GRADIENT if grad is None else number(grad, digits)


def kinds_of(group: Group, words: PartWords = IN_ENGLISH) -> dict[str, int]:
    """Return how many members of each kind there are: parameters, given numbers, results of operations."""
    word = words.parameter if group.parameters == 1 else words.parameters
    kinds = {word: group.parameters, words.given: group.operations.get("", 0) - group.parameters}
    kinds |= {name: count for name, count in group.operations.items() if name}
    return {name: count for name, count in kinds.items() if count}


def _facts(group: Group, words: PartWords) -> tuple[str, ...]:
    if group.formula:
        return (group.formula,)
    if group.facts:
        lines = (wrap(printable(fact), WIDEST_FACT, SMALL_SIZE, FACT_LINES) for fact in group.facts)
        return tuple(line for fact in lines for line in fact)
    kinds = [f"{count:,}{NO_BREAK}{name}" for name, count in kinds_of(group, words).items()]
    facts = wrap(" · ".join(kinds), TITLE_ROOM, SMALL_SIZE, FACT_LINES)
    return (f"{group.count:,} {words.nodes}", *facts) if len(kinds) > 1 else tuple(facts)


def _shortened(step: Forward, home: Path) -> Forward:
    return replace(step, formula=without(step.formula, ".".join(home))) if home else step


def _card(
    step: Forward,
    shares: Sequence[Contribution],
    arithmetic: bool,
    kind: str,
    digits: int,
    drawn: Container[str],
) -> Card:
    formula = f"= {typeset(step.formula)}" if step.formula else ""
    inline = formula != "" and width(f"{step.name} {formula}", CODE_SIZE) <= TITLE_ROOM
    card = Card(
        name=step.node,
        title=tuple(wrap(step.name, TITLE_ROOM, CODE_SIZE, NAME_LINES)),
        room=0.0,
        formula=shorten(formula, TITLE_ROOM, CODE_SIZE),
        inline=inline,
        sign=_sign(step, drawn),
        kind=kind,
        summed=arithmetic and any(share.before is not None for share in shares),
    )
    rows = [number(step.result, digits), *(number(share.after, digits) for share in shares)]
    rows += [WIDEST] if arithmetic else []
    room = max(
        NARROWEST_CARD,
        *(width(line, CODE_SIZE) for line in card.header),
        *(KEY_ROOM + width(row, CODE_SIZE) for row in rows),
        width(f"= {WIDEST} + {WIDEST}", SMALL_SIZE) if card.summed else 0.0,
    )
    return replace(card, room=room)


def _sign(step: Forward, drawn: Container[str]) -> str:
    if not step.operation:
        return ""
    missing = any(isinstance(arg, str) and arg not in drawn for arg in step.args)
    return f"… {TABLE[step.operation].heading}" if missing else TABLE[step.operation].heading
