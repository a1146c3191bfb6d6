"""Walking the graph: topological order, the backward pass that applies the chain rule, and its commit.

Nothing here recurses, so the depth of a graph is bounded by memory alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from math import copysign
from operator import add, setitem
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import scalar
from autograd.flow import NOTHING, joined, passed

if TYPE_CHECKING:
    from autograd.value import Value


def topological_order(*roots: Value) -> list[Value]:
    """Return every node that the roots depend on, and these; each node stands after its arguments.

    So one root stands last. The order follows the arguments from left to right and is the same in every run.
    Linear in edges.
    """
    order: list[Value] = []
    met: set[Value | float | None] = {None}  # None stands where there is no argument
    # What is to be met later, the next one last. After a None stands a node whose arguments are met before
    # it. A flat list, since a tuple for each step of a deep graph would keep the garbage collector busy.
    waiting: list[Any] = [*roots]
    take, meet, append = waiting.pop, met.add, order.append  # by a tenth faster
    while waiting:
        node = take()
        if node is None:
            append(take())
            continue
        while node not in met:
            meet(node)
            if type(node) is float:  # a constant is met like a node, but has no place in the order
                break
            first, second = node._first, node._second
            if type(second) is tuple and not met.issuperset(second[::2]):
                waiting += (node, None, *second[-2::-2])
            elif type(second) is not tuple and second not in met:
                waiting += (node, None, second)
            elif first not in met:
                waiting += (node, None)
            else:
                append(node)
                break
            node = first
    return order


def adjoints(root: Value, unreached: float = 0.0) -> dict[Value, float]:
    """Return ∂root/∂node for every node that `root` depends on, arguments before results.

    This is the chain rule in reverse topological order: when a node's turn comes, every use of it has
    already added its contribution, so its adjoint is complete and can be passed on. The adjoint of a node
    that nothing reaches, since no use of it was selected, is `unreached`.
    """
    adjoint = dict.fromkeys(topological_order(root), NOTHING)
    adjoint[root] = 1.0
    for node, upstream in reversed(adjoint.items()):
        if upstream is NOTHING:
            adjoint[node] = unreached
            continue
        # The same for the first edge, the second, or all but the first: one loop would take twice the time.
        if (partial := node._first_partial) is not None:
            adjoint[node._first] += partial * upstream
        if (partial := node._second_partial) is not None:
            adjoint[node._second] += partial * upstream
        elif type(node._second) is tuple:
            edges = iter(node._second)
            for arg in edges:
                partial = next(edges)  # by a third faster than pairs from zip
                if partial is not None:
                    adjoint[arg] += partial * upstream
    return adjoint


def commit(adjoint: dict[Value, Any]) -> None:
    """Add their adjoints to the gradients of leaves, and make those of all other nodes their own, at once.

    One call that runs no Python code in between cannot be interrupted: not by Ctrl-C or a signal's handler,
    and not by another thread that adds to the same leaves. So no lock is held that a handler or a forked
    process could wait for.
    """
    gradient: Any = type(next(iter(adjoint)))._grad  # the slot, which a kind of Value may inherit
    read, write = gradient.__get__, gradient.__set__
    leaves = [node for node in adjoint if node.op is None]
    totals: Iterable[Any] = map(add, map(read, leaves), map(adjoint.__getitem__, leaves))
    before = list(map(read, leaves))
    if {type(x) for x in before} | {type(adjoint[leaf]) for leaf in leaves} != {float}:
        # To add Values runs Python code: their sums are made first.
        totals = [
            adjoint[leaf] if x is NOTHING else x + adjoint[leaf]
            for x, leaf in zip(before, leaves, strict=True)
        ]
    added = map(setitem, repeat(adjoint), leaves, totals)
    deque(chain(added, map(write, adjoint.keys(), adjoint.values())), maxlen=0)


class Contribution(NamedTuple):
    """What one edge passes back: `amount` = `upstream` × `local`, or None where nothing passes.

    The edge is that of `node` to its argument number `position`.
    """

    node: Value
    position: int
    argument: Value
    upstream: float
    local: float
    amount: float | None


def contributions(root: Value) -> Iterator[Contribution]:
    """Return what every edge contributes to ∂root/∂argument, results before arguments.

    Every other account of the backward pass reads these. The amounts that reach a node add up to its adjoint.
    """
    for node, upstream in reversed(adjoints(root, unreached=NOTHING).items()):
        yield from contributions_of(node, upstream)


def contributions_of(node: Value, upstream: float) -> Iterator[Contribution]:
    """Return what each edge of one node passes on of its adjoint."""
    for position, (argument, partial) in enumerate(zip(node.args, node.edges[1::2], strict=True)):
        if not isinstance(argument, float):
            passes = upstream is not NOTHING and partial is not None
            yield Contribution(
                node,
                position,
                argument,
                0.0 if upstream is NOTHING else upstream,
                0.0 if partial is None else partial,
                partial * upstream if passes else None,
            )


def differentiable_adjoints(root: Value, inputs: Iterable[Value]) -> dict[Value, Any]:
    """Return ∂root/∂node as Values with a graph of their own, for every node between `inputs` and `root`.

    The same pass as `adjoints`, with each local derivative taken anew from the table, as a function of the
    node's arguments. An adjoint that depends on nothing is a plain float; a node that nothing reaches is
    missing.
    Raises ValueError if the data of a node's argument was changed after the node was recorded.
    """
    order = topological_order(root)
    leading: set[Any] = set(inputs)  # the nodes through which an input reaches the root
    for node in order:
        if not leading.isdisjoint(node.args):
            leading.add(node)
    adjoint: dict[Any, Any] = {root: 1.0}
    for node in reversed(order):
        if node.op is None or node not in adjoint:
            continue
        wanted = [arg in leading for arg in node.args]
        if not any(wanted):
            continue
        partials = node.op.derivatives(node, node.args, wanted)
        _refuse_changed_data(node, wanted, partials)
        for arg, partial in zip(node.args, partials, strict=True):
            if partial is not None:
                adjoint[arg] = joined(adjoint.get(arg), passed(adjoint[node], partial))
    return adjoint


def _refuse_changed_data(node: Value, wanted: Sequence[bool], partials: Sequence[Any]) -> None:
    """Raise ValueError unless the node is what its operation makes of its arguments' data as they are now.

    Derivatives of a higher order are taken from the data, as those partials just were that are wanted. The
    value alone would not do: x² is the same at -2 and 2; nor would the partials: so is the slope of x³.
    """
    assert node.op is not None
    numbers = [arg if isinstance(arg, float) else arg.data for arg in node.args]
    pairs = [(node._float, node.op.impl(scalar, *numbers))]
    for then, want, partial in zip(node.edges[1::2], wanted, partials, strict=True):
        if want and then is not None:
            pairs.append((then, getattr(partial, "_float", partial)))
    for then, now in pairs:
        if not _same(then, now):
            raise ValueError(
                f"the data of an argument of {node.op.name} was changed after it was recorded: "
                f"{then} was recorded, and would be {now} now; record again before differentiating"
            )


def _same(x: float, y: float) -> bool:
    """Tell whether two numbers are the same, where 0.0 and -0.0 are not, and nan is itself."""
    return (x == y and copysign(1.0, x) == copysign(1.0, y)) or (x != x and y != y)
