"""Every rewrite of the compiler at every pair of edge values: value and gradient as the engine has them.

The list is in `autograd.compiler.record.sums_of_products`. What a sum that overflows on its way comes to is
left open there; and where an operation is written twice, the engine may do it once, as compiled programs do.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from typing import Any

import numpy as np

import autograd as ag
from autograd import Value, compile, dot
from autograd.compiler.trace import Trace
from autograd.ops import div, identity
from benchmarks.attack.campaign import Campaign, one_by_one
from benchmarks.correctness.differential import without_repetition

EDGES = (0.0, -0.0, 1.0, -1.0, -2.0, 5e-324, -5e-324, 1e308, -1e308, inf, -inf, nan)


def told(x: Any) -> Any:
    """Return a finite number that tells 0 from −0."""
    return ag.atan(div(1.0, x))


REWRITES: dict[str, Callable[[Any, Any], Any]] = {
    "x + 0": lambda x, p: x + 0.0,
    "0 + p": lambda x, p: 0.0 + p,
    "1 / (x + 0)": lambda x, p: div(1.0, x + 0.0),
    "x + 0, told": lambda x, p: told(x + 0.0),
    "p + 0, told": lambda x, p: told(p + 0.0),
    "x + -0, told": lambda x, p: told(x + -0.0),
    "p + 0 where nobody looks": lambda x, p: ag.where(p * p > -1, x, told(p + 0.0)),
    "x - x": lambda x, p: x - x,
    "p - p": lambda x, p: p - p,
    "1 / (x - x)": lambda x, p: div(1.0, x - x),
    "p - p, told": lambda x, p: told(p - p),
    "-(p - p), told": lambda x, p: ag.atan2(-(p - p), -1.0),
    "-(x - p), told": lambda x, p: told(-(x - p)),
    "2 p - p": lambda x, p: 2 * p - p,
    "2 p - p, told": lambda x, p: told(2 * p - p),
    "x + x": lambda x, p: x + x,
    "x + x - x": lambda x, p: x + x - x,
    "the sum of p, p and -p": lambda x, p: ag.sum([p, p, -p, 0.0]),
    "x p + x p": lambda x, p: x * p + x * p,
    "x p - x p": lambda x, p: x * p - x * p,
    "x + 0 x": lambda x, p: x + 0.0 * x,
    "p + 0 p": lambda x, p: p + 0.0 * p,
    "x - -0 x": lambda x, p: x - -0.0 * x,
    "0.5 (4 x)": lambda x, p: 0.5 * (4 * x),
    "4 (0.5 p)": lambda x, p: 4 * (0.5 * p),
    "2 (3 p)": lambda x, p: 2 * (3 * p),
    "0 (2 p)": lambda x, p: 0.0 * (2.0 * p),
    "1e-200 (1e-200 p)": lambda x, p: 1e-200 * (1e-200 * p),
    "inf (0.5 p)": lambda x, p: inf * (0.5 * p),
    "1 x": lambda x, p: 1.0 * x * 1.0,
    "identity": lambda x, p: identity(x) * identity(p),
    "a dot of -0, told": lambda x, p: told(dot([p, 2.0], [x, -0.0], -0.0)),
    "a dot and 0, told": lambda x, p: ag.atan2(dot([p], [x]), -1.0),
    "a sum of -0, told": lambda x, p: told(ag.sum([x, p, -0.0])),
    "a power of a sum": lambda x, p: ag.tanh((x + p) ** -1),
    "sums of unequal lengths, told": lambda x, p: (
        told(ag.sum([x, p])) + told(ag.sum([x, p, p])) + told(ag.sum([p, p, x, x]))
    ),
    "a choice of 1 and -0, told": lambda x, p: told(ag.where(x > p, 1.0, -0.0)),
    "a choice of 1 and -0 as an angle": lambda x, p: ag.atan2(ag.where(x > 0, 1.0, -0.0), p),
    "maximum, told": lambda x, p: told(ag.maximum(x, p)) + 3 * told(ag.maximum(p, x)),
    "minimum, told": lambda x, p: told(ag.minimum(x, p)) + 3 * told(ag.minimum(p, x)),
    "minimum with 0, told": lambda x, p: told(ag.minimum(0.0, x)) + 3 * told(ag.minimum(p, 0.0)),
    "max, told": lambda x, p: told(ag.max([x, p, x * p])) + 3 * told(ag.max([p, x])),
    "min, told": lambda x, p: told(ag.min([x, p, x * p])) + 3 * told(ag.min([p, x])),
    "relu, told": lambda x, p: told(ag.relu(x)) + 3 * told(ag.relu(p)),
    "elu, told": lambda x, p: told(ag.elu(x)),
    "clamp, told": lambda x, p: told(ag.clamp(x, p, 1.0)) + 3 * told(ag.clamp(p, -1.0, x)),
    "logsumexp": lambda x, p: ag.logsumexp([x, p, x]),
    "a constant mean": lambda x, p: p * 3.0,
    "a root twice": lambda x, p: x * ag.sqrt(p) - 2.0 * ag.sqrt(p),
    "a logarithm twice": lambda x, p: ag.where(x > 0.0, ag.log(p), 0.5) - 0.5 * ag.log(p),
    "a quotient twice": lambda x, p: ag.tanh(x / p) - ag.tanh(x / p),
}


def edges_of(name: str, exact: bool) -> str | None:
    """Hold a rewrite's value, row and slope, at all pairs of edge values, against the engine's."""
    function, p = REWRITES[name], Value(0.5)
    step = compile(lambda x: function(x, p), [p])
    rows = compile(lambda x: [function(x, p)], [p])
    for compiled in (step.value_and_grad, rows):
        compiled([0.5])
    for p.data in EDGES:
        for x in EDGES:
            vector, arguments = np.array([p.data]), [np.array([x])]
            replay = _exactly if exact else Trace.run
            (value, slope), _ = replay(step._last(), arguments, vector)
            row = replay(rows._last(), arguments, vector)[0].item()
            found, written = [value, row, slope], Value(0.0) + function(x, p)
            expected = [_by_engine(out, p) for out in (written, without_repetition(written))]
            if not any(np.allclose(found, one, 1e-14, 0, equal_nan=True) for one in expected):
                return f"{name} at x = {x}, p = {p.data}: {found} for {expected[0]}"
    return None


def _by_engine(out: Value, p: Value) -> list[float]:
    p.zero_grad()
    out.backward()
    return [out.data, out.data, p.grad]


def _exactly(trace: Trace, arguments: list[Any], vector: Any) -> Any:
    return trace._bound_to(trace.program(True, trace.backend.takes_ragged), 1)(arguments, vector)


TRIALS = [(name, exact) for name in REWRITES for exact in (False, True)]

REWRITE = Campaign(
    "every rewrite of the compiler at all pairs of edge values",
    one_by_one(lambda seed, number: edges_of(*TRIALS[number])),
    goal=len(TRIALS),
    sample=len(TRIALS),
    unit="rewrite",
    at_once=10,
    every=True,
)
