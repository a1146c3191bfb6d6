"""The array program: what a backend runs, over a whole batch, in place of the scalars that were recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.record.recording import CONSTANTS, PARAMETERS, SEED
from autograd.primitive import Primitive

Positions: TypeAlias = NDArray[np.int64]

GRADIENT = "gradient"
"""The array with the derivative along each parameter."""

OWN = (PARAMETERS, CONSTANTS, SEED, GRADIENT)
"""What arrays of arguments and results of operations may not be called: these are known by their names."""

NOTHING = -1
"""The position of what fills up a shorter sum, or the shorter arguments of another operation."""


@dataclass(eq=False, slots=True)
class Array:
    """One row of `size` scalars, or one row for every example of the batch if it is `batched`.

    `numbers` are what the array of constants holds; operands ask for theirs.
    """

    name: str
    size: int
    batched: bool
    numbers: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Operand:
    """Scalars of an array, picked by their positions; the shape of the positions is that of the operand.

    Position NOTHING stands for the number `fill`.
    """

    array: Array
    at: Positions
    fill: float = 0.0

    @property
    def numbers(self) -> NDArray[np.float64] | None:
        """What scalars of the array of constants are worth, padding included; None for another array."""
        known = self.array.numbers
        return None if known is None else np.where(self.at == NOTHING, self.fill, known[self.at])

    def reading(self, at: Positions) -> Operand:
        """Return the same for other positions."""
        return Operand(self.array, at, self.fill)


@dataclass(frozen=True, eq=False, slots=True)
class Map:
    """out[i] = op(operands[0][i], operands[1][i], …), element by element."""

    op: Primitive
    operands: tuple[Operand, ...]
    out: Operand


@dataclass(frozen=True, eq=False, slots=True)
class Product:
    """coefficient · Σₖ left[g, i, k] · right[g, j, k], a matrix product for every g, as a part of a Sum.

    Summed over the batch as well if `sum_over_batch`. `right` is None for a factor of one; then j has size 1.
    `sums[g, i, j]` is the number of the sum that the element belongs to, -1 if to none.
    """

    sum_over_batch: bool
    coefficient: float
    left: Operand
    right: Operand | None
    sums: Positions

    @property
    def is_matrix(self) -> bool:
        """Whether this is one matrix product or several, and no more than products of aligned rows."""
        blocks, rows, columns = self.sums.shape
        return self.right is not None and (blocks == 1 or rows > 1 or columns > 1)

    @property
    def columns(self) -> list[Operand] | None:
        """The one or two operands multiplied element by element, in the order of the sums.

        None where a product is more than that.
        """
        if self.sum_over_batch or self.left.at.shape[-1] != 1 or (self.sums == NOTHING).any():
            return None
        positions = positions_of(self.sums)
        _, rows, columns = self.sums.shape
        left = self.left.at.repeat(columns, axis=2).ravel()[positions]
        if self.right is None:
            return [self.left.reading(left)]
        right = self.right.at.transpose(0, 2, 1).repeat(rows, axis=1).ravel()[positions]
        return [self.left.reading(left), self.right.reading(right)]


def positions_of(sums: Positions) -> Positions:
    """Return where each sum lies among all elements of a layout such as `Product.sums`."""
    filled = np.flatnonzero(sums != NOTHING)
    positions = np.empty(len(filled), int)
    positions[sums.ravel()[filled]] = filled
    return positions


@dataclass(frozen=True, eq=False, slots=True)
class Sum:
    """out = the sum of its products, each of which has an element for each of out."""

    products: tuple[Product, ...]
    out: Operand


@dataclass(frozen=True, eq=False, slots=True)
class Fill:
    """out = number, where the array holds nothing that anybody asked for."""

    number: float
    out: Operand


Statement: TypeAlias = Map | Sum | Fill


def operands_of(statement: Statement) -> list[Operand]:
    """Return what a statement reads."""
    if isinstance(statement, Map):
        return list(statement.operands)
    if isinstance(statement, Fill):
        return []
    return [side for p in statement.products for side in (p.left, p.right) if side is not None]


@dataclass(frozen=True, eq=False)
class Program:
    """Statements in order, the arrays they use, and where each result lies: (array, position).

    `shapes` are those of the arguments without their batch axis, `names` those of the parameters. The seed is
    one over the size of the batch if the results are a `mean`, and 1 otherwise. Unless `exact`, the results
    are right if they are finite.
    """

    exact: bool
    mean: bool
    arguments: list[Array]
    shapes: list[tuple[int, ...]]
    parameters: Array
    names: list[str]
    arrays: list[Array]
    statements: list[Statement]
    outputs: list[tuple[Array, int]]
