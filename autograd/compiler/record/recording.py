"""Recording a function once: what is done with its scalars, and with which, in the order it is done.

A `Value` that is met on the way is written down with all it was made from, so that it follows the parameters
and is never frozen into a number.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.graph import topological_order
from autograd.nary import nary_take
from autograd.ops import div, identity, mul
from autograd.primitive import Primitive
from autograd.scalar import as_float
from autograd.value import Value

Index = int
"""The index of a scalar in a recording; arguments stand before what is made from them."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where a scalar comes from that no operation made: element `position` of the array called `array`."""

    array: str
    position: int


PARAMETERS, CONSTANTS, SEED = "parameters", "constants", "seed"

# The sum of a scalar over the examples of a batch: from one number an example to one number.
batch_sum = Primitive("batch_sum", lambda xp, x: x, (lambda out, x: 1.0,))

# One scalar twice: as a sum of products, which the fast program takes, and as it was written.
fast_or_exact = Primitive(
    "fast_or_exact", lambda xp, fast, exact: exact, (None, lambda out, fast, exact: 1.0)
)

SIMPLER = frozenset({mul, div, nary_take})
"""These may be simpler where an argument is a number."""

_FRESH = frozenset({identity})
"""Two of these on one argument stay two: derivatives along each are asked for apart."""


class Recording:
    """All scalars of one recorded function, in the order they were made.

    `ops[i]` is the Source or the Primitive that made scalar i, `args[i]` are the indices of its arguments,
    `depth[i]` is the length of the longest way to it from a source, and `batched[i]` tells whether it differs
    from example to example. `vector` are the indices of what is the same for all of them: the parameters,
    then the arguments shared over the batch. `number[i]` is what it is worth if that is known, as
    `is_number[i]` tells. `lifted` are the Values that have indices, and `unknown_leaves` those of them that
    are neither parameters nor made from any. From index `written` on, if that is set, stands what the
    gradient needs and not the function. `shares` are those of choices by an index, by operation, index and
    count.
    `adjoints` is that of `backward`: it writes down derivatives that are asked for during the recording.
    """

    def __init__(self, parameters: Sequence[Value], mean: bool, adjoints: Callable[..., Any]) -> None:
        self.mean = mean
        self.adjoints = adjoints
        self.ops: list[Source | Primitive] = []
        self.args: list[tuple[Index, ...]] = []
        self.depth = array("q")
        self.batched = bytearray()
        self.number: dict[Index, float] = {}
        self.is_number = bytearray()
        self.constants: list[float] = []
        self.unknown_leaves: list[Value] = []
        self.written = sys.maxsize
        self.shares: dict[tuple[Primitive, Index, int], tuple[Index, ...]] = {}
        self._made: dict[Any, Index] = {}
        self._seed: Index | None = None
        self._parameters = frozenset(parameters)
        self.vector: list[Index] = []
        self.lifted: dict[Value, Index] = dict(zip(parameters, self.shared(len(parameters)), strict=True))

    def example(self, array: str, count: int) -> list[Index]:
        """Return the indices of `count` scalars that differ from example to example."""
        return [self._source(array, position, True) for position in range(count)]

    def shared(self, count: int) -> list[Index]:
        """Return the indices of the next `count` numbers of the vector, the same for every example."""
        first = len(self.vector)
        new = [self._source(PARAMETERS, first + n, False) for n in range(count)]
        self.vector += new
        return new

    @property
    def seed(self) -> Index:
        """The index of the weight of one example: one over the size of the batch if a mean is taken, or 1."""
        if self._seed is None:
            self._seed = self._source(SEED, 0, True)
        return self._seed

    def sum_over_batch(self, index: Index) -> Index:
        """Return the index of the sum of a scalar over the batch; the weights of a mean add up to 1."""
        weight, factor = index, 1.0
        op, args = self.ops[index], self.args[index]
        if op is mul and args[1] in self.number:
            weight, factor = args[0], self.number[args[1]]
        if self.mean and weight == self._seed:
            return self.constant(factor)
        return self.apply(batch_sum, (index,))

    def constant(self, number: float) -> Index:
        """Return the index of a number that is the same in every replay."""
        key = number or str(number)  # 0.0 and -0.0 are equal and not the same
        index = self._made.get(key)
        if index is None:
            index = self._made[key] = self._leaf(number)
            self.number[index] = number
            self.is_number[index] = True
        return index

    def index(self, x: Value | float) -> Index:
        """Return the index of a Value, written down with its graph if it is new, or of a number."""
        if isinstance(x, Value):
            known = self.lifted.get(x)
            return self._lift(x) if known is None else known
        return self.constant(as_float(x))

    def follows(self, value: Value) -> bool:
        """Tell whether a Value is a parameter or made from one, so that it may be another at every replay."""
        return not self._parameters.isdisjoint(topological_order(value))

    def apply(self, primitive: Primitive, args: tuple[Index, ...]) -> Index:
        """Write an operation down and return the index of its result; equal operations share one."""
        number = self.number
        if None not in map(number.get, args) and primitive is not batch_sum:
            return self.constant(primitive(*[number[arg] for arg in args]))
        if primitive is mul:
            left, right = args
            if number.get(left) == 1.0:
                return right
            if number.get(right) == 1.0:
                return left
        elif primitive is div and number.get(args[1]) == 1.0:
            return args[0]
        elif primitive is nary_take and number.get(args[0]) in range(len(args) - 1):
            return args[1 + int(number[args[0]])]
        # What is batched is mostly written last, as the inputs behind the weights, or else first.
        batched = self.batched[args[0]] or any(map(self.batched.__getitem__, reversed(args)))
        return self.write_down(primitive, args, bool(batched), 1 + max(map(self.depth.__getitem__, args)))

    def write_down(self, primitive: Primitive, args: tuple[Index, ...], batched: bool, depth: int) -> Index:
        """Return the index of an operation on arguments, a new one unless it is written down already."""
        new = len(self.ops)
        index = new if primitive in _FRESH else self._made.setdefault((primitive, args), new)
        if index == new:
            self.ops.append(primitive)
            self.args.append(args)
            self.depth.append(depth)
            self.batched.append(batched and primitive is not batch_sum)
            self.is_number.append(False)
        return index

    def _source(self, array: str, position: int, batched: bool) -> Index:
        self.ops.append(Source(array, position))
        self.args.append(())
        self.depth.append(0)
        self.batched.append(batched)
        self.is_number.append(False)
        return len(self.ops) - 1

    def _leaf(self, number: float) -> Index:
        """Return a new index for a number, not shared with equal ones: a derivative may be along it alone."""
        self.constants.append(number)
        return self._source(CONSTANTS, len(self.constants) - 1, False)

    def _lift(self, value: Value) -> Index:
        """Write down a Value and everything it was made from, as operations on the parameters."""
        lifted = self.lifted
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
