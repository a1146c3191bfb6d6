"""What the programs written by hand are given, and many arrays in one vector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray
Batches: TypeAlias = list[tuple[Array, Array]]
"""Each batch is the inputs of its examples, and their targets."""


def joined(arrays: Iterable[Array]) -> tuple[Array, list[Array]]:
    """Return the arrays copied one after another into one vector, and each again as a view of it."""
    arrays = list(arrays)
    vector = np.concatenate([array.ravel() for array in arrays])
    parts = np.split(vector, np.cumsum([array.size for array in arrays])[:-1])
    return vector, [part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True)]
