"""Backends behind one protocol: an entry in one table is all that a new one takes."""

from itertools import product
from math import inf
from typing import ClassVar

import numpy as np
import pytest

import autograd as ag
from autograd import Value, compile, ops, own
from autograd.compiler.backends import BACKENDS
from autograd.compiler.backends.backend import Backend
from autograd.compiler.backends.numpy.program import NumpyBackend
from autograd.primitive import Primitive


class Counting(NumpyBackend):
    bound: ClassVar[list[tuple[bool, int, str]]] = []
    can_shard = True

    def bind(self, program, batch, dtype):
        self.bound.append((self.shard, batch, str(dtype)))
        return super().bind(program, batch, dtype)


class Absent(Backend):
    @classmethod
    def missing(cls) -> str:
        return "a compiler: apt install gcc"

    def bind(self, program, batch, dtype):
        raise AssertionError("it is not there")


@pytest.fixture(autouse=True)
def _entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKENDS, "counting", Counting)
    monkeypatch.setitem(BACKENDS, "absent", Absent)
    monkeypatch.setattr(Counting, "bound", [])


def test_a_backend_is_bound_once_for_each_size_of_batch() -> None:
    w = Value(3.0)
    step = compile(lambda x: w * x, [w], backend="counting", dtype="float32", shard=True)
    for size in (1, 2, 1, 2):
        value, gradient = step.value_and_grad(np.ones(size))
        assert (value, gradient.tolist()) == (3.0, [1.0])
    assert Counting.bound == [(True, 1, "float32"), (True, 2, "float32")]
    assert repr(step).endswith("1 parameters, backend='counting')")


def test_where_a_backend_lacks_something_the_remedy_is_named_at_once() -> None:
    with pytest.raises(ImportError, match="backend='absent' needs a compiler: apt install gcc"):
        compile(abs, backend="absent")


def test_an_unknown_backend_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(ValueError, match=r"must be one of 'numpy', 'jax', .*'absent', got 'torch'"):
        compile(abs, backend="torch")
    able = "only backend='jax' or backend='counting' shares a batch among devices, got 'numpy'"
    with pytest.raises(ValueError, match=able):
        compile(abs, backend="numpy", shard=True)


@pytest.mark.parametrize("exponent", [0.5, -0.5, 1.5, -1.5, 2.0, 3.0, -1.0, -2.0])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_power_of_zeros_and_infinities_is_that_of_the_engine(backend: str, exponent: float) -> None:
    """NumPy takes the root for an exponent that is 1/2 for all of a batch: nan at -inf, and -0 at -0."""
    if missing := BACKENDS[backend].missing():
        pytest.skip(missing)
    w = Value(exponent)
    for power in (lambda x: x**exponent, lambda x: ops.power(x, w)):

        def told(x, power=power):  # by a finite number, which has the sign of a zero too
            return [ag.atan(ops.div(1.0, power(x)))]

        points = [0.0, -0.0, inf, -inf, 4.0, 9.0]
        step = compile(told, [w], backend)
        expected = [[told(Value(x))[0].data] for x in points]
        np.testing.assert_allclose(step(points), expected, rtol=1e-14)
        np.testing.assert_allclose([step([x])[0] for x in points], expected, rtol=1e-14)


TWO = ("arctan2", "divide", "floor_divide", "hypot", "maximum", "minimum", "mod", "power")
"""The functions of `xp` that take two numbers."""


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_function_has_the_zeros_of_the_engine(backend: str) -> None:
    """1 / f(x) tells the sign of a zero: JAX's own sign, % and // have another there."""
    if missing := BACKENDS[backend].missing():
        pytest.skip(missing)
    edges = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, -7.0, inf, -inf)
    for name in sorted({*own.FUNCTIONS} - {"reduce"}):
        count = 3 if name == "where" else 1 + (name in TWO)
        rows = [*product(edges, repeat=count)]
        inverse = Primitive(
            f"one_over_{name}",
            lambda xp, *xs, name=name: xp.divide(1.0, getattr(xp, name)(*xs)),
            (None,) * count,
        )
        functions = [inverse]
        if name in ops.TABLE and count == ops.TABLE[name].arity:  # as a source may write it by its sign
            functions.append(lambda *xs, op=ops.TABLE[name]: ops.div(1.0, op(*xs)))
        found = compile(lambda xs, all=functions: [f(*xs) for f in all], backend=backend)(rows)
        for row, numbers in zip(rows, found.tolist(), strict=True):
            expected = [f(*row) for f in functions]
            np.testing.assert_allclose(numbers, expected, 1e-12, err_msg=f"{name}{row}")


HALF_OF_SECOND = Primitive("half_of_second", lambda xp, x, y: 0.5 * y, (None, lambda out, x, y: 0.5))
ALWAYS_ONE = Primitive("always_one", lambda xp, x: 1.0, (None,), step_like=True)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_operation_may_pass_over_an_argument(backend: str) -> None:
    if missing := BACKENDS[backend].missing():
        pytest.skip(missing)
    ps = [Value(2.0 * n + 1.0) for n in range(3)]

    def loss(x):
        return ALWAYS_ONE(x) * ops.add(HALF_OF_SECOND(x, ps[0]), HALF_OF_SECOND(ps[0], x)) + ps[1]

    value, gradient = compile(loss, ps, backend, reduction="sum").value_and_grad([1.0, 2.0])
    assert (value, gradient.tolist()) == (8.5, [1.0, 2.0, 0.0])
    rows = compile(lambda x: [ALWAYS_ONE(x), *[HALF_OF_SECOND(x, p) for p in ps], x], ps, backend)
    assert rows([1.0, 2.0, 4.0]).tolist() == [[1.0, 0.5, 1.5, 2.5, x] for x in (1.0, 2.0, 4.0)]
