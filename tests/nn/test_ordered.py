"""Wherever nn asks for rows, what is iterated by its keys, or in no order, is refused with the remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import autograd
import nn
from autograd import Value
from nn.model.linear import linear
from tests.autograd.test_ordered import NUMBERS, ORDERED, UNORDERED

ROWS = [NUMBERS, [1.5, -1.0, 0.0], [3.0, 0.25, -2.0]]
SCALING, (DATA,) = nn.standardise(nn.from_arrays(ROWS, [1.0, 2.0, 4.0], feature_names="abc"))
TRAINED = nn.Trained(nn.MLP(3, [2, 1], seed=0), SCALING, DATA.rows([]))
NORM = nn.BatchNorm1d(3)
NORM.eval()

LAYERS: dict[str, Callable[[Any], Any]] = {
    "Neuron": nn.Neuron(3, seed=0),
    "Neuron of plain nodes": nn.Neuron(3, fused=False, seed=0),
    "Layer": nn.Layer(3, 2, seed=0),
    "MLP": nn.MLP(3, [2, 1], seed=0),
    "Linear": nn.Linear(3, 2, seed=0),
    "linear": lambda row: linear(row, ROWS),
    "LayerNorm": nn.LayerNorm(3),
    "RMSNorm": nn.RMSNorm(3),
    "BatchNorm1d": NORM,
    "Dropout": nn.Dropout(0.0),
    "Residual": nn.Residual(lambda row: NUMBERS),
    "Residual of a part": lambda row: nn.Residual(lambda x: row)(NUMBERS),
    "Unflatten": nn.Unflatten((3, 1)),
    "Sequential": nn.Sequential(nn.Linear(3, 2, seed=0)),
    "Sequential of a function": nn.Sequential(autograd.softmax),
}

ROW: dict[str, Callable[[Any], Any]] = {
    **LAYERS,
    "RNNCell": nn.RNNCell(3, 2, seed=0),
    "GRU, a row": lambda row: nn.GRU(3, 2, seed=0)([NUMBERS, row]),
    "LSTM, a state": lambda row: nn.LSTMCell(1, 3, seed=0)([1.0], (NUMBERS, row)),
    "attention, a row": lambda row: nn.MultiHeadAttention(3, 1, seed=0)([NUMBERS], [row], [NUMBERS]),
    "positions, a row": lambda row: nn.PositionalEncoding(3, 4)([row]),
    "predict, a row": lambda row: nn.predict(lambda x: 0.0, [NUMBERS, row]),
    "a trained model, a row": lambda row: TRAINED.outputs([row]),
    "a scaling": SCALING.row,
    "weights of a line": lambda row: SCALING.undo_line(row, 1.0),
    "from_arrays, a row": lambda row: nn.from_arrays([NUMBERS, row], [1, 2]),
    "from_arrays, a target": lambda row: nn.from_arrays([[1], [2]], [NUMBERS, row]),
    "cross_entropy, a row": lambda row: nn.cross_entropy([NUMBERS, row], [0, 1]),
    "accuracy, a row": lambda row: nn.accuracy([NUMBERS, row], [0, 1]),
}

SEVERAL: dict[str, Callable[[Any], Any]] = {
    "RNN": nn.RNN(1, 2, seed=0),
    "attention": lambda rows: nn.MultiHeadAttention(1, 1, seed=0)(rows, [[1.0]], [[1.0]]),
    "attention to": lambda rows: nn.scaled_dot_product_attention([[1.0]], rows, rows),
    "positions": nn.PositionalEncoding(1, 4),
    "predict": lambda rows: nn.predict(lambda x: 0.0, rows),
    "a trained model": TRAINED.predict,
    "outputs": SCALING.undo,
    "features": lambda rows: nn.from_arrays(rows, [1, 2, 3]),
    "targets": lambda rows: nn.from_arrays(ROWS, rows),
    "classes": lambda rows: nn.from_arrays(ROWS, rows, class_names="abc"),
    "names of classes": lambda names: nn.from_arrays(ROWS, [0, 1, 2], class_names=names),
    "names of features": lambda names: nn.from_arrays(ROWS, NUMBERS, feature_names=names),
    "all symbols": nn.CharacterTokenizer,
    "labels": lambda rows: nn.one_hot(rows, 3),
    "predictions": lambda rows: nn.mse(rows, NUMBERS),
    "truth": lambda rows: nn.huber(NUMBERS, rows),
    "predictions measured": lambda rows: nn.r2(rows, NUMBERS),
    "truth measured": lambda rows: nn.mean_absolute_error(NUMBERS, rows),
    "labels of logits": lambda rows: nn.confusion_matrix(ROWS, rows),
    "symbols": nn.CharacterTokenizer("abc").decode,
    "parameters": lambda rows: nn.SGD(rows, 0.1),
}


@pytest.mark.parametrize("make", UNORDERED.values(), ids=UNORDERED)
@pytest.mark.parametrize("door", [*ROW.values(), *SEVERAL.values()], ids=[*ROW, *SEVERAL])
def test_rows_in_no_order_are_refused(door: Callable[[Any], Any], make: Callable[[], Any]) -> None:
    # Each was taken for its keys, a frame for its columns or their names.
    with pytest.raises((TypeError, ValueError)) as caught:
        door(make())
    told = str(caught.value)
    assert "\n" not in told
    assert " got " in told
    assert "give" in told or "takes" in told


@pytest.mark.parametrize("make", ORDERED.values(), ids=ORDERED)
@pytest.mark.parametrize("name", LAYERS)
def test_rows_in_order_are_taken(name: str, make: Callable[[], Any]) -> None:
    row, layer = make(), LAYERS[name]
    if hasattr(row, "__len__") and name != "BatchNorm1d":  # which takes lists alone, as it takes batches
        assert nn.predict(layer, [row]) == nn.predict(layer, [NUMBERS])


@pytest.mark.parametrize(
    "make", [iter, tuple, lambda rows: dict(enumerate(rows)).values()], ids=["iter", "tuple", "values"]
)
def test_rows_that_can_be_read_once_are_taken_where_they_were(make: Callable[[Any], Any]) -> None:
    model = TRAINED.model
    assert nn.predict(model, make(ROWS)) == nn.predict(model, ROWS)
    assert nn.from_arrays(make(ROWS), make(NUMBERS)) == nn.from_arrays(ROWS, NUMBERS)
    assert nn.one_hot(make([0, 2]), 3) == nn.one_hot([0, 2], 3)
    assert len(nn.SGD(make([Value(1.0), Value(2.0)]), 0.1).parameters) == 2
