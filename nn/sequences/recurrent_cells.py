"""Recurrent cells: a state that remembers, changed by one row of a sequence after the other.

Names, the order of stacked gates and first weights are those of PyTorch: each matrix has a row for every
number that it computes, first all rows of the first gate, then all of the second, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import sqrt
from typing import Any, NamedTuple, TypeAlias

from autograd import Value, relu, sigmoid, tanh
from autograd.ordered import refuse_unordered
from autograd.tree import is_several
from nn.model.linear import linear
from nn.model.module import Module
from nn.model.shape import require_row
from nn.seed import Seed, generator
from nn.sizes import is_row, require_at_least

Row: TypeAlias = Sequence[Any]
"""The numbers or Values of one step: what comes in, or what is remembered."""

NONLINEARITIES: dict[str, Callable[[Any], Any]] = {"tanh": tanh, "relu": relu}


class Weights(NamedTuple):
    """What a cell has learned: weights for what comes in and for what is remembered, and their biases."""

    weight_ih: Sequence[Row]
    weight_hh: Sequence[Row]
    bias_ih: Row
    """As `bias_hh`, zeros where there is no bias."""
    bias_hh: Row


def drawn_weights(
    gates: int, input_size: int, hidden_size: int, seed: Seed
) -> tuple[list[list[Value]], list[list[Value]], list[Value], list[Value]]:
    """Return weights and biases for `gates` rows of each number that is remembered.

    All are uniform within ±1/√hidden_size. Raises ValueError for a size below 1.
    """
    require_at_least(1, input_size=input_size, hidden_size=hidden_size)
    rng = generator(seed)
    bound, rows = 1 / sqrt(hidden_size), range(gates * hidden_size)

    def draw(count: Iterable[int]) -> list[Value]:
        return [Value(rng.uniform(-bound, bound)) for _ in count]

    weight_ih = [draw(range(input_size)) for _ in rows]
    weight_hh = [draw(range(hidden_size)) for _ in rows]
    return weight_ih, weight_hh, draw(rows), draw(rows)


def rnn_step(weights: Weights, x: Row, h: Row, nonlinearity: str = "tanh") -> list[Any]:
    """Return the state after the row `x`: h' = tanh(W_ih x + b_ih + W_hh h + b_hh)."""
    [from_input], [from_memory] = _products(weights, x, h)
    activation = NONLINEARITIES[nonlinearity]
    return [activation(a + b) for a, b in zip(from_input, from_memory, strict=True)]


def lstm_gates(weights: Weights, x: Row, h: Row) -> list[list[Any]]:
    """Return the gates i, f, g and o for the row `x`: σ, σ, tanh and σ of W_ih x + b_ih + W_hh h + b_hh."""
    sums = [
        [a + b for a, b in zip(from_input, from_memory, strict=True)]
        for from_input, from_memory in zip(*_products(weights, x, h), strict=True)
    ]
    return [
        [activation(s) for s in row]
        for activation, row in zip((sigmoid, sigmoid, tanh, sigmoid), sums, strict=True)
    ]


def lstm_step(weights: Weights, x: Row, state: tuple[Row, Row]) -> tuple[list[Any], list[Any]]:
    """Return h' = o · tanh(c') and c' = f · c + i · g, the state after the row `x`; `state` is (h, c)."""
    refuse_unordered(state)
    if not is_row(state) or len(state) != 2 or not all(map(is_several, state)):
        raise ValueError(f"the state of an LSTM cell is a pair of rows, (h, c), got {state!r:.40}")
    h, c = state
    i, f, g, o = lstm_gates(weights, x, h)
    require_row("the cell", len(f), c, "numbers of memory")
    c = [fk * ck + ik * gk for ik, fk, gk, ck in zip(i, f, g, c, strict=True)]
    return [ok * tanh(ck) for ok, ck in zip(o, c, strict=True)], c


def gru_step(weights: Weights, x: Row, h: Row) -> list[Any]:
    """Return h' = (1 − z) · n + z · h, the state after the row `x`.

    With r, z = σ(…) and n = tanh(W_in x + b_in + r · (W_hn h + b_hn)).
    """
    (r_x, z_x, n_x), (r_h, z_h, n_h) = _products(weights, x, h)
    r = [sigmoid(a + b) for a, b in zip(r_x, r_h, strict=True)]
    z = [sigmoid(a + b) for a, b in zip(z_x, z_h, strict=True)]
    n = [tanh(a + rk * b) for a, rk, b in zip(n_x, r, n_h, strict=True)]
    return [(1 - zk) * nk + zk * hk for zk, nk, hk in zip(z, n, h, strict=True)]


def _products(weights: Weights, x: Row, h: Row) -> tuple[list[list[Any]], list[list[Any]]]:
    """Return W_ih x + b_ih and W_hh h + b_hh, each as one row for every gate."""
    require_row("the cell", len(weights.weight_ih[0]), x)
    require_row("the cell", len(weights.weight_hh[0]), h, "remembered numbers")
    from_input = linear(x, weights.weight_ih, weights.bias_ih)
    from_memory = linear(h, weights.weight_hh, weights.bias_hh)
    gates = range(0, len(from_memory), len(h))
    return [from_input[k : k + len(h)] for k in gates], [from_memory[k : k + len(h)] for k in gates]


class _Cell(Module):
    def __init__(self, gates: int, input_size: int, hidden_size: int, bias: bool, seed: Seed) -> None:
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.weight_ih, self.weight_hh, *biases = drawn_weights(gates, input_size, hidden_size, seed)
        if bias:
            self.bias_ih, self.bias_hh = biases
        self.bias = bias

    @property
    def weights(self) -> Weights:
        """The weights as a step takes them."""
        zeros = [0.0] * len(self.weight_ih)
        biases = (self.bias_ih, self.bias_hh) if self.bias else (zeros, zeros)
        return Weights(self.weight_ih, self.weight_hh, *biases)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size})"


class RNNCell(_Cell):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh): all that is remembered is written anew at each step.

    Weights and biases are uniform within ±1/√hidden_size, drawn from `seed`. `nonlinearity` is "tanh" or
    "relu". Elman, Finding structure in time (1990). Raises ValueError for another, and for a size below 1.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        seed: Seed = None,
    ) -> None:
        super().__init__(1, input_size, hidden_size, bias, seed)
        self.nonlinearity = checked_nonlinearity(nonlinearity)

    def __call__(self, x: Row, state: Row | None = None) -> list[Any]:
        """Return the state h' after the row `x`; `state` is h, zeros by default."""
        h = [0.0] * self.hidden_size if state is None else state
        return rnn_step(self.weights, x, h, self.nonlinearity)


class LSTMCell(_Cell):
    """c' = f · c + i · g and h' = o · tanh(c'): a memory c that a gate f keeps, i writes to and o shows.

    The gates i, f, o = σ(…), and what is to be written, g = tanh(…), are computed from x and h. Along c the
    local derivative of a step is f alone, so a gradient fades only where the cell forgets. Weights are as in
    `RNNCell`. Hochreiter and Schmidhuber, Long short-term memory (1997), with the forget gate of Gers,
    Schmidhuber and Cummins, Learning to forget (2000).
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, seed: Seed = None) -> None:
        super().__init__(4, input_size, hidden_size, bias, seed)

    def __call__(self, x: Row, state: tuple[Row, Row] | None = None) -> tuple[list[Any], list[Any]]:
        """Return h' and c' after the row `x`; `state` is (h, c), zeros by default."""
        zeros = [0.0] * self.hidden_size
        return lstm_step(self.weights, x, (zeros, zeros) if state is None else state)


class GRUCell(_Cell):
    """h' = (1 − z) · n + z · h: one gate z decides between what is new and what is remembered.

    As in PyTorch the reset gate r comes after the product, n = tanh(W_in x + b_in + r · (W_hn h + b_hn));
    Cho et al., Learning phrase representations (2014), reset h before it. Weights are as in `RNNCell`.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, seed: Seed = None) -> None:
        super().__init__(3, input_size, hidden_size, bias, seed)

    def __call__(self, x: Row, state: Row | None = None) -> list[Any]:
        """Return the state h' after the row `x`; `state` is h, zeros by default."""
        return gru_step(self.weights, x, [0.0] * self.hidden_size if state is None else state)


def checked_nonlinearity(name: str) -> str:
    """Return the name of the activation of an RNN; raise ValueError unless it is one."""
    if name not in NONLINEARITIES:
        raise ValueError(f"nonlinearity must be 'tanh' or 'relu', got {name!r}")
    return name
