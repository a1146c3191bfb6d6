"""How many units in the last place each primitive and its derivatives are off, with proof.

A number that is at most half a unit off is correctly rounded.

The truth is a ball, as narrow as the question takes, which the primitive's definition gives together with its
derivatives (`correctness.definitions`): it shares nothing with the table's rules, and whether an error is at
most a bound is proved. Points are stratified over the whole float64 domain: every magnitude from the
subnormals to the largest number, a dense middle, and the neighbours of kinks and of domain ends. Next to a
derivative's own zero, where it changes sign, the unit is that of its size around; below 1e-300, where what a
rule multiplies may itself have lost digits to gradual underflow, it is that of 1e-300.
"""

from __future__ import annotations

import argparse
import math
import operator
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice, repeat
from math import inf, isfinite, nan, nextafter
from typing import Any

from flint import arb, arb_series
from tqdm import tqdm

from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.value import Value
from benchmarks.correctness.definitions import DEFINITIONS, UndecidedError, decided

LIMITS = (2.0, 4.0, 16.0)
PART = 5_000
"""Points that a process measures at a time."""

SHARES = (0.5, 1.0, 2.0)
BOUNDS = sorted({*SHARES, *LIMITS})
LARGEST = sys.float_info.max
NEARLY_LARGEST = LARGEST * (1 - 2.0**-50)
UNDERFLOW = 1e-300

ORDERS = ("value", "first derivative", "second derivative")

REASONS: dict[tuple[str, int], str] = {
    ("acosh", 0): "the C library's own is not closer",
    ("atan2", 1): "it is inversion, which see",
    ("atan2", 2): "x · y / hypot² underflows where that over hypot² does not",
    ("cbrt", 1): "the C library's root is 0.87 off, its square twice as far, and three operations round",
    ("direction", 0): "hypot of subnormals is a whole number of subnormals",
    ("direction", 1): "(y / hypot)² underflows where the derivative, that over hypot, does not",
    ("direction", 2): "the first derivative over- or underflows where the second does not",
    ("div", 1): "x / y underflows where x / y² does not",
    ("div", 2): "x / y underflows where x / y³ does not; 1 / y overflows, which times 0 is nan",
    ("elu", 1): "exp underflows where alpha times it does not",
    ("elu", 2): "exp underflows where alpha times it does not",
    ("erfc", 0): "the C library's own is not closer",
    ("gauss", 2): "2x overflows, which times 0 is nan",
    ("gelu", 0): "it is x times normal_cdf, which see",
    ("gelu", 1): "normal_cdf and x times normal_pdf cancel in part below zero",
    ("gelu_tanh", 0): "its cubic rounds, and exp magnifies that by the cubic's size",
    ("gelu_tanh", 1): "its cubic rounds, and exp magnifies that by the cubic's size",
    ("gelu_tanh", 2): "its cubic rounds, and exp magnifies that by the cubic's size",
    ("inversion", 0): "x / hypot underflows, or hypot is subnormal, where the quotient is neither",
    ("inversion", 1): "x · y / hypot² underflows where that over hypot² does not",
    ("inversion", 2): "the first derivative over- or underflows where the second does not",
    ("logsumexp", 0): "max and the logarithm cancel where the value is near 0",
    ("logsumexp", 1): "x − max rounds, and exp magnifies that by its size",
    ("logsumexp", 2): "share − share² cancels where one share is nearly all",
    ("norm", 1): "x / norm is 0 where the norm overflows",
    ("norm", 2): "1 − (x / norm)² cancels where one x is nearly all of the norm; 1 / norm overflows",
    ("normal_cdf", 0): "erfc, exp and the step between them each round in its tail",
    ("normal_pdf", 0): "a product of two exponentials and a constant rounds in five places",
    ("power", 2): "the slope over- or underflows, or is subnormal, where its own slope is not",
    ("power_slope", 0): "power, product and quotient each round",
    ("power_slope", 1): "the slope over- or underflows, or is subnormal, where its own slope is not",
    ("power_slope", 2): "the slope over- or underflows, or is subnormal, where its own slope is not",
    ("prod", 0): "a running product over- or underflows where the whole does not",
    ("prod", 1): "a running product over- or underflows where the whole does not",
    ("sech_squared", 0): "exp, two sums, a product and a quotient each round; as a first derivative it holds",
    ("sigmoid", 0): "exp, sum and quotient round; rounding less takes an LSTM through NumPy an eighth longer",
    ("sigmoid", 1): "sigmoid(x), sigmoid(−x) and their product each round",
    ("silu", 0): "sigmoid and the product round",
    ("silu", 1): "sigmoid and 1 + x · sigmoid(−x) each round",
    ("sum", 0): "a running sum overflows, or rounds beside what cancels later",
    ("tanh", 0): "the C library's own is not closer",
    ("xlogy", 2): "x / y underflows or 1 / y overflows where x / y² does neither",
}
"""Why a bound does not hold for a primitive and an order of derivative, where one does not.

`direction`, `inversion`, `power_slope`, `sech_squared` and the bells are steps on the way to derivatives of
others, not for users.
"""


@dataclass(frozen=True)
class Errors:
    """The errors of one order of derivative, in ULP.

    `within` says how many of those `tried` are at most SHARES; `ulp` is the largest, seen at arguments `at`.
    """

    tried: int = 0
    within: tuple[int, ...] = (0,) * len(SHARES)
    ulp: float = 0.0
    at: tuple[float, ...] = ()

    @classmethod
    def of(cls, found: Sequence[tuple[float, tuple[float, ...]]]) -> Errors:
        """Return what errors, each with where it was seen, come to; nan is the worst."""
        ulp, at = max(found, key=lambda each: (each[0] != each[0], each[0]), default=(0.0, ()))
        return cls(len(found), tuple(sum(each <= share for each, _ in found) for share in SHARES), ulp, at)

    def __add__(self, other: Errors) -> Errors:
        """Return both together; of their largest errors the worse, and nan is the worst."""
        worse = other if not other.ulp <= self.ulp and self.ulp == self.ulp else self
        within = tuple(map(operator.add, self.within, other.within))
        return Errors(self.tried + other.tried, within, worse.ulp, worse.at)


def as_promised(name: str, order: int, found: Errors) -> bool:
    """Whether errors are within the limit, or beyond it for a known reason and half within 2 ULP."""
    known = (name, order) in REASONS and found.within[-1] >= found.tried / 2
    return found.ulp <= LIMITS[order] or known


def stratified(primitive: Primitive, count: int, seed: int = 0) -> list[tuple[float, ...]]:
    """Return `count` argument tuples over the whole domain of a primitive, reproducibly.

    Several zeros together are not among them: what atan2 or the slope of hypot is there is agreed, not true.
    """
    rng = random.Random(f"{primitive.name} {seed}")
    arity = primitive.arity or 3
    drawn = (tuple(_number(rng, *primitive.interval(i)) for i in range(arity)) for _ in repeat(None))
    return list(islice((point for point in drawn if arity == 1 or any(point)), count))


def _number(rng: random.Random, low: float, high: float) -> float:
    while True:
        kind = rng.randrange(10)
        if kind < 4:  # any magnitude
            x = math.ldexp(rng.uniform(0.5, 1.0), rng.randint(-1073, 1024)) * rng.choice((-1, 1))
        elif kind < 7:
            x = rng.uniform(-40.0, 40.0)
        elif kind < 8:
            x = rng.uniform(-1.0, 1.0)
        elif kind < 9:  # beside an end of the domain, or beside zero
            end = rng.choice([end for end in (low, high, 0.0) if isfinite(end)])
            x = end + rng.choice((-1, 1)) * 10.0 ** rng.uniform(-16, 0)
        else:
            end = rng.choice([end for end in (low, high, 0.0, 1.0) if isfinite(end)])
            x = end
            for _ in range(rng.randint(1, 4)):
                x = nextafter(x, rng.choice((inf, -inf)))
        if low < x < high and isfinite(x):
            return x


Numbers = tuple[float, Sequence[tuple[float, float]]]
"""What was computed at a point: the value; unless beside a kink, two derivatives along each argument."""


def measure(name: str, points: Sequence[tuple[float, ...]]) -> list[Errors]:
    """Return the errors of value, first and second derivatives over the points; raises UndecidedError."""
    primitive = TABLE[name]
    return _judged(name, points, (_computed(primitive, point) for point in points))


def measure_part(name: str, part: int, count: int) -> list[Errors]:
    """Return the same over the first `count` points of a part, all of which have points of their own."""
    return measure(name, stratified(TABLE[name], count, seed=part))


def _computed(primitive: Primitive, point: tuple[float, ...]) -> Numbers:
    indices = () if _beside_a_kink(primitive, point) else range(len(point))
    along = [lambda x, n=n: primitive(*point[:n], x, *point[n + 1 :]) for n in indices]
    return primitive(*point), [first_and_second(f, point[n]) for n, f in zip(indices, along, strict=True)]


def first_and_second(f: Callable[[Any], Any], x: float) -> tuple[float, float]:
    """Return the first and second derivative of f by reverse mode over reverse mode, with `create_graph`."""
    leaf = Value(x)
    out = f(leaf)
    if not isinstance(out, Value):  # of a program that happens not to use its input
        return 0.0, 0.0
    out.backward(create_graph=True)
    first: Any = leaf.grad
    if not isinstance(first, Value):
        return first, 0.0
    leaf.zero_grad()
    first.backward()
    return first.data, leaf.grad


def _judged(name: str, points: Sequence[tuple[float, ...]], computed: Iterable[Numbers]) -> list[Errors]:
    found: list[list[tuple[float, tuple[float, ...]]]] = [[] for _ in ORDERS]
    for point, (value, slopes) in zip(points, computed, strict=True):
        for index, along in enumerate(slopes or [()]):
            numbers, lowest = (along, 1) if index else ((value, *along), 0)
            ulps = decided(partial(_units_off, name, point, index, numbers, lowest), name, point, terms=3)
            for order, each in enumerate(ulps, lowest):
                found[order].append((each, point))
    return [Errors.of(each) for each in found]


def _beside_a_kink(primitive: Primitive, point: tuple[float, ...]) -> bool:
    return bool(primitive.kinks) and (min(map(abs, point)) < 1e-20 or len({*point}) < len(point))


def _units_off(
    name: str, point: tuple[float, ...], index: int, numbers: Sequence[float], lowest: int
) -> list[float] | None:
    """Return how many units each of the numbers is off; None if the balls do not tell.

    They are derivatives along an argument, of the orders from the lowest on. Next to a zero the unit is that
    of the size around.
    """
    true, found = _derivatives(name, point, index), []
    for order, number in enumerate(numbers, lowest):
        ulps = _ulps(number, true[order], 0.0)
        if order and ulps is not None and not ulps <= LIMITS[order]:
            ulps = _ulps(number, true[order], _size_around_a_zero(name, point, index, order))
        if ulps is None:
            return None
        found.append(ulps)
    return found


def _derivatives(name: str, point: Sequence[Any], index: int) -> list[arb]:
    """Return the definition's value, first and second derivative along an argument, as balls."""
    series = DEFINITIONS[name](*[arb_series([x, 1] if k == index else [x]) for k, x in enumerate(point)])
    return [series[0], series[1], 2 * series[2]]


def _size_around_a_zero(name: str, point: tuple[float, ...], index: int, order: int) -> float:
    """Return how large a derivative is around a point if it is certain to change sign there, else 0."""
    x = arb(point[index])
    reach = max(abs(point[index]), 1.0) / 2
    low, high = (
        _derivatives(name, [*point[:index], beside, *point[index + 1 :]], index)[order]
        for beside in (x - reach, x + reach)
    )
    return float(max(abs(low), abs(high))) if low * high < 0 else 0.0


def _ulps(computed: float, true: arb, scale: float) -> float | None:
    """Return by how many units a number is off, to 1e-3, and on the right side of all SHARES and LIMITS.

    None where the ball does not tell.
    """
    size = abs(true)
    if size > LARGEST:
        return 0.0 if abs(computed) >= 1.7e308 and (computed > 0) == (true > 0) else inf
    if not size <= LARGEST:
        return None
    if computed != computed:
        return nan
    if not isfinite(computed):
        return 0.0 if size > NEARLY_LARGEST else None if size >= NEARLY_LARGEST else inf
    unit = math.ulp(max(float(size.lower()), min(scale, LARGEST), UNDERFLOW))
    if unit != math.ulp(max(float(size.upper()), min(scale, LARGEST), UNDERFLOW)):
        return None
    error = abs(computed - true) / unit
    if error.rad() > 5e-4:
        return None
    ulps = float(error)
    for bound in BOUNDS:
        if abs(ulps - bound) < 1e-3:
            if error > bound:
                return max(ulps, nextafter(bound, inf))
            if not error <= bound:
                return None
    return ulps


def jax_functions() -> dict[str, Callable[..., Any]]:
    """Return the functions of the same name in JAX, on float64; empty where JAX is not installed."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return {}
    jax.config.update("jax_enable_x64", True)
    named = {name: getattr(jnp, name, None) or getattr(jax.nn, name, None) for name in DEFINITIONS}
    special = {
        "add": jnp.add,
        "sub": jnp.subtract,
        "mul": jnp.multiply,
        "div": jnp.divide,
        "neg": jnp.negative,
        "erf": jax.scipy.special.erf,
        "erfc": jax.scipy.special.erfc,
        "xlogy": jax.scipy.special.xlogy,
        "logsigmoid": jax.nn.log_sigmoid,
        "gelu": partial(jax.nn.gelu, approximate=False),
        "gelu_tanh": jax.nn.gelu,
        "normal_cdf": jax.scipy.stats.norm.cdf,
        "normal_pdf": jax.scipy.stats.norm.pdf,
    }
    nary = {"sum", "prod", "max", "min", "norm", "logsumexp", "identity"}
    return {name: f for name, f in {**named, **special}.items() if f is not None and name not in nary}


def measure_jax(name: str, function: Callable[..., Any], points: Sequence[tuple[float, ...]]) -> list[Errors]:
    """Return JAX's errors over the same points."""
    import jax
    import numpy as np

    columns = [np.array(column) for column in zip(*points, strict=True)]
    firsts = [jax.grad(function, index) for index in range(len(columns))]
    seconds = [jax.grad(first, index) for index, first in enumerate(firsts)]
    values, *slopes = (np.asarray(jax.vmap(f)(*columns)).tolist() for f in (function, *firsts, *seconds))
    pairs = zip(
        zip(*slopes[: len(columns)], strict=True), zip(*slopes[len(columns) :], strict=True), strict=True
    )
    computed = [
        (value, () if _beside_a_kink(TABLE[name], point) else list(zip(*pair, strict=True)))
        for point, value, pair in zip(points, values, pairs, strict=True)
    ]
    return _judged(name, points, computed)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--points", type=_points, default=20_000, help="points a primitive (default: %(default)s)"
    )
    parser.add_argument(
        "--jax-points", type=int, default=2_000, help="of which JAX gets (default: %(default)s)"
    )
    parser.add_argument(
        "--only", nargs="*", choices=DEFINITIONS, metavar="NAME", help="these primitives alone, such as sin"
    )


def _points(text: str) -> int:
    """Return how many points a text asks for: at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is needed, got {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> None:
    """Print a row a primitive: how many of its numbers are how close, and the largest errors, JAX's too."""
    print(
        f"{options.points:,} points a primitive: per cent at most ½ (correctly rounded), 1 and 2 ULP off,\n"
        f"and the largest error; limits {LIMITS}"
    )
    of_order = f"{'½':>7} {'1':>6} {'2':>6} {'largest':>8}"
    print(f"{'':<13} {ORDERS[0]:^30}   {ORDERS[1]:^30}   {ORDERS[2]:^30}   {'JAX: largest':^23}")
    print(f"{'':<13} {of_order}   {of_order}   {of_order}   {'value':>7} {'first':>7} {'second':>7}")
    names = options.only or list(DEFINITIONS)
    with ProcessPoolExecutor() as pool:
        jobs = {
            name: [
                pool.submit(measure_part, name, part, min(PART, options.points - part * PART))
                for part in range(math.ceil(options.points / PART))
            ]
            for name in names
        }
        in_jax = jax_functions()
        with tqdm(total=sum(map(len, jobs.values())), unit="part") as bar:
            for name, parts in jobs.items():
                found, undecided = [], []
                for part in parts:
                    try:
                        found.append(part.result())
                    except UndecidedError as error:
                        undecided.append(str(error))
                    bar.update()
                ours = [sum(errors, Errors()) for errors in zip(*found, strict=True)]
                points = stratified(TABLE[name], min(options.points, options.jax_points))
                theirs = measure_jax(name, in_jax[name], points) if name in in_jax and points else None
                tqdm.write("\n".join([_row(name, ours, theirs), *undecided]))


def _row(name: str, ours: Sequence[Errors], theirs: Sequence[Errors] | None) -> str:
    """Return a row of the table, and a line of its own for every bound that does not hold."""
    columns = "   ".join(map(_told, ours))
    other = " ".join(f"{errors.ulp:>7.3g}" for errors in theirs) if theirs else " ".join(["      –"] * 3)
    rows = [f"{name:<13} {columns}   {other}"]
    for order, (found, limit) in enumerate(zip(ours, LIMITS, strict=True)):
        if not found.ulp <= limit:
            reason = REASONS[name, order] if as_promised(name, order, found) else "MISSED"
            rows.append(f"{'':<13} {ORDERS[order]} at {found.at}: {reason}")
    return "\n".join(rows)


def _told(errors: Errors) -> str:
    """Return shares in per cent, rounded down so that 100 is all, and the largest error."""
    shares = [
        math.floor(10_000 * count / errors.tried) / 100 if errors.tried else nan for count in errors.within
    ]
    return f"{shares[0]:>7.2f} {shares[1]:>6.2f} {shares[2]:>6.2f} {errors.ulp:>8.3g}"
