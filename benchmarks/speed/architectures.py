"""The architectures of the documents, compiled, beside the same training steps written by hand.

Speeds are medians over rounds of one run, on one core. The first step of each, which records and compiles, is
stated apart.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.references import cnn, cnn_scalar, deep_gpt, encoder_decoder, lstm, lstm_scalar
from benchmarks.references.arrays import Array, Batches
from benchmarks.references.moves import Move, adam, descent
from benchmarks.references.scalar import Loss
from benchmarks.speed.contestants import by_hand, compiled
from benchmarks.speed.race import Times, describe, on_one_core, race
from benchmarks.speed.targets import Row, table, within
from nn import cross_entropy

BOUND = 1.3
"""How many times as long as the step by hand the compiled one may take."""

MOST_SECONDS = 3.0
"""How long compiling may take."""


@dataclass(frozen=True)
class Work:
    """A training step: its network and data, its loss in scalars, and how its parameters move.

    The steps by hand are in `references/PROGRAM_numpy.py` and `references/PROGRAM_jax.py`.
    """

    about: str
    network: Callable[..., Any]
    batches: Callable[..., Batches]
    loss: Callable[[Any], Loss]
    mover: Callable[[Array], Move]


WORKS = {
    "cnn": Work(
        "CNN, batch 64",
        cnn.network,
        cnn.batches,
        cnn_scalar.loss,
        partial(descent, learning_rate=lambda k: cnn.LEARNING_RATE),
    ),
    "lstm": Work(
        "LSTM, 20 steps, batch 32",
        lstm.Classifier,
        lstm.batches,
        lstm_scalar.loss,
        partial(descent, learning_rate=lambda k: lstm.LEARNING_RATE),
    ),
    "encoder_decoder": Work(
        "encoder–decoder, 10 + 10 symbols, batch 32",
        encoder_decoder.network,
        encoder_decoder.batches,
        lambda model: lambda texts, targets: cross_entropy(model(*texts), targets),
        partial(adam, learning_rate=encoder_decoder.LEARNING_RATE),
    ),
    "deep_gpt": Work(
        "GPT, 4 layers, 32 symbols, batch 16",
        deep_gpt.network,
        deep_gpt.batches,
        lambda model: lambda symbols, targets: cross_entropy(model(symbols), targets),
        partial(adam, learning_rate=deep_gpt.LEARNING_RATE),
    ),
}
"""By program: what `--only` chooses from."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--only", nargs="+", choices=WORKS, default=list(WORKS), help="default: all")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each race (default: %(default)s)")


def run(options: argparse.Namespace) -> None:
    """Print how long the steps take, and then the table of all targets."""
    on_one_core()
    rows = []
    for program in options.only:
        work = WORKS[program]
        model, batches = work.network(), work.batches()
        steps = by_hand(program, ["NumPy", "JAX"], model, batches)
        steps |= compiled(work.loss, model, batches, work.mover)
        times = race(steps, options.rounds)
        print(f"{work.about}, median of {options.rounds} rounds\n{describe(times)}")
        rows += targets(work.about, times)
    print(table(rows))


def targets(about: str, times: dict[str, Times]) -> list[Row]:
    """Return the promises for a step: each backend against its rival, and the time to compile."""
    rows = []
    for backend, rival in (("numpy", "NumPy"), ("jax", "JAX")):
        ours = f"compiled {backend}"
        rows.append(within(f"{about}, {backend}", times, ours, BOUND, rival))
        seconds = times[ours].first if ours in times else None
        measured, met = ("", None) if seconds is None else (f"{seconds:.2f} s", seconds <= MOST_SECONDS)
        rows.append(Row(f"{about}, {backend}", f"compiled in ≤ {MOST_SECONDS:g} s", measured, met))
    return rows
