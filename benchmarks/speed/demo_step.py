"""Micrograd's demo step, taken by one engine in a process of its own.

    python -m benchmarks.speed.demo_step ENGINE COLLECTOR

ENGINE is micrograd, unfused or fused: where micrograd and unfused record every product and every addition,
fused records each sum as one node, those of the neurons and those of the loss. COLLECTOR is on or off. The
first line read holds the points and labels; each further line is the number of a step, answered by its
seconds of processor time and its loss.
A process holds one engine, as a user's does: the garbage collector's work grows with all that is in memory,
so that engines in one process would pay for one another.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from random import seed
from typing import Any


def main(engine: str, collector: str) -> None:
    """Answer the steps asked for on standard input."""
    rows, labels = json.loads(sys.stdin.readline())
    answer(demo_step(*contestant(engine), rows, labels), collector)


def answer(step: Callable[[int], float], collector: str) -> None:
    """Take the steps whose numbers come on standard input; answer each by its seconds and its loss."""
    if collector == "off":
        gc.disable()
    for line in sys.stdin:
        if collector == "off":
            gc.collect()  # the cycles of the step before, outside the clock
        start = time.process_time()
        loss = step(int(line))
        print(json.dumps([time.process_time() - start, loss]), flush=True)


def contestant(engine: str) -> tuple[Any, Any, Any, Any]:
    """Return the network, the Value, the sum and the sum of squares of an engine."""
    if engine == "micrograd":
        from micrograd.engine import Value as theirs
        from micrograd.nn import MLP

        seed(1337)
        return MLP(2, [16, 16, 1]), theirs, sum, squares
    import autograd
    import nn

    if engine == "unfused":
        return nn.MLP(2, [16, 16, 1], fused=False, seed=1337), autograd.Value, sum, squares
    return nn.MLP(2, [16, 16, 1], seed=1337), autograd.Value, autograd.sum, lambda xs: autograd.dot(xs, xs)


def squares(xs: Sequence[Any]) -> Any:
    """Return the sum of the squares, one product and one addition for each."""
    return sum(x * x for x in xs)


def demo_step(
    model: Any,
    value: Any,
    add: Callable[[list[Any]], Any],
    add_squares: Callable[[list[Any]], Any],
    rows: Sequence[Sequence[float]],
    labels: Sequence[int],
) -> Callable[[int], float]:
    """Return one training step of micrograd's demo notebook, as a function of the step's number."""

    def step(k: int) -> float:
        inputs = [list(map(value, row)) for row in rows]
        scores = list(map(model, inputs))
        losses = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
        data_loss = add(losses) * (1.0 / len(losses))
        total = data_loss + 1e-4 * add_squares(model.parameters())
        model.zero_grad()
        total.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        return float(total.data)

    return step


if __name__ == "__main__":
    main(*sys.argv[1:])
