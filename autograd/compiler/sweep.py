"""The backward sweep over a recording: the same chain rule, with the same partials, as operations to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeAlias

from autograd.compiler.recording import Index, Recording, Source, Tracer
from autograd.ops import chain, nary_dot, nary_sum

Shares: TypeAlias = list[tuple[Index, Index]]
"""What reaches a scalar along each of its uses: upstream and local derivative, yet to be multiplied."""


def adjoints(
    recording: Recording, root: Index, inputs: Sequence[Index], seed: Index, exact: bool
) -> dict[Index, Index]:
    """Write down ∂root/∂input · seed for every input, and return their places; inputs with none are missing.

    Where a scalar that differs from example to example was made from one that does not, the share of every
    example counts: if the seed differs from example to example too, shares are summed over the batch there.

    Unless `exact`, a sum of shares is one dot, which differs from the chain rule's products only in giving
    nan for zero times an infinity.
    """
    leading = _leading_to(recording, root, inputs)
    over_batch = bool(recording.varies[seed])
    shares: dict[Index, Shares] = defaultdict(list)
    shares_of_batch: dict[Index, Shares] = defaultdict(list)
    one = recording.constant(1.0)
    shares[root].append((seed, one))
    wanted_inputs = set(inputs)
    found: dict[Index, Index] = {}
    for index in range(root, -1, -1):
        if index in shares_of_batch:
            summed = recording.over_batch(_total(recording, shares_of_batch.pop(index), exact))
            shares[index].append((summed, one))
        if index not in shares:
            continue
        upstream = _total(recording, shares.pop(index), exact)
        if index in wanted_inputs:
            found[index] = upstream
        op, args = recording.ops[index], recording.args[index]
        if isinstance(op, Source):
            continue
        contract = over_batch and recording.varies[index]
        scalars = [recording.scalar(arg) for arg in args]
        wanted = [bool(leading[arg]) for arg in args]
        for arg, partial in zip(args, op.derivatives(Tracer(recording, index), scalars, wanted), strict=True):
            if partial is not None:
                reaching = shares_of_batch if contract and not recording.varies[arg] else shares
                place = partial.index if type(partial) is Tracer else recording.index(partial)
                reaching[arg].append((upstream, place))
    return found


def _total(recording: Recording, shares: Shares, exact: bool) -> Index:
    """Write down the sum of some shares, and return its place."""
    if len(shares) == 1:
        return recording.apply(chain, shares[0])
    if exact:
        return recording.apply(nary_sum, tuple([recording.apply(chain, share) for share in shares]))
    upstream, partials = zip(*shares, strict=True)
    return recording.apply(nary_dot, (*upstream, *partials, recording.constant(0.0)))


def _leading_to(recording: Recording, root: Index, inputs: Sequence[Index]) -> bytearray:
    """Mark every scalar that an input reaches, up to the root."""
    leading = bytearray(root + 1)
    for place in inputs:
        if place <= root:
            leading[place] = 1
    for index in range(min(inputs, default=0), root + 1):
        for arg in recording.args[index]:
            if leading[arg]:
                leading[index] = 1
                break
    return leading
