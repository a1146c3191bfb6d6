"""Which paths from a value to the loss carry the blame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import inf, isfinite, isnan, log2
from numbers import Integral

from autograd import graph
from autograd.flow import NOTHING
from autograd.notation.rows import html_table
from autograd.value import Value

MOST_COUNTED = 10**30
"""From here on a number of paths is told by its size: in 60 doublings it outgrows what one reads."""


@dataclass(frozen=True)
class BlamePath:
    """One path from a value to the loss: its nodes, the local derivative of each step, their product."""

    nodes: tuple[Value, ...]
    partials: tuple[float, ...]
    product: float

    def __str__(self) -> str:
        return f"{self._steps()}: {self.product:.6g}"

    def _steps(self) -> str:
        steps = zip(self.nodes[1:], self.partials, strict=True)
        return "".join([_name(self.nodes[0]), *(f" →(× {by:.6g}) {_name(node)}" for node, by in steps)])


@dataclass(frozen=True)
class BlamePaths:
    """The strongest paths from a value to the loss, and what all the others add.

    `total` is the sum over all `count` paths, which is ∂loss/∂x; `rest` is what the paths not listed
    contribute: a number even where one that is listed is nan.
    """

    paths: tuple[BlamePath, ...]
    count: int
    total: float
    rest: float

    def _repr_html_(self) -> str:
        rows = [(way, f"{part:.6g}", _percentage(part, self.total)) for way, part in self._ways()]
        return html_table(("path", "product", "share"), rows, f"{self.total:.6g} in all")

    def __str__(self) -> str:
        ways = "1 path" if self.count == 1 else f"{_counted(self.count)} paths"
        lines = [f"  {_percentage(part, self.total):>7}  {way}: {part:.6g}" for way, part in self._ways()]
        return "\n".join([f"{self.total:.6g} in all, over {ways}", *lines])

    def _ways(self) -> Iterator[tuple[str, float]]:
        """Yield each path as text and what it contributes, last all the others together."""
        for path in self.paths:
            yield path._steps(), path.product
        others = self.count - len(self.paths)
        if others:
            yield "the other path" if others == 1 else f"the other {_counted(others)} paths", self.rest


def name_of(value: Value) -> str:
    """Return the label of a value, "" where it has none or a blank one, which no one would read."""
    return value.label if value.label.strip() else ""


def _name(value: Value) -> str:
    return name_of(value) or (value.op.name if value.op else "a leaf")


def _counted(number: int) -> str:
    """Return a whole number, or about which power of 2 it is where it takes many digits."""
    return str(number) if number < MOST_COUNTED else f"about 2^{log2(number):.0f}"


def _percentage(part: float, total: float) -> str:
    return f"{part / total:.1%}" if total and isfinite(total) else "–"


def explain(loss: Value, x: Value, paths: int = 5) -> BlamePaths:
    """Return the strongest paths from `x` to `loss`, each the product of its local derivatives.

    The chain of blame of document 003: how much of ∂loss/∂x came along which way. Strongest means largest
    in size. Linear in the number of edges (times `paths`), even where the paths are exponentially many.
    Raises ValueError for a number of paths below 1 or that is not whole, and TypeError for what is no Value.
    """
    for value in (loss, x):
        if not isinstance(value, Value):
            raise TypeError(
                f"explain needs a loss that is a Value and the Value it came from, got {value!r}: "
                "compute the loss from Values"
            )
    if not isinstance(paths, Integral) or paths < 1:
        raise ValueError(f"explain shows a whole number of paths, at least 1, got {paths!r}: give 5, say")
    count = dict.fromkeys((*graph.topological_order(loss), x), 0)
    count[loss] = 1
    # The best ways from a node to the loss: the product so far, and the first step, with the rank among the
    # next node's ways of that on which it goes on. So ways share their tails, and nothing nests as deep as
    # the graph.
    best: dict[Value, list[Way]] = {node: [] for node in count}
    best[loss] = [(1.0, None)]
    gradient = {loss: 1.0}
    edges: dict[Value, list[Edge]] = {}
    for node, _, arg, _, local, amount in graph.contributions(loss):
        if amount is None:
            continue
        if len(best[node]) > paths:  # no more reach a node whose turn has come
            best[node] = _strongest(best[node], paths)
        count[arg] += count[node]
        gradient[arg] = gradient.get(arg, NOTHING) + amount
        edge = node, local
        edges.setdefault(arg, []).append(edge)
        best[arg] += [(product * local, (edge, rank)) for rank, (product, _) in enumerate(best[node])]
        if len(best[arg]) > 4 * paths:
            best[arg] = _strongest(best[arg], paths)
    ways = _strongest(best[x], paths)
    walks = [_walked(way, best) for _, way in ways]
    shown = [
        BlamePath((x, *(node for node, _ in walk)), tuple(local for _, local in walk), product)
        for (product, _), walk in zip(ways, walks, strict=True)
    ]
    rest = _rest(x, walks, edges, gradient) if count[x] > len(walks) else 0.0
    return BlamePaths(tuple(shown), count[x], gradient.get(x, 0.0), rest)


Edge = tuple[Value, float]
"""A node that an argument is used by, and its local derivative along that."""

Way = tuple[float, tuple[Edge, int] | None]
"""A way to the loss: its product, and its first edge with the rank of the way on; None at the loss."""


def _strongest(ways: list[Way], paths: int) -> list[Way]:
    # A nan is the first thing to look at.
    return nlargest(paths, ways, key=lambda way: inf if isnan(way[0]) else abs(way[0]))


def _walked(step: tuple[Edge, int] | None, best: Mapping[Value, list[Way]]) -> list[Edge]:
    edges = []
    while step is not None:
        edge, rank = step
        edges.append(edge)
        step = best[edge[0]][rank][1]
    return edges


def _rest(
    x: Value,
    walks: Sequence[Sequence[Edge]],
    edges: Mapping[Value, Sequence[Edge]],
    gradient: Mapping[Value, float],
) -> float:
    """Return what all ways from `x` but the walks contribute, with no difference that nan would spoil.

    Walks that begin alike form a tree. Another way turns off it at an edge, behind which the gradient of
    the node there has all that can follow.
    """
    at, taken = [x], [dict[int, int]()]
    for walk in walks:
        place = 0
        for edge in walk:
            if id(edge) not in taken[place]:
                taken[place][id(edge)] = len(at)
                at.append(edge[0])
                taken.append({})
            place = taken[place][id(edge)]
    rest: list[float | None] = [None] * len(at)
    for place in reversed(range(len(at))):
        for edge in edges.get(at[place], ()):
            after = taken[place].get(id(edge))
            arriving = gradient[edge[0]] if after is None else rest[after]
            if arriving is not None:
                rest[place] = (rest[place] or NOTHING) + arriving * edge[1]
    return rest[0] or 0.0
