"""How many units in the last place each primitive and its derivatives are off, against mpmath.

A number that is at most half a unit off is correctly rounded.

The truth is the primitive's definition in 120 digits, differentiated by central differences there, so that
it shares nothing with the table's rules. Points are stratified over the whole float64 domain: every
magnitude from the subnormals to the largest number, a dense middle, and the neighbours of kinks and of
domain ends. Next to a derivative's own zero, where it changes sign, the unit is that of its size around;
below 1e-300, where what a rule multiplies may itself have lost digits to gradual underflow, it is that of
1e-300.
"""

from __future__ import annotations

import argparse
import math
import operator
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from math import inf, isfinite, nan, nextafter
from typing import Any

import mpmath
from mpmath import mp, mpf
from tqdm import tqdm

from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.transforms import grad

LIMITS = (2.0, 4.0, 16.0)
SHARES = (0.5, 1.0, 2.0)
DIGITS = 120
LARGEST = mpf(1.7976931348623157e308)
UNDERFLOW = mpf(1e-300)


def _exp(x: Any) -> Any:
    return mp.exp(x) if x > -2000 else mpf(0)  # there it is 1e-869, far out of range, and slow


def _erfc(x: Any) -> Any:
    return mp.erfc(x) if abs(x) < 28 else mpf(0) if x > 0 else mpf(2)  # 1e-342, likewise


def _power(x: Any, y: Any) -> Any:
    return _exp(y * mp.log(x))  # mp.power multiplies where y is whole, as all large floats are


REFERENCES: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "power": _power,
    "power_slope": lambda x, y: y * _power(x, y - 1),
    "neg": lambda x: -x,
    "identity": lambda x: x,
    "exp": _exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "log1p": mp.log1p,
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "xlogy": lambda x, y: x * mp.log(y),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": lambda y, x: mp.atan2(y, x),
    "direction": lambda x, y: x / mp.sqrt(x * x + y * y),
    "inversion": lambda x, y: x / (x * x + y * y),
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech_squared": lambda x: mp.sech(x) ** 2,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "erf": lambda x: 1 - _erfc(x) if abs(x) >= 28 else mp.erf(x),
    "erfc": _erfc,
    "gauss": lambda x: _exp(-x * x),
    "normal_pdf": lambda x: _exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "normal_cdf": lambda x: _erfc(-x / mp.sqrt(2)) / 2,
    "sigmoid": lambda x: 1 / (1 + _exp(-x)),
    "logsigmoid": lambda x: -mp.log1p(_exp(-x)),
    "softplus": lambda x: mp.log1p(_exp(x)),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
    "silu": lambda x: x / (1 + _exp(-x)),
    "gelu": lambda x: x * _erfc(-x / mp.sqrt(2)) / 2,
    "gelu_tanh": lambda x: x / (1 + _exp(-2 * mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3))),
    "abs": abs,
    "maximum": max,
    "minimum": min,
    "sum": lambda *xs: mp.fsum(xs),
    "prod": lambda *xs: mp.fprod(xs),
    "max": lambda *xs: max(xs),
    "min": lambda *xs: min(xs),
    "norm": lambda *xs: mp.sqrt(mp.fsum(x * x for x in xs)),
    "logsumexp": lambda *xs: max(xs) + mp.log(mp.fsum(_exp(x - max(xs)) for x in xs)),
}
"""The definitions, in mpmath. Primitives without one are steps, choices or copies, which do not round."""

ORDERS = ("value", "first derivative", "second derivative")

REASONS: dict[tuple[str, int], str] = {
    ("atan2", 1): "it is inversion, which see",
    ("atan2", 2): "x · y / hypot² underflows where that over hypot² does not",
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
    ("norm", 2): "1 − (x / norm)² cancels where one x is nearly all of the norm; 1 / norm overflows",
    ("normal_cdf", 0): "erfc, exp and the step between them each round in its tail",
    ("normal_pdf", 0): "a product of two exponentials and a constant rounds in five places",
    ("power", 2): "the slope over- or underflows, or is subnormal, where its own slope is not",
    ("power_slope", 0): "power, product and quotient each round",
    ("power_slope", 1): "the slope over- or underflows, or is subnormal, where its own slope is not",
    ("power_slope", 2): "the slope over- or underflows, or is subnormal, where its own slope is not",
    ("prod", 0): "a running product over- or underflows where the whole does not",
    ("prod", 1): "a running product over- or underflows where the whole does not",
    ("sech_squared", 0): "exp, a sum, a square and a quotient each round; as a first derivative it holds",
    ("silu", 0): "sigmoid, exact to two units, and the product round",
    ("sum", 0): "a running sum overflows, or rounds beside what cancels later",
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
    def of(cls, ulp: float, at: tuple[float, ...]) -> Errors:
        """Return the error of `ulp` seen at `at`."""
        return cls(1, tuple(int(ulp <= share) for share in SHARES), ulp, at)

    def __add__(self, other: Errors) -> Errors:
        """Return both together; of their largest errors the worse, and nan is the worst."""
        worse = other if not other.ulp <= self.ulp and self.ulp == self.ulp else self
        within = tuple(map(operator.add, self.within, other.within))
        return Errors(self.tried + other.tried, within, worse.ulp, worse.at)


def stratified(primitive: Primitive, count: int, seed: int = 0) -> list[tuple[float, ...]]:
    """Return `count` argument tuples over the whole domain of a primitive, reproducibly."""
    rng = random.Random(f"{primitive.name} {seed}")
    arity = primitive.arity or 3
    return [tuple(_number(rng, *primitive.interval(i)) for i in range(arity)) for _ in range(count)]


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


def measure(name: str, points: Sequence[tuple[float, ...]]) -> list[Errors]:
    """Return the errors of value, first and second derivatives over the points."""
    primitive, reference = TABLE[name], REFERENCES[name]
    errors = [Errors() for _ in ORDERS]
    for point in points:
        mp.dps = _digits(point)
        exact = [mpf(x) for x in point]
        size = min((min(abs(x), 1 / abs(x)) for x in exact if x), default=mpf(1))
        errors[0] += Errors.of(_ulps(primitive(*point), reference(*exact), mpf(0)), point)
        for index in range(len(point)):
            along = partial(_replace, primitive, list(point), index)
            truth = cache(partial(_replace, reference, exact, index))  # both orders ask at the same places
            if _beside_a_kink(primitive, point):
                continue
            for order, slope in ((1, grad(along)), (2, grad(grad(along)))):
                ulps = _error(slope(point[index]), truth, exact[index], order, size)
                errors[order] += Errors.of(ulps, point)
    return errors


def _beside_a_kink(primitive: Primitive, point: tuple[float, ...]) -> bool:
    return bool(primitive.kinks) and (min(map(abs, point)) < 1e-20 or len({*point}) < len(point))


def _digits(point: tuple[float, ...]) -> int:
    """Return how many digits the differences at a point take: steps below its numbers beside ones above."""
    magnitudes = sum(abs(math.frexp(x)[1]) * 0.302 for x in point)
    tails = min(0.9 * max(x * x for x in point), 800.0)  # exp(-x²) beside 1
    return DIGITS + int(3 * magnitudes + tails)


def _replace(f: Callable[..., Any], args: list[Any], index: int, x: Any) -> Any:
    return f(*args[:index], x, *args[index + 1 :])


def _error(computed: float, truth: Callable[[Any], Any], x: Any, order: int, size: Any) -> float:
    """Return how many units a computed derivative is off; next to a zero, in units of the size around it."""
    true = _derivative(truth, x, order, size)
    ulps = _ulps(computed, true, mpf(0))
    if ulps <= LIMITS[order]:
        return ulps
    return _ulps(computed, true, _size_around_a_zero(truth, x, order, size))


def _derivative(f: Callable[[Any], Any], x: Any, order: int, size: Any) -> Any:
    h = size * mpf(10) ** -32
    before, here, after = f(x - h), f(x), f(x + h)
    first = (after - before) / (2 * h)
    slope = first if order == 1 else (after - 2 * here + before) / (h * h)
    rounding = mpf(10) ** (20 - mp.dps) * (abs(here) + abs(first * x))  # of f, and of x ± h
    return slope if abs(slope) > rounding / h**order else mpf(0)


def _size_around_a_zero(f: Callable[[Any], Any], x: Any, order: int, size: Any) -> Any:
    """Return how large the derivative is around x if it changes sign there, else 0."""
    reach = max(abs(x), mpf(1)) / 2
    try:
        sides = [_derivative(f, x - reach, order, size), _derivative(f, x + reach, order, size)]
    except (ValueError, ZeroDivisionError, TypeError):
        return mpf(0)
    if any(isinstance(side, mpmath.mpc) for side in sides) or sides[0] * sides[1] >= 0:
        return mpf(0)
    return max(abs(side) for side in sides)


def _ulps(computed: float, true: Any, scale: Any) -> float:
    if isinstance(true, mpmath.mpc) or not mpmath.isfinite(true):
        return 0.0
    if abs(true) > LARGEST:
        return 0.0 if abs(computed) >= 1.7e308 and (computed > 0) == (true > 0) else inf
    if computed != computed:
        return nan
    if not isfinite(computed):
        return 0.0 if abs(true) > LARGEST * (1 - mpf(2) ** -50) else inf
    unit = math.ulp(float(max(abs(true), min(scale, LARGEST), UNDERFLOW)))
    return float(abs(mpf(computed) - true) / unit)


def jax_functions() -> dict[str, Callable[..., Any]]:
    """Return the functions of the same name in JAX, on float64; empty where JAX is not installed."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return {}
    jax.config.update("jax_enable_x64", True)
    named = {name: getattr(jnp, name, None) or getattr(jax.nn, name, None) for name in REFERENCES}
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

    reference = REFERENCES[name]
    columns = [np.array(column) for column in zip(*points, strict=True)]
    arity = len(columns)
    values = np.asarray(jax.vmap(function)(*columns))
    slopes = [
        [np.asarray(jax.vmap(d)(*columns)) for i in range(arity) for d in [jax.grad(function, i)]],
        [
            np.asarray(jax.vmap(d)(*columns))
            for i in range(arity)
            for d in [jax.grad(jax.grad(function, i), i)]
        ],
    ]
    errors = [Errors() for _ in ORDERS]
    for row, point in enumerate(points):
        mp.dps = _digits(point)
        exact = [mpf(x) for x in point]
        size = min((min(abs(x), 1 / abs(x)) for x in exact if x), default=mpf(1))
        errors[0] += Errors.of(_ulps(float(values[row]), reference(*exact), mpf(0)), point)
        for index in range(arity):
            truth = cache(partial(_replace, reference, exact, index))
            if _beside_a_kink(TABLE[name], point):
                continue
            for order in (1, 2):
                computed = float(slopes[order - 1][index][row])
                ulps = _error(computed, truth, exact[index], order, size)
                errors[order] += Errors.of(ulps, point)
    return errors


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--points", type=int, default=20_000, help="points a primitive (default: %(default)s)"
    )
    parser.add_argument(
        "--jax-points", type=int, default=2_000, help="of which JAX gets (default: %(default)s)"
    )
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these primitives alone")


def run(options: argparse.Namespace) -> None:
    """Print a row a primitive: how many of its numbers are how close, and the largest errors, JAX's too."""
    print(
        f"{options.points:,} points a primitive: per cent at most ½ (correctly rounded), 1 and 2 ULP off,\n"
        f"and the largest error; limits {LIMITS}"
    )
    of_order = f"{'½':>7} {'1':>6} {'2':>6} {'largest':>8}"
    print(f"{'':<13} {ORDERS[0]:^30}   {ORDERS[1]:^30}   {ORDERS[2]:^30}   {'JAX: largest':^23}")
    print(f"{'':<13} {of_order}   {of_order}   {of_order}   {'value':>7} {'first':>7} {'second':>7}")
    names = options.only or list(REFERENCES)
    chunk = max(1, options.points // 20)
    with ProcessPoolExecutor() as pool:
        jobs = {}
        for name in names:
            points = stratified(TABLE[name], options.points)
            parts = [points[i : i + chunk] for i in range(0, len(points), chunk)]
            jobs[name] = [pool.submit(measure, name, part) for part in parts]
        in_jax = jax_functions()
        with tqdm(total=sum(map(len, jobs.values())), unit="part") as bar:
            for name, parts in jobs.items():
                for part in parts:
                    part.result()
                    bar.update()
                ours = [sum(errors, Errors()) for errors in zip(*[p.result() for p in parts], strict=True)]
                points = stratified(TABLE[name], min(options.points, options.jax_points))
                theirs = measure_jax(name, in_jax[name], points) if name in in_jax and points else None
                tqdm.write(_row(name, ours, theirs))


def _row(name: str, ours: Sequence[Errors], theirs: Sequence[Errors] | None) -> str:
    """Return a row of the table, and a line of its own for every bound that does not hold."""
    columns = "   ".join(map(_told, ours))
    other = " ".join(f"{errors.ulp:>7.3g}" for errors in theirs) if theirs else " ".join(["      –"] * 3)
    rows = [f"{name:<13} {columns}   {other}"]
    for order, (found, limit) in enumerate(zip(ours, LIMITS, strict=True)):
        if not found.ulp <= limit:
            rows.append(f"{'':<13} {ORDERS[order]} at {found.at}: {REASONS.get((name, order), 'MISSED')}")
    return "\n".join(rows)


def _told(errors: Errors) -> str:
    """Return shares in per cent, rounded down so that 100 is all, and the largest error."""
    shares = [
        math.floor(10_000 * count / errors.tried) / 100 if errors.tried else nan for count in errors.within
    ]
    return f"{shares[0]:>7.2f} {shares[1]:>6.2f} {shares[2]:>6.2f} {errors.ulp:>8.3g}"
