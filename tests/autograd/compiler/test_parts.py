"""The parts of the compiler: views, shapes in common, products, and what a recording keeps."""

import operator
from math import inf, isfinite
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.arrays import rows as rows_of_positions
from autograd.compiler.arrays.padding import identity_element, padded
from autograd.compiler.arrays.products import factors
from autograd.compiler.arrays.program import NOTHING
from autograd.compiler.arrays.rows import distinct_rows
from autograd.compiler.arrays.strides import common_shape, strided
from autograd.compiler.backends.elementwise import instructions, instructions_on_row
from autograd.compiler.backends.slicing import view
from autograd.compiler.record.segments import by_number
from autograd.ops import TABLE
from autograd.primitive import Primitive

NARY = [op for op in TABLE.values() if op.arity is None and op.name != "dot" and not op.by_index]
"""The operations on any number of arguments alike; a dot is taken apart, and never runs as one operation."""

AXES = st.lists(st.tuples(st.integers(1, 4), st.sampled_from((0, 1, 2, 3, 4, 6, 8, 12, 16))), max_size=3)


@given(AXES, st.integers(0, 5), st.integers(0, 3), st.booleans())
def test_a_view_reads_the_positions_it_stands_for(
    axes: list[tuple[int, int]], start: int, spare: int, batched: bool
) -> None:
    at = np.full([count for count, _ in axes], start)
    for n, (count, stride) in enumerate(axes):
        at = at + stride * np.arange(count).reshape((-1,) + (1,) * (len(axes) - n - 1))
    size = int(at.max()) + 1 + spare
    array = np.arange(size) + (np.array([[0], [1000]]) if batched else 0)
    text = view("array", size, batched, at)
    if text is not None:
        found = eval(text, {"array": array})
        assert found.ndim == at.ndim + batched
        assert np.array_equal(np.broadcast_to(found, array.shape[:-1] + at.shape), array[..., at])


def test_simple_views_are_plain_slices() -> None:
    assert view("p", 9, False, np.arange(9)) == "p"
    assert view("p", 9, True, np.arange(2, 5)) == "p[:, 2:5]"
    assert view("p", 9, False, np.arange(9).reshape(3, 3)[:, :2]) == "p.reshape(3, 3)[:, :2]"
    assert view("p", 9, False, np.arange(9).reshape(3, 3).T) == "p.reshape(3, 3).transpose(1, 0)"
    assert view("p", 9, False, np.array([0, 1, 3])) is None


@given(AXES, st.integers(0, 5))
def test_strides_are_found_where_there_are_strides(axes: list[tuple[int, int]], start: int) -> None:
    at = np.full([count for count, _ in axes], start)
    for n, (count, stride) in enumerate(axes):
        at = at + stride * np.arange(count).reshape((-1,) + (1,) * (len(axes) - n - 1))
    rule = strided(at)
    assert rule is not None
    assert rule.start == start
    assert rule.strides == tuple(stride if count > 1 else 0 for count, stride in axes)
    if at.size > 1 and len(np.unique(at)) > 1:
        spoiled = at.copy()
        spoiled.flat[-1] += 1
        assert at.size == 2 or strided(spoiled) is None or at.ndim != 1


def test_columns_that_repeat_share_a_shape() -> None:
    rows, columns = np.repeat([0, 1, 2], 4), np.tile([0, 1, 2, 3], 3)
    assert common_shape([rows, columns]) == (3, 4)
    assert common_shape([np.arange(12), rows]) == (3, 4)
    assert common_shape([np.arange(12)]) == (12,)
    assert common_shape([np.arange(12), np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])]) == (12,)


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.randoms())
def test_shuffled_products_are_found_again(blocks: int, p: int, q: int, k: int, random) -> None:
    left = np.arange(blocks * p * k).reshape(blocks, p, k)
    right = np.arange(blocks * q * k).reshape(blocks, q, k)
    sums = [(g, i, j) for g in range(blocks) for i in range(p) for j in range(q)]
    random.shuffle(sums)
    found = factors(np.array([left[g, i] for g, i, _ in sums]), np.array([right[g, j] for g, _, j in sums]))
    if p > 1 or q > 1:
        assert found.sums.shape == (blocks, p, q)
    for block, rows in enumerate(found.sums):
        for row, column in np.ndindex(*rows.shape):
            g, i, j = sums[rows[row, column]]
            assert np.array_equal(found.left[block, row], left[g, i])
            assert np.array_equal(found.right[block, column], right[g, j])


def test_what_is_no_product_stays_row_by_row() -> None:
    chain = [(n // 2, (n + 1) // 2) for n in range(12)]  # 0·0, 0·1, 1·1, 1·2, …: a small part of 6 × 7
    found = factors(np.array([[left] for left, _ in chain]), np.array([[right] for _, right in chain]))
    assert found.sums.shape == (12, 1, 1)


def test_half_a_matrix_is_found_as_one_with_holes() -> None:
    pairs = [(t, s) for t in range(4) for s in range(t + 1)]
    found = factors(np.array([[t] for t, _ in pairs]), np.array([[10 + s] for _, s in pairs]))
    assert found.sums.shape == (1, 4, 4)
    for n, (t, s) in enumerate(pairs):
        assert found.sums[0, t, s] == n
    assert (found.sums[0][np.triu_indices(4, 1)] == NOTHING).all()


def test_sums_that_grow_are_filled_up_to_one_product() -> None:
    # Sum t is Σ left[t, s] · right[s] for s ≤ t: the rows of `right` begin alike.
    rows = [(tuple(p for s in range(t + 1) for p in (10 * t + s, s)),) for t in range(3)]
    assert padded(rows) == [
        ((0, 0, NOTHING, 1, NOTHING, 2),),
        ((10, 0, 11, 1, NOTHING, 2),),
        ((20, 0, 21, 1, 22, 2),),
    ]


def test_sums_that_end_alike_are_filled_at_the_front() -> None:
    rows = [(tuple(p for s in range(t, 3) for p in (s, 10 * t + s)),) for t in range(3)]
    assert padded(rows)[1] == ((0, NOTHING, 1, 11, 2, 12),)


def test_sums_with_a_part_of_the_longest_are_completed_in_the_middle_too() -> None:
    whole = ((0, 10, 1, 11, 2, 12, 3, 13),)
    assert padded([whole, ((0, 20, 3, 23),)])[1] == ((0, 20, 1, NOTHING, 2, NOTHING, 3, 23),)


@pytest.mark.parametrize("collide", [False, True])
@given(st.integers(0, 3).flatmap(lambda n: st.lists(st.tuples(*[st.integers(-1, 2)] * n), min_size=1)))
def test_equal_rows_are_found_in_the_order_of_their_first(collide: bool, rows: list[tuple[int, ...]]) -> None:
    at = np.array(rows, int).reshape(len(rows), -1)
    with pytest.MonkeyPatch.context() as patch:
        if collide:
            patch.setattr(rows_of_positions, "_mix", lambda count: np.ones(count, int))
        first, ids = distinct_rows(at)
    distinct = list(dict.fromkeys(rows))
    assert [rows[n] for n in first] == distinct
    assert [distinct[n] for n in ids] == rows
    assert first.tolist() == [rows.index(row) for row in distinct]
    assert [same.tolist() for same in by_number(ids)] == [
        [n for n, row in enumerate(rows) if row == one] for one in distinct
    ]


def test_sums_too_unequal_stay_as_they_are() -> None:
    rows = [((0, 1),)] * 9 + [((0, 1) * 30,)]
    assert padded(rows) == rows


def test_each_operation_is_filled_up_with_what_makes_no_difference_to_it() -> None:
    numbers = {"sum": 0.0, "prod": 1.0, "norm": 0.0, "max": -inf, "min": inf, "logsumexp": -inf}
    assert {op.name: identity_element(op) for op in NARY} == numbers


@pytest.mark.parametrize("op", NARY, ids=lambda op: op.name)
def test_an_nary_operation_takes_as_few_calls_for_many_arguments_as_for_few(op: Primitive) -> None:
    few, many = [instructions_on_row(op, count) for count in (3, 30)]
    assert few is not None
    assert many is not None
    assert [call.function for call in few[0]] == [call.function for call in many[0]]


def test_an_operation_that_tells_its_arguments_apart_is_computed_from_each() -> None:
    def impl(xp: Any, *xs: Any) -> Any:
        return xp.reduce(operator.add, xs) + 2.0 * xs[-1]

    def mean(xp: Any, *xs: Any) -> Any:
        return xp.reduce(operator.add, xs) / len(xs)

    for rule in (impl, mean, TABLE["dot"].impl, lambda xp, *xs: xs[0]):
        op = Primitive("apart", rule, all_partials=lambda out, *xs: [1.0] * len(xs))
        assert instructions_on_row(op, 3) is None


PLAIN = [op for op in TABLE.values() if op.expansion_is_exact]
ANYTHING = st.floats() | st.sampled_from((0.0, -0.0, 1.0, -1.0, 2.0, -3.0, inf, -inf, 5e-324, 1e17))


@pytest.mark.parametrize("op", PLAIN, ids=lambda op: op.name)
@given(st.data())
def test_what_is_computed_as_it_is_spelled_is_right_wherever_that_is_finite(
    op: Primitive, data: st.DataObject
) -> None:
    x, *others = data.draw(st.tuples(*[ANYTHING] * len(op.partials)))
    assert op.expansion is not None
    expanded = op.expansion(x, *others)
    in_full, sparingly = [len(instructions(op, [None, *others], exact)[0]) for exact in (True, False)]
    if sparingly < in_full and isfinite(expanded):
        assert op(x, *others) == pytest.approx(expanded, rel=1e-12, abs=1e-290)


def test_only_the_exact_program_computes_a_usual_exponent_in_full() -> None:
    def calls(exponent: float | None, exact: bool) -> int:
        return len(instructions(TABLE["power_slope"], [None, exponent], exact)[0])

    assert calls(-0.5, True) > 10 > calls(-0.5, False)
    assert calls(1e17, False) == calls(1e17, True)  # where y - 1 is y
    assert calls(None, False) == calls(None, True)
