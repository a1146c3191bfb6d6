"""The backward pass in numbers alone, for many scalars at once: those of one depth, and of one operation.

Nothing is zero here, so that whatever arrives at a scalar is a sum of products: one dot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.record.columns import Column, args_of, column, indices_of, op_of
from autograd.compiler.record.operations import fast_or_exact
from autograd.compiler.record.recording import NONE, Index, Recording
from autograd.compiler.record.segments import Flags, Integers, alike, by_number, distinct_rows, numbers_among
from autograd.compiler.record.tracer import COMPARISONS
from autograd.flow import Gated
from autograd.nary import nary_dot
from autograd.operators import Operators
from autograd.ops import mul, nan_fallback, where
from autograd.primitive import CACHE_SIZE, Primitive

NESTED = 3
"""How deep choices lie in one another in a rule of ours, that of `clamp`."""


def fast_adjoints(
    recording: Recording, root: Index, inputs: Sequence[Index], seed: Index
) -> dict[Index, Index]:
    """Write down ∂root/∂input · seed as `adjoints` does unless exact."""
    inputs = [index for index in inputs if index <= root]
    sweep = _Sweep(recording, root, inputs, seed)
    for scalars in sweep.from_the_root():
        sweep.pass_on(scalars)
    found = zip(inputs, sweep.flow[inputs].tolist(), strict=True)
    return {index: flow for index, flow in found if flow != NONE}


class _Edges(NamedTuple):
    """Edges side by side: the arguments they lead to, the scalars they come from, the local derivatives."""

    arg: Integers
    user: Integers
    partial: Integers

    def chosen(self, places: Integers | Flags) -> _Edges:
        """Return some of the edges, one of many dimensions as one of one."""
        return _Edges(*[column[places] for column in self])


class _Sweep:
    """A backward pass under way: the adjoints so far, and the edges, by depth, that are to be summed up."""

    def __init__(self, recording: Recording, root: Index, inputs: Sequence[Index], seed: Index) -> None:
        self.recording = recording
        self.root = root
        self.sum_over_batch = bool(recording.batched[seed])
        self.depth = np.array(recording.depth[: root + 1])
        self.batched = np.frombuffer(recording.batched[: root + 1], bool)
        self.code = np.array(recording.code)
        self.args = recording.args.segments()
        self.leading = self._leading_from(inputs)
        self.flow = np.full(root + 1, NONE)
        self.flow[root] = seed
        self.edges: list[list[_Edges]] = [[] for _ in range(int(self.depth[root]) + 1)]

    def _leading_from(self, inputs: Sequence[Index]) -> Any:
        """Mark every scalar that an input reaches."""
        leading = np.zeros(len(self.depth), bool)
        leading[list(inputs)] = True
        for scalars in by_number(self.depth)[1:]:
            args = self.args.chosen(scalars)
            leading[scalars] |= args.reduced(np.logical_or, leading[args.flat], False)
        return leading

    def from_the_root(self) -> Iterator[Integers]:
        """Yield the scalars of each depth whose adjoints are complete, but for leaves."""
        yield np.array([self.root])[: len(self.edges) - 1]
        for depth in range(len(self.edges) - 2, -1, -1):
            if self.edges[depth]:
                scalars = self._arrived(_Edges(*map(np.hstack, zip(*self.edges[depth], strict=True))))
                self.edges[depth].clear()
                if depth:
                    yield scalars

    # ---- what arrives ----------------------------------------------------------------------------------

    def _arrived(self, edges: _Edges) -> Integers:
        """Note the adjoints of the scalars that edges lead to, and return these."""
        edges = edges.chosen(np.argsort(-(edges.arg * len(self.flow) + edges.user), kind="stable"))
        arg, upstream, partial = edges.arg, self.flow[edges.user], edges.partial
        of_batch = self.sum_over_batch & ~self.batched[arg] & self.batched[edges.user]
        if of_batch.any():
            scalars, summed = self._totals(arg[of_batch], upstream[of_batch], partial[of_batch])
            summed = self.recording.all_summed_over_batch(summed)
            arg = np.append(arg[~of_batch], scalars)
            upstream = np.append(upstream[~of_batch], summed)
            partial = np.append(partial[~of_batch], np.full_like(scalars, self.recording.constant(1.0)))
            falling = np.argsort(-arg, kind="stable")
            arg, upstream, partial = arg[falling], upstream[falling], partial[falling]
        scalars, self.flow[scalars] = self._totals(arg, upstream, partial)
        return scalars

    def _totals(self, arg: Integers, upstream: Integers, partial: Integers) -> tuple[Integers, Integers]:
        """Return the scalars that edges lead to, and what arrives there from upstream.

        Edges are in falling order of their arguments, so that operations are written down in that order.
        """
        first = np.flatnonzero(np.diff(arg, prepend=NONE))
        scalars, counts = arg[first], np.diff(first, append=len(arg))
        total = np.empty_like(scalars)
        zero = self.recording.constant(0.0)
        for count in numbers_among(counts):
            chosen = counts == count
            at = first[chosen, None] + np.arange(count)
            args = np.full((len(at), 2 * count + 1), zero)  # with a bias, which a product does without
            args[:, :count], args[:, count:-1] = upstream[at], partial[at]
            if count == 1:
                total[chosen] = self.recording.apply_all(mul, args[:, :2])
            else:
                total[chosen] = self.recording.apply_all(nary_dot, args)
        return scalars, total

    # ---- what is passed on -----------------------------------------------------------------------------

    def pass_on(self, scalars: Integers) -> None:
        """Add the edges from scalars to those arguments that lead back to an input."""
        counts = self.args.start[scalars + 1] - self.args.start[scalars]
        for same in alike(self.code[scalars], counts):
            users = scalars[same]
            args = self.args.flat[self.args.start[users, None] + np.arange(counts[same[0]])]
            partials = self._partials(self.recording.op(int(users[0])), users, args)
            passes = self.leading[args] & (partials != NONE)
            edges = _Edges(args, np.broadcast_to(users[:, None], args.shape), partials)
            depth = self.depth[args]
            for each in numbers_among(depth[passes]):
                self.edges[each].append(edges.chosen(passes & (depth == each)))

    def _partials(self, op: Any, users: Integers, args: Integers) -> Integers:
        """Return the local derivatives of an operation along each of its arguments (scalar, argument)."""
        recording, found = self.recording, np.full_like(args, NONE)
        if op in (nan_fallback, fast_or_exact):
            found[:, 0] = recording.constant(1.0)
            return found
        passing = _passing_on(op, args.shape[1])
        if passing is not None:
            constants = [np.full_like(users, recording.constant(number)) for number in passing.numbers]
            known = np.column_stack([args, users, *constants, found[:, 0]])
            return known[:, passing.chosen]
        numbers = np.where(np.frombuffer(recording.is_number, bool)[args], args, NONE)
        leading = self.leading[args]
        for same in by_number(distinct_rows(np.hstack([numbers, leading]))[1]):
            out, *given = [column(recording, at) for at in (users[same], *args[same].T)]
            wanted = leading[same[0]].tolist()
            for n, partial in enumerate(op.derivatives(out, given, wanted)):
                if partial is not None:
                    found[same, n] = indices_of(recording, _as_number(partial), len(same))
        return found


class _Passing(NamedTuple):
    """Partials that are arguments, the result or numbers: which of (*args, out, *numbers, None) each is."""

    numbers: tuple[float, ...]
    chosen: tuple[int, ...]


@lru_cache(CACHE_SIZE)
def _passing_on(op: Primitive, count: int) -> _Passing | None:
    """Return what a rule passes on of `count` arguments if it computes nothing, as those of a product."""
    *args, out = [_Placeholder() for _ in range(count + 1)]
    partials = op.derivatives(out, args)
    numbers = tuple(dict.fromkeys(partial for partial in partials if isinstance(partial, float)))
    place = {x: n for n, x in enumerate((*args, out, *numbers, None))}
    return _Passing(numbers, tuple([place[p] for p in partials])) if place.keys() >= {*partials} else None


class _Placeholder(Operators):
    """Stands for an argument where a rule is looked at; whatever is computed with it is a new one."""

    __slots__ = ()
    rank = 1_000_000

    @classmethod
    def interpret(cls, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        return cls()

    def selecting(self, partial: Any, holds: bool) -> Any:
        return type(self)()

    def __lt__(self, other: Any) -> Any:
        return type(self)()

    __gt__ = __le__ = __ge__ = __lt__


def _as_number(partial: Any) -> Any:
    """Return a local derivative as a number, 0 where its argument is not selected."""
    return _chosen(partial.condition, partial.amount, NESTED) if isinstance(partial, Gated) else partial


def _chosen(condition: Any, amount: Any, deep: int) -> Any:
    """Return the amount where a condition holds, else 0.

    A condition that is a choice chooses at once, and so do those in its branches, so `deep`: not all that a
    user's program has there, which grow in number by two from each to the next.
    """
    if not isinstance(condition, Column):
        return amount if condition else 0.0
    op = op_of(condition)
    if op is where and deep:
        first, *branches = args_of(condition)
        return where(first, *[_chosen(branch, amount, deep - 1) for branch in branches])
    if op in COMPARISONS and isinstance(amount, float) and amount == 1.0:
        return condition
    return where(condition, amount, 0.0)
