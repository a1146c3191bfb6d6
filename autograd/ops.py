"""THE TABLE: every operation, once, with its local derivatives.

Each entry reads: name, value, then one partial per argument, where `out` is the operation's own result:

    exp = define("exp", lambda xp, x: xp.exp(x), lambda out, x: out)

Everything else follows from these lines: eager gradients, higher orders, formulas in drawings, tests.
A rule uses `+ - *`, comparisons and other primitives. A quotient is written `div(x, y)` and a power
`power(x, y)`: on two plain floats `/` raises at zero, and `**` may answer with a complex number.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from math import inf, nan
from types import MappingProxyType
from typing import Any

from autograd.primitive import Primitive, Rule

_entries: dict[str, Primitive] = {}

TABLE: Mapping[str, Primitive] = MappingProxyType(_entries)
"""Every primitive by name, in the order of this file."""

POSITIVE = ((0.0, inf),)
ON_A_TRUE_CONDITION = ((0.0, inf), (-inf, inf), (-inf, inf))


def define(name: str, impl: Any, *partials: Rule | None, **facts: Any) -> Primitive:
    """Enter a primitive in the table; `facts` are the remaining fields of `Primitive`."""
    _entries[name] = Primitive(name, impl, partials, **facts)
    return _entries[name]


# ---- building blocks of rules -----------------------------------------------------------------------

where = define(
    "where",
    lambda xp, condition, x, y: xp.where(condition, x, y),
    None,
    lambda out, condition, x, y: where(condition, 1.0, 0.0),
    lambda out, condition, x, y: where(condition, 0.0, 1.0),
    notation="{1} if {0} else {2}",
    precedence=1,
    domain=ON_A_TRUE_CONDITION,
)

# `edge` is `where`, except that a formula shows only its usual branch: log′(x) reads 1 / x.
edge = define(
    "edge",
    lambda xp, condition, at_edge, usual: xp.where(condition, at_edge, usual),
    None,
    lambda out, condition, at_edge, usual: where(condition, 1.0, 0.0),
    lambda out, condition, at_edge, usual: where(condition, 0.0, 1.0),
    spelled=lambda condition, at_edge, usual: usual,
    domain=ON_A_TRUE_CONDITION,
)

equal = define("equal", lambda xp, x, y: xp.where(x == y, 1.0, 0.0), None, None, symbol="==", precedence=2)

# The chain rule's product, outer · inner. A factor of exactly zero on the output's side wins even against
# an infinite or nan factor further in, so that a branch that was not selected cannot poison a gradient.
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
    lambda out, x, y: power_slope(x, y),
    lambda out, x, y: edge(equal(x, 0.0), where(y < 0, -inf, 0.0), out * log(x)),
    symbol="**",
    precedence=6,
    domain=((0.0, inf), (-inf, inf)),
)


def _power_slope(xp: Any, x: Any, y: Any) -> Any:
    # y - 1 rounds, and a large or tiny x magnifies that: y · xʸ / x is closer wherever it stays in range.
    scaled = y * xp.power(x, y)
    in_range = (x != 0.0) & (xp.abs(scaled) > 1e-290) & (xp.abs(scaled) < inf)
    slope = xp.where(in_range, xp.divide(scaled, x), y * xp.power(x, y - 1.0))
    return xp.where(y == 0.0, 0.0, slope)


# The slope of a power, y · xʸ⁻¹, with slope 0 for y = 0 even where x is 0.
power_slope = define(
    "power_slope",
    _power_slope,
    lambda out, x, y: y * power_slope(x, y - 1),
    lambda out, x, y: edge(equal(x, 0.0), 0.0, power(x, y - 1) + out * log(x)),
    spelled=lambda x, y: y * power(x, y - 1),
    domain=((0.0, inf), (-inf, inf)),
)
neg = define("neg", lambda xp, x: -x, lambda out, x: -1.0, symbol="-", precedence=5)

# ---- exponentials and logarithms --------------------------------------------------------------------

exp = define("exp", lambda xp, x: xp.exp(x), lambda out, x: out)
log = define(
    "log",
    lambda xp, x: xp.log(x),
    lambda out, x: edge(equal(x, 0.0), inf, edge(x < 0, nan, div(1.0, x))),
    domain=POSITIVE,
)
sqrt = define(
    "sqrt",
    lambda xp, x: xp.sqrt(x),
    lambda out, x: edge(equal(x, 0.0), inf, div(0.5, out)),
    domain=POSITIVE,
)

# ---- trigonometric and hyperbolic -------------------------------------------------------------------

sin = define("sin", lambda xp, x: xp.sin(x), lambda out, x: cos(x))
cos = define("cos", lambda xp, x: xp.cos(x), lambda out, x: -sin(x))


def _sech(xp: Any, x: Any) -> Any:
    shrunk = xp.exp(-xp.abs(x))  # cosh itself would overflow where sech is still a subnormal number
    return 2.0 * shrunk / (1.0 + shrunk * shrunk)


# 1 − tanh² is the textbook's derivative of tanh; it cancels to nothing in the tails, sech² does not.
tanh = define("tanh", lambda xp, x: xp.tanh(x), lambda out, x: power(sech(x), 2.0))
sech = define("sech", _sech, lambda out, x: -out * tanh(x))

# ---- activations ------------------------------------------------------------------------------------


def _sigmoid(xp: Any, x: Any) -> Any:
    shrunk = xp.exp(-xp.abs(x))
    return xp.where(x >= 0.0, 1.0, shrunk) / (1.0 + shrunk)


# σ(−x) is 1 − σ(x) without the cancellation.
sigmoid = define("sigmoid", _sigmoid, lambda out, x: out * sigmoid(-x))
relu = define(
    "relu",
    lambda xp, x: xp.maximum(x, 0.0),
    lambda out, x: where(x > 0, 1.0, 0.0),
    kinks=((0.0,),),
)

# ---- choices and steps ------------------------------------------------------------------------------

absolute = define("abs", lambda xp, x: xp.abs(x), lambda out, x: sign(x), kinks=((0.0,),))
sign = define("sign", lambda xp, x: xp.sign(x), None, domain=POSITIVE)
maximum = define(
    "maximum",
    lambda xp, x, y: xp.maximum(x, y),
    lambda out, x, y: edge(equal(x, y), 0.5, where(x > y, 1.0, 0.0)),
    lambda out, x, y: edge(equal(x, y), 0.5, where(x > y, 0.0, 1.0)),
    kinks=((0.0, 0.0), (-3.5, -3.5)),
)
minimum = define(
    "minimum",
    lambda xp, x, y: xp.minimum(x, y),
    lambda out, x, y: edge(equal(x, y), 0.5, where(x < y, 1.0, 0.0)),
    lambda out, x, y: edge(equal(x, y), 0.5, where(x < y, 0.0, 1.0)),
    kinks=((0.0, 0.0), (-3.5, -3.5)),
)

# ---- n-ary ------------------------------------------------------------------------------------------


def _fold(function: Any, values: tuple[Any, ...]) -> Any:
    """Combine from left to right, so that rounding is the same as in a chain of infix operators."""
    result = values[0]
    for value in values[1:]:
        result = function(result, value)
    return result


def _dot(xp: Any, *args: Any) -> Any:
    count = len(args) // 2
    total = args[-1]
    for w, x in zip(args[:count], args[count:-1], strict=True):
        total = total + w * x
    return total


def _dot_partials(out: Any, *args: Any) -> tuple[Any, ...]:
    count = len(args) // 2
    return *args[count:-1], *args[:count], 1.0


def _share_among_ties(out: Any, *xs: Any) -> list[Any]:
    hits = [equal(x, out) for x in xs]
    ties = nary_sum(*hits)
    return [edge(ties > 1, div(hit, ties), hit) for hit in hits]


def _sum(xp: Any, *xs: Any) -> Any:
    return _fold(operator.add, xs)


nary_sum = define("sum", _sum, each=lambda out, *xs: (1.0,) * len(xs), spelled=lambda *xs: _sum(None, *xs))

# The arguments of a dot lie flat: the w's, then as many x's, then the bias.
nary_dot = define("dot", _dot, each=_dot_partials, spelled=lambda *args: _dot(None, *args))

nary_max = define(
    "max",
    lambda xp, *xs: _fold(xp.maximum, xs),
    each=_share_among_ties,
    kinks=((1.0, 1.0, 1.0), (2.0, -1.0, 2.0)),
)
nary_min = define(
    "min",
    lambda xp, *xs: _fold(xp.minimum, xs),
    each=_share_among_ties,
    kinks=((1.0, 1.0, 1.0), (2.0, 3.0, 2.0)),
)

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
