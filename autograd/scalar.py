"""IEEE 754 arithmetic on Python floats: infinities and nan where `math` would raise.

This module stands where NumPy stands in an array backend: the table's `impl(xp, …)` is called with
`xp = scalar` for floats, so the names and the edge behaviour are NumPy's.
"""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable
from math import copysign, inf, nan
from typing import Any

REAL_KINDS = ("b", "i", "u", "f")
"""The kinds of NumPy's types of real numbers."""


def as_float(x: Any) -> float:
    """Convert a real number to float64.

    Accepts int, float, bool, NumPy scalars and 0-d arrays; an int beyond the float64 range becomes ±inf.
    Raises TypeError, naming the type, for anything else (complex, Decimal, Fraction, str, None, arrays, what
    is masked).
    """
    if type(x) is float:
        return x
    if isinstance(x, (float, int)):
        try:
            return float(x)
        except OverflowError:
            return inf if x > 0 else -inf
    # NumPy need not be imported to recognise its scalars: they have an empty shape and a dtype.
    if getattr(x, "shape", None) == () and getattr(getattr(x, "dtype", None), "kind", "") in REAL_KINDS:
        masked = getattr(x, "mask", False)
        if not masked:
            return float(x.item())
    if hasattr(x, "refuse_number"):  # it says more
        x.refuse_number()
    raise TypeError(f"expected a real number, got {type(x).__name__}: {str(x)[:60]!r}")


def _ieee(function: Callable[..., float]) -> Callable[..., float]:
    """Return `function` with nan outside its domain and +inf on overflow, instead of exceptions."""

    def wrapped(*args: float) -> float:
        try:
            return function(*args)
        except ValueError:
            return nan
        except OverflowError:
            return inf

    return wrapped


abs = math.fabs
exp = _ieee(math.exp)
exp2 = _ieee(math.exp2)
expm1 = _ieee(math.expm1)
sqrt = _ieee(math.sqrt)
sin = _ieee(math.sin)
cos = _ieee(math.cos)
tan = _ieee(math.tan)
arcsin = _ieee(math.asin)
arccos = _ieee(math.acos)
arctan = math.atan
arctan2 = math.atan2
cosh = _ieee(math.cosh)
tanh = math.tanh
arcsinh = math.asinh
arccosh = _ieee(math.acosh)
hypot = math.hypot
erf = math.erf
erfc = math.erfc


def cbrt(x: float) -> float:
    """Return the real cube root, within 1 ULP, which the C library's own is not everywhere."""
    if x == 0.0 or not math.isfinite(x):
        return x
    fraction, exponent = math.frexp(abs(x))
    shift = exponent % 3 - 3  # 1/3 rounds, which the fraction, being near 1, does not magnify
    return copysign(math.ldexp(math.pow(math.ldexp(fraction, shift), 1 / 3), (exponent - shift) // 3), x)


def sinh(x: float) -> float:
    """Return the hyperbolic sine; ±inf on overflow."""
    try:
        return math.sinh(x)
    except OverflowError:
        return copysign(inf, x)


def _logarithm(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    """Return a logarithm that is -inf at its pole and nan below it."""

    def wrapped(x: float) -> float:
        if x > pole:
            return function(x)
        return -inf if x == pole else nan

    return wrapped


log = _logarithm(math.log, 0.0)
log2 = _logarithm(math.log2, 0.0)
log10 = _logarithm(math.log10, 0.0)
log1p = _logarithm(math.log1p, -1.0)


def arctanh(x: float) -> float:
    """Return the inverse hyperbolic tangent; ±inf at ±1, nan beyond."""
    if -1.0 < x < 1.0:
        return math.atanh(x)
    return copysign(inf, x) if x in (-1.0, 1.0) else nan


def divide(x: float, y: float) -> float:
    """Return x / y; x / ±0 is ±inf, 0 / 0 is nan."""
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0.0 or x != x:
            return nan
        return copysign(inf, x) * copysign(1.0, y)


def floor(x: float) -> float:
    """Return the largest whole number ≤ x as a float; ±inf, nan and the sign of a zero stay."""
    return copysign(math.floor(x), x) if math.isfinite(x) else x


def round(x: float) -> float:
    """Return the nearest whole number as a float, of two equally near the even one, with the sign of x."""
    return copysign(builtins.round(x), x) if math.isfinite(x) else x


def floor_divide(x: float, y: float) -> float:
    """Return x // y; x // 0 is ±inf, or nan for x = 0."""
    return x // y if y != 0.0 else divide(x, y)


def mod(x: float, y: float) -> float:
    """Return x % y, which has the sign of y; nan for y = 0."""
    return x % y if y != 0.0 else nan


def power(x: float, y: float) -> float:
    """Return x to the power y; nan for a negative x with a fractional y, never a complex number."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0.0 and abs(y) % 2.0 == 1.0 else inf
    except ValueError:
        if x == 0.0:  # a negative power of zero; only an odd one keeps the sign of -0.0
            return copysign(inf, x) if abs(y) % 2.0 == 1.0 else inf
        return nan


def maximum(x: float, y: float) -> float:
    """Return the larger number; nan if either is nan."""
    return x if x >= y or x != x else y


def minimum(x: float, y: float) -> float:
    """Return the smaller number; nan if either is nan."""
    return x if x <= y or x != x else y


def sign(x: float) -> float:
    """Return -1, 0 or 1; nan stays."""
    return copysign(1.0, x) if x > 0.0 or x < 0.0 else x + 0.0


def where(condition: float, x: float, y: float) -> float:
    """Return x where the condition is not zero, y elsewhere."""
    return x if condition else y


reduce = functools.reduce
"""Join numbers from left to right: `reduce(operator.add, xs)` is their sum."""
