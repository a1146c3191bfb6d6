"""What backs a gradient: nudge the number and see how far the result moves; add up every path.

A gradient says how many times as far the result moves as a number does. Both of these say the same without
the chain rule's bookkeeping, so a reader can hold them against it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, islice
from math import floor, isfinite, log10
from typing import Any

from autograd.check import Entry, compare
from autograd.diagnose import BlamePath, BlamePaths, explain_each
from viz.record.passes import Passes
from viz.record.replay import Replay, faithful, rebuilt
from viz.style import number

NUDGES = (0.1, 0.01, 0.001)
"""The sizes of a nudge, in powers of ten of the number itself, or of `TINY` if that is larger."""

TINY = 1e-9

MOST_CHECKED, MOST_NUDGED = 1_000, 100_000
"""How many operations may be downstream of all nodes that are checked by finite differences, and of all that
are nudged. A check computes each about 100 times, the nudges 3 times: about a second in all."""

PATHS, LONGEST_PATH = 4, 9

WORDS = {
    "ok": "They agree.",
    "kink": "There is a kink here: {left} from the left, {right} from the right. grad takes {grad}.",
    "unbounded": "The slope is infinite here, and so is grad.",
    "wrong": "They disagree, as they do where a gradient was stopped on purpose.",
    "inconclusive": "They do not settle here, so they prove nothing.",
}
NO_SLOPE = "No finite slope can be measured here."
STALE = "The numbers were changed after they were recorded, so nothing can be checked."
TOO_LARGE = "The graph is too large to check every node to more digits."


@dataclass(frozen=True, slots=True)
class Nudge:
    """A number grows by `step`; the result moves by `moved`, which is `ratio` times as far."""

    step: float
    moved: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Way:
    """One path to the result in words: the names along it, its local derivatives, their product."""

    names: str
    factors: str
    product: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What backs the gradient of one node.

    `agrees` is None where finite differences say nothing for or against it. `rest` says what the paths that
    are not listed add, "" if all are.
    """

    nudges: tuple[Nudge, ...]
    check: str
    agrees: bool | None
    ways: tuple[Way, ...]
    rest: str


def evidence(recorded: Passes) -> dict[str, Evidence]:
    """Return what backs the gradient of each node, by node id."""
    values = rebuilt(recorded)
    blamed = dict(
        zip(values, explain_each(values[recorded.root.node], [*values.values()], PATHS), strict=True)
    )
    fresh = faithful(recorded, values)
    replay = Replay(recorded)
    checked = nudged = 0
    found: dict[str, Evidence] = {}
    for step in sorted(recorded.forward, key=lambda step: bool(step.operation)):  # leaves first
        ways, rest = _ways(blamed[step.node])
        nudges: tuple[Nudge, ...] = ()
        check, agrees = STALE, None
        if fresh:
            result, operations = replay.along(step.node)
            if nudged + operations <= MOST_NUDGED:
                nudged += operations
                nudges = tuple(_nudges(result, step.result, recorded.root.result))
            check = TOO_LARGE
            if checked + operations <= MOST_CHECKED:
                checked += operations
                check, agrees = _checked(compare(result, step.result).entries[0])
        found[step.node] = Evidence(nudges, check, agrees, ways, rest)
    return found


def _nudges(result: Callable[[Any], Any], x: float, before: float) -> list[Nudge]:
    scale = 10.0 ** floor(log10(max(abs(x), TINY))) if x and isfinite(x) else 1.0
    nudges: list[Nudge] = []
    for part in NUDGES:
        moved = result(x + part * scale) - before
        nudges.append(Nudge(part * scale, moved, moved / (part * scale)))
    return nudges


def _checked(entry: Entry) -> tuple[str, bool | None]:
    numeric = entry.numeric
    if not isfinite(numeric.value) and entry.verdict != "unbounded":
        return NO_SLOPE, None
    words = WORDS[entry.verdict].format(
        left=number(numeric.left), right=number(numeric.right), grad=number(entry.analytic)
    )
    if entry.verdict not in ("kink", "unbounded"):
        words = f"Finite differences say {number(numeric.value, 11)} ± {numeric.error:.0e}. {words}"
    return words, {"ok": True, "wrong": False}.get(entry.verdict)


def _ways(blame: BlamePaths) -> tuple[tuple[Way, ...], str]:
    ways = tuple(_way(path) for path in blame.paths)
    others = blame.count - len(ways)
    if others < 1:
        return ways, ""
    return ways, f"{others} more path{'s' if others > 1 else ''}: together {number(blame.rest)}"


def _way(path: BlamePath) -> Way:
    names = " → ".join(_ends(node.label for node in path.nodes))
    factors = " × ".join(_ends(number(partial) for partial in path.partials))
    return Way(names, factors, number(path.product))


def _ends(parts: Any) -> list[str]:
    """Return the parts, without those in the middle if they are many."""
    listed = list(parts)
    if len(listed) <= LONGEST_PATH:
        return listed
    half = LONGEST_PATH // 2
    return [*islice(chain(listed), half), "…", *listed[-half:]]
