"""Every primitive of the table: its partials against finite differences, its formulas, its text."""

import math
import re
from collections.abc import Sequence

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from autograd.checks.check import compare, finite_difference
from autograd.nary import nary_sum
from autograd.notation.formula import partial_formulas, value_formula
from autograd.ops import TABLE, clamp, define
from autograd.primitive import Primitive
from autograd.testing import primitive_points
from autograd.value import Value


def derivatives(primitive: Primitive, point: tuple[float, ...]) -> tuple[float | None, ...]:
    return primitive(*map(Value, point)).partials


DIFFERENTIABLE = [p for p in TABLE.values() if p.name != "detach"]  # whose derivative is 0 by convention


@pytest.mark.parametrize("primitive", DIFFERENTIABLE, ids=lambda p: p.name)
@settings(max_examples=60)
@given(data=st.data())
def test_partials_agree_with_finite_differences(primitive: Primitive, data: st.DataObject) -> None:
    point = data.draw(primitive_points(primitive))
    fixed = point[: primitive.by_index]  # along an index there is no derivative
    report = compare(lambda *xs: primitive(*fixed, *xs), *point[len(fixed) :])
    verdicts = {entry.verdict for entry in report.entries}
    assert "wrong" not in verdicts
    assume("inconclusive" not in verdicts)  # next to a jump a difference quotient says nothing
    assert verdicts <= {"ok", "kink"}


@pytest.mark.parametrize(
    ("primitive", "kink"),
    [(p, kink) for p in TABLE.values() for kink in p.kinks],
    ids=lambda x: x.name if isinstance(x, Primitive) else str(x),
)
def test_the_derivative_at_a_kink_lies_between_the_one_sided_ones(
    primitive: Primitive, kink: tuple[float, ...]
) -> None:
    for index, partial in enumerate(derivatives(primitive, kink)):
        difference = finite_difference(
            lambda t, i=index: primitive(*kink[:i], t, *kink[i + 1 :]), kink[index]
        )
        low, high = sorted((difference.left, difference.right))
        assert low - 1e-9 <= partial <= high + 1e-9
    assert any(
        finite_difference(lambda t, i=i: primitive(*kink[:i], t, *kink[i + 1 :]), kink[i]).kink
        for i in range(len(kink))
    ), "the table calls a smooth point a kink"


@pytest.mark.parametrize("primitive", [p for p in TABLE.values() if p.arity], ids=lambda p: p.name)
@given(data=st.data())
def test_arguments_may_be_given_by_name_in_any_order(primitive: Primitive, data: st.DataObject) -> None:
    point = data.draw(primitive_points(primitive))
    count = data.draw(st.integers(0, len(point) - 1))
    named = data.draw(st.permutations([*zip(primitive.parameters, point, strict=True)][count:]))
    assert primitive(*point[:count], **dict(named)) == primitive(*point)
    operands = {name: Value(number) for name, number in named}
    assert primitive(*point[:count], **operands).data == primitive(*point)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda x: clamp(x, low=0), "clamp takes (x, low, high), got 1 arguments and low="),
        (lambda x: clamp(x, 0, 1, high=2), "clamp takes (x, low, high), got 3 arguments and high="),
        (lambda x: x.clamp(x=0, high=2), "clamp takes (x, low, high), got 1 arguments and x=, high="),
        (lambda x: nary_sum(x, x, start=1), "sum takes (*args), got 2 arguments and start="),
    ],
)
@pytest.mark.parametrize("kind", [float, Value])
def test_names_that_no_argument_has_or_that_leave_one_out_are_refused(kind, call, said) -> None:
    number = kind(2.0)
    if kind is Value or "x=" not in said:
        with pytest.raises(TypeError, match=f"^{re.escape(said)}$"):
            call(number)


@pytest.mark.parametrize("primitive", TABLE.values(), ids=lambda p: p.name)
@given(data=st.data())
@example(data=None)
def test_no_argument_whatever_raises_or_leaves_the_floats(
    primitive: Primitive, data: st.DataObject | None
) -> None:
    count = primitive.arity or 3
    corners = [0.0, -0.0, 1.0, -1.0, 0.5, 710.0, -710.0, 1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan]
    point = (
        (0.0,) * count
        if data is None
        else tuple(data.draw(st.sampled_from(corners) | st.floats()) for _ in range(count))
    )
    node = primitive(*map(Value, point))
    assert type(node.data) is float
    assert all(partial is None or type(partial) is float for partial in node.partials)
    assert primitive(*point) == pytest.approx(node.data, rel=0, abs=0, nan_ok=True)


@pytest.mark.parametrize("primitive", TABLE.values(), ids=lambda p: p.name)
def test_formulas_can_be_read_and_computed(primitive: Primitive) -> None:
    """The text of a rule, computed by Python, gives the number of the rule."""
    names = primitive.parameters if primitive.arity else ("a", "b", "c")
    # A formula shows the usual branch at a boundary, and 0.7 is no index.
    usual = 0.0 if primitive.name == "at_boundary" or primitive.by_index else 0.7
    numbers = zip((usual, 0.4, 0.3), map(primitive.interval, range(len(names))), strict=False)
    point = tuple(
        x if low < x < high or x == 0.0 else low + 0.7 if high > 1 else high - 0.7
        for x, (low, high) in numbers
    )
    assert_formulas_hold(primitive, names, point)


def assert_formulas_hold(primitive: Primitive, names: Sequence[str], point: Sequence[float]) -> None:
    node = primitive(*map(Value, point))
    scope = {p.name: p for p in TABLE.values() if not p.symbol} | dict(zip(names, point, strict=True))
    assert eval(value_formula(primitive, names), {}, scope) == pytest.approx(node.data, rel=1e-15)
    for formula, partial in zip(partial_formulas(primitive, names), node.partials, strict=True):
        found = eval(formula, {}, scope | {"out": node.data})
        assert found == pytest.approx(partial or 0.0, rel=1e-12), formula


@pytest.mark.parametrize("primitive", [p for p in TABLE.values() if p.kinks], ids=lambda p: p.name)
def test_formulas_say_what_is_computed_at_a_kink_and_at_a_tie(primitive: Primitive) -> None:
    """The point of the test above is smooth; here the rule makes a choice, and the text says which."""
    for point in (*primitive.kinks, *((x,) * len(primitive.kinks[0]) for x in (-2.0, 0.0, 2.0))):
        assert_formulas_hold(
            primitive, primitive.parameters if primitive.arity else "abc"[: len(point)], point
        )


@pytest.mark.parametrize("primitive", [p for p in TABLE.values() if not p.step_like], ids=lambda p: p.name)
@settings(max_examples=20)
@given(data=st.data())
def test_formulas_hold_wherever_an_operation_is_smooth(primitive: Primitive, data: st.DataObject) -> None:
    point = data.draw(primitive_points(primitive))
    names = primitive.parameters if primitive.arity else [f"x{n}" for n in range(len(point))]
    assert_formulas_hold(primitive, names, point)


@pytest.mark.parametrize(
    ("name", "impl", "partials", "match"),
    [
        ("tanh", lambda xp, x: x, (lambda out, x: 1.0,), "a name of its own"),
        ("two words", lambda xp, x: x, (lambda out, x: 1.0,), "identifier"),
        ("fresh", lambda xp, x: x, (), "one partial for each argument"),
        ("fresh", lambda xp, x, y: x, (None,), "one partial for each argument"),
        ("fresh", lambda xp: 1.0, (), "one partial for each argument"),
        ("fresh", lambda xp, *xs: xs[0], (), "with all_partials"),
        ("fresh", math.tanh, (lambda out, x: 1.0,), "impl"),
        ("fresh", len, (), "impl"),
    ],
)
def test_an_entry_that_cannot_work_is_refused_and_changes_nothing(name, impl, partials, match) -> None:
    before = dict(TABLE)
    with pytest.raises(ValueError, match=match):
        define(name, impl, *partials)
    assert dict(TABLE) == before


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0, 3))
def test_bounds_that_meet_or_cross_give_the_upper_one_and_its_slope(
    x: float, high: float, above: float
) -> None:
    out = clamp(Value(x), Value(high + above), Value(high))
    assert (out.data, *out.partials) == (high, 0.0, 0.0, 1.0)
