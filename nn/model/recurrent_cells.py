"""Recurrent cells: a state that remembers, changed by one row of a sequence after the other.

Names, the order of stacked gates and first weights are those of PyTorch: each matrix has a row for every
number that it computes, first all rows of the first gate, then all of the second, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from random import Random
from typing import Any, ClassVar, TypeAlias

from autograd import Value, dot, relu, sigmoid, tanh
from nn.model.module import Module
from nn.seed import Seed, generator

Row: TypeAlias = Sequence[Any]
"""The numbers or Values of one step: what goes in, or what a state remembers."""

NONLINEARITIES = {"tanh": tanh, "relu": relu}


class RecurrentCell(Module):
    """Base of the cells: weights for what comes in, `weight_ih`, and for what is remembered, `weight_hh`.

    All weights are uniform within ±1/√hidden_size, drawn from `seed`. With `bias`, both products have a bias
    of their own, `bias_ih` and `bias_hh`. Raises ValueError for a size below 1.
    """

    gates: ClassVar[int]
    """How many numbers are computed for each one that is remembered."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, seed: Seed = None) -> None:
        for what, size in (("input_size", input_size), ("hidden_size", hidden_size)):
            if size < 1:
                raise ValueError(f"{what} must be at least 1, got {size}")
        rng = generator(seed)
        bound, rows = 1 / sqrt(hidden_size), self.gates * hidden_size
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.weight_ih = [_uniform(bound, input_size, rng) for _ in range(rows)]
        self.weight_hh = [_uniform(bound, hidden_size, rng) for _ in range(rows)]
        if bias:
            self.bias_ih = _uniform(bound, rows, rng)
            self.bias_hh = _uniform(bound, rows, rng)
        self.bias = bias

    def zeros(self) -> Any:
        """Return the state before anything has come in."""
        return [0.0] * self.hidden_size

    def __call__(self, x: Row, state: Any = None) -> Any:
        """Return the state after the row `x`; `state` is the one before, zeros by default."""
        raise NotImplementedError

    def _products(self, x: Row, h: Row) -> tuple[list[list[Any]], list[list[Any]]]:
        """Return weight_ih · x + bias_ih and weight_hh · h + bias_hh, each as one row for every gate."""
        for what, row, size in (("inputs", x, self.input_size), ("remembered numbers", h, self.hidden_size)):
            if len(row) != size:
                raise ValueError(f"{self!r} takes {size} {what}, got {len(row)}")
        none = [0.0] * len(self.weight_ih)
        bias_ih, bias_hh = (self.bias_ih, self.bias_hh) if self.bias else (none, none)
        from_input = [dot(w, x, b) for w, b in zip(self.weight_ih, bias_ih, strict=True)]
        from_memory = [dot(w, h, b) for w, b in zip(self.weight_hh, bias_hh, strict=True)]
        return self._by_gate(from_input), self._by_gate(from_memory)

    def _by_gate(self, stacked: list[Any]) -> list[list[Any]]:
        n = self.hidden_size
        return [stacked[start : start + n] for start in range(0, len(stacked), n)]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size})"


class RNNCell(RecurrentCell):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh): everything that is remembered is written anew at each step.

    `nonlinearity` is "tanh" or "relu". Elman, Finding structure in time (1990).
    Raises ValueError for another.
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        seed: Seed = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, seed=seed)
        if nonlinearity not in NONLINEARITIES:
            raise ValueError(f"nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}")
        self.nonlinearity = nonlinearity

    def __call__(self, x: Row, state: Row | None = None) -> list[Any]:
        """Return the state h' after the row `x`; `state` is h, zeros by default."""
        [from_input], [from_memory] = self._products(x, self.zeros() if state is None else state)
        activation = NONLINEARITIES[self.nonlinearity]
        return [activation(a + b) for a, b in zip(from_input, from_memory, strict=True)]


class LSTMCell(RecurrentCell):
    """c' = f · c + i · g and h' = o · tanh(c'): a memory c that a gate f keeps, i writes and o shows.

    The gates i, f, o = σ(…) and what is to be written, g = tanh(…), are computed from x and h. Along c the
    local derivative of a step is f alone, so a gradient fades only where the cell forgets.
    Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000).
    """

    gates = 4

    def zeros(self) -> tuple[list[float], list[float]]:
        """Return h and c before anything has come in."""
        return [0.0] * self.hidden_size, [0.0] * self.hidden_size

    def gate_values(self, x: Row, h: Row) -> list[list[Any]]:
        """Return i, f, g and o for the row `x` and the state `h`, each with `hidden_size` numbers."""
        sums = [
            [a + b for a, b in zip(from_input, from_memory, strict=True)]
            for from_input, from_memory in zip(*self._products(x, h), strict=True)
        ]
        activations = (sigmoid, sigmoid, tanh, sigmoid)
        return [[activation(s) for s in row] for activation, row in zip(activations, sums, strict=True)]

    def __call__(self, x: Row, state: tuple[Row, Row] | None = None) -> tuple[list[Any], list[Any]]:
        """Return h' and c' after the row `x`; `state` is (h, c), zeros by default."""
        h, c = self.zeros() if state is None else state
        if len(c) != self.hidden_size:
            raise ValueError(f"{self!r} takes a memory of {self.hidden_size} numbers, got {len(c)}")
        i, f, g, o = self.gate_values(x, h)
        c = [fk * ck + ik * gk for ik, fk, gk, ck in zip(i, f, g, c, strict=True)]
        return [ok * tanh(ck) for ok, ck in zip(o, c, strict=True)], c


class GRUCell(RecurrentCell):
    """h' = (1 − z) · n + z · h: one gate z decides between what is new and what is remembered.

    With r, z = σ(…) and n = tanh(W_in x + b_in + r · (W_hn h + b_hn)). As in PyTorch the reset gate r comes
    after the product; Cho et al., Learning phrase representations (2014), reset h before it.
    """

    gates = 3

    def __call__(self, x: Row, state: Row | None = None) -> list[Any]:
        """Return the state h' after the row `x`; `state` is h, zeros by default."""
        h = self.zeros() if state is None else state
        (r_x, z_x, n_x), (r_h, z_h, n_h) = self._products(x, h)
        r = [sigmoid(a + b) for a, b in zip(r_x, r_h, strict=True)]
        z = [sigmoid(a + b) for a, b in zip(z_x, z_h, strict=True)]
        n = [tanh(a + rk * b) for a, rk, b in zip(n_x, r, n_h, strict=True)]
        return [(1 - zk) * nk + zk * hk for zk, nk, hk in zip(z, n, h, strict=True)]


def _uniform(bound: float, count: int, rng: Random) -> list[Value]:
    return [Value(rng.uniform(-bound, bound)) for _ in range(count)]
