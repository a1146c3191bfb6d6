"""Random layers and models, compiled: outputs, loss and gradients beside those of the engine."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from autograd import Value, compile, dot, mean, tree
from autograd.compiler.backends import BACKENDS
from benchmarks.attack.campaign import Campaign, one_by_one
from benchmarks.attack.compilers import in_turn
from benchmarks.attack.pieces import PIECES, Configuration, Draw

APART = 1e-12
"""How far apart numbers may be, told by the largest number of their configuration."""

MOST = 3
"""The largest size that is drawn; where something breaks, smaller ones are tried."""


def flat(outputs: Any) -> list[Any]:
    """Return the numbers in outputs from left to right, however they are nested."""
    return [leaf for leaf in tree.leaves(outputs) if leaf is not None]


def differences(task: Configuration, draw: Draw) -> list[str]:
    """Return where compiled programs differ from the engine, each with how far."""
    examples = [task.example() for _ in range(draw.rng.randint(1, 3))]
    batch = [tree.map_leaves(lambda x: Value(x) if isinstance(x, float) else x, each) for each in examples]
    outputs = [flat(task.function(*example)) for example in batch]
    cotangents = draw.numbers(len(outputs[0]))
    loss = Value(0.0) + mean([dot(cotangents, out) for out in outputs])  # which may all be numbers
    for parameter in task.parameters.values():
        parameter.zero_grad()
    loss.backward()
    expected = {
        "outputs": np.array([[getattr(x, "data", x) for x in out] for out in outputs]),
        "loss": np.array(loss.data),
        "gradient": np.array([parameter.grad for parameter in task.parameters.values()]),
        # a symbol, which is a whole number, has none
        "gradient along the inputs": np.array(
            [getattr(x, "grad", 0.0) for each in batch for x in flat(each)]
        ),
    }
    largest = max(np.abs(numbers).max() for numbers in expected.values())
    arrays = [np.array(argument, float) for argument in zip(*examples, strict=True)]
    wrong = []
    for backend, kind in BACKENDS.items():
        if backend == "auto" or kind.missing():
            continue
        rows = compile(lambda *xs: flat(task.function(*xs)), task.parameters, backend)
        step = compile(lambda *xs: dot(cotangents, flat(task.function(*xs))), task.parameters, backend)
        value, gradient = step.value_and_grad(*arrays)
        inputs = [along.reshape(len(batch), -1) for along in step.argument_grads(*arrays).values()]
        found = {"outputs": rows(*arrays), "loss": np.array(value), "gradient": gradient}
        found["gradient along the inputs"] = np.concatenate(inputs, axis=1).ravel()
        for what, numbers in expected.items():
            distance = np.abs(found[what] - numbers).max()
            if not distance <= APART * largest:
                wrong.append(f"{backend}, {what}: {distance:.1e} apart, where {largest:.1e} is the largest")
    return wrong


def trial(seed: int, number: int) -> str | None:
    """Compare a configuration of a piece; where programs differ, tell the smallest sizes at which they do."""
    name = list(PIECES)[(seed + number) % len(PIECES)]

    def attacked(most: int) -> str | None:
        draw = Draw(Random(f"{seed} {number}"), most)
        task = PIECES[name](draw)
        with in_turn(number // len(PIECES)) as compiler:
            wrong = differences(task, draw)
        by = [f"C by {compiler}"] if any(line.startswith("native") for line in wrong) else []
        return "; ".join([*wrong, *by, f"{task.told}, sizes up to {most}"]) if wrong else None

    broken = attacked(MOST)
    if broken is None:
        return None
    smaller = (attacked(most) for most in range(1, MOST))
    return f"{name}: {next(filter(None, smaller), broken)}"


ARCHITECTURES = Campaign(
    "layers and models in random shapes and options: NumPy, JAX and C beside the engine, to 1e-12",
    one_by_one(trial),
    goal=2_000,
    sample=2,
    unit="configuration",
    at_once=5,
    parts=tuple(PIECES),
)
