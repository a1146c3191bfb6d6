"""Value: a number that remembers how it was made."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from numbers import Number
from typing import Any, NoReturn, TypeAlias, TypeVar

from autograd import graph, scalar
from autograd.cpython import release
from autograd.flow import NOTHING
from autograd.inspection import as_steps, inspectors
from autograd.operators import NO_FLOAT, Operators
from autograd.primitive import Operand, Primitive

Result = TypeVar("Result")

SETTING = "set it outside the function, for in a replay nothing is set"

EDGE_SLOTS = ("_first", "_first_partial", "_second", "_second_partial")
"""The slots in which a node keeps its arguments, each followed by its partial."""


class Value(Operators):
    """A number in a computation graph.

    `data` is the number (float64). A Value made by an operation also holds `op`, the primitive; `args`, its
    arguments in order, where constants are plain floats; and `partials`, the local derivative ∂self/∂arg
    along each of them, taken when the node was made (None for a constant). A leaf has neither.
    `grad` is filled by `backward`. `label` is a name for drawings.

    Comparison (`<`, `>`) and truth look at the data; equality and hash are identity. Raises TypeError if
    `data` is not a real number.
    """

    # Edges lie in slots, so that a node of one or two arguments is one object for the garbage collector and
    # has six references for it to follow: with a tuple of edges, half of a plain program's time was its. The
    # number lies in `_float`, by which generated recorders tell a Value: some arrays have a `_data` too.
    __slots__ = ("_float", "_grad", "_label", "op", *EDGE_SLOTS)
    rank = 0

    _float: float
    _grad: float  # before the first pass NOTHING in a leaf, and not there in a node with arguments
    op: Primitive | None
    _first: Any  # the first argument, None without one
    _first_partial: float | None
    _second: Any  # the second argument, None without one, or a tuple of all edges but the first
    _second_partial: float | None

    def __init__(self, data: float, label: str = "") -> None:
        self._float = scalar.as_float(data)
        self._grad = NOTHING
        self.op = None
        self._first = self._first_partial = self._second = self._second_partial = None
        if label:
            self.label = label

    @property
    def data(self) -> float:
        """The number. Assigning to it moves a parameter; gradients already recorded do not change."""
        if tracing.get() is not None:
            _asked(self, "reads .data of")
        return self._float

    @data.setter
    def data(self, data: float) -> None:
        if tracing.get() is not None:
            _asked(self, "sets .data of", SETTING)
        self._float = data if type(data) is float else scalar.as_float(data)

    @property
    def grad(self) -> float:
        """∂L/∂self, from the latest `L.backward()`; leaves add up all passes. 0.0 before the first."""
        if tracing.get() is not None:
            _asked(self, "reads .grad of")
        try:
            return 0.0 if self._grad is NOTHING else self._grad
        except AttributeError:
            return 0.0

    @grad.setter
    def grad(self, grad: float | None) -> None:
        if isinstance(grad, Value):
            raise TypeError(
                f"a gradient is set to a number, got {grad!r}, as create_graph=True leaves: "
                "take its number, as in w.grad = w.grad.data"
            )
        self._grad = NOTHING if grad is None else scalar.as_float(grad)

    @property
    def edges(self) -> tuple[Any, ...]:
        """The arguments and partials in turn: x · y has (x, ∂/∂x, y, ∂/∂y), and None along a constant."""
        if self._first is None:
            return ()
        if type(self._second) is tuple:
            return (self._first, self._first_partial, *self._second)
        both = (self._first, self._first_partial, self._second, self._second_partial)
        return both[:2] if self._second is None else both

    @property
    def args(self) -> tuple[Value | float, ...]:
        """The arguments of the operation, in order; none for a leaf."""
        return self.edges[::2]

    @property
    def partials(self) -> tuple[float | None, ...]:
        """The local derivative along each argument, None along a constant.

        0.0 also stands along an argument that was not selected, to which nothing passes.
        """
        _asked(self, "reads .partials of")
        return tuple(
            [
                0.0 if partial is None and isinstance(arg, Value) else partial
                for arg, partial in zip(self.args, self.edges[1::2], strict=True)
            ]
        )

    @property
    def has_grad(self) -> bool:
        """Whether a gradient exists, which a drawing tells from a gradient of zero."""
        return getattr(self, "_grad", NOTHING) is not NOTHING

    @property
    def _prev(self) -> tuple[Value, ...]:
        """The distinct arguments that are Values, by micrograd's name for them."""
        return tuple(dict.fromkeys(arg for arg in self.args if isinstance(arg, Value)))

    @property
    def _op(self) -> str:
        """The sign or name of the operation, "" for a leaf, by micrograd's name for it."""
        return "" if self.op is None else self.op.symbol or self.op.name

    @property
    def _backward(self) -> Callable[[], None]:
        """The function that passes this node's gradient on to its arguments, by micrograd's name."""

        def backward() -> None:
            for contribution in graph.contributions_of(self, getattr(self, "_grad", NOTHING)):
                if contribution.amount is not None:
                    contribution.argument.grad += contribution.amount

        return backward

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Value:
        return recorder.get()(primitive, args)

    def backward(self, create_graph: bool = False) -> None:
        """Apply the chain rule from this node back to every node it was made from.

        Leaves add to their `grad`, so that a second pass doubles it; the `grad` of other nodes is that of
        the latest pass. Whatever interrupts it, either every `grad` is changed or none. With `create_graph`
        the gradients of leaves are Values that can be differentiated again.
        """
        for inspector in inspectors.get():
            inspector.backward(self)
        if not create_graph:
            graph.commit(graph.adjoints(self))
            return
        order = graph.topological_order(self)
        found = by_rules(graph.differentiable_adjoints, self, [node for node in order if node.op is None])
        # Other nodes get plain numbers: a Value there would hold its own node in its graph, a reference
        # cycle.
        by_rules(graph.commit, {x: (_number if x.op else as_node)(found.get(x, 0.0)) for x in order})

    def zero_grad(self) -> None:
        """Forget the gradient of this node."""
        self._grad = NOTHING

    def selecting(self, partial: Any, holds: bool) -> Any:
        """Return `partial` if the data, as a condition, is as `holds` says, else None: nothing passes."""
        return partial if bool(self._float) is holds else None

    def __bool__(self) -> bool:
        _asked(self, "branches on")
        return bool(self._float)

    def __lt__(self, other: Value | float) -> bool:
        return NotImplemented if _outranks(other) else _compared(self) < _compared(other)

    def __gt__(self, other: Value | float) -> bool:
        return NotImplemented if _outranks(other) else _compared(self) > _compared(other)

    def __le__(self, other: Value | float) -> bool:
        return NotImplemented if _outranks(other) else _compared(self) <= _compared(other)

    def __ge__(self, other: Value | float) -> bool:
        return NotImplemented if _outranks(other) else _compared(self) >= _compared(other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Number) or hasattr(other, "__array__"):
            _asked(self, "compares with == a number and")
        return True if self is other else NotImplemented

    __hash__ = object.__hash__

    def __float__(self) -> NoReturn:
        _asked(self, "takes float() of")
        raise TypeError(NO_FLOAT)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data}, grad={self.grad}{label})"

    def __reduce__(self) -> Any:
        if self.op is not None:
            raise TypeError(f"only leaves can be copied or pickled, got the result of {self.op.name}")
        if self in (made.get() or ()):
            raise TypeError(no_copy(self))
        grad = _number(self._grad) if self.has_grad else None
        made_of = (self.data, grad, self.label, type(self))
        state: Any = object.__getstate__(self)
        attributes, slots = state
        added = {name: x for name, x in slots.items() if name not in Value.__slots__}
        return _restore, made_of, (attributes, added) if added else attributes


def no_copy(x: Any) -> str:
    """Return why an argument of a function that is being differentiated is not copied, and the remedy."""
    return (
        f"only leaves can be copied or pickled, got {x.data}, which a function is being "
        "differentiated with: copy the list with list(), which goes on with the same scalars"
    )


def _restore(data: float, grad: float | None, label: str, kind: type[Value] = Value) -> Value:
    value = kind.__new__(kind)
    Value.__init__(value, data, label)
    value._grad = NOTHING if grad is None else grad
    return value


def _number(x: Value | float) -> float:
    return x._float if isinstance(x, Value) else scalar.as_float(x)


def _asked(value: Value, what: str, remedy: str = "") -> None:
    """Tell a compiled function that is being recorded what is done with a number, which it may refuse."""
    if (trace := tracing.get()) is not None:
        trace.asked(value, what, remedy)


def _compared(x: Value | float) -> Any:
    """Return what a comparison looks at: the number, or the scalar that is recorded for it."""
    trace = tracing.get()
    return _number(x) if trace is None or not isinstance(x, Value) else trace.compared(x)


def _outranks(x: Any) -> bool:
    """Tell whether a comparison with x is for x to answer."""
    return isinstance(x, Operand) and x.rank > Value.rank


def record(primitive: Primitive, args: tuple[Any, ...]) -> Value:
    """Apply a primitive to Values and numbers, and keep how it was done."""
    args = tuple([arg if isinstance(arg, Value) else scalar.as_float(arg) for arg in args])
    numbers = list(map(_number, args))
    node = Value(primitive.impl(scalar, *numbers))
    node.op = primitive
    partials = primitive.derivatives(node._float, numbers, [isinstance(arg, Value) for arg in args])
    edges: list[Any] = [None] * (2 * len(args))
    edges[::2], edges[1::2] = args, partials
    if len(edges) > len(EDGE_SLOTS):
        edges[2:] = [tuple(edges[2:])]
    for slot, part in zip(EDGE_SLOTS, edges, strict=False):
        setattr(node, slot, part)
    return node


class Computed(Value):
    """A leaf to the chain rule that is no parameter: the result of an operation that kept no history, say."""

    __slots__ = ()


def evaluate(primitive: Primitive, args: tuple[Any, ...]) -> Value:
    """Apply a primitive to Values and numbers, and keep only the result."""
    return new_leaf(primitive.impl(scalar, *map(_number, args)), Computed)


def new_leaf(x: float, kind: type[Value] = Value) -> Value:
    """Return a new leaf worth x, which the transformations at work, if there are any, count as their own."""
    leaf = kind(x)
    if (own := made.get()) is not None:
        own.add(leaf)
    return leaf


def as_node(x: Any) -> Any:
    """Return an operand as it is, and a number as a new leaf."""
    return x if isinstance(x, Operand) else new_leaf(x)


Recorder: TypeAlias = Callable[[Primitive, tuple[Any, ...]], Value]

recorder: ContextVar[Recorder] = release.recorder_variable(Value, record)
"""What applying a primitive to Values does in this context: `record`, `evaluate`, or a check around them."""

keeping: ContextVar[Recorder] = ContextVar("keeping", default=record)
"""What `recorder` would be if results kept their history."""

history: ContextVar[bool] = ContextVar("history", default=True)
"""Whether results keep their history in this context."""

made: ContextVar[set[Value] | None] = ContextVar("made", default=None)
"""The leaves that the transformations at work have made: no function can close over them. None outside."""

tracing: ContextVar[Any] = ContextVar("tracing", default=None)
"""The recorder of the compiled function that is being recorded in this context, which has no numbers yet."""


def by_rules(call: Callable[..., Result], *args: Any) -> Result:
    """Make a call that applies rules: they record even where `no_grad` holds, and are but steps."""

    def recording_them() -> Result:
        release.prepare_thread(Value)
        recorder.set(keeping.get())
        history.set(True)
        return call(*args)

    return as_steps(recording_them)
