"""Finding a neuron in a graph: the activation of Σ weight · signal + bias, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from autograd import Value
from autograd.context import recording
from autograd.graph import topological_order
from autograd.nary import nary_dot
from autograd.ops import mul
from autograd.primitive import Primitive

Arg = TypeVar("Arg")
"""An argument, as a Value or by its id, or a plain number."""

ByOperation = Mapping[tuple[Primitive, tuple[Value | float, ...]], Value]
"""The nodes of a graph, by their operation and its arguments."""


class WeightedSum(NamedTuple):
    """The sum of a neuron: its node, those it is made by, and the signal that goes with each weight."""

    total: Value
    nodes: list[Value]
    signals: list[Any]


def sum_of(
    weights: Sequence[Value], bias: Value | None, users: Mapping[Value, Sequence[Value]]
) -> WeightedSum | None:
    """Return the sum of each weight times a signal, and of the bias; None if there is no such sum."""
    node = weights[0]
    while len(following := users.get(node, ())) == 1:
        [node] = following
        if found := _made_of(node, weights, bias):
            return found
    return None


def _made_of(total: Value, weights: Sequence[Value], bias: Value | None) -> WeightedSum | None:
    places: dict[Any, int] = {weight: place for place, weight in enumerate(weights)}
    signals: dict[int, Any] = {}
    nodes: list[Value] = []
    waiting: list[Any] = [total]
    missing = [] if bias is None else [bias]
    while waiting:
        node = waiting.pop()
        if missing and node is bias:
            missing.pop()
            continue
        if not isinstance(node, Value):
            if node != 0.0:
                return None
            continue
        products, addends = terms_of(node.op, node.args)
        if not products and not addends:
            return None
        waiting += addends
        nodes.append(node)
        for one, other in products:
            weight, signal = (one, other) if one in places else (other, one)
            if weight not in places or signal in places or places[weight] in signals:
                return None
            signals[places[weight]] = signal
    if missing or len(signals) < len(weights):
        return None
    return WeightedSum(total, nodes, [signals[place] for place in range(len(weights))])


def terms_of(operation: Primitive | None, args: Sequence[Arg]) -> tuple[list[Sequence[Arg]], Sequence[Arg]]:
    """Return the pairs that an operation multiplies, and what it adds to them; nothing if it does neither."""
    if operation is mul:
        return [args], ()
    if operation is nary_dot:
        half = len(args) // 2
        return [*zip(args[:half], args[half:-1], strict=True)], args[-1:]
    return [], args if operation is not None and operation.adds else ()


def activated(total: Value, activation: Callable[[Any], Any] | None, graph: ByOperation) -> list[Value]:
    """Return the nodes that an activation records behind a sum, its signal the last.

    There are none without an activation, where it is the sum itself, and where the graph goes on otherwise.
    """
    if activation is None:
        return []
    probe = Value(total.data)
    with recording():
        signal = activation(probe)
    same: dict[Any, Value] = {probe: total}
    for node in topological_order(signal) if isinstance(signal, Value) else ():
        if node in same:
            continue
        args = tuple([same.get(arg, arg) for arg in node.args])
        found = None if node.op is None else graph.get((node.op, args))
        if found is None:
            return []
        same[node] = found
    return [*same.values()][1:]
