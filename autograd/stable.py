"""Numerics of the table beyond a line: formulas that neither overflow nor cancel.

Each is called as `f(xp, …)`, where `xp` is `autograd.scalar` or an array namespace, and gives the same there.
"""

from __future__ import annotations

import operator
from functools import reduce
from math import inf, nan
from typing import Any

LN_2, LOG2_E, LOG10_E = 0.6931471805599453, 1.4426950408889634, 0.4342944819032518
TWO_OVER_SQRT_PI, ONE_OVER_SQRT_2_PI, SQRT_8_OVER_PI = (
    1.1283791670955126,
    0.3989422804014327,
    1.5957691216057308,
)
# 1/√2, and the same to twice the digits as head + tail, where the head has 26 bits.
SQRT_HALF, SQRT_HALF_HEAD, SQRT_HALF_TAIL = 0.7071067811865476, 0.7071067690849304, 1.210161710447897e-08


def power_slope(xp: Any, x: Any, y: Any) -> Any:
    """Return y · xʸ⁻¹, and 0 for y = 0 even where x is 0."""
    # y - 1 rounds, and a large or tiny x magnifies that: y · xʸ / x is closer wherever it stays in range,
    # but for a square, whose slope 2x is exact.
    scaled = y * xp.power(x, y)
    in_range = (x != 0.0) & (y != 2.0) & (xp.abs(scaled) > 1e-290) & (xp.abs(scaled) < inf)
    direct = y * xp.power(x, y - 1.0)
    overflows = (xp.abs(direct) == inf) & (xp.abs(x) < 1.0) & (x != 0.0)
    direct = xp.where(overflows, xp.divide(y, x) * xp.power(x, y), direct)
    slope = xp.where(in_range, xp.divide(scaled, x), direct)
    return xp.where(y == 0.0, 0.0, slope)


def direction(xp: Any, x: Any, y: Any) -> Any:
    """Return x / hypot(x, y), and 0 at the origin."""
    return xp.where((x == 0.0) & (y == 0.0), 0.0, xp.divide(x, xp.hypot(x, y)))


def inversion(xp: Any, x: Any, y: Any) -> Any:
    """Return x / (x² + y²), and 0 at the origin, without squares that over- or underflow."""
    return xp.where((x == 0.0) & (y == 0.0), 0.0, xp.divide(direction(xp, x, y), xp.hypot(x, y)))


def sech_squared(xp: Any, x: Any) -> Any:
    """Return 1 / cosh(x)²."""
    # cosh overflows where this is still a number, and a square of it, or of 1 + power, doubles an error.
    power = xp.exp(-2.0 * xp.abs(x))
    return 4.0 * power / (1.0 + power * (2.0 + power))


def gauss(xp: Any, x: Any, halves: float) -> Any:
    """Return exp(−x² · halves / 2) for halves 1 or 2.

    x² rounds, and exp magnifies that by x² itself. So x is split: `near` has so few digits that its square
    is exact, and what remains is small.
    """
    x = xp.minimum(xp.abs(x), 50.0)  # zero from here on, and infinity minus infinity is kept out
    near = xp.floor(x * 1024.0) / 1024.0
    return xp.exp(-0.5 * halves * near * near) * xp.exp(-0.5 * halves * (x - near) * (x + near))


def normal_cdf(xp: Any, x: Any) -> Any:
    """Return the share of the standard normal distribution below x."""
    # The argument −x/√2 rounds, which erfc magnifies in its tail: take one Newton step from the rounded one.
    x = xp.maximum(xp.minimum(x, 50.0), -50.0)
    rounded = -x * SQRT_HALF
    head = xp.floor(x * 2.0**20) / 2.0**20  # 20 + 6 bits times the 26 of the constant's head: exact
    lost = -(((head * SQRT_HALF_HEAD + rounded) + (x - head) * SQRT_HALF_HEAD) + x * SQRT_HALF_TAIL)
    return 0.5 * (xp.erfc(rounded) - TWO_OVER_SQRT_PI * gauss(xp, rounded, 2.0) * lost)


def sigmoid(xp: Any, x: Any) -> Any:
    """Return 1 / (1 + exp(−x)), taking exp of nothing above 0."""
    shrunk = xp.exp(-xp.abs(x))
    return xp.where(x >= 0.0, 1.0, shrunk) / (1.0 + shrunk)


def gelu_tanh(xp: Any, x: Any) -> Any:
    """Return x · σ(2u) = x · ½(1 + tanh(u)), where u is √(2/π) (x + 0.044715 x³)."""
    return xp.where(x < -50.0, 0.0, x * sigmoid(xp, SQRT_8_OVER_PI * (x + 0.044715 * x * x * x)))


def take(xp: Any, index: Any, *values: Any) -> Any:
    """Return the value whose number is the index, and nan where there is none."""
    return reduce(lambda other, n: xp.where(index == float(n), values[n], other), range(len(values)), nan)


def dot(xp: Any, *args: Any) -> Any:
    """Return bias + w₁x₁ + w₂x₂ + … for arguments that lie as w₁, w₂, …, x₁, x₂, …, bias."""
    if len(args) % 2 == 0:
        raise ValueError(f"dot takes w's, as many x's and a bias, an odd number in all, got {len(args)}")
    count = len(args) // 2
    total = args[-1]  # from the bias, left to right, as a chain of + would
    for w, x in zip(args[:count], args[count:-1], strict=True):
        total = total + w * x
    return total


def prod(xp: Any, *xs: Any) -> Any:
    """Return the product of all arguments."""
    product = xp.reduce(operator.mul, xs)
    # Zero times what has overflowed on the way is not infinity times zero: that takes an infinite factor.
    finite = xp.reduce(xp.maximum, [xp.abs(x) for x in xs]) < inf
    return xp.where(finite & (product != product), 0.0, product)


def logsumexp(xp: Any, *xs: Any) -> Any:
    """Return log(exp(x₁) + exp(x₂) + …), shifted by the largest (Blanchard, Higham & Higham 2021)."""
    top = xp.reduce(xp.maximum, xs)
    return top + log_of_powers(xp, *[xp.where(x == top, 1.0, xp.exp(x - top)) for x in xs])


def log_of_powers(xp: Any, *powers: Any) -> Any:
    """Return log(p₁ + p₂ + …) for powers of which the largest is 1."""
    # log1p adds the largest without losing what is small beside it.
    ones = xp.reduce(operator.add, [xp.where(p == 1.0, 1.0, 0.0) for p in powers])
    others = xp.reduce(operator.add, [xp.where(p == 1.0, 0.0, p) for p in powers])
    return xp.log1p(others + (ones - 1.0))
