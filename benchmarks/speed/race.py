"""A race: training programs timed in turn, in processor time, so that their ratios stand on one run."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

from tqdm import tqdm

Step: TypeAlias = Callable[[int], float]
"""One training step, given its number: moves the weights and returns the loss before the move."""

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


def on_one_core() -> None:
    """Start this program anew with one thread in every library, on one core where the system allows it.

    Libraries count cores and threads when they are loaded, so the running process cannot change its mind.
    """
    if ONE_THREAD.items() <= os.environ.items():
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.execve(sys.executable, sys.orig_argv, {**os.environ, **ONE_THREAD})


@dataclass(frozen=True)
class Times:
    """The seconds of a step: of the first, which may compile, and of the others, a number for each round."""

    first: float
    rounds: list[float]


def race(steps: Mapping[str, Step], rounds: int, seconds: float = 0.1) -> dict[str, Times]:
    """Return how long a step of each program takes.

    A round takes the programs in turn, each for about `seconds`, so that a slow moment of the machine hits
    all alike. Processor time is measured: what other processes take of the core does not count. Collecting
    the garbage that a program leaves counts as its own time: micrograd's graphs are cycles. Two steps of
    each come before: the first is timed apart, the second tells how many steps make a round.
    """
    times, count = {}, {}
    for name, step in steps.items():
        times[name] = Times(timed(step, range(1)), [])
        count[name] = max(1, round(seconds / timed(step, range(1, 2))))
    gc.collect()
    gc.freeze()  # what the others hold must not slow the collector's passes over a graph
    for k in tqdm(range(rounds), unit="round", leave=False):
        for name, step in steps.items():
            numbers = range(2 + k * count[name], 2 + (k + 1) * count[name])
            taken = timed(step, numbers) + timed(_collect, range(1))
            times[name].rounds.append(taken / count[name])
    gc.unfreeze()
    return times


def _collect(k: int) -> float:
    return gc.collect()


def timed(step: Step, numbers: range) -> float:
    """Return the processor seconds that the steps of these numbers take."""
    start = time.process_time()
    for k in numbers:
        step(k)
    return time.process_time() - start


def ratio(times: Mapping[str, Times], slow: str, fast: str) -> float:
    """Return how many times as long `slow` takes as `fast`: the median of the rounds' ratios."""
    return median(a / b for a, b in zip(times[slow].rounds, times[fast].rounds, strict=True))


def describe(times: Mapping[str, Times]) -> str:
    """Return a line for each program: the median time of a step, and the time of the first."""
    return "\n".join(
        f"  {name:<24} {median(its.rounds) * 1e6:14,.1f} µs a step    the first {its.first * 1e3:10,.1f} ms"
        for name, its in times.items()
    )
