"""Every operation in C beside the scalar engine, in ULP, over the whole line and where most happens.

An operation of several arguments gets independent ones. Where the engine is not finite, C must not be either:
then the exact program decides; and where the engine is, C must be too, for that program takes longer.
"""

from __future__ import annotations

import argparse

import numpy as np
from tqdm import tqdm

from autograd import compile
from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.testing import argument_counts
from benchmarks.references.arrays import Array
from benchmarks.speed.targets import Row, table

BOUND = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--points", type=int, default=100_000, help="of each operation (default: %(default)s)"
    )
    parser.add_argument("--only", nargs="+", choices=list(TABLE), default=list(TABLE), help="default: all")


def run(options: argparse.Namespace) -> None:
    """Print for each operation the largest difference, and where it is."""
    rows = [_row(TABLE[name], options.points) for name in tqdm(options.only, unit="operation")]
    print(table(rows))


def _row(op: Primitive, count: int) -> Row:
    arity = max(argument_counts(op))
    points = sample(count, arity)
    if op.by_index:
        points[:, 0] = np.arange(count) % (arity - 1)
    program = compile(lambda x: [op(*x)], backend="native")
    program(points[:1])
    fast = program._backend.bind(program._last().program(ragged=True), count, program.dtype)
    found = fast([points], program.vector)[0][:, 0]
    expected = np.array([op(*x) for x in points.tolist()])
    apart = ulps(found, expected, np.zeros(count) if op.arity else abs(points).max(1))
    worst = int(apart.argmax())
    hidden = int((np.isfinite(found) & ~np.isfinite(expected)).sum())
    lost = int((~np.isfinite(found) & np.isfinite(expected)).sum())
    told = f"{apart[worst]:.1f} ULP" + (f" at {points[worst].tolist()}" if apart[worst] else "")
    told += f", {hidden} that are not finite hidden" if hidden else ""
    told += f", {lost} that are finite lost" if lost else ""
    return Row(op.name, f"≤ {BOUND:g} ULP", told, bool(apart[worst] <= BOUND) and not hidden and not lost)


def sample(count: int, arity: int) -> Array:
    """Return points, a row each: a half of any bits, a half near 0."""
    rng = np.random.default_rng(0)
    anywhere = rng.integers(0, 2**64 - 1, (count // 2, arity), np.uint64).view(np.float64)
    near = rng.normal(0, 3, (count - count // 2, arity))
    return np.concatenate([np.where(np.isnan(anywhere), 1.0, anywhere), near])


def ulps(found: Array, expected: Array, size: Array) -> Array:
    """Return by how many ULP of the expected number, or of a larger one that it is made of, they differ.

    Nothing where they are no numbers.
    """
    with np.errstate(all="ignore"):
        apart: Array = abs(found - expected) / np.spacing(np.maximum(abs(expected), size))
    return np.where((found == expected) | ~np.isfinite(found) | ~np.isfinite(expected), 0.0, apart)
