"""gradcheck: gradients against finite differences that know how far they can be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, nan
from typing import Any

from autograd import tree
from autograd.scalar import as_float
from autograd.transforms import grad
from autograd.value import Value

Slope = Callable[[float], float]

SMALLEST = math.ulp(0.0)  # of all steps


@dataclass(frozen=True)
class Difference:
    """A derivative estimated from function values.

    `value` is the estimate, `error` its own estimate of how far off it is, `step` the step it came from.
    `left` and `right` are the one-sided derivatives; where they disagree by more than their errors, the
    point is a kink. `value` is nan where no estimate exists.
    """

    value: float
    error: float
    step: float
    left: float
    right: float
    kink: bool


def finite_difference(f: Callable[[float], float], x: float) -> Difference:
    """Estimate df/dx at x by central differences, extrapolated to step zero.

    Steps halve from a first guess of a tenth of |x| (or 0.1); Richardson's extrapolation, in the tableau of
    Ridders (1982; *Numerical Recipes* §5.7), removes the even powers of the step one after another. The
    entry with the smallest error estimate wins, and rounding sets a floor to that estimate.
    """
    here = f(x)
    right, right_error, _ = _extrapolate(lambda h: (f(x + h) - here) / ((x + h) - x), here, x, order=1)
    left, left_error, _ = _extrapolate(lambda h: (here - f(x - h)) / (x - (x - h)), here, x, order=1)
    value, error, step = _extrapolate(lambda h: (f(x + h) - f(x - h)) / ((x + h) - (x - h)), here, x, order=2)
    gap = abs(right - left)
    kink = gap > 1e-3 * max(abs(left), abs(right)) and gap > 100.0 * (left_error + right_error)
    return Difference(value, error, step, left, right, kink)


def _extrapolate(slope: Slope, here: float, x: float, order: int) -> tuple[float, float, float]:
    """Return the slope at step zero, its error, and the step it came from.

    Steps go by the size of x. A function that does not change at the scale of a tiny x gives few digits
    there: then steps that go by 1 may give more, and count if they do not contradict the few.
    """
    found = _at_scale(slope, here, abs(x) or 1.0, order)
    if 0.0 < abs(x) < 0.1 and not found[1] < 1e-12 * abs(found[0]):
        wide = _at_scale(slope, here, 1.0, order)
        if wide[1] < found[1] and not abs(wide[0] - found[0]) > 10.0 * found[1]:
            return wide
    return found


def _at_scale(slope: Slope, here: float, scale: float, order: int) -> tuple[float, float, float]:
    # A large first step gives the most digits, unless it reaches across a kink or a jump: then the tableau
    # contradicts the plain quotient of a small step, and a smaller first step is tried.
    small = max(1e-6 * scale, SMALLEST)
    plain = _finite_or_nan(slope, small)
    loose = 1e-3 * abs(plain) + 100.0 * math.ulp(here) / small + 1e-6 * min(1.0, 1.0 / scale)
    for first in (0.1 * scale, 1e-3 * scale, 1e-5 * scale):
        found = _tableau(slope, here, first, order)
        if not abs(found[0] - plain) > loose:
            break
    return found


def _tableau(slope: Slope, here: float, first: float, order: int) -> tuple[float, float, float]:
    """Return the entry of Ridders' tableau with the smallest error estimate, that error, and its step."""
    best, best_error, best_step = nan, inf, nan
    previous: list[float] = []
    step = first
    for _ in range(24):
        if step == 0.0:
            break
        row = [_finite_or_nan(slope, step)]
        rounding = 4.0 * math.ulp(abs(here) + abs(row[0]) * step) / step
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
    except ZeroDivisionError:  # the step has vanished beside x
        return nan
    return value if isfinite(value) else nan


@dataclass(frozen=True)
class Entry:
    """One derivative compared: which argument, what the engine says, what finite differences say."""

    place: str
    analytic: float
    numeric: Difference
    verdict: str
    """"ok", "kink", "unbounded", "undefined", "wrong" or "inconclusive"."""


@dataclass(frozen=True)
class Report:
    """All derivatives that `gradcheck` compared; prints as a table."""

    entries: tuple[Entry, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong or inconclusive."""
        return all(entry.verdict not in ("wrong", "inconclusive") for entry in self.entries)

    def __str__(self) -> str:
        rows = [("derivative", "analytic", "numeric", "error", "step", "verdict")]
        for e in self.entries:
            verdict = e.verdict
            if e.numeric.kink:
                verdict += f" (left {e.numeric.left:.6g}, right {e.numeric.right:.6g})"
            numbers = (f"{e.analytic:.10g}", f"{e.numeric.value:.10g}")
            rows.append((e.place, *numbers, f"{e.numeric.error:.1e}", f"{e.numeric.step:.1e}", verdict))
        widths = [max(len(row[column]) for row in rows) for column in range(6)]
        return "\n".join(
            "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
        )


class GradcheckError(ArithmeticError):
    """A derivative that disagrees with finite differences; the message is the table of such entries."""


def gradcheck(f: Callable[..., Any], *args: Any, order: int = 1) -> Report:
    """Compare the gradient of `f` at `args` with finite differences, entry by entry.

    `f` takes scalars or nested lists, tuples, dicts of scalars and returns one scalar; with `order=2` the
    Hessian is compared too, as the gradient of each entry of the gradient. At a kink, where the one-sided
    derivatives disagree, any value between them is accepted and the report says "kink"; where the
    derivative is infinite the report says "unbounded".
    Raises GradcheckError with the table of differing entries, ValueError for an order other than 1 or 2.
    """
    report = compare(f, *args, order=order)
    if not report.ok:
        bad = Report(tuple(e for e in report.entries if e.verdict in ("wrong", "inconclusive")))
        raise GradcheckError(f"{len(bad.entries)} of {len(report.entries)} derivatives differ\n{bad}")
    return report


def compare(f: Callable[..., Any], *args: Any, order: int = 1) -> Report:
    """Return the report of `gradcheck` whatever it says."""
    if order not in (1, 2):
        raise ValueError(f"gradcheck compares order 1 or 2, got {order!r}")
    flat = [as_float(x.data if isinstance(x, Value) else x) for x in tree.leaves(args)]

    def of_leaves(xs: list[Any]) -> Any:
        return f(*tree.rebuild(args, xs))

    entries = _compare(of_leaves, flat, "∂f/∂")
    if order == 2:
        for i in range(len(flat)):

            def entry(xs: list[Any], i: int = i) -> Any:
                return grad(of_leaves)(xs)[i]

            entries += _compare(entry, flat, f"∂²f/∂x{i}∂")
    return Report(tuple(entries))


def _compare(f: Callable[[list[Any]], Any], xs: list[float], prefix: str) -> list[Entry]:
    analytic = grad(f)(xs)
    entries = []
    for i, x in enumerate(xs):

        def along(t: float, i: int = i) -> float:
            out = f([*xs[:i], t, *xs[i + 1 :]])
            return out.data if isinstance(out, Value) else as_float(out)

        numeric = finite_difference(along, x)
        entries.append(Entry(f"{prefix}x{i}", analytic[i], numeric, _verdict(analytic[i], numeric, along, x)))
    return entries


def _verdict(analytic: float, numeric: Difference, f: Callable[[float], float], x: float) -> str:
    if analytic != analytic:
        return "undefined" if f(x) != f(x) or numeric.value != numeric.value else "wrong"
    if not isfinite(analytic):
        return "unbounded" if _grows(f, x, analytic) else "wrong"
    if numeric.kink:
        low, high = sorted((numeric.left, numeric.right))
        slack = 1e-6 * max(abs(low), abs(high))
        return "kink" if low - slack <= analytic <= high + slack else "wrong"
    scale = max(abs(analytic), abs(numeric.value))
    # A derivative of zero has no scale of its own: compare it with the function's scale over x.
    floor = 1e-7 * max(1.0, abs(f(x))) / max(1.0, abs(x))
    allowed = 1e-6 * scale + 10.0 * numeric.error
    if abs(analytic - numeric.value) > max(allowed, 1e-3 * floor):
        return "wrong" if isfinite(numeric.value) else "inconclusive"
    return "ok" if 10.0 * numeric.error < max(1e-4 * scale, 0.1 * floor) else "inconclusive"


def _grows(f: Callable[[float], float], x: float, analytic: float) -> bool:
    """Tell whether the one-sided slopes grow without bound in the direction of the analytic infinity."""
    for side in (1.0, -1.0):
        steps = [side * 2.0**-k * max(abs(x), 1.0) for k in (10, 20, 30, 40)]
        slopes = [math.copysign(1.0, analytic) * (f(x + h) - f(x)) / h for h in steps]
        if all(later == inf or later > 1.5 * earlier > 0.0 for earlier, later in pairwise(slopes)):
            return True
    return abs(f(x)) == inf
