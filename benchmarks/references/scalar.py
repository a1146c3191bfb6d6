"""A training step on Values, node by node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from autograd import mean
from benchmarks.references.arrays import Batches
from benchmarks.speed.race import Step
from nn.train.optimizers.optimizer import Optimizer

Loss: TypeAlias = Callable[[Any, Any], Any]
"""The loss of one example and its target."""


def eager(loss: Loss, optimizer: Optimizer, batches: Batches) -> Step:
    """Return a step on the mean of `loss` over a batch."""
    rows = [list(zip(x.tolist(), y.tolist(), strict=True)) for x, y in batches]

    def step(k: int) -> float:
        batch_loss = mean([loss(x, y) for x, y in rows[k % len(rows)]])
        optimizer.zero_grad()
        batch_loss.backward()
        optimizer.step()
        return float(batch_loss.data)

    return step
