"""gradcheck must refuse what is wrong, accept what is right, and say what it cannot tell."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import curves, ops
from autograd.checks.check import GradcheckError, compare, finite_difference, gradcheck
from autograd.primitive import Primitive

PLANTED = {
    "off by 0.1 %": lambda out, x: 1.001 * curves.cos(x),
    "wrong sign": lambda out, x: -curves.cos(x),
    "wrong function": lambda out, x: curves.sin(x),
    "missing": None,
    "a constant too much": lambda out, x: curves.cos(x) + 1e-4,
}


@pytest.mark.parametrize("rule", PLANTED.values(), ids=PLANTED.keys())
@given(x=st.floats(-1.4, 1.4))
def test_a_planted_wrong_derivative_is_refused(rule, x: float) -> None:
    wrong = Primitive("sin", curves.sin.impl, (rule,))
    with pytest.raises(GradcheckError, match="1 of 1 derivatives differ"):
        gradcheck(wrong, x if abs(x) > 1e-3 else 0.7)


def test_swapped_operands_are_refused() -> None:
    swapped = replace(ops.mul, partials=tuple(reversed(ops.mul.partials)))
    with pytest.raises(GradcheckError, match="2 of 2"):
        gradcheck(swapped, 2.0, 3.0)


def test_the_message_is_a_table_of_the_differing_entries() -> None:
    def half_wrong(x, y):
        return Primitive("wrong", lambda xp, x, y: x * y, (ops.mul.partials[0], None))(x, y)

    with pytest.raises(GradcheckError) as caught:
        gradcheck(half_wrong, 2.0, 3.0)
    lines = str(caught.value).splitlines()
    assert lines[0] == "1 of 2 derivatives differ"
    assert lines[1].split() == (
        ["derivative", "analytic", "numeric", "error", "step", "resolution", "relative", "verdict"]
    )
    assert lines[2].split()[:3] == ["∂f/∂x1", "0", "2"]


def test_second_order() -> None:
    report = gradcheck(lambda v: ag.exp(v[0]) * ag.sin(v[1]), [0.5, 0.3], order=2)
    assert [entry.place for entry in report.entries] == [
        "∂f/∂x0",
        "∂f/∂x1",
        "∂²f/∂x0∂x0",
        "∂²f/∂x0∂x1",
        "∂²f/∂x1∂x0",
        "∂²f/∂x1∂x1",
    ]
    assert report.ok


def test_a_wrong_second_derivative_is_refused() -> None:
    frozen = Primitive("slope", curves.cos.impl, (None,))
    curve = Primitive("sin", curves.sin.impl, (lambda out, x: frozen(x),))
    assert gradcheck(curve, 0.7).ok
    with pytest.raises(GradcheckError, match="∂²f/∂x0∂x0"):
        gradcheck(curve, 0.7, order=2)


@pytest.mark.parametrize("f", [abs, ag.relu, lambda x: ag.maximum(x, 2 * x)])
def test_a_kink_is_named(f) -> None:
    entry = gradcheck(f, 0.0).entries[0]
    assert entry.verdict == "kink"
    assert entry.numeric.left < entry.numeric.right


@pytest.mark.parametrize(
    ("f", "point"),
    [
        (ag.relu, (0.0,)),
        (abs, (0.0,)),
        (ag.maximum, (1.0, 1.0)),
        (lambda x, y: ag.relu(x - y) * 3.0 + x**3, (1.0, 1.0)),
        (lambda x: ag.leaky_relu(x - 1e-9) + x, (1e-9,)),
    ],
)
def test_a_second_derivative_where_the_slope_jumps_is_a_kink_and_says_so(f, point) -> None:
    report = gradcheck(f, *point, order=2)
    second = [entry for entry in report.entries if entry.place.startswith("∂²")]
    assert {entry.verdict for entry in second} == {"kink"}
    assert all(entry.fallback.startswith("the slope that it differentiates jumps from ") for entry in second)


def test_a_wrong_second_derivative_is_no_kink_where_the_slope_goes_on() -> None:
    slope = Primitive("slope", lambda xp, x: 2.0 * x, (lambda out, x: 3.0,))
    square = Primitive("square", lambda xp, x: x * x, (lambda out, x: slope(x),))
    for x in (0.0, 1.0):
        assert [entry.verdict for entry in compare(square, x, order=2).entries][1] == "wrong"


def test_a_derivative_outside_the_kink_is_refused() -> None:
    wrong = Primitive("abs", ops.absolute.impl, (lambda out, x: 3.0,))
    with pytest.raises(GradcheckError, match=r"wrong \(left -1, right 1\)"):
        gradcheck(wrong, 0.0)


def test_an_infinite_derivative_is_unbounded_not_wrong() -> None:
    assert gradcheck(ag.sqrt, 0.0).entries[0].verdict == "unbounded"
    bounded = Primitive("wrong", curves.sin.impl, (lambda out, x: math.inf,))
    with pytest.raises(GradcheckError, match="wrong"):
        gradcheck(bounded, 0.0)


def test_nan_is_undefined_where_the_value_is_and_wrong_elsewhere() -> None:
    assert gradcheck(ag.log, -1.0).entries[0].verdict == "undefined"
    wrong = Primitive("wrong", curves.sin.impl, (lambda out, x: math.nan,))
    with pytest.raises(GradcheckError, match="wrong"):
        gradcheck(wrong, 1.0)


def test_another_order_is_refused() -> None:
    with pytest.raises(ValueError, match="order 1 or 2, got 3"):
        gradcheck(ag.sin, 1.0, order=3)


@given(st.floats(-3, 3))
def test_richardson_extrapolation_reaches_ten_digits(x: float) -> None:
    difference = finite_difference(math.exp, x)
    assert difference.value == pytest.approx(math.exp(x), rel=1e-10)
    assert abs(difference.value - math.exp(x)) <= 10 * difference.error


@pytest.mark.parametrize("x", [1e-8, 1e-3, 1.0, 1e3, 1e8, 1e100])
def test_steps_follow_the_size_of_the_argument(x: float) -> None:
    assert finite_difference(ag.log, x).value == pytest.approx(1 / x, rel=1e-8)


@pytest.mark.parametrize("x", [1e-160, 1e-280, 1e-295, 1e-300, 1e-308, 1e-310, 1e-312])
@pytest.mark.parametrize(
    "f",
    [
        abs,
        ag.relu,
        ag.sin,
        ag.exp,
        ag.sqrt,
        lambda x: 3 * x,
        lambda x: x * x,
        lambda x: x / 1e-300,
        lambda x: 1.0 + 0.0 * x,
    ],
)
def test_a_right_gradient_at_a_tiny_leaf_is_accepted_and_a_wrong_one_refused(f, x: float) -> None:
    for leaf in (x, -x):
        assert gradcheck(f, leaf).entries[0].verdict == ("undefined" if f is ag.sqrt and leaf < 0 else "ok")
    twice = Primitive("twice", lambda xp, x: 3 * x, (lambda out, x: 2.0,))
    with pytest.raises(GradcheckError, match="wrong"):
        gradcheck(twice, x)


@pytest.mark.parametrize("x", [1e-280, 1e-300, 1e-307])
def test_a_pole_beside_a_tiny_leaf_is_seen(x: float) -> None:
    assert gradcheck(ag.log, x).entries[0].verdict == "ok"
    assert gradcheck(lambda x: 1 / x, x).entries[0].verdict == "unbounded"
    with pytest.raises(GradcheckError, match="wrong"):
        gradcheck(Primitive("log", ops.log.impl, (lambda out, x: 1.001 * ops.div(1.0, x),)), x)


@pytest.mark.parametrize("f", [ops.floor, lambda x: ops.floor(x) + x * x, lambda x: x % 1.0])
@pytest.mark.parametrize("x", [1.0, -3.0, 100.0])
def test_a_jump_is_told(f, x: float) -> None:
    assert finite_difference(f, x).jump


@pytest.mark.parametrize("f", [abs, ops.sign, ag.relu, ag.exp, ag.tanh, ag.cbrt, lambda x: 1e12 * x])
@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-3, 1.0, 30.0])
def test_only_a_jump_is_called_one(f, x: float) -> None:
    assert finite_difference(f, x).jump is (f is ops.sign and x == 0.0)


@pytest.mark.parametrize("x", [k * 10.0**power for power in range(9, 23) for k in (1, 3)])
def test_a_difference_that_spans_periods_has_no_small_error(x: float) -> None:
    found = finite_difference(math.sin, x)
    assert abs(found.value - math.cos(x)) <= 10 * found.error or found.error > 0.1 * abs(found.value)
    assert not found.kink
