"""Rows of symbols: padding, masks, what comes next; and the sequences made by code."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import first_bits, next_symbols, pad, reversals

texts = st.lists(st.lists(st.integers(1, 9), max_size=8), min_size=1)


@given(texts)
def test_padding_keeps_each_sequence_and_marks_where_it_stands(sequences: list[list[int]]) -> None:
    rows, mask = pad(sequences, 8)
    assert rows.shape == mask.shape == (len(sequences), 8)
    for sequence, row, marks in zip(sequences, rows.tolist(), mask.tolist(), strict=True):
        assert row == sequence + [0] * (8 - len(sequence))
        assert marks == [1.0] * len(sequence) + [0.0] * (8 - len(sequence))


@given(texts, st.integers(1, 10), st.booleans())
def test_every_symbol_and_every_end_is_predicted_once(
    sequences: list[list[int]], context: int, packed: bool
) -> None:
    data = next_symbols(sequences, context, packed=packed)
    assert data.inputs.shape == data.targets.shape == data.mask.shape == (len(data), context)
    assert data.predictions == sum(len(sequence) + 1 for sequence in sequences)
    counted = data.mask > 0
    pairs = Counter(zip(data.inputs[counted].tolist(), data.targets[counted].tolist(), strict=True))
    assert pairs == Counter(pair for text in sequences for pair in zip([0, *text], [*text, 0], strict=True))
    assert not data.inputs[~counted].any()
    assert not data.targets[~counted].any()


def test_a_text_in_rows() -> None:
    data = next_symbols([[1, 2, 3], [4]], 3)
    assert data.inputs.tolist() == [[0, 1, 2], [3, 0, 0], [0, 4, 0]]
    assert data.targets.tolist() == [[1, 2, 3], [0, 0, 0], [4, 0, 0]]
    assert data.mask.tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    assert next_symbols([[1, 2, 3], [4]], 3, packed=True).inputs.tolist() == [[0, 1, 2], [3, 0, 4]]
    last = data.rows([2, 1])
    assert (last.inputs.tolist(), last.predictions) == ([[0, 4, 0], [3, 0, 0]], 3)


def test_what_makes_no_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="sequence 1 has 3 symbols, accepted are at most 2"):
        pad([[1], [1, 2, 3]], 2)
    with pytest.raises(ValueError, match="context must be 1 or more, got 0"):
        next_symbols([[1]], 0)
    with pytest.raises(ValueError, match="at least 1 text, got 0"):
        next_symbols([], 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("12", "symbols are numbers, got the text '12': encode it first"),
        (["1", "2"], "symbols are numbers, got the text '1': encode it first"),
        ([1.7], r"a symbol is a whole number, got 1\.7 in \[1\.7\]"),
        (np.array([1.0, 2.0]), "a symbol is a whole number, got 1.0"),
        ([1, None], "a symbol is a whole number, got None"),
        ([[1], [2]], r"a symbol is a whole number, got \[1\]"),
    ],
)
def test_what_is_no_symbol_is_refused(text: Any, message: str) -> None:
    for make in (lambda: pad([[1], text], 4), lambda: next_symbols([[1], text], 4)):
        with pytest.raises(TypeError, match=message):
            make()


def test_symbols_may_be_numbers_of_numpy() -> None:
    for text in (np.array([1, 2]), [np.int32(1), np.array(2)], (1, 2)):
        assert next_symbols([text], 3).inputs.tolist() == [[0, 1, 2]]
        assert pad([text], 3)[0].tolist() == [[1, 2, 0]]


def test_the_first_bit_is_the_target() -> None:
    sequences, targets = first_bits(200, 30, seed=1)
    assert {number for sequence in sequences for row in sequence for number in row} == {-1.0, 1.0}
    assert {len(sequence) for sequence in sequences} == {30}
    assert targets == [1.0 if sequence[0] == [1.0] else 0.0 for sequence in sequences]
    assert 80 < sum(targets) < 120
    assert first_bits(3, 4, seed=2) == first_bits(3, 4, seed=2) != first_bits(3, 4, seed=3)


def test_a_reversal_is_the_string_backwards() -> None:
    pairs = reversals(50, 8, letters="abc", seed=4)
    assert all(there == here[::-1] and len(here) == 8 for here, there in pairs)
    assert set("".join(here for here, _ in pairs)) == set("abc")
    assert reversals(3, 4) == reversals(3, 4)


def test_no_sequences_are_refused() -> None:
    for count, steps, message in ((0, 1, "count must be 1 or more, got 0"), (1, 0, "steps .* got 0")):
        with pytest.raises(ValueError, match=message):
            first_bits(count, steps)
    for arguments, message in (((0, 1), "count"), ((1, 0), "length")):
        with pytest.raises(ValueError, match=message):
            reversals(*arguments)
    with pytest.raises(ValueError, match="letters must be 1 or more, got 0"):
        reversals(1, 1, letters="")
