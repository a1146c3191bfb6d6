"""RNN, LSTM and GRU: formulas by hand, PyTorch's names, padding, derivatives, compiled programs."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, nan, prod, tanh
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open

import autograd
from autograd import Value, gradcheck
from nn import GRU, LSTM, RNN, GRUCell, LSTMCell, Module, RNNCell, save
from nn.sequences.recurrent import Recurrent
from nn.sequences.recurrent_cells import lstm_gates

CELLS: dict[type[Recurrent], Callable[..., Any]] = {RNN: RNNCell, LSTM: LSTMCell, GRU: GRUCell}
SEQUENCES = [*CELLS]


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def numbers(rows: Any) -> Any:
    """Return the data of Values in nested lists."""
    return rows.data if isinstance(rows, Value) else [numbers(row) for row in rows]


def random_rows(rng: Random, count: int, width: int) -> list[list[float]]:
    return [[rng.uniform(-2, 2) for _ in range(width)] for _ in range(count)]


def set_rows(module: Module, **rows: list[Any]) -> None:
    for name, numbers in rows.items():
        target = getattr(module, name)
        for k, number in enumerate(numbers):
            if isinstance(number, list):
                for value, each in zip(target[k], number, strict=True):
                    value.data = each
            else:
                target[k].data = number


def any_sequence(rng: Random) -> Recurrent:
    """Return a network of a kind, sizes, layers and directions drawn at random."""
    make: Callable[..., Recurrent] = rng.choice(SEQUENCES)
    return make(
        rng.randint(1, 3),
        rng.randint(1, 3),
        rng.randint(1, 2),
        bias=rng.random() < 0.7,
        bidirectional=rng.random() < 0.4,
        seed=rng,
    )


# ---- formulas ----------------------------------------------------------------------------------------


def test_an_rnn_cell_by_hand() -> None:
    cell = RNNCell(2, 1)
    set_rows(cell, weight_ih=[[0.5, -1.0]], weight_hh=[[0.25]], bias_ih=[0.125], bias_hh=[-0.5])
    assert numbers(cell([1.0, 2.0], [4.0])) == [tanh(0.5 - 2.0 + 0.125 + 1.0 - 0.5)]
    relu = RNNCell(1, 2, bias=False, nonlinearity="relu")
    set_rows(relu, weight_ih=[[1.0], [-1.0]], weight_hh=[[0.0, 1.0], [0.0, 0.0]])
    assert numbers(relu([3.0])) == [3.0, 0.0]
    assert numbers(relu([3.0], [0.0, 2.0])) == [5.0, 0.0]


def test_an_lstm_cell_by_hand() -> None:
    cell = LSTMCell(1, 1)
    w, u, b, d = [0.5, -1.0, 2.0, 0.75], [0.25, 0.5, -0.5, 1.0], [0.1, 0.2, 0.3, 0.4], [0.0, 0.1, 0.0, -0.1]
    set_rows(cell, weight_ih=[[x] for x in w], weight_hh=[[x] for x in u], bias_ih=b, bias_hh=d)
    x, h, c = 0.6, -0.3, 1.5
    zi, zf, zg, zo = (wk * x + bk + uk * h + dk for wk, uk, bk, dk in zip(w, u, b, d, strict=True))
    memory = sigmoid(zf) * c + sigmoid(zi) * tanh(zg)
    [shown], [kept] = cell([x], ([h], [c]))
    assert kept.data == pytest.approx(memory, rel=1e-14)
    assert shown.data == pytest.approx(sigmoid(zo) * tanh(memory), rel=1e-14)


def test_a_gru_cell_by_hand() -> None:
    cell = GRUCell(1, 1)
    w, u, b, d = [0.5, -1.0, 2.0], [0.25, 0.5, -0.5], [0.1, 0.2, 0.3], [0.3, 0.1, -0.7]
    set_rows(cell, weight_ih=[[x] for x in w], weight_hh=[[x] for x in u], bias_ih=b, bias_hh=d)
    x, h = 0.6, -0.3
    r = sigmoid(w[0] * x + b[0] + u[0] * h + d[0])
    z = sigmoid(w[1] * x + b[1] + u[1] * h + d[1])
    n = tanh(w[2] * x + b[2] + r * (u[2] * h + d[2]))  # the reset comes after the product
    [after] = cell([x], [h])
    assert after.data == pytest.approx((1 - z) * n + z * h, rel=1e-14)


def test_along_its_memory_an_lstm_has_the_product_of_its_forget_gates() -> None:
    rng = Random(3)
    cell = LSTMCell(2, 1, seed=rng)
    set_rows(cell, weight_hh=[[0.0]] * 4)  # so that the memory is the only way
    rows = random_rows(rng, 6, 2)
    start = Value(0.7)
    state: Any = ([Value(0.0)], [start])
    forgets = []
    for row in rows:
        _, [f], *_ = lstm_gates(cell.weights, row, state[0])
        forgets.append(f.data)
        state = cell(row, state)
    state[1][0].backward()
    assert start.grad == pytest.approx(prod(forgets), rel=1e-12)


# ---- the form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "gates"), [(RNN, 1), (LSTM, 4), (GRU, 3)])
def test_weights_stand_under_the_names_and_in_the_shapes_of_pytorch(
    kind: type[Recurrent], gates: int
) -> None:
    model = kind(3, 2, 2, bidirectional=True, seed=0)
    shapes = {}
    for layer, width in enumerate((3, 4)):
        for suffix in ("", "_reverse"):
            shapes[f"weight_ih_l{layer}{suffix}"] = (gates * 2, width)
            shapes[f"weight_hh_l{layer}{suffix}"] = (gates * 2, 2)
            shapes[f"bias_ih_l{layer}{suffix}"] = shapes[f"bias_hh_l{layer}{suffix}"] = (gates * 2,)
    found = [path.partition("[")[0] for path, _ in model.named_parameters()]
    assert list(dict.fromkeys(found)) == list(shapes)
    for name, shape in shapes.items():
        assert np.array(numbers(getattr(model, name))).shape == shape
    assert len(found) == sum(int(np.prod(shape)) for shape in shapes.values())
    assert all("bias" not in path for path, _ in kind(1, 1, bias=False, seed=0).named_parameters())


@pytest.mark.parametrize("kind", CELLS.values())
def test_weights_lie_within_one_over_the_root_of_the_hidden_size(kind: Callable[..., Any]) -> None:
    drawn = [abs(parameter.data) for parameter in kind(5, 16, seed=0).parameters()]
    assert 0.24 < max(drawn) <= 0.25
    assert numbers(kind(2, 2, seed=4).weight_ih) == numbers(kind(2, 2, seed=4).weight_ih)


@pytest.mark.parametrize("seed", range(12))
def test_a_sequence_can_be_read_in_two_parts(seed: int) -> None:
    rng = Random(seed)
    make: Callable[..., Recurrent] = rng.choice(SEQUENCES)
    model = make(2, 3, rng.randint(1, 3), seed=rng)
    rows = random_rows(rng, 6, 2)
    whole, end = model(rows)
    first, between = model(rows[:4])
    second, end_of_parts = model(rows[4:], between)
    assert numbers(first + second) == numbers(whole)
    assert numbers(end_of_parts) == numbers(end)


@pytest.mark.parametrize("kind", SEQUENCES)
def test_the_second_direction_reads_backwards(kind: type[Recurrent]) -> None:
    model = kind(2, 3, bidirectional=True, seed=1)
    rows = random_rows(Random(0), 4, 2)
    outputs, _ = model(rows)
    for way, name in enumerate(("l0", "l0_reverse")):
        cell, state = CELLS[kind](2, 3), None
        for attribute, weights in model.weights(name)._asdict().items():
            setattr(cell, attribute, weights)
        for t in range(4)[:: -1 if way else 1]:
            state = cell(rows[t], state)
            shown = state[0] if isinstance(state, tuple) else state
            assert numbers(outputs[t])[3 * way : 3 * way + 3] == numbers(shown)


@pytest.mark.parametrize("seed", range(12))
def test_padding_changes_nothing_whatever_stands_there(seed: int) -> None:
    rng = Random(seed)
    model = any_sequence(rng)
    rows = random_rows(rng, 3, model.input_size)

    def gradient(rows: list[list[float]], mask: list[float] | None) -> tuple[Any, Any, list[float]]:
        outputs, end = model(rows, mask=mask)
        model.zero_grad()
        autograd.sum([h * h for row in outputs for h in row]).backward()
        return outputs, end, [parameter.grad for parameter in model.parameters()]

    plain, plain_end, plain_gradient = gradient(rows, None)
    padded, end, padded_gradient = gradient([*rows, *[[nan] * model.input_size] * 2], [1.0] * 3 + [0.0] * 2)
    assert numbers(padded[:3]) == numbers(plain)
    assert numbers(padded[3:]) == [[0.0] * len(plain[0])] * 2
    assert numbers(end) == numbers(plain_end)
    assert padded_gradient == pytest.approx(plain_gradient, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("kind", SEQUENCES)
def test_pytorch_takes_the_saved_weights_and_gives_the_same_outputs(
    kind: type[Recurrent], tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch")
    model = kind(3, 4, 2, bidirectional=True, seed=2)
    save(tmp_path / "weights", model)
    with safe_open(tmp_path / "weights", framework="numpy") as file:
        kept = {name: torch.from_numpy(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    theirs = getattr(torch.nn, kind.__name__)(3, 4, 2, bidirectional=True).double()
    theirs.load_state_dict(kept, strict=True)
    rows = random_rows(Random(0), 5, 3)
    outputs, _ = theirs(torch.tensor(rows, dtype=torch.float64))
    assert np.abs(np.array(numbers(model(rows)[0])) - outputs.detach().numpy()).max() < 1e-12


# ---- derivatives, compiled programs ------------------------------------------------------------------


def function_of_weights(model: Recurrent) -> tuple[Callable[..., Any], list[list[float]]]:
    """Return a scalar function of a sequence, its mask and all weights, and the weights as they are."""
    names = [name for name in vars(model) if name.startswith(("weight_", "bias_"))]

    def cubed(rows: Any, mask: Any, weights: Any) -> Any:
        for name, given in zip(names, weights, strict=True):
            setattr(model, name, given)
        outputs, _ = model(rows, mask=mask)
        return autograd.sum([h * h * h for row in outputs for h in row])

    return cubed, [numbers(getattr(model, name)) for name in names]


@pytest.mark.parametrize("seed", range(4))
def test_gradcheck_along_inputs_and_weights(seed: int) -> None:
    rng = Random(seed)
    model = any_sequence(rng)
    function, weights = function_of_weights(model)
    mask = [1.0, 1.0, float(seed % 2)]
    rows = random_rows(rng, 3, model.input_size)
    assert gradcheck(lambda rows, weights: function(rows, mask, weights), rows, weights).ok


def test_second_derivatives_of_an_lstm() -> None:
    rng = Random(1)
    function, weights = function_of_weights(LSTM(1, 1, bias=False, seed=rng))
    report = gradcheck(lambda rows, w: function(rows, None, w), random_rows(rng, 2, 1), weights, order=2)
    assert report.ok
    assert len(report.entries) == 10 * 11


@pytest.mark.parametrize(("backend", "seeds"), [("numpy", range(24)), ("jax", range(100, 101))])
def test_a_compiled_sequence_gives_the_numbers_of_the_engine(backend: str, seeds: range) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    for seed in seeds:
        rng = Random(seed)
        model = any_sequence(rng)
        length = rng.randint(1, 4)
        batch = [random_rows(rng, length, model.input_size) for _ in range(3)]
        masks = [[float(t <= k) for t in range(length)] for k in range(3)]

        def loss(rows: Any, mask: Any, model: Recurrent = model) -> Any:
            outputs, _ = model(rows, mask=mask)
            return autograd.sum([h * h for row in outputs for h in row])

        compiled, gradient = autograd.compile(loss, model.parameters(), backend).value_and_grad(batch, masks)
        model.zero_grad()
        mean = autograd.mean([loss(rows, mask) for rows, mask in zip(batch, masks, strict=True)])
        mean.backward()
        assert compiled == pytest.approx(mean.data, rel=1e-12, abs=1e-13)
        slopes = [parameter.grad for parameter in model.parameters()]
        assert gradient.tolist() == pytest.approx(slopes, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("kind", SEQUENCES)
def test_arrays_are_as_good_as_lists(kind: type[Recurrent]) -> None:
    rng = Random(0)
    model = kind(2, 3, 2, bidirectional=True, seed=0)
    rows, mask = random_rows(rng, 3, 2), [1.0, 1.0, 0.0]
    states = [random_rows(rng, 4, 3) for _ in range(2 if kind is LSTM else 1)]
    state: Any = tuple(states) if kind is LSTM else states[0]
    given = map(np.array, (rows, state, mask))
    assert str(numbers(model(*given))) == str(numbers(model(rows, state, mask)))
    with pytest.raises(ValueError, match="needs at least 1 row, got 0"):
        model(np.empty((0, 2)))


# ---- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RNNCell(0, 1), "input_size must be 1 or more, got 0"),
        (lambda: GRU(1, 0), "hidden_size must be 1 or more, got 0"),
        (lambda: LSTM(1, 1, 0), "num_layers must be 1 or more, got 0"),
        (lambda: RNN(1, 1, nonlinearity="gelu"), "'tanh' or 'relu', got 'gelu'"),
        (lambda: LSTMCell(2, 1)([1.0]), r"the cell takes 2 inputs, got 1"),
        (lambda: GRUCell(1, 2)([1.0], [0.0]), r"the cell takes 2 remembered numbers, got 1"),
        (lambda: LSTMCell(1, 2)([1.0], ([0.0] * 2, [0.0])), "takes 2 numbers of memory, got 1"),
        (lambda: RNN(1, 1)([]), r"RNN\(1, 1\) needs at least 1 row, got 0"),
        (lambda: RNN(1, 1)([[1.0, 2.0]]), r"takes 1 inputs, got 2"),
        (lambda: GRU(1, 1, 2)([[1.0]], [[0.0]]), "has the states of 2 cells, got 1"),
        (lambda: RNN(2, 2)([[1.0, 2.0]], [[0.0]]), "takes 2 remembered numbers, got 1"),
        (lambda: GRU(2, 1)([[1.0, 2.0]], 0.0), r"GRU\(2, 1\) has the states of 1 cells, got 0\.0"),
        (lambda: RNN(1, 1)([[1.0]], mask=[1, 1]), "a number for each row, got 2 for 1 rows"),
    ],
)
def test_what_cannot_be_done_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("hidden", [1, 2, 3])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_h_without_c_is_no_state_of_an_lstm(hidden: int, layers: int) -> None:
    h = [0.0] * hidden
    with pytest.raises(ValueError, match=r"^the state of an LSTM cell is a pair of rows, \(h, c\), got"):
        LSTMCell(1, hidden)([1.0], h)
    with pytest.raises(ValueError, match=r"LSTM.* (pair of .*\(h, c\)|states of 2 cells), got"):
        LSTM(1, hidden, layers)([[1.0]], [h] * layers)


@pytest.mark.parametrize("kind", SEQUENCES)
@pytest.mark.parametrize("width", [1, 2])
def test_numbers_in_place_of_rows_are_refused(kind: type[Recurrent], width: int) -> None:
    remedy = r"\[\[…\]\]" if width > 1 else r"\[1\.0\]"
    with pytest.raises(
        TypeError, match=rf"^{kind.__name__}\({width}, 2\) takes a row of .*got 1\.0.*{remedy}"
    ):
        kind(width, 2)([1.0, 2.0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: GRU(2, 1)([[1.0, 2.0]], [0.0]),
            r"^the cell takes a row of remembered numbers, even of one, got 0\.0: write \[0\.0\]",
        ),
        (lambda: RNNCell(2, 1)(1.0), r"^the cell takes a row of 2 inputs, got 1\.0: give a list of 2"),
        (
            lambda: LSTM(2, 1)(row for row in [[1.0, 2.0]]),
            r"^LSTM\(2, 1\) takes a list of rows of 2 inputs, got <generator.*: give lists, \[\[…\]\]$",
        ),
    ],
    ids=["a state", "an input", "a generator"],
)
def test_what_is_no_row_is_refused_with_the_remedy(make: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make()
