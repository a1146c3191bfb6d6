"""More digits of the same function, and what float64 may have lost of them."""

import random
from inspect import isfunction
from typing import Any

import pytest
from flint import arb, arb_series
from hypothesis import assume, given
from hypothesis import strategies as st
from mpmath import mp

import autograd as ag
from autograd import Value, ops, scalar
from autograd.checks.precise import Digits, PreciseFunction, Unavailable
from autograd.checks.rounding import rounding_error
from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.testing import RandomProgram, points, primitive_points, programs
from benchmarks.correctness.definitions import DEFINITIONS, precision

FUNCTIONS = [
    name
    for name, function in vars(scalar).items()
    if callable(function) and (isfunction(function) or function.__module__ == "math")
    if not name.startswith("_") and name not in ("as_float", "copysign", "wrapped")
]
OF_TWO = {"arctan2", "hypot", "divide", "floor_divide", "mod", "power", "maximum", "minimum"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_floats_has_one_of_more_digits(name: str) -> None:
    digits = Digits(200)
    rng = random.Random(name)
    for x in (*(rng.uniform(-3, 3) for _ in range(20)), *(rng.uniform(-1, 1) for _ in range(20)), 0.5, 1.5):
        args = (x, rng.uniform(0.5, 3)) if name in OF_TWO else (1.0, x, -x) if name == "where" else (x,)
        expected = getattr(scalar, name)(*args)
        found = getattr(digits, name)(*map(digits.number, args))
        assert mp.mpf(found._mpf_) == pytest.approx(expected, rel=1e-14, abs=1e-300, nan_ok=True), args


# Their impl holds a constant, given in float64 as their rule has it, or in twice the digits.
OF_CONSTANTS = {"normal_pdf": 1e-14, "gelu_tanh": 1e-14, "normal_cdf": 1e-24, "gelu": 1e-24}


@pytest.mark.parametrize("name", DEFINITIONS)
@given(data=st.data())
def test_with_more_digits_every_entry_is_the_function_it_is_named_after(
    name: str, data: st.DataObject
) -> None:
    """What an impl does for double precision's sake is no other function: it agrees with the definition."""
    point = data.draw(primitive_points(TABLE[name]))
    digits = Digits(400)
    with precision(400, terms=1), mp.workprec(400):
        found = arb(mp.mpf(TABLE[name].impl(digits, *map(digits.number, point))._mpf_))
        expected = DEFINITIONS[name](*[arb_series([x]) for x in point])[0]
        assume(expected.is_finite())
        assert abs(found - expected) <= OF_CONSTANTS.get(name, 1e-28) * (1 + abs(expected))


@given(programs(operations=8), points(2))
def test_a_value_is_off_by_no_more_than_its_rounding_error(program: RandomProgram, point: Any) -> None:
    inputs = [Value(x + 0.00731) for x in point]
    out = program(*inputs)
    precise = PreciseFunction(out, inputs)
    exact = precise._at_inputs(400)[1][precise.root]
    assert abs(float(mp.mpf(exact._mpf_) - mp.mpf(out.data))) <= 8.0 * rounding_error(out, inputs)


def test_the_rounding_error_knows_what_cancels() -> None:
    x = Value(1e-6)
    assert rounding_error(1.0 - ag.cos(x), [x]) > 1e-17
    assert rounding_error(2.0 * ag.sin(x / 2.0) ** 2, [x]) < 1e-26
    assert rounding_error(3.0, [x]) == rounding_error(Value(3.0), [x]) == rounding_error(x, [x]) == 0.0


def test_what_depends_on_no_input_keeps_the_number_it_has() -> None:
    w = Value(2.0)
    held = w * 3.0
    w.data = 5.0
    x = Value(0.5)
    precise = PreciseFunction(held * x, [x])
    assert precise.derivative(0, 1e-14).value == 6.0


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: (1 + x) - 1, 1e-300, 1.0),
        (ag.log, 1e-300, 1e300),
        (lambda x: x**2, 1e200, 2e200),
        (lambda x: ag.sin(1e15 * x), 0.0, 1e15),
        (lambda x: x / 1e-300, 1e-312, 1e300),
    ],
)
def test_steps_and_bits_follow_the_sizes_of_the_numbers(f: Any, x: float, slope: float) -> None:
    leaf = Value(x)
    precise = PreciseFunction(f(leaf), [leaf])
    assert precise.derivative(0, 1e-15 * slope).value == pytest.approx(slope, rel=1e-15)


@pytest.mark.parametrize(
    ("f", "x", "reason"),
    [
        (lambda x: ag.log(ag.exp(x)), -800.0, "with more digits its value is -800, not -inf"),
        (lambda x: 1 / (1 + 1 / x), 0.0, "with more digits its value is nan, not 0"),
        (ops.floor, 1.0, "do not settle"),
        (lambda x: 1.0 / ag.exp(ag.exp(x)), 100.0, "exp grows far beyond float64 on the way"),
        (lambda x: x**1.5, 0.0, "do not settle"),
        (lambda x: ops.floor(x * 3.0), 1 / 3, "with more digits its value is 0, not 1"),
    ],
)
def test_what_would_be_another_function_is_refused(f: Any, x: float, reason: str) -> None:
    leaf = Value(x)
    with pytest.raises(Unavailable, match=reason):
        PreciseFunction(f(leaf), [leaf]).derivative(0, 1e-14)


def test_an_infinity_that_is_not_selected_is_no_obstacle() -> None:
    leaf = Value(0.5)
    out = ops.where(leaf > 0.0, leaf * leaf, 1.0 / (leaf * 0.0))
    assert PreciseFunction(out, [leaf]).derivative(0, 1e-14).value == 1.0


def test_digits_are_not_dropped_by_functions_of_floats() -> None:
    import math

    floats = Primitive("floats", lambda xp, x: x, (lambda out, x: 1.0,))
    leaf = Value(0.5)
    out = floats(leaf)
    object.__setattr__(floats, "impl", lambda xp, x: math.sin(x))
    with pytest.raises(Unavailable, match="functions of floats"):
        PreciseFunction(out, [leaf]).derivative(0, 1e-14)
