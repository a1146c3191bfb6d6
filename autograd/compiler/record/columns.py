"""Recorded scalars side by side: what is done with one is written down for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.record.recording import SIMPLER, Recording
from autograd.compiler.record.segments import Integers
from autograd.compiler.record.tracer import Tracer
from autograd.primitive import Primitive


class Column(Tracer):
    """As many recorded scalars as `index` has indices."""

    __slots__ = ()
    index: Any  # an array

    def __init__(self, recording: Recording, index: Any) -> None:
        super().__init__(recording, index)

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        recording, count = next((arg.recording, len(arg.index)) for arg in args if type(arg) is cls)
        indices = [indices_of(recording, arg, count) for arg in args]
        return column(recording, apply_all(recording, primitive, np.column_stack(indices)))


def apply_all(recording: Recording, primitive: Primitive, args: Integers) -> Integers:
    """Write an operation down for each row of arguments and return the indices of the results."""
    numbers = np.frombuffer(recording.is_number, bool)[args]
    simpler = numbers.any(1) if primitive in SIMPLER else numbers.all(1)
    found = np.empty(len(args), int)
    found[simpler] = [recording.apply(primitive, tuple(row)) for row in args[simpler].tolist()]
    others = args[~simpler]
    batched = np.any(np.frombuffer(recording.batched, bool)[others], axis=1).tolist()
    depths = (1 + np.frombuffer(recording.depth, np.int64)[others].max(1)).tolist()
    calls = zip(map(tuple, others.tolist()), batched, depths, strict=True)
    found[~simpler] = [recording.write_down(primitive, *call) for call in calls]
    return found


def column(recording: Recording, index: Integers) -> Column | float:
    """Return what stands at some indices: a number if they are all one that is known."""
    first = int(index[0])
    known = first in recording.number and (index == first).all()
    return recording.number[first] if known else Column(recording, index)


def indices_of(recording: Recording, x: Column | float, count: int) -> Integers:
    """Return `count` indices, of a column or of one number."""
    return x.index if isinstance(x, Column) else np.full(count, recording.constant(float(x)))


def op_of(x: Column) -> Any:
    """Return the operation that made all of a column, or None if there are several."""
    ops = {x.recording.ops[index] for index in x.index.tolist()}
    return ops.pop() if len(ops) == 1 else None


def args_of(x: Column) -> list[Column | float]:
    """Return the arguments of the operation, of a fixed number of them, that made a column."""
    args = np.array([x.recording.args[index] for index in x.index.tolist()])
    return [column(x.recording, arg) for arg in args.T]
