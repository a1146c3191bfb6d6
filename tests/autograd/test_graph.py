"""The graph under load: depth, width, sharing, order, threads, and what is left behind."""

import asyncio
import gc
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from contextvars import copy_context
from functools import partial
from textwrap import dedent, indent
from typing import Any

import pytest
from hypothesis import given

import autograd as ag
import nn
from autograd import graph
from autograd.compiler.arguments import Argument
from autograd.compiler.trace import _record
from autograd.context import layers
from autograd.graph import adjoints, contributions, topological_order
from autograd.testing import RandomProgram, programs
from autograd.value import Value
from benchmarks.attack.interrupts import interrupt


def test_order_puts_arguments_first_and_each_node_once() -> None:
    x, y = Value(1.0), Value(2.0)
    a = x * y
    b = a + x
    out = a * b
    assert graph.topological_order(out) == [x, y, a, b, out]


@given(programs(inputs=2, operations=20))
def test_order_is_that_of_the_recursive_definition(program: RandomProgram) -> None:
    def visit(node: Value) -> None:
        for arg in node.args:
            if isinstance(arg, Value) and arg not in expected:
                visit(arg)
        expected.setdefault(node)

    expected: dict[Value, None] = {}
    out = program(Value(0.3), Value(-0.7))
    visit(out)
    assert graph.topological_order(out) == list(expected)


@given(programs(inputs=2, operations=20))
def test_order_from_several_nodes_has_each_once_and_after_its_arguments(program: RandomProgram) -> None:
    first, second = Value(0.3), Value(-0.7)
    roots = [program(first, second), program(second, first), first, program(first, first)]
    order = graph.topological_order(*roots)
    place = {node: n for n, node in enumerate(order)}
    assert len(place) == len(order)
    assert place.keys() == {node for root in roots for node in graph.topological_order(root)}
    assert all(place[arg] < place[node] for node in order for arg in node.args if isinstance(arg, Value))


def in_a_small_thread(lines: str) -> None:
    """Run statements in a thread with a stack of 256 KB, in a process of its own."""
    script = f"""
import threading
import autograd as ag
from autograd import Value

def work():
    x = node = Value(1.0)
{indent(dedent(lines), "    ")}
    del node
    print("freed", flush=True)

threading.stack_size(256 * 1024)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, "freed\n", "")


def test_a_chain_of_a_million_nodes_in_a_small_thread() -> None:
    in_a_small_thread("""
        for _ in range(1_000_000):
            node = node + 1.0
        node.backward()
        assert (node.data, x.grad) == (1_000_001.0, 1.0)
    """)


@pytest.mark.parametrize(
    "step", ["node * node", "ag.sum([node, 1.0, x, node])", "node + ag.where(x, node, x)"]
)
def test_a_deep_graph_that_shares_nodes_is_freed_in_a_small_thread(step: str) -> None:
    in_a_small_thread(f"""
        for _ in range(100_000):
            node = {step}
        kept = node.args[0]
        del node
        node = kept.args[0]  # of what another holds, nothing is taken apart
        assert kept.args and node.args
        del kept
    """)


def test_the_paths_through_a_deep_graph_are_found_in_a_small_thread() -> None:
    in_a_small_thread("""
        for _ in range(100_000):
            node = node * 1.0
        assert len(ag.explain(node, x).paths[0].nodes) == 100_001
    """)


def test_a_fan_in_of_a_million() -> None:
    xs = [Value(1.0) for _ in range(1_000_000)]
    total = ag.sum(xs)
    total.backward()
    assert total.data == 1e6
    assert xs[0].grad == xs[-1].grad == 1.0


def test_a_thousand_stacked_diamonds_take_a_thousand_steps() -> None:
    x = Value(1.0)
    node = x
    for _ in range(1_000):
        node = 0.5 * node + 0.5 * node
    node.backward()
    assert len(graph.topological_order(node)) == 3_001
    assert x.grad == 1.0


def test_the_graph_is_freed_without_the_garbage_collector() -> None:
    def living() -> int:
        return sum(type(thing) is Value for thing in gc.get_objects())

    x = Value(1.0)
    gc.collect()
    gc.disable()
    try:
        before = living()
        node = x * 1.0
        loss = ag.dot([node, x], [x, node], 1.0).tanh() * node
        loss.backward()
        assert living() > before
        del node, loss
        assert living() == before
    finally:
        gc.enable()


def test_an_exception_in_the_sweep_leaves_every_gradient_alone() -> None:
    x = Value(3.0)
    inner = x * x
    out = inner * inner
    out.backward()
    before = (x.grad, inner.grad, out.grad)
    inner._first_partial = object()
    with pytest.raises(TypeError):
        out.backward()
    assert (x.grad, inner.grad, out.grad) == before


def test_threads_that_share_a_parameter_lose_no_contribution() -> None:
    w = Value(1.0)

    def work() -> None:
        for _ in range(300):
            (w * 2.0 + 1.0).backward()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert w.grad == 8 * 300 * 2.0


def test_threads_may_sweep_the_same_graph_at_once() -> None:
    w = Value(1.0)
    shared = (w * 2.0).relu() + w
    threads = [threading.Thread(target=lambda: [shared.backward() for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (w.grad, shared.grad) == (8 * 100 * 3.0, 1.0)


def test_no_grad_holds_in_its_own_task_only() -> None:
    async def nothing_recorded() -> Value:
        with ag.no_grad():
            await asyncio.sleep(0)
            return Value(1.0) + 1.0

    async def recorded() -> Value:
        await asyncio.sleep(0)
        return Value(1.0) + 1.0

    async def both() -> list[Value]:
        return await asyncio.gather(nothing_recorded(), recorded())

    assert [len(value.args) for value in asyncio.run(both())] == [0, 2]


def test_no_grad_holds_in_its_own_thread_only() -> None:
    seen = []
    with ag.no_grad():
        thread = threading.Thread(target=lambda: seen.append((Value(1.0) + 1.0).args))
        thread.start()
        thread.join()
    assert seen[0] != ()


def test_runs_are_the_same_under_any_hash_seed() -> None:
    script = """
from autograd import Value, graph
xs = [Value(0.1 * i, label=str(i)) for i in range(9)]
node = xs[0]
for i, x in enumerate(xs):
    node = (node * x + xs[i // 2]).tanh() + node * node
node.backward()
print([(n.label, n.data, n.grad) for n in graph.topological_order(node)])
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in range(10)
    }
    assert len(outputs) == 1


def made_of(x: Value, y: Value) -> Value:
    return ag.tanh(x * y) * x + y


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_backward_pass_interrupted_at_any_moment_leaves_all_gradients_old_or_all_new(
    create_graph: bool,
) -> None:
    def gradients(moment: int) -> tuple[int, list[float]]:
        x, y = Value(0.5), Value(-2.0)
        x.grad, y.grad = 10.0, 20.0
        out = made_of(x, y)
        last = interrupt(lambda: out.backward(create_graph), moment)
        return last, [number(leaf.grad) for leaf in (x, y)]

    old = [10.0, 20.0]
    last, new = gradients(0)
    found = [gradients(moment)[1] for moment in range(1, last + 1)]
    assert last > 100
    assert all(leaves in (old, new) for leaves in found)
    assert old in found


def number(grad: Value | float) -> float:
    return grad.data if isinstance(grad, Value) else grad


def test_an_anomaly_found_on_the_way_leaves_every_gradient_alone() -> None:
    x, y = Value(2.0), Value(0.0)
    (x * 1e308).backward(create_graph=True)
    (x * 1.0 * y).backward(create_graph=True)
    before = number(x.grad), number(y.grad)
    with pytest.raises(ag.AnomalyError), ag.detect_anomaly():
        (y + (x + y * 1e308) * 1e308).backward(create_graph=True)
    assert (number(x.grad), number(y.grad)) == before == (1e308, 2.0)


DOUBLED = ag.compile(lambda x: 2 * x, backend="numpy")


def stuck(call: Callable[[], Any], every: int = 1) -> list[int]:
    """Return the bytecodes at which Ctrl-C leaves something in force that was not before the call."""

    def left(at: int) -> bool:
        before = dict(copy_context())
        interrupt(call, at)
        return dict(copy_context()) != before

    call()  # so that caches are filled
    last = copy_context().run(interrupt, call)
    return [at for at in range(1, last + 1, every) if copy_context().run(left, at)]


@pytest.mark.parametrize(
    "call",
    [
        lambda: ag.grad(ag.tanh)(0.5),
        lambda: ag.jvp(ag.tanh, (0.5,), (1.0,)),
        lambda: ag.hessian(lambda xs: xs[0] * xs[1])([1.0, 2.0]),
        lambda: _record(lambda x: ag.tanh(x), [], True, {"x": Argument("x", (), False)}),
        lambda: DOUBLED([1.0, 2.0]),
    ],
    ids=["grad", "jvp", "hessian", "recording", "compiled"],
)
def test_a_transformation_interrupted_at_any_moment_has_ended(call: Callable[[], Any]) -> None:
    assert stuck(call, every=3) == []


def test_no_grad_interrupted_has_ended_but_where_python_itself_does_not_end_a_block() -> None:
    def call() -> None:
        with ag.no_grad():
            Value(1.0).exp()

    assert len(stuck(call)) < 12  # of some 500: the first bytecodes of __exit__, the last of __enter__


def test_a_signal_handler_may_call_backward_in_the_middle_of_a_backward_pass() -> None:
    x, y = Value(0.5), Value(-2.0)
    out = made_of(x, y)
    out.backward()
    once = (x.grad, y.grad)

    last = interrupt(out.backward)
    for moment in range(1, last + 1, 3):
        x.zero_grad(), y.zero_grad()
        interrupt(out.backward, moment, out.backward)
        assert (x.grad, y.grad) == tuple(2 * gradient for gradient in once)


def test_a_process_may_fork_while_a_thread_commits() -> None:
    program = """
import os, signal, threading
from autograd import Value
w = Value(2.0)
def sweep():
    for _ in range(20_000):
        (w * 3.0).backward()
thread = threading.Thread(target=sweep)
thread.start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        (w * 3.0).backward()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
thread.join()
"""
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=False).returncode == 0


def test_blocks_that_end_out_of_order_leave_nothing_on() -> None:
    def computing() -> Iterator[None]:
        with ag.no_grad():
            yield

    first, second = computing(), computing()
    next(first), next(second)
    first.close()
    assert (Value(1.0) + 1).op is None
    second.close()
    assert (Value(1.0) + 1).op is not None


THROUGH: dict[str, Callable[[Callable[[Any], Any]], Any]] = {
    "grad": lambda f: ag.grad(f)(2.0),
    "jvp": lambda f: ag.jvp(f, (2.0,), (1.0,)),
    "vjp": lambda f: ag.vjp(f, 2.0),
    "jacobian": lambda f: ag.jacobian(f)(2.0),
    "hessian": lambda f: ag.hessian(f)(2.0),
    "hvp": lambda f: ag.hvp(f, 2.0, 1.0),
    "gradcheck": lambda f: ag.gradcheck(f, 2.0),
    "compile": lambda f: ag.compile(f)([2.0]),
    "predict": lambda f: nn.predict(f, [2.0]),
    "raising": lambda f: raising(f),
}


def raising(f: Callable[[Any], Any]) -> None:
    with pytest.raises(ZeroDivisionError):
        ag.grad(lambda x: [f(x), 1 / 0])(2.0)


@pytest.mark.parametrize("around", [nullcontext, ag.no_grad, ag.detect_anomaly])
@pytest.mark.parametrize("block", [ag.no_grad, ag.detect_anomaly])
@pytest.mark.parametrize("through", THROUGH.values(), ids=THROUGH)
def test_a_block_that_a_generator_ends_inside_a_transformation_has_ended(through, block, around) -> None:
    def rows() -> Iterator[float]:
        with block():
            yield 1.0
            yield 2.0

    with around():
        held = rows()
        next(held)
        through(lambda x: [list(held), x * x][1])
        assert ((Value(1.0) + 1).op is None) is (around is ag.no_grad)
        assert len(layers.get()) == (around is not nullcontext)
    assert Value(-1.0).log().op is not None


@pytest.mark.parametrize("through", [call for name, call in THROUGH.items() if name != "raising"])
def test_a_block_that_a_generator_begins_inside_a_transformation_goes_on_outside(through) -> None:
    def results() -> Iterator[Value]:
        with ag.no_grad():
            while True:
                yield Value(3.0) * 2

    held = results()
    through(lambda x: [x * x, next(held)][0])
    assert next(held).op is None
    assert (Value(1.0) + 1).op is None
    held.close()
    assert (Value(1.0) + 1).op is not None


def generated(x):
    yield x * x


async def awaited(x):
    return x * x


async def generated_later(x):
    yield x * x


@pytest.mark.parametrize("block", [ag.no_grad, ag.detect_anomaly])
@pytest.mark.parametrize("function", [generated, awaited, generated_later, partial(generated)])
def test_what_runs_when_its_call_has_ended_is_not_decorated(block, function) -> None:
    with pytest.raises(TypeError, match="write the `with` block inside it"):
        block()(function)


def test_a_decorator_looks_at_each_call_anew() -> None:
    @ag.detect_anomaly()
    def log(x, depth):
        return ag.log(x) if depth == 0 else log(x, depth - 1)

    for _ in range(2):
        assert log(Value(1.0), 2).data == 0.0
        with pytest.raises(ag.AnomalyError):
            log(Value(0.0), 2)
    assert ag.log(Value(0.0)).data == -math.inf


def test_a_decorated_recursion_leaves_no_grad_on_until_its_end() -> None:
    @ag.no_grad()
    def recursive(depth: int) -> None:
        if depth:
            recursive(depth - 1)
        assert (Value(1.0) + 1).op is None

    recursive(2)
    assert (Value(1.0) + 1).op is not None


def test_a_block_is_entered_again_once_it_has_ended_and_not_before() -> None:
    block = ag.no_grad()
    for _ in range(2):
        with block:
            with pytest.raises(RuntimeError, match="this block has not ended: make another"), block:
                pass
            assert (Value(1.0) + 1).op is None
        assert (Value(1.0) + 1).op is not None


def test_anomalies_are_seen_inside_no_grad_whichever_comes_first() -> None:
    for outer, inner in ((ag.no_grad, ag.detect_anomaly), (ag.detect_anomaly, ag.no_grad)):
        with outer(), inner():
            assert (Value(1.0) + 1).op is None
            with pytest.raises(ag.AnomalyError):
                Value(0.0).log()


def test_contributions_add_up_to_the_adjoints() -> None:
    x = Value(3.0)
    out = ag.where(x > 0, x * x, 1 / (x - 3)) + x
    total = {out: 1.0}
    for edge in contributions(out):
        if edge.amount is not None:
            assert edge.amount == edge.upstream * edge.local
            total[edge.argument] = total.get(edge.argument, 0.0) + edge.amount
    assert {node: total.get(node, 0.0) for node in topological_order(out)} == adjoints(out)
