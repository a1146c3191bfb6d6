"""Where a nan began, how large it all is."""

import math
import re
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings

import autograd as ag
from autograd import AnomalyError, Value, detect_anomaly, graph_stats
from autograd.testing import points, programs


def test_the_first_nan_is_named_with_its_operands_and_line() -> None:
    x = Value(-2.0, label="x")
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        (x * 3).exp() + x.log()
    assert str(caught.value).startswith("log(x) = nan for x = -2.0; ")
    assert "test_diagnose.py:" in str(caught.value)


def test_an_infix_operation_is_named_by_the_line_of_the_program() -> None:
    x = Value(1e200, label="x")
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"x \* x = inf for .*test_diagnose\.py:\d+$"):
        x * x


@pytest.mark.parametrize("name", ["autograd_demo.py", "autograd.py", "autograd-2/demo.py"])
def test_a_program_whose_path_begins_like_that_of_the_package_is_named(name: str) -> None:
    path = Path(ag.__file__).parents[1] / name
    program = compile("\nValue(-1.0).log()", str(path), "exec")
    with detect_anomaly(), pytest.raises(AnomalyError, match=f"; {re.escape(str(path))}:2$"):
        exec(program, {"Value": Value})


def test_operands_without_a_label_are_named_by_their_formula() -> None:
    w = Value(2.0, label="w")
    with detect_anomaly():
        with pytest.raises(AnomalyError, match=r"^log\(w - 3\) = nan for w - 3 = -1\.0; "):
            (w - 3).log()
        with pytest.raises(
            AnomalyError, match=r"^\(w - 5\) / \(w - 2\) = -inf for w - 5 = -3\.0, w - 2 = 0\.0; "
        ):
            (w - 5) / (w - 2)
        with pytest.raises(AnomalyError, match=r"^log\(mul\(…\) - 7\) = nan for mul\(…\) - 7 = -3\.0; "):
            (w * w - 7).log()
        with pytest.raises(AnomalyError, match=r"^w / \(-0\) = inf for w = -1\.0; "):
            Value(-1.0, label="w") / -0.0
        with pytest.raises(AnomalyError, match=r"^log\(\(-2\) \*\* 3\) = nan for \(-2\) \*\* 3 = -8\.0; "):
            (Value(-2.0) ** 3).log()
        with pytest.raises(AnomalyError, match=r"^log\(-1\) = nan; "):
            Value(-1.0).log()


def test_of_many_operands_a_message_lists_a_few() -> None:
    xs = [Value(1e308, label=f"x{i}") for i in range(100)]
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        ag.sum(xs)
    assert str(caught.value).startswith("sum(…) = inf for x0 = 1e+308, ")
    assert "x5 = 1e+308, and 94 more; " in str(caught.value)


def anomaly(compute) -> str:
    """Return what is said of the anomaly, without the line."""
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        compute()
    return str(caught.value).rpartition("; ")[0]


def test_operands_that_read_alike_are_all_told_and_each_once() -> None:
    zero, infinite = Value(0.0, label="w"), Value(math.inf, label="w")
    large, none = Value(math.inf) * 2 - 6, Value(3.0) * 2 - 6
    assert anomaly(lambda: zero * infinite) == "w * w = nan for w = inf, w = 0.0"
    alike = "(mul(…) - 6) * (mul(…) - 6) = nan for mul(…) - 6 = inf, mul(…) - 6 = 0.0"
    assert anomaly(lambda: none * large) == alike
    assert anomaly(lambda: infinite + infinite) == "w + w = inf for w = inf"


@pytest.mark.parametrize("place", range(10))
@pytest.mark.parametrize("culprit", [math.inf, Value(math.inf), Value(math.inf, label="b")])
def test_of_many_operands_the_infinite_one_is_listed_first(culprit, place: int) -> None:
    terms = [Value(0.0, label=f"a{i}") for i in range(9)]
    terms.insert(place, culprit)
    shown = "b = inf" if isinstance(culprit, Value) and culprit.label else "inf"
    assert anomaly(lambda: ag.sum(terms)).startswith(f"sum(…) = inf for {shown}, a0 = 0.0, a1 = 0.0, ")


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("x - y", "(x - y) * 1e+300 = inf for x - y = 1e+300"),
        ("f(x - y)", "f(x - y) * 1e+300 = inf for f(x - y) = 1e+300"),
        ("σ²", "σ² * 1e+300 = inf for σ² = 1e+300"),
        ("", "1e+300 * 1e+300 = inf"),
        (" ", "1e+300 * 1e+300 = inf"),
        ("\n\t", "1e+300 * 1e+300 = inf"),
    ],
)
def test_a_label_that_is_a_formula_has_brackets_and_a_blank_one_is_none(label: str, message: str) -> None:
    assert anomaly(lambda: Value(1e300, label=label) * 1e300) == message


def test_an_infinity_is_an_anomaly_too() -> None:
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"exp\(x\) = inf for x = 1000\.0"):
        Value(1000.0, label="x").exp()


def test_the_first_infinite_gradient_is_named() -> None:
    x = Value(0.0, label="x")
    with detect_anomaly():
        out = x.sqrt() * 2.0
        with pytest.raises(AnomalyError) as caught:
            out.backward()
    assert "the gradient of x = 0.0 becomes inf in sqrt: upstream 2.0 × local derivative inf" in str(
        caught.value
    )
    assert "test_diagnose.py:" in str(caught.value)
    assert not x.has_grad


def test_a_line_whose_branch_was_not_selected_is_innocent() -> None:
    x = Value(0.0)
    with detect_anomaly():
        z = ag.relu(ag.sqrt(x) - 1)
        (x + z).backward()
    assert x.grad == 1.0


def test_gradients_that_overflow_where_they_meet_are_named() -> None:
    x = Value(1e-200)
    with pytest.raises(AnomalyError, match="becomes inf in mul"), detect_anomaly():
        (x * 1.5e308 + x * 1.5e308).backward()


def test_in_forward_mode_too_a_line_whose_branch_was_not_selected_is_innocent() -> None:
    def f(x):
        return ag.relu(ag.sqrt(x) - 1) + x

    with detect_anomaly():
        assert ag.jvp(f, (0.0,), (1.0,)) == (0.0, 1.0)
        assert ag.hvp(f, 0.0, 1.0) == 0.0


def by_forward(f):
    return lambda x: ag.jvp(f, (x,), (1.0,))[1]


@pytest.mark.parametrize("inside_no_grad", [False, True])
@pytest.mark.parametrize(
    ("differentiate", "x", "said"),
    [
        (lambda x: ag.grad(ag.sqrt)(x), 0.0, r"the gradient of 0 = 0\.0 becomes inf in sqrt: upstream 1"),
        (lambda x: ag.value_and_grad(ag.sqrt)(x), 0.0, "becomes inf in sqrt"),
        (lambda x: ag.vjp(ag.sqrt, x)[1](1.0), 0.0, "becomes inf in sqrt"),
        (lambda x: ag.jacobian(lambda v: [v, ag.sqrt(v)])(x), 0.0, "becomes inf in sqrt"),
        (lambda x: ag.hessian(lambda v: v**1.5)(x), 0.0, "becomes inf in power_slope"),
        (lambda x: ag.hvp(lambda v: v**1.5, x, 1.0), 0.0, "becomes inf in power_slope"),
        (lambda x: ag.grad(by_forward(lambda v: v**1.5))(x), 0.0, "becomes inf in power_slope"),
        (by_forward(ag.sqrt), 0.0, r"the rate of change of sqrt\(0\) = 0\.0 becomes inf"),
        (
            by_forward(lambda v: ag.sqrt(v) * 2 + v),
            0.0,
            r"the rate of change of sqrt\(0\) = 0\.0 becomes inf",
        ),
        (by_forward(by_forward(lambda v: v**1.5)), 0.0, "rate of change .*inf"),
        (by_forward(ag.log), 0.0, r"log\(0\) = -inf"),
        (by_forward(lambda v: ag.softmax([v * 1e308 * 10, v])[0]), 1.0, r"1e\+308 \* 10 = inf"),
        (lambda x: ag.vjp(lambda v: v * 2, x)[1](1e308), 1.0, "becomes inf in mul"),
        (lambda x: ag.grad(ag.exp)(x), 1000.0, r"exp\(1000\) = inf"),
    ],
)
def test_transformations_are_looked_at_as_backward_is(differentiate, x, said, inside_no_grad) -> None:
    with pytest.raises(AnomalyError, match=rf"{said}.*test_diagnose\.py:\d+$"), detect_anomaly():
        ag.no_grad()(differentiate)(x) if inside_no_grad else differentiate(x)


def test_a_pullback_made_before_the_block_is_looked_at_inside_it() -> None:
    _, pull = ag.vjp(ag.sqrt, 0.0)
    with detect_anomaly(), pytest.raises(AnomalyError, match="made before detect_anomaly began"):
        pull(1.0)


def test_a_gradient_along_what_is_not_asked_for_is_innocent() -> None:
    w = Value(0.0)
    with detect_anomaly():
        assert ag.grad(lambda x: x * 2 + ag.sqrt(w))(1.0).data == 2.0


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_gradient_that_overflows_where_passes_add_up_is_named(create_graph: bool) -> None:
    x = Value(1.0)
    (x * 1e308).backward(create_graph)
    with pytest.raises(AnomalyError, match="becomes inf in mul"), detect_anomaly():
        (x * 1e308).backward(create_graph)


@pytest.mark.parametrize("kept", [0.0, 5e307])
def test_a_finite_contribution_is_told_with_what_it_was_added_to(kept: float) -> None:
    x = Value(1e-200, label="x")
    (x * kept).backward()
    left = f", of which an earlier backward() left {kept}: zero_grad() takes it away" if kept else ""
    assert anomaly(lambda: (x * 1e308 + x * 1e308).backward()) == (
        "the gradient of x = 1e-200 becomes inf in mul: upstream 1.0 × local derivative 1e+308 = 1e+308, "
        f"added to {kept + 1e308}{left}"
    )


def test_an_infinite_contribution_is_told_also_where_an_earlier_pass_left_an_infinity() -> None:
    x = Value(0.0, label="x")
    x.sqrt().backward()
    assert anomaly(lambda: (-x.sqrt()).backward()) == (
        "the gradient of x = 0.0 becomes nan in sqrt: upstream -1.0 × local derivative inf"
    )
    with detect_anomaly():
        (x * 2).backward()


SECOND_ORDER = {
    "softmax": (lambda v: ag.softmax(v)[0], [1.0, 2.0]),
    "logsumexp": (ag.logsumexp, [1.0, 2.0]),
    "log_softmax": (lambda v: ag.log_softmax(v)[0], [1.0, 2.0]),
    "norm": (ag.norm, [1.0, 2.0]),
    "norm at 0": (ag.norm, [0.0, 0.0]),
    "power": (lambda v: v[0] ** v[1], [2.0, 3.0]),
    "power at 0": (lambda v: v[0] ** 3.0, [0.0]),
    "xlogy": (lambda v: ag.xlogy(*v), [0.0, 2.0]),
    "atan": (lambda v: ag.atan(v[0]), [0.0]),
    "max": (ag.max, [1.0, 2.0]),
    "prod": (ag.prod, [0.0, 2.0, 3.0]),
}


@pytest.mark.parametrize(("f", "point"), SECOND_ORDER.values(), ids=SECOND_ORDER)
def test_branches_that_a_rule_does_not_select_are_innocent(f, point) -> None:
    ones = [1.0] * len(point)

    def every_mode():
        values = [*map(Value, point)]
        f(values).backward(create_graph=True)
        slopes = [value.grad.data if isinstance(value.grad, Value) else value.grad for value in values]
        twice = ag.jvp(lambda v: ag.jvp(f, (v,), (ones,))[1], (point,), (ones,))[1]
        return slopes, ag.grad(f)(point), ag.hessian(f)(point), ag.hvp(f, point, ones), twice

    expected = every_mode()
    with detect_anomaly():
        assert every_mode() == expected


@settings(max_examples=40)
@given(programs(inputs=2, operations=6), points(2, reach=2.0))
def test_it_raises_where_a_result_is_no_number_and_nowhere_else(program, point) -> None:
    def along(x, y):
        return [*ag.grad(program, (0, 1))(x, y), ag.jvp(program, (x, y), (1.0, 2.0))[1]]

    for results in (lambda: along(*point), lambda: [ag.grad(lambda x: along(x, point[1])[2])(point[0])]):
        finite = all(map(math.isfinite, results()))
        try:
            with detect_anomaly():
                results()
        except AnomalyError:
            assert not finite
        else:
            assert finite


def test_softmax_is_looked_at_as_one_operation() -> None:
    x = Value(1.0, label="x")
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"^softmax\(nan, x\) = nan for x = 1\.0; "):
        ag.softmax([Value(math.nan), x])


def test_nothing_is_checked_outside_the_block_or_in_another_thread() -> None:
    seen = []
    with detect_anomaly():
        thread = threading.Thread(target=lambda: seen.append(Value(0.0).log().data))
        thread.start()
        thread.join()
    seen.append(Value(0.0).log().data)
    assert seen == [-math.inf, -math.inf]


def test_a_block_that_finds_nothing_changes_nothing() -> None:
    x = Value(2.0)
    with detect_anomaly():
        out = x * x
        out.backward()
    assert (out.data, x.grad) == (4.0, 4.0)


def test_graph_stats_count_what_is_there() -> None:
    x, y = Value(1.0), Value(2.0)
    stats = graph_stats(ag.tanh(x * y + x) * 2.0)
    assert (stats.nodes, stats.leaves, stats.edges, stats.depth) == (6, 2, 6, 4)
    assert stats.operations == {"mul": 2, "add": 1, "tanh": 1}
    assert 300 < stats.memory < 3000
    assert "6 nodes (2 leaves), 6 edges, depth 4" in str(stats)
