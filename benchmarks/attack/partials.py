"""Planted faults: every partial of the table, broken in every way that has been seen in the wild.

The checks under test are the ones users have: `gradcheck` at a handful of points of the primitive's domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from autograd.checks.check import compare
from autograd.cpython import specialise
from autograd.ops import TABLE
from autograd.primitive import Primitive, Rule
from benchmarks.attack.campaign import Campaign, one_by_one

# One point at which nothing is zero, one or symmetric, by the sign that the domain asks for.
SPREAD = (0.37, 0.83, 0.59, 0.71, 0.43)


def _point(primitive: Primitive, scale: float) -> tuple[float, ...]:
    """Return a point inside the domain; `scale` moves it to another place."""

    def inside(i: int) -> float:
        low, high = primitive.interval(i)
        x = SPREAD[i] * scale
        return x if low < x < high else low + SPREAD[i] if low > -1e9 else high - SPREAD[i]

    return tuple(inside(i) for i in range(primitive.arity or 3))


def points(primitive: Primitive) -> list[tuple[float, ...]]:
    places = [_point(primitive, scale) for scale in (1.0, 2.3, -1.7)]
    if primitive.arity is None:
        return [*places, tuple(sorted(places[0])), tuple(sorted(places[0], reverse=True))]
    low, high = primitive.interval(0)
    far = [(stretch * places[0][0], *places[0][1:]) for stretch in (4.0, -4.0)]  # beyond every bound
    return places + [at for at in far if low < at[0] < high]


def times(factor: float, partial: Any) -> Any:
    return None if partial is None else factor * partial  # None: the argument was not selected


def plus(offset: float, partial: Any) -> Any:
    return offset if partial is None else partial + offset


def mutants(primitive: Primitive) -> Iterator[tuple[str, Primitive]]:
    for index, rule in enumerate(primitive.partials):
        if rule is None:
            continue

        def broken(how: Rule, index: int = index) -> Primitive:
            return replace(
                primitive, partials=(*primitive.partials[:index], how, *primitive.partials[index + 1 :])
            )

        yield f"sign {index}", broken(lambda *args, rule=rule: times(-1.0, rule(*args)))
        yield f"factor {index}", broken(lambda *args, rule=rule: times(1.001, rule(*args)))
        yield f"missing {index}", broken(None)
        yield f"offset {index}", broken(lambda *args, rule=rule: plus(1e-3, rule(*args)))
    if len(primitive.partials) == 2 and all(primitive.partials):
        yield "swapped operands", replace(primitive, partials=primitive.partials[::-1])
    if primitive.all_partials is not None:
        each = primitive.all_partials

        def changed(change: Callable[[list[Any]], list[Any]]) -> Primitive:
            return replace(primitive, all_partials=lambda *args: change(list(each(*args))))

        yield "sign", changed(lambda partials: [times(-1.0, p) for p in partials])
        yield "factor of the last", changed(lambda partials: [*partials[:-1], times(1.001, partials[-1])])
        yield "rotated operands", changed(lambda partials: partials[1:] + partials[:1])
        yield "first dropped", changed(lambda partials: [0.0, *partials[1:]])


def refused(primitive: Primitive, order: int = 1) -> bool:
    return any(not compare(primitive, *at, order=order).ok for at in points(primitive))


DIFFERENTIABLE = [primitive for primitive in TABLE.values() if not primitive.step_like]
MUTANTS = [
    (primitive.name, how, mutant) for primitive in DIFFERENTIABLE for how, mutant in mutants(primitive)
]

# Mutants that are no mistakes: the partials of these are equal to one another, or shared among ties.
EQUIVALENT = {("add", "swapped operands"), ("sum", "rotated operands")}


def trial(seed: int, number: int) -> str | None:
    """Plant a fault and tell whether it was refused; one that changes nothing must not be."""
    name, how, mutant = MUTANTS[number]
    # A mutant asks whether a derivative is None, which instructions can not say before they run.
    specialise.switch_off()
    try:
        right = refused(mutant) is ((name, how) not in EQUIVALENT)
    finally:
        specialise.switch_on()
    return None if right else f"{name}: {how}"


PARTIALS = Campaign(
    "every partial of the table broken: sign, factor, offset, dropped, swapped",
    one_by_one(trial),
    goal=len(MUTANTS),
    sample=60,
    unit="fault",
    at_once=30,
    every=True,
)
