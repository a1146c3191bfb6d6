"""Attention looks where it may, at what fits."""

from __future__ import annotations

from math import exp, inf, log, nan, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, compile, dot, gradcheck, no_grad
from nn import MultiHeadAttention, causal_mask, scaled_dot_product_attention
from nn.sequences.attention import Cache, attended
from nn.weights.tensors import tensors

INPUTS = [[1.0, 0.0, 1.0, 0.0], [0.0, 2.0, 0.0, 2.0]]
W_Q = [[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]]


def plain(rows: Any) -> Any:
    return [plain(row) for row in rows] if isinstance(rows, list) else getattr(rows, "data", rows)


def sequence(rng: np.random.Generator, length: int, width: int) -> list[list[float]]:
    rows: list[list[float]] = rng.normal(size=(length, width)).tolist()
    return rows


def flat(rows: Any) -> list[Any]:
    return [leaf for row in rows for leaf in flat(row)] if isinstance(rows, list) else [rows]


def test_the_documents_example_by_hand() -> None:
    queries = (np.array(INPUTS) @ np.array(W_Q)).tolist()
    weights = [attended(query, INPUTS, INPUTS, [0.0, 0.0])[1] for query in queries]
    assert np.round(weights, 3).tolist() == [[0.076, 0.924], [0.018, 0.982]]
    share = 1 / (1 + exp(5 / 2))
    assert weights[0] == pytest.approx([share, 1 - share], rel=1e-14)
    first, _ = scaled_dot_product_attention(queries, INPUTS, INPUTS)
    assert np.round(first, 3).tolist() == [0.076, 1.848, 0.076, 1.848]


def test_a_forbidden_pair_is_left_out_whatever_stands_there() -> None:
    rows = [[1.0, 2.0], [inf, nan], [3.0, -1.0]]
    mask = [[0.0, -inf, 0.0]]
    without = scaled_dot_product_attention([[0.5, 0.5]], [rows[0], rows[2]], [rows[0], rows[2]])
    assert scaled_dot_product_attention([[0.5, 0.5]], rows, rows, mask) == without
    leaves = [[Value(number) for number in row] for row in rows]
    [found] = scaled_dot_product_attention([[0.5, 0.5]], leaves, leaves, mask)
    found[0].backward()
    assert [leaf.grad for leaf in leaves[1]] == [0.0, 0.0]
    assert all(leaf.grad not in (0.0, inf, -inf) for leaf in leaves[0])


@pytest.mark.parametrize("forbid", [-inf, Value(-inf)], ids=["number", "Value"])
def test_a_query_that_may_look_at_nothing_gets_zeros_and_passes_nothing_on(forbid: Any) -> None:
    rows = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    (nothing, all_of_it), weights = (
        scaled_dot_product_attention(rows, rows, rows, [[forbid, forbid], [0.0, 0.0]]),
        attended(rows[0], rows, rows, [forbid, forbid])[1],
    )
    assert (plain(nothing), plain(weights)) == ([0.0, 0.0], [0.0, 0.0])
    total = dot([1.0, 1.0, 1.0], [*nothing, all_of_it[0]])
    total.backward()
    without = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    scaled_dot_product_attention(without[1:], without, without)[0][0].backward()
    assert [leaf.grad for leaf in flat(rows)] == [leaf.grad for leaf in flat(without)]


def test_no_rows_give_no_rows_and_no_keys_give_zeros_of_no_width() -> None:
    assert scaled_dot_product_attention([], [[1.0]], [[1.0]]) == []
    assert scaled_dot_product_attention([[1.0]], [], []) == [[]]
    assert MultiHeadAttention(2, 1, seed=0)([], [], []) == ([], [[]])


@pytest.mark.parametrize(("width", "heads", "queries"), [(1, 1, 2), (4, 2, 1), (6, 3, 3), (4, 2, 0)])
def test_heads_without_keys_find_what_they_find_where_they_may_look_at_nothing(
    width: int, heads: int, queries: int
) -> None:
    rng = np.random.default_rng(0)
    attention = MultiHeadAttention(width, heads, seed=0)
    for number in attention.out_proj.bias or ():
        number.data = rng.normal()
    query, key = sequence(rng, queries, width), sequence(rng, 2, width)
    found, weights = attention(query, [], [])
    assert plain(found) == plain(attention(query, key, key, key_padding_mask=[-inf] * 2)[0])
    assert weights == [[[]] * queries] * heads


def test_numbers_in_a_mask_are_added_to_the_scores() -> None:
    [[found]] = scaled_dot_product_attention([[0.0]], [[1.0], [1.0]], [[0.0], [1.0]], [[0.0, log(3)]])
    assert found == pytest.approx(3 / 4, rel=1e-15)


@settings(max_examples=60)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2**32 - 1), st.data())
def test_weights_are_shares_and_means_lie_between(
    queries: int, keys: int, width: int, seed: int, data: Any
) -> None:
    rng = np.random.default_rng(seed)
    query, key = sequence(rng, queries, width), sequence(rng, keys, width)
    value = sequence(rng, keys, 2)
    mask = data.draw(
        st.lists(
            st.lists(st.sampled_from([0.0, -inf]), min_size=keys, max_size=keys),
            min_size=queries,
            max_size=queries,
        )
    )
    found = scaled_dot_product_attention(query, key, value, mask)
    dense = np.array(query) @ np.array(key).T / sqrt(width) + np.array(mask)
    for row, scores, masks, mean in zip(query, dense, mask, found, strict=True):
        _, weights = attended(row, key, value, masks)
        powers = np.exp(scores - scores[np.isfinite(scores)].max(initial=-1e300)) * np.isfinite(scores)
        expected = powers / (powers.sum() or 1.0)
        assert weights == pytest.approx(expected.tolist(), abs=1e-14)
        assert mean == pytest.approx((expected @ np.array(value)).tolist(), abs=1e-14)


def test_names_shapes_and_first_weights_are_those_of_pytorch() -> None:
    attention = MultiHeadAttention(6, 3, seed=0)
    assert {name: tensor.shape for name, tensor in tensors(attention).items()} == {
        "in_proj_weight": (18, 6),
        "in_proj_bias": (18,),
        "out_proj.weight": (6, 6),
        "out_proj.bias": (6,),
    }
    weights = np.array(plain(attention.in_proj_weight))
    assert 0.9 * sqrt(6 / 24) < np.abs(weights).max() <= sqrt(6 / 24)
    assert plain(attention.in_proj_bias) == [0.0] * 18
    assert plain(attention.out_proj.bias) == [0.0] * 6
    assert sorted(tensors(MultiHeadAttention(6, 3, bias=False))) == ["in_proj_weight", "out_proj.weight"]


def test_a_cache_changes_no_bit() -> None:
    rng = np.random.default_rng(0)
    attention, rows = MultiHeadAttention(8, 2, seed=1), sequence(np.random.default_rng(0), 7, 8)
    mask = causal_mask(7)
    whole, weights = attention(rows, rows, rows, attn_mask=mask)
    cache: Cache = ([], [])
    start = 0
    while start < 7:
        stop = min(7, start + int(rng.integers(1, 4)))
        new = rows[start:stop]
        part, shares = attention(new, new, new, attn_mask=[m[:stop] for m in mask[start:stop]], cache=cache)
        assert plain(part) == plain(whole[start:stop])
        assert plain(shares) == [[row[:stop] for row in plain(head)[start:stop]] for head in weights]
        start = stop
    before = plain([*cache[0]])
    with pytest.raises(ValueError, match="needs a mask as long as the queries: expected 1, got 0"):
        attention(rows[:1], rows[:1], rows[:1], attn_mask=[], cache=cache)
    assert plain([*cache[0]]) == before


@pytest.mark.parametrize("size", [2.0, -1, "3"])
def test_a_mask_has_a_whole_number_of_places(size: Any) -> None:
    assert causal_mask(0) == []
    with pytest.raises(ValueError, match=f"size must be .*, got {size!r}"):
        causal_mask(size)


def test_padding_is_not_looked_at_and_joins_another_mask() -> None:
    rng = np.random.default_rng(0)
    attention = MultiHeadAttention(4, 2, seed=1)
    query, rows = sequence(rng, 3, 4), sequence(rng, 2, 4)
    short, _ = attention(query, rows, rows)
    padded = [*rows, [nan] * 4]
    padding = [0.0, 0.0, -inf]
    assert plain(attention(query, padded, padded, padding)[0]) == plain(short)
    mask = [[0.0, -inf, 0.0], [-inf, 0.0, -inf], [-inf, -inf, 0.0]]
    both, weights = attention(query, padded, padded, padding, mask)
    assert [[w != 0.0 for w in row] for row in plain(weights[0])] == [
        [True, False, False],
        [False, True, False],
        [False, False, False],
    ]
    assert plain(both[2]) == plain(attention.out_proj.bias)


def test_dropout_loses_weights_in_training_only() -> None:
    attention, rows = MultiHeadAttention(4, 1, dropout=0.5, seed=0), sequence(np.random.default_rng(0), 8, 4)
    _, [weights] = attention(rows, rows, rows)
    assert 8 < sum(weight == 0.0 for row in plain(weights) for weight in row) < 56
    attention.eval()
    _, [weights] = attention(rows, rows, rows)
    assert [sum(row) for row in plain(weights)] == pytest.approx([1.0] * 8)


@pytest.mark.parametrize("masked", [False, True])
def test_second_derivatives_are_slopes_of_slopes(masked: bool) -> None:
    rng = np.random.default_rng(3)
    mask = [[0.0, -inf], [0.0, 0.5]] if masked else None

    def loss(numbers: list[Any]) -> Any:
        query, key, value = ([numbers[at : at + 2], numbers[at + 2 : at + 4]] for at in (0, 4, 8))
        return dot([1.0, -2.0, 0.5, 3.0], flat(scaled_dot_product_attention(query, key, value, mask)))

    gradcheck(loss, rng.normal(size=12).tolist(), order=2)


@pytest.mark.parametrize("backend", ["numpy", "jax"])
@pytest.mark.parametrize("causal", [False, True])
def test_a_padding_mask_may_be_an_argument_of_a_compiled_program(backend: str, causal: bool) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    rng = np.random.default_rng(0)
    attention = MultiHeadAttention(4, 2, seed=0)

    def loss(x: Any, padding: Any) -> Any:
        found, _ = attention(x, x, x, padding, causal_mask(3) if causal else None)
        return dot(flat(found), flat(found))

    x, padding = rng.normal(size=(4, 3, 4)), np.array([[0, 0, 0], [0, 0, -inf], [0, -inf, 0], [-inf] * 3])
    step = compile(loss, attention.parameters(), backend=backend)
    value, gradient = step.value_and_grad(x, padding)
    losses = [loss(*example) for example in zip(x.tolist(), padding.tolist(), strict=True)]
    (sum(losses, Value(0.0)) / 4.0).backward()
    assert value == pytest.approx(sum(loss.data for loss in losses) / 4, rel=1e-12)
    expected = [parameter.grad for parameter in attention.parameters()]
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_arrays_are_as_good_as_lists_though_a_query_may_look_at_nothing() -> None:
    rows, mask = [[1.0, 2.0], [3.0, 4.0]], [[-inf, -inf], [-inf, 0.0]]
    given = rows, rows, rows, mask
    assert scaled_dot_product_attention(*map(np.array, given)) == scaled_dot_product_attention(*given)


def test_what_does_not_fit_is_refused_with_both_numbers() -> None:
    attention = MultiHeadAttention(4, 2)
    row, short = [1.0] * 4, [1.0] * 3
    for call, message in (
        (lambda: MultiHeadAttention(4, 3), "embed_dim=4 and num_heads=3"),
        (lambda: MultiHeadAttention(0, 1), "embed_dim must be 1 or more, got 0"),
        (lambda: MultiHeadAttention(4, 0), "num_heads must be 1 or more, got 0"),
        (lambda: attention([short], [row], [row]), r"MultiHeadAttention\(4, 2\) takes 4 numbers, got 3"),
        (
            lambda: attention([row], [row], [row, row]),
            "list of values as long as the keys: expected 1, got 2",
        ),
        (
            lambda: attention([row], [row], [row], [0.0] * 2),
            "padding mask as long as the keys: expected 1, got 2",
        ),
        (
            lambda: attention([row], [row], [row], None, [[0.0] * 2]),
            "mask as long as the keys: expected 1, got 2",
        ),
        (
            lambda: attention([row], [row], [row], None, []),
            "mask as long as the queries: expected 1, got 0",
        ),
        (
            lambda: scaled_dot_product_attention([row], [short], [row]),
            "key as long as the query: expected 4, got 3",
        ),
        (
            lambda: scaled_dot_product_attention([row], [row, row], [row, short]),
            "value as long as the first: expected 4, got 3",
        ),
        (
            lambda: scaled_dot_product_attention([[]], [[]], [row]),
            "queries of 1 number or more, got one of 0",
        ),
    ):
        with no_grad(), pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("place", range(3), ids=["queries", "keys", "values"])
@pytest.mark.parametrize(
    "attend",
    [MultiHeadAttention(2, 1, seed=0), scaled_dot_product_attention],
    ids=["MultiHeadAttention", "scaled_dot_product_attention"],
)
def test_rows_that_can_be_read_once_are_refused(attend: Any, place: int) -> None:
    # They were checked, and then there were none: what came out were no rows, or zeros.
    given: list[Any] = [[[1.0, 0.0], [0.0, 1.0]]] * 3
    given[place] = iter(given[place])
    with pytest.raises(TypeError, match=r"takes .*list.* of rows.*, got <list_iterator .*\[\[…\]\]"):
        attend(*given)


@pytest.mark.parametrize("yes", [True, np.True_])
def test_a_mask_of_yes_and_no_is_refused(yes: Any) -> None:
    # PyTorch reads it as "may look"; in a padding mask as "may not"; added to a score it would be 1.
    rows = [[1.0, 0.0], [0.0, 1.0]]
    attention = MultiHeadAttention(2, 1, seed=0)
    for call in (
        lambda: scaled_dot_product_attention(rows, rows, rows, [[yes, yes]] * 2),
        lambda: attention(rows, rows, rows, key_padding_mask=[0.0, yes]),
    ):
        with pytest.raises(ValueError, match=r"give -inf for forbidden and 0\.0 for not, got (np\.)?True"):
            call()
