"""Every rewrite of the compiler, held against the engine at zeros of both signs, infinities and nan.

The list is in `autograd.compiler.record.sums_of_products`. What a sum that overflows on its way comes to is
left open there.
"""

from collections.abc import Callable
from math import copysign, inf, nan
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Value, compile, dot
from autograd.compiler.record.signs import signs_told
from autograd.ops import div, identity

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
    "logsumexp": lambda x, p: ag.logsumexp([x, p, x]),
    "a constant mean": lambda x, p: p * 3.0,
}


@pytest.mark.parametrize("function", REWRITES.values(), ids=REWRITES)
@pytest.mark.parametrize("exact", [False, True], ids=["as it decides", "exact"])
def test_no_rewrite_makes_a_number_of_what_is_none(function: Callable[[Any, Any], Any], exact: bool) -> None:
    p = Value(0.5)
    step = compile(lambda x: function(x, p), [p])
    rows = compile(lambda x: [function(x, p)], [p])
    for compiled in (step.value_and_grad, rows):
        compiled([0.5])
    for p.data in EDGES:
        for x in EDGES:
            out = Value(0.0) + function(x, p)
            p.zero_grad()
            out.backward()
            vector, arguments = np.array([p.data]), [np.array([x])]
            if exact:
                (value, slope), _ = step._last()._replay(True, arguments, vector)
                row = rows._last()._replay(True, arguments, vector)[0].item()
            else:
                value, slope = step._last().run(arguments, vector)
                row = rows._last().run(arguments, vector).item()
            found, expected = [value, row, slope], [out.data, out.data, p.grad]
            np.testing.assert_allclose(found, expected, 1e-14, 0, err_msg=f"x = {x}, p = {p.data}")


def test_a_sum_in_a_matrix_keeps_the_sign_that_something_tells() -> None:
    weights = [Value(-0.0, f"w{n}") for n in range(6)]

    def rows(x: Any) -> Any:
        return [told(dot(weights[n : n + 3], x, -0.0)) for n in (0, 1, 2, 3)]

    batch = [[1.0, 2.0, 3.0], [-1.0, 2.0, 0.0], [0.0, 0.0, -0.0]]
    assert np.array_equal(compile(rows, weights)(batch), [[y.data for y in rows(x)] for x in batch])


def test_a_softmax_and_a_mean_square_need_no_second_look() -> None:
    w = [Value(x) for x in (0.5, -0.25, 1.0)]

    def loss(x: Any) -> Any:
        scores = [w[0] * x[0] + w[1], w[1] * x[1] + w[2]]
        spread = (ag.sum([score * score for score in scores]) + 1e-5) ** -0.5
        return ag.sum([-ag.log(s) for s in ag.softmax(scores)]) + (scores[0] - 1) ** 2 * spread

    step = compile(loss, w)
    step.value_and_grad([[1.0, 2.0]])
    trace = step._last()
    assert signs_told(trace.recording).guarded == {}
    assert {exact for exact, _ in trace._programs} == {False}


def test_a_zero_that_decides_nothing_keeps_the_fast_program() -> None:
    w = Value(0.0)
    step = compile(lambda x: [ag.where(x > 0, div(1.0, w * x + 0.0 + w), ag.atan(w * x + w))], [w])
    assert step([-1.0]) == 0.0
    assert {exact for exact, _ in step._last()._programs} == {False}
    assert step([1.0]) == inf


def test_what_fills_up_a_sum_of_zeros_keeps_their_sign() -> None:
    found = compile(lambda x: [told(ag.sum(x[:n])) for n in (1, 2, 3)])([[-0.0, -0.0, -0.0]])
    assert [copysign(1.0, y) for y in found[0]] == [-1.0] * 3
