"""The short cuts for + - * / ** must do what the general way does."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import no_grad
from autograd.infix import SHORT_CUTS
from autograd.value import Value, record


def same(a: float | None, b: float | None) -> bool:
    return a == b or (a is not None and b is not None and math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("name", SHORT_CUTS)
@given(st.floats(), st.floats() | st.integers(), st.booleans())
def test_a_short_cut_is_the_general_way(name: str, a: float, b: float, constant: bool) -> None:
    x, y = Value(a), b if constant else Value(b)
    short = getattr(x, name)(y)
    general = record(SHORT_CUTS[name], (y, x) if name.startswith("__r") else (x, y))
    assert same(short.data, general.data)
    assert short.op is general.op
    assert all(p is q or same(p, q) for p, q in zip(short.args, general.args, strict=True))
    assert all(map(same, short.partials, general.partials))
    assert [type(p) for p in short.partials] == [type(p) for p in general.partials]


@pytest.mark.parametrize("name", SHORT_CUTS)
def test_a_short_cut_does_not_record_where_nothing_is(name: str) -> None:
    with no_grad():
        assert getattr(Value(1.0), name)(Value(2.0)).args == ()
