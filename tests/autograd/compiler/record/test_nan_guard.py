"""A nan that something hides is kept in sight: that it does is told by instructions, never by samples."""

from itertools import product
from math import inf, nan

import numpy as np
import pytest

import autograd as ag
from autograd import Value, compile, scalar
from autograd.compiler.record.nan_guard import _answers, _hides_nan, _passes_nan, showing
from autograd.ops import TABLE, div, equal
from autograd.primitive import Primitive, unless, when

SAMPLES = (0.0, -0.0, 0.5, 1.0, -1.0, 2.0, -3.0, 60.0, inf, -inf)


def own(name, impl, *partials):
    return Primitive(name, impl, partials)


LATE = own("late", lambda xp, x: xp.where(x > 50.0, x, xp.minimum(0.0, xp.abs(x) - 1.0)), lambda out, x: 1.0)
GATE = own(
    "gate",
    lambda xp, x, y: xp.where(x > 0.0, 1.0, xp.sqrt(y - 3.0)),
    None,
    lambda out, x, y: unless(x > 0.0, div(0.5, out)),
)
AT_SEVEN = own(
    "at_seven", lambda xp, x, y: xp.where(y == 7.0, 1.0, x), lambda out, x, y: unless(equal(y, 7.0)), None
)
STEP = own("step", lambda xp, x: xp.where(x > 55.0, 1.0, 0.0), None)
KEPT = own("kept", lambda xp, x, y: x + xp.where(y > 50.0, 1.0, y), lambda out, x, y: 1.0, None)
BESIDE = own("beside", lambda xp, x, y: y + xp.where(x > 50.0, 1.0, 0.0), None, lambda out, x, y: 1.0)
BOTH = own(
    "both",
    lambda xp, x, y: xp.where((x != 0.0) & (y > 0.0), 5.0, x),
    lambda out, x, y: unless(equal(x, 0.0), unless(y > 0.0)),
    None,
)
OWN = (LATE, GATE, AT_SEVEN, STEP, KEPT, BESIDE, BOTH)


@pytest.mark.parametrize("op", [*TABLE.values(), *OWN], ids=lambda op: op.name)
def test_a_nan_that_counts_as_shown_makes_nan_or_no_difference(op: Primitive) -> None:
    count = op.arity or 3
    for n in range(count):
        for others in product(SAMPLES, repeat=count - 1):
            of_nan, *of_numbers = [
                op.impl(scalar, *others[:n], x, *others[n:]) for x in (nan, 0.0, 1.0, -2.0, 60.0)
            ]
            assert of_nan != of_nan or not _passes_nan(op, n, count)
            assert of_nan != of_nan or _hides_nan(op, n, count) or set(of_numbers) == {of_nan}


@pytest.mark.parametrize(
    ("op", "hidden"),
    [
        (LATE, []),
        (GATE, [0]),
        (AT_SEVEN, [1]),
        (STEP, [0]),
        (KEPT, []),
        (BESIDE, [0]),
        (BOTH, [0, 1]),
    ],
    ids=str,
)
def test_what_decides_in_an_operation_is_watched(op: Primitive, hidden: list[int]) -> None:
    assert list(_answers(_hides_nan, op, len(op.partials))) == hidden


def test_arguments_that_an_operation_tells_apart_are_asked_for_one_by_one() -> None:
    op = Primitive(
        "fifth",
        lambda xp, *xs: xp.where(xs[4] > 0.0, 1.0, xs[0]) if len(xs) > 4 else xs[0],
        all_partials=lambda out, *xs: [1.0] * len(xs),
    )
    assert list(_answers(_hides_nan, op, 6)) == [4]
    assert list(_answers(_passes_nan, op, 6)) == []
    assert list(_answers(_passes_nan, op, 3)) == [0]
    assert list(_answers(_passes_nan, TABLE["max"], 6)) == [*range(6)]
    assert 1 not in _answers(_passes_nan, TABLE["take"], 6), "another may be taken"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("last", [7.0, 60.0])
@pytest.mark.parametrize("op", [op for op in OWN if op.arity == 2], ids=lambda op: op.name)
def test_what_is_taken_beside_an_infinity_decides_as_in_the_engine(
    op: Primitive, last: float, order: int
) -> None:
    p = [Value(x) for x in (0.5, 0.0, last)]

    def f(x):
        return op(*[ag.take([p[0], 1.0 / p[1]], x), p[2]][::order])

    value, slopes = compile(f, p).value_and_grad([0.0])
    expected = f(0.0)
    expected.backward()
    assert value == expected.data
    assert np.array_equal(slopes, [w.grad for w in p], equal_nan=True)


MASKED = own(
    "masked",
    lambda xp, m, x: xp.where(m == 0.0, 0.0, m * xp.maximum(x, 0.0)),
    lambda out, m, x: ag.where(x > 0.0, x, 0.0),
    lambda out, m, x: when(x > 0.0, m),
)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("mask", [0.0, 1.0])
@pytest.mark.parametrize("x", [[0.0, 1.0], [0.0, -1.0], [-0.0, 1.0], [2.0, 1.0]])
def test_what_only_a_rule_compares_is_watched(x: list[float], mask: float, reduction: str) -> None:
    m = Value(mask)

    def f(x):
        return MASKED(m, div(1.0, x[0] * x[1]))

    value, slopes = compile(f, [m], reduction=reduction).value_and_grad([x])
    expected = f(x)
    expected.backward()
    assert (value, slopes[0]) == (expected.data, m.grad)


def test_what_the_result_shows_is_not_watched() -> None:
    w = [Value(0.5), Value(-1.0), Value(0.25)]
    step = compile(lambda x: (w[1] * ag.relu(w[0] * x + w[2])) ** 2, w)
    step.value_and_grad([1.0])
    recording = step._last().recording
    before = len(recording)
    root = step._last().results[0]
    assert showing(recording, [root, *range(root + 1, before)]) == root
