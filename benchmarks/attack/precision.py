"""Each primitive and two derivatives against its definition in many digits, by `correctness.accuracy`."""

from __future__ import annotations

from autograd.ops import TABLE
from benchmarks.attack.campaign import Campaign
from benchmarks.correctness.accuracy import LIMITS, ORDERS, REASONS, REFERENCES, measure, stratified

AT_A_TIME = 20
"""Points a trial."""


def attack(seed: int, numbers: range) -> list[str]:
    """Measure a primitive a trial, the primitives in turn, at fresh points; a known reason excuses."""
    found = []
    names = list(REFERENCES)
    for number in numbers:
        name = names[number % len(names)]
        points = stratified(TABLE[name], AT_A_TIME, seed=seed * 1_000_003 + number)
        for order, (worst, limit) in enumerate(zip(measure(name, points), LIMITS, strict=True)):
            if not worst.ulp <= limit and (name, order) not in REASONS:
                found.append(f"{number}: {name}, {ORDERS[order]}: {worst.ulp:.3g} ULP at {worst.at}")
    return found


PRECISION = Campaign(
    f"values and two derivatives in ULP, {AT_A_TIME} points of a primitive a trial",
    attack,
    goal=len(REFERENCES) * 1_000_000 // AT_A_TIME,
    sample=len(REFERENCES),
    unit="trial",
    at_once=5,
)
