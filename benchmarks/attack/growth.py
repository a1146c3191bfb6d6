"""What grows by a factor of ten costs ten times as much: nodes, rows, labels, pages, files.

A cost is told in bytecodes and in allocations, which are the same on every machine and every run; what is
done inside C is not counted. Twice of the tenfold is let pass.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import nn
import viz
from autograd import Value, compile, grad, tanh, vjp
from autograd.notation import expression
from benchmarks.attack.campaign import Campaign, one_by_one

SIZES = (20, 200)

SLACK = {"bytecodes": 50_000, "bytes": 1_000_000}
"""What a step in cost may add that does not go on, such as a label that is cut."""


def chain(count: int) -> Value:
    """Return a chain of `count` nodes."""
    out = Value(0.5, label="x")
    for _ in range(count):
        out = tanh(out)
    return out


def star(count: int) -> Value:
    """Return a sum of `count` uses of one node."""
    x = Value(0.5)
    return sum((x * float(n) for n in range(count)), Value(0.0))


def _compiled(count: int) -> Any:
    weights = [Value(0.1 * n, label=f"w{n}") for n in range(count)]
    step = compile(lambda x: sum((w * x for w in weights), Value(0.0)), weights)
    return step.value_and_grad([1.0])


def _csv(count: int) -> Any:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text("a,b\n" + "1.5,2.25\n" * count)
        return nn.read_csv(path)


def _saved(count: int) -> Any:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "w.safetensors"
        model = nn.MLP(1, [count, 1], seed=0)
        nn.save(path, model)
        nn.load(path, model)


def _fit(count: int) -> Any:
    rows = nn.Dataset([[float(n)] for n in range(count)], [float(n % 3) for n in range(count)], ["a"], "b")
    model = nn.MLP(1, [2, 1], seed=0)
    return nn.fit(model, rows, nn.mse, nn.SGD(model.parameters(), 1e-9), epochs=1, progress=False)


GROWING: dict[str, Callable[[int], Any]] = {
    "a chain, backward": lambda count: chain(count).backward(),
    "a star, backward": lambda count: star(count).backward(),
    "a chain, create_graph": lambda count: chain(count).backward(create_graph=True),
    "a chain, second order": lambda count: grad(grad(lambda x: _tower(x, count)))(0.5),
    "a chain, all of it returned": lambda count: vjp(lambda x: _steps(x, count), 0.5)[1]([1.0] * count),
    "a chain, passes": lambda count: viz.passes(chain(count)),
    "a chain, drawn": lambda count: viz.draw(chain(count)).svg(),
    "a chain, its page": lambda count: viz.player(chain(count)).html,
    "epochs of a page": lambda count: viz.player([viz.passes(chain(1))] * count).html,
    "a long label": lambda count: viz.draw(Value(1.0, label="w" * count) + 1.0).svg(),
    "a sum, compiled": _compiled,
    "rows of a table": _csv,
    "rows of a training": _fit,
    "weights in a file": _saved,
    "an expression": lambda count: expression.parse("x" + "+x" * min(count, 240)),
}


def _tower(x: Any, count: int) -> Any:
    return _steps(x, count)[-1]


def _steps(x: Any, count: int) -> list[Any]:
    steps = [tanh(x)]
    while len(steps) < count:
        steps.append(tanh(steps[-1]))
    return steps


def cost(call: Callable[[], Any]) -> tuple[int, int]:
    """Return how many bytecodes a call runs, and the most bytes it holds at once."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    tracemalloc.start()
    call()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count, most


def trial(seed: int, number: int) -> str | None:
    """Compare the cost of something with that of ten times as much, beside the cost of the least of it."""
    name, make = list(GROWING.items())[number]
    make(1)  # what is loaded or made at the first call
    base, small, large = (cost(lambda: make(size)) for size in (1, *SIZES))  # noqa: B023
    for what, none, some, many in zip(("bytecodes", "bytes"), base, small, large, strict=True):
        own = max(some - none, 1)
        if many - none > 2 * (SIZES[1] / SIZES[0]) * own + SLACK[what]:
            return f"{name}: {some:,} and {many:,} {what} at {SIZES[0]} and {SIZES[1]}"
    return None


GROWTH = Campaign(
    "cost of a node, a row, a label, a page, a file as each grows by ten",
    one_by_one(trial),
    goal=len(GROWING),
    sample=len(GROWING),
    unit="kind",
    at_once=1,
    every=True,
)
