"""What a recording may not freeze: decisions on numbers, `no_grad`, keyword arguments, where nan began."""

import builtins
import copy
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import AnomalyError, TraceError, Value, compile, detect_anomaly, no_grad, where
from autograd.compiler.recordings import RECORDINGS_KEPT
from tests.autograd.compiler.closeness import assert_close, eager_mean

W, V = Value(2.0, label="w"), Value(3.0, label="v")
TWICE = W * 2

OF_ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    "==": lambda t: t if t == 1 else -t,
    "== an array": lambda t: t if t == np.array(1.0) else -t,
    "== arrays": lambda t: t if t == np.array([1.0]) else -t,
    "== another": lambda t: t if t == t * 1.5 else -t,
    "!=": lambda t: t if t != 1 else -t,
    "in a tuple": lambda t: t if t in (1, 2) else -t,
    "in a set": lambda t: t if t in {1, 2} else -t,
    "in a range": lambda t: t if t in range(3) else -t,
    "a look-up": lambda t: t * {1.0: 2.0}.get(t, 5.0),
    "an f-string": lambda t: t * float(f"{t:.1f}"),
    "a bare f-string": lambda t: t * len(f"{t}"),
    "str": lambda t: t * len(str(t)),
    "%": lambda t: t * float("%.1f" % t),  # noqa: UP031
    "max": lambda t: builtins.max(t, 0.5),
    "sorted": lambda t: builtins.sorted([t, 0.5])[0],
    "int": lambda t: t * int(t),
    "math": lambda t: t * math.exp(t),
    "isclose": lambda t: t if math.isclose(t, 1.0) else -t,
    "a Value of it": lambda t: t * Value(t),
    "of a product": lambda t: t if (t * W) == 2 else -t,
}
OF_PARAMETERS: dict[str, Callable[[Any], Any]] = {
    ">": lambda t: t if W > 0 else -t,
    "> another": lambda t: t if W > V else -t,
    "==": lambda t: t if W == 2.0 else -t,
    ".data": lambda t: t * W.data,
    ".data of a product": lambda t: t * (W * 2).data,
    ".data of what was made before": lambda t: t * TWICE.data,
    ".partials of what was made before": lambda t: t * TWICE.partials[0],
    "a Value == an array": lambda t: t if np.array(2.0) == W else -t,
    "> of what was made before": lambda t: t if TWICE > 3 else -t,
    ".grad": lambda t: t * W.grad,
    "float": lambda t: t * float(W),
    "math": lambda t: t * math.exp(W),
    "an f-string": lambda t: t * float(f"{W:.2f}"),
    "repr": lambda t: t * len(repr(W)),
    "str": lambda t: t * len(str(W)),
    "max": lambda t: t * builtins.max([W, V]),
    "min of products": lambda t: t * builtins.min([W * W, V * V]),
    "sorted": lambda t: t * builtins.sorted([W, V])[0],
    "a copy": lambda t: t * copy.copy(W),
    "without gradient": lambda t: t * without_gradient(lambda: (W * 2).data),
}


def without_gradient(function: Callable[[], Any]) -> Any:
    with no_grad():
        return function()


QUESTION = r"test_frozen\.py:\d+ .* only at replay: .*use where\(.*keyword argument"


@pytest.mark.parametrize("function", OF_ARGUMENTS.values(), ids=OF_ARGUMENTS)
def test_a_question_for_the_number_of_an_argument_is_refused(function: Callable[[Any], Any]) -> None:
    with pytest.raises(TraceError, match=QUESTION):
        compile(function, [W, V])([1.0])


@pytest.mark.parametrize("function", OF_PARAMETERS.values(), ids=OF_PARAMETERS)
def test_a_question_for_the_number_of_a_parameter_is_refused(function: Callable[[Any], Any]) -> None:
    with pytest.raises(TraceError, match=QUESTION):
        compile(function, [W, V])([1.0])
    assert (W.data, f"{W:.1f}", W > 1, float(f"{W}"[11:14])) == (2.0, "2.0", True, 2.0)


def test_identity_may_be_asked_for() -> None:
    def function(t: Any) -> Any:
        assert W is W
        assert W != V
        assert W == W
        assert W in [V, W]
        assert [V, W].index(W) == 1
        assert len({W, V, W}) == 2
        assert {W: 1.0, V: 2.0}[V] == 2.0
        assert t not in (None, "one")
        return t * W

    assert compile(function, [W, V])([1.0]) == 2.0


def test_a_choice_by_where_follows_the_parameters() -> None:
    w = Value(2.0)
    step = compile(lambda t: where(w > 1, t * w, -t) + where(w * w <= w, 10.0, 0.0), [w])
    found = []
    for w.data in (2.0, 0.5, 1.0):
        found.append(step.value_and_grad([3.0]))
    assert [value for value, _ in found] == [6.0, 7.0, 7.0]
    assert [slope.tolist() for _, slope in found] == [[3.0], [0.0], [0.0]]


def test_constants_made_inside_may_be_asked_for_their_number() -> None:
    def function(t: Any) -> Any:
        constant = Value(1.5)
        return t * constant.data if constant > 1 else -t

    assert compile(function, [W])([2.0]) == 3.0


def test_a_leaf_whose_result_nobody_uses_need_not_be_a_parameter() -> None:
    other = Value(5.0)
    assert compile(lambda t: (other * t, t * W)[1], [W])([1.0]) == 2.0
    with pytest.raises(ValueError, match="not among the 1 parameters given"):
        compile(lambda t: [t * W, other], [W])([1.0])


def test_another_thread_reads_numbers_while_a_function_is_recorded() -> None:
    read: list[float] = []

    def function(t: Any) -> Any:
        thread = threading.Thread(target=lambda: read.append((W * 2).data + W.data))
        thread.start()
        thread.join()
        return t * W

    assert compile(function, [W])([1.0]) == 2.0
    assert read == [6.0]


def test_a_penalty_that_decides_on_a_parameter_is_refused() -> None:
    model = nn.MLP(1, [1], seed=0)
    data = nn.Dataset([[0.0], [1.0]], [0.0, 1.0], ["x"], "y")
    first = model.parameters()[0]

    def train(penalty: Callable[[], Any]) -> None:
        nn.fit(
            model,
            data,
            loss=nn.mse,
            optimizer=nn.SGD(model.parameters(), lr=0.1),
            epochs=1,
            penalty=penalty,
            compiled=True,
        )

    for penalty in (
        lambda: first * first if first > 0 else 0.0 * first,
        lambda: builtins.max(model.parameters()) * 0.1,
        lambda: first * first.data,
    ):
        with pytest.raises(TraceError, match=r"test_frozen\.py:\d+"):
            train(penalty)


@pytest.mark.parametrize("how", ["__call__", "record", "value_and_grad", "grad", "argument_grads", "hessian"])
def test_a_compiled_function_is_not_called_while_another_or_itself_is_recorded(how: str) -> None:
    call = getattr(compile(lambda t: t * W, [W]), how)
    itself = compile(lambda t: getattr(itself, how)([t]), [W])
    of_others = [compile(f, [W]) for f in (lambda t: t * call([1.0]), lambda t: call([t]), call)]
    for outer in (itself, *of_others):
        with pytest.raises(TraceError, match="is called while a function is recorded"):
            outer([1.0, 2.0])


def test_what_is_made_without_gradient_is_a_constant() -> None:
    w = Value(2.0)

    def function(t: Any) -> Any:
        with no_grad():
            still, of_parameters = w * t * w, w * w
            inside = ag.grad(lambda x: x * x * w)(w)
        return still * w + of_parameters * t * w + inside * 0

    step = compile(function, [w])
    for w.data in (2.0, 3.0):  # nothing is frozen either
        expected, slope = eager_mean(function, [1.0, 0.5], [w])
        value, found = step.value_and_grad([1.0, 0.5])
        assert_close(value, expected)
        assert_close(found, slope)
    with no_grad():
        assert_close(compile(lambda t: w * w * t, [w]).grad([1.0]), [6.0])


@pytest.mark.parametrize("of", [lambda: W, lambda: W * 2.0])
def test_a_number_that_would_be_set_once_and_never_again_is_refused(of: Callable[[], Value]) -> None:
    before, inside = W.data, Value(1.0)

    def function(t: Any) -> Any:
        inside.data = 3.0  # which no replay needs
        of().data = 7.0
        return t * W

    for _ in range(2):
        with pytest.raises(TraceError, match=r"test_frozen\.py:\d+ sets .data of .*: set it outside"):
            compile(function, [W])([1.0])
    assert W.data == before


def test_what_is_asked_is_named_as_it_was_asked() -> None:
    for function, asked in (
        (lambda t: t * Value(t), "makes a plain number of"),
        (lambda t: (t * W).backward(create_graph=True), r"calls backward\(\) on .*: return the loss"),
        (lambda t: t.backward(), r"calls backward\(\) on"),
    ):
        with pytest.raises(TraceError, match=rf"test_frozen\.py:\d+ {asked}"):
            compile(function, [W])([1.0])


def test_keywords_are_told_apart_by_value_type_and_sign() -> None:
    def function(t: Any, *, n: Any) -> Any:
        return [t * 0 + float(repr(n).count(".") + 2 * repr(n).count("T") + 4 * repr(n).count("-"))]

    step = compile(function)
    for same in (
        (2, 2.0),
        (0.0, -0.0),
        (1, True, 1.0, np.float64(1)),
        ((1, (2.0,)), (1.0, (2,)), (True, (2,))),
    ):
        found = [step([1.0], n=n)[0, 0] for n in same]
        assert found == [function(1.0, n=n)[0] for n in same]
    assert step([1.0], n=frozenset({0.0}))[0, 0] == 1.0
    assert step([1.0], n=frozenset({-0.0}))[0, 0] == 5.0
    count = len(step._recordings.kept)
    step([1.0], n=(1, (2.0,)))
    assert len(step._recordings.kept) == count


class Percent(float):
    def __repr__(self) -> str:
        return f"{float(self):.1f}%"


@dataclass(frozen=True)
class Rate:
    rate: float
    note: Any = field(default=None, compare=False)


def test_keywords_are_told_apart_by_what_they_are_and_not_by_how_they_look() -> None:
    step = compile(lambda t, *, n: [t * 0 + float(n)])
    for same in ((Percent(1.01), Percent(1.04)), (np.float32(0.1), 0.1), (np.float64(0.5), np.float32(0.5))):
        assert [step([1.0], n=n)[0, 0] for n in same] == [float(n) for n in same]
    signs = compile(
        lambda t, *, n: [t * 0 + math.copysign(1.0, getattr(n, "rate", n[0] if n == (0,) else 0))]
    )
    for zero in (0.0, -0.0):
        for n in (Rate(zero), Rate(zero, []), (zero,)):
            assert signs([1.0], n=n)[0, 0] == math.copysign(1.0, zero)
    assert len(signs._recordings.kept) == 4
    parts = compile(lambda t, *, n: [t * 0 + math.copysign(1.0, n.imag)])
    assert [parts([1.0], n=complex(1.0, x))[0, 0] for x in (0.0, -0.0)] == [1.0, -1.0]


def test_a_keyword_that_can_be_changed_in_place_is_refused() -> None:
    class Tensor:
        """Hashed by identity, as those of PyTorch are."""

        def __array__(self, *_: Any, **__: Any) -> Any:
            return np.array(2.0)

        def __repr__(self) -> str:
            return "Tensor(2.0)"

    step = compile(lambda t, *, n: t * 2.0)
    for n in (Tensor(), (1, Tensor()), Rate(Tensor()), np.array(2.0), [2.0], Rate([2.0])):
        with pytest.raises(TypeError, match=r"must be hashable, and no array, got n=.* with shared=\['n'\]"):
            step([1.0], n=n)


def test_only_the_latest_recordings_are_kept() -> None:
    calls: list[int] = []

    def function(t: Any, *, n: int) -> Any:
        calls.append(n)
        return t * n

    step = compile(function)
    for n in range(RECORDINGS_KEPT + 10):
        assert step([2.0], n=n) == 2.0 * n
        assert step([2.0], n=0) == 0.0  # used again and again, it stays
    assert len(step._recordings.kept) == RECORDINGS_KEPT
    assert calls == list(range(RECORDINGS_KEPT + 10))
    assert step([2.0], n=1) == 2.0
    assert calls[-1] == 1


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_names_that_python_reads_as_one_are_told_apart(backend: str) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    params = {"\u00b5": Value(2.0), "\u03bc": Value(3.0), "\ufb01": Value(5.0), "fi": Value(7.0)}

    def function(t: Any) -> Any:
        return t * params["\u00b5"] - ag.exp(params["\u03bc"]) * 0.1 + params["fi"] / params["\ufb01"]

    step = compile(function, params, backend=backend)
    expected, slopes = eager_mean(function, [1.0, 2.0], list(params.values()))
    value, gradient = step.value_and_grad([1.0, 2.0])
    assert_close(value, expected)
    assert_close(gradient, slopes)


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_an_argument_may_have_an_empty_axis(backend: str) -> None:
    if backend == "jax":
        pytest.importorskip("jax")
    w = Value(2.0)
    seen: list[Any] = []

    def function(x: Any, y: Any) -> Any:
        seen.append((x, y))
        return w * w + ag.sum(x) * w + ag.sum([ag.sum(row) for row in y])

    for shapes, lists in (
        (((4, 0), (4, 3, 0)), ([], [[], [], []])),
        (((4, 0), (4, 0, 3)), ([], [])),
    ):
        step = compile(function, [w], backend=backend)
        value, gradient = step.value_and_grad(*map(np.zeros, shapes))
        assert (value, gradient.tolist()) == (4.0, [4.0])
        assert seen[-1] == lists
    value, gradient = compile(function, [w], backend=backend).value_and_grad(
        np.zeros((2, 0)), np.ones((2, 1, 2))
    )
    assert (value, gradient.tolist()) == (6.0, [4.0])
    assert compile(lambda x: [w, 1.0], [w], backend=backend)(np.zeros((2, 0))).tolist() == [[2.0, 1.0]] * 2


@pytest.mark.parametrize("leads", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_anomaly_leaves_the_numbers_of_the_parameters(dtype: str, leads: bool) -> None:
    w = Value(0.1)
    step = compile(lambda x: (w * x).log(), [w], dtype=dtype)
    if leads:
        step.vector[0] = 5.0
    with detect_anomaly(), pytest.raises(AnomalyError, match="in example 0, log"):
        step([0.0])
    assert (w.data, step.vector_leads) == (0.1, leads)
    if not leads:
        step.write_back()
        assert w.data == 0.1


def test_an_anomaly_of_a_gradient_is_found_inside_no_grad() -> None:
    w = Value(0.0)
    step = compile(lambda x: (w * x).sqrt(), [w])
    with no_grad(), detect_anomaly():
        assert step([1.0]) == 0.0
        with pytest.raises(AnomalyError, match=r"in example 0, the gradient of .* becomes inf in sqrt"):
            step.value_and_grad([1.0])


def test_an_anomaly_is_found_beside_a_gradient_that_is_infinite_already() -> None:
    w = Value(0.0)
    w.grad = math.inf
    step = compile(lambda x: w.sqrt() * x, [w])
    with (
        detect_anomaly(),
        pytest.raises(AnomalyError, match=r"in example 0, the gradient of 0 = 0\.0 becomes inf in sqrt"),
    ):
        step.value_and_grad([1.0])
    assert w.grad == math.inf


def test_an_anomaly_that_no_example_has_alone_is_told_as_what_it_is() -> None:
    w = Value(0.0)
    with detect_anomaly():
        with pytest.raises(AnomalyError, match="a second derivative is inf, though every example is finite"):
            compile(lambda x: w**1.5 * x, [w]).hessian([1.0])
        with pytest.raises(
            AnomalyError, match="result is inf, though every example is finite alone: what is"
        ):
            compile(lambda x: x + w.sqrt(), [w], reduction="sum")([1e308, 1e308])  # no gradient is wanted


def test_an_anomaly_of_a_compiled_call_names_the_operation_and_the_line() -> None:
    w = Value(2.0, label="w")
    step = compile(lambda x: (w * x[0]).log() + x[1], [w])
    batch = [[1.0, 2.0], [0.0, 1.0]]
    assert step(batch) == -math.inf
    w.grad = 7.0
    with detect_anomaly():
        assert math.isfinite(step(batch[:1]))
        with pytest.raises(
            AnomalyError, match=r"in example 1, log\(w \* x\[0\]\) = -inf .*test_frozen\.py:\d+"
        ):
            step.value_and_grad(batch)
        root = compile(lambda x: (w * x).sqrt(), [w])
        with pytest.raises(AnomalyError, match=r"in example 1, the gradient of .* becomes inf in sqrt"):
            root.grad([1.0, 0.0])
        with pytest.raises(AnomalyError, match="the function returns inf"):
            compile(lambda x: [math.inf, x], [w])([1.0])
        with pytest.raises(AnomalyError, match="every example is finite alone"):
            compile(lambda x: w * x, [w], reduction="sum")([8e307, 8e307])
        step.vector[0] = 0.0  # the Values are behind
        with pytest.raises(AnomalyError, match=r"in example 0, log\(w \* x\[0\]\) = -inf"):
            step(batch[:1])
    assert w.grad == 7.0
