"""Placing a graph: its boxes, the pills on its links, and the outlines of its clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat

from viz.canvas.geometry import Box, Size, Way
from viz.canvas.layout import lay_out
from viz.canvas.outlines import Outlines, outlined
from viz.nesting import Path, shared

DIRECTIONS = ("LR", "TB")
"""Where arrows run, as Graphviz writes it: from left to right, or from top to bottom."""


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
