"""The backward sweep over a recording: the same chain rule, with the same partials, as operations to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.compiler.recording import Index, Source, Tracer, total
from autograd.ops import chain


def adjoints(root: Tracer, inputs: Sequence[Index], seed: Any) -> dict[Index, Any]:
    """Return ∂root/∂input · seed for the scalars at the places `inputs`; those with none are missing.

    Where a scalar that differs from example to example was made from one that does not, the share of every
    example counts: if the seed differs from example to example too, shares are summed over the batch there.
    """
    recording = root.recording
    leading = _leading_to(root, inputs)
    over_batch = type(seed) is Tracer
    shares: dict[Index, list[Any]] = {root.index: [seed]}
    shares_of_batch: dict[Index, list[Any]] = {}
    wanted_inputs = set(inputs)
    found: dict[Index, Any] = {}
    for index in range(root.index, -1, -1):
        if index in shares_of_batch:
            summed = recording.over_batch(total(shares_of_batch.pop(index)))
            shares.setdefault(index, []).append(summed)
        if index not in shares:
            continue
        upstream = total(shares.pop(index))
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
                kept = shares_of_batch if contract and not recording.varies[arg] else shares
                kept.setdefault(arg, []).append(chain(upstream, partial))
    return found


def _leading_to(root: Tracer, inputs: Sequence[Index]) -> bytearray:
    """Mark every scalar that an input reaches, up to the root."""
    leading = bytearray(root.index + 1)
    for place in inputs:
        if place <= root.index:
            leading[place] = 1
    for index in range(min(inputs, default=0), root.index + 1):
        if any(leading[arg] for arg in root.recording.args[index]):
            leading[index] = 1
    return leading
