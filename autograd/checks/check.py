"""gradcheck: gradients against differences of function values that know how far they can be trusted.

Two sources stand against the engine's gradient. The recorded function computed again with hundreds of bits
by mpmath gives its derivative to thirty digits; then only the roundings of the gradient itself are left, and
a running error analysis of its graph says how large they can be. Where that is not to be had (mpmath is not
installed, a branch or `.data` makes the program another one beside the point, a number overflows on the way)
differences in float64 decide, and the report says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from math import inf, isfinite, nan, ulp
from typing import Any

from autograd import tree
from autograd.checks.differences import Difference, finite_difference
from autograd.checks.precise import PreciseFunction, Unavailable
from autograd.checks.rounding import rounding_error
from autograd.context import in_own_context, recording
from autograd.dual import perturbations, without_later
from autograd.notation.rows import aligned, html_table
from autograd.scalar import as_float
from autograd.transforms import grad, jacobian
from autograd.value import Computed, Value

Function = Callable[[list[Any]], Any]
"""What is checked, as a function of the list of its scalars."""

JUMP_STEPS, JUMP = (20, 30, 40), 1e-6
"""A jump is as high over steps of 2⁻²⁰, 2⁻³⁰ and 2⁻⁴⁰, and higher than this by the size of the sides."""

SAFETY = 8.0  # times the bound to first order: an operation may be off by a few units in the last place


@dataclass(frozen=True)
class Entry:
    """One derivative compared: which argument, what the engine says, what differences say."""

    place: str
    analytic: float
    numeric: Difference
    verdict: str
    """"ok", "kink", "unbounded", "undefined", "wrong" or "inconclusive"."""
    resolution: float
    """The smallest error of the derivative that would have been called wrong; inf where none would."""
    fallback: str
    """Why differences in float64 decided, "" where differences of hundreds of bits did."""

    @property
    def differs(self) -> bool:
        """Whether it is wrong or inconclusive."""
        return self.verdict in ("wrong", "inconclusive")

    @property
    def relative_resolution(self) -> float:
        """The resolution as a part of the derivative; inf for a derivative that is zero or not finite."""
        scale = max(abs(self.analytic), abs(self.numeric.value))
        return self.resolution / scale if isfinite(self.resolution) and scale > 0.0 else inf


HEADS = ("derivative", "analytic", "numeric", "error", "step", "resolution", "relative", "verdict")


@dataclass(frozen=True)
class Report:
    """All derivatives that `gradcheck` compared; prints as a table."""

    entries: tuple[Entry, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong or inconclusive."""
        return not any(entry.differs for entry in self.entries)

    def __str__(self) -> str:
        return "\n".join([*aligned([HEADS, *self._rows()]), *self._reasons()])

    def _repr_html_(self) -> str:
        return html_table(HEADS, self._rows(), "; ".join(self._reasons()))

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for e in self.entries:
            verdict = e.verdict
            if e.numeric.kink:
                verdict += f" (left {e.numeric.left:.6g}, right {e.numeric.right:.6g})"
            numbers = (f"{e.analytic:.10g}", f"{e.numeric.value:.10g}")
            sizes = (e.numeric.error, e.numeric.step, e.resolution, e.relative_resolution)
            yield e.place, *numbers, *(f"{size:.1e}" for size in sizes), verdict

    def _reasons(self) -> Iterator[str]:
        for reason in dict.fromkeys(e.fallback for e in self.entries if e.fallback):
            places = ", ".join(e.place for e in self.entries if e.fallback == reason)
            yield f"in float64 alone: {places}: {reason}"


class GradcheckError(ArithmeticError):
    """A derivative that disagrees with differences; the message is the table of such entries."""


def gradcheck(f: Callable[..., Any], *args: Any, order: int = 1) -> Report:
    """Compare the gradient of `f` at `args` with differences of its values, entry by entry.

    `f` takes scalars or nested lists, tuples, dicts of scalars, gets Values in their place, and returns one
    scalar; with `order=2` the Hessian is compared too, as the gradient of each entry of the gradient. At a
    kink, where the one-sided derivatives disagree, any value between them is accepted and the report says
    "kink", also of the second derivative there, which is a choice; where the derivative is infinite it says
    "unbounded". Each entry's `resolution` is the smallest error that would have been called wrong.
    Raises GradcheckError with the table of differing entries, ValueError for an order other than 1 or 2.
    """
    report = compare(f, *args, order=order)
    if bad := tuple(entry for entry in report.entries if entry.differs):
        raise GradcheckError(f"{len(bad)} of {len(report.entries)} derivatives differ\n{Report(bad)}")
    return report


def compare(f: Callable[..., Any], *args: Any, order: int = 1) -> Report:
    """Return the report of `gradcheck` whatever it says."""
    if order not in (1, 2):
        raise ValueError(f"gradcheck compares order 1 or 2, got {order!r}")
    flat = [_number(x) for x in tree.leaves(args)]
    every = range(len(args))

    def of_leaves(xs: list[Any]) -> Any:
        return f(*tree.rebuild(args, xs))

    def slopes(*args: Any) -> list[Any]:
        return tree.leaves(grad(f, every)(*args))  # in the lists and dicts of the caller, which f may change

    entries = _compare(of_leaves, flat, slopes(*args), "∂f/∂")
    if order == 2:
        for i, row in enumerate(jacobian(slopes, every)(*args)):

            def entry(xs: list[Any], i: int = i) -> Any:
                return grad(of_leaves)(xs)[i]

            compared = _compare(entry, flat, tree.leaves(row), f"∂²f/∂x{i}∂")
            entries += [_at_jump(entry, flat, j, each) for j, each in enumerate(compared)]
    return Report(tuple(entries))


def _compare(f: Function, xs: list[float], found: Sequence[Any], prefix: str) -> list[Entry]:
    here = _Recorded(f, xs)
    slopes = in_own_context(recording()(grad(f)), here.inputs)
    return [
        _entry(f"{prefix}x{i}", here, i, _number(found[i]), rounding_error(slopes[i], here.inputs))
        for i in range(len(xs))
    ]


def _at_jump(slope: Function, xs: list[float], index: int, entry: Entry) -> Entry:
    """Return the derivative of a slope, excused where that jumps: it has none there, as relu's at 0."""
    if not entry.differs or not isfinite(entry.analytic):
        return entry
    here, x = _Recorded(slope, xs), xs[index]
    steps = [2.0**-k * (abs(x) or 1.0) for k in JUMP_STEPS]
    sides = [[here.value_at(index, t) for t in (x - step, x + step)] for step in steps]
    heights = [abs(right - left) for left, right in sides]
    left, right = sides[-1]
    least = JUMP * max(1.0, abs(left), abs(right))
    if not least < heights[-1] < inf or any(abs(height / heights[-1] - 1.0) > 0.1 for height in heights):
        return entry
    reason = f"the slope that it differentiates jumps from {left:.6g} to {right:.6g}"
    return replace(entry, verdict="kink", resolution=inf, fallback=reason)


class _Recorded:
    """A function of scalars, and the graph it leaves at a point."""

    def __init__(self, f: Function, xs: list[float]) -> None:
        self.f = f
        self.xs = xs
        self.inputs = [Computed(x) for x in xs]  # no parameters, as in the transformations that are checked
        epsilon = next(perturbations)
        # In a context of its own, with which recording ends wherever Ctrl-C comes.
        self.out = without_later(in_own_context(recording()(f), [*self.inputs]), epsilon)
        self.value = _number(self.out)

    def at(self, index: int, x: float) -> _Recorded:
        """Return the same with one scalar changed."""
        return _Recorded(self.f, [*self.xs[:index], x, *self.xs[index + 1 :]])

    def value_at(self, index: int, x: float) -> float:
        """Return the value with one scalar changed, nan where the function raises."""
        try:
            return self.at(index, x).value
        except Exception:
            return nan

    @cached_property
    def precise(self) -> PreciseFunction:
        """The recorded function with more digits."""
        return PreciseFunction(self.out, self.inputs)

    def precise_difference(self, index: int, tolerance: float) -> Difference:
        """Return the derivative with more digits.

        Raises Unavailable where that is not the derivative of `f`: another graph beside the point means that
        `f` decides or computes by the numbers of its arguments, which no graph shows.
        """
        step = (abs(self.xs[index]) or 1.0) * 2.0**-30
        for x in (self.xs[index] - step, self.xs[index] + step):
            try:
                beside = self.at(index, x)
            except Exception as error:
                raise Unavailable(f"beside the point, the function raises {error!r}") from None
            if not self.precise.same_program(beside.precise):
                raise Unavailable("the function decides or computes by numbers that it does not record")
        return self.precise.derivative(index, tolerance)


def _entry(place: str, here: _Recorded, index: int, analytic: float, rounding: float) -> Entry:
    x, along = here.xs[index], partial(here.value_at, index)

    def entry(numeric: Difference, resolution: float, fallback: str) -> Entry:
        if isfinite(analytic):
            verdict = _verdict(analytic, numeric, resolution, here.value, x)
        else:
            verdict, resolution = _verdict_on_no_number(analytic, numeric, along, x), inf
        return Entry(place, analytic, numeric, verdict, resolution, fallback)

    # Where the bound overflows it says nothing: then a millionth of the derivative is put down to rounding.
    own = SAFETY * (rounding if isfinite(rounding) else 1e-7 * abs(analytic)) + SAFETY * ulp(analytic)
    fallback, with_digits = "the derivative is not finite", None
    if isfinite(analytic):
        try:
            numeric = here.precise_difference(index, own)
            if abs(analytic - numeric.value) > own:  # let it settle by its own size before it blames
                numeric = here.precise.derivative(index, SAFETY * ulp(numeric.value))
            with_digits = entry(numeric, own, "")
            if with_digits.verdict != "wrong":
                return with_digits
            fallback = "with more digits, its kink lies beside the point"
        except Unavailable as reason:
            fallback = str(reason)
    numeric = finite_difference(along, x, here.precise.rounding if isfinite(here.precise.rounding) else 0.0)
    scale = max(abs(analytic), abs(numeric.value))
    in_float64 = entry(numeric, own + 10.0 * numeric.error + 1e-9 * scale, fallback)
    # float64 has the last word on nothing but a kink, which roundings can move to the point.
    return in_float64 if with_digits is None or in_float64.verdict == "kink" else with_digits


def _verdict(analytic: float, numeric: Difference, resolution: float, value: float, x: float) -> str:
    if numeric.kink:
        low, high = sorted((numeric.left, numeric.right))
        return "kink" if low - resolution <= analytic <= high + resolution else "wrong"
    if abs(analytic - numeric.value) > resolution:
        return "wrong"
    scale = max(abs(analytic), abs(numeric.value))
    # A derivative of zero has no scale of its own: compare it with the function's scale over x.
    floor = 1e-8 * max(1.0, abs(value)) / max(1.0, abs(x))
    return "ok" if resolution < max(1e-4 * scale, floor) else "inconclusive"


def _verdict_on_no_number(analytic: float, numeric: Difference, f: Callable[[float], float], x: float) -> str:
    if analytic != analytic:
        return "undefined" if f(x) != f(x) or numeric.value != numeric.value else "wrong"
    return "unbounded" if _grows(f, x, analytic) else "wrong"


def _number(x: Any) -> float:
    return x.data if isinstance(x, Value) else as_float(x)


def _grows(f: Callable[[float], float], x: float, analytic: float) -> bool:
    """Tell whether the one-sided slopes grow without bound in the direction of the analytic infinity."""
    for side in (1.0, -1.0):
        steps = [side * 2.0**-k * max(abs(x), 1.0) for k in (10, 20, 30, 40)]
        slopes = [math.copysign(1.0, analytic) * (f(x + h) - f(x)) / h for h in steps]
        if all(later == inf or later > 1.5 * earlier > 0.0 for earlier, later in pairwise(slopes)):
            return True
    return abs(f(x)) == inf
