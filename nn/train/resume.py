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
from collections.abc import Mapping
from dataclasses import asdict
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from autograd.commit import UPDATE, commit
from nn.model.module import Module, values
from nn.seed import placed, position
from nn.train.arguments import require_kind
from nn.train.early_stopping import EarlyStopping
from nn.train.history import History
from nn.train.optimizers.optimizer import Optimizer
from nn.weights.checkpoint import RUN, CheckpointError, array, beside, fitted, read, require_module, write
from nn.weights.tensors import tensors


def save_run(
    path: str | Path,
    model: Module,
    optimizer: Optimizer,
    rng: Random,
    history: History,
    early_stopping: EarlyStopping | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write all that the next epoch depends on to a file, whole or not at all.

    That is the parameters, what the optimiser and early stopping remember, the state of the generator `rng`
    that shuffles and of those inside `model`, and the history. Data, loss, schedule and settings are code:
    they are not kept, but for the optimiser's rate. Early stopping that has put back the best parameters also
    remembers the latest, with which the training goes on: give it here if `fit` had it. `metadata` are texts
    to keep beside it. Raises OSError where the file cannot be written, ValueError for the metadata key "run"
    and those that `nn.save` refuses, and for an optimiser or early stopping of numbers that are not in the
    model: they would be lost. Raises TypeError for a model that is no Module, and for an optimiser, history
    or early stopping that is none.
    """
    _require_kept(model, optimizer, early_stopping)
    require_kind(History, history=history)
    arrays = {f"model.{name}": array(tensor) for name, tensor in tensors(model).items()}
    arrays |= {f"optimizer.{name}": memory for name, memory in optimizer.state.items()}
    facts: dict[str, Any] = {
        "optimizer": type(optimizer).__name__,
        "steps": optimizer.steps,
        "lr": float(optimizer.lr),
        "generators": {name: generator.getstate() for name, generator in _generators(model, rng).items()},
        "history": asdict(history),
    }
    if early_stopping is not None:
        arrays["early_stopping.best"] = np.array(early_stopping.best)
        if early_stopping.set_aside is not None:
            arrays["early_stopping.set_aside"] = np.array(early_stopping.set_aside)
        facts["best_loss"], facts["waited"] = early_stopping.best_loss, early_stopping.waited
    write(path, arrays, beside(metadata or {}, {RUN: json.dumps(facts)}, "the run"))


def load_run(
    path: str | Path,
    model: Module,
    optimizer: Optimizer,
    rng: Random,
    early_stopping: EarlyStopping | None = None,
) -> History:
    """Set everything as it was when `save_run` wrote the file, and return the history to go on with.

    `model`, `optimizer` and `early_stopping` must be made as they were then. Raises OSError where the file
    cannot be read, CheckpointError when it is damaged or does not fit, naming what differs, ValueError and
    TypeError for what `save_run` refuses; then, and on Ctrl-C, nothing has been changed.
    """
    _require_kept(model, optimizer, early_stopping)
    found, metadata = read(path)
    if RUN not in metadata:
        raise CheckpointError(f"{str(path)!r} holds no run: save_run did not write it")
    others = {f"optimizer.{name}": len(memory) for name, memory in optimizer.state.items()}
    if early_stopping is not None:
        others["early_stopping.best"] = len(early_stopping.best)
        if "early_stopping.set_aside" in found:
            others["early_stopping.set_aside"] = len(early_stopping.best)
    parameters = fitted(path, found, model, "model.", others)
    generators = _generators(model, rng)
    try:
        facts = json.loads(metadata[RUN])
        for what, there, here in (
            ("the optimiser", facts["optimizer"], type(optimizer).__name__),
            ("the generators", sorted(facts["generators"]), sorted(generators)),
        ):
            if there != here:
                raise CheckpointError(
                    f"{str(path)!r} does not fit: {what} is {there} in the file, {here} here"
                )
        positions = [_position(*facts["generators"][name]) for name in generators]
        memory = {
            "state": {name: found[f"optimizer.{name}"].astype(np.float64) for name in optimizer.state},
            "steps": _number("steps", facts["steps"], int),
            "lr": _number("lr", facts["lr"], int, float),
        }
        history = History(**facts["history"])
        watched = {} if early_stopping is None else _watched(found, facts)
    except CheckpointError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise CheckpointError(
            f"{str(path)!r} holds a run that save_run cannot have written: {error}"
        ) from None
    commit(
        parameters,
        (UPDATE, [vars(optimizer)], [memory]),
        *placed(generators.values(), positions),
        (UPDATE, [] if early_stopping is None else [vars(early_stopping)], [watched] * bool(watched)),
    )
    return history


def _require_kept(model: Module, optimizer: Optimizer, early_stopping: EarlyStopping | None) -> None:
    """Raise ValueError for numbers that the next epoch depends on and the model does not keep.

    Raises TypeError for a model that is no Module, and for an optimiser or early stopping that is none.
    """
    require_module(model)
    require_kind(Optimizer, optimizer=optimizer)
    if early_stopping is not None:
        require_kind(EarlyStopping, early_stopping=early_stopping)
    kept = {*values(model)}
    watched = [] if early_stopping is None else early_stopping.parameters
    for what, numbers in (("the optimiser moves", optimizer.parameters), ("early stopping keeps", watched)):
        lost = [number for number in numbers if number not in kept]
        if lost:
            raise ValueError(
                f"a run is the numbers of its model, and {what} {len(lost)} others, such as {lost[0]!r}: "
                "make them attributes of the model"
            )


def _position(version: int, state: list[int], spare: float | None) -> tuple[Any, Any]:
    """Return where a generator stands that has the given state; refuse what none can have."""
    generator = Random()
    generator.setstate((version, tuple(state), spare))
    if spare is not None:
        _number("the spare number of a generator", spare, float, least=-inf)
    return position(generator)


def _watched(found: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """Return what early stopping remembers, by attribute."""
    aside = found.get("early_stopping.set_aside")
    return {
        "best": found["early_stopping.best"].tolist(),
        "best_loss": _number("best_loss", facts["best_loss"], int, float, least=-inf),
        "waited": _number("waited", facts["waited"], int),
        "set_aside": None if aside is None else aside.tolist(),
    }


def _number(name: str, value: Any, *kinds: type, least: float = 0) -> Any:
    """Return a number from a file; raise TypeError for one of another type, below the least, or nan."""
    if type(value) not in kinds or not value >= least:
        raise TypeError(f"{name} is {value!r:.60}")
    return value


def _generators(model: Module, rng: Random) -> dict[str, Random]:
    return {"rng": rng, **{f"model.{path}": generator for path, generator in model.named_generators()}}
