"""Running an array program with NumPy, one example or a whole batch at a time.

Everything that can be settled before the first run is settled then: memory, views, the order of calls. A run
is a list of calls that write into arrays that are already there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike, NDArray

from autograd.compiler import elementwise
from autograd.compiler.access import common_shape, only_number, strided
from autograd.compiler.program import GRADIENT, NOTHING, Array, Map, Operand, Positions, Product, Program, Sum
from autograd.compiler.recording import CONSTANTS, SEED
from autograd.compiler.stacking import Reduce, Stack, stacked

Numbers = NDArray[Any]


class NumpyProgram:
    """An array program bound to memory, for one size of batch."""

    def __init__(self, program: Program, batch: int, dtype: DTypeLike) -> None:
        self.program = program
        self.batch = batch
        self.dtype = np.dtype(dtype)
        self.calls: list[Callable[[], Any]] = []
        self.storage: dict[Array, Numbers] = {}
        self._free: dict[tuple[int, Any], list[Numbers]] = defaultdict(list)
        self._temporaries: list[Numbers] = []
        written = {statement.out.array for statement in program.statements}
        for array in program.arrays:
            if array not in written or array.name == GRADIENT:
                self.storage[array] = np.zeros(self._shape(array, (array.size,)), self.dtype)
                if array.name == CONSTANTS:
                    self.storage[array][:] = array.numbers
                if array.name == SEED:
                    self.storage[array][:] = 1.0 / batch if program.mean else 1.0
        last_use = _last_uses(program)
        for n, statement in enumerate(program.statements):
            if statement.out.array not in self.storage:
                array = statement.out.array
                self.storage[array] = self._buffer(self._shape(array, (array.size,)))
            if isinstance(statement, Map):
                self._map(statement)
            else:
                self._sum(statement)
            for numbers in self._temporaries + [self.storage[array] for array in last_use[n]]:
                self._free[numbers.size, numbers.dtype].append(numbers.reshape(-1))
            self._temporaries = []
        self._arguments = [self.storage[array] for array in program.arguments]
        self._parameters = self.storage[program.parameters]
        self._collect()

    def run(self, arguments: Sequence[Numbers], vector: Numbers) -> Numbers:
        """Return the results for a batch: one row, or a row for every example if any of them varies."""
        for into, argument in zip(self._arguments, arguments, strict=True):
            into[...] = argument.reshape(into.shape)
        self._parameters[...] = vector
        for call in self.calls:
            call()
        results = np.empty(self._results, self.dtype)
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
            self._results = (self.batch, *self._results)
        self._collected = []
        for array, pairs in found.items():
            places, at = np.array(pairs).T
            base = self.storage[array]
            if not array.varies and len(self._results) == 2:
                base = base[None]
            self._collected.append((_as_slice(places), base, _as_slice(at)))

    # ---- memory ---------------------------------------------------------------------------------------

    def _shape(self, array: Array, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (self.batch, *shape) if array.varies else shape

    def _buffer(self, shape: tuple[int, ...], dtype: Any = None) -> Numbers:
        size, dtype = prod(shape), np.dtype(dtype or self.dtype)
        free = self._free[size, dtype]
        return (free.pop() if free else np.empty(size, dtype)).reshape(shape)

    def _temporary(self, shape: tuple[int, ...], dtype: Any = None) -> Numbers:
        """Return memory that is free again after the statement."""
        self._temporaries.append(self._buffer(shape, dtype))
        return self._temporaries[-1]

    def _call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.calls.append(partial(function, *args, **kwargs))

    def _view(self, array: Array, at: Positions) -> Numbers | None:
        """Return the scalars at those positions without copying, or None where no view has them."""
        rule = strided(at)
        if rule is None:
            return None
        base = self.storage[array]
        step = base.strides[-1]
        strides = tuple([step * stride for stride in rule.strides])
        if array.varies:
            return as_strided(base[:, rule.start :], (self.batch, *at.shape), (base.strides[0], *strides))
        return as_strided(base[rule.start :], at.shape, strides)

    def _read(self, operand: Operand) -> Numbers:
        """Return the scalars of an operand: as a view, or in memory that they are gathered into."""
        array, at = operand.array, operand.at
        if array.name == CONSTANTS:
            return self.storage[array][at]
        view = self._view(array, at)
        if view is not None:
            return view
        gathered = self._temporary(self._shape(array, at.shape))
        self._call(self.storage[array].take, at, -1, gathered, "clip")  # "raise" would copy once more
        if (at == NOTHING).any():
            self._call(np.copyto, gathered, 0.0, where=at == NOTHING)
        return gathered

    def _number(self, operand: Operand) -> float | None:
        """Return the number that all scalars of an operand are in every run, if they are."""
        if operand.array.name != CONSTANTS:
            return None
        return only_number(self.storage[operand.array][operand.at])

    # ---- statements -----------------------------------------------------------------------------------

    def _map(self, statement: Map) -> None:
        out = statement.out
        shape = common_shape([out.at, *[operand.at for operand in statement.operands]])
        shaped = [Operand(o.array, o.at.reshape(shape)) for o in statement.operands]
        numbers = [self._number(operand) for operand in shaped]
        if None not in numbers:
            numbers[0] = None  # an operation on numbers alone is one on an array of them
        reads = [self._read(o) if x is None else x for o, x in zip(shaped, numbers, strict=True)]
        steps, symbols, result = elementwise.steps(statement.op, numbers)
        into = self._view(out.array, out.at.reshape(shape))
        target = self._temporary(self._shape(out.array, shape)) if into is None else into
        together = None
        if statement.op.arity is None and len({operand.array for operand in shaped}) == 1:
            together = stacked(steps, symbols, result)
        if together is None:
            self._elementwise(steps, dict(zip(symbols, reads, strict=True)), result, target, 1)
        else:
            steps, stack, result = together
            at = np.stack([operand.at for operand in shaped], -1)
            read = self._read(Operand(shaped[0].array, at))
            self._elementwise(steps, {stack: read}, result, target, len(shaped))
        if into is None:
            self._call(_scatter, self.storage[out.array], out.at.reshape(shape), target)

    def _elementwise(
        self, steps: list[elementwise.Step], held: dict[Any, Any], result: Any, target: Numbers, count: int
    ) -> None:
        """Emit the calls of one operation; stacks among its symbols have a further axis of `count`."""
        if result in held or not isinstance(result, elementwise.Symbol):
            self._call(np.copyto, target, held.get(result, result))
            return
        held[result] = target
        for step in steps:
            on_stack = isinstance(step.result, Stack)
            if step.result not in held:
                shape = (*target.shape, count) if on_stack else target.shape
                held[step.result] = self._temporary(shape, bool if step.result.truth else None)
            into = held[step.result]
            args = [held[a] if isinstance(a, elementwise.Symbol) else a for a in step.arguments]
            if on_stack:
                args = [
                    x[..., None] if isinstance(x, np.ndarray) and not isinstance(a, Stack) else x
                    for x, a in zip(args, step.arguments, strict=True)
                ]
            if isinstance(step, Reduce):
                self._call(step.function.reduce, args[0], -1, None, into)
            elif step.function is elementwise.where:
                self._where(into, *args)
            elif step.function in (np.maximum, np.minimum):  # these two want to be told which is the output
                self._call(step.function, *map(self._ready, args), out=into)
            else:
                self._call(step.function, *map(self._ready, args), into)

    def _where(self, into: Numbers, condition: Numbers, x: Any, y: Any) -> None:
        if _is(x, 1.0) and _is(y, 0.0):
            self._call(np.copyto, into, condition)
        else:
            self._call(np.copyto, into, y)
            self._call(np.copyto, into, x, where=condition)

    def _ready(self, x: Any) -> Any:
        """Return a number as an array, which NumPy would make of it in every run."""
        return np.array(x, self.dtype) if isinstance(x, float) else x

    def _sum(self, statement: Sum) -> None:
        out = statement.out
        shape = common_shape([out.at, *[p.left.at.ravel() for p in statement.products if _is_alone(p)]])
        into = self._view(out.array, out.at.reshape(shape))
        target = self._temporary(self._shape(out.array, shape)) if into is None else into
        if not statement.products:
            self._call(np.copyto, target, 0.0)
        for n, product in enumerate(statement.products):
            if _is_alone(product):
                part = self._read(Operand(product.left.array, product.left.at.reshape(shape)))
                self._add(part, product.coefficient, target, n > 0)
                continue
            # The product may be written where it belongs, in whatever order that lies in memory.
            whole = into is not None and (product.sums >= 0).all()
            direct = self._view(out.array, out.at[product.sums]) if whole else None
            if direct is not None and n == 0:
                self._product(product, direct)
                if product.coefficient != 1.0:
                    self._call(np.multiply, direct, self._ready(product.coefficient), direct)
                continue
            part = self._temporary(self._shape(out.array, product.sums.shape))
            self._product(product, part)
            if direct is not None:
                self._add(part, product.coefficient, direct, True)
                continue
            order = np.empty(len(out.at), int)
            order[product.sums[product.sums >= 0]] = np.flatnonzero(product.sums >= 0)
            ordered = self._temporary(self._shape(out.array, shape))
            elements = part.reshape(self._shape(out.array, (product.sums.size,)))
            self._call(elements.take, order.reshape(shape), -1, ordered, "clip")
            self._add(ordered, product.coefficient, target, n > 0)
        if into is None:
            self._call(_scatter, self.storage[out.array], out.at.reshape(shape), target)

    def _add(self, part: Any, coefficient: float, into: Numbers, written: bool) -> None:
        """Add coefficient · part to what is written, or begin with it."""
        if not written:
            self._call(np.multiply, part, self._ready(coefficient), into)
        elif coefficient == 1.0:
            self._call(np.add, into, part, into)
        elif coefficient == -1.0:
            self._call(np.subtract, into, part, into)
        else:
            scaled = self._temporary(into.shape)
            self._call(np.multiply, part, self._ready(coefficient), scaled)
            self._call(np.add, into, scaled, into)

    def _product(self, product: Product, into: Numbers) -> None:
        """Write Σ left · right, without the coefficient, to `into` of shape ([batch,] g, i, j)."""
        left = self._read(product.left)
        right_varies = product.right is not None and product.right.array.varies
        if not product.left.array.varies and (product.over_batch or (into.ndim == 4 and not right_varies)):
            left = np.broadcast_to(left, (self.batch, *left.shape))
        if product.right is None:
            if product.over_batch and left.shape[-1] == 1:
                self._call(np.matmul, np.ones(self.batch, self.dtype), left[:, :, 0, 0], into[:, 0, 0])
            elif product.over_batch:
                self._call(np.add.reduce, left, (0, -1), None, into[..., 0])
            else:
                self._call(np.add.reduce, left, -1, None, into[..., 0])
            return
        right = self._read(product.right)
        if product.over_batch:
            self._contraction(left, np.broadcast_to(right, (self.batch, *product.right.at.shape)), into)
        elif product.left.at.shape[-1] == 1:
            self._call(np.multiply, left, np.swapaxes(right, -1, -2), into)
        elif not product.is_matrix:
            self._call(_einsum, "...gik,...gjk->...gij", left, right, into)
        else:
            self._matrix_product(left, right, into)

    def _matrix_product(self, left: Numbers, right: Numbers, into: Numbers) -> None:
        if into.shape[-3] == 1:
            left, right, into = left[..., 0, :, :], right[..., 0, :, :], into[..., 0, :, :]
        if left.ndim == 2 and right.ndim == 3:  # weights times inputs: one product for the whole batch
            rows, out_rows = _merged(right), _merged(np.swapaxes(into, -1, -2))
            if rows is not None and out_rows is not None:
                self._call(np.matmul, rows, left.T, out_rows)
                return
        self._call(np.matmul, left, np.swapaxes(right, -1, -2), into)

    def _contraction(self, left: Numbers, right: Numbers, into: Numbers) -> None:
        if into.shape[0] == 1:
            rows, columns = [self._rows(np.swapaxes(side[:, 0], -1, -2)) for side in (left, right)]
            self._call(np.matmul, rows.T, columns, out=into[0])
        else:
            self._call(_einsum, "bgik,bgjk->gij", left, right, into)

    def _rows(self, side: Numbers) -> Numbers:
        """Return (batch, k, i) as rows (batch · k, i), copied if no view has them."""
        merged = _merged(side)
        if merged is None:
            copy = self._temporary(side.shape)
            self._call(np.copyto, copy, side)
            merged = copy.reshape(-1, side.shape[-1])
        return merged


def _is(x: Any, number: float) -> bool:
    return isinstance(x, float) and x == number


def _as_slice(at: Positions) -> Positions | slice:
    """Return consecutive positions as a slice, which is read without gathering."""
    first, count = int(at[0]), len(at)
    return slice(first, first + count) if np.array_equal(at, np.arange(first, first + count)) else at


def _merged(numbers: Numbers) -> Numbers | None:
    """Return (a, b, c) as a view of shape (a · b, c), or None where there is none."""
    a, b, c = numbers.shape
    outer, inner, last = numbers.strides
    if b == 1:
        inner = outer
    elif a > 1 and outer != b * inner:
        return None
    return as_strided(numbers, (a * b, c), (inner, last))


def _is_alone(product: Product) -> bool:
    """Tell whether a product is a scalar by itself, times its coefficient."""
    return product.right is None and not product.over_batch and product.left.at.shape[-1] == 1


def _last_uses(program: Program) -> dict[int, list[Array]]:
    """Return which arrays are needed no more after each statement."""
    last: dict[Array, int] = {}
    for n, statement in enumerate(program.statements):
        for array in _arrays(statement):
            last[array] = n
    for array, _ in program.outputs:
        last.pop(array, None)
    written = {statement.out.array for statement in program.statements}
    uses: dict[int, list[Array]] = defaultdict(list)
    for array, n in last.items():
        if array in written and array.name != GRADIENT:
            uses[n].append(array)
    return uses


def _arrays(statement: Map | Sum) -> set[Array]:
    if isinstance(statement, Map):
        return {operand.array for operand in (*statement.operands, statement.out)}
    sides = [side for product in statement.products for side in (product.left, product.right) if side]
    return {operand.array for operand in (*sides, statement.out)}


def _einsum(subscripts: str, left: Numbers, right: Numbers, out: Numbers) -> None:
    if out.ndim == left.ndim == right.ndim == 3:
        subscripts = subscripts.replace("...", "")
    np.einsum(subscripts, left, right, out=out)


def _scatter(base: Numbers, at: Positions, part: Any) -> None:
    base[..., at] = part
