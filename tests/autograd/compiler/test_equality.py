"""A compiled function gives the numbers of the eager engine: values, gradients, higher orders, every edge."""

import builtins
from collections.abc import Callable
from itertools import islice, product
from math import inf, isfinite, isnan, nan
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Value, compile, dot, exp, grad, hvp, jvp, log_softmax, relu, softmax, tanh
from autograd.compiler.backends.jax_program import load
from autograd.compiler.backends.source.program import source
from autograd.compiler.trace import Trace
from autograd.ops import TABLE, where
from autograd.primitive import Primitive
from autograd.testing import RandomProgram, points, programs
from benchmarks.correctness.differential import EXPLAINED, beside_compiled, verdict
from benchmarks.correctness.kinds import KINDS, random_task
from tests.autograd.compiler.closeness import NumpyNamespace, assert_close, eager_mean

MARGIN = [[0.5, -1.0], [2.0, 0.25], [-0.75, -0.5]]
EDGES = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, inf, -inf, 1e300, -1e300, 5e-324, 1000.0, -1000.0, 50.5)


def the_traces(step) -> list[Trace]:
    return [trace for made in step._recordings.kept.values() for trace in made.values()]


@given(programs(), st.lists(points(2), min_size=1, max_size=4), points(2))
def test_random_programs_agree(
    program: RandomProgram, batch: list[tuple[float, ...]], numbers: tuple[float, ...]
) -> None:
    params = [Value(x) for x in numbers]

    def function(x):
        return program(x[0] * params[0], x[1] + params[1])

    step = compile(function, params)
    value, gradient = step.value_and_grad(batch)
    expected, expected_gradient = eager_mean(function, batch, params)
    assert_close(value, expected, 1e-11)
    assert_close(gradient, expected_gradient, 1e-11)
    # The source that `step` shows computes the same; where it is not finite, that of the exact program does.
    trace = the_traces(step)[0]
    for exact in (False, True):
        replay = load(source(trace.program(exact)), NumpyNamespace(), np.dtype(float))
        with np.errstate(all="ignore"):
            found = replay(np.array(batch), np.array(numbers))
        if np.isfinite(found).all():
            break
    assert_close(found, [value, *gradient])


@given(programs(operations=8), points(2))
def test_derivatives_inside_a_compiled_function_agree(
    program: RandomProgram, point: tuple[float, ...]
) -> None:
    def several_orders(x, y):
        return [grad(program)(x, y), jvp(program, (x, y), (1.0, 0.0))[1], grad(grad(program), 1)(x, y)]

    compiled = compile(several_orders)
    assert_close(compiled([point[0]], [point[1]])[0], several_orders(*point), 1e-9)


@pytest.mark.parametrize("primitive", TABLE.values(), ids=TABLE)
def test_every_edge_of_every_primitive_agrees(primitive: Primitive) -> None:
    count = primitive.arity or 3
    rows = list(islice(product(EDGES, repeat=count), 0, None, 1 if count < 3 else 13))
    if primitive.by_index:  # others are refused
        rows = [row for row in rows if row[0] in range(count - 1)]

    def value_and_slopes(*xs):
        return [primitive(*xs), *grad(primitive, tuple(range(count)))(*xs)]

    found = compile(value_and_slopes)(*zip(*rows, strict=True))
    for row, numbers in zip(rows, found, strict=True):
        np.testing.assert_allclose(numbers, value_and_slopes(*row), 1e-12, 1e-300, err_msg=str(row))


@pytest.mark.parametrize("fused", [True, False], ids=["dot", "sums"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_network_with_a_penalty_agrees_and_becomes_the_same_program(fused: bool, reduction: str) -> None:
    model = nn.MLP(2, [5, 4, 1], seed=1, fused=fused)
    params = model.parameters()

    def loss(x):
        return relu(1 - model(x)) + 0.01 * builtins.sum(p * p for p in params)

    step = compile(loss, params, reduction=reduction)
    expected, gradient = eager_mean(loss, MARGIN, params)
    times = len(MARGIN) if reduction == "sum" else 1
    for _ in range(2):  # the second call writes into memory that the first has used
        value, found = step.value_and_grad(MARGIN)
        assert_close(value, expected * times)
        assert_close(found, np.array(gradient) * times)
    assert_close(step(MARGIN), expected * times)
    assert step.stats.statements < 20
    assert step.stats.matrix_products >= 3
    assert step.stats.gathers == 0


def test_the_matrix_form_is_written_as_one_would_write_it() -> None:
    model = nn.MLP(3, [4, 2], seed=0, activation="tanh")
    step = compile(model, dict(model.named_parameters()))
    step([[1.0, 2.0, 3.0]])
    assert step.source == (
        "from numpy import tanh\n\n\n"
        "def replay(x, parameters):\n"
        "    layers_0_neurons_w = parameters[:16].reshape(4, 4)[:, :3]\n"
        "    layers_0_neurons_b = parameters[3:16:4]\n"
        "    z1 = x @ layers_0_neurons_w.T + layers_0_neurons_b\n"
        "    tanh1 = tanh(z1)\n"
        "    layers_1_neurons_w = parameters[16:].reshape(2, 5)[:, :4]\n"
        "    layers_1_neurons_b = parameters[20::5]\n"
        "    z2 = tanh1 @ layers_1_neurons_w.T + layers_1_neurons_b\n"
        "    return z2\n"
    )


def attention(tokens: list[list[float]], weights: list[list[Value]]) -> list[list[Value]]:
    """Causal self-attention over rows of numbers, with one weight matrix for queries, keys and values."""
    width = len(tokens[0])
    q, k, v = [
        [[dot(row, token) for row in weights[n * width : (n + 1) * width]] for token in tokens]
        for n in range(3)
    ]
    mixed = []
    for t in range(len(tokens)):
        shares = softmax([dot(q[t], k[s]) for s in range(t + 1)])
        mixed.append([dot(shares, [v[s][d] for s in range(t + 1)]) for d in range(width)])
    return mixed


def test_causal_attention_agrees() -> None:
    generator = np.random.default_rng(0)
    weights = [[Value(x) for x in row] for row in generator.normal(size=(9, 3))]
    params = [w for row in weights for w in row]

    def loss(tokens):
        outs = attention(tokens, weights)
        return builtins.sum(-log_softmax(out)[0] for out in outs)

    batch = generator.normal(size=(4, 5, 3))
    value, gradient = compile(loss, params).value_and_grad(batch)
    expected, expected_gradient = eager_mean(loss, batch.tolist(), params)
    assert_close(value, expected)
    assert_close(gradient, expected_gradient)


def test_an_update_rule_of_the_hessian_agrees() -> None:
    w = [Value(0.3), Value(-0.7)]

    def along(x, v):
        return hvp(lambda z: exp(z[0] * w[0]) * tanh(z[1] * w[1] + z[0]), x, v)

    found = compile(along, w)([[1.0, 2.0], [0.5, 0.1]], [[1.0, 0.0], [0.2, 3.0]])
    rows = [along([1.0, 2.0], [1.0, 0.0]), along([0.5, 0.1], [0.2, 3.0])]
    assert_close(found, [[entry.data for entry in row] for row in rows])


def test_a_gradient_along_parameters_inside_a_function_agrees() -> None:
    w = [Value(0.3), Value(-0.7)]

    def squared_slope(x):
        return builtins.sum(g * g for g in grad(lambda v: tanh(v[0] * x + v[1]))(w))

    value, gradient = compile(squared_slope, w).value_and_grad([0.5, 2.0])
    expected, expected_gradient = eager_mean(squared_slope, [0.5, 2.0], w)
    assert_close(value, expected)
    assert_close(gradient, expected_gradient)


def test_equal_constants_are_not_one_another() -> None:
    # d/dv (v·x + 2) at v = 2: only the first 2 is v.
    assert compile(lambda x: [grad(lambda v: v * x + 2.0)(2.0)])([3.0, 5.0]).tolist() == [[3.0], [5.0]]


@pytest.mark.parametrize(
    "chosen",
    [
        lambda w, x: where(x[0], w[0], w[1]),
        lambda w, x: where(x[0] * w[0], w[0] * w[1], 2.0) + where(x[0], w[1], w[0]) * 3.0,
        lambda w, x: where(where(x[0], x[1], x[2]), w[0], w[1]) * w[0],
        lambda w, x: where(where(x[0], x[1], 0.0), where(x[2], w[0], w[1]), where(x[1], w[1], 1.0)),
        lambda w, x: ag.sum([where(x[k], w[0], w[1]) for k in range(3)]),
    ],
)
def test_any_number_is_a_condition(chosen: Callable[[Any, Any], Any]) -> None:
    w = [Value(0.5), Value(-2.0)]
    batch = [[2.0, 1.0, 0.0], [0.0, 3.0, -0.5], [-0.0, 0.0, 7.0], [-3.0, -2.0, 0.25], [0.5, 0.0, nan]]
    value, gradient = compile(lambda x: chosen(w, x), w).value_and_grad(batch)
    expected, expected_gradient = eager_mean(lambda x: chosen(w, x), batch, w)
    assert_close(value, expected)
    assert_close(gradient, expected_gradient)


@pytest.mark.parametrize("extreme", [ag.max, ag.min])
def test_equal_extremes_share_a_gradient(extreme: Callable[..., Any]) -> None:
    w = [Value(0.5), Value(1.0), Value(-2.0)]

    def function(x: Any) -> Any:
        return extreme([w[0] * x[0], w[1] * x[1], w[2] * x[2], 1.0]) * 2.0

    batch = [[2.0, 1.0, -0.5], [2.0, 1.0, 3.0], [1.0, 0.5, -0.25], [4.0, 2.0, 3.0], [0.0, 0.0, 0.0]]
    value, gradient = compile(function, w).value_and_grad(batch)
    expected, expected_gradient = eager_mean(function, batch, w)
    assert_close(value, expected)
    assert_close(gradient, expected_gradient)


def test_a_branch_that_is_not_taken_poisons_no_other_example() -> None:
    w = Value(1.0)
    step = compile(lambda x: relu((w * x).log()), [w])
    value, gradient = step.value_and_grad([0.0, 2.0])
    expected, expected_gradient = eager_mean(lambda x: relu((w * x).log()), [0.0, 2.0], [w])
    assert_close(value, expected)
    assert_close(gradient, expected_gradient)


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 40))
def test_one_dimensional_sums_of_any_length_agree(seed: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    w = [Value(x) for x in generator.normal(size=count)]
    order = generator.permutation(count)

    def tangled(x):
        total = 0
        for n in order:
            total = total - x[n] * w[n] if n % 3 else w[n] * x[n] + total
        return total * total

    batch = generator.normal(size=(3, count))
    value, gradient = compile(tangled, w).value_and_grad(batch)
    expected, expected_gradient = eager_mean(tangled, batch.tolist(), w)
    assert_close(value, expected, 1e-10)
    assert_close(gradient, expected_gradient, 1e-10)


def test_a_primitive_that_the_compiler_has_never_seen_needs_only_its_entry() -> None:
    ramp = Primitive("ramp", lambda xp, x: x * xp.maximum(x, 0.0), (lambda out, x: 2 * relu(x),))
    w = Value(1.5)
    step = compile(lambda x: ramp(w * x), [w])
    value, gradient = step.value_and_grad([-1.0, 0.5, 2.0])
    expected, expected_gradient = eager_mean(lambda x: ramp(w * x), [-1.0, 0.5, 2.0], [w])
    assert_close(value, expected)
    assert_close(gradient, expected_gradient)
    assert "ramp1 = ramp(z1)" in step.source


SUMMANDS = ((0, 1.0), (0, 2.0), (1, 1.0), (2, 2.0), (2, 2.0))


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_a_hole_among_constants_is_nothing(backend: str) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    p = [Value(0.1), Value(0.2), Value(0.3)]

    def loss(x):
        return ag.sum([exp(q) * x for q in p]) - ag.sum([c * p[k] for k, c in SUMMANDS])

    value, gradient = compile(loss, p, backend=backend).value_and_grad([1.0])
    expected, expected_gradient = eager_mean(loss, [1.0], p)
    assert_close(value, expected)
    assert_close(gradient, expected_gradient)
    assert gradient[1] == pytest.approx(0.2214, abs=1e-4)


WEIGHTS = (0.0, -0.0, 2e-40, 3e-40, 1e7, 0.5, 2.0, -1.0)
BESIDE_ZERO = (
    ((0.0, 2), (0.0, 2), (2e-40, 1), (0.0, 0), (3e-40, 2), (0.0, 0), (0.0, 3)),
    ((3e-40, 0), (0.0, 3), (0.5, 1), (1e7, 2)),
)
"""Sums of four numbers, of which the last is only ever multiplied by 0."""


@pytest.mark.parametrize("backend", ["numpy", "jax", "native"])
@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("terms", BESIDE_ZERO, ids=["filled up", "passed over"])
def test_an_infinity_beside_a_written_0_is_nan(terms, batched: bool, backend: str) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    p = [Value(-1.5), Value(-2.0), Value(0.25), Value(inf)]
    step = compile(
        lambda x: x + ag.sum([c * (p[k] * x if batched else p[k]) for c, k in terms]), p, backend=backend
    )
    assert isnan(step.value_and_grad([1.0, 2.0])[0])
    p[3].data = 1.0
    assert isfinite(step.value_and_grad([1.0, 2.0])[0])


@pytest.mark.parametrize("backend", ["numpy", "jax", "native"])
@pytest.mark.parametrize("module", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("steps", [1, 2])
def test_a_gate_of_a_state_that_begins_with_zeros_does_not_hide_nan(
    module: Any, steps: int, backend: str
) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    cells = module(1, 2, seed=0)
    batch = [[[1.0]] * steps, [[-0.5]] * steps]
    step = compile(lambda rows: cells(rows)[0][-1][0], cells.parameters(), backend=backend)
    for p in cells.parameters():
        number = p.data
        for p.data in (nan, inf, -inf):
            expected = builtins.sum(cells(rows)[0][-1][0].data for rows in batch) / 2
            assert_close(step(batch), expected)
        p.data = number


def test_sums_of_products_with_numbers_agree_at_an_infinity() -> None:
    rng = Random(0)
    for _ in range(200):
        p = [Value(x) for x in [rng.choice((inf, -inf)), 1.5, -2.0, 0.25]]
        sums = [[(rng.choice(WEIGHTS), rng.randrange(4)) for _ in range(rng.randint(1, 7))] for _ in range(3)]

        def results(x: Any, p: list[Any] = p, sums: list[Any] = sums) -> list[Any]:
            return [x + ag.sum([c * p[k] for c, k in terms]) for terms in sums]

        assert_close(compile(results, p)([1.0])[0], [result.data for result in results(1.0)])


@pytest.mark.parametrize("backend", ["numpy", "jax"])
@pytest.mark.parametrize("op", [ag.max, ag.min, ag.prod, ag.norm, ag.logsumexp, ag.sum])
def test_operations_on_constants_of_unequal_counts_agree(op, backend: str) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    rows = [[-5.0, 1.0, 1.0, 0.5], [1.0], [1.5, 0.5], [-2.0, 1.0, -3.0]]

    def results(x):
        return [x * op([Value(c) for c in row]) for row in rows]

    assert_close(compile(results, backend=backend)([2.0])[0], [2 * op(row) for row in rows])


KINDS_TRIED = 15 * len(KINDS)


@pytest.mark.parametrize("part", range(6))
def test_programs_of_the_kinds_that_are_rare_agree(part: int) -> None:
    for number in range(part * KINDS_TRIED, (part + 1) * KINDS_TRIED):
        task = random_task(23, number)
        differing = [answer for answer in beside_compiled(task, "numpy") if not answer.agrees]
        judged = {answer.label: verdict(task, answer, "numpy") for answer in differing}
        assert set(judged.values()) <= {EXPLAINED}, f"program {number}: {differing}, {judged}"
