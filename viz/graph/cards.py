"""What a drawing of a graph consists of, and where: a card for each node, an arrow for each use.

A card has room for the longest text it will hold in any step, so that one layout serves all steps:

        ┌──────────────────┐
        │ v2 = v1 + 5      │
    [+] │ data       6.728 │
        │ grad     0.90269 │
        └──────────────────┘

On each arrow sits a pill with the local derivative, or with the whole product: 0.9 × 4.32 = 3.9.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from autograd.ops import TABLE
from viz.canvas.geometry import Box, Curve, Size
from viz.canvas.outlines import Outlines
from viz.canvas.placing import place
from viz.nesting import Path
from viz.record.passes import Contribution, Forward, Passes
from viz.style import (
    CODE_SIZE,
    DIGITS,
    HEADER_LINE,
    KEY_ROOM,
    NAME_LINES,
    NARROWEST_CARD,
    PAD,
    PILL_LINE,
    PILL_PAD,
    ROW,
    SMALL_SIZE,
    TAB_PAD,
    TITLE_ROOM,
    number,
)
from viz.text import shorten, typeset, width, wrap

MOST = 1500
"""The most nodes that are drawn one by one, unless it is forced."""

WIDEST = "−0.12346"
"""Room for a number that a reader may change; on the page, one that takes more is written narrower."""

LABELLED = 300
"""The most nodes that are drawn with a number on every arrow; others show it as a tooltip."""


@dataclass(frozen=True, slots=True)
class Card:
    """A node as a box: the lines of its header, the sign on its tab, and how large it is.

    `formula_from` is the place in the header's text where the name ends and the formula begins, or None if
    the formula has a line of its own, the last.
    """

    step: Forward
    header: tuple[str, ...]
    formula_from: int | None
    sign: str
    is_root: bool
    size: Size

    @property
    def name(self) -> str:
        """The node's id."""
        return self.step.node

    @property
    def tab(self) -> float:
        """The width of the tab, 0 for a leaf."""
        return _tab(self.sign)


@dataclass(frozen=True, slots=True)
class Arrow:
    """A use of one node by another: from card to card, or from card to pill and from pill to card."""

    step: Contribution
    pill: Box | None
    curves: tuple[Curve, ...]

    @property
    def name(self) -> str:
        """The id of the result, and the position of the argument in it: "n3-0"."""
        return f"{self.step.source}-{self.step.position}"


@dataclass(frozen=True, slots=True)
class Scene:
    """A graph laid out."""

    cards: tuple[Card, ...]
    boxes: dict[str, Box]
    arrows: tuple[Arrow, ...]
    width: float
    height: float
    outlines: Outlines = ()


def scene(
    recorded: Passes,
    arithmetic: bool,
    pills: bool = True,
    built_in: bool = False,
    direction: str = "LR",
    digits: int = DIGITS,
    homes: Mapping[str, Path] | None = None,
) -> Scene:
    """Lay out the graph of two passes.

    `pills` makes room for the local derivative on each arrow, and `arithmetic` for the whole product and
    for sums of gradients. `built_in` asks for the layout that needs no engine. Numbers have `digits`
    significant digits. `homes` are the clusters that nodes lie in, by node id.
    """
    drawn = cards(recorded, arithmetic, digits, homes or {})
    places = {card.name: place for place, card in enumerate(drawn)}
    uses = by_source(recorded)
    steps = [step for card in drawn for step in uses[card.name]]
    placed = place(
        [card.size for card in drawn],
        [(places[step.target], places[step.source]) for step in steps],
        [_pill_size(step, arithmetic, digits) if pills else None for step in steps],
        direction,
        built_in,
        [homes.get(card.name, ()) for card in drawn] if homes else (),
    )
    return Scene(
        cards=tuple(drawn),
        boxes={card.name: box for card, box in zip(drawn, placed.boxes, strict=True)},
        arrows=tuple(Arrow(step, way.pill, way.curves) for step, way in zip(steps, placed.ways, strict=True)),
        width=placed.width,
        height=placed.height,
        outlines=placed.outlines,
    )


def cards(
    recorded: Passes, arithmetic: bool, digits: int = DIGITS, homes: Mapping[str, Path] | None = None
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
            _shortened(step, (homes or {}).get(step.node, ())),
            shares.get(step.node, []),
            arithmetic,
            step is recorded.root,
            digits,
            drawn,
        )
        for step in recorded.forward
    ]


def by_source(recorded: Passes) -> dict[str, list[Contribution]]:
    """Return the contributions that leave each node, by its id, in the order of its arguments."""
    leaving: dict[str, list[Contribution]] = {step.node: [] for step in recorded.forward}
    for step in recorded.backward:
        leaving[step.source].append(step)
    return leaving


def _shortened(step: Forward, home: Path) -> Forward:
    return replace(step, formula=step.formula.replace(".".join((*home, "")), "")) if home else step


def _card(
    step: Forward,
    shares: Sequence[Contribution],
    arithmetic: bool,
    is_root: bool,
    digits: int,
    drawn: Container[str],
) -> Card:
    formula = typeset(step.formula)
    header = [f"{step.name} = {formula}" if formula else step.name]
    formula_from: int | None = len(step.name)
    if width(header[0], CODE_SIZE) > TITLE_ROOM:
        header = wrap(step.name, TITLE_ROOM, CODE_SIZE, NAME_LINES)
        if formula:
            header.append(shorten(f"= {formula}", TITLE_ROOM, CODE_SIZE))
            formula_from = None
    summed = arithmetic and any(share.before is not None for share in shares)
    rows = [number(step.result, digits), *(number(share.after, digits) for share in shares)]
    rows += [WIDEST] if arithmetic else []
    inner = max(
        NARROWEST_CARD,
        *(width(line, CODE_SIZE) for line in header),
        *(KEY_ROOM + width(row, CODE_SIZE) for row in rows),
        width(f"= {WIDEST} + {WIDEST}", SMALL_SIZE) if summed else 0.0,
    )
    sign = ""
    if step.operation:
        sign = TABLE[step.operation].heading
        if any(isinstance(arg, str) and arg not in drawn for arg in step.args):
            sign = f"… {sign}"
    height = PAD + HEADER_LINE * len(header) + ROW * (3 if summed else 2) + PAD - 2
    return Card(step, tuple(header), formula_from, sign, is_root, (_tab(sign) + inner + 2 * PAD, height))


def _tab(sign: str) -> float:
    return width(sign, CODE_SIZE) + 2 * TAB_PAD if sign else 0.0


def _pill_size(step: Contribution, arithmetic: bool, digits: int) -> Size:
    lines = [f"× {number(step.local, digits)}"]
    if arithmetic:
        factors = (step.upstream, step.local, step.contribution)
        lines = [f"× {max(number(factor), WIDEST, key=len)}" for factor in factors]
    return max(width(line, SMALL_SIZE) for line in lines) + 2 * PILL_PAD, PILL_LINE * len(lines) + PILL_PAD
