"""Walking the graph: topological order, and the backward sweep that applies the chain rule.

Nothing here recurses, so the depth of a graph is bounded by memory alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from autograd.ops import chain

if TYPE_CHECKING:
    from autograd.value import Value


def topological_order(root: Value) -> list[Value]:
    """Return every node that `root` depends on, and `root` last; each node stands after its arguments.

    The order follows the arguments from left to right and is the same in every run. Linear in edges.
    """
    order: list[Value] = []
    met: set[Value | float] = set()
    # Nodes to be looked at, the next one last. After a None stands a node whose arguments came before it. A
    # flat list, since a tuple for each step of a deep graph would keep the garbage collector busy.
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if node is None:
            order.append(waiting.pop())
        elif node not in met:
            met.add(node)
            if type(node) is not float:  # a constant is met like a node, but has no place in the order
                args = node.edges[::2]
                if met.issuperset(args):
                    order.append(node)
                else:
                    waiting += (node, None)
                    waiting += args[::-1]
    return order


def adjoints(root: Value, seed: float = 1.0) -> dict[Value, float]:
    """Return ∂root/∂node · seed for every node that `root` depends on, arguments before results.

    This is the chain rule in reverse topological order: when a node's turn comes, every use of it has
    already added its share, so its adjoint is complete and can be passed on.
    """
    adjoint = dict.fromkeys(topological_order(root), 0.0)
    adjoint[root] = seed
    for node, upstream in reversed(adjoint.items()):
        if upstream:  # zero passes on zero, even along an infinite local derivative: see `chain` in ops.py
            edges = iter(node.edges)
            for arg in edges:
                partial = next(edges)  # by a third faster than pairs from zip
                if partial is not None:
                    adjoint[arg] += partial * upstream
    return adjoint


def differentiable_adjoints(root: Value, inputs: Iterable[Value]) -> dict[Value, Any]:
    """Return ∂root/∂node as Values with a graph of their own, for every node between `inputs` and `root`.

    The same sweep as `adjoints`, with each local derivative taken anew from the table, as a function of the
    node's arguments. An adjoint that depends on nothing is a plain float; a node with none is missing.
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
        upstream = adjoint[node]
        wanted = [arg in leading for arg in node.args]
        partials = node.op.derivatives(node, node.args, wanted)
        for arg, partial, recorded in zip(node.args, partials, node.partials, strict=True):
            if partial is not None:
                _refuse_changed_data(node, partial, recorded)
                share = chain(upstream, partial)
                adjoint[arg] = adjoint[arg] + share if arg in adjoint else share
    return adjoint


def _refuse_changed_data(node: Value, partial: Any, recorded: float | None) -> None:
    now = getattr(partial, "data", partial)
    if now != recorded and now == now:
        raise ValueError(
            f"the data of an argument of {node.op and node.op.name} was changed after it was recorded: "
            f"the local derivative was {recorded}, and would be {now} now"
        )
