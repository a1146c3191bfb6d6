"""Resuming: a training written to a file between two epochs, so that another process goes on with it.

What `save` keeps of a module is not enough: an optimiser remembers past gradients, and generators stand
somewhere in their sequence. With all of it a resumed training is bit for bit the one never interrupted:

    rng = Random(0)
    fit(…, seed=rng, callbacks=[lambda history: save_run(path, model, optimizer, rng, history)])
    …
    history = load_run(path, model, optimizer, rng)
    fit(…, seed=rng, history=history)
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from nn.checkpoint import CheckpointError, check_fit, numbers, read, vectors, write
from nn.early_stopping import EarlyStopping
from nn.history import History
from nn.module import Module
from nn.optim import Optimizer

_KEY = "run"


def save_run(
    path: str | Path,
    model: Module,
    optimizer: Optimizer,
    rng: Random,
    history: History,
    early_stopping: EarlyStopping | None = None,
) -> None:
    """Write all that the next epoch depends on to a file, whole or not at all.

    That is the parameters, what the optimiser and early stopping remember, the state of the generator `rng`
    that shuffles and of those inside `model`, and the history. Data, loss, schedule and settings are code:
    they are not kept, but for the optimiser's rate. Raises OSError where the file cannot be written.
    """
    tensors = {f"model.{name}": numbers(values) for name, values in vectors(model).items()}
    tensors |= {f"optimizer.{name}": memory.tolist() for name, memory in optimizer.state.items()}
    facts: dict[str, Any] = {
        "optimizer": type(optimizer).__name__,
        "steps": optimizer.steps,
        "lr": optimizer.lr,
        "generators": {name: generator.getstate() for name, generator in _generators(model, rng).items()},
        "history": asdict(history),
    }
    if early_stopping is not None:
        tensors["early_stopping.best"] = early_stopping.best
        facts["best_loss"], facts["waited"] = early_stopping.best_loss, early_stopping.waited
    write(path, tensors, {_KEY: json.dumps(facts)})


def load_run(
    path: str | Path,
    model: Module,
    optimizer: Optimizer,
    rng: Random,
    early_stopping: EarlyStopping | None = None,
) -> History:
    """Set everything as it was when `save_run` wrote the file, and return the history to go on with.

    `model`, `optimizer` and `early_stopping` must be made as they were then. Raises OSError where the file
    cannot be read, CheckpointError when it is damaged or does not fit, naming what differs; then nothing has
    been changed.
    """
    found, metadata = read(path)
    expected = {f"model.{name}": len(values) for name, values in vectors(model).items()}
    expected |= {f"optimizer.{name}": len(memory) for name, memory in optimizer.state.items()}
    if early_stopping is not None:
        expected["early_stopping.best"] = len(early_stopping.best)
    check_fit(path, found, expected)
    if _KEY not in metadata:
        raise CheckpointError(f"{str(path)!r} holds no run: save_run did not write it")
    facts = json.loads(metadata[_KEY])
    generators = _generators(model, rng)
    for what, there, here in (
        ("the optimiser", facts["optimizer"], type(optimizer).__name__),
        ("the generators", sorted(facts["generators"]), sorted(generators)),
    ):
        if there != here:
            raise CheckpointError(f"{str(path)!r} does not fit: {what} is {there} in the file, {here} here")

    for name, values in vectors(model).items():
        for value, number in zip(values, found[f"model.{name}"], strict=True):
            value.data = number
    optimizer.state = {name: np.array(found[f"optimizer.{name}"]) for name in optimizer.state}
    optimizer.steps, optimizer.lr = facts["steps"], facts["lr"]
    for name, (version, state, spare) in facts["generators"].items():
        generators[name].setstate((version, tuple(state), spare))
    if early_stopping is not None:
        early_stopping.best = found["early_stopping.best"]
        early_stopping.best_loss, early_stopping.waited = facts["best_loss"], facts["waited"]
    return History(**facts["history"])


def _generators(model: Module, rng: Random) -> dict[str, Random]:
    return {"rng": rng, **{f"model.{path}": generator for path, generator in model.named_generators()}}
