"""What scalars become reads as one would write it: no table of positions where a slice or an axis says it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value, compile, dot, sigmoid, softmax, tanh
from autograd.compiler.backends.jax_program import load
from autograd.compiler.backends.source.program import source
from autograd.compiler.backends.source.script import script
from autograd.primitive import Primitive
from tests.autograd.compiler.closeness import NumpyNamespace, assert_close

UNITS, INPUTS, TOKENS = 3, 2, 4


def grid(name: str, rows: int, columns: int) -> dict[str, Value]:
    return {f"{name}[{i}][{j}]": Value(0.1 * (i - j) + 0.3, "w") for i in range(rows) for j in range(columns)}


def row(weights: dict[str, Value], name: str, i: int, columns: int) -> list[Value]:
    return [weights[f"{name}[{i}][{j}]"] for j in range(columns)]


def lstm() -> tuple[Callable[..., Any], dict[str, Value], list[tuple[int, ...]]]:
    params = {}
    for gate in "ifoc":  # the weights of a unit lie together, as those of a neuron do
        w, u, b = (
            grid(f"{gate}.W", UNITS, INPUTS),
            grid(f"{gate}.U", UNITS, UNITS),
            grid(f"{gate}.b", UNITS, 1),
        )
        for unit in range(UNITS):
            params |= {name: x for part in (w, u, b) for name, x in part.items() if f"[{unit}][" in name}

    def step(x: list[Value], h: list[Value], c: list[Value]) -> Value:
        def gate(name: str, curve: Any) -> list[Value]:
            return [
                curve(
                    dot(row(params, f"{name}.W", n, INPUTS), x, params[f"{name}.b[{n}][0]"])
                    + dot(row(params, f"{name}.U", n, UNITS), h)
                )
                for n in range(UNITS)
            ]

        i, f, o, new = gate("i", sigmoid), gate("f", sigmoid), gate("o", sigmoid), gate("c", tanh)
        cells = [a * b + d * e for a, b, d, e in zip(f, c, i, new, strict=True)]
        return ag.sum([(a * tanh(b)) ** 2 for a, b in zip(o, cells, strict=True)])

    return step, params, [(INPUTS,), (UNITS,), (UNITS,)]


def attention() -> tuple[Callable[..., Any], dict[str, Value], list[tuple[int, ...]]]:
    params = {name: x for matrix in "QKV" for name, x in grid(matrix, UNITS, UNITS).items()}

    def loss(tokens: list[list[Value]]) -> Value:
        q, k, v = [[[dot(row(params, m, i, UNITS), t) for i in range(UNITS)] for t in tokens] for m in "QKV"]
        mixed = []
        for query in q:
            weights = softmax([dot(query, key) / UNITS**0.5 for key in k])
            mixed += [dot(weights, [value[n] for value in v]) for n in range(UNITS)]
        return ag.sum([x * x for x in mixed])

    return loss, params, [(TOKENS, UNITS)]


@pytest.mark.parametrize("program", [lstm, attention])
def test_a_program_of_matrices_is_printed_without_tables(program: Any) -> None:
    function, params, shapes = program()
    random = np.random.default_rng(0)
    batch = [random.normal(size=(5, *shape)) for shape in shapes]
    step = compile(function, params)
    value, gradient = step.value_and_grad(*batch)
    source = step._last().source()
    assert not source.tables, source.text
    found = load(source, NumpyNamespace(), np.dtype(float))(*batch, step.vector)
    assert_close(found, [value, *gradient])


def test_a_weight_used_at_every_step_has_one_product_as_its_derivative() -> None:
    steps, module = 5, nn.LSTM(INPUTS, UNITS, seed=0)
    function = compile(lambda rows: ag.sum([h * h for h in module(rows)[0][-1]]), module.parameters())
    value, gradient = function.value_and_grad(np.random.default_rng(0).normal(size=(4, steps, INPUTS)))
    lines = function.source.splitlines()
    of_weights = [line for line in lines if ".T @" in line]
    assert len(of_weights) == 8, function.source  # four gates, the input and what is remembered
    assert all(line.count(" @ ") == 1 for line in of_weights)
    back = [line for line in lines if line.endswith("@ weights")]
    assert len(back) == steps - 1, function.source  # through all gates at once
    assert not [line for line in lines if "= sigmoid(" in line and "[:, at" in line]  # gates are slices
    found = load(function._last().source(), NumpyNamespace(), np.dtype(float))
    batch = np.random.default_rng(0).normal(size=(4, steps, INPUTS))
    assert_close(found(batch, function.vector), [value, *gradient])


@pytest.mark.parametrize(("module", "statements"), [(nn.LSTM, 20), (nn.GRU, 22)])
def test_a_state_that_begins_with_zeros_takes_no_table_and_no_guard(module: Any, statements: int) -> None:
    cells = module(INPUTS, UNITS, seed=0)
    step = compile(lambda rows: cells(rows)[0][-1][0], cells.parameters())
    batch = np.random.default_rng(0).normal(size=(4, 3, INPUTS))
    step(batch)
    assert f" {statements} statements" in str(step.stats)
    assert "0.0 * sigmoid1[" in step.source  # for 0 · nan is nan
    assert "abs" not in step.source.split("def replay")[1]
    step.value_and_grad(batch)
    assert not step._last().source().tables, step.source


def test_the_largest_of_a_row_is_taken_along_its_axis() -> None:
    step = compile(lambda x: ag.max(x) * 2.0)
    assert step([[1.0, 3.0, 2.0]]) == 6.0
    assert "= max(x[:, None], axis=-1)\n" in step.source


@pytest.mark.parametrize("symbol", ["%", "-", "**", "⊕", "=="])
@pytest.mark.parametrize("precedence", [2, 4, 9])
def test_an_own_operation_is_written_by_name_whatever_its_sign(symbol: str, precedence: int) -> None:
    op = Primitive(
        *("difference", lambda xp, x, y: xp.abs(x - y), (None, None)), symbol=symbol, precedence=precedence
    )
    step = compile(lambda x, y: [op(x, y)])
    batches = np.array([-7.0, 1.0]), np.array([2.0, 3.0])
    expected = step(*batches)
    scope: dict[str, Any] = {}
    exec(step.source, scope)
    assert expected.tolist() == [[9.0], [2.0]]
    assert np.array_equal(scope["replay"](*batches, step.vector), expected)


def test_an_own_sign_before_one_number_is_written_by_name() -> None:
    op = Primitive("doubled", lambda xp, x: x + x, (lambda out, x: 2.0,), symbol="-", precedence=5)
    scope: dict[str, Any] = {}
    step = compile(lambda x: [op(x)])
    assert step([3.0]) == 6.0
    exec(step.source, scope)
    assert scope["replay"](np.array([3.0]), step.vector) == 6.0


def test_results_in_another_order_are_a_transpose_or_slices() -> None:
    w = [Value(0.5), Value(2.0)]
    step = compile(lambda x: [tanh(p * y) for p in w for y in x], w)
    assert_close(step([[1.0, 2.0, 3.0]])[0], [np.tanh(p * y) for p in (0.5, 2.0) for y in (1.0, 2.0, 3.0)])
    assert not step._last().source().tables, step.source
    swapped = compile(lambda x: [tanh(x[2]), tanh(x[0]), tanh(x[1])])
    assert_close(swapped([[1.0, 2.0, 3.0]])[0], np.tanh([3.0, 1.0, 2.0]))
    assert not swapped._last().source().tables, swapped.source


def test_an_array_keeps_the_shape_in_which_it_was_computed() -> None:
    norm, inputs = nn.LayerNorm(UNITS), [[[1.0, 2.0, 4.0]] * TOKENS]

    def loss(rows: list[list[Value]]) -> Value:
        return ag.sum([tanh(x * x + 1.0) for row in rows for x in norm(row)])

    step = compile(loss, norm.parameters())
    step.value_and_grad(inputs)
    lines = step._last().source().text.splitlines()
    made = [line.split()[0] for line in lines]
    assert not any(
        ".reshape(" in line for line in lines[made.index("sqrt1") : made.index("sech_squared1") + 1]
    )


def test_a_part_of_the_gradient_that_another_part_reads_has_a_name() -> None:
    a, b, c = (Value(x) for x in (0.6, -0.4, 0.2))

    def loss(x: Value) -> Value:
        held = ag.detach(x * b)
        return dot([0.0, -0.0], [a, c]) * held + held * a  # along a and c: 0 Σ held, once

    step = compile(loss, [a, b, c])
    batch = np.array([1.0, 2.0])
    value, gradient = step.value_and_grad(batch)
    scope: dict[str, Any] = {}
    exec(script(source(step._last().program(exact=True))), scope)
    assert_close(scope["replay"](batch, step.vector), np.array([value, *gradient]))
