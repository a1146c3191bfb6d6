"""Finding the arrays hidden among scalars: what is computed alike, at the same depth, is computed at once.

Scalars of one group have the same operation and take their arguments from the same arrays. A group becomes
an array; its members are ordered like their arguments, so that arguments are runs of an array and need not be
gathered one by one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.compiler.padding import absorbs_repeats, padded
from autograd.compiler.products import factors
from autograd.compiler.program import (
    GRADIENT,
    Array,
    Map,
    Operand,
    Positions,
    Product,
    Program,
    Statement,
    Sum,
)
from autograd.compiler.recording import CONSTANTS, PARAMETERS, SEED, Index, Source
from autograd.compiler.simplify import ONE, Scalars, Term
from autograd.primitive import Primitive

Row: TypeAlias = tuple[int, ...]
"""Positions of the arguments of a scalar in their arrays."""


def group(
    scalars: Scalars,
    arguments: dict[str, int],
    parameters: int,
    gradient: Sequence[Index] = (),
    exact: bool = False,
) -> Program:
    """Return the array program that computes the outputs of `scalars`.

    `arguments` gives the number of scalars in each argument of the recorded function, `parameters` how many
    there are of those. `gradient` has, for each parameter, the place of its derivative. Sums of unequal
    length are made equal by products with zero, unless `exact`: zero times an infinity would be nan.
    """
    return _Grouping(scalars, arguments, parameters, gradient, exact).program()


class Kind(NamedTuple):
    """A kind of term: a scalar `alone` or a product, of which arrays, by their rank, times what."""

    alone: bool
    by_example: bool
    coefficient: float
    left: int
    right: int


class _Grouping:
    """A program under construction: where each scalar lies, and the statements so far."""

    def __init__(
        self,
        scalars: Scalars,
        arguments: dict[str, int],
        parameters: int,
        gradient: Sequence[Index],
        exact: bool,
    ) -> None:
        self.scalars = scalars
        self.exact = exact
        self.arguments = arguments
        numbers = tuple(scalars.recording.constants)
        arrays = [Array(name, size, True) for name, size in arguments.items()]
        arrays += [
            Array(PARAMETERS, parameters, False),
            Array(CONSTANTS, len(numbers), False, numbers),
            Array(SEED, 1, True),
            Array(GRADIENT, parameters, False),
        ]
        self.named = {array.name: array for array in arrays}
        self.arrays = arrays
        self.rank = {array: rank for rank, array in enumerate(arrays)}
        self.place: dict[Index, tuple[int, int]] = {}  # the rank of its array, and the position in it
        for index, op in enumerate(scalars.recording.ops):
            if isinstance(op, Source):
                self.place[index] = self.rank[self.named[op.array]], op.position
        self.statements: list[Statement] = []
        self.derivative_along = {index: parameter for parameter, index in enumerate(gradient)}
        for index, uses in Counter(gradient).items():
            if uses > 1 or not scalars.is_only_output(index):  # it has a place of its own
                del self.derivative_along[index]

    def program(self) -> Program:
        """Group level by level: all arguments of a level have their places before it comes."""
        for level in self._levels():
            maps: dict[Any, dict[Row, list[Index]]] = defaultdict(lambda: defaultdict(list))
            sums: dict[Any, dict[tuple[Row, ...], list[Index]]] = defaultdict(lambda: defaultdict(list))
            for index in level:
                if index in self.scalars.args:
                    kind, row = self._mapped(index)
                    maps[kind][row].append(index)
                else:
                    kinds, rows = self._classified(self.scalars.terms[index])
                    sums[kinds][rows].append(index)
            for (op, arrays), members in maps.items():
                self._map(op, arrays, list(members), self._without_twins(members))
            for kinds, sums_of_kind in sums.items():
                self._sum(kinds, list(sums_of_kind), self._without_twins(sums_of_kind))
            together = [same for members in maps.values() for same in members.values()]
            together += [same for members in sums.values() for same in members.values()]
            for first, *twins in together:  # a + b and b + a
                for twin in twins:
                    self.place[twin] = self.place[first]
        places = [(self.arrays[rank], at) for rank, at in map(self.place.__getitem__, self.scalars.outputs)]
        arguments = self.arrays[: len(self.arguments)]
        mean = self.scalars.recording.mean
        return Program(mean, arguments, self.named[PARAMETERS], self.arrays, self.statements, places)

    @staticmethod
    def _without_twins(members: dict[Any, list[Index]]) -> list[Index]:
        return [same[0] for same in members.values()]

    def _levels(self) -> list[list[Index]]:
        depth: dict[Index, int] = {}
        levels: list[list[Index]] = []
        for index in self.scalars.order:
            below = -1
            if index in self.scalars.args:
                for arg in self.scalars.args[index]:
                    below = max(below, depth.get(arg, -1))
            else:
                for _, _, left, right in self.scalars.terms[index]:
                    below = max(below, depth.get(left, -1), depth.get(right, -1))
            depth[index] = below + 1
            if below + 1 == len(levels):
                levels.append([])
            levels[below + 1].append(index)
        return levels

    def _new_array(self, op: str, indices: list[Index], varies: bool) -> Operand:
        """Return where a group is written: straight into the gradient if that is what its members are."""
        along = [self.derivative_along.get(index, -1) for index in indices]
        if min(along) >= 0 and not varies:
            array, at = self.named[GRADIENT], np.array(along)
        else:
            array, at = Array(op, len(indices), varies), np.arange(len(indices))
            self.rank[array] = len(self.arrays)
            self.arrays.append(array)
        for index, position in zip(indices, at.tolist(), strict=True):
            self.place[index] = self.rank[array], position
        return Operand(array, at)

    # ---- one operation, element by element ------------------------------------------------------------

    def _mapped(self, index: Index) -> tuple[Any, Row]:
        """Return the operation with the arrays of its arguments, and their positions.

        All sums, maxima, … of one array are of a kind, however many scalars they take.
        """
        op = self.scalars.op[index]
        places = [self.place[arg] for arg in self.scalars.args[index]]
        arrays = tuple([self.arrays[rank] for rank, _ in places])
        if op.arity is None and len(set(arrays)) == 1:
            arrays = arrays[:1]
        row = tuple([position for _, position in places])
        if len(arrays) == 1 and op.arity is None and absorbs_repeats(op):
            row = tuple(dict.fromkeys(row))  # max(x, x) is max(x)
        return (op, arrays), row

    def _map(self, op: Primitive, arrays: tuple[Array, ...], rows: list[Row], indices: list[Index]) -> None:
        if op.arity is None:
            order = np.lexsort([[len(row) for row in rows], [row[0] for row in rows]])
        else:
            at = np.array(rows)
            priority = [(array.varies, len(np.unique(at[:, n])), -n) for n, array in enumerate(arrays)]
            best_first = sorted(range(len(arrays)), key=priority.__getitem__, reverse=True)
            order = np.lexsort([at[:, n] for n in reversed(best_first)])
        out = self._new_array(op.name, [indices[n] for n in order], any(array.varies for array in arrays))
        if op.arity is None and len(arrays) == 1 and absorbs_repeats(op):
            longest = max(map(len, rows))
            rows = [row + row[:1] * (longest - len(row)) for row in rows]
        for chosen in _by_length(order, [len(row) for row in rows]):
            at = np.array([rows[order[n]] for n in chosen])
            sources = arrays if len(arrays) == at.shape[1] else arrays * at.shape[1]
            operands = [Operand(array, at[:, n]) for n, array in enumerate(sources)]
            self.statements.append(Map(op, tuple(operands), Operand(out.array, out.at[chosen])))

    # ---- sums of products -----------------------------------------------------------------------------

    def _classified(self, terms: list[Term]) -> tuple[tuple[Kind, ...], tuple[Row, ...]]:
        """Return what kinds of term there are, and for each the positions: left, right, left, right, …"""
        rows: dict[Any, list[tuple[int, int]]] = defaultdict(list)
        place, arrays = self.place, self.arrays
        for over_batch, coefficient, left, right in terms:
            first, first_at = place[left]
            if right == ONE:
                rows[True, not over_batch, coefficient, first, -1].append((first_at, -1))
                continue
            second, second_at = place[right]
            # Weights stand on the left, and else what was computed last; equal arrays stay as written.
            if (arrays[first].varies, -first) > (arrays[second].varies, -second):
                first, first_at, second, second_at = second, second_at, first, first_at
            rows[False, not over_batch, coefficient, first, second].append((first_at, second_at))
        kinds = sorted(rows)
        flat = [tuple(chain.from_iterable(sorted(rows[kind]))) for kind in kinds]
        return tuple([Kind(*kind) for kind in kinds]), tuple(flat)

    def _sum(self, kinds: tuple[Kind, ...], rows: list[tuple[Row, ...]], indices: list[Index]) -> None:
        firsts = np.array([[position for row in sides for position in row[:2]] for sides in rows])
        order = np.lexsort(self._sum_order(kinds, firsts)[::-1]) if kinds else np.arange(len(rows))
        varies = any(
            kind.by_example and any(self.arrays[n].varies for n in (kind.left, kind.right) if n >= 0)
            for kind in kinds
        )
        out = self._new_array("sum", [indices[n] for n in order], varies)
        if not self.exact:
            rows = padded(rows)
        for chosen in _by_length(order, [tuple(map(len, sides)) for sides in rows]):
            products = []
            for k, kind in enumerate(kinds):
                pairs = np.array([rows[order[n]][k] for n in chosen]).reshape(len(chosen), -1, 2)
                products.append(self._product(kind, pairs[..., 0], pairs[..., 1]))
            self.statements.append(Sum(tuple(products), Operand(out.array, out.at[chosen])))

    def _product(self, kind: Kind, left: Positions, right: Positions) -> Product:
        left_array = self.arrays[kind.left]
        if kind.alone:
            sums = np.arange(len(left))[:, None, None]
            operand = Operand(left_array, left[:, None, :])
            return Product(not kind.by_example, kind.coefficient, operand, None, sums)
        found = factors(left, right)
        sides = Operand(left_array, found.left), Operand(self.arrays[kind.right], found.right)
        return Product(not kind.by_example, kind.coefficient, *sides, found.sums)

    def _sum_order(self, kinds: Sequence[Kind], firsts: Positions) -> list[Positions]:
        """Return the columns to order a group by: of a product, the side that differs by example comes first.

        So neurons that look at several inputs, or tokens, lie input by input, as the inputs do.
        """
        columns: list[Positions] = []
        alone: list[Positions] = []
        for n, kind in enumerate(kinds):
            left, right = firsts[:, 2 * n], firsts[:, 2 * n + 1]
            if kind.alone:
                alone.append(left)
            else:
                columns += [left, right] if self.arrays[kind.left].varies else [right, left]
        return columns + sorted(alone, key=lambda column: -len(np.unique(column)))


def _by_length(order: Positions, lengths: Sequence[Any]) -> list[Positions]:
    """Return the places in an order, together for those of equal length."""
    together: dict[Any, list[int]] = defaultdict(list)
    for place, n in enumerate(order.tolist()):
        together[lengths[n]].append(place)
    return [np.array(places) for places in together.values()]
