"""Recording a function once, with scalars that have no value yet.

A `Tracer` stands for a number that is known only at replay. Whatever is done with it is written down in its
`Recording`, a list of operations and the places of their arguments. A `Value` that meets a tracer is written
down with all it was made from, so that it follows the parameters and is never frozen into a number.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from autograd.operators import Operators
from autograd.ops import add, chain, identity, mul
from autograd.primitive import Primitive
from autograd.scalar import as_float
from autograd.value import Value

Index = int
"""The place of a scalar in a recording; arguments stand before what is made from them."""


class TraceError(TypeError):
    """What was asked of a recorded scalar needs its value, which exists only at replay."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a scalar comes from that no operation made: element `position` of the array called `array`."""

    array: str
    position: int


PARAMETERS, CONSTANTS, SEED = "parameters", "constants", "seed"

# The comparisons of a recorded scalar, as numbers that `where` understands.
less = Primitive("less", lambda xp, x, y: xp.where(x < y, 1.0, 0.0), (None, None), symbol="<", precedence=2)
less_equal = Primitive(
    "less_equal", lambda xp, x, y: xp.where(x <= y, 1.0, 0.0), (None, None), symbol="<=", precedence=2
)

# The sum of a scalar over the examples of a batch: from one number an example to one number.
batch_sum = Primitive("batch_sum", lambda xp, x: x, (lambda out, x: 1.0,))

# What a number turns the operation into: (operation, place of the number) → the number, and the result is
# the other argument as it is.
_NEUTRAL = {(mul, 0): 1.0, (mul, 1): 1.0, (chain, 0): 1.0, (chain, 1): 1.0, (add, 0): 0.0, (add, 1): 0.0}
_FRESH = frozenset({identity})
"""Two of these on one argument stay two: derivatives along each are asked for apart."""


class Recording:
    """All scalars of one recorded function, in the order they were made.

    `ops[i]` is the Source or the Primitive that made scalar i, `args[i]` are the places of its arguments,
    and `varies[i]` tells whether it differs from example to example. `number[i]` is what it is worth if that
    is known already. `unknown_leaves` are Values that are not among the parameters. From place `written` on,
    if that is set, stands what the gradient needs and not the function.
    """

    def __init__(self, parameters: Sequence[Value] = (), mean: bool = True) -> None:
        self.mean = mean
        self.ops: list[Source | Primitive] = []
        self.args: list[tuple[Index, ...]] = []
        self.varies = bytearray()
        self.number: dict[Index, float] = {}
        self.constants: list[float] = []
        self.unknown_leaves: list[Value] = []
        self.written = sys.maxsize
        self._made: dict[Any, Index] = {}
        self._seed: Index | None = None
        self._lifted: dict[Value, Index] = {
            parameter: self._source(PARAMETERS, position, False)
            for position, parameter in enumerate(parameters)
        }

    def example(self, array: str, count: int) -> list[Tracer]:
        """Return `count` scalars that differ from example to example."""
        return [Tracer(self, self._source(array, position, True)) for position in range(count)]

    @property
    def seed(self) -> Index:
        """The place of the weight of one example: one over the size of the batch if a mean is taken, or 1."""
        if self._seed is None:
            self._seed = self._source(SEED, 0, True)
        return self._seed

    def over_batch(self, index: Index) -> Index:
        """Return the place of the sum of a scalar over the batch; the weights of a mean add up to 1."""
        weight, factor = index, 1.0
        op, args = self.ops[index], self.args[index]
        if op in (mul, chain) and args[1] in self.number:
            weight, factor = args[0], self.number[args[1]]
        if self.mean and weight == self._seed:
            return self.constant(factor)
        return self.apply(batch_sum, (index,))

    def constant(self, number: float) -> Index:
        """Return the place of a number that is the same in every replay."""
        key = (number, str(number))  # 0.0 and -0.0 are equal and not the same; nan is not equal to itself
        index = self._made.get(key)
        if index is None:
            index = self._made[key] = self._leaf(number)
            self.number[index] = number
        return index

    def index(self, x: Any) -> Index:
        """Return the place of a tracer, a Value or a number; raises TraceError for another's tracer."""
        if type(x) is Tracer:
            if x.recording is not self:
                raise TraceError("a recorded scalar is used outside the function it was recorded in")
            return x.index
        if isinstance(x, Value):
            known = self._lifted.get(x)
            return self._lift(x) if known is None else known
        return self.constant(as_float(x))

    def scalar(self, index: Index) -> Tracer | float:
        """Return what stands at a place: a number if it is one in every replay."""
        return self.number[index] if index in self.number else Tracer(self, index)

    def apply(self, primitive: Primitive, args: tuple[Index, ...]) -> Index:
        """Write an operation down and return the place of its result; equal operations share one."""
        numbers = [self.number.get(arg) for arg in args]
        if None not in numbers and primitive is not batch_sum:
            return self.constant(primitive(*numbers))
        if len(args) == 2:
            for place, number in enumerate(numbers):
                if number is not None and _NEUTRAL.get((primitive, place)) == number:
                    return args[1 - place]
        key = (primitive, args)
        index = self._made.get(key)
        if index is None or primitive in _FRESH:
            index = self._made[key] = len(self.ops)
            self.ops.append(primitive)
            self.args.append(args)
            self.varies.append(primitive is not batch_sum and any(self.varies[arg] for arg in args))
        return index

    def _source(self, array: str, position: int, varies: bool) -> Index:
        self.ops.append(Source(array, position))
        self.args.append(())
        self.varies.append(varies)
        return len(self.ops) - 1

    def _leaf(self, number: float) -> Index:
        """Return a new place for a number, not shared with equal ones: a derivative may be along it alone."""
        self.constants.append(number)
        return self._source(CONSTANTS, len(self.constants) - 1, False)

    def _lift(self, value: Value) -> Index:
        """Write down a Value and everything it was made from, as operations on the parameters."""
        lifted = self._lifted
        waiting = [value]
        while waiting:
            node = waiting[-1]
            missing = [arg for arg in node.args if isinstance(arg, Value) and arg not in lifted]
            if node in lifted or missing:
                waiting += missing
                if node in lifted:
                    waiting.pop()
                continue
            if node.op is None:
                self.unknown_leaves.append(node)
                lifted[node] = self._leaf(node.data)
            else:
                args = [lifted[arg] if isinstance(arg, Value) else self.constant(arg) for arg in node.args]
                lifted[node] = self.apply(node.op, tuple(args))
            waiting.pop()
        return lifted[value]


class Tracer(Operators):
    """A scalar that is known only at replay. Its operations are recorded; asking its value is an error."""

    __slots__ = ("index", "recording")
    rank = 5  # above a Value, which it lifts; below a Dual, whose parts may be tracers

    def __init__(self, recording: Recording, index: Index) -> None:
        self.recording = recording
        self.index = index

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        recording = next(arg.recording for arg in args if type(arg) is cls)
        index = recording.apply(primitive, tuple([recording.index(arg) for arg in args]))
        return recording.scalar(index)

    def cotangents(self, inputs: Sequence[Any]) -> list[Any]:
        """Return ∂self/∂input for each of the scalars `inputs`, tracers or Values, recorded in their turn."""
        from autograd.compiler.sweep import adjoints  # which needs tracers itself

        recording = self.recording
        places = [recording.index(x) for x in inputs]
        found = adjoints(recording, self.index, places, recording.constant(1.0), exact=True)
        return [recording.scalar(found[place]) if place in found else 0.0 for place in places]

    def __lt__(self, other: Any) -> Any:
        return less(self, other)

    def __gt__(self, other: Any) -> Any:
        return less(other, self)

    def __le__(self, other: Any) -> Any:
        return less_equal(self, other)

    def __ge__(self, other: Any) -> Any:
        return less_equal(other, self)

    @property
    def data(self) -> NoReturn:
        """Raise TraceError: there is no number yet."""
        _refuse("reads .data of")

    @property
    def grad(self) -> NoReturn:
        """Raise TraceError: there is no number yet."""
        _refuse("reads .grad of")

    def backward(self) -> NoReturn:
        """Raise TraceError: the compiled function has the gradient, or `grad` inside it."""
        _refuse("calls backward() on", "return the loss and call value_and_grad of the compiled function")

    def __bool__(self) -> NoReturn:
        _refuse("branches on")

    def __float__(self) -> NoReturn:
        _refuse("takes float() of")

    def __int__(self) -> NoReturn:
        _refuse("takes int() of")

    def __index__(self) -> NoReturn:
        _refuse("indexes with")

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __repr__(self) -> str:
        return f"Tracer({self.index})"


REMEDY = (
    "use where(condition, x, y) or maximum and minimum for a choice, softmax or logsumexp for a shifted "
    "exponential, and a keyword argument for what is fixed in every example"
)


def _refuse(what: str, remedy: str = REMEDY) -> NoReturn:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "autograd":
        frame = frame.f_back
    where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    raise TraceError(f"{where} {what} a recorded scalar, which has a value only at replay: {remedy}")
