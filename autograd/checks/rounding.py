"""How far the roundings inside a function can have moved its number: a running error analysis of its graph.

Every operation's number is taken to be one unit in the last place off, and as if each of its arguments had
been so; to first order, the adjoints of one backward pass say how far each of these moves the result
(Linnainmaa, "Taylor expansion of the accumulated rounding error", BIT 16, 1976).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ulp
from typing import Any

from autograd import graph
from autograd.value import Value


def dependents(root: Any, inputs: Iterable[Value]) -> list[Value]:
    """Return the nodes through which `inputs` reach `root`, each after its arguments, without the inputs."""
    met: set[Any] = set(inputs)
    found = []
    for node in graph.topological_order(root) if isinstance(root, Value) else ():
        if not met.isdisjoint(node.args):
            met.add(node)
            found.append(node)
    return found


def rounding_error(root: Any, inputs: Iterable[Value]) -> float:
    """Return how far `root` may be off because the operations from `inputs` to it round, to first order.

    Inputs are exact. 0.0 for what depends on none of them; inf or nan where an adjoint overflows.
    """
    between = dependents(root, inputs)
    if not between:
        return 0.0
    adjoint = graph.adjoints(root)
    total = 0.0
    for node in between:
        upstream = abs(adjoint.get(node, 0.0))
        if upstream:
            moved = ulp(node.data)
            for arg, partial in zip(node.args, node.partials, strict=True):
                if partial:
                    moved += abs(partial) * ulp(arg.data if isinstance(arg, Value) else arg)
            total += upstream * moved
    return total
