"""The backward sweep over a recording: the same chain rule, with the same partials, as operations to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeAlias

from autograd.compiler.recording import Index, Recording, Source
from autograd.compiler.tracer import Tracer, scalar
from autograd.ops import chain, limit, nary_dot, nary_sum

Shares: TypeAlias = list[Index]
"""What reaches a scalar: for each of its uses upstream and local derivative, yet to be multiplied."""


def adjoints(
    recording: Recording, root: Index, inputs: Sequence[Index], seed: Index, exact: bool
) -> dict[Index, Index]:
    """Write down ∂root/∂input · seed for every input, and return their places; inputs with none are missing.

    Where a scalar that differs from example to example was made from one that does not, the share of every
    example counts: if the seed differs from example to example too, shares are summed over the batch there.

    Unless `exact`, a sum of shares is one dot, which differs from the chain rule's products only in giving
    nan for zero times an infinity; and a limit is its usual argument.
    """
    leading = _leading_to(recording, root, inputs)
    over_batch = bool(recording.varies[seed])
    shares: dict[Index, Shares] = defaultdict(list)
    shares_of_batch: dict[Index, Shares] = defaultdict(list)
    one = recording.constant(1.0)
    shares[root] += seed, one
    scalars = _Scalars(recording)
    wanted_inputs = set(inputs)
    found: dict[Index, Index] = {}
    for index in range(root, -1, -1):
        if index in shares_of_batch:
            summed = recording.over_batch(_total(recording, shares_of_batch.pop(index), exact))
            shares[index] += summed, one
        if index not in shares:
            continue
        upstream = _total(recording, shares.pop(index), exact)
        if index in wanted_inputs:
            found[index] = upstream
        op, args = recording.ops[index], recording.args[index]
        if isinstance(op, Source):
            continue
        contract = over_batch and recording.varies[index]
        wanted = [leading[arg] for arg in args]
        if op is limit and not exact:
            partials: Sequence[Any] = (1.0 if wanted[0] else None, None)
        else:
            partials = op.derivatives(scalars[index], [scalars[arg] for arg in args], wanted)
        for arg, partial in zip(args, partials, strict=True):
            if partial is not None:
                reaching = shares_of_batch if contract and not recording.varies[arg] else shares
                reaching[arg] += (
                    upstream,
                    partial.index if type(partial) is Tracer else recording.index(partial),
                )
    return found


class _Scalars(dict[Index, Tracer | float]):
    """The scalars of a recording by their places, each made when it is first asked for."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def __missing__(self, index: Index) -> Tracer | float:
        self[index] = scalar(self.recording, index)
        return self[index]


def _total(recording: Recording, shares: Shares, exact: bool) -> Index:
    """Write down the sum of some shares, and return its place."""
    upstream, partials = shares[::2], shares[1::2]
    if len(upstream) > 1 and not exact:
        return recording.apply(nary_dot, (*upstream, *partials, recording.constant(0.0)))
    products = [recording.apply(chain, pair) for pair in zip(upstream, partials, strict=True)]
    return products[0] if len(products) == 1 else recording.apply(nary_sum, tuple(products))


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
