"""What is written down for many scalars at once is what would be written down for each."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.compiler.record.backward import adjoints
from autograd.compiler.record.operations import batch_sum
from autograd.compiler.record.recording import Recording
from autograd.nary import nary_dot
from autograd.ops import TABLE, mul

OPERATIONS = {op: op.arity for op in (mul, TABLE["div"], TABLE["tanh"], batch_sum)} | {nary_dot: 5}


def recording() -> Recording:
    """Return a recording of scalars of every kind: 0 and 1 of a batch, 2 and 3 not, numbers 4 to 6, a sum."""
    new = Recording([], True, adjoints)
    new.example("x", 2)
    new.shared(2)
    for number in (1.0, 0.0, -2.5):
        new.constant(number)
    new.apply(mul, (new.seed, 6))
    new.apply(TABLE["add"], (2, 3))
    return new


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
@given(st.data())
def test_many_operations_at_once_are_those_one_by_one(op: Any, data: st.DataObject) -> None:
    arity = OPERATIONS[op]
    assert arity is not None
    row = st.tuples(*[st.integers(0, len(recording()) - 1)] * arity)
    rows = data.draw(st.lists(row, min_size=1, max_size=5, unique=True))
    one_by_one, at_once = recording(), recording()
    expected = [one_by_one.apply(op, args) for args in rows]
    are_alike(at_once, at_once.apply_all(op, np.array(rows, int)).tolist(), one_by_one, expected)
    # One by one, what is there already is not written again; at once it may be.
    assert {told(at_once, n) for n in range(len(at_once))} == {
        told(one_by_one, n) for n in range(len(one_by_one))
    }


def are_alike(one: Recording, indices: list[int], other: Recording, others: list[int]) -> None:
    """Hold scalars of one recording against those of another, whose arguments have the same indices."""
    assert list(map(one.number.get, indices)) == list(map(other.number.get, others))
    for index, another in zip(indices, others, strict=True):
        assert index in one.number or told(one, index) == told(other, another)


def told(of: Recording, index: int) -> tuple[Any, ...]:
    """Return all that is written down about a scalar."""
    assert len({len(of.code), len(of.args), len(of.depth), len(of.batched), len(of.is_number)}) == 1
    name = getattr(of.op(index), "name", "a source")
    return name, of.args[index], of.depth[index], bool(of.batched[index]), bool(of.is_number[index])


def test_sums_over_the_batch_of_many_at_once_are_those_one_by_one() -> None:
    one_by_one, at_once = recording(), recording()
    scalars = list(range(len(at_once)))
    expected = list(map(one_by_one.sum_over_batch, scalars))
    are_alike(at_once, at_once.all_summed_over_batch(np.array(scalars)).tolist(), one_by_one, expected)


def test_a_value_made_from_parameters_follows_them() -> None:
    w = Value(0.5)
    of = Recording([w], False, adjoints)
    made = w * 2.0 + w
    assert of.op(of.index(made)) is TABLE["add"]
    assert [of.args[n] for n in of.args[of.index(made)]] == [(0, of.constant(2.0)), ()]
