"""A story in numbered pictures: what happens, in formulas and in words, over the drawing of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from viz.canvas.stored import bundle
from viz.canvas.svg import Svg, document, moved, rectangle, scaled, text
from viz.steps.step import Caption, Step
from viz.steps.words import Words
from viz.style import (
    BAND_TOP,
    CODE_SIZE,
    HEADLINE_SIZE,
    LARGEST_SCALE,
    MARGIN,
    NARROWEST_FRAME,
    PROSE_LINE,
    PROSE_SIZE,
    READING_WIDTH,
    TRACK,
)
from viz.text import elided, wrap_prose

PHASES = {"forward": "computed", "backward": "travelling", "update": "updating"}
"""The class of what happens in each phase."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the passes: the name of its file, what it says in words, and the drawing."""

    name: str
    caption: str
    svg: Svg

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return bundle(self.svg)


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of a story, its caption with numbers, and its drawing as shapes."""

    step: Step
    caption: Caption
    picture: Sequence[str]


def tell(moments: Sequence[Moment], words: Words, width: float, height: float) -> tuple[Frame, ...]:
    """Return one frame for each moment; `width` and `height` are those of the drawings, in pixels."""
    room = max(width, NARROWEST_FRAME - 2 * MARGIN)
    scale = min(max(1.0, room / READING_WIDTH), LARGEST_SCALE)
    sentences = [wrap_prose(moment.caption.sentence, room / scale, PROSE_SIZE) for moment in moments]
    band = BAND_TOP + PROSE_LINE * max(map(len, sentences))
    digits = max(2, len(str(len(moments))))
    drawn: list[Frame] = []
    for place, (moment, lines) in enumerate(zip(moments, sentences, strict=True), start=1):
        phase, caption = words(f"phase.{moment.step.phase}"), moment.caption
        spoken = words(
            "still.step",
            phase=words(f"page.{moment.step.phase}").capitalize(),
            count=moment.step.count,
            headline=caption.headline,
            sentence=caption.sentence,
        )
        above = (room + 2 * MARGIN) / scale
        told = [*_band(moments, place, above, band), *_words(moment, phase, lines, above)]
        body = [
            scaled(told, scale),
            moved(moment.picture, MARGIN + (room - width) / 2, band * scale + MARGIN),
        ]
        picture = document(room + 2 * MARGIN, band * scale + height + 2 * MARGIN, spoken, body)
        seed = "_seed" if moment.step.count == words("count.seed") else ""
        drawn.append(Frame(f"{place:0{digits}}_{moment.step.phase}{seed}.svg", spoken, picture))
    return tuple(drawn)


def _band(moments: Sequence[Moment], place: int, width: float, height: float) -> list[str]:
    """Return the band over the drawing; its lower edge shows how far the story has come, phase by phase."""
    top = height - TRACK
    lengths = [sum(moment.step.phase == phase for moment in moments) for phase in PHASES]
    shapes = [rectangle(0, 0, width, height, 0, "band"), rectangle(0, top, width, TRACK, 0, "track")]
    for kind, length, end in zip(PHASES.values(), lengths, accumulate(lengths), strict=True):
        start = width * (end - length) / len(moments)
        reached = width * min(place, end) / len(moments)
        if length:
            shapes.append(rectangle(start, top, max(reached - start, 0), TRACK, 0, f"progress {kind}"))
    return shapes


def _words(moment: Moment, phase: str, lines: Sequence[str], width: float) -> list[str]:
    kind, room, caption = PHASES[moment.step.phase], width - 2 * MARGIN, moment.caption
    return [
        text(MARGIN, 24, phase, f"phase {kind}"),
        text(width - MARGIN, 24, moment.step.count, "count number"),
        text(MARGIN, 50, elided(caption.headline, room, HEADLINE_SIZE), "headline"),
        text(MARGIN, 71, elided(caption.detail, room, CODE_SIZE), "detail"),
        *(text(MARGIN, 95 + PROSE_LINE * row, content, "prose") for row, content in enumerate(lines)),
    ]
