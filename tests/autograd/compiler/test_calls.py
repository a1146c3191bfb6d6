"""One call after the other: whatever came before, each gives what it gives alone."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from functools import partial
from itertools import count, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import autograd as ag
from autograd import AnomalyError, Value, compile, detect_anomaly, export_c, export_python, log
from autograd.compiler.backends import BACKENDS
from autograd.compiler.compiled import Compiled
from autograd.compiler.record.segments import Rows
from tests.autograd.compiler.closeness import assert_close

ROWS, LABELS = [[0.5, -1.0], [2.0, 0.0]], [0.25, -0.5]
W = Value(0.75, "w")


def loss(x: Any, y: Any, power: int = 2) -> Any:
    return (W * x[0] + x[1] - y) ** power


CALLS: dict[str, Callable[[Compiled], Any]] = {
    "arrays": lambda step: step.value_and_grad(np.array(ROWS), np.array(LABELS)),
    "other numbers": lambda step: step.value_and_grad(2 * np.array(ROWS), np.array(LABELS)),
    "in another order": lambda step: step.value_and_grad(np.asfortranarray(ROWS), np.array(LABELS)),
    "of one row again": lambda step: step.value_and_grad(np.broadcast_to(ROWS[0], (2, 2)), np.array(LABELS)),
    "single precision": lambda step: step.value_and_grad(np.array(ROWS, np.float32), np.array(LABELS)),
    "other bytes": lambda step: step.value_and_grad(np.array(ROWS, ">f8"), np.array(LABELS)),
    "a list": lambda step: step.value_and_grad(ROWS, np.array(LABELS)),
    "lists": lambda step: step.value_and_grad(ROWS, LABELS),
    "one example": lambda step: step.value_and_grad(np.array(ROWS[:1]), np.array(LABELS[:1])),
    "other shapes": lambda step: step.value_and_grad(np.ones((2, 3)), np.array(LABELS)),
    "a keyword": lambda step: step.value_and_grad(np.array(ROWS), np.array(LABELS), power=3),
    "a result": lambda step: step(np.array(ROWS), np.array(LABELS)),
    "second derivatives": lambda step: step.hessian(np.array(ROWS), np.array(LABELS)),
    "along arguments": lambda step: tuple(step.argument_grads(np.array(ROWS), np.array(LABELS)).values()),
    "infinity": lambda step: step.value_and_grad(np.full((2, 2), math.inf), np.array(LABELS)),
    "nan": lambda step: step.value_and_grad(np.full((2, 2), math.nan), np.array(LABELS)),
    "none": lambda step: step.value_and_grad(np.array(ROWS)[:0], np.array(LABELS)[:0]),
    "unequal batches": lambda step: step.value_and_grad(np.array(ROWS), np.array(LABELS[:1])),
    "no label": lambda step: step.value_and_grad(np.array(ROWS)),
}


def outcome(step: Compiled, call: Callable[[Compiled], Any]) -> Any:
    """Return the bits of what a call gives and the program that gave them, or what it is refused with."""
    try:
        found = call(step)
    except (ValueError, TypeError) as error:
        return str(error)
    results = found if isinstance(found, tuple) else [found]
    return [*[np.asarray(result).tobytes() for result in results], step.source]


@pytest.mark.parametrize("backend", ["numpy", "auto"])
def test_no_call_changes_what_the_next_gives(backend: str) -> None:
    alone = {name: outcome(compile(loss, [W], backend), call) for name, call in CALLS.items()}
    step = compile(loss, [W], backend)
    for (before, first), (name, call) in product(CALLS.items(), repeat=2):
        outcome(step, first)
        assert outcome(step, call) == alone[name], f"{name} after {before}"


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_call_like_the_one_before_reads_everything_anew(backend: str) -> None:
    if missing := BACKENDS[backend].missing():
        pytest.skip(missing)
    w = Value(2.0, "w")
    step = compile(lambda x: w * log(x), [w], backend)
    x = np.array([1.0, math.e])
    found = [step.value_and_grad(x)[0]]
    w.data = 4.0
    found.append(step.value_and_grad(x)[0])
    x[0] = math.e
    found.append(step.value_and_grad(x)[0])
    step.vector[:] = 1.0
    found.append(step.value_and_grad(x)[0])
    assert np.allclose(found, [1.0, 2.0, 4.0, 1.0], rtol=1e-15)
    x[1] = 0.0
    assert step.value_and_grad(x)[0] == -math.inf
    with detect_anomaly(), pytest.raises(AnomalyError):
        step.value_and_grad(x)
    x[1] = math.nan
    with pytest.raises(ValueError, match=r"x\[1\] is nan"):
        step.value_and_grad(x)
    x[1] = 1.0
    assert step.value_and_grad(x) == (0.5, [0.5])


@pytest.mark.parametrize("function", [lambda x: [x[0], 1.0], lambda x: [[0.5], [W]], lambda x: {"a": x[0]}])
def test_results_of_two_calls_share_no_memory(function: Callable[[Any], Any]) -> None:
    step = compile(function, [W])
    x = np.ones((3, 2))
    first = step(x)
    kept = first.copy()
    first[:] = 7.0  # which may be written to
    assert (step(x) == kept).all()
    step(2 * x)
    assert (first == 7.0).all()


class Plane:
    """A model that holds compiled functions of itself."""

    def __init__(self, numbers: list[float]) -> None:
        self.w = [Value(x) for x in numbers]
        self.step = compile(self.loss, self.w)
        self.rows = compile(self.listed, self.w)
        self.called: dict[str, Any] = {}
        self.listed_for: dict[str, Any] = {}

    def loss(self, x: Any, power: int = 2) -> Any:
        return ag.dot(self.w, x, 0.5) ** power

    def listed(self, x: Any, power: int = 2) -> Any:
        return [self.loss(x, power), ag.tanh(x[0])]


COPIED: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
}


@pytest.mark.parametrize("copied", COPIED.values(), ids=COPIED)
def test_a_copy_of_what_was_called_reads_its_own_arguments(copied: Callable[[Any], Any]) -> None:
    plane = Plane([2.0, 1.0])
    plane.step.value_and_grad([[1.0, 2.0]])
    other = copied(plane.step)
    assert other.value_and_grad([[0.0, 1.0]])[0] == 1.5**2
    assert plane.step.value_and_grad([[1.0, 2.0]])[0] == 4.5**2
    assert other([[0.0, 1.0]], power=1) == 1.5
    plane.step.vector[0] = 0.0
    led = copied(plane.step)
    led.vector[1] = 0.0
    assert (led([[1.0, 1.0]]), plane.step([[1.0, 1.0]]), plane.w[0].data) == (0.25, 2.25, 2.0)


W = Value(2.0)


def by_name(x: Any) -> Any:
    return x * W


def test_a_plain_function_is_copied_with_its_values_and_pickled_only_without() -> None:
    step = compile(by_name, [W])
    for duplicate in (copy.copy, copy.deepcopy):
        assert duplicate(step)([3.0]) == 6.0
    with pytest.raises(TypeError, match=r"compile\(by_name, 1 .* cannot be pickled: .* method of an object"):
        pickle.dumps(step)
    assert pickle.loads(pickle.dumps(compile(ag.tanh)))([0.0]) == 0.0


def doubled(held: Any, x: Any) -> Any:
    return 2.0 * x * (held[0] if isinstance(held, (list, np.ndarray)) else held)


def scaled(held: Any, x: Any) -> Any:
    """Use one parameter that is held, as the first argument of a partial is, and one from around."""
    return doubled(held, x) * W / 2.0


class Scaled:
    """A callable that may hold a parameter of what it computes."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def __call__(self, x: Any) -> Any:
        return scaled(self.held, x)


@pytest.mark.parametrize("kind", [lambda held: partial(scaled, held), Scaled], ids=["partial", "object"])
@pytest.mark.parametrize(
    "boxed", [lambda v: v, lambda v: [v], lambda v: np.array([v])], ids=["bare", "list", "array"]
)
@pytest.mark.parametrize("holds", [False, True])
def test_a_copy_shares_what_comes_from_around_it_and_has_its_own_of_what_it_holds(
    kind: Callable[[Any], Any], boxed: Callable[[Any], Any], holds: bool
) -> None:
    v = Value(3.0)
    step = compile(kind(boxed(v if holds else 3.0)), [v, W] if holds else [W])
    for duplicate in (copy.copy, copy.deepcopy, lambda step: copy.deepcopy([W, v, step])[2]):
        other = duplicate(step)
        assert (other([1.0]), other.grad([1.0]).tolist()) == (6.0, [2.0, 3.0] if holds else [3.0])
        assert other.parameters[-1] is W
        assert (other.parameters[0] is v) == (duplicate is copy.copy and holds)
    with pytest.raises(TypeError, match=rf"{len(step.parameters)} par.* its function has 1 .* around it"):
        pickle.dumps(step)


@pytest.mark.parametrize("copied", [COPIED["deepcopy"], COPIED["pickle"]], ids=["deepcopy", "pickle"])
@pytest.mark.parametrize(
    "boxed", [lambda v: v, lambda v: [v], lambda v: np.array([v])], ids=["bare", "list", "array"]
)
def test_a_partial_that_holds_all_its_parameters_is_copied_with_them(
    boxed: Callable[[Any], Any], copied: Callable[[Any], Any]
) -> None:
    v = Value(3.0)
    step = copied(compile(partial(doubled, boxed(v)), [v]))
    step.parameters[0].data = 5.0
    assert (step([1.0]), v.data) == (10.0, 3.0)


@pytest.mark.parametrize("copied", [COPIED["deepcopy"], COPIED["pickle"]], ids=["deepcopy", "pickle"])
def test_a_copied_model_has_a_compiled_function_of_its_own(copied: Callable[[Any], Any]) -> None:
    plane = Plane([2.0, 1.0])
    plane.step([[1.0, 2.0]])
    for other in (
        copied(plane),
        copied(plane.step).function.__self__,
    ):  # from the model, and from its function
        assert other.step.parameters == tuple(other.w)
        assert other.step.function.__self__ is other
        other.w[0].data = 0.0
        assert (other.step([[1.0, 2.0]]), plane.step([[1.0, 2.0]])) == (2.5**2, 4.5**2)


def text_in_c(step: Any, training: bool) -> str:
    """Return the text of the file of C."""
    with TemporaryDirectory() as folder:
        export_c(step, Path(folder) / "step.c", training)
        return (Path(folder) / "step.c").read_text()


def test_what_is_exported_is_the_function_whatever_was_wanted_last() -> None:
    def exported(wanted: str, training: bool) -> str:
        step = compile(loss, [W], reduction="sum", shared=["y"])
        getattr(step, wanted)(ROWS, 0.5, power=3)
        return text_in_c(step, training)

    for training in (False, True):
        alone = exported("__call__", training)
        for wanted in ("value_and_grad", "hessian", "argument_grads"):
            assert exported(wanted, training) == alone, wanted


def test_a_deep_copy_of_a_plain_function_goes_on_to_use_the_values_around_it() -> None:
    w = Value(2.0)
    step = compile(lambda x, rate: w * x * rate, [w], dtype="float32", reduction="sum", shared=["rate"])
    step.value_and_grad([1.0], 3.0)
    other = copy.deepcopy(step)
    assert other.parameters == (w,)
    value, gradient = other.value_and_grad([1.0, 2.0], 3.0)
    assert (value, gradient.tolist(), gradient.dtype) == (18.0, [9.0], np.float32)


numbers = st.sampled_from([-2.0, -0.75, 0.0, 0.5, 1.0, 3.0])
batches = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=3)
powers = st.sampled_from([{}, {"power": 1}, {"power": 3}])


class Calls(RuleBasedStateMachine):
    """Calls of all kinds, copies, exports and changes in any order: each call gives what the engine does."""

    @initialize(weights=st.lists(numbers, min_size=2, max_size=2))
    def begin(self, weights: list[float]) -> None:
        self.plane, self.weights = Plane(weights), weights
        self.others: list[tuple[Plane, list[float]]] = []

    def mean(self, weights: Any, rows: Any, keywords: dict[str, Any]) -> Any:
        return ag.mean([ag.dot(weights, row, 0.5) ** keywords.get("power", 2) for row in rows])

    @rule(rows=batches, keywords=powers)
    def results(self, rows: Any, keywords: Any) -> None:
        assert_close(self.plane.step(rows, **keywords), self.mean(self.weights, rows, keywords))
        listed = self.plane.rows(np.array(rows), **keywords)
        assert_close(listed, [[self.mean(self.weights, [x], keywords), math.tanh(x[0])] for x in rows])
        self.plane.called = self.plane.listed_for = keywords

    @rule(rows=batches, keywords=powers)
    def along_parameters(self, rows: Any, keywords: Any) -> None:
        value, gradient = self.plane.step.value_and_grad(np.array(rows), **keywords)
        assert_close(value, self.mean(self.weights, rows, keywords))
        assert_close(gradient, ag.grad(lambda w: self.mean(w, rows, keywords))(self.weights))
        self.plane.called = keywords

    @rule(rows=batches, keywords=powers)
    def along_arguments(self, rows: Any, keywords: Any) -> None:
        found = self.plane.step.argument_grads(rows, **keywords)["x"]
        assert_close(found, ag.grad(lambda x: self.mean(self.weights, x, keywords))([*map(list, rows)]))
        self.plane.called = keywords

    @rule(rows=batches, keywords=powers)
    def second_derivatives(self, rows: Any, keywords: Any) -> None:
        found = self.plane.step.hessian(rows, **keywords)
        assert_close(found, ag.hessian(lambda w: self.mean(w, rows, keywords))(self.weights))
        self.plane.called = keywords

    @rule(training=st.booleans())
    def in_c(self, training: bool) -> None:
        if self.plane.step._latest is not None:
            alone = Plane(self.weights).step
            alone([[1.0, 1.0]], **self.plane.called)
            assert text_in_c(self.plane.step, training) == text_in_c(alone, training)

    @rule(rows=batches)
    def in_python(self, rows: Any) -> None:
        names: dict[str, Any] = {}
        if self.plane.rows._latest is not None:
            with TemporaryDirectory() as folder:
                export_python(self.plane.rows, Path(folder) / "rows.py")
                exec((Path(folder) / "rows.py").read_text(), names)
            keywords = self.plane.listed_for
            expected = [[self.mean(self.weights, [x], keywords), math.tanh(x[0])] for x in rows]
            assert_close(names["outputs"](rows), expected)

    @rule(copied=st.sampled_from([COPIED["deepcopy"], COPIED["pickle"]]))
    def a_copy(self, copied: Callable[[Any], Any]) -> None:
        self.others.append((self.plane, self.weights))
        self.plane, self.weights = copied(self.plane), [*self.weights]

    @rule()
    def go_back(self) -> None:
        if self.others:
            self.others.insert(0, (self.plane, self.weights))
            self.plane, self.weights = self.others.pop()

    @rule(place=st.integers(0, 1), x=numbers, by_vector=st.booleans())
    def change(self, place: int, x: float, by_vector: bool) -> None:
        for step in (self.plane.step, self.plane.rows):
            if by_vector:
                step.vector[place] = x
            else:
                step.write_back()
                self.plane.w[place].data = x
        self.weights[place] = x


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=25, stateful_step_count=12)


def test_what_is_wanted_of_one_shape_takes_the_place_of_one_recording() -> None:
    calls: list[int] = []

    def function(t: Any, *, n: int) -> Any:
        calls.append(n)
        return W * t * n

    step = compile(function, [W])
    for n in (*range(60), 0):
        assert step([2.0], n=n) == 2.0 * n * W.data
        assert step.grad([2.0], n=n) == [2.0 * n]
    assert calls == list(range(60))


@pytest.mark.parametrize("wanted", ["__call__", "value_and_grad", "argument_grads", "hessian"])
@pytest.mark.parametrize("first", ["__call__", "value_and_grad", "argument_grads", "hessian"])
def test_its_figures_count_no_scalars_that_other_calls_have_written_down(first: str, wanted: str) -> None:
    w = Value(2.0)

    def with_gradient(*calls: str) -> int:
        step = compile(lambda x, t: ag.tanh(w * x * t) + ag.where(x > t, w, x), [w], shared=["t"])
        for call in calls:
            getattr(step, call)([1.0, 2.0], 3.0)
        return step.stats.with_gradient

    assert with_gradient(first, wanted) == with_gradient(wanted)


@pytest.mark.parametrize("nth", range(4))
def test_ctrl_c_while_a_gradient_is_written_down_spoils_no_later_call(
    monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    def made() -> Any:
        w = Value(2.0)
        return compile(lambda x: ag.sin(x * w) * w + w / x, [w])

    def interrupted(rows: Rows, new: Any) -> None:
        if next(calls) == nth:
            raise KeyboardInterrupt
        extend(rows, new)

    calls, extend, step = count(), Rows.extend, made()
    monkeypatch.setattr(Rows, "extend", interrupted)
    with pytest.raises(KeyboardInterrupt):
        step.value_and_grad([1.0, 2.0])
    assert repr(step.value_and_grad([1.0, 2.0])) == repr(made().value_and_grad([1.0, 2.0]))
