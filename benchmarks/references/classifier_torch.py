"""The classifier in PyTorch, eager: a Sequential network, its own loss and optimiser."""

from __future__ import annotations

import torch

from benchmarks.references.arrays import Batches
from benchmarks.references.classifier import LEARNING_RATE
from benchmarks.references.mlp import matrices
from benchmarks.references.mlp_torch import network
from benchmarks.speed.race import Step
from nn import MLP


def start(model: MLP, batches: Batches) -> Step:
    """Return the training step, in float64; classes are given by their index, as PyTorch likes it."""
    net = network(matrices(model))
    optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE)
    tensors = [(torch.tensor(x), torch.tensor(y.argmax(axis=1))) for x, y in batches]

    def step(k: int) -> float:
        x, classes = tensors[k % len(tensors)]
        loss = torch.nn.functional.cross_entropy(net(x), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step
