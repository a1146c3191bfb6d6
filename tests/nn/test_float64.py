"""All numbers are float64 in nn too: rows of NumPy's other types give what the same rows of floats give."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isclass
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, tree
from nn.model.linear import linear

ROWS: dict[str, Any] = {
    "float32": np.array([16000001, 16000000, 16000003], np.float32),
    "float16": np.array([2001, 2000, 2003], np.float16),
    "int8": np.array([100, 120, 27], np.int8),
    "uint8": np.array([200, 120, 27], np.uint8),
}
"""Large numbers, each exact in its type, of which sums and means are not."""

SCALING, (DATA,) = nn.standardise(
    nn.from_arrays([[16000001, 1, 0], [16000000, 2, 3], [16000003, 7, 5]], [1, 2, 4])
)
TRAINED = nn.Trained(nn.MLP(3, [2, 1], seed=0), SCALING, DATA.rows([]))


def evaluated(module: nn.Module) -> Any:
    module.eval()
    return module


def norm_in_evaluation(x: Any) -> Any:
    norm = evaluated(nn.BatchNorm1d(3))
    for mean in norm.running_mean:
        mean.data = 0.37
    return norm([*x])


def statistics(x: Any) -> Any:
    norm = nn.BatchNorm1d(3)
    norm([[*x], [*x[::-1]]])
    return [*norm.running_mean, *norm.running_var]


MODULES: dict[str, Callable[[Any], Any]] = {
    "AvgPool1d": lambda x: nn.AvgPool1d(2, 1)([[*x]]),
    "AvgPool2d": lambda x: nn.AvgPool2d((1, 2), 1)([[[*x]]]),
    "BatchNorm1d": lambda x: nn.BatchNorm1d(3)([[*x], [*x[::-1]]]),
    "Conv1d": lambda x: nn.Conv1d(1, 1, 2, seed=0)([[*x]]),
    "Conv2d": lambda x: nn.Conv2d(1, 1, (1, 2), seed=0)([[[*x]]]),
    "Dropout": lambda x: nn.Dropout(0.3, seed=0)(x),
    "Elementwise": lambda x: [nn.Elementwise(name)([*x]) for name in nn.ACTIVATIONS],
    "Flatten": lambda x: nn.Flatten()([[*x]]),
    "GRU": lambda x: nn.GRU(3, 2, seed=0)([x, x]),
    "GRUCell": lambda x: nn.GRUCell(3, 3, seed=0)(x, x),
    "LSTM": lambda x: nn.LSTM(3, 2, seed=0)([x, x]),
    "LSTMCell": lambda x: nn.LSTMCell(3, 3, seed=0)(x, (x, x)),
    "Layer": lambda x: nn.Layer(3, 2, seed=0)(x),
    "LayerNorm": lambda x: nn.LayerNorm(3)(x),
    "Linear": lambda x: nn.Linear(3, 2, seed=0)(x),
    "MLP": lambda x: nn.MLP(3, [2, 1], seed=0)(x),
    "MaxPool1d": lambda x: nn.MaxPool1d(2, 1)([[*x]]),
    "MaxPool2d": lambda x: nn.MaxPool2d((1, 2), 1)([[[*x]]]),
    "MultiHeadAttention": lambda x: nn.MultiHeadAttention(3, 1, seed=0)([x], [x, x], [x, x]),
    "Neuron": lambda x: nn.Neuron(3, fused=False, seed=0)(x),
    "PositionalEncoding": lambda x: nn.PositionalEncoding(3, 4)([x, x]),
    "RMSNorm": lambda x: nn.RMSNorm(3)(x),
    "RNN": lambda x: nn.RNN(3, 2, seed=0)([x, x]),
    "RNNCell": lambda x: nn.RNNCell(3, 3, seed=0)(x, x),
    "Residual": lambda x: nn.Residual(lambda row: row)(x),
    "Sequential": lambda x: nn.Sequential(nn.LayerNorm(3), nn.Linear(3, 1, seed=0))(x),
    "Transformer": lambda x: nn.Transformer(3, 1, 1, 1, 4, norm_first=True, seed=0)([x, x], [x]),
    "TransformerDecoder": lambda x: nn.TransformerDecoder(nn.TransformerDecoderLayer(3, 1, 4, seed=0), 1)(
        [x], [x, x]
    ),
    "TransformerDecoderLayer": lambda x: nn.TransformerDecoderLayer(3, 1, 4, seed=0)([x], [x, x]),
    "TransformerEncoder": lambda x: nn.TransformerEncoder(nn.TransformerEncoderLayer(3, 1, 4, seed=0), 1)(
        [x, x]
    ),
    "TransformerEncoderLayer": lambda x: nn.TransformerEncoderLayer(3, 1, 4, norm_first=True, seed=0)([x, x]),
    "Unflatten": lambda x: nn.Unflatten((3, 1))(x),
    "Upsample": lambda x: nn.Upsample(scale_factor=2)([[*x]]),
}

OF_SYMBOLS = {
    "Bigram", "EncoderDecoder", "Embedding", "GPT", "RecurrentModel", "WindowMLP"
}  # fmt: skip

OTHERS: dict[str, Callable[[Any], Any]] = {
    "BatchNorm1d in evaluation": norm_in_evaluation,
    "statistics of BatchNorm1d": statistics,
    "Residual of a part": lambda x: nn.Residual(nn.Linear(3, 3, seed=0))(x),
    "Dropout in evaluation": lambda x: evaluated(nn.Dropout(0.3))(x),
    "attention": lambda x: nn.scaled_dot_product_attention([x], [x, x], [x, x], [[x[1], x[2]]]),
    "two masks": lambda x: nn.MultiHeadAttention(3, 1, seed=0)(
        [[1.0, 2.0, 3.0]], [x, x], [x, x], x[:2], [x[1:]]
    ),
    "cosine_similarity": lambda x: [nn.cosine_similarity(x, [*x[::-1]])],
    "linear": lambda x: linear(x, [[1.0, 2.0, 3.0]]),
    "row of a scaling": SCALING.row,
    "undo of a scaling": SCALING.undo,
    "undo_line of a scaling": lambda x: SCALING.undo_line(x, x[0]),
    "predict of a trained model": lambda x: TRAINED.predict([x, x]),
    "add_noise": lambda x: [*nn.add_noise(nn.Dataset([x], [0], [*"abc"], "y"), 0.1).features[1]],
    "scales": lambda x: scales([[number] for number in x], [*x]),
    "scales of arrays": lambda x: scales(np.reshape(x, (3, 1)), np.array(x)),
    "what a model of one's own gets": lambda x: squares(np.array([x])),
    "losses": lambda x: [
        loss(x, x[::-1]) for loss in (nn.mse, nn.half_mse, nn.mae, nn.huber, nn.mean_absolute_error, nn.r2)
    ],
    "cross_entropy": lambda x: [nn.cross_entropy([x], [1])],
}


def scales(features: Any, targets: Any) -> list[float]:
    scaling, (data,) = nn.standardise(nn.Dataset(features, targets, ["x"], "y"))
    of_columns = [
        number for scale in (*scaling.features, scaling.target) for number in (scale.mean, scale.deviation)
    ]
    return [*of_columns, *data.targets, *tree.leaves([*data.features])]


def squares(rows: Any) -> list[Any]:
    return [x * x for row in nn.Dataset(rows, [0], [*"abc"], "y").features for x in row]


def numbers(given: Any) -> list[float]:
    """Return what is given as floats, for NumPy would compare in the smaller type."""
    leaves = tree.leaves([*given] if isinstance(given, np.ndarray) else given)
    return [float(leaf.data if isinstance(leaf, Value) else leaf) for leaf in leaves]


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("name", [*MODULES, *OTHERS])
def test_rows_of_other_types_give_the_numbers_of_floats(name: str, kind: str) -> None:
    compute, row = {**MODULES, **OTHERS}[name], ROWS[kind]
    assert numbers(compute(row)) == numbers(compute(row.tolist()))


def test_every_module_is_tried() -> None:
    modules = {name for name in dir(nn) if isclass(kind := getattr(nn, name)) and issubclass(kind, nn.Module)}
    assert modules - {"Module"} == {*MODULES} | OF_SYMBOLS


@pytest.mark.parametrize("compiled", [False, True])
def test_a_training_on_float32_is_that_on_float64(compiled: bool) -> None:
    rows = np.array([[16000001, 1], [16000000, 2], [16000003, 7]], np.float32)
    targets = np.array([[0.1], [0.2], [0.4]], np.float32)
    losses = []
    forms: list[Any] = [(rows, targets), ([*rows], [*targets]), (rows.tolist(), targets.tolist())]
    for features, goals in forms:
        model = nn.Sequential(nn.LayerNorm(2), nn.Linear(2, 1, seed=0))
        data = nn.Dataset(features, goals, ["a", "b"], "y")
        history = nn.fit(
            model,
            data,
            nn.mse,
            nn.SGD(model.parameters(), lr=0.1),
            epochs=2,
            progress=False,
            compiled=compiled,
        )
        losses.append(history.train_loss)
    assert losses[0] == losses[1] == losses[2]


def test_whole_numbers_as_targets_stay_classes() -> None:
    features: Any = np.eye(2, dtype=np.float32)
    targets: Any = np.array([1, 0], np.int8)
    data = nn.Dataset(features, targets, ["a", "b"], "y", ["no", "yes"])
    assert {type(x) for row in data.features for x in row} == {np.float64}
    assert nn.one_hot(data.targets, 2) == [[0, 1], [1, 0]]


def shortened(to: float) -> list[Any]:
    parameters = [Value(1.0), Value(2.0)]
    (300.123456 * parameters[0] + parameters[1]).backward()
    nn.clip_grad_norm(parameters, to)
    return [parameter.grad for parameter in parameters]


def settled(norm: nn.BatchNorm1d) -> list[Any]:
    return [*norm([[300.0], [-301.7]]), *norm.running_mean, *norm.running_var]


SETTINGS: dict[str, Callable[[Any], Any]] = {
    "Dropout": lambda x: nn.Dropout(x, seed=0)([1e6, 1e6, 1e6]),
    "LayerNorm": lambda x: nn.LayerNorm(2, x)([300.0, -300.1]),
    "RMSNorm": lambda x: nn.RMSNorm(2, x)([300.0, -300.1]),
    "BatchNorm1d": lambda x: settled(nn.BatchNorm1d(1, x)),
    "momentum": lambda x: settled(nn.BatchNorm1d(1, momentum=x)),
    "clip_grad_norm": shortened,
    "add_noise": lambda x: [*nn.add_noise(nn.Dataset([[123456.7]], [0], ["a"], "y"), x).features[1]],
    "l1": lambda x: [nn.l1([300.0, 123456.7], x)],
    "l2": lambda x: [nn.l2([300.0, 123456.7], x)],
    "NGram": lambda x: [nn.NGram([[1, 2]], 2, 3, x).bits([[1, 2]])],
    "generate": lambda x: nn.generate(lambda symbols: [[1e5, 0.0]], [0], x, count=5, seed=0),
    "normal": lambda x: nn.Neuron(3, init=nn.init.normal(x, x), seed=0).parameters(),
    "uniform": lambda x: nn.Neuron(3, init=nn.init.uniform(-x, x), seed=0).parameters(),
    "schedules": lambda x: [
        made(7)
        for made in (
            nn.schedule.step(x, 2, x),
            nn.schedule.cosine(x, 9, x / 2),
            nn.schedule.warmup(nn.schedule.linear(x, 9), 3),
        )
    ],
}


@pytest.mark.parametrize("kind", [np.float16, np.float32], ids=["float16", "float32"])
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_settings_of_other_types_give_the_numbers_of_floats(name: str, kind: Any) -> None:
    compute, setting = SETTINGS[name], kind(0.1)
    assert numbers(compute(setting)) == numbers(compute(float(setting)))


LOSSES: list[Any] = [nn.mse, nn.half_mse, nn.mae, nn.huber, nn.mean_absolute_error, nn.r2]
ZERO_D = np.array(2.0)

WITH_A_NUMBER: dict[str, Callable[[Any], Any]] = {
    "targets": lambda x: [loss([1.0, 3.0], [x, 4.0]) for loss in LOSSES],
    "predictions": lambda x: [loss([x, 4.0], [1.0, 3.0]) for loss in LOSSES],
    "binary_cross_entropy": lambda x: [nn.binary_cross_entropy([0.3], [x - 1])],
    "hinge": lambda x: [nn.hinge([0.3], [x - 1])],
    "standardise": lambda x: scales([[1.0], [3.0]], [x, 4.0]),
    "undo of a scaling": lambda x: SCALING.undo([x]),
}

WITH_A_LABEL: dict[str, Callable[[Any], Any]] = {
    "cross_entropy": lambda label: nn.cross_entropy([[1.0, 2.0, 3.0]], [label]),
    "accuracy": lambda label: nn.accuracy([[1.0, 2.0, 3.0]], [label]),
    "confusion_matrix": lambda label: nn.confusion_matrix([[1.0, 2.0, 3.0]], [label]),
    "one_hot": lambda label: nn.one_hot([label], 3),
    "split": lambda label: (
        nn.split(nn.Dataset([[1.0], [2.0]], [label, label], ["x"], "y", [*"abc"]))[0].features
    ),
}

FOR_A_ROW: dict[str, Callable[[Any], Any]] = {
    "Neuron": nn.Neuron(1, seed=0),
    "Linear": nn.Linear(2, 1, seed=0),
    "widths of an MLP": lambda x: nn.MLP(2, x),
    "Residual": nn.Residual(lambda row: row),
    "Residual of a part": lambda x: nn.Residual(lambda row: x)([1.0]),
    "Dropout": nn.Dropout(0.3, seed=0),
    "GRUCell": nn.GRUCell(1, 2, seed=0),
    "LSTMCell, a state": lambda x: nn.LSTMCell(1, 1, seed=0)([1.0], (x, x)),
    "LSTM": nn.LSTM(1, 1, seed=0),
    "LSTM, a state": lambda x: nn.LSTM(1, 1, seed=0)([[1.0]], x),
    "attention": lambda x: nn.scaled_dot_product_attention([x], [[1.0]], [[1.0]]),
    "attention to": lambda x: nn.scaled_dot_product_attention([[1.0]], x, x),
    "MultiHeadAttention": lambda x: nn.MultiHeadAttention(2, 1, seed=0)(x, x, x),
    "positions": nn.PositionalEncoding(2, 3),
    "positions, a row": lambda x: nn.PositionalEncoding(2, 3)([x]),
    "cosine_similarity": lambda x: nn.cosine_similarity([1.0], x),
    "cross_entropy": lambda x: nn.cross_entropy([x], [0]),
}


@pytest.mark.parametrize("name", WITH_A_NUMBER)
def test_an_array_of_no_axes_is_a_number(name: str) -> None:
    compute = WITH_A_NUMBER[name]
    assert numbers(compute(ZERO_D)) == numbers(compute(2.0))


@pytest.mark.parametrize("name", WITH_A_LABEL)
def test_an_array_of_no_axes_is_a_label(name: str) -> None:
    compute = WITH_A_LABEL[name]
    assert numbers(compute(np.array(2))) == numbers(compute(2))


@pytest.mark.parametrize("name", FOR_A_ROW)
def test_an_array_of_no_axes_is_no_row(name: str) -> None:
    """It is refused as the number is, and not in the words of Python or NumPy."""
    told = []
    for number in (2.0, ZERO_D):
        with pytest.raises((TypeError, ValueError), match=r"( got |outputs of the shape)") as refused:
            FOR_A_ROW[name](number)
        told.append((refused.type, str(refused.value).replace(repr(ZERO_D), "2.0")))
    assert told[0] == told[1]
