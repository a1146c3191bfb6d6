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
    at_boundary,
    define,
    div,
    equal,
    log,
    power,
    vanishing_product,
    where,
    zero_or_infinite,
)
from autograd.primitive import unless, when

UNIT = ((-1.0, 1.0),)

# ---- roots, exponentials and logarithms ---------------------------------------------------------------

sqrt = define(
    "sqrt",
    lambda xp, x: xp.sqrt(x),
    lambda out, x: at_boundary(equal(x, 0.0), inf, div(0.5, out)),
    doc="""The square root. Domain: x ≥ 0. sqrt(0) = 0, slope inf; sqrt(-1) = nan, slope nan; sqrt(inf) = inf,
    slope 0.""",
    domain=POSITIVE,
)
cbrt = define(
    "cbrt",
    lambda xp, x: xp.cbrt(x),
    lambda out, x: div(1.0, 3 * out * out),
    doc="""The real cube root, of negative numbers too. Domain: all x. cbrt(0) = 0, slope inf;
    cbrt(-inf) = -inf, slope 0.""",
    domain=POSITIVE,
)
exp = define(
    "exp",
    lambda xp, x: xp.exp(x),
    lambda out, x: out,
    doc="""The exponential function, e to the power x. Domain: all x. exp(1000) = inf, slope inf;
    exp(-1000) = 0, slope 0.""",
)
exp2 = define(
    "exp2",
    lambda xp, x: xp.exp2(x),
    lambda out, x: out * stable.LN_2,
    doc="2 to the power x. Domain: all x. exp2(inf) = inf, slope inf; exp2(-inf) = 0, slope 0.",
)
expm1 = define(
    "expm1",
    lambda xp, x: xp.expm1(x),
    lambda out, x: exp(x),
    doc="""exp(x) − 1, which near 0 keeps the digits that the difference loses. Domain: all x.
    expm1(inf) = inf, slope inf; expm1(-inf) = -1, slope 0.""",
)
log2 = define(
    "log2",
    lambda xp, x: xp.log2(x),
    lambda out, x: at_boundary(equal(x, 0.0), inf, at_boundary(x < 0, nan, div(stable.LOG2_E, x))),
    doc="""The logarithm to base 2. Domain: x ≥ 0. log2(0) = -inf, slope inf; log2(-1) = nan, slope nan;
    log2(inf) = inf, slope 0.""",
    domain=POSITIVE,
)
log10 = define(
    "log10",
    lambda xp, x: xp.log10(x),
    lambda out, x: at_boundary(equal(x, 0.0), inf, at_boundary(x < 0, nan, div(stable.LOG10_E, x))),
    doc="""The logarithm to base 10. Domain: x ≥ 0. log10(0) = -inf, slope inf; log10(-1) = nan, slope nan;
    log10(inf) = inf, slope 0.""",
    domain=POSITIVE,
)
log1p = define(
    "log1p",
    lambda xp, x: xp.log1p(x),
    lambda out, x: at_boundary(x < -1, nan, div(1.0, 1 + x)),
    doc="""log(1 + x), which near 0 keeps the digits that the sum loses. Domain: x ≥ -1. log1p(-1) = -inf,
    slope inf; log1p(-2) = nan, slope nan; log1p(inf) = inf, slope 0.""",
    domain=((-1.0, inf),),
)
# Where log(y) is nan, the slope along y is 0 for x = 0, and that slope's own along x is nan.
xlogy = define(
    "xlogy",
    lambda xp, x, y: xp.where(x == 0.0, 0.0, x * xp.log(y)),
    lambda out, x, y: at_boundary(_origin(x, y), 0.0, log(y)),
    lambda out, x, y: at_boundary(
        _origin(x, y), 0.0, at_boundary(where(y >= 0, 0.0, 1.0), vanishing_product(x, nan), div(x, y))
    ),
    doc="""x · log(y), and 0 for x = 0 whatever y is: the term of an entropy. Domain: x = 0 or y ≥ 0.
    xlogy(0, 0) = 0, slopes 0 and 0; xlogy(2, 0) = -inf, slopes -inf and inf; xlogy(2, -1) = nan, slopes nan
    and nan.""",
    domain=((-inf, inf), (0.0, inf)),
)


def _origin(x: Any, y: Any) -> Any:
    return equal(absolute(x) + absolute(y), 0.0)


# ---- trigonometric and hyperbolic -------------------------------------------------------------------

sin = define(
    "sin",
    lambda xp, x: xp.sin(x),
    lambda out, x: cos(x),
    doc="The sine of x in radians. Domain: all x. sin(inf) = nan, slope nan.",
)
cos = define(
    "cos",
    lambda xp, x: xp.cos(x),
    lambda out, x: -sin(x),
    doc="The cosine of x in radians. Domain: all x. cos(inf) = nan, slope nan.",
)
tan = define(
    "tan",
    lambda xp, x: xp.tan(x),
    lambda out, x: 1 + out * out,
    doc="The tangent of x in radians. Domain: all x, for no float meets a pole. tan(inf) = nan, slope nan.",
    domain=((-1.5, 1.5),),
)
# (1 − x)(1 + x) is 1 − x² without the cancellation next to ±1.
asin = define(
    "asin",
    lambda xp, x: xp.arcsin(x),
    lambda out, x: div(1.0, sqrt((1 - x) * (1 + x))),
    doc="""The angle in [−π/2, π/2] whose sine is x. Domain: -1 ≤ x ≤ 1. asin(1) = pi / 2, slope inf;
    asin(2) = nan, slope nan.""",
    domain=UNIT,
)
acos = define(
    "acos",
    lambda xp, x: xp.arccos(x),
    lambda out, x: div(-1.0, sqrt((1 - x) * (1 + x))),
    doc="""The angle in [0, π] whose cosine is x. Domain: -1 ≤ x ≤ 1. acos(1) = 0, slope -inf; acos(2) = nan,
    slope nan.""",
    domain=UNIT,
)
# Beyond 1e9 the 1 no longer counts, and x * x would overflow long before its reciprocal vanishes.
atan = define(
    "atan",
    lambda xp, x: xp.arctan(x),
    lambda out, x: at_boundary(absolute(x) > 1e9, div(div(1.0, x), x), div(1.0, 1 + x * x)),
    doc="The angle in (−π/2, π/2) whose tangent is x. Domain: all x. atan(inf) = pi / 2, slope 0.",
    saturates=True,
)
atan2 = define(
    "atan2",
    lambda xp, y, x: xp.arctan2(y, x),
    lambda out, y, x: inversion(x, y),
    lambda out, y, x: -inversion(y, x),
    doc="""The angle of the point (x, y) seen from the origin, in [−π, π]; y comes first. Domain: all y, x.
    atan2(0, 0) = 0, slopes 0 and 0; atan2(0, -1) = pi, slopes -1 and 0; atan2(inf, inf) = pi / 4, slopes nan
    and nan.""",
    domain=((0.0, inf), (-inf, inf)),
)
hypot = define(
    "hypot",
    lambda xp, x, y: xp.hypot(x, y),
    lambda out, x, y: direction(x, y),
    lambda out, x, y: direction(y, x),
    doc="""√(x² + y²), without overflow on the way. Domain: all x, y. hypot(0, 0) = 0, slopes 0 and 0;
    hypot(inf, nan) = inf, slopes nan and nan.""",
    kinks=((0.0, 0.0),),
)
direction = define(
    "direction",
    stable.direction,
    lambda out, x, y: at_boundary(_origin(x, y), 0.0, div(direction(y, x) * direction(y, x), hypot(x, y))),
    lambda out, x, y: at_boundary(_origin(x, y), 0.0, -div(out * direction(y, x), hypot(x, y))),
    doc="""x / hypot(x, y), which as a quotient would have a derivative that cancels. Domain: all x, y.
    direction(0, 0) = 0, slopes 0 and 0.""",
    expansion=lambda x, y: where(equal(hypot(x, y), 0.0), 0.0, div(x, hypot(x, y))),
    domain=((0.0, inf), (-inf, inf)),
)
inversion = define(
    "inversion",
    stable.inversion,
    lambda out, x, y: _over_square(div(y - x, hypot(x, y)) * div(y + x, hypot(x, y)), hypot(x, y)),
    lambda out, x, y: _over_square(-2 * direction(x, y) * direction(y, x), hypot(x, y)),
    doc="""x / (x² + y²), whose squares would over- and underflow long before it does. Domain: all x, y.
    inversion(0, 0) = 0, slopes 0 and 0.""",
    expansion=lambda x, y: div(x, x * x + y * y),
    domain=((0.0, inf), (-inf, inf)),
)


def _over_square(x: Any, size: Any) -> Any:
    for _ in range(2):  # the choice in between keeps XLA from dividing once, by size · size
        x = at_boundary(zero_or_infinite(size), 0.0, div(x, size))
    return x


sinh = define(
    "sinh",
    lambda xp, x: xp.sinh(x),
    lambda out, x: cosh(x),
    doc="The hyperbolic sine. Domain: all x. sinh(-1000) = -inf, slope inf.",
)
cosh = define(
    "cosh",
    lambda xp, x: xp.cosh(x),
    lambda out, x: sinh(x),
    doc="The hyperbolic cosine. Domain: all x. cosh(-1000) = inf, slope -inf.",
)
tanh = define(
    "tanh",
    lambda xp, x: xp.tanh(x),
    lambda out, x: sech_squared(x),
    doc="""The hyperbolic tangent. Domain: all x. tanh(1000) = 1, slope 0. The textbook's slope 1 − tanh²
    cancels to nothing in the tails; 1 / cosh² does not.""",
    saturates=True,
)
sech_squared = define(
    "sech_squared",
    stable.sech_squared,
    lambda out, x: -2 * out * tanh(x),
    doc="1 / cosh(x)², without the overflow of cosh. Domain: all x. sech_squared(inf) = 0, slope 0.",
    expansion=lambda x: div(1.0, power(cosh(x), 2.0)),
)
asinh = define(
    "asinh",
    lambda xp, x: xp.arcsinh(x),
    lambda out, x: div(1.0, hypot(1.0, x)),
    doc="The inverse of sinh. Domain: all x. asinh(-inf) = -inf, slope 0.",
)
acosh = define(
    "acosh",
    lambda xp, x: xp.arccosh(x),
    lambda out, x: div(1.0, sqrt(x - 1) * sqrt(x + 1)),
    doc="""The inverse of cosh, at least 0. Domain: x ≥ 1. acosh(1) = 0, slope inf; acosh(-2) = nan, slope
    nan.""",
    domain=((1.0, inf),),
)
atanh = define(
    "atanh",
    lambda xp, x: xp.arctanh(x),
    lambda out, x: at_boundary(absolute(x) > 1, nan, div(1.0, (1 - x) * (1 + x))),
    doc="The inverse of tanh. Domain: -1 ≤ x ≤ 1. atanh(1) = inf, slope inf; atanh(2) = nan, slope nan.",
    domain=UNIT,
)

# ---- the normal distribution ------------------------------------------------------------------------

erf = define(
    "erf",
    lambda xp, x: xp.erf(x),
    lambda out, x: stable.TWO_OVER_SQRT_PI * gauss(x),
    doc="""The error function, 2/√π times the integral of exp(−t²) from 0 to x. Domain: all x. erf(inf) = 1,
    slope 0; erf(-inf) = -1, slope 0.""",
    saturates=True,
)
erfc = define(
    "erfc",
    lambda xp, x: xp.erfc(x),
    lambda out, x: -stable.TWO_OVER_SQRT_PI * gauss(x),
    doc="""1 − erf(x), which keeps its digits where erf is nearly 1. Domain: all x. erfc(inf) = 0, slope 0;
    erfc(-inf) = 2, slope 0.""",
)
gauss = define(
    "gauss",
    lambda xp, x: stable.gauss(xp, x, 2.0),
    lambda out, x: -2 * vanishing_product(out, x),
    doc="The bell curve exp(−x²). Domain: all x. gauss(inf) = 0, slope 0.",
)
normal_pdf = define(
    "normal_pdf",
    lambda xp, x: stable.ONE_OVER_SQRT_2_PI * stable.gauss(xp, x, 1.0),
    lambda out, x: -vanishing_product(out, x),
    doc="""The density exp(−x²/2) / √(2π) of the standard normal distribution. Domain: all x.
    normal_pdf(-inf) = 0, slope 0.""",
)
normal_cdf = define(
    "normal_cdf",
    stable.normal_cdf,
    lambda out, x: normal_pdf(x),
    doc="""Φ(x), the share of the standard normal distribution below x. Domain: all x. normal_cdf(inf) = 1,
    slope 0; normal_cdf(-inf) = 0, slope 0.""",
    saturates=True,
)

# ---- activations ------------------------------------------------------------------------------------

# σ(−x) is 1 − σ(x) without the cancellation.
sigmoid = define(
    "sigmoid",
    stable.sigmoid,
    lambda out, x: out * sigmoid(-x),
    doc="""The logistic function 1 / (1 + e⁻ˣ). Domain: all x. sigmoid(1000) = 1, slope 0; sigmoid(-1000) = 0,
    slope 0.""",
    saturates=True,
)
logsigmoid = define(
    "logsigmoid",
    lambda xp, x: xp.minimum(x, 0.0) - xp.log1p(xp.exp(-xp.abs(x))),
    lambda out, x: sigmoid(-x),
    doc="""log(sigmoid(x)), finite where sigmoid is 0. Domain: all x. logsigmoid(1000) = 0, slope 0;
    logsigmoid(-1000) = -1000, slope 1.""",
)
softplus = define(
    "softplus",
    lambda xp, x: xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.abs(x))),
    lambda out, x: sigmoid(x),
    doc="""log(1 + eˣ), a smooth relu. Domain: all x. softplus(1000) = 1000, slope 1; softplus(-1000) = 0,
    slope 0. Dugas et al. 2001.""",
)
relu = define(
    "relu",
    lambda xp, x: xp.maximum(x, 0.0),
    lambda out, x: when(x > 0),
    doc="""x above 0, else 0. Domain: all x. At 0 and below nothing passes: relu(0) = 0, slope 0;
    relu(nan) = nan, slope 0.""",
    kinks=((0.0,),),
)
leaky_relu_of = define(
    "leaky_relu",
    lambda xp, x, slope: xp.where(x > 0.0, x, slope * x),
    lambda out, x, slope: where(x > 0, 1.0, slope),
    lambda out, x, slope: unless(x > 0, x),
    doc="""x above 0, else slope · x. Domain: all x, slope. leaky_relu(0, 0.1) = 0, slopes 0.1 and 0. Maas et
    al. 2013.""",
    kinks=((0.0, 0.01), (0.0, 0.2)),
)
elu_of = define(
    "elu",
    lambda xp, x, alpha: xp.where(x > 0.0, x, alpha * xp.expm1(xp.minimum(x, 0.0))),
    lambda out, x, alpha: at_boundary(equal(x, 0.0), alpha, where(x > 0, 1.0, alpha * exp(x))),
    lambda out, x, alpha: unless(x > 0, expm1(x)),
    doc="""x above 0, else alpha · (eˣ − 1). Domain: all x, alpha. elu(0, 2) = 0, slopes 2 and 0;
    elu(-inf, 2) = -2, slopes 0 and -1. Clevert et al. 2016.""",
    kinks=((0.0, 2.0), (0.0, 0.5)),
)
silu = define(
    "silu",
    lambda xp, x: xp.where(x == -inf, 0.0, x * stable.sigmoid(xp, x)),
    lambda out, x: vanishing_product(sigmoid(x), 1 + vanishing_product(sigmoid(-x), x)),
    doc="""x · sigmoid(x), also called swish. Domain: all x. silu(1000) = 1000, slope 1; silu(-inf) = 0, slope
    0. Elfwing et al. 2018.""",
)
gelu = define(
    "gelu",
    lambda xp, x: xp.where(x < -50.0, 0.0, x * stable.normal_cdf(xp, x)),
    lambda out, x: normal_cdf(x) + vanishing_product(normal_pdf(x), x),
    doc="""x · Φ(x), the Gaussian error linear unit. Domain: all x. gelu(1000) = 1000, slope 1;
    gelu(-inf) = 0, slope 0. Hendrycks & Gimpel 2016.""",
)
gelu_tanh = define(
    "gelu_tanh",
    stable.gelu_tanh,
    lambda out, x: _gelu_tanh_slope(x),
    doc="""The approximation of gelu by a tanh of a cubic. Domain: all x. gelu_tanh(1e200) = 1e200, slope 1;
    gelu_tanh(-inf) = 0, slope 0. Hendrycks & Gimpel 2016.""",
)


def _gelu_tanh_slope(x: Any) -> Any:
    gate = stable.SQRT_8_OVER_PI * (x + 0.044715 * x * x * x)  # ½(1 + tanh(u)) is σ(2u)
    slope = stable.SQRT_8_OVER_PI * (1 + 3 * 0.044715 * x * x)
    usual = vanishing_product(sigmoid(gate), 1 + vanishing_product(sigmoid(-gate), x * slope))
    saturated = where(x > 0, 1.0, 0.0)  # long before the cubic overflows
    return at_boundary(absolute(x) > 50, saturated, usual)
