"""Which argument makes a result nan: another number takes the place of nan, and the program runs again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.arguments import Given

Flags = NDArray[np.bool_]


def place_of_nan(given: Given, is_nan: Callable[[Given], Flags]) -> tuple[int, list[int]] | None:
    """Return which argument, and where in it, makes a result nan that is a number without; None if none does.

    `is_nan(given)` marks the results that are nan for arguments. It is asked as often as a search by halves
    among the nan of all arguments takes.
    """
    flat = np.concatenate([array.ravel() for array in given.arrays])
    places = np.flatnonzero(np.isnan(flat))
    ends = np.cumsum([array.size for array in given.arrays])

    def keeping(count: int, number: float) -> Flags:
        """Mark the results that are nan if the first nan stay, so many, and the others become a number."""
        other = flat.copy()
        other[places[count:]] = number
        parts = zip(np.split(other, ends[:-1]), given.arrays, strict=True)
        return is_nan(given.holding([part.reshape(array.shape) for part, array in parts]))

    for number in (*flat[np.isfinite(flat)][:1].tolist(), 0.5, 1.0, 0.0):
        try:
            mended = np.flatnonzero(keeping(len(places), number) & ~keeping(0, number))
            if not len(mended):
                continue
            without, with_it = 0, len(places)
            while with_it - without > 1:
                middle = (without + with_it) // 2
                if keeping(middle, number).flat[mended[0]]:
                    with_it = middle
                else:
                    without = middle
        except IndexError:  # the number is no index, where one is wanted
            continue
        place = int(places[with_it - 1])
        argument = int(np.searchsorted(ends, place, "right"))
        shape = given.arrays[argument].shape
        inside = place - int(ends[argument]) + given.arrays[argument].size
        return argument, [int(n) for n in np.unravel_index(inside, shape)]
    return None
