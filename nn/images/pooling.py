"""Pooling: a number for each window, the largest or the mean, so that what follows sees less and farther."""

from __future__ import annotations

from typing import Any

from autograd import max, mean
from nn.images.windows import plane_windows, windows
from nn.model.module import Module
from nn.model.shape import Image, Plane, Row, pair, require_levels
from nn.sizes import require_at_least


class Pool1d(Module):
    """Base of the poolings of a signal `[channel][place]`: windows of `kernel_size`, each made one number.

    `stride` is how far apart windows begin, `kernel_size` unless given. Raises ValueError for sizes below 1.
    """

    def __init__(self, kernel_size: int, stride: int | None = None) -> None:
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        require_at_least(1, kernel_size=self.kernel_size, stride=self.stride)

    def __call__(self, x: Plane) -> list[list[Any]]:
        """Return the number of each window, `[channel][place]`.

        Raises ValueError, with both numbers, for rows of unequal length and where no window fits.
        """
        require_levels(self, x, "[channel][place]")
        return [[self.of_window(seen) for seen in windows(row, self.kernel_size, self.stride)] for row in x]

    def of_window(self, numbers: Row) -> Any:
        """Return the number of one window."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kernel_size}, stride={self.stride})"


class Pool2d(Module):
    """Base of the poolings of an image `[channel][row][column]`; sizes are one number, or rows and columns.

    All else is as in `Pool1d`.
    """

    def __init__(
        self, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | None = None
    ) -> None:
        self.kernel_size, self.stride = pair(kernel_size), pair(kernel_size if stride is None else stride)
        require_at_least(1, pairs=True, kernel_size=self.kernel_size, stride=self.stride)

    def __call__(self, x: Image) -> list[list[list[Any]]]:
        """Return the number of each window, `[channel][row][column]`; errors as in `Pool1d`."""
        require_levels(self, x, "[channel][row][column]")
        return [
            [
                [self.of_window(seen) for seen in row]
                for row in plane_windows(plane, self.kernel_size, self.stride)
            ]
            for plane in x
        ]

    def of_window(self, numbers: Row) -> Any:
        """Return the number of one window."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kernel_size}, stride={self.stride})"


class MaxPool1d(Pool1d):
    """Keep the largest number of each window; its gradient goes to that one, and to ties in equal parts."""

    def of_window(self, numbers: Row) -> Any:
        """Return the largest."""
        return max(numbers)


class MaxPool2d(Pool2d):
    """Keep the largest number of each window; its gradient goes to that one, and to ties in equal parts."""

    def of_window(self, numbers: Row) -> Any:
        """Return the largest."""
        return max(numbers)


class AvgPool1d(Pool1d):
    """Keep the mean of each window."""

    def of_window(self, numbers: Row) -> Any:
        """Return the mean."""
        return mean(numbers)


class AvgPool2d(Pool2d):
    """Keep the mean of each window."""

    def of_window(self, numbers: Row) -> Any:
        """Return the mean."""
        return mean(numbers)
