"""Many rows of numbers, kept as one matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Rows(Sequence[list[float]]):
    """Rows of numbers, all of one width: each is a list when it is asked for, until then 8 bytes a number.

    A list of lists takes four times the memory. Equal to a list of the same rows.
    """

    __slots__ = ("matrix",)

    def __init__(self, matrix: ArrayLike) -> None:
        self.matrix: NDArray[np.float64] = np.asarray(matrix, dtype=np.float64)

    def take(self, indices: Iterable[int]) -> Rows:
        """Return the rows at `indices`, in that order."""
        return Rows(self.matrix[list(indices)])

    @overload
    def __getitem__(self, place: int) -> list[float]: ...
    @overload
    def __getitem__(self, place: slice) -> list[list[float]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        return self.matrix[place].tolist()

    def __len__(self) -> int:
        return len(self.matrix)

    def __iter__(self) -> Iterator[list[float]]:
        return (row.tolist() for row in self.matrix)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the matrix, for NumPy, which would otherwise ask for row after row."""
        return np.array(self.matrix, dtype) if copy else self.matrix.astype(dtype or np.float64, copy=False)

    def __add__(self, others: Iterable[list[float]]) -> list[list[float]]:
        return [*self, *others]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Rows):
            return bool(np.array_equal(self.matrix, other.matrix))
        return self.matrix.tolist() == other if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            repr(self.matrix.tolist()) if len(self) <= 10 else f"<{len(self)} rows of {self.matrix.shape[1]}>"
        )
