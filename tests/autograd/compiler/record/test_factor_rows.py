"""The factors of dots as rows, equal ones once, and spelled out again."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.record.factor_rows import factors, spelled_out, with_rows
from autograd.compiler.record.segments import Rows, Segments
from autograd.compiler.record.terms import ONE

CALLS = st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 2), max_size=7)), min_size=3, max_size=9)


def arguments(calls: list[tuple[bool, list[int]]]) -> tuple[Segments, np.ndarray]:
    """Return the arguments of calls, and which of them are dots."""
    rows = Rows()
    for _, args in calls:
        rows.append(tuple(args))
    return rows.segments(), np.array([is_dot for is_dot, _ in calls], bool)


@given(CALLS)
def test_a_dot_has_two_rows_and_its_bias_and_equal_rows_are_one(calls: list[tuple[bool, list[int]]]) -> None:
    args, dots = arguments(calls)
    found = list(with_rows(args, dots).lists())
    rows = found[len(calls) :]
    assert len(set(map(tuple, rows))) == len(rows)
    for (is_dot, before), after in zip(calls, found, strict=False):
        if is_dot and len(before) >= 4:
            half = len(before) // 2
            left, right, *bias = after
            assert [rows[left - len(calls)], rows[right - len(calls)]] == [
                before[:half],
                before[half : 2 * half],
            ]
            assert bias == before[2 * half :]
        else:
            assert after == before


@given(CALLS)
def test_dots_spelled_out_are_what_they_were(calls: list[tuple[bool, list[int]]]) -> None:
    args, dots = arguments(calls)
    found = list(spelled_out(with_rows(args, dots), np.flatnonzero(dots), len(calls)).lists())
    assert found[: len(calls)] == [before for _, before in calls]


@given(CALLS)
def test_a_row_stands_for_its_factors_and_all_else_for_itself(calls: list[tuple[bool, list[int]]]) -> None:
    args = with_rows(*arguments(calls))
    rows = list(args.lists())[len(calls) :]
    assert list(factors(args, len(calls)).lists()) == [*[[n] for n in range(len(calls))], *rows, [ONE]]
