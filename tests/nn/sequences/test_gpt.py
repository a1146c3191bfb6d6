"""A GPT sees what was, and writes what comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from autograd import compile, gradcheck
from nn import GPT, Dropout, cross_entropy, generate
from nn.sequences.attention import Cache
from nn.weights.tensors import tensors


def plain(rows: Any) -> Any:
    return [[number.data for number in row] for row in rows]


def small(seed: int = 0) -> GPT:
    return GPT(vocab=5, width=4, heads=2, layers=2, context=6, seed=seed)


def test_names_and_shapes_say_what_it_is_made_of() -> None:
    shapes = {name: tensor.shape for name, tensor in tensors(small()).items()}
    assert shapes["head.weight"] == (5, 4)
    assert shapes["positions.weight"] == (6, 4)
    assert shapes["blocks.layers.1.self_attn.in_proj_weight"] == (12, 4)
    assert shapes["blocks.layers.1.linear1.weight"] == (16, 4)
    assert repr(small()) == "GPT(5 symbols, 4 wide, 2 layers, 6 long)"
    assert [p.data for p in small().parameters()] == [p.data for p in small().parameters()]


def test_biases_are_0_but_in_feed_forward_layers_which_all_begin_alike() -> None:
    model = small()
    biases = {name: tensor.values for name, tensor in tensors(model).items() if name.endswith("bias")}
    for name, values in biases.items():
        assert any(value.data for value in values) == (".linear" in name)
    first, second = ([p.data for p in layer.linear1.bias] for layer in model.blocks.layers)
    assert first == second


def test_a_score_depends_on_what_was_before_and_on_nothing_after() -> None:
    model, symbols = small(), [3, 1, 4, 1, 0, 2]
    whole = plain(model(symbols))
    for length in range(1, 7):
        assert plain(model(symbols[:length])) == whole[:length]
    assert plain(model([2, *symbols[1:]]))[5] != whole[5]


def test_a_cache_changes_no_bit() -> None:
    model, symbols = small(), [3, 1, 4, 1, 0, 2]
    whole = plain(model(symbols))
    for cuts in ([1, 2, 3, 4, 5], [3], [2, 5]):
        caches: list[Cache] = model.empty_caches()
        rows: list[list[float]] = []
        for start, stop in zip([0, *cuts], [*cuts, 6], strict=True):
            rows += plain(model(symbols[start:stop], caches))
        assert rows == whole


def test_the_vectors_that_come_in_are_those_that_score() -> None:
    model = small()
    [row] = model([3])
    row[1].backward()
    slopes = [[number.grad for number in vector] for vector in model.head.weight]
    assert all(slopes[1])
    assert all(slopes[3])
    assert slopes[0] == slopes[2] == slopes[4] == [0.0] * 4


def test_gradients_are_slopes() -> None:
    model = GPT(vocab=3, width=2, heads=1, layers=1, context=2, seed=0)
    chosen = model.parameters()[::7]

    def loss(numbers: list[Any]) -> Any:
        twin = GPT(vocab=3, width=2, heads=1, layers=1, context=2, seed=0)
        matrices = [twin.head.weight, twin.blocks.layers[0].linear1.weight]
        for matrix, at in zip(matrices, (0, 2), strict=True):
            matrix[0] = list(numbers[at : at + 2])
        return cross_entropy(twin([0, 2]), [2, 1])

    gradcheck(loss, [parameter.data for parameter in chosen[:4]])


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_symbols_are_data_of_a_compiled_program(backend: str) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    model = small()
    step = compile(lambda x, y: cross_entropy(model(x), y), dict(model.named_parameters()), backend=backend)
    rng = np.random.default_rng(0)
    for _ in range(2):
        x, y = rng.integers(0, 5, size=(2, 3, 4))
        value, gradient = step.value_and_grad(x, y)
        model.zero_grad()
        losses = [cross_entropy(model(xs), ys) for xs, ys in zip(x.tolist(), y.tolist(), strict=True)]
        (sum(losses[1:], losses[0]) / 3.0).backward()
        assert value == pytest.approx(sum(loss.data for loss in losses) / 3, rel=1e-12)
        expected = [parameter.grad for parameter in model.parameters()]
        np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize(
    "settings", [{"temperature": 0.0}, {}, {"top_k": 2}, {"top_p": 0.5}, {"temperature": 2.0, "stop": 1}]
)
def test_generation_with_its_caches_writes_what_it_would_without(settings: dict[str, Any]) -> None:
    model = small()

    def without(symbols: Sequence[int]) -> Any:
        return model(symbols[-model.context :])

    written = generate(model, [2, 0], seed=3, count=12, **settings)
    assert written == generate(without, [2, 0], seed=3, count=12, **settings)
    assert written == generate(model, [2, 0], seed=3, count=12, **settings)
    stop = settings.get("stop")
    assert len(written) == 12 if stop not in written else written.index(stop) == len(written) - 1
    assert generate(model, [1] * 9, seed=0, count=3) == generate(without, [1] * 9, seed=0, count=3)


def test_the_likeliest_goes_on_and_generation_leaves_no_trace() -> None:
    model = small()
    rows = plain(model([2, 0, 4]))
    [first] = generate(model, [2, 0, 4], temperature=0, count=1)
    assert rows[2][first] == max(rows[2])
    assert generate(model, [2], count=0) == []
    assert all(parameter.grad == 0.0 for parameter in model.parameters())
    model.blocks.layers[0].dropout = Dropout(0.9, seed=0)
    state = model.blocks.layers[0].dropout.rng.getstate()
    generate(model, [2], seed=0, count=3)
    assert model.blocks.layers[0].dropout.rng.getstate() == state


def test_what_does_not_fit_is_refused_with_the_numbers() -> None:
    model = small()
    with pytest.raises(ValueError, match=r"takes at most 6 symbols, got 7$"):
        model([0] * 7)
    caches = model.empty_caches()
    model([0] * 4, caches)
    with pytest.raises(ValueError, match=r"takes at most 6 symbols, got 3 after 4$"):
        model([0] * 3, caches)
    assert [len(keys) for keys, _ in caches] == [4, 4], "nothing half-written"
    with pytest.raises(IndexError, match="5"):
        model([5])
    with pytest.raises(ValueError, match="a prompt of 1 symbol or more, got none"):
        generate(model, [], count=1)
    with pytest.raises(ValueError, match="count must be 0 or more, got -1"):
        generate(model, [0], count=-1)
    with pytest.raises(ValueError, match="top_k must be 1 or more, got 0"):
        generate(model, [0], top_k=0, count=1)
    with pytest.raises(ValueError, match="embed_dim=4 and num_heads=3"):
        GPT(5, 4, 3, 1, 6)
