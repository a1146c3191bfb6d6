"""The networks that `glassgrad train` builds: layers of neurons, or kernels that look at pictures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, TypeAlias

import nn
import viz
from glassgrad.output import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Network: TypeAlias = nn.MLP | nn.Sequential
"""What is trained: a multilayer perceptron, or a network for pictures."""

MODELS = ("mlp", "cnn")
MOST_PARAMETERS = 500_000

SIDE, KERNEL, KERNELS, POOL = 8, 3, 8, 2
"""Rows and columns of a picture and of a kernel; how many kernels; by how much pooling shrinks."""

LEFT = KERNELS * ((SIDE - KERNEL + 1) // POOL) ** 2
"""How many numbers pooling leaves."""


def multilayer(widths: Sequence[int], seed: int) -> nn.MLP:
    """Return a multilayer perceptron. Raises UsageError for one that is too large."""
    parameters = sum((before + 1) * after for before, after in pairwise(widths))
    if parameters > MOST_PARAMETERS:
        raise UsageError(
            f"a network of {parameters} parameters is asked for, accepted are at most {MOST_PARAMETERS}; "
            "give fewer neurons to --hidden or fewer columns"
        )
    return nn.MLP(widths[0], widths[1:], seed=seed)


def convolutional(classes: int, seed: int) -> nn.Sequential:
    """Return a network for pictures of 8 × 8 pixels: a convolution, ReLU, pooling, one dense layer."""
    rng = Random(seed)
    return nn.Sequential(
        nn.Unflatten((1, SIDE, SIDE)),
        nn.Conv2d(1, KERNELS, KERNEL, seed=rng),
        nn.Elementwise("relu"),
        nn.MaxPool2d(POOL),
        nn.Flatten(),
        nn.Layer(LEFT, classes, nonlin=False, init="xavier_uniform", seed=rng),
    )


def described(model: Network, widths: Sequence[int]) -> str:
    """Return the way of an example through a network, in one line."""
    if isinstance(model, nn.MLP):
        return " → ".join(map(str, widths))
    return (
        f"{SIDE} × {SIDE} → {KERNELS} kernels of {KERNEL} × {KERNEL} → the largest of {POOL} × {POOL} → "
        f"{LEFT} → {widths[-1]}"
    )


def plot_kernels(model: nn.Sequential) -> Axes:
    """Plot what each kernel of the first convolution looks for, as shades and numbers."""
    from matplotlib import pyplot

    [kernels] = [part.weight for part in model.parts if isinstance(part, nn.Conv2d)]
    _, axes = pyplot.subplots(2, len(kernels) // 2, figsize=(10, 5.5), layout="constrained")
    for number, (ax, [kernel]) in enumerate(zip(axes.flat, kernels, strict=True), 1):
        viz.plot_attention(kernel, ax=ax).set(title=f"kernel {number}", xlabel="", ylabel="")
    first: Axes = axes.flat[0]
    return first
