"""What is exported computes what the compiled program does, and needs nothing of ours."""

from __future__ import annotations

import operator
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from math import erf, inf, nan
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import autograd
from autograd import Value, export_onnx, export_python, ops
from autograd.compiler.backends import BACKENDS
from autograd.ops import TABLE
from autograd.primitive import Primitive
from benchmarks.correctness.kinds import ODD

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

Numbers = NDArray[Any]
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1e-9, -1e-9, 3.0, -3.0, 40.0, -40.0, 800.0, -800.0, inf, -inf, nan]
FAR = [1e-300, -1e-300, 1e9, -1e9, 1e16, -1e16, 1e300, -1e300]
"""Edges beside which the others are nothing in a sum, whose order is not kept."""


def run_onnx(path: Path, **arguments: Numbers) -> Numbers:
    outputs: Numbers = onnxruntime.InferenceSession(path).run(None, arguments)[0]
    return outputs


def run_python(path: Path, *arguments: Numbers) -> Numbers:
    names: dict[str, Any] = {}
    exec(path.read_text(encoding="utf-8"), names)
    with np.errstate(all="ignore"):
        outputs: Numbers = names["outputs"](*arguments)
    return outputs


def arguments_of(op: Any, count: int) -> Numbers:
    rng = Random(op.name)
    edges = EDGES if op.adds else EDGES + FAR
    rows = [list(row) for row in product(edges, repeat=count)]
    rows = rng.sample(rows, min(len(rows), 700))
    rows += [[rng.gauss(0, 3) for _ in range(count)] for _ in range(60)]
    if op.name == "take":
        rows = [[float(rng.randrange(count - 1)), *row[1:]] for row in rows]
    return np.array(rows)


@pytest.mark.parametrize("op", TABLE.values(), ids=TABLE)
def test_every_operation_is_exported(op: Any, tmp_path: Path) -> None:
    count = op.arity or 3 if op.counted_by != 2 else 5
    X = arguments_of(op, count)
    step = autograd.compile(lambda x: [op(*x)])
    expected = np.array([[op(*row)] for row in X.tolist()])
    step(X[-1:])  # calls refuse what is nan since an argument is
    export_onnx(step, tmp_path / "m.onnx")
    export_python(step, tmp_path / "m.py")
    np.testing.assert_allclose(run_python(tmp_path / "m.py", X), expected, rtol=1e-12, atol=1e-300)
    zero = 1e-12 if op.adds else 1e-300
    np.testing.assert_allclose(run_onnx(tmp_path / "m.onnx", x=X), expected, rtol=1e-9, atol=zero)


@pytest.mark.parametrize("exponent", [0.5, -0.5, 1.5, 2.5])
def test_a_power_by_a_number_is_pow_also_where_that_is_a_root(exponent: float, tmp_path: Path) -> None:
    def values(x: Any, y: Any) -> list[Any]:
        powers = [op(x, e) for op in (ops.power, ops.power_slope) for e in (exponent, y)]
        return [*powers, *[ops.div(1.0, power) for power in powers]]

    step = autograd.compile(values)
    step([1.0], [1.0])
    export_python(step, tmp_path / "m.py")
    for x in EDGES:  # one by one: NumPy takes the root for an array of one exponent too
        found = run_python(tmp_path / "m.py", np.array([x]), np.array([exponent]))
        np.testing.assert_allclose(found, [values(x, exponent)], rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_erf_keeps_its_digits_where_it_is_small(dtype: str, tmp_path: Path) -> None:
    X = np.array(
        [sign * x for x in [*np.logspace(-30, -1), *np.linspace(0.1, 0.6)] for sign in (1, -1)], dtype
    )
    step = autograd.compile(lambda x: [autograd.erf(x)])
    step(X)
    export_onnx(step, tmp_path / "m.onnx", dtype=dtype)
    expected = [[erf(x)] for x in X.tolist()]
    precision = 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(run_onnx(tmp_path / "m.onnx", x=X), expected, rtol=precision, atol=0.0)


def exported(function: Any, parameters: list[Value], X: Numbers, folder: Path) -> list[Numbers]:
    """Return what a compiled function, the graph and the script of it make of a batch."""
    step = autograd.compile(function, parameters)
    expected = step(X)
    export_onnx(step, folder / "m.onnx")
    export_python(step, folder / "m.py")
    return [expected, run_onnx(folder / "m.onnx", x=X), run_python(folder / "m.py", X)]


HALF_OF_SECOND = Primitive("half_of_second", lambda xp, x, y: 0.5 * y, (None, lambda out, x, y: 0.5))
ALWAYS_ONE = Primitive("always_one", lambda xp, x: 1.0, (None,), step_like=True)

PROGRAMS: dict[str, Any] = {
    "a constant": lambda x, p: [3.0, x[0]],
    "what passes over the batch": lambda x, p: [HALF_OF_SECOND(x[0], q) for q in p],
    "what no argument decides": lambda x, p: [ALWAYS_ONE(x[0]), x[1]],
    "parameters alone": lambda x, p: [p[0] * p[1], p[2]],
    "rows of unequal length": lambda x, p: [autograd.dot(p[: n + 1], x[: n + 1]) for n in range(4)],
    "sums of powers": lambda x, p: [autograd.sum([xi**2 * pi for xi, pi in zip(x, p, strict=False)])],
    "a choice": lambda x, p: [autograd.where(x[0] > x[1], autograd.exp(x[0]), p[0]), abs(x[2])],
    "pairs": lambda x, p: [a * b + p[3] for a in x for b in x],
    "softmax over rows": lambda x, p: autograd.softmax([xi * p[0] for xi in x]),
    "steps": lambda x, p: [autograd.floor(xi) * p[1] for xi in x] + [autograd.maximum(x[0], 0.0)],
    "what comes back in another order": lambda x, p: [x[3], autograd.tanh(x[1]), x[3], p[2], x[0]],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_of_all_shapes_are_exported(name: str, tmp_path: Path) -> None:
    p = [Value(0.5), Value(-2.0), Value(3.0), Value(0.25)]
    X = np.random.default_rng(0).normal(size=(5, 4)) * 2
    expected, graph, script = exported(lambda x: PROGRAMS[name](x, p), p, X, tmp_path)
    np.testing.assert_allclose(script, expected, rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(graph, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (lambda w, x, z: [x[0] * w, autograd.sum(z)], [(3, 2), (3, 0)]),
        (lambda w, x, z: [z[1] * w], [(3, 0), (3, 2)]),
        (lambda w, x, z: [w, 1.0], [(3, 0, 4), (3, 4, 0)]),
        (lambda w, x: [[], [x[0]]], [(3, 1)]),
        (lambda w, x: [], [(3, 2)]),
        (lambda w, x: [], [(3, 0)]),
    ],
)
def test_what_is_empty_is_exported(function: Any, shapes: Any, dtype: str, tmp_path: Path) -> None:
    w = Value(2.0)
    step = autograd.compile(lambda *args: function(w, *args), [w], dtype=dtype)
    given = [np.ones(shape, dtype) for shape in shapes]
    expected = step(*given)
    export_onnx(step, tmp_path / "m.onnx", dtype=dtype)
    export_python(step, tmp_path / "m.py")
    names = {f"x{n}": array for n, array in enumerate(given)}
    for found in (run_onnx(tmp_path / "m.onnx", **names), run_python(tmp_path / "m.py", *given)):
        assert found.shape == (3, expected.size // 3)
        assert found.ravel().tolist() == expected.ravel().tolist()


@pytest.mark.parametrize("name", [*ODD, "reshape_0", "concat_1"])
def test_an_argument_may_be_called_as_what_is_exported_calls_its_own(name: str, tmp_path: Path) -> None:
    w = Value(2.0)
    X = np.array([0.5, -1.0, 3.0])
    for text in (f"lambda {name}: [w, w * 2.0]", f"lambda {name}: [{name} * w, abs({name}), {name} ** 3]"):
        step = autograd.compile(eval(text, {"w": w}), [w])
        expected = step(X)
        export_onnx(step, tmp_path / "m.onnx")
        export_python(step, tmp_path / "m.py")
        np.testing.assert_allclose(run_python(tmp_path / "m.py", X), expected)
        [given] = onnxruntime.InferenceSession(tmp_path / "m.onnx").get_inputs()
        assert given.name.rstrip("_") == name
        np.testing.assert_allclose(run_onnx(tmp_path / "m.onnx", **{given.name: X}), expected)


@pytest.fixture
def table_as_it_was() -> Iterator[None]:
    before = dict(ops._entries)
    yield
    ops._entries.clear()
    ops._entries.update(before)


@pytest.mark.usefixtures("table_as_it_was")
@pytest.mark.parametrize("name", [name for name in ODD if name != "where"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_an_operation_may_be_called_as_generated_code_calls_its_own(
    name: str, backend: str, tmp_path: Path
) -> None:
    if missing := BACKENDS[backend].missing():
        pytest.skip(missing)
    op = autograd.define(name, lambda xp, x: xp.tanh(x) * x, lambda out, x: rate(x))
    w, X = Value(0.5), np.array([0.3, 0.7])
    step = autograd.compile(lambda x: [op(x), op(x * w) + w, autograd.tanh(x)], [w], backend)
    expected = [[op(x), op(0.5 * x) + 0.5, autograd.tanh(x)] for x in X.tolist()]
    np.testing.assert_allclose(step(X), expected)
    names: dict[str, Any] = {}
    exec(step.source, names)
    np.testing.assert_allclose(names["replay"](X, step.vector), expected)
    export_python(step, tmp_path / "m.py")
    np.testing.assert_allclose(run_python(tmp_path / "m.py", X), expected)
    slope = autograd.compile(lambda x: op(x * w) ** 2, [w], backend)
    gradient = slope.grad(X)
    mean = autograd.grad(lambda w: autograd.mean([op(x * w) ** 2 for x in X.tolist()]))(0.5)
    np.testing.assert_allclose(gradient, [mean])


def one_each(out: Any, *xs: Any) -> list[float]:
    return [1.0] * len(xs)


def rate(x: Any) -> Any:
    return autograd.tanh(x) + x * (1.0 - autograd.tanh(x) * autograd.tanh(x))


CONDITIONS: dict[str, Any] = {
    "times": lambda xp, x: (x > 0.0) * x,
    "less": lambda xp, x: x - (x > 0.0),
    "from one": lambda xp, x: 1.0 - (x > 0.0),
    "minus": lambda xp, x: x * -(x > 0.0),
    "sum": lambda xp, x: x * ((x > 0.0) + (x > 1.0)),
    "difference": lambda xp, x: x * ((x > 0.0) - (x < 0.0)),
    "both": lambda xp, x: x * ((x > 0.0) & (x < 2.5)),
    "branch": lambda xp, x: 1.0 * xp.where(x > 1.0, x > 2.0, x),
    "compared": lambda xp, x: x * ((x > 1.0) < (x > 0.0)),
    "above half": lambda xp, x: x * ((x > 0.0) > 0.5),
    "function": lambda xp, x: x * xp.abs(x > 0.0),
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_condition_is_the_number_one_or_zero_to_all_but_a_choice(backend: str, tmp_path: Path) -> None:
    if missing := BACKENDS[backend].missing():
        pytest.skip(missing)
    ops = [Primitive(f"f{n}", impl, (lambda out, x: 1.0,)) for n, impl in enumerate(CONDITIONS.values())]
    joined = Primitive(
        "joined",
        lambda xp, *xs: xs[0] * xp.reduce(operator.add, [x > 0.0 for x in xs]),
        all_partials=one_each,
    )
    X = np.array([[-1.0, 0.0, 3.0], [0.5, 2.0, 1.0], [3.0, -2.0, -0.5], [2.0, 2.0, 2.0]])
    step = autograd.compile(lambda x: [*[op(x[0]) for op in ops], joined(*x)], backend=backend)
    expected = [[*[float(op(x[0])) for op in ops], joined(*x)] for x in X.tolist()]
    np.testing.assert_array_equal(step(X), expected)
    export_python(step, tmp_path / "m.py")
    np.testing.assert_array_equal(run_python(tmp_path / "m.py", X), expected)
    export_onnx(step, tmp_path / "m.onnx")
    np.testing.assert_array_equal(run_onnx(tmp_path / "m.onnx", x=X), expected)


def test_operations_of_one_name_are_each_their_own() -> None:
    one, other, third = (
        Primitive("same", impl, (lambda out, x: 1.0,))
        for impl in (lambda xp, x: xp.tanh(x), lambda xp, x: xp.exp(x), lambda xp, x: xp.sin(x))
    )
    step = autograd.compile(lambda x: [one(x), other(x), third(x)])
    names: dict[str, Any] = {}
    expected = step([0.5])
    exec(step.source, names)
    np.testing.assert_allclose(names["replay"](np.array([0.5]), step.vector), expected)
    np.testing.assert_allclose(expected, [[np.tanh(0.5), np.exp(0.5), np.sin(0.5)]])


def test_a_script_needs_numpy_alone(tmp_path: Path) -> None:
    w = [Value(float(n)) for n in range(2000)]  # more than are written out
    step = autograd.compile(lambda x: [autograd.erf(autograd.dot(w, x)), autograd.atan2(x[0], x[1])], w)
    X = np.random.default_rng(1).normal(size=(3, 2000)) / 1e4
    step(X)
    export_python(step, tmp_path / "m.py")
    np.save(tmp_path / "x.npy", X)
    asked = "import numpy, m; print(m.outputs(numpy.load('x.npy')).tolist())"
    hidden = "import sys; sys.modules['autograd'] = sys.modules['nn'] = None; "
    done = subprocess.run(
        [sys.executable, "-c", hidden + asked], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert eval(done.stdout) == step(X).tolist()


def of_three(x: Any, t: Any, grid: Any) -> list[Any]:
    return [x[0] * t + grid[1][0], grid[0][1]]


SHAPES = {"x": (2,), "t": (), "grid": (2, 2)}


@pytest.mark.parametrize("count", [1, 1000, 1001])
def test_the_parameters_of_a_file_can_be_changed(count: int, tmp_path: Path) -> None:
    w = [Value(float(n)) for n in range(count)]
    step = autograd.compile(lambda x: [x * w[0]], w)
    step([1.0])
    export_python(step, tmp_path / "m.py")
    names: dict[str, Any] = {}
    exec((tmp_path / "m.py").read_text(), names)
    names["parameters"][0] = 5.0
    assert names["outputs"](np.array([2.0])).tolist() == [[10.0]]


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    "shape", [(), (3,), (3, 1), (3, 2), (1, 2), (2,), (3, 3), (3, 4), (3, 1, 2), (2, 2, 2)]
)
def test_a_script_takes_the_shapes_that_were_recorded_and_no_others(
    name: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    given = {key: np.ones((3, *of_example)) for key, of_example in SHAPES.items()}
    step = autograd.compile(of_three)
    expected = step(*given.values())
    export_python(step, tmp_path / "m.py")
    if shape == (3, *SHAPES[name]):
        np.testing.assert_array_equal(run_python(tmp_path / "m.py", *given.values()), expected)
        return
    given[name] = np.ones(shape)
    fits = bool(shape) and shape[1:] == SHAPES[name]
    numbers = re.escape(f"{SHAPES[name]}, got the shape {shape}")
    told = "same number of examples, got (3 and|[12] and 3)" if fits else f"^{name} must have .* {numbers}$"
    with pytest.raises(ValueError, match=told):
        run_python(tmp_path / "m.py", *given.values())


def test_what_has_no_row_for_each_example_is_not_exported(tmp_path: Path) -> None:
    w = Value(2.0)
    step = autograd.compile(lambda x: w * x[0], [w])
    with pytest.raises(ValueError, match="has not been called yet"):
        export_python(step, tmp_path / "m.py")
    for call in (step, step.grad, step.argument_grads, step.hessian):
        call(np.ones((2, 1)))
        for export in (export_python, export_onnx):
            with pytest.raises(
                ValueError, match="the function returns one scalar, and what is exported gives a"
            ):
                export(step, tmp_path / "m")
    step = autograd.compile(lambda x: [w * x[0]], [w])
    step(np.ones((2, 1)))
    with pytest.raises(ValueError, match="dtype must be 'float64' or 'float32', got 'int8'"):
        export_onnx(step, tmp_path / "m.onnx", dtype="int8")
    with pytest.raises(FileNotFoundError):
        export_onnx(step, tmp_path / "nowhere" / "m.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_source_runs_as_it_stands(name: str) -> None:
    p = [Value(0.5), Value(-2.0), Value(3.0), Value(0.25)]
    X = np.random.default_rng(0).normal(size=(5, 4)) * 2
    rows = autograd.compile(lambda x: PROGRAMS[name](x, p), p)
    mean = autograd.compile(lambda x: autograd.sum(PROGRAMS[name](x, p)), p)
    value, gradient = mean.value_and_grad(X)
    numbers = np.array([parameter.data for parameter in p])
    for step, expected in ((mean, [value, *gradient]), (rows, rows(X))):
        names: dict[str, Any] = {}
        exec(step.source, names)
        with np.errstate(all="ignore"):
            found = np.broadcast_to(names["replay"](X, numbers), np.shape(expected))
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
