"""The backward pass over a recording: the same chain rule, with the same partials, as operations to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from itertools import compress
from typing import Any

from autograd.compiler.record.fast_backward import fast_adjoints
from autograd.compiler.record.operations import batch_sum
from autograd.compiler.record.recording import Index, Leaf, Recording
from autograd.compiler.record.tracer import index_of, scalar
from autograd.flow import Gated, joined, passed, settled
from autograd.nary import nary_sum
from autograd.ops import where
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
    if not exact:
        return fast_adjoints(recording, root, inputs, seed)
    leading = _leading_to(recording, root, inputs)
    sum_over_batch = bool(recording.batched[seed])
    flows: dict[Index, Any] = {root: scalar(recording, seed)}
    uses = _Uses()
    for index in range(root, -1, -1):
        if index in uses:
            users, partials = uses.pop(index)
            contract = sum_over_batch and not recording.batched[index]
            of_batch = [recording.batched[user] for user in users] if contract else []
            flows[index] = _arriving(recording, [flows[user] for user in users], partials, of_batch)
        elif index != root:
            continue
        if not isinstance(recording.op(index), Leaf):
            uses.add(index, recording.args[index], _derivatives(recording, index, leading), leading)
    return {index: index_of(recording, settled(flows[index])) for index in inputs if index in flows}


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


def _arriving(
    recording: Recording, upstream: Sequence[Any], partials: Sequence[Any], of_batch: Sequence[int]
) -> Any:
    """Return the sum of what flows along some edges; what flows along those `of_batch` is summed over it."""
    if not any(of_batch):
        return _total(upstream, partials)
    marked = [list(compress(column, of_batch)) for column in (upstream, partials)]
    summed = _summed_over_batch(recording, _total(*marked))
    if all(of_batch):
        return summed
    others = [not mark for mark in of_batch]
    return _total([*compress(upstream, others), summed], [*compress(partials, others), 1.0])


def _total(upstream: Sequence[Any], partials: Sequence[Any]) -> Any:
    flows = list(map(passed, upstream, partials))
    if len(flows) > 1 and not any(isinstance(flow, Gated) for flow in flows):
        return nary_sum(*flows)
    return reduce(joined, flows)


def _summed_over_batch(recording: Recording, flow: Any) -> Any:
    summed = scalar(recording, recording.sum_over_batch(index_of(recording, settled(flow))))
    if not isinstance(flow, Gated):
        return summed
    reached = index_of(recording, where(flow.condition, 1.0, 0.0))
    if recording.batched[reached]:
        reached = recording.apply(batch_sum, (reached,))
    return Gated(scalar(recording, reached), summed)


def _derivatives(recording: Recording, index: Index, leading: bytearray) -> Sequence[Any]:
    """Return the local derivatives along the arguments that lead back to an input, None along others."""
    op, args = recording.op(index), recording.args[index]
    assert isinstance(op, Primitive)
    out, *scalars = [scalar(recording, at) for at in (index, *args)]
    return op.derivatives(out, scalars, [bool(leading[arg]) for arg in args])


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
