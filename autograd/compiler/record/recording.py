"""Recording a function once: what is done with its scalars, and with which, in the order it is done.

A `Value` that is met on the way is written down with all it was made from, so that it follows the parameters
and is never frozen into a number.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from math import nan
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.record.kept import Keeper
from autograd.compiler.record.operations import batch_sum
from autograd.compiler.record.segments import Flags, Integers, Rows
from autograd.graph import topological_order
from autograd.nary import nary_dot, nary_take
from autograd.ops import div, identity, mul
from autograd.primitive import Operand, Primitive
from autograd.scalar import as_float
from autograd.value import Value

Index = int
"""The index of a scalar in a recording; arguments stand before what is made from them."""


class Leaf(NamedTuple):
    """Where a scalar comes from that no operation made: element `position` of the array called `array`."""

    array: str
    position: int


PARAMETERS, CONSTANTS, SEED = "parameters", "constants", "seed"

SIMPLER = frozenset({mul, div, nary_take})
"""These may be simpler where an argument is a number."""

NONE = -1
"""Stands for the index of a scalar where there is none."""

_FRESH = frozenset({identity})
"""Two of these on one argument stay two: derivatives along each are asked for apart."""


def is_scalar(x: Any) -> bool:
    """Tell whether something is a scalar: a recorded one, a Value, or what `as_float` takes for a number."""
    if isinstance(x, (Operand, float)):
        return True
    try:
        as_float(x)
    except TypeError:
        return False
    return True


class Recording:
    """All scalars of one recorded function, in the order they were made.

    `code[i]` tells what made scalar i: it is a place among the `operations`, or ~n for the n-th of the
    `leaves`; `op(i)` is that operation or leaf. `args[i]` are the indices of its arguments, `depth[i]` is
    the length of the longest way to it from a leaf, and `batched[i]` tells whether it differs from example
    to example. `vector` are the indices of what is the same for all of them: the parameters,
    then the arguments shared over the batch. `number[i]` is what it is worth if that is known, as
    `is_number[i]` tells. `lifted` are the Values that have indices, and `unknown_leaves` those of them that
    are neither parameters nor made from any. From index `written` on, if that is set, stands what the
    gradient needs and not the function. `shares` are those of choices by an index, by operation, index and
    count. What a user's operation reads from outside is `keeper`'s to keep.
    `adjoints` is that of `backward`: it writes down derivatives that are asked for during the recording.
    It is `open` until the function has returned, and a copy of it for the compiler to write more down in.
    """

    def __init__(self, parameters: Sequence[Value], mean: bool, adjoints: Callable[..., Any]) -> None:
        self.mean = mean
        self.open = True
        self.adjoints = adjoints
        self.keeper = Keeper()
        self.operations: list[Primitive] = []
        self.leaves: list[Leaf] = []
        self.code = array("q")
        self.args = Rows()
        self.depth = array("q")
        self.batched = bytearray()
        self.number: dict[Index, float] = {}
        self.is_number = bytearray()
        self.constants: list[float] = []
        self.unknown_leaves: list[Value] = []
        self.written = sys.maxsize
        self.shares: dict[tuple[Primitive, Index, int], tuple[Index, ...]] = {}
        self._made: dict[Any, Index] = {}
        self._code_of: dict[Primitive, int] = {}
        self._seed: Index | None = None
        self._parameters = frozenset(parameters)
        self.vector: list[Index] = []
        self.lifted: dict[Value, Index] = dict(zip(parameters, self.shared(len(parameters)), strict=True))

    def __len__(self) -> int:
        return len(self.code)

    def copied(self) -> Recording:
        """Return a copy to write more down in: what ends half way, as by Ctrl-C, leaves this one whole."""
        other = copy(self)
        vars(other).update({name: copy(held) for name, held in vars(self).items()}, open=True)
        return other

    def op(self, index: Index) -> Leaf | Primitive:
        """Return what made a scalar."""
        code = self.code[index]
        return self.operations[code] if code >= 0 else self.leaves[~code]

    def made_by(self, operations: Iterable[Primitive]) -> Flags:
        """Mark the scalars that one of some operations made."""
        codes = [self._code_of[op] for op in operations if op in self._code_of]
        return np.isin(np.frombuffer(self.code, np.int64), codes)

    def example(self, array: str, count: int) -> list[Index]:
        """Return the indices of `count` scalars that differ from example to example."""
        return self._sources(array, range(count), True)

    def shared(self, count: int) -> list[Index]:
        """Return the indices of the next `count` numbers of the vector, the same for every example."""
        first = len(self.vector)
        new = self._sources(PARAMETERS, range(first, first + count), False)
        self.vector += new
        return new

    @property
    def seed(self) -> Index:
        """The index of the weight of one example: one over the size of the batch if a mean is taken, or 1."""
        if self._seed is None:
            (self._seed,) = self._sources(SEED, range(1), True)
        return self._seed

    def sum_over_batch(self, index: Index) -> Index:
        """Return the index of the sum of a scalar over the batch; the weights of a mean add up to 1."""
        weight, factor = index, 1.0
        op, args = self.op(index), self.args[index]
        if op is mul and args[1] in self.number:
            weight, factor = args[0], self.number[args[1]]
        if self.mean and weight == self._seed:
            return self.constant(factor)
        return self.apply(batch_sum, (index,))

    def all_summed_over_batch(self, indices: Integers) -> Integers:
        """Return the indices of the sums of scalars over the batch."""
        code, found = np.frombuffer(self.code, np.int64)[indices], np.empty_like(indices)
        products = np.flatnonzero(code == self._code_of.get(mul, -1))
        weighs = indices == self._seed
        weighs[products] = self.args.block(indices[products])[:, 0] == self._seed
        found[weighs] = [self.sum_over_batch(index) for index in indices[weighs].tolist()]
        found[~weighs] = self.apply_all(batch_sum, indices[~weighs, None])
        return found

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
        if not self.number.keys().isdisjoint(args):
            same = self._simpler(primitive, args)
            if same is not None:
                return same
        new = len(self.code)
        index = new if primitive in _FRESH else self._made.setdefault((primitive, args), new)
        if index == new:
            first, last = args[0], args[-1]
            if len(args) < 3:  # as most operations have: sooner asked one by one
                depth = max(self.depth[first], self.depth[last])
                batched = self.batched[first] or self.batched[last]
            else:
                of_all = itemgetter(*args)
                depth, batched = max(of_all(self.depth)), max(of_all(self.batched))
            code = self._code_of.get(primitive)
            self.code.append(self._code(primitive, len(args)) if code is None else code)
            self.args.append(args)
            self.depth.append(depth + 1)
            self.batched.append(primitive is not batch_sum and batched)
            self.is_number.append(False)
        return index

    def _simpler(self, primitive: Primitive, args: tuple[Index, ...]) -> Index | None:
        """Return the number that an operation on numbers gives, or the argument that one gives as it is."""
        number = self.number
        if args[0] in number and None not in map(number.get, args) and primitive is not batch_sum:
            return self.constant(primitive(*[number[arg] for arg in args]))
        if primitive not in SIMPLER:
            return None
        if primitive is nary_take:
            place = number.get(args[0], nan)
            return args[1 + int(place)] if place in range(len(args) - 1) else None
        left, right = args
        if number.get(right) == 1.0:
            return left
        return right if primitive is mul and number.get(left) == 1.0 else None

    def apply_all(self, primitive: Primitive, args: Integers) -> Integers:
        """Write an operation down for each row of arguments and return the indices of the results.

        It may be there already: to look for each would cost more than `distinct` does for all.
        """
        found = self._all_simpler(primitive, args)
        computed = self._are_numbers(args[:, 0])
        if primitive is not nary_take:
            computed[computed] = self._are_numbers(args[computed]).all(1)
        computed &= found == NONE
        found[computed] = [self.apply(primitive, tuple(row)) for row in args[computed].tolist()]
        left = found == NONE
        if left.all():
            return self._write_down(primitive, args)
        found[left] = self._write_down(primitive, args[left])
        return found

    def _all_simpler(self, primitive: Primitive, args: Integers) -> Integers:
        """Return for each row the argument that a product with 1 or a quotient by 1 gives, else `NONE`."""
        found, one = np.full(len(args), NONE), self._made.get(1.0, NONE)
        for factor, other in {mul: ((0, 1), (1, 0)), div: ((1, 0),)}.get(primitive, ()):
            same = args[:, factor] == one
            found[same] = args[same, other]
        return found

    def dots(self, weights: Sequence[Index], xs: Sequence[Index], biases: Sequence[Index]) -> Integers:
        """Write a dot with `xs` down for each bias and its row of `weights`, and return their indices."""
        args = np.empty((len(biases), 2 * len(xs) + 1), int)
        args[:, : len(xs)] = np.array(weights).reshape(len(biases), len(xs))
        args[:, len(xs) : -1], args[:, -1] = xs, biases
        return self.apply_all(nary_dot, args)

    def _are_numbers(self, indices: Integers) -> Flags:
        return np.frombuffer(self.is_number, bool)[indices]

    def _write_down(self, primitive: Primitive, args: Integers) -> Integers:
        """Return the indices of operations, none of them simpler than it is written."""
        first, count = len(self.code), len(args)
        batched = np.frombuffer(self.batched, bool)[args].any(1) & (primitive is not batch_sum)
        depth = 1 + np.frombuffer(self.depth, np.int64)[args].max(1)
        self.code += array("q", [self._code(primitive, args.shape[1])]) * count
        self.args.extend(args)
        self.depth.frombytes(depth.tobytes())
        self.batched += batched.tobytes()
        self.is_number += bytes(count)
        return np.arange(first, first + count)

    def _code(self, primitive: Primitive, count: int) -> int:
        kept = self.keeper.kept(primitive, count)
        code = self._code_of.setdefault(kept, len(self.operations))
        if code == len(self.operations):
            self.operations.append(kept)
        if primitive.arity is not None:  # else it is another for another number of arguments
            self._code_of[primitive] = code
        return code

    def _sources(self, array: str, positions: range, batched: bool) -> list[Index]:
        """Return new indices for elements of an array."""
        first, count = len(self.code), len(positions)
        self.code.extend(range(~len(self.leaves), ~len(self.leaves) - count, -1))
        self.leaves += [Leaf(array, position) for position in positions]
        for _ in positions:
            self.args.append(())
        self.depth.extend([0] * count)
        self.batched += bytes([batched]) * count
        self.is_number += bytes(count)
        return list(range(first, first + count))

    def _leaf(self, number: float) -> Index:
        """Return a new index for a number, not shared with equal ones: a derivative may be along it alone."""
        self.constants.append(number)
        (index,) = self._sources(CONSTANTS, range(len(self.constants) - 1, len(self.constants)), False)
        return index

    def _lift(self, value: Value) -> Index:
        """Write down a Value and everything it was made from, as operations on the parameters."""
        lifted = self.lifted
        waiting = [value]
        while waiting:
            node = waiting.pop()
            if node in lifted:
                continue
            missing = [arg for arg in node.args if isinstance(arg, Value) and arg not in lifted]
            if missing:
                waiting += [node, *missing]
            elif node.op is None:
                self.unknown_leaves.append(node)
                lifted[node] = self._leaf(node.data)
            else:
                args = [lifted[arg] if isinstance(arg, Value) else self.constant(arg) for arg in node.args]
                lifted[node] = self.apply(node.op, tuple(args))
        return lifted[value]
