"""One step of micrograd's demo, beside micrograd; the plainest GPT; bytes a node; cost as the graph grows.

The step is that of micrograd's own notebook: a 2-16-16-1 network, 100 points on two moons, hinge loss plus
L2, plain gradient descent, with the same weights and the same arithmetic. Each engine runs in a process of
its own, and they take turns. "Fused" records every sum as one node. Micrograd's backward pass adds up in
the order of a set, so that from the second step on the last digits of its losses vary from run to run.

The plainest GPT is a program of microgpt's kind: a scalar Value and lists, every sum of two a node. It runs
on our Value and on one of microgpt's design.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

import nn
from autograd import Value, graph_stats
from benchmarks.references.plain_value import Plain

ENGINES = ("micrograd", "unfused", "fused")
PLAIN = ("plain", "glassgrad")
TURN = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--turns", type=int, default=9, help="turns timed of each engine (default: %(default)s)"
    )
    parser.add_argument(
        "--largest", type=float, default=1e7, help="nodes of the largest graph (default: 1e7)"
    )


def run(options: argparse.Namespace) -> None:
    """Print the step times as ratios in one run, the bytes a node, and the table of growing graphs."""
    print(f"micrograd's demo step, processor time, median of {options.turns} turns")
    points = nn.moons(100, seed=1337)
    task = json.dumps([points.features, [2 * label - 1 for label in points.targets]])
    for collector, about in (("on", "as it runs"), ("off", "without the garbage collector")):
        seconds, losses = race("demo_step", ENGINES, collector, options.turns, task)
        print(f"  {about}")
        report(seconds, losses)
    apart = max(abs(a - b) / abs(a) for a, b in zip(losses["micrograd"], losses["unfused"], strict=False))
    same = all(a == b for a, b in zip(losses["unfused"], losses["fused"], strict=False))
    print(f"  losses: fused and unfused {'equal' if same else 'DIFFER'} in every digit of every step;")
    print(f"  micrograd within {apart:.1e} over all steps (its own sums vary in order)")

    print("a step of the plainest GPT, as it runs")
    report(*race("plain_step", PLAIN, "on", options.turns))

    ours = bytes_a_node(Value)
    print(f"bytes a node, with gradient: glassgrad {ours:.0f}")
    for name, value in (("micrograd", _micrograd_value()), ("plain", Plain)):
        theirs = bytes_a_node(value)
        print(f"  {name} {theirs:.0f}, of which ours is 1/{theirs / ours:.2f}")

    print("a chain of products, as it grows")
    print(f"  {'nodes':>10} {'build ns/node':>14} {'backward ns/node':>17} {'bytes/node':>11}")
    nodes = 1_000
    while nodes <= options.largest:
        build, backward, memory = chain(nodes)
        each = (build / nodes * 1e9, backward / nodes * 1e9, memory / nodes)
        print(f"  {nodes:>10} {each[0]:>14.0f} {each[1]:>17.0f} {each[2]:>11.0f}")
        nodes *= 10


def report(seconds: dict[str, list[float]], losses: dict[str, list[float]]) -> None:
    """Print the time of a step of each engine, and how many times as fast it is as the first."""
    slowest = next(iter(seconds.values()))
    for name, times in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(slowest, times, strict=True))
        median = statistics.median(times) * 1e3
        print(f"    {name:<10} {median:9.1f} ms  {ratio:6.2f}×  first loss {losses[name][0]!r}")


def race(
    module: str, engines: Sequence[str], collector: str, turns: int, task: str = ""
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Let the engines take turns, so that a slow moment of the machine hits all alike.

    A turn lasts about TURN seconds, or one step: after a pause, short steps would be timed on cold caches
    alone. Return the seconds of a step in each turn of each engine, and the losses of all its steps.
    """
    command = [sys.executable, "-m", f"benchmarks.speed.{module}"]
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    losses: dict[str, list[float]] = {name: [] for name in engines}
    pipe = subprocess.PIPE
    processes = {
        name: subprocess.Popen([*command, name, collector], stdin=pipe, stdout=pipe, text=True, bufsize=1)
        for name in engines
    }
    for process in processes.values():
        print(task, file=process.stdin)
    counts = dict.fromkeys(engines, 1)  # the first step warms up, and tells how many make a turn
    for turn in tqdm(range(turns + 1), unit="turn"):
        for name, process in processes.items():
            taken = []
            for _ in range(counts[name]):
                print(len(losses[name]), file=process.stdin)
                its_seconds, loss = json.loads(process.stdout.readline())
                taken.append(its_seconds)
                losses[name].append(loss)
            if turn > 0:
                seconds[name].append(statistics.mean(taken))
            else:
                counts[name] = max(1, round(TURN / taken[0]))
    for process in processes.values():
        process.communicate()
    return seconds, losses


def bytes_a_node(value: Any, nodes: int = 100_000) -> float:
    """Return the memory of a sum of products, after its backward pass, divided by its nodes."""
    gc.collect()
    tracemalloc.start()
    leaves = [value(0.5 + i) for i in range(100)]
    before = tracemalloc.get_traced_memory()[0]
    keep = []
    for i in range(nodes // 200):
        row = leaves[0] * leaves[1]
        for j in range(99):
            row = row + leaves[j] * leaves[(i + j) % 100]
        keep.append(row)
        row.backward()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    count = len(keep) * 199
    return used / count


def chain(nodes: int) -> tuple[float, float, float]:
    """Return the processor seconds to build and to sweep a chain of products, and its bytes."""
    gc.collect()
    x = Value(1.0)
    start = time.process_time()
    node = x
    for _ in range(nodes):
        node = node * 1.0000001
    built = time.process_time()
    node.backward()
    done = time.process_time()
    return built - start, done - built, graph_stats(node).memory


def _micrograd_value() -> Any:
    from micrograd.engine import Value as theirs

    return theirs
