"""Ragged arrays, as those of causal attention, made rectangular, which takes no gathers to read and write.

A ragged matrix product computes padding along with the rest, which nobody asked for, and whatever is computed
from all of it goes on for the padding too. That is never read as it is: a sum that runs over a row to its end
finds the padding filled with zeros before, a maximum with minus infinity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.arrays.blocks import blocks_of, in_order, in_rows, kinds_of_blocks, read_order
from autograd.compiler.arrays.padding_value import FINITE, PaddingValue, always, result_of
from autograd.compiler.arrays.products import LEAST_FILL
from autograd.compiler.arrays.program import (
    GRADIENT,
    NOTHING,
    Array,
    Fill,
    Map,
    Operand,
    Positions,
    Product,
    Program,
    Statement,
    Sum,
)
from autograd.compiler.arrays.strides import completed, strided


@dataclass(slots=True)
class Rectangle:
    """The shape of an array with padding, where its scalars have come to lie, and what its padding holds."""

    shape: tuple[int, ...]
    index: Positions
    padding: PaddingValue

    @property
    def padded(self) -> NDArray[np.bool_]:
        """Which positions are padding."""
        padded = np.ones(int(np.prod(self.shape)), bool)
        padded[self.index] = False
        return padded


def rectangular(program: Program) -> Program:
    """Return the same program, with rectangles in place of the ragged arrays that its products begin."""
    return _Rectangles(program).program


class _Rectangles:
    """A program under reconstruction: the rectangles and the statements so far."""

    def __init__(self, program: Program) -> None:
        self.known: dict[Array, Rectangle] = {}
        self.read_order = read_order(program)
        self.statements: list[Statement] = []
        for statement in program.statements:
            moved = self._moved(statement)
            self.statements += self._begun(moved) or [self._continued(moved) or self._read(moved)]
        outputs = [
            (array, int(self.known[array].index[at]) if array in self.known else at)
            for array, at in program.outputs
        ]
        self.program = replace(program, statements=self.statements, outputs=outputs)

    # ---- what a statement reads, where it lies now -----------------------------------------------------

    def _moved(self, statement: Statement) -> Statement:
        if isinstance(statement, Map):
            return replace(statement, operands=tuple(map(self._placed, statement.operands)))
        if isinstance(statement, Sum):
            products = [
                replace(p, left=self._placed(p.left), right=p.right and self._placed(p.right))
                for p in statement.products
            ]
            return replace(statement, products=tuple(products))
        return statement

    def _placed(self, operand: Operand) -> Operand:
        if operand.array not in self.known:
            return operand
        index = self.known[operand.array].index
        return operand.reading(np.where(operand.at == NOTHING, NOTHING, index[operand.at]))

    # ---- a rectangle begins ----------------------------------------------------------------------------

    def _begun(self, statement: Statement) -> list[Statement] | None:
        """Return a ragged matrix product as one of whole rows, and make its result a rectangle.

        Blocks that lie differently in memory, as those of queries and of keys, become products of their own.
        """
        if not isinstance(statement, Sum) or len(statement.products) != 1:
            return None
        (product,) = statement.products
        is_ragged = bool((product.sums == NOTHING).any())
        if not product.is_matrix or not _is_whole(statement.out) or not (is_ragged or len(product.sums) > 1):
            return None
        classes = kinds_of_blocks(product)
        if classes is None or not (is_ragged or len(classes) > 1):
            return None
        rank = self.read_order.get(statement.out.array, np.arange(statement.out.array.size))[statement.out.at]
        classes.sort(key=lambda blocks: rank[product.sums[blocks]].ravel()[0])
        sums = np.stack([product.sums[blocks] for blocks in classes])
        axes = in_order(sums, rank)
        turned = sums.transpose(axes)
        real = np.flatnonzero(turned != NOTHING)
        out = self._widened(statement.out, turned.shape, real, turned.ravel()[real], FINITE)
        numbers = np.arange(sums.size).reshape(turned.shape).transpose(np.argsort(axes))
        begun: list[Statement] = []
        for blocks, at in zip(classes, numbers, strict=True):
            part = self._product(blocks_of(product, blocks))
            order = np.argsort(at, None)
            sums = np.argsort(order).reshape(at.shape)
            begun.append(Sum((replace(part, sums=sums),), Operand(out.array, at.ravel()[order])))
        return begun

    def _widened(
        self, out: Operand, shape: tuple[int, ...], real: Positions, members: Positions, padding: PaddingValue
    ) -> Operand:
        """Make an array a rectangle whose positions `real` are what the `members` of `out` were."""
        index = np.empty(out.array.size, int)
        index[out.at[members]] = real
        self.known[out.array] = Rectangle(shape, index, padding)
        out.array.size = int(np.prod(shape))
        return Operand(out.array, np.arange(out.array.size))

    # ---- a rectangle goes on ---------------------------------------------------------------------------

    def _continued(self, statement: Statement) -> Statement | None:
        """Return what is done with all of a rectangle as done for its padding too; its result is another."""
        if isinstance(statement, Fill):
            return None
        operands = _columns(statement)
        if operands is None or not _is_whole(statement.out):
            return None
        for leading in operands:
            whole = self._rows_of(leading)
            if whole is None:
                continue
            first, shape = whole
            spread = [self._spread(operand, leading.at - first, shape) for operand in operands]
            if None not in spread:
                columns = [operand for operand in spread if operand]
                real, members = leading.at - first, np.arange(len(leading.at))
                padded = np.setdiff1d(np.arange(np.prod(shape)), real)
                padding = result_of(statement, [self._padding(column, padded) for column in columns])
                return _with_columns(
                    statement, columns, self._widened(statement.out, shape, real, members, padding)
                )
        return None

    def _rows_of(self, operand: Operand) -> tuple[int, tuple[int, ...]] | None:
        """Return where the blocks of a rectangle begin that an operand is most of, and their shape."""
        if operand.array not in self.known or len(np.unique(operand.at)) < len(operand.at):
            return None
        rows = self.known[operand.array].shape[1:]
        row = int(np.prod(rows))
        first, last = int(operand.at.min()) // row, int(operand.at.max()) // row
        size = (last - first + 1) * row
        if len(operand.at) < LEAST_FILL * size or strided(operand.at) is not None:
            return None
        return first * row, (last - first + 1, *rows)

    def _spread(self, operand: Operand, real: Positions, shape: tuple[int, ...]) -> Operand | None:
        """Return an operand for a whole rectangle, of which it is known for the positions `real`."""
        at = np.full(shape, NOTHING)
        at.ravel()[real] = operand.at
        whole = completed(at, operand.array.size)
        return None if whole is None else operand.reading(whole.ravel())

    def _padding(self, operand: Operand, padded: Positions) -> PaddingValue:
        """Return what is known of an operand at some of its positions, which nobody asked for."""
        rectangle = self.known.get(operand.array)
        if rectangle is None:
            return FINITE
        inside = rectangle.padded[operand.at.ravel()[padded]]
        if inside.all() or not rectangle.padding.finite:
            return rectangle.padding
        return FINITE

    # ---- a rectangle is read row by row ------------------------------------------------------------------

    def _read(self, statement: Statement) -> Statement:
        """Return a statement that reads rectangles to the ends of their rows, after filling their padding."""
        if isinstance(statement, Sum):
            return in_rows(replace(statement, products=tuple(map(self._product, statement.products))))
        if isinstance(statement, Map) and len({operand.array for operand in statement.operands}) == 1:
            at = np.stack([operand.at for operand in statement.operands], -1)
            whole = self._filled(statement.operands[0].reading(at))
            columns = [whole.reading(whole.at[..., n]) for n in range(at.shape[-1])]
            return replace(statement, operands=tuple(columns))
        return statement

    def _product(self, product: Product) -> Product:
        left, right = product.left, product.right
        if right is None:
            return replace(product, left=self._filled(left))
        nothing = [(side.at == NOTHING).all(1, keepdims=True) for side in (left, right)]
        left, right = self._filled(left), self._filled(right)
        return replace(product, left=self._regular(left, nothing[1]), right=self._regular(right, nothing[0]))

    def _filled(self, operand: Operand) -> Operand:
        """Return an operand that reads padding for what it wants to be nothing, if that can be."""
        nothing = operand.at == NOTHING
        rectangle = self.known.get(operand.array)
        if rectangle is None or not nothing.any():
            return operand
        whole = completed(operand.at, operand.array.size)
        if whole is None or not rectangle.padded[whole[nothing]].all():
            return operand
        if rectangle.padding.number != operand.fill:
            self.statements.append(
                Fill(operand.fill, Operand(operand.array, np.flatnonzero(rectangle.padded)))
            )
            rectangle.padding = always(operand.fill)
        return operand.reading(whole)

    def _regular(self, operand: Operand, unused: NDArray[np.bool_]) -> Operand:
        """Return an operand in regular order, if that takes no more than other scalars where any would do."""
        if not unused.any() or (operand.at == NOTHING).any():
            return operand
        whole = completed(np.where(unused, NOTHING, operand.at), operand.array.size)
        if whole is None:
            return operand
        regular = operand.reading(whole)
        padding = self._padding(regular, np.flatnonzero(np.broadcast_to(unused, whole.shape)))
        return regular if padding.finite else operand


def _is_whole(out: Operand) -> bool:
    """Tell whether all of an array is written at once, and the array is one that may be widened."""
    return out.array.name != GRADIENT and out.array.batched and len(out.at) == out.array.size


def _columns(statement: Map | Sum) -> list[Operand] | None:
    """Return what a statement does its work on element by element, or None if it is not of that kind."""
    columns: list[Operand] = []
    if isinstance(statement, Map):
        columns += statement.operands
    else:
        for product in statement.products:
            sides = product.columns
            if sides is None:
                return None
            columns += sides
    return None if any((column.at == NOTHING).any() for column in columns) else columns


def _with_columns(statement: Map | Sum, columns: Sequence[Operand], out: Operand) -> Statement:
    """Return a statement on other columns: the inverse of `_columns`."""
    if isinstance(statement, Map):
        return Map(statement.op, tuple(columns), out)
    waiting = iter([column.reading(column.at[:, None, None]) for column in columns])
    sums = np.arange(len(out.at))[:, None, None]
    products = [
        replace(p, left=next(waiting), right=None if p.right is None else next(waiting), sums=sums)
        for p in statement.products
    ]
    return Sum(tuple(products), out)
