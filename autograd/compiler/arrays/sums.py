"""Which sums of products are alike: those with the same kinds of term, from the same arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.arrays.padding import padded
from autograd.compiler.arrays.places import Places
from autograd.compiler.arrays.program import NOTHING, Array, Positions
from autograd.compiler.record.sums_of_products import Terms, Weight


class Kind(NamedTuple):
    """A kind of term: a scalar `alone` or a product, of which arrays, by their rank, times what."""

    alone: bool
    by_example: bool
    coefficient: float
    left: int
    right: int


class Block(NamedTuple):
    """Sums with as many terms of each kind as one another.

    `numbers` are theirs in the group. `sides` has, for each kind, a row of positions for every sum: left,
    right, left, right, …
    """

    numbers: Positions
    sides: tuple[Positions, ...]


class Group(NamedTuple):
    """Sums with the same kinds of term; equal ones, as a + b and b + a, are one of its `members`."""

    kinds: tuple[Kind, ...]
    members: list[list[int]]
    blocks: list[Block]


def alike(sums: Sequence[Terms], places: Places, arrays: Sequence[Array]) -> list[Group]:
    """Return the groups that some sums fall into; their members are numbers of sums."""
    weighed: dict[tuple[Weight, ...], list[int]] = defaultdict(list)
    for n, (weights, _) in enumerate(sums):
        weighed[tuple(weights)].append(n)
    found: dict[tuple[Kind, ...], dict[Any, dict[bytes, list[int]]]] = {}
    for weights_of_all, numbers in weighed.items():
        factors = np.fromiter(chain.from_iterable([sums[n].factors for n in numbers]), int)
        factors = factors.reshape(len(numbers), -1)
        for ranks, of_these in _by_arrays(places.rank[factors]):
            columns = _by_kind(weights_of_all, ranks, arrays)
            at = places.position[factors[of_these]]
            sides = [_in_order(at[:, columns[kind]]) for kind in columns]
            lengths = tuple([side.shape[1] for side in sides])
            rows = found.setdefault(tuple(columns), {}).setdefault(lengths, defaultdict(list))
            for n, row in zip(of_these, np.hstack([at[:, :0], *sides]), strict=True):
                rows[row.tobytes()].append(numbers[n])
    groups = [_group(kinds, by_lengths) for kinds, by_lengths in found.items()]
    return sorted(groups, key=lambda group: group.members[0])


def _by_arrays(ranks: Positions) -> list[tuple[list[int], list[int]]]:
    """Return the distinct rows, and for each the numbers of the rows that are equal to it."""
    equal: dict[bytes, list[int]] = defaultdict(list)
    for n, row in enumerate(ranks):
        equal[row.tobytes()].append(n)
    return [(ranks[numbers[0]].tolist(), numbers) for numbers in equal.values()]


def evened(blocks: list[Block]) -> list[Block]:
    """Return sums of unequal lengths filled up to one length by products with zero, where that pays."""
    if len(blocks) == 1:
        return blocks
    rows = {
        n: tuple(map(tuple, sides))
        for block in blocks
        for n, *sides in zip(block.numbers.tolist(), *[side.tolist() for side in block.sides], strict=True)
    }
    order = sorted(rows)
    together: dict[Any, list[tuple[int, Any]]] = defaultdict(list)
    for n, sides in zip(order, padded([rows[n] for n in order]), strict=True):
        together[tuple(map(len, sides))].append((n, sides))
    return [
        Block(
            np.array([n for n, _ in same]),
            tuple(map(np.array, zip(*[sides for _, sides in same], strict=True))),
        )
        for same in together.values()
    ]


def _by_kind(
    weights: Sequence[Weight], ranks: Sequence[int], arrays: Sequence[Array]
) -> dict[Kind, list[int]]:
    """Return what kinds of term there are, and for each the places of its factors: left, right, …"""
    columns: dict[Kind, list[int]] = defaultdict(list)
    for n, (over_batch, coefficient) in enumerate(weights):
        left, right = 2 * n, 2 * n + 1
        alone = ranks[right] == NOTHING
        if not alone:
            # Weights stand on the left, and else what was computed last; equal arrays stay as written.
            left, right = sorted((left, right), key=lambda side: (arrays[ranks[side]].varies, -ranks[side]))
        columns[Kind(alone, not over_batch, coefficient, ranks[left], ranks[right])] += left, right
    return {kind: columns[kind] for kind in sorted(columns)}


def _in_order(at: Positions) -> Positions:
    """Return rows left, right, left, right, … with the pairs of each row sorted."""
    lefts, rights = at[:, ::2], at[:, 1::2]
    base = int(at.max()) + 2
    pairs = np.sort(lefts * base + (rights - NOTHING), axis=1)
    return np.stack([pairs // base, pairs % base + NOTHING], -1).reshape(at.shape)


def _group(kinds: tuple[Kind, ...], by_lengths: dict[tuple[int, ...], dict[bytes, list[int]]]) -> Group:
    members = sorted(sorted(same) for rows in by_lengths.values() for same in rows.values())
    number = {same[0]: n for n, same in enumerate(members)}
    blocks = []
    for lengths, rows in by_lengths.items():
        at = np.frombuffer(b"".join(rows), int).reshape(len(rows), -1)
        sides = np.split(at, np.cumsum(lengths)[:-1], axis=1)
        blocks.append(Block(np.array([number[min(same)] for same in rows.values()]), tuple(sides)))
    return Group(kinds, members, blocks)
