"""Ragged arrays made rectangular: the same numbers, no gathers, and padding that nobody ever sees."""

import builtins
from collections.abc import Callable, Sequence
from math import inf, isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value, compile, dot, softmax, tanh
from autograd.compiler.arrays.padding_value import ANYTHING, FINITE, always, result_of
from autograd.compiler.arrays.program import NOTHING, Array, Map, Operand, Product, Sum
from autograd.compiler.arrays.strides import completed
from autograd.compiler.backends.jax_program import load
from autograd.ops import TABLE, where
from autograd.primitive import Primitive, when
from tests.autograd.compiler.closeness import NumpyNamespace, assert_close, eager_mean

HEADS, FEATURES = 2, 2
WIDTH = HEADS * FEATURES

WEIGHTINGS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "softmax": softmax,
    "less the logsumexp": lambda scores: [score - ag.logsumexp(scores) for score in scores],
    "less the least": lambda scores: [score - ag.min(scores) for score in scores],
    "over the norm": lambda scores: [score / ag.norm(scores) for score in scores],
    "over the product": lambda scores: [score / ag.prod(scores) for score in scores],
    "one by one": lambda scores: [tanh(score) + 0.5 for score in scores],
}


def attention_loss(
    weights: Sequence[Value], seen: Sequence[Sequence[int]], *weigh: Callable[[list[Any]], list[Any]]
) -> Callable[[Any], Any]:
    """Return a loss of rows of numbers, in which row t attends to the rows `seen[t]`, head by head.

    Heads weigh in turn as `weigh` says.
    """
    rows = [weights[n : n + WIDTH] for n in range(0, len(weights), WIDTH)]
    query, key, value = rows[:WIDTH], rows[WIDTH : 2 * WIDTH], rows[2 * WIDTH :]

    def loss(xs):
        queries, keys, values = (
            [[dot(row, x) for row in matrix] for x in xs] for matrix in (query, key, value)
        )
        total = 0.0
        for t, others in enumerate(seen):
            for start in range(0, WIDTH, FEATURES):
                head = range(start, start + FEATURES)
                scores = [
                    0.5 * dot([queries[t][i] for i in head], [keys[s][i] for i in head]) for s in others
                ]
                shares = weigh[start // FEATURES % len(weigh)](scores)
                total += builtins.sum(tanh(dot(shares, [values[s][i] for s in others])) for i in head)
        return total

    return loss


@settings(max_examples=25)
@given(
    st.integers(1, 5).flatmap(
        lambda rows: st.lists(
            st.lists(st.integers(0, rows - 1), min_size=1, max_size=rows, unique=True),
            min_size=rows,
            max_size=rows,
        )
    ),
    st.lists(st.sampled_from(list(WEIGHTINGS)), min_size=1, max_size=HEADS),
    st.integers(0, 99),
    st.sampled_from([0.5, 0.5, 0.5, inf]),
)
def test_attention_to_any_rows_agrees(
    seen: list[list[int]], weigh: list[str], seed: int, first: float
) -> None:
    generator = np.random.default_rng(seed)
    weights = [Value(x) for x in generator.normal(size=3 * WIDTH * WIDTH)]
    batch = generator.normal(size=(2, len(seen), WIDTH))
    batch[0, 0, 0] = first
    loss = attention_loss(weights, seen, *[WEIGHTINGS[name] for name in weigh])
    step = compile(loss, weights)
    value, gradient = step.value_and_grad(batch)
    expected, expected_gradient = eager_mean(loss, batch.tolist(), weights)
    assert_close(value, expected, 1e-10)
    assert_close(gradient, expected_gradient, 1e-9)
    if first == 0.5:  # the source is that of the fast program, which leaves infinities to the exact one
        trace = step._last()
        replay = load(trace.source(), NumpyNamespace(), np.dtype(float))
        with np.errstate(all="ignore"):
            assert_close(replay(batch, np.array([w.data for w in weights])), [value, *gradient], 1e-9)


def test_causal_attention_gathers_nothing_and_fills_its_holes_once() -> None:
    generator = np.random.default_rng(0)
    weights = [Value(x) for x in generator.normal(size=3 * WIDTH * WIDTH)]
    step = compile(attention_loss(weights, [range(t + 1) for t in range(6)], softmax), weights)
    step.value_and_grad(generator.normal(size=(3, 6, WIDTH)))
    assert "at]" not in step.source
    assert step.source.count("where(") == 1


def test_positions_are_completed_by_their_rule() -> None:
    whole = np.arange(24).reshape(2, 3, 4)[:, :, ::2]
    known = whole.copy()
    known[0, 1, :] = known[1, 2, 1] = NOTHING
    found = completed(known, 24)
    assert found is not None
    assert np.array_equal(found, whole)
    assert completed(known, 22) is None  # the rule leads out of the array
    known[0, 0, 0] = 7
    assert completed(known, 24) is None
    assert completed(np.full((2, 2), NOTHING), 9) is None
    assert completed(np.array([3, NOTHING, NOTHING]), 9) is None  # no two in a row to tell the step


def a_sum(*coefficients: float) -> Sum:
    operand = Operand(Array("x", 1, True), np.zeros((1, 1, 1), int))
    products = [Product(False, c, operand, operand, np.zeros((1, 1, 1), int)) for c in coefficients]
    return Sum(tuple(products), operand)


def a_map(name: str) -> Map:
    operand = Operand(Array("x", 1, True), np.zeros(1, int))
    return Map(TABLE[name], (operand,), operand)


LATE = Primitive("late", lambda xp, x: xp.maximum(x - 50.0, 0.0), (lambda out, x: when(x > 50.0),))
"""A curve that is 0 at whatever sample one thinks of first."""

REDUCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "max": ag.max,
    "min": ag.min,
    "sum": ag.sum,
    "mean": ag.mean,
    "prod": ag.prod,
    "norm": ag.norm,
    "logsumexp": ag.logsumexp,
    "sum of a late curve": lambda row: ag.sum(map(LATE, row)),
    "sum of all that is equal to 1": lambda row: ag.sum([ag.ops.equal(score, 1.0) * score for score in row]),
    "sum of what is below 0": lambda row: ag.sum([where(score < 0.0, 2.0, score) for score in row]),
}


@settings(max_examples=60)
@given(
    st.sets(st.sampled_from(list(REDUCTIONS)), min_size=1, max_size=3),
    st.lists(st.sampled_from([0.0, 1.0, -1.0, 9.0]), min_size=2, max_size=4),
    st.lists(st.sampled_from([0.0, 1.0, -1.0]), min_size=4, max_size=4),
)
@example({"max", "sum"}, [1.0, 2.0], [0.0, 0.0, 1.0, 1.0])
@example({"sum of a late curve"}, [9.0, 4.0, 2.0, 1.0], [2.0, 0.5, 0.7, 1.5])
def test_what_is_made_of_a_causal_row_in_several_ways_agrees(
    names: set[str], xs: list[float], numbers: list[float]
) -> None:
    p = [*map(Value, numbers)]

    def loss(xs):
        rows = [
            [dot([x * p[0], x * p[1]], [y * p[2], y * p[3]]) for y in xs[: n + 1]] for n, x in enumerate(xs)
        ]
        made = [[REDUCTIONS[name](row) for name in sorted(names)] for row in rows]
        return ag.sum([x * ag.sum([m + tanh(m) for m in each]) for x, each in zip(xs, made, strict=True)])

    value, gradient = compile(loss, p).value_and_grad([xs, xs[::-1]])
    expected, expected_gradient = eager_mean(loss, [xs, xs[::-1]], p)
    assert_close(value, expected, 1e-10)
    assert_close(gradient, expected_gradient, 1e-9)


@pytest.mark.parametrize(
    ("statement", "operands", "expected"),
    [
        (a_map("exp"), [always(-inf)], always(0.0)),
        (a_map("exp"), [FINITE], ANYTHING),  # it may overflow
        (a_map("heaviside"), [FINITE], ANYTHING),
        (a_map("div"), [always(0.0), FINITE], always(0.0)),
        (a_map("div"), [always(0.0), always(0.0)], ANYTHING),
        (a_map("mul"), [always(0.0), ANYTHING], ANYTHING),
        (a_sum(2.0), [FINITE, FINITE], FINITE),
        (a_sum(2.0), [FINITE, always(0.0)], always(0.0)),
        (a_sum(1.0, -1.0), [always(inf), always(1.0), always(inf), always(1.0)], ANYTHING),
        (a_sum(1.0, -1.0), [FINITE, always(1.0), always(-inf), always(1.0)], always(inf)),
        (a_sum(1.0), [always(inf), FINITE], ANYTHING),
        (a_map("equal"), [FINITE, FINITE], ANYTHING),  # at all of some numbers it is 0
        (a_map("equal"), [always(0.0), FINITE], ANYTHING),
        (a_map("equal"), [always(0.0), always(0.0)], ANYTHING),  # a 0 that was known may have come out as nan
        (a_map("equal"), [always(-inf), always(0.0)], always(0.0)),
        (a_map("div"), [always(1.0), always(0.0)], ANYTHING),  # of either sign
        (a_map("where"), [FINITE, always(2.0), always(2.0)], ANYTHING),
        (Map(LATE, a_map("exp").operands, a_map("exp").out), [FINITE], ANYTHING),
    ],
)
def test_what_padding_holds_is_known_only_if_it_is_certain(statement, operands, expected) -> None:
    assert result_of(statement, operands) == expected


@pytest.mark.parametrize("x", [inf, -inf, 0.5, 2.0])
def test_a_nan_that_a_comparison_hides_still_calls_for_the_exact_program(x: float) -> None:
    def chosen(x):
        return where(softmax([x, 0.0])[0] > 0.75, -0.0, 2.0)

    found = compile(lambda x: [chosen(x), 1.0 * x])([x, 0.25])
    assert [str(y) for y in found[:, 0]] == [str(chosen(y)) for y in (x, 0.25)]
    assert compile(chosen)([x]) == chosen(x)


@pytest.mark.parametrize(
    "decide",
    [
        lambda s, y: s > y,
        lambda s, y: y > s,
        lambda s, y: s < y,
        lambda s, y: y < s,
        lambda s, y: ag.clamp(y, 0.0, s),
    ],
)
@pytest.mark.parametrize("x", [inf, -inf, 0.5])
def test_a_comparison_hides_nan_on_neither_side(decide: Callable[[Any, Any], Any], x: float) -> None:
    def chosen(x):
        return where(decide(softmax([x[0], 0.0])[0], 2.0 * x[1]), -0.0, 2.0)

    assert compile(lambda x: [chosen(x)])([[x, 0.375]])[0, 0] == chosen([x, 0.375])


def test_a_choice_that_passes_over_nan_keeps_the_fast_program() -> None:
    step = compile(lambda x: [where(x > 0, ag.log(x), 0.0)])
    assert step([-1.0, 1.0]).tolist() == [[0.0], [0.0]]
    assert {exact for exact, _ in step._last()._programs} == {False}


def test_a_convolution_with_zeros_around_it_is_one_matrix_product() -> None:
    kernel = [Value(x, f"k[{n}]") for n, x in enumerate((0.5, -1.0, 2.0))]
    bias = Value(0.25, "b")

    def loss(x):
        padded = [0.0, *x, 0.0]
        return ag.sum(ag.tanh(ag.dot(kernel, padded[n : n + 3], bias)) for n in range(len(x)))

    step = compile(loss, [*kernel, bias])
    value, slopes = step.value_and_grad([[1.0, -2.0, 0.5, 3.0, 0.0]])
    eager = loss([1.0, -2.0, 0.5, 3.0, 0.0])
    eager.backward()
    assert value == pytest.approx(eager.data, rel=1e-14)
    assert slopes == pytest.approx([w.grad for w in (*kernel, bias)], rel=1e-13)
    assert step.source.count("tanh(") == 1
    assert step.source.count("@ k + ") == 1
    kernel[0].data = inf  # at the edge it meets a zero: nan, as where it was written
    assert isnan(step([[1.0, -2.0, 0.5, 3.0, 1.0]]))
