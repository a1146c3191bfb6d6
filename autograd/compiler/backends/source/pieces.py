"""Arrays put together from pieces, and taken from another in a few of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.compiler.arrays.program import Positions
from autograd.compiler.arrays.strides import common_shape
from autograd.compiler.backends.source.expressions import flat, repeats, reshaped
from autograd.compiler.backends.source.names import Names
from autograd.compiler.backends.source.slicing import view
from autograd.compiler.backends.source.windows import windows

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


def put_together(parts: Sequence[tuple[str, Positions]], batched: bool, naming: Names) -> str:
    """Return the expression for an array made in parts, with their positions in it."""
    side_by_side = beside(parts, batched)
    if side_by_side is not None:
        return side_by_side
    behind = joined([name for name, _ in parts], -1)
    order = np.argsort(np.concatenate([at for _, at in parts]))
    return f"{behind}[..., {naming.table('at', order)}]"


def in_order(name: str, size: int, batched: bool, order: Positions, naming: Names) -> str:
    """Return the expression for the scalars of an array in another order."""
    if np.array_equal(order, np.arange(size)):
        return name
    shape = common_shape([order])
    text = view(name, size, batched, order.reshape(shape))
    if text is not None and not repeats(order.reshape(shape)):
        return flat(text, shape, batched)
    pieces = in_pieces(name, size, batched, order) or windows(name, size, batched, order)
    return pieces or f"{name}[..., {naming.table('order', order)}]"


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
