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

import copyreg
from collections.abc import Mapping
from inspect import Parameter, signature
from keyword import iskeyword
from math import inf, nan
from types import MappingProxyType
from typing import Any

from autograd import stable
from autograd.primitive import Operand, Primitive, Rule, unless, when

_entries: dict[str, Primitive] = {}

TABLE: Mapping[str, Primitive] = MappingProxyType(_entries)
"""Every primitive by name, in the order of its parts."""

POSITIVE = ((0.0, inf),)
ON_A_TRUE_CONDITION = ((0.0, inf), (-inf, inf), (-inf, inf))


def define(name: str, impl: Any, *partials: Rule | None, **facts: Any) -> Primitive:
    """Enter a primitive in the table; `facts` are the remaining fields of `Primitive`; raise as `checked`."""
    return enter(checked(name, impl, *partials, **facts))


def checked(name: str, impl: Any, *partials: Rule | None, **facts: Any) -> Primitive:
    """Return a primitive that may enter the table.

    Raises ValueError for a name that is taken or no identifier, and unless there is one partial for each
    argument that `impl(xp, *args)` names, or `all_partials` for any number of them.
    """
    if name in _entries:
        raise ValueError(f"an operation needs a name of its own: {name!r} is taken, choose another")
    if not name.isidentifier() or iskeyword(name):
        raise ValueError(f"an operation needs a name that is an identifier, such as my_tanh, got {name!r}")
    primitive = Primitive(name, impl, partials, **facts)
    try:
        kinds = [parameter.kind for parameter in signature(impl).parameters.values()]
    except (TypeError, ValueError):
        kinds = []
    n_ary = kinds[1:] != [] and kinds[-1] is Parameter.VAR_POSITIONAL
    expected = 0 if n_ary else len(kinds) - 1
    if len(kinds) < 2 or len(partials) != expected or n_ary is (primitive.all_partials is None):
        raise ValueError(
            f"{name} needs impl(xp, x, …) with one partial for each argument, or impl(xp, *xs) "
            f"with all_partials; got {impl!r} and {len(partials)} partials"
        )
    return primitive


def enter(primitive: Primitive) -> Primitive:
    """Enter a primitive that was checked, and return it."""
    _entries[primitive.name] = primitive
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

# ---- building blocks of rules -----------------------------------------------------------------------

where = define(
    "where",
    lambda xp, condition, x, y: xp.where(condition, x, y),
    None,
    lambda out, condition, x, y: when(condition),
    lambda out, condition, x, y: unless(condition),
    doc="""x where the condition is not 0, else y. Domain: all condition, x, y. Nothing passes to what was not
    selected: where(0, inf, 2) = 2, slopes 0, 0 and 1.""",
    notation="{1} if {0} else {2}",
    precedence=1,
    domain=ON_A_TRUE_CONDITION,
    step_like=True,
)

at_boundary = define(
    "at_boundary",
    lambda xp, condition, boundary, usual: xp.where(condition, boundary, usual),
    None,
    lambda out, condition, boundary, usual: when(condition),
    lambda out, condition, boundary, usual: unless(
        where(condition, _is_finite(boundary), 0.0), where(condition, nan, 1.0)
    ),
    doc="""A choice of which formulas show the usual branch alone: the slope of log reads 1 / x.
    Domain: all condition, boundary, usual. An infinity or nan put at the boundary has no further derivative,
    not the 0 of a constant: at_boundary(1, inf, 2) = inf, slopes 0, 1 and nan.""",
    expansion=lambda condition, boundary, usual: usual,
    domain=ON_A_TRUE_CONDITION,
    step_like=True,
)


def _is_finite(x: Any) -> Any:
    return equal(x - x, 0.0)  # ∞ − ∞ is nan


nan_fallback = define(
    "nan_fallback",
    lambda xp, usual, fallback: xp.where(usual == usual, usual, fallback),
    lambda out, usual, fallback: unless(
        where(equal(usual, usual), 0.0, equal(out, out)), where(equal(out, out), 1.0, nan)
    ),
    lambda out, usual, fallback: unless(equal(usual, usual)),
    doc="""The usual number, or another where infinities make that nan. Domain: all usual, fallback.
    nan_fallback(nan, 3) = 3, slopes 0 and 1; nan_fallback(nan, nan) = nan, slopes nan and 1.""",
    expansion=lambda usual, fallback: usual,
    step_like=True,
)

equal = define(
    "equal",
    lambda xp, x, y: xp.where(x == y, 1.0, 0.0),
    None,
    None,
    doc="1 where x is y, else 0. Domain: all x, y. equal(nan, nan) = 0, slopes 0 and 0.",
    symbol="==",
    precedence=2,
    step_like=True,
)

vanishing_product = define(
    "vanishing_product",
    lambda xp, outer, inner: xp.where(outer == 0.0, 0.0, outer * inner),
    lambda out, outer, inner: inner,
    lambda out, outer, inner: outer,
    doc="""A product whose outer factor, once it has vanished, wins even against an infinity: the limit of
    exp(−x²) · x. Domain: all outer, inner. vanishing_product(0, inf) = 0, slopes inf and 0.""",
    expansion=lambda outer, inner: outer * inner,
    in_programs=False,
)

identity = define(
    "identity",
    lambda xp, x: x,
    lambda out, x: 1.0,
    doc="x as it is. Domain: all x.",
)

detach = define(
    "detach",
    lambda xp, x: x,
    None,
    doc="The value without its history: no gradient passes. Domain: all x. detach(2) = 2, slope 0.",
    step_like=True,
    cut=True,
)

# ---- arithmetic -------------------------------------------------------------------------------------

add = define(
    "add",
    lambda xp, x, y: x + y,
    lambda out, x, y: 1.0,
    lambda out, x, y: 1.0,
    doc="The sum of two numbers. Domain: all x, y. add(inf, -inf) = nan, slopes 1 and 1.",
    symbol="+",
    precedence=3,
    adds=True,
    sum_of_products=True,
)
sub = define(
    "sub",
    lambda xp, x, y: x - y,
    lambda out, x, y: 1.0,
    lambda out, x, y: -1.0,
    doc="The difference of two numbers. Domain: all x, y. sub(inf, inf) = nan, slopes 1 and -1.",
    symbol="-",
    precedence=3,
    drawn_as="−",
    sum_of_products=True,
)
mul = define(
    "mul",
    lambda xp, x, y: x * y,
    lambda out, x, y: y,
    lambda out, x, y: x,
    doc="The product of two numbers. Domain: all x, y. mul(0, inf) = nan, slopes inf and 0.",
    symbol="*",
    precedence=4,
    drawn_as="×",
    sum_of_products=True,
)
div = define(
    "div",
    lambda xp, x, y: xp.divide(x, y),
    lambda out, x, y: div(1.0, y),
    lambda out, x, y: div(-out, y),
    doc="""The quotient of two numbers. Domain: x ≠ 0 or y ≠ 0. div(1, 0) = inf, slopes inf and -inf;
    div(0, 0) = nan, slopes inf and nan.""",
    symbol="/",
    precedence=4,
    domain=((-inf, inf), (0.0, inf)),
    drawn_as="÷",
)
neg = define(
    "neg",
    lambda xp, x: -x,
    lambda out, x: -1.0,
    doc="The number with the other sign, zeros too. Domain: all x.",
    symbol="-",
    precedence=5,
    drawn_as="−",
    sum_of_products=True,
)
floor_divide = define(
    "floor_divide",
    lambda xp, x, y: xp.floor_divide(x, y),
    None,
    None,
    doc="""The largest whole number ≤ x / y, as Python's `//`. Domain: x ≠ 0 or y ≠ 0.
    floor_divide(-7, 2) = -4, slopes 0 and 0; floor_divide(1, 0) = inf, slopes 0 and 0.""",
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
    doc="""What is left of x after division by y, with the sign of y, as Python's `%`. Domain: y ≠ 0.
    mod(-7, 2) = 1, slopes 1 and 4; mod(1, 0) = nan, slopes 1 and -inf.""",
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
    lambda out, x, y: _with_log(out * log(x), power, x, y),
    doc="""x to the power y; a constant y takes no logarithm of x. Domain: x ≥ 0 or y whole. power(0, 0) = 1,
    slopes 0 and 0; power(0, 2) = 0, slopes 0 and 0; power(0, -1) = inf, slopes -inf and -inf;
    power(-2, 2) = 4, slopes -4 and nan; power(-2, 0.5) = nan, slopes nan and nan.""",
    symbol="**",
    precedence=6,
    domain=((0.0, inf), (-inf, inf)),
    drawn_as="xʸ",
)


def zero_or_infinite(x: Any) -> Any:
    """Return 1 where x is zero or infinite, else 0."""
    return where(equal(x, 0.0), 1.0, equal(absolute(x), inf))


def _power_curvature(out: Any, x: Any, y: Any) -> Any:
    """Return y (y − 1) xʸ⁻²: with a whole exponent, powers fall to a constant, and end there."""
    exact = where(equal(floor(y), y), absolute(y) < 1e15, zero_or_infinite(x))
    return at_boundary(
        exact, vanishing_product(y, power_slope(x, y - 1)), vanishing_product(y - 1, div(out, x))
    )


def _with_log(usual: Any, operation: Rule, x: Any, y: Any) -> Any:
    """Return `usual`, a power of x times log(x), and its limit where x is 0: 0, or −∞ for a power of ∞."""
    if abs(_constant(x)) > 0.0:  # known, and not 0
        return usual
    # With a whole exponent a hair lower, derivatives along x are infinite from that order on where log(x) is.
    lower = where(equal(floor(y), y), y * (1 - 2.0**-52), y)
    return at_boundary(equal(x, 0.0), 0.0 - where(equal(y, 0.0), 0.0, operation(x, lower)), usual)


def _constant(x: Any) -> float:
    """Return what x is if it is the same for every input, nan if it is not known to be."""
    if isinstance(x, float):
        return x
    return x.constant() if isinstance(x, Operand) else nan


power_slope = define(
    "power_slope",
    stable.power_slope,
    lambda out, x, y: 0.0 if _constant(y) in (0.0, 1.0) else _power_curvature(out, x, y),
    lambda out, x, y: _with_log(power(x, y - 1) + out * log(x), power_slope, x, y),
    doc="""The slope y · xʸ⁻¹ of a power along its base. Domain: x ≥ 0 or y whole. power_slope(0, 0) = 0,
    slopes 0 and 0.""",
    expansion=lambda x, y: y * power(x, y - 1),
    expansion_is_exact=True,
    domain=((0.0, inf), (-inf, inf)),
)
log = define(
    "log",
    lambda xp, x: xp.log(x),
    lambda out, x: at_boundary(equal(x, 0.0), inf, at_boundary(x < 0, nan, div(1.0, x))),
    doc="""The natural logarithm. Domain: x ≥ 0. log(0) = -inf, slope inf; log(-1) = nan, slope nan;
    log(inf) = inf, slope 0.""",
    domain=POSITIVE,
)

# ---- choices and steps ------------------------------------------------------------------------------

absolute = define(
    "abs",
    lambda xp, x: xp.abs(x),
    lambda out, x: sign(x),
    doc="The size of x without its sign. Domain: all x. A kink at 0: abs(0) = 0, slope 0.",
    kinks=((0.0,),),
)
sign = define(
    "sign",
    lambda xp, x: xp.sign(x),
    None,
    doc="""−1, 0 or 1, as x is below, at or above 0. Domain: all x. sign(0) = 0, slope 0; sign(nan) = nan,
    slope 0.""",
    domain=POSITIVE,
    step_like=True,
)
heaviside = define(
    "heaviside",
    lambda xp, x: xp.where(x > 0.0, 1.0, 0.0),
    None,
    doc="""1 above 0, else 0: Heaviside's function. Domain: all x. heaviside(0) = 0, slope 0;
    heaviside(nan) = 0, slope 0.""",
    notation="1 if {0} > 0 else 0",
    precedence=1,
    step_like=True,
)
floor = define(
    "floor",
    lambda xp, x: xp.floor(x),
    None,
    doc="The largest whole number ≤ x. Domain: all x. floor(2) = 2, slope 0; floor(-inf) = -inf, slope 0.",
    step_like=True,
)
round = define(
    "round",
    lambda xp, x: xp.round(x),
    None,
    doc="""The nearest whole number, of two equally near the even one. Domain: all x. round(2.5) = 2, slope 0;
    round(inf) = inf, slope 0.""",
    step_like=True,
)
maximum = define(
    "maximum",
    lambda xp, x, y: xp.maximum(x, y),
    lambda out, x, y: unless(x < y, where(equal(x, y), 0.5, 1.0)),
    lambda out, x, y: unless(x > y, where(equal(x, y), 0.5, 1.0)),
    doc="""The larger of two numbers; nan if either is nan. Domain: all x, y. Nothing passes to the smaller,
    and a tie is shared: maximum(2, 2) = 2, slopes 0.5 and 0.5.""",
    kinks=((0.0, 0.0), (-3.5, -3.5)),
)
minimum = define(
    "minimum",
    lambda xp, x, y: xp.minimum(x, y),
    lambda out, x, y: unless(x > y, where(equal(x, y), 0.5, 1.0)),
    lambda out, x, y: unless(x < y, where(equal(x, y), 0.5, 1.0)),
    doc="""The smaller of two numbers; nan if either is nan. Domain: all x, y. Nothing passes to the larger,
    and a tie is shared: minimum(2, 2) = 2, slopes 0.5 and 0.5.""",
    kinks=((0.0, 0.0), (-3.5, -3.5)),
)
clamp = define(
    "clamp",
    lambda xp, x, low, high: xp.minimum(xp.maximum(x, low), high),
    lambda out, x, low, high: unless(low >= high, unless(x < low, unless(x > high))),
    lambda out, x, low, high: unless(low >= high, when(x < low)),
    lambda out, x, low, high: when(where(low >= high, 1.0, x > high)),
    doc="""x held between two bounds; the upper one where they cross: clamp(0, 2, -2) = -2, slopes 0, 0 and 1.
    Domain: all x, low, high. At a bound x passes, beyond it that: clamp(2, -1, 2) = 2, slopes 1, 0 and 0.""",
    domain=((-inf, inf), (-inf, 0.0), (0.0, inf)),
    kinks=((-1.0, -1.0, 2.0), (2.0, -1.0, 2.0), (0.0, 2.0, 2.0), (2.0, 2.0, 2.0)),
)
