"""What a backend is: it makes an array program ready to run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.arrays.program import Program
from autograd.compiler.backends.training import Trainer

Numbers: TypeAlias = NDArray[Any]

Run: TypeAlias = Callable[[Sequence[Numbers], Numbers], tuple[Numbers, bool]]
"""`run(arguments, vector)`: the results for a batch, and whether all of them are finite.

They are one row, or a row for every example if any is batched. The arguments are arrays with the batch as
their first axis, `vector` holds the parameters.
"""


class Backend(ABC):
    """A way to run array programs; with `shard` on several devices, which share the examples of a batch."""

    can_shard: ClassVar[bool] = False
    takes_ragged: bool = False
    """Whether it has loops for rows of unequal length, which then need not be made even."""
    chosen: str = ""
    """The name of the backend that stands behind this one, if it chooses one."""

    def __init__(self, shard: bool = False) -> None:
        self.shard = shard

    @classmethod
    def missing(cls) -> str:
        """Return what this backend needs and this machine lacks, with the remedy; nothing if it can run."""
        return ""

    def trainer(self, program: Program, dtype: np.dtype[Any]) -> Trainer | None:
        """Return a program that takes the steps of a training by itself, where this backend has such."""
        return None

    @abstractmethod
    def bind(self, program: Program, batch: int, dtype: np.dtype[Any]) -> Run:
        """Return a program ready to run for batches of one size, in float64 or float32."""
