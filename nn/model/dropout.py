"""Dropout: in training, every input is lost with some probability, so that no neuron can lean on another."""

from __future__ import annotations

from random import Random
from typing import Any

from autograd import tree
from autograd.primitive import as_number
from autograd.value import tracing
from nn.model.module import Module
from nn.model.shape import as_row, shape
from nn.seed import GLOBAL, Seed, generator
from nn.sizes import require_share


class Dropout(Module):
    """Set each input to 0 with probability `p` in training, and pass all of them on in evaluation.

    What survives is divided by 1 − p, so that the expected sum stays the same and nothing has to change for
    evaluation. `seed` decides what is lost; without one, a seed is drawn from Python's global generator.
    Srivastava et al., Dropout (2014).

    Raises ValueError unless 0 <= p < 1.
    """

    def __init__(self, p: float = 0.5, *, seed: Seed = None) -> None:
        self.p = require_share("the probability of a loss", p)
        rng = generator(seed)
        # One of its own, also where a layer hands Python's on: that would be saved and set back, whatever
        # else draws from it.
        self.rng = Random(rng.getrandbits(64)) if rng is GLOBAL else rng

    def __call__(self, x: Any) -> Any:
        """Return the inputs, a row or nested lists, with some of them lost.

        Raises ValueError in training while a function is recorded, which would lose the same ones ever after,
        and TypeError for a number alone.
        """
        x = as_row(self, x)
        shape(x)
        if not self.training or self.p == 0:
            return x
        if tracing.get() is not None:
            raise ValueError(
                f"{self!r} in training cannot be compiled: what it loses would stand still; call eval(), or "
                "train with compiled=False"
            )
        kept = 1 - self.p
        return tree.map_leaves(lambda xi: as_number(xi) / kept if self.rng.random() >= self.p else 0.0, x)

    def __repr__(self) -> str:
        return f"Dropout({self.p})"
