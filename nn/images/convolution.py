"""Convolutions: one small kernel that looks at every place of a signal or an image (document 001 §4)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import prod, sqrt
from random import Random
from typing import Any

from autograd import Value, dot
from nn.images.windows import padded, plane_windows
from nn.model.module import Module
from nn.model.shape import Image, Plane, pair, require_length, require_levels, shape
from nn.seed import Seed, generator
from nn.sizes import require_at_least


class Conv1d(Module):
    """`out_channels` kernels of `kernel_size` numbers a channel, moved along a signal `[channel][place]`.

    `weight[out][in][place]` and `bias[out]` are uniform within ±1/√(numbers a kernel sees), as in PyTorch. Of
    n places come (n + 2·padding − dilation·(kernel_size − 1) − 1)//stride + 1. What is called convolution
    here is a cross-correlation: the kernel is not turned round. With `groups` each part of the output
    channels sees its part of the input channels only. Padding is with zeros.

    Raises ValueError for a size below 1, a negative padding, and channels that `groups` does not divide.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        seed: Seed = None,
    ) -> None:
        check_channels(in_channels, out_channels, groups)
        require_at_least(1, kernel_size=kernel_size, stride=stride, dilation=dilation)
        require_at_least(0, padding=padding)
        self.in_channels, self.stride, self.padding, self.dilation = in_channels, stride, padding, dilation
        drawn, self.bias = kernels(
            out_channels, in_channels // groups, (1, kernel_size), bias, generator(seed)
        )
        self.weight: list[list[list[Value]]] = [[plane[0] for plane in kernel] for kernel in drawn]

    def __call__(self, x: Plane) -> list[list[Any]]:
        """Return the outputs `[out][place]` for the signal `x`.

        Raises ValueError, with both numbers, for another number of channels, rows of unequal length, and
        fewer places than a kernel spans.
        """
        channels, _ = require_levels(self, x, "[channel][place]")
        require_length(self, "channels", self.in_channels, channels)
        planes = cross_correlate(
            [[row] for row in x],
            [[[row] for row in kernel] for kernel in self.weight],
            self.bias,
            (1, self.stride),
            (0, self.padding),
            (1, self.dilation),
        )
        return [plane[0] for plane in planes]

    def __repr__(self) -> str:
        return f"Conv1d({self.in_channels}, {len(self.weight)}, {len(self.weight[0][0])})"


class Conv2d(Module):
    """`out_channels` kernels of `kernel_size` rows and columns, moved over an image `[channel][row][column]`.

    `weight` is `[out][in][row][column]`; each size is one number or two, along rows and along columns. All
    else is as in `Conv1d`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        seed: Seed = None,
    ) -> None:
        check_channels(in_channels, out_channels, groups)
        require_at_least(1, pairs=True, kernel_size=kernel_size, stride=stride, dilation=dilation)
        require_at_least(0, pairs=True, padding=padding)
        self.in_channels = in_channels
        self.stride, self.padding, self.dilation = pair(stride), pair(padding), pair(dilation)
        self.weight, self.bias = kernels(
            out_channels, in_channels // groups, pair(kernel_size), bias, generator(seed)
        )

    def __call__(self, x: Image) -> list[list[list[Any]]]:
        """Return the outputs `[out][row][column]` for the image `x`.

        Raises ValueError, with both numbers, for another number of channels, planes or rows of unequal
        shape, and fewer rows or columns than a kernel spans.
        """
        channels, _, _ = require_levels(self, x, "[channel][row][column]")
        require_length(self, "channels", self.in_channels, channels)
        return cross_correlate(x, self.weight, self.bias, self.stride, self.padding, self.dilation)

    def __repr__(self) -> str:
        return f"Conv2d({self.in_channels}, {len(self.weight)}, {shape(self.weight[0][0])})"


def cross_correlate(
    image: Image,
    weight: Sequence[Image],
    bias: Sequence[Value] | None,
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
) -> list[list[list[Any]]]:
    """Return a plane for each kernel: at every place its bias plus the products with what it sees there.

    A kernel of k channels sees the k channels of its group: there are as many groups as k goes into the
    channels of the image. Every output is one node.
    """
    channels, size = len(weight[0]), (len(weight[0][0]), len(weight[0][0][0]))
    seen_of_channel = [plane_windows(padded(plane, padding), size, stride, dilation) for plane in image]
    seen_of_group = [
        [[list(chain(*parts)) for parts in zip(*rows, strict=True)] for rows in zip(*group, strict=True)]
        for group in (seen_of_channel[at : at + channels] for at in range(0, len(image), channels))
    ]
    kernels_a_group = len(weight) // len(seen_of_group)
    planes = []
    for place, kernel in enumerate(weight):
        numbers = [w for plane in kernel for row in plane for w in row]
        added = 0.0 if bias is None else bias[place]
        seen = seen_of_group[place // kernels_a_group]
        planes.append([[dot(numbers, window, added) for window in row] for row in seen])
    return planes


def kernels(
    count: int, channels: int, size: tuple[int, int], bias: bool, rng: Random
) -> tuple[list[list[list[list[Value]]]], list[Value] | None]:
    """Return the first weights and biases of `count` kernels: uniform within ±1/√n for the n they see."""
    rows, columns = size
    bound = 1 / sqrt(channels * prod(size))

    def draw() -> Value:
        return Value(rng.uniform(-bound, bound))

    weight = [
        [[[draw() for _ in range(columns)] for _ in range(rows)] for _ in range(channels)]
        for _ in range(count)
    ]
    return weight, [draw() for _ in range(count)] if bias else None


def check_channels(in_channels: int, out_channels: int, groups: int) -> None:
    """Raise ValueError, naming argument and value, for numbers of which no convolution can be made."""
    require_at_least(1, in_channels=in_channels, out_channels=out_channels, groups=groups)
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"groups must divide both numbers of channels, got {groups} for {in_channels} and {out_channels}"
        )
