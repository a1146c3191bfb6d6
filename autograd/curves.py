"""The table, continued: curves of one number or of the two of a point in the plane.

Roots, exponentials and logarithms, trigonometric and hyperbolic functions, those of the normal distribution,
and the activations of neurons. They are written with the operations of `ops`, which need none of them.
"""

from __future__ import annotations

from math import inf, nan
from typing import Any

from autograd import stable
from autograd.ops import (
    POSITIVE,
    absolute,
    chain,
    define,
    div,
    edge,
    equal,
    log,
    power,
    where,
    zero_or_infinite,
)
from autograd.primitive import unless, when

UNIT = ((-1.0, 1.0),)

# ---- roots, exponentials and logarithms ---------------------------------------------------------------

sqrt = define(
    "sqrt",
    lambda xp, x: xp.sqrt(x),
    lambda out, x: edge(equal(x, 0.0), inf, div(0.5, out)),
    domain=POSITIVE,
)
cbrt = define("cbrt", lambda xp, x: xp.cbrt(x), lambda out, x: div(1.0, 3 * out * out), domain=POSITIVE)
exp = define("exp", lambda xp, x: xp.exp(x), lambda out, x: out)
exp2 = define("exp2", lambda xp, x: xp.exp2(x), lambda out, x: out * stable.LN_2)
expm1 = define("expm1", lambda xp, x: xp.expm1(x), lambda out, x: exp(x))
log2 = define(
    "log2",
    lambda xp, x: xp.log2(x),
    lambda out, x: edge(equal(x, 0.0), inf, edge(x < 0, nan, div(stable.LOG2_E, x))),
    domain=POSITIVE,
)
log10 = define(
    "log10",
    lambda xp, x: xp.log10(x),
    lambda out, x: edge(equal(x, 0.0), inf, edge(x < 0, nan, div(stable.LOG10_E, x))),
    domain=POSITIVE,
)
log1p = define(
    "log1p",
    lambda xp, x: xp.log1p(x),
    lambda out, x: edge(x < -1, nan, div(1.0, 1 + x)),
    domain=((-1.0, inf),),
)
# x · log(y), and 0 for x = 0 whatever y: the term of an entropy.
xlogy = define(
    "xlogy",
    lambda xp, x, y: xp.where(x == 0.0, 0.0, x * xp.log(y)),
    lambda out, x, y: edge(_origin(x, y), 0.0, log(y)),
    lambda out, x, y: edge(equal(x, 0.0), 0.0, edge(y < 0, nan, div(x, y))),
    domain=((-inf, inf), (0.0, inf)),
)


def _origin(x: Any, y: Any) -> Any:
    return equal(absolute(x) + absolute(y), 0.0)


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
    saturates=True,
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
# x / hypot(x, y), a primitive because its own derivative, taken from the quotient, would cancel.
direction = define(
    "direction",
    stable.direction,
    lambda out, x, y: edge(_origin(x, y), 0.0, div(direction(y, x) * direction(y, x), hypot(x, y))),
    lambda out, x, y: edge(_origin(x, y), 0.0, -div(out * direction(y, x), hypot(x, y))),
    spelled=lambda x, y: div(x, hypot(x, y)),
    domain=((0.0, inf), (-inf, inf)),
)
# x / (x² + y²), a primitive because squares over- and underflow long before the quotient does.
inversion = define(
    "inversion",
    stable.inversion,
    lambda out, x, y: _over_square(div(y - x, hypot(x, y)) * div(y + x, hypot(x, y)), hypot(x, y)),
    lambda out, x, y: _over_square(-2 * direction(x, y) * direction(y, x), hypot(x, y)),
    spelled=lambda x, y: div(x, x * x + y * y),
    domain=((0.0, inf), (-inf, inf)),
)


def _over_square(x: Any, size: Any) -> Any:
    for _ in range(2):  # the choice in between keeps XLA from dividing once, by size · size
        x = edge(zero_or_infinite(size), 0.0, div(x, size))
    return x


sinh = define("sinh", lambda xp, x: xp.sinh(x), lambda out, x: cosh(x))
cosh = define("cosh", lambda xp, x: xp.cosh(x), lambda out, x: sinh(x))
# 1 − tanh² is the textbook's derivative of tanh; it cancels to nothing in the tails, 1 / cosh² does not.
tanh = define(
    "tanh",
    lambda xp, x: xp.tanh(x),
    lambda out, x: sech_squared(x),
    saturates=True,
)
sech_squared = define(
    "sech_squared",
    stable.sech_squared,
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

erf = define(
    "erf",
    lambda xp, x: xp.erf(x),
    lambda out, x: stable.TWO_OVER_SQRT_PI * gauss(x),
    saturates=True,
)
erfc = define("erfc", lambda xp, x: xp.erfc(x), lambda out, x: -stable.TWO_OVER_SQRT_PI * gauss(x))
gauss = define("gauss", lambda xp, x: stable.gauss(xp, x, 2.0), lambda out, x: -2 * chain(out, x))
normal_pdf = define(
    "normal_pdf",
    lambda xp, x: stable.ONE_OVER_SQRT_2_PI * stable.gauss(xp, x, 1.0),
    lambda out, x: -chain(out, x),
)
normal_cdf = define(
    "normal_cdf",
    stable.normal_cdf,
    lambda out, x: normal_pdf(x),
    saturates=True,
)

# ---- activations ------------------------------------------------------------------------------------

# σ(−x) is 1 − σ(x) without the cancellation.
sigmoid = define(
    "sigmoid",
    stable.sigmoid,
    lambda out, x: out * sigmoid(-x),
    saturates=True,
)
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
leaky_relu_of = define(
    "leaky_relu",
    lambda xp, x, slope: xp.where(x > 0.0, x, slope * x),
    lambda out, x, slope: where(x > 0, 1.0, slope),
    lambda out, x, slope: unless(x > 0, x),
    kinks=((0.0, 0.01), (0.0, 0.2)),
)
elu_of = define(
    "elu",
    lambda xp, x, alpha: xp.where(x > 0.0, x, alpha * xp.expm1(xp.minimum(x, 0.0))),
    lambda out, x, alpha: edge(equal(x, 0.0), alpha, where(x > 0, 1.0, alpha * exp(x))),
    lambda out, x, alpha: unless(x > 0, expm1(x)),
    kinks=((0.0, 2.0), (0.0, 0.5)),
)
silu = define(
    "silu",
    lambda xp, x: xp.where(x == -inf, 0.0, x * stable.sigmoid(xp, x)),
    lambda out, x: chain(sigmoid(x), 1 + chain(sigmoid(-x), x)),
)
# Hendrycks & Gimpel, "Gaussian Error Linear Units", 2016: x Φ(x), and its approximation by tanh.
gelu = define(
    "gelu",
    lambda xp, x: xp.where(x < -50.0, 0.0, x * stable.normal_cdf(xp, x)),
    lambda out, x: normal_cdf(x) + chain(normal_pdf(x), x),
)
gelu_tanh = define("gelu_tanh", stable.gelu_tanh, lambda out, x: _gelu_tanh_slope(x))


def _gelu_tanh_slope(x: Any) -> Any:
    gate = stable.SQRT_8_OVER_PI * (x + 0.044715 * x * x * x)  # ½(1 + tanh(u)) is σ(2u)
    slope = stable.SQRT_8_OVER_PI * (1 + 3 * 0.044715 * x * x)
    usual = chain(sigmoid(gate), 1 + chain(sigmoid(-gate), x * slope))
    return edge(absolute(x) > 50, where(x > 0, 1.0, 0.0), usual)  # saturated long before its cubic overflows
