"""Finding the arrays hidden among scalars: what is computed alike, at the same depth, is computed at once.

Scalars of one group have the same operation and take their arguments from the same arrays. A group becomes
an array; its members are ordered like their arguments, so that arguments are runs of an array and need not be
gathered one by one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import Any, TypeAlias

import numpy as np

from autograd.compiler.arrays.padding import neutral
from autograd.compiler.arrays.places import Places
from autograd.compiler.arrays.products import LEAST_FILL, factors
from autograd.compiler.arrays.program import (
    GRADIENT,
    NOTHING,
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
from autograd.compiler.arrays.sums import Group, Kind, alike, evened
from autograd.compiler.record.recording import CONSTANTS, PARAMETERS, SEED, Index, Source
from autograd.compiler.record.sums_of_products import Scalars
from autograd.primitive import Primitive

Row: TypeAlias = tuple[int, ...]
"""Positions of the arguments of a scalar in their arrays."""


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
    `gradient` has, for each parameter, the place of its derivative. Sums of unequal length are made equal by
    products with zero, unless `exact`: zero times an infinity would be nan. Ragged arrays become `rectangles`,
    unless the backend has loops of its own for each row.
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
        self.places = Places(len(scalars.recording.ops))
        sources = {n: op for n, op in enumerate(scalars.recording.ops) if isinstance(op, Source)}
        ranks = [self.ranks[source.array] for source in sources.values()]
        self.places.put(list(sources), ranks, [source.position for source in sources.values()])
        self.statements: list[Statement] = []
        self.derivative_along = {index: parameter for parameter, index in enumerate(gradient)}
        for index, uses in Counter(gradient).items():
            if uses > 1 or not scalars.is_only_output(index):  # it has a place of its own
                del self.derivative_along[index]

    def program(self) -> Program:
        """Group level by level: all arguments of a level have their places before it comes."""
        for level in self._levels():
            maps: dict[Any, dict[Row, list[Index]]] = defaultdict(lambda: defaultdict(list))
            sums: list[Index] = []
            for index in level:
                if index in self.scalars.args:
                    kind, row = self._mapped(index)
                    maps[kind][row].append(index)
                else:
                    sums.append(index)
            for (op, arrays), members in maps.items():
                self._map(op, arrays, list(members), list(members.values()))
            terms = [self.scalars.terms[index] for index in sums]
            for group in alike(terms, self.places, self.arrays):
                self._sum(group, [[sums[n] for n in same] for same in group.members])
        outputs = [(self.arrays[rank], at) for rank, at in self.places.of(self.scalars.outputs)]
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

    def _levels(self) -> list[list[Index]]:
        scalars = self.scalars
        depth = [-1] * (len(scalars.recording.ops) + 1)  # the last is that of a factor of one
        levels: list[list[Index]] = []
        for index in scalars.order:
            needed = scalars.args[index] if index in scalars.args else scalars.terms[index].factors
            depth[index] = max(map(depth.__getitem__, needed), default=-1) + 1
            if depth[index] == len(levels):
                levels.append([])
            levels[depth[index]].append(index)
        return levels

    def _new_array(self, op: str, members: list[list[Index]], varies: bool) -> Operand:
        """Return where a group is written: straight into the gradient if that is what its members are.

        Each member may be several scalars, such as a + b and b + a.
        """
        along = [self.derivative_along.get(same[0], -1) for same in members]
        if min(along) >= 0 and not varies:
            rank, at = self.ranks[GRADIENT], np.array(along)
        else:
            rank, at = len(self.arrays), np.arange(len(members))
            self.arrays.append(Array(op, len(members), varies))
        indices = list(chain.from_iterable(members))
        self.places.put(indices, rank, np.repeat(at, [len(same) for same in members]))
        return Operand(self.arrays[rank], at)

    # ---- one operation, element by element ------------------------------------------------------------

    def _mapped(self, index: Index) -> tuple[Any, Row]:
        """Return the operation with the arrays of its arguments, and their positions.

        All sums, maxima, … of one array are of a kind, however many scalars they take.
        """
        op = self.scalars.op[index]
        places = self.places.of(self.scalars.args[index])
        arrays = tuple([self.arrays[rank] for rank, _ in places])
        if op.arity is None and len(set(arrays)) == 1:
            arrays = arrays[:1]
        return (op, arrays), tuple([position for _, position in places])

    def _map(
        self, op: Primitive, arrays: tuple[Array, ...], rows: list[Row], members: list[list[Index]]
    ) -> None:
        if op.arity is None:
            order = np.lexsort([[len(row) for row in rows], [row[0] for row in rows]])
        else:
            at = np.array(rows)
            priority = [(array.varies, len(np.unique(at[:, n])), -n) for n, array in enumerate(arrays)]
            best_first = sorted(range(len(arrays)), key=priority.__getitem__, reverse=True)
            order = np.lexsort([at[:, n] for n in reversed(best_first)])
        out = self._new_array(op.name, [members[n] for n in order], any(array.varies for array in arrays))
        hole = neutral(op) if op.arity is None and len(arrays) == 1 else None
        if hole is not None:
            longest = max(map(len, rows))
            if sum(map(len, rows)) >= LEAST_FILL * len(rows) * longest:
                rows = [row + (NOTHING,) * (longest - len(row)) for row in rows]
        filling = 0.0 if hole is None else hole
        for chosen in _by_length(order, [len(row) for row in rows]):
            at = np.array([rows[order[n]] for n in chosen])
            sources = arrays if len(arrays) == at.shape[1] else arrays * at.shape[1]
            operands = [Operand(array, at[:, n], filling) for n, array in enumerate(sources)]
            self.statements.append(Map(op, tuple(operands), Operand(out.array, out.at[chosen])))

    # ---- sums of products -----------------------------------------------------------------------------

    def _sum(self, group: Group, members: list[list[Index]]) -> None:
        order = self._order(group)
        varies = any(
            kind.by_example and any(self.arrays[n].varies for n in (kind.left, kind.right) if n != NOTHING)
            for kind in group.kinds
        )
        out = self._new_array("sum", [members[n] for n in order], varies)
        place = np.argsort(order)
        blocks = group.blocks if self.exact else evened(group.blocks)
        for block in sorted(blocks, key=lambda block: place[block.numbers].min()):
            chosen = np.argsort(place[block.numbers])
            products = [
                self._product(kind, side[chosen, ::2], side[chosen, 1::2])
                for kind, side in zip(group.kinds, block.sides, strict=True)
            ]
            self.statements.append(
                Sum(tuple(products), Operand(out.array, out.at[place[block.numbers[chosen]]]))
            )

    def _product(self, kind: Kind, left: Positions, right: Positions) -> Product:
        left_array = self.arrays[kind.left]
        if kind.alone:
            sums = np.arange(len(left))[:, None, None]
            operand = Operand(left_array, left[:, None, :])
            return Product(not kind.by_example, kind.coefficient, operand, None, sums)
        found = factors(left, right)
        sides = Operand(left_array, found.left), Operand(self.arrays[kind.right], found.right)
        return Product(not kind.by_example, kind.coefficient, *sides, found.sums)

    def _order(self, group: Group) -> Positions:
        """Return the order of a group: of a product, the side that differs by example counts first.

        So neurons that look at several inputs, or tokens, lie input by input, as the inputs do.
        """
        columns: list[Positions] = []
        alone: list[Positions] = []
        for k, kind in enumerate(group.kinds):
            left, right = np.empty((2, len(group.members)), int)
            for block in group.blocks:
                left[block.numbers], right[block.numbers] = block.sides[k][:, 0], block.sides[k][:, 1]
            if kind.alone:
                alone.append(left)
            else:
                columns += [left, right] if self.arrays[kind.left].varies else [right, left]
        columns += sorted(alone, key=lambda column: -len(np.unique(column)))
        return np.lexsort(columns[::-1]) if columns else np.arange(len(group.members))


def _by_length(order: Positions, lengths: Sequence[Any]) -> list[Positions]:
    """Return the places in an order, together for those of equal length."""
    together: dict[Any, list[int]] = defaultdict(list)
    for place, n in enumerate(order.tolist()):
        together[lengths[n]].append(place)
    return [np.array(places) for places in together.values()]
