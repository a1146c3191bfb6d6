"""The memory of a NumPy program: arrays there before the first run, views of them, and what to call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike

from autograd.compiler.arrays.program import (
    GRADIENT,
    NOTHING,
    Array,
    Operand,
    Positions,
    Program,
    Statement,
    operands_of,
)
from autograd.compiler.arrays.strides import only_number, strided
from autograd.compiler.backends.backend import Numbers
from autograd.compiler.record.recording import SEED


class Memory:
    """The arrays of a program for one size of batch, and the calls that a run of it makes.

    `storage` holds every array: one row, or a row for each example if it is batched. Memory that is needed no
    more after a statement is used again by later ones.
    """

    def __init__(self, program: Program, batch: int, dtype: DTypeLike) -> None:
        self.batch = batch
        self.dtype = np.dtype(dtype)
        self.calls: list[Callable[[], Any]] = []
        self.storage: dict[Array, Numbers] = {}
        self._free: dict[tuple[int, Any], list[Numbers]] = defaultdict(list)
        self._temporaries: list[Numbers] = []
        self._last_uses = _last_uses(program)
        written = {statement.out.array for statement in program.statements}
        for array in program.arrays:
            if array not in written or array.name == GRADIENT:
                self.storage[array] = np.zeros(self.shape(array.batched, (array.size,)), self.dtype)
                if array.numbers is not None:
                    self.storage[array][:] = array.numbers
                if array.name == SEED:
                    self.storage[array][:] = 1.0 / batch if program.mean else 1.0

    def begin(self, statement: Statement) -> None:
        """Make room for what a statement writes."""
        array = statement.out.array
        if array not in self.storage:
            self.storage[array] = self._buffer(self.shape(array.batched, (array.size,)))

    def end(self, n: int) -> None:
        """Give back what nothing after statement number `n` needs."""
        for numbers in self._temporaries + [self.storage[array] for array in self._last_uses[n]]:
            self._free[numbers.size, numbers.dtype].append(numbers.reshape(-1))
        self._temporaries = []

    def shape(self, batched: bool, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return a shape with the batch in front of what is batched."""
        return (self.batch, *shape) if batched else shape

    def _buffer(self, shape: tuple[int, ...], dtype: Any = None) -> Numbers:
        size, dtype = prod(shape), np.dtype(dtype or self.dtype)
        free = self._free[size, dtype]
        return (free.pop() if free else np.empty(size, dtype)).reshape(shape)

    def temporary(self, shape: tuple[int, ...], dtype: Any = None) -> Numbers:
        """Return memory that is free again after the statement."""
        self._temporaries.append(self._buffer(shape, dtype))
        return self._temporaries[-1]

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Let every run call a function, after what it calls already."""
        self.calls.append(partial(function, *args, **kwargs))

    def view(self, array: Array, at: Positions) -> Numbers | None:
        """Return the scalars at those positions without copying, or None where no view has them."""
        rule = strided(at)
        if rule is None:
            return None
        base = self.storage[array]
        step = base.strides[-1]
        strides = tuple([step * stride for stride in rule.strides])
        if array.batched:
            return as_strided(base[:, rule.start :], (self.batch, *at.shape), (base.strides[0], *strides))
        return as_strided(base[rule.start :], at.shape, strides)

    def read(self, operand: Operand) -> Numbers:
        """Return the scalars of an operand: as a view, or in memory that they are gathered into."""
        array, at = operand.array, operand.at
        numbers = operand.numbers
        if numbers is not None:
            return numbers.astype(self.dtype)
        view = self.view(array, at)
        if view is not None:
            return view
        gathered = self.temporary(self.shape(array.batched, at.shape))
        self.call(self.storage[array].take, at, -1, gathered, "clip")  # "raise" would copy once more
        if (at == NOTHING).any():
            self.call(np.copyto, gathered, operand.fill, where=at == NOTHING)
        return gathered

    def number(self, operand: Operand) -> float | None:
        """Return the number that all scalars of an operand are in every run, if they are."""
        numbers = operand.numbers
        return None if numbers is None else only_number(numbers.astype(self.dtype))


def _last_uses(program: Program) -> dict[int, list[Array]]:
    """Return which arrays are needed no more after each statement."""
    last: dict[Array, int] = {}
    for n, statement in enumerate(program.statements):
        for operand in (*operands_of(statement), statement.out):
            last[operand.array] = n
    for array, _ in program.outputs:
        last.pop(array, None)
    written = {statement.out.array for statement in program.statements}
    uses: dict[int, list[Array]] = defaultdict(list)
    for array, n in last.items():
        if array in written and array.name != GRADIENT:
            uses[n].append(array)
    return uses
