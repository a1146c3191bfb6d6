"""Value: a number that remembers how it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Number
from threading import Lock
from typing import Any, NoReturn

from autograd import code, graph, scalar
from autograd.operators import Operators
from autograd.primitive import Operand, Primitive


class Value(Operators):
    """A number in a computation graph.

    `data` is the number (float64). A Value made by an operation also holds `op`, the primitive; `args`, its
    arguments in order, where constants are plain floats; and `partials`, the local derivative ∂self/∂arg
    along each of them, taken when the node was made (None for a constant). A leaf has neither.
    `grad` is filled by `backward`. `label` is a name for drawings.

    Comparison (`<`, `>`) looks at the data; equality and hash are identity. Raises TypeError if `data` is
    not a real number.
    """

    # Arguments and partials lie alternately in `edges`: x · y has (x, ∂/∂x, y, ∂/∂y). One tuple instead of
    # two is a third less for the garbage collector to visit, which is most of the cost of a large graph.
    # The number lies in `_float`, by which a short cut tells a Value: some arrays have a `_data` too.
    __slots__ = ("_float", "_grad", "edges", "label", "op")
    rank = 0

    _float: float
    _grad: float | None
    op: Primitive | None
    edges: tuple[Any, ...]
    label: str

    def __init__(self, data: float, label: str = "") -> None:
        self._float = scalar.as_float(data)
        self._grad = None
        self.op = None
        self.edges = ()
        self.label = label

    @property
    def data(self) -> float:
        """The number. Assigning to it moves a parameter; gradients already recorded do not change."""
        _asked(self, "reads .data of")
        return self._float

    @data.setter
    def data(self, data: float) -> None:
        self._float = scalar.as_float(data)

    @property
    def grad(self) -> float:
        """∂L/∂self, from the latest `L.backward()`; leaves add up all passes. 0.0 before the first."""
        _asked(self, "reads .grad of")
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: float | None) -> None:
        self._grad = None if grad is None else scalar.as_float(grad)

    @property
    def args(self) -> tuple[Value | float, ...]:
        """The arguments of the operation, in order; none for a leaf."""
        return self.edges[::2]

    @property
    def partials(self) -> tuple[float | None, ...]:
        """The local derivative along each argument, None along a constant."""
        return self.edges[1::2]

    @property
    def has_grad(self) -> bool:
        """Whether a gradient exists, which a drawing tells from a gradient of zero."""
        return self._grad is not None

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Value:
        return recorder.get()(primitive, args)

    def backward(self, create_graph: bool = False) -> None:
        """Apply the chain rule from this node back to every node it was made from.

        Leaves add to their `grad`, so that a second pass doubles it; the `grad` of other nodes is that of
        the latest pass. All adjoints are complete before the first `grad` is touched. With `create_graph`
        the gradients of leaves are Values that can be differentiated again.
        """
        adjoint: dict[Value, Any]
        if create_graph:
            leaves = [node for node in graph.topological_order(self) if not node.edges]
            found = graph.differentiable_adjoints(self, leaves)
            adjoint = {leaf: found.get(leaf, 0.0) for leaf in leaves}
        else:
            adjoint = graph.adjoints(self)
            gradient_inspector.get()(adjoint)
        with _committing:
            for node, value in adjoint.items():
                node._grad = value if node.edges or node._grad is None else node._grad + value

    def zero_grad(self) -> None:
        """Forget the gradient of this node."""
        self._grad = None

    def __lt__(self, other: Value | float) -> bool:
        return NotImplemented if _outranks(other) else _compared(self) < _compared(other)

    def __gt__(self, other: Value | float) -> bool:
        return NotImplemented if _outranks(other) else _compared(self) > _compared(other)

    def __le__(self, other: Value | float) -> bool:
        return NotImplemented if _outranks(other) else _compared(self) <= _compared(other)

    def __ge__(self, other: Value | float) -> bool:
        return NotImplemented if _outranks(other) else _compared(self) >= _compared(other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Number):
            _asked(self, "compares with == a number and")
        return True if self is other else NotImplemented

    __hash__ = object.__hash__

    def __float__(self) -> NoReturn:
        _asked(self, "takes float() of")
        raise TypeError(
            "float(value), and so math.sin(value), would drop the gradient: "
            "use value.data for the number, autograd.sin and its like for functions"
        )

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data}, grad={self.grad}{label})"

    def __reduce__(self) -> Any:
        if self.edges:
            raise TypeError(
                f"only leaves can be copied or pickled, got the result of {self.op and self.op.name}"
            )
        return _restore, (self.data, self._grad, self.label)


MOST_WRITTEN_OUT = 100  # arguments of a call that is recorded by code of its own

_committing = Lock()  # two threads that share parameters must not lose each other's contributions


def _restore(data: float, grad: float | None, label: str) -> Value:
    value = Value(data, label)
    value._grad = grad
    return value


def _number(x: Value | float) -> float:
    return x._float if isinstance(x, Value) else scalar.as_float(x)


def _asked(value: Value, what: str) -> None:
    """Tell a compiled function that is being recorded that a number is asked for, which it may refuse."""
    if (trace := tracing.get()) is not None:
        trace.asked(value, what)


def _compared(x: Value | float) -> Any:
    """Return what a comparison looks at: the number, or the scalar that is recorded for it."""
    trace = tracing.get()
    return _number(x) if trace is None or not isinstance(x, Value) else trace.compared(x)


def _outranks(x: Any) -> bool:
    """Tell whether a comparison with x is for x to answer."""
    return isinstance(x, Operand) and x.rank > Value.rank


def _node(data: float, edges: tuple[Any, ...] = (), op: Primitive | None = None) -> Value:
    node = Value.__new__(Value)
    node._float = data
    node._grad = None
    node.op = op
    node.edges = edges
    node.label = ""
    return node


def record(primitive: Primitive, args: tuple[Any, ...]) -> Value:
    """Apply a primitive to Values and numbers, and keep how it was done."""
    args = tuple([arg if isinstance(arg, Value) else scalar.as_float(arg) for arg in args])
    if len(args) <= MOST_WRITTEN_OUT:
        if len(args) not in primitive.short_cuts:
            primitive.short_cuts[len(args)] = code.short_cut(primitive, len(args), **SCOPE)
        node = primitive.short_cuts[len(args)](*args)
        if node is not NotImplemented:
            return node  # type: ignore[no-any-return]
    # What the short cut does, in general.
    values = [isinstance(arg, Value) for arg in args]
    numbers = list(map(_number, args))
    data = primitive.impl(scalar, *numbers)
    edges = [None] * (2 * len(args))
    edges[::2] = args
    edges[1::2] = primitive.derivatives(data, numbers, values)
    return _node(data, tuple(edges), primitive)


def evaluate(primitive: Primitive, args: tuple[Any, ...]) -> Value:
    """Apply a primitive to Values and numbers, and keep only the result."""
    if (trace := tracing.get()) is not None:
        return trace(primitive, args)  # type: ignore[no-any-return]
    return _node(primitive.impl(scalar, *map(_number, args)))


recorder: ContextVar[Callable[[Primitive, tuple[Any, ...]], Value]] = ContextVar("recorder", default=record)
"""What applying a primitive to Values does in this context: `record`, `evaluate`, or a check around them."""

tracing: ContextVar[Any] = ContextVar("tracing", default=None)
"""The recorder of the compiled function that is being recorded in this context, which has no numbers yet."""

SCOPE: dict[str, Any] = {"Value": Value, "new": Value.__new__, "record": record, "current": recorder.get}
"""What the code that records a call names; see `code.short_cut`."""


def uninspected(adjoint: dict[Value, float]) -> None:
    """Look at nothing."""


gradient_inspector: ContextVar[Callable[[dict[Value, float]], None]] = ContextVar(
    "gradient_inspector", default=uninspected
)
"""What looks at the adjoints of a backward pass in this context before they are kept."""


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording inside a `with` block: results are leaves.

    Holds for the current thread or task only.
    """
    token = recorder.set(evaluate)
    try:
        yield
    finally:
        recorder.reset(token)


@contextmanager
def recording() -> Iterator[None]:
    """Record inside a `with` block even where `no_grad` holds: a transformation needs its graph."""
    token = recorder.set(tracing.get() or record if recorder.get() is evaluate else recorder.get())
    try:
        yield
    finally:
        recorder.reset(token)
