"""One text is read, another written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import compile
from nn import Adam, EncoderDecoder, cross_entropy, generate, reversals
from nn.weights.tensors import tensors


def plain(rows: Any) -> Any:
    return [[number.data for number in row] for row in rows]


def test_what_is_written_depends_on_all_that_is_read_and_on_what_was_written() -> None:
    model = EncoderDecoder(vocab=6, width=4, heads=2, layers=1, context=5, seed=0)
    source, target = [1, 2, 3], [0, 4, 5]
    whole = plain(model(source, target))
    assert plain(model(source, target[:2])) == whole[:2]
    assert plain(model.decode(model.encode(source), target)) == whole
    for other in ([1, 2, 4], [2, 1, 3]):
        assert all(a != b for a, b in zip(plain(model(other, target)), whole, strict=True))
    assert sum(name == "head.weight" for name in tensors(model)) == 1
    assert repr(model) == "EncoderDecoder(6 symbols, 4 wide, 1 layers)"


def test_too_long_a_text_and_an_unknown_symbol_are_refused_with_both_numbers() -> None:
    model = EncoderDecoder(vocab=6, width=4, heads=2, layers=1, context=3, seed=0)
    assert len(model([1, 2, 3], [0, 1, 2])) == 3
    assert [*map(len, model([], [0, 1]))] == [6, 6]
    assert model([1], []) == []
    for source, target in (([1] * 4, [0]), ([1], [0] * 4)):
        with pytest.raises(ValueError, match=r"EncoderDecoder\(.*\) takes at most 3 symbols, got 4"):
            model(source, target)
    with pytest.raises(IndexError, match="6"):
        model([6], [0])
    with pytest.raises(TypeError, match="symbols are numbers, got the text"):
        model("a text", [0])
    with pytest.raises(ValueError, match="context must be 1 or more, got 0"):
        EncoderDecoder(vocab=6, width=4, heads=2, layers=1, context=0)


def test_it_learns_to_turn_a_string_round() -> None:
    letters = "abcd"
    model = EncoderDecoder(vocab=5, width=16, heads=2, layers=1, context=3, seed=0)
    pairs = [
        tuple([letters.index(letter) + 1 for letter in text] for text in pair)
        for pair in reversals(6050, 3, letters=letters, seed=0)
    ]
    source, target = (np.array(side) for side in zip(*pairs, strict=True))
    given = np.pad(target[:, :-1], ((0, 0), (1, 0)))
    step = compile(lambda x, y, t: cross_entropy(model(x, y), t), model.parameters())
    optimizer = Adam(model.parameters(), lr=0.01)
    for start in range(0, 6000, 30):
        rows = slice(start, start + 30)
        _, gradient = step.value_and_grad(source[rows], given[rows], target[rows])
        optimizer.move(step.vector, gradient)
    step.write_back()
    right = 0
    for read, expected in zip(source[6000:].tolist(), target[6000:].tolist(), strict=True):
        memory = model.encode(read)
        right += generate(lambda y, m=memory: model.decode(m, y), [0], 0.0, count=3) == expected
    assert right >= 49


def test_arrays_of_symbols_are_as_good_as_lists_and_texts_are_refused() -> None:
    model = EncoderDecoder(4, 4, 2, 1, 3, seed=0)
    given = [1, 2, 3], [0, 1]
    rows, others = model(*given), model(*map(np.array, given))
    assert [x.data for row in rows for x in row] == [x.data for row in others for x in row]
    with pytest.raises(TypeError, match="symbols are numbers, got the text 'ab': encode it first"):
        model("ab", [0])
