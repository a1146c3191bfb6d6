"""The table read as Python code must be the table."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import scalar
from autograd.code import recording, written
from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.value import Value

CORNERS = [0.0, -0.0, 1.0, 2.0, -1.0, 0.5, 710.0, -710.0, 1e308, 5e-324, math.inf, -math.inf, math.nan]


def same(a: float | None, b: float | None) -> bool:
    return a == b or (a is not None and b is not None and math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("primitive", TABLE.values(), ids=lambda p: p.name)
@given(data=st.data())
def test_what_is_written_computes_what_the_entry_states(primitive: Primitive, data: st.DataObject) -> None:
    count = primitive.arity or data.draw(st.sampled_from((1, 3)))
    numbers = [data.draw(st.sampled_from(CORNERS) | st.floats()) for _ in range(count)]
    out = primitive.impl(scalar, *numbers)
    for values in product((True, False), repeat=count):
        args = [Value(x) if value else x for x, value in zip(numbers, values, strict=True)]
        found, edges = recording(primitive, values)(*args)
        assert same(found, out)
        assert all(a is b for a, b in zip(edges[::2], args, strict=True))
        assert all(map(same, edges[1::2], primitive.derivatives(out, numbers, values)))
        assert {type(x) for x in (found, *edges[1::2])} <= {float, type(None)}


def test_it_reads_line_after_line() -> None:
    assert written(TABLE["relu"], (True,)) == [
        "x0 = a0._data",
        "t0 = maximum(x0, 0.0)",
        "t1 = x0 > 0.0",
        "t2 = 1.0 if t1 else 0.0",
        "out = t0",
        "edges = (a0, t2, )",
    ]
    assert written(TABLE["mul"], (True, False))[-3:] == [
        "t0 = x0 * x1",
        "out = t0",
        "edges = (a0, x1, a1, None, )",
    ]


def test_what_comes_twice_is_computed_once() -> None:
    assert sum("abs(" in line for line in written(TABLE["tanh"], (True,))) == 1


def test_an_entry_that_chooses_with_if_is_told_how() -> None:
    clipped = Primitive("clipped", lambda xp, x: x if x > 0 else 0.0, (None,))
    with pytest.raises(TypeError, match=r"xp\.where"):
        clipped(Value(1.0))
