"""How many wrong derivatives gradcheck lets pass, and how many right ones it blames.

Functions are random programs of the table's primitives and families that cancel, at random points, tails
included. A fault is planted into an entry of the table itself under a family, and into a copy of one under a
program. It counts if it is visible: if it moves a derivative by more than ten times what the roundings of the
unbroken engine do, as seen by moving the point by a few units in the last place. With what gradcheck itself
thinks of roundings that has nothing in common.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite, ulp
from statistics import median
from typing import Any

from tqdm import tqdm

import autograd as ag
from autograd import graph, ops
from autograd.checks.check import Report, compare
from autograd.cpython.specialise import METHODS, RECORDERS
from autograd.primitive import Primitive, Rule
from autograd.testing import RandomProgram, chosen_program
from autograd.transforms import grad, hessian
from autograd.value import Value

Point = tuple[float, ...]


# ---- right functions --------------------------------------------------------------------------------


def _black_scholes(spot: Any, volatility: Any, years: Any) -> Any:
    """Return the price of a call with strike 100 at an interest of 3 % (Black & Scholes 1973)."""
    spread = volatility * ag.sqrt(years)
    d = (ag.log(spot / 100.0) + (0.03 + 0.5 * volatility**2) * years) / spread
    return spot * _phi(d) - 100.0 * ag.exp(-0.03 * years) * _phi(d - spread)


def _phi(x: Any) -> Any:
    return 0.5 * (1.0 + ag.erf(x / 2.0**0.5))


def _delta(spot: Any, volatility: Any, years: Any) -> Any:
    return grad(_black_scholes)(spot, volatility, years)


def _logistic_loss(w: Any, x: Any) -> Any:
    p = 1.0 / (1.0 + ag.exp(-w * x))
    return -(0.3 * ag.log(p) + 0.7 * ag.log(1.0 - p))


def _variance(x: Any, y: Any, z: Any) -> Any:
    return (x * x + y * y + z * z) / 3.0 - ((x + y + z) / 3.0) ** 2


def _root(b: Any, c: Any) -> Any:
    return (-b + ag.sqrt(b * b - 4.0 * c)) / 2.0


def _between(low: float, high: float) -> Callable[[random.Random], float]:
    return lambda rng: rng.uniform(low, high)


def _magnitude(low: float, high: float) -> Callable[[random.Random], float]:
    """Return a choice of numbers of either sign, whose powers of ten are uniform."""
    return lambda rng: rng.choice((-1.0, 1.0)) * 10.0 ** rng.uniform(low, high)


def _size(low: float, high: float) -> Callable[[random.Random], float]:
    return lambda rng: 10.0 ** rng.uniform(low, high)


def _near(x: float) -> Callable[[random.Random], float]:
    return lambda rng: x * (1.0 + 10.0 ** rng.uniform(-9, -2))


FAMILIES: dict[str, tuple[Callable[..., Any], tuple[Callable[[random.Random], float], ...]]] = {
    "1 - cos(x)": (lambda x: 1.0 - ag.cos(x), (_magnitude(-7, 1),)),
    "log(1 + exp(x))": (lambda x: ag.log(1.0 + ag.exp(x)), (_between(-36, 40),)),
    "log(1 + exp(x)), tail": (lambda x: ag.log(1.0 + ag.exp(x)), (_between(-35, -5),)),
    "(1 + erf(x)) / 2": (lambda x: 0.5 * (1.0 + ag.erf(x)), (_between(-5.5, 5.5),)),
    "1 - erf(x)": (lambda x: 1.0 - ag.erf(x), (_between(-2, 5.5),)),
    "sqrt(1 + x²) - 1": (lambda x: ag.sqrt(1.0 + x * x) - 1.0, (_magnitude(-7, 3),)),
    "exp(x) - 1": (lambda x: ag.exp(x) - 1.0, (_magnitude(-12, 1),)),
    "log(1 + x)": (lambda x: ag.log(1.0 + x), (_size(-12, 2),)),
    "call": (_black_scholes, (_between(40, 250), _between(0.05, 0.6), _between(0.05, 3))),
    "delta of a call": (_delta, (_between(40, 250), _between(0.05, 0.6), _between(0.05, 3))),
    "logistic loss": (_logistic_loss, (_between(-4, 4), _between(-8, 8))),
    "softmax loss": (lambda x, y: ag.log(ag.exp(x) + ag.exp(y)) - x, (_between(-30, 30),) * 2),
    "variance": (_variance, (_near(1e3), _near(1e3), _near(1e3))),
    "exp(x) - exp(y)": (lambda x, y: ag.exp(x) - ag.exp(y), (_near(1.5), _near(1.5))),
    "x² - y²": (lambda x, y: x * x - y * y, (_near(7.0), _near(7.0))),
    "sqrt(x + 1) - sqrt(x)": (lambda x: ag.sqrt(x + 1.0) - ag.sqrt(x), (_size(-2, 10),)),
    "1 / x - 1 / (x + 1)": (lambda x: 1.0 / x - 1.0 / (x + 1.0), (_size(-2, 6),)),
    "x - sin(x)": (lambda x: x - ag.sin(x), (_magnitude(-4, 1),)),
    "tan(x) - x": (lambda x: ag.tan(x) - x, (_magnitude(-4, 0),)),
    "log(x + sqrt(x² + 1))": (lambda x: ag.log(x + ag.sqrt(x * x + 1.0)), (_magnitude(-6, 4),)),
    "smaller root": (_root, (_size(0.5, 6), _between(-0.5, 0.5))),
    "x ** 0.5, x ** -1.5": (lambda x: x**0.5 + x**-1.5, (_size(-8, 8),)),
    "tanh by exp": (
        lambda x: (ag.exp(x) - ag.exp(-x)) / (ag.exp(x) + ag.exp(-x)),
        (_magnitude(-6, 1.2),),
    ),
}


@dataclass(frozen=True)
class Case:
    """A function to check, and where."""

    name: str
    f: Callable[..., Any]
    point: Point


def right_case(seed: int, number: int) -> Case:
    """Return a function whose derivatives are right: two random programs in five, else one of a family."""
    rng = random.Random(f"{seed} {number}")
    if rng.random() < 0.4:
        program = chosen_program(rng.choice, operations=rng.choice((1, 3, 10, 20)))
        return Case(repr(program), program, (rng.uniform(-3, 3), rng.uniform(-3, 3)))
    name = rng.choice([*FAMILIES])
    f, samplers = FAMILIES[name]
    return Case(name, f, tuple(sampler(rng) for sampler in samplers))


# ---- planted faults ---------------------------------------------------------------------------------

FACTORS = {"sign": -1.0, "times 1.001": 1.001, "times 1.0001": 1.0001, "times 1.000001": 1.000001}
KINDS = (*FACTORS, "swapped", "one-sided", "second order only")


def broken(rng: random.Random, primitive: Primitive, kind: str) -> dict[str, Any] | None:
    """Return the fields of the entry with a fault of this kind, or None where there is no such fault."""
    if primitive.all_partials is not None:
        rule = primitive.all_partials
        return {"all_partials": lambda out, *xs: _changed_each(kind, [*rule(out, *xs)], xs)}
    places = [place for place, rule in enumerate(primitive.partials) if rule is not None]
    if not places:
        return None
    if kind == "swapped":
        return {"partials": primitive.partials[::-1]} if len(places) == 2 == primitive.arity else None
    place = rng.choice(places)
    whole = list(primitive.partials)
    whole[place] = _changed(kind, whole[place])  # type: ignore[arg-type]
    return {"partials": tuple(whole)}


def _changed(kind: str, rule: Rule) -> Rule:
    return lambda out, *xs: _changed_partial(kind, rule(out, *xs), xs)


def _changed_partial(kind: str, partial: Any, xs: Sequence[Any]) -> Any:
    if kind == "one-sided":
        return ops.where(xs[0] > 0.5, 1.01, 1.0) * partial
    if kind == "second order only":
        return 1.001 * partial - 0.001 * ops.detach(partial)
    return FACTORS[kind] * partial


def _changed_each(kind: str, partials: list[Any], xs: Sequence[Any]) -> list[Any]:
    if kind == "swapped":
        return partials[1:] + partials[:1]
    return [*partials[:-1], _changed_partial(kind, partials[-1], xs)]


def operations(case: Case) -> list[Primitive]:
    """Return the primitives into which a fault can be planted: the smooth ones that a function applies.

    An infix sign on a Value has its rule written out; what selects passes something on or nothing.
    """
    if isinstance(case.f, RandomProgram):
        met = {line.primitive for line in case.f.lines}
    else:
        nodes = graph.topological_order(case.f(*map(Value, case.point)))
        met = {node.op for node in nodes if node.op} - {*METHODS.values()}
    return sorted((op for op in met if not (op.step_like or op.kinks)), key=lambda op: op.name)


@contextmanager
def planted(case: Case, primitive: Primitive, fields: dict[str, Any]) -> Iterator[Case]:
    """Give the function with fields of a primitive changed, inside a `with` block."""
    if isinstance(case.f, RandomProgram):
        copy = replace(primitive, **fields)
        lines = [
            replace(line, primitive=copy) if line.primitive is primitive else line for line in case.f.lines
        ]
        yield replace(case, f=RandomProgram(case.f.inputs, tuple(lines)))
        return
    before = {name: getattr(primitive, name) for name in fields}
    try:
        _set(primitive, fields)
        yield case
    finally:
        _set(primitive, before)


def _set(primitive: Primitive, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        object.__setattr__(primitive, name, value)
    RECORDERS.pop(primitive, None)  # they were written from the fields


def fault(seed: int, number: int) -> tuple[str, str, Report] | None:
    """Return the kind of a planted fault, where it is, and what gradcheck says; None if it is invisible."""
    rng = random.Random(f"fault {seed} {number}")
    kind = KINDS[number % len(KINDS)]
    case = right_case(seed + 1, number)
    faults = [(primitive, broken(rng, primitive, kind)) for primitive in operations(case)]
    possible = [(primitive, fields) for primitive, fields in faults if fields]
    if not possible:
        return None
    primitive, fields = rng.choice(possible)
    order = 2 if kind == "second order only" else 1
    right = derivatives(case, case.point, order)
    noise = [0.0] * len(right)
    for _ in range(8):
        nudged = tuple(x + rng.randint(-4, 4) * ulp(x) for x in case.point)
        moved = derivatives(case, nudged, order)
        noise = [max(n, abs(m - r)) for n, m, r in zip(noise, moved, right, strict=True)]
    with planted(case, primitive, fields) as faulty:
        wrong = derivatives(faulty, case.point, order)
        visible = [
            abs(w - r) > 10.0 * n + 1e-13 * abs(r) for w, r, n in zip(wrong, right, noise, strict=True)
        ]
        if not all(map(isfinite, (*wrong, *right))) or not any(visible):
            return None
        return (
            kind,
            f"{primitive.name} in {case.name} at {case.point}",
            compare(faulty.f, *case.point, order=order),
        )


def derivatives(case: Case, point: Point, order: int) -> list[float]:
    """Return the gradient, or all second derivatives, by the engine."""

    def of_list(xs: list[Any]) -> Any:
        return case.f(*xs)

    if order == 1:
        return grad(of_list)([*point])  # type: ignore[no-any-return]
    return [x for row in hessian(of_list)([*point]) for x in row]


# ---- the command ------------------------------------------------------------------------------------


def verdict(seed: int, number: int) -> tuple[str, str]:
    """Return the worst verdict on a right function, every fifth to second order, and which function it is."""
    case = right_case(seed, number)
    report = compare(case.f, *case.point, order=2 if number % 5 == 0 else 1)
    verdicts = [entry.verdict for entry in report.entries]
    worst = next(
        (v for v in ("wrong", "inconclusive", "kink", "unbounded", "undefined") if v in verdicts), "ok"
    )
    alone = " (float64)" if any(entry.fallback for entry in report.entries) else ""
    return worst, f"{case.name} at {case.point}{alone}\n{report}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--functions", type=int, default=5_000, help="right functions (default: %(default)s)")
    parser.add_argument("--faults", type=int, default=1_200, help="visible faults (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of functions and faults (default: %(default)s)")
    parser.add_argument("--no-mpmath", action="store_true", help="by differences in float64 alone")
    parser.add_argument("--show", action="store_true", help="print the report of every mistake")


def run(options: argparse.Namespace) -> None:
    """Print how many right functions are blamed, how many faults pass, and how long a check takes."""
    hide = hide_mpmath if options.no_mpmath else None
    with ProcessPoolExecutor(initializer=hide) as pool:
        numbers = range(options.functions)
        each = pool.map(partial(verdict, options.seed), numbers, chunksize=20)
        said = list(tqdm(each, total=options.functions, unit="function"))
        met: list[tuple[str, str, Report]] = []
        with tqdm(total=options.faults, unit="fault") as bar:
            tried = 0
            while len(met) < options.faults:
                batch = range(tried, tried + 40 * len(KINDS))
                tried = batch.stop
                met += filter(None, pool.map(partial(fault, options.seed), batch, chunksize=10))
                bar.update(min(len(met), options.faults) - bar.n)
    counts = Counter(worst for worst, _ in said)
    print(f"{options.functions} right functions, every fifth to second order: {_listed(counts)}")
    _print_shown(options.show, [where for worst, where in said if worst != "ok"])
    met = met[: options.faults]
    caught = [_caught(report) for *_, report in met]
    print(f"{sum(caught)} of {len(met)} visible faults called wrong: {100 * sum(caught) / len(met):.2f} %")
    for kind in KINDS:
        of_kind = [hit for (k, *_), hit in zip(met, caught, strict=True) if k == kind]
        print(f"  {kind:<20} {sum(of_kind)} of {len(of_kind)}")
    missed = [f"{k}: {at}\n{r}" for (k, at, r), hit in zip(met, caught, strict=True) if not hit]
    _print_shown(options.show, missed)
    if hide:
        hide()
    for name, f, point, order in TIMED:
        seconds = [_timed(f, point, order) for _ in range(20)]
        print(f"{name}, order {order}: {1e3 * median(seconds):.1f} ms, the first {1e3 * seconds[0]:.0f} ms")


def hide_mpmath() -> None:
    """Make `import mpmath` fail in this process."""
    sys.modules["mpmath"] = None  # type: ignore[assignment]


def _network(weights: Sequence[Any]) -> Any:
    hidden = [ag.tanh(ag.dot(weights[3 * i : 3 * i + 2], (0.3, -0.7), weights[3 * i + 2])) for i in range(5)]
    return ag.softplus(ag.dot(weights[15:20], hidden, weights[20]))


TIMED: tuple[tuple[str, Callable[..., Any], tuple[Any, ...], int], ...] = (
    ("sin(x³ + 5)", lambda x: ag.sin(x**3 + 5.0), (1.2,), 1),
    ("sin(x³ + 5)", lambda x: ag.sin(x**3 + 5.0), (1.2,), 2),
    ("a call's price", _black_scholes, (110.0, 0.2, 1.5), 1),
    ("a network of 21 weights", _network, ([0.1 * (i % 7) - 0.25 for i in range(21)],), 1),
)


def _timed(f: Callable[..., Any], point: tuple[Any, ...], order: int) -> float:
    start = time.perf_counter()
    compare(f, *point, order=order)
    return time.perf_counter() - start


def _caught(report: Report) -> bool:
    return any(entry.verdict == "wrong" for entry in report.entries)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in counts.most_common())


def _print_shown(show: bool, texts: Sequence[str]) -> None:
    if show:
        print(*texts, sep="\n", end="\n" if texts else "")
