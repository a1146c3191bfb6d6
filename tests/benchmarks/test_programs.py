"""The campaigns of random programs notice what they are there for."""

from __future__ import annotations

import math

import pytest

from autograd import scalar
from benchmarks.attack import programs
from benchmarks.attack.programs import edges


@pytest.mark.usefixtures("recorded_the_general_way")  # or recorders made here would be wrong from then on
@pytest.mark.parametrize("name", ["log", "sqrt", "divide", "log1p"])
@pytest.mark.parametrize("raises", [False, True])
def test_a_number_made_up_outside_a_domain_is_broken(
    name: str, raises: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(scalar, name)

    def wrong(*xs: float) -> float:
        found = float(right(*xs))
        if math.isfinite(found):
            return found
        if raises:
            raise ValueError("math domain error")
        return 12345.0

    monkeypatch.setattr(scalar, name, wrong)
    broken = 0
    for number in range(300):
        try:
            broken += edges(0, number) is not None
        except ValueError:
            broken += 1
    assert broken >= 3


def test_a_printed_program_may_round_otherwise_and_compute_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Terms of 10⁷ cancel in this one.
    assert programs.NUMPY.attack(20261126, range(33081, 33082)) == []
    script = programs.script
    monkeypatch.setattr(programs, "script", lambda source: script(source).replace(" + ", " - "))
    told = programs.NUMPY.attack(0, range(20))
    assert any("fast source" in each for each in told)


@pytest.mark.usefixtures("recorded_the_general_way")
@pytest.mark.parametrize("name", ["floor", "sin", "arctan", "arctan2", "divide", "cbrt"])
def test_a_zero_of_another_sign_is_broken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = getattr(scalar, name)
    monkeypatch.setattr(scalar, name, lambda *xs: right(*xs) + 0.0)
    assert any(edges(0, number) for number in range(2_000))
