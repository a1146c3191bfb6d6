"""The table of targets: what was promised, what was measured, whether the promise is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograd.notation.rows import aligned
from benchmarks.speed.race import Times, ratio


@dataclass(frozen=True)
class Row:
    """A promise for some work, what was measured, and whether it is met: None where one takes no part."""

    work: str
    target: str
    measured: str
    met: bool | None


def table(rows: Iterable[Row]) -> str:
    """Return the rows as text, a line each, under a line of headings."""
    verdicts = {True: "met", False: "MISSED", None: "not measured"}
    cells = [("work", "target", "measured", "")]
    cells += [(row.work, row.target, row.measured, verdicts[row.met]) for row in rows]
    return "\n".join(aligned(cells))


def faster(
    work: str, times: Mapping[str, Times], ours: str, bound: float, rival: str, samples: int = 1
) -> Row:
    """Return the promise that `ours` is at least `bound` times as fast as `rival`.

    A step of `ours` takes `samples`, where one of the rival takes one.
    """
    target = f"≥ {bound:,}× as fast as {rival}"
    if not {ours, rival} <= times.keys():
        return Row(work, target, "", None)
    found = samples * ratio(times, rival, ours)
    return Row(work, target, f"{found:,.1f}×" if found < 100 else f"{found:,.0f}×", found >= bound)


def within(work: str, times: Mapping[str, Times], ours: str, bound: float, rival: str) -> Row:
    """Return the promise that `ours` takes at most `bound` times as long as `rival`."""
    target = f"≤ {bound}× the time of {rival}"
    if not {ours, rival} <= times.keys():
        return Row(work, target, "", None)
    found = ratio(times, ours, rival)
    return Row(work, target, f"{found:.2f}×", found <= bound)
