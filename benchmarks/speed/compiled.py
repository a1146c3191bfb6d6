"""The compiler beside programs written by hand: speed, compile time, memory and losses, each with its target.

Speeds are medians over rounds of one run, on one core. Compile time is stated apart.
"""

from __future__ import annotations

import argparse
import gc
import tracemalloc
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from tqdm import tqdm

from autograd import compile
from autograd.compiler.backends.training import Kind, StepRule
from benchmarks.references import (
    classifier,
    classifier_numpy,
    classifier_scalar,
    gpt,
    gpt_numpy,
    gpt_scalar,
    moons,
    moons_numpy,
    moons_scalar,
    plain_gpt,
)
from benchmarks.references.arrays import Array
from benchmarks.references.gpt_model import GPT
from benchmarks.references.plain_value import Plain
from benchmarks.speed.contestants import (
    ADAM,
    DEMO_DESCENT,
    DESCENT,
    GPT_ADAM,
    RIVALS,
    by_hand,
    compiled,
    compiled_step,
    trained,
)
from benchmarks.speed.race import Step, Times, describe, on_one_core, race, timed
from benchmarks.speed.targets import Row, faster, table, within


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="default: all parts")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each race (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=100, help="steps of the loss curve (default: 100)")
    parser.add_argument(
        "--layers",
        type=int,
        nargs="+",
        default=[1, 4, 18, 77],
        help="layers of the GPTs whose compilation is timed, smallest first (default: 1 4 18 77)",
    )


def run(options: argparse.Namespace) -> None:
    """Print what each part measures, and then the table of all targets."""
    on_one_core()
    rows = [row for part in options.only for row in PARTS[part](options)]
    print(table(rows))


# ---- speed ------------------------------------------------------------------------------------------


def moons_speed(options: argparse.Namespace) -> list[Row]:
    """Race micrograd's demo step."""
    work = "micrograd's demo step"
    model, batches = moons.network(), moons.batches()
    steps = by_hand("moons", RIVALS, model, batches)
    steps |= compiled(moons_scalar.loss, model, batches, DEMO_DESCENT)
    steps |= trained(moons_scalar.loss, model, batches, StepRule(Kind.PLAIN, moons.learning_rate(100)))
    times = raced(work, steps, options)
    return [
        faster(work, times, "compiled numpy", 10_000, "micrograd"),
        within(work, times, "compiled numpy", 1.2, "NumPy"),
        within(work, times, "compiled numpy", 1.0, "JAX"),
        within(work, times, "compiled numpy", 1.0, "PyTorch"),
        faster(f"{work}, native", times, "compiled native", 40_000, "micrograd"),
        within(f"{work}, native", times, "compiled native", 0.35, "NumPy"),
        faster(f"{work}, trained in C", times, "trained in C", 40_000, "micrograd"),
        within(f"{work}, trained in C", times, "trained in C", 0.35, "NumPy"),
    ]


def classifier_speed(options: argparse.Namespace) -> list[Row]:
    """Race a step of the 64-64-32-10 classifier."""
    work = "classifier, batch 256"
    model, batches = classifier.network(), classifier.batches()
    steps = by_hand("classifier", ["eager", "NumPy", "JAX", "PyTorch"], model, batches)
    steps |= compiled(classifier_scalar.loss, model, batches, DESCENT)
    steps |= trained(classifier_scalar.loss, model, batches, StepRule(Kind.PLAIN, classifier.LEARNING_RATE))
    times = raced(work, steps, options)
    return [
        within(work, times, "compiled numpy", 1.15, "NumPy"),
        within(f"{work}, native", times, "compiled native", 0.7, "NumPy"),
        within(f"{work}, trained in C", times, "trained in C", 0.7, "NumPy"),
    ]


def gpt_speed(options: argparse.Namespace) -> list[Row]:
    """Race a step of the GPT, with Adam, at both batch sizes and in both precisions."""
    rows = []
    for size, bound in ((1, 250), (16, 2_000)):
        model, batches = gpt.network(), gpt.batches(size)
        steps = by_hand("gpt", ["eager"], model, batches)
        for dtype in ("float64", "float32"):
            both = by_hand("gpt", ["NumPy", "JAX"], model, batches, dtype)
            one_hot = gpt_scalar.one_hot(batches)
            both |= compiled(gpt_scalar.loss, model, one_hot, ADAM, dtype)
            both |= trained(gpt_scalar.loss, model, one_hot, GPT_ADAM, dtype)
            steps |= {f"{name} {dtype}": step for name, step in both.items()}
        x, y = batches[0]
        words = np.concatenate([x, y[:, -1:]], 1).tolist()
        steps["plain scalars, one sample"] = plain_gpt.start(Plain, words)
        times = raced(f"GPT, batch {size}", steps, options)
        for dtype in ("float64", "float32"):
            work = f"GPT, batch {size}, {dtype}"
            rows.append(faster(work, times, f"compiled numpy {dtype}", bound, "eager"))
            rows.append(within(work, times, f"compiled jax {dtype}", 1.2, f"JAX {dtype}"))
            factor = {1: 2, 16: 4 if dtype == "float32" else 2.5}[size]
            rows.append(faster(f"{work}, native", times, f"compiled native {dtype}", factor, f"JAX {dtype}"))
            rows.append(
                faster(f"{work}, trained in C", times, f"trained in C {dtype}", factor, f"JAX {dtype}")
            )
            rows += [
                faster(
                    f"{work}, {ours}",
                    times,
                    f"{ours} {dtype}",
                    20_000,
                    "plain scalars, one sample",
                    samples=size,
                )
                for ours in ("compiled native", "trained in C")
                if size > 1
            ]
    return rows


def raced(work: str, steps: Mapping[str, Step], options: argparse.Namespace) -> dict[str, Times]:
    """Race, and print how long each program takes."""
    times = race(steps, options.rounds)
    print(f"{work}, median of {options.rounds} rounds\n{describe(times)}")
    return times


# ---- compile time, memory, losses -------------------------------------------------------------------


def compile_time(options: argparse.Namespace) -> list[Row]:
    """Compile GPTs of more and more layers; the 77 of the largest make a million nodes."""
    print("compile time: GPTs of more and more layers, up to the first gradient")
    measured = []
    for layers in options.layers:
        model = GPT(len(gpt.SYMBOLS), width=16, heads=4, context=16, layers=layers)
        nodes, seconds = first_gradient(model, *gpt_scalar.one_hot(gpt.batches(1, count=1))[0])
        measured.append((nodes, seconds / nodes))
        print(
            f"  {layers:>3} layers {nodes:>10,} nodes {seconds:>8.2f} s {seconds / nodes * 1e6:>6.1f} µs each"
        )
    (fewest, each), (most, each_of_most) = measured[0], measured[-1]
    growth = each_of_most / each
    return [
        Row(f"compiling {fewest:,} nodes", "≤ 1 s for 15,000", f"{15_000 * each:.2f} s", 15_000 * each <= 1),
        Row(f"compiling {most:,} nodes", "≤ 1.5× the time a node", f"{growth:.2f}×", growth <= 1.5),
    ]


def first_gradient(model: GPT, x: Array, y: Array) -> tuple[int, float]:
    """Return how many nodes are recorded of a GPT, and the seconds until its compiled gradient is there."""
    function = compile(gpt_scalar.loss(model), params=model.parameters())
    seconds = timed(lambda k: function.value_and_grad(x, y)[0], range(1))
    return function.stats.recorded, seconds


def memory(options: argparse.Namespace) -> list[Row]:
    """Compare the arrays that a step keeps and makes with those of the step by hand in NumPy."""
    small, wide, one_hot = moons.batches(), classifier.batches(), gpt_scalar.one_hot(gpt.batches(16, 1))
    programs = {
        "micrograd's demo step": (
            partial(moons_numpy.start, moons.network(), small),
            partial(compiled_step, moons_scalar.loss, moons.network(), small, DEMO_DESCENT),
        ),
        "classifier, batch 256": (
            partial(classifier_numpy.start, classifier.network(), wide),
            partial(compiled_step, classifier_scalar.loss, classifier.network(), wide, DESCENT),
        ),
        "GPT, batch 16, float64": (
            partial(gpt_numpy.start, gpt.network(), gpt.batches(16, 1)),
            partial(compiled_step, gpt_scalar.loss, gpt.network(), one_hot, ADAM),
        ),
    }
    rows = []
    for work, (plain, ours) in programs.items():
        theirs, own = bytes_of_arrays(plain), bytes_of_arrays(ours)
        print(f"memory of {work}: by hand {theirs / 1e3:,.0f} kB, compiled {own / 1e3:,.0f} kB")
        rows.append(Row(work, "≤ 3× the memory of NumPy", f"{own / theirs:.2f}×", own <= 3 * theirs))
    return rows


def bytes_of_arrays(start: Callable[[], Step]) -> int:
    """Return the bytes of the arrays that a program keeps between its steps, and of what a step adds."""
    tracemalloc.start()
    step = start()
    step(0)
    step(1)
    arrays = tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)
    kept = sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([arrays]).traces)
    gc.collect()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    step(2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept + peak - before


def losses(options: argparse.Namespace) -> list[Row]:
    """Train the GPT eagerly and compiled, one sequence a step, and compare the loss of every step."""
    model, batches = gpt.network(), gpt.batches(1)
    eager = gpt_scalar.start(model, batches)
    ours = compiled_step(gpt_scalar.loss, model, gpt_scalar.one_hot(batches), ADAM)
    steps = tqdm(range(options.steps), unit="step", leave=False)
    apart = np.max([abs(ours(k) / eager(k) - 1) for k in steps], initial=0.0)  # nan if one of them is
    target = f"{options.steps} losses equal to eager's to 1e-9"
    return [Row("GPT, batch 1, float64", target, f"{apart:.1e}", bool(apart <= 1e-9))]


PARTS = {
    "moons": moons_speed,
    "classifier": classifier_speed,
    "gpt": gpt_speed,
    "compile": compile_time,
    "memory": memory,
    "losses": losses,
}
"""What `--only` chooses from."""
