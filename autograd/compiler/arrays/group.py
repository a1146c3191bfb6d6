"""Finding the arrays hidden among scalars: what is computed alike, at the same depth, is computed at once.

Scalars of one group have the same operation and take their arguments from the same arrays. A group becomes
an array; its members are ordered like their arguments, so that arguments are runs of an array and need not be
gathered one by one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import prod

import numpy as np

from autograd.compiler.arrays.levels import levels
from autograd.compiler.arrays.locations import Locations
from autograd.compiler.arrays.products import LEAST_FILL, factors
from autograd.compiler.arrays.program import (
    GRADIENT,
    NOTHING,
    OWN,
    Array,
    Map,
    Operand,
    Positions,
    Product,
    Program,
    Statement,
    Sum,
)
from autograd.compiler.arrays.ragged import rectangular
from autograd.compiler.arrays.rows import count_distinct
from autograd.compiler.arrays.sums import Block, Group, Kind, Sides, grouped_by_kind, padded_blocks
from autograd.compiler.record.recording import CONSTANTS, PARAMETERS, SEED, Index
from autograd.compiler.record.segments import alike, by_number, distinct_rows
from autograd.compiler.record.sums_of_products import Scalars
from autograd.primitive import Primitive


def group(
    scalars: Scalars,
    arguments: dict[str, tuple[int, ...]],
    parameters: list[str],
    gradient: Sequence[Index] = (),
    exact: bool = False,
    rectangles: bool = True,
) -> Program:
    """Return the array program that computes the outputs of `scalars`.

    `arguments` gives the shape of each argument of the recorded function, `parameters` the names of those.
    `gradient` has, for each parameter, the index of its derivative. Sums of unequal length are made equal by
    products with zero, unless `exact`: zero times an infinity would be nan. Ragged arrays become
    `rectangles`, unless the backend has loops of its own for each row.
    """
    program = _Grouping(scalars, arguments, parameters, gradient, exact).program()
    return rectangular(program) if rectangles and not exact else program


class _Grouping:
    """A program under construction: where each scalar lies, and the statements so far."""

    def __init__(
        self,
        scalars: Scalars,
        arguments: dict[str, tuple[int, ...]],
        parameters: list[str],
        gradient: Sequence[Index],
        exact: bool,
    ) -> None:
        self.scalars = scalars
        self.exact = exact
        self.arguments = arguments
        self.parameters = parameters
        numbers = np.array(scalars.recording.constants, float)
        arrays = [Array(name, prod(shape), True) for name, shape in arguments.items()]
        arrays += [
            Array(PARAMETERS, len(parameters), False),
            Array(CONSTANTS, len(numbers), False, numbers),
            Array(SEED, 1, True),
            Array(GRADIENT, len(parameters), False),
        ]
        self.arrays = arrays
        self.ranks = {array.name: rank for rank, array in enumerate(arrays)}
        self.locations = Locations(len(scalars.depth))
        leaves = scalars.recording.leaves
        ranks = [self.ranks[leaf.array] for leaf in leaves]
        self.locations.put(np.flatnonzero(scalars.code < 0), ranks, [leaf.position for leaf in leaves])
        self.statements: list[Statement] = []
        self.derivative_along = np.full(len(scalars.recording), -1)
        for parameter, index in enumerate(gradient):
            self.derivative_along[index] = parameter
        for index, uses in Counter(gradient).items():
            if uses > 1 or not scalars.is_only_output(index):  # it lies in an array of its own
                self.derivative_along[index] = -1

    def program(self) -> Program:
        """Group level by level: all arguments of a level have their locations before it comes."""
        scalars = self.scalars
        for level in levels(scalars):
            rows = scalars.rows[level.rows]
            self.locations.put_rows(rows, scalars.args.chosen(rows))
            self._maps(scalars.others[level.others])
            for group in grouped_by_kind(scalars.terms, level.sums, self.locations, self.arrays, self.exact):
                self._sum(group, scalars.sums[level.sums[group.sums]])
        outputs = [(self.arrays[rank], at) for rank, at in self.locations.of(self.scalars.outputs)]
        arguments, parameters = self.arrays[: len(self.arguments)], self.arrays[self.ranks[PARAMETERS]]
        mean = self.scalars.recording.mean
        return Program(
            self.exact,
            mean,
            arguments,
            list(self.arguments.values()),
            parameters,
            self.parameters,
            self.arrays,
            self.statements,
            outputs,
        )

    def _new_array(self, op: str, scalars: Positions, at: Positions, batched: bool) -> Operand:
        """Let scalars lie in a new array, at these positions: equal ones, as a + b and b + a, at one.

        It is a part of the gradient if that is what all the scalars are: of two equal ones, another may be
        read by what comes after.
        """
        first = np.full(at.max() + 1, len(self.derivative_along))
        np.minimum.at(first, at, scalars)
        along = self.derivative_along[first]
        if self.derivative_along[scalars].min() >= 0 and not batched:
            rank, positions = self.ranks[GRADIENT], along
        else:
            rank, positions = len(self.arrays), np.arange(len(first))
            self.arrays.append(Array(op + "_" * (op in OWN), len(first), batched))
        self.locations.put(scalars, rank, positions[at])
        return Operand(self.arrays[rank], positions)

    # ---- one operation, element by element ------------------------------------------------------------

    def _maps(self, level: Positions) -> None:
        """Group the operations that are no sums by what is done, and with which arrays.

        All maxima, products, … of one array are of a kind, however many scalars they take.
        """
        scalars, start = self.scalars, self.scalars.args.start
        counts = start[level + 1] - start[level]
        reductions: dict[tuple[Primitive, Array], list[tuple[Positions, Positions]]] = defaultdict(list)
        for places in alike(scalars.code[level], counts):
            indices = level[places]
            op, count = scalars.operations[scalars.code[indices[0]]], counts[places[0]]
            args = scalars.args.flat[start[indices, None] + np.arange(count)]
            ranks, at = self.locations.rank[args], self.locations.position[args]
            first, ids = distinct_rows(ranks)
            for begin, same in zip(first, by_number(ids), strict=True):
                arrays = [self.arrays[rank] for rank in ranks[begin].tolist()]
                if op.arity is None and len(set(arrays)) == 1:
                    reductions[op, arrays[0]].append((indices[same], at[same]))
                else:
                    self._map(op, arrays, indices[same], at[same])
        for (op, array), parts in reductions.items():
            self._reduce(op, array, parts)

    def _map(self, op: Primitive, arrays: Sequence[Array], scalars: Positions, at: Positions) -> None:
        """Add the statement for scalars (n) made from positions (n, argument) in the arrays."""
        first, ids = distinct_rows(at)
        at = at[first]
        priority = [(array.batched, count_distinct(at[:, n]), -n) for n, array in enumerate(arrays)]
        best_first = sorted(range(len(arrays)), key=priority.__getitem__, reverse=True)
        order = np.lexsort([at[:, n] for n in reversed(best_first)])
        out = self._new_array(
            op.name, scalars, np.argsort(order)[ids], any(array.batched for array in arrays)
        )
        operands = [Operand(array, at[order, n]) for n, array in enumerate(arrays)]
        self.statements.append(Map(op, tuple(operands), out))

    def _reduce(self, op: Primitive, array: Array, parts: Sequence[tuple[Positions, Positions]]) -> None:
        """Add the statements for an operation on any number of scalars of one array.

        Each part has scalars (n) and the positions (n, argument) that they are made from.
        """
        widest = max(at.shape[1] for _, at in parts)
        rows = np.vstack(
            [np.pad(at, ((0, 0), (0, widest - at.shape[1])), constant_values=NOTHING) for _, at in parts]
        )
        first, ids = distinct_rows(rows)
        rows = rows[first]
        lengths = np.count_nonzero(rows != NOTHING, axis=1)
        order = np.lexsort([lengths, rows[:, 0]])
        scalars = np.concatenate([scalars for scalars, _ in parts])
        out = self._new_array(op.name, scalars, np.argsort(order)[ids], array.batched)
        rows, lengths = rows[order], lengths[order]
        fill = op.neutral
        if fill is not None and lengths.sum() >= LEAST_FILL * rows.size:
            lengths[:] = widest
        for length in dict.fromkeys(lengths.tolist()):
            chosen = np.flatnonzero(lengths == length)
            operands = [
                Operand(array, column, 0.0 if fill is None else fill) for column in rows[chosen, :length].T
            ]
            self.statements.append(Map(op, tuple(operands), Operand(out.array, out.at[chosen])))

    # ---- sums of products -----------------------------------------------------------------------------

    def _sum(self, group: Group, scalars: Positions) -> None:
        """Add the statements for a group of sums, which are these scalars."""
        blocks = group.blocks if self.exact else padded_blocks(group.blocks)
        order = self._order(group.kinds, blocks)
        batched = any(
            kind.by_example and any(self.arrays[n].batched for n in (kind.left, kind.right) if n != NOTHING)
            for kind in group.kinds
        )
        rank_of = np.argsort(order)
        out = self._new_array("sum", scalars, rank_of[group.member], batched)
        for block in sorted(blocks, key=lambda block: rank_of[block.numbers].min()):
            chosen = np.argsort(rank_of[block.numbers])
            products = [
                self._product(kind, sides.chosen(chosen))
                for kind, sides in zip(group.kinds, block.sides, strict=True)
            ]
            self.statements.append(
                Sum(tuple(products), Operand(out.array, out.at[rank_of[block.numbers[chosen]]]))
            )

    def _product(self, kind: Kind, sides: Sides) -> Product:
        left, right = sides
        left_array = self.arrays[kind.left]
        if right is None:
            sums = np.arange(len(left.ids))[:, None, None]
            operand = Operand(left_array, left.all()[:, None, :])
            return Product(not kind.by_example, kind.coefficient, operand, None, sums)
        found = factors(left, right)
        operands = Operand(left_array, found.left), Operand(self.arrays[kind.right], found.right)
        return Product(not kind.by_example, kind.coefficient, *operands, found.sums)

    def _order(self, kinds: Sequence[Kind], blocks: Sequence[Block]) -> Positions:
        """Return the order of a group: of a product, the side that differs by example counts first.

        So neurons that look at several inputs, or tokens, lie input by input, as the inputs do.
        """
        columns: list[Positions] = []
        alone: list[Positions] = []
        count = sum(len(block.numbers) for block in blocks)
        if count == 1:
            return np.arange(1)
        for k, kind in enumerate(kinds):
            left, right = np.empty((2, count), int)
            for block in blocks:
                for starts, rows in zip((left, right), block.sides[k].rows, strict=False):
                    starts[block.numbers] = _starts(rows.distinct)[rows.ids]
            if kind.alone:
                alone.append(left)
            else:
                by_left = self.arrays[kind.left].batched
                if by_left and self.arrays[kind.right].batched and _single(blocks, k):
                    by_left = count_distinct(left) >= count_distinct(right)
                columns += [left, right] if by_left else [right, left]
        columns += sorted(alone, key=lambda column: -count_distinct(column))
        return np.lexsort(columns[::-1]) if columns else np.arange(count)


def _starts(rows: Positions) -> Positions:
    """Return where each row starts; at the edge of a convolution, where it would if it were complete."""
    known = rows != NOTHING
    first = np.asarray(rows[np.arange(len(rows)), known.argmax(1)])
    complete = rows[known.all(1)]
    if len(complete) in (0, len(rows)):
        return first
    starts = rows - (complete[0] - complete[0, 0])
    start = np.asarray(starts[np.arange(len(rows)), known.argmax(1)])
    return start if (starts == start[:, None])[known].all() else first


def _single(blocks: Sequence[Block], k: int) -> bool:
    """Return whether each sum has one product of a kind, so that none is a product of matrices."""
    return all(block.sides[k].left.length == 1 for block in blocks)
