"""`glassgrad trace`: both passes through an expression, printed and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any
from unicodedata import normalize

import nn
import viz
from autograd import Value
from autograd.checks.differences import finite_difference
from autograd.checks.rounding import rounding_error
from autograd.notation import expression
from glassgrad.output import PLAYER, Drawn, Picture, UsageError, attempt, remove_others, save
from viz.record.passes import Passes
from viz.record.replay import Replay
from viz.steps.words import Words

GRAPH, FRAMES, TRANSCRIPT, NUMBERS = "graph.svg", "frames/", "passes.txt", "passes.json"
PIXELS = {"gif": "graph.gif", "png": "graph.png"}

MOST_FRAMES = 300
MOST_CHECKED = 100_000
"""How many operations may follow all variables that are checked: each is computed about 100 times."""

UNSETTLED = 0.1
"""An error of this part of a derivative, or more, and differences say no number."""


def trace(
    text: str, assignments: Sequence[str], out: Path, lang: str = "en", pixels: Sequence[str] = ()
) -> list[Drawn]:
    """Print and draw the forward and the backward pass of an expression at given values.

    The page and the frames speak `lang`; `pixels` are "gif", "png" or both, drawn too.
    """
    text = text.strip()
    tree = expression.parse(text)
    numbers = _assigned(assignments)
    unused = [name for name in numbers if name not in expression.names(tree)]
    if unused:
        known = ", ".join(expression.names(tree)) or "none"
        raise UsageError(f"{text!r} has no variable {unused[0]!r}; its variables are: {known}")
    variables = {name: Value(number, label=name) for name, number in numbers.items()}
    result = expression.evaluate(tree, variables)
    result.backward()
    steps = viz.passes(result)
    print(steps.transcript())
    if variables:
        print("\ncheck: each derivative beside finite differences of the whole expression")
    _print_check(steps, variables, rounding_error(result, variables.values()))
    pictures = pictures_of_passes(result, steps, lang=lang)
    earlier = (out / NUMBERS).exists()
    drawn = save(out, pictures + [_in_pixels(steps, lang, kind) for kind in pixels])
    if earlier:
        names = (PLAYER, GRAPH, FRAMES, TRANSCRIPT, NUMBERS, *PIXELS.values())
        attempt("removing what was drawn earlier", partial(remove_others, out, names, drawn))
    return drawn


def _in_pixels(steps: Passes, lang: str, kind: str) -> Picture:
    about = {"gif": "the frames one after the other", "png": "the graph after both passes"}[kind]
    return Drawn(PIXELS[kind], about), lambda path: viz.export(steps, path, lang=lang)


def _print_check(steps: Passes, variables: dict[str, Value], rounding: float) -> None:
    replay, checked = Replay(steps), 0
    nodes = {step.label: step.node for step in steps.forward if not step.operation}
    for name, variable in variables.items():
        along, operations = replay.along(nodes[name])
        checked += operations
        found = "not checked: the expression is too large"
        if checked <= MOST_CHECKED:
            found = f"by finite differences {_estimate(along, variable, rounding)}"
        print(f"  d/d{name} = {variable.grad!r}, {found}")


def pictures_of_passes(
    result: Value,
    steps: Passes,
    later: Sequence[Passes] = (),
    model: nn.Module | None = None,
    lang: str = "en",
) -> list[Picture]:
    """Return the passes in every form; the player goes on with those of `later` epochs, neurons and all."""
    played = f"{1 + len(later)} epochs" if later else "both passes"
    title = Words(lang)("graph.title", root=steps.root.name)
    pictures: list[Picture] = [
        (
            Drawn(PLAYER, f"{played} step by step, and why each gradient is what it is"),
            lambda path: viz.player([steps, *later], path, model=model, lang=lang),
        ),
        (
            Drawn(GRAPH, "every value, its gradient, and the local derivative along each arrow"),
            lambda path: replace(viz.draw(result).view, title=title).svg().save(path),
        ),
        (
            Drawn(TRANSCRIPT, "every step as text, each contribution as upstream × local"),
            lambda path: path.write_text(steps.transcript() + "\n", encoding="utf-8"),
        ),
        (
            Drawn(NUMBERS, "the same for programs, at full precision"),
            lambda path: path.write_text(steps.to_json() + "\n", encoding="utf-8"),
        ),
    ]
    if len(steps.forward) + len(steps.backward) < MOST_FRAMES:  # more pictures would help nobody
        frames = Drawn(FRAMES, "one picture a step, forward and then backward: open the first and go on")
        pictures.insert(2, (frames, lambda path: viz.write_frames(viz.frames(steps, lang=lang), path)))
    return pictures


def _assigned(assignments: Sequence[str]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for assignment in map(str.strip, assignments):
        name, sign, number = assignment.partition("=")
        name = normalize("NFKC", name)  # as Python's parser does with the names in the expression
        if not sign or not name.isidentifier():
            raise UsageError(f"not an assignment: {assignment!r}; accepted is for example x=1.2")
        if name in numbers:
            raise UsageError(f"{name!r} is given twice: {numbers[name]:g} and {number}")
        if name in expression.CONSTANTS or name in expression.FUNCTIONS:
            raise UsageError(f"{name!r} has a meaning of its own; choose another name for the variable")
        try:
            numbers[name] = float(number)
        except ValueError:
            raise UsageError(f"{name} is given {number!r}, accepted is a number such as 1.2") from None
    return numbers


def _estimate(f: Any, variable: Value, rounding: float) -> str:
    difference = finite_difference(f, variable.data, rounding if isfinite(rounding) else 0.0)
    if difference.jump:
        return "a jump, and so no slope"
    if difference.kink:
        return f"a kink, {difference.left:.6g} from the left, {difference.right:.6g} from the right"
    if difference.value != difference.value:
        return "no number: the expression is infinite or undefined here or beside"
    settled = difference.error <= UNSETTLED * abs(difference.value)
    if not settled and not (variable.grad == 0.0 and isfinite(difference.error)):
        return "no number: they do not settle, their error is as large as they are"
    return f"{difference.value:.12g} ± {difference.error:.0e}"
