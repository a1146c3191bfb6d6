"""Which statements of a program share a nest of loops, when each runs, and where its results are kept.

A statement of single elements joins the nest that computes what it reads, element for element: what passes
between them stays in a register, and what nobody else reads is never stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np

from autograd.compiler.arrays.program import (
    Array,
    Map,
    Operand,
    Positions,
    Product,
    Program,
    Sum,
    operands_of,
)
from autograd.compiler.backends.native.emit.powers import with_powers_shared


class Phase(IntEnum):
    """When a nest runs: before all examples, for a block, for all blocks of a chunk, after the last."""

    BEFORE, BLOCK, CHUNK, AFTER = range(4)


SHORT, MANY = 8, 32
"""Many sums over the batch of few terms are put off until all blocks of a chunk can add to each at once."""

LARGE = 2_000
"""From how many numbers of an example on the blocks of a chunk share memory: all of theirs would not fit
into the cache."""

CHEAP = frozenset(["add", "sub", "mul", "neg", "equal", "less", "relu", "leaky_relu", "heaviside", "where"])
"""Operations of few instructions, which may follow a product while its sums are in registers."""


@dataclass(eq=False)
class Member:
    """A statement in a nest, and which of its elements goes with each element of the nest."""

    statement: Map | Sum
    order: Positions

    @property
    def out(self) -> Operand:
        """Where it writes, in the order of the nest."""
        return self.statement.out.reading(self.statement.out.at[self.order])

    def columns(self) -> list[tuple[float, list[Operand]]]:
        """Return what a sum adds element by element: coefficients with one or two operands each."""
        if isinstance(self.statement, Map):
            return [(1.0, [o.reading(o.at[self.order]) for o in self.statement.operands])]
        return [
            (product.coefficient, [side.reading(side.at[self.order]) for side in product.columns or ()])
            for product in self.statement.products
            if product.columns
        ]


@dataclass(eq=False)
class Nest:
    """Statements computed in one nest of loops; `products` are those of the first that are no columns.

    If `begun`, the first adds to what is there already. If `row`, it is an operation on whole rows.
    """

    phase: Phase
    members: list[Member]
    products: list[Product] = field(default_factory=list)
    begun: bool = False
    row: bool = False
    function: str = ""

    @property
    def sum_over_batch(self) -> bool:
        """Whether the nest adds to sums over the batch."""
        return any(product.sum_over_batch for product in self.products)

    @property
    def work(self) -> int:
        """How many operations on vectors the nest takes, about: terms of products, and statements."""
        count = len(self.members[0].statement.out.at)
        terms = [int(p.sums.size) * int(p.left.at.shape[-1]) for p in self.products]
        return count * len(self.members) + sum(terms)

    @property
    def made(self) -> list[Array]:
        """The arrays that the nest writes."""
        return [member.statement.out.array for member in self.members]

    def reads(self) -> Iterable[Array]:
        """Yield the arrays that the nest reads from where they are kept."""
        own: set[Array] = set()
        for member in self.members:
            yield from (o.array for o in operands_of(member.statement) if o.array not in own)
            own.add(member.statement.out.array)
        if self.begun:
            yield self.members[0].statement.out.array


def planned(program: Program) -> tuple[list[Nest], frozenset[Array]]:
    """Return the nests of a program in order, and the arrays that are kept in memory at all."""
    nests = _Planner(program).nests
    made = {array for nest in nests for array in nest.made if array.batched}
    if sum(array.size for array in made) > LARGE:
        for nest in [nest for nest in nests if nest.phase == Phase.CHUNK]:
            nest.phase = Phase.BLOCK
    kept = {array for array, _ in program.outputs}
    kept.update(array for nest in nests for array in nest.reads())
    kept.update(array for nest in nests if nest.sum_over_batch for array in nest.made)
    return nests, frozenset(kept)


class _Planner:
    """The nests so far: which of them made each array last, and in which phase it is complete."""

    def __init__(self, program: Program) -> None:
        self.nests: list[Nest] = []
        self.maker: dict[Array, int] = defaultdict(lambda: -1)
        self.phase: dict[Array, Phase] = defaultdict(lambda: Phase.BEFORE)
        self.summed = {
            statement.out.array
            for statement in program.statements
            if isinstance(statement, Sum) and any(product.sum_over_batch for product in statement.products)
        }
        for statement in with_powers_shared(program.statements):
            if isinstance(statement, Map):
                self._map(statement)
            elif isinstance(statement, Sum):
                self._sum(statement)

    def _map(self, statement: Map) -> None:
        arrays = {operand.array for operand in statement.operands}
        if statement.op.arity is None and len(arrays) == 1 and len(statement.operands) > 1:
            self._add(Nest(self._phase_of(statement), [_in_order(statement)], row=True))
        else:
            self._elementwise(statement)

    def _sum(self, statement: Sum) -> None:
        """Let products that differ in layout, or in being over the batch, add one after the other."""
        batch = [p for p in statement.products if p.sum_over_batch]
        here = [p for p in statement.products if not p.sum_over_batch]
        for product in batch:
            blocks, rows, columns = product.sums.shape
            put_off = product.left.at.shape[-1] < SHORT and blocks * rows * columns >= MANY
            member = _in_order(replace(statement, products=(product,)))
            self._add(Nest(Phase.CHUNK if put_off else Phase.BLOCK, [member], [product]))
        if batch:
            self.phase[statement.out.array] = Phase.AFTER
            if not here:
                return
        matrices = [p for p in here if p.columns is None]
        columns_ = [p for p in here if p.columns is not None]
        if not matrices and not batch:
            self._elementwise(statement)
            return
        together = [p for p in matrices if _same(p, matrices[0])]
        parts = [(together, columns_), *[([p], []) for p in matrices if p not in together]]
        for n, (products, beside) in enumerate(parts):
            part = replace(statement, products=(*products, *beside))
            phase = Phase.AFTER if batch else self._phase_of(statement)
            self._add(Nest(phase, [_in_order(part)], products, begun=bool(batch) or n > 0))

    def _elementwise(self, statement: Map | Sum) -> None:
        """Let a statement join the nest of what it reads last, or begin one."""
        last = max((self.maker[operand.array] for operand in operands_of(statement)), default=-1)
        phase = self._phase_of(statement)
        if last >= 0:
            nest = self.nests[last]
            order = _aligned(statement, nest)
            cheap = not nest.products or not isinstance(statement, Map) or statement.op.name in CHEAP
            if order is not None and cheap and nest.phase == phase and not (nest.sum_over_batch or nest.row):
                nest.members.append(Member(statement, order))
                self.maker[statement.out.array] = last
                self.phase[statement.out.array] = phase
                return
        self._add(Nest(phase, [_in_order(statement)]))

    def _add(self, nest: Nest) -> None:
        self.nests.append(nest)
        for array in nest.made:
            self.maker[array] = len(self.nests) - 1
            self.phase[array] = max(self.phase[array], nest.phase)

    def _phase_of(self, statement: Map | Sum) -> Phase:
        if statement.out.array.batched:
            return Phase.BLOCK
        # What has sums over the batch is set to 0 before the first example, whoever wrote there earlier.
        first = Phase.AFTER if statement.out.array in self.summed else Phase.BEFORE
        return max([first, *[self.phase[operand.array] for operand in operands_of(statement)]])


def _in_order(statement: Map | Sum) -> Member:
    return Member(statement, np.arange(len(statement.out.at)))


def _same(product: Product, other: Product) -> bool:
    return np.array_equal(product.sums, other.sums) and product.coefficient == other.coefficient


def _aligned(statement: Map | Sum, nest: Nest) -> Positions | None:
    """Return which element of a statement reads each element of a nest, or None where it reads others too."""
    count = len(nest.members[0].statement.out.at)
    if len(statement.out.at) != count:
        return None
    made = {member.statement.out.array: member.out.at for member in nest.members}
    columns = [column for _, sides in _in_order(statement).columns() for column in sides]
    own = [column for column in columns if column.array in made]
    order = _bijection(own[0].at, made[own[0].array])
    if order is None or any(not np.array_equal(c.at[order], made[c.array]) for c in own):
        return None
    return order


def _bijection(at: Positions, positions: Positions) -> Positions | None:
    """Return the order in which `at` is `positions`, if each stands there once."""
    here, there = np.argsort(at, kind="stable"), np.argsort(positions, kind="stable")
    if not np.array_equal(at[here], positions[there]) or (np.diff(at[here]) == 0).any():
        return None
    order = np.empty(len(at), int)
    order[there] = here
    return order


# ---- memory -----------------------------------------------------------------------------------------


def placed(nests: Sequence[Nest], wanted: Collection[Array], lasting: Collection[Array]) -> dict[Array, int]:
    """Return where each of the arrays `wanted` lies, in vectors.

    Memory is used again after an array's last reader, unless that runs after the block or the array is
    `lasting`.
    """
    running = [nest for nest in nests if nest.phase == Phase.BLOCK]
    last = {array: n for n, nest in enumerate(running) for array in [*nest.reads(), *nest.made]}
    forever = {*lasting, *[array for nest in nests if nest.phase == Phase.CHUNK for array in nest.reads()]}
    starts: dict[Array, int] = {}
    free: list[tuple[int, int]] = []
    end = 0
    for n, nest in enumerate(running):
        for array in nest.made:
            if array in starts or array not in wanted:
                continue
            fitting = [gap for gap in free if gap[1] >= array.size]
            if fitting:
                start, size = min(fitting, key=lambda gap: gap[1])
                free.remove((start, size))
                free.append((start + array.size, size - array.size))
            else:
                start, end = end, end + array.size
            starts[array] = start
        done = [array for array in starts if last[array] == n and array not in forever]
        free = _joined([*free, *[(starts[array], array.size) for array in done]])
    return starts


def _joined(gaps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return free gaps with neighbours made one: start and size of each."""
    joined: list[tuple[int, int]] = []
    for start, size in sorted(gaps):
        if joined and sum(joined[-1]) == start:
            joined[-1] = joined[-1][0], joined[-1][1] + size
        elif size:
            joined.append((start, size))
    return joined
