"""Which sums of products are alike: those with the same kinds of term, from the same arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from autograd.compiler.arrays.locations import Locations
from autograd.compiler.arrays.padding import padded
from autograd.compiler.arrays.products import LEAST_FILL
from autograd.compiler.arrays.program import NOTHING, Array, Positions
from autograd.compiler.record.segments import by_number, distinct_rows, numbers_among
from autograd.compiler.record.terms import Terms, Weight


class Kind(NamedTuple):
    """A kind of term: a scalar `alone` or a product, of which arrays, by their rank, times what."""

    alone: bool
    by_example: bool
    coefficient: float
    left: int
    right: int


class Block(NamedTuple):
    """Sums with as many terms of each kind as one another.

    `numbers` are theirs. `sides` has, for each kind, the positions of the factors: (sum, term, side).
    """

    numbers: Positions
    sides: tuple[Positions, ...]


class Group(NamedTuple):
    """Sums with the same kinds of term; equal ones, as a + b and b + a, are one of its members.

    `member` tells which member each of `sums` is; the blocks hold the members, by number.
    """

    kinds: tuple[Kind, ...]
    sums: Positions
    member: Positions
    blocks: list[Block]


def grouped_by_kind(
    terms: Terms, sums: Positions, locations: Locations, arrays: Sequence[Array]
) -> list[Group]:
    """Return the groups that some of the sums fall into, in the order of their first sums."""
    counts = terms.start[sums + 1] - terms.start[sums]
    found: dict[tuple[Kind, ...], list[Block]] = defaultdict(list)
    for count in numbers_among(counts):
        of_count = np.flatnonzero(counts == count)
        places = terms.start[sums[of_count], None] + np.arange(count)
        factors = np.stack([terms.lefts[places], terms.rights[places]], -1)
        weights, ranks, at = terms.weights[places], locations.rank[factors], locations.position[factors]
        left, right = np.moveaxis(ranks - NOTHING, -1, 0)
        first, ids = distinct_rows((weights * (len(arrays) + 1) + left) * (len(arrays) + 1) + right)
        for start, same in zip(first.tolist(), by_number(ids), strict=True):
            weights_of_one = [terms.kinds.all[weight] for weight in weights[start].tolist()]
            kinds, columns = _by_kind(weights_of_one, ranks[start].tolist(), arrays)
            sides = [_in_order(at[same[:, None, None], chosen[:, None], order]) for chosen, order in columns]
            found[kinds].append(Block(of_count[same], tuple(sides)))
    groups = [_group(kinds, blocks) for kinds, blocks in found.items()]
    return sorted(groups, key=lambda group: int(group.sums.min()))


def _by_kind(
    weights: Sequence[Weight], ranks: list[list[int]], arrays: Sequence[Array]
) -> tuple[tuple[Kind, ...], list[tuple[Positions, Positions]]]:
    """Return what kinds of term there are; for each its terms, and which factors stand left and right.

    A product with the number 0 is of the kind of the other products with its array, if there is one: as those
    at the edge of a convolution, it has nothing on the other side, which is read as 0.
    """
    terms: dict[Kind, list[tuple[int, tuple[int, int]]]] = defaultdict(list)
    zeros: list[tuple[int, Kind]] = []
    for n, ((sum_over_batch, coefficient), pair) in enumerate(zip(weights, ranks, strict=True)):
        left, right = 0, 1
        alone = pair[right] == NOTHING
        if not alone:
            # Weights stand on the left, and else what was computed last; equal arrays stay as written.
            left, right = sorted((left, right), key=lambda side: (arrays[pair[side]].batched, -pair[side]))
        kind = Kind(alone, not sum_over_batch, coefficient, pair[left], pair[right])
        if alone and coefficient == 0.0:
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


def _in_order(at: Positions) -> Positions:
    """Return the factors with the terms of each sum sorted."""
    bits = (int(at.max()) - NOTHING).bit_length()
    pairs = (at[..., 0] << bits) + (at[..., 1] - NOTHING)
    if (pairs[:, 1:] >= pairs[:, :-1]).all():
        return at
    pairs.sort(axis=1)
    return np.stack([pairs >> bits, (pairs & (1 << bits) - 1) + NOTHING], -1)


def _group(kinds: tuple[Kind, ...], found: Sequence[Block]) -> Group:
    """Return sums of the same kinds as a group, those with as many terms of each in one block."""
    by_lengths: dict[tuple[int, ...], list[Block]] = defaultdict(list)
    for block in found:
        by_lengths[tuple(_lengths(block))].append(block)
    sums, member, blocks = [], [], []
    for same in by_lengths.values():
        numbers = np.concatenate([block.numbers for block in same])
        sides = [np.concatenate(parts) for parts in zip(*[block.sides for block in same], strict=True)]
        rows = [side.reshape(len(numbers), -1) for side in sides]
        first, ids = distinct_rows(np.hstack([np.empty((len(numbers), 0), int), *rows]))
        firsts = np.full(len(first), len(numbers) + numbers.max())
        np.minimum.at(firsts, ids, numbers)
        sums.append(numbers)
        member.append(firsts[ids])
        blocks.append(Block(firsts, tuple([side[first] for side in sides])))
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
        terms, lengths = np.empty((count, length, 2), int), np.empty(count, int)
        for block in blocks:
            lengths[block.numbers] = block.sides[k].shape[1]
            terms[block.numbers, : block.sides[k].shape[1]] = block.sides[k]
        sides.append(padded(terms, lengths))
    return [Block(np.arange(count), tuple(sides))]


def _lengths(block: Block) -> list[int]:
    return [side.shape[1] for side in block.sides]
