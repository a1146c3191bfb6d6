"""Products of matrices found among shuffled sums."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.arrays.products import Factors, factors
from autograd.compiler.arrays.program import NOTHING
from autograd.compiler.arrays.rows import RepeatedRows


def factors_of(left: Any, right: Any) -> Factors:
    """Return the products of rows, given one by one."""
    return factors(RepeatedRows.of(np.array(left)), RepeatedRows.of(np.array(right)))


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.randoms())
def test_shuffled_products_are_found_again(blocks: int, p: int, q: int, k: int, random) -> None:
    left = np.arange(blocks * p * k).reshape(blocks, p, k)
    right = np.arange(blocks * q * k).reshape(blocks, q, k)
    sums = [(g, i, j) for g in range(blocks) for i in range(p) for j in range(q)]
    random.shuffle(sums)
    found = factors_of([left[g, i] for g, i, _ in sums], [right[g, j] for g, _, j in sums])
    if p > 1 or q > 1:
        assert found.sums.shape == (blocks, p, q)
    for block, rows in enumerate(found.sums):
        for row, column in np.ndindex(*rows.shape):
            g, i, j = sums[rows[row, column]]
            assert np.array_equal(found.left[block, row], left[g, i])
            assert np.array_equal(found.right[block, column], right[g, j])


def test_what_is_no_product_stays_row_by_row() -> None:
    chain = [(n // 2, (n + 1) // 2) for n in range(12)]  # 0·0, 0·1, 1·1, 1·2, …: a small part of 6 × 7
    found = factors_of([[left] for left, _ in chain], [[right] for _, right in chain])
    assert found.sums.shape == (12, 1, 1)


def test_half_a_matrix_is_found_as_one_with_padding() -> None:
    pairs = [(t, s) for t in range(4) for s in range(t + 1)]
    found = factors_of([[t] for t, _ in pairs], [[10 + s] for _, s in pairs])
    assert found.sums.shape == (1, 4, 4)
    for n, (t, s) in enumerate(pairs):
        assert found.sums[0, t, s] == n
    assert (found.sums[0][np.triu_indices(4, 1)] == NOTHING).all()
