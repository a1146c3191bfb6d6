"""Recorded scalars side by side: what is done with one is written down for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.record.recording import Recording
from autograd.compiler.record.segments import Integers
from autograd.compiler.record.tracer import Tracer
from autograd.primitive import Operand, Primitive


class Column(Tracer):
    """As many recorded scalars as `index` has indices."""

    __slots__ = ()
    index: Any  # an array

    dots = Operand.dots

    def __init__(self, recording: Recording, index: Any) -> None:
        super().__init__(recording, index)

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        recording, count = next((arg.recording, len(arg.index)) for arg in args if type(arg) is cls)
        indices = [indices_of(recording, arg, count) for arg in args]
        return column(recording, recording.apply_all(primitive, np.column_stack(indices)))


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
    codes = np.frombuffer(x.recording.code, np.int64)[x.index]
    return x.recording.op(int(x.index[0])) if (codes == codes[0]).all() else None


def args_of(x: Column) -> list[Column | float]:
    """Return the arguments of the operation, of a fixed number of them, that made a column."""
    return [column(x.recording, arg) for arg in x.recording.args.block(x.index).T]
