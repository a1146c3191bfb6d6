"""The table read as Python code must be the table."""

import math
import operator
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, reduce
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import dot, no_grad, relu, scalar
from autograd import sum as add_up
from autograd.cpython import specialise
from autograd.cpython.specialise import (
    EITHER,
    METHODS,
    MOST_ARGUMENTS,
    RECORDERS,
    VALUE,
    recorder_of,
    recording,
    switch_off,
    switch_on,
    written,
)
from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.value import Value, record

CORNERS = [0.0, -0.0, 1.0, 2.0, -1.0, 0.5, 710.0, -710.0, 1e308, 5e-324, math.inf, -math.inf, math.nan]


made = cache(recorder_of)


@pytest.fixture(autouse=True)
def _switched_on() -> Iterator[None]:
    general = Primitive.__call__ is not specialise._call
    switch_on()
    yield
    if general:
        switch_off()


def same(a: float | None, b: float | None) -> bool:
    return a == b or (a is not None and b is not None and math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("primitive", TABLE.values(), ids=lambda p: p.name)
@given(data=st.data())
def test_what_is_written_computes_what_the_entry_states(primitive: Primitive, data: st.DataObject) -> None:
    count = primitive.arity or data.draw(st.sampled_from((1, 3)))
    numbers = [data.draw(st.sampled_from(CORNERS) | st.floats()) for _ in range(count)]
    out = primitive.impl(scalar, *numbers)
    function = made(primitive, count)
    for values in product((True, False), repeat=count):
        args = [Value(x) if value else x for x, value in zip(numbers, values, strict=True)]
        node = function(*args)
        if not any(values):
            assert node is NotImplemented
            continue
        assert same(node.data, out)
        assert all(a is b for a, b in zip(node.args, args, strict=True))
        assert all(map(same, node.edges[1::2], primitive.derivatives(out, numbers, values)))
        assert {type(x) for x in (node.data, *node.edges[1::2])} <= {float, type(None)}
        assert (node.op, node.label, node.has_grad) == (primitive, "", False)


def test_it_reads_line_after_line() -> None:
    assert recording(TABLE["relu"], VALUE) == [
        "if type(a0) is Value and current() is record:",
        "    x0 = a0._float",
        "    t0 = maximum(x0, 0.0)",
        "    t1 = x0 > 0.0",
        "    t2 = 1.0 if t1 else None",
        "    node = new(Value)",
        "    node._float = t0",
        "    node.op = primitive",
        "    node._first = a0",
        "    node._first_partial = t2",
        "    node._second = None",
        "    node._second_partial = None",
        "    return node",
    ]
    assert written(TABLE["sum"], [EITHER])[0] == "x0 = a0 if type(a0) is float else a0._float"


def test_what_comes_twice_is_computed_once() -> None:
    assert sum("abs(" in line for line in written(TABLE["tanh"], [VALUE])) == 1


def test_an_entry_that_chooses_with_if_is_told_how() -> None:
    clipped = Primitive("clipped", lambda xp, x: x if x > 0 else 0.0, (None,))
    with pytest.raises(TypeError, match=r"xp\.where"):
        clipped(Value(1.0))


def test_a_recorder_is_kept_but_not_for_very_many_arguments() -> None:
    total = replace(TABLE["sum"])
    for count in (2, MOST_ARGUMENTS, MOST_ARGUMENTS + 1, 2):
        assert total(*[Value(1.0)] * count).data == count
    assert list(RECORDERS[total]) == [2, MOST_ARGUMENTS]


@given(st.lists(st.booleans(), min_size=1, max_size=9), st.integers(0, 2))
def test_any_mixture_of_values_and_numbers_may_be_summed(values: list[bool], more: int) -> None:
    numbers = [0.1 * i for i in range(len(values))]
    numbers += [1.0] * (more * MOST_ARGUMENTS)
    values += [True] * (more * MOST_ARGUMENTS)
    args = [Value(x) if value else x for x, value in zip(numbers, values, strict=True)]
    total = add_up(args)
    if any(values):
        assert total.args == tuple(args)
        assert total.partials == tuple(1.0 if value else None for value in values)
        total = total.data
    assert total == reduce(operator.add, numbers)  # the built-in sum is more precise from Python 3.12 on


@pytest.mark.parametrize("other", [np.ma.array([1.0, 2.0]), np.array([1.0, 2.0]), "1", 1j, None])
def test_what_is_no_number_is_refused_in_the_middle_of_many(other: object) -> None:
    x = Value(1.0)
    for _ in range(2):  # when the recorder is made, and when it is there
        with pytest.raises(TypeError, match=type(other).__name__):
            dot([x, x, x], [x, other, x], x)


def test_numbers_of_other_types_become_floats() -> None:
    x = Value(1.0)
    node = dot([x, 2, True], [np.float64(3.0), x, np.int8(5)], 6)
    assert node.data == 16.0
    assert node.args == (x, 2.0, 1.0, 3.0, x, 5.0, 6.0)
    assert {type(arg) for arg in node.args} == {Value, float}


def test_a_recorder_records_nothing_where_nothing_is_recorded() -> None:
    x = Value(1.0)
    assert relu(x).args == (x,)
    with no_grad():
        assert relu(x).args == dot([x], [x], x).args == ()


@pytest.mark.parametrize("name", METHODS)
@given(st.floats(), st.floats() | st.integers(), st.booleans())
def test_a_method_is_the_general_way(name: str, a: float, b: float, constant: bool) -> None:
    x, y = Value(a), b if constant else Value(b)
    short = getattr(x, name)(y)
    general = record(METHODS[name], (y, x) if name.startswith("__r") else (x, y))
    assert same(short.data, general.data)
    assert short.op is general.op
    assert all(p is q or same(p, q) for p, q in zip(short.args, general.args, strict=True))
    assert all(map(same, short.edges[1::2], general.edges[1::2]))
    assert [type(p) for p in short.edges[1::2]] == [type(p) for p in general.edges[1::2]]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_does_not_record_where_nothing_is(name: str) -> None:
    with no_grad():
        assert getattr(Value(1.0), name)(Value(2.0)).args == ()


def test_switched_off_nothing_generated_runs_and_nodes_are_the_same() -> None:
    x, y = Value(2.0), Value(3.0)
    fast = relu(x * y + 1) ** 2
    switch_off()
    assert "__mul__" not in vars(Value)
    RECORDERS.clear()
    slow = relu(x * y + 1) ** 2
    assert not RECORDERS
    assert (fast.data, fast.partials) == (slow.data, slow.partials)
