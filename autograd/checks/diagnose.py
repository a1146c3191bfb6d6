"""Seeing why: where a nan began, and how large a graph is."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

from autograd import graph, tree
from autograd.checks.blame import name_of
from autograd.context import Layer, layered, look_away, recording
from autograd.dual import Dual, tangent_part
from autograd.flow import NOTHING
from autograd.inspection import Inspector, in_steps
from autograd.notation.formula import Text, filled, named
from autograd.primitive import Primitive
from autograd.value import Recorder, Value

# ---- anomalies --------------------------------------------------------------------------------------


MOST_SHOWN = 6
"""Operands that a message lists; a weighted sum may have thousands."""


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
                self.refuse(scalar, args, partial(_told, operation, args, value, _calling_line()))
            for rate in rates:
                if not isfinite(rate):
                    earlier = [self.began[id(arg)][1] for arg in args if id(arg) in self.began]
                    shown = f"the rate of change of {_applied(operation, args)} = {value} becomes {rate}"
                    here = f"{shown}{_operands(args)}; {_calling_line()}"
                    self.began[id(scalar)] = scalar, earlier[0] if earlier else here
                    break

    def refuse(self, scalar: Any, args: tuple[Any, ...], told: Callable[[], str]) -> None:
        raise AnomalyError(told())

    def forward(self, out: Any, epsilon: int) -> None:
        for scalar in tree.leaves(out):
            result = tangent_part(scalar, epsilon)
            rate, *rates = _numbers(result) or [0.0]
            if all(map(isfinite, (rate, *rates))):  # as of what is being recorded, which no text can show
                continue
            here = f"the rate of change of {_shown(scalar)} is {rate}; {_calling_line()}"
            begun = self.began.get(id(scalar), (scalar, here))[1]
            if not isfinite(rate):
                raise AnomalyError(begun)
            self.began[id(result)] = result, begun  # one of the passes around this one

    def backward(self, root: Value, inputs: list[Value] | None = None) -> None:
        toward = None if inputs is None else _leading(root, inputs)
        total: dict[Value, float] = {}
        for node, _, arg, upstream, local, amount in graph.contributions(root):
            if amount is None or (toward is not None and arg not in toward):
                continue
            before = total[arg] if arg in total else _gathered(arg, toward)
            total[arg] = before + amount
            innocent = isfinite(amount) and not isfinite(before)
            if isfinite(upstream) and not isfinite(total[arg]) and not innocent:
                name = node.op.name if node.op else ""
                product = f"upstream {upstream} × local derivative {local}"
                if isfinite(amount):
                    product += f" = {amount}, added to {before}{_kept(_gathered(arg, toward))}"
                raise AnomalyError(
                    f"the gradient of {_shown(arg)} = {arg.data} becomes {total[arg]} in {name}: {product}; "
                    f"{self.made_at.get(node, 'made before detect_anomaly began')}"
                )


def where_it_began(function: Callable[[], Any], inputs: Sequence[Value]) -> str:
    """Return what made a result of a function, or else its gradient along some inputs, nan or infinite.

    That is "" where none is. What is nan or infinite and passes nothing on to what is asked for, as in a
    branch of `where` that is not selected, is not to blame. No `detect_anomaly` around it looks on, and the
    gradients of Values stay as they are.
    """

    def searched() -> str:
        look_away()
        suspects = _Suspects()
        with layered(suspects.layer), recording():
            out = function()
        bad = [leaf for leaf in tree.leaves(out) if not isfinite(_data(leaf))]
        if bad:
            return suspects.behind(bad) or f"the function returns {bad[0]}"
        if not isinstance(out, Value):
            return ""
        found = graph.adjoints(out)
        if all(isfinite(found.get(x, 0.0)) for x in inputs):
            return ""
        try:
            _Detector.backward(suspects, out, list(inputs))
        except AnomalyError as error:
            return str(error)
        return "the gradient is not finite"

    return copy_context().run(searched)


class _Suspects(_Detector):
    """What writes down what a detector refuses, to tell afterwards what of it a result comes from.

    `told` is what would be said of each Value, in the order in which they were made, `made_from` what each
    was made from, and `derivatives` what would be said of the passes that transformations make.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[Value, Callable[[], str]] = {}
        self.made_from: dict[Value, tuple[Any, ...]] = {}
        self.derivatives: list[str] = []

    def refuse(self, scalar: Any, args: tuple[Any, ...], told: Callable[[], str]) -> None:
        if isinstance(scalar, Value):
            self.told.setdefault(scalar, told)
            self.made_from.setdefault(scalar, args)

    def forward(self, out: Any, epsilon: int) -> None:
        self._passed(super().forward, out, epsilon)

    def backward(self, root: Value, inputs: list[Value] | None = None) -> None:
        self._passed(super().backward, root, inputs)

    def _passed(self, look: Callable[..., None], *args: Any) -> None:
        try:
            look(*args)
        except AnomalyError as error:
            self.derivatives.append(str(error))

    def behind(self, results: Iterable[Any]) -> str:
        """Return what is said of the first Value from which something that is not finite came to the results.

        That is "" where nothing was written down.
        """
        reached: set[Value] = set()
        left = [result for result in results if isinstance(result, Value)]
        while left:
            node = left.pop()
            if node not in reached:
                reached.add(node)
                left += self._bad_arguments(node)
        first = next((node for node in self.told if node in reached), None)
        # The steps of a transformation are not written down: what is made from them alone is no beginning.
        if self.derivatives and (first is None or any(arg.op for arg in self._bad_arguments(first))):
            return self.derivatives[0]
        return "" if first is None else self.told[first]()

    def _bad_arguments(self, node: Value) -> list[Value]:
        """Return the arguments that are not finite: those that pass something on, if any does."""
        edges = zip(node.args, node.edges[1::2], strict=True)
        passing = [arg for arg, partial in edges if partial is not None]
        bad = [
            [arg for arg in args if isinstance(arg, Value) and not isfinite(arg.data)]
            for args in (passing, node.args or self.made_from.get(node, ()))  # no_grad keeps no arguments
        ]
        return bad[0] or bad[1]


def _data(scalar: Any) -> float:
    return scalar.data if isinstance(scalar, Value) else scalar


def _told(operation: Callable[..., Any], args: tuple[Any, ...], value: float, line: str) -> str:
    return f"{_applied(operation, args)} = {value}{_operands(args)}; {line}"


def _kept(gathered: float) -> str:
    """Return what is said of a gradient that an earlier pass left."""
    return f", of which an earlier backward() left {gathered}: zero_grad() takes it away" if gathered else ""


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
    here = f"{Path(__file__).parents[1]}{os.sep}"  # the package, with all its rooms
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(here):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _operands(args: tuple[Any, ...]) -> str:
    """Return what each operand is worth: " for x = 2.0, y * z = -1.0", what is not finite first.

    Of operands without a name those are told that are not finite and that no formula shows.
    """
    worth = {
        arg: arg.data if isinstance(arg, Value) else arg for arg in args if isinstance(arg, (Value, float))
    }
    unseen = len(args) > MOST_SHOWN
    told = [arg for arg in worth if _is_named(arg) or (unseen and not isfinite(worth[arg]))]
    told.sort(key=lambda arg: isfinite(worth[arg]))
    shown = [
        f"{_shown(arg)} = {worth[arg]}" if _is_named(arg) else f"{worth[arg]}" for arg in told[:MOST_SHOWN]
    ]
    if len(told) > MOST_SHOWN:
        shown.append(f"and {len(told) - MOST_SHOWN} more")
    return f" for {', '.join(shown)}" if shown else ""


def _is_named(arg: Any) -> bool:
    return isinstance(arg, Value) and bool(name_of(arg) or arg.args)


def _shown(value: Any, depth: int = 1) -> Any:
    """Return a value as text: its label, a leaf's number, or its formula, `depth` operations deep."""
    while isinstance(value, Dual):
        value = value.primal
    if not isinstance(value, Value):
        return value
    if name := name_of(value):
        return named(name)
    if value.op is None:
        return filled(value.data)
    if depth == 0 or len(value.args) > MOST_SHOWN:
        return Text(f"{value.op.name}(…)")
    return value.op(*[_shown(arg, depth - 1) for arg in value.args])


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
    Raises TypeError for what is no Value.
    """
    if not isinstance(value, Value):
        raise TypeError(
            f"graph_stats needs the Value that a graph ends in, got {value!r}: give a result of Values"
        )
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
