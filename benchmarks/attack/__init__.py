"""Campaigns against what is promised: each a command, with a seed, a table and an input for each break.

A trial of a seed and number is always the same, so that what breaks can be shown again: `--seed S --first N
--count 1`. Without a name, every campaign is run with its sample.
"""

from __future__ import annotations

import argparse
import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from tqdm import tqdm

from benchmarks.attack import (
    architectures,
    code,
    elsewhere,
    growth,
    identities,
    interruptions,
    kills,
    labels,
    nested,
    partials,
    precision,
    programs,
    readers,
    rewrites,
)
from benchmarks.attack.campaign import Campaign

CAMPAIGNS: dict[str, Campaign] = {
    "programs": programs.MODES,
    "nested": nested.NESTED,
    "edges": programs.EDGE_VALUES,
    "compiled": programs.NUMPY,
    "native": programs.NATIVE,
    "jax": programs.JAX,
    "architectures": architectures.ARCHITECTURES,
    "rewrites": rewrites.REWRITE,
    "identities": identities.IDENTITIES,
    "partials": partials.PARTIALS,
    "code": code.CODE,
    "precision": precision.PRECISION,
    "formulas": readers.FORMULAS,
    "tables": readers.TABLES,
    "weights": readers.WEIGHTS,
    "commands": readers.COMMANDS,
    "kills": kills.KILLS,
    "resumes": kills.RESUMES,
    "interruptions": interruptions.INTERRUPTIONS,
    "labels": labels.LABELS,
    "page": elsewhere.PAGE,
    "exported": elsewhere.EXPORTED,
    "growth": growth.GROWTH,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "campaign", nargs="?", choices=CAMPAIGNS, metavar="CAMPAIGN", help=f"one of {', '.join(CAMPAIGNS)}"
    )
    parser.add_argument("--count", type=int, metavar="N", help="trials (default: a sample of each)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the first (default: 0)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the trials (default: 0)")
    parser.add_argument("--full", action="store_true", help="as many trials as the campaign is meant to have")


def run(options: argparse.Namespace) -> None:
    """Print what breaks when it is met, and a line a campaign: tried, held, broken."""
    print(f"seed {options.seed}\n{'':<14} {'tried':>10} {'held':>10} {'broken':>7}   {'meant':>10}")
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_alone) as pool:
        for name in [options.campaign] if options.campaign else CAMPAIGNS:
            campaign = CAMPAIGNS[name]
            usual = campaign.goal if options.full else campaign.sample
            numbers = range(
                options.first, options.first + (usual if options.count is None else options.count)
            )
            if campaign.every:
                numbers = range(options.first, min(numbers.stop, campaign.goal))
            broken = list(broken_in(pool, name, options.seed, numbers))
            held = len(numbers) - len(broken)
            figures = f"{len(numbers):>10,} {held:>10,} {len(broken):>7,}   {campaign.goal:>10,}"
            print(f"{name:<14} {figures}  {campaign.about}", flush=True)
            print(*rows(campaign.parts, options.seed, numbers, broken), sep="", end="", flush=True)


def rows(parts: Sequence[str], seed: int, numbers: range, broken: Sequence[str]) -> Iterator[str]:
    """Yield a line for each part of a campaign: tried, held, broken."""
    tried = Counter((seed + number) % len(parts) for number in numbers if parts)
    lost = Counter((seed + int(line.split(":")[0])) % len(parts) for line in broken if parts)
    for place, part in enumerate(parts):
        yield f"  {part:<24} {tried[place]:>6,} {tried[place] - lost[place]:>6,} {lost[place]:>6,}\n"


def broken_in(pool: Executor, name: str, seed: int, numbers: range) -> Iterator[str]:
    """Yield and print what broke, in the order in which it was met; a bar tells how far the campaign is."""
    at_once = CAMPAIGNS[name].at_once
    starts = range(numbers.start, numbers.stop, at_once)
    with tqdm(total=len(numbers), unit=CAMPAIGNS[name].unit, desc=name, leave=False) as bar:
        waiting = {}
        for start in starts:
            part = range(start, min(start + at_once, numbers.stop))
            waiting[pool.submit(attacked, name, seed, part)] = part
        try:
            for done in as_completed(waiting):
                for line in done.result():
                    tqdm.write(f"  {line}")
                    yield line
                bar.update(len(waiting.pop(done)))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise SystemExit(f"\n{name}: stopped after {bar.n:,} trials") from None
        except BrokenProcessPool:
            at = min(part.start for future, part in waiting.items() if future.exception())
            again = f"python -m benchmarks attack {name} --seed {seed} --first {at} --count 1"
            raise SystemExit(f"\n{name}: a trial ended its process; try {again}") from None


def attacked(name: str, seed: int, numbers: range) -> list[str]:
    """Run trials of a campaign; what travels between processes is its name."""
    return CAMPAIGNS[name].attack(seed, numbers)


def _alone() -> None:
    """Leave Ctrl-C to the parent, and one core to each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
