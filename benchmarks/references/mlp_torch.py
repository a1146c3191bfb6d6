"""A multilayer perceptron of PyTorch with given weights."""

from __future__ import annotations

from itertools import pairwise

import torch

from benchmarks.references.mlp import Matrices


def network(weights: Matrices) -> torch.nn.Sequential:
    """Return linear layers with these weights, in float64, and a ReLU between each two."""
    layers = [torch.nn.Linear(*w.T.shape, dtype=torch.float64) for w, _ in weights]
    with torch.no_grad():
        for layer, (w, b) in zip(layers, weights, strict=True):
            layer.weight.copy_(torch.tensor(w))
            layer.bias.copy_(torch.tensor(b))
    between = [part for layer, _ in pairwise(layers) for part in (layer, torch.nn.ReLU())]
    return torch.nn.Sequential(*between, layers[-1])
