"""micrograd's demo in scalars: what glassgrad runs node by node, and what it compiles."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from autograd import Value
from benchmarks.references.arrays import Batches
from benchmarks.references.moons import ALPHA
from benchmarks.speed.demo_step import demo_step, squares
from benchmarks.speed.race import Step
from nn import MLP


def loss(model: MLP) -> Callable[[Any, Any], Any]:
    """Return the loss of one point `x` with label `y`: its hinge, and the penalty on the weights."""

    def of_example(x: Any, y: Any) -> Any:
        return (1 - y * model(x)).relu() + ALPHA * sum(p * p for p in model.parameters())

    return of_example


def start(model: MLP, batches: Batches) -> Step:
    """Return the training step of the demo's notebook, which adds the penalty once for all points."""
    [(x, y)] = batches
    return demo_step(deepcopy(model), Value, sum, squares, x.tolist(), y.tolist())
