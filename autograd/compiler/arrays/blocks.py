"""The blocks of a product of matrices: which lie alike in memory, and in which order results should lie."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import chain, permutations
from typing import Any

import numpy as np

from autograd.compiler.arrays.program import (
    GRADIENT,
    NOTHING,
    Array,
    Positions,
    Product,
    Program,
    Sum,
    operands_of,
)
from autograd.compiler.arrays.strides import Strided, completed, strided


def kinds_of_blocks(product: Product) -> list[Positions] | None:
    """Return the numbers of the blocks that lie alike in memory, in order, for as many kinds as there are.

    Return None where blocks follow no rule, or there are more of one kind than of another.
    """
    kinds: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for block in range(len(product.sums)):
        part = blocks_of(product, np.array([block]))
        rules = [
            None if side is None else strided(side.at) or _rule(completed(side.at, side.array.size))
            for side in (part.left, part.right)
        ]
        if None in rules:
            return None
        left, right = [rule for rule in rules if rule]
        kinds[left.strides, right.strides].append((left.start, block))
    classes = [np.array([block for _, block in sorted(kind)]) for kind in kinds.values()]
    return classes if len({len(blocks) for blocks in classes}) == 1 else None


def _rule(at: Positions | None) -> Strided | None:
    return None if at is None else strided(at)


def blocks_of(product: Product, blocks: Positions) -> Product:
    """Return some of the blocks of a product, as a product."""
    left, right = product.left, product.right
    return replace(
        product,
        left=left.reading(left.at[blocks]),
        right=None if right is None else right.reading(right.at[blocks]),
        sums=product.sums[blocks],
    )


def in_rows(statement: Sum) -> Sum:
    """Return a part of the gradient that is one matrix product with its elements in rising order."""
    if statement.out.array.name != GRADIENT or len(statement.products) > 1:
        return statement
    (product,) = statement.products
    left, right, sums = product.left, product.right, product.sums
    if right is None or not product.is_matrix or len(sums) > 1 or (sums == NOTHING).any():
        return statement
    at = statement.out.at[sums[0]]
    if at[0, 0] + 1 in at[:, 0]:  # the other way round, neighbours in the gradient are neighbours in a row
        left, right, at = right, left, at.T
    rows, columns = [np.argsort(_complete_term(side.at[0]), kind="stable") for side in (left, right)]
    turned = replace(
        product,
        left=left.reading(left.at[:, rows]),
        right=right.reading(right.at[:, columns]),
        sums=np.arange(sums.size).reshape(1, *at.shape),
    )
    return Sum((turned,), statement.out.reading(at[rows][:, columns].ravel()))


def _complete_term(at: Positions) -> Positions:
    """Return the first term, a column, that every row has; at the edge of a convolution some have none."""
    return at[:, (at != NOTHING).all(0).argmax()]


def read_order(program: Program) -> dict[Array, Positions]:
    """Return for each array in which order the first that reads all of it does so."""
    found: dict[Array, Positions] = {}
    for operand in chain.from_iterable(map(operands_of, program.statements)):
        array, at = operand.array, operand.at.ravel()
        if array not in found and np.array_equal(np.sort(at), np.arange(array.size)):
            found[array] = np.argsort(at)
    return found


def in_order(sums: Positions, rank: Positions) -> tuple[int, ...]:
    """Return the order of the axes in which most neighbours among the scalars rise in rank."""

    def rising(axes: tuple[int, ...]) -> int:
        members = sums.transpose(axes).ravel()
        return int(np.count_nonzero(np.diff(rank[members[members != NOTHING]]) > 0))

    return max(permutations(range(sums.ndim)), key=rising)
