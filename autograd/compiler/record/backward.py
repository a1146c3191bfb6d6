"""The backward sweep over a recording: the same chain rule, with the same partials, as operations to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from typing import Any, TypeAlias

from autograd.compiler.record.recording import Index, Recording, Source, batch_sum, fast_or_exact
from autograd.compiler.record.tracer import COMPARISONS, Tracer, place, scalar
from autograd.flow import Gated, joined, passed, settled
from autograd.nary import nary_dot, nary_sum
from autograd.ops import mul, nan_fallback, where
from autograd.primitive import Primitive

Shares: TypeAlias = list[Any]
"""What reaches a scalar: for each of its uses upstream and local derivative, yet to be multiplied.

Both are flows. Where the sweep is not exact, they are the places of numbers.
"""


def adjoints(
    recording: Recording, root: Index, inputs: Sequence[Index], seed: Index, exact: bool
) -> dict[Index, Index]:
    """Write down ∂root/∂input · seed for every input, and return their places; inputs with none are missing.

    Where a scalar that differs from example to example was made from one that does not, the share of every
    example counts: if the seed differs from example to example too, shares are summed over the batch there.

    Unless `exact`, a sum of shares is one dot, which differs from the chain rule only in giving nan where an
    infinity meets the zero of what was not selected; and a nan_fallback is its usual argument.
    """
    leading = _leading_to(recording, root, inputs)
    over_batch = bool(recording.varies[seed])
    shares: dict[Index, Shares] = defaultdict(list)
    shares_of_batch: dict[Index, Shares] = defaultdict(list)
    rule: _Rule = _Exact(recording) if exact else _Fast(recording)
    shares[root] += rule.flow(seed), rule.flow(recording.constant(1.0))
    scalars = _Scalars(recording)
    wanted_inputs = set(inputs)
    found: dict[Index, Index] = {}
    for index in range(root, -1, -1):
        if index in shares_of_batch:
            summed = rule.over_batch(rule.total(shares_of_batch.pop(index)))
            shares[index] += summed, rule.flow(recording.constant(1.0))
        if index not in shares:
            continue
        upstream = rule.total(shares.pop(index))
        if index in wanted_inputs:
            found[index] = rule.place(upstream)
        op, args = recording.ops[index], recording.args[index]
        if isinstance(op, Source):
            continue
        contract = over_batch and recording.varies[index]
        wanted = [leading[arg] for arg in args]
        partials = rule.partials(op, scalars[index], [scalars[arg] for arg in args], wanted)
        for arg, partial in zip(args, partials, strict=True):
            if partial is not None:
                reaching = shares_of_batch if contract and not recording.varies[arg] else shares
                reaching[arg] += upstream, partial
    return found


class _Exact:
    """The chain rule as it is, where what was not selected passes on nothing."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def flow(self, index: Index) -> Any:
        return scalar(self.recording, index)

    def place(self, flow: Any) -> Index:
        return place(self.recording, settled(flow))

    def partials(self, op: Primitive, out: Any, args: list[Any], wanted: list[bool]) -> Sequence[Any]:
        return op.derivatives(out, args, wanted)

    def total(self, shares: Shares) -> Any:
        flows = [passed(*pair) for pair in zip(shares[::2], shares[1::2], strict=True)]
        if len(flows) > 1 and not any(isinstance(flow, Gated) for flow in flows):
            return nary_sum(*flows)
        return reduce(joined, flows)

    def over_batch(self, flow: Any) -> Any:
        summed = scalar(self.recording, self.recording.over_batch(self.place(flow)))
        if not isinstance(flow, Gated):
            return summed
        reached = place(self.recording, where(flow.condition, 1.0, 0.0))
        if self.recording.varies[reached]:
            reached = self.recording.apply(batch_sum, (reached,))
        return Gated(scalar(self.recording, reached), summed)


class _Fast:
    """The chain rule in numbers alone: nothing is zero, so that sums of shares are sums of products."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def flow(self, index: Index) -> Index:
        return index

    def place(self, flow: Index) -> Index:
        return flow

    def partials(self, op: Primitive, out: Any, args: list[Any], wanted: list[bool]) -> Sequence[Any]:
        if op in (nan_fallback, fast_or_exact):
            return self.recording.constant(1.0) if wanted[0] else None, None
        found = op.derivatives(out, args, wanted)
        return [None if partial is None else place(self.recording, _as_number(partial)) for partial in found]

    def total(self, shares: Shares) -> Index:
        upstream, partials = shares[::2], shares[1::2]
        if len(upstream) > 1:
            return self.recording.apply(nary_dot, (*upstream, *partials, self.recording.constant(0.0)))
        return self.recording.apply(mul, (upstream[0], partials[0]))

    def over_batch(self, flow: Index) -> Index:
        return self.recording.over_batch(flow)


_Rule: TypeAlias = _Exact | _Fast


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


class _Scalars(dict[Index, Tracer | float]):
    """The scalars of a recording by their places, each made when it is first asked for."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def __missing__(self, index: Index) -> Tracer | float:
        self[index] = scalar(self.recording, index)
        return self[index]


def _leading_to(recording: Recording, root: Index, inputs: Sequence[Index]) -> list[bool]:
    """Mark every scalar that an input reaches, up to the root."""
    leading = [False] * (root + 1)
    for index in inputs:
        if index <= root:
            leading[index] = True
    for index in range(min(inputs, default=0), root + 1):
        if not leading[index]:
            leading[index] = any(map(leading.__getitem__, recording.args[index]))
    return leading
