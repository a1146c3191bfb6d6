"""Identities that need no oracle: inverse pairs, parts that add up, orders that do not matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import fsum, isfinite
from random import Random
from typing import Any

import autograd as ag
from autograd import Value, grad
from autograd.graph import contributions
from autograd.testing import Line, RandomProgram, chosen_program
from benchmarks.attack.campaign import Campaign, one_by_one

SLACK = 64
"""By how many roundings of a pair's own condition an identity may be missed."""


@dataclass(frozen=True)
class Pair:
    """Two functions that undo each other on an interval: outer(inner(x)) = x."""

    outer: Callable[[Any], Any]
    inner: Callable[[Any], Any]
    low: float
    high: float


PAIRS = {
    "exp(log x)": Pair(ag.exp, ag.log, 1e-6, 1e6),
    "log(exp x)": Pair(ag.log, ag.exp, -30, 30),
    "exp2(log2 x)": Pair(ag.exp2, ag.log2, 1e-6, 1e6),
    "log1p(expm1 x)": Pair(ag.log1p, ag.expm1, -20, 20),
    "expm1(log1p x)": Pair(ag.expm1, ag.log1p, -0.999, 1e3),
    "(√x)²": Pair(lambda x: x**2, ag.sqrt, 1e-6, 1e6),
    "√(x²)": Pair(ag.sqrt, lambda x: x**2, 1e-6, 1e6),
    "cbrt(x)³": Pair(lambda x: x**3, ag.cbrt, 1e-3, 1e3),
    "sin(asin x)": Pair(ag.sin, ag.asin, -0.99, 0.99),
    "cos(acos x)": Pair(ag.cos, ag.acos, -0.99, 0.99),
    "tan(atan x)": Pair(ag.tan, ag.atan, -50, 50),
    "asin(sin x)": Pair(ag.asin, ag.sin, -1.4, 1.4),
    "sinh(asinh x)": Pair(ag.sinh, ag.asinh, -1e3, 1e3),
    "asinh(sinh x)": Pair(ag.asinh, ag.sinh, -20, 20),
    "cosh(acosh x)": Pair(ag.cosh, ag.acosh, 1.01, 1e3),
    "tanh(atanh x)": Pair(ag.tanh, ag.atanh, -0.99, 0.99),
    "atanh(tanh x)": Pair(ag.atanh, ag.tanh, -4, 4),
    "1 / (1 / x)": Pair(lambda x: 1 / x, lambda x: 1 / x, 1e-3, 1e3),
    "log(x) back by sigmoid": Pair(lambda z: ag.sigmoid(z), lambda x: ag.log(x) - ag.log1p(-x), 0.001, 0.999),
    "softplus undone": Pair(lambda y: y + ag.log(-ag.expm1(-y)), ag.softplus, -20, 20),
}


def inverse_pair(seed: int, number: int) -> str | None:
    """Check that a pair gives x back with the slopes 1, 0, 0; slack grows with how ill-conditioned it is.

    The n-th derivative of a composition is a sum of terms that cancel; how large they are is told by the
    same sum of absolute values (Faà di Bruno).
    """
    rng = Random(f"{seed} {number}")
    name = list(PAIRS)[number % len(PAIRS)]
    pair = PAIRS[name]
    x = rng.uniform(pair.low, pair.high)
    if pair.low > 0:  # as many small as large
        x = pair.low * (pair.high / pair.low) ** rng.random()

    def derivatives(f: Callable[[Any], Any], at: float) -> list[float]:
        g1, g2 = grad(f), grad(grad(f))
        return [float(f(at)), g1(at), g2(at), grad(g2)(at)]

    inner = derivatives(pair.inner, x)
    outer = derivatives(pair.outer, inner[0])
    f1, f2, f3 = map(abs, outer[1:])
    u, g1, g2, g3 = map(abs, inner)
    # An inner value off by a rounding moves each derivative of the outer function by the next one times it.
    terms = [
        abs(x) + f1 * u,
        f1 * g1 + f2 * g1 * u,
        # A second derivative is told by its size around where it changes sign, as that of asin at 0.
        f2 * g1 * g1 + f1 * g2 + f3 * u * g1 * g1 + f2 * u * g2 + f1 * g1 / max(1.0, abs(x)),
        f3 * g1**3 + 3 * f2 * g1 * g2 + f1 * g3 + (f3 * u * 3 * g1 * g2) + 20 * f3 * g1**3,
    ]

    def whole(t: Any) -> Any:
        return pair.outer(pair.inner(t))

    found = derivatives(whole, x)
    for order, (got, wanted, size) in enumerate(zip(found, (x, 1.0, 0.0, 0.0), terms, strict=True)):
        if not abs(got - wanted) <= SLACK * 2.0**-52 * (size + abs(wanted)):
            return f"{name} at {x!r}, order {order}: {got!r} for {wanted!r}"
    return None


def contributions_add_up(seed: int, number: int) -> str | None:
    """Check that what reaches each node of a random graph, edge by edge, adds up to its adjoint."""
    rng = Random(f"{seed} {number}")
    program = chosen_program(rng.choice, 3, operations=rng.choice((3, 10, 25)))
    leaves = [Value(rng.gauss(0, 2)) for _ in range(3)]
    root = program(*leaves)
    if not isinstance(root, Value):
        return None
    root.backward()
    for n, (leaf, parts) in enumerate(zip(leaves, _parts(root, leaves), strict=True)):
        rounding = _rounding(parts)
        if isfinite(rounding) and not abs(fsum(parts) - leaf.grad) <= rounding:
            return f"leaf {n}: parts {parts} for {leaf.grad!r}; {program}"
    return None


def _parts(root: Value, leaves: list[Value]) -> list[list[float]]:
    """Return what reaches each of the leaves, edge by edge."""
    arrived: dict[int, list[float]] = {id(leaf): [] for leaf in leaves}
    for step in contributions(root):
        if step.amount is not None and id(step.argument) in arrived:
            arrived[id(step.argument)].append(step.amount)
    return [arrived[id(leaf)] for leaf in leaves]


def _rounding(parts: list[float]) -> float:
    """Return by how much sums of the parts may differ: they round by the largest, which others may cancel."""
    return 1e-13 * max(map(abs, parts), default=0.0) * max(1, len(parts))


def order_does_not_matter(seed: int, number: int) -> str | None:
    """Check that a graph gives the same gradients with its lines in another order that they allow."""
    rng = Random(f"{seed} {number}")
    program = chosen_program(rng.choice, 3, operations=15)
    again = rewritten(program, rng)
    xs = [rng.gauss(0, 2) for _ in range(3)]
    (straight, sizes), (shuffled, _) = _gradients(program, xs), _gradients(again, xs)
    for one, other, size in zip(straight, shuffled, sizes, strict=True):
        if isfinite(size) and not abs(one - other) <= 1e-13 * size:
            return f"{straight} and {shuffled}; {program}, {again} at {xs}"
    return None


def rewritten(program: RandomProgram, rng: Random) -> RandomProgram:
    """Return the same function with its lines in another order: each still stands after those it uses."""
    waiting = list(range(program.inputs, program.inputs + len(program.lines)))
    places = {index: index for index in range(program.inputs)}
    lines: list[Line] = []
    while waiting:
        ready = [n for n in waiting if places.keys() >= set(program.lines[n - program.inputs].args)]
        taken = rng.choice(ready)
        waiting.remove(taken)
        places[taken] = len(places)
        line = program.lines[taken - program.inputs]
        lines.append(replace(line, args=tuple(places[arg] for arg in line.args)))
    return replace(program, lines=tuple(lines))


def _gradients(program: RandomProgram, xs: list[float]) -> tuple[list[float], list[float]]:
    """Return the gradients of a program, and how large they would be if nothing cancelled on any path."""
    leaves = [Value(x) for x in xs]
    root = Value(0.0) + program(*leaves)
    root.backward()
    sizes: dict[Value, float] = {root: 1.0}
    for step in contributions(root):
        if step.amount is not None:
            passed = sizes.get(step.node, 0.0) * abs(step.local)
            sizes[step.argument] = sizes.get(step.argument, 0.0) + passed
    return [leaf.grad for leaf in leaves], [sizes.get(leaf, 0.0) for leaf in leaves]


TRIALS = (inverse_pair, contributions_add_up, order_does_not_matter)


def trial(seed: int, number: int) -> str | None:
    """Run one identity; most trials are of inverse pairs, which have 20 kinds."""
    kind = number % 22
    return TRIALS[max(0, kind - 19)](seed, number // 22 * 20 + min(kind, 19))


IDENTITIES = Campaign(
    "f(f⁻¹(x)) to order 3, contributions that add up, graphs written in another order",
    one_by_one(trial),
    goal=22 * 100_000,
    sample=220,
    unit="identity",
    at_once=220,
)
