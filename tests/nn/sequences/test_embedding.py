"""Embeddings by hand, eager and compiled; the cosine at its edges; what is refused."""

from __future__ import annotations

from math import inf, isnan, nan, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, compile, dot, gradcheck, sum
from nn import Embedding, cosine_similarity, one_hot

vectors = st.lists(st.floats(-1e300, 1e300, allow_subnormal=False), min_size=3, max_size=3)


def data(values: Any) -> list[float]:
    return [value.data for value in values]


def test_a_vector_is_the_row_of_its_symbol_and_learns_alone() -> None:
    table = Embedding(4, 3, seed=0)
    vector = table(2)
    assert data(vector) == data(table.weight[2])
    sum(vector).backward()
    assert [[weight.grad for weight in row] for row in table.weight] == [[0] * 3, [0] * 3, [1] * 3, [0] * 3]


def test_it_is_the_product_with_a_one_hot_vector() -> None:
    table = Embedding(4, 3, seed=0)
    [chosen] = one_hot([3], 4)
    columns = zip(*table.weight, strict=True)
    assert data(table(3)) == [dot(chosen, column).data for column in columns]


def test_a_symbol_that_comes_twice_learns_twice() -> None:
    table = Embedding(3, 1, seed=0)
    vectors = table([1, 2, 1])
    assert len(vectors) == 3
    sum([x for [x] in vectors]).backward()
    assert [row[0].grad for row in table.weight] == [0, 2, 1]


def test_a_row_that_is_not_taken_may_hold_anything() -> None:
    table = Embedding(2, 1, seed=0)
    table.weight[0][0].data = inf
    assert isnan(table.weight[0][0].data - inf)
    assert data(table(1)) == data(table.weight[1])


def test_symbols_are_data_when_compiled() -> None:
    table = Embedding(5, 2, seed=0)
    step = compile(lambda symbols: dot([1, 2, 3, 4], sum_rows(table(symbols))), params=table.parameters())
    batch = np.array([[0, 1], [4, 4], [2, 0]])
    values = [step(batch[i : i + 1]) for i in range(3)]
    expected = [dot([1, 2, 3, 4], sum_rows(table(row.tolist()))).data for row in batch]
    assert values == pytest.approx(expected, rel=1e-14)
    assert step.stats.recorded < 60
    with pytest.raises(IndexError, match="5"):
        step(np.array([[0, 5]]))


def sum_rows(rows: Any) -> list[Any]:
    return [x for row in rows for x in row]


def test_weights_begin_normal() -> None:
    numbers = data(Embedding(50, 20, seed=0).parameters())
    assert np.mean(numbers) == pytest.approx(0, abs=0.1)
    assert np.std(numbers) == pytest.approx(1, abs=0.1)


def test_the_cosine_of_known_angles() -> None:
    assert cosine_similarity([1.0, 0.0], [1.0, 1.0]) == pytest.approx(1 / sqrt(2))
    assert cosine_similarity([1.0, 2.0], [-2.0, 1.0]) == 0
    assert cosine_similarity([3.0, 4.0], [-6.0, -8.0]) == pytest.approx(-1)


@given(vectors, vectors)
def test_the_cosine_lies_between_minus_1_and_1_for_vectors_of_any_length(x: Any, y: Any) -> None:
    assert abs(cosine_similarity(x, y)) <= 1 + 1e-12


@pytest.mark.parametrize("scale", [2.3e-308, 1e-200, 1e200, 1e308])
def test_the_length_does_not_matter(scale: float) -> None:
    assert cosine_similarity([scale, 0.0], [0.5, 0.0]) == 1


def test_a_vector_without_a_direction_is_like_no_other() -> None:
    zero, other = [Value(0.0), Value(0.0)], [Value(1.0), Value(2.0)]
    likeness = cosine_similarity(zero, other)
    assert likeness.data == 0
    likeness.backward()
    assert [value.grad for value in (*zero, *other)] == [0.0] * 4
    assert cosine_similarity([], []) == 0
    gradcheck(cosine_similarity, [1.0, 0.0], [0.0, 1.0])


def test_nan_is_not_hidden() -> None:
    assert isnan(cosine_similarity([nan, 1.0], [1.0, 1.0]))
    assert isnan(cosine_similarity([0.0, 0.0], [nan, 1.0]))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Embedding(0, 1), ValueError, "num_embeddings must be 1 or more, got 0"),
        (lambda: Embedding(1, 0), ValueError, "embedding_dim must be 1 or more, got 0"),
        (lambda: Embedding(3, 2)(3), IndexError, "3"),
        (lambda: Embedding(3, 2)([0, -1]), IndexError, "-1"),
        (lambda: Embedding(3, 2)(0.5), IndexError, "0.5"),
        (lambda: cosine_similarity([1.0], [1.0, 2.0]), ValueError, "got 1 and 2"),
    ],
)
def test_what_does_not_fit_is_refused_with_both_numbers(make: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        make()
