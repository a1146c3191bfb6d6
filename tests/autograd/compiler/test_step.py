"""What a compiled function accepts, refuses and remembers."""

import copy
import math
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import TraceError, Value, compile, grad, hessian, relu, softmax, take, vjp, where
from autograd.compiler.call import NanArgumentError


def squared(x: Any, y: Any = 0.0) -> Any:
    return (x - y) ** 2


def test_parameters_are_read_at_every_call() -> None:
    w = Value(2.0)
    step = compile(lambda x: w * x + w * w, [w])
    assert step([1.0, 3.0]) == 8.0
    w.data = 3.0
    assert step([1.0, 3.0]) == 15.0
    assert step.grad([1.0, 3.0]).tolist() == [8.0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_parameter_that_the_vector_has_not_moved_keeps_all_its_digits(dtype: str) -> None:
    numbers = [0.1, 1 / 3, -0.0, 0.0, math.inf, 1e-300]
    for moved in range(len(numbers)):
        for to in (0.1, -0.0, 0.0, 7.5, math.nan):
            values = [Value(number) for number in numbers]
            step = compile(lambda x: x, values, dtype=dtype)
            rounded = step.vector.tolist()
            step.vector[moved] = to
            step.write_back()
            changed = repr(float(np.dtype(dtype).type(to)))
            expected = [repr(x) for x in numbers]
            if changed != repr(rounded[moved]):
                expected[moved] = changed
            assert [repr(value.data) for value in values] == expected


def test_the_vector_leads_from_when_it_is_taken_until_it_is_written_back() -> None:
    w = Value(2.0)
    step = compile(lambda x: w * x, [w])
    step.vector[0] = 5.0
    assert step([1.0]) == 5.0
    assert w.data == 2.0
    step.write_back()
    assert w.data == 5.0
    w.data = 7.0
    assert step([1.0]) == 7.0
    step.vector = [1.5]
    w.data = 9.0
    assert step([2.0]) == 3.0
    step.write_back()
    assert w.data == 1.5


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ([1.0], ValueError, r"a vector of 2 numbers is expected, got the shape \(1,\)"),
        ([1.0, 2.0, 3.0], ValueError, r"of 2 numbers is expected, got the shape \(3,\)"),
        (7.0, ValueError, r"of 2 numbers is expected, got the shape \(\)"),
        (["1", "2"], TypeError, r"a vector of numbers is expected, got \['1', '2'\]"),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), TypeError, r"the vector is masked, .* use \.filled\(0\.0\)"),
    ],
)
def test_a_vector_that_is_refused_does_not_lead(wrong: Any, error: type[Exception], message: str) -> None:
    w, b = Value(2.0), Value(0.0)
    step = compile(lambda x: w * x + b, [w, b])
    with pytest.raises(error, match=message):
        step.vector = wrong
    w.data = 7.0
    assert step([1.0]) == 7.0
    step.write_back()
    assert (w.data, b.data) == (7.0, 0.0)


@pytest.mark.parametrize("first", range(3))
def test_what_is_outside_is_frozen_for_value_and_gradients_at_once(first: int) -> None:
    w, outside, recorded = Value(2.0), [1.0], []

    def f(x: Any, t: Any) -> Any:
        recorded.append(x)
        return w * x * t * outside[0]

    step = compile(f, [w], shared=["t"])
    calls = [step, step.value_and_grad, lambda x, t: step.argument_grads(x, t)["t"]]
    calls[first]([1.0, 2.0], 3.0)
    alone = len(recorded)
    outside[0] = 10.0
    assert step([1.0, 2.0], 3.0) == 9.0
    value, gradient = step.value_and_grad([1.0, 2.0], 3.0)
    assert (value, gradient.tolist()) == (9.0, [4.5])
    assert step.argument_grads([1.0, 2.0], 3.0)["t"] == 3.0
    assert len(recorded) == 2, "the function, and its derivative along x"
    assert alone == 1 + (first == 2)


def test_a_batch_may_change_its_size_and_an_argument_its_shape() -> None:
    w = Value(2.0)
    step = compile(lambda x: w * (x if not isinstance(x, list) else ag.sum(x)), [w])
    for count in (1, 5, 2, 7, 3, 4, 6, 1):
        assert step(np.ones(count)) == pytest.approx(2.0, rel=1e-15)
        assert step(np.ones((count, 3))) == pytest.approx(6.0, rel=1e-15)


def test_results_keep_their_shape() -> None:
    assert compile(lambda x: x)([1.0, 3.0]) == 2.0
    assert compile(lambda x: [x, 2 * x])([1.0, 3.0]).tolist() == [[1.0, 2.0], [3.0, 6.0]]
    assert compile(lambda x: [[x], [5.0]])([1.0, 3.0]).tolist() == [[[1.0], [5.0]], [[3.0], [5.0]]]
    assert compile(lambda x: 4.0)([1.0, 3.0]) == 4.0
    assert compile(lambda x: [])([1.0, 3.0]).shape == (2, 0)
    assert compile(lambda x: [5.0, 6.0])([1.0, 3.0]).tolist() == [[5.0, 6.0], [5.0, 6.0]]


def test_a_sum_is_the_mean_times_the_examples_whatever_varies() -> None:
    w = Value(2.0)
    for function in (lambda x: w * x, lambda x: w * w, lambda x: x, lambda x: w * x + w, lambda x: 3.0):
        mean, slope = compile(function, [w]).value_and_grad([1.0, 2.0, 6.0])
        total, slope_of_total = compile(function, [w], reduction="sum").value_and_grad([1.0, 2.0, 6.0])
        assert total == pytest.approx(3 * mean, rel=1e-15)
        assert slope_of_total == pytest.approx(3 * slope, rel=1e-15)


def test_a_keyword_is_fixed_and_recorded_anew() -> None:
    calls = []

    def power(x: Any, *, n: int) -> Any:
        calls.append(n)
        return x**n

    step = compile(power)
    assert [step([2.0], n=3), step([2.0], n=2), step([3.0], n=3)] == [8.0, 4.0, 27.0]
    assert calls == [3, 2]
    with pytest.raises(TypeError, match=r"must be hashable, and no array, got n=\[1\]"):
        step([2.0], n=[1])


def test_a_gradient_of_what_no_parameter_touches_is_zero() -> None:
    w = [Value(1.0), Value(2.0), Value(3.0)]
    assert compile(lambda x: w[1] * x, w).grad([4.0, 6.0]).tolist() == [0.0, 5.0, 0.0]
    assert compile(lambda x: x, w).grad([4.0]).tolist() == [0.0, 0.0, 0.0]
    assert compile(lambda x: w[0] + w[2], w).value_and_grad([4.0, 9.0])[0] == 4.0
    assert compile(lambda x: w[0] + w[2], w).grad([4.0, 9.0]).tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("copied", [lambda x: copy.deepcopy(x), lambda x: copy.deepcopy({"a": [x]})["a"][0]])
def test_a_deep_copy_of_a_recorded_scalar_is_refused_with_its_line(copied: Callable[..., Any]) -> None:
    with pytest.raises(
        TraceError, match=r"test_step\.py:\d+ makes a deep copy of a recorded .* with list\(\)"
    ):
        compile(lambda x: copied(x) * 2)([1.0])
    assert compile(lambda x: copy.copy(x) * 2)([1.0]) == 2.0


def test_what_a_vjp_from_outside_holds_is_told_to_belong_inside() -> None:
    _, pull = ag.vjp(lambda x: x**3, 2.0)
    with pytest.raises(ValueError, match=r"uses Value\(data=2\.0.* call vjp inside the function"):
        compile(lambda c: pull(c)[0])([3.0])
    assert compile(lambda c: ag.vjp(lambda x: x**3, 2.0)[1](c)[0])([3.0]) == 36.0


def test_single_precision_is_kept() -> None:
    w = Value(0.1)
    value, gradient = compile(lambda x: w * x, [w], dtype="float32").value_and_grad([3.0])
    assert gradient.dtype == np.float32
    assert value == pytest.approx(0.3, rel=1e-6)
    assert value != 0.1 * 3.0


def test_a_value_made_inside_the_function_is_a_constant() -> None:
    def squares(x: list[Any]) -> Any:
        total = Value(0.0)
        for each in x:
            total = total + each * each
        return total

    assert compile(squares)([[1.0, 2.0], [3.0, 4.0]]) == 15.0


def test_a_parameter_that_is_missing_is_named() -> None:
    w, b = Value(1.0), Value(2.0, label="bias")
    with pytest.raises(ValueError, match="uses bias, which is not among the 1 parameters given"):
        compile(lambda x: w * x + b, [w])([1.0])


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda x: x.data, r"reads \.data of"),
        (lambda x: x.grad, r"reads \.grad of"),
        (lambda x: x if x > 0 else -x, "branches on"),
        (lambda x: x if not x >= 1 else -x, "branches on"),
        (lambda x: math.sin(x), r"takes float\(\) of"),
        (lambda x: int(x), r"takes int\(\) of"),
        (lambda x: [1, 2][x], "indexes with"),
        (lambda x: x[0], "takes a part of"),
        (lambda x: ag.sum(x), "takes a part of"),
        (lambda x: len(x), "takes the length of"),
        (lambda x: x.backward(), r"calls backward\(\) on"),
    ],
)
def test_asking_for_a_value_names_the_line(function: Callable[..., Any], what: str) -> None:
    with pytest.raises(TraceError, match=rf"test_step\.py:\d+ {what} a recorded scalar"):
        compile(function)([1.0])


def test_asking_for_what_is_not_of_the_batch_tells_whose_value_it_is() -> None:
    w = Value(2.0)
    with pytest.raises(TraceError, match=r"reads \.data of a parameter, which"):
        compile(lambda x: x * w.data, [w])([1.0])
    made = w * 3.0
    with pytest.raises(TraceError, match=r"reads \.data of what is made from parameters, which"):
        compile(lambda x: x * made.data, [w])([1.0])


@pytest.mark.parametrize(
    "index", [lambda x: [1.0, 2.0][x], lambda x: [1.0, 2.0][int(x)], lambda x: {1: 2.0}[x]]
)
def test_indexing_with_a_number_of_the_batch_is_told_take(index: Callable[..., Any]) -> None:
    with pytest.raises(TraceError, match=r"autograd\.take\(values, "):
        compile(index)([1.0])


def test_a_softmax_that_reads_its_maximum_is_told_the_remedy() -> None:
    def by_hand(logits: list[Any]) -> Any:
        top = max(value.data for value in logits)
        powers = [(value - top).exp() for value in logits]
        return powers[0] / sum(powers)

    with pytest.raises(TraceError, match="maximum and minimum for a choice, softmax or logsumexp"):
        compile(by_hand)([[1.0, 2.0]])
    assert compile(lambda logits: softmax(logits)[0])([[1.0, 1.0]]) == 0.5


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        (([],), ValueError, "at least 1: x has 0"),
        (([1.0, 2.0], [1.0]), ValueError, "same number of examples, and at least 1: x has 2, y has 1"),
        ((3.0,), ValueError, "argument 0 needs the batch as its first axis, got the single number 3.0"),
        (([[1.0], [1.0, 2.0]],), ValueError, "argument 0 is ragged"),
        (
            (["a"],),
            TypeError,
            r"argument 0 must hold real numbers in the range of float64, got str: 'a' at \[0\]",
        ),
        (("a",), TypeError, "got str: 'a'$"),
        ((np.array([], "U1"),), TypeError, "got nothing of type <U1"),
        ((np.ma.masked_array([1.0, 2.0], [0, 1]),), TypeError, r"argument 0 is masked, .* \.filled\(0\.0\)"),
        (
            ([[1.0, 2.0], np.ma.masked_array([1.0, 2.0], [0, 1])],),
            TypeError,
            "argument 0 is masked, .* count",
        ),
        (([1.0, math.nan],), ValueError, r"the result is nan because x\[1\] is nan"),
        ((), TypeError, "missing 1 required positional argument"),
    ],
)
def test_bad_arguments_are_refused_by_name(args: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        compile(squared)(*args)


@pytest.mark.parametrize(
    "refused", [None, "a", b"a", 1j, 10**400, -(10**400), Fraction(1, 2), Value(1.0)], ids="{!r:.12}".format
)
@pytest.mark.parametrize(
    "number", [1.0, True, 10**30, np.float32(2.0), math.nan, math.inf], ids="{!r:.12}".format
)
def test_what_is_refused_is_the_first_that_is_no_number_with_its_place(refused: Any, number: Any) -> None:
    named = re.escape(f"got {type(refused).__name__}: {str(refused)[:40]!r} at ")
    for rows, place in (
        ([number, refused, None], r"\[1\]"),
        ([[number, number], [number, refused]], r"\[1, 1\]"),
    ):
        for given in (rows, np.array(rows, object)):
            with pytest.raises(TypeError, match=f"{named}{place}$"):
                compile(squared)(given)


def test_whole_numbers_may_be_large_and_an_array_may_have_a_mask_that_hides_nothing() -> None:
    for given in (
        [10**30, 1],
        [10**30, np.float32(1)],
        [[10**30], [True]],
        np.ma.masked_array([1e30, 1.0], [0, 0]),
    ):
        assert compile(lambda x: x if not isinstance(x, list) else x[0], reduction="sum")(given) == 1e30


def test_the_figures_tell_of_a_gradient_where_there_is_one_and_stay(tmp_path: Path) -> None:
    w = Value(2.0)
    for step, derived in (
        (compile(lambda x: [w * x + 1.0], [w]), False),
        (compile(lambda x: ag.log(w * x), [w]), False),
        (compile(lambda x: ag.log(w * x), [w]), True),
    ):
        call = step.value_and_grad if derived else step
        call([1.0])
        before = str(step.stats)
        assert ("with the gradient" in before) is derived
        call([math.inf])
        ag.export_c(step, tmp_path / "step.c", training=derived)
        assert str(step.stats) == before


def test_parameters_may_be_named_by_numbers() -> None:
    values = [Value(1.0), Value(2.0)]
    step = compile(lambda x: values[0] * x + values[1], dict(enumerate(values)))
    assert step([3.0]) == 5.0
    assert "replay" in step.source
    assert len(step.plan) > 2
    with pytest.raises(ValueError, match=r"names that differ as texts, got \[1, '1'\]"):
        compile(squared, {1: values[0], "1": values[1]})


def test_bad_settings_are_refused() -> None:
    w = Value(1.0)
    with pytest.raises(ValueError, match="must be one of 'numpy', 'jax', 'native', 'auto', got 'torch'"):
        compile(squared, backend="torch")
    with pytest.raises(ValueError, match="dtype must be one of 'float64', 'float32', got 'int8'"):
        compile(squared, dtype="int8")
    with pytest.raises(ValueError, match="reduction must be one of 'mean', 'sum', got 'max'"):
        compile(squared, reduction="max")
    with pytest.raises(ValueError, match="only backend='jax' shares a batch among devices, got 'numpy'"):
        compile(squared, shard=True)
    with pytest.raises(TypeError, match=r"parameter p\[0\] must be a Value, got float"):
        compile(squared, [1.0])
    with pytest.raises(ValueError, match=r"parameter p\[0\] must be a leaf, got the result of mul"):
        compile(squared, [w * w])
    with pytest.raises(ValueError, match="expected no parameter twice, got 1 in 2 places"):
        compile(squared, [w, w])
    with pytest.raises(ValueError, match="has not been called yet"):
        _ = compile(squared).source


@pytest.mark.parametrize("number", [np.float32(2.5), np.int64(2), np.float64(-1.5), np.array(3.0), True])
def test_a_result_may_be_any_number(number: Any) -> None:
    assert compile(lambda x: number)([1.0, 2.0]) == float(number)
    assert compile(lambda x: [x, number])([1.0]).tolist() == [[1.0, float(number)]]
    assert compile(lambda x: number).argument_grads([1.0])["x"].tolist() == [0.0]


def test_a_wrong_result_is_refused() -> None:
    with pytest.raises(TypeError, match="a gradient needs a function that returns one scalar, got list"):
        compile(lambda x: [x]).grad([1.0])
    with pytest.raises(TypeError, match="returns scalars or lists of them, got NoneType"):
        compile(lambda x: None)([1.0])


def test_infinite_results_are_given_and_not_refused() -> None:
    w = Value(0.0)
    value, gradient = compile(lambda x: (w * x).log(), [w]).value_and_grad([1.0, 2.0])
    assert value == -math.inf
    assert gradient.tolist() == [math.inf]
    assert compile(lambda x: [relu(x)])([math.inf, -math.inf]).tolist() == [[math.inf], [0.0]]


def test_a_result_is_nan_because_of_an_argument_only_where_it_is_none_without() -> None:
    w = Value(2.0)
    nan = math.nan
    assert math.isnan(compile(lambda x, y: x.log())([-1.0], [nan]))
    assert math.isnan(compile(lambda x, y: x.log() * y)([-1.0], [nan]))
    rows = compile(lambda x, y: [x.log(), y])
    assert np.isnan(compile(lambda x, y: [x.log()])([-1.0, 1.0], [nan, nan])).tolist() == [[True], [False]]
    with pytest.raises(NanArgumentError, match=r"^the result is nan because y\[2\] is nan$"):
        rows([-1.0, 1.0, 1.0], [2.0, 2.0, nan])
    chosen = compile(lambda x, y: where(x > 0, y[1], w), [w])
    several = [[nan, nan], [1.0, nan], [nan, nan]]
    for call in (chosen, chosen.value_and_grad):
        with pytest.raises(NanArgumentError, match=r"because y\[1, 1\] is nan"):
            call([-1.0, 1.0, 1.0], several)
    assert chosen([-1.0, -1.0, -1.0], several) == 2.0
    with pytest.raises(NanArgumentError, match=r"because t is nan"):
        compile(lambda x, t: (x - t).log() * w, [w], shared=["t"]).value_and_grad([3.0, 4.0], nan)
    taken = compile(lambda i, x: take([x, w], i), [w])  # 0.5 and other numbers are no index
    with pytest.raises(NanArgumentError, match=r"because x\[0\] is nan"):
        taken.value_and_grad([0.0, 1.0], [nan, nan])


@pytest.mark.parametrize("name", ["parameters", "constants", "seed", "gradient", "x1"])
def test_an_argument_may_be_called_as_the_compiler_calls_its_own(name: str) -> None:
    w = Value(2.0)
    function = eval(f"lambda {name}, *others: {name} * others[0] * w + 1.0", {"w": w})
    value, gradient = compile(function, [w]).value_and_grad([1.0, 2.0], [3.0, 5.0])
    assert value == 14.0
    assert gradient.tolist() == [6.5]


@pytest.mark.parametrize(
    "derivative", [grad, hessian, lambda f: lambda x: vjp(f, x)], ids=["grad", "hessian", "vjp"]
)
def test_an_argument_that_a_function_is_differentiated_along_is_refused_as_a_parameter(derivative) -> None:
    with pytest.raises(
        ValueError, match=r"parameter p\[0\] must be no number .* got 3\.0: call the function"
    ):
        derivative(lambda y: compile(lambda x: y * x, [y])([2.0]))(3.0)


@pytest.mark.skipif(np.finfo(np.longdouble).max <= np.finfo(float).max, reason="a longdouble is a float64")
def test_a_number_of_a_vector_beyond_float64_is_refused_as_it_was_given() -> None:
    w = Value(1.0)
    with pytest.raises(TypeError, match=r"in the range of float64, got 1e\+400: make it smaller$"):
        compile(lambda x: x * w, [w]).vector = np.array([np.longdouble("1e400")])


def test_a_function_of_math_is_refused_with_the_name_of_ours() -> None:
    with pytest.raises(
        TraceError, match=r"test_step\.py:\d+ takes float\(\) of .*: use autograd\.sin and its like"
    ):
        compile(lambda x: math.sin(x))([1.0, 2.0])
