"""Ctrl-C, exceptions, threads and forks in the middle of things: gradients and parameters old or new."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from random import Random
from typing import Any

import autograd as ag
import nn
from autograd import Value, no_grad, tanh
from autograd.testing import chosen_program
from benchmarks.attack.campaign import Campaign, one_by_one
from benchmarks.attack.interrupts import interrupt
from benchmarks.attack.kills import OPTIMIZERS


def backward(seed: int, number: int) -> str | None:
    """Press Ctrl-C at a random bytecode of a backward pass: all gradients old, or all new."""
    rng = Random(f"{seed} {number}")
    program = chosen_program(rng.choice, 3, operations=rng.choice((1, 4, 12)))
    xs = [rng.gauss(0, 2) for _ in range(3)]
    create_graph = rng.random() < 0.5

    def gradients(at: int) -> tuple[int, list[float]]:
        leaves = [Value(x) for x in xs]
        for n, leaf in enumerate(leaves):
            leaf.grad = float(n + 1)
        out = program(*leaves)
        last = interrupt(lambda: out.backward(create_graph), at)
        return last, [leaf.grad.data if isinstance(leaf.grad, Value) else leaf.grad for leaf in leaves]

    last, new = gradients(0)
    at = rng.randint(1, last)
    found = gradients(at)[1]
    if repr(found) in (repr([1.0, 2.0, 3.0]), repr(new)):
        return None
    return f"bytecode {at}: {found}, neither old nor {new}; {program} at {xs}"


def threads(seed: int, number: int) -> str | None:
    """Let eight threads add gradients to the same leaves, half of them under no_grad now and then."""
    rng = Random(f"{seed} {number}")
    leaves = [Value(rng.gauss(0, 1)) for _ in range(4)]

    def one(k: int) -> None:
        for _ in range(5):
            if k % 2:
                with no_grad():
                    tanh(leaves[0])
            out = sum((leaf * float(k + 1) for leaf in leaves), Value(0.0))
            out.backward()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(8)))
    finally:
        sys.setswitchinterval(before)
    wanted = [5.0 * sum(range(1, 9))] * 4
    found = [leaf.grad for leaf in leaves]
    return None if found == wanted else f"{found} for {wanted}"


def tasks(seed: int, number: int) -> str | None:
    """Let coroutines switch inside their contexts: no_grad of one is not that of another."""
    rng = Random(f"{seed} {number}")

    async def one(recording: bool) -> bool:
        x = Value(1.0)
        if recording:
            await asyncio.sleep(0)
            return isinstance(x * 2, Value) and bool((x * 2).args)
        with no_grad():
            await asyncio.sleep(0)
            return not (x * 2).args

    async def together() -> list[bool]:
        return await asyncio.gather(*[one(rng.random() < 0.5) for _ in range(10)])

    with ThreadPoolExecutor(1) as pool:  # which has no loop of its own that runs already
        kept = pool.submit(asyncio.run, together()).result()
    return None if all(kept) else "a context leaked from one task into another"


FORKED = """
import os, threading
from autograd import Value
x, stop = Value(2.0), False
def busy():
    while not stop:
        (x * x).backward()
thread = threading.Thread(target=busy)
thread.start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        y = Value(3.0)
        (y * y).backward()
        os._exit(0 if y.grad == 6.0 else 1)
    assert os.waitpid(child, 0)[1] == 0
stop = True
thread.join()
"""


def fork(seed: int, number: int) -> str | None:
    """Fork twenty times while another thread commits gradients: each child still computes its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-W", "ignore", "-c", FORKED]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
    except subprocess.TimeoutExpired:
        return "a child waits for what its parent held"
    return done.stderr.strip().rpartition("\n")[2] or None


def step(seed: int, number: int) -> str | None:
    """Press Ctrl-C at a random bytecode of an optimiser's step: parameters and state old, or new."""
    rng = Random(f"{seed} {number}")
    name = rng.choice(list(OPTIMIZERS))

    def run(at: int | None) -> tuple[int, Any]:
        """Return the last bytecode of a second step and what is there after it; without one for None."""
        parameters = [Value(0.5), Value(-1.0), Value(2.0)]
        optimizer = OPTIMIZERS[name](parameters)
        for parameter in parameters:
            parameter.grad = 1.0
        optimizer.step()
        last = 0 if at is None else interrupt(optimizer.step, at)
        state = {kept: vector.tolist() for kept, vector in optimizer.state.items()}
        return last, ([parameter.data for parameter in parameters], optimizer.steps, state)

    last, new = run(0)
    at = rng.randint(1, last)
    old, found = run(None)[1], run(at)[1]
    return None if found in (old, new) else f"{name}, bytecode {at}: {found}, not {old} or {new}"


def _square(x: Any) -> Any:
    return x * x


def _compiled() -> None:
    w = Value(2.0)
    ag.compile(lambda x: _square(x * w), [w], "numpy").value_and_grad([1.0])


def _step() -> None:
    w = Value(2.0)
    w.grad = 1.0
    nn.Adam([w]).step()


CALLS: dict[str, Callable[[], Any]] = {
    "grad": lambda: ag.grad(ag.grad(_square))(2.0),
    "jvp": lambda: ag.jvp(_square, (2.0,), (1.0,)),
    "hessian": lambda: ag.hessian(lambda xs: xs[0] * xs[1])([1.0, 2.0]),
    "gradcheck": lambda: ag.gradcheck(_square, 2.0),
    "predict": lambda: nn.predict(nn.MLP(2, [2, 1], seed=1), [[1.0, 2.0]]),
    "generate": lambda: nn.generate(nn.GPT(3, 4, 1, 1, context=2, seed=1), [0], count=2, seed=1),
    "compile": _compiled,
    "step": _step,
}
"""What works in a context of its own: with another recorder, or inside a transformation."""


def contexts(seed: int, number: int) -> str | None:
    """Press Ctrl-C at a random bytecode of what changes its context: afterwards it is as it was."""
    rng = Random(f"{seed} {number}")
    name, call = rng.choice([*CALLS.items()])
    call()  # so that what is imported and kept once is
    last = interrupt(call)
    at = rng.randint(1, last)

    def changed() -> list[str]:
        before = dict(copy_context())
        interrupt(call, at)
        return [variable.name for variable, value in copy_context().items() if before.get(variable) != value]

    left = copy_context().run(changed)
    return f"{name}, bytecode {at}: {', '.join(left)} stay as inside" if left else None


TRIALS = (*[backward, step, contexts, threads, backward, tasks, contexts, step] * 5, fork)


def trial(seed: int, number: int) -> str | None:
    """Run one kind of interruption after the other."""
    return TRIALS[number % len(TRIALS)](seed, number)


INTERRUPTIONS = Campaign(
    "Ctrl-C at any bytecode of backward, of a step, of a transformation; threads, forks, coroutines",
    one_by_one(trial),
    goal=10_000,
    sample=120,
    unit="moment",
    at_once=24,
)
