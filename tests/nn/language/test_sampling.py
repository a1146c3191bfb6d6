"""What is drawn from scores, and what never is."""

from __future__ import annotations

from collections import Counter
from math import exp, inf, nan
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn import generate
from nn.language.sampling import drawn_symbol


def drawn(scores: list[float], count: int = 4000, **settings: float | None) -> Counter[int]:
    rng = Random(0)
    chosen = {"temperature": 1.0, "top_k": None, "top_p": None, **settings}
    return Counter(drawn_symbol(scores, rng=rng, **chosen) for _ in range(count))  # type: ignore[arg-type]


def test_symbols_come_as_often_as_their_softmax_says() -> None:
    scores = [1.0, -inf, 2.0, 0.0]
    for temperature in (0.5, 1.0, 3.0):
        powers = [exp(score / temperature) for score in scores]
        found = drawn(scores, temperature=temperature)
        for symbol, power in enumerate(powers):
            assert found[symbol] / 4000 == pytest.approx(power / sum(powers), abs=0.03)
        assert found[1] == 0


def test_temperature_zero_is_the_first_of_the_likeliest_and_almost_zero_is_one_of_them() -> None:
    assert drawn([1.0, 3.0, 3.0, -inf], 50, temperature=0.0) == {1: 50}
    assert drawn([1.0, 3.0, 2.9], 50, temperature=5e-324) == {1: 50}
    assert set(drawn([1e308, -1e308, 1e308], 50, temperature=1e-3)) == {0, 2}


def test_top_k_and_top_p_leave_the_likeliest() -> None:
    scores = [0.0, 2.0, 1.0, -1.0]  # shares .087, .644, .237, .032
    assert set(drawn(scores, top_k=2)) == {1, 2}
    assert set(drawn(scores, top_k=9)) == {0, 1, 2, 3}
    for top_p, expected in ((0.01, {1}), (0.64, {1}), (0.65, {1, 2}), (0.9, {1, 2, 0}), (1.0, {0, 1, 2, 3})):
        assert set(drawn(scores, top_p=top_p)) == expected
    assert set(drawn(scores, top_k=2, top_p=0.74)) == {1, 2}  # .644 of what top_k leaves is .731
    assert set(drawn(scores, top_k=2, top_p=0.72)) == {1}


@settings(max_examples=200)
@given(
    st.lists(st.floats(-1e308, 1e308) | st.just(-inf), min_size=1, max_size=6).filter(
        lambda x: max(x) > -inf
    ),
    st.floats(0, 1e308),
    st.none() | st.integers(1, 8),
    st.none() | st.floats(1e-300, 1),
    st.integers(0, 2**32),
)
def test_what_is_drawn_could_be_drawn(
    scores: list[float], temperature: float, top_k: int | None, top_p: float | None, seed: int
) -> None:
    symbol = drawn_symbol(scores, temperature, top_k, top_p, Random(seed))
    assert scores[symbol] > -inf
    assert sum(score > scores[symbol] for score in scores) < (top_k or 7)
    assert symbol == drawn_symbol(scores, temperature, top_k, top_p, Random(seed))


@pytest.mark.parametrize(
    ("scores", "changed", "message"),
    [
        ([1.0], {"temperature": -1.0}, "temperature must be 0 or more and finite, got -1"),
        ([1.0], {"temperature": inf}, "temperature must be 0 or more and finite, got inf"),
        ([1.0], {"temperature": nan}, "temperature must be 0 or more and finite, got nan"),
        ([1.0], {"top_k": 0}, "top_k must be 1 or more, got 0"),
        ([1.0], {"top_p": 0.0}, "top_p must be above 0 and at most 1, got 0"),
        ([1.0], {"top_p": nan}, "top_p must be above 0 and at most 1, got nan"),
        ([], {}, r"not all -inf, got \[\]"),
        ([-inf, -inf], {}, "not all -inf, got"),
        ([1.0, nan], {}, "finite scores"),
        ([1.0, inf], {}, "finite scores"),
    ],
)
def test_what_cannot_be_drawn_from_is_refused(
    scores: list[float], changed: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        drawn(scores, 1, **changed)


@pytest.mark.parametrize(
    "prompt",
    [{0: 1}, {0, 1}, [0.0], [1.5], 1, np.array(1)],
    ids=["dict", "set", "float", "fraction", "int", "array of no axes"],
)
def test_a_prompt_is_symbols_in_an_order(prompt: Any) -> None:
    # A dict was read by its keys, a set in whatever order.
    with pytest.raises(TypeError, match=r"(expected a list|a symbol is a whole number).* got "):
        generate(lambda symbols: [[0.0, 0.0]], prompt, count=1)
