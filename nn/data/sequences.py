"""Sequences of symbols as rows of one length: padded, masked, cut into what a network can look back on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nn.sizes import require_at_least
from nn.symbols import BOUNDARY, whole_symbols

Indices = NDArray[np.int64]
Mask = NDArray[np.float64]


def pad(sequences: Iterable[Sequence[int]], length: int) -> tuple[Indices, Mask]:
    """Return sequences as rows of one length, filled up with the boundary, and a mask of the same shape.

    The mask is 1 where a symbol of the sequence stands and 0 where it has been filled up. Raises ValueError,
    with both numbers, for a sequence that is longer, TypeError for text and what is no whole number.
    """
    require_at_least(0, length=length)
    sequences = [whole_symbols(sequence) for sequence in sequences]
    rows = np.full((len(sequences), length), BOUNDARY, np.int64)
    mask = np.zeros(rows.shape)
    for k, sequence in enumerate(sequences):
        if len(sequence) > length:
            raise ValueError(f"sequence {k} has {len(sequence)} symbols, accepted are at most {length}")
        rows[k, : len(sequence)] = sequence
        mask[k, : len(sequence)] = 1.0
    return rows, mask


@dataclass(frozen=True, slots=True)
class NextSymbols:
    """Examples of what comes next: a row of symbols, the one that follows each, and where both count."""

    inputs: Indices
    targets: Indices
    mask: Mask

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def predictions(self) -> int:
        """How many symbols are to be predicted: the padding does not count."""
        return int(self.mask.sum())

    def rows(self, indices: Sequence[int]) -> NextSymbols:
        """Return the examples at `indices`, in that order."""
        chosen = list(indices)
        return NextSymbols(self.inputs[chosen], self.targets[chosen], self.mask[chosen])


def next_symbols(texts: Iterable[Sequence[int]], context: int, *, packed: bool = False) -> NextSymbols:
    """Return what follows each symbol of some texts, in rows of `context` symbols.

    Before a text and after it stands the boundary, so that its beginning and its end are predicted too. A
    text of more than `context` − 1 symbols takes several rows, and each begins without what was before it.
    `packed` rows hold several texts where these fit: less padding to compute, but a model that looks back
    also sees the texts before.

    Raises ValueError for no text and for a context below 1, TypeError for a text that is not encoded and for
    what is no whole number.
    """
    require_at_least(1, context=context)
    inputs: list[list[int]] = []
    targets: list[list[int]] = []
    for text in texts:
        whole = [BOUNDARY, *whole_symbols(text), BOUNDARY]
        for start in range(0, len(whole) - 1, context):
            after = whole[start + 1 : start + context + 1]
            if not (packed and inputs and len(inputs[-1]) + len(after) <= context):
                inputs.append([])
                targets.append([])
            inputs[-1] += whole[start : start + len(after)]
            targets[-1] += after
    if not inputs:
        raise ValueError("expected at least 1 text, got 0")
    rows, mask = pad(inputs, context)
    return NextSymbols(rows, pad(targets, context)[0], mask)
