"""Recurrence over a sequence: cells that go from row to row, in one direction or both, layer upon layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from autograd import where
from nn.model.module import Module
from nn.model.shape import require_rows
from nn.seed import Seed, generator
from nn.sequences.recurrent_cells import (
    Row,
    Weights,
    checked_nonlinearity,
    drawn_weights,
    gru_step,
    lstm_step,
    rnn_step,
)
from nn.sizes import is_row, require_at_least

WEIGHTS, BIASES = ("weight_ih", "weight_hh"), ("bias_ih", "bias_hh")


class Recurrent(Module):
    """Base of RNN, LSTM and GRU: `num_layers` cells, each of which reads what the one below it gave.

    If `bidirectional`, every layer has a second cell that goes from the last row to the first, and gives what
    both have found. The weights of each cell stand under PyTorch's names: `weight_ih_l0`, `bias_hh_l0`,
    `weight_ih_l0_reverse`, `weight_ih_l1`, …; they are uniform within ±1/√hidden_size, drawn from `seed`.

    Raises ValueError for a size or a number of layers below 1.
    """

    gates: ClassVar[int]
    """How many numbers are computed for each one that is remembered."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        bias: bool = True,
        bidirectional: bool = False,
        seed: Seed = None,
    ) -> None:
        require_at_least(1, num_layers=num_layers)
        rng = generator(seed)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.bidirectional = bidirectional
        for cell in self._cells():
            inputs = input_size if cell.startswith("l0") else hidden_size * (1 + bidirectional)
            drawn = drawn_weights(self.gates, inputs, hidden_size, rng)
            for name, weights in zip(WEIGHTS + BIASES, drawn, strict=True):
                if bias or name in WEIGHTS:
                    setattr(self, f"{name}_{cell}", weights)

    def _cells(self) -> list[str]:
        """Return the name of each cell: the layers in turn, in each the forward direction first."""
        directions = ("", "_reverse") if self.bidirectional else ("",)
        return [f"l{layer}{direction}" for layer in range(self.num_layers) for direction in directions]

    def weights(self, cell: str = "l0") -> Weights:
        """Return the weights of a cell, such as "l0" or "l1_reverse"."""
        weight_ih, weight_hh = (getattr(self, f"{name}_{cell}") for name in WEIGHTS)
        zeros = [0.0] * len(weight_ih)
        biases = [getattr(self, f"{name}_{cell}") if self.bias else zeros for name in BIASES]
        return Weights(weight_ih, weight_hh, *biases)

    def __call__(
        self, rows: Sequence[Row], state: Any = None, mask: Sequence[Any] | None = None
    ) -> tuple[list[list[Any]], Any]:
        """Return what the top layer gives at each row, and the state of every cell at its end.

        `rows` has `input_size` numbers each. A state is a list with a row of `hidden_size` numbers for each
        cell, the layers in turn and in each the forward direction first; for an LSTM it is a pair of them, h
        and c. Without one all begin at zero. `mask` has a number for each row, 1 where it counts and 0 where
        it is padding, which gives zeros and changes no state.

        Raises ValueError, with both numbers, for no rows, a row, a state or a mask of the wrong length, and
        for a state of another form; TypeError for a number in place of a row.
        """
        require_rows(self, self.input_size, rows)
        if not len(rows):
            raise ValueError(f"{self!r} needs at least 1 row, got 0")
        if mask is not None and len(mask) != len(rows):
            raise ValueError(f"a mask has a number for each row, got {len(mask)} for {len(rows)} rows")
        cells = self._cells()
        states = self._begin(len(cells), state)
        ends: list[Any] = []
        found: list[list[Any]] = [list(row) for row in rows]
        directions = 1 + self.bidirectional
        for first in range(0, len(cells), directions):
            ways = []
            for k in range(first, first + directions):
                outputs, end = self._run(self.weights(cells[k]), found, states[k], mask, k > first)
                ways.append(outputs)
                ends.append(end)
            found = [[h for way in at_row for h in way] for at_row in zip(*ways, strict=True)]
        return found, self._end(ends)

    def _run(
        self, weights: Weights, rows: Sequence[Row], state: Any, mask: Sequence[Any] | None, backwards: bool
    ) -> tuple[list[list[Any]], Any]:
        """Return what a cell gives at each row, and its state after the last that it comes to."""
        outputs: list[list[Any]] = [[] for _ in rows]
        places = range(len(rows))
        for t in reversed(places) if backwards else places:
            after = self._step(weights, rows[t], state)
            given = after[0] if isinstance(after, tuple) else after
            if mask is not None:
                after = _chosen(mask[t] > 0, after, state)
                given = [where(mask[t] > 0, h, 0.0) for h in given]
            outputs[t], state = given, after
        return outputs, state

    def _step(self, weights: Weights, x: Row, state: Any) -> Any:
        """Return the state of a cell after a row."""
        raise NotImplementedError

    def _begin(self, cells: int, state: Any) -> list[Any]:
        """Return the state of each cell."""
        if state is None:
            return [[0.0] * self.hidden_size] * cells
        self._check_parts(state, f"the states of {cells} cells", cells)
        return list(state)

    def _check_parts(self, state: Any, form: str, count: int) -> None:
        """Raise ValueError, naming the form, unless a state is made of so many parts."""
        got = len(state) if is_row(state) else f"{state!r:.40}"
        if got != count:
            raise ValueError(f"{self!r} has {form}, got {got}")

    def _end(self, ends: list[Any]) -> Any:
        """Return the states of the cells in the form in which `_begin` takes them."""
        return ends

    def __repr__(self) -> str:
        more = f", num_layers={self.num_layers}" if self.num_layers > 1 else ""
        both = ", bidirectional=True" if self.bidirectional else ""
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size}{more}{both})"


class RNN(Recurrent):
    """Layers of `RNNCell` over a sequence; `nonlinearity` is "tanh" or "relu"."""

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        nonlinearity: str = "tanh",
        bias: bool = True,
        bidirectional: bool = False,
        seed: Seed = None,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, bias=bias, bidirectional=bidirectional, seed=seed
        )
        self.nonlinearity = checked_nonlinearity(nonlinearity)

    def _step(self, weights: Weights, x: Row, state: Any) -> Any:
        return rnn_step(weights, x, state, self.nonlinearity)


class LSTM(Recurrent):
    """Layers of `LSTMCell` over a sequence; its state is a pair, h and c of all cells."""

    gates = 4

    def _step(self, weights: Weights, x: Row, state: Any) -> Any:
        return lstm_step(weights, x, state)

    def _begin(self, cells: int, state: Any) -> list[Any]:
        if state is not None:
            self._check_parts(state, "a pair of states, (h, c)", 2)
        h, c = (None, None) if state is None else state
        return list(zip(super()._begin(cells, h), super()._begin(cells, c), strict=True))

    def _end(self, ends: list[Any]) -> tuple[list[Any], list[Any]]:
        return [h for h, _ in ends], [c for _, c in ends]


class GRU(Recurrent):
    """Layers of `GRUCell` over a sequence."""

    gates = 3

    def _step(self, weights: Weights, x: Row, state: Any) -> Any:
        return gru_step(weights, x, state)


def _chosen(counts: Any, after: Any, before: Any) -> Any:
    """Return the state after a row if the row counts, and else the one before."""
    if isinstance(after, tuple):
        return tuple(_chosen(counts, new, old) for new, old in zip(after, before, strict=True))
    return [where(counts, new, old) for new, old in zip(after, before, strict=True)]
