"""Derivatives from function values: differences extrapolated to step zero, with their own error estimate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, nan

Slope = Callable[[float], float]

SMALLEST = math.ulp(0.0)  # of all steps

CLOSE = (2, 8, 14)
"""Steps that may contradict an estimate: these powers of 2 times the unit in the last place of the scale."""

FINE, LEAST_FINE = 16, 6
"""The same of the first step where larger ones are contradicted, and of the smallest that can say more."""

JUMP_STEPS = (28, 38, 43, 48)
"""A jump is as high over steps of 2⁻²⁸, 2⁻³⁸, 2⁻⁴³ and 2⁻⁴⁸ by the size of x."""


@dataclass(frozen=True)
class Difference:
    """A derivative estimated from function values.

    `value` is the estimate, `error` its own estimate of how far off it is, `step` the step it came from.
    `left` and `right` are the one-sided derivatives; where they disagree by more than their errors, the
    point is a kink. At a `jump` the function moves as far however small the step is, and has no derivative.
    `value` is nan where no estimate exists; `error` is inf where smaller steps contradict it.
    """

    value: float
    error: float
    step: float
    left: float
    right: float
    kink: bool
    jump: bool = False


def finite_difference(f: Callable[[float], float], x: float, rounding: float = 0.0) -> Difference:
    """Estimate df/dx at x by central differences, extrapolated to step zero.

    `rounding` is how far the operations inside f can have moved f(x), where it is known to be more than one
    unit in its last place: what cancels leaves its rounding behind (see `rounding_error`).

    Steps halve from a first guess of a tenth of |x| (or 0.1); Richardson's extrapolation, in the tableau of
    Ridders (1982; *Numerical Recipes* §5.7), removes the even powers of the step one after another. The
    entry with the smallest error estimate wins, and rounding sets a floor to that estimate. Much smaller
    steps may contradict it: then they give the estimate, or, where these do not agree, there is no bound on
    its error.
    """
    here = f(x)
    least = max(math.ulp(here), rounding)
    jitter = max(_jitter(f, x, way) for way in (1.0, -1.0))
    unit = jitter if jitter > 100.0 * least else least
    right, right_error, _ = _extrapolate(lambda h: (f(x + h) - here) / ((x + h) - x), here, unit, x, 1)
    left, left_error, _ = _extrapolate(lambda h: (here - f(x - h)) / (x - (x - h)), here, unit, x, 1)
    value, error, step = _extrapolate(
        lambda h: (f(x + h) - f(x - h)) / ((x + h) - (x - h)), here, unit, x, order=2
    )
    gap = abs(right - left)
    kink = gap > 1e-3 * max(abs(left), abs(right)) and gap > 100.0 * (left_error + right_error)
    jump = any(_jumps(f, x, here, least, way) for way in (1.0, -1.0))
    return Difference(value, error, step, left, right, kink, jump)


def _jitter(f: Slope, x: float, way: float) -> float:
    """Return how far a function is off a line within a few units in the last place of x, to one side of it.

    That is rounding that nobody told of, or all that the function does where x is so large.
    """
    unit = 4.0 * way * math.ulp(abs(x) or 1.0)
    a, b, c, d = (_finite_or_nan(f, x + times * unit) for times in (1, 2, 3, 4))
    return max((abs(bend) for bend in (a - 2.0 * b + c, b - 2.0 * c + d) if isfinite(bend)), default=0.0)


def _jumps(f: Slope, x: float, here: float, unit: float, way: float) -> bool:
    """Tell whether a function moves as far for a step of next to nothing as for a million times that."""
    size = way * (abs(x) or 2.0**-460)
    moves = [abs(_finite_or_nan(f, x + size * 2.0**-k) - here) for k in JUMP_STEPS]
    return all(height > 1000.0 * unit and abs(height - moves[-1]) < 0.1 * moves[-1] for height in moves)


def _extrapolate(slope: Slope, here: float, unit: float, x: float, order: int) -> tuple[float, float, float]:
    """Return the slope at step zero, its error, and the step it came from.

    Steps go by the size of x. A function that does not change at the scale of a tiny x gives few digits
    there: then steps that go by 1 may give more, and count if they do not contradict the few.
    """
    found = _at_scale(slope, here, unit, abs(x) or 1.0, order)
    if 0.0 < abs(x) < 0.1 and not found[1] < 1e-12 * abs(found[0]):
        wide = _at_scale(slope, here, unit, 1.0, order)
        if wide[1] < found[1] and not abs(wide[0] - found[0]) > 10.0 * found[1]:
            return wide
    return found


def _at_scale(slope: Slope, here: float, unit: float, scale: float, order: int) -> tuple[float, float, float]:
    # A large first step gives the most digits, unless it reaches across a kink or a jump: then the tableau
    # contradicts the plain quotient of a small step, and a smaller first step is tried.
    small = max(1e-6 * scale, SMALLEST)
    plain = _finite_or_nan(slope, small)
    loose = 1e-3 * abs(plain) + 100.0 * unit / small + 1e-6 * min(1.0, 1.0 / scale)
    for first in (0.1 * scale, 1e-3 * scale, 1e-5 * scale):
        found = _tableau(slope, here, unit, first, order)
        if not abs(found[0] - plain) > loose:
            break
    if not _contradicted(found, slope, unit, scale):
        return found
    fine = _tableau(slope, here, unit, math.ldexp(math.ulp(scale), FINE), order)
    if fine[2] >= math.ldexp(math.ulp(scale), LEAST_FINE) and not _contradicted(fine, slope, unit, scale):
        return fine
    return found[0], inf, found[2]


def _contradicted(found: tuple[float, float, float], slope: Slope, unit: float, scale: float) -> bool:
    """Tell whether plain quotients of much smaller steps say something else, whatever rounding does to them.

    An estimate from steps that span periods of the function agrees with itself alone.
    """
    value, error, step = found
    bend = abs(_finite_or_nan(slope, step) - value) / step
    for h in [math.ldexp(math.ulp(scale), power) for power in CLOSE]:
        plain = _finite_or_nan(slope, h)
        allowed = 0.1 * max(abs(plain), abs(value)) + 10.0 * error + 100.0 * unit / h + 10.0 * bend * h
        if h < step / 8.0 and abs(plain - value) > allowed:
            return True
    return False


def _tableau(slope: Slope, here: float, unit: float, first: float, order: int) -> tuple[float, float, float]:
    """Return the entry of Ridders' tableau with the smallest error estimate, that error, and its step."""
    best, best_error, best_step = nan, inf, nan
    previous: list[float] = []
    step = first
    for _ in range(24):
        if step == 0.0:
            break
        row = [_finite_or_nan(slope, step)]
        rounding = 4.0 * max(unit, math.ulp(abs(here) + abs(row[0]) * step)) / step
        factor = 2.0**order
        for column, above in enumerate(previous):
            row.append(row[column] + (row[column] - above) / (factor - 1.0))
            error = max(abs(row[-1] - row[column]), abs(row[-1] - above)) + rounding
            if error < best_error:
                best, best_error, best_step = row[-1], error, step
            factor *= 2.0**order
        previous = row if isfinite(row[0]) else []
        step /= 2.0
    return best, best_error, best_step


def _finite_or_nan(slope: Slope, step: float) -> float:
    try:
        value = slope(step)
    except (ArithmeticError, LookupError, ValueError):
        return nan  # the step has vanished beside x, or f is not defined there
    return value if isfinite(value) else nan
