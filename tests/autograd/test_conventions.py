"""What the engine promises at kinks, poles and boundaries, row by row."""

import math
from itertools import islice, product
from math import inf, nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd as ag
from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.transforms import grad, jvp
from autograd.value import Value


def same(x: float, y: float) -> bool:
    return (math.isnan(x) and math.isnan(y)) or x == y


@pytest.mark.parametrize(
    ("f", "point", "value", "derivatives"),
    [
        (ag.relu, (0.0,), 0.0, (0.0,)),
        (abs, (0.0,), 0.0, (0.0,)),
        (ag.maximum, (2.0, 2.0), 2.0, (0.5, 0.5)),
        (ag.minimum, (2.0, 2.0), 2.0, (0.5, 0.5)),
        (ag.max, (2.0, 1.0, 2.0, 2.0), 2.0, (1 / 3, 0.0, 1 / 3, 1 / 3)),
        (ag.min, (2.0, 3.0, 2.0), 2.0, (0.5, 0.0, 0.5)),
        (ag.sqrt, (0.0,), 0.0, (inf,)),
        (ag.sqrt, (-0.0,), -0.0, (inf,)),
        (lambda x: x**0.5, (0.0,), 0.0, (inf,)),
        (lambda x: x**1.5, (0.0,), 0.0, (0.0,)),
        (ag.log, (0.0,), -inf, (inf,)),
        (ag.log, (-0.0,), -inf, (inf,)),
        (ag.log, (-1.0,), nan, (nan,)),
        (ag.sqrt, (-1.0,), nan, (nan,)),
        (lambda x: x**0, (0.0,), 1.0, (0.0,)),
        (lambda x: x**0, (-3.0,), 1.0, (0.0,)),
        (lambda x, y: x**y, (0.0, 0.0), 1.0, (0.0, 0.0)),
        (lambda x, y: x**y, (0.0, 2.0), 0.0, (0.0, 0.0)),
        (lambda x, y: x**y, (0.0, 1.0), 0.0, (1.0, 0.0)),
        (lambda x, y: x**y, (0.0, -1.0), inf, (-inf, -inf)),
        (lambda x, y: x**y, (-2.0, 2.0), 4.0, (-4.0, nan)),
        (lambda x: x**3, (-4.0,), -64.0, (48.0,)),
        (lambda x: x**0.5, (-2.0,), nan, (nan,)),
        (lambda x: 2**x, (3.0,), 8.0, (8 * math.log(2),)),
        (lambda x: 1 / x, (0.0,), inf, (-inf,)),
        (lambda x: 1 / x, (-0.0,), -inf, (-inf,)),
        (lambda x, y: x / y, (0.0, 0.0), nan, (inf, nan)),
        (ag.exp, (1000.0,), inf, (inf,)),
        (ag.exp, (-1000.0,), 0.0, (0.0,)),
        (ag.tanh, (1000.0,), 1.0, (0.0,)),
        (ag.tanh, (-1000.0,), -1.0, (0.0,)),
        (ag.sigmoid, (1000.0,), 1.0, (0.0,)),
        (ag.sigmoid, (-1000.0,), 0.0, (0.0,)),
        (lambda x: ag.clamp(x, -1.0, 2.0), (2.0,), 2.0, (1.0,)),
        (lambda x: ag.clamp(x, -1.0, 2.0), (-1.0,), -1.0, (1.0,)),
        *[(ag.clamp, (x, 2.0, -2.0), -2.0, (0.0, 0.0, 1.0)) for x in (-3.0, -2.0, 0.0, 2.0, 3.0)],
        (ag.leaky_relu, (0.0,), 0.0, (0.01,)),
        (lambda x: ag.leaky_relu(x, 0.2), (0.0,), 0.0, (0.2,)),
        (ag.elu, (0.0,), 0.0, (1.0,)),
        (lambda x: ag.elu(x, 2.0), (0.0,), 0.0, (2.0,)),
        (ag.sign, (0.0,), 0.0, (0.0,)),
        (ag.floor, (2.0,), 2.0, (0.0,)),
        (ag.round, (2.5,), 2.0, (0.0,)),
        (ag.hypot, (0.0, 0.0), 0.0, (0.0, 0.0)),
        (lambda x, y: ag.norm([x, y]), (0.0, 0.0), 0.0, (0.0, 0.0)),
        (ag.atan2, (0.0, 0.0), 0.0, (0.0, 0.0)),
        (ag.xlogy, (0.0, 0.0), 0.0, (0.0, 0.0)),
        (ag.xlogy, (0.0, 2.0), 0.0, (math.log(2.0), 0.0)),
        (ag.log1p, (-1.0,), -inf, (inf,)),
        (ag.acosh, (1.0,), 0.0, (inf,)),
        (ag.acosh, (-2.0,), nan, (nan,)),
        (ag.atanh, (1.0,), inf, (inf,)),
        (ag.atanh, (2.0,), nan, (nan,)),
        (ag.asin, (1.0,), math.pi / 2, (inf,)),
        (ag.acos, (2.0,), nan, (nan,)),
        (ag.silu, (-inf,), 0.0, (0.0,)),
        (ag.silu, (1000.0,), 1000.0, (1.0,)),
        (ag.gelu, (-1000.0,), 0.0, (0.0,)),
        (ag.gelu, (1000.0,), 1000.0, (1.0,)),
        (ag.gelu_tanh, (1e200,), 1e200, (1.0,)),
        (ag.softplus, (-1000.0,), 0.0, (0.0,)),
        (ag.softplus, (1000.0,), 1000.0, (1.0,)),
        (ag.logsigmoid, (-1000.0,), -1000.0, (1.0,)),
        (lambda v: v // 1, (2.7,), 2.0, (0.0,)),
        (lambda v: v % 1.5, (2.0,), 0.5, (1.0,)),
        (lambda x, y: ag.prod([x, y, 3.0]), (0.0, 5.0), 0.0, (15.0, 0.0)),
        (lambda *xs: ag.prod(xs), (1e200, -1e200, 0.0, 1e200), 0.0, (0.0, 0.0, -inf, 0.0)),
        (lambda *xs: ag.prod(xs), (0.0, 1e200, 1e200, 1e200), 0.0, (inf, 0.0, 0.0, 0.0)),
        (lambda *xs: ag.prod(xs), (inf, 0.0), nan, (0.0, inf)),
        (lambda x, y: ag.mean([x, y]), (1.0, 5.0), 3.0, (0.5, 0.5)),
        (ag.sin, (inf,), nan, (nan,)),
        (ag.relu, (nan,), nan, (0.0,)),
        *[
            (lambda *xs, f=f: f(xs), point, nan, (nan,) * len(point))
            for f in (
                ag.max,
                ag.min,
                ag.logsumexp,
                lambda xs: ag.softmax(xs)[0],
                lambda xs: ag.log_softmax(xs)[-1],
            )
            for point in ((nan,), (nan, nan), (1.0, nan), (nan, inf), (-inf, 2.0, nan))
        ],
    ],
)
def test_value_and_derivatives(f, point, value, derivatives) -> None:
    xs = [Value(x) for x in point]
    out = f(*xs)
    out.backward()
    assert same(out.data, value)
    assert all(same(x.grad, d) for x, d in zip(xs, derivatives, strict=True)), [x.grad for x in xs]


@pytest.mark.parametrize(
    ("primitive", "kink"),
    [(p, kink) for p in TABLE.values() for kink in p.kinks],
    ids=lambda x: x.name if isinstance(x, Primitive) else str(x),
)
def test_second_derivatives_at_a_kink_are_zero(primitive: Primitive, kink: tuple[float, ...]) -> None:
    for index, x in enumerate(kink):

        def along(t, index=index):
            return primitive(*kink[:index], t, *kink[index + 1 :])

        assert grad(grad(along))(x) == 0.0


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 1, 0)])
@pytest.mark.parametrize("y", [2.0, 0.5, 1e-20])
def test_mixed_derivatives_of_xlogy_at_x_0_are_those_of_the_logarithm(order, y: float) -> None:
    f, expected = ag.xlogy, ag.log
    for index in order:
        f = grad(f, index)
        expected = grad(expected) if index else expected
    assert f(0.0, y) == expected(y)
    assert grad(grad(lambda t: ag.xlogy(t, y + t)))(0.0) == 2 / y


OF_ONE = [p for p in TABLE.values() if p.arity == 1]


@pytest.mark.parametrize("primitive", OF_ONE, ids=lambda p: p.name)
@given(st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from((0.0, -0.0, 1.0, -1.0)))
def test_where_a_slope_is_no_finite_number_the_second_derivative_is_none(
    primitive: Primitive, x: float
) -> None:
    if not math.isfinite(grad(primitive)(x)):
        assert not math.isfinite(grad(grad(primitive))(x))


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: x / 0.0, 1.0, inf),
        (lambda x: x * inf, 0.0, inf),
        (abs, nan, nan),
        (lambda x: ag.max(x, 1.0), nan, nan),
        (lambda x: ag.min(1.0, x), nan, nan),
    ],
    ids=["div", "mul", "abs", "max", "min"],
)
def test_along_a_line_and_at_nan_a_second_derivative_is_0_whatever_the_slope(f, x, slope) -> None:
    assert same(grad(f)(x), slope)
    assert grad(grad(f))(x) == grad(lambda x: jvp(f, (x,), (1.0,))[1])(x) == 0.0


OF_SEVERAL = [p for p in TABLE.values() if p.arity != 1 and p.name != "power_slope"]
"""The operations on two and more arguments. At x = 0 and y = 1 the slope along x of a power's slope does not
move along y, since at 0 and 0 it is agreed that none does."""


@pytest.mark.parametrize("primitive", OF_SEVERAL, ids=lambda p: p.name)
def test_second_derivatives_do_not_depend_on_their_order_at_zeros_ties_and_kinks(
    primitive: Primitive,
) -> None:
    count = primitive.arity or 3
    zeros_and_ties = product((0.0, -0.0, 1.0, -1.0, 2.0, 0.5), repeat=count)
    for point in (*islice(zeros_and_ties, 0, None, 1 if count < 3 else 5), *primitive.kinks):
        rows = ag.hessian(lambda xs: primitive(*xs))([*point])
        for i, j in product(range(len(point)), repeat=2):
            one, other = rows[i][j], rows[j][i]
            agree = one == pytest.approx(other, rel=1e-12) or not (math.isfinite(one) or math.isfinite(other))
            assert agree, (point, rows)


BESIDE_WHOLE = [math.nextafter(whole, to) for whole in (1.0, 2.0, 3.0) for to in (-inf, inf)]


@pytest.mark.parametrize("base", [0.0, -0.0])
@pytest.mark.parametrize("exponent", [0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, *BESIDE_WHOLE])
def test_derivatives_of_a_power_at_base_0_along_both_are_0_until_they_are_infinite(base, exponent) -> None:
    along_y = grad(ag.ops.power, 1)
    for order in range(4):
        compiled = ag.compile(along_y, backend="numpy")
        for slope in (along_y(base, exponent), compiled([base], [exponent])):
            assert slope == 0.0 if order < exponent else not math.isfinite(slope)
        along_y = grad(along_y)
    if exponent != 1.0:
        slope = grad(ag.ops.power_slope, 1)(base, exponent)
        assert slope == 0.0 if exponent > 1.0 else not math.isfinite(slope)


@pytest.mark.parametrize(
    ("f", "order", "expected"),
    [
        (lambda t: t ** (1 + t), 2, -inf),
        (lambda t: t ** (2 + t), 2, 2.0),
        (lambda t: t ** (2 + t), 3, -inf),
        (lambda t: t ** (3 + t), 3, 6.0),
        (lambda t: t ** (4 + t), 3, 0.0),
    ],
)
def test_a_power_whose_exponent_moves_too_loses_no_derivative_at_base_0(f, order, expected) -> None:
    for _ in range(order):
        f = grad(f)
    assert f(0.0) == expected


@pytest.mark.parametrize(
    ("f", "x", "second"),
    [
        (ag.erf, 1e308, 0.0),
        (ag.erf, inf, 0.0),
        (ag.erfc, -inf, 0.0),
        (lambda x: x**0, 0.0, 0.0),
        (lambda x: x**1, 0.0, 0.0),
        (lambda x: x**1.0, 5e-324, 0.0),
        (lambda x: ag.atan2(1e-200, x), 0.0, 0.0),
        (lambda y: ag.atan2(y, 1e-200), 0.0, 0.0),
        (lambda x: ag.atan2(1.0, x), 0.0, 0.0),
        (lambda x: ag.atan2(1.7e308, x), 1.7e308, 0.0),
    ],
)
def test_no_second_derivative_is_lost_to_infinity_times_zero(f, x: float, second: float) -> None:
    assert grad(grad(f))(x) == second


@pytest.mark.parametrize("primitive", TABLE.values(), ids=TABLE)
def test_every_mode_gives_the_same_at_every_corner(primitive: Primitive) -> None:
    corners = (0.0, -0.0, 1.0, -1.0, 0.5, 710.0, -1e308, 5e-324, inf, -inf, nan)
    count = primitive.arity or 3
    for point in islice(product(corners, repeat=count), 0, None, 1 if count < 3 else 13):
        for index, x in enumerate(point):

            def along(t, point=point, index=index):
                return primitive(*point[:index], t, *point[index + 1 :])

            leaf = Value(x)
            along(leaf).backward(create_graph=True)
            slope = grad(along)(x)
            assert same(slope, jvp(along, (x,), (1.0,))[1]), point
            assert same(slope, getattr(leaf.grad, "data", leaf.grad)), point


@pytest.mark.parametrize(
    "f",
    [
        lambda x: ag.where(x > 0, ag.log(x), 0.0),
        lambda x: ag.where(x > 0, ag.sqrt(x), x * 0.0),
        lambda x: ag.maximum(ag.log(x), 0.0),
        lambda x: ag.maximum(0.0, ag.log(x)),
        lambda x: ag.minimum(ag.sqrt(x), -1.0),
        lambda x: ag.minimum(-1.0, ag.sqrt(x)),
        lambda x: ag.max(0.0, ag.log(x), -1.0),
        lambda x: ag.min(0.0, ag.sqrt(x), -1.0),
        lambda x: ag.clamp(ag.log(x), -1.0, 1.0),
        lambda x: ag.clamp(-ag.log(x), -1.0, 1.0),
        lambda x: ag.clamp(0.5, ag.log(x), 1.0),
        lambda x: ag.clamp(-0.5, -1.0, ag.sqrt(x)),
        lambda x: ag.relu(ag.log(x)),
        # an infinite slope after the choice, not before it
        lambda x: ag.sqrt(ag.relu(x - 1.0)),
        lambda x: ag.sqrt(ag.maximum(x - 1.0, 0.0)),
        lambda x: ag.sqrt(-ag.minimum(1.0 - x, 0.0)),
        lambda x: ag.sqrt(ag.max(x - 1.0, 0.0, -2.0)),
        lambda x: ag.sqrt(-ag.min(1.0 - x, 0.0, 2.0)),
        lambda x: ag.sqrt(ag.clamp(x - 1.0, 0.0, 1.0)),
        lambda x: ag.sqrt(1.0 - ag.clamp(x + 2.0, 0.0, 1.0)),
        lambda x: ag.sqrt(ag.clamp(0.0, x - 1.0, 1.0)),
        lambda x: ag.sqrt(ag.clamp(0.0, -1.0, x + 1.0)),
    ],
)
@pytest.mark.parametrize("point", [0.0, -0.0])
def test_a_branch_not_selected_never_poisons_the_gradient(f, point) -> None:
    x = Value(point)
    f(x).backward()
    assert x.grad == 0.0
    assert grad(f)(point) == 0.0
    assert grad(grad(f))(point) == 0.0


def test_a_constant_exponent_never_takes_the_logarithm_of_the_base() -> None:
    node = Value(-2.0) ** 2
    assert node.partials == (-4.0, None)


@pytest.mark.parametrize("x", [40.0, 300.0, -40.0])
def test_tails_of_saturating_functions_keep_their_derivative(x: float) -> None:
    assert grad(ag.sigmoid)(x) == pytest.approx(math.exp(-abs(x)), rel=1e-15)
    assert grad(ag.tanh)(x) == pytest.approx(4.0 * math.exp(-2.0 * abs(x)), rel=1e-15)


def test_plain_numbers_give_plain_floats() -> None:
    results = [
        ag.exp(1),
        ag.sum([1, 2.0]),
        ag.dot([1], [2], 3),
        ag.max(1, 2),
        ag.where(True, 1, 2),
        ag.log(0),
    ]
    assert [type(result) for result in results] == [float] * 6
    assert results[1:] == [3.0, 5.0, 2.0, 1.0, -inf]


@given(st.floats(allow_nan=False))
@example(inf)
def test_the_slope_of_a_square_is_exact(x: float) -> None:
    assert grad(lambda v: v**2)(x) == 2 * x


def test_logsumexp_keeps_what_is_small_beside_the_largest() -> None:
    assert ag.logsumexp([0.0, -40.0]) == pytest.approx(math.exp(-40.0), rel=1e-15, abs=0.0)
    xs = [Value(-inf), Value(-inf)]
    total = ag.logsumexp(xs)
    total.backward()
    assert (total.data, xs[0].grad, xs[1].grad) == (-inf, 0.0, 0.0)
    xs = [Value(inf), Value(3.0)]
    total = ag.logsumexp(xs)
    total.backward()
    assert (total.data, xs[0].grad, xs[1].grad) == (inf, 1.0, 0.0)
    xs = [Value(1000.0), Value(1000.0), Value(-1000.0)]
    total = ag.logsumexp(xs)
    total.backward()
    assert total.data == pytest.approx(1000.0 + math.log(2.0), rel=1e-15)
    assert [x.grad for x in xs] == [0.5, 0.5, 0.0]


def test_of_0_and_minus_0_the_first_is_the_larger_and_the_smaller() -> None:
    for choice in (ag.maximum, ag.minimum, ag.max, ag.min, lambda x, y: ag.clamp(x, y, 1.0)):
        assert [math.copysign(1.0, choice(*pair)) for pair in ((0.0, -0.0), (-0.0, 0.0))] == [1.0, -1.0]
    assert math.copysign(1.0, ag.relu(-0.0)) == -1.0
