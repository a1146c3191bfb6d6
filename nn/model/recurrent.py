"""Recurrence over a sequence: cells that go from row to row, in one direction or both, layer upon layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import where
from nn.model.module import Module
from nn.model.recurrent_cells import GRUCell, LSTMCell, RecurrentCell, RNNCell, Row
from nn.seed import Seed, generator


class Recurrent(Module):
    """Base of RNN, LSTM and GRU: `num_layers` cells, each of which reads what the one below it gave.

    If `bidirectional`, every layer has a second cell that goes from the last row to the first, and gives what
    both have found. The weights stand under PyTorch's names, `weight_ih_l0`, `weight_hh_l0_reverse`, …; the
    `cells` hold the same lists, so change the numbers in them, not the lists.

    Raises ValueError for fewer than one layer.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        *,
        bidirectional: bool = False,
        seed: Seed = None,
    ) -> None:
        if num_layers < 1:
            raise ValueError(f"num_layers must be at least 1, got {num_layers}")
        rng = generator(seed)
        suffixes = ("", "_reverse") if bidirectional else ("",)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        cells: list[RecurrentCell] = []
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * len(suffixes)
            for suffix in suffixes:
                cell = self._cell(width, bias, rng)
                for name in ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if bias else ())):
                    setattr(self, f"{name}_l{layer}{suffix}", getattr(cell, name))
                cells.append(cell)
        self.cells = cells  # after the weights, which are therefore found under PyTorch's names

    def _cell(self, width: int, bias: bool, seed: Seed) -> RecurrentCell:
        raise NotImplementedError

    def __call__(
        self, rows: Sequence[Row], state: Any = None, mask: Sequence[Any] | None = None
    ) -> tuple[list[list[Any]], Any]:
        """Return what the top layer gives at each row, and the state of every cell at its end.

        `rows` has `input_size` numbers each. A state is a list with a row of `hidden_size` numbers for each
        cell, the layers in turn and in each the forward direction first; for an LSTM it is a pair of them, h
        and c. Without one all begin at zero. `mask` has a number for each row, 1 where it counts and 0 where
        it is padding, which gives zeros and changes no state.

        Raises ValueError, with both numbers, for no rows, a row, a state or a mask of the wrong length.
        """
        if not rows:
            raise ValueError(f"{self!r} needs at least 1 row, got 0")
        if mask is not None and len(mask) != len(rows):
            raise ValueError(f"a mask has a number for each row, got {len(mask)} for {len(rows)} rows")
        states = self._begin(state)
        if len(states) != len(self.cells):
            raise ValueError(f"{self!r} has the states of {len(self.cells)} cells, got {len(states)}")
        directions = 2 if self.bidirectional else 1
        ends: list[Any] = []
        found: list[list[Any]] = [list(row) for row in rows]
        for layer in range(self.num_layers):
            ways = []
            for direction in range(directions):
                k = layer * directions + direction
                outputs, end = _run(self.cells[k], found, states[k], mask, backwards=direction == 1)
                ways.append(outputs)
                ends.append(end)
            found = [[h for way in at_row for h in way] for at_row in zip(*ways, strict=True)]
        return found, self._end(ends)

    def _begin(self, state: Any) -> list[Any]:
        """Return the state of each cell."""
        return [cell.zeros() for cell in self.cells] if state is None else list(state)

    def _end(self, ends: list[Any]) -> Any:
        """Return the states of the cells in the form in which `_begin` takes them."""
        return ends

    def __repr__(self) -> str:
        more = f", num_layers={self.num_layers}" if self.num_layers > 1 else ""
        both = ", bidirectional=True" if self.bidirectional else ""
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size}{more}{both})"


class RNN(Recurrent):
    """Layers of `RNNCell` over a sequence; `nonlinearity` is "tanh" or "relu"."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        *,
        nonlinearity: str = "tanh",
        bidirectional: bool = False,
        seed: Seed = None,
    ) -> None:
        self.nonlinearity = nonlinearity
        super().__init__(input_size, hidden_size, num_layers, bias, bidirectional=bidirectional, seed=seed)

    def _cell(self, width: int, bias: bool, seed: Seed) -> RNNCell:
        return RNNCell(width, self.hidden_size, bias, self.nonlinearity, seed=seed)


class LSTM(Recurrent):
    """Layers of `LSTMCell` over a sequence; its state is a pair, all h and all c."""

    def _cell(self, width: int, bias: bool, seed: Seed) -> LSTMCell:
        return LSTMCell(width, self.hidden_size, bias, seed=seed)

    def _begin(self, state: Any) -> list[Any]:
        return super()._begin(None if state is None else zip(*state, strict=True))

    def _end(self, ends: list[Any]) -> tuple[list[Any], list[Any]]:
        return [h for h, _ in ends], [c for _, c in ends]


class GRU(Recurrent):
    """Layers of `GRUCell` over a sequence."""

    def _cell(self, width: int, bias: bool, seed: Seed) -> GRUCell:
        return GRUCell(width, self.hidden_size, bias, seed=seed)


def _run(
    cell: RecurrentCell, rows: Sequence[Row], state: Any, mask: Sequence[Any] | None, backwards: bool
) -> tuple[list[list[Any]], Any]:
    """Return what a cell shows at each row, and its state after the last it has come to."""
    outputs: list[list[Any]] = [[] for _ in rows]
    for t in reversed(range(len(rows))) if backwards else range(len(rows)):
        after = cell(rows[t], state)
        shown = after[0] if isinstance(after, tuple) else after
        if mask is not None:
            after = _chosen(mask[t], after, state)
            shown = [where(mask[t] > 0, h, 0.0) for h in shown]
        outputs[t], state = shown, after
    return outputs, state


def _chosen(counts: Any, after: Any, before: Any) -> Any:
    """Return the state after a row if the row counts, and else the one before."""
    if isinstance(after, tuple):
        return tuple(_chosen(counts, new, old) for new, old in zip(after, before, strict=True))
    return [where(counts > 0, new, old) for new, old in zip(after, before, strict=True)]
