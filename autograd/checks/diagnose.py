"""Seeing why: where a nan began, which paths carry the blame, how large a graph is."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import isfinite, log2
from pathlib import Path
from typing import Any

from autograd import graph, tree
from autograd.context import Layer, layered
from autograd.dual import Dual, tangent_part
from autograd.flow import NOTHING
from autograd.inspection import Inspector, in_steps
from autograd.notation.formula import Text, filled
from autograd.notation.rows import html_table
from autograd.primitive import Primitive
from autograd.value import Recorder, Value

# ---- anomalies --------------------------------------------------------------------------------------


MOST_SHOWN = 6
"""Operands that a message lists; a weighted sum may have thousands."""

MOST_COUNTED = 10**30
"""From here on a number of paths is told by its size: in 60 doublings it outgrows what one reads."""


class AnomalyError(ArithmeticError):
    """The first nan or infinity, with the operation, its operands and the source line it came from."""


def detect_anomaly() -> layered:
    """Raise AnomalyError inside a `with` block at the first nan or infinity, forward or backward.

    Forward, the message names the operation, its operands and the line that applied it. Backward, it names
    the operation whose local derivative made a gradient nan or infinite, and the line that applied it, if
    that happened inside the block. A transformation is looked at as `backward` is, along what it
    differentiates; forward mode, at the rates of change of its result. Branches inside a rule that nobody
    selects do not count. Holds for the current thread or task only; slows recording.
    """
    return layered(lambda: _Detector().layer())


class _Detector(Inspector):
    """What raises AnomalyError, and knows by which line each Value was made, and where each rate went wrong.

    A rate of change that is nan or infinite raises at the end of its pass, if it comes so far: on the way it
    may belong to a branch that is not selected.
    """

    def __init__(self) -> None:
        self.made_at: dict[Value, str] = {}
        self.began: dict[int, tuple[Any, str]] = {}  # by identity: what is being recorded has no hash

    def layer(self) -> Layer:
        return Layer(around=self.around, inspect=self)

    def around(self, inner: Recorder) -> Recorder:
        """Return a recorder that also writes down the line, and looks at the number."""

        def inspected(primitive: Primitive, args: tuple[Any, ...]) -> Value:
            node = inner(primitive, args)
            if isinstance(node, Value):  # a scalar that is being recorded has no number yet
                self.made_at[node] = _calling_line()
                self.result(primitive, args, node)
            return node

        return inspected

    def result(self, operation: Callable[..., Any], args: tuple[Any, ...], out: Any) -> None:
        if in_steps.get():
            return
        for scalar in tree.leaves(out):
            value, *rates = _numbers(scalar) or [0.0]
            if not isfinite(value):
                shown = f"{_applied(operation, args)} = {value}"
                raise AnomalyError(f"{shown}{_operands(args)}; {_calling_line()}")
            for rate in rates:
                if not isfinite(rate):
                    earlier = [self.began[id(arg)][1] for arg in args if id(arg) in self.began]
                    shown = f"the rate of change of {_applied(operation, args)} = {value} becomes {rate}"
                    here = f"{shown}{_operands(args)}; {_calling_line()}"
                    self.began[id(scalar)] = scalar, earlier[0] if earlier else here
                    break

    def forward(self, out: Any, epsilon: int) -> None:
        for scalar in tree.leaves(out):
            result = tangent_part(scalar, epsilon)
            rate, *rates = _numbers(result) or [0.0]
            here = f"the rate of change of {_shown(scalar)} is {rate}; {_calling_line()}"
            begun = self.began.get(id(scalar), (scalar, here))[1]
            if not isfinite(rate):
                raise AnomalyError(begun)
            if not all(map(isfinite, rates)):  # of the passes around this one
                self.began[id(result)] = result, begun

    def backward(self, root: Value, inputs: list[Value] | None = None) -> None:
        toward = None if inputs is None else _leading(root, inputs)
        total: dict[Value, float] = {}
        for node, _, arg, upstream, local, amount in graph.contributions(root):
            if amount is None or (toward is not None and arg not in toward):
                continue
            before = total[arg] if arg in total else _gathered(arg, toward)
            total[arg] = before + amount
            if isfinite(upstream) and isfinite(before) and not isfinite(total[arg]):
                name = node.op.name if node.op else ""
                raise AnomalyError(
                    f"the gradient of {_shown(arg)} = {arg.data} becomes {total[arg]} in {name}: "
                    f"upstream {upstream} × local derivative {local}; "
                    f"{self.made_at.get(node, 'made before detect_anomaly began')}"
                )


def _gathered(arg: Value, toward: set[Value] | None) -> float:
    """Return what a pass adds to: in `backward`, which is toward no inputs, the gradient of a leaf."""
    if toward is not None or arg.op is not None:
        return NOTHING
    return arg._grad._float if isinstance(arg._grad, Value) else arg._grad


def _leading(root: Value, inputs: list[Value]) -> set[Value]:
    """Return the nodes below a root from which something passes to an input."""
    leading = set(inputs)
    for node in graph.topological_order(root):
        edges = zip(node.args, node.edges[1::2], strict=True)
        if any(partial is not None and arg in leading for arg, partial in edges):
            leading.add(node)
    return leading


def _numbers(scalar: Any) -> list[float]:
    """Return what a scalar is worth, and its rates of change; those that are being recorded are left out."""
    if isinstance(scalar, Dual):
        return [*(_numbers(scalar.primal) or [0.0]), *_numbers(scalar.tangent)]
    if isinstance(scalar, Value):
        return [scalar.data]
    return [scalar] if isinstance(scalar, float) else []


def _applied(operation: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """Return how an operation on its arguments is written."""
    if len(args) > MOST_SHOWN:
        return f"{operation.__name__}(…)"
    shown = [filled(arg) if isinstance(arg, float) else arg for arg in map(_shown, args)]
    if isinstance(operation, Primitive):
        return str(operation(*shown))
    return f"{operation.__name__}({', '.join(map(str, shown))})"


def _calling_line() -> str:
    here = str(Path(__file__).parents[1])  # the package, with all its rooms
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(here):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _operands(args: tuple[Any, ...]) -> str:
    """Return what each operand is worth: " for x = 2.0, y * z = -1.0"."""
    worth = {str(_shown(arg)): arg.data for arg in args if isinstance(arg, Value) and (arg.label or arg.args)}
    shown = [f"{text} = {data}" for text, data in worth.items()]
    if len(shown) > MOST_SHOWN:
        shown[MOST_SHOWN:] = [f"and {len(shown) - MOST_SHOWN} more"]
    return f" for {', '.join(shown)}" if shown else ""


def _shown(value: Any, depth: int = 1) -> Any:
    """Return a value as text: its label, a leaf's number, or its formula, `depth` operations deep."""
    while isinstance(value, Dual):
        value = value.primal
    if not isinstance(value, Value):
        return value
    if value.label or value.op is None:
        return Text(value.label) if value.label else filled(value.data)
    if depth == 0 or len(value.args) > MOST_SHOWN:
        return Text(f"{value.op.name}(…)")
    return value.op(*[_shown(arg, depth - 1) for arg in value.args])


def _name(value: Value) -> str:
    return value.label or (value.op.name if value.op else "a leaf")


# ---- blame ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BlamePath:
    """One path from a value to the loss: its nodes, the local derivative of each step, their product."""

    nodes: tuple[Value, ...]
    partials: tuple[float, ...]
    product: float

    def __str__(self) -> str:
        steps = "".join(
            f" →(× {partial:.6g}) {_name(node)}"
            for node, partial in zip(self.nodes[1:], self.partials, strict=True)
        )
        return f"{_name(self.nodes[0])}{steps}: {self.product:.6g}"


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
        rows = [(str(path).rpartition(": ")[0], path.product) for path in self.paths]
        if self.count > len(self.paths):
            rows.append((f"the other {_counted(self.count - len(self.paths))} paths", self.rest))
        return html_table(
            ("path", "product", "share"),
            [(way, f"{part:.6g}", _percentage(part, self.total)) for way, part in rows],
            f"{self.total:.6g} in all",
        )

    def __str__(self) -> str:
        ways = "1 path" if self.count == 1 else f"{_counted(self.count)} paths"
        lines = [f"{self.total:.6g} in all, over {ways}"]
        lines += [f"  {_percentage(path.product, self.total):>7}  {path}" for path in self.paths]
        if self.count > len(self.paths):
            others = _counted(self.count - len(self.paths))
            lines.append(
                f"  {_percentage(self.rest, self.total):>7}  the other {others} paths: {self.rest:.6g}"
            )
        return "\n".join(lines)


def _counted(number: int) -> str:
    """Return a whole number, or about which power of 2 it is where it takes many digits."""
    return str(number) if number < MOST_COUNTED else f"about 2^{log2(number):.0f}"


def _percentage(part: float, total: float) -> str:
    return f"{part / total:.1%}" if total and isfinite(total) else "–"


def explain(loss: Value, x: Value, paths: int = 5) -> BlamePaths:
    """Return the strongest paths from `x` to `loss`, each the product of its local derivatives.

    The chain of blame of document 003: how much of ∂loss/∂x came along which way. Strongest means largest
    in size. Linear in the number of edges (times `paths`), even where the paths are exponentially many.
    Raises ValueError for a number of paths below 1.
    """
    return explain_each(loss, (x,), paths)[0]


def explain_each(loss: Value, xs: Sequence[Value], paths: int = 5) -> list[BlamePaths]:
    """Return for each of several values what `explain` does, from one pass over the graph."""
    if paths < 1:
        raise ValueError(f"explain shows at least 1 path, got {paths}")
    count = dict.fromkeys((*graph.topological_order(loss), *xs), 0)
    count[loss] = 1
    # The best ways from a node to the loss: the product so far, and the first step, with the rank among the
    # next node's ways of that on which it goes on. So ways share their tails, and nothing nests as deep as
    # the graph.
    best: dict[Value, list[tuple[float, Any]]] = {node: [] for node in count}
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
    found = []
    for x in xs:
        ways = _strongest(best[x], paths)
        walks = [_walked(way, best) for _, way in ways]
        rest = _rest(x, walks, edges, gradient) if count[x] > len(walks) else 0.0
        shown = [_path(x, walk, product) for (product, _), walk in zip(ways, walks, strict=True)]
        found.append(BlamePaths(tuple(shown), count[x], gradient.get(x, 0.0), rest))
    return found


Edge = tuple[Value, float]
"""A node that an argument is used by, and its local derivative along that."""


def _strongest(ways: list[tuple[float, Any]], paths: int) -> list[tuple[float, Any]]:
    return nlargest(paths, ways, key=lambda way: _size(way[0]))


def _size(product: float) -> float:
    return abs(product) if product == product else float("inf")  # a nan is the first thing to look at


def _walked(step: Any, best: Mapping[Value, list[tuple[float, Any]]]) -> list[Edge]:
    edges = []
    while step is not None:
        edge, rank = step
        edges.append(edge)
        step = best[edge[0]][rank][1]
    return edges


def _path(x: Value, walk: Sequence[Edge], product: float) -> BlamePath:
    return BlamePath((x, *(node for node, _ in walk)), tuple(local for _, local in walk), product)


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


# ---- size -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GraphStats:
    """How large a graph is: `memory` in bytes, with the numbers and tuples that only its nodes hold."""

    nodes: int
    leaves: int
    edges: int
    depth: int
    operations: Mapping[str, int]
    memory: int

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self.operations.items())
        return (
            f"{self.nodes} nodes ({self.leaves} leaves), {self.edges} edges, depth {self.depth}, "
            f"{self.memory / 1e6:.3g} MB; {counts or 'no operations'}"
        )


def graph_stats(value: Value) -> GraphStats:
    """Count nodes, edges, depth, operations and memory of the graph that ends in `value`.

    The depth of a leaf is 0. Operations are counted by name, the most frequent first.
    """
    order = graph.topological_order(value)
    depth: dict[Value, int] = {}
    edges = 0
    memory = 0
    floats: set[int] = set()
    for node in order:
        arguments = [arg for arg in node.args if isinstance(arg, Value)]
        depth[node] = 1 + max((depth[arg] for arg in arguments), default=-1)
        edges += len(arguments)
        memory += sys.getsizeof(node) + (sys.getsizeof(node._second) if type(node._second) is tuple else 0)
        floats.update(id(number) for number in (node.data, *node.edges) if type(number) is float)
    operations = Counter(node.op.name for node in order if node.op is not None)
    return GraphStats(
        nodes=len(order),
        leaves=sum(not node.args for node in order),
        edges=edges,
        depth=depth[value],
        operations=dict(operations.most_common()),
        memory=memory + len(floats) * sys.getsizeof(1.0),
    )
