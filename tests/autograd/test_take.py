"""What is taken by an index that is data: its value, its slopes in every mode, and the same compiled."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import inf, isnan, nan
from random import Random
from typing import Any

import numpy as np
import pytest

from autograd import (
    Value,
    atan2,
    compile,
    dot,
    exp,
    floor,
    grad,
    gradcheck,
    hessian,
    jvp,
    mean,
    relu,
    softmax,
    sqrt,
    sum,
    take,
    tanh,
    value_and_grad,
    where,
)
from autograd.nary import nary_take
from autograd.notation.formula import partial_formulas, value_formula
from autograd.ops import equal
from viz import draw, passes

BACKENDS = ["numpy", "jax"]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    if request.param == "jax":
        pytest.importorskip("jax")
    return str(request.param)


def eager(function: Callable[..., Any], params: list[Value], batch: Any) -> tuple[float, list[float]]:
    for param in params:
        param.zero_grad()
    node = mean([Value(0.0) + function(x) for x in batch])
    node.backward()
    return node.data, [param.grad for param in params]


# ---- eagerly ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, 1, 2.0, True, np.int64(2), Value(1.0)])
def test_one_node_passes_to_the_value_at_the_index_alone(index: Any) -> None:
    values = [Value(4.0), Value(5.0), Value(6.0)]
    node = take(values, index)
    node.backward()
    number = int(index.data if isinstance(index, Value) else index)
    assert (node.op, node.data) == (nary_take, 4.0 + number)
    assert [value.grad for value in values] == [float(n == number) for n in range(3)]
    assert node.partials[1:] == tuple(value.grad for value in values)


def test_numbers_give_a_number_and_rows_a_row() -> None:
    assert take([1, 2, 3], 2) == 3.0
    assert type(take((1, 2), 0)) is float
    assert take(iter([1.0, 2.0]), 1) == 2.0
    assert take([[1.0, 2.0], (3.0, 4.0)], 1) == [3.0, 4.0]
    assert take([[], []], 1) == []


@pytest.mark.parametrize("index", [-1, 2, 0.5, nan, inf, -inf, Value(3.0)])
def test_an_index_that_no_value_has_is_refused_with_both_numbers(index: Any) -> None:
    for values in ([1.0, 2.0], [[1.0], [2.0]], [Value(1.0), 2.0]):
        with pytest.raises(IndexError, match="into 2 values is a whole number from 0 to 1, got") as caught:
            take(values, index)
        assert repr(index) in str(caught.value)


def test_nothing_to_take_from_and_rows_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="take needs at least one value, got none"):
        take([], 0)
    with pytest.raises(ValueError, match="rows of one length, got some of 1 and of 2"):
        take([[1.0], [1.0, 2.0]], 0)


def test_every_mode_and_order_passes_through_the_selected_alone() -> None:
    def f(x: Any, y: Any) -> Any:
        return take([x * x * y, sqrt(x - x), 1 / (y - y)], 0)

    assert value_and_grad(f, (0, 1))(3.0, 2.0) == (18.0, (12.0, 9.0))
    assert jvp(f, (3.0, 2.0), (1.0, 0.0)) == (18.0, 12.0)
    assert hessian(lambda v: f(*v))([3.0, 2.0]) == [[4.0, 6.0], [6.0, 0.0]]
    assert grad(grad(f), 1)(3.0, 2.0) == 6.0
    gradcheck(lambda x, y: take([tanh(x), x * exp(y), y], 1), 0.3, 0.7, order=2)


def test_it_is_drawn_and_written() -> None:
    node = take([Value(1.0, "a"), Value(2.0, "b")], 1)
    assert passes(node).forward[-1].formula == "take(1, a, b)"
    assert "take" in draw(node).svg()
    assert value_formula(nary_take, ["i", "a", "b"]) == "take(i, a, b)"
    assert partial_formulas(nary_take, ["i", "a", "b"]) == ["0", "1 if i == 0 else 0", "1 if i == 1 else 0"]


# ---- compiled ---------------------------------------------------------------------------------------


def test_the_index_is_another_in_every_example(backend: str) -> None:
    rng = Random(0)
    table = [[Value(rng.gauss(0, 1)) for _ in range(3)] for _ in range(5)]
    params = [x for row in table for x in row]

    def f(symbols: Any) -> Any:
        rows = [take(table, symbol) for symbol in symbols]
        scores = softmax(tanh(dot(a, b)) for a, b in pairwise(rows))
        return take(scores, symbols[0]) * take(rows[1], symbols[1])

    step = compile(f, params, backend=backend)
    for seed in range(2):
        batch = np.random.default_rng(seed).integers(0, 3, (6, 4))
        value, slopes = step.value_and_grad(batch)
        expected, gradient = eager(f, params, batch.tolist())
        assert value == pytest.approx(expected, rel=1e-12)
        assert slopes == pytest.approx(gradient, rel=1e-11, abs=1e-14)


@pytest.mark.parametrize("bad", [3, -1, 0.5, nan, inf])
def test_a_compiled_call_refuses_an_index_that_no_value_has(bad: float, backend: str) -> None:
    ws = [Value(1.0), Value(2.0), Value(3.0)]
    for f in (lambda i: take(ws, i), lambda i: relu(-take(ws, i)), lambda i: take([ws, ws, ws], i)[1]):
        step = compile(f, ws, backend=backend)
        assert step([0, 1]) == pytest.approx(eager(f, ws, [0, 1])[0])
        for call in (step, step.value_and_grad, step.grad):
            with pytest.raises(IndexError, match=r"in example 1, an index into 3 values .* from 0 to 2, got"):
                call([0, bad])


HIDING: dict[str, Callable[[list[Value], Any], Any]] = {
    "a choice": lambda ws, i: where(i >= 0, where(i < 2, take(ws, i), 3.0), 0.0) * ws[0],
    "a choice of constants": lambda ws, i: where(i >= 0, where(i < 2, take([5.0, 7.0], i), 0.0), 0.0) * ws[0],
    "a choice by what is taken": lambda ws, i: where(take([1.0, 0.0], i), ws[0], ws[1]),
    "one value": lambda ws, i: where(equal(i, 7), take([ws[0]], i * 0), ws[1]) * where(i > 9, take(ws, i), 1),
    "nobody": lambda ws, i: (take(ws, i), ws[0] * ws[1])[1],
    "a power of zero": lambda ws, i: (take(ws, i) ** 0) * ws[1],
    "a derivative": lambda ws, i: grad(lambda t: where(i >= 0, take([t * t, t], i), t))(ws[1]),
}


@pytest.mark.parametrize("f", HIDING.values(), ids=HIDING)
def test_an_index_that_no_value_has_is_refused_whatever_hides_it(
    f: Callable[[list[Value], Any], Any], backend: str
) -> None:
    ws = [Value(1.0), Value(2.0)]
    step = compile(lambda i: f(ws, i), ws, backend=backend)
    expected, gradient = eager(lambda i: f(ws, i), ws, [0, 1, 1])
    value, slopes = step.value_and_grad([0, 1, 1])
    assert (step([0, 1, 1]), value) == (pytest.approx(expected), pytest.approx(expected))
    assert slopes == pytest.approx(gradient)
    listed = compile(lambda i: [1.0, f(ws, i)], ws, backend=backend)
    assert listed([0, 1])[:, 1] == pytest.approx([eager(lambda i: f(ws, i), ws, [n])[0] for n in (0, 1)])
    for bad in (-1.0, 2.0, 0.5):
        with pytest.raises(IndexError, match="an index into 2 values"):
            f(ws, bad)
        for call in (step, step.value_and_grad, step.hessian, step.argument_grads, listed):
            with pytest.raises(IndexError, match=f"in example 1, an index into 2 values .* got {bad}"):
                call([0, bad])


def test_an_index_may_be_computed_and_is_checked_then(backend: str) -> None:
    ws = [Value(1.0), Value(2.0), Value(3.0)]
    step = compile(lambda x: take(ws, floor(x * 3)) * x, ws, backend=backend)
    assert step.grad([0.1, 0.5]) == pytest.approx([0.05, 0.25, 0.0])
    with pytest.raises(IndexError, match=r"in example 1, .* got 4\.0"):
        step.grad([0.1, 1.5])


def test_what_was_not_taken_leaks_nothing_of_its_infinities(backend: str) -> None:
    ws = [Value(inf), Value(nan), Value(-0.0), Value(0.0), Value(2.0)]

    def f(i: Any) -> Any:
        return take([ws[0], ws[1], ws[2], sqrt(ws[3]), 1 / ws[3], ws[4] * ws[4]], i)

    step = compile(f, ws, backend=backend)
    for index in range(6):
        value, slopes = step.value_and_grad([index])
        expected, gradient = eager(f, ws, [index])
        assert value == expected or (isnan(value) and isnan(expected))
        np.testing.assert_array_equal(slopes, gradient)
    inner = compile(lambda i: grad(lambda t: take([t * t, sqrt(t - t), t**3], i))(ws[4]), ws, backend=backend)
    assert inner.value_and_grad([0])[1].tolist() == [0.0, 0.0, 0.0, 0.0, 2.0]
    assert inner.value_and_grad([2])[1].tolist() == [0.0, 0.0, 0.0, 0.0, 12.0]


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_the_sign_of_a_zero_that_is_taken_decides_as_it_does_eagerly(zero: float) -> None:
    w = Value(zero)

    def f(i: Any) -> Any:
        return atan2(take([1.0, w], i), -1.0)

    assert compile(f, [w])([1]) == f(1).data


def test_an_index_that_is_known_is_no_operation() -> None:
    ws = [Value(1.0), Value(2.0)]
    step = compile(lambda x: take(ws, 1) * x, ws)
    assert step.grad([3.0]).tolist() == [0.0, 3.0]
    assert "equal" not in step.source


def test_an_embedding_is_a_matrix_product() -> None:
    table = {f"table[{i}][{j}]": Value(0.1 * i + j) for i in range(6) for j in range(4)}
    rows = [[table[f"table[{i}][{j}]"] for j in range(4)] for i in range(6)]
    step = compile(lambda ids: sum(tanh(x) for i in ids for x in take(rows, i)), table)
    step.value_and_grad([[0, 5, 3], [1, 2, 2]])
    assert "= equal1 / z1[:, :, None]" in step.source
    assert "= div1 @ table.T" in step.source
    assert step.stats.statements < 12


def test_a_plain_gpt_with_a_cache_compiles_with_its_lookups_taken() -> None:
    """The scalar GPT that has no arrays and keeps keys and values in lists, empty at first."""
    symbols, width, context, heads = 5, 4, 3, 2
    rng = Random(1)
    sizes = {"wte": symbols, "wpe": context, "wq": width, "wk": width, "wv": width, "wo": width}
    sizes |= {"up": 4 * width, "head": symbols}
    state = {
        name: [[Value(rng.gauss(0, 0.3)) for _ in range(width)] for _ in range(n)]
        for name, n in sizes.items()
    }
    params = [x for matrix in state.values() for row in matrix for x in row]

    def linear(x: Any, w: Any) -> Any:
        return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in w]

    def gpt(symbol: Any, position: int, keys: Any, values: Any) -> Any:
        x = [t + p for t, p in zip(take(state["wte"], symbol), state["wpe"][position], strict=True)]
        q = linear(x, state["wq"])
        keys.append(linear(x, state["wk"]))
        values.append(linear(x, state["wv"]))
        attended: list[Any] = []
        for h in range(heads):
            part = slice(h * width // heads, (h + 1) * width // heads)
            scores = [sum(a * b for a, b in zip(q[part], k[part], strict=True)) / 2**0.5 for k in keys]
            shares = softmax(scores)
            attended += [
                sum(share * v[part][j] for share, v in zip(shares, values, strict=True))
                for j in range(width // heads)
            ]
        x = [a + b for a, b in zip(linear(attended, state["wo"]), x, strict=True)]
        hidden = [relu(h) for h in linear(x, state["up"])]
        x = [a + hidden[j] for j, a in enumerate(x)]
        return linear(x, state["head"])

    def loss(line: Any) -> Any:
        keys: list[Any] = []
        values: list[Any] = []
        losses = []
        for position in range(context):
            shares = softmax(gpt(line[position], position, keys, values))
            losses.append(-take(shares, line[position + 1]).log())
        return sum(losses) / context

    step = compile(loss, params)
    for seed in range(2):
        batch = np.random.default_rng(seed).integers(0, symbols, (4, context + 1))
        value, slopes = step.value_and_grad(batch)
        expected, gradient = eager(loss, params, batch.tolist())
        assert value == pytest.approx(expected, rel=1e-12)
        assert slopes == pytest.approx(gradient, rel=1e-10, abs=1e-13)
