"""A trained model is kept whole, and predicts in the units of its table."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from math import nan
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import glassgrad
import nn
from autograd import Value, sigmoid, softmax, tanh, tree
from nn.data.scaling import Scale
from nn.model.module import Buffer
from nn.weights.checkpoint import read

TABLE = "size,colour,kind\n1,red,nut\n2,red,nut\n5,blue,bolt\n6,green,bolt\n1,blue,nut\n7,red,bolt\n"


def trained(folder: Path, table: str = TABLE, activation: str = "tanh", **options: object) -> nn.Trained:
    path = folder / "t.csv"
    path.write_text(table)
    data = nn.read_csv(path, text="one-hot", **options)  # type: ignore[arg-type]
    scaling, (rows,) = nn.standardise(data)
    outputs = len(data.class_names) if data.class_names else 1
    model = nn.MLP(len(data.feature_names), [4, outputs], activation=activation, seed=0)
    loss = nn.cross_entropy if data.class_names else nn.mse
    nn.fit(model, rows, loss, nn.Adam(model.parameters(), lr=0.05), epochs=60, seed=0, progress=False)
    return nn.Trained(model, scaling, data.rows([]))


@pytest.mark.parametrize("activation", nn.ACTIVATIONS)
def test_what_is_saved_is_what_comes_back(activation: str, tmp_path: Path) -> None:
    made = trained(tmp_path, activation=activation)
    made.save(tmp_path / "m.safetensors", data="bolts and nuts")
    back = nn.load_model(tmp_path / "m.safetensors")
    rows = nn.read_csv_like(tmp_path / "t.csv", made.columns).features
    assert back.outputs(rows) == made.outputs(rows)
    assert (back.scaling, back.columns) == (made.scaling, replace(made.columns, notes=()))
    for model in (back, pickle.loads(pickle.dumps(back))):
        assert model.predict(rows) == made.predict(rows)


def test_a_trained_model_is_not_saved_without_its_scaling(tmp_path: Path) -> None:
    made, path = trained(tmp_path), tmp_path / "m.safetensors"
    made.save(path)
    run = nn.SGD(made.model.parameters(), 0.1), Random(0)
    for refused in (
        lambda: nn.save(path, made),
        lambda: nn.load(path, made),
        lambda: nn.save_run(path, made, *run, nn.History()),
        lambda: nn.load_run(path, made, *run),
    ):
        with pytest.raises(TypeError, match=r"of a Module, got Trained: .* method save, for nn\.load_model"):
            refused()
    assert nn.load_model(path).scaling == made.scaling


def test_classes_are_predicted_by_name_and_with_probabilities(tmp_path: Path) -> None:
    made = trained(tmp_path)
    rows = nn.read_csv_like(tmp_path / "t.csv", made.columns).features
    assert made.predict(rows) == ["nut", "nut", "bolt", "bolt", "nut", "bolt"]
    for row, name in zip(made.probabilities(rows), made.predict(rows), strict=True):
        assert sum(row) == pytest.approx(1)
        assert max(row) == row[["bolt", "nut"].index(name)]
    with pytest.raises(ValueError, match="expected 4 features, got 1"):
        made.predict([[1.0]])


def test_quantities_are_predicted_in_their_unit(tmp_path: Path) -> None:
    made = trained(tmp_path, "x,y\n1,1010\n2,1020\n3,1030\n4,1040\n", activation="linear")
    assert made.predict([[1.0], [2.5]]) == [pytest.approx(1010, abs=1), pytest.approx(1025, abs=1)]
    with pytest.raises(ValueError, match="'y' is a quantity; only classes have probabilities"):
        made.probabilities([[1.0]])


def test_another_table_is_read_by_names_whatever_else_it_holds(tmp_path: Path) -> None:
    known = trained(tmp_path).columns
    other = tmp_path / "other.csv"
    other.write_text("id;kind;colour;size\nq7;bolt;red;1,5\nq8;nut;;2\n")
    with pytest.raises(nn.DataError, match=r"line 3, column 'colour': '' is missing; missing='mean' takes"):
        nn.read_csv_like(other, known)
    data = nn.read_csv_like(other, known, means=[0.0] * 4)
    assert data.feature_names == ["size", "colour=blue", "colour=green", "colour=red"]
    assert (data.features, data.targets) == ([[1.5, 0, 0, 1], [2, 0, 0, 0]], [0, 1])
    assert nn.read_csv_like(other, known, means=[0.0] * 4, with_target=False).targets == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("size,kind\n1,nut\n", "has no column 'colour'; it has 'size', 'kind'"),
        ("size,colour\n1,red\n", "has no column 'kind'; it has 'size', 'colour'"),
        (
            "size,colour,kind\n1,pink,nut\n",
            "line 2, column 'colour': 'pink' is none of 'blue', 'green', 'red', which training knew",
        ),
        (
            "size,colour,kind\n1,red,nail\n",
            "line 2, column 'kind': 'nail' is none of 'bolt', 'nut', which training knew",
        ),
        (
            "size,colour,kind\nbig,red,nut\n",
            "line 2, column 'size': 'big' is no number, as it was in training",
        ),
        ("size,colour,kind\n1,7,nut\n", "column 'colour': '7' is none of 'blue', 'green', 'red'"),
        ("size,colour,kind\n,red,nut\n", "column 'size': '' is missing; missing='mean' takes the mean of"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(table: str, message: str, tmp_path: Path) -> None:
    known = trained(tmp_path).columns
    (tmp_path / "other.csv").write_text(table)
    with pytest.raises(nn.DataError, match=message):
        nn.read_csv_like(tmp_path / "other.csv", known)


def test_classes_that_are_numbers_are_known_however_they_are_written(tmp_path: Path) -> None:
    made = trained(tmp_path, "x,y\n1,0\n2,1\n3,1\n4,0\n")
    (tmp_path / "other.csv").write_text("x,y\n1,1.0\n2,-0\n3,0e5\n")
    assert nn.read_csv_like(tmp_path / "other.csv", made.columns).targets == [1, 0, 0]


def test_what_is_no_trained_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    nn.save(path, nn.MLP(1, [1]))
    with pytest.raises(
        nn.CheckpointError, match=r"says nothing of '(parts|features)'.*`nn.load` reads parameters"
    ):
        nn.load_model(path)
    made = trained(tmp_path)
    for fact, value in (
        ("parts", "[]"),
        ("parts", "7"),
        ("parts", '[["MLP", 7]]'),
        ("parts", '[["Forest", {}]]'),
        ("parts", '[["MLP", {"nin": 4, "nouts": [], "activation": "tanh"}]]'),
        ("parts", '[["MLP", {"nin": 4, "nouts": [4, 2], "activation": "bump"}]]'),
        ("parts", '[["MLP", {"nin": 4, "nouts": [4, 2], "bump": 1}]]'),
        ("feature_scales", "[1]"),
    ):
        made.save(path, data="")
        _, texts = read(path)
        nn.save(path, made.model, {**texts, fact: value})
        with pytest.raises(nn.CheckpointError, match="does not describe a network"):
            nn.load_model(path)
    other = json.loads(texts["parts"])
    other[0][1]["nouts"] = [3, 2]
    nn.save(path, made.model, {**texts, "parts": json.dumps(other)})
    with pytest.raises(nn.CheckpointError, match="does not fit the module"):
        nn.load_model(path)
    with pytest.raises(OSError, match=r"nothing\.safetensors"):
        nn.load_model(tmp_path / "nothing.safetensors")


def test_a_file_from_before_parts_were_kept_still_loads(tmp_path: Path) -> None:
    made, path = trained(tmp_path), tmp_path / "m.safetensors"
    made.save(path)
    _, texts = read(path)
    del texts["parts"]
    nn.save(path, made.model, {**texts, "widths": "[4, 4, 2]", "activation": '"tanh"'})
    row = [[1.0, 0.0, 0.0, 1.0]]
    assert nn.load_model(path).outputs(row) == made.outputs(row)


def test_a_network_of_parts_is_kept_part_by_part(tmp_path: Path) -> None:
    model = nn.Sequential(
        nn.Unflatten((2, 4, 4)),
        nn.Conv2d(2, 4, (2, 3), padding=(0, 1), groups=2, bias=False, seed=0),
        nn.Elementwise("tanh"),
        nn.MaxPool2d(2, stride=1),
        nn.AvgPool2d((2, 1)),
        nn.Flatten(),
        nn.Dropout(0.5, seed=0),
        nn.Linear(12, 3, seed=0),
        nn.Layer(3, 3, activation="sigmoid", seed=0),
        nn.Layer(3, 2, nonlin=False, seed=0),
    )
    columns = nn.Dataset([], [], [f"p{n}" for n in range(32)], "y", ["a", "b"])
    made = nn.Trained(model, nn.Scaling([Scale(0.5, 2.0)] * 32, [Scale(0.0, 1.0)]), columns)
    made.save(tmp_path / "m.safetensors")
    back = nn.load_model(tmp_path / "m.safetensors")
    rows = [[0.1 * n * k for n in range(32)] for k in (-1, 0, 2)]
    assert back.outputs(rows) == made.outputs(rows)
    assert back.probabilities(rows) == made.probabilities(rows)
    assert repr(back.model) == repr(model)
    odd = nn.Trained(nn.Sequential(nn.Linear(32, 2, seed=0), softmax), made.scaling, columns)
    with pytest.raises(ValueError, match=r"softmax cannot be kept by itself; accepted are .* nn\.save"):
        odd.save(tmp_path / "odd.safetensors")
    assert not (tmp_path / "odd.safetensors").exists()


def test_sizes_and_scales_may_be_numbers_of_numpy(tmp_path: Path) -> None:
    one, two = np.int64(1), np.int16(2)
    model = nn.Sequential(
        nn.Unflatten((one, two, two)),
        nn.Conv2d(one, one, (two, one), stride=one, padding=(0, one), dilation=one, seed=0),
        nn.MaxPool2d(one, stride=(one, one)),
        nn.AvgPool2d((one, two)),
        nn.Flatten(),
        nn.Dropout(np.float32(0.5), seed=0),
        nn.Layer(two, two, seed=0),
        nn.MLP(two, [two, one], seed=0),
    )
    scaling = nn.Scaling([Scale(np.float32(0.1), np.float32(2.0))] * 4, [Scale(np.float32(0.3), one)])
    made = nn.Trained(model, scaling, nn.Dataset([], [], list("abcd"), "y"))
    made.save(tmp_path / "m.safetensors")
    back = nn.load_model(tmp_path / "m.safetensors")
    row = [0.5, 2.0, 3.0, 4.0]
    assert back.model(row).data == made.model(row).data
    assert (back.scaling, back.model.parts[5].p) == (scaling, 0.5)


def of_two_columns(model: nn.Module, class_names: list[str] | None = None) -> nn.Trained:
    """Return a model of two features as it would be after training."""
    targets = [0, 1, 1] if class_names else [1.0, 2.0, 4.0]
    data = nn.from_arrays([[0.0, 1.0], [1.0, 3.0], [2.0, 2.0]], targets, class_names=class_names)
    return nn.Trained(model, nn.standardise(data)[0], data.rows([]))


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Linear(2, 1, seed=0)),
        nn.Sequential(nn.MLP(2, [3, 1], seed=0)),
        nn.Sequential(nn.Sequential(nn.Layer(2, 3, seed=0), nn.Sequential(nn.Linear(3, 1, seed=0)))),
        nn.Sequential(
            nn.Layer(2, 3, activation="tanh", seed=0), nn.Layer(3, 1, activation="sigmoid", seed=1)
        ),
        nn.MLP(2, [1], seed=0),
    ],
)
def test_what_can_be_saved_can_be_loaded_and_is_the_same(model: nn.Module, tmp_path: Path) -> None:
    made = of_two_columns(model)
    made.save(tmp_path / "m.safetensors")
    back = nn.load_model(tmp_path / "m.safetensors")
    assert back.outputs([[0.5, 2.0], [3.0, -1.0]]) == made.outputs([[0.5, 2.0], [3.0, -1.0]])
    assert [path for path, _ in back.model.named_parameters()] == [
        path for path, _ in model.named_parameters()
    ]


def mixed(place: int, **changed: Any) -> nn.MLP:
    model = nn.MLP(2, [3, 3, 1], seed=0)
    layer = model.layers[place]
    for neuron in layer.neurons[: changed["neurons"]]:
        neuron.activation = changed["activation"]
    return model


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (mixed(1, neurons=3, activation=tanh), "MLP of several activations, relu, tanh, cannot be kept"),
        (mixed(0, neurons=1, activation=tanh), "MLP of several activations, tanh, relu, cannot be kept"),
        (
            nn.Sequential(*mixed(0, neurons=1, activation=tanh).layers),
            "Layer of several activations, tanh, relu",
        ),
        (mixed(2, neurons=1, activation=sigmoid), "an MLP whose last layer is sigmoid cannot be kept"),
        (nn.Sequential(nn.Elementwise(partial(tanh))), r"^functools\.partial\(.*\) is no activation by name"),
    ],
)
def test_activations_that_would_be_lost_are_refused(model: nn.Module, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        of_two_columns(model).save(tmp_path / "m.safetensors")
    assert not [*tmp_path.iterdir()]


class Doubled(nn.Layer):
    def __call__(self, x: Any) -> Any:
        return [2.0 * out for out in super().__call__(x)]


class Shifted(nn.Neuron):
    def __call__(self, x: Any) -> Any:
        return super().__call__(x) + 1.0


def holding(model: Any, name: str, *held: Any) -> nn.Module:
    setattr(model, name, [*held])
    return model


OTHERS_INSIDE = {
    "Neuron of another class": (
        holding(nn.Layer(2, 1, seed=0), "neurons", Shifted(2, seed=0)),
        "^Layer of Shifted cannot be kept by itself; accepted is Neuron: .* nn.save",
    ),
    "Layer of another class": (
        holding(nn.MLP(2, [1], seed=0), "layers", Doubled(2, 1, nonlin=False, seed=0)),
        "^MLP of Doubled cannot be kept by itself; accepted is Layer: .* nn.save",
    ),
    "no Layer": (
        holding(nn.MLP(2, [1], seed=0), "layers", nn.Layer(2, 2, seed=0), nn.Dropout(0.5), tanh),
        "^MLP of Dropout, tanh cannot be kept",
    ),
    "Neuron of another class in an MLP": (
        holding(nn.MLP(2, [1], seed=0), "layers", holding(nn.Layer(2, 1), "neurons", Shifted(2, seed=0))),
        "^Layer of Shifted cannot be kept",
    ),
    "nothing in an MLP": (holding(nn.MLP(2, [1], seed=0), "layers"), "^MLP of nothing cannot be kept"),
    "nothing in a Layer": (holding(nn.Layer(2, 1), "neurons"), "^Layer of nothing cannot be kept"),
}


@pytest.mark.parametrize("parts", [[], [nn.Flatten()]], ids=["alone", "in a Sequential"])
@pytest.mark.parametrize("name", OTHERS_INSIDE)
def test_what_would_come_back_as_another_class_is_refused(name: str, parts: Any, tmp_path: Path) -> None:
    model, message = OTHERS_INSIDE[name]
    with pytest.raises(ValueError, match=message):
        of_two_columns(nn.Sequential(*parts, model) if parts else model).save(tmp_path / "m.safetensors")
    assert not [*tmp_path.iterdir()]


def tied(outer: Any) -> nn.Module:
    layer = nn.Linear(2, 2, seed=0)
    return outer(layer, nn.Elementwise("tanh"), nn.Sequential(layer, nn.Linear(2, 1, seed=1)))


def sharing_a_row() -> nn.Module:
    model = nn.MLP(2, [2, 2, 1], seed=0)
    model.layers[1].neurons[0].w = model.layers[0].neurons[1].w
    return model


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (tied(nn.Sequential), r"0\.weight and 2\.0\.weight"),
        (tied(lambda *parts: nn.Sequential(nn.Sequential(*parts))), r"0\.0\.weight and 0\.2\.0\.weight"),
        (sharing_a_row(), r"layers\.0\.weight and layers\.1\.weight"),
    ],
)
def test_parameters_in_two_places_are_refused(model: nn.Module, names: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"{names} share parameters, which would come back as two"):
        of_two_columns(model).save(tmp_path / "m.safetensors")
    assert not [*tmp_path.iterdir()]


def changed(model: nn.Module, part: Any, name: str, change: Any) -> nn.Module:
    setattr(part, name, tree.map_leaves(change, getattr(part, name)))
    return model


def with_a_value_beside(model: Any) -> nn.Module:
    model.scale = Value(2.0)
    return model


@pytest.mark.parametrize(
    "outer", [lambda *parts: nn.Sequential(*parts), lambda first, _: nn.Sequential(first)]
)
@pytest.mark.parametrize("name", ["weight", "bias"])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda x: x.data, "no tensor of parameters here"),
        (lambda x: x * 2.0, "no tensor of parameters here"),
        (lambda x: Buffer(x.data), "with Buffers at"),
    ],
)
def test_weights_that_would_not_come_back_are_refused(
    outer: Any, name: str, change: Any, told: str, tmp_path: Path
) -> None:
    parts = nn.Linear(2, 1, seed=0), nn.Linear(1, 1, seed=1)
    with pytest.raises(ValueError, match=rf"{name} is .*{told}.* would come back as of shape \(.*nn\.load"):
        of_two_columns(changed(outer(*parts), parts[0], name, change)).save(tmp_path / "m.safetensors")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("model", [nn.MLP(2, [1]), nn.Sequential(nn.Linear(2, 1), nn.Elementwise("tanh"))])
def test_a_value_beside_the_parts_is_refused(model: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"^scale is of shape \(1,\) here, and would come back as nothing: keep"
    ):
        of_two_columns(with_a_value_beside(model)).save(tmp_path / "m.safetensors")
    frozen = nn.MLP(2, [1])
    frozen.layers[0].neurons[0].b = 0.0
    with pytest.raises(ValueError, match=r"layers\.0\.bias is no tensor of parameters here"):
        of_two_columns(frozen).save(tmp_path / "m.safetensors")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("key", ["features", "classes", "parts", "sha256"])
def test_a_text_under_a_key_that_is_taken_is_refused_and_not_lost(key: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"the metadata key '{key}' is taken by .*: choose another"):
        of_two_columns(nn.MLP(2, [1], seed=0)).save(tmp_path / "m.safetensors", **{key: "mine"})
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("model", [nn.MLP(2, [1], seed=0), nn.Sequential(nn.Linear(2, 1)), nn.MLP(2, [3])])
def test_a_network_without_an_output_for_each_class_predicts_none(model: nn.Module) -> None:
    made = of_two_columns(model, ["low", "high"])
    for ask in (made.predict, made.probabilities, made.outputs):
        with pytest.raises(ValueError, match=r"expected an output for each of 2 classes, got [13]"):
            ask([[1.0, 2.0]])


@pytest.mark.parametrize(
    ("outputs", "classes", "message"),
    [
        (1, ["low", "high"], "expected an output for each of 2 classes, got 1"),
        (3, ["low", "high"], "expected an output for each of 2 classes, got 3"),
        (2, None, "expected 1 numbers in a target, got 2"),
    ],
)
def test_a_network_with_other_outputs_is_neither_saved_nor_exported(
    outputs: int, classes: list[str] | None, message: str, tmp_path: Path
) -> None:
    for model in (nn.MLP(2, [outputs], seed=0), nn.Sequential(nn.MLP(2, [3, outputs], seed=0))):
        made = of_two_columns(model, classes)
        with pytest.raises(ValueError, match=message):
            made.save(tmp_path / "m.safetensors")
        for format in ("onnx", "numpy", "c", "torch"):
            with pytest.raises(ValueError, match=message):
                nn.export(made, tmp_path / "m", format)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("classes", [[], ["only"]])
@pytest.mark.parametrize("model", [nn.MLP(2, [1], seed=0), nn.Sequential(nn.Linear(2, 1, seed=0))])
def test_fewer_than_two_classes_are_nothing_to_choose_from(
    model: nn.Module, classes: list[str], tmp_path: Path
) -> None:
    made = of_two_columns(model, ["low", "high"])
    made = replace(made, columns=replace(made.columns, class_names=classes))
    for ask in (made.predict, made.probabilities, lambda rows: made.save(tmp_path / "m.safetensors")):
        with pytest.raises(ValueError, match=r"expected 2 classes or more to choose from, got \["):
            ask([[1.0, 2.0]])
    assert not [*tmp_path.iterdir()]


def test_nan_has_no_class() -> None:
    made = of_two_columns(nn.MLP(2, [2], seed=0), ["low", "high"])
    with pytest.raises(ValueError, match=r"^row 1 has no class: the network makes \[nan, nan\] of it$"):
        made.predict([[1.0, 2.0], [nan, 2.0]])


def test_classes_named_by_numbers_of_numpy_are_kept(tmp_path: Path) -> None:
    data = nn.from_arrays([[0.0], [1.0]], [0, 1], class_names=np.unique([3, 7]))
    nn.Trained(nn.MLP(1, [2], seed=0), nn.standardise(data)[0], data.rows([])).save(tmp_path / "m")
    columns = nn.load_model(tmp_path / "m").columns
    assert columns.class_names == [3, 7]
    table = tmp_path / "t.csv"
    table.write_text("x1,y\n0,7\n1,3\n2,7.0\n")
    assert nn.read_csv_like(table, columns).targets == [1, 0, 1]
    assert glassgrad.main(["evaluate", str(tmp_path / "m"), str(table)]) == 0
    table.write_text("x1,y\n0,7\n1,5\n")
    with pytest.raises(nn.DataError, match=r"'5' is none of 3, 7, which training knew"):
        nn.read_csv_like(table, columns)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([date(2020, 1, 2), date(2021, 1, 2)], ["2020-01-02", "2021-01-02"]),
        (np.array(["2020-01-02", "2021-01-02"], "datetime64[D]"), ["2020-01-02", "2021-01-02"]),
        ([(1, 2), (3, 4)], ["(1, 2)", "(3, 4)"]),
        ([[1], None], ["[1]", "None"]),
        ([Decimal("1.5"), 1j], ["1.5", "1j"]),
        ([False, True], [False, True]),
        (np.array([1.5, 2.5]), [1.5, 2.5]),
        (np.array([True, False]), [True, False]),
    ],
)
def test_names_of_classes_come_back_as_they_are(given: Any, kept: list[Any], tmp_path: Path) -> None:
    data = nn.from_arrays([[0.0], [1.0]], [0, 1], class_names=given)
    nn.Trained(nn.MLP(1, [2], seed=0), nn.standardise(data)[0], data.rows([])).save(tmp_path / "m")
    for names in (data.class_names, nn.load_model(tmp_path / "m").columns.class_names):
        assert names == kept
        assert [*map(type, names)] == [*map(type, kept)]


@pytest.mark.parametrize("names", [np.arange(2), np.array(["a", "b"]), [1.5, 2], ("a", "b")])
def test_names_of_features_are_kept_as_text(names: Any, tmp_path: Path) -> None:
    data = nn.from_arrays([[0.0, 1.0], [1.0, 3.0]], [0.0, 1.0], feature_names=names)
    nn.Trained(nn.MLP(2, [1], seed=0), nn.standardise(data)[0], data.rows([])).save(tmp_path / "m")
    assert nn.load_model(tmp_path / "m").columns.feature_names == [str(name) for name in names]


def test_a_file_that_is_replaced_while_it_is_read_is_one_of_the_two(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The classes were those of the first, the weights those of the second.
    first = of_two_columns(nn.MLP(2, [2], seed=0), ["low", "high"])
    second = of_two_columns(nn.MLP(2, [2], seed=1), ["high", "low"])
    first.save(tmp_path / "m")
    network_of = nn.exchange.parts.network_of

    def meanwhile(parts: Any) -> Any:
        second.save(tmp_path / "m")
        return network_of(parts)

    monkeypatch.setattr("nn.exchange.trained.network_of", meanwhile)
    found = nn.load_model(tmp_path / "m")
    assert found.columns.class_names == ["low", "high"]
    assert found.outputs([[0.0, 1.0]]) == first.outputs([[0.0, 1.0]])
