"""The backward pass over a recording: the same chain rule, with the same partials, as operations to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache, reduce
from itertools import compress
from typing import Any, NamedTuple

from autograd.compiler.record.recording import Index, Recording, Source, batch_sum, fast_or_exact
from autograd.compiler.record.tracer import COMPARISONS, Tracer, index_of, scalar
from autograd.flow import Gated, joined, passed, settled
from autograd.nary import nary_dot, nary_sum
from autograd.operators import Operators
from autograd.ops import mul, nan_fallback, where
from autograd.primitive import Primitive


def adjoints(
    recording: Recording, root: Index, inputs: Sequence[Index], seed: Index, exact: bool
) -> dict[Index, Index]:
    """Write down ∂root/∂input · seed for every input, and return their indices; inputs with none are missing.

    Where a scalar that differs from example to example was made from one that does not, the share of every
    example counts: if the seed differs from example to example too, shares are summed over the batch there.

    Unless `exact`, a sum of shares is one dot, which differs from the chain rule only in giving nan where an
    infinity meets the zero of what was not selected; and a nan_fallback is its usual argument.
    """
    leading = _leading_to(recording, root, inputs)
    sum_over_batch = bool(recording.batched[seed])
    rule = _Exact(recording) if exact else _Fast(recording)
    flows: dict[Index, Any] = {root: rule.flow(seed)}
    uses = _Uses()
    for index in range(root, -1, -1):
        if index in uses:
            users, partials = uses.pop(index)
            contract = sum_over_batch and not recording.batched[index]
            of_batch = [recording.batched[user] for user in users] if contract else []
            flows[index] = rule.arriving([flows[user] for user in users], partials, of_batch)
        elif index != root:
            continue
        if not isinstance(recording.ops[index], Source):
            uses.add(index, recording.args[index], rule.partials(index, leading), leading)
    return {index: rule.index_of(flows[index]) for index in inputs if index in flows}


class _Uses:
    """The uses of scalars: for each, in which others, and its local derivatives there."""

    def __init__(self) -> None:
        self.users: defaultdict[Index, list[Index]] = defaultdict(list)
        self.partials: defaultdict[Index, list[Any]] = defaultdict(list)

    def __contains__(self, index: Index) -> bool:
        return index in self.users

    def add(self, user: Index, args: Sequence[Index], partials: Sequence[Any], leading: bytearray) -> None:
        """Add the uses that one scalar makes of its arguments, but for those to which nothing passes."""
        users_of, partials_of = self.users, self.partials
        for arg, partial in zip(args, partials, strict=True):
            if partial is not None and leading[arg]:
                users_of[arg].append(user)
                partials_of[arg].append(partial)

    def pop(self, index: Index) -> tuple[list[Index], list[Any]]:
        """Take out the uses of a scalar: the users, and the partials."""
        return self.users.pop(index), self.partials.pop(index)


class _Exact:
    """The chain rule as it is, where what was not selected passes on nothing."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def flow(self, index: Index) -> Any:
        return scalar(self.recording, index)

    def index_of(self, flow: Any) -> Index:
        return index_of(self.recording, settled(flow))

    def partials(self, index: Index, leading: bytearray) -> Sequence[Any]:
        return _derivatives(self.recording, index, leading)

    def total(self, upstream: Sequence[Any], partials: Sequence[Any]) -> Any:
        flows = list(map(passed, upstream, partials))
        if len(flows) > 1 and not any(isinstance(flow, Gated) for flow in flows):
            return nary_sum(*flows)
        return reduce(joined, flows)

    def sum_over_batch(self, flow: Any) -> Any:
        summed = scalar(self.recording, self.recording.sum_over_batch(self.index_of(flow)))
        if not isinstance(flow, Gated):
            return summed
        reached = index_of(self.recording, where(flow.condition, 1.0, 0.0))
        if self.recording.batched[reached]:
            reached = self.recording.apply(batch_sum, (reached,))
        return Gated(scalar(self.recording, reached), summed)

    def arriving(self, upstream: Sequence[Any], partials: Sequence[Any], of_batch: Sequence[int]) -> Any:
        """Return the total; those products that are marked as `of_batch` are summed over it."""
        if not any(of_batch):
            return self.total(upstream, partials)
        marked = [list(compress(column, of_batch)) for column in (upstream, partials)]
        summed = self.sum_over_batch(self.total(*marked))
        if all(of_batch):
            return summed
        others = [not mark for mark in of_batch]
        one = self.flow(self.recording.constant(1.0))
        return self.total([*compress(upstream, others), summed], [*compress(partials, others), one])


class _Fast(_Exact):
    """The chain rule in numbers alone: nothing is zero, so that a total is a sum of products."""

    def flow(self, index: Index) -> Index:
        return index

    def index_of(self, flow: Index) -> Index:
        return flow

    def partials(self, index: Index, leading: bytearray) -> Sequence[Index | None]:
        recording = self.recording
        op, args = recording.ops[index], recording.args[index]
        if op in (nan_fallback, fast_or_exact):
            return recording.constant(1.0), None
        passing = _passing_on(op, len(args))
        if passing is not None:
            numbers = [recording.constant(number) for number in passing.numbers]
            known = (*args, index, *numbers, None)
            return [known[n] for n in passing.chosen]
        found = _derivatives(recording, index, leading)
        return [None if partial is None else index_of(recording, _as_number(partial)) for partial in found]

    def total(self, upstream: Sequence[Index], partials: Sequence[Index]) -> Index:
        if len(upstream) > 1:
            return self.recording.apply(nary_dot, (*upstream, *partials, self.recording.constant(0.0)))
        return self.recording.apply(mul, (upstream[0], partials[0]))

    def sum_over_batch(self, flow: Index) -> Index:
        return self.recording.sum_over_batch(flow)


def _derivatives(recording: Recording, index: Index, leading: bytearray) -> Sequence[Any]:
    """Return the local derivatives along the arguments that lead back to an input, None along others."""
    op, args = recording.ops[index], recording.args[index]
    assert isinstance(op, Primitive)
    out, *scalars = [scalar(recording, at) for at in (index, *args)]
    return op.derivatives(out, scalars, [bool(leading[arg]) for arg in args])


class _Passing(NamedTuple):
    """Partials that are arguments, the result or numbers: which of (*args, out, *numbers, None) each is."""

    numbers: tuple[float, ...]
    chosen: tuple[int, ...]


@cache
def _passing_on(op: Primitive, count: int) -> _Passing | None:
    """Return what a rule passes on of `count` arguments if it computes nothing, as those of a product."""
    known: list[Any] = [_Placeholder() for _ in range(count + 1)]
    partials = op.derivatives(known[-1], known[:-1])
    numbers = tuple(dict.fromkeys(partial for partial in partials if isinstance(partial, float)))
    known += [*numbers, None]
    chosen = tuple([next((n for n, x in enumerate(known) if x is p or x == p), -2) for p in partials])
    return None if -2 in chosen else _Passing(numbers, chosen)


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

    __gt__ = __lt__


def _as_number(partial: Any) -> Any:
    """Return a local derivative as a number, 0 where its argument is not selected."""
    return _chosen(partial.condition, partial.amount) if isinstance(partial, Gated) else partial


def _chosen(condition: Any, amount: Any) -> Any:
    """Return the amount where a condition holds, else 0; a condition that is a choice chooses at once."""
    if not isinstance(condition, Tracer):
        return amount if condition else 0.0
    op, args = condition.recording.ops[condition.index], condition.recording.args[condition.index]
    if op is where:
        first, *branches = [scalar(condition.recording, arg) for arg in args]
        return where(first, *[_chosen(branch, amount) for branch in branches])
    if op in COMPARISONS and isinstance(amount, float) and amount == 1.0:
        return condition
    return where(condition, amount, 0.0)


def _leading_to(recording: Recording, root: Index, inputs: Sequence[Index]) -> bytearray:
    """Mark every scalar that an input reaches, up to the root."""
    leading = bytearray(root + 1)
    for index in inputs:
        if index <= root:
            leading[index] = 1
    for index in range(min(inputs, default=0), root + 1):
        if not leading[index]:
            leading[index] = any(map(leading.__getitem__, recording.args[index]))
    return leading
