"""The built-in layout: columns of boxes from left to right, for machines and graphs that `dot` cannot serve.

Sugiyama's method in its simplest form: put each box in the first column after all its arguments, and leaves
next to their uses; order each column by the mean place of its neighbours (barycentre); then move each box to
the mean height of its neighbours, as far as the order allows. That last step is a least-squares fit under
an order, which pooling adjacent violators solves exactly in linear time.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from viz.canvas.geometry import Box, Curve, Geometry, Point, Size

COLUMN_GAP, WIDEST_GAP, GAP_FOR_RISE = 30.0, 100.0, 0.12
ROW_GAP = 16.0
WIRE_GAP = 7.0
ORDER_SWEEPS = 8
PLACE_SWEEPS = 10
LONGEST_ROUTED = 40
"""A link over more columns than this runs straight behind the boxes. Routing it would take a place in every
column it crosses, and a parameter used along a whole deep chain would make that quadratic."""


def layered(sizes: Sequence[Size], links: Sequence[tuple[int, int]]) -> Geometry:
    """Place boxes of the given sizes so that every link goes from left to right and no two boxes overlap.

    `links` are pairs (from, to) of indices into `sizes`, with from < to. Time is linear in boxes and links,
    but for sorting each column.
    """
    column = _columns(len(sizes), links)
    heights = [height for _, height in sizes]
    routes: list[list[int]] = []  # each link as the items it visits: its boxes, and places in between
    neighbours: list[tuple[list[int], list[int]]] = [([], []) for _ in sizes]
    for tail, head in links:
        route = [tail]
        if column[head] - column[tail] <= LONGEST_ROUTED:
            for between in range(column[tail] + 1, column[head]):
                route.append(len(column))
                column.append(between)
                heights.append(0.0)
                neighbours.append(([], []))
        route.append(head)
        routes.append(route)
        for left, right in pairwise(route):
            neighbours[left][1].append(right)
            neighbours[right][0].append(left)
    columns: list[list[int]] = [[] for _ in range(max(column, default=-1) + 1)]
    for item in _by_first_use(routes, len(column)):
        columns[column[item]].append(item)
    _order(columns, neighbours)
    middle = _place(columns, neighbours, heights, len(sizes))
    return _geometry(sizes, links, routes, columns, column, middle)


def crossings(count: int, links: Sequence[tuple[int, int]]) -> int:
    """Return how many columns lie between the ends of all links: the places that routing them takes."""
    column = _columns(count, links)
    return sum(column[head] - column[tail] - 1 for tail, head in links)


def gap(rise: float) -> float:
    """Return the distance between columns for a link that rises or falls by `rise` between them."""
    return min(COLUMN_GAP + GAP_FOR_RISE * rise, WIDEST_GAP)


def bend(start: Point, end: Point) -> list[Point]:
    """Return the rest of a Bézier curve from `start` that leaves and arrives level."""
    half = (start[0] + end[0]) / 2
    return [(half, start[1]), (half, end[1]), end]


def straight(start: Point, end: Point) -> list[Point]:
    """Return the rest of a Bézier curve from `start` that is a straight line."""
    third = (end[0] - start[0]) / 3
    return [(start[0] + third, start[1]), (end[0] - third, end[1]), end]


def line_between(start: Point, end: Point) -> Curve:
    """Return a straight line as a Bézier curve."""
    return (start, *straight(start, end))


def _columns(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for tail, head in links:
        before[head].append(tail)
        after[tail].append(head)
    column: list[int] = []
    for tails in before:
        column.append(max((column[tail] + 1 for tail in tails), default=0))
    for box in reversed(range(count)):
        # A box that nothing leads to, or only such a box, moves right, to where it is used.
        if after[box] and (not before[box] or (len(before[box]) == 1 and not before[before[box][0]])):
            column[box] = min(column[head] for head in after[box]) - 1
    return column


def _by_first_use(routes: Sequence[Sequence[int]], count: int) -> list[int]:
    seen = dict.fromkeys(item for route in routes for item in route)
    return [*seen, *(item for item in range(count) if item not in seen)]


def _order(columns: list[list[int]], neighbours: Sequence[tuple[list[int], list[int]]]) -> None:
    place = [0.0] * len(neighbours)
    for items in columns:
        for position, item in enumerate(items):
            place[item] = float(position)
    for sweep in range(ORDER_SWEEPS):
        side = sweep % 2  # from the results leftwards, then from the leaves rightwards
        for items in columns if side else reversed(columns):
            for item in items:
                linked = neighbours[item][0 if side else 1]
                if linked:
                    place[item] = sum(place[other] for other in linked) / len(linked)
            items.sort(key=place.__getitem__)
            for position, item in enumerate(items):
                # Places are counted from the middle of a column, so that columns of different length agree.
                place[item] = position - (len(items) - 1) / 2


def _place(
    columns: Sequence[Sequence[int]],
    neighbours: Sequence[tuple[list[int], list[int]]],
    heights: Sequence[float],
    boxes: int,
) -> list[float]:
    middle = [0.0] * len(heights)
    distances: list[list[float]] = []  # of each item in a column from the top one, at the least
    for items in columns:
        distance = [0.0]
        for above, below in pairwise(items):
            between = ROW_GAP if above < boxes and below < boxes else WIRE_GAP
            distance.append(distance[-1] + (heights[above] + heights[below]) / 2 + between)
        distances.append(distance)
        for item, offset in zip(items, distance, strict=False):
            middle[item] = offset - distance[len(items) - 1] / 2
    for sweep in range(PLACE_SWEEPS):
        last = sweep >= PLACE_SWEEPS - 2
        order = range(len(columns)) if sweep % 2 else reversed(range(len(columns)))
        for index in order:
            items, distance = columns[index], distances[index]
            wished: list[float] = []
            weights: list[float] = []
            for item in items:
                before, after = neighbours[item]
                linked = [*before, *after] if last else (before if sweep % 2 else after) or [*before, *after]
                wished.append(
                    sum(middle[other] for other in linked) / len(linked) if linked else middle[item]
                )
                weights.append(1.0 + len(linked))
            tops = _rising([wish - offset for wish, offset in zip(wished, distance, strict=True)], weights)
            for item, offset, top in zip(items, distance, tops, strict=True):
                middle[item] = top + offset
    return middle


def _rising(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the rising sequence nearest to `values` in weighted least squares."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, count
    for value, weight in zip(values, weights, strict=True):
        mean, total, count = value, weight, 1
        while pools and pools[-1][0] > mean:
            other, other_total, other_count = pools.pop()
            mean = (mean * total + other * other_total) / (total + other_total)
            total += other_total
            count += other_count
        pools.append((mean, total, count))
    return [mean for mean, _, count in pools for _ in range(count)]


def _geometry(
    sizes: Sequence[Size],
    links: Sequence[tuple[int, int]],
    routes: Sequence[Sequence[int]],
    columns: Sequence[Sequence[int]],
    column: Sequence[int],
    middle: Sequence[float],
) -> Geometry:
    lefts: list[float] = []
    rights: list[float] = []
    x = 0.0
    for items, rise in zip(columns, _rises(routes, column, middle, len(columns)), strict=True):
        lefts.append(x)
        x += max((sizes[item][0] for item in items if item < len(sizes)), default=0.0)
        rights.append(x)
        x += gap(rise)
    boxes = []
    for item, (width, height) in enumerate(sizes):
        centre = (lefts[column[item]] + rights[column[item]]) / 2
        boxes.append(Box(centre - width / 2, middle[item] - height / 2, width, height))
    curves: list[Curve] = []
    for (tail, head), route in zip(links, routes, strict=True):
        points: list[Point] = [(boxes[tail].right, middle[tail])]
        for left, right in pairwise(route):
            start = (rights[column[left]], middle[left])
            end = (lefts[column[right]], middle[right])
            points += [*straight(points[-1], start), *bend(start, end)]
        points += straight(points[-1], (boxes[head].x, middle[head]))
        curves.append(tuple(points))
    return Geometry(tuple(boxes), tuple(curves)).moved_to_origin()


def _rises(
    routes: Sequence[Sequence[int]], column: Sequence[int], middle: Sequence[float], count: int
) -> list[float]:
    """Return, for the gap after each column, how far the steepest link across it rises or falls."""
    rises = [0.0] * count
    for route in routes:
        for left, right in pairwise(route):
            rises[column[left]] = max(rises[column[left]], abs(middle[right] - middle[left]))
    return rises
