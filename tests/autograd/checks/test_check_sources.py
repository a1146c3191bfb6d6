"""gradcheck sees what the engine sees, with hundreds of bits where it can, and says what it can miss."""

import math
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Value, curves, ops
from autograd.checks.check import GradcheckError, compare, gradcheck
from autograd.primitive import Primitive


def only(f: Any, *args: Any, order: int = 1) -> Any:
    [entry] = compare(f, *args, order=order).entries
    return entry


# ---- the function gets Values, never floats ---------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "verdict"),
    [
        (lambda x: x**0.5, 0.05, "ok"),
        (lambda x: x**0.5, 1e-9, "ok"),
        (lambda x: x.exp(), 1.0, "ok"),
        (lambda x: (x * x).tanh().log(), 0.3, "ok"),
        (lambda x: 1 / x, 0.0, "unbounded"),
        (lambda x: x.exp(), 1000.0, "unbounded"),
        (lambda x: x**2, 1e200, "ok"),
        (lambda x: x / x, 0.0, "undefined"),
        (lambda x: (x * 1e300).sin(), 0.0, "ok"),
    ],
)
def test_a_program_of_values_can_be_checked(f: Any, x: float, verdict: str) -> None:
    assert only(f, x).verdict == verdict


def test_every_scalar_is_a_value_whatever_holds_it() -> None:
    def f(layers: Any, last: Any) -> Any:
        return layers["w"][0].exp() * layers["b"].sin() + layers["w"][1] ** 0.5 * last

    report = gradcheck(f, {"w": [0.3, 0.05], "b": -0.4}, (0.2,)[0], order=2)
    assert {entry.verdict for entry in report.entries} == {"ok"}
    assert len(report.entries) == 4 + 16
    assert not any(entry.fallback for entry in report.entries)


def test_a_function_that_differentiates_is_checked_with_its_closed_over_values() -> None:
    w = Value(0.7)

    def residual(x: Any) -> Any:
        return (ag.grad(lambda t: (w * t).tanh())(x) - 0.3 * x) ** 2

    assert only(residual, 0.5).verdict == "ok"
    assert only(residual, 0.5).fallback == ""
    assert w.grad == 0.0


def test_a_branch_is_followed_on_either_side() -> None:
    def size(x: Any) -> Any:
        return x if x > 0 else -x

    assert only(size, 0.3).fallback == ""
    corner = only(size, 0.0)
    assert corner.verdict == "kink"
    assert "numbers that it does not record" in corner.fallback


@pytest.mark.parametrize(
    "f", [lambda x: x * x.data, lambda x: x * Value(x.data), lambda x: ops.detach(x) * x, lambda x: x.data**2]
)
def test_a_dropped_path_is_found(f: Any) -> None:
    assert only(f, 0.3).verdict == "wrong"


def test_a_path_dropped_by_no_grad_is_found() -> None:
    def f(x: Any) -> Any:
        with ag.no_grad():
            frozen = x * x
        return frozen * x

    assert only(f, 0.3).verdict == "wrong"


def test_the_report_says_what_was_decided_in_float64_and_why() -> None:
    text = str(compare(lambda x, y: (x if x > 0 else -x) * y, 0.0, 2.0))
    assert text.splitlines()[-1] == (
        "in float64 alone: ∂f/∂x0: the function decides or computes by numbers that it does not record"
    )


# ---- what cancels -----------------------------------------------------------------------------------


def delta(spot: Any, volatility: Any) -> Any:
    def price(s: Any) -> Any:
        d = (ag.log(s / 100.0) + 0.5 * volatility**2) / volatility
        return s * 0.5 * (1 + ag.erf(d / 2**0.5)) - 50.0 * (1 + ag.erf((d - volatility) / 2**0.5))

    return ag.grad(price)(spot)


CANCELLING: dict[str, tuple[Any, tuple[st.SearchStrategy[float], ...]]] = {
    "½(1 + erf x)": (lambda x: 0.5 * (1 + ag.erf(x)), (st.floats(-5.5, 5.5),)),
    "log(1 + exp(x))": (lambda x: ag.log(1 + ag.exp(x)), (st.floats(-35, -5),)),
    "1 - cos(x)": (lambda x: 1 - ag.cos(x), (st.floats(-1e-2, 1e-2),)),
    "sqrt(1 + x²) - 1": (lambda x: ag.sqrt(1 + x * x) - 1, (st.floats(-1e-2, 1e-2),)),
    "exp(x) - 1": (lambda x: ag.exp(x) - 1, (st.floats(-1e-6, 1e-6),)),
    "delta of a call": (delta, (st.floats(40, 250), st.floats(0.1, 0.6))),
}


@pytest.mark.parametrize(("f", "points"), CANCELLING.values(), ids=CANCELLING.keys())
@given(data=st.data())
def test_a_right_derivative_is_not_blamed_where_the_function_cancels(
    f: Any, points: Any, data: st.DataObject
) -> None:
    report = compare(f, *(data.draw(x) for x in points))
    assert {entry.verdict for entry in report.entries} == {"ok"}, report


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: 0.5 * (1 + ag.erf(x)), -4.42),
        (lambda x: ag.log(1 + ag.exp(x)), -33.3),
        (lambda x: 1 - ag.cos(x), 1e-5),
        (lambda x: ag.sqrt(1 + x * x) - 1, 1e-6),
    ],
)
def test_without_mpmath_what_cancels_is_not_blamed_either(
    f: Any, x: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    entry = only(f, x)
    assert entry.verdict in ("ok", "inconclusive")
    assert entry.fallback == "mpmath is not installed"
    assert entry.relative_resolution > 1e-9


def test_a_kink_that_only_roundings_move_to_the_point_is_a_kink() -> None:
    """In float64, 1 + 1e-17 is a tie with 1; with more digits the kink lies beside the point."""
    entry = only(lambda x: ag.maximum(x + 1e-17, 2.0 * x - 1.0), 1.0)
    assert entry.verdict == "kink"
    assert (entry.analytic, entry.numeric.left, entry.numeric.right) == pytest.approx((1.5, 1.0, 2.0))
    assert entry.fallback == "with more digits, its kink lies beside the point"


def test_a_function_that_raises_beside_the_point_is_checked_where_it_does_not() -> None:
    def root(x: Any) -> Any:
        if x.data < 0.0:
            raise ValueError("negative")
        return x**3

    assert only(root, 0.5).verdict == "ok"
    assert "beside the point, the function raises ValueError('negative')" in only(root, 0.0).fallback


class OutsideError(Exception):
    pass


@pytest.mark.parametrize(
    "error", [ValueError, AssertionError, OutsideError], ids=lambda error: error.__name__
)
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_what_a_function_raises_beside_the_point_ends_no_check(error: type[Exception], side: float) -> None:
    def one_sided(f):
        def inside(x):
            if side * x.data > 1.0:
                raise error("outside")
            return f(x)

        return inside

    for order in (1, 2):
        entries = compare(one_sided(lambda x: x * x), side, order=order).entries
        assert [entry.verdict for entry in entries] == ["inconclusive"] * order
        assert f"the function raises {error.__name__}('outside')" in entries[-1].fallback
    edge = compare(one_sided(ag.acos if side > 0.0 else ag.asin), side)
    assert [entry.verdict for entry in edge.entries] == ["unbounded"]


def test_a_function_that_looks_nothing_up_beside_the_point_is_told_so() -> None:
    chosen, other = compare(lambda i, x: ag.take([x, 2 * x], i), 0.0, 1.0).entries
    assert "beside the point, the function raises IndexError('an index into 2" in chosen.fallback
    assert (chosen.verdict, other.verdict) == ("inconclusive", "ok")
    assert "raises KeyError" in only(lambda x: {1.0: x}[x.data], 1.0).fallback


def test_a_function_that_is_nan_at_the_point_is_told_so() -> None:
    entry = only(lambda x: x, math.nan)
    assert (entry.verdict, entry.fallback) == (
        "inconclusive",
        "its value at the point is nan, which has no differences",
    )


@pytest.mark.parametrize(
    ("f", "x"),
    [(ag.tanh, math.inf), (ag.tanh, -math.inf), (ag.exp, math.nan), (ag.tanh, 1e308), (lambda x: 3.0, 1.0)],
)
def test_any_number_whatever_gets_a_verdict(f: Any, x: float) -> None:
    assert only(f, x).verdict in ("ok", "inconclusive", "undefined")


# ---- how small an error is seen ---------------------------------------------------------------------


@given(st.floats(-1.5, 1.5), st.sampled_from([1e-4, -1e-6, 1e-9]))
def test_a_slope_wrong_by_a_millionth_or_less_is_refused(x: float, part: float) -> None:
    wrong = Primitive("sin", curves.sin.impl, (lambda out, x: (1.0 + part) * curves.cos(x),))
    with pytest.raises(GradcheckError):
        gradcheck(wrong, x)


@given(st.floats(20.0, 30.0), st.sampled_from([-1.0, 1.0]))
def test_a_slope_wrong_where_the_function_is_flat_beside_it_is_refused(x: float, side: float) -> None:
    wrong = replace(curves.sigmoid, partials=(lambda out, x: 1.0001 * out * curves.sigmoid(-x),))
    with pytest.raises(GradcheckError):
        gradcheck(wrong, side * x)


FUNCTIONS = [
    lambda x: ag.sin(x**3 + 5),
    lambda x: ag.log(1 + ag.exp(x)),
    lambda x: 1 - ag.cos(x),
    lambda x: x if x.data > -9.0 and x.data < 9 else -x,
    lambda x: ag.exp(x) * x.data if x.data < -9.0 else ag.exp(x),
]


@pytest.mark.parametrize("f", FUNCTIONS)
@given(x=st.floats(-2.5, 2.5).filter(lambda x: abs(x) > 1e-3))
def test_the_resolution_is_the_smallest_error_that_is_called_wrong(f: Any, x: float) -> None:
    """Adding an error to the gradient alone is refused above the resolution and not below it."""
    resolution = only(f, x).resolution

    def off_by(error: float) -> Any:
        biased = Primitive("biased", lambda xp, x: x, (lambda out, x: 1.0 + error * ops.detach(scale),))
        scale = 1.0 / ag.grad(f)(x)
        return lambda x: biased(f(x))

    assert only(f, x).verdict == "ok"
    assert only(off_by(4.0 * resolution), x).verdict == "wrong"
    assert only(off_by(0.25 * resolution), x).verdict == "ok"


def test_the_resolution_is_told_in_the_report_and_of_a_part_of_the_derivative() -> None:
    entry = only(lambda x: 3.0 * x, 2.0)
    assert 0.0 < entry.resolution < 1e-13
    assert entry.relative_resolution == entry.resolution / 3.0
    row = str(compare(lambda x: 3.0 * x, 2.0)).splitlines()[1].split()
    assert row[5:] == [f"{entry.resolution:.1e}", f"{entry.relative_resolution:.1e}", "ok"]


def test_no_error_could_be_seen_of_what_is_not_finite() -> None:
    for f, x in ((ag.sqrt, 0.0), (ag.log, -1.0)):
        entry = only(f, x)
        assert entry.resolution == entry.relative_resolution == math.inf


def test_without_mpmath_a_planted_fault_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    wrong = Primitive("sin", curves.sin.impl, (lambda out, x: 1.000001 * curves.cos(x),))
    assert only(ag.sin, 0.7).verdict == "ok"
    assert only(wrong, 0.7).verdict == "wrong"
