"""Sequential and Residual, dropout, and the summary of a network."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, softmax, tanh
from nn import (
    MLP,
    BatchNorm1d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Linear,
    Module,
    Neuron,
    Residual,
    RMSNorm,
    Sequential,
    TransformerEncoderLayer,
    Unflatten,
    predict,
    summary,
)
from nn.model.module import in_evaluation


def test_a_sequential_of_layers_is_an_mlp() -> None:
    mlp = MLP(2, [3, 2], seed=0)
    model = Sequential(*mlp.layers)
    assert [out.data for out in model([0.5, -1.0])] == [out.data for out in mlp([0.5, -1.0])]
    assert model.parameters() == mlp.parameters()
    assert model.named_parameters()[0][0] == "parts.0.neurons.0.w[0]"


def test_parts_may_be_functions_and_the_last_one_decides_what_comes_out() -> None:
    model = Sequential(Layer(2, 3, nonlin=False, seed=0), softmax)
    assert sum(p.data for p in model([1.0, 2.0])) == pytest.approx(1)
    assert (
        repr(model) == "Sequential of [Layer of [LinearNeuron(2), LinearNeuron(2), LinearNeuron(2)], softmax]"
    )
    assert isinstance(Sequential(Layer(2, 3), Neuron(3))([1.0, 2.0]), Value)


def test_a_residual_adds_its_inputs_and_keeps_the_gradient_alive() -> None:
    # D1.3: thirty saturating layers let nothing through; with a way around each, the gradient arrives.
    def slope(around: bool) -> float:
        layers = [Layer(1, 1, activation="tanh", init=lambda *_: 0.1) for _ in range(30)]
        x = Value(0.5)
        Sequential(*[Residual(layer) if around else layer for layer in layers])([x])[0].backward()
        return x.grad

    layer = Layer(2, 2, activation="tanh", seed=0)
    x = [0.5, -1.0]
    expected = [xi + yi.data for xi, yi in zip(x, layer(x), strict=True)]
    assert [out.data for out in Residual(layer)(x)] == expected
    assert 0 < slope(around=False) < 1e-29
    assert slope(around=True) > 1
    assert repr(Residual(Dropout(0.25))) == "Residual of Dropout(0.25)"
    assert Residual(layer).named_parameters()[0][0] == "part.neurons.0.w[0]"


def test_what_cannot_be_joined_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 part, got 0"):
        Sequential()
    with pytest.raises(TypeError, match="a module or a function, got 'relu'"):
        Sequential("relu")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"outputs of the shape \(2,\) of its inputs, got \(3,\)"):
        Residual(Layer(2, 3))([1.0, 2.0])
    with pytest.raises(ValueError, match=r"the shape \(1, 3, 3\) of its inputs, got \(1, 2, 2\)"):
        Residual(Conv2d(1, 1, 2))([[[1.0] * 3] * 3])
    alone = Residual(MLP(1, [1]))
    for call in (alone, compile(alone, alone.parameters())):
        with pytest.raises(ValueError, match=r"outputs of the shape \(1,\) of its inputs, got \(\)"):
            call([2.0] if call is alone else [[2.0]])
    for part in (Residual(Dropout()), Dropout(), Flatten()):
        with pytest.raises(ValueError, match=r"expected nested lists, got ndarray: give x\.tolist\(\)"):
            part(np.ones((2, 2)))


@pytest.mark.parametrize(
    ("part", "x"),
    [
        (Conv2d(1, 1, 3, padding=1, seed=0), [[[1.0, 2.0], [3.0, 4.0]]]),
        (TransformerEncoderLayer(2, 1, 4, seed=0), [[1.0, 2.0], [3.0, 4.0]]),
        (BatchNorm1d(2), [[1.0, 2.0], [3.0, 4.0]]),
        (Layer(2, 2, seed=0), [1.0, 2.0]),
    ],
)
def test_a_residual_adds_whatever_the_shape(part: Module, x: Any) -> None:
    found, made = predict(Residual(part), [x])[0], predict(part, [x])[0]
    np.testing.assert_array_equal(found, np.array(x) + np.array(made))
    compiled = compile(lambda x: Flatten()(in_evaluation(part, Residual(part), x)), part.parameters())
    np.testing.assert_allclose(compiled(np.array([x])).ravel(), np.ravel(found), rtol=1e-12)


@pytest.mark.parametrize(
    "part",
    [
        Linear(1, 1),
        LayerNorm(1),
        RMSNorm(1),
        BatchNorm1d(1),
        Unflatten((1,)),
        Dropout(0.5),
        Dropout(0.0),
        Residual(Linear(1, 1)),
    ],
    ids=repr,
)
def test_after_an_mlp_of_one_output_a_part_tells_to_write_a_row(part: Module) -> None:
    with pytest.raises(
        TypeError, match=rf"^{re.escape(repr(part))} takes a row of .*, even of one, .* write \[V"
    ):
        predict(Sequential(MLP(2, [1], seed=0), part), [[1.0, 2.0]])


def test_dropout_loses_a_share_and_makes_up_for_it() -> None:
    dropout = Dropout(0.3, seed=0)
    outputs = dropout([2.0] * 20_000)
    assert set(outputs) == {0.0, 2.0 / 0.7}
    assert outputs.count(0.0) / 20_000 == pytest.approx(0.3, abs=0.013)  # 4 standard errors
    assert sum(outputs) / 20_000 == pytest.approx(2.0, abs=0.04)


def test_dropout_loses_numbers_of_nested_lists_and_keeps_their_shape() -> None:
    planes = [[[1.0] * 20] * 20] * 2
    outputs = Dropout(0.5, seed=0)(planes)
    assert np.shape(outputs) == (2, 20, 20)
    assert 300 < np.count_nonzero(outputs) < 500
    assert Dropout(0.5, seed=0)([1.0] * 800) == np.ravel(outputs).tolist()


def test_dropout_that_drops_is_not_recorded() -> None:
    # It would lose the same numbers in every call, and go on to do so in evaluation.
    model = Sequential(Dropout(0.5, seed=0), Neuron(1, nonlin=False, seed=0))
    step = compile(lambda x: model(x), model.parameters())
    with pytest.raises(
        ValueError, match=r"Dropout\(0\.5\) in training cannot be compiled.*call eval\(\), or"
    ):
        step([[1.0]])
    model.eval()
    assert step([[1.0]]) == predict(model, [[1.0]])[0]


def test_dropout_passes_gradients_only_where_it_passed_numbers() -> None:
    inputs = [Value(1.0) for _ in range(50)]
    outputs = Dropout(0.5, seed=1)(inputs)
    Neuron(50, nonlin=False, init=lambda *_: 1.0)(outputs).backward()
    kept = [isinstance(out, Value) for out in outputs]
    assert [x.grad for x in inputs] == [2.0 if keep else 0.0 for keep in kept]
    assert 10 < sum(kept) < 40


def test_dropout_draws_anew_each_time_from_its_seed_and_does_nothing_in_evaluation() -> None:
    def runs(seed: int) -> list[list[float]]:
        dropout = Dropout(seed=seed)
        return [dropout([1.0] * 20) for _ in range(2)]

    first, second = runs(0)
    assert first != second
    assert runs(0) == [first, second] != runs(1)
    dropout = Dropout(seed=0)
    dropout.eval()
    assert dropout([1.0, -2.0]) == [1.0, -2.0]
    dropout.train()
    assert dropout([1.0] * 20) == first
    assert Dropout(0.0)([3.0]) == [3.0]


@pytest.mark.parametrize("p", [-0.1, 1.0, 1, float("nan")])
def test_a_share_that_leaves_nothing_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match=f"0 or more and below 1, got {p}"):
        Dropout(p)


def test_a_summary_lists_parts_shapes_and_counts() -> None:
    model = Sequential(
        Layer(4, 16), Dropout(0.2), Residual(Layer(16, 16, seed=0)), tanh, Layer(16, 3, nonlin=False)
    )
    assert summary(model).splitlines() == [
        "part          kind        in → out  parameters",
        "──────────────────────────────────────────────",
        "parts.0       Layer       4 → 16            80",
        "parts.1       Dropout                        0",
        "parts.2       Residual                     272",
        "parts.2.part  Layer       16 → 16          272",
        "parts.4       Layer       16 → 3            51",
        "──────────────────────────────────────────────",
        "total         Sequential                   403",
    ]
    header, rule, total = summary(Neuron(3)).splitlines()
    assert header == "part   kind    in → out  parameters"
    assert total == "total  Neuron  3 → 1              4"
    assert rule == "─" * len(header)
    assert summary(MLP(40, [40, 1])).splitlines()[-1].split() == ["total", "MLP", "1,681"]


def test_a_summary_shows_every_tensor_that_a_module_holds_itself() -> None:
    class Held(Module):
        def __init__(self) -> None:
            self.gains = {"left": [Value(1.0), Value(2.0)], "right": Value(3.0)}
            self.ragged = [[Value(1.0)], [Value(1.0), Value(2.0)]]
            self.parts = {"a": Layer(2, 3), "b": [Sequential(Linear(3, 1))]}
            self.tied = self.parts["a"].neurons[0].w

    shown = {line.split()[0]: line for line in summary(Held()).splitlines()}
    own = "gains.left 2, gains.right 1, ragged.0 1, ragged.1 2, tied 2"
    assert f" {own}  " in shown["total"]
    assert shown["parts.b.0"].split() == ["parts.b.0", "Sequential", "4"]
    assert "weight 1 × 3, bias 1" in shown["parts.b.0.parts.0"]
    assert "2 → 3" in shown["parts.a"]


def test_a_summary_counts_what_is_shared_once() -> None:
    class Tied(Module):
        def __init__(self) -> None:
            self.first: Any = Layer(2, 2)
            self.second: Any = Sequential(self.first)

    assert summary(Tied()).splitlines()[-1].split() == ["total", "Tied", "6"]
