"""Sums of products made for all at once are those made one by one, and equal terms of a sum are one."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from itertools import product
from math import isfinite
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import Value, compile, dot, sum
from autograd.compiler.record.equal_terms import collected
from autograd.compiler.record.recording import Recording
from autograd.compiler.record.segments import Segments
from autograd.compiler.record.sums import Sums
from autograd.compiler.record.sums_of_products import simplified
from autograd.compiler.record.terms import ONE, Terms, Weights
from autograd.compiler.recordings import Wanted

BATCH = [[1.0, 3.0], [0.5, 2.0], [2.0, 0.25]]
NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 2.0, -0.5, 1e300])
LINES = st.lists(
    st.tuples(st.sampled_from("+-*nsdD2"), st.lists(st.integers(0, 99), min_size=5, max_size=5), NUMBERS),
    min_size=1,
    max_size=12,
)


def made(op: str, number: float, a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    """Return the result of a line."""
    match op:
        case "+":
            return a + b
        case "-":
            return a - number * b
        case "*":
            return a * b
        case "n":
            return -a
        case "s":
            return sum([a, b, c, b, number])
        case "d":
            return dot([a, b], [c, d], e)
        case "D":
            return dot([a, b, c], [c, a, b])
        case _:
            return dot([a, number], [b, c], number)


def run(lines: list[Any], known: list[Any]) -> Any:
    """Return the last of a program's lines, each of which takes what is known so far, by number."""
    known = list(known)
    for op, places, number in lines:
        known.append(made(op, number, *[known[place % len(known)] for place in places]))
    return known[-1]


def of_sums(recording: Recording, outputs: list[int]) -> dict[int, list[Any]]:
    """Return for each sum its terms, in rising order: (over the batch, coefficient, factors)."""
    scalars = simplified(recording, outputs, exact=False)
    start, *terms_by_column, kinds, _ = scalars.terms.spelled_out()
    columns = zip(*[column.tolist() for column in terms_by_column], strict=True)
    terms = [(*kinds.all[w], *sorted(pair)) for w, *pair in columns]
    bounds = start.tolist()
    return {
        index: sorted(terms[a:b])
        for index, a, b in zip(scalars.sums.tolist(), bounds, bounds[1:], strict=False)
    }


@given(LINES)
def test_what_is_made_at_once_is_what_is_made_one_by_one(lines: list[Any]) -> None:
    parameters = [Value(0.5), Value(-2.0)]
    step = compile(lambda x: run(lines, [*parameters, *x]), parameters)
    trace = step._prepared(Wanted.ALONG_PARAMETERS, (np.ones((3, 2)),), {}).trace
    recording = trace.recording.copied()
    outputs = trace._outputs(recording, exact=False)
    at_once = of_sums(recording, outputs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sums, "_made_at_once", lambda self: ([], np.zeros(len(self.is_sum), bool)))
        assert of_sums(recording, outputs) == at_once


def mean_and_slopes(lines: list[Any], numbers: list[float], parameters: list[float]) -> list[float]:
    """Return the mean of a program over BATCH, and its derivatives along the parameters."""
    leaves = [Value(x) for x in parameters]
    mean = sum([run(lines, [*numbers, *leaves, *x]) for x in BATCH]) / len(BATCH) + Value(0.0)
    mean.backward()
    return [mean.data, *[leaf.grad for leaf in leaves]]


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize(
    "part", [lambda u, x: dot([u, x], [x, 2.0]), lambda u, x: u + x, lambda u, x: 2.0 * (u - x)]
)
def test_a_sum_is_a_factor_or_a_term_wherever_it_stands(count: int, part: Callable[[Any, Any], Any]) -> None:
    w, u = Value(0.5), Value(-3.0)

    def rows(x: Any) -> list[Any]:
        found = []
        for n, (place, other) in enumerate(product(range(2 * count + 1), (w, 2.0))):
            args = [w, other] * count + [1.0]
            args[place] = part(u, x - n)  # another in each row, so that it is used once
            found.append(dot(args[:count], args[count:-1], args[-1]))
        return found

    batch = [1.0, 0.25]
    assert compile(rows, [w, u])(batch).tolist() == [[row.data for row in rows(x)] for x in batch]


@given(LINES, st.lists(NUMBERS.filter(lambda x: x < 1e300), max_size=2))
def test_sums_and_products_of_sums_agree(lines: list[Any], numbers: list[float]) -> None:
    lines = [(op, places, min(number, 3.0)) for op, places, number in lines]
    parameters = [0.5, -2.0]
    expected = mean_and_slopes(lines, numbers, parameters)
    # How large the numbers are that are added up on the way: nothing here has a sign.
    unsigned = [("+" if op == "n" else op, p, -abs(x) if op == "-" else abs(x)) for op, p, x in lines]
    sizes = mean_and_slopes(unsigned, [abs(x) for x in numbers], [abs(x) for x in parameters])
    assume(all(map(isfinite, sizes)))
    leaves = [Value(x) for x in parameters]
    step = compile(lambda x: run(lines, [*numbers, *leaves, *x]), leaves)
    value, gradient = step.value_and_grad(BATCH)
    for found, true, size in zip([value, *gradient.tolist()], expected, sizes, strict=True):
        assert abs(found - true) <= 1e-12 * size


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.booleans(), st.sampled_from([1.0, 2.0, -1.0]), st.integers(0, 3), st.integers(ONE, 3)
            ),
            max_size=6,
        )
    )
)
def test_terms_of_equal_factors_are_one_unless_their_signs_differ(sums: list[list[Any]]) -> None:
    kinds = Weights()
    terms = [term for each in sums for term in each]
    columns = [np.array([term[n] for term in terms], int) for n in (2, 3)]
    weights = np.array([kinds.number(term[:2]) for term in terms], int)
    factors = Segments(np.array([*range(4), ONE]), np.arange(6))
    start, weights, lefts, rights, kinds, _ = collected(
        Terms(np.cumsum([0, *map(len, sums)]), weights, *columns, kinds, factors)
    )
    assert len(start) == len(sums) + 1
    for each, a, b in zip(sums, start.tolist(), start[1:].tolist(), strict=False):
        expected: dict[Any, float] = defaultdict(float)
        for over_batch, coefficient, left, right in each:
            expected[over_batch, coefficient > 0, left, right] += coefficient
        weight = [kinds.all[number] for number in weights[a:b].tolist()]
        found = {
            (over_batch, coefficient > 0, left, right): coefficient
            for (over_batch, coefficient), left, right in zip(
                weight, lefts[a:b].tolist(), rights[a:b].tolist(), strict=True
            )
        }
        assert found == expected
        assert len(found) == b - a


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=4)))
def test_equal_terms_are_found_inside_rows_too(sums: list[list[tuple[int, int]]]) -> None:
    pairs = [pair for each in sums for pair in each if (pair[0] < 2) == (pair[1] < 2)]
    start = np.cumsum([0, *[len([p for p in each if p in pairs]) for each in sums]])
    factors = Segments(np.array([0, 1, 0, 0, 0, 1, 1, 0, 0, 1, ONE]), np.array([0, 1, 2, 4, 6, 8, 10, 11]))
    sides = [np.array([pair[side] for pair in pairs], int) for side in (0, 1)]
    in_rows = Terms(start, np.zeros(len(pairs), int), *sides, Weights(), factors)
    found, expected = collected(in_rows).spelled_out(), collected(in_rows.spelled_out())
    for n, column in enumerate(found[:4]):
        assert column.tolist() == expected[n].tolist()
    assert found.kinds.all == expected.kinds.all


def test_dots_are_products_of_rows_unless_a_factor_is_a_number() -> None:
    a, b, c = parameters = [Value(1.0), Value(2.0), Value(3.0)]
    for factor, count in ((c, 1), (2.0, 2)):
        step = compile(partial(lambda factor, x: dot([a, factor], [b, c]), factor), parameters)
        trace = step._prepared(Wanted.RESULT, (np.ones(1),), {}).trace
        terms = simplified(trace.recording, trace.results, exact=False).terms
        assert len(terms.lefts) == count
        assert [terms.kinds.all[n][1] for n in terms.weights.tolist()] == [1.0, 2.0][:count]
