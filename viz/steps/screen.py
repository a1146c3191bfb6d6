"""What is on screen at a step: the changes of all steps up to it, with the numbers of recorded passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from viz.record.passes import Passes
from viz.steps.slots import NUMBER, Numbers, fill
from viz.steps.step import Caption, Step, Term


@dataclass(slots=True)
class Screen:
    """Texts and states by place, the marks of the step, and the first number in each text."""

    numbers: Numbers
    slots: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)

    def number(self, place: str) -> float:
        """Return the number that stands at a place."""
        found = NUMBER.search(self.slots[place])
        assert found is not None, place
        return float(self.numbers(found[1], found[2]) or 0.0)

    def classes(self, name: str, before: str = "") -> str:
        """Return how a box or an arrow is highlighted, or what state it is in, or `before` it has one."""
        return self.marks.get(name) or self.states.get(name, before)


def screens(steps: Sequence[Step], numbers: Numbers) -> Iterator[Screen]:
    """Yield what is on screen at each step; the same screen, changed."""
    screen = Screen(numbers)
    for step in steps:
        screen.slots |= step.texts
        screen.texts |= {place: fill(text, numbers) for place, text in step.texts.items()}
        screen.states |= step.states
        screen.marks = step.marks
        yield screen


def last_screen(steps: Sequence[Step], numbers: Numbers) -> Screen:
    """Return what is on screen when a pair of passes is over, with nothing highlighted."""
    *_, screen = screens(steps, numbers)
    screen.marks = {}
    return screen


def told(caption: Caption, numbers: Numbers) -> Caption:
    """Return a caption with its numbers written in."""
    return Caption(
        fill(caption.headline, numbers),
        fill(caption.detail, numbers),
        fill(caption.sentence, numbers),
        tuple(
            Term(*(fill(part, numbers) for part in (term.sign, term.symbol, term.number, term.words)))
            for term in caption.terms
        ),
    )


def recorded_numbers(
    recorded: Passes, rate: float = 0.0, lengths: Mapping[str, Mapping[str, float]] | None = None
) -> Numbers:
    """Return the numbers of recorded passes, and of a step against the gradient at a learning rate.

    `lengths` are those of the gradients of parts, and of what passes between them, by kind.
    """
    values = {step.node[1:]: step.result for step in recorded.forward}
    gradients = {node[1:]: gradient for node, gradient in recorded.gradients.items()}
    known: dict[str, Mapping[str, float | str | None]] = {
        "v": values,
        "g": gradients,
        "n": {node: value - rate * gradients[node] for node, value in values.items() if node in gradients},
        # Not −rate · gradient: where the gradient is 0 the step is too, without a sign, as the page has it.
        "d": {node: 0.0 - rate * gradient for node, gradient in gradients.items()},
        "m": {
            node: _move(value, gradients[node], rate) for node, value in values.items() if node in gradients
        },
        "r": {"": rate},
        **(lengths or {}),
    }
    parts = {"u": "upstream", "l": "local", "c": "contribution", "b": "before", "a": "after"}
    for kind, part in parts.items():
        known[kind] = {share.arrow[1:]: getattr(share, part) for share in recorded.backward}

    def numbers(kind: str, place: str) -> float | str | None:
        if kind == "m" and "-" in place:
            return _move_of_several({str(known[kind][node]) for node in place.split("-")})
        return known[kind].get(place)

    return numbers


def _move_of_several(moves: set[str]) -> str:
    """Return how a step moves several numbers, of which each `moves` so, in a word; "" if as it should."""
    if moves == {"flat"}:
        return "flat"
    if moves <= {"flat", "still"}:
        return "still"
    return next((word for word in ("nan", "climb") if word in moves), "")


def _move(value: float, gradient: float, rate: float) -> str:
    """Return how a step against its gradient moves a number, in a word."""
    after = value - rate * gradient
    if after != after:
        return "nan"
    if after == value:
        return "still" if gradient else "flat"
    return "climb" if rate < 0 else "up" if after > value else "down"
