"""micrograd's demo in PyTorch, eager: a Sequential network and its own optimiser."""

from __future__ import annotations

import torch

from benchmarks.references.arrays import Batches
from benchmarks.references.mlp import matrices
from benchmarks.references.mlp_torch import network
from benchmarks.references.moons import ALPHA, learning_rate
from benchmarks.speed.race import Step
from nn import MLP


def start(model: MLP, batches: Batches) -> Step:
    """Return the training step, in float64."""
    net = network(matrices(model))
    parameters = list(net.parameters())
    optimizer = torch.optim.SGD(parameters, lr=learning_rate(0))
    tensors = [(torch.tensor(x), torch.tensor(y)) for x, y in batches]

    def step(k: int) -> float:
        x, y = tensors[k % len(tensors)]
        scores = net(x)[:, 0]
        penalty = sum((p * p).sum() for p in parameters)
        loss = torch.relu(1.0 - y * scores).mean() + ALPHA * penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.param_groups[0]["lr"] = learning_rate(k)
        optimizer.step()
        return loss.item()

    return step
