"""An entry's `impl` as instructions: the same numbers, each thing once; a language is a table of words."""

import math
import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import scalar
from autograd.notation.listing import INFIX, PYTHON, Dialect, Listing, Symbol
from autograd.ops import TABLE
from autograd.primitive import Primitive, when

CORNERS = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 60.0, 710.0, 1e308, 5e-324, math.inf, -math.inf, math.nan)


def evaluated(listing: Listing, result: Any, numbers: dict[Symbol, float]) -> float:
    """Run the Python that is written for a listing."""
    names = {symbol: f"x{n}" for n, symbol in enumerate(numbers)}
    scope = {**vars(scalar), "inf": math.inf, "nan": math.nan}
    scope.update({names[symbol]: x for symbol, x in numbers.items()})
    for name, expression in PYTHON.write(listing.needed(result), names):
        scope[name] = eval(expression, scope)
    return eval(PYTHON.operand(result, names), scope)


@pytest.mark.parametrize("op", TABLE.values(), ids=lambda op: op.name)
@given(st.data())
def test_instructions_give_what_the_entry_gives_to_the_last_bit(op: Primitive, data: st.DataObject) -> None:
    count = op.arity or data.draw(st.sampled_from((1, 3, 5)))
    numbers = [data.draw(st.sampled_from(CORNERS) | st.floats()) for _ in range(count)]
    known = [data.draw(st.booleans()) for _ in numbers]  # what is known is a number, and folded
    listing = Listing()
    args: list[Any] = [x if given else listing.argument() for x, given in zip(numbers, known, strict=True)]
    held = {arg: x for arg, x in zip(args, numbers, strict=True) if isinstance(arg, Symbol)}
    found = evaluated(listing, op.impl(listing, *args), held)
    expected = op.impl(scalar, *numbers)
    assert repr(float(found)) == repr(expected)


@pytest.mark.parametrize("op", TABLE.values(), ids=lambda op: op.name)
def test_instructions_use_nothing_but_infix_operators_and_functions_of_the_scalar_module(
    op: Primitive,
) -> None:
    listing = Listing()
    op.impl(listing, *[listing.argument() for _ in range(op.arity or 3)])
    for call in listing.instructions:
        assert call.function in {*INFIX, "and_"} or callable(getattr(scalar, call.function))
        assert all(isinstance(x, (Symbol, float)) for x in call.arguments)


def test_a_language_is_a_table_of_words() -> None:
    c = Dialect(
        {**INFIX, "and_": "{} && {}", "where": "{} ? {} : {}", "abs": "fabs"},
        lambda x: "INFINITY" if x == math.inf else repr(x),
    )
    listing = Listing()
    x = listing.argument()
    clipped = listing.where((x > 0) & (listing.abs(x) < math.inf), x, -0.5)
    assert c.write(listing.needed(clipped), {x: "x[i]"}) == [
        ("t0", "x[i] > 0.0"),
        ("t1", "fabs(x[i])"),
        ("t2", "t1 < INFINITY"),
        ("t3", "t0 && t2"),
        ("t4", "t3 ? x[i] : -0.5"),
    ]


def test_what_comes_twice_is_written_once_and_zeros_are_told_apart() -> None:
    listing = Listing()
    x = listing.argument()
    assert listing.exp(x) is listing.exp(x)
    assert x + 0.0 is not x + -0.0


def test_what_nothing_needs_is_left_out() -> None:
    listing = Listing()
    x = listing.argument()
    listing.exp(x)
    assert [call.function for call in listing.needed(listing.sin(x) * 2.0, x, 1.0, None)] == ["sin", "mul"]


def test_a_choice_by_the_number_of_a_condition_is_one_by_the_condition() -> None:
    listing = Listing()
    x, y = listing.argument(), listing.argument()
    holds = x == y
    chosen = listing.where(listing.where(holds, 1.0, 0.0), x, 3.0)
    assert [call.function for call in listing.needed(chosen)] == ["eq", "where"]
    by_number = listing.needed(listing.where(x, y, 3.0))
    assert [(call.function, call.result.is_condition) for call in by_number] == [
        ("ne", True),
        ("where", False),
    ]


def test_a_condition_is_turned_into_a_number_unless_it_chooses_or_is_joined() -> None:
    listing = Listing()
    x = listing.argument()
    holds = (x > 0.0) & (x < 2.0)
    for result in (holds * x, 1.0 - holds, -holds, holds == 1.0, listing.where(x > 3.0, holds, x)):
        *others, last = listing.needed(result)
        [number] = [call for call in others if call.function == "where"]
        assert number.arguments[1:] == (1.0, 0.0)
        assert any(x is number.result for x in last.arguments)
    assert [i.function for i in listing.needed(listing.where(holds, x, 3.0))] == ["gt", "lt", "and_", "where"]


def test_a_derivative_that_is_not_selected_is_none() -> None:
    listing = Listing()
    x = listing.argument()
    for number, expected in ((1.0, 2.0), (-1.0, None)):
        assert evaluated(listing, when(x > 0, 2.0), {x: number}) == expected


def test_a_row_is_joined_by_one_instruction_with_what_stands_beside_it() -> None:
    listing = Listing()
    row, x = listing.argument(row=True), listing.argument()
    total = listing.reduce(operator.add, [1.0, listing.exp(row) * x, x])
    calls = [(call.function, call.joins, call.result.row) for call in listing.needed(total)]
    assert calls == [
        ("exp", False, True),
        ("mul", False, True),
        ("add", True, False),
        ("add", False, False),
        ("add", False, False),
    ]


def test_known_conditions_are_decided_at_once() -> None:
    listing = Listing()
    x = listing.argument()
    condition = x > 0
    assert condition & True is condition
    assert False & condition is False
    assert listing.where(2.0 > 1.0, x, 0.0) is x


def test_an_entry_may_not_choose_with_if() -> None:
    with pytest.raises(TypeError, match=r"xp\.where"):
        bool(Listing().argument() > 0)


def test_a_function_that_floats_do_not_have_is_refused_by_name() -> None:
    with pytest.raises(AttributeError, match="sinc"):
        _ = Listing().sinc
