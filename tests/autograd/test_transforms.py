"""Derivatives of functions: nesting, modes, structures, and what must not be touched."""

import contextlib
import copy
import math
import operator
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import compile, tree
from autograd.checks.check import gradcheck
from autograd.dual import Dual
from autograd.operators import Operators
from autograd.testing import points as numbers
from autograd.testing import programs
from autograd.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.value import Value
from benchmarks.attack.interrupts import interrupt

points = st.floats(-2.0, 2.0)


def curve(x):
    return ag.sin(x**3 + 5)


def test_the_documents_example() -> None:
    assert value_and_grad(curve)(1.2) == (0.4302906126745037, 3.8996226007235006)


@given(points)
def test_grad_nests_to_any_order(x: float) -> None:
    derivatives = [ag.sin, grad(ag.sin), grad(grad(ag.sin)), grad(grad(grad(ag.sin)))]
    values = [f(x) for f in derivatives]
    assert values == pytest.approx([math.sin(x), math.cos(x), -math.sin(x), -math.cos(x)], abs=1e-15)
    assert all(type(value) is float for value in values)


@given(points)
def test_forward_and_reverse_agree_in_every_nesting(x: float) -> None:
    def f(x):
        return ag.tanh(x * x) + ag.exp(-x) * x

    def slope(g):
        return lambda x: jvp(g, (x,), (1.0,))[1]

    second = grad(grad(f))(x)
    for nested in (slope(grad(f)), grad(slope(f)), slope(slope(f))):
        assert nested(x) == pytest.approx(second, rel=1e-12, abs=1e-12)
        assert type(nested(x)) is float
    third = grad(grad(grad(f)))(x)
    assert slope(grad(slope(f)))(x) == pytest.approx(third, rel=1e-11, abs=1e-11)


def test_perturbations_are_not_confused() -> None:
    """d/dx [x · d/dy (x + y)] = 1 (Siskind & Pearlmutter 2005): an inner pass must not see the outer one."""

    def by_jvp(f, x):
        return jvp(f, (x,), (1.0,))[1]

    def by_grad(f, x):
        return grad(f)(x)

    for outer in (by_jvp, by_grad):
        for inner in (by_jvp, by_grad):
            assert outer(lambda x, inner=inner: x * inner(lambda y: x + y, 1.0), 1.0) == 1.0
            assert outer(lambda x, inner=inner: x * inner(lambda y: x * y * y, 2.0), 3.0) == 24.0


def test_perturbations_are_not_confused_in_another_thread() -> None:
    def in_a_thread(call):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(call).result()

    def by_jvp(f, x):
        return jvp(f, (x,), (1.0,))[1]

    def by_grad(f, x):
        return grad(f)(x)

    def number(x):
        return x.data if isinstance(x, Value) else x

    for outer, inner in product((by_jvp, by_grad), repeat=2):
        for expected, f in ((1.0, lambda x, y: x + y), (2.0, lambda x, y: x * y)):

            def outside(x, f=f, inner=inner):
                return x * in_a_thread(lambda: inner(lambda y: f(x, y), 1.0))

            assert number(outer(outside, 1.0)) == expected
    for first, second, inner in product((by_jvp, by_grad), repeat=3):

        def cube(x, inner=inner):
            return x * in_a_thread(lambda: inner(lambda y: x * x * y, 1.0))

        assert first(lambda x, d=second, f=cube: d(f, x), 1.0) == 6.0


def test_a_number_kept_from_an_earlier_pass_does_not_move() -> None:
    kept = []
    jvp(lambda x: kept.append(x) or x, (3.0,), (1.0,))
    slope = jvp(lambda x: x * kept[0], (2.0,), (1.0,))[1]
    assert (slope.primal, slope.tangent) == (3.0, 1.0)


def test_many_passes_make_no_classes() -> None:
    before = len(Operators.__subclasses__())
    for _ in range(100):
        jvp(lambda x: jvp(lambda y: x * y, (x,), (1.0,))[1], (2.0,), (1.0,))
    assert len(Operators.__subclasses__()) == before
    assert Dual.__subclasses__() == []


def test_an_argument_is_not_confused_with_another_use_of_it() -> None:
    assert grad(lambda x: grad(lambda y: x * y)(x))(5.0) == 1.0


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
@pytest.mark.parametrize("x", [1.0, 2.0, 3.0])
def test_every_transformation_compares_the_numbers(x: float, compare: Callable[[Any, Any], bool]) -> None:
    for holds in (lambda t: compare(t, 2.0), lambda t: compare(2.0, t)):

        def branching(t: Any, holds: Callable[[Any], bool] = holds) -> Any:
            return t * t if holds(t) else t

        value, slope, curvature = (x * x, 2 * x, 2.0) if holds(x) else (x, 1.0, 0.0)
        assert jvp(branching, (x,), (1.0,)) == (value, slope)
        assert value_and_grad(branching)(x) == (value, slope)
        assert grad(lambda t: jvp(branching, (t,), (1.0,))[1])(x) == curvature
        assert jvp(grad(branching), (x,), (1.0,)) == (slope, curvature)


@pytest.mark.parametrize("x", [0.0, -0.0, 2.0])
def test_every_transformation_asks_the_number_whether_it_is_true(x: float) -> None:
    def f(t):
        return t * t + t if t else 5.0 * t

    slope, curvature = (2 * x + 1, 2.0) if x else (5.0, 0.0)
    assert (grad(f)(x), jvp(f, (x,), (1.0,))[1]) == (slope, slope)
    assert (hessian(f)(x), hvp(f, x, 1.0), grad(lambda t: jvp(f, (t,), (1.0,))[1])(x)) == (curvature,) * 3
    assert jvp(lambda t: jvp(f, (t,), (1.0,))[1], (x,), (1.0,))[1] == curvature
    assert jvp(lambda n: countdown(n), (3.0,), (1.0,))[1] == grad(countdown)(3.0) == 3.0


def countdown(n):
    total = 0.0
    for _ in range(10):
        if not n:
            return total
        total, n = total + n, n - 1
    raise AssertionError("n was never 0")


def test_every_transformation_is_asked_for_the_number_as_a_value_is() -> None:
    """Equality is identity, `.data` and formats are the number's, and `float` refuses with the remedy."""
    asked = []

    def f(t):
        asked.append((t == 1.0, t != 1.0, t == t, 1.0 in [t], t.data, f"{t:.2f}", len({t, t}), bool(t)))
        with pytest.raises(TypeError, match=r"value\.data.*autograd\.sin"):
            math.sin(t)
        return t * t

    grad(f)(1.0), jvp(f, (1.0,), (1.0,)), hvp(f, 1.0, 1.0)
    grad(grad(f))(1.0), jvp(lambda t: jvp(f, (t,), (1.0,))[1], (1.0,), (1.0,))
    assert len(asked) == 5
    assert set(asked) == {(False, True, True, False, 1.0, "1.00", 1, True)}


@pytest.mark.parametrize(
    "ask",
    [
        *(bool, float, math.sin, str, hash, lambda t: t == 1.0, lambda t: t != t + 1.0, lambda t: f"{t}"),
        *(lambda t: f"{t:.2f}", lambda t: t.data, lambda t: 1.0 in [t], lambda t: t in {t: 1.0}),
    ],
)
def test_what_a_recorded_scalar_refuses_it_refuses_in_forward_mode_too(ask: Callable[[Any], Any]) -> None:
    def asking(t):
        ask(t)
        return t * t

    for differentiated in (
        lambda x: jvp(asking, (x,), (1.0,))[1],
        lambda x: jvp(lambda t: jvp(asking, (t,), (1.0,))[1], (x,), (1.0,))[1],
        lambda x: hvp(asking, x, 1.0),
    ):
        with pytest.raises(ag.TraceError):
            ag.compile(differentiated)([1.0, 2.0])


def test_results_made_under_no_grad_are_constants_in_every_transformation() -> None:
    def f(x):
        with ag.no_grad():
            square = x * x
        return square * x

    def by_jvp(f):
        return lambda x: jvp(f, (x,), (1.0,))[1]

    for first in (grad, by_jvp, jacobian):
        assert (type(first(f)(3.0)), first(f)(3.0)) == (float, 9.0)
        assert ag.compile(first(f))([3.0]) == 9.0
        for second in (grad, by_jvp, jacobian):
            assert (type(second(first(f))(3.0)), second(first(f))(3.0)) == (float, 0.0)
            assert ag.compile(second(first(f)))([3.0]) == 0.0
    assert hessian(f)(3.0) == hvp(f, 3.0, 1.0) == 0.0


def test_what_does_not_depend_on_a_recorded_scalar_has_the_slope_zero_along_it() -> None:
    for derivative in (grad, hessian, jacobian):
        for unrelated in (lambda t, v: v, lambda t, v: v * v, lambda t, v: ag.exp(v) if v > 1 else t):

            def f(x, derivative=derivative, unrelated=unrelated):
                return grad(lambda v: v * x + derivative(lambda t: unrelated(t, v))(x))(2.0)

            assert (f(3.0), ag.compile(f)([3.0])) == (3.0, 3.0)


@given(programs(inputs=2, operations=6), numbers(2, reach=2.0))
def test_forward_and_reverse_agree_on_programs_of_which_a_part_is_a_constant(program, point) -> None:
    def f(x, y):
        with ag.no_grad():
            held = program(x, y)
        return program(held, y) + x * held

    for along, tangents in enumerate(((1.0, 0.0), (0.0, 1.0))):
        slope = grad(f, along)(*point)
        assert jvp(f, point, tangents)[1] == pytest.approx(slope, rel=1e-9, abs=1e-9, nan_ok=True)


def test_argnums_and_keyword_arguments() -> None:
    def f(x, y, *, power):
        return x * y**power

    assert grad(f, 1)(3.0, 2.0, power=3) == 36.0
    assert grad(f, (1, 0))(3.0, 2.0, power=3) == (36.0, 8.0)
    assert grad(f, -1)(3.0, 2.0, power=3) == 36.0
    assert jacobian(f, 1)(3.0, 2.0, power=3) == 36.0
    assert hessian(f, 1)(3.0, 2.0, power=3) == 36.0


@pytest.mark.parametrize("seed", [0.0, 1.0, -2.5])
def test_a_vjp_of_one_number_is_its_seed_times_the_slope(seed: float) -> None:
    assert vjp(lambda x: x * x, 3.0)[1](seed) == (6.0 * seed,)


@pytest.mark.parametrize("argnums", [2, -3, (0, 5)])
def test_a_missing_argument_is_named(argnums) -> None:
    with pytest.raises(TypeError, match="there are 2 arguments"):
        grad(lambda x, y: x * y, argnums)(1.0, 2.0)


@pytest.mark.parametrize("argnums", [(0, 0), (1, -1)])
def test_an_argument_named_twice_is_refused(argnums) -> None:
    with pytest.raises(TypeError, match="twice"):
        grad(lambda x, y: x * y, argnums)(1.0, 2.0)


def test_nested_arguments_give_gradients_of_their_shape() -> None:
    def f(parameters):
        (a, b), c = parameters["pair"], parameters["one"]
        return a * b + c**2

    assert grad(f)({"pair": (2, 3.0), "one": 4}) == {"pair": (3.0, 2.0), "one": 8.0}
    assert grad(lambda m: m[0][1] * m[1][0])([[1, 2], [3, 4]]) == [[0.0, 3.0], [2.0, 0.0]]


def test_jacobian_hessian_and_hessian_vector_product() -> None:
    def f(v):
        return v[0] ** 2 * v[1] + v[1] ** 3

    assert jacobian(lambda v: [v[0] * v[1], v[0] + v[1], 7.0])([2.0, 3.0]) == [
        [3.0, 2.0],
        [1.0, 1.0],
        [0.0, 0.0],
    ]
    assert hessian(f)([2.0, 3.0]) == [[6.0, 4.0], [4.0, 18.0]]
    assert hvp(f, [2.0, 3.0], [1.0, 2.0]) == [14.0, 40.0]


@given(st.lists(points, min_size=3, max_size=3), st.lists(points, min_size=3, max_size=3))
def test_hvp_is_the_hessian_times_the_vector(x: list[float], v: list[float]) -> None:
    def f(x):
        return ag.exp(x[0] * x[1]) + ag.sin(x[1] * x[2]) * x[0]

    expected = [sum(h * w for h, w in zip(row, v, strict=True)) for row in hessian(f)(x)]
    assert hvp(f, x, v) == pytest.approx(expected, rel=1e-10, abs=1e-10)


def test_a_function_may_change_the_list_or_dict_that_it_is_given() -> None:
    def doubled(v):
        v[0] = v[0] * 2
        return v[0] * v[1]

    def ordered(v):
        v.sort()
        return 10 * v[0] + v[1]

    def longer(v, u):
        v.append(1.0)
        return v[0] * v[1] * v[2] * u

    def shorter(p):
        p["c"] = p.pop("a") * 3
        return p["b"] * p["c"]

    assert grad(doubled)([3.0, 5.0]) == [10.0, 6.0]
    assert grad(ordered)([5.0, 3.0]) == [1.0, 10.0]
    assert grad(longer, (0, 1))([2.0, 3.0], 5.0) == ([15.0, 10.0], 6.0)
    assert grad(shorter)({"a": 2.0, "b": 5.0}) == {"a": 15.0, "b": 6.0}
    assert grad(lambda v: (v.pop(), v[0])[1])([1.0, 2.0]) == [1.0, 0.0]
    assert jacobian(lambda v: (v.__setitem__(1, v[0]), v)[1])([3.0, 4.0]) == [[1.0, 0.0], [1.0, 0.0]]
    assert hessian(doubled)([3.0, 5.0]) == [[0.0, 2.0], [2.0, 0.0]]
    assert hvp(doubled, [3.0, 5.0], [1.0, 0.0]) == [0.0, 2.0]
    assert ag.compile(doubled).argument_grads([[3.0, 5.0]])["v"].tolist() == [[10.0, 6.0]]
    assert gradcheck(doubled, [3.0, 5.0], order=2).ok


@given(programs(inputs=3, operations=4), numbers(3, reach=2.0))
def test_a_program_that_works_in_place_has_the_derivatives_of_one_that_does_not(program, point) -> None:
    def in_place(v):
        v[0], v[1] = program(*v), v[0]
        v.reverse()
        v.append(v.pop(0) * v[0])
        return v[1] * v[2]

    def pure(v):
        return program(*v) * (v[2] * v[0])

    point = list(point)
    for derivative in (grad, jacobian, hessian):
        expected = tree.leaves(derivative(pure)(point))
        assert tree.leaves(derivative(in_place)(point)) == pytest.approx(
            expected, rel=1e-9, abs=1e-9, nan_ok=True
        )
    expected = jvp(pure, (point,), ([1.0, 2.0, 3.0],))
    assert jvp(in_place, (point,), ([1.0, 2.0, 3.0],)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_what_a_function_returned_may_change_without_changing_the_pullback() -> None:
    buffer = [0.0, 0.0]

    def reused(x):
        buffer[:] = x * x, x
        return buffer

    out, pullback = vjp(reused, 3.0)
    assert vjp(reused, 4.0)[0] == [16.0, 4.0]
    assert (out, pullback([1.0, 0.0])) == ([9.0, 3.0], (6.0,))
    x = Value(3.0)
    out, pullback = vjp(reused, x)
    out[0] *= 10.0
    out.append(x)
    assert pullback([1.0, 0.0])[0].data == 6.0


def slope_of_half_squares(x: Any, y: Any) -> Any:
    """The slope along x of ½ Σ rᵢ², by the residuals' own pullback."""
    residuals, pull = vjp(lambda q: [q * y, ag.sin(q) + y, {"also": q * q * y}], x)
    return pull(residuals)[0]


def by_square(x: Any, y: Any) -> Any:
    return grad(lambda q: 0.5 * ((q * y) ** 2 + (ag.sin(q) + y) ** 2 + (q * q * y) ** 2))(x)


@pytest.mark.parametrize(
    "through",
    [
        lambda f, x, y: f(x, y),
        lambda f, x, y: f(Value(x), Value(y)).data,
        lambda f, x, y: jvp(f, (x, y), (1.0, -2.0)),
        lambda f, x, y: grad(f, (0, 1))(x, y),
        lambda f, x, y: hessian(lambda p: f(*p))([x, y]),
        lambda f, x, y: jvp(grad(f), (x, y), (1.0, 3.0)),
        lambda f, x, y: ag.compile(f)([x], [y]),
        lambda f, x, y: list(ag.compile(f).argument_grads([x], [y]).values()),
    ],
)
def test_a_cotangent_may_be_made_from_what_vjp_returned(through: Any) -> None:
    pulled, squared = (tree.leaves(through(f, 1.5, 0.75)) for f in (slope_of_half_squares, by_square))
    assert np.ravel(pulled).tolist() == pytest.approx(np.ravel(squared).tolist(), rel=1e-12)


def test_vjp_may_be_called_many_times() -> None:
    out, pullback = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    assert out == [6.0, 5.0]
    assert pullback([1.0, 0.0]) == (3.0, 2.0)
    assert pullback([0.0, 1.0]) == (1.0, 1.0)
    assert pullback([2.0, 10.0]) == (16.0, 14.0)
    assert pullback([3.0, 0.0]) == (9.0, 6.0)
    assert pullback([1.0, 10.0]) == (13.0, 12.0)
    with pytest.raises(ValueError, match=r"expected a sequence of 2, got a sequence of 1"):
        pullback([1.0])


@pytest.mark.parametrize(
    ("primal", "tangent", "message"),
    [
        ([1.0, 2.0], [1.0], "expected a sequence of 2, got a sequence of 1"),
        ([[1.0], 2.0], [1.0, [2.0]], "expected a sequence of 1, got one scalar"),
        ([1.0, 2.0], [1.0, [2.0]], "expected one scalar, got a sequence of 1"),
        ({"a": 1.0, "b": 2.0}, {"a": 1.0, "c": 2.0}, r"expected a dict of \['a', 'b'\], got .*\['a', 'c'\]"),
        ({"a": 1.0}, [1.0], r"expected a dict of \['a'\], got a sequence of 1"),
        ([], {}, r"expected a sequence of 0, got a dict of \[\]"),
    ],
)
def test_a_tangent_or_cotangent_of_another_shape_is_refused(primal, tangent, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        jvp(lambda x: x, (primal,), (tangent,))
    with pytest.raises(ValueError, match=message):
        vjp(lambda x: x, primal)[1](tangent)


def test_tangents_in_a_dict_belong_to_their_keys_in_whatever_order() -> None:
    def f(p):
        return p["a"] ** 2 * p["b"]

    point = {"a": 2.0, "b": 3.0}
    assert jvp(f, (point,), ({"b": 1.0, "a": 0.0},)) == (12.0, 4.0)
    assert hvp(f, point, {"b": 1.0, "a": 0.0}) == {"a": 4.0, "b": 0.0}
    assert vjp(lambda p: dict(p), point)[1]({"b": 1.0, "a": 0.0}) == ({"a": 0.0, "b": 1.0},)


def test_a_pullback_depends_on_its_cotangent() -> None:
    def slope(c):
        return pull(c)[0]

    _, pull = vjp(lambda x: x**3, 2.0)
    assert grad(slope)(1.0) == jacobian(slope)(1.0) == vjp(slope, 0.0)[1](1.0)[0] == 12.0
    assert jvp(slope, (3.0,), (1.0,)) == (36.0, 12.0)
    assert grad(lambda c: slope(c) ** 2)(3.0) == 2 * 36.0 * 12.0
    assert hessian(lambda c: slope(c) ** 2)(3.0) == 2 * 12.0**2
    for result in (grad(slope)(1.0), jvp(slope, (3.0,), (1.0,))[1], pull(1.0)[0]):
        assert type(result) is float
    c = Value(1.0)
    slope(c).backward()
    assert (slope(c).data, c.grad) == (12.0, 12.0)


@given(programs(inputs=2, operations=6), numbers(1, reach=2.0), points)
def test_forward_mode_is_two_pullbacks(program, point, direction: float) -> None:
    """The second is that of the first, along its cotangent."""

    def f(x):
        return [program(x, 0.3), x * 0.3]

    _, pull = vjp(f, *point)
    _, push = vjp(lambda c: pull(c)[0], [1.0, 1.0])
    forward = jvp(f, point, (direction,))[1]
    assert push(direction)[0] == pytest.approx(forward, rel=1e-9, abs=1e-9)


def test_a_rate_of_change_depends_on_its_tangent() -> None:
    t = Value(1.0)
    rate = jvp(lambda x: x**3, (2.0,), (t,))[1]
    rate.backward()
    assert (rate.data, t.grad) == (12.0, 12.0)


def test_gradients_of_what_a_function_closes_over_are_not_touched() -> None:
    w = Value(3.0)
    assert grad(lambda x: w * x * x)(2.0).data == 12.0
    assert not w.has_grad


def test_what_depends_on_a_value_closed_over_is_a_value() -> None:
    w = Value(0.7)

    def f(x: Any) -> Any:
        return ag.tanh(w * x)

    def slope_along_w(result: Any) -> float:
        w.zero_grad()
        result.backward()
        return w.grad

    g = grad(f)
    ((g(0.5) - 1 + 0 * w) ** 2).backward()  # a physics-informed loss: it learns nothing if w is dropped
    assert w.grad == pytest.approx(-0.5142, abs=1e-4)
    expected = (1 - math.tanh(0.35) ** 2) * (1 - 2 * 0.35 * math.tanh(0.35))  # ∂/∂w of w sech²(w x)
    assert slope_along_w(g(0.5)) == pytest.approx(expected)
    assert slope_along_w(value_and_grad(f)(0.5)[1]) == pytest.approx(expected)
    assert slope_along_w(jvp(f, (0.5,), (1.0,))[1]) == pytest.approx(expected)
    assert slope_along_w(vjp(f, 0.5)[1](1.0)[0]) == pytest.approx(expected)
    assert slope_along_w(jacobian(lambda v: [f(v[0])])([0.5])[0][0]) == pytest.approx(expected)
    second = gradient_by_differences(lambda u: grad(grad(lambda x: ag.tanh(u * x)))(0.5), 0.7)
    assert slope_along_w(grad(grad(f))(0.5)) == pytest.approx(second)
    assert slope_along_w(hessian(lambda v: f(v[0]))([0.5])[0][0]) == pytest.approx(second)
    assert slope_along_w(hvp(lambda v: f(v[0]), [0.5], [1.0])[0]) == pytest.approx(second)


def gradient_by_differences(f: Any, x: float) -> float:
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


def test_a_slope_of_a_closed_over_parameter_is_not_frozen_when_compiled() -> None:
    w = Value(0.7)
    for slope in (
        lambda x: grad(lambda t: ag.tanh(w * t))(x),
        lambda x: x + grad(lambda t: ag.tanh(w * t))(0.5),
        lambda x: x + jvp(lambda t: ag.tanh(w * t), (0.5,), (1.0,))[1],
    ):
        step = ag.compile(lambda x, slope=slope: (slope(x) - 1) ** 2, [w])
        w.zero_grad()
        ((slope(0.5) - 1) ** 2).backward()
        assert step.grad([0.5])[0] == pytest.approx(w.grad)


def test_plain_numbers_in_give_plain_numbers_out() -> None:
    def f(x: Any) -> Any:
        return ag.sin(x**3)

    for result in (grad(f)(0.5), grad(grad(f))(0.5), jvp(grad(f), (0.5,), (1.0,))[1], vjp(f, 0.5)[1](2.0)[0]):
        assert type(result) is float


def test_along_one_coordinate_the_others_do_not_move() -> None:
    assert jvp(lambda x, y: x**y, (-1.0, 2.0), (1.0, 0.0)) == (1.0, -2.0)
    assert jvp(lambda v: v[0] * ag.log(v[1]), ([2.0, 0.0],), ([1.0, 0.0],))[1] == -math.inf
    assert vjp(lambda x: [x * x, ag.sqrt(x)], 0.0)[1]([1.0, 0.0]) == (0.0,)
    assert jacobian(lambda x: [3 * x, ag.sqrt(x)])(0.0) == [3.0, math.inf]


def test_many_nested_derivatives_of_a_power_end_in_zero() -> None:
    f: Any = lambda t: t**3
    for _ in range(14):
        f = grad(f)
    assert f(1.3) == 0.0


def test_a_value_argument_gives_a_differentiable_gradient() -> None:
    x = Value(3.0)
    slope = grad(lambda t: t**3)(x)
    slope.backward()
    assert (slope.data, x.grad) == (27.0, 18.0)


def test_a_function_that_ignores_its_argument_has_gradient_zero() -> None:
    assert grad(lambda x: 5.0)(1.0) == 0.0
    assert grad(grad(lambda x: 3 * x))(1.0) == 0.0


@pytest.mark.parametrize(
    "three", [3, 3.0, np.float32(3), np.int64(3), np.array(3.0)], ids=lambda x: str(type(x))
)
def test_every_kind_of_real_number_that_a_function_returns_is_a_float(three: Any) -> None:
    results = [
        *value_and_grad(lambda x: three)(1.0),
        *vjp(lambda x: [three], 1.0)[0],
        *jvp(lambda x: three, (1.0,), (1.0,)),
        hessian(lambda x: three * x)(1.0),
    ]
    assert (results, {*map(type, results)}) == ([3.0, 0.0, 3.0, 3.0, 0.0, 0.0], {float})


KINDS = (np.float16, np.float32, np.longdouble, np.int8, np.uint8, np.int64, np.bool_, np.array, int)
constants = st.one_of(
    st.builds(lambda kind, n: kind(n), st.sampled_from(KINDS), st.integers(0, 127)),
    st.builds(np.float32, st.floats(0.0, 1e38)),
    st.builds(np.float16, st.floats(0.0, 6e4)),
)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, c: x * c * c,
        lambda x, c: x / c / 3.3,
        lambda x, c: (c - x) ** 2 * c,
        lambda x, c: ag.dot([x, c], [c, c]) * c,
        lambda x, c: ag.maximum(c, x) * ag.where(c, c * x, 1.0),
    ],
)
@given(constants, points)
def test_forward_mode_computes_in_float64_whatever_the_kind_of_a_constant(f, c, x: float) -> None:
    forward = [*jvp(lambda x: f(x, c), (x,), (1.0,)), hvp(lambda x: f(x, c), x, 1.0)]
    reverse = [*value_and_grad(lambda x: f(x, float(c)))(x), hessian(lambda x: f(x, float(c)))(x)]
    assert forward == pytest.approx(reverse, rel=1e-12, abs=1e-300, nan_ok=True)
    assert {*map(type, forward)} == {float}


def test_an_int_beyond_float64_is_infinite_in_forward_mode_too() -> None:
    assert jvp(lambda x: x * 10**400, (1.0,), (1.0,)) == (math.inf, math.inf)


def test_a_function_that_returns_no_scalar_is_refused() -> None:
    with pytest.raises(TypeError, match="one scalar, got list"):
        grad(lambda x: [x])(1.0)


@pytest.mark.parametrize(
    "out", [None, "1", 1j, {1.0}, [1.0, None], Value(1.0) > 0.0, np.True_, np.array([1.0])]
)
def test_a_function_that_returns_no_scalars_is_refused(out) -> None:
    for differentiate in (
        lambda f: grad(f)(1.0),
        lambda f: jacobian(f)(1.0),
        lambda f: vjp(f, 1.0),
        lambda f: jvp(f, (1.0,), (1.0,)),
    ):
        with pytest.raises(TypeError, match=r"returns scalars, got (NoneType|str|complex|set|bool|ndarray)"):
            differentiate(lambda x: out)


def test_grad_works_where_nothing_else_is_recorded() -> None:
    with ag.no_grad():
        assert grad(grad(curve))(1.2) == grad(grad(curve))(1.2)
        assert grad(curve)(1.2) == 3.8996226007235006
        assert jvp(curve, (1.2,), (1.0,))[1] == hvp(lambda x: x * x * 3.8996226007235006 / 2, 1.0, 1.0)


def cube(x: Any) -> Any:
    return x * x * x


DERIVED: dict[str, Callable[[Any], Any]] = {
    "grad": lambda x: grad(cube)(x),
    "value_and_grad": lambda x: ag.value_and_grad(cube)(x)[0],
    "jacobian": lambda x: jacobian(lambda v: [cube(v[0])])([x])[0][0],
    "hessian": lambda x: ag.hessian(cube)(x),
    "hvp": lambda x: hvp(cube, x, 1.0),
    "vjp": lambda x: vjp(cube, x)[0],
    "pullback": lambda x: vjp(cube, x)[1](1.0)[0],
    "cotangent": lambda x: vjp(cube, 2.0)[1](x)[0],
    "jvp": lambda x: jvp(cube, (x,), (1.0,))[1],
}


@pytest.mark.parametrize("derived", DERIVED.values(), ids=DERIVED)
def test_what_a_transformation_returns_under_no_grad_is_a_constant(derived: Callable[[Any], Any]) -> None:
    def f(x: Any) -> Any:
        with ag.no_grad():
            factor = derived(x)
        return factor * x

    slope = derived(2.0)
    assert grad(f)(2.0) == jvp(f, (2.0,), (1.0,))[1] == slope
    assert grad(grad(f))(2.0) == 0
    x = Value(2.0)
    f(x).backward()
    assert x.grad == slope
    assert compile(f).argument_grads([2.0])["x"].tolist() == [slope]
    w = Value(2.0)
    with ag.no_grad():
        made = derived(w * w)
    assert made.op is None


class Found(Exception):
    """Ends a function from within."""


def raises(x: Any) -> Any:
    raise Found


def is_interrupted(x: Any) -> Any:
    raise KeyboardInterrupt


ENDS: dict[str, Callable[[Any], Any]] = {
    "raises": raises,
    "is interrupted": is_interrupted,
    "returns nothing": lambda x: None,
    "returns": lambda x: x * x,
}

INSIDE: dict[str, Callable[..., Any]] = {
    "grad": lambda f, x: grad(f)(x),
    "value_and_grad": lambda f, x: value_and_grad(f)(x),
    "jacobian": lambda f, x: jacobian(lambda v: [f(v[0])])([x]),
    "hessian": lambda f, x: hessian(f)(x),
    "vjp": lambda f, x: vjp(f, x),
    "hvp": lambda f, x: hvp(f, x, 1.0),
    "jvp": lambda f, x: jvp(f, (x,), (1.0,)),
    "jvp along the argument": lambda f, x: jvp(f, (x,), (x,)),
    "jvp of what does not move": lambda f, x: jvp(lambda z: f(z.primal), (x,), (1.0,)),
}
"""Ways to call f inside a transformation."""

AROUND: dict[str, Callable[[Any, float], float]] = {
    "grad": lambda f, x: grad(f)(x),
    "value_and_grad": lambda f, x: value_and_grad(f)(x)[1],
    "jacobian": lambda f, x: jacobian(lambda v: [f(v[0])])([x])[0][0],
    "hessian": lambda f, x: hessian(f)(x),
    "hvp": lambda f, x: hvp(f, x, 1.0),
    "vjp": lambda f, x: vjp(f, x)[1](1.0)[0],
    "jvp": lambda f, x: jvp(f, (x,), (1.0,))[1],
    "backward": lambda f, x: slope_by_leaf(f, Value(x)),
    "compiled": lambda f, x: compile(f).argument_grads([x])["x"][0],
}


def slope_by_leaf(f: Any, x: Value) -> float:
    f(x).backward()
    return x.grad


def kept_from(inside: Callable[..., Any], end: Callable[[Any], Any], f: Any, use: Any = None) -> Any:
    """Return the function that computes what f does inside a transformation, and keeps it when that ends."""

    def kept_of(x: Any) -> Any:
        kept = []

        def keep(z: Any) -> Any:
            kept.append(f(z))
            return end(z)

        with contextlib.suppress(Found, KeyboardInterrupt, TypeError):
            inside(keep, x)
        return use(kept[0], x) if use else kept[0]

    return kept_of


USES = {"as it is": None, "beside the argument": lambda kept, x: x + kept - x}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("inside", INSIDE.values(), ids=INSIDE)
@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_what_is_kept_of_a_transformation_keeps_its_derivative(around, inside, end, use) -> None:
    assert around(kept_from(inside, end, cube, use), 2.0) == 12.0


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("inside", INSIDE.values(), ids=INSIDE)
@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_what_is_kept_of_a_transformation_under_no_grad_keeps_its_derivative_too(around, inside, end) -> None:
    def unrecorded(f: Any, x: Any) -> Any:
        with ag.no_grad():
            return inside(f, x)

    assert around(kept_from(unrecorded, end, cube), 2.0) == 12.0


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_what_is_kept_of_transformations_in_each_other_keeps_its_derivative(around) -> None:
    for first, second, end in product(INSIDE.values(), INSIDE.values(), (raises, ENDS["returns"])):
        assert around(kept_from(first, end, kept_from(second, end, cube)), 2.0) == 12.0


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("inside", INSIDE.values(), ids=INSIDE)
def test_what_is_kept_of_a_transformation_is_compiled_and_checked_as_a_number(inside, end) -> None:
    f = kept_from(inside, end, cube)
    assert compile(f)([2.0, 3.0]) == (8.0 + 27.0) / 2
    assert compile(lambda x: [f(x), x])([2.0, 3.0]).tolist() == [[8.0, 2.0], [27.0, 3.0]]
    assert gradcheck(f, 2.0).entries[0].analytic == 12.0


def test_what_is_kept_of_passes_that_ended_before_is_a_number_to_later_ones_in_whatever_thread() -> None:
    def f(x: Any) -> Any:
        with ThreadPoolExecutor(2) as threads:
            slopes = [*threads.map(kept_from(INSIDE["jvp"], raises, cube), [x, x * x])]
        return grad(lambda y: y * slopes[0] + jvp(lambda z: z * y * slopes[1], (y,), (1.0,))[1])(x)

    # That is x³ + x⁶.
    assert grad(f)(2.0) == jvp(f, (2.0,), (1.0,))[1] == 12.0 + 192.0


def test_a_number_that_another_process_moves_is_told_from_those_moved_here() -> None:
    program = (
        "import pickle, sys; from autograd import grad, jvp; x = pickle.load(sys.stdin.buffer); "
        "f = lambda y: x * x * y * y; "
        "pickle.dump([f(2.0), grad(f)(2.0), jvp(f, (2.0,), (1.0,))[1]], sys.stdout.buffer)"
    )

    def elsewhere(x: Any) -> Any:
        given = pickle.dumps(x)
        return pickle.loads(
            subprocess.run(
                [sys.executable, "-c", program], input=given, stdout=subprocess.PIPE, check=True
            ).stdout
        )

    assert jvp(elsewhere, (3.0,), (1.0,)) == ([36.0, 36.0, 36.0], [24.0, 24.0, 24.0])


def test_a_compiled_function_refuses_what_a_pass_around_it_moves() -> None:
    def f(x: Any) -> Any:
        return compile(lambda y: x * y)([2.0])

    with pytest.raises(ValueError, match=r"uses a number that jvp or hvp moves .*use its \.data"):
        jvp(f, (3.0,), (1.0,))


@pytest.mark.parametrize("inside", INSIDE.values(), ids=INSIDE)
def test_what_is_kept_of_a_transformation_interrupted_at_any_moment_keeps_its_derivative(inside) -> None:
    def slope(at: int) -> tuple[int, float]:
        x, kept = Value(2.0), []
        last = interrupt(lambda: inside(lambda z: kept.append(cube(z)) or kept[0], x), at)
        for out in kept[:1]:
            out.backward()
        return last, x.grad if kept else 12.0

    last, slope_in_the_end = slope(0)
    assert {slope_in_the_end, *(slope(at)[1] for at in range(1, last + 1))} == {12.0}


def test_argnums_that_can_be_read_once_serve_every_call() -> None:
    for derivative in grad, jacobian:
        gradient = derivative(lambda x, y: x * y, (index for index in range(2)))
        assert gradient(2.0, 3.0) == gradient(2.0, 3.0) == (3.0, 2.0)
    for index in (np.int64(1), np.array(1)):
        assert grad(lambda x, y: x * y, index)(2.0, 3.0) == 2.0


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize(
    "derivative",
    [ag.grad, ag.value_and_grad, ag.jacobian, ag.hessian, lambda f: lambda v: ag.vjp(f, v)],
)
def test_a_copy_of_what_a_function_is_differentiated_along_is_refused(derivative, duplicate) -> None:
    def f(v: Any) -> Any:
        x, y = (duplicate(x) for x in v)
        return x * y

    with pytest.raises(TypeError, match=r"only leaves can be copied or pickled, got "):
        derivative(f)([2.0, 3.0])
    outside = Value(3.0)
    assert derivative(lambda v: v[0] * duplicate(outside))([2.0]) is not None
    assert copy.copy(outside).data == 3.0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_forward_mode_copies_what_moves_with_numbers_and_refuses_where_a_value_would_be_lost(
    duplicate,
) -> None:
    def f(v):
        return duplicate(v)[0] ** 2

    assert jvp(f, ([3.0],), ([1.0],)) == (9.0, 6.0)
    assert jvp(lambda t: jvp(f, ([t],), ([1.0],))[1], (3.0,), (1.0,)) == (6.0, 2.0)
    for primal, tangent in ((Value(3.0), 1.0), (3.0, Value(1.0))):
        with pytest.raises(
            TypeError, match=r"only leaves can be copied or pickled, got 3\.0, .*: copy the list"
        ):
            jvp(f, ([primal],), ([tangent],))


@pytest.mark.parametrize("nothing", [None, "", 0j, False, 0, np.float32(0.0), np.array([1.0])])
def test_a_cotangent_and_a_tangent_are_real_numbers(nothing: Any) -> None:
    pull = vjp(lambda x: x * x, 2.0)[1]
    if isinstance(nothing, (bool, int, np.floating)):
        assert pull(nothing) == (0.0,)
        assert jvp(lambda x: x * x, (2.0,), (nothing,))[1] == 0.0
        return
    for call in (pull, lambda seed: jvp(lambda x: x * x, (2.0,), (seed,))):
        with pytest.raises(TypeError, match="expected a real number, got"):
            call(nothing)


def test_an_array_in_place_of_a_list_is_named() -> None:
    pair = np.array([1.0, 2.0])
    said = r"expected a sequence of 2, got an array of shape \(2,\), which takes .tolist\(\)"
    with pytest.raises(ValueError, match=said):
        vjp(lambda x: [x, x], 2.0)[1](pair)
    with pytest.raises(ValueError, match=said):
        jvp(lambda v: v[0] * v[1], ([1.0, 2.0],), (pair,))


def test_a_function_may_label_what_it_computes_in_every_mode() -> None:
    def f(x: Any) -> Any:
        x.label, y = "x", x * x
        y.label = "y"
        assert (x.label, y.label, (y * 2.0).label) == ("x", "y", "")
        return y * 3.0

    assert (grad(f)(2.0), jvp(f, (2.0,), (1.0,)), hvp(f, 2.0, 1.0)) == (12.0, (12.0, 12.0), 6.0)
    assert (hessian(f)(2.0), ag.compile(f)([2.0]), gradcheck(f, 2.0, order=2).ok) == (6.0, 12.0, True)


def slope_by_backward(x):
    y = x**3
    y.backward(create_graph=True)
    return x.grad


@pytest.mark.parametrize(("order", "expected"), [(0, 12.0), (1, 12.0), (2, 6.0), (3, 0.0)])
def test_backward_inside_a_function_has_every_derivative_and_stops_at_its_argument(order, expected) -> None:
    f = slope_by_backward
    for _ in range(order):
        f = grad(f)
    if order:
        assert f(2.0) == expected
        x = Value(2.0)
        found = f(x)
        assert (found.data, x.has_grad) == (expected, False)
        found.backward()
        assert x.grad == {1: 6.0}.get(order, 0.0)
        assert hessian(lambda v: slope_by_backward(v[0]))([2.0]) == [[6.0]]


def test_gradients_that_backward_leaves_inside_a_function_add_up_in_its_argument() -> None:
    def f(x):
        (x * x).backward(create_graph=True)
        (x**3).backward()
        return x.grad

    x = Value(2.0)
    assert (grad(grad(f))(2.0), grad(lambda x: grad(f)(x) * x)(2.0), grad(f)(x).data) == (0.0, 2.0, 2.0)
    assert not x.has_grad


@pytest.mark.parametrize("mode", [lambda f: jvp(f, (2.0,), (1.0,)), lambda f: hvp(f, 2.0, 1.0)])
def test_backward_in_forward_mode_is_refused_with_a_remedy(mode) -> None:
    with pytest.raises(TypeError, match=r"^backward\(\) was called on 8\.0, .*: use grad\(f\)\(x\)"):
        mode(slope_by_backward)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: jvp(ag.sin, 2.0, (1.0,)), r"jvp takes primals in a tuple, .*, got 2\.0: write \(2\.0,\)"),
        (lambda: jvp(ag.sin, (2.0,), 1.0), r"jvp takes tangents in a tuple, .*, got 1\.0: write \(1\.0,\)"),
        (
            lambda: jvp(ag.sin, np.array(2.0), np.array(1.0)),
            r"jvp takes primals in a tuple, .*, got array\(2\.\): write \(array\(2\.\),\)",
        ),
        (lambda: grad(ag.sin, "0"), r"argnums is the index of an argument, .*; got '0'"),
        (lambda: grad(ag.sin, [0.0]), r"argnums is the index of an argument, .*; got \[0\.0\]"),
        (lambda: jacobian(ag.sin, None), r"argnums is the index of an argument, .*; got None"),
        (
            lambda: grad(lambda x: [x])(1.0),
            r"grad needs .* one scalar, got list; use jacobian for .* several",
        ),
    ],
)
def test_what_cannot_be_differentiated_along_is_refused_with_a_remedy(call, said) -> None:
    with pytest.raises(TypeError, match=f"^{said}$"):
        call()


def test_primals_and_tangents_may_be_read_once() -> None:
    assert jvp(lambda *xs: ag.sum(xs), (x for x in (2.0, 3.0)), (t for t in (1.0, 4.0))) == (5.0, 5.0)
