"""Language models, n-gram tables, and texts that a model writes."""

from __future__ import annotations

from collections.abc import Callable
from math import log2
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import compile
from nn import GPT, Bigram, NGram, RecurrentModel, WindowMLP, generate, next_symbols, write_texts

MODELS: dict[str, Callable[[], Any]] = {
    "bigram": lambda: Bigram(4, seed=1),
    "mlp": lambda: WindowMLP(4, 2, 3, 5, seed=1),
    "rnn": lambda: RecurrentModel("rnn", 4, 2, 3, seed=1),
    "lstm": lambda: RecurrentModel("lstm", 4, 2, 3, 2, seed=1),
    "gru": lambda: RecurrentModel("gru", 4, 2, 3, seed=1),
    "gpt": lambda: GPT(4, 4, 2, 1, 6, seed=1),
}
REACH = {"bigram": 1, "mlp": 3}
"""How many symbols a model looks back on, where that is not all."""


def scores(model: Any, symbols: list[int]) -> list[list[float]]:
    return [[score.data for score in row] for row in model(symbols)]


@pytest.mark.parametrize("name", MODELS)
def test_scores_depend_on_the_symbols_up_to_there_and_on_no_later_one(name: str) -> None:
    model, symbols = MODELS[name](), [0, 2, 1, 3, 3, 1]
    before = scores(model, symbols)
    assert [len(row) for row in before] == [4] * 6
    for place in range(6):
        after = scores(model, [*symbols[:place], (symbols[place] + 1) % 4, *symbols[place + 1 :]])
        changed = [old != new for old, new in zip(before, after, strict=True)]
        assert changed == [place <= k < place + REACH.get(name, 6) for k in range(6)]
        assert scores(model, symbols[: place + 1]) == before[: place + 1]


@pytest.mark.parametrize("name", MODELS)
def test_a_compiled_model_takes_other_symbols(name: str) -> None:
    model = MODELS[name]()
    compiled = autograd.compile(lambda row: [list(each) for each in model(row)], model.parameters())
    for symbols in ([0, 2, 1], [3, 3, 0]):
        assert compiled([symbols])[0].tolist() == [
            pytest.approx(row, rel=1e-12, abs=1e-13) for row in scores(model, symbols)
        ]


@pytest.mark.parametrize("name", MODELS)
def test_an_array_of_symbols_is_as_good_as_a_list(name: str) -> None:
    model = MODELS[name]()
    [row] = next_symbols([[1, 2, 3]], 4).inputs
    assert scores(model, row) == scores(model, row.tolist())
    assert generate(model, row, count=3, seed=0) == generate(model, row.tolist(), count=3, seed=0)
    with pytest.raises(ValueError, match="a prompt of 1 symbol or more, got none"):
        generate(model, row[:0], count=1)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("text", ["ab", ["a", "b"], np.array(["ab", "c"])])
def test_a_text_that_is_not_encoded_is_refused_by_name(name: str, text: Any) -> None:
    for use in (lambda model: model(text), lambda model: generate(model, text, count=1)):
        with pytest.raises(TypeError, match=r"symbols are numbers, got the text 'ab?': encode it first"):
            use(MODELS[name]())


@pytest.mark.parametrize(
    "model",
    [Bigram(1, seed=0), WindowMLP(1, 2, 2, 3, seed=0), RecurrentModel("gru", 1, 2, 2, seed=0)],
    ids=["bigram", "window", "gru"],
)
def test_of_one_symbol_too_each_place_has_a_row_of_scores(model: Any) -> None:
    assert [len(row) for row in model([0, 0, 0])] == [1, 1, 1]
    assert generate(model, [0], count=2, seed=0) == [0, 0]


def test_a_gpt_that_is_called_in_a_way_of_its_own_writes_as_one_that_remembers() -> None:
    class Own(GPT):
        def __call__(self, symbols: Any) -> Any:  # type: ignore[override]
            return super().__call__(symbols)

    sizes = {"vocab": 4, "width": 4, "heads": 2, "layers": 1, "context": 3, "seed": 0}
    expected = generate(GPT(**sizes), [1, 2], count=6, seed=0)
    assert generate(Own(**sizes), [1, 2], count=6, seed=0) == expected


def test_a_kind_of_recurrence_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind 'gpt': choose rnn, lstm, gru"):
        RecurrentModel("gpt", 4, 2, 3)


# ---- tables ------------------------------------------------------------------------------------------


def test_a_bigram_table_by_hand() -> None:
    table = NGram([[1, 2], [1]], 2, 3, pseudo_count=1.0)  # pairs 01 12 20, 01 10
    assert table.probability((0, 1)) == 3 / 5
    assert table.probability((1, 0)) == table.probability((1, 2)) == 2 / 5
    for gram in ((2, 0), [2, 0], np.array([2, 0])):
        assert table.probability(gram) == 2 / 4
    assert table.bits([[1]]) == -(log2(3 / 5) + log2(2 / 5)) / 2


@given(st.lists(st.lists(st.integers(1, 3), max_size=5), min_size=1), st.integers(1, 4))
def test_probabilities_add_up_to_one_after_whatever_was_before(texts: list[list[int]], order: int) -> None:
    table = NGram(texts, order, 4)
    for before in [(0,) * (order - 1), (2,) * (order - 1)]:
        assert sum(table.probability((*before, k)) for k in range(4)) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 3), "order must be 1 or more, got 0"),
        ((2.0, 3), r"order must be a whole number, got 2\.0"),
        ((2, 0), "vocab_size must be 1 or more, got 0"),
        *(
            ((2, 3, wrong), f"pseudo_count must be positive and finite, got {wrong}")
            for wrong in (0.0, float("inf"), float("nan"))
        ),
    ],
)
def test_a_table_that_cannot_be_made_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NGram([[1]], *arguments)
    with pytest.raises(ValueError, match="at least 1 text, got 0"):
        NGram([[1]], 2, 3).bits([])


@pytest.mark.parametrize(("window", "message"), [(0, "1 or more, got 0"), (2.0, r"a whole number, got 2\.0")])
def test_a_window_that_cannot_be_is_refused(window: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"window must be {message}"):
        WindowMLP(3, 2, window, 4)


@pytest.mark.parametrize("symbol", [3, 7, -1])
def test_a_symbol_that_the_table_does_not_have_is_refused(symbol: int) -> None:
    # Probabilities added up to more than 1.
    table = NGram([[1, 2]], 2, 3)
    for use in (
        lambda: NGram([[1, symbol]], 2, 3),
        lambda: table.probability((1, symbol)),
        lambda: table.probability((symbol, 1)),
        lambda: table.bits([[symbol]]),
    ):
        with pytest.raises(ValueError, match=f"symbol {symbol} is out of range for 3 symbols"):
            use()


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("length", range(5))
def test_a_gram_of_another_length_is_refused(order: int, length: int) -> None:
    table = NGram([[1, 2, 2]], order, 3)
    if length == order:
        assert 0 < table.probability((2,) * length) < 1
    else:
        with pytest.raises(ValueError, match=f"expected a gram of {order} symbols, got {length}"):
            table.probability((2,) * length)


def test_a_table_of_a_text_that_is_not_encoded_is_refused() -> None:
    with pytest.raises(TypeError, match="symbols are numbers, got the text 'ab'"):
        NGram(["ab"], 2, 3)  # type: ignore[list-item]
    with pytest.raises(TypeError, match="symbols are numbers, got the text 'ab'"):
        NGram([[1]], 2, 3).probability("ab")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("symbol", "message"),
    [
        (1.5, "a symbol is a whole number, got 1.5"),
        (1.0, "a symbol is a whole number, got 1.0"),
        ("a", "symbols are numbers, got the text 'a'"),
        (None, "a symbol is a whole number, got None"),
    ],
)
def test_a_symbol_that_is_no_whole_number_is_not_counted(symbol: Any, message: str) -> None:
    # Probabilities added up to less than 1.
    table = NGram([[1]], 2, 3)
    uses = (
        lambda: NGram([[1, symbol]], 2, 3),
        lambda: table.probability((1, symbol)),
        lambda: table.bits([[symbol]]),
    )
    for use in uses:
        with pytest.raises(TypeError, match=message):
            use()


# ---- writing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["count", "context", "longest"])
def test_no_texts_are_refused(name: str) -> None:
    sizes = {"count": 1, "context": 1, "longest": 1, name: 0}
    with pytest.raises(ValueError, match=f"{name} must be 1 or more, got 0"):
        write_texts(Bigram(2, seed=0), [], **sizes)


def test_a_temperature_of_0_takes_the_likeliest_as_generate_does() -> None:
    model = MODELS["rnn"]()
    [text] = write_texts(model, model.parameters(), count=1, context=8, longest=7, temperature=0)
    generated = generate(model, [0], temperature=0, count=7, stop=0)
    assert text == [symbol for symbol in generated if symbol]


def counting(symbols: list[Any]) -> list[list[Any]]:
    """Score the next number, and after 5 the boundary, far above all others."""
    table = [[50.0 * (k == (n + 1) % 6) for k in range(6)] for n in range(6)]
    return [autograd.take(table, symbol) for symbol in symbols]


def test_texts_end_at_the_boundary_or_at_the_longest_and_see_no_more_than_the_context() -> None:
    assert write_texts(counting, [], count=3, context=2, longest=9) == [[1, 2, 3, 4, 5]] * 3
    assert write_texts(counting, [], count=1, context=9, longest=3) == [[1, 2, 3]]


def test_nothing_is_dropped_while_a_model_writes() -> None:
    model = GPT(4, 4, 2, 1, 6, seed=1)
    written = write_texts(model, model.parameters(), count=3, context=6, longest=5)
    model.blocks.layers[0].self_attn.dropout.p = 0.9
    assert write_texts(model, model.parameters(), count=3, context=6, longest=5) == written


def test_texts_follow_the_temperature_and_the_number_of_likeliest_symbols() -> None:
    model = Bigram(8, seed=1)

    def written(**chosen: Any) -> list[list[int]]:
        return write_texts(model, model.parameters(), count=5, context=4, longest=8, **chosen)

    assert written(top_k=1, temperature=5.0) == written(temperature=0.0)
    assert written(temperature=5.0) != written(temperature=1.0) == written()
    assert written(top_k=2) != written() == written(top_k=8)


def test_a_seed_fixes_what_is_written() -> None:
    model = MODELS["lstm"]()
    one, two, other = (
        write_texts(model, model.parameters(), count=5, context=4, longest=8, seed=seed) for seed in (1, 1, 2)
    )
    assert one == two != other
    assert {symbol for text in one for symbol in text} <= {1, 2, 3}
    assert max(map(len, one)) <= 8


def test_a_model_of_arrays_writes_as_one_of_values() -> None:
    model = Bigram(5, seed=0)
    compiled = compile(lambda symbols: model(symbols), model.parameters())
    expected = generate(model, [1], seed=3, count=20)
    assert generate(lambda symbols: compiled(np.array([symbols]))[0], [1], seed=3, count=20) == expected
    with pytest.raises(ValueError, match=r"count must be a whole number, got 2\.5"):
        generate(model, [1], count=2.5)  # type: ignore[arg-type]
