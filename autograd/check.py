"""gradcheck: gradients against finite differences that know how far they can be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite
from typing import Any

from autograd import tree
from autograd.differences import Difference, finite_difference
from autograd.scalar import as_float
from autograd.transforms import grad
from autograd.value import Value


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
