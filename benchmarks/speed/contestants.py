"""Who takes part: the programs written by hand, as far as they are installed, and the compiled ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from autograd import compile
from autograd.compiler.backends import BACKENDS
from autograd.compiler.backends.training import Kind, StepRule
from benchmarks.references import classifier, gpt, moons
from benchmarks.references.arrays import Array, Batches
from benchmarks.references.moves import Move, adam, descent
from benchmarks.references.scalar import Loss
from benchmarks.speed.race import Step

RIVALS = {"micrograd": "micrograd", "eager": "scalar", "NumPy": "numpy", "JAX": "jax", "PyTorch": "torch"}
"""What the rivals are called in the table, and how the names of their files end."""


DEMO_DESCENT = partial(descent, learning_rate=moons.learning_rate)
DESCENT = partial(descent, learning_rate=lambda k: classifier.LEARNING_RATE)
ADAM = partial(adam, learning_rate=gpt.LEARNING_RATE)
"""How the vector of parameters moves in each program."""

GPT_ADAM = StepRule(Kind.ADAM, gpt.LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8)
"""The same for a program that moves them by itself."""


def by_hand(
    program: str, rivals: Iterable[str], model: Any, batches: Batches, *dtype: str
) -> dict[str, Step]:
    """Return the training steps of those rivals that are installed."""
    steps = {}
    for rival in rivals:
        try:
            file = import_module(f"benchmarks.references.{program}_{RIVALS[rival]}")
        except ModuleNotFoundError as missing:
            print(f"{rival} takes no part: {missing}")
        else:
            steps[rival] = file.start(model, batches, *dtype)
    return steps


def compiled(
    loss: Callable[[Any], Loss],
    model: Any,
    batches: Batches,
    mover: Callable[[Array], Move],
    dtype: str = "float64",
) -> dict[str, Step]:
    """Return the compiled training step for each backend that is installed."""
    return {
        f"compiled {backend}": compiled_step(loss, model, batches, mover, backend, dtype)
        for backend, kind in BACKENDS.items()
        if not kind.missing() and backend != "auto"
    }


def compiled_step(
    loss: Callable[[Any], Loss],
    model: Any,
    batches: Batches,
    mover: Callable[[Array], Move],
    backend: str = "numpy",
    dtype: str = "float64",
) -> Step:
    """Return the training step of a compiled loss; `mover` is given the parameters of a copy of the model."""
    twin = deepcopy(model)
    function = compile(loss(twin), params=twin.parameters(), backend=backend, dtype=dtype)
    move = mover(function.vector)
    batches = [(x.astype(dtype), y.astype(dtype)) for x, y in batches]

    def step(k: int) -> float:
        value, gradient = function.value_and_grad(*batches[k % len(batches)])
        move(gradient, k)
        return float(value)

    return step


IN_ONE_CALL = 50
"""How many steps a program takes without Python in between."""


def trained(
    loss: Callable[[Any], Loss], model: Any, batches: Batches, rule: StepRule, dtype: str = "float64"
) -> dict[str, Step]:
    """Return the steps of a training in C, which are taken many at a time, where there is a compiler."""
    if BACKENDS["native"].missing():
        return {}
    twin = deepcopy(model)
    function = compile(loss(twin), params=twin.parameters(), backend="native", dtype=dtype)
    rows = [
        np.concatenate([np.asarray(side, dtype)] * IN_ONE_CALL)[: IN_ONE_CALL * len(batches[0][0])]
        for side in map(np.concatenate, zip(*batches, strict=True))
    ]
    moved = len(function.vector)
    state = [np.zeros(moved)] * {Kind.PLAIN: 0, Kind.ADAM: 2}.get(rule.kind, 1)
    left: list[float] = []
    taken = 0

    def step(k: int) -> float:
        nonlocal state, taken
        if not left:
            found = function.descend(
                rule, *rows, batch_size=len(batches[0][0]), taken=taken, moved=moved, state=state
            )
            if found is None or len(found.losses) < IN_ONE_CALL:
                raise ArithmeticError(f"a step after {taken} is not finite")
            function.vector[:], state, taken = found.vector, found.state, taken + IN_ONE_CALL
            left.extend(found.losses.tolist()[::-1])
        return left.pop()

    return {"trained in C": step}
