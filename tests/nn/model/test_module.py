"""Parameters are found where they are defined, once, under paths that read like code."""

import copy
import math
import pickle
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Value, dot, no_grad
from nn import (
    GPT,
    MLP,
    SGD,
    Conv2d,
    Dataset,
    Dropout,
    Layer,
    Linear,
    Module,
    MultiHeadAttention,
    Neuron,
    Sequential,
    TransformerEncoderLayer,
    cross_entropy,
    fit,
    load,
    predict,
    save,
)
from nn.model.module import in_evaluation, values
from nn.seed import GLOBAL
from nn.weights.tensors import tensors


def test_paths_read_like_the_code_that_reaches_a_parameter() -> None:
    model = MLP(2, [2, 1], seed=0)
    paths = [path for path, _ in model.named_parameters()]
    assert paths == [
        "layers.0.neurons.0.w[0]",
        "layers.0.neurons.0.w[1]",
        "layers.0.neurons.0.b",
        "layers.0.neurons.1.w[0]",
        "layers.0.neurons.1.w[1]",
        "layers.0.neurons.1.b",
        "layers.1.neurons.0.w[0]",
        "layers.1.neurons.0.w[1]",
        "layers.1.neurons.0.b",
    ]
    parameters = dict(model.named_parameters())
    assert parameters["layers.0.neurons.1.w[1]"] is model.layers[0].neurons[1].w[1]
    assert parameters["layers.1.neurons.0.b"] is model.layers[1].neurons[0].b
    assert model.parameters() == list(parameters.values())


class Everything(Module):
    """One of each thing that an attribute may hold."""

    def __init__(self) -> None:
        self.scale = Value(1.0)
        self.matrix = [[Value(2.0), Value(3.0)], [Value(4.0)]]
        self.parts = (MLP(1, [1]), [MLP(1, [1])])
        self.tied = self.scale
        self.result = self.scale * 2
        self.name = "no parameter"
        self.parent = self


def test_values_modules_and_lists_of_them_are_found_and_nothing_else() -> None:
    assert [path for path, _ in Everything().named_parameters()] == [
        "scale",
        "matrix[0][0]",
        "matrix[0][1]",
        "matrix[1][0]",
        "parts.0.layers.0.neurons.0.w[0]",
        "parts.0.layers.0.neurons.0.b",
        "parts.1.0.layers.0.neurons.0.w[0]",
        "parts.1.0.layers.0.neurons.0.b",
    ]


@dataclass
class Weights:
    """A dataclass is looked into like an object's attributes."""

    w: list[Value]
    b: Value


@dataclass(frozen=True, slots=True)
class Slotted:
    a: Value


class Slots(Module):
    __slots__ = ("hidden",)

    def __init__(self) -> None:
        self.hidden = Value(1.0)
        self.seen = Value(2.0)


class Containers(Module):
    def __init__(self) -> None:
        self.heads = {"b": Neuron(1), "a": [Neuron(1)], 3: {"x": Value(1.0)}}
        self.table = OrderedDict(scale=[Value(2.0), Value(3.0)], shift=Value(4.0))
        self.grid = np.array([[Value(5.0), 0], [None, Value(6.0)]], dtype=object)
        self.queue = deque([Value(7.0)])
        self.pair = MappingProxyType({"left": (Value(8.0),)})
        self.weights = Weights([Value(9.0)], Value(10.0))
        self.list = [Slotted(Value(11.0)), {"y": Value(12.0)}]
        self.numbers = {1.5: 2.5, (1, 2): "text", None: [0]}
        self.cycle: list[object] = [self.numbers]
        self.cycle.append(self.cycle)
        self.tags = {"a", "b"}
        self.kind = Weights
        self.zero = np.array(Value(13.0), dtype=object)


def test_dicts_arrays_of_objects_and_dataclasses_are_found_in_their_order() -> None:
    model = Containers()
    assert [path for path, _ in model.named_parameters()] == [
        "heads.b.w[0]",
        "heads.b.b",
        "heads.a.0.w[0]",
        "heads.a.0.b",
        "heads.3.x",
        "table.scale[0]",
        "table.scale[1]",
        "table.shift",
        "grid[0][0]",
        "grid[1][1]",
        "queue[0]",
        "pair.left[0]",
        "weights.w[0]",
        "weights.b",
        "list.0.a",
        "list.1.y",
        "zero",
    ]
    assert [path for path, _ in model.named_modules()] == ["", "heads.b", "heads.a.0"]
    assert [path for path, _ in Slots().named_parameters()] == ["seen", "hidden"]


def test_what_is_found_in_containers_is_saved_and_loaded(tmp_path: Path) -> None:
    model, other = Containers(), Containers()
    save(tmp_path / "m", model)
    for parameter in other.parameters():
        parameter.data = 0.0
    load(tmp_path / "m", other)
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]


def holding(**attributes: object) -> Module:
    module = Module()
    for name, attribute in attributes.items():
        setattr(module, name, attribute)
    return module


v, w = Value(1.0), Value(2.0)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (
            {"heads": {Value(1.0)}},
            "^heads holds a Value in a set, which .*: use a list, or a dict with names$",
        ),
        ({"heads": {1, ("a", Neuron(1))}}, "^heads.* holds a Neuron in a set"),
        ({"heads": [0, frozenset([frozenset([Value(1.0)])])]}, r"^heads\[1\] holds a Value in a set"),
        ({"heads": {"a": {"b": {Random(0)}}}}, r"^heads\.a\.b holds a Random in a set"),
        (
            {"heads": {(1, 2): Value(1.0)}},
            r"^heads holds a Value under the key \(1, 2\): use a str or an int$",
        ),
        ({"heads": {None: [Neuron(1)]}}, r"^heads.* holds a Neuron under the key None"),
        ({"rates": {Value(1.0): 0.1}}, "^rates holds a Value as the key of a dict"),
        ({"a": {1: Value(1.0), "1": Value(2.0)}}, r"^a\.1 holds a Value whose path another has: rename one$"),
        (
            {"a": {"b.c": Value(1.0), "b": {"c": Value(2.0)}}},
            r"^a\.b\.c holds a Value whose path another has",
        ),
    ],
)
def test_what_has_no_path_is_refused_by_name_and_with_the_remedy(
    attributes: dict[str, object], message: str
) -> None:
    for find in (Module.parameters, Module.named_modules, Module.zero_grad):
        with pytest.raises(TypeError, match=message):
            find(holding(**attributes))


def test_what_is_also_found_elsewhere_may_be_in_a_set_or_a_key() -> None:
    neuron = Neuron(1)
    module = holding(frozen={v, neuron, v * w}, rates={w: 0.1}, ws=[v, w], inner=neuron)
    assert [path for path, _ in module.named_parameters()] == ["ws[0]", "ws[1]", "inner.w[0]", "inner.b"]


def test_a_module_without_parameters_has_none() -> None:
    assert Module().parameters() == []


def test_zero_grad_forgets_every_gradient() -> None:
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    model([1.0, 2.0]).backward()
    assert all(parameter.grad != 0 for parameter in model.parameters())
    model.zero_grad()
    assert all(parameter.grad == 0 for parameter in model.parameters())


@pytest.mark.parametrize("sizes", [[1], [4, 3], [16, 16, 1]])
def test_an_mlp_has_a_weight_for_each_input_and_a_bias_for_each_neuron(sizes: list[int]) -> None:
    count = sum((before + 1) * size for before, size in zip([2, *sizes], sizes, strict=False))
    assert len(MLP(2, sizes).parameters()) == count


def test_modules_and_generators_are_found_under_their_paths() -> None:
    model = Sequential(Layer(1, 2), Dropout(seed=Random(3)))
    assert [(path, type(module).__name__) for path, module in model.named_modules()] == [
        ("", "Sequential"),
        ("parts.0", "Layer"),
        ("parts.0.neurons.0", "Neuron"),
        ("parts.0.neurons.1", "Neuron"),
        ("parts.1", "Dropout"),
    ]
    dropout = model.parts[1]
    assert isinstance(dropout, Dropout)
    assert model.named_generators() == [("parts.1.rng", dropout.rng)]
    assert MLP(1, [1], seed=Random(0)).named_generators() == []


@pytest.mark.parametrize(
    "make", [lambda: Dropout(0.5), lambda: GPT(3, 2, 1, 1, 4), lambda: TransformerEncoderLayer(2, 1, 2)]
)
def test_a_model_without_a_seed_does_not_hold_the_generator_of_the_process(
    make: Callable[[], Module],
) -> None:
    held = make().named_generators()
    assert held
    assert not any(drawn_from is GLOBAL for _, drawn_from in held)


def modes(module: Module) -> list[bool]:
    return [part.training for _, part in module.named_modules()]


def test_training_and_evaluation_reach_every_part() -> None:
    model = Sequential(Sequential(Dropout()), Dropout())
    assert modes(model) == [True] * 4
    model.eval()
    assert modes(model) == [False] * 4
    model.train()
    assert modes(model) == [True] * 4
    assert Module().training


def test_predictions_are_made_in_evaluation_mode_and_each_part_has_its_own_again() -> None:
    model = Sequential(Dropout(0.9, seed=0), Neuron(8, nonlin=False, seed=0))
    first = model.parts[0]
    assert isinstance(first, Dropout)
    first.eval()
    expected = model([1.0] * 8).data
    first.train()
    model.training = False
    assert predict(model, [[1.0] * 8] * 3) == [expected] * 3
    assert modes(model) == [False, True, True]
    with pytest.raises(ValueError, match="takes 8 inputs, got 1"):
        predict(model, [[1.0]])
    assert modes(model) == [False, True, True]
    assert predict(model.__call__, [[1.0] * 8] * 3) == [expected] * 3
    assert in_evaluation(lambda row: row, lambda: modes(model)) == [False, True, True]
    assert in_evaluation([].append, lambda: modes(model)) == [False, True, True]
    assert in_evaluation(model.named_parameters, lambda: modes(model)) == [False] * 3
    assert in_evaluation(model.parts[1], lambda: modes(model)) == [False, True, False]
    assert in_evaluation(model, lambda: in_evaluation(model.parts[1], lambda: modes(model))) == [False] * 3


class Keeping(Module):
    """A model that keeps what it computed last, in every way in which a module may hold something."""

    def __init__(self) -> None:
        self.attention = MultiHeadAttention(2, 1, seed=0)
        self.head = Linear(2, 2, seed=0)

    def __call__(self, row: list[float]) -> list[Value]:
        rows = [[row[0], 1.0], [row[1], 0.0]]
        out, self.seen = self.attention(rows, rows, rows)
        self.hidden = out[0][0]
        self.mixed = {"a": (self.head.bias[0], out[0][0], [out[1]]), "b": np.array(out[0], object)}
        return self.head(out[0])


def evaluated(model: Module) -> None:
    with no_grad():
        model([1.0, 2.0])


def held_out(model: Module) -> None:
    data = Dataset([[1.0, 2.0], [2.0, 1.0]], [0, 1], ["a", "b"], "y", class_names=["n", "y"])
    fit(model, data, cross_entropy, SGD(model.parameters(), 0.1), epochs=1, held_out=data, progress=False)


@pytest.mark.parametrize(
    "use",
    [lambda model: model([1.0, 2.0]), evaluated, lambda model: predict(model, [[1.0, 2.0]]), held_out],
)
@pytest.mark.parametrize("copied", [lambda x: x, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_results_that_a_module_keeps_are_no_parameters(
    use: Callable[[Module], object], copied: Callable[[Module], Module]
) -> None:
    model, fresh = Keeping(), Keeping()
    named = [name for name, _ in fresh.named_parameters()]
    use(model)
    if model.hidden.op is None:  # else it cannot be copied
        model = copied(model)
    assert [name for name, _ in model.named_parameters()] == named
    assert model.parameters() == values(model)
    assert [*tensors(model)] == [*tensors(fresh)]


class Holding(Module):
    """A module that holds an argument in one of the ways in which parameters are found."""

    def __init__(self, held: Any) -> None:
        self.weight, self.own = held, Value(2.0)


@pytest.mark.parametrize(
    "held",
    [lambda z: z, lambda z: [z], lambda z: {"z": (z, z * z)}, lambda z: np.array([z], object)],
    ids=["itself", "list", "dict", "array"],
)
def test_an_argument_that_a_module_holds_is_no_parameter_in_whatever_mode(held: Any) -> None:
    def f(z: Any) -> Any:
        model = Holding(held(z))
        return z**3 + ag.sum([p * p * z for p in model.parameters()])

    assert (f(3.0).data, len(Holding(held(Value(3.0))).parameters())) == (39.0, 2)
    value, slope = ag.value_and_grad(f)(3.0)
    rate = ag.jvp(f, (3.0,), (1.0,))
    assert [*map(number, (value, slope, *rate))] == [39.0, 31.0, 39.0, 31.0]
    assert number(ag.vjp(f, 3.0)[1](1.0)[0]) == number(ag.jacobian(f)(3.0)) == 31.0
    curvatures = ag.hessian(f)(3.0), ag.hvp(f, 3.0, 1.0), ag.grad(lambda z: ag.jvp(f, (z,), (1.0,))[1])(3.0)
    assert {*map(number, curvatures)} == {18.0}
    step = ag.compile(f)
    assert (step([3.0]), step.argument_grads([3.0])["z"].tolist()) == (39.0, [31.0])
    assert ag.gradcheck(f, 3.0, order=2).ok


def number(x: Any) -> float:
    return x.data if isinstance(x, Value) else x


def test_what_is_computed_without_a_graph_is_a_leaf_to_what_comes_after() -> None:
    with no_grad():
        still = Value(2.0) * 3.0
    w = Value(5.0)
    for out in (w * still, still * w, dot([w, still], [still, 1.0]), still**w / still**4):
        out.backward()
    assert still.op is None
    assert (still.data, str(still)) == (6.0, f"Value(data=6.0, grad={still.grad})")
    assert w.grad == pytest.approx(6 + 6 + 6 + 6 * math.log(6))


def test_predictions_of_any_shape_are_plain_numbers() -> None:
    image = [[[1.0, 2.0], [3.0, 4.0]]]
    [found] = predict(Conv2d(1, 2, 1, seed=0), [image])
    assert np.shape(found) == (2, 2, 2)
    assert {type(number) for number in np.array(found, object).ravel()} == {float}
    assert predict(lambda row: np.array(row) * 2, [[1.0, 2.0]]) == [[2.0, 4.0]]
    assert predict(lambda row: (Value(row[0]), {"b": [np.float64(2.0)]}), [[1.0]]) == [(1.0, {"b": [2.0]})]
