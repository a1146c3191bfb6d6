"""Random programs: the engine's modes against each other and the definitions, compiled ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import inf, isnan, nan
from random import Random
from typing import Any

import numpy as np

from autograd import Value
from autograd.compiler.backends.source.program import source
from autograd.compiler.backends.source.script import script
from autograd.ops import TABLE
from autograd.primitive import Primitive
from autograd.testing import chosen_program
from benchmarks.attack.campaign import Attack, Campaign, one_by_one
from benchmarks.attack.compilers import in_turn
from benchmarks.correctness import differential, kinds
from benchmarks.correctness.differential import (
    EXPLAINED,
    Comparison,
    by_mode,
    conditioned,
    defined,
    verdict,
)

EDGES = (0.0, -0.0, 1.0, -1.0, 5e-324, -1e308, inf, -inf, nan)
ANYWHERE = [primitive for primitive in TABLE.values() if not primitive.by_index]
NAMED = {"sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative, "round": np.rint}
BY_NUMPY = {
    op: ufunc
    for name, op in TABLE.items()
    if isinstance(ufunc := NAMED.get(name, getattr(np, name, None)), np.ufunc) and ufunc.nin == op.arity
}
"""Operations that NumPy has too."""

TIES = (TABLE["maximum"], TABLE["minimum"])
"""Of 0 and −0 NumPy gives the second, and we the first."""

SIZES = (2, 5, 20)
"""Operations of a random program: few show a break at once, many find it behind another."""


def modes(seed: int, number: int) -> str | None:
    """Compare the modes of a program, orders 1 to 3, with each other and with its definition."""
    task = differential.random_task(seed, number, SIZES[number % len(SIZES)])
    compared = by_mode(task)
    wrong = _differing(task, compared)
    if wrong:  # few are, and conditioning costs as much again
        wrong = _differing(task, conditioned(task, compared))
    return f"{'; '.join(wrong)}; {task[0]} at {task[1]}" if wrong else None


def _differing(task: differential.ModesTask, compared: list[Comparison]) -> list[str]:
    known = {c.label[:7]: c for c in compared}
    judged = zip(known.items(), defined(task, [*known.values()]), strict=True)
    return [
        *[f"{c.label}: {c.expected!r} and {c.found!r}" for c in compared if not c.agrees],
        *[f"{order}: the definition has not {c.expected!r}" for (order, c), holds in judged if not holds],
    ]


def edges(seed: int, number: int) -> str | None:
    """Run a program at zeros of both signs, infinities and nan, in and out of the domains of its operations.

    Floats and Values give the same, NumPy what is its own too, and nothing raises.
    """
    rng = Random(f"{seed} {number}")
    program = chosen_program(rng.choice, operations=rng.choice(SIZES), primitives=ANYWHERE, tame=False)
    xs = [rng.choice(EDGES) if rng.random() < 0.6 else rng.gauss(0, 2) for _ in range(2)]
    wrong: list[str] = []
    plain = program.run(partial(_beside_numpy, wrong), *xs)
    if wrong:
        return f"{wrong[0]}; {program} at {xs}"
    leaves = [Value(x) for x in xs]
    root = program(*leaves)
    if not isinstance(root, Value):
        return None
    if repr(float(plain)) != repr(root.data):
        return f"{plain!r} of floats, {root.data!r} of Values; {program} at {xs}"
    root.backward()
    first = [leaf.grad for leaf in leaves]
    again = [Value(x) for x in xs]
    program(*again).backward(create_graph=True)
    second = [x.grad.data if isinstance(x.grad, Value) else x.grad for x in again]
    # A gradient's zero has no sign to keep: that of a leaf is added to 0.0, and one of create_graph is not.
    same = all(a == b or (isnan(a) and isnan(b)) for a, b in zip(first, second, strict=True))
    return None if same else f"{first} by backward, {second} with create_graph; {program} at {xs}"


def _beside_numpy(wrong: list[str], primitive: Primitive, args: list[float]) -> float:
    """Apply an operation to floats, and note where NumPy, if it has it, gives something else."""
    value = float(primitive(*args))
    if ufunc := BY_NUMPY.get(primitive):
        with np.errstate(all="ignore"):  # of two, for a power of one exponent has shortcuts of its own
            [expected, _] = ufunc(*[np.full(2, x) for x in args])
        zero_of_another_sign = value == expected == 0 and repr(value) != repr(float(expected))
        close = np.isclose(value, expected, 1e-12, 1e-320, equal_nan=True)
        if not close or (zero_of_another_sign and primitive not in TIES):
            wrong.append(f"{primitive.name}{(*args,)} is {value!r}, by NumPy {float(expected)!r}")
    return value


def compiled(backend: str) -> Attack:
    """Return the attack on compiled programs of the kinds in `benchmarks.correctness.kinds`."""

    def trial(seed: int, number: int) -> str | None:
        task = kinds.random_task(seed, number)
        with in_turn(number // len(kinds.KINDS)) as compiler:
            made = differential.recorded(task, backend)
            compared = differential.compared(task, made)
            judged = [(c.label, verdict(task, c, backend)) for c in compared if not c.agrees]
        wrong = [f"{label}: {told}" for label, told in judged if told != EXPLAINED]
        wrong += as_source(task, made, compared) if backend == "numpy" else []
        by = [f"C by {compiler}"] if backend == "native" else []
        return f"{task.kind}: {'; '.join([*wrong, *by])}" if wrong or not compared else None

    return one_by_one(trial)


def as_source(task: kinds.Task, made: differential.Recorded, compared: Sequence[Comparison]) -> list[str]:
    """Run both programs of the latest call, for finite numbers and for others, as they are printed.

    They give what the call gave, or what the engine did, up to rounding.
    """
    step, parameters, arrays = made
    by_engine = compared[-1 - len(parameters) :]
    batched = [array for k, array in enumerate(arrays) if k not in task.shared]
    trace, vector, wrong = step._last(), step.last_vector(), []
    for exact in (False, True):
        program, scope = trace.program(exact), dict[str, Any]()
        exec(script(source(program)), scope)
        expected = trace._bound_to(program, len(batched[0]))(batched, vector)[0].copy()
        with np.errstate(all="ignore"):
            found = scope["replay"](*batched, vector)
        size = max([1.0, *abs(expected[np.isfinite(expected)]).tolist()])
        close = np.isclose(found, expected, 0, differential.TOLERANCE * size, equal_nan=True)
        others = zip(by_engine, found.tolist(), expected.tolist(), close, strict=True)
        for comparison, answer, known, same in others:
            beside = comparison._replace(found=answer)
            if not (same or beside.agrees or verdict(task, beside, "numpy") == EXPLAINED):
                which = "exact" if exact else "fast"
                wrong.append(f"{comparison.label}: {which} source: {answer} for {known}")
    return wrong


MODES = Campaign(
    "random programs: reverse, forward, both nestings, create_graph, orders 1 to 3; definitions",
    one_by_one(modes),
    goal=1_000_000,
    sample=40,
    unit="program",
)
EDGE_VALUES = Campaign(
    "random programs at ±0, ±1, subnormals, huge, ±∞ and nan",
    one_by_one(edges),
    goal=1_000_000,
    sample=1_000,
    unit="program",
    at_once=500,
)
NUMPY = Campaign(
    "compiled programs, NumPy", compiled("numpy"), goal=100_000, sample=60, unit="program", at_once=20
)
NATIVE = Campaign(
    "compiled programs, C", compiled("native"), goal=100_000, sample=8, unit="program", at_once=8
)
JAX = Campaign("compiled programs, JAX", compiled("jax"), goal=10_000, sample=2, unit="program", at_once=20)
