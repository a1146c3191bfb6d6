"""The JAX backend gives the numbers of the NumPy backend, on one device and on several."""

import builtins
import socket
import subprocess
import sys
from contextlib import nullcontext
from itertools import islice, product
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, compile, grad, log, log_softmax, logsumexp, relu
from autograd import max as maximum_of
from autograd import sum as sum_of
from autograd.compiler.backends.jax_program import OPTIONS, _Namespace, load
from autograd.ops import TABLE, div
from autograd.testing import chosen_program
from benchmarks.attack.rewrites import REWRITES
from benchmarks.correctness.differential import EXPLAINED, beside_compiled, verdict
from benchmarks.correctness.kinds import KINDS, random_task
from tests.autograd.compiler.closeness import assert_close
from tests.autograd.compiler.test_equality import EDGES, MARGIN, attention

jax = pytest.importorskip("jax")
jnp = jax.numpy

SMALLEST = sys.float_info.min
"""The smallest number that is not subnormal."""

ROOT = Path(__file__).parents[4]
SHARING = [sys.executable, "-m", "tests.autograd.compiler.sharing"]


def assert_same_gradient(function: Any, params: list[Value], batch: Any, **settings: Any) -> None:
    found, expected = [
        compile(function, params, backend, **settings).value_and_grad(batch) for backend in ("jax", "numpy")
    ]
    assert found[1].dtype == expected[1].dtype
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, 1e-12 if expected[1].dtype == np.float64 else 1e-5)


@pytest.mark.parametrize("seed", [0, 1])
def test_random_programs_agree(seed: int) -> None:
    random = Random(seed)
    drawn = [chosen_program(random.choice, operations=15) for _ in range(3)]
    batch = [[random.randint(-384, 384) / 64 for _ in range(8)] for _ in range(2)]

    def values_and_slopes(x, y):
        return [[program(x, y), *grad(program, (0, 1))(x, y)] for program in drawn]

    assert_close(compile(values_and_slopes, backend="jax")(*batch), compile(values_and_slopes)(*batch))


@pytest.mark.parametrize(("count", "by_index"), [(1, False), (2, False), (3, False), (3, True)])
def test_every_edge_of_every_primitive_agrees(count: int, by_index: bool) -> None:
    primitives = [p for p in TABLE.values() if (p.arity or 3) == count and p.by_index is by_index]
    edges = [SMALLEST if 0.0 < x < SMALLEST else x for x in EDGES]
    rows = list(islice(product(edges, repeat=count), 0, None, 1 if count < 3 else 13))
    if by_index:  # others are refused
        rows = [row for row in rows if row[0] in range(count - 1)]

    def values_and_slopes(*xs):
        return [[p(*xs), *grad(p, tuple(range(count)))(*xs)] for p in primitives]

    found, expected = [
        compile(values_and_slopes, backend=backend)(*zip(*rows, strict=True)) for backend in ("jax", "numpy")
    ]
    for n, primitive in enumerate(primitives):
        for row, one, other in zip(rows, found[:, n], expected[:, n], strict=True):
            np.testing.assert_allclose(one, other, 1e-12, 1e-300, err_msg=f"{primitive.name}{row}")


@pytest.mark.parametrize("count", [2, 3, 9])
def test_a_sum_of_a_row_keeps_the_sign_of_its_zeros(count: int) -> None:
    def inverse(row):
        return div(1.0, sum_of(row))

    rows = [list(row) for row in islice(product([-0.0, 0.0, -1.0, 1.0], repeat=count), 300)]
    found = compile(lambda row: [inverse(row)], backend="jax")(rows)
    np.testing.assert_array_equal(found, [[inverse(row)] for row in rows])


def test_a_processor_reads_a_subnormal_number_as_zero() -> None:
    with jax.default_device(jax.devices("cpu")[0]):  # graphics processors read it as it is
        found = compile(lambda x: [log(x), relu(x), x * 1e300], backend="jax")([SMALLEST / 2, SMALLEST])
    assert found[0].tolist() == [-inf, 0.0, 0.0]
    assert_close(found[1], [np.log(SMALLEST), SMALLEST, SMALLEST * 1e300])


@pytest.mark.parametrize(
    ("dtype", "reduction"), [("float64", "mean"), ("float64", "sum"), ("float32", "mean")]
)
def test_a_network_with_a_penalty_agrees(dtype: str, reduction: str) -> None:
    model = nn.MLP(2, [5, 4, 1], seed=1)
    params = model.parameters()

    def loss(x):
        return relu(1 - model(x)) + 0.01 * builtins.sum(p * p for p in params)

    assert_same_gradient(loss, params, MARGIN, dtype=dtype, reduction=reduction)


def test_causal_attention_agrees() -> None:
    generator = np.random.default_rng(0)
    weights = [[Value(x) for x in row] for row in generator.normal(size=(9, 3))]

    def loss(tokens):
        return builtins.sum(-log_softmax(out)[0] for out in attention(tokens, weights))

    assert_same_gradient(loss, [w for row in weights for w in row], generator.normal(size=(4, 5, 3)))


def test_infinities_and_branches_that_are_not_taken_agree() -> None:
    w = Value(1.0)
    assert_same_gradient(lambda x: relu((w * x).log()), [w], [0.0, 2.0])
    assert_same_gradient(lambda x: (w * x).log(), [w], [0.0, 2.0])


def test_results_keep_their_shape() -> None:
    def step(function: Any) -> Any:
        return compile(function, backend="jax")

    assert step(lambda x: [[x], [5.0]])([1.0, 3.0]).tolist() == [[[1.0], [5.0]], [[3.0], [5.0]]]
    assert step(lambda x: 4.0)([1.0, 3.0]) == 4.0
    assert step(lambda x: [])([1.0, 3.0]).shape == (2, 0)
    found = step(lambda x: [x])([1.0])
    found += 1.0  # the caller's own
    assert found == 2.0


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="XLA puts no barriers aside on an accelerator")
def test_what_several_read_is_computed_once() -> None:
    # XLA put all that comes before into the loop of each reader: operations as the square of steps.
    counts = []
    for steps in (5, 10):
        model = nn.LSTM(2, 2, seed=0)
        step = compile(lambda xs, model=model: model(xs)[0][-1][0], model.parameters(), "jax")
        batch = np.ones((3, steps, 2))
        step.value_and_grad(batch)
        replay = step._backend._made[step._last().program()].function
        with jax.enable_x64(True):
            text = replay.lower(batch, step.current()).compile().as_text()
        counts.append(text.count(" multiply("))
    assert counts[1] < 2.2 * counts[0], counts


def test_what_xla_does_not_know_or_cannot_do_is_done_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPTIONS, "cpu", {"xla_no_such_option": True})
    w = Value(3.0)
    step = compile(lambda x: x * w, [w], "jax")
    for _ in range(2):
        value, gradient = step.value_and_grad([1.0, 2.0])
        assert (value, gradient.tolist()) == (4.5, [1.5])


def test_names_of_arguments_and_parameters_are_free() -> None:
    barrier = "optimization_barrier"  # a function that XLA knows
    params = {"lambda": Value(2.0), "x²": Value(0.5), barrier: Value(3.0)}

    def function(exp, parameters, float):
        return (
            TABLE["exp"](exp) * params["lambda"] + parameters * params["x²"] + float * params[barrier] + inf
        )

    step = compile(function, params, backend="jax")
    expected = compile(function, params).value_and_grad([1.0], [2.0], [3.0])
    for one, other in zip(step.value_and_grad([1.0], [2.0], [3.0]), expected, strict=True):
        assert_close(one, other)


def test_jax_in_single_precision_goes_on_beside_a_compiled_function() -> None:
    double, single = [compile(lambda x: x / 3, backend="jax", dtype=d) for d in ("float64", "float32")]
    for on in (False, True):
        with jax.enable_x64(on):
            own = jnp.ones(2)
            assert double(own) == 1 / 3
            assert single(own) == np.float32(1 / 3)
            assert jax.config.jax_enable_x64 is on
            assert own.dtype == jnp.ones(2).dtype == (np.float64 if on else np.float32)


def test_another_precision_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    single = jax.enable_x64(False)  # whatever other tests of this process have asked of JAX
    monkeypatch.setattr(jax, "enable_x64", lambda on: nullcontext())
    with single, pytest.raises(TypeError, match="JAX computed in float32, expected float64"):
        compile(lambda x: x, backend="jax")([1.0])


def test_where_jax_is_missing_the_remedy_is_named() -> None:
    program = (
        "import sys; sys.modules['jax'] = None; from autograd import compile;"
        "print(compile(lambda x: x)([2.0])); compile(lambda x: x, backend='jax')([2.0])"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout == "2.0\n"
    assert run.stderr.endswith(
        "ImportError: backend='jax' needs the extra jax: pip install 'glassgrad[jax]'\n"
    )


def test_eight_devices_share_a_batch() -> None:
    run = subprocess.run([*SHARING, "devices"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_two_processes_share_a_step() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    both = [
        subprocess.Popen(
            [*SHARING, "processes", port, rank], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for rank in ("0", "1")
    ]
    try:
        errors = [process.communicate(timeout=120)[1].decode() for process in both]
    finally:
        for process in both:
            process.kill()
    assert [process.returncode for process in both] == [0, 0], errors


def test_programs_of_the_kinds_that_are_rare_agree() -> None:
    for number in range(2 * len(KINDS)):
        task = random_task(29, number)
        differing = [answer for answer in beside_compiled(task, "jax") if not answer.agrees]
        judged = {answer.label: verdict(task, answer, "jax") for answer in differing}
        assert set(judged.values()) <= {EXPLAINED}, f"program {number}: {differing}, {judged}"


def results(step: Any, batch: Any) -> Any:
    """Return the rows of a compiled function, nan included, which a call refuses if an argument is nan."""
    step([0.5])
    return step._last().run([np.array(batch)], step.current())[0]


def test_no_rewrite_makes_a_number_of_what_is_none() -> None:
    by_xla = ("told", "1e-200")  # it drops + 0, and multiplies numbers first, which may underflow
    functions = [f for name, f in REWRITES.items() if not any(word in name for word in by_xla)]
    p, edges = Value(0.5), (0.0, 1.0, -1.0, -2.0, inf, -inf)
    step = compile(lambda x: [function(x, p) for function in functions], [p], backend="jax")
    for p.data in edges:
        for x, found in zip(edges, results(step, edges), strict=True):
            assert_close(found, [(Value(0.0) + function(x, p)).data for function in functions])


@pytest.mark.parametrize(("seed", "number"), [(31, 166), (31, 184), (31, 423), (31, 524), (32, 207)])
def test_constants_and_scalars_that_are_all_broadcast_keep_their_shape(seed: int, number: int) -> None:
    assert all(answer.agrees for answer in beside_compiled(random_task(seed, number), "jax"))


def test_a_row_is_joined_by_one_call_however_long_it_is() -> None:
    calls = []
    for count in (4, 40):
        row = np.linspace(-2.0, 3.0, count)[None]
        step = compile(lambda x: logsumexp(x) + maximum_of(x), backend="jax")
        assert_close([step(row)], [np.log(np.exp(row).sum()) + 3.0])
        program = load(step._last().source(), _Namespace(), np.dtype(float))
        calls.append(str(jax.make_jaxpr(program)(row, np.zeros(0))).count(" = "))
    assert calls[0] == calls[1]


def test_every_product_asks_for_all_bits_of_single_precision() -> None:
    # On a processor all are computed so; on a GPU the default is TF32.
    model = nn.TransformerEncoderLayer(4, 2, 4, seed=0)
    step = compile(lambda xs: model(xs)[0][0], model.parameters(), "jax", dtype="float32")
    batch = np.ones((2, 3, 4), np.float32)
    step.value_and_grad(batch)
    lowered = step._backend._made[step._last().program()].function.lower(batch, step.current()).as_text()
    products = [line for line in lowered.splitlines() if "dot_general" in line]
    assert len(products) > 10
    assert all("precision = [HIGHEST, HIGHEST]" in line for line in products), products
