"""A function of two numbers, asked at every point of a grid."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Value, no_grad

Array = NDArray[np.float64]


def plain(answer: Any) -> float:
    """Return the number that a function gave, as a Value or as it is."""
    return answer.data if isinstance(answer, Value) else float(answer)


def heights(f: Callable[[float, float], Any], xs: Collection[float], ys: Collection[float]) -> Array:
    """Return f(x, y) for each y (a row) and each x (a column). Nothing is recorded."""
    with no_grad():
        return np.array([[plain(f(float(x), float(y))) for x in xs] for y in ys])
