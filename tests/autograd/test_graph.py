"""The graph under load: depth, width, sharing, order, threads, and what is left behind."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
from textwrap import dedent, indent

import pytest
from hypothesis import given

import autograd as ag
from autograd import graph
from autograd.testing import Program, programs
from autograd.value import Value


def test_order_puts_arguments_first_and_each_node_once() -> None:
    x, y = Value(1.0), Value(2.0)
    a = x * y
    b = a + x
    out = a * b
    assert graph.topological_order(out) == [x, y, a, b, out]


@given(programs(inputs=2, operations=20))
def test_order_is_that_of_the_recursive_definition(program: Program) -> None:
    def visit(node: Value) -> None:
        for arg in node.args:
            if isinstance(arg, Value) and arg not in expected:
                visit(arg)
        expected.setdefault(node)

    expected: dict[Value, None] = {}
    out = program(Value(0.3), Value(-0.7))
    visit(out)
    assert graph.topological_order(out) == list(expected)


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
    inner.edges = (x, object(), x, 1.0)
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
