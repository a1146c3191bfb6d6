"""THE TABLE: every operation, once, with its local derivatives.

Each entry reads: name, value, then one partial per argument, where `out` is the operation's own result:

    exp = define("exp", lambda xp, x: xp.exp(x), lambda out, x: out)

The table has three parts by subject, each of which needs only those before it: here arithmetic and choices,
of which rules are made; in `curves` the functions of one number, or of the two of a point; in `nary` the
operations on any number of arguments. Everything else follows from these lines: eager gradients, higher
orders, formulas in drawings, tests, help.

A rule uses `+ - *`, comparisons and other primitives. A quotient is written `div(x, y)` and a power
`power(x, y)`: on two plain floats `/` raises at zero, and `**` may answer with a complex number.

An operation that selects among its arguments says so in its rule: `when(condition)` and `unless(condition)`
pass nothing on to an argument that was not selected, whatever lies behind it. A derivative that happens to
be zero is no such cut: zero times an infinity is nan there.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import Parameter, signature
from math import inf, nan
from types import MappingProxyType
from typing import Any

from autograd import stable
from autograd.primitive import Primitive, Rule, unless, when

_entries: dict[str, Primitive] = {}

TABLE: Mapping[str, Primitive] = MappingProxyType(_entries)
"""Every primitive by name, in the order of its parts."""

POSITIVE = ((0.0, inf),)
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
    step_like=True,
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
    step_like=True,
)

# The usual number, or its limit where infinities make it nan. Whoever finds no nan need not have asked.
limit = define(
    "limit",
    lambda xp, usual, at_limit: xp.where(usual == usual, usual, at_limit),
    lambda out, usual, at_limit: when(equal(usual, usual)),
    lambda out, usual, at_limit: unless(equal(usual, usual)),
    spelled=lambda usual, at_limit: usual,
    step_like=True,
)

equal = define(
    "equal",
    lambda xp, x, y: xp.where(x == y, 1.0, 0.0),
    None,
    None,
    symbol="==",
    precedence=2,
    step_like=True,
)

# A product in which the outer factor, where it has vanished, wins even against an infinity: the limit of
# exp(−x²) · x and its like, in rules where it is one.
chain = define(
    "chain",
    lambda xp, outer, inner: xp.where(outer == 0.0, 0.0, outer * inner),
    lambda out, outer, inner: inner,
    lambda out, outer, inner: outer,
    spelled=lambda outer, inner: outer * inner,
    in_programs=False,
)

identity = define("identity", lambda xp, x: x, lambda out, x: 1.0)

# The value without its history: no gradient passes.
detach = define(
    "detach",
    lambda xp, x: x,
    None,
    spelled=lambda x: x,
    step_like=True,
)

# ---- arithmetic -------------------------------------------------------------------------------------

add = define(
    "add",
    lambda xp, x, y: x + y,
    lambda out, x, y: 1.0,
    lambda out, x, y: 1.0,
    symbol="+",
    precedence=3,
    adds=True,
)
sub = define(
    "sub",
    lambda xp, x, y: x - y,
    lambda out, x, y: 1.0,
    lambda out, x, y: -1.0,
    symbol="-",
    precedence=3,
    drawn_as="−",
)
mul = define(
    "mul",
    lambda xp, x, y: x * y,
    lambda out, x, y: y,
    lambda out, x, y: x,
    symbol="*",
    precedence=4,
    drawn_as="×",
)
div = define(
    "div",
    lambda xp, x, y: xp.divide(x, y),
    lambda out, x, y: div(1.0, y),
    lambda out, x, y: div(-out, y),
    symbol="/",
    precedence=4,
    domain=((-inf, inf), (0.0, inf)),
    drawn_as="÷",
)
neg = define(
    "neg",
    lambda xp, x: -x,
    lambda out, x: -1.0,
    symbol="-",
    precedence=5,
    drawn_as="−",
)
floor_divide = define(
    "floor_divide",
    lambda xp, x, y: xp.floor_divide(x, y),
    None,
    None,
    symbol="//",
    precedence=4,
    domain=((-inf, inf), (0.0, inf)),
    step_like=True,
)
mod = define(
    "mod",
    lambda xp, x, y: xp.mod(x, y),
    lambda out, x, y: 1.0,
    lambda out, x, y: -floor_divide(x, y),
    symbol="%",
    precedence=4,
    domain=((-inf, inf), (0.0, inf)),
    in_programs=False,
)

# ---- powers, and the logarithm in their slopes ------------------------------------------------------

power = define(
    "power",
    lambda xp, x, y: xp.power(x, y),
    lambda out, x, y: 0.0 if _constant(y) == 0.0 else power_slope(x, y),
    lambda out, x, y: edge(equal(x, 0.0), where(y < 0, -inf, 0.0), out * log(x)),
    symbol="**",
    precedence=6,
    domain=((0.0, inf), (-inf, inf)),
    drawn_as="xʸ",
)


def zero_or_infinite(x: Any) -> Any:
    return where(equal(x, 0.0), 1.0, equal(absolute(x), inf))


def _power_curvature(out: Any, x: Any, y: Any) -> Any:
    """Return y (y − 1) xʸ⁻²: with a whole exponent, powers fall to a constant, and end there."""
    exact = where(equal(floor(y), y), absolute(y) < 1e15, zero_or_infinite(x))
    return edge(exact, chain(y, power_slope(x, y - 1)), chain(y - 1, div(out, x)))


def _constant(x: Any) -> float:
    """Return what x is if it is the same for every input, nan if it is not known to be."""
    return x if isinstance(x, float) else nan


# The slope of a power, y · xʸ⁻¹, with slope 0 for y = 0 even where x is 0.
power_slope = define(
    "power_slope",
    stable.power_slope,
    lambda out, x, y: 0.0 if _constant(y) in (0.0, 1.0) else _power_curvature(out, x, y),
    lambda out, x, y: edge(equal(x, 0.0), 0.0, power(x, y - 1) + out * log(x)),
    spelled=lambda x, y: y * power(x, y - 1),
    plain=True,
    domain=((0.0, inf), (-inf, inf)),
)
log = define(
    "log",
    lambda xp, x: xp.log(x),
    lambda out, x: edge(equal(x, 0.0), inf, edge(x < 0, nan, div(1.0, x))),
    domain=POSITIVE,
)
# ---- choices and steps ------------------------------------------------------------------------------

absolute = define("abs", lambda xp, x: xp.abs(x), lambda out, x: sign(x), kinks=((0.0,),))
sign = define(
    "sign",
    lambda xp, x: xp.sign(x),
    None,
    domain=POSITIVE,
    step_like=True,
)
step = define(
    "step",
    lambda xp, x: xp.where(x > 0.0, 1.0, 0.0),
    None,
    notation="1 if {0} > 0 else 0",
    precedence=1,
    step_like=True,
)
floor = define(
    "floor",
    lambda xp, x: xp.floor(x),
    None,
    step_like=True,
)
round = define(
    "round",
    lambda xp, x: xp.round(x),
    None,
    step_like=True,
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
