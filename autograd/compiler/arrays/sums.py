"""Which sums of products are alike: those with the same kinds of term, from the same arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from autograd.compiler.arrays.locations import MIXED, Locations
from autograd.compiler.arrays.padding import padded
from autograd.compiler.arrays.products import LEAST_FILL
from autograd.compiler.arrays.program import NOTHING, Array, Positions
from autograd.compiler.arrays.rows import RepeatedRows
from autograd.compiler.record.segments import Segments, by_number, distinct_rows, first_uses, numbers_among
from autograd.compiler.record.terms import ONE, Terms, Weight


class Kind(NamedTuple):
    """A kind of term: a scalar `alone` or a product, of which arrays, by their rank, times what."""

    alone: bool
    by_example: bool
    coefficient: float
    left: int
    right: int


class Sides(NamedTuple):
    """The positions of left and right factors of some sums, a row of each; scalars alone have no right."""

    left: RepeatedRows
    right: RepeatedRows | None

    @property
    def rows(self) -> list[RepeatedRows]:
        """The rows of both sides, or of the only one."""
        return [self.left] if self.right is None else [self.left, self.right]

    @classmethod
    def of(cls, rows: Sequence[RepeatedRows]) -> Sides:
        """Return one side or two."""
        return cls(rows[0], rows[1] if len(rows) > 1 else None)

    @classmethod
    def together(cls, parts: Sequence[Sides]) -> Sides:
        """Return the factors of several blocks."""
        return cls.of(list(map(RepeatedRows.together, zip(*[part.rows for part in parts], strict=True))))

    def chosen(self, sums: Positions) -> Sides:
        """Return the factors of some of the sums."""
        return self.of([rows.chosen(sums) for rows in self.rows])


class Block(NamedTuple):
    """Sums with as many terms of each kind as one another.

    `numbers` are theirs. `sides` has the factors for each kind.
    """

    numbers: Positions
    sides: tuple[Sides, ...]


class Group(NamedTuple):
    """Sums with the same kinds of term; equal ones, as a + b and b + a, are one of its members.

    `member` tells which member each of `sums` is; the blocks hold the members, by number.
    """

    kinds: tuple[Kind, ...]
    sums: Positions
    member: Positions
    blocks: list[Block]


def grouped_by_kind(
    terms: Terms, sums: Positions, locations: Locations, arrays: Sequence[Array], exact: bool
) -> list[Group]:
    """Return the groups that some of the sums fall into, in the order of their first sums.

    Rows of factors from several arrays are looked at one factor at a time. Unless `exact`, products of 0 with
    what other products have, too, are of the kind of these.
    """
    terms = terms.chosen(sums)
    fillers = np.empty(0, int) if exact else _fillers(terms)
    found: dict[tuple[Kind, ...], list[Block]] = defaultdict(list)
    is_mixed = (locations.rank[terms.lefts] == MIXED) | (locations.rank[terms.rights] == MIXED)
    parts = [(np.arange(len(sums)), terms)]
    if is_mixed.any():
        has_mixed = Segments(terms.lefts, terms.start).reduced(np.logical_or, is_mixed, False)
        plain, mixed = np.flatnonzero(~has_mixed), np.flatnonzero(has_mixed)
        parts = [(plain, terms.chosen(plain)), (mixed, terms.chosen(mixed).spelled_out())]
    for numbers, some in parts:
        counts = np.diff(some.start)
        for count in numbers_among(counts):
            chosen = np.flatnonzero(counts == count)
            for kinds, block in _blocks(some, chosen, count, locations, arrays, fillers):
                found[kinds].append(block._replace(numbers=numbers[chosen[block.numbers]]))
    groups = [_group(kinds, blocks) for kinds, blocks in found.items()]
    return sorted(groups, key=lambda group: int(group.sums.min()))


def _fillers(terms: Terms) -> Positions:
    """Return the factors of products of two, rows and what is in them, if anything is multiplied by 0."""
    if not terms.is_zero.any():
        return np.empty(0, int)
    found: list[Positions] = []
    for some in (terms, terms.spelled_out()):
        found += [side[some.rights != ONE] for side in (some.lefts, some.rights)]
    return np.unique(np.concatenate(found))


def _blocks(
    terms: Terms,
    sums: Positions,
    count: int,
    locations: Locations,
    arrays: Sequence[Array],
    fillers: Positions,
) -> Iterator[tuple[tuple[Kind, ...], Block]]:
    """Yield blocks of sums with so many terms, numbered in this order, and their kinds."""
    places = terms.start[sums, None] + np.arange(count)
    factors = np.empty((*places.shape, 2), int)
    factors[..., 0], factors[..., 1] = terms.lefts[places], terms.rights[places]
    factors %= len(locations.rank)  # ONE is the last
    lengths = terms.factors.counts_of(factors[..., 0])
    weights, ranks = terms.weights[places], locations.rank[factors]
    fills = np.isin(factors[..., 0], fillers)
    first, ids = distinct_rows(np.hstack([weights, ranks.reshape(len(ranks), -1), lengths, fills]))
    for start, same in zip(first.tolist(), by_number(ids), strict=True):
        weights_of_one = [terms.kinds.all[weight] for weight in weights[start].tolist()]
        kinds, columns = _by_kind(weights_of_one, ranks[start].tolist(), fills[start].tolist(), arrays)
        sides = [
            _sides(factors[same[:, None, None], chosen[:, None], order], kind.alone, terms.factors, locations)
            for kind, (chosen, order) in zip(kinds, columns, strict=True)
        ]
        yield kinds, Block(same, tuple(sides))


def _sides(factors: Positions, alone: bool, rows: Segments, locations: Locations) -> Sides:
    """Return where the factors (sum, term, side) of one kind lie, the terms of each sum sorted."""
    sides = range(1 if alone else 2)
    return _in_order(Sides.of([_positions(factors[..., side], rows, locations) for side in sides]))


def _positions(factors: Positions, rows: Segments, locations: Locations) -> RepeatedRows:
    """Return where factors (sum, term) lie; of the same row once."""
    lengths = rows.counts_of(factors[0])
    if lengths.max() == 1:
        return RepeatedRows.of(locations.position[factors])
    if len(lengths) > 1:
        at = locations.position[rows.chosen(factors.ravel()).flat]
        return RepeatedRows.of(at.reshape(len(factors), -1))
    first, ids = first_uses(factors[:, 0] - factors.min())
    return RepeatedRows.picked(locations.position[rows.block(factors[first, 0])], ids)


def _by_kind(
    weights: Sequence[Weight], ranks: list[list[int]], fills: list[bool], arrays: Sequence[Array]
) -> tuple[tuple[Kind, ...], list[tuple[Positions, Positions]]]:
    """Return what kinds of term there are; for each its terms, and which factors stand left and right.

    A product with the number 0 that `fills` is of the kind of the other products with its array, if there is
    one: as those at the edge of a convolution, it has nothing on the other side, which is read as 0 or passed
    over.
    """
    terms: dict[Kind, list[tuple[int, tuple[int, int]]]] = defaultdict(list)
    zeros: list[tuple[int, Kind]] = []
    for n, (weight, pair, may_fill) in enumerate(zip(weights, ranks, fills, strict=True)):
        sum_over_batch, coefficient = weight
        left, right = 0, 1
        alone = pair[right] == NOTHING
        if not alone:
            # Weights stand on the left, and else what was computed last; equal arrays stay as written.
            left, right = sorted((left, right), key=lambda side: (arrays[pair[side]].batched, -pair[side]))
        kind = Kind(alone, not sum_over_batch, coefficient, pair[left], pair[right])
        if alone and coefficient == 0.0 and may_fill:
            zeros.append((n, kind))
        else:
            terms[kind].append((n, (left, right)))
    for n, kind in zeros:
        like = [k for k in terms if _takes(k, kind)]
        order = (0, 1) if not like or like[0].left == kind.left else (1, 0)
        terms[like[0] if len(like) == 1 else kind].append((n, order))
    kinds = tuple(sorted(terms))
    return kinds, [
        (np.array([n for n, _ in terms[kind]]), np.array([order for _, order in terms[kind]]))
        for kind in kinds
    ]


def _takes(kind: Kind, zero: Kind) -> bool:
    """Tell whether a product with 0 may be one of a kind of products."""
    plain = not kind.alone and kind.coefficient == 1.0 and kind.by_example is zero.by_example
    return plain and kind.left != kind.right and zero.left in (kind.left, kind.right)


def _in_order(sides: Sides) -> Sides:
    """Return the factors with the terms of each sum sorted."""
    left, right = sides
    if _rises(left.distinct):
        return sides
    order = np.argsort(left.distinct, axis=1)
    if (order == order[0]).all() and _rises(left.distinct[:, order[0]]):
        return Sides.of([RepeatedRows(rows.distinct[:, order[0]], rows.ids) for rows in sides.rows])
    if right is None:
        return Sides(RepeatedRows.of(np.sort(left.all(), axis=1)), None)
    bits = (int(right.distinct.max()) - NOTHING).bit_length()
    pairs = (left.all() << bits) + (right.all() - NOTHING)
    pairs.sort(axis=1)
    return Sides(RepeatedRows.of(pairs >> bits), RepeatedRows.of((pairs & (1 << bits) - 1) + NOTHING))


def _rises(rows: Positions) -> bool:
    return bool((rows[:, 1:] > rows[:, :-1]).all())


def _group(kinds: tuple[Kind, ...], found: Sequence[Block]) -> Group:
    """Return sums of the same kinds as a group, those with as many terms of each in one block."""
    by_lengths: dict[tuple[int, ...], list[Block]] = defaultdict(list)
    for block in found:
        by_lengths[tuple(_lengths(block))].append(block)
    sums, member, blocks = [], [], []
    for same in by_lengths.values():
        numbers = np.concatenate([block.numbers for block in same])
        sides = [Sides.together(parts) for parts in zip(*[block.sides for block in same], strict=True)]
        columns = [rows.ids[:, None] for side in sides for rows in side.rows]
        first, ids = distinct_rows(np.hstack([np.empty((len(numbers), 0), int), *columns]))
        firsts = np.full(len(first), len(numbers) + numbers.max())
        np.minimum.at(firsts, ids, numbers)
        sums.append(numbers)
        member.append(firsts[ids])
        if len(first) < len(numbers):
            sides = [side.chosen(first) for side in sides]
        blocks.append(Block(firsts, tuple(sides)))
    # The first sum of each member; members are numbered in this order.
    every = np.flatnonzero(np.bincount(np.concatenate(member)))
    return Group(
        kinds,
        np.concatenate(sums),
        np.searchsorted(every, np.concatenate(member)),
        [Block(np.searchsorted(every, block.numbers), block.sides) for block in blocks],
    )


def padded_blocks(blocks: list[Block]) -> list[Block]:
    """Return sums of unequal lengths filled up to one length by products with zero, where that pays."""
    count = sum(len(block.numbers) for block in blocks)
    longest = [max(lengths) for lengths in zip(*[_lengths(block) for block in blocks], strict=True)]
    real = sum(len(block.numbers) * sum(_lengths(block)) for block in blocks)
    if len(blocks) == 1 or real < LEAST_FILL * count * sum(longest):
        return blocks
    sides = []
    for k, length in enumerate(longest):
        terms, lengths = np.full((count, length, 2), NOTHING), np.empty(count, int)
        for block in blocks:
            for n, rows in enumerate(block.sides[k].rows):
                lengths[block.numbers] = rows.length
                terms[block.numbers, : rows.length, n] = rows.all()
        terms = padded(terms, lengths)
        sides.append(Sides.of([RepeatedRows.of(terms[..., n]) for n in range(len(blocks[0].sides[k].rows))]))
    return [Block(np.arange(count), tuple(sides))]


def _lengths(block: Block) -> list[int]:
    return [side.left.length for side in block.sides]
