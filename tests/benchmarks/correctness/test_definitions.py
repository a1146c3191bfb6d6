"""Balls that hold the truth: narrow where there is one, and never decided where there is none."""

from collections.abc import Callable
from math import cos, pi

import pytest
from flint import arb_series, ctx

from benchmarks.correctness.definitions import CHOICES, DEFINITIONS, UndecidedError, decided


def derivative(f: Callable[[arb_series], arb_series], x: float, order: int = 1) -> float:
    """Return a coefficient of the series of f about x."""

    def narrow() -> float | None:
        coefficient = f(arb_series([x, 1]))[order]
        return float(coefficient) if coefficient.rad() <= 1e-18 * abs(coefficient) else None

    return decided(narrow, "f", (x,), order + 1)


ZERO, ONE = arb_series([0]), arb_series([1])


@pytest.mark.parametrize(
    "f",
    [
        DEFINITIONS["relu"],
        DEFINITIONS["abs"],
        DEFINITIONS["log"],
        DEFINITIONS["cbrt"],
        lambda x: DEFINITIONS["div"](ONE, x),
        lambda x: DEFINITIONS["power"](x, -ONE),
        lambda x: DEFINITIONS["sqrt"](x * x),
        lambda x: DEFINITIONS["hypot"](x, ZERO),
        lambda x: DEFINITIONS["maximum"](x, ZERO),
        lambda x: CHOICES["clamp"](x, ZERO, ONE),
        lambda x: CHOICES["where"](ONE.exp().log() - 1, x, -x),
    ],
)
def test_a_kink_a_pole_and_the_end_of_a_domain_are_not_decided(f: Callable[[arb_series], arb_series]) -> None:
    before = ctx.prec, ctx.cap
    with pytest.raises(UndecidedError, match=r"f at \(0.0,\) is not decided by 16384 bits"):
        derivative(f, 0.0)
    assert (ctx.prec, ctx.cap) == before


def test_a_tie_that_no_derivative_can_tell_does_not_matter() -> None:
    assert derivative(lambda x: DEFINITIONS["max"](x.sin(), x.tan() * x.cos()), 0.5) == cos(0.5)
    assert derivative(lambda x: DEFINITIONS["abs"](DEFINITIONS["sub"](x, x)), 0.5) == 0.0


def test_the_norm_of_what_is_zero_everywhere_is_zero_everywhere() -> None:
    def norm(x: arb_series) -> arb_series:
        gap = x.tan() - x.sin() / x.cos()
        return x + DEFINITIONS["norm"](gap, 2 * gap)

    assert derivative(norm, 0.5) == 1.0
    with pytest.raises(UndecidedError):
        derivative(lambda x: DEFINITIONS["norm"](x, 2 * x), 0.0)


def test_a_step_has_no_value_where_it_steps() -> None:
    assert derivative(CHOICES["heaviside"], 1e-300, order=0) == 1.0
    assert derivative(CHOICES["heaviside"], 0.0) == 0.0
    with pytest.raises(UndecidedError):
        derivative(CHOICES["heaviside"], 0.0, order=0)


def test_what_cancels_to_almost_nothing_is_given_the_bits_it_takes() -> None:
    assert derivative(DEFINITIONS["expm1"], 1e-300, order=0) == 1e-300
    assert derivative(lambda x: (1 + x) - 1, 1e-300) == 1.0
    assert derivative(DEFINITIONS["sin"], 1e300) == cos(1e300)


def test_constants_have_roots_powers_and_angles_at_zero() -> None:
    assert derivative(lambda x: x + DEFINITIONS["norm"](ZERO, ZERO), 2.0) == 1.0
    assert derivative(lambda x: DEFINITIONS["sqrt"](ZERO), 2.0, order=0) == 0.0
    assert derivative(lambda x: DEFINITIONS["power"](x, arb_series([3])), -2.0) == 12.0
    assert derivative(lambda x: x + DEFINITIONS["atan2"](ZERO, -ONE), 0.0, order=0) == pi
