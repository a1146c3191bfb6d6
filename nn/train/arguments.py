"""What a training is given: whatever is of another kind is refused in one line that names the remedy."""

from __future__ import annotations

from typing import Any

from nn.data.dataset import Dataset
from nn.data.sequences import NextSymbols
from nn.train.early_stopping import EarlyStopping
from nn.train.history import History
from nn.train.optimizers.optimizer import Optimizer

CALLS = {
    "model": "nn.MLP(2, [8, 1])",
    "loss": "nn.mse",
    "schedule": "lambda epoch: 0.1",
    "penalty": "lambda: nn.l2(parameters, 0.01)",
    "clip": "lambda parameters: nn.clip_grad_norm(parameters, 1.0)",
}
"""A function for each argument that is one."""

MADE: dict[type, str] = {
    Optimizer: "write nn.SGD(model.parameters(), lr=0.1)",
    EarlyStopping: "write nn.EarlyStopping(model, patience=5)",
    History: "give what an earlier training returned, or nn.History()",
    Dataset: "make one with nn.from_arrays(X, y)",
    NextSymbols: "nn.next_symbols(texts, context) makes one",
}
"""How to come by each kind of object."""


def require_calls(**given: Any) -> None:
    """Raise TypeError for what is neither a function nor None where it may be left out."""
    for name, function in given.items():
        if not callable(function) and (function is not None or name in ("model", "loss")):
            raise TypeError(f"{name} is a function such as {CALLS[name]}, got {_shown(function)}")


def require_kind(kind: type, **given: Any) -> None:
    """Raise TypeError for what is no object of a kind that is in `MADE`."""
    for name, item in given.items():
        if not isinstance(item, kind):
            raise TypeError(f"{name} is an nn.{kind.__name__}, got {_shown(item)}: {MADE[kind]}")


def _shown(item: Any) -> str:
    """Return the beginning of how something is written, in one line, which that of an array may not be."""
    return " ".join(repr(item).split())[:60]


def require_examples(**given: Any) -> None:
    """Raise TypeError for what is no Dataset, ValueError for no rows, and without a target for each."""
    require_kind(Dataset, **given)
    for name, dataset in given.items():
        if len(dataset.targets) != len(dataset):
            raise ValueError(
                f"{name} needs a target for each row, got {len(dataset.targets)} for {len(dataset)}"
            )
        if not len(dataset):
            raise ValueError(f"{name} needs at least 1 row, got 0")
