"""Each primitive and two derivatives against its definition, with proof, by `correctness.accuracy`."""

from __future__ import annotations

from autograd.ops import TABLE
from benchmarks.attack.campaign import Campaign, one_by_one
from benchmarks.correctness.accuracy import ORDERS, as_promised, measure, stratified
from benchmarks.correctness.definitions import DEFINITIONS

AT_A_TIME = 20
"""Points a trial."""


def units(seed: int, number: int) -> str | None:
    """Measure one of the primitives, which take turns, at fresh points; a known reason excuses some."""
    name = list(DEFINITIONS)[number % len(DEFINITIONS)]
    points = stratified(TABLE[name], AT_A_TIME, seed=seed * 1_000_003 + number)
    found = [
        f"{name}, {ORDERS[order]}: {worst.ulp:.3g} ULP at {worst.at}"
        for order, worst in enumerate(measure(name, points))
        if not as_promised(name, order, worst)
    ]
    return "; ".join(found) or None


PRECISION = Campaign(
    f"values and two derivatives in ULP, {AT_A_TIME} points of a primitive a trial",
    one_by_one(units),
    goal=len(DEFINITIONS) * 1_000_000 // AT_A_TIME,
    sample=len(DEFINITIONS),
    unit="trial",
    at_once=len(DEFINITIONS),
)
