"""The scalar namespace stands where NumPy stands: the same names, and at every corner the same result."""

import re
from itertools import product
from math import copysign, inf, nan, nextafter, ulp
from types import SimpleNamespace

import numpy as np
import pytest

import autograd as ag
from autograd import scalar

CORNERS = (0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -3.0, 1000.0, -1000.0, 1e308, -1e308, 5e-324, inf, -inf, nan)
BINARY = {"arctan2", "divide", "floor_divide", "hypot", "maximum", "minimum", "mod", "power"}
SHARED = sorted(
    name
    for name, function in vars(scalar).items()
    if callable(function) and isinstance(getattr(np, name, None), np.ufunc) and name != "copysign"
)


def same(x: float, y: float) -> bool:
    if x != x or y != y:
        return x != x and y != y
    return x == y or abs(x - y) <= 4 * ulp(y)


def test_what_is_compared_is_not_nothing() -> None:
    assert {"exp", "floor", "sign", *BINARY} <= set(SHARED)


@pytest.mark.parametrize("name", SHARED)
def test_every_corner_is_numpys(name: str) -> None:
    for point in product(CORNERS, repeat=2 if name in BINARY else 1):
        ours = getattr(scalar, name)(*point)
        with np.errstate(all="ignore"):
            # In arrays: for numbers NumPy has a shortcut that takes a root of -inf for nan.
            theirs = float(getattr(np, name)(*(np.full(4, x) for x in point))[0])
        assert type(ours) is float
        assert same(ours, theirs), f"{point}: {ours} and {theirs}"
        if name not in {"maximum", "minimum"}:  # which of two zeros is larger, nobody says
            assert copysign(1.0, ours) == copysign(1.0, theirs) or ours != ours, point


@pytest.mark.parametrize(("x", "whole"), [(-0.0, -0.0), (-0.5, -0.0), (0.5, 0.0), (2.5, 2.0), (inf, inf)])
def test_rounding_keeps_the_sign_and_goes_to_the_even_number(x: float, whole: float) -> None:
    assert (scalar.round(x), copysign(1.0, scalar.round(x))) == (whole, copysign(1.0, whole))
    assert copysign(1.0, scalar.round(x)) == copysign(1.0, float(np.round(x)))


@pytest.mark.parametrize("y", [nextafter(-1.0, 0.0), nextafter(-1.0, -2.0), nextafter(-3.0, 0.0), -1e-300])
def test_a_power_beside_an_odd_one_does_not_keep_the_sign_of_zero(y: float) -> None:
    with np.errstate(divide="ignore"):
        assert scalar.power(-0.0, y) == np.power(-0.0, y) == inf


@pytest.mark.parametrize("kind", ["", None, "c", "biuf"])
def test_what_has_an_empty_shape_and_no_kind_of_real_number_is_refused_by_name(kind) -> None:
    class Thing:
        shape = ()
        dtype = SimpleNamespace(kind=kind) if kind is not None else None

        def item(self) -> float:
            return 3.0

    with pytest.raises(TypeError, match=r"^expected a real number, got Thing: "):
        scalar.as_float(Thing())


@pytest.mark.parametrize("function", [ag.max, ag.min, ag.mean, ag.logsumexp, ag.softmax, ag.log_softmax])
@pytest.mark.parametrize("number", [3.0, np.float32(3.0), np.array(3.0)])
def test_a_0_d_array_in_place_of_values_is_one_number(function, number) -> None:
    assert function(number) == function([3.0])


@pytest.mark.parametrize("function", [ag.sum, ag.prod, ag.norm])
@pytest.mark.parametrize("number", [3.0, np.float32(3.0), np.array(3.0), ag.Value(3.0)], ids=type)
def test_a_number_in_place_of_values_to_add_or_multiply_is_refused_with_a_remedy(function, number) -> None:
    name, given = function.__name__, re.escape(repr(number))
    with pytest.raises(TypeError, match=rf"^{name} takes values in a list, got {given}: write \[{given}\]$"):
        function(number)
    with pytest.raises(TypeError, match=r"^object of type 'float' has no len"):
        function(len(x) for x in (1.0, 2.0))
