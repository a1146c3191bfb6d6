"""What every function is, with proof: its value and derivatives as balls that are certain to hold the truth.

Each definition is written once, over Taylor series whose coefficients are balls (`arb_series` of Arb, by
python-flint): given x + t it returns f(x) + f′(x) t + f″(x)/2 t² + …, without differences, and shares nothing
with the rules of the table. Where digits cancel, the balls grow wide, and `decided` computes anew with
twice the bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import reduce
from typing import Any, TypeVar

from flint import arb, arb_series, ctx

Definition = Callable[..., arb_series]
Decided = TypeVar("Decided")

LEAST_BITS, MOST_BITS = 192, 16384


class UndecidedError(ArithmeticError):
    """No precision up to MOST_BITS makes the balls narrow enough: a pole, a kink, the end of a domain."""


@contextmanager
def precision(bits: int, terms: int) -> Iterator[None]:
    """Compute with so many bits, and series to so many terms."""
    before = ctx.prec, ctx.cap
    ctx.prec, ctx.cap = bits, terms
    try:
        yield
    finally:
        ctx.prec, ctx.cap = before


def decided(
    attempt: Callable[[], Decided | None], what: str, numbers: Sequence[float], terms: int
) -> Decided:
    """Return what `attempt` returns at the first precision at which that is not None.

    It begins with bits enough to add 1 to each of the numbers, and doubles them. Raises UndecidedError, which
    says of what function or program at which numbers, beyond MOST_BITS.
    """
    bits = LEAST_BITS + max([abs(math.frexp(x)[1]) for x in numbers], default=0)
    while bits <= MOST_BITS:
        with precision(bits, terms), suppress(UndecidedError):
            found = attempt()
            if found is not None:
                return found
        bits *= 2
    raise UndecidedError(f"{what} at {tuple(numbers)} is not decided by {MOST_BITS} bits")


# ---- of what definitions are made -------------------------------------------------------------------


def _odd(f: Definition) -> Definition:
    """Return f, known to be odd, with no negative number given to it."""
    return lambda x: -f(-x) if x[0] < 0 else f(x)


def _even(f: Definition) -> Definition:
    return lambda x: f(-x) if x[0] < 0 else f(x)


def _unknown() -> arb_series:
    return arb_series([arb.nan()] * ctx.cap)


def _quotient(x: Any, y: arb_series) -> arb_series:
    return _unknown() if y[0].contains(0) else x / y  # the library raises there, or gives 1 / 0 as 0


def _either(x: arb_series, y: arb_series) -> arb_series:
    return arb_series([x[k].union(y[k]) for k in range(ctx.cap)])


def _by_sign(gap: arb_series, above: arb_series, below: arb_series) -> arb_series:
    """Return one series where a gap is above zero, the other below; where it may be either, what holds both.

    So a tie that derivatives can tell is never decided, and one that they cannot tell does not matter.
    """
    if gap[0] > 0:
        return above
    return below if gap[0] < 0 else _either(above, below)


def _maximum(x: arb_series, y: arb_series) -> arb_series:
    return _by_sign(x - y, x, y)


def _minimum(x: arb_series, y: arb_series) -> arb_series:
    return _by_sign(x - y, y, x)


def _sum(*xs: arb_series) -> arb_series:
    return reduce(lambda x, y: x + y, xs)


def _power(x: arb_series, y: arb_series) -> arb_series:
    if y.length() <= 1 and y[0].is_integer() and abs(y[0]) <= 100:  # of a negative number too
        whole = int(y[0].unique_fmpz())
        return x**whole if whole >= 0 else _quotient(1, x**-whole)
    return (y * x.log()).exp()


def _squares(*xs: arb_series) -> arb_series:
    return _sum(*[x * x for x in xs])


def _sqrt(x: arb_series) -> arb_series:
    if x[0] > 0:
        return x.sqrt()  # elsewhere the library takes √t² for t
    return arb_series([x[0].sqrt()]) if ctx.cap == 1 else _unknown()


def _is_zero(x: arb_series) -> bool:
    """Tell whether a series is zero to thousands of digits: what cancels everywhere, such as t + (−t)."""
    return 2 * ctx.prec > MOST_BITS and all(x[k].contains(0) for k in range(x.length()))


def _norm(*xs: arb_series) -> arb_series:
    if all(map(_is_zero, xs)):
        return arb_series([0])
    squares = _squares(*xs)
    if max(x.length() for x in xs) > 1:
        return _sqrt(squares)
    return arb_series([squares[0].nonnegative_part().sqrt()])  # of what does not move, even if it is zero


def _atan2(y: arb_series, x: arb_series) -> arb_series:
    if x[0] > 0:
        return _quotient(y, x).atan()
    if x[0] < 0 and y[0].is_zero():
        return arb.pi() + _quotient(y, x).atan()
    quarter = arb.pi() / 2
    return (quarter if y[0] > 0 else -quarter) - _quotient(x, y).atan()


def _tanh(x: arb_series) -> arb_series:
    shrunk = (-2 * x).exp()
    return _quotient(1 - shrunk, 1 + shrunk)


def _sech_squared(x: arb_series) -> arb_series:
    shrunk = (-2 * x).exp()
    return _quotient(4 * shrunk, (1 + shrunk) * (1 + shrunk))


def _normal_cdf(x: arb_series) -> arb_series:
    return (-x / arb(2).sqrt()).erfc() / 2


def _sigmoid(x: arb_series) -> arb_series:
    shrunk = (x if x[0] < 0 else -x).exp()
    return _quotient(shrunk if x[0] < 0 else 1, 1 + shrunk)


def _softplus(x: arb_series) -> arb_series:
    return x + (1 + (-x).exp()).log() if x[0] > 0 else (1 + x.exp()).log()


def _gelu_tanh(x: arb_series) -> arb_series:
    return x * _sigmoid((8 / arb.pi()).sqrt() * (x + arb("0.044715") * x * x * x))


def _logsumexp(*xs: arb_series) -> arb_series:
    largest = max(xs, key=lambda x: float(x[0]))
    return largest + _sum(*[(x - largest).exp() for x in xs]).log()


def _dot(*args: arb_series) -> arb_series:
    count = len(args) // 2
    products = [w * x for w, x in zip(args[:count], args[count:-1], strict=True)]
    return _sum(args[-1], *products)


def _where(condition: arb_series, x: arb_series, y: arb_series) -> arb_series:
    if condition[0].is_zero():
        return y
    return _either(x, y) if condition[0].contains(0) else x


DEFINITIONS: dict[str, Definition] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: arb_series([0]) if x is y else x - y,
    "mul": lambda x, y: x * y,
    "div": _quotient,
    "power": _power,
    "power_slope": lambda x, y: y * _power(x, y - 1),
    "neg": lambda x: -x,
    "identity": lambda x: x,
    "exp": lambda x: x.exp(),
    "exp2": lambda x: (x * arb(2).log()).exp(),
    "expm1": lambda x: x.exp() - 1,
    "log": lambda x: x.log(),
    "log2": lambda x: x.log() / arb(2).log(),
    "log10": lambda x: x.log() / arb(10).log(),
    "log1p": lambda x: (1 + x).log(),
    "sqrt": _sqrt,
    "cbrt": _odd(lambda x: (x.log() / 3).exp()),
    "xlogy": lambda x, y: x * y.log(),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "tan": lambda x: x.tan(),
    "asin": lambda x: x.asin(),
    "acos": lambda x: x.acos(),
    "atan": lambda x: x.atan(),
    "atan2": _atan2,
    "direction": lambda x, y: _quotient(x, _norm(x, y)),
    "inversion": lambda x, y: _quotient(x, _squares(x, y)),
    "hypot": _norm,
    "sinh": lambda x: (x.exp() - (-x).exp()) / 2,
    "cosh": lambda x: (x.exp() + (-x).exp()) / 2,
    "tanh": _odd(_tanh),
    "sech_squared": _even(_sech_squared),
    "asinh": _odd(lambda x: (x + (x * x + 1).sqrt()).log()),
    "acosh": lambda x: (x + (x * x - 1).sqrt()).log(),
    "atanh": lambda x: _quotient(1 + x, 1 - x).log() / 2,
    "erf": lambda x: x.erf(),
    "erfc": lambda x: x.erfc(),
    "gauss": lambda x: (-x * x).exp(),
    "normal_pdf": lambda x: (-x * x / 2).exp() / (2 * arb.pi()).sqrt(),
    "normal_cdf": _normal_cdf,
    "sigmoid": _sigmoid,
    "logsigmoid": lambda x: -_softplus(-x),
    "softplus": _softplus,
    "relu": lambda x: _by_sign(x, x, 0 * x),
    "leaky_relu": lambda x, slope: _by_sign(x, x, slope * x),
    "elu": lambda x, alpha: _by_sign(x, x, alpha * (x.exp() - 1)),
    "silu": lambda x: x * _sigmoid(x),
    "gelu": lambda x: x * _normal_cdf(x),
    "gelu_tanh": _gelu_tanh,
    "abs": lambda x: _by_sign(x, x, -x),
    "maximum": _maximum,
    "minimum": _minimum,
    "sum": _sum,
    "prod": lambda *xs: reduce(lambda x, y: x * y, xs),
    "max": lambda *xs: reduce(_maximum, xs),
    "min": lambda *xs: reduce(_minimum, xs),
    "norm": _norm,
    "logsumexp": _logsumexp,
}
"""The definitions. Primitives without one are steps, choices or copies, which do not round."""

CHOICES: dict[str, Definition] = {
    "clamp": lambda x, low, high: _minimum(_maximum(x, low), high),
    "where": _where,
    "dot": _dot,
    "take": lambda index, *values: values[int(float(index[0]))],
    "heaviside": lambda x: _by_sign(x, arb_series([1]), arb_series([0])),
    "detach": lambda x: arb_series([x[0]]),
    "late": lambda x: DEFINITIONS["relu"](x - 50),
    "upwards": lambda x, y: _by_sign(x, _quotient(1, x).atan(), 0 * x),
    "between": lambda x, y: _quotient(1, x).atan() if y[0] > 0.5 and y[0] < 1 else 0 * x,
}
"""What programs are made of besides."""
