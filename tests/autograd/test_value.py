"""Value as a person uses it: arithmetic, gradients, and clear refusals."""

import copy
import math
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import tree
from autograd.context import no_grad
from autograd.ops import TABLE
from autograd.scalar import as_float
from autograd.value import Value

numbers = st.floats(-1e6, 1e6)


@given(numbers, numbers)
def test_sum_rule(a: float, b: float) -> None:
    x, y = Value(a), Value(b)
    (x + y - 3 * x).backward()
    assert (x.grad, y.grad) == (-2.0, 1.0)


@given(numbers, numbers)
def test_product_rule(a: float, b: float) -> None:
    x, y = Value(a), Value(b)
    (x * y).backward()
    assert (x.grad, y.grad) == (b, a)


@given(numbers)
def test_a_value_used_twice_adds_up(a: float) -> None:
    x = Value(a)
    (x + x).backward()
    assert x.grad == 2.0
    y = Value(a)
    (y * y).backward()
    assert y.grad == 2 * a


@given(numbers)
def test_diamond(a: float) -> None:
    x = Value(a)
    left, right = x * 2, x * 3
    (left * right).backward()
    assert x.grad == pytest.approx(12 * a)


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_second_backward_doubles_leaf_gradients_exactly(a: float, b: float) -> None:
    x, y = Value(a), Value(b)
    out = (x * y + x).tanh() + y**2
    out.backward()
    once = (x.grad, y.grad, out.args[0].grad)
    out.backward()
    assert (x.grad, y.grad, out.args[0].grad) == (2 * once[0], 2 * once[1], once[2])


def test_interior_gradients_are_those_of_the_latest_pass() -> None:
    """micrograd, which keeps stale interior gradients, gives 96 here."""
    x = Value(2.0)
    square = x * x
    out = square * square
    out.backward()
    out.backward()
    assert x.grad == 64.0
    assert square.grad == 8.0


def test_no_gradient_is_told_from_a_gradient_of_zero() -> None:
    x, y = Value(1.0), Value(-1.0)
    assert (y.grad, y.has_grad) == (0.0, False)
    (x + y.relu()).backward()
    assert (y.grad, y.has_grad) == (0.0, True)
    y.zero_grad()
    assert not y.has_grad


def test_arguments_and_partials_lie_on_the_node() -> None:
    x = Value(3.0, label="x")
    node = x * 2.0 - x
    product = node.args[0]
    assert (node.op.name, node.args, node.partials) == ("sub", (product, x), (1.0, -1.0))
    assert (product.args, product.partials) == ((x, 2.0), (2.0, None))


def test_changing_data_later_does_not_falsify_a_recorded_gradient() -> None:
    x = Value(3.0)
    out = x * x
    x.data = 100.0
    out.backward()
    assert x.grad == 6.0
    with pytest.raises(ValueError, match=r"9\.0 was recorded, and would be 10000\.0 now"):
        out.backward(create_graph=True)


@pytest.mark.parametrize("f", [lambda x: x**3, lambda x: x**2, lambda x: x * 0.0 + ag.cos(x)])
def test_changed_data_are_refused_where_partials_or_values_happen_to_agree(f) -> None:
    x = Value(2.0)
    out = f(x)
    x.data = -2.0
    with pytest.raises(ValueError, match="changed after it was recorded"):
        out.backward(create_graph=True)
    x.data = 2.0
    out.backward(create_graph=True)  # as it was recorded


def test_a_choice_that_has_changed_between_equal_numbers_is_changed_data() -> None:
    condition, x, y = Value(1.0), Value(3.0), Value(3.0)
    out = ag.where(condition, x, y)
    condition.data = 0.0
    with pytest.raises(ValueError, match=r"1\.0 was recorded, and would be None now"):
        out.backward(create_graph=True)


def test_a_zero_that_has_changed_its_sign_is_changed_data() -> None:
    x = Value(0.0)
    out = x * 2.0
    x.data = -0.0
    with pytest.raises(ValueError, match=r" 0\.0 was recorded, and would be -0\.0 now"):
        out.backward(create_graph=True)


@pytest.mark.parametrize(("then", "now", "told"), [(1.0, -1.0, "0.0 was"), (-1.0, 1.0, "nan was")])
def test_a_result_that_has_become_nan_or_a_number_is_changed_data(then: float, now: float, told: str) -> None:
    x = Value(then)
    out = ag.log(x)
    x.data = now
    with pytest.raises(ValueError, match=told):
        out.backward(create_graph=True)


def test_create_graph_gives_gradients_that_can_be_differentiated() -> None:
    x, y = Value(2.0), Value(5.0)
    (x**3 * y).backward(create_graph=True)
    first = x._grad
    assert first.data == 60.0
    x.zero_grad()
    first.backward()
    assert x.grad == 60.0  # ∂(3x²y)/∂x = 6xy


def test_create_graph_gives_gradients_that_can_be_differentiated_inside_no_grad_too() -> None:
    x = Value(3.0)
    y = x**3
    for _ in range(2):
        with no_grad():
            y.backward(create_graph=True)
    total = x.grad
    x.zero_grad()
    total.backward()
    assert (total.data, x.grad) == (54.0, 36.0)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("second", [False, True])
def test_gradients_add_up_whether_or_not_they_can_be_differentiated(first: bool, second: bool) -> None:
    x = Value(2.0)
    (x**3).backward(create_graph=first)
    (x**2).backward(create_graph=second)
    total = x._grad
    assert getattr(total, "data", total) == 16.0  # 3x² + 2x
    if first or second:
        x.zero_grad()
        total.backward()
        assert x.grad == 12.0 * first + 2.0 * second


@pytest.mark.parametrize(
    "f", [lambda x, a: a * 5, lambda x, a: 3 * x + a, lambda x, a: ag.relu(-a) + x * 1.0]
)
def test_create_graph_gives_every_node_the_gradient_of_its_pass(f) -> None:
    nodes = []
    for create_graph in (False, True):
        x = Value(2.0, label="x")
        a = x * x
        out = f(x, a)
        (a * 3).backward()
        x.zero_grad()
        out.backward(create_graph)
        nodes.append([x, a, out])
        assert isinstance(x.grad, Value) is create_graph
        assert type(a.grad) is type(out.grad) is float  # it would hold itself
    first, second = nodes
    assert [node.grad for node in first] == [getattr(node.grad, "data", node.grad) for node in second]
    twins = copy.deepcopy(second[0]), pickle.loads(pickle.dumps(second[0]))
    assert {(twin.grad, twin.data, twin.label) for twin in twins} == {(first[0].grad, 2.0, "x")}
    (second[0].grad ** 2).backward()  # a constant too


def test_augmented_assignment_rebinds() -> None:
    x = Value(1.0)
    kept = x
    x += 1
    assert (x.data, kept.data) == (2.0, 1.0)


@pytest.mark.parametrize(
    ("expression", "value", "gradient"),
    [
        (lambda v: 2 + v, 5.0, 1.0),
        (lambda v: 2 - v, -1.0, -1.0),
        (lambda v: 2 * v, 6.0, 2.0),
        (lambda v: 6 / v, 2.0, -2 / 3),
        (lambda v: 2**v, 8.0, 8 * math.log(2)),
        (lambda v: v / 2, 1.5, 0.5),
        (lambda v: -v, -3.0, -1.0),
        (lambda v: +v, 3.0, 1.0),
        (lambda v: abs(-v), 3.0, 1.0),
        (lambda v: sum([v, v]), 6.0, 2.0),
        (lambda v: np.float64(2) * v, 6.0, 2.0),
        (lambda v: v * np.array(2), 6.0, 2.0),
        (lambda v: v * True, 3.0, 1.0),
        (lambda v: v + np.int8(1), 4.0, 1.0),
        (lambda v: v.exp().log(), 3.0, 1.0),
    ],
)
def test_operators_with_numbers_on_either_side(expression, value, gradient) -> None:
    v = Value(3.0)
    out = expression(v)
    assert type(out) is Value
    out.backward()
    assert (out.data, v.grad) == pytest.approx((value, gradient), rel=1e-15)


class Degrees(float):
    """A user's own kind of float."""


@pytest.mark.parametrize(
    "two",
    [
        2,
        np.float16(2),
        np.float32(2),
        np.longdouble(2),
        np.int64(2),
        np.uint8(2),
        np.array(2),
        np.array(2.0, dtype=np.float32),
        Degrees(2),
    ],
    ids=lambda x: type(x).__name__,
)
def test_every_kind_of_real_number_becomes_a_float(two: float) -> None:
    for out in (Value(1.5) * two, two * Value(1.5), ag.maximum(two, Value(-3.0)) + 1.0):
        assert (type(out.data), out.data) == (float, 3.0)
        assert all(type(arg) in (float, Value) for arg in out.args)
    assert (type(Value(two).data), type(ag.exp(two)), type(ag.grad(ag.sin)(two))) == (float, float, float)
    assert Value(2.5) > two
    assert not two > Value(2.5)


@pytest.mark.parametrize(
    "xs",
    [
        np.array([60000, -60000], np.float16),
        np.array([10.1, 0.3], np.float32),
        np.array([0, 200], np.uint8),
        np.array([-128, 127], np.int8),
        [10**400, 1],
        [True, np.float16(0.1)],
        [3],
    ],
    ids=lambda xs: str(xs)[:20],
)
def test_functions_of_plain_numbers_of_any_kind_compute_in_float64(xs) -> None:
    functions = (ag.softmax, ag.log_softmax, ag.logsumexp, ag.norm, ag.mean, ag.sum, ag.prod, ag.max, ag.min)
    curves = (ag.leaky_relu, ag.elu, ag.selu)
    calls = [*functions, lambda xs: ag.dot(xs, xs), *[lambda xs, f=f: f(xs[0]) for f in curves]]
    for call in calls:
        of_plain, of_floats = tree.leaves(call(xs)), tree.leaves(call([*map(as_float, xs)]))
        assert of_plain == pytest.approx(of_floats, rel=0, abs=0, nan_ok=True), call
        assert {*map(type, of_plain)} == {float}


@pytest.mark.parametrize(
    "other",
    [
        *(1j, Decimal(1), Fraction(1), "1", b"1", None, [1.0], {}, object(), float),
        *(np.array([1.0, 2.0]), np.array(["1"]), np.complex128(1), np.str_("1"), np.datetime64("2020-01-01")),
    ],
    ids=lambda x: type(x).__name__,
)
def test_other_types_are_refused_by_name(other: object) -> None:
    for operation in (
        lambda: Value(1.0) * other,
        lambda: other * Value(1.0),
        lambda: Value(1.0) ** other,
        lambda: Value(1.0) < other,
        lambda: other > Value(1.0),
        lambda: Value(other),
        lambda: setattr(Value(1.0), "data", other),
        lambda: ag.exp(other),
        lambda: ag.sum([Value(1.0), other]),
        lambda: ag.where(True, Value(1.0), other),
    ):
        with pytest.raises(TypeError, match=type(other).__name__):
            operation()


@pytest.mark.parametrize(
    ("name", "others"),
    [
        *((name, ()) for name in ag.__all__ if name in TABLE and TABLE[name].arity == 1),
        *((name, ()) for name in ("leaky_relu", "elu", "selu", "swish")),
        *((name, (0.25,)) for name in ("atan2", "hypot", "maximum", "minimum", "xlogy", "leaky_relu", "elu")),
        ("clamp", (0.0, 0.25)),
    ],
)
def test_a_function_of_one_value_is_a_method_too(name: str, others: tuple[float, ...]) -> None:
    x = Value(0.75)
    by_method, by_function = getattr(x, name)(*others), getattr(ag, name)(x, *others)
    assert by_method.data == by_function.data or math.isnan(by_method.data)
    assert by_method.op is by_function.op
    assert by_method.args[0] is x or name == "selu"


def test_a_gradient_is_that_of_the_numbers_each_node_was_made_from() -> None:
    x = Value(3.0)
    square = x * x
    x.data, square.data = 5.0, 100.0
    (square * x).backward()
    assert x.grad == 6.0 * 5.0 + 100.0


def test_a_value_made_from_data_passes_no_gradient_back() -> None:
    x = Value(3.0)
    for frozen in (Value((x * x).data), (x * x).detach()):
        x.zero_grad()
        (frozen * x).backward()
        assert x.grad == 9.0


def test_an_integer_beyond_float64_is_infinite() -> None:
    assert Value(10**400).data == math.inf
    assert Value(-(10**400)).data == -math.inf


def test_float_and_math_functions_point_to_the_remedy() -> None:
    for operation in (float, math.sin, np.sin):
        with pytest.raises(TypeError):
            operation(Value(1.0))
    with pytest.raises(TypeError, match=r"value\.data.*autograd\.sin"):
        float(Value(1.0))


def test_formatting_and_repr() -> None:
    assert f"{Value(1 / 3):.3f}" == "0.333"
    assert repr(Value(2.0, label="x")) == "Value(data=2.0, grad=0.0, label='x')"


def test_comparison_looks_at_data_and_equality_at_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    assert a <= b
    assert not a < b
    assert a < 2
    assert a < 2
    assert a != b
    assert len({a, b}) == 2
    assert max([Value(1.0), Value(3.0), Value(2.0)]).data == 3.0


def test_the_truth_of_a_value_is_that_of_its_number() -> None:
    assert [bool(Value(x)) for x in (0.0, -0.0, 0.5, math.nan)] == [False, False, True, True]


def test_no_grad_records_nothing_and_ends_with_its_block() -> None:
    x = Value(3.0)
    with no_grad():
        out = x * x
        fused = ag.dot([x], [x], 1.0)
    assert (out.data, out.args, fused.data, fused.args) == (9.0, (), 10.0, ())
    assert (x * x).args == (x, x)


def test_no_grad_ends_after_an_exception() -> None:
    def fail() -> None:
        with no_grad():
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (Value(1.0) + 1).args != ()


class Weight(Value):
    """A user's own kind of Value, with a number that it takes and keeps."""

    def __init__(self, data: float, unit: str) -> None:
        super().__init__(data, label="w")
        self.unit = unit


def test_a_copy_is_of_the_kind_of_its_original() -> None:
    weight = Weight(2.0, unit="kg")
    (weight * 3.0).backward()
    for twin in (copy.copy(weight), copy.deepcopy(weight), pickle.loads(pickle.dumps(weight))):
        assert (type(twin), twin.data, twin.grad, twin.label, twin.unit) == (Weight, 2.0, 3.0, "w", "kg")


class Tagged(Value):
    __slots__ = ("__own", "later", "tag")

    def __init__(self, data: float, tag: list[str]) -> None:
        super().__init__(data)
        self.tag = tag
        self.__own = 7


class TaggedWithAttributes(Tagged):
    pass


@pytest.mark.parametrize("kind", [Tagged, TaggedWithAttributes])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_keep_the_slots_that_a_subclass_adds(kind, duplicate) -> None:
    x = kind(2.0, ["a"])
    if kind is TaggedWithAttributes:
        x.other = 3
    twin = duplicate(x)
    assert (type(twin), twin.data, twin.tag, twin._Tagged__own) == (kind, 2.0, ["a"], 7)
    assert getattr(twin, "other", None) == getattr(x, "other", None)
    assert not hasattr(twin, "later")
    assert (twin.tag is x.tag) is (duplicate is copy.copy)


def test_leaves_are_copied_and_pickled_and_graphs_refuse() -> None:
    x = Value(3.0, label="x")
    (x * x).backward()
    for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert (twin.data, twin.grad, twin.label, twin is x) == (3.0, 6.0, "x", False)
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=r"only leaves .* the result of mul"):
            duplicate(x * x)


def test_dot_refuses_unequal_lengths() -> None:
    with pytest.raises(ValueError, match="got 2 and 1"):
        ag.dot([1.0, 2.0], [Value(1.0)])


def test_max_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        ag.max([])


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=6))
def test_fused_dot_equals_the_chain_of_products_and_sums(xs: list[float]) -> None:
    def gradients(fused: bool) -> tuple[float, ...]:
        ws, values = [Value(0.5 - 0.3 * i) for i in range(len(xs))], [Value(x) for x in xs]
        bias = Value(0.25)
        out = (
            ag.dot(ws, values, bias) if fused else sum((w * x for w, x in zip(ws, values, strict=True)), bias)
        )
        out.backward()
        return (out.data, bias.grad, *(v.grad for v in ws + values))

    assert gradients(fused=True) == gradients(fused=False)


def test_a_micrograd_program_runs_with_its_imports_changed() -> None:
    """The example of micrograd's README, with its printed results."""
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_the_names_that_micrograds_own_drawing_reads() -> None:
    a, b = Value(2.0), Value(3.0)
    out = ((a * b) + a**2).relu()
    total, product = out._prev[0], out._prev[0]._prev[0]
    assert (out._op, total._op, product._op, a._op) == ("relu", "+", "*", "")
    assert (product._prev, (a * a)._prev, a._prev) == ((a, b), (a,), ())
    with pytest.raises(AttributeError):
        out._op = "something else"
    out.grad = 1.0  # backward by hand, node by node
    out._backward(), total._backward(), product._backward(), total._prev[1]._backward()
    assert (a.grad, b.grad) == (3.0 + 4.0, 2.0)


def test_masked_data_are_no_numbers() -> None:
    hidden = np.ma.masked_array([1.0, 2.0], [0, 1])
    assert Value(hidden[0]).data == 1.0
    for masked in (np.ma.masked, hidden[1]):
        with pytest.raises(TypeError, match="expected a real number, got MaskedConstant"):
            Value(masked)


def test_rounding_to_digits_is_refused_with_the_remedy() -> None:
    assert round(Value(2.345)).data == 2.0
    with pytest.raises(TypeError, match=r"use round\(value\) .* round\(value\.data, 2\)"):
        round(Value(2.345), 2)
    with pytest.raises(TypeError, match=r"round takes \(x\), got 2 arguments"):
        ag.round(Value(2.345), 2)
