"""The shapes in which arrays are held: as they are computed, until somebody needs another.

Rows that are flattened after every statement read badly. And of a statement along one axis, joined with one
that adds a bias to each row, XLA makes a loop that computes one number at a time: a sigmoid took 570 µs in
place of 170.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations
from typing import TypeAlias

import numpy as np

from autograd.compiler.arrays.program import Array, Operand, Positions
from autograd.compiler.backends.lowering import Addend, Combination, Contraction, Elementwise, Lowered
from autograd.compiler.backends.source.expressions import flat, reshaped

Shapes: TypeAlias = Mapping[Array, tuple[int, ...]]
"""The shape of each array that has more axes than one behind the batch axis."""


def in_one_axis(name: str, array: Array, shapes: Shapes) -> str:
    """Return the expression for an array of that name, its scalars on one axis."""
    return flat(name, shapes[array], array.batched) if array in shapes else name


def directly(text: str, name: str, array: Array, shapes: Shapes) -> str:
    """Return an expression of an array in one axis as one of the array in the shape that it has."""
    if array not in shapes:
        return text
    detour = in_one_axis(name, array, shapes) + ".reshape("
    same = reshaped(name, [*[-1] * array.batched, *shapes[array]])
    return text.replace(detour, f"{name}.reshape(").replace(same, name)


def in_shape_of_operands(statement: Lowered, shapes: Shapes) -> Lowered:
    """Return a statement on whole arrays in the shape of those, or in that in which a product comes out."""
    if statement.out.at.ndim != 1 or (isinstance(statement, Elementwise) and statement.row is not None):
        return statement
    shape = max(
        [shapes[o.array] for o in _elementwise(statement) if _is_whole(o, shapes)], key=len, default=()
    )
    if isinstance(statement, Combination) and not shape:
        products = [a.factors for a in statement.addends if isinstance(a.factors, Contraction)]
        shape = next((s for product in products if (s := _shape_in_order(product.sums))), ())
    if len(shape) < 2:
        return statement

    def shaped(operand: Operand) -> Operand:
        return operand.reading(operand.at.reshape(shape))

    if isinstance(statement, Elementwise):
        return replace(statement, operands=[*map(shaped, statement.operands)], out=shaped(statement.out))
    addends = [
        addend
        if isinstance(addend.factors, Contraction)
        else Addend(addend.coefficient, [*map(shaped, addend.factors)])
        for addend in statement.addends
    ]
    return Combination(addends, shaped(statement.out))


def _elementwise(statement: Lowered) -> list[Operand]:
    if isinstance(statement, Elementwise):
        return statement.operands
    return [side for a in statement.addends if not isinstance(a.factors, Contraction) for side in a.factors]


def _is_whole(operand: Operand, shapes: Shapes) -> bool:
    return operand.array in shapes and np.array_equal(operand.at, np.arange(operand.array.size))


def order_of_axes(sums: Positions) -> tuple[int, ...] | None:
    """Return the order of the axes of a product's result in which its sums follow each other, or None."""
    count = np.arange(sums.size)
    orders = permutations(range(sums.ndim))
    return next((order for order in orders if np.array_equal(sums.transpose(order).ravel(), count)), None)


def _shape_in_order(sums: Positions) -> tuple[int, ...]:
    """Return the shape of that result with its axes in that order, () if there is none."""
    order = order_of_axes(sums)
    return () if order is None else sums.transpose(order).shape
