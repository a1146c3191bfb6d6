"""Running an array program with NumPy, one example or a whole batch at a time.

Everything that can be settled before the first run is settled then: memory, views, the order of calls. A run
is a list of calls that write into arrays that are already there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import copysign, inf, isfinite, prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.compiler.arrays.program import NOTHING, Array, Fill, Operand, Positions, Program, positions_of
from autograd.compiler.backends.backend import Backend, Numbers, Run
from autograd.compiler.backends.elementwise import instructions, ufunc
from autograd.compiler.backends.lowering import Combination, Contraction, Elementwise, lowered
from autograd.compiler.backends.numpy.memory import Memory
from autograd.compiler.backends.numpy.products import write_contraction
from autograd.notation.listing import Instruction, Symbol, listed_on_row

FEW = 8
"""Up to so many members a row is joined column by column."""


class NumpyProgram:
    """An array program bound to memory, for one size of batch."""

    def __init__(self, program: Program, batch: int, dtype: DTypeLike) -> None:
        self.program = program
        self.memory = Memory(program, batch, dtype)
        for n, statement in enumerate(program.statements):
            self.memory.begin(statement)
            if isinstance(statement, Fill):
                self._fill(statement)
            else:
                low = lowered(statement)
                self._map(low) if isinstance(low, Elementwise) else self._sum(low)
            self.memory.end(n)
        given = zip(program.arguments, program.shapes, strict=True)
        self._arguments = [self.memory.storage[array].reshape(batch, *shape) for array, shape in given]
        self._parameters = self.memory.storage[program.parameters]
        self._collect()

    @np.errstate(all="ignore")
    def run(self, arguments: Sequence[Numbers], vector: Numbers) -> tuple[Numbers, bool]:
        """Return the results for a batch as `Run` says."""
        for into, argument in zip(self._arguments, arguments, strict=True):
            into[...] = argument
        self._parameters[...] = vector
        for call in self.memory.calls:
            call()
        results = np.empty(self._results, self.memory.dtype)
        for places, base, at in self._collected:
            results[..., places] = base[..., at]
        return results, isfinite(results.reshape(-1).dot(self._ones))

    def _collect(self) -> None:
        """Settle where each result comes from."""
        found: dict[Array, list[tuple[int, int]]] = defaultdict(list)
        for place, (array, position) in enumerate(self.program.outputs):
            found[array].append((place, position))
        self._results: tuple[int, ...] = (len(self.program.outputs),)
        if any(array.batched for array in found):
            self._results = (self.memory.batch, *self._results)
        self._ones = np.ones(prod(self._results), self.memory.dtype)  # a product with it is a fast sum
        self._collected = []
        for array, pairs in found.items():
            places, at = np.array(pairs).T
            base = self.memory.storage[array]
            if not array.batched and len(self._results) == 2:
                base = base[None]
            self._collected.append((_as_slice(places), base, _as_slice(at)))

    # ---- statements -----------------------------------------------------------------------------------

    def _map(self, statement: Elementwise) -> None:
        out, op = statement.out, statement.op
        target, in_place = self._target(out)
        row = statement.row
        written = None if row is None else listed_on_row(op.impl, len(statement.operands))
        if row is not None and written is not None:
            reads: list[Any] = [self.memory.read(row)]
        else:
            numbers = [self.memory.number(operand) for operand in statement.operands]
            if None not in numbers:
                numbers[0] = None  # an operation on numbers alone is one on an array of them
            reads = [
                self.memory.read(operand) if number is None else number
                for operand, number in zip(statement.operands, numbers, strict=True)
            ]
            written = instructions(op, numbers, self.program.exact)
        calls, symbols, result = written
        held = dict(zip(symbols, reads, strict=True))
        self._elementwise(calls, held, result, target, len(statement.operands))
        if not in_place:
            self.memory.call(_scatter, self.memory.storage[out.array], out.at, target)

    def _elementwise(
        self, calls: list[Instruction], held: dict[Any, Any], result: Any, target: Numbers, count: int
    ) -> None:
        """Emit the calls of one operation; rows among its symbols have a further axis of `count`."""
        if not isinstance(result, Symbol) or result in held:
            self.memory.call(np.copyto, target, held.get(result, result))
            return
        held[result] = target
        for call in calls:
            if call.result not in held:
                shape = (*target.shape, count) if call.result.row else target.shape
                held[call.result] = self.memory.temporary(shape, bool if call.result.is_condition else None)
            into = held[call.result]
            args = [held[a] if isinstance(a, Symbol) else a for a in call.arguments]
            function = ufunc(call.function, args)
            if call.joins:
                # NumPy begins a sum with 0, and so makes 0 of -0.
                begin = [False, -0.0] if function is np.add else []
                if 1 < count <= FEW:
                    self._join_few(function, args[0], into)
                else:
                    self.memory.call(function.reduce, args[0], -1, None, into, *begin)
                continue
            if call.result.row:
                args = [
                    x[..., None] if isinstance(a, Symbol) and not a.row else x
                    for x, a in zip(args, call.arguments, strict=True)
                ]
            if function is np.where:
                self._where(into, *args)
            elif function in (np.maximum, np.minimum):  # these two want to be told which is the output
                self.memory.call(function, *map(self._ready, args), out=into)
            else:
                self.memory.call(function, *map(self._ready, args), into)

    def _join_few(self, function: Any, row: Numbers, into: Numbers) -> None:
        """Join the members of short rows one after the other, where NumPy would go through row by row."""
        self.memory.call(function, row[..., 0], row[..., 1], out=into)
        for place in range(2, row.shape[-1]):
            self.memory.call(function, into, row[..., place], out=into)

    def _where(self, into: Numbers, condition: Numbers, x: Any, y: Any) -> None:
        if _is(x, 1.0) and _is(y, 0.0):
            self.memory.call(np.copyto, into, condition)
        else:
            self.memory.call(np.copyto, into, y)
            self.memory.call(np.copyto, into, x, where=condition)

    def _ready(self, x: Any) -> Any:
        """Return a number as an array, which NumPy would make of it in every run."""
        return np.array(x, self.memory.dtype) if isinstance(x, float) else x

    def _sum(self, statement: Combination) -> None:
        out = statement.out
        target, in_place = self._target(out)
        if not statement.addends:
            self.memory.call(np.copyto, target, 0.0)
        for n, addend in enumerate(statement.addends):
            product, coefficient = addend.factors, addend.coefficient
            if not isinstance(product, Contraction):
                self._add([*map(self.memory.read, product)], coefficient, target, n > 0)
                continue
            # It may be written where it belongs, in whatever order that lies in memory.
            whole = in_place and (product.sums != NOTHING).all()
            direct = self.memory.view(out.array, out.at.ravel()[product.sums]) if whole else None
            part = direct if n == 0 and product.batched == out.array.batched else None
            if part is None:
                part = self.memory.temporary(self.memory.shape(product.batched, product.sums.shape))
            write_contraction(self.memory, product, part)
            if direct is None:
                part = self._in_order(part, product, out.at.shape)
            self._add([part], coefficient, target if direct is None else direct, n > 0)
        if not in_place:
            self.memory.call(_scatter, self.memory.storage[out.array], out.at, target)

    def _in_order(self, part: Numbers, product: Contraction, shape: tuple[int, ...]) -> Numbers:
        """Return the elements of a product that are sums, taken from all of them in the order of the sums."""
        ordered = self.memory.temporary(self.memory.shape(product.batched, shape))
        elements = part.reshape(self.memory.shape(product.batched, (product.sums.size,)))
        self.memory.call(elements.take, positions_of(product.sums).reshape(shape), -1, ordered, "clip")
        return ordered

    def _target(self, out: Operand) -> tuple[Numbers, bool]:
        """Return where a statement writes, and whether that is in place, or in memory to scatter from."""
        view = self.memory.view(out.array, out.at)
        if view is not None:
            return view, True
        return self.memory.temporary(self.memory.shape(out.array.batched, out.at.shape)), False

    def _fill(self, statement: Fill) -> None:
        array, number = self.memory.storage[statement.out.array], statement.number
        if number == -inf:  # no number is less, and this is several times as fast as a choice
            bound = np.full(statement.out.array.size, inf, self.memory.dtype)
            bound[statement.out.at] = number
            self.memory.call(np.minimum, array, bound, out=array)
            return
        padding = np.zeros(statement.out.array.size, bool)
        padding[statement.out.at] = True
        self.memory.call(np.copyto, array, self._ready(number), where=padding)

    def _add(self, factors: list[Numbers], coefficient: float, into: Numbers, written: bool) -> None:
        """Add coefficient · factors, one or two, to what is written, or begin with it."""
        part = factors[0]
        if len(factors) > 1:
            part = self.memory.temporary(into.shape) if written else into
            self.memory.call(np.multiply, *factors, part)
        if not written:
            if part is not into or coefficient != 1.0:
                self.memory.call(np.multiply, part, self._ready(coefficient), into)
        elif coefficient == 1.0:
            self.memory.call(np.add, into, part, into)
        elif coefficient == -1.0:
            self.memory.call(np.subtract, into, part, into)
        else:
            scaled = self.memory.temporary(into.shape)
            self.memory.call(np.multiply, part, self._ready(coefficient), scaled)
            self.memory.call(np.add, into, scaled, into)


class NumpyBackend(Backend):
    """Programs bound to memory, which a run reuses: they need NumPy alone."""

    def bind(self, program: Program, batch: int, dtype: np.dtype[Any]) -> Run:
        return NumpyProgram(program, batch, dtype).run


def _is(x: Any, number: float) -> bool:
    return isinstance(x, float) and x == number and copysign(1.0, x) == copysign(1.0, number)


def _as_slice(at: Positions) -> Positions | slice:
    """Return consecutive positions as a slice, which is read without gathering."""
    first, count = int(at[0]), len(at)
    return slice(first, first + count) if np.array_equal(at, np.arange(first, first + count)) else at


def _scatter(base: Numbers, at: Positions, part: Any) -> None:
    base[..., at] = part
