"""Running an array program with NumPy, one example or a whole batch at a time.

Everything that can be settled before the first run is settled then: memory, views, the order of calls. A run
is a list of calls that write into arrays that are already there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd.compiler.arrays.program import Array, Fill, Map, Positions, Program, Sum, places_of
from autograd.compiler.arrays.strides import common_shape
from autograd.compiler.backends.backend import Backend, Numbers, Run
from autograd.compiler.backends.elementwise import instructions, instructions_on_row, ufunc
from autograd.compiler.backends.numpy_memory import Memory
from autograd.compiler.backends.numpy_products import write_product
from autograd.listing import Instruction, Symbol


class NumpyProgram:
    """An array program bound to memory, for one size of batch."""

    def __init__(self, program: Program, batch: int, dtype: DTypeLike) -> None:
        self.program = program
        self.memory = Memory(program, batch, dtype)
        for n, statement in enumerate(program.statements):
            self.memory.begin(statement)
            if isinstance(statement, Map):
                self._map(statement)
            elif isinstance(statement, Sum):
                self._sum(statement)
            else:
                self._fill(statement)
            self.memory.end(n)
        self._arguments = [self.memory.storage[array] for array in program.arguments]
        self._parameters = self.memory.storage[program.parameters]
        self._collect()

    def run(self, arguments: Sequence[Numbers], vector: Numbers) -> Numbers:
        """Return the results for a batch: one row, or a row for every example if any of them varies."""
        for into, argument in zip(self._arguments, arguments, strict=True):
            into[...] = argument.reshape(into.shape)
        self._parameters[...] = vector
        for call in self.memory.calls:
            call()
        results = np.empty(self._results, self.memory.dtype)
        for places, base, at in self._collected:
            results[..., places] = base[..., at]
        return results

    def _collect(self) -> None:
        """Settle where each result comes from."""
        found: dict[Array, list[tuple[int, int]]] = defaultdict(list)
        for place, (array, position) in enumerate(self.program.outputs):
            found[array].append((place, position))
        self._results: tuple[int, ...] = (len(self.program.outputs),)
        if any(array.varies for array in found):
            self._results = (self.memory.batch, *self._results)
        self._collected = []
        for array, pairs in found.items():
            places, at = np.array(pairs).T
            base = self.memory.storage[array]
            if not array.varies and len(self._results) == 2:
                base = base[None]
            self._collected.append((_as_slice(places), base, _as_slice(at)))

    # ---- statements -----------------------------------------------------------------------------------

    def _map(self, statement: Map) -> None:
        out = statement.out
        shape = common_shape([out.at, *[operand.at for operand in statement.operands]])
        shaped = [o.reading(o.at.reshape(shape)) for o in statement.operands]
        into = self.memory.view(out.array, out.at.reshape(shape))
        target = self.memory.temporary(self.memory.shape(out.array, shape)) if into is None else into
        one_array = statement.op.arity is None and len({operand.array for operand in shaped}) == 1
        written = instructions_on_row(statement.op, len(shaped)) if one_array else None
        if written is not None:
            at = np.stack([operand.at for operand in shaped], -1)
            reads: list[Any] = [self.memory.read(shaped[0].reading(at))]
        else:
            numbers = [self.memory.number(operand) for operand in shaped]
            if None not in numbers:
                numbers[0] = None  # an operation on numbers alone is one on an array of them
            reads = [self.memory.read(o) if x is None else x for o, x in zip(shaped, numbers, strict=True)]
            written = instructions(statement.op, numbers, self.program.exact)
        calls, symbols, result = written
        self._elementwise(calls, dict(zip(symbols, reads, strict=True)), result, target, len(shaped))
        if into is None:
            self.memory.call(_scatter, self.memory.storage[out.array], out.at.reshape(shape), target)

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
            function = ufunc(call.function)
            if call.joins:
                # NumPy begins a sum with 0, and so makes 0 of -0.
                begin = [False, -0.0] if function is np.add and self.program.exact else []
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

    def _where(self, into: Numbers, condition: Numbers, x: Any, y: Any) -> None:
        if _is(x, 1.0) and _is(y, 0.0):
            self.memory.call(np.copyto, into, condition)
        else:
            self.memory.call(np.copyto, into, y)
            self.memory.call(np.copyto, into, x, where=condition)

    def _ready(self, x: Any) -> Any:
        """Return a number as an array, which NumPy would make of it in every run."""
        return np.array(x, self.memory.dtype) if isinstance(x, float) else x

    def _sum(self, statement: Sum) -> None:
        out = statement.out
        columns = [product.columns for product in statement.products]
        shape = common_shape([out.at, *[c.at for sides in columns for c in sides or ()]])
        into = self.memory.view(out.array, out.at.reshape(shape))
        target = self.memory.temporary(self.memory.shape(out.array, shape)) if into is None else into
        if not statement.products:
            self.memory.call(np.copyto, target, 0.0)
        for n, (product, sides) in enumerate(zip(statement.products, columns, strict=True)):
            if sides:
                parts = [self.memory.read(side.reading(side.at.reshape(shape))) for side in sides]
                self._add(parts, product.coefficient, target, n > 0)
                continue
            # The product may be written where it belongs, in whatever order that lies in memory.
            whole = into is not None and (product.sums >= 0).all()
            direct = self.memory.view(out.array, out.at[product.sums]) if whole else None
            if direct is not None and n == 0:
                write_product(self.memory, product, direct)
                if product.coefficient != 1.0:
                    self.memory.call(np.multiply, direct, self._ready(product.coefficient), direct)
                continue
            part = self.memory.temporary(self.memory.shape(out.array, product.sums.shape))
            write_product(self.memory, product, part)
            if direct is not None:
                self._add([part], product.coefficient, direct, True)
                continue
            ordered = self.memory.temporary(self.memory.shape(out.array, shape))
            elements = part.reshape(self.memory.shape(out.array, (product.sums.size,)))
            self.memory.call(elements.take, places_of(product.sums).reshape(shape), -1, ordered, "clip")
            self._add([ordered], product.coefficient, target, n > 0)
        if into is None:
            self.memory.call(_scatter, self.memory.storage[out.array], out.at.reshape(shape), target)

    def _fill(self, statement: Fill) -> None:
        array, number = self.memory.storage[statement.out.array], statement.number
        if number == -inf:  # no number is less, and this is several times as fast as a choice
            bound = np.full(statement.out.array.size, inf, self.memory.dtype)
            bound[statement.out.at] = number
            self.memory.call(np.minimum, array, bound, out=array)
            return
        holes = np.zeros(statement.out.array.size, bool)
        holes[statement.out.at] = True
        self.memory.call(np.copyto, array, self._ready(number), where=holes)

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
    return isinstance(x, float) and x == number


def _as_slice(at: Positions) -> Positions | slice:
    """Return consecutive positions as a slice, which is read without gathering."""
    first, count = int(at[0]), len(at)
    return slice(first, first + count) if np.array_equal(at, np.arange(first, first + count)) else at


def _scatter(base: Numbers, at: Positions, part: Any) -> None:
    base[..., at] = part
