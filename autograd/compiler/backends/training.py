"""Training without Python in between: what a program is told of the optimiser, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[Any]


class Kind(IntEnum):
    """The rules that a program can follow by itself."""

    PLAIN, MOMENTUM, NESTEROV, ADAM = range(4)


@dataclass(frozen=True)
class StepRule:
    """How parameters move: as `nn.SGD` and `nn.Adam` say. The first of `betas` is the momentum."""

    kind: Kind
    rate: float
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.0, 0.0)
    eps: float = 0.0

    def factors(self, steps: range) -> Numbers:
        """Return a row for each step, of numbers counted from 1, with all that its formula takes."""
        beta1, beta2 = self.betas
        own = [self.rate, self.weight_decay, beta1, beta2, self.eps]
        return np.array([[*own, 1 - beta1**t, 1 - beta2**t] for t in steps]).reshape(len(steps), 7)


@dataclass(frozen=True)
class Descended:
    """What steps leave: their losses, the parameters, what the rule remembers, the last gradient."""

    losses: Numbers
    vector: Numbers
    state: list[Numbers]
    gradient: Numbers


class Trainer(Protocol):
    """A program that takes steps by itself."""

    def train(
        self,
        arguments: Sequence[Numbers],
        vector: Numbers,
        batch: int,
        rule: StepRule,
        taken: int,
        moved: int,
        state: Sequence[Numbers],
    ) -> Descended:
        """Take a step for every `batch` rows of the arguments, until a result is not finite.

        The first `moved` parameters are moved. `taken` steps came before, of which the rule remembers the
        vectors in `state`. Nothing that is given is changed.
        """
