"""Programs as C give the numbers of the eager engine, whatever their shape and the size of the batch."""

import os
import re
from math import inf, nan

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Value, compile
from autograd.compiler.backends.native import threads
from autograd.compiler.backends.training import Kind, StepRule
from autograd.primitive import Primitive
from autograd.testing import RandomProgram, points, programs
from benchmarks.correctness.differential import EXPLAINED, beside_compiled, verdict
from benchmarks.correctness.kinds import KINDS, random_task
from benchmarks.references import gpt_scalar
from benchmarks.references.gpt_model import GPT
from tests.autograd.compiler.closeness import assert_close, eager_mean


@settings(max_examples=5, phases=[Phase.generate])  # each takes a compiler
@given(programs(operations=12), st.lists(points(2), min_size=1, max_size=4), points(2))
def test_random_programs_agree(
    program: RandomProgram, batch: list[tuple[float, ...]], numbers: tuple[float, ...]
) -> None:
    params = [Value(x) for x in numbers]

    def function(x):
        return program(x[0] * params[0], x[1] + params[1])

    value, gradient = compile(function, params, backend="native").value_and_grad(batch)
    expected, expected_gradient = eager_mean(function, batch, params)
    assert_close(value, expected, 1e-11)
    assert_close(gradient, expected_gradient, 1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_random_program_agrees(kind: str) -> None:
    for number in (list(KINDS).index(kind), list(KINDS).index(kind) + len(KINDS)):
        task = random_task(7, number)
        differing = [c for c in beside_compiled(task, "native") if not c.agrees]
        assert all(verdict(task, c, "native") == EXPLAINED for c in differing), differing


@pytest.fixture(scope="module")
def gpt():
    """A GPT of two heads over six positions: causal attention, so rows of every length."""
    model = GPT(5, width=8, heads=2, context=6)
    step = compile(gpt_scalar.loss(model), model.parameters(), backend="native")
    plain = compile(gpt_scalar.loss(model), model.parameters())
    return step, plain


def symbols(batch: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(batch)
    return np.eye(5)[rng.integers(0, 5, (batch, 6))], np.eye(5)[rng.integers(0, 5, (batch, 6))]


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 64, 65, 130])
def test_every_size_of_batch_agrees_with_numpy(gpt, batch: int) -> None:
    step, plain = gpt
    value, gradient = step.value_and_grad(*symbols(batch))
    expected, expected_gradient = plain.value_and_grad(*symbols(batch))
    assert abs(value - expected) <= 1e-13 * batch**0.5
    np.testing.assert_allclose(gradient, expected_gradient, rtol=0, atol=1e-12)


def test_any_number_of_threads_gives_the_same_bits(gpt) -> None:
    """However late one begins: each call is followed by others, which a late one may meet."""
    step, _ = gpt
    x, y = symbols(300)
    step.value_and_grad(x, y)
    program = step._backend._made[step._last().program(ragged=True)]
    expected = {size: program.run([x[:size], y[:size]], step.vector)[0].tobytes() for size in (300, 290, 1)}
    for n in range(30):
        for size, bits in expected.items():
            program.threads = (1, 2, 3, 16)[n % 4]
            assert program.run([x[:size], y[:size]], step.vector)[0].tobytes() == bits
    program.threads = 0


def test_threads_help_with_a_training_too() -> None:
    w = [Value(float(n)) for n in range(3)]
    step = compile(lambda x, y: (ag.dot(w, x) - y) ** 2, w, "native")
    x, y = np.random.default_rng(0).normal(size=(900, 3)), np.ones(900)
    rule, found = StepRule(Kind.MOMENTUM, 0.01, betas=(0.9, 0.0)), []
    step.value_and_grad(x, y)
    for count in (1, 2, 5):
        step._backend._made[step._last().program(ragged=True)].threads = count
        state = [np.zeros(3)]
        done = step.descend(rule, x, y, batch_size=200, taken=0, moved=3, state=state)
        found.append(done.losses.tobytes() + done.vector.tobytes())
    assert len(set(found)) == 1
    assert len(done.losses) == 5


@pytest.mark.filterwarnings("ignore:.*fork")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process of its own is made by fork")
def test_a_child_process_has_helpers_of_its_own(gpt) -> None:
    step, _ = gpt
    x, y = symbols(200)
    step.value_and_grad(x, y)
    program = step._backend._made[step._last().program(ragged=True)]
    program.threads = 3
    expected = program.run([x, y], step.vector)[0].tolist()
    child = os.fork()
    if not child:
        os._exit(int(program.run([x, y], step.vector)[0].tolist() != expected or len(threads._waiting) != 2))
    program.threads = 0
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_library_tells_whether_all_results_are_finite(dtype: str) -> None:
    """In whichever lane, and whatever their sum; a row a lane is followed by the rest."""
    step = compile(lambda x: [t + 0.0 for t in x], backend="native", dtype=dtype)
    x = np.full((3, 11), np.finfo(dtype).max, dtype)
    step(x)
    program = step._backend._made[step._last().program(ragged=True)]
    for size in (1, 3):
        assert program.run([x[:size]], step.vector)[1]
        for place in np.ndindex(size, 11):
            for number in (inf, -inf, nan):
                other = x[:size].copy()
                other[place] = number
                results, finite = program.run([other], step.vector)
                assert not finite
                np.testing.assert_array_equal(results, other)


def test_results_are_the_callers_and_arguments_may_lie_anyhow(gpt) -> None:
    step, _ = gpt
    x, y = symbols(5)
    first, kept = step.grad(x, y), step.grad(x, y).copy()
    step.grad(*symbols(4))
    other = step.grad(x[::-1], y)
    other[:] = 0.0
    assert first.tobytes() == kept.tobytes() == step.grad(x, y).tobytes()
    fixed = x.copy()
    fixed.flags.writeable = False
    for array in (fixed, np.asfortranarray(x), np.repeat(x, 2, 0)[::2]):
        assert step.grad(array, y).tobytes() == kept.tobytes()


def test_single_precision_is_as_good_as_that_of_numpy() -> None:
    model = GPT(5, width=8, heads=2, context=6)
    x, y = symbols(11)
    exact = compile(gpt_scalar.loss(model), model.parameters()).value_and_grad(x, y)[1]
    found = compile(gpt_scalar.loss(model), model.parameters(), "native", "float32").value_and_grad(x, y)[1]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, exact, rtol=0, atol=3e-7)


def test_causal_rows_are_loops_of_known_length_and_no_masks(gpt) -> None:
    step, _ = gpt
    step.value_and_grad(*symbols(3))
    text = step.c_source
    assert re.search(r"int j = i, last = \d+;|int j = 0, last = i \+ 1;", text)
    assert "inf()" not in text[text.index("NEST") :].replace("all(-(T)__builtin_inf())", "")


def test_a_penalty_on_the_parameters_counts_once_and_not_for_each_example() -> None:
    model = nn.MLP(3, [4, 2], seed=1)
    parameters = model.parameters()

    def loss(x):
        return ag.sum([y * y for y in model(x)]) + 0.1 * ag.sum([p * p for p in parameters])

    x = np.random.default_rng(0).normal(size=(11, 3))
    for reduction in ("mean", "sum"):
        steps = [compile(loss, parameters, backend, reduction=reduction) for backend in ("native", "numpy")]
        (value, gradient), (expected, expected_gradient) = [step.value_and_grad(x) for step in steps]
        assert_close(value, expected)
        assert_close(gradient, expected_gradient)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("batch", [1, 3, 70])
def test_what_no_example_reads_has_its_gradient_beside_what_examples_do(batch: int, reduction: str) -> None:
    w, u, v = parameters = [Value(0.5), Value(0.25), Value(0.3)]

    def loss(x):
        return (w * x - 1.0) ** 2 + 0.1 * u * u + ag.sin(v)

    x = np.linspace(-1.0, 2.0, batch)
    steps = [compile(loss, parameters, backend, reduction=reduction) for backend in ("native", "numpy")]
    (_, gradient), (_, expected) = [step.value_and_grad(x) for step in steps]
    assert_close(gradient, expected)


@pytest.mark.parametrize("batch", [1, 33, 70, 300])
def test_inputs_that_are_the_same_in_every_example_are_so_in_every_chunk(batch: int) -> None:
    model, rng, scale = nn.MLP(3, [4, 1], activation="tanh", seed=0), np.random.default_rng(0), Value(0.7)

    def loss(x, t):
        return model([x, ag.sin(t), ag.exp(scale)]) ** 2

    parameters, x = [*model.parameters(), scale], rng.normal(size=batch)
    steps = [compile(loss, parameters, backend, shared=["t"]) for backend in ("native", "numpy")]
    (_, gradient), (_, expected) = [step.value_and_grad(x, 0.7) for step in steps]
    assert_close(gradient, expected)


def test_rows_of_results_have_one_for_every_example() -> None:
    w = Value(2.0)
    step = compile(lambda x: [[x * w, ag.max(x, w)], [w * 3.0, 1.5]], [w], backend="native")
    found = step(np.arange(7.0))
    assert found.shape == (7, 2, 2)
    assert found[5].tolist() == [[10.0, 5.0], [6.0, 1.5]]


def test_results_that_no_example_changes_are_one_row() -> None:
    w = Value(2.0)
    step = compile(lambda x: w * w, [w], backend="native")
    for size in (1, 3, 9):
        value, gradient = step.value_and_grad(np.ones((size, 2)))
        assert (value, gradient.tolist()) == (4.0, [4.0])
    assert compile(lambda x: w * w, [w], backend="native", reduction="sum")(np.ones(3)) == 12.0


def test_an_argument_without_numbers_and_parameters_that_nobody_reads_are_no_trouble() -> None:
    w, unused = Value(2.0), Value(7.0)
    step = compile(lambda x, y: w * y, [w, unused], backend="native")
    value, gradient = step.value_and_grad(np.ones((3, 0)), [1.0, 2.0, 3.0])
    assert (value, gradient.tolist()) == (4.0, [2.0, 0.0])


@pytest.mark.parametrize("x", [0.0, -1.0, inf, nan])
def test_what_is_not_finite_is_decided_by_the_exact_program(x: float) -> None:
    w = Value(1.0)

    def loss(x):
        return ag.where(x > 0, ag.log(x) * w, w * 0.5)

    numbers = [1.0, x, 2.0]
    native, plain = [compile(loss, [w], backend) for backend in ("native", "numpy")]
    if x != x:
        assert_close(native(numbers), plain(numbers))
        return
    (value, gradient), (expected, expected_gradient) = [s.value_and_grad(numbers) for s in (native, plain)]
    assert_close([value, *gradient], [expected, *expected_gradient])


def test_spare_lanes_of_the_last_block_cannot_make_a_nan() -> None:
    """They repeat the last example: a zero there would divide by itself."""
    w = Value(3.0)
    step = compile(lambda x: w / x, [w], backend="native")
    found = [step.value_and_grad(np.full(size, 2.0)) for size in range(1, 10)]
    for value, gradient in found:
        assert_close([value, *gradient], [1.5, 0.5], 1e-15)


def test_no_name_of_a_user_reaches_the_text() -> None:
    w = Value(1.0, label='"; system("true"); //')

    def loss(float64_t, volatile_):
        return ag.exp(float64_t * w) + volatile_[0]

    step = compile(loss, {w.label: w}, backend="native")
    assert step([1.0], [[2.0]]) == pytest.approx(2.0 + np.e)
    for name in ("float64_t", "volatile_", "system"):
        assert name not in step.c_source


@pytest.mark.parametrize("name", ["a", "b", "e", "s", "t", "at"])
def test_an_operation_may_be_called_as_what_c_has_in_registers_and_tables(name: str) -> None:
    weights = [Value(0.1 * n - 1.0) for n in range(24)]

    def found(name: str) -> list[np.ndarray]:
        op = Primitive(name, lambda xp, x: xp.tanh(x), (lambda out, x: 1.0 - out * out,))

        def rows(x):
            h = [op(v) for v in x]
            products = [ag.dot(weights[4 * n : 4 * n + 4], h) for n in range(6)]
            shared = op(weights[0] * weights[1])
            return [*products, x[0] * shared + x[0] * x[0], x[0] * op(x[0] * x[1]) + op(x[0])]

        def loss(x):
            h, *_ = x
            for weight in weights[:12]:
                h = op(h * weight) + x[1]
            return ag.logsumexp([op(y) for y in rows(x)]) + h

        x = np.random.default_rng(0).normal(size=(70, 4))
        return [compile(rows, weights, "native")(x), *compile(loss, weights, "native").value_and_grad(x)]

    for one, other in zip(found(name), found("plain"), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_text_is_one_and_tells_what_each_function_makes() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    step = compile(lambda x: model(x), model.parameters(), backend="native")
    step.value_and_grad(np.ones((2, 2)))
    text = step.c_source
    assert "#include" not in text
    assert re.search(r"/\* z1\[3\] = the sum of 2 of parameters \* x0; parameters", text)
    made = re.findall(r"^NEST (\w+)\(.*\n", text, re.MULTILINE)
    assert len(re.findall(r"\*/\nNEST ", text)) == len(made) == len(set(made)) > 5


def test_equal_tensors_of_a_wide_layer_are_put_off_to_the_end_of_a_chunk() -> None:
    model = nn.MLP(9, [8, 3], seed=3)

    def loss(x):
        return ag.sum([ag.tanh(y) for y in model(x)])

    x = np.random.default_rng(2).normal(size=(150, 9))
    native, plain = [compile(loss, model.parameters(), backend) for backend in ("native", "numpy")]
    assert "for (int b = 0; b < blocks; b++)" in (native.value_and_grad(x) and native.c_source)
    assert_close(native.value_and_grad(x)[1], plain.value_and_grad(x)[1], 1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_rows_with_gaps_and_of_any_length_agree(seed: int) -> None:
    """Sums, maxima and products over whichever scalars: what lies regularly nowhere."""
    rng = np.random.default_rng(seed)
    weights = [[Value(float(w)) for w in row] for row in rng.normal(size=(5, 6))]
    rows = [sorted(rng.choice(6, rng.integers(1, 7), replace=False).tolist()) for _ in range(5)]
    pairs = [(i, k) for i in range(5) for k in range(5) if rng.random() < 0.6]
    parameters = [w for row in weights for w in row]

    def loss(x):
        hidden = [ag.dot([weights[i][j] for j in row], [x[j] for j in row]) for i, row in enumerate(rows)]
        bent = [ag.tanh(h) for h in hidden]
        met = [
            ag.dot([bent[i] * x[j] for j in range(4)], [bent[k] * x[j] for j in range(4)]) for i, k in pairs
        ]
        tops = [ag.max(*[bent[i] * x[j] for j in row]) for i, row in enumerate(rows)]
        return ag.logsumexp([*met, *tops]) + ag.sum([ag.norm([*hidden[i:]]) for i in range(5)])

    x = rng.normal(size=(6, 6))
    native, plain = [compile(loss, parameters, backend) for backend in ("native", "numpy")]
    (value, gradient), (expected, expected_gradient) = [s.value_and_grad(x) for s in (native, plain)]
    assert_close(value, expected, 1e-13)
    assert_close(gradient, expected_gradient, 1e-12)


@pytest.mark.parametrize("count", [2, 3, 9])
def test_sums_of_two_products_that_are_no_matrix_product_together_agree(count: int) -> None:
    """In C the names of the one were declared again for the other, where neither has a loop."""
    p = [Value(0.5 + k) for k in range(4)]

    def loss(xs):
        a, (b, c, d) = p[0], [w - ag.detach(w) + n for w, n in zip(p[1:], (1.0, 1.0, 0.0), strict=True)]
        rows = [[ag.dot([x * a, x * b], [y * c, y * d]) for y in xs[: n + 1]] for n, x in enumerate(xs)]
        return ag.sum([ag.sin(score) for row in rows for score in row])

    x = np.random.default_rng(count).normal(size=(3, count))
    value, gradient = compile(loss, p, backend="native").value_and_grad(x)
    expected, expected_gradient = eager_mean(loss, x, p)
    assert_close(value, expected, 1e-12)
    assert_close(gradient, expected_gradient, 1e-12)
