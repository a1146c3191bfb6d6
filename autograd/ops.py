"""THE TABLE: every operation, once, with its local derivatives.

Each entry reads: name, value, then one partial per argument, where `out` is the operation's own result:

    exp = define("exp", lambda xp, x: xp.exp(x), lambda out, x: out)

Everything else follows from these lines: eager gradients, higher orders, formulas in drawings, tests.
A rule uses `+ - *`, comparisons and other primitives. A quotient is written `div(x, y)` and a power
`power(x, y)`: on two plain floats `/` raises at zero, and `**` may answer with a complex number.

An operation that selects among its arguments says so in its rule: `when(condition)` and `unless(condition)`
pass nothing on to an argument that was not selected, whatever lies behind it. A derivative that happens to
be zero is no such cut: zero times an infinity is nan there.
"""

from __future__ import annotations

import copyreg
import operator
from collections.abc import Iterable, Mapping
from functools import reduce
from inspect import Parameter, signature
from itertools import accumulate
from math import inf, nan
from types import MappingProxyType
from typing import Any

from autograd.primitive import Primitive, Rule, unless, when

_entries: dict[str, Primitive] = {}

TABLE: Mapping[str, Primitive] = MappingProxyType(_entries)
"""Every primitive by name, in the order of this file."""

POSITIVE = ((0.0, inf),)
UNIT = ((-1.0, 1.0),)
ON_A_TRUE_CONDITION = ((0.0, inf), (-inf, inf), (-inf, inf))


def define(name: str, impl: Any, *partials: Rule | None, **facts: Any) -> Primitive:
    """Enter a primitive in the table; `facts` are the remaining fields of `Primitive`.

    Raises ValueError for a name that is taken or no identifier, and unless there is one partial for each
    argument that `impl(xp, *args)` names, or `each` for any number of them.
    """
    if not name.isidentifier() or name in _entries:
        raise ValueError(f"a primitive needs a name of its own that is an identifier, got {name!r}")
    primitive = Primitive(name, impl, partials, **facts)
    try:
        kinds = [parameter.kind for parameter in signature(impl).parameters.values()]
    except (TypeError, ValueError):
        kinds = []
    n_ary = len(kinds) == 2 and kinds[1] is Parameter.VAR_POSITIONAL
    expected = 0 if n_ary else len(kinds) - 1
    if len(kinds) < 2 or len(partials) != expected or n_ary is (primitive.each is None):
        raise ValueError(
            f"{name} needs impl(xp, x, …) with one partial for each argument, or impl(xp, *xs) with each; "
            f"got {impl!r} and {len(partials)} partials"
        )
    _entries[name] = primitive
    return primitive


def entry(name: str) -> Primitive:
    """Return the primitive of that name, as which it is pickled; raise ValueError if there is none."""
    if name not in _entries:
        raise ValueError(f"no operation is called {name!r} here: define it before it is unpickled")
    return _entries[name]


def _by_name(primitive: Primitive) -> tuple[Any, ...]:
    if _entries.get(primitive.name) is not primitive:
        raise TypeError(f"only an operation in the table can be copied or pickled, got {primitive.name!r}")
    return entry, (primitive.name,)


copyreg.pickle(Primitive, _by_name)  # its rules are lambdas, which do not pickle, and a copy would be another

LN_2, LOG2_E, LOG10_E = 0.6931471805599453, 1.4426950408889634, 0.4342944819032518
TWO_OVER_SQRT_PI, ONE_OVER_SQRT_2_PI, SQRT_8_OVER_PI = (
    1.1283791670955126,
    0.3989422804014327,
    1.5957691216057308,
)
# 1/√2, and the same to twice the digits as head + tail, where the head has 26 bits.
SQRT_HALF, SQRT_HALF_HEAD, SQRT_HALF_TAIL = 0.7071067811865476, 0.7071067690849304, 1.210161710447897e-08
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

# ---- building blocks of rules -----------------------------------------------------------------------

where = define(
    "where",
    lambda xp, condition, x, y: xp.where(condition, x, y),
    None,
    lambda out, condition, x, y: when(condition),
    lambda out, condition, x, y: unless(condition),
    notation="{1} if {0} else {2}",
    precedence=1,
    domain=ON_A_TRUE_CONDITION,
)

# `edge` is `where`, except that a formula shows only its usual branch: log′(x) reads 1 / x. Where a rule puts
# an infinity or nan at the edge, it has no further derivative: log″(0) is nan, and not the 0 of a constant.
edge = define(
    "edge",
    lambda xp, condition, at_edge, usual: xp.where(condition, at_edge, usual),
    None,
    lambda out, condition, at_edge, usual: when(condition),
    lambda out, condition, at_edge, usual: unless(
        where(condition, equal(at_edge - at_edge, 0.0), 0.0), where(condition, nan, 1.0)
    ),
    spelled=lambda condition, at_edge, usual: usual,
    domain=ON_A_TRUE_CONDITION,
)

# The usual number, or its limit where infinities make it nan. Whoever finds no nan need not have asked.
limit = define(
    "limit",
    lambda xp, usual, at_limit: xp.where(usual == usual, usual, at_limit),
    lambda out, usual, at_limit: when(equal(usual, usual)),
    lambda out, usual, at_limit: unless(equal(usual, usual)),
    spelled=lambda usual, at_limit: usual,
)

equal = define("equal", lambda xp, x, y: xp.where(x == y, 1.0, 0.0), None, None, symbol="==", precedence=2)

# A product in which the outer factor, where it has vanished, wins even against an infinity: the limit of
# exp(−x²) · x and its like, in rules where it is one.
chain = define(
    "chain",
    lambda xp, outer, inner: xp.where(outer == 0.0, 0.0, outer * inner),
    lambda out, outer, inner: inner,
    lambda out, outer, inner: outer,
    spelled=lambda outer, inner: outer * inner,
)

identity = define("identity", lambda xp, x: x, lambda out, x: 1.0)

# ---- arithmetic -------------------------------------------------------------------------------------

add = define(
    "add",
    lambda xp, x, y: x + y,
    lambda out, x, y: 1.0,
    lambda out, x, y: 1.0,
    symbol="+",
    precedence=3,
)
sub = define(
    "sub",
    lambda xp, x, y: x - y,
    lambda out, x, y: 1.0,
    lambda out, x, y: -1.0,
    symbol="-",
    precedence=3,
)
mul = define(
    "mul",
    lambda xp, x, y: x * y,
    lambda out, x, y: y,
    lambda out, x, y: x,
    symbol="*",
    precedence=4,
)
div = define(
    "div",
    lambda xp, x, y: xp.divide(x, y),
    lambda out, x, y: div(1.0, y),
    lambda out, x, y: div(-out, y),
    symbol="/",
    precedence=4,
    domain=((-inf, inf), (0.0, inf)),
)
power = define(
    "power",
    lambda xp, x, y: xp.power(x, y),
    lambda out, x, y: 0.0 if _constant(y) == 0.0 else power_slope(x, y),
    lambda out, x, y: edge(equal(x, 0.0), where(y < 0, -inf, 0.0), out * log(x)),
    symbol="**",
    precedence=6,
    domain=((0.0, inf), (-inf, inf)),
)


def _power_slope(xp: Any, x: Any, y: Any) -> Any:
    # y - 1 rounds, and a large or tiny x magnifies that: y · xʸ / x is closer wherever it stays in range,
    # but for a square, whose slope 2x is exact.
    scaled = y * xp.power(x, y)
    in_range = (x != 0.0) & (y != 2.0) & (xp.abs(scaled) > 1e-290) & (xp.abs(scaled) < inf)
    direct = y * xp.power(x, y - 1.0)
    overflows = (xp.abs(direct) == inf) & (xp.abs(x) < 1.0) & (x != 0.0)
    direct = xp.where(overflows, xp.divide(y, x) * xp.power(x, y), direct)
    slope = xp.where(in_range, xp.divide(scaled, x), direct)
    return xp.where(y == 0.0, 0.0, slope)


def _zero_or_infinite(x: Any) -> Any:
    return where(equal(x, 0.0), 1.0, equal(absolute(x), inf))


def _power_curvature(out: Any, x: Any, y: Any) -> Any:
    """Return y (y − 1) xʸ⁻²: with a whole exponent, powers fall to a constant, and end there."""
    exact = where(equal(floor(y), y), absolute(y) < 1e15, _zero_or_infinite(x))
    return edge(exact, chain(y, power_slope(x, y - 1)), chain(y - 1, div(out, x)))


def _constant(x: Any) -> float:
    """Return what x is if it is the same for every input, nan if it is not known to be."""
    return x if isinstance(x, float) else nan


# The slope of a power, y · xʸ⁻¹, with slope 0 for y = 0 even where x is 0.
power_slope = define(
    "power_slope",
    _power_slope,
    lambda out, x, y: 0.0 if _constant(y) in (0.0, 1.0) else _power_curvature(out, x, y),
    lambda out, x, y: edge(equal(x, 0.0), 0.0, power(x, y - 1) + out * log(x)),
    spelled=lambda x, y: y * power(x, y - 1),
    plain=True,
    domain=((0.0, inf), (-inf, inf)),
)
neg = define("neg", lambda xp, x: -x, lambda out, x: -1.0, symbol="-", precedence=5)

# ---- exponentials and logarithms --------------------------------------------------------------------

exp = define("exp", lambda xp, x: xp.exp(x), lambda out, x: out)
exp2 = define("exp2", lambda xp, x: xp.exp2(x), lambda out, x: out * LN_2)
expm1 = define("expm1", lambda xp, x: xp.expm1(x), lambda out, x: exp(x))
log = define(
    "log",
    lambda xp, x: xp.log(x),
    lambda out, x: edge(equal(x, 0.0), inf, edge(x < 0, nan, div(1.0, x))),
    domain=POSITIVE,
)
log2 = define(
    "log2",
    lambda xp, x: xp.log2(x),
    lambda out, x: edge(equal(x, 0.0), inf, edge(x < 0, nan, div(LOG2_E, x))),
    domain=POSITIVE,
)
log10 = define(
    "log10",
    lambda xp, x: xp.log10(x),
    lambda out, x: edge(equal(x, 0.0), inf, edge(x < 0, nan, div(LOG10_E, x))),
    domain=POSITIVE,
)
log1p = define(
    "log1p",
    lambda xp, x: xp.log1p(x),
    lambda out, x: edge(x < -1, nan, div(1.0, 1 + x)),
    domain=((-1.0, inf),),
)
sqrt = define(
    "sqrt",
    lambda xp, x: xp.sqrt(x),
    lambda out, x: edge(equal(x, 0.0), inf, div(0.5, out)),
    domain=POSITIVE,
)
cbrt = define("cbrt", lambda xp, x: xp.cbrt(x), lambda out, x: div(1.0, 3 * out * out), domain=POSITIVE)

# x · log(y), and 0 for x = 0 whatever y: the term of an entropy.
xlogy = define(
    "xlogy",
    lambda xp, x, y: xp.where(x == 0.0, 0.0, x * xp.log(y)),
    lambda out, x, y: edge(_origin(x, y), 0.0, log(y)),
    lambda out, x, y: edge(equal(x, 0.0), 0.0, edge(y < 0, nan, div(x, y))),
    domain=((-inf, inf), (0.0, inf)),
)

# ---- trigonometric and hyperbolic -------------------------------------------------------------------

sin = define("sin", lambda xp, x: xp.sin(x), lambda out, x: cos(x))
cos = define("cos", lambda xp, x: xp.cos(x), lambda out, x: -sin(x))
tan = define("tan", lambda xp, x: xp.tan(x), lambda out, x: 1 + out * out, domain=((-1.5, 1.5),))
# (1 − x)(1 + x) is 1 − x² without the cancellation next to ±1.
asin = define(
    "asin", lambda xp, x: xp.arcsin(x), lambda out, x: div(1.0, sqrt((1 - x) * (1 + x))), domain=UNIT
)
acos = define(
    "acos", lambda xp, x: xp.arccos(x), lambda out, x: div(-1.0, sqrt((1 - x) * (1 + x))), domain=UNIT
)
# Beyond 1e9 the 1 no longer counts, and x * x would overflow long before its reciprocal vanishes.
atan = define(
    "atan",
    lambda xp, x: xp.arctan(x),
    lambda out, x: edge(absolute(x) > 1e9, div(div(1.0, x), x), div(1.0, 1 + x * x)),
)
atan2 = define(
    "atan2",
    lambda xp, y, x: xp.arctan2(y, x),
    lambda out, y, x: inversion(x, y),
    lambda out, y, x: -inversion(y, x),
    domain=((0.0, inf), (-inf, inf)),
)
hypot = define(
    "hypot",
    lambda xp, x, y: xp.hypot(x, y),
    lambda out, x, y: direction(x, y),
    lambda out, x, y: direction(y, x),
    kinks=((0.0, 0.0),),
)


def _direction(xp: Any, x: Any, y: Any) -> Any:
    return xp.where((x == 0.0) & (y == 0.0), 0.0, xp.divide(x, xp.hypot(x, y)))


# x / hypot(x, y), a primitive because its own derivative, taken from the quotient, would cancel.
direction = define(
    "direction",
    _direction,
    lambda out, x, y: edge(_origin(x, y), 0.0, div(direction(y, x) * direction(y, x), hypot(x, y))),
    lambda out, x, y: edge(_origin(x, y), 0.0, -div(out * direction(y, x), hypot(x, y))),
    spelled=lambda x, y: div(x, hypot(x, y)),
    domain=((0.0, inf), (-inf, inf)),
)
# x / (x² + y²), a primitive because squares over- and underflow long before the quotient does.
inversion = define(
    "inversion",
    lambda xp, x, y: xp.where((x == 0.0) & (y == 0.0), 0.0, xp.divide(_direction(xp, x, y), xp.hypot(x, y))),
    lambda out, x, y: _over_square(div(y - x, hypot(x, y)) * div(y + x, hypot(x, y)), hypot(x, y)),
    lambda out, x, y: _over_square(-2 * direction(x, y) * direction(y, x), hypot(x, y)),
    spelled=lambda x, y: div(x, x * x + y * y),
    domain=((0.0, inf), (-inf, inf)),
)


def _over_square(x: Any, size: Any) -> Any:
    for _ in range(2):  # the choice in between keeps XLA from dividing once, by size · size
        x = edge(_zero_or_infinite(size), 0.0, div(x, size))
    return x


def _origin(x: Any, y: Any) -> Any:
    return equal(absolute(x) + absolute(y), 0.0)


sinh = define("sinh", lambda xp, x: xp.sinh(x), lambda out, x: cosh(x))
cosh = define("cosh", lambda xp, x: xp.cosh(x), lambda out, x: sinh(x))
# 1 − tanh² is the textbook's derivative of tanh; it cancels to nothing in the tails, 1 / cosh² does not.
tanh = define("tanh", lambda xp, x: xp.tanh(x), lambda out, x: sech_squared(x))


def _sech_squared(xp: Any, x: Any) -> Any:
    # cosh overflows where this is still a number, and its square doubles its error
    power = xp.exp(-2.0 * xp.abs(x))
    return 4.0 * power / ((1.0 + power) * (1.0 + power))


sech_squared = define(
    "sech_squared",
    _sech_squared,
    lambda out, x: -2 * out * tanh(x),
    spelled=lambda x: div(1.0, power(cosh(x), 2.0)),
)
asinh = define("asinh", lambda xp, x: xp.arcsinh(x), lambda out, x: div(1.0, hypot(1.0, x)))
acosh = define(
    "acosh",
    lambda xp, x: xp.arccosh(x),
    lambda out, x: div(1.0, sqrt(x - 1) * sqrt(x + 1)),
    domain=((1.0, inf),),
)
atanh = define(
    "atanh",
    lambda xp, x: xp.arctanh(x),
    lambda out, x: edge(absolute(x) > 1, nan, div(1.0, (1 - x) * (1 + x))),
    domain=UNIT,
)

# ---- the normal distribution ------------------------------------------------------------------------


def _gauss(xp: Any, x: Any, halves: float) -> Any:
    """Return exp(−x² · halves / 2) for halves 1 or 2.

    x² rounds, and exp magnifies that by x² itself. So x is split: `near` has so few digits that its square
    is exact, and what remains is small.
    """
    x = xp.minimum(xp.abs(x), 50.0)  # zero from here on, and infinity minus infinity is kept out
    near = xp.floor(x * 1024.0) / 1024.0
    return xp.exp(-0.5 * halves * near * near) * xp.exp(-0.5 * halves * (x - near) * (x + near))


def _normal_cdf(xp: Any, x: Any) -> Any:
    # The argument −x/√2 rounds, which erfc magnifies in its tail: take one Newton step from the rounded one.
    x = xp.maximum(xp.minimum(x, 50.0), -50.0)
    rounded = -x * SQRT_HALF
    head = xp.floor(x * 2.0**20) / 2.0**20  # 20 + 6 bits times the 26 of the constant's head: exact
    lost = -(((head * SQRT_HALF_HEAD + rounded) + (x - head) * SQRT_HALF_HEAD) + x * SQRT_HALF_TAIL)
    return 0.5 * (xp.erfc(rounded) - TWO_OVER_SQRT_PI * _gauss(xp, rounded, 2.0) * lost)


erf = define("erf", lambda xp, x: xp.erf(x), lambda out, x: TWO_OVER_SQRT_PI * gauss(x))
erfc = define("erfc", lambda xp, x: xp.erfc(x), lambda out, x: -TWO_OVER_SQRT_PI * gauss(x))
gauss = define("gauss", lambda xp, x: _gauss(xp, x, 2.0), lambda out, x: -2 * chain(out, x))
normal_pdf = define(
    "normal_pdf", lambda xp, x: ONE_OVER_SQRT_2_PI * _gauss(xp, x, 1.0), lambda out, x: -chain(out, x)
)
normal_cdf = define("normal_cdf", _normal_cdf, lambda out, x: normal_pdf(x))

# ---- activations ------------------------------------------------------------------------------------


def _sigmoid(xp: Any, x: Any) -> Any:
    shrunk = xp.exp(-xp.abs(x))
    return xp.where(x >= 0.0, 1.0, shrunk) / (1.0 + shrunk)


# σ(−x) is 1 − σ(x) without the cancellation.
sigmoid = define("sigmoid", _sigmoid, lambda out, x: out * sigmoid(-x))
logsigmoid = define(
    "logsigmoid",
    lambda xp, x: xp.minimum(x, 0.0) - xp.log1p(xp.exp(-xp.abs(x))),
    lambda out, x: sigmoid(-x),
)
softplus = define(
    "softplus",
    lambda xp, x: xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.abs(x))),
    lambda out, x: sigmoid(x),
)
relu = define(
    "relu",
    lambda xp, x: xp.maximum(x, 0.0),
    lambda out, x: when(x > 0),
    kinks=((0.0,),),
)
_leaky_relu = define(
    "leaky_relu",
    lambda xp, x, slope: xp.where(x > 0.0, x, slope * x),
    lambda out, x, slope: where(x > 0, 1.0, slope),
    lambda out, x, slope: unless(x > 0, x),
    kinks=((0.0, 0.01), (0.0, 0.2)),
)
_elu = define(
    "elu",
    lambda xp, x, alpha: xp.where(x > 0.0, x, alpha * xp.expm1(xp.minimum(x, 0.0))),
    lambda out, x, alpha: edge(equal(x, 0.0), alpha, where(x > 0, 1.0, alpha * exp(x))),
    lambda out, x, alpha: unless(x > 0, expm1(x)),
    kinks=((0.0, 2.0), (0.0, 0.5)),
)
silu = define(
    "silu",
    lambda xp, x: xp.where(x == -inf, 0.0, x * _sigmoid(xp, x)),
    lambda out, x: chain(sigmoid(x), 1 + chain(sigmoid(-x), x)),
)
# Hendrycks & Gimpel, "Gaussian Error Linear Units", 2016: x Φ(x), and its approximation by tanh.
gelu = define(
    "gelu",
    lambda xp, x: xp.where(x < -50.0, 0.0, x * _normal_cdf(xp, x)),
    lambda out, x: normal_cdf(x) + chain(normal_pdf(x), x),
)


def _gelu_tanh(xp: Any, x: Any) -> Any:
    return xp.where(x < -50.0, 0.0, x * _sigmoid(xp, SQRT_8_OVER_PI * (x + 0.044715 * x * x * x)))


gelu_tanh = define("gelu_tanh", _gelu_tanh, lambda out, x: _gelu_tanh_slope(x))


def _gelu_tanh_slope(x: Any) -> Any:
    gate = SQRT_8_OVER_PI * (x + 0.044715 * x * x * x)  # ½(1 + tanh(u)) is σ(2u)
    slope = SQRT_8_OVER_PI * (1 + 3 * 0.044715 * x * x)
    usual = chain(sigmoid(gate), 1 + chain(sigmoid(-gate), x * slope))
    return edge(absolute(x) > 50, where(x > 0, 1.0, 0.0), usual)  # saturated long before its cubic overflows


# ---- choices and steps ------------------------------------------------------------------------------

absolute = define("abs", lambda xp, x: xp.abs(x), lambda out, x: sign(x), kinks=((0.0,),))
sign = define("sign", lambda xp, x: xp.sign(x), None, domain=POSITIVE)
step = define(
    "step",
    lambda xp, x: xp.where(x > 0.0, 1.0, 0.0),
    None,
    notation="1 if {0} > 0 else 0",
    precedence=1,
)
floor = define("floor", lambda xp, x: xp.floor(x), None)
round = define("round", lambda xp, x: xp.round(x), None)
floor_divide = define(
    "floor_divide",
    lambda xp, x, y: xp.floor_divide(x, y),
    None,
    None,
    symbol="//",
    precedence=4,
    domain=((-inf, inf), (0.0, inf)),
)
mod = define(
    "mod",
    lambda xp, x, y: xp.mod(x, y),
    lambda out, x, y: 1.0,
    lambda out, x, y: -floor_divide(x, y),
    symbol="%",
    precedence=4,
    domain=((-inf, inf), (0.0, inf)),
)
maximum = define(
    "maximum",
    lambda xp, x, y: xp.maximum(x, y),
    lambda out, x, y: unless(x < y, edge(equal(x, y), 0.5, 1.0)),
    lambda out, x, y: unless(x > y, edge(equal(x, y), 0.5, 1.0)),
    kinks=((0.0, 0.0), (-3.5, -3.5)),
)
minimum = define(
    "minimum",
    lambda xp, x, y: xp.minimum(x, y),
    lambda out, x, y: unless(x > y, edge(equal(x, y), 0.5, 1.0)),
    lambda out, x, y: unless(x < y, edge(equal(x, y), 0.5, 1.0)),
    kinks=((0.0, 0.0), (-3.5, -3.5)),
)

clamp = define(
    "clamp",
    lambda xp, x, low, high: xp.minimum(xp.maximum(x, low), high),
    lambda out, x, low, high: unless(x < low, unless(x > high)),
    lambda out, x, low, high: when(x < low),
    lambda out, x, low, high: when(x > high),
    domain=((-inf, inf), (-inf, 0.0), (0.0, inf)),
    kinks=((-1.0, -1.0, 2.0), (2.0, -1.0, 2.0)),
)
# The value without its history: no gradient passes.
detach = define("detach", lambda xp, x: x, None, spelled=lambda x: x)

# ---- n-ary ------------------------------------------------------------------------------------------


def _dot(xp: Any, *args: Any) -> Any:
    if len(args) % 2 == 0:
        raise ValueError(f"dot takes w's, as many x's and a bias, an odd number in all, got {len(args)}")
    count = len(args) // 2
    total = args[-1]  # from the bias, left to right, as a chain of + would
    for w, x in zip(args[:count], args[count:-1], strict=True):
        total = total + w * x
    return total


def _dot_partials(out: Any, *args: Any) -> tuple[Any, ...]:
    count = len(args) // 2
    return *args[count:-1], *args[:count], 1.0


def _share_among_ties(out: Any, *xs: Any) -> list[Any]:
    hits = [equal(x, out) for x in xs]
    ties = nary_sum(*hits)
    return [when(hit, div(1.0, ties)) for hit in hits]


def _sum(xp: Any, *xs: Any) -> Any:
    return reduce(operator.add, xs)


nary_sum = define("sum", _sum, each=lambda out, *xs: (1.0,) * len(xs), spelled=lambda *xs: _sum(None, *xs))

# The arguments of a dot lie flat: the w's, then as many x's, then the bias.
nary_dot = define("dot", _dot, each=_dot_partials, spelled=lambda *args: _dot(None, *args))

nary_max = define(
    "max",
    lambda xp, *xs: reduce(xp.maximum, xs),
    each=_share_among_ties,
    kinks=((1.0, 1.0, 1.0), (2.0, -1.0, 2.0)),
)
nary_min = define(
    "min",
    lambda xp, *xs: reduce(xp.minimum, xs),
    each=_share_among_ties,
    kinks=((1.0, 1.0, 1.0), (2.0, 3.0, 2.0)),
)


def _prod_partials(out: Any, *xs: Any) -> list[Any]:
    """Return the product of all other factors for each factor, from running products on either side."""
    if len(xs) == 1:
        return [1.0]
    finite = nary_max(*map(absolute, xs)) < inf

    def times(x: Any, y: Any) -> Any:
        # Zero even if the other side has overflowed on the way, unless a factor itself is infinite.
        return edge(finite, edge(equal(y, 0.0), chain(y, x), chain(x, y)), x * y)

    before = list(accumulate(xs[:-1], times))
    after = list(accumulate(xs[:0:-1], times))[::-1]
    between = [times(left, right) for left, right in zip(before[:-1], after[1:], strict=True)]
    return [after[0], *between, before[-1]]


def _prod(xp: Any, *xs: Any) -> Any:
    product = reduce(operator.mul, xs)
    # Zero times what has overflowed on the way is not infinity times zero: that takes an infinite factor.
    finite = reduce(xp.maximum, [xp.abs(x) for x in xs]) < inf
    return xp.where(finite & (product != product), 0.0, product)


nary_prod = define("prod", _prod, each=_prod_partials)

nary_norm = define(
    "norm",
    lambda xp, *xs: reduce(xp.hypot, (0.0, *xs)),
    each=lambda out, *xs: [edge(equal(out, 0.0), 0.0, div(x, out)) for x in xs],
    kinks=((0.0, 0.0),),
)


def _logsumexp(xp: Any, *xs: Any) -> Any:
    top = reduce(xp.maximum, xs)
    ties = reduce(operator.add, [xp.where(x == top, 1.0, 0.0) for x in xs])
    # The largest contributes exactly 1, which log1p adds without losing what is small beside it.
    others = reduce(operator.add, [xp.where(x == top, 0.0, xp.exp(x - top)) for x in xs])
    return top + xp.log1p(others + (ties - 1.0))


def _softmax(*xs: Any) -> list[Any]:
    """Return exp(x) over the sum of all exp(x), shifted by the maximum so that nothing overflows.

    Several infinities share equally; where every x is -inf, so that there is nothing to share, all are 0.
    """
    top = detach(nary_max(*xs))  # a shift changes no ratio, so its own derivative is nil
    powers = [exp(limit(x - top, where(equal(x, top), minimum(top, 0.0), nan))) for x in xs]
    total = nary_sum(*powers)
    return [limit(div(power, total), where(equal(top, -inf), 0.0, nan)) for power in powers]


nary_logsumexp = define("logsumexp", _logsumexp, each=lambda out, *xs: _softmax(*xs))

# ---- functions that take sequences ------------------------------------------------------------------


def sum(values: Iterable[Any]) -> Any:
    """Add all values as one node; the local derivative along each is 1.

    The sum of nothing is 0.0.
    """
    values = tuple(values)
    return nary_sum(*values) if values else 0.0


def dot(ws: Iterable[Any], xs: Iterable[Any], bias: Any = 0.0) -> Any:
    """Return bias + w₁x₁ + w₂x₂ + … as one node, summed from left to right.

    Raises ValueError, with both lengths, when `ws` and `xs` differ in length.
    """
    ws, xs = tuple(ws), tuple(xs)
    if len(ws) != len(xs):
        raise ValueError(f"dot needs as many weights as inputs, got {len(ws)} and {len(xs)}")
    return nary_dot(*ws, *xs, bias)


def prod(values: Iterable[Any]) -> Any:
    """Multiply all values as one node; the product of nothing is 1.0."""
    values = tuple(values)
    return nary_prod(*values) if values else 1.0


def mean(values: Iterable[Any]) -> Any:
    """Return the arithmetic mean. Raises ValueError on no values."""
    values = _at_least_one("mean", (values,))
    return nary_sum(*values) / float(len(values))


def norm(values: Iterable[Any]) -> Any:
    """Return √(x₁² + x₂² + …) without overflow on the way; its derivative at the origin is 0.

    The norm of nothing is 0.0.
    """
    values = tuple(values)
    return nary_norm(*values) if values else 0.0


def logsumexp(values: Iterable[Any]) -> Any:
    """Return log(exp(x₁) + exp(x₂) + …), finite wherever the largest x is; its partials are the softmax.

    Raises ValueError on no values.
    """
    return nary_logsumexp(*_at_least_one("logsumexp", (values,)))


def softmax(values: Iterable[Any]) -> list[Any]:
    """Return exp(xᵢ) / Σ exp(xⱼ) for each value, shifted by the maximum so that nothing overflows.

    Raises ValueError on no values.
    """
    return _softmax(*_at_least_one("softmax", (values,)))


def log_softmax(values: Iterable[Any]) -> list[Any]:
    """Return the logarithm of the softmax for each value: xᵢ − logsumexp(x), finite where softmax is 0.

    Raises ValueError on no values.
    """
    values = _at_least_one("log_softmax", (values,))
    total = nary_logsumexp(*values)
    return [value - total for value in values]


def leaky_relu(x: Any, slope: Any = 0.01) -> Any:
    """Return x above zero and slope · x below (Maas et al. 2013); the derivative at 0 is the slope."""
    return _leaky_relu(x, slope)


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """Return x above zero and α(eˣ − 1) below (Clevert et al. 2016); the derivative at 0 is α."""
    return _elu(x, alpha)


def selu(x: Any) -> Any:
    """Return the ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017)."""
    return SELU_SCALE * _elu(x, SELU_ALPHA)


def max(*values: Any) -> Any:
    """Return the largest of several values, or of one sequence of them.

    Ties share the derivative equally; nan among the values gives nan. Raises ValueError on no values.
    """
    return nary_max(*_at_least_one("max", values))


def min(*values: Any) -> Any:
    """Return the smallest of several values, or of one sequence of them.

    Ties share the derivative equally; nan among the values gives nan. Raises ValueError on no values.
    """
    return nary_min(*_at_least_one("min", values))


def _at_least_one(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) == 1 and isinstance(values[0], Iterable):
        values = tuple(values[0])
    if not values:
        raise ValueError(f"{name} needs at least one value, got none")
    return values
