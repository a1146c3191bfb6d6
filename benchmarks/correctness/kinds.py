"""Random programs of the kinds that usual random programs miss, for a compiled program to be held against.

Likelihoods whose counts are constants, slack terms, sums of unequal lengths with parameters that repeat and
cancel, operations of one's own that tell how, n-ary operations of constants, `no_grad`, `detach`, keyword
arguments that are equal and not the same, causal rows, empty axes, parameters that no example reads,
arguments that are the same for all examples, names that Python reads as one. Half of the numbers stand where
something may happen: at zeros, ones and infinities; some batches take a compiled program several rounds.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, prod
from random import Random
from typing import Any

import autograd as ag
from autograd import Value, no_grad
from autograd.ops import div
from autograd.primitive import Primitive, when

ODD = (
    *("parameters", "constants", "seed", "gradient", "replay", "outputs", "rows", "rows_of", "np", "math"),
    *("concatenate", "where", "einsum", "at", "order", "len", "float", "zip", "inf", "Infinity"),
    *("x1", "z1", "t0", "constant_0", "a", "e"),
)
"""Names of arguments, of parameters and, but for `where`, of operations that generated code has itself."""

NAMES = ("w", "b", "\u00b5", "\u03bc", "\u2126", "\u03a9", "\ufb01", "fi", "x²", "x2", "lambda", *ODD)
"""Labels of parameters: in pairs that Unicode normalises to one identifier, and none at all."""

EDGES = (0.0, -0.0, 1.0, -1.0, 2.0, inf, -inf)
COEFFICIENTS = (1.0, 1.0, 2.0, 2.0, -1.0, -2.0, 0.5, 3.0, 0.0, -0.0, 1, True)
SCALES = (1e7, 1e-40)
"""By how much coefficients are larger or smaller that compiled sums take for factors."""

EQUAL = ((2, 2.0), (0.0, -0.0), (1, True, 1.0), (0, False), ((1, 2.0), (1.0, 2)), (3, 3))
"""Keyword arguments that are equal, and mostly not the same."""

Function = Callable[..., Any]


@dataclass(frozen=True)
class Task:
    """A random program, what it is called with, and at which numbers its parameters stand.

    `function(parameters, *arguments, **keywords)` takes the scalars of one example. Each of `batches` is an
    argument: nested lists with the batch as first axis, of the shape of the same number behind it. What is
    `shared` is the same in all examples, and given once. The program is called with each of `keywords` in
    turn. `names` are those of the arguments.
    """

    kind: str
    function: Function
    parameters: dict[str, float]
    batches: tuple[list[Any], ...]
    shapes: tuple[tuple[int, ...], ...]
    keywords: tuple[dict[str, Any], ...] = ({},)
    names: tuple[str, ...] = ("x", "y")
    shared: tuple[int, ...] = ()


def random_task(seed: int, number: int) -> Task:
    """Return the program of that number; the kinds take turns."""
    rng = Random(f"{seed} {number}")
    kind = list(KINDS)[number % len(KINDS)]
    names = rng.sample(NAMES, rng.randint(1, 5))
    at_edges = rng.random() < 0.2
    shapes: tuple[tuple[int, ...], ...] = rng.choice((((),), ((2,),), ((), (3,))))
    if kind == "empty axis":
        shapes = rng.choice((((0,),), ((0,), ()), ((2, 0), (0, 3)), ((), (3, 0)), ((0,), (2,))))
    if kind == "causal":
        shapes = ((rng.randint(2, 4),),)
    keywords: tuple[dict[str, Any], ...] = ({},)
    if kind == "keyword":
        keywords = tuple({"n": n} for n in rng.choice(EQUAL))
    examples = rng.randint(1, 4) if rng.random() < 0.8 else rng.randint(5, 140)
    shared = tuple([k for k in range(len(shapes)) if len(shapes) > 1 and rng.random() < 0.2])
    batches = [[_nested(rng, shape, at_edges) for _ in range(examples)] for shape in shapes]
    return Task(
        kind,
        KINDS[kind](rng, len(names)),
        {name: _number(rng, at_edges) for name in names},
        tuple([batch[:1] * examples if k in shared else batch for k, batch in enumerate(batches)]),
        shapes,
        keywords,
        tuple(rng.sample(ODD, len(shapes))),
        shared if len(shared) < len(shapes) else shared[1:],
    )


def _number(rng: Random, at_edges: bool) -> float:
    return rng.choice(EDGES) if at_edges and rng.random() < 0.5 else rng.randint(-128, 128) / 64


def _nested(rng: Random, shape: tuple[int, ...], at_edges: bool) -> Any:
    if not shape:
        return _number(rng, at_edges)
    return [_nested(rng, shape[1:], at_edges) for _ in range(shape[0])]


def _scalars(arguments: Sequence[Any]) -> list[Any]:
    """Return the scalars in nested lists, from left to right; 1.0 if there are none."""
    found: list[Any] = []
    for argument in arguments:
        found += _scalars(argument) if isinstance(argument, list) else [argument]
    return found or [1.0]


# ---- pieces of programs -----------------------------------------------------------------------------

Terms = list[tuple[float, int]]
"""A sum yet to be made: coefficients, and the numbers of what they stand at."""


def _terms(rng: Random, count: int, most: int = 6) -> Terms:
    scale = rng.choice(SCALES) if rng.random() < 0.05 else 1
    return [(rng.choice(COEFFICIENTS) * scale, rng.randrange(count)) for _ in range(rng.randint(1, most))]


def _added(rng: Random) -> Function:
    """Return one of the ways to write a sum of coefficients times scalars."""

    def by_dot(terms: Terms, xs: Sequence[Any]) -> Any:
        return ag.dot([c for c, _ in terms], [xs[k] for _, k in terms])

    def by_nodes(terms: Terms, xs: Sequence[Any]) -> Any:
        return ag.sum([c * xs[k] for c, k in terms])

    def by_chain(terms: Terms, xs: Sequence[Any]) -> Any:
        total = 0.0
        for c, k in terms:
            total = total + xs[k] * c
        return total

    def by_steps(terms: Terms, xs: Sequence[Any]) -> Any:
        total: Any = Value(0.0)
        for c, k in terms:
            total = total + xs[k] if c == 1.0 else total - xs[k] if c == -1.0 else total + c * xs[k]
        return total

    return rng.choice((by_dot, by_nodes, by_chain, by_steps))


CURVES: tuple[Function, ...] = (
    ag.exp,
    ag.tanh,
    ag.sin,
    ag.relu,
    ag.softplus,
    lambda x: x * x,
    lambda x: x,
    lambda x: 1 / (2 + x * x),
    lambda x: ag.where(x > 0.25, x, -0.5 * x),
    lambda x: ag.where(ag.where(x > 0.25, x, 0.0), x, -0.5 * x),
    lambda x: ag.dot([x], [x + 0.5], 2.0),
    lambda x: ag.logsumexp([x, 0.0, 0.5 * x]),
)


# ---- the kinds --------------------------------------------------------------------------------------


def _likelihood(rng: Random, count: int) -> Function:
    """Σ exp(η) · exposure − Σ count · η, some rates observed more often than others."""
    rates = [_terms(rng, count, 2) for _ in range(rng.randint(1, count))]
    counts = [(float(rng.randint(0, 3)), rng.randrange(len(rates))) for _ in range(rng.randint(1, 7))]
    rate, observed, linear = _added(rng), _added(rng), rng.random() < 0.7

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        exposures = _scalars(arguments)
        logs = list(p) if linear else [rate(terms, p) for terms in rates]
        expected = [ag.exp(log) * exposures[n % len(exposures)] for n, log in enumerate(logs)]
        return ag.sum(expected) - observed([(c, k % len(logs)) for c, k in counts], logs)

    return function


def _slack(rng: Random, count: int) -> Function:
    """Soft margins: each example's slack is a parameter, some used by several constraints."""
    constraints = [
        (_terms(rng, count), rng.choice((-1.0, 1.0)), rng.randrange(count)) for _ in range(rng.randint(1, 4))
    ]
    prices, added, total = _terms(rng, count), _added(rng), _added(rng)

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        xs = _scalars(arguments)
        broken = [
            ag.relu(1 - label * added(terms, [w * xs[k % len(xs)] for k, w in enumerate(p)]) - p[slack])
            for terms, label, slack in constraints
        ]
        return ag.sum([ag.sum(broken), *[ag.softplus(w) for w in p]]) + total(prices, p)

    return function


def _combination(rng: Random, count: int) -> Function:
    """Sums of unequal lengths of parameters, curved and multiplied."""
    sums = [(_terms(rng, count, 8), rng.choice(CURVES), _added(rng)) for _ in range(rng.randint(1, 5))]
    outer, last = _terms(rng, len(sums)), _added(rng)

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        xs = _scalars(arguments)
        curved = [curve(added(terms, p)) * xs[n % len(xs)] for n, (terms, curve, added) in enumerate(sums)]
        return last(outer, curved) - ag.sum([c * p[k] for terms, _, _ in sums for c, k in terms])

    return function


UPWARDS = Primitive(
    "upwards",
    lambda xp, x, y: xp.where(x >= 0.0, xp.arctan(xp.divide(1.0, x)), 0.0),
    (lambda out, x, y: ag.where(x >= 0.0, div(-1.0, 1.0 + x * x), 0.0), None),
)
"""An operation of one's own that tells a zero's sign, and passes over nan."""

BETWEEN = Primitive(
    "between",
    lambda xp, x, y: xp.where((y > 0.5) & (y < 1.0), xp.arctan(xp.divide(1.0, x)), 0.0),
    (lambda out, x, y: ag.where((y > 0.5) * (y < 1.0), div(-1.0, 1.0 + x * x), 0.0), None),
)
"""One that tells it where one would not try it."""


def _cancelling(rng: Random, count: int) -> Function:
    """Parameters and arguments that come again with the other sign, and what can tell how they cancel."""
    pairs = [
        (rng.choice(((1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 3.0), (0.5, 0.5))), rng.randrange(count))
        for _ in range(rng.randint(1, 3))
    ]
    curve, telling, added = rng.choice(CURVES), rng.choice((0, 0, 1, 2, 3, 4)), _added(rng)

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        xs = _scalars(arguments)
        rest = [a * p[k] - b * p[k] for (a, b), k in pairs]
        rest += [a * x - a * x for (a, _), _ in pairs for x in xs]
        total = added([(1.0, n) for n in range(len(rest))], rest)
        if telling == 1:
            return curve(total) + ag.atan(1 / total) * xs[0]
        if telling > 2:
            return curve(p[0]) + (UPWARDS if telling == 3 else BETWEEN)(-total, xs[0])
        return curve(total + xs[0] * p[0]) + (ag.atan2(total, -1.0) if telling else total)

    return function


NARY: tuple[Function, ...] = (ag.max, ag.min, ag.logsumexp, ag.norm, ag.prod, ag.sum)


def _constants(rng: Random, count: int) -> Function:
    """N-ary operations of constants, of as many and of more, alone and beside parameters."""
    op, again = rng.choice(NARY), rng.choice(NARY)
    rows = [
        [rng.choice((-5.0, -2.5, -1.0, 0.5, 1.0, 1.5, 3.0)) for _ in range(rng.randint(1, 4))]
        for _ in range(rng.randint(2, 4))
    ]
    mixed = [(rng.sample(range(count), rng.randint(1, count)), row) for row in rows]
    as_values = rng.random() < 0.6

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        xs = _scalars(arguments)
        constants = [op([Value(c) if as_values else c for c in row]) for row in rows]
        beside = [again([*[p[k] for k in chosen], *row]) for chosen, row in mixed]
        return ag.sum(
            [c * b * xs[n % len(xs)] for n, (c, b) in enumerate(zip(constants, beside, strict=True))]
        )

    return function


def _taken(rng: Random, count: int) -> Function:
    """Parameters, sums and constants taken by an index that follows the data, one index by several."""
    rows = [
        [(_terms(rng, count, 2), rng.choice(CURVES), _added(rng)) for _ in range(rng.randint(1, 4))]
        for _ in range(rng.randint(1, 3))
    ]
    constants = [rng.choice((1.0, -0.0, inf, 2.5)) for _ in range(2)]

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        xs = _scalars(arguments)
        taken = []
        for n, row in enumerate(rows):
            x = xs[n % len(xs)]
            values = [*[curve(added(terms, p)) for terms, curve, added in row], *constants, p[0] * x]
            index = ag.floor(ag.clamp(2.0 * abs(x), 0.0, len(values) - 1))
            taken += [ag.take(values, index), ag.take(values[::-1], index) * p[-1]]
        return ag.sum(taken)

    return function


def _convolution(rng: Random, count: int) -> Function:
    """Windows that go over what is given, with zeros at its ends, a stride and a dilation; two layers."""
    stride, dilation, zeros = rng.randint(1, 2), rng.randint(1, 2), rng.randint(0, 2)
    curve, whole, long = rng.choice(CURVES), rng.random() < 0.3, rng.random() < 0.5

    def convolved(p: Sequence[Any], xs: Sequence[Any]) -> list[Any]:
        xs = [*[0.0] * zeros, *xs, *[0.0] * zeros]
        reach = dilation * (len(p) - 1) + 1
        return [
            ag.dot(p, xs[start : start + reach : dilation], p[0] if whole else 0.0)
            for start in range(0, len(xs) - reach + 1, stride)
        ]

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        xs = _scalars(arguments) * (3 if long else 2)
        inner = [curve(y) for y in convolved(p, xs)]
        return ag.sum([*convolved(p, inner), *inner, *p])

    return function


def _without_gradient(rng: Random, count: int) -> Function:
    """What is made under `no_grad` counts as constant, from arguments and from parameters alone."""
    inner, outer = rng.choice((_combination, _slack, _likelihood))(rng, count), rng.choice(CURVES)
    chosen, nested = rng.randrange(count), rng.random() < 0.3

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        with no_grad():
            still = inner(p, *arguments) + p[-1] * _scalars(arguments)[0]
            scale = ag.exp(p[chosen]) if not nested else ag.grad(lambda t: t * ag.tanh(t))(p[chosen])
        return outer(p[chosen] * 0.5) * still + p[-1] * scale

    return function


def _detached(rng: Random, count: int) -> Function:
    """What is detached counts as constant, wherever in a sum it stands."""
    inner, terms, added = _combination(rng, count), _terms(rng, count), _added(rng)

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        still = ag.detach(inner(p, *arguments))
        return added(terms, [ag.detach(w) if n % 2 else w for n, w in enumerate(p)]) * still + still * p[0]

    return function


def _by_keyword(rng: Random, count: int) -> Function:
    """A keyword argument decides by its value, its type and its sign."""
    inner = _combination(rng, count)

    def function(p: Sequence[Any], *arguments: Any, n: Any) -> Any:
        parts = n if isinstance(n, tuple) else (n,)
        kinds = [float(type(part) is float) + 2.0 * float(type(part) is bool) for part in parts]
        signs = [2.0 if str(part).startswith("-") else 1.0 for part in parts]
        return inner(p, *arguments) * prod(signs) + builtins.sum(kinds) * p[0] + ag.sum(parts) * p[-1]

    return function


LATE = Primitive("late", lambda xp, x: xp.maximum(x - 50.0, 0.0), (lambda out, x: when(x > 50.0),))
"""An operation of one's own that does nothing where one would try it."""

REDUCTIONS: tuple[Function, ...] = (
    ag.max,
    ag.min,
    ag.sum,
    ag.mean,
    lambda row: ag.sum([LATE(x) for x in row]),
)


def _causal(rng: Random, count: int) -> Function:
    """Scores of each number with all up to it, often equal and often 0, joined in several ways."""
    factors = [rng.choice((0.0, 1.0, -1.0, None)) for _ in range(4)]
    chosen, curve = rng.sample(REDUCTIONS, rng.randint(1, 3)), rng.choice(CURVES)
    scale = rng.choice((1.0, 1.0, 9.0))

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        of_each = [p[n % count] for n in range(4)]
        a, b, c, d = [w if f is None else w - ag.detach(w) + f for w, f in zip(of_each, factors, strict=True)]
        xs = [scale * ag.round(x) for x in _scalars(arguments)]
        rows = [[ag.dot([x * a, x * b], [y * c, y * d]) for y in xs[: n + 1]] for n, x in enumerate(xs)]
        joined = [ag.sum([curve(join(row)) for join in chosen]) for row in rows]
        return ag.sum([x * y for x, y in zip(xs, joined, strict=True)])

    return function


def _apart(rng: Random, count: int) -> Function:
    """Neurons with inputs that no example has a say in, and penalties on parameters."""
    inputs = [
        (rng.randrange(count), rng.choice(CURVES), rng.random() < 0.5) for _ in range(rng.randint(1, 4))
    ]
    neurons = [([rng.randrange(count) for _ in inputs], rng.choice(CURVES)) for _ in range(rng.randint(1, 4))]
    penalties = [(rng.randrange(count), rng.choice(CURVES)) for _ in range(rng.randint(0, 3))]

    def function(p: Sequence[Any], *arguments: Any) -> Any:
        xs = _scalars(arguments)
        given = [
            curve(p[k] if of_parameter else xs[n % len(xs)])
            for n, (k, curve, of_parameter) in enumerate(inputs)
        ]
        hidden = [curve(ag.dot([p[k] for k in weights], given, p[0])) for weights, curve in neurons]
        return ag.sum(hidden) + ag.sum([0.1 * curve(p[k]) for k, curve in penalties])

    return function


KINDS: dict[str, Callable[[Random, int], Function]] = {
    "likelihood": _likelihood,
    "slack": _slack,
    "combination": _combination,
    "cancelling": _cancelling,
    "constants": _constants,
    "take": _taken,
    "convolution": _convolution,
    "no_grad": _without_gradient,
    "detach": _detached,
    "keyword": _by_keyword,
    "causal": _causal,
    "apart": _apart,
    "empty axis": _combination,
}
