"""Walking the graph: topological order, and the backward sweep that applies the chain rule.

Nothing here recurses, so the depth of a graph is bounded by memory alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.value import Value


def topological_order(root: Value) -> list[Value]:
    """Return every node that `root` depends on, and `root` last; each node stands after its arguments.

    The order follows the arguments from left to right and is the same in every run. Linear in edges.
    """
    order: list[Value] = []
    seen: set[Value] = set()
    waiting: list[Value | None] = [root]
    while waiting:
        node = waiting.pop()
        if node is None:  # all arguments of the node below this mark are in order: its turn has come
            order.append(waiting.pop())  # type: ignore[arg-type]
        elif node not in seen:
            seen.add(node)
            waiting += (node, None)
            for arg in reversed(node.args):
                if type(arg) is not float and arg not in seen:
                    waiting.append(arg)
    return order


def adjoints(root: Value, seed: float = 1.0) -> dict[Value, float]:
    """Return ∂root/∂node · seed for every node that `root` depends on, arguments before results.

    This is the chain rule in reverse topological order: when a node's turn comes, every use of it has
    already added its share, so its adjoint is complete and can be passed on.
    """
    adjoint = dict.fromkeys(topological_order(root), 0.0)
    adjoint[root] = seed
    for node in reversed(adjoint):
        upstream = adjoint[node]
        if upstream:  # zero passes on zero, even along an infinite local derivative: see `chain` in ops.py
            for arg, partial in zip(node.args, node.partials, strict=True):
                if partial is not None:
                    adjoint[arg] += partial * upstream  # type: ignore[index]
    return adjoint
