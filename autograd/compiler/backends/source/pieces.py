"""Arrays put together from pieces, and taken from another in a few of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.compiler.arrays.program import Positions
from autograd.compiler.backends.source.expressions import reshaped
from autograd.compiler.backends.source.slicing import view

MOST_PIECES = 4
"""Into how many pieces an array is cut to put them in another order; beyond that a table is shorter."""


def beside(parts: Sequence[tuple[str, Positions]], batched: bool) -> str | None:
    """Return the expression for parts of an array, rows side by side; None if they are not that."""
    rows = 1 + int(np.count_nonzero(np.diff(parts[0][1]) != 1))
    if any(len(at) % rows for _, at in parts):
        return None
    at = np.concatenate([at.reshape(rows, -1) for _, at in parts], -1)
    if (np.diff(at.ravel()) != 1).any():
        return None
    lead = [-1] * batched
    texts = [reshaped(name, [*lead, rows, len(at) // rows]) for name, at in parts]
    return reshaped(f"concatenate(({', '.join(texts)}), -1)", [*lead, at.size])


def in_pieces(name: str, size: int, batched: bool, at: Positions) -> str | None:
    """Return the expression for positions that are a few runs, None where they are more."""
    runs = np.split(at, np.flatnonzero(np.diff(at) != 1) + 1)
    return (
        joined([str(view(name, size, batched, run)) for run in runs], -1)
        if len(runs) <= MOST_PIECES
        else None
    )


def joined(texts: Sequence[str], axis: int = 0) -> str:
    """Return the expression for arrays one behind the other."""
    if len(texts) == 1:
        return texts[0]
    return f"concatenate(({', '.join(texts)})" + (f", {axis})" if axis else ")")
