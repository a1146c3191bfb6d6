"""Positions: attention does not see the order of its rows, so each place gets a row of its own added."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, sin
from typing import Any

from autograd import Value
from autograd.primitive import as_number
from nn.model.module import Module
from nn.model.shape import require_rows
from nn.seed import Seed, generator
from nn.sizes import require_at_least


def sine_positions(max_len: int, d_model: int) -> list[list[float]]:
    """Return a row for each place: sin(place/10000^(i/d_model)) at every even i, and after it the cosine.

    Vaswani et al., Attention is all you need (2017), §3.5. All numbers are in [-1, 1].
    """
    return [
        [(cos if i % 2 else sin)(place / 10000.0 ** ((i - i % 2) / d_model)) for i in range(d_model)]
        for place in range(max_len)
    ]


def require_within(context: int, model: Module, count: int, before: int = 0) -> None:
    """Raise ValueError, with the numbers, unless `count` symbols after those `before` fit into a context."""
    if before + count > context:
        earlier = f" after {before}" if before else ""
        raise ValueError(f"{model!r} takes at most {context} symbols, got {count}{earlier}")


class PositionalEncoding(Module):
    """Adds to each row of a sequence what belongs to its place, up to `max_len` places.

    That is `sine_positions`, or where `learned` a parameter `weight[place][i]`, which begins normal with
    standard deviation 0.02, drawn from `seed`. Raises ValueError for a size below 1.
    """

    def __init__(self, d_model: int, max_len: int, learned: bool = False, *, seed: Seed = None) -> None:
        require_at_least(1, d_model=d_model, max_len=max_len)
        rng = generator(seed)
        self.weight: Sequence[Sequence[Value | float]] = (
            [[Value(rng.gauss(0.0, 0.02)) for _ in range(d_model)] for _ in range(max_len)]
            if learned
            else sine_positions(max_len, d_model)
        )

    def __call__(self, x: Sequence[Sequence[Any]], start: int = 0) -> list[list[Any]]:
        """Return the rows of `x` with those of the places from `start` added.

        Raises ValueError, with both numbers, for a place beyond the last and rows of another length.
        """
        require_rows(self, len(self.weight[0]), x, "numbers")
        if not 0 <= start <= start + len(x) <= len(self.weight):
            raise ValueError(
                f"there are positions for {len(self.weight)} places, got {len(x)} rows from place {start}"
            )
        places = self.weight[start : start + len(x)]
        return [
            [as_number(a) + b for a, b in zip(row, place, strict=True)]
            for row, place in zip(x, places, strict=True)
        ]

    def __repr__(self) -> str:
        return f"PositionalEncoding({len(self.weight[0])}, {len(self.weight)})"
