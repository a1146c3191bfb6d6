"""The scalars that a function is recorded with: they have no value yet.

A `Tracer` stands for a number that is known only at replay. Whatever is done with it is written down in its
`Recording`, and so is what is done with Values meanwhile. A question for the number, of an argument, of a
parameter or of what is made from them, is refused; whether two parameters are one another may be asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from numbers import Number
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from autograd.compiler.record.operations import fast_or_exact
from autograd.context import Layer, history, in_own_context, layered
from autograd.flow import Gated
from autograd.nary import nary_dot
from autograd.operators import FUNCTIONS, Operators
from autograd.ops import detach, equal, where
from autograd.primitive import Operand, Primitive
from autograd.value import SETTING, Value, tracing

if TYPE_CHECKING:
    from autograd.compiler.record.recording import Index, Recording  # needs NumPy, which the engine does not

Result = TypeVar("Result")

# The comparisons of a recorded scalar, as numbers that `where` understands.
less = Primitive("less", lambda xp, x, y: xp.where(x < y, 1.0, 0.0), (None, None), symbol="<", precedence=2)
less_equal = Primitive(
    "less_equal", lambda xp, x, y: xp.where(x <= y, 1.0, 0.0), (None, None), symbol="<=", precedence=2
)

COMPARISONS = frozenset({less, less_equal, equal})
"""The operations that answer with 1 or 0."""


class TraceError(TypeError):
    """What was asked of a recorded scalar needs its value, which exists only at replay."""


class Tracer(Operators):
    """A scalar that is known only at replay. Its operations are recorded; asking its value is an error."""

    __slots__ = ("_label", "index", "recording")
    rank = 5  # above a Value, which it lifts; below a Dual, whose parts may be tracers

    def __init__(self, recording: Recording, index: Index) -> None:
        self.recording = recording
        self.index = index

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        for arg in reversed(args):
            if type(arg) is cls:
                break
        recording = arg.recording
        if not recording.open:
            _outside()
        return _written(recording, primitive, indices_of(recording, args))

    def cotangents(self, inputs: Sequence[Any]) -> list[Any]:
        """Return ∂self/∂input for each of the scalars `inputs`, tracers or Values, recorded in their turn."""
        recording = self.recording
        if not recording.open:
            _outside()
        indices = [index_of(recording, x) for x in inputs]
        found = recording.adjoints(recording, self.index, indices, recording.constant(1.0), exact=True)
        return [scalar(recording, found[index]) if index in found else 0.0 for index in indices]

    def dots(self, rows: Sequence[Sequence[Any]], xs: Sequence[Any], biases: Sequence[Any]) -> Any:
        """Write the dots of many rows with `xs` down at once, unless what outranks a tracer is among them."""
        kinds = {*map(type, chain(xs, biases, *rows))}
        if any(issubclass(kind, Operand) and kind.rank > self.rank for kind in kinds):
            return NotImplemented
        recording = self.recording
        if not recording.open:
            _outside()
        found = recording.dots(*[indices_of(recording, row) for row in (chain(*rows), xs, biases)])
        if not history.get():
            found = recording.apply_all(detach, found[:, None])
        return [scalar(recording, index) for index in found.tolist()]

    def selecting(self, partial: Any, holds: bool) -> Any:
        """Return a derivative that is there only where the replay finds self as `holds` says."""
        if isinstance(partial, Gated):
            branches = (partial.condition, 0.0) if holds else (0.0, partial.condition)
            return Gated(where(self, *branches), partial.amount)
        if partial is None:
            return None
        return Gated(self if holds else where(self, 0.0, 1.0), partial)

    def __lt__(self, other: Any) -> Any:
        return less(self, other)

    def __gt__(self, other: Any) -> Any:
        return less(other, self)

    def __le__(self, other: Any) -> Any:
        return less_equal(self, other)

    def __ge__(self, other: Any) -> Any:
        return less_equal(other, self)

    def __and__(self, other: Any) -> NoReturn:
        self._refuse("uses & or | or ^ on", remedy=CONDITIONS)

    __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __and__

    def __invert__(self) -> NoReturn:
        self._refuse("uses ~ on", remedy=CONDITIONS)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Number, Operand)) or hasattr(other, "__array__"):
            self._refuse("compares with ==", remedy=EQUALITY)
        return NotImplemented

    def __hash__(self) -> NoReturn:
        self._refuse("looks up by its number", remedy=EQUALITY)

    @property
    def data(self) -> NoReturn:
        """Raise TraceError: there is no number yet."""
        self._refuse("reads .data of")

    @data.setter
    def data(self, data: float) -> NoReturn:
        self._refuse("sets .data of", remedy=SETTING)

    @property
    def grad(self) -> NoReturn:
        """Raise TraceError: there is no number yet."""
        self._refuse("reads .grad of")

    def backward(self, create_graph: bool = False) -> NoReturn:
        """Raise TraceError: the compiled function has the gradient, or `grad` inside it."""
        self._refuse("calls backward() on", remedy=BACKWARD)

    def refuse_number(self) -> NoReturn:
        """Raise TraceError: there is no number yet, to make a Value of or to compute with."""
        self._refuse("makes a plain number of")

    def __bool__(self) -> NoReturn:
        self._refuse("branches on")

    def __float__(self) -> NoReturn:
        self._refuse("takes float() of", remedy=NUMBER)

    def __int__(self) -> NoReturn:
        self._refuse("takes int() of", remedy=f"{REMEDY}; {INDEX}")

    def __index__(self) -> NoReturn:
        self._refuse("indexes with", remedy=INDEX)

    def __getitem__(self, key: Any) -> NoReturn:
        self._refuse("takes a part of", remedy=PART)

    def __len__(self) -> NoReturn:
        self._refuse("takes the length of", remedy=PART)

    def __format__(self, spec: str) -> NoReturn:
        self._refuse("formats")

    def __str__(self) -> NoReturn:
        self._refuse("takes str() of")

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        self._refuse("makes a deep copy of", remedy=COPY)

    def __copy__(self) -> Tracer:
        return self  # which nothing changes

    def __reduce__(self) -> NoReturn:
        self._refuse("makes a pickle of")

    def _refuse(self, what: str, remedy: str | None = None) -> NoReturn:
        if not self.recording.open:
            _outside()
        _refuse(what, remedy=remedy or REMEDY)

    def __repr__(self) -> str:
        return f"Tracer({self.index})"


class Lifter:
    """What becomes of Values while a function is recorded: the `recorder` and the `tracing` of its context.

    A call writes an operation on Values down as one on recorded scalars.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def __call__(self, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        return _written(self.recording, primitive, indices_of(self.recording, args))

    def asked(self, value: Value, what: str, remedy: str) -> None:
        """Raise TraceError if the number that is asked for is a parameter's, or is made from one."""
        if self.recording.follows(value):
            whose = "a parameter" if value.op is None else "what is made from parameters"
            _refuse(what, whose, remedy or REMEDY)

    def compared(self, value: Value) -> Any:
        """Return what a comparison compares: the recorded scalar of what may change, or a number."""
        if self.recording.follows(value):
            return scalar(self.recording, self.recording.index(value))
        return value.data


def recorded_in(recording: Recording, call: Callable[[], Result]) -> Result:
    """Make a call, and write down what it does with Values.

    That is in a context of its own, which ends wherever Ctrl-C comes. Then the recording is no longer open.
    """

    def within() -> Result:
        into = Lifter(recording)
        tracing.set(into)
        with layered(lambda: Layer(records=True, around=lambda inner: into)):
            return call()

    try:
        return in_own_context(within)
    finally:
        recording.open = False


def check_nothing_recorded(step: object) -> None:
    """Raise TraceError while a function is recorded, which would keep what a compiled one gives there."""
    if tracing.get() is not None:
        raise TraceError(f"{step!r} is called while a function is recorded, and would be frozen there")


def _written(recording: Recording, primitive: Primitive, indices: Sequence[Index]) -> Tracer | float:
    """Write an operation down; under `no_grad` its result passes on no gradient."""
    index = recording.apply(primitive, tuple(indices))
    if primitive.shares is not None and recording.op(index) is recording.keeper.kept(primitive, len(indices)):
        index = recording.apply(fast_or_exact, (_as_dot(recording, primitive, indices), index))
    return scalar(recording, index if history.get() else recording.apply(detach, (index,)))


def _as_dot(recording: Recording, primitive: Primitive, indices: Sequence[Index]) -> Index:
    """Write a choice by an index down as a sum of products; choices by the same index share the factors."""
    index, *values = indices
    key = primitive, index, len(values)
    if key not in recording.shares and primitive.shares is not None:
        found = primitive.shares(scalar(recording, index), len(values))
        recording.shares[key] = tuple([index_of(recording, share) for share in found])
    return recording.apply(nary_dot, (*recording.shares[key], *values, recording.constant(0.0)))


def index_of(recording: Recording, x: Any) -> Index:
    """Return the index of a tracer, a Value or a number; raises TraceError for another recording's tracer."""
    if type(x) is float:
        return recording.constant(x)
    if type(x) is not Tracer:
        return recording.index(x)
    if x.recording is not recording:
        _outside()
    return x.index


def indices_of(recording: Recording, args: Iterable[Any]) -> list[Index]:
    """Return what `index_of` does for each of many, most of which are known."""
    lifted = recording.lifted
    return [
        arg.index
        if type(arg) is Tracer and arg.recording is recording
        else lifted[arg]
        if type(arg) is Value and arg in lifted
        else index_of(recording, arg)
        for arg in args
    ]


def scalar(recording: Recording, index: Index) -> Tracer | float:
    """Return what stands at an index: a number if it is one in every replay."""
    return recording.number[index] if index in recording.number else Tracer(recording, index)


REMEDY = (
    "use where(condition, x, y) or maximum and minimum for a choice, softmax or logsumexp for a shifted "
    "exponential, detach(x) for what passes on no gradient, a keyword argument for what is the same in every "
    "example; what depends on neither argument nor parameter is computed outside the function, or with floats"
)
NUMBER = f"use {FUNCTIONS}, as math.sin takes float() too; {REMEDY}"
CONDITIONS = (
    "use (x > 0) * (y > 0) where both shall hold, where(x > 0, 1, y > 0) where one of them shall, "
    "1 - (x > 0) for what does not hold"
)
INDEX = "use autograd.take(values, index) for what stands at a place that a number of the batch names"
PART = "it is one number of one example; write [[1.0, 2.0]] for one row, as the first axis is the batch"
COPY = "copy the list with list(), which goes on with the same scalars"
BACKWARD = "return the loss and call value_and_grad of the compiled function"
EQUALITY = (
    "use where(abs(x - y) < 0.5, …) for a choice between whole numbers, autograd.take(values, x) to look "
    "something up, and a keyword argument for what is fixed in every example"
)


def _refuse(what: str, whose: str = "a recorded scalar", remedy: str = REMEDY) -> NoReturn:
    raise TraceError(f"{_line()} {what} {whose}, which has a value only at replay: {remedy}")


def _outside() -> NoReturn:
    raise TraceError(
        f"a recorded scalar is used outside the function it was recorded in, at {_line()}: what holds it, "
        "such as a model, has kept it from a compiled call; set it to a number, and return what shall be kept"
    )


def _line() -> str:
    """Return the line of the user's program that is being run."""
    frame = sys._getframe(1)
    within = "autograd", "copy"
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in within:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
