"""The table, continued: operations on any number of arguments.

They are called with the arguments one by one; the functions that take sequences are in `functions`. An `impl`
does the same to every argument, and joins what comes of it with `xp.reduce`: so an array backend can do it to
all of them at once. Where it does not, as in a dot, they are taken one by one there too.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce
from itertools import accumulate
from math import inf, nan
from typing import Any

from autograd import stable
from autograd.curves import exp
from autograd.ops import (
    absolute,
    at_boundary,
    define,
    detach,
    div,
    equal,
    minimum,
    nan_fallback,
    vanishing_product,
    where,
)
from autograd.primitive import unless, when

nary_sum = define(
    "sum",
    lambda xp, *xs: xp.reduce(operator.add, xs),
    doc="All arguments added, from left to right. Domain: all xs. sum(inf, -inf) = nan, slopes 1 and 1.",
    all_partials=lambda out, *xs: (1.0,) * len(xs),
    expansion=lambda *xs: reduce(operator.add, xs),
    neutral=-0.0,  # with 0.0, a sum of -0.0 would be 0.0
    adds=True,
    drawn_as="Σ",
    sum_of_products=True,
)


def _dot_expansion(*args: Any) -> Any:
    """Return bias + w₁x₁ + w₂x₂ + …, without a bias that is the constant 0."""
    *factors, bias = args
    if not factors or not isinstance(bias, float) or bias != 0.0:
        return stable.dot(None, *args)
    count = len(factors) // 2
    return reduce(operator.add, map(operator.mul, factors[:count], factors[count:]))


def _dot_partials(out: Any, *args: Any) -> tuple[Any, ...]:
    count = len(args) // 2
    return *args[count:-1], *args[:count], 1.0


nary_dot = define(
    "dot",
    stable.dot,
    doc="""bias + w₁x₁ + w₂x₂ + …, added from left to right; the w's lie before the x's, the bias is last.
    Domain: all args. dot(2, 3, 1) = 7, slopes 3, 2 and 1; dot(0, inf, 1) = nan, slopes inf, 0 and 1.""",
    all_partials=_dot_partials,
    expansion=_dot_expansion,
    counted_by=2,
    adds=True,
    drawn_as="Σ w·x",
    sum_of_products=True,
)


def _share_among_ties(out: Any, xs: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Return 1 over the number of ties for each argument but the others; nan where `out` is nan."""
    ties = nary_sum(*[equal(x, out) for x in xs])
    share = at_boundary(equal(ties, 0.0), nan, div(1.0, ties))
    return [unless(other, share) for other in others]


nary_max = define(
    "max",
    lambda xp, *xs: xp.reduce(xp.maximum, xs),
    doc="""The largest argument; nan, and so each slope, if one is nan. Domain: all xs. Nothing passes to the
    others, and a tie is shared: max(2, 1, 2) = 2, slopes 0.5, 0 and 0.5.""",
    all_partials=lambda out, *xs: _share_among_ties(out, xs, [x < out for x in xs]),
    neutral=-inf,
    kinks=((1.0, 1.0, 1.0), (2.0, -1.0, 2.0)),
)
nary_min = define(
    "min",
    lambda xp, *xs: xp.reduce(xp.minimum, xs),
    doc="""The smallest argument; nan, and so each slope, if one is nan. Domain: all xs. Nothing passes to the
    others, and a tie is shared: min(2, 3, 2) = 2, slopes 0.5, 0 and 0.5.""",
    all_partials=lambda out, *xs: _share_among_ties(out, xs, [x > out for x in xs]),
    neutral=inf,
    kinks=((1.0, 1.0, 1.0), (2.0, 3.0, 2.0)),
)


def _prod_partials(out: Any, *xs: Any) -> list[Any]:
    """Return the product of all other factors for each factor, from running products on either side."""
    if len(xs) == 1:
        return [1.0]
    finite = nary_max(*map(absolute, xs)) < inf

    def times(x: Any, y: Any) -> Any:
        # Zero even if the other side has overflowed on the way, unless a factor itself is infinite.
        return at_boundary(
            finite, at_boundary(equal(y, 0.0), vanishing_product(y, x), vanishing_product(x, y)), x * y
        )

    before = list(accumulate(xs[:-1], times))
    after = list(accumulate(xs[:0:-1], times))[::-1]
    between = [times(left, right) for left, right in zip(before[:-1], after[1:], strict=True)]
    return [after[0], *between, before[-1]]


nary_prod = define(
    "prod",
    stable.prod,
    doc="""All arguments multiplied. Domain: all xs. prod(0, 5, 3) = 0, slopes 15, 0 and 0;
    prod(0, inf) = nan, slopes inf and 0. Zero wins against what has merely overflowed on the way:
    prod(1e200, 1e200, 0) = 0, slopes 0, 0 and inf.""",
    all_partials=_prod_partials,
    neutral=1.0,
)

nary_norm = define(
    "norm",
    lambda xp, *xs: xp.abs(xp.reduce(xp.hypot, xs)),
    doc="""√(x₁² + x₂² + …), without overflow on the way. Domain: all xs. norm(0, 0) = 0, slopes 0 and 0;
    norm(inf, 1) = inf, slopes nan and 0.""",
    all_partials=lambda out, *xs: [where(equal(out, 0.0), 0.0, div(x, out)) for x in xs],
    neutral=0.0,
    kinks=((0.0, 0.0),),
)


def _one_hot(index: Any, count: int) -> list[Any]:
    """Return 1 for the value at an index, 0 for others; nan for all where the index hits none."""
    hits = [equal(index, float(n)) for n in range(count)]
    found = nary_sum(*hits)
    return [div(hit, found) for hit in hits]


nary_take = define(
    "take",
    stable.take,
    doc="""The value at an index, counted from 0; nan if there is none. An index is a number of the data and
    carries no derivative. Domain: 0 ≤ index < count and index whole. Nothing passes to the others:
    take(1, inf, 5) = 5, slopes 0, 0 and 1; take(2, 3, 5) = nan, slopes 0, 0 and 0.""",
    all_partials=lambda out, index, *values: [
        None,
        *[when(equal(index, float(n))) for n in range(len(values))],
    ],
    by_index=True,
    shares=_one_hot,
    step_like=True,
)


def softmax_partials(*xs: Any) -> list[Any]:
    """Return exp(x) over the sum of all exp(x), shifted by the maximum so that nothing overflows.

    Several infinities share equally; where every x is -inf, so that there is nothing to share, all are 0.
    """
    top = detach(nary_max(*xs))  # a shift changes no ratio, so its own derivative is nil
    of_infinities, of_none = minimum(top, 0.0), where(equal(top, -inf), 0.0, nan)
    powers = [exp(nan_fallback(x - top, where(equal(x, top), of_infinities, nan))) for x in xs]
    total = nary_sum(*powers)
    return [nan_fallback(div(power, total), of_none) for power in powers]


nary_logsumexp = define(
    "logsumexp",
    stable.logsumexp,
    doc="""log(exp(x₁) + exp(x₂) + …), shifted by the largest so that nothing overflows. Domain: all xs. Its
    slopes are the softmax: logsumexp(inf, 1) = inf, slopes 1 and 0; logsumexp(-inf, -inf) = -inf, slopes 0
    and 0.""",
    all_partials=lambda out, *xs: softmax_partials(*xs),
    neutral=-inf,
)
