"""What the compiler's rewrites must keep: `python -m benchmarks attack rewrites`, and what is not there."""

import operator
from collections.abc import Callable
from itertools import product
from math import copysign, inf, pi
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Value, compile, dot, scalar
from autograd.compiler.backends import BACKENDS
from autograd.compiler.record import signs
from autograd.compiler.record.signs import SAMPLES, nan_at_zero, signs_told
from autograd.ops import TABLE, div, identity
from autograd.primitive import Primitive
from benchmarks.attack.rewrites import TRIALS, edges_of, told


@pytest.mark.parametrize(("name", "exact"), TRIALS)
def test_no_rewrite_makes_a_number_of_what_is_none(name: str, exact: bool) -> None:
    assert edges_of(name, exact) is None


@pytest.mark.parametrize(
    "between",
    [
        lambda y: y,
        lambda y: -y,
        ag.tanh,
        lambda y: 0.5 * y,
        lambda y: -2.0 * ag.cbrt(y),
        lambda y: y - abs(y),
        ag.sqrt,
    ],
)
def test_a_sum_in_a_matrix_keeps_the_sign_that_something_tells(between: Callable[[Any], Any]) -> None:
    weights = [Value(-0.0, f"w{n}") for n in range(6)]

    def rows(x: Any) -> Any:
        return [told(between(dot(weights[n : n + 3], x, -0.0))) for n in (0, 1, 2, 3)]

    batch = [[1.0, 2.0, 3.0], [-1.0, 2.0, 0.0], [0.0, 0.0, -0.0]]
    assert np.array_equal(compile(rows, weights)(batch), [[y.data for y in rows(x)] for x in batch])


@pytest.mark.parametrize("by", [1e7, -1e300, 1e-40])
@pytest.mark.parametrize(
    "written",
    [
        lambda a, p, x: a * ag.sum([w * w for w in p]) + x[0],
        lambda a, p, x: ag.sum([a * (w * y) for w, y in zip(p, x, strict=True)]),
        lambda a, p, x: dot([a, p[0], 2.0, a], [p[1], x[0], p[2], x[1]], p[1]),
        lambda a, p, x: dot([a, 2.0, a], [3.0, p[0], p[1] * x[2]]) - a * dot(p, x, a),
        lambda a, p, x: a * (2.0 * (p[0] * x[1] + a * p[1])) + 0.5 * (a * x[0]),
    ],
)
def test_numbers_that_are_no_coefficients_are_factors_like_others(written: Any, by: float) -> None:
    p, row = [Value(x) for x in (1.5, -0.75, 2.0)], [0.5, 3.0, -1.0]
    value, gradient = compile(lambda x: written(by, p, x), p).value_and_grad([row])
    root = written(by, p, row)
    root.backward()
    np.testing.assert_allclose([value, *gradient], [root.data, *[w.grad for w in p]], rtol=1e-14)


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("by", [1e300, -1e7, inf, 1e-100])
@pytest.mark.parametrize(
    "written",
    [
        lambda a, v: a * v[0] + a * v[1],
        lambda a, v: ag.sum([a * x for x in v[:2]]),
        lambda a, v: a * (v[0] * v[2]) + a * (v[1] * v[3]),
        lambda a, v: ag.sum([0.5 * (a * x) for x in v]),
        lambda a, v: ag.sum([a * (0.5 * x) for x in v]),
    ],
)
def test_what_terms_have_in_common_hides_no_overflow(written: Any, by: float, backend: str) -> None:
    if BACKENDS[backend].missing():
        pytest.skip(f"{backend} cannot run here")
    rows = [[1e305, -1e304, 1.0, 1.0], [1.5e308, 1.5e308, 1.0, 1.0], [1e150, 1e150, -1e150, 1e149]]
    rows += [[1.0, -2.0, 0.0, 3.0], [-inf, inf, 1.0, 1.0]]
    expected = [[written(by, row)] for row in rows]
    found, known = compile(lambda v: [written(by, v)], backend=backend)(rows), np.isfinite(expected)
    assert np.array_equal(np.isfinite(found), known)  # an infinity where the engine has nan: they are fused
    np.testing.assert_allclose(found[known], np.array(expected)[known], rtol=1e-14)


ANGLES = Primitive(
    "sum_of_angles",
    lambda xp, *xs: xp.reduce(operator.add, [xp.arctan2(x, -1.0) for x in xs]),
    all_partials=lambda out, *xs: [div(-1.0, 1.0 + x * x) for x in xs],
)
ANGLE_OF_LAST = Primitive(
    "angle_of_last",
    lambda xp, *xs: xp.arctan2(xs[-1], -1.0) + 0.0 * xp.reduce(operator.add, xs),
    all_partials=lambda out, *xs: [0.0] * (len(xs) - 1) + [div(-1.0, 1.0 + xs[-1] * xs[-1])],
)


def angle_of_seven(xp: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any) -> Any:
    return xp.arctan2(a + b + c + d + e + f + g, -1.0) / (1.0 + xp.exp(a))


@pytest.mark.parametrize(
    ("op", "count"),
    [
        *[(ANGLES, count) for count in (1, 2, 4, 12)],
        *[(ANGLE_OF_LAST, count) for count in (1, 2, 5)],
        (Primitive("angle_of_seven", angle_of_seven, (None,) * 7), 7),
    ],
)
def test_an_operation_of_many_arguments_tells_the_sign_of_a_sum(op: Primitive, count: int) -> None:
    weights = [Value(-0.0) for _ in range(count + 2)]

    def rows(x: Any) -> Any:
        return [op(*[dot(weights[n : n + 3], x, -0.0) for n in range(count)])]

    batch = [[1.0, 2.0, 3.0], [-1.0, 2.0, 0.0], [0.0, 0.0, -0.0]]
    assert np.array_equal(compile(rows, weights)(batch), [[y.data for y in rows(x)] for x in batch])


@pytest.mark.parametrize("count", [5, 12, 40])  # to try nine numbers as each of 12 arguments takes days
def test_an_operation_of_many_fixed_arguments_is_soon_compiled_and_not_guarded(count: int) -> None:
    names = [f"x{n}" for n in range(count)]
    impl = eval(f"lambda xp, {', '.join(names)}: xp.tanh({' + '.join(names)})")
    op = Primitive("tanh_of_many", impl, (None,) * count)
    step = compile(lambda x: [op(*[x[n] * x[n] + x[0] for n in range(count)])])
    assert step([[0.0] * count]) == 0.0
    assert signs_told(step._last().recording).guarded == {}
    assert {exact for exact, _ in step._last()._programs} == {False}
    assert op(*map(Value, [0.0] * count)).data == 0.0


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.arity is None], ids=lambda op: op.name)
def test_no_operation_of_the_table_on_any_number_of_arguments_is_guarded(op: Primitive) -> None:
    w = [Value(0.0), Value(0.0)]
    step = compile(lambda x: [op(*[w[0] * y + w[1] * y for y in x])], w)
    step([[1.0, 2.0, 3.0]])
    assert signs_told(step._last().recording).guarded == {}


def test_a_sum_keeps_the_sign_that_decides_between_a_number_and_nan() -> None:
    root = Primitive("root", lambda xp, x: xp.sqrt(xp.divide(1.0, x)), (None,))
    weights = [Value(-0.0) for _ in range(3)]

    def rows(x: Any) -> Any:
        return [root(dot(weights, x, zero)) for zero in (0.0, -0.0)]

    batch = [[1.0, 2.0, 3.0], [-1.0, 2.0, 0.0]]
    expected = [[y.data for y in rows(x)] for x in batch]
    assert [[y == y for y in line] for line in expected] == [[True, False], [True, True]]
    assert np.array_equal(compile(rows, weights)(batch), expected, equal_nan=True)


INVERSE_OF_POSITIVE = Primitive(
    "inverse_of_positive",
    lambda xp, x: xp.where(x >= 0.0, xp.divide(1.0, x), 0.0),
    (lambda out, x: ag.where(x >= 0.0, -1.0 * out * out, 0.0),),
)
ANGLES_OF_POSITIVE = Primitive(
    "angles_of_positive",
    lambda xp, *xs: xp.reduce(
        operator.add, [xp.where(x >= 0.0, xp.arctan(xp.divide(1.0, x)), 0.0) for x in xs]
    ),
    all_partials=lambda out, *xs: [0.0 for _ in xs],
)


@pytest.mark.parametrize(
    "op", [*TABLE.values(), INVERSE_OF_POSITIVE, ANGLES_OF_POSITIVE], ids=lambda op: op.name
)
def test_what_is_guarded_is_nan_at_every_zero_and_else_as_it_was(op: Primitive) -> None:
    count = op.arity or 3
    for numbers in [(n,) for n in range(count)] + [tuple(range(count))]:
        for args in product(SAMPLES[:4], repeat=count):
            if op.by_index and args[0] not in range(count - 1):
                continue
            found, expected = nan_at_zero(op, numbers).impl(scalar, *args), op.impl(scalar, *args)
            if any(args[n] == 0.0 for n in numbers):
                assert found != found
            else:
                np.testing.assert_equal(found, expected)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "written",
    [
        lambda w, x: INVERSE_OF_POSITIVE(x * w),
        lambda w, x: INVERSE_OF_POSITIVE(w - x),
        lambda w, x: ANGLES_OF_POSITIVE(*[x * w * k for k in (-2.0, -1.0, 0.0, 1.0, 2.0)]),
        lambda w, x: ANGLES_OF_POSITIVE(w - x, x - w),
    ],
)
def test_an_operation_that_passes_over_nan_tells_the_sign_of_a_sum(written: Any, backend: str) -> None:
    if BACKENDS[backend].missing():
        pytest.skip(f"{backend} cannot run here")
    w = Value(0.25)
    for x in (0.0, 0.25, 1.0):
        root = written(w, Value(x))
        root.backward()
        value, gradient = compile(lambda x: written(w, x), [w], backend).value_and_grad([x])
        np.testing.assert_allclose([value, *gradient], [root.data, w.grad], rtol=1e-12)
        w.grad = None


FROM, TO = 5.0, 7.0
"""Between these no number is among the samples."""


def between(xp: Any, y: Any, inside: Any, outside: Any) -> Any:
    return xp.where(y > 5.0, xp.where(y < 7.0, inside, outside), outside)


def between_globals(xp: Any, y: Any, inside: Any, outside: Any) -> Any:
    return xp.where(y > FROM, xp.where(y < TO, inside, outside), outside)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("chosen", [between, between_globals])
def test_what_an_operation_of_ones_own_does_between_samples_is_known(chosen: Any, backend: str) -> None:
    if BACKENDS[backend].missing():
        pytest.skip(f"{backend} cannot run here")
    side = Primitive("side", lambda xp, x, y: xp.arctan2(x, chosen(xp, y, -1.0, 1.0)), (None, None))
    signed = Primitive("signed", lambda xp, y: chosen(xp, y, -xp.abs(y - 6.0), 1.0), (None,))
    larger = Primitive("larger", lambda xp, x, y: chosen(xp, y, xp.maximum(x, 0.0), x), (None, None))
    w = Value(0.25)

    def rows(x: Any, y: Any) -> Any:
        inverses = [div(1.0, signed(y) - (w - x)), div(1.0, larger(-(x - 0.25), y))]
        return [side(-(w - x), y), *map(ag.atan, inverses)]

    xs, ys = [0.25] * 9, [6.0] * 9
    expected = [[out.data for out in rows(Value(0.25), Value(6.0))]] * 9
    np.testing.assert_allclose(compile(rows, [w], backend)(xs, ys), expected, rtol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("reads", [lambda: 0.0, lambda: 0.0 * FROM])
def test_an_operation_that_chooses_a_zero_and_divides_by_it_chooses_the_first(
    reads: Any, backend: str
) -> None:
    if BACKENDS[backend].missing():
        pytest.skip(f"{backend} cannot run here")
    choices: list[Callable[..., Any]] = [
        lambda xp, x: xp.maximum(x, reads()),
        lambda xp, x: xp.maximum(reads(), x),
        lambda xp, x: xp.minimum(reads(), x),
        lambda xp, x: xp.reduce(xp.minimum, [0.5, x, reads()]),
    ]
    ops = [
        Primitive(f"told{n}", lambda xp, x, f=choice: xp.arctan(xp.divide(1.0, f(xp, x))), (None,))
        for n, choice in enumerate(choices)
    ]
    found = compile(lambda x: [op(x) for op in ops], backend=backend)(ZEROS * 9)
    np.testing.assert_allclose(found, [[op(x) for op in ops] for x in ZEROS * 9], rtol=1e-12)


@pytest.mark.parametrize("op", TABLE.values(), ids=lambda op: op.name)
def test_instructions_tell_no_less_of_a_zero_than_samples_do(op: Primitive) -> None:
    unknown: tuple[str | None, ...] = (None,) * (op.arity or 3)
    assert signs._effect_of_ties(op, unknown) <= min(1, signs._effect_through(op, None, unknown))
    for n in range(len(unknown)):
        assert signs._effect(op, n, unknown) <= signs._effect_through(op, n, unknown)


def test_an_operation_of_ones_own_that_no_zero_changes_needs_no_second_look() -> None:
    own = Primitive("own", lambda xp, x: xp.divide(x, 1.0 + xp.exp(-x)), (lambda out, x: out,))
    w = Value(0.0)
    step = compile(lambda x: own(w * x + w) + div(1.0, ag.exp(own(w * x - w))), [w])
    assert step.value_and_grad([1.0])[0] == 1.0
    assert signs_told(step._last().recording).guarded == {}
    assert {exact for exact, _ in step._last()._programs} == {False}


def test_a_softmax_and_a_mean_square_need_no_second_look() -> None:
    w = [Value(x) for x in (0.5, -0.25, 1.0)]

    def loss(x: Any) -> Any:
        scores = [w[0] * x[0] + w[1], w[1] * x[1] + w[2]]
        spread = (ag.sum([score * score for score in scores]) + 1e-5) ** -0.5
        return ag.sum([-ag.log(s) for s in ag.softmax(scores)]) + (scores[0] - 1) ** 2 * spread

    step = compile(loss, w)
    step.value_and_grad([[1.0, 2.0]])
    trace = step._last()
    assert signs_told(trace.recording).guarded == {}
    assert {exact for exact, _ in trace._programs} == {False}


def test_a_zero_that_decides_nothing_keeps_the_fast_program() -> None:
    w = Value(0.0)
    step = compile(lambda x: [ag.where(x > 0, div(1.0, w * x + 0.0 + w), ag.atan(w * x + w))], [w])
    assert step([-1.0]) == 0.0
    assert {exact for exact, _ in step._last()._programs} == {False}
    assert step([1.0]) == inf


@pytest.mark.parametrize(
    ("inner", "outer", "x"), [(1e200, 1e200, 1e-300), (1e-200, 1e-200, 1e300), (0.5, 1e-290, 1e280)]
)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_coefficients_that_are_out_of_range_together_are_two(
    inner: float, outer: float, x: float, sign: float
) -> None:
    expected = sign * outer * (inner * x)
    assert compile(lambda x: [sign * outer * (inner * x)])([x])[0, 0] == pytest.approx(expected, rel=1e-15)
    w = Value(1.0)
    _, gradient = compile(lambda x: sign * outer * (inner * x * w), [w]).value_and_grad([x])
    assert gradient[0] == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (lambda x, w: 1e30 * (1e30 * x * w), 1e-30),
        (lambda x, w: 1e-30 * (1e-30 * x * w), 1e38),
        (lambda x, w: (3e38 * x + 2e38 * x) * w, 1e-30),
    ],
)
def test_coefficients_that_float32_has_not_together_are_two(function: Callable[..., Any], x: float) -> None:
    w, expected = Value(1.0), pytest.approx(function(x, 1.0), rel=1e-6, abs=0.0)
    assert compile(lambda x: [function(x, 1.0)], dtype="float32")([x])[0, 0] == expected
    value, gradient = compile(lambda x: function(x, w), [w], dtype="float32").value_and_grad([x])
    assert [value, gradient[0]] == [expected, expected]


def test_what_fills_up_a_sum_of_zeros_keeps_their_sign() -> None:
    found = compile(lambda x: [told(ag.sum(x[:n])) for n in (1, 2, 3)])([[-0.0, -0.0, -0.0]])
    assert [copysign(1.0, y) for y in found[0]] == [-1.0] * 3


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("count", [1, 2, 3, 9, 20])
def test_a_sum_of_minus_zeros_inside_another_operation_is_minus_zero(count: int, backend: str) -> None:
    if BACKENDS[backend].missing():
        pytest.skip(f"{backend} cannot run here")
    half = Primitive(
        "half_of_all",
        lambda xp, *xs: 0.5 * xp.reduce(operator.add, xs),
        all_partials=lambda out, *xs: [0.5 for _ in xs],
    )
    step = compile(lambda x: [ag.atan2(half(*x), -1.0)], backend=backend)
    batch, expected = np.array([[-0.0] * count, [0.0] * count]), [[-pi], [pi]]
    assert np.array_equal(step(batch), expected)
    scope: dict[str, Any] = {}
    exec(step.source, scope)
    assert np.array_equal(scope["replay"](batch, step.vector), expected)


ZEROS = [-1.0, 0.0, -0.0, 1.0]


@pytest.mark.parametrize("choice", [ag.maximum, ag.minimum, lambda x, y: ag.clamp(x, y, 1.0)])
@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_of_0_and_minus_0_the_first_is_chosen_in_every_lane(choice: Callable[..., Any], backend: str) -> None:
    step = compile(lambda x, y: [told(choice(x, y))], backend=backend)
    xs, ys = np.array(ZEROS * 9), np.array([0.0, -0.0, -0.0, 0.0] * 9)
    expected = [[told(choice(*pair))] for pair in zip(xs, ys, strict=True)]
    assert np.array_equal(step(xs, ys), expected)


@pytest.mark.parametrize("choice", [ag.relu, lambda x: ag.maximum(x, 0.0), lambda x: ag.max([x, 0.0])])
def test_a_choice_between_zeros_needs_no_second_look(choice: Callable[[Any], Any]) -> None:
    step = compile(lambda x: [ag.exp(div(-1.0, choice(x)))])
    assert step([-1.0, 0.0, 1.0]).ravel().tolist() == [0.0, 0.0, np.exp(-1.0)]
    assert {exact for exact, _ in step._last()._programs} == {False}


def test_what_was_compiled_with_0_before_leaves_minus_0_alone() -> None:
    w = Value(0.0)
    compile(lambda x: [told(x * w + 0.0)], [w])([1.0])
    found = compile(lambda x: [told((x * w + w * x) + -0.0)], [w])([-1.0])
    assert found[0, 0] == told(-0.0)


@pytest.mark.parametrize("same", [ag.detach, identity])
def test_what_is_told_of_one_of_two_equal_choices_is_told(same: Callable[[Any], Any]) -> None:
    found = compile(lambda x: [ag.relu(same(x)), told(ag.relu(x))])([-0.0])
    assert found[0, 1] == told(-0.0)
