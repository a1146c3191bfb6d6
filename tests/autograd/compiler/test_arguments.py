"""Arguments shared over the batch, derivatives along arguments and of second order, functions without any."""

import math
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import AnomalyError, Value, compile, detect_anomaly, export_c, export_python, take, where
from autograd.compiler.backends import BACKENDS
from autograd.compiler.backends.native.emit.dialect import number
from autograd.testing import RandomProgram, points, programs
from tests.autograd.compiler.closeness import assert_close

BATCH = np.array([[0.5, -1.0], [0.0, 2.0], [-0.25, 0.75]])

each_backend = pytest.mark.parametrize("backend", BACKENDS)


def usable(backend: str) -> str:
    if missing := BACKENDS[backend].missing():
        pytest.skip(missing)
    return backend


def softened(params: Sequence[Value]) -> Callable[..., Any]:
    def loss(x: Any, y: Any, temperature: Any) -> Any:
        return ag.tanh((params[0] * x + params[1]) / temperature) * temperature - params[1] * y * y

    return loss


@each_backend
def test_what_is_shared_may_change_without_a_new_recording(backend: str) -> None:
    calls = []
    params = [Value(0.5, "w"), Value(-0.3, "b")]
    loss = softened(params)

    def counted(x: Any, y: Any, temperature: Any) -> Any:
        calls.append(temperature)
        return loss(x, y, temperature)

    step = compile(counted, params, usable(backend), shared=["temperature"])
    x, y = BATCH.T
    for temperature in (2.0, 0.5, -3.0):
        spread = compile(loss, params).value_and_grad(x, y, [temperature] * 3)
        for value, gradient in (
            step.value_and_grad(x, y, temperature),
            step.value_and_grad(x, y, temperature=np.array(temperature)),
        ):
            assert_close(value, spread[0])
            assert_close(gradient, spread[1])
    assert len(calls) == 2  # by position, and by name


@settings(max_examples=40)
@given(programs(inputs=3, operations=10), st.lists(points(2), min_size=1, max_size=4), points(2))
def test_random_programs_share_and_differentiate_as_the_engine_does(
    program: RandomProgram, batch: list[tuple[float, ...]], numbers: tuple[float, ...]
) -> None:
    w, t = Value(numbers[0]), numbers[1]

    def function(x: Any, t: Any) -> Any:
        return program(x[0] * w, x[1] - w, t)

    def mean(rows: Any, t: Any, weight: Any) -> Any:
        return ag.mean([program(x[0] * weight, x[1] - weight, t) for x in rows])

    step = compile(function, [w], shared=["t"])
    assert_close(step(batch, t), mean(batch, t, w.data), 1e-11)
    along = step.argument_grads(batch, t)
    rows, shared, weight = ag.grad(mean, (0, 1, 2))([list(row) for row in batch], t, w.data)
    assert_close(along["x"], rows, 1e-11)
    assert_close(along["t"], shared, 1e-11)
    assert_close(step.grad(batch, t), [weight], 1e-11)
    second = ag.hessian(lambda weight: mean(batch, t, weight))(w.data)
    assert_close(step.hessian(batch, t), [[second]], 1e-9)


@each_backend
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_derivatives_have_the_shapes_of_their_arguments(backend: str, reduction: str) -> None:
    w = [Value(0.5), Value(2.0)]

    def loss(x: Any, *, matrix: Any, rate: Any) -> Any:
        return ag.sum([w[i] * x[j] * matrix[i][j] for i in range(2) for j in range(2)]) * rate

    step = compile(loss, w, usable(backend), reduction=reduction, shared=["rate", "matrix"])
    matrix = np.array([[1.0, 2.0], [3.0, -4.0]])
    along = step.argument_grads(BATCH, matrix=matrix, rate=0.5)
    share = 1 / len(BATCH) if reduction == "mean" else 1.0
    weights, total = np.array([0.5, 2.0]), BATCH.sum(0) * share
    assert list(along) == ["x", "rate", "matrix"]
    assert all(array.flags.writeable for array in along.values())
    assert compile(lambda x: w[0] * x, w).argument_grads([1.0, 2.0])["x"].flags.writeable
    assert_close(along["x"], np.tile(0.5 * weights @ matrix, (3, 1)) * share)
    assert_close(along["matrix"], 0.5 * np.outer(weights, total))
    assert_close(along["rate"], weights @ matrix @ total)
    assert along["rate"].shape == ()
    assert_close(step.grad(BATCH, matrix=matrix, rate=0.5), 0.5 * matrix @ total)


def takes_by_position(x: Any, /, **others: Any) -> Any:
    return x * others["x"]


def test_a_name_that_is_shared_twice_is_refused() -> None:
    for product in (lambda x, t: x * t, lambda x, **others: x * others["t"]):
        with pytest.raises(ValueError, match="shared names 't' twice: name each argument once"):
            compile(product, shared=["t", "t"])


def test_arguments_without_a_name_get_one_that_is_free() -> None:
    product: Callable[..., Any] = lambda x1, x2, *rest: x1 * x2 * rest[0]
    along = compile(product).argument_grads([2.0], [3.0], [5.0])
    assert along == {"x1": [15.0], "x2": [10.0], "x2_": [6.0]}
    along = compile(product, shared=["x2"]).argument_grads([2.0], 3.0, [5.0])
    assert along == {"x1": [15.0], "x2": 10.0, "x2_": [6.0]}
    along = compile(lambda *x, x0: x[0] * x0, shared=["x0"]).argument_grads([2.0], x0=3.0)
    assert along == {"x0_": [3.0], "x0": 2.0}
    assert compile(takes_by_position, shared=["x"]).argument_grads([2.0], x=3.0) == {"x_": [3.0], "x": 2.0}


@each_backend
def test_a_function_needs_no_batch(backend: str) -> None:
    w = [Value(0.5), Value(-2.0)]
    for reduction in ("mean", "sum"):
        step = compile(lambda: w[0] * w[0] * w[1], w, usable(backend), reduction=reduction)
        value, gradient = step.value_and_grad()
        assert (step(), value, gradient.tolist()) == (-0.5, -0.5, [-2.0, 0.25])
        assert step.hessian().tolist() == [[-4.0, 1.0], [1.0, 0.0]]
        assert step.argument_grads() == {}
    assert compile(lambda: [w[0], [w[1]]], w, backend)().tolist() == [0.5, -2.0]
    assert compile(lambda: [[w[0]], [w[1]]], w, backend)().shape == (2, 1)
    assert compile(lambda: w[1], w, backend).grad().tolist() == [0.0, 1.0]
    row = compile(lambda t: [w[0] * t[0], w[1] + t[1]], w, backend, shared=["t"])
    assert row([2.0, 5.0]).tolist() == [1.0, 3.0]


@each_backend
def test_a_hessian_is_that_of_the_engine(backend: str) -> None:
    numbers = [0.3, -0.8, 1.1, 0.2, 0.7]
    params = [Value(x) for x in numbers]
    labels = [0.0, 1.0, 1.0]

    def loss(p: Any, x: Any, label: Any) -> Any:
        hidden = [ag.tanh(p[0] * x[0] + p[1] * x[1]), where(x[0] > 0, p[2] * p[2], p[3] * x[1])]
        return take(ag.log_softmax([ag.sum(hidden) * p[4], p[4]]), label)

    step = compile(lambda x, label: loss(params, x, label), params, usable(backend))
    rows = BATCH.tolist()
    expected = ag.hessian(
        lambda p: ag.mean([loss(p, x, label) for x, label in zip(rows, labels, strict=True)])
    )(numbers)
    assert_close(step.hessian(rows, labels), expected, 1e-10)


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a**1.5 + b**2,
        lambda a, b: ag.log(a) + a * b + b**3,
        lambda a, b: ag.sqrt(a * b) + b**2,
        lambda a, b: ag.hypot(a, b) ** 0.5 + a**1.5,
    ],
)
@each_backend
def test_a_hessian_is_that_of_the_engine_where_one_is_infinite(function: Any, backend: str) -> None:
    numbers = [0.0, 3.0]
    params = [Value(x) for x in numbers]
    found = compile(lambda: function(*params), params, usable(backend)).hessian()
    assert_close(found, ag.hessian(lambda p: function(*p))(numbers))


def test_a_hessian_at_kinks_and_where_nothing_passes() -> None:
    w = [Value(0.0), Value(-1.0)]
    step = compile(lambda x: ag.relu(w[0]) * x + where(x > 0, w[0] ** 3, ag.sqrt(w[1])), w)
    assert step.hessian([1.0, 2.0]).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert compile(lambda x: 2.0, w).hessian([1.0]).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert compile(lambda x: x).hessian([1.0]).shape == (0, 0)
    assert compile(lambda x: 2.0, w).argument_grads([1.0, 2.0])["x"].tolist() == [0.0, 0.0]
    assert compile(lambda x: w[0], w).argument_grads([1.0])["x"].tolist() == [0.0]


def test_single_precision_reaches_every_derivative() -> None:
    w = [Value(0.5)]
    step = compile(lambda x, t: w[0] * w[0] * x * t, w, dtype="float32", shared=["t"])
    along = step.argument_grads([1.0, 2.0], 3.0)
    assert {array.dtype for array in (*along.values(), step.hessian([1.0], 3.0))} == {np.dtype("float32")}


def test_the_source_takes_what_is_shared_behind_the_parameters() -> None:
    params = [Value(0.5, "w"), Value(-0.3, "b")]
    step = compile(softened(params), params, shared=["temperature"])
    x, y = BATCH.T
    value, gradient = step.value_and_grad(x, y, 2.0)
    names: dict[str, Any] = {}
    exec(step.source, names)
    assert "temperature = parameters[2:]" in step.source
    assert_close(names["replay"](x, y, np.array([0.5, -0.3, 2.0])), [value, *gradient])
    alone = compile(lambda: [params[0] ** 2], params)
    alone()
    exec(alone.source, names)
    assert_close(names["replay"](np.array([0.5, -0.3])).ravel(), [0.25])
    step.hessian(x, y, 2.0)
    exec(step.source, names)
    assert names["replay"](x, y, np.array([0.5, -0.3, 2.0, 1.0, 0.0])).shape == (3,)


def test_what_is_exported_has_what_is_shared_inside(tmp_path: Any) -> None:
    w = [Value(0.5)]
    step = compile(lambda x, t: [w[0] * x * t], w, shared=["t"])
    assert step([1.0, 2.0], 3.0).tolist() == [[1.5], [3.0]]
    export_python(step, tmp_path / "step.py")
    export_c(step, tmp_path / "step.c")
    w[0].data = 1.0
    names: dict[str, Any] = {}
    exec((tmp_path / "step.py").read_text(), names)
    assert names["outputs"]([1.0, 2.0]).tolist() == [[1.5], [3.0]]
    assert f"PARAMETERS[] = {{{number(0.5)}, {number(3.0)}}}" in (tmp_path / "step.c").read_text()
    no_batch = compile(lambda: [w[0]], w)
    no_batch()
    for export in (export_python, export_c):
        with pytest.raises(ValueError, match="takes a batch, and the latest call had none: compile a"):
            export(no_batch, tmp_path / "none")


def test_an_anomaly_in_what_is_shared_is_found() -> None:
    w = [Value(0.5)]
    step = compile(lambda x, t: ag.log(t) * w[0] * x, w, shared=["t"])
    assert step([1.0], 0.0) == -math.inf
    for call in (step, step.value_and_grad, step.argument_grads):
        with detect_anomaly(), pytest.raises(AnomalyError, match="in example 0, log"):
            call([1.0], t=0.0)
    with pytest.raises(ValueError, match="the result is nan because t is nan"):
        step([1.0], math.nan)


def test_mistakes_are_told_their_remedy() -> None:
    w = [Value(0.5)]

    def f(x: Any, t: Any) -> Any:
        return w[0] * x * t

    with pytest.raises(TypeError, match=r"write shared=\['t'\]"):
        compile(f, w, shared="t")
    with pytest.raises(TypeError, match=r"got {'t'}: write shared=\['t'\]"):
        compile(f, w, shared={"t"})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"got Linear: of a model .* dict\(model\.named_parameters\(\)\)"):
        compile(f, nn.Linear(1, 1))
    with pytest.raises(ValueError, match="shared names 'u', and the arguments of the function are x, t"):
        compile(f, w, shared=["u"])
    with pytest.raises(ValueError, match=r"write \[2.0\] for a batch of one, or compile with shared="):
        compile(f, w)([1.0], 2.0)
    with pytest.raises(TypeError, match=r"got t=\[1.0\]: give what differs .* by position, .*shared=\['t'\]"):
        compile(f, w)([1.0], t=[1.0])
    with pytest.raises(TypeError, match="missing 1 required positional argument: 't'"):
        compile(f, w, shared=["t"])([1.0])
    for derivative in ("hessian", "argument_grads"):
        with pytest.raises(TypeError, match="a gradient needs a function that returns one scalar, got list"):
            getattr(compile(lambda x: [x], w), derivative)([1.0])
    with pytest.raises(ValueError, match="at least 1: x has 0"):
        compile(f, w, shared=["t"])([], [])


@pytest.mark.parametrize("number", [10**100, 1e300, -1e39, np.longdouble(1e300)])
def test_what_a_float32_cannot_hold_is_refused_with_its_place(number: Any) -> None:
    told = re.escape(f"range of float32, got {float(number)} at [1, 0]")
    w = {"v": Value(1.0), "w": Value(float(number))}
    of_parameter = compile(lambda x: w["v"] * w["w"] * x, w, dtype="float32")
    with pytest.raises(
        TypeError, match=re.escape(f"parameter w must be in the range of float32, got {float(number)}")
    ):
        of_parameter([1.0])
    with pytest.raises(TypeError, match=r"parameter v must be in the range of float32, .*dtype='float64'"):
        of_parameter.vector = [float(number), 1.0]
    w["w"].data = 3.0  # what was refused has left nothing behind
    assert of_parameter([1.0]) == 3.0
    step = compile(lambda x: [x[0]], dtype="float32")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rows in ([[math.inf], [number]], np.array([[-math.inf], [float(number)]])):
            with pytest.raises(TypeError, match=told):
                step(rows)
        assert step([[math.inf], [3e38], [1e-60]]).ravel().tolist() == [
            math.inf,
            float(np.float32(3e38)),
            0.0,
        ]


def test_an_index_out_of_range_is_named_at_every_call_and_the_program_for_it_made_once() -> None:
    step = compile(lambda x, label: take([x, 2 * x], label))
    bound = []
    backend = step._backend
    bind, backend.bind = backend.bind, lambda *args: bound.append(args) or bind(*args)  # type: ignore
    for _ in range(3):
        with pytest.raises(IndexError, match="in example 1, an index into 2 values is a whole number"):
            step([1.0, 2.0], [0, 2])
    assert step([math.inf, 1.0], [0, 0]) == math.inf
    assert len(bound) == 3  # the fast program, that for the indices, the exact one
