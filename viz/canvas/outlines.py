"""Boxes that belong together, such as the nodes of one module, and the outline around them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from viz.canvas.geometry import Box, Geometry
from viz.nesting import Path, clusters, shared

SIDE, TOP = 9.0, 22.0
"""How far an outline stands off what it holds; at its top it has room for its title."""

ROOM = 26.0
"""What an engine leaves free around a cluster."""

Outlines = tuple[tuple[Path, Box], ...]


def outlined(placed: Geometry, cluster_of: Sequence[Path]) -> tuple[Geometry, Outlines]:
    """Return a layout, moved to make room, and the outline of each cluster, the outer ones first.

    A cluster whose boxes the layout did not keep together has none.
    """
    holds: dict[Path, list[Box]] = {path: [] for path in clusters(cluster_of)}
    if not holds:
        return placed, ()
    for home, box in zip(cluster_of, placed.boxes, strict=False):
        if home:
            holds[home].append(box)
    outlines: dict[Path, Box] = {}
    for path in sorted(holds, key=len, reverse=True):
        outlines[path] = outline = _around(holds[path])
        if len(path) > 1:
            holds[path[:-1]].append(outline)
    strangers = {
        path
        for path, outline in outlines.items()
        for home, box in zip(cluster_of, placed.boxes, strict=False)
        if home[: len(path)] != path and outline.overlaps(box)
    }
    for (one, box), (other, other_box) in combinations(outlines.items(), 2):
        if shared(one, other) not in (one, other) and box.overlaps(other_box):
            strangers |= {one, other}
    kept = [path for path in holds if path not in strangers]
    count = len(placed.boxes)
    moved = Geometry((*placed.boxes, *(outlines[path] for path in kept)), placed.curves).moved_to_origin()
    return Geometry(moved.boxes[:count], moved.curves), tuple(zip(kept, moved.boxes[count:], strict=True))


def _around(boxes: Sequence[Box]) -> Box:
    left, top = min(box.x for box in boxes) - SIDE, min(box.y for box in boxes) - TOP
    right, bottom = max(box.right for box in boxes) + SIDE, max(box.bottom for box in boxes) + SIDE
    return Box(left, top, right - left, bottom - top)
