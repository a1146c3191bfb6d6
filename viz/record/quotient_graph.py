"""The graph of the groups of a graph: which of them lie on a circle, and an order that all links follow.

A graph is given as the places of each node's arguments, and a grouping as a key for each node.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from heapq import heapify, heappop, heappush

from autograd import Value

Arguments = list[list[int]]
"""For each node the places of its arguments in the order, one for each use; constants are left out."""


def arguments(order: Iterable[Value]) -> Arguments:
    """Return the places of each node's arguments, as far as they are in the order."""
    place: dict[object, int] = {}
    args: Arguments = []
    for i, node in enumerate(order):
        args.append([place[arg] for arg in node.args if arg in place])
        place[node] = i
    return args


def stages(args: Arguments, keys: Sequence[Hashable]) -> list[int]:
    """Return for each node how often the key changes, at the most, on a way from a leaf to it.

    So nodes of the same key and stage can be one group: an arrow that leaves it arrives at a later stage.
    A leaf is at the first stage that uses it.
    """
    stage: list[int] = []
    for key, uses in zip(keys, args, strict=True):
        stage.append(max((stage[arg] + (keys[arg] != key) for arg in uses), default=0))
    first: dict[int, int] = {}
    for head, uses in enumerate(args):
        for arg in uses:
            latest = stage[head] - (keys[arg] != keys[head])
            first[arg] = min(first.get(arg, latest), latest)
    return [now if uses else first.get(i, 0) for i, (now, uses) in enumerate(zip(stage, args, strict=True))]


def _neighbours(args: Arguments, keys: Sequence[Hashable]) -> tuple[dict[Hashable, set[Hashable]], ...]:
    """Return the groups before each group, and those after it."""
    before: dict[Hashable, set[Hashable]] = {key: set() for key in keys}
    after: dict[Hashable, set[Hashable]] = {key: set() for key in before}
    for key, uses in zip(keys, args, strict=True):
        for arg in uses:
            if keys[arg] != key:
                before[key].add(keys[arg])
                after[keys[arg]].add(key)
    return before, after


def tangled(args: Arguments, keys: Sequence[Hashable]) -> set[Hashable]:
    """Return the groups that lie on a circle of links, or between two circles."""
    before, after = _neighbours(args, keys)
    left = set(before)
    for back, ahead in ((before, after), (after, before)):
        waiting = {key: len(back[key] & left) for key in left}
        free = [key for key, count in waiting.items() if not count]
        while free:
            key = free.pop()
            left.discard(key)
            for other in ahead[key]:
                if other in waiting:
                    waiting[other] -= 1
                    if not waiting[other]:
                        free.append(other)
    return left


def grouped(args: Arguments, keys: Sequence[Hashable]) -> list[list[int]]:
    """Return the members of each group, in an order that all links follow.

    Groups that depend on each other in turn are split into stages, leaves with their first use.
    """
    circling = tangled(args, keys)
    if circling:
        stage = stages(args, keys)
        keys = [(key, now) if key in circling else key for key, now in zip(keys, stage, strict=True)]
    members: dict[Hashable, list[int]] = {key: [] for key in in_order(args, keys)}
    for i, key in enumerate(keys):
        members[key].append(i)
    return [*members.values()]


def in_order(args: Arguments, keys: Sequence[Hashable]) -> list[Hashable]:
    """Return the keys such that each stands after all it depends on, else by their first members."""
    before, after = _neighbours(args, keys)
    first = {key: place for place, key in enumerate(before)}
    known = list(before)
    waiting = {key: len(keys_before) for key, keys_before in before.items()}
    free = [first[key] for key, count in waiting.items() if not count]
    heapify(free)
    ordered: list[Hashable] = []
    while free:
        key = known[heappop(free)]
        ordered.append(key)
        for other in after[key]:
            waiting[other] -= 1
            if not waiting[other]:
                heappush(free, first[other])
    return ordered
