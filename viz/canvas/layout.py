"""Placing a graph, its boxes, the pills on its links, and the outlines of its clusters.

Boxes are placed by a Graphviz engine where there is one, else by the built-in layout. An engine is asked for
geometry only. It gets boxes of fixed size and no text, so every engine gives the same picture whatever it
knows about fonts.
"""

from __future__ import annotations

import json
import warnings
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, repeat
from typing import Any

from viz.canvas.engines import Engine, EngineError, EngineTimeout, engines, forced
from viz.canvas.geometry import Box, Curve, Geometry, Size, Way
from viz.canvas.layered import COLUMN_GAP, ROW_GAP, bend, crossings, gap, layered
from viz.canvas.outlines import ROOM, Outlines, outlined
from viz.nesting import Path, clusters, shared

DIRECTIONS = ("LR", "TB")
"""Where arrows run, as Graphviz writes it: from left to right, or from top to bottom."""

INCH = 72.0

MOST_CROSSED = 2000
"""An engine gives each link a place in every column that the link crosses, and takes seconds for so many
places, minutes for three times as many. Up to here it takes less than 5 seconds on one slow core."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Boxes, and the ways between them, in the order in which they were asked for."""

    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]
    outlines: Outlines
    width: float
    height: float


def place(
    sizes: Sequence[Size],
    links: Sequence[tuple[int, int]],
    pills: Sequence[Size | None],
    direction: str = "LR",
    built_in: bool = False,
    cluster_of: Sequence[Path] = (),
) -> Placed:
    """Place boxes, and on each link a pill of the given size, if any.

    With the direction "TB" links run from top to bottom. `cluster_of` are the clusters that each box lies
    in. Other arguments are those of `lay_out`.
    """
    turned = direction == "TB"
    arriving: list[list[int]] = [[] for _ in sizes]
    for link, (_, head) in enumerate(links):
        arriving[head].append(link)
    items: list[Size] = []  # the boxes, each after the pills on the links to it
    item_homes: list[Path] = []
    item_of_box: list[int] = []
    stops: dict[int, list[int]] = {}
    for size, home, incoming in zip(sizes, cluster_of or repeat(()), arriving, strict=False):
        for link in incoming:
            tail = item_of_box[links[link][0]]
            stops[link] = [tail]
            if (pill := pills[link]) is not None:
                stops[link].append(len(items))
                items.append(pill)
                item_homes.append(shared(item_homes[tail], home))
        for link in incoming:
            stops[link].append(len(items))
        item_of_box.append(len(items))
        items.append(size)
        item_homes.append(home)
    pieces = {link: list(pairwise(way)) for link, way in stops.items()}
    placed = lay_out(
        [size[::-1] for size in items] if turned else items,
        [piece for way in pieces.values() for piece in way],
        built_in,
        item_homes,
    )
    if turned:
        placed = placed.transposed()
    placed, outlines = outlined(placed, item_homes)
    curves = iter(placed.curves)
    drawn = {link: tuple(next(curves) for _ in way) for link, way in pieces.items()}
    return Placed(
        tuple(placed.boxes[item] for item in item_of_box),
        tuple(
            Way(placed.boxes[stops[link][1]] if pill else None, drawn[link])
            for link, pill in enumerate(pills)
        ),
        outlines,
        max((placed.width, *(outline.right for _, outline in outlines))),
        max((placed.height, *(outline.bottom for _, outline in outlines))),
    )


def lay_out(
    sizes: Sequence[Size],
    links: Sequence[tuple[int, int]],
    built_in: bool = False,
    cluster_of: Sequence[Path] = (),
) -> Geometry:
    """Place boxes of the given sizes, in pixels, so that links run from left to right.

    `links` are pairs (from, to) of indices into `sizes`, with from < to; a link leaves its box in the
    middle of the right side and arrives in the middle of the left side. `built_in` asks for the built-in
    layout, whose time is linear. An engine keeps boxes of one cluster, by `cluster_of`, together, with room
    for an outline. Where links cross too many columns, as those of a value used all along a chain do, no
    engine is asked unless GLASSGRAD_DOT forces one. One that fails is passed over for the next; one that
    takes too long, for the built-in layout, with a RuntimeWarning. EngineError is raised only if
    GLASSGRAD_DOT forced it.
    """
    if not built_in and (forced() or crossings(len(sizes), links) <= MOST_CROSSED):
        source = _skeleton(sizes, links, cluster_of)
        for engine in engines():
            try:
                return _relaxed(_asked(engine, source, sizes, len(links)), links)
            except EngineError as error:
                if forced():
                    raise
                if isinstance(error, EngineTimeout):  # the next engine would take as long
                    warnings.warn(
                        f"{error}; the built-in layout takes its place", RuntimeWarning, stacklevel=2
                    )
                    break
    return layered(sizes, links)


def _skeleton(sizes: Sequence[Size], links: Sequence[tuple[int, int]], cluster_of: Sequence[Path]) -> str:
    lines = [
        "digraph {",
        f"graph [rankdir=LR nodesep={ROW_GAP / INCH:.3f} ranksep={COLUMN_GAP / INCH:.3f} margin={ROOM:g}]",
        'node [shape=box fixedsize=true label="" margin=0] edge [arrowhead=none]',
    ]
    for index, (width, height) in enumerate(sizes):
        lines.append(f"{index} [width={width / INCH:.4f} height={height / INCH:.4f}]")
    numbers = {path: number for number, path in enumerate(clusters(cluster_of))}
    for index, home in enumerate(cluster_of):
        # A cluster may be opened again and again: an engine puts together what has the same name.
        opened = [f"subgraph cluster_{numbers[home[: level + 1]]} {{" for level in range(len(home))]
        lines.append(f"{' '.join(opened)} {index} {'}' * len(opened)}")
    for index, (tail, head) in enumerate(links):
        lines.append(f"{tail}:e -> {head}:w [id={index}]")
    return "\n".join((*lines, "}", ""))


def _asked(engine: Engine, source: str, sizes: Sequence[Size], curves: int) -> Geometry:
    try:
        return _geometry(json.loads(engine.run(source)), sizes, curves)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise EngineError(f"{engine.name} gave no layout that can be read: {error!r}") from error


def _geometry(drawn: dict[str, Any], sizes: Sequence[Size], curves: int) -> Geometry:
    placed: dict[int, Box] = {}
    for node in drawn.get("objects", []):
        if "pos" not in node:  # a cluster
            continue
        x, y = map(float, node["pos"].split(","))
        index = int(node["name"])
        width, height = sizes[index]  # some engines give them back rounded
        placed[index] = Box(x - width / 2, -y - height / 2, width, height)
    drawn_curves: dict[int, Curve] = {}
    for edge in drawn.get("edges", []):
        pairs = (pair.split(",") for pair in edge["pos"].split())
        drawn_curves[int(edge["id"])] = tuple((float(x), -float(y)) for x, y in pairs)
    return Geometry(
        tuple(placed[index] for index in range(len(sizes))),
        tuple(drawn_curves[index] for index in range(curves)),
    ).moved_to_origin()


def _relaxed(placed: Geometry, links: Sequence[tuple[int, int]]) -> Geometry:
    """Widen the gaps between columns that a link crosses steeply, which `dot` leaves all alike.

    A link from one column to the next becomes one even bend across the gap.
    """
    lefts: list[float] = []
    rights: list[float] = []
    for box in sorted(placed.boxes, key=lambda box: box.x):
        if not rights or box.x > rights[-1]:
            lefts.append(box.x)
            rights.append(box.right)
        rights[-1] = max(rights[-1], box.right)
    columns = [bisect_right(lefts, box.x) for box in placed.boxes]
    rises = [0.0] * (len(lefts) + 1)
    for tail, head in links:
        if columns[tail] + 1 == columns[head]:
            rise = abs(placed.boxes[tail].middle - placed.boxes[head].middle)
            rises[columns[tail]] = max(rises[columns[tail]], rise)
    moved: list[float] = []
    for left, right, before, rise in zip(lefts, rights, (0.0, *rights), rises, strict=False):
        moved.append(moved[-1] + max(gap(rise), left - before) if moved else left)
        moved.append(moved[-1] + right - left)
    edges = [x for pair in zip(lefts, rights, strict=True) for x in pair]

    def shifted(x: float) -> float:
        after = min(max(bisect_right(edges, x), 1), len(edges) - 1)
        part = (x - edges[after - 1]) / ((edges[after] - edges[after - 1]) or 1.0)
        return moved[after - 1] + part * (moved[after] - moved[after - 1])

    boxes = tuple(replace(box, x=shifted(box.x)) for box in placed.boxes)
    curves: list[Curve] = []
    for (tail, head), curve in zip(links, placed.curves, strict=True):
        start, end = (boxes[tail].right, boxes[tail].middle), (boxes[head].x, boxes[head].middle)
        if columns[tail] + 1 == columns[head]:
            curves.append((start, *bend(start, end)))
        else:
            curves.append((start, *((shifted(x), y) for x, y in curve[1:-1]), end))
    return Geometry(boxes, tuple(curves)).moved_to_origin()
