"""The strategies that users property-test with must themselves be worth something."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import grad, gradcheck, relu, sin
from autograd.checks.check import GradcheckError, compare
from autograd.ops import TABLE
from autograd.testing import RandomProgram, points, programs
from autograd.value import Value


@given(points(2))
def test_three_lines_test_a_function(point: tuple[float, float]) -> None:
    gradcheck(lambda x, y: sin(x) * y + relu(x), *point)


@given(points(3, [(0.0, 1.0), (-1.0, float("inf")), (float("-inf"), 0.0)], reach=2.0))
def test_points_lie_inside_their_domains(point: tuple[float, ...]) -> None:
    x, y, z = point
    assert 0 < x < 1
    assert -1 < y <= 2
    assert -2 <= z < 0


def test_an_interval_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="each of 3 numbers, got 1"):
        points(3, [(0.0, 1.0)])


@settings(max_examples=60)
@given(programs(inputs=2, operations=8), points(2, reach=2.0))
def test_gradients_of_random_programs_agree_with_finite_differences(program: RandomProgram, point) -> None:
    # Off the grid, and no two alike: where two kinks meet at one point, no choice at each suits their sum.
    apart = [x + 0.00731 * place for place, x in enumerate(point, start=1)]
    verdicts = [entry.verdict for entry in compare(program, *apart).entries]
    assert {*verdicts} <= {"ok", "kink"}


@settings(max_examples=40)
@given(programs(inputs=2, operations=20), points(2, reach=2.0))
def test_programs_are_finite_and_the_same_on_floats_and_values(program: RandomProgram, point) -> None:
    value = program(*map(Value, point))
    assert abs(value.data) < 100
    assert program(*point) == value.data


def test_a_wrong_rule_in_a_program_is_found() -> None:
    """The strategy reaches every primitive: a planted error in any of them shows up in a program."""
    from dataclasses import replace

    wrong = replace(TABLE["tanh"], partials=(lambda out, x: 1.01 * TABLE["tanh"].partials[0](out, x),))

    @settings(max_examples=200, database=None)
    @given(programs(inputs=1, operations=3, primitives=[wrong, TABLE["sin"], TABLE["add"]]), st.just((0.5,)))
    def every_program_is_right(program: RandomProgram, point) -> None:
        gradcheck(program, *point)

    with pytest.raises(GradcheckError, match="wrong"):
        every_program_is_right()
    assert grad(TABLE["tanh"])(0.5) != grad(wrong)(0.5)


@given(st.data(), st.floats(-5.0, 5.0), st.floats(1e-6, 0.1))
def test_a_narrow_interval_has_points_too(data: st.DataObject, low: float, width: float) -> None:
    (x,) = data.draw(points(1, (low, low + width)))
    assert low < x < low + width


def test_an_empty_interval_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected an interval low < high, got \(1.0, 1.0\)"):
        points(1, (1.0, 1.0))
