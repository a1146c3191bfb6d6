"""Functions of the table that ONNX has no operator for, composed of those that it has."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import erf, erfc, inf, log, pi

import numpy as np

from autograd.compiler.backends.onnx.nodes import Nodes

COMPOSED: dict[str, Callable[..., str]] = {}
"""What ONNX has no operator for, or most runtimes have for float32 alone."""


def _composed(function: Callable[..., str]) -> Callable[..., str]:
    """Enter how a function of the table is composed of others."""
    COMPOSED[function.__name__.strip("_")] = function
    return function


@_composed
def _ne(g: Nodes, x: str, y: str) -> str:
    return g.node("Not", g.node("Equal", x, y))


@_composed
def _exp2(g: Nodes, x: str) -> str:
    return g.node("Pow", g.constant(2.0), x)


@_composed
def _log2(g: Nodes, x: str) -> str:
    return g.node("Div", g.node("Log", x), g.constant(log(2.0)))


@_composed
def _log10(g: Nodes, x: str) -> str:
    return g.node("Div", g.node("Log", x), g.constant(log(10.0)))


@_composed
def _cbrt(g: Nodes, x: str) -> str:
    return g.node("Mul", g.node("Sign", x), g.node("Pow", g.node("Abs", x), g.constant(1 / 3)))


@_composed
def _mod(g: Nodes, x: str, y: str) -> str:
    """What is left of x, with the sign of y."""
    left, crossed = _left(g, x, y)
    return g.node("Where", crossed, g.node("Add", left, y), left)


@_composed
def _floor_divide(g: Nodes, x: str, y: str) -> str:
    left, crossed = _left(g, x, y)
    towards_zero = g.node("Round", g.node("Div", g.node("Sub", x, left), y))
    whole = g.node("Where", crossed, g.node("Sub", towards_zero, g.constant(1.0)), towards_zero)
    return g.node("Where", g.node("Equal", y, g.constant(0.0)), g.node("Div", x, y), whole)


def _left(g: Nodes, x: str, y: str) -> tuple[str, str]:
    """Return what is left of x, with its sign, and whether that is not the sign of y."""
    left = g.node("Mod", x, y, fmod=1)
    signs = g.node("Mul", g.node("Sign", left), g.node("Sign", y))
    return left, g.node("Less", signs, g.constant(0.0))


@_composed
def _tan(g: Nodes, x: str) -> str:
    return g.node("Div", g.node("Sin", x), g.node("Cos", x))


@_composed
def _sinh(g: Nodes, x: str) -> str:
    size = g.node("Abs", x)
    less = _expm1(g, size)
    small = g.node("Add", less, g.node("Div", less, g.node("Add", less, g.constant(1.0))))
    half = g.node("Exp", g.node("Sub", size, g.constant(log(2.0))))
    large = g.node("Greater", size, g.constant(40.0))
    above = g.node("Where", large, half, g.node("Mul", g.constant(0.5), small))
    return g.node("Mul", g.node("Sign", x), above)


@_composed
def _cosh(g: Nodes, x: str) -> str:
    up, down = (g.node("Mul", g.node("Abs", x), g.constant(sign)) for sign in (1.0, -1.0))
    shift = g.constant(log(2.0))
    return g.node("Add", *[g.node("Exp", g.node("Sub", power, shift)) for power in (up, down)])


@_composed
def _arcsinh(g: Nodes, x: str) -> str:
    one = g.constant(1.0)
    size = g.node("Abs", x)
    square = g.node("Mul", size, size)
    root = g.node("Sqrt", g.node("Add", one, square))
    small = _log1p(g, g.node("Add", size, g.node("Div", square, g.node("Add", one, root))))
    large = g.node("Add", g.node("Log", size), g.constant(log(2.0)))
    above = g.node("Where", g.node("Greater", size, g.constant(1e8)), large, small)
    return g.node("Mul", g.node("Sign", x), above)


@_composed
def _arccosh(g: Nodes, x: str) -> str:
    more = g.node("Sub", x, g.constant(1.0))
    roots = [g.node("Sqrt", side) for side in (more, g.node("Add", more, g.constant(2.0)))]
    root = g.node("Mul", *roots)  # of a single product, which is positive below −1, nan would be lost
    large = g.node("Add", g.node("Log", x), g.constant(log(2.0)))
    return g.node("Where", g.node("Greater", x, g.constant(1e8)), large, _log1p(g, g.node("Add", more, root)))


@_composed
def _arctanh(g: Nodes, x: str) -> str:
    size = g.node("Abs", x)
    odds = g.node("Div", g.node("Mul", g.constant(2.0), size), g.node("Sub", g.constant(1.0), size))
    half = g.node("Mul", g.constant(0.5), _log1p(g, odds))
    return g.node("Mul", g.node("Sign", x), half)


@_composed
def _arctan(g: Nodes, x: str) -> str:
    """Up to 1, x times a series in Chebyshev polynomials of 2x² − 1; above, π/2 less that of 1/x."""
    one = g.constant(1.0)
    size = g.node("Abs", x)
    beyond = g.node("Greater", size, one)
    inner = g.node("Where", beyond, g.node("Div", one, size), size)
    twice = g.node("Sub", g.node("Mul", g.constant(4.0), g.node("Mul", inner, inner)), g.constant(2.0))
    near = g.node("Mul", inner, _chebyshev(g, twice, _arctan_series()))
    above = g.node("Where", beyond, g.node("Sub", g.constant(pi / 2), near), near)
    return g.node("Mul", g.node("Sign", x), above)


@_composed
def _arcsin(g: Nodes, x: str) -> str:
    one = g.constant(1.0)
    root = g.node("Sqrt", g.node("Mul", g.node("Sub", one, x), g.node("Add", one, x)))
    return _arctan(g, g.node("Div", x, root))


@_composed
def _arccos(g: Nodes, x: str) -> str:
    one = g.constant(1.0)
    share = g.node("Div", g.node("Sub", one, x), g.node("Add", one, x))
    return g.node("Mul", g.constant(2.0), _arctan(g, g.node("Sqrt", share)))


@_composed
def _erf(g: Nodes, x: str) -> str:
    """Up to ½, where 1 − erfc x loses its digits, x times a series in Chebyshev polynomials of 8x² − 1."""
    twice = g.node("Sub", g.node("Mul", g.constant(16.0), g.node("Mul", x, x)), g.constant(2.0))
    near = g.node("Mul", x, _chebyshev(g, twice, _erf_series()))
    inside = g.node("Less", g.node("Abs", x), g.constant(0.5))
    return g.node("Where", inside, near, g.node("Sub", g.constant(1.0), _erfc(g, x)))


@_composed
def _log1p(g: Nodes, x: str) -> str:
    """ln(1 + x), with the part of x that 1 + x rounds away (Goldberg 1991, theorem 4)."""
    one = g.constant(1.0)
    whole = g.node("Add", one, x)
    kept = g.node("Sub", whole, one)
    mended = g.node("Mul", g.node("Log", whole), g.node("Div", x, kept))
    precise = g.node("Where", g.node("Equal", kept, x), g.node("Log", whole), mended)
    return g.node("Where", g.node("Equal", whole, one), x, precise)


@_composed
def _expm1(g: Nodes, x: str) -> str:
    """eˣ − 1 = (u − 1) x / ln u, where u is eˣ as rounded (Kahan; Higham 2002, section 1.14.1)."""
    one, most, least = g.constant(1.0), g.constant(40.0), g.constant(-40.0)
    u = g.node("Exp", x)
    less = g.node("Sub", u, one)
    mended = g.node("Div", g.node("Mul", less, x), g.node("Log", u))
    inner = g.node("Where", g.node("Equal", u, one), x, mended)
    inner = g.node("Where", g.node("Greater", x, most), u, inner)
    return g.node("Where", g.node("Less", x, least), g.constant(-1.0), inner)


@_composed
def _erfc(g: Nodes, x: str) -> str:
    """erfc |x| = t exp(−x² + c(t)), t = 2 / (2 + |x|), c a series in Chebyshev polynomials of 2t − 1.

    So in Press et al., Numerical Recipes (2007), section 6.2.2. Most runtimes have Erf for float32 alone.
    """
    two = g.constant(2.0)
    size = g.node("Abs", x)
    t = g.node("Div", two, g.node("Add", two, size))
    twice = g.node("Sub", g.node("Mul", g.constant(4.0), t), two)  # 2 (2t − 1)
    series = _chebyshev(g, twice, _erfc_series())
    power = g.node("Sub", series, g.node("Mul", size, size))
    above = g.node("Mul", t, g.node("Exp", power))
    return g.node("Where", g.node("Less", x, g.constant(0.0)), g.node("Sub", two, above), above)


def _chebyshev(g: Nodes, twice: str, coefficients: list[float]) -> str:
    """Write a series in Chebyshev polynomials by Clenshaw's recurrence; `twice` is twice their argument."""
    first, *others = coefficients
    after, series = g.constant(0.0), g.constant(others[-1])
    for coefficient in others[-2::-1]:
        ahead = g.node("Sub", g.node("Mul", twice, series), after)
        after, series = series, g.node("Add", ahead, g.constant(coefficient))
    half = g.node("Mul", g.constant(0.5), g.node("Mul", twice, series))
    return g.node("Add", g.node("Sub", half, after), g.constant(first))


@cache
def _arctan_series() -> list[float]:
    places = np.cos(np.pi * (np.arange(2000) + 0.5) / 2000)
    x = np.sqrt((places + 1) / 2)
    fitted: list[float] = np.polynomial.chebyshev.chebfit(places, np.arctan(x) / x, 24).tolist()
    return fitted


@cache
def _erf_series() -> list[float]:
    places = np.cos(np.pi * (np.arange(2000) + 0.5) / 2000)
    x = np.sqrt((places + 1) / 8)
    wanted = [erf(number) / number for number in x]
    fitted: list[float] = np.polynomial.chebyshev.chebfit(places, wanted, 14).tolist()
    return fitted


@cache
def _erfc_series() -> list[float]:
    """Return the coefficients of c, from erfc at the places where it can be divided by exp(−x²)."""
    places = np.cos(np.pi * (np.arange(2000) + 0.5) / 2000)
    t = (places + 1) / 2
    t = t[t > 2 / (2 + 25)]
    x = 2 / t - 2
    wanted = np.log([erfc(number) for number in x]) + x * x - np.log(t)
    fitted: list[float] = np.polynomial.chebyshev.chebfit(2 * t - 1, wanted, 34).tolist()
    return fitted


@_composed
def _hypot(g: Nodes, x: str, y: str) -> str:
    """The larger side, times √(1 + share²); infinite beside nan too."""
    x, y = g.node("Abs", x), g.node("Abs", y)
    larger, smaller = g.node("Max", x, y), g.node("Min", x, y)
    share = g.node("Div", smaller, larger)
    root = g.node("Sqrt", g.node("Add", g.constant(1.0), g.node("Mul", share, share)))
    length = g.node("Where", g.node("Equal", larger, g.constant(0.0)), larger, g.node("Mul", larger, root))
    endless = g.constant(inf)
    either = g.node("Or", *[g.node("Equal", side, endless) for side in (x, y)])
    return g.node("Where", either, endless, length)


@_composed
def _arctan2(g: Nodes, y: str, x: str) -> str:
    zero, endless = g.constant(0.0), g.constant(inf)
    both = g.node("And", *[g.node("Equal", g.node("Abs", side), endless) for side in (x, y)])
    x, y = (g.node("Where", both, g.node("Sign", side), side) for side in (x, y))
    turn = g.node("Where", _has_minus(g, y), g.constant(-pi), g.constant(pi))
    beside = _arctan(g, g.node("Div", y, x))
    behind = g.node("Add", beside, turn)
    above = g.node("Mul", g.node("Sign", y), g.constant(pi / 2))
    at_zero = g.node("Where", g.node("And", g.node("Equal", y, zero), _has_minus(g, x)), turn, above)
    other = g.node("Where", g.node("Less", x, zero), behind, beside)
    return g.node("Where", g.node("Equal", x, zero), at_zero, other)


def _has_minus(g: Nodes, x: str) -> str:
    """Return whether a number is negative, as −0 is."""
    zero = g.constant(0.0)
    below = [g.node("Less", side, zero) for side in (x, g.node("Div", g.constant(1.0), x))]
    return g.node("Or", *below)
